"""numba-dpex as the compiler of SPIR-V kernels: against ours, by outputs that both environments compare; and what
surrounds the choice between the two.  `make test-dpex` runs this in numba-dpex's environment, `make test` in ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import differential
import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.sycl import versions
from xpuarray.conformance.fuzz import kernels
from xpuarray.conformance.fuzz.kernel_programs import bundle
from xpuarray.errors import DeviceError
from xpuarray.placement.devices import as_device

HERE = Path(__file__).parent
SCRIPTS = HERE / "numba_dpex_scripts"
BY_DPEX = versions.kernel_compiler() == "dpex"

on_cpu = pytest.mark.needs_device("opencl:cpu")
with_dpex = pytest.mark.skipif(not BY_DPEX, reason="numba-dpex is not installed here; make test-dpex runs this")


# -- the two compilers against each other -------------------------------------------------------------


@on_cpu
def test_kernels_of_the_library_give_what_the_other_compiler_gave():
    """Sums of up to 180 numbers in any order, products joined to sums or not: 1e-5 of the largest one."""
    expected = differential.recorded()
    for name, output in differential.library_outputs():
        values = np.asarray(expected.pop(name))
        assert output.shape == values.shape
        np.testing.assert_allclose(output, values, rtol=2e-5, atol=1e-5 * np.abs(values).max(), err_msg=name)
    assert not expected


#: 200 by numba-dpex; by xpuarray's own compiler, of which the fuzzer has far more, the first 40.
COMPARED = range(0, 200 if BY_DPEX else 40, 8)
#: numba-dpex's code has no repair for what Intel's vectoriser gets wrong (compiler/targets/divergence.py).
WRONG = {180} if BY_DPEX else set()


@on_cpu
@pytest.mark.parametrize("first", COMPARED)
def test_random_kernels_give_what_their_interpreter_gives(first: int):
    """To the last bit, but for what is only nearly so: whichever compiler it is."""
    several = bundle(9, range(first, first + 8), dpex=True)
    found = kernels.answer(("opencl:cpu", several, 9))
    assert {first + k for k in found} == WRONG & {*range(first, first + 8)}, found


# -- scripts written for numba-dpex -----------------------------------------------------------------


def run(program: str, **environment: str | None) -> Any:
    """What a program prints, as JSON; a variable that is None is not set."""
    library = {"LD_LIBRARY_PATH": os.path.join(sys.prefix, "lib")} if versions.is_old() else {}
    variables = {k: v for k, v in {**os.environ, **library, **environment}.items() if v is not None}
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


RESULTS = json.loads((SCRIPTS / "results.json").read_text())  # printed by numba-dpex 0.23.0


def assert_equal_results(script: str, found: Any):
    """Each number took at most 20 roundings and a few functions that are right to 4 units in the last place."""
    expected = np.asarray(RESULTS[script])
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14 * np.abs(expected).max())


@on_cpu
@pytest.mark.parametrize("script", sorted(RESULTS))
def test_scripts_with_the_import_changed(script: str):
    source = (SCRIPTS / f"{script}.py").read_text()
    ours = source.replace("\nimport numba_dpex ", "\nimport xpuarray.dpex ")
    ours = ours.replace("\nfrom numba_dpex ", "\nfrom xpuarray.dpex ")
    assert "numba_dpex" not in ours
    assert_equal_results(script, run(_from_a_file(ours)))


@with_dpex
@pytest.mark.parametrize("script", sorted(RESULTS))
def test_scripts_by_numba_dpex_itself(script: str):
    assert_equal_results(script, run(_from_a_file((SCRIPTS / f"{script}.py").read_text())))


def _from_a_file(source: str) -> str:
    """Numba wants to see the lines of what it compiles."""
    return f"""
import linecache
source = {source!r}
linecache.cache["<script>"] = len(source), None, source.splitlines(True), "<script>"
exec(compile(source, "<script>", "exec"))
"""


# -- what the older runtime computes ------------------------------------------------------------------

STRIDED = """
import json, os, warnings
import numpy as np
warnings.simplefilter("ignore")
import xpuarray as xp
host = np.arange(4000, dtype=np.float32)

@xp.kernel
def add(item, x, y, out):
    i = item.get_id(0)
    out[i] = x[i] + y[i]

x = xp.asarray(host, device="opencl:cpu")
out = xp.zeros(2000, dtype=xp.float32, device="opencl:cpu")[::2]
xp.call_kernel(add, xp.Range(1000), x[::4], x[1::4], out)
found = xp.asnumpy(out)
print(json.dumps([os.environ.get("CL_CONFIG_USE_VECTORIZER"), int((found != host[::4] + host[1::4]).sum())]))
"""


@with_dpex
def test_results_are_right_on_this_processor():
    """Strided arrays, on which the vectoriser's work is wrong."""
    unset = {versions.VECTORIZER: None, "CL_CONFIG_CPU_TARGET_ARCH": None}
    vectoriser, wrong = run(STRIDED, **unset)
    assert wrong == 0
    assert (vectoriser == "False") == bool(versions.cpu_fault())


@with_dpex
@pytest.mark.skipif(not versions.cpu_fault(), reason="the runtime of 2024 is right on this processor")
def test_the_vectoriser_is_still_wrong():
    """versions.py: avoid_cpu_fault.  A user's own setting stays, whatever it leads to."""
    _, wrong = run(STRIDED, **{versions.VECTORIZER: "True", "CL_CONFIG_CPU_TARGET_ARCH": None})
    assert wrong > 0


@pytest.mark.parametrize(
    ("vendor", "family", "model", "known"),
    [("GenuineIntel", 6, 85, True), ("GenuineIntel", 6, 999, False), ("AuthenticAMD", 25, 17, False)],
)
def test_processors_that_the_older_runtime_knows(vendor, family, model, known, tmp_path, monkeypatch):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: a CPU\n")
    assert bool(versions.cpu_fault(str(cpuinfo))) == (versions.is_old() and not known)
    monkeypatch.setattr(versions, "is_old", lambda: True)
    assert ("a CPU" in versions.cpu_fault(str(cpuinfo))) == (not known)


# -- the choice -------------------------------------------------------------------------------------


@on_cpu
def test_explain_and_doctor_tell_the_compiler(capsys):
    from xpuarray.commands import doctor

    device = as_device("opencl:cpu")
    assert device.runtime.target == ("dpex" if BY_DPEX else "spirv")
    x = xp.zeros(4, dtype=xp.float32, device=device)

    @xp.kernel
    def set_one(item, x):
        x[item.get_id(0)] = 1

    with xp.explain() as calls:
        xp.call_kernel(set_one, xp.Range(4), x)
    assert calls[-1].route.endswith("by numba-dpex") == BY_DPEX
    assert doctor.compiler() == []
    assert ("numba-dpex" if BY_DPEX else "xpuarray's own") in capsys.readouterr().out


def test_a_compiler_that_is_not_there(monkeypatch):
    chosen = versions.kernel_compiler.__wrapped__
    monkeypatch.setenv(versions.COMPILER, "cuda")
    with pytest.raises(DeviceError, match="XPUARRAY_KERNEL_COMPILER='cuda'"):
        chosen()
    monkeypatch.setenv(versions.COMPILER, "spirv" if versions.is_old() else "dpex")
    with pytest.raises(DeviceError, match="XPUARRAY_KERNEL_COMPILER"):
        chosen()


@with_dpex
@pytest.mark.parametrize("option", [{"check": "bounds"}, {}], ids=["bounds", "collective"])
def test_what_numba_dpex_lacks_is_an_error(option: dict[str, str]):
    def total(nd, x):
        x[nd.get_global_id(0)] = xp.group_reduce(nd.get_group(), x[nd.get_global_id(0)])

    x = xp.ones(4, dtype=xp.float32, device="opencl:cpu")
    with pytest.raises(xp.KernelCompileError, match="numba-dpex has no"):
        xp.call_kernel(xp.kernel(**option)(total), xp.NdRange((4,), (4,)), x)
