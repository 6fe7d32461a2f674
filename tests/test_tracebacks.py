"""Uncaught errors show the user's frames alone, in Python, in threads and in IPython; nothing else changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import xpuarray as xp
from xpuarray import tracebacks

HEAD = "import numpy as np\nimport xpuarray as xp\n"
FRAMES = 'File "'
OURS = f"{os.sep}xpuarray{os.sep}"


def printed(tmp_path: Path, script: str, head: str = HEAD, **variables: str) -> str:
    """What a script prints, its errors included."""
    (tmp_path / "script.py").write_text(head + script)
    environment = {k: v for k, v in os.environ.items() if k != tracebacks.VARIABLE}
    environment |= {"SYCL_DEVICE_FILTER": "host", "NO_COLOR": "1", "IPYTHONDIR": str(tmp_path), **variables}
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    return done.stderr + done.stdout


#: what goes wrong -> how many frames are the user's
SCRIPTS = {
    "an array": ("def f(x):\n    return x + xp.ones(5)\nf(xp.ones(6))", 2),
    "a method": ("xp.ones(6).reshape(4, 4)", 1),
    "NumPy's function": ("np.add(np.ones(6), xp.ones(6))", 1),
    "a kernel": (
        "@xp.kernel\ndef k(item, x):\n    x[0] = np.interp(x[0], x, x)\nxp.call_kernel(k, xp.Range(6), xp.ones(6))", 1,
    ),
    "a function of the user's, called by ours": (
        "def f(row):\n    raise ValueError('mine')\nxp.apply_along_axis(f, 0, xp.ones((2, 2)))", 2,
    ),
    "while another is handled": ("try:\n    xp.ones(6) + xp.ones(5)\nexcept ValueError:\n    xp.ones(6).reshape(4)", 2),
    "raised from another": (
        "try:\n    xp.ones(6) + xp.ones(5)\nexcept ValueError as error:\n    raise KeyError(1) from error", 2,
    ),
    "in a thread": (
        "import threading\nt = threading.Thread(target=lambda: xp.ones(6) + xp.ones(5))\nt.start()\nt.join()", 3,
    ),
}  # fmt: skip
if sys.version_info >= (3, 11):
    SCRIPTS["a group"] = (
        "errors = []\nfor n in 4, 5:\n    try:\n        xp.ones(6) + xp.ones(n)\n    except ValueError as error:\n"
        "        errors.append(error)\nraise ExceptionGroup('two', errors)", 3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def errors(tmp_path_factory) -> tuple[list[str], list[str]]:
    """What each of them prints, in short and in full."""
    folder = tmp_path_factory.mktemp("errors")
    for number, (script, _) in enumerate(SCRIPTS.values()):
        (folder / f"case{number}.py").write_text(HEAD + script)
    run_all = f"""
import sys
for number in range({len(SCRIPTS)}):
    print("-- case", file=sys.stderr)
    try:
        exec(compile(open(f"case{{number}}.py").read(), f"case{{number}}.py", "exec"), {{"__name__": "__main__"}})
    except BaseException as error:
        error.__traceback__ = error.__traceback__.tb_next  # without this one
        sys.excepthook(type(error), error, error.__traceback__)
"""
    short, full = printed(folder, run_all), printed(folder, run_all, XPUARRAY_TRACEBACK="full")
    return short.split("-- case\n")[1:], full.split("-- case\n")[1:]


@pytest.mark.parametrize("what", SCRIPTS)
def test_only_the_users_frames(errors, what: str):
    short, whole = (said[list(SCRIPTS).index(what)] for said in errors)
    count = SCRIPTS[what][1]
    assert short.count(FRAMES) == count and OURS not in short, short
    assert whole.count(FRAMES) > count and OURS in whole
    assert short.splitlines()[0] == whole.splitlines()[0]
    assert [line for line in short.splitlines() if "Error" in line][-1] in whole
    deliberate = what in ("a kernel", "NumPy's function", "raised from another")  # or without any of our frames
    assert ("XPUARRAY_TRACEBACK=full shows them" in short) == (not deliberate and what != "a group")


def test_debuggers_have_every_frame(tmp_path):
    """`python -i` and `pdb.pm()` look at sys.last_traceback."""
    script = (
        "import atexit, traceback\n@atexit.register\ndef told():\n    print(*traceback.format_tb(sys.last_traceback))\n"
    )
    whole = printed(tmp_path, "import sys\n" + script + "xp.ones(6) + xp.ones(5)")
    (shown, kept) = whole.split("shows them)")
    assert OURS not in shown and OURS in kept


def test_an_excepthook_of_the_users_is_called(tmp_path):
    hook = "sys.excepthook = lambda *args: print('MINE', *traceback.format_tb(args[1].__traceback__))\n"
    (tmp_path / "theirs.py").write_text(f"import sys, traceback\n{hook}")
    said = printed(tmp_path, "xp.ones(6) + np.ones(6)")
    assert "MINE" not in said
    (tmp_path / "sitecustomize.py").write_text("import theirs")
    said = printed(tmp_path, "xp.ones(6) + np.ones(6)", PYTHONPATH=str(tmp_path))
    assert "MINE" in said and OURS not in said


def test_ipython_shows_cells(tmp_path):
    """A cell's error: no frame of ours, the cell by its number, and the same after %xmode."""
    pytest.importorskip("IPython")
    kernel = "@xp.kernel\ndef k(item, x):\n    t = np.interp(x[0], x, x)\nxp.call_kernel(k, xp.Range(6), xp.ones(6))"
    cells = ["import xpuarray as xp", "xp.ones(6) + xp.ones(5)", "%xmode Verbose", "xp.ones(6).reshape(4)", kernel]
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance(colors='nocolor')\nshell.run_cell('import numpy as np')\n"
        f"for cell in {cells!r}:\n    print('-- cell')\n    shell.run_cell(cell, store_history=True)\n"
    )
    said = printed(tmp_path, script, head="")
    _, _, shapes, _, reshape, kernel = said.split("-- cell\n")
    for shown in (shapes, reshape, kernel):
        assert f"File {tmp_path.anchor}" not in shown and "numba" not in shown and len(shown.splitlines()) < 25, shown
    assert "Cell In[2], line 1" in shapes and "XPUARRAY_TRACEBACK=full" in shapes
    assert "Cell In[4], line 1" in reshape
    assert "  Cell In[5], line 3\n    t = np.interp(x[0], x, x)\n        ^^^^^^^^^\n" in kernel


def test_nothing_is_changed_for_good():
    def depth(traceback) -> int:
        return 0 if traceback is None else 1 + depth(traceback.tb_next)

    with pytest.raises(ValueError, match="broadcast") as caught:
        xp.ones(6, device="host") + xp.ones(5, device="host")
    error = caught.value
    whole = depth(error.__traceback__)
    with tracebacks.hidden(error) as count:
        assert depth(error.__traceback__) == whole - count == 1
    assert depth(error.__traceback__) == whole > 1


def test_it_is_installed_once(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    tracebacks.install()
    first = sys.excepthook
    tracebacks.install()
    assert sys.excepthook is first is not sys.__excepthook__
