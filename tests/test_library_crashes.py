"""Library functions that end the process; the long form is `python -m xpuarray.commands.crashes`."""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.commands import crashes
from xpuarray.observe.explain import explain

NARROW = ("bool", "int8", "uint8", "int16", "uint16")


@pytest.mark.needs_device("opencl:cpu")
def test_sorting_of_narrow_integers_by_the_library():
    """Intel's compiler dies of dpnp's radix sort of 2,049 to 16,384 elements, most often in fresh processes."""
    found = list(crashes.walk("opencl:cpu", ["sort"], ["bool", "int16"], [5000]))
    assert [str(death) for death in found] == []


def test_a_call_that_ends_its_process_is_told(monkeypatch):
    monkeypatch.setitem(crashes.STANDARD, "sorting", "sort(__import__('os').abort())")
    (death,) = crashes.walk("host", ["sort"], ["int8"], [3])
    assert "SIGABRT" in str(death)


def test_every_function_is_walked():
    names = {call.partition("(")[0] for call in crashes.calls()}
    assert {"sort", "argsort", "unique_all", "searchsorted", "isin", "cumulative_sum", "linalg.svd"} <= names


@pytest.mark.parametrize("dtype", NARROW)
def test_order_of_narrow_integers(device, dtype):
    values = (np.random.default_rng(0).integers(-500, 500, (3, 5000)) % 100).astype(dtype)
    x = xp.asarray(values, device=device)
    for axis in (0, -1):
        assert np.array_equal(xp.asnumpy(xp.sort(x, axis=axis)), np.sort(values, axis))
        down = xp.asnumpy(xp.sort(x, axis=axis, descending=True))
        assert np.array_equal(down, np.flip(np.sort(values, axis), axis))
        up = np.argsort(values, axis, kind="stable")
        assert np.array_equal(xp.asnumpy(xp.argsort(x, axis=axis)), up)
        inverted = values.max() - values.astype(np.int64)
        down = np.argsort(inverted, axis, kind="stable")
        assert np.array_equal(xp.asnumpy(xp.argsort(x, axis=axis, descending=True)), down)
    assert np.array_equal(xp.asnumpy(x), values)


@pytest.mark.needs_device("opencl:cpu")
def test_numpy_sorts_narrow_integers_on_shared_memory():
    x = xp.zeros(100_000, dtype=xp.uint8, device="opencl:cpu")
    with explain() as calls:
        xp.sort(x)
    assert [c.route for c in calls][-1] == "NumPy sort on shared memory"
