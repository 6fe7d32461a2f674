"""README's table of peers: every tick is a program that the library runs, where the library and the hardware are."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")

#: The module of a column, and how the programs name it.
MODULES = {
    "NumPy": "numpy as m",
    "dpnp": "dpnp as m",
    "CuPy": "cupy as m",
    "JAX": "jax.numpy as m",
    "PyTorch": "torch as m",
    "Numba": "numba as m",
    "Warp": "warp as m",
    "Taichi": "taichi as m",
    "xpuarray": "xpuarray as m",
}
STANDARD = "assert m.ones(2).__array_namespace__().sin"
VIEW = "x = m.zeros(4); x[1:3][:] = 1; assert float(x.sum()) == 2"
ON = "assert float(m.ones(3, device={!r}).sum()) == 3"
JAX_ON = "import jax; x = jax.device_put(m.ones(3), jax.devices({!r})[0]); assert float(x.sum()) == 3"
NUMBA_LOOP = """
    import numpy as np
    @m.njit(parallel=True)
    def f(x):
        for i in m.prange(x.size):
            x[i] = i
    x = np.zeros(4); f(x); assert x.sum() == 6"""
WARP = """
    @m.kernel
    def f(x: m.array(dtype=m.float32)):
        i = m.tid()
        x[i] = m.float32(i)
    x = m.zeros(4, dtype=m.float32, device={!r}); m.launch(f, 4, [x], device={!r}); assert x.numpy().sum() == 6"""
TAICHI = """
    m.init(arch=m.{})
    x = m.field(m.f32, 4)
    @m.kernel
    def f():
        for i in x:
            x[i] = i
    f(); assert x.to_numpy().sum() == 6"""
NUMBA_CUDA = """
    import numpy as np
    from numba import cuda
    @cuda.jit
    def f(x):
        x[cuda.grid(1)] = 1
    x = cuda.to_device(np.zeros(4)); f[1, 4](x); assert x.copy_to_host().sum() == 4"""
OUR_KERNEL = """
    @m.kernel
    def f(item, x):
        x[item.get_id(0)] = item.get_id(0)
    x = m.zeros(4); m.call_kernel(f, m.Range(4), x); assert float(x.sum()) == 6"""
OUR_LOOP = """
    @m.jit
    def f(x):
        for i in m.prange(x.size):
            x[i] = i
    x = m.zeros(4); f(x); assert float(x.sum()) == 6"""
FUSED = """
    x = m.ones(1 << 20, dtype=m.float32)
    with m.explain() as told:
        m.evaluate(m.sin(x) * 2 + x)
    assert [call.route.split()[0] for call in told] == ['kernel'], told"""
WARP_GRADIENT = """
    @m.kernel
    def f(x: m.array(dtype=m.float32), y: m.array(dtype=m.float32)):
        m.atomic_add(y, 0, x[0] * x[0])
    x, y = (m.array([3.0], dtype=m.float32, device="cpu", requires_grad=True) for _ in range(2))
    with m.Tape() as tape:
        m.launch(f, 1, [x, y], device="cpu")
    tape.backward(y); assert x.grad.numpy()[0] == 6"""
TAICHI_GRADIENT = """
    m.init(arch=m.cpu)
    x, y = (m.field(m.f32, (), needs_grad=True) for _ in range(2))
    @m.kernel
    def f():
        y[None] += x[None] * x[None]
    x[None] = 3
    with m.ad.Tape(y):
        f()
    assert x.grad[None] == 6"""

#: Row of the table -> library -> a program that ends well if the tick is true.
TICKS: dict[str, dict[str, str]] = {
    "the Array API standard": dict.fromkeys(("NumPy", "dpnp", "JAX", "xpuarray"), STANDARD),
    "writes through views": {
        **dict.fromkeys(("NumPy", "dpnp", "CuPy", "PyTorch", "xpuarray"), VIEW),
        "Numba": "import numpy as np; x = np.zeros(4); f = m.njit(lambda x: x[1:3].fill(1)); f(x); assert x.sum() == 2",
        "Warp": "x = m.zeros(4, device='cpu'); x[1:3].fill_(1); assert x.numpy().sum() == 2",
    },
    "on a CPU": {
        "NumPy": "m.ones(3)",
        "dpnp": ON.format("cpu"),
        "JAX": JAX_ON.format("cpu"),
        "PyTorch": ON.format("cpu"),
        "Numba": NUMBA_LOOP,
        "Warp": WARP.format("cpu", "cpu"),
        "Taichi": TAICHI.format("cpu"),
        "xpuarray": ON.format("cpu"),
    },
    "on an NVIDIA GPU": {
        "CuPy": "assert float(m.ones(3).sum()) == 3",
        "JAX": JAX_ON.format("gpu"),
        "PyTorch": ON.format("cuda"),
        "Numba": NUMBA_CUDA,
        "Warp": WARP.format("cuda", "cuda"),
        "Taichi": TAICHI.format("cuda"),
        "xpuarray": ON.format("cuda"),
    },
    "on an Intel GPU": {
        "dpnp": ON.format("gpu"),
        "PyTorch": ON.format("xpu"),
        "Taichi": TAICHI.format("vulkan"),
        "xpuarray": ON.format("level_zero:gpu"),
    },
    "one kernel in Python for CPUs and GPUs": {
        "Warp": WARP.format("cpu", "cpu"),
        "Taichi": TAICHI.format("cpu"),
        "xpuarray": OUR_KERNEL,
    },
    "plain loops in parallel": {"Numba": NUMBA_LOOP, "Taichi": TAICHI.format("cpu"), "xpuarray": OUR_LOOP},
    "an expression is one kernel, undecorated": {"xpuarray": FUSED},
    "gradients": {
        "JAX": "import jax; assert jax.grad(lambda x: x * x)(3.0) == 6",
        "PyTorch": "x = m.tensor(3.0, requires_grad=True); (x * x).backward(); assert x.grad == 6",
        "Warp": WARP_GRADIENT,
        "Taichi": TAICHI_GRADIENT,
    },
}


def shown() -> dict[str, set[str]]:
    """The table of README: row -> libraries with a tick."""
    lines = re.findall(r"^\| .*$", README[README.index("## Beside others") :].split("\n## ")[0] + "\n", re.MULTILINE)
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    columns = cells[0][1:]
    assert columns == list(MODULES)
    return {row: {c for c, tick in zip(columns, ticks) if tick} for row, *ticks in cells[1:]}


def test_the_table_is_this():
    assert shown() == {row: set(ticks) for row, ticks in TICKS.items()}


@pytest.mark.parametrize(("row", "library"), [(row, library) for row, ticks in TICKS.items() for library in ticks])
def test_a_tick_is_true(row: str, library: str, tmp_path: Path):
    module = MODULES[library].partition(" ")[0].partition(".")[0]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{library} is not installed")
    if row == "on an NVIDIA GPU" and not shutil.which("nvidia-smi"):
        pytest.skip("no NVIDIA GPU here")
    if row == "on an Intel GPU":
        pytest.skip("no Intel GPU here")
    if library == "CuPy" and not shutil.which("nvidia-smi"):
        pytest.skip("CuPy needs an NVIDIA GPU")
    program = tmp_path / "program.py"  # some read their kernels' source
    program.write_text(f"import {MODULES[library]}\n{textwrap.dedent(TICKS[row][library])}\n", encoding="utf-8")
    variables = {k: v for k, v in os.environ.items() if k != "SYCL_DEVICE_FILTER"}
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, env=variables, timeout=120)
    if library != "xpuarray" and "module 'numpy' has no attribute" in done.stderr:
        pytest.skip(f"{library} does not know this NumPy")  # numba-cuda's row_stack, beside NumPy 2.5
    assert done.returncode == 0, done.stderr[-1500:]
