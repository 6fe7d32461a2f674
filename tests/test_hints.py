"""Names that users of other libraries guess, and what errors tell them to write: every cure runs."""

from __future__ import annotations

import math
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.sycl.discovery import opencl_driver
from xpuarray.commands import doctor, report, runtimes
from xpuarray.functions.hints import CURES

ROWS = [(owner, name, cure) for owner, table in CURES.items() for name, cure in table.items()]
OWNERS = {"Array": xp.ones(3, device="host"), "": xp, "random": xp.random}


def test_every_name_says_what_to_write_and_that_runs():
    with xp.device("host"):
        for owner, name, cure in ROWS:
            with pytest.raises(AttributeError) as caught:
                getattr(OWNERS[owner], name)
            assert str(caught.value).endswith(f"has no attribute {name!r}; write {cure}"), name
            assert not hasattr(OWNERS[owner], name) and name not in dir(OWNERS[owner])
            x, y = (xp.ones((2, 2), dtype=xp.float32) for _ in range(2))
            eval(cure, {"xp": xp, "math": math, "x": x, "y": y, "n": 4})


def test_other_names_are_missing_as_anywhere():
    for owner, thing in OWNERS.items():
        with pytest.raises(AttributeError, match=r"has no attribute 'nothing_like_it'$") as caught:
            thing.nothing_like_it  # noqa: B018
        assert caught.value.name == "nothing_like_it", owner
    with pytest.raises(ImportError, match="cannot import name 'rand'"):
        from xpuarray import rand  # noqa: F401
    x = OWNERS["Array"]
    assert getattr(x, "nothing_like_it", 5) == 5
    assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()


def test_another_library_is_to_be_given_numpy_arrays(tmp_path: Path):
    """What plotting libraries do with the second of two arguments, where the first is a list."""
    file = tmp_path / "site-packages" / "plots.py"
    library = types.ModuleType("plots")
    exec(compile("def bar(heights, x):\n    return heights + x", str(file), "exec"), library.__dict__)
    x = xp.ones(3, device="host")
    with pytest.raises(xp.ImplicitTransferError, match=r"plots computes with NumPy arrays: give it xp\.asnumpy\(x\)"):
        library.bar(np.ones(3), x)
    with pytest.raises(xp.ImplicitTransferError, match=r"Write xp\.asarray"):
        np.ones(3) + x


def test_a_ufunc_of_others_is_told_by_its_own_name():
    special = pytest.importorskip("scipy.special")
    with pytest.raises(xp.ImplicitTransferError) as caught:
        special.erf(xp.ones(3, device="host"))
    assert "numpy.erf" not in str(caught.value) and "xp.asnumpy(a)" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["ONEAPI_DEVICE_SELECTOR", "OCL_ICD_FILENAMES", "OCL_ICD_VENDORS", "SYCL_DEVICE_ALLOWLIST"]
)
def test_no_installation_is_advised_where_a_variable_hides_devices(name: str, monkeypatch: pytest.MonkeyPatch):
    if name == "OCL_ICD_FILENAMES" and opencl_driver() is None:
        pytest.skip("there is no OpenCL driver that it could hide")
    monkeypatch.setattr(runtimes, "missing_backends", lambda: {"sycl": "no device"})
    monkeypatch.setenv(name, "/nowhere")
    told = report.verdict([*doctor.variables(), *runtimes.runtimes()])
    if sys.platform == "linux":
        ((cause, (consequence,)),) = [(p, so) for p, so in told if p.hides]
        assert name in cause.what and cause.remedy.startswith(f"unset {name}")
        assert "no SYCL device" in consequence.what and "reinstall" not in report.written([cause, consequence])


def test_explain_lists_what_was_asked_for_inside(device: Any):
    x = xp.ones(200_000, dtype=xp.float32)
    before = xp.sin(x) + 1
    with xp.explain() as calls:
        inside = xp.cos(x) * 2
    assert not [c for c in calls if "sin" in c.function], calls
    assert any("cos" in c.function for c in calls)
    with xp.explain() as calls, xp.profile() as profile, xp.strict(transfers=None, compiles=None):
        total = before + inside
    assert not [c for c in calls if "cos" in c.function or "sin" in c.function]
    assert "sin" not in str(profile)
    assert abs(float(total[0]) - (math.sin(1) + 1 + 2 * math.cos(1))) < 1e-5


def test_an_attribute_that_an_array_lacks_says_why():
    with pytest.raises(AttributeError, match="not in USM memory"):
        _ = xp.ones(1, device="host").__sycl_usm_array_interface__


def test_work_that_fails_does_not_fail_in_a_block_that_did_not_ask_for_it():
    with xp.prefer("kernel"):  # it waits on every device
        failing = xp.vectorize(lambda x: x.nothing)(xp.ones(100_000))
    for block in (xp.explain, xp.profile, xp.strict):
        with block():
            pass
    with pytest.raises(xp.KernelCompileError):
        xp.asnumpy(failing)
