"""benchmarks/dpbench.py, on a program laid out as dpbench lays out its own."""

from __future__ import annotations

import json

import pytest
import test_benchmarks

pytest.importorskip("tomllib", reason="the runner needs Python 3.11")

ABOUT = """
[benchmark]
name = "L2"
relative_path = "l2_norm"
func_name = "l2_norm"
input_args = ["d", "a"]
array_args = ["a", "d"]
output_args = ["d"]
[benchmark.parameters.S]
npoints = 99
[benchmark.init]
func_name = "initialize"
input_args = ["npoints", "types_dict"]
output_args = ["a", "d"]
"""
INITIALIZE = """
import numpy as np

def initialize(npoints, types_dict):
    return np.random.random((npoints, 3)).astype(types_dict["float"]), np.zeros(npoints)
"""
KERNEL = """
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi

@dpex.kernel
def l2_kernel(item: kapi.Item, a, d):
    i = item.get_id(0)
    for k in range(a.shape[1]):
        d[i] += a[i, k] * a[i, k]  # to what it finds: each call needs the data anew

def l2_norm(a, d):
    dpex.call_kernel(l2_kernel, kapi.Range(a.shape[0]), a, d)
"""
LOOP = """
import numba as nb

@nb.njit(parallel=True)
def l2_norm(a, d):
    for i in nb.prange(a.shape[0]):
        for k in range(a.shape[1]):
            d[i] += a[i, k] * a[i, k]
"""


@pytest.fixture
def folder(tmp_path):
    files = {
        "configs/bench_info/l2_norm.toml": ABOUT,
        "benchmarks/default/l2_norm/l2_norm_initialize.py": INITIALIZE,
        "benchmarks/default/l2_norm/l2_norm_numba_dpex_k.py": KERNEL,
        "benchmarks/default/l2_norm/l2_norm_numba_npr.py": LOOP,
    }
    for name, text in files.items():
        (tmp_path / "dpbench" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dpbench" / name).write_text(text)
    return tmp_path


def run(folder, *more):
    return test_benchmarks.command.main(["dpbench", "l2_norm", "--quick", "--dpbench", str(folder), *more])


@pytest.mark.needs_device("opencl:cpu")
def test_a_program_is_run_with_our_kernels_against_prange(folder, tmp_path, capsys):
    file = tmp_path / "out.json"
    assert run(folder, "--json", str(file)) == 0
    assert "| numba prange |" in capsys.readouterr().out
    (race,) = json.loads(file.read_text())["races"]
    assert [c["name"].partition(",")[0] for c in race["contenders"]][:2] == ["numba prange", "xpuarray.dpex"]


@pytest.mark.needs_device("opencl:cpu")
def test_wrong_values_raise(folder):
    kernel = folder / "dpbench/benchmarks/default/l2_norm/l2_norm_numba_dpex_k.py"
    kernel.write_text(KERNEL.replace("a[i, k] * a[i, k]", "a[i, k]"))
    with pytest.raises(test_benchmarks.WrongResultError, match=r"l2_norm: xpuarray\.dpex, opencl:cpu:0 is off by"):
        run(folder)
