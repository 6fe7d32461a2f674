"""`python -m xpuarray coverage`: nothing of the standard is absent, and the guide shows the totals."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

import xpuarray as xp
from xpuarray.commands import coverage
from xpuarray.placement.devices import as_device

GUIDE = (Path(__file__).parents[1] / "docs" / "guide" / "coverage.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows() -> list[coverage.Entry]:
    return list(coverage.entries([as_device("host")]))


def test_nothing_is_absent(rows: list[coverage.Entry]):
    assert [row.name for row in rows if row.routes["host:cpu:0"] not in ("kernel", "library")] == []
    routes = {row.name: row.routes["host:cpu:0"] for row in rows}
    assert (routes["sin"], routes["fft.fft"], routes["rng.normal"]) == ("kernel", "library", "kernel")


def test_numpys_functions_are_all_listed(rows: list[coverage.Entry]):
    """Every public function is in the table, or not one of the standard's or NumPy's."""
    own = {"allow_fallback", "asnumpy", "call_kernel", "call_kernel_async", "default_device", "device", "device_func"}
    own |= {
        "devices",
        "eager",
        "evaluate",
        "explain",
        "fuse",
        "kernel",
        "prefer",
        "select_device",
        "synchronize",
        "vectorize",
    }
    own |= {"atomic_fence", "group_barrier", "isscalar", "logsumexp", "suggest_device"}
    # NumPy's, of text, files, formats and types, or of values that are compared with nobody's.
    own |= {"array2string", "array_repr", "array_str", "base_repr", "binary_repr", "format_float_positional"}
    own |= {"format_float_scientific", "get_printoptions", "set_printoptions", "printoptions", "iterable", "typename"}
    own |= {
        "mintypecode",
        "fromfile",
        "genfromtxt",
        "loadtxt",
        "savetxt",
        "geterr",
        "seterr",
        "ndenumerate",
        "unpackbits",
    }
    own |= {"get_array_module", "jit", "prange"}
    own |= {"memory_info", "profile", "release_memory", "reset_peak_memory", "strict"}
    public = {name for name, value in vars(xp).items() if inspect.isfunction(value) and not name.startswith("_")}
    listed = {row.name for row in rows}
    from xpuarray import lang

    assert public - listed - own - set(lang.__all__) == set()


def test_totals_add_up(rows: list[coverage.Entry]):
    counted = coverage.totals(rows)
    for group, by_place in counted.items():
        size = sum(row.group == group for row in rows)
        assert {sum(routes.values()) for routes in by_place.values()} == {size}
        assert re.search(
            rf"\| {'Array API 2025.12' if group == 'standard' else 'NumPy, beyond that'} \| {size} \|", GUIDE
        )


def test_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(coverage, "STANDARD", {"elementwise": "sin(x)", "linalg": "linalg.svd(m) linalg.nothing(m)"})
    monkeypatch.setattr(coverage, "NUMPY", {"shapes": "fliplr(x)"})
    assert coverage.main(["host"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"elementwise +sin +kernel", printed)
    assert re.search(r"linalg +linalg\.nothing +absent", printed)
    assert "standard: 3 functions" in printed
    assert coverage.main(["host"], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["NumPy"]["host:cpu:0"] == {"library": 1}
