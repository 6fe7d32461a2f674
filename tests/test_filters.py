"""Device filters: both languages, on made-up devices."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import xpuarray as xp
from xpuarray.backends.info import DeviceInfo
from xpuarray.placement.filters import FILTER, SELECTOR, Filter, active_filter

# As discovery lists them, best first.  PoCL's device can't be used.
ARC, CUDA = DeviceInfo("level_zero", "gpu", 0, "Arc"), DeviceInfo("cuda", "gpu", 0, "H200")
GPU = DeviceInfo("opencl", "gpu", 0, "Arc", index=1)
FPGA = DeviceInfo("opencl", "accelerator", 0, "Stratix", index=3)
CPU = DeviceInfo("opencl", "cpu", 0, "Xeon", index=0)
POCL = DeviceInfo("opencl", "cpu", 1, "pthread", index=2, why_not="its driver (3.1) has no USM")
HOST = DeviceInfo("host", "cpu", 0, "Xeon")
ALL = [CUDA, ARC, GPU, FPGA, CPU, POCL, HOST]


def admitted(text: str, source: str) -> list[DeviceInfo]:
    """The devices that one filter admits."""
    return [info for info in ALL if Filter.parse(text, source).admits(info)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opencl:cpu", [CPU, POCL]),
        ("opencl:cpu:0", [CPU]),
        ("opencl:cpu:1", [POCL]),
        ("opencl", [GPU, FPGA, CPU, POCL]),
        ("gpu", [CUDA, ARC, GPU]),
        ("GPU", [CUDA, ARC, GPU]),
        ("gpu:0", [CUDA, ARC, GPU]),
        ("cpu", [CPU, POCL, HOST]),
        ("cpu:1", [POCL]),
        ("acc", [FPGA]),
        ("accelerator", [FPGA]),
        ("*", ALL),
        ("*:*:*", ALL),
        ("*:gpu", [CUDA, ARC, GPU]),
        ("opencl:*", [GPU, FPGA, CPU, POCL]),
        ("opencl:*:0", [CPU]),  # without a type, a number counts the backend's devices
        ("opencl:1", [GPU]),
        ("2", [POCL]),
        ("::2", [POCL]),
        ("opencl::2", [POCL]),
        (":gpu", [CUDA, ARC, GPU]),
        ("host", [HOST]),
        ("host:host", [HOST]),
        ("*:host", [HOST]),
        ("host:cpu:0", [HOST]),
        ("cuda:gpu:0,opencl:cpu:0", [CUDA, CPU]),
        ("  OpenCL : CPU : 0 ,\tHost ", [CPU, HOST]),
        ("level_zero:cpu", []),
    ],
)
def test_sycl_device_filter(text, expected):
    assert admitted(text, FILTER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opencl:cpu", [CPU, POCL, HOST]),  # host is left alone: it is not SYCL's
        ("*:cpu", [CPU, POCL, HOST]),
        ("*:CPU", [CPU, POCL, HOST]),
        ("opencl:*", [GPU, FPGA, CPU, POCL, HOST]),
        ("opencl:gpu,cpu", [GPU, CPU, POCL, HOST]),
        ("opencl:0,2", [CPU, POCL, HOST]),
        ("*:0", [CUDA, ARC, CPU, HOST]),
        ("*:fpga", [FPGA, HOST]),
        ("cuda:*;opencl:cpu", [CUDA, CPU, POCL, HOST]),
        (" CUDA : * ; OpenCL : 0 , 1 ", [CUDA, GPU, CPU, HOST]),
        ("!opencl:gpu", [CUDA, ARC, FPGA, CPU, POCL, HOST]),
        ("!*:gpu", [FPGA, CPU, POCL, HOST]),
        ("!opencl:gpu,2", [CUDA, ARC, FPGA, CPU, HOST]),
        ("! opencl:* ; !cuda:*", [ARC, HOST]),
        ("opencl:*;!opencl:2", [GPU, FPGA, CPU, HOST]),
        ("host:*", [HOST]),
        ("*:cpu;!host:*", [CPU, POCL]),
        (";*:cpu;", [CPU, POCL, HOST]),  # the runtime tolerates empty entries too
        ("*:cpu,,gpu", [CUDA, ARC, GPU, CPU, POCL, HOST]),
    ],
)
def test_oneapi_device_selector(text, expected):
    assert admitted(text, SELECTOR) == expected


def test_parts_of_devices():
    tiles = [DeviceInfo("level_zero", "gpu", 0, "Max", part=(k,)) for k in range(2)]
    below = DeviceInfo("level_zero", "gpu", 0, "Max", part=(1, 0))

    def parts(text: str, source: str = SELECTOR) -> list[DeviceInfo]:
        chosen = Filter.parse(text, source)
        return [p for p in (*tiles, below) if chosen.admits_part(p)]

    assert parts("level_zero:0.1") == parts("level_zero:gpu:0.1", FILTER) == [tiles[1]]
    assert parts("level_zero:0.*") == parts("*:*.*") == tiles
    assert parts("level_zero:0.1.0") == parts("*:*.*.*") == [below]
    assert parts("level_zero:0") == []  # nobody asked for parts,
    assert all(Filter.parse("level_zero:0", SELECTOR).admits(p) for p in (*tiles, below))  # though they pass
    assert not Filter.parse("level_zero:0.1", SELECTOR).admits(ARC)
    assert Filter.parse("level_zero:0.1", SELECTOR).asks_for_parts(ARC)
    assert not Filter.parse("level_zero:0.1", SELECTOR).asks_for_parts(CPU)


@pytest.mark.parametrize("info", ALL)
def test_a_full_name_admits_its_device_alone(info):
    assert admitted(info.filter_string, FILTER) == [info]


@pytest.mark.parametrize(
    ("source", "text", "bad", "why"),
    [
        (FILTER, "nonsense", "nonsense", "not a backend"),
        (FILTER, "opencl:cpuu", "cpuu", "did you mean 'cpu'"),
        (FILTER, "gpu, levelzero:gpu", "levelzero", "did you mean 'level_zero'"),
        (FILTER, "opencl:cpu:x", "x", "not a number"),
        (FILTER, "opencl:cpu:-1", "-1", "not a number"),
        (FILTER, "opencl:cpu:0:1", "1", "at most three parts"),
        (FILTER, "cpu:opencl", "opencl", "out of order"),
        (FILTER, "0:cpu", "cpu", "out of order"),
        (FILTER, "opencl:cpu;host", ";", "ONEAPI_DEVICE_SELECTOR"),
        (FILTER, "!opencl:cpu", "!", "ONEAPI_DEVICE_SELECTOR"),
        (FILTER, "opencl:cpu:0.*", "0.*", "not a number"),
        (FILTER, "opencl:cpu:" + "9" * 5000, "9" * 5000, "not a number"),
        (FILTER, "::", "::", "needs a backend"),
        (SELECTOR, "nonsense", "nonsense", "backend:device"),
        (SELECTOR, "cpu", "cpu", "try '*:cpu'"),
        (SELECTOR, "OpenCL", "OpenCL", "try 'opencl:*'"),
        (SELECTOR, "opencl:*;cudda:*", "cudda", "did you mean 'cuda'"),
        (SELECTOR, "opencl:cpu:0", "0", "two parts"),
        (SELECTOR, "opencl:cpux", "cpux", "did you mean 'cpu'"),
        (SELECTOR, "*:", "*:", "no device is named"),
        (SELECTOR, "!*:gpu;*:cpu", "*:cpu", "come before"),
        (SELECTOR, "*:gpu.0", "gpu.0", "device's number"),
        (SELECTOR, "*:*.0", "*.0", "below '*'"),
        (SELECTOR, "*:0.0.0.0", "0.0.0.0", "parts of parts"),
        (SELECTOR, ";;", ";;", "needs an entry"),
    ],
)
def test_a_malformed_filter_is_quoted_and_pointed_at(source, text, bad, why):
    with pytest.raises(xp.DeviceFilterError) as caught:
        Filter.parse(text, source)
    first, shown, carets = str(caught.value).splitlines()
    assert first.startswith(f"{source}={text!r} is malformed: ")
    assert why in first
    assert shown == "    " + text
    start = text.index(bad) if text.count(bad) == 1 else text.rindex(bad)
    assert carets == "    " + " " * start + "^" * len(bad)


@pytest.mark.parametrize("text", ["opencl,,cpu", "opencl,", ",opencl"])
def test_an_empty_entry_is_pointed_at(text):
    with pytest.raises(xp.DeviceFilterError) as caught:
        Filter.parse(text)
    where = {"opencl,,cpu": 7, "opencl,": 7, ",opencl": 0}[text]
    assert str(caught.value).splitlines()[2] == "    " + " " * where + "^"


def complaint(text: str, source: str, infos=(CPU, POCL, HOST), missing=None) -> str:
    chosen = Filter.parse(text, source)
    assert not chosen.admits_any(infos)
    return chosen.admits_nothing(infos, missing or {})


def test_a_filter_that_admits_nothing_says_which_part_and_what_would_work():
    lines = complaint("opencl:gpu", FILTER, missing={"cuda": "the package cupy is not installed"}).splitlines()
    assert lines[0].startswith("SYCL_DEVICE_FILTER='opencl:gpu' admits no device: none of opencl:cpu has the type gpu")
    assert lines[1:3] == ["    opencl:gpu", "           ^^^"]
    assert "    opencl:cpu:0  Xeon" in lines
    assert "    opencl:cpu:1  pthread (can't be used: its driver (3.1) has no USM)" in lines
    assert "    host:cpu:0    Xeon" in lines
    assert "    cuda: the package cupy is not installed" in lines
    assert "nearest that works: SYCL_DEVICE_FILTER='opencl:cpu'" in lines


def test_every_entry_that_fails_is_pointed_at():
    lines = complaint("cuda, opencl:cpu:7", FILTER).splitlines()
    assert lines[1:3] == ["    cuda, opencl:cpu:7", "    ^^^^             ^"]


@pytest.mark.parametrize(
    ("text", "carets"), [("*:gpu", "  ^^^"), ("cuda:*", "^^^^"), ("!*:*", "   ^"), ("opencl:0.1", "       ^^^")]
)
def test_a_selector_that_leaves_only_the_host_is_an_error(text, carets):
    lines = complaint(text, SELECTOR).splitlines()
    assert lines[2] == "    " + carets
    assert any(line.startswith("nearest that works: ONEAPI_DEVICE_SELECTOR='") for line in lines)


def test_a_selector_where_there_is_only_the_host_says_to_unset_it():
    message = complaint("*:cpu", SELECTOR, infos=[HOST], missing={"sycl": "the package dpctl is not installed"})
    assert "the package dpctl is not installed" in message
    assert "unset ONEAPI_DEVICE_SELECTOR" in message
    assert "nearest" not in message


def test_no_device_passes_both_variables(monkeypatch):
    monkeypatch.setenv(FILTER, "opencl:gpu")
    monkeypatch.setenv(SELECTOR, "*:cpu")
    both = active_filter()
    assert not both.admits_any(ALL)
    message = both.admits_nothing(ALL, {})
    assert "passes both SYCL_DEVICE_FILTER='opencl:gpu' and ONEAPI_DEVICE_SELECTOR='*:cpu'" in message
    assert "SYCL_DEVICE_FILTER alone admits opencl:gpu:0" in message


@pytest.mark.parametrize("source", [FILTER, SELECTOR])
@given(text=st.text(alphabet="opencl:gpu,;!*.01hst \tÄ", max_size=12) | st.text(max_size=8))
@example(text="")
@example(text="opencl:gpu")
@example(text="cpu:İ:0")
def test_any_text_is_a_filter_or_a_typed_error_and_the_suggestion_works(source, text):
    infos = [CPU, POCL, HOST]
    try:
        chosen = Filter.parse(text, source)
    except xp.DeviceFilterError as error:
        assert "^" in str(error).splitlines()[-1]
        from xpuarray.placement.filters import nearest_filter

        nearest = nearest_filter(infos, source, text)
    else:
        if chosen.admits_any(infos):
            return
        message = chosen.admits_nothing(infos, {})
        nearest = next(line for line in message.splitlines() if line.startswith("nearest")).partition("='")[2][:-1]
    fitting = [info for info in infos if Filter.parse(nearest, source).admits(info)]
    assert not fitting[0].why_not


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_variable_counts_as_unset(monkeypatch, blank):
    monkeypatch.setenv(FILTER, blank)
    monkeypatch.setenv(SELECTOR, blank)
    assert all(map(active_filter().admits, ALL))
    assert str(active_filter()) == "no filter"


def test_the_environment_is_read_at_each_call_and_both_variables_apply(monkeypatch):
    monkeypatch.setenv(FILTER, "gpu")
    monkeypatch.delenv(SELECTOR, raising=False)
    assert [i for i in ALL if active_filter().admits(i)] == [CUDA, ARC, GPU]
    monkeypatch.setenv(SELECTOR, "!cuda:*")
    assert [i for i in ALL if active_filter().admits(i)] == [ARC, GPU]
    monkeypatch.setenv(FILTER, "host")
    assert [i for i in ALL if active_filter().admits(i)] == [HOST]
