"""What `kernels/` leaves behind on opencl:cpu, in a form that two environments compare.

    .venv/bin/python tests/differential.py      # records the outputs of xpuarray's own SPIR-V compiler

tests/test_dpex_compiler.py compares them with the record, in the environment of numba-dpex as in the newer one; so the
two compilers check each other.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from xpuarray.kernels import black_scholes, histogram, matmul, nbody, pairwise, reduce_tree, stencil

import xpuarray as xp

__all__ = ["library_outputs", "recorded"]

RECORD = Path(__file__).with_name("differential.json")


def _inputs(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).random(shape, np.float32)


def _on_cpu(values: Any) -> xp.Array:
    return xp.asarray(values, device="opencl:cpu")


def _zeros(*shape: int, dtype: Any = np.float32) -> xp.Array:
    return xp.zeros(shape, dtype=dtype, device="opencl:cpu")


def library_outputs() -> Iterator[tuple[str, np.ndarray]]:
    """(name, output) of every kernel in `kernels/`, on small inputs."""
    out = _zeros(9, 7)
    matmul.matmul(_on_cpu(_inputs(9, 5)), _on_cpu(_inputs(5, 7)), out)
    yield "matmul", xp.asnumpy(out)
    out = _zeros(9, 7)
    pairwise.squared_distances(_on_cpu(_inputs(9, 5)), _on_cpu(_inputs(7, 5)), out)
    yield "pairwise", xp.asnumpy(out)
    call, put = _zeros(30), _zeros(30)
    price, strike, years = (_on_cpu(_inputs(30, k)[:, 0] * 10 + 5) for k in (1, 2, 3))
    black_scholes.prices(price, strike, years, 0.05, 0.3, call, put)
    yield "black_scholes", np.stack([xp.asnumpy(call), xp.asnumpy(put)])
    counts = _zeros(8, dtype=np.int32)
    histogram.histogram(_on_cpu(np.random.default_rng(1).integers(0, 8, 500).astype(np.int32)), counts)
    yield "histogram", xp.asnumpy(counts)
    out = _zeros(3, 20)
    nbody.accelerations(_on_cpu(_inputs(3, 20)), _on_cpu(_inputs(20, 1)[:, 0]), 0.01, out)
    yield "nbody", xp.asnumpy(out)
    out = _zeros(1)
    reduce_tree.sum_tree(_on_cpu(_inputs(1000, 1)[:, 0]), _zeros(4), out)
    yield "reduce_tree", xp.asnumpy(out)
    out = _zeros(6, 8)
    stencil.diffuse(_on_cpu(_inputs(6, 8)), 0.2, out)
    yield "stencil", xp.asnumpy(out)
    yield from _elementwise_and_reductions()


_UNARY = ("sin", "exp", "log1p", "sqrt", "floor", "round", "sign", "tanh", "expm1", "square")
_BINARY = ("add", "remainder", "floor_divide", "maximum", "logaddexp", "hypot", "atan2", "nextafter", "pow")


def _elementwise_and_reductions() -> Iterator[tuple[str, np.ndarray]]:
    """kernels/elementwise.py and kernels/reduce.py, by the functions that they are for."""
    x, y = _on_cpu(_inputs(12, 2)[:, 0] * 4), _on_cpu(_inputs(12, 3)[:, 0] + 1)
    whole = _on_cpu(_inputs(40, 6, 70))
    with xp.prefer("kernel"):
        for name in _UNARY:
            yield name, xp.asnumpy(getattr(xp, name)(x))
        for name in _BINARY:
            yield name, xp.asnumpy(getattr(xp, name)(x, y))
        for name, axis in itertools.product(("sum", "max"), ((0,), (1, 2), (2,), (0, 1, 2))):
            yield f"{name} over {axis}", xp.asnumpy(getattr(xp, name)(whole, axis=axis)).ravel()[:30]


def recorded() -> dict[str, Any]:
    """The record: outputs of the kernels by name."""
    return json.loads(RECORD.read_text())


def main() -> None:
    """Make the record anew."""
    RECORD.write_text(json.dumps({name: output.round(9).tolist() for name, output in library_outputs()}) + "\n")


if __name__ == "__main__":
    main()
