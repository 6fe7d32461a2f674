"""What notebooks show: HTML in which all is escaped, magics, and a line about what takes long."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import markup, progress, spans
from xpuarray.launch.verify import Verification
from xpuarray.loops.observed import LoopReport
from xpuarray.placement.showing import device_html
from xpuarray.spans import Call

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
else:
    InteractiveShell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell

HOSTILE = '<script>alert("&")</script>'


class Reader(HTMLParser):
    """The text and the tags of well-formed HTML."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self._open = "", set(), []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + "|"


def shown(value: Any) -> Reader:
    return Reader(value._repr_html_() if hasattr(value, "_repr_html_") else value)


@xp.kernel
def double(item, x, out):
    """Twice <x>."""
    i = item.get_id(0)
    out[i] = 2 * x[i]


def race(item, x, out):
    out[0] = x[item.get_id(0)]


# -- HTML ----------------------------------------------------------------------------------------


def test_devices_are_a_table_that_marks_the_default(device: xp.Device):
    found = shown(xp.devices("*"))
    assert all(str(d) in found.text for d in xp.devices("*")) and found.text.count("default|") == (
        device in xp.devices("*")
    )
    assert xp.devices("*") == list(xp.devices("*"))
    one = shown(device)
    assert str(device) in one.text and ("float64|" in one.text) and (("no float64" in one.text) != device.fp64)


def test_memory_is_a_bar(device: xp.Device):
    x = xp.ones(1 << 20)
    found = shown(xp.memory_info())
    assert str(device) in found.text and f"{xp.memory_info().in_use:,}" in found.text
    del x


def test_a_kernel_says_what_it_is_compiled_for(device: xp.Device):
    kernel = xp.kernel(double.function)
    assert "Not compiled yet" in shown(kernel).text and "Twice <x>." in shown(kernel).text
    x = xp.ones(4, dtype=xp.float32)
    xp.call_kernel(kernel, xp.Range(4), x, xp.empty_like(x))
    assert {str(device), "Range, 1-d"} <= set(shown(kernel).text.split("|")) and "float32[1" in shown(kernel).text


def test_verify_shows_what_it_found():
    x, out = xp.ones(4, device="host"), xp.ones(1, device="host")
    assert "agree" in shown(double.verify(xp.Range(4), x, xp.empty_like(x))).text
    found = xp.kernel(race).verify(xp.Range(2), x + xp.arange(4, device="host"), out)
    assert "race|" in shown(found).text and "out[0] is written" in shown(found).text


@xp.jit
def doubled(x, out):
    for i in xp.prange(x.size):
        out[i] = 2 * x[i]
    for i in range(2):
        out[i] += i


def test_a_report_of_loops_has_a_row_a_loop():
    x = xp.ones(4, device="host")
    report = doubled.explain(x, xp.empty_like(x))
    found = shown(report)
    assert {"table", "code"} <= found.tags and "kernel|" in found.text and "one work-item|" in found.text
    assert str(report).startswith("line ") and report.count("\n") == 1
    assert "table" not in shown(LoopReport([], "f")).tags


def test_a_profile_has_a_bar_a_row(device: xp.Device):
    x = xp.ones(64, dtype=xp.float32)
    with xp.profile() as p:
        xp.asnumpy(xp.sort(x))
    found = shown(p)
    assert "sort|" in found.text and "Milliseconds" in found.text
    assert p._repr_html_().count("<td") == 10 * len(p.rows)


def test_an_explanation_has_a_row_a_call_and_its_kernels_below(device: xp.Device):
    x = xp.ones((1 << 15) + 1, dtype=xp.float32)
    xp.asnumpy(x)
    with xp.explain() as calls, xp.prefer("kernel"):
        for _ in range(3):
            float(xp.sum(x))
        xp.cos(x)
        later = xp.sin(x) + 1
    places = dict.fromkeys(calls._places)
    assert [asked for asked, _ in places] == ["sum", "end of the block"]
    assert next(iter(places))[1].startswith("test_in_notebooks.py, line ")
    found = shown(calls)
    assert "× 3|" in found.text and "sin_add" in found.text and str(device) in found.text
    assert later.size == x.size


def test_operators_and_functions_are_named_as_they_are_written(device: xp.Device):
    x = xp.asarray(np.arange(90_000, dtype=np.float32).reshape(300, 300))
    wanted = {"matmul": lambda: x @ x, "sort": lambda: xp.sort(x), "x[...]": lambda: x[x > 3], "sum": lambda: x.sum()}
    for name, call in wanted.items():
        with xp.explain() as calls:
            call()
        assert name in {asked for asked, _ in calls._places}, name


@pytest.mark.parametrize("what", ["device", "explain", "loops", "profile", "verify", "memory", "kernel", "markup"])
def test_everything_is_escaped(what: str):
    info = dataclasses.replace(xp.devices("host")[0].info, name=HOSTILE, why_not=HOSTILE)
    with xp.explain() as explanation:
        pass
    explanation.call(Call(HOSTILE, HOSTILE, f"kernel {HOSTILE}", True))
    with xp.profile() as profiled:
        pass
    profiled.end(spans.Span("library", HOSTILE, info))
    named = xp.kernel(lambda item, x: None)
    named.__qualname__ = HOSTILE
    values = {
        "device": device_html(info, [(HOSTILE, HOSTILE)]),
        "explain": explanation,
        "loops": LoopReport([f"line 1: kernel {HOSTILE}", f"line 2: {HOSTILE}"], HOSTILE),
        "profile": profiled,
        "verify": Verification((HOSTILE,), (HOSTILE,), (HOSTILE,)),
        "memory": dataclasses.replace(xp.memory_info("host"), device=HOSTILE),
        "kernel": named,
        "markup": markup.block(
            HOSTILE, markup.table([HOSTILE], [[HOSTILE, markup.mark(HOSTILE)]]), markup.code(HOSTILE)
        ),
    }
    found = shown(values[what])
    assert HOSTILE in found.text and "script" not in found.tags
    assert found.tags <= {"div", "table", "tr", "th", "td", "span", "code"}


def test_text_has_no_colour_of_its_own():
    """A page's own colour reads on its ground; washes are half transparent."""
    text = markup.table(["a"], [["b", markup.mark("c", "bad"), markup.bar([(0.5, "good", "d")])]])
    colours = [
        part.split(":")[1].strip() for part in text.replace('"', ";").split(";") if part.strip().startswith("color:")
    ]
    assert set(colours) == {"inherit"} and "#" not in text


# -- magics --------------------------------------------------------------------------------------


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    found = InteractiveShell.instance()
    found.run_cell("%load_ext xpuarray\nimport xpuarray as xp")
    yield found
    found.run_line_magic("xpu_device", "default")
    InteractiveShell.clear_instance()


def say(shell: InteractiveShell, cell: str) -> Any:
    """What a cell puts out: text, and what it displays."""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        shell.run_cell(cell, store_history=True)
    return captured


def test_a_device_for_all_cells_that_follow(shell: InteractiveShell):
    before = str(xp.default_device())
    assert "new arrays go to host:cpu:0" in say(shell, "%xpu_device host").stdout
    assert "host:cpu:0" in say(shell, "print(xp.ones(2).device)").stdout
    assert "DeviceFilterError" in say(shell, "%xpu_device toaster").stdout
    assert "host:cpu:0" in say(shell, "print(xp.ones(2).device)").stdout
    assert f"new arrays go to {before}" in say(shell, "%xpu_device default").stdout
    assert "host:cpu:0" in say(shell, "%xpu_device").stdout


def test_cells_explained_and_profiled(shell: InteractiveShell, tmp_path: Any):
    explained = say(shell, "%%xpu_explain\nx = xp.ones(100_000)\nfloat(xp.sum(x))")
    assert "text/html" in explained.outputs[-1].data and "function  " in explained.outputs[-1].data["text/plain"]
    assert f"Cell In[{shell.execution_count - 1}], line 2" in explained.outputs[-1].data["text/html"]
    trace = tmp_path / "trace.json"
    profiled = say(shell, f"%%xpu_profile {trace}\nxp.sort(x)\n1 / 0")
    assert "sort" in profiled.outputs[-1].data["text/plain"] and trace.exists()
    assert "ZeroDivisionError" in profiled.stdout + profiled.stderr


def test_ipython_is_not_loaded_without_need():
    code = (
        "import sys, xpuarray as xp\n"
        "with xp.explain() as c: xp.ones(3)\n"
        "c._repr_html_()\n"
        "print('IPython' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# -- what takes long -----------------------------------------------------------------------------


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything takes long, and somebody looks on."""
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(spans, "_MANY", 1)
    monkeypatch.setenv("XPUARRAY_PROGRESS", "1")


@pytest.mark.parametrize("with_tqdm", [True, False])
def test_long_work_is_told(with_tqdm: bool, slow: None, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    if with_tqdm:
        pytest.importorskip("tqdm", reason="tqdm is not installed")
    else:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with progress.announced("counting sheep"), progress.announced("within"):
        time.sleep(0.05)
    said = capsys.readouterr().err
    assert "counting sheep ... 0." in said and said.endswith("\n") and "within" not in said


def test_compiling_and_moving_are_told(device: xp.Device, slow: None, capsys: Any):
    kernel = xp.kernel(double.function)
    x = xp.asarray(np.ones(5, np.float32))
    xp.call_kernel(kernel, xp.Range(5), x, xp.empty_like(x))
    said = capsys.readouterr().err
    assert f"compiling double for {device}" in said
    if device.backend not in ("host", "fake"):
        assert f"moving to {device}: 20 B" in said


def test_a_fit_is_told(slow: None, capsys: Any):
    from sklearn.linear_model import LinearRegression

    from xpuarray.sklearn import patch_sklearn, unpatch_sklearn

    patch_sklearn()
    try:
        x = xp.asarray(np.random.default_rng(0).random((40, 3)))
        LinearRegression().fit(x, x[:, 0])
    finally:
        unpatch_sklearn()
    assert "LinearRegression.fit on " in capsys.readouterr().err


def test_silent_where_nobody_looks_on(monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setattr(progress, "AFTER", 0.0)
    for value in ("", "0"):
        monkeypatch.setenv("XPUARRAY_PROGRESS", value)
        with progress.announced("nothing"):
            time.sleep(0.02)
    assert capsys.readouterr().err == ""
