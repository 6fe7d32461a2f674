"""What `kernels/` and 200 random programs leave behind on opencl:cpu, in a form that two environments compare.

    .venv/bin/python tests/differential.py                  # records the outputs of xpuarray's own SPIR-V compiler
    .venv-dpex/bin/python tests/differential.py --compare   # compares all 200 programs with the record, in minutes

tests/test_dpex_compiler.py compares the kernels and the first 40 programs with the record, in the environment of
numba-dpex as in the newer one; so the two compilers check each other.  Random programs have to agree to the last bit
(a digest of their outputs is kept), kernels of the library within bounds.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from xpuarray.kernels import black_scholes, histogram, matmul, nbody, pairwise, reduce_tree, stencil

import xpuarray as xp
from xpuarray.conformance import random_kernels
from xpuarray.lang import NdRange
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import as_device

__all__ = ["BUNDLE", "PROGRAMS", "library_outputs", "other_programs", "program_digests", "recorded"]

RECORD = Path(__file__).with_name("differential.json")
PROGRAMS, BUNDLE = 200, 8
_EXACT = ("oi", "of", "od", "ai", "af")  # `near` holds functions that are right to some units in the last place


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


def program_digests(first: int = 0, last: int = PROGRAMS) -> Iterator[tuple[range, list[str]]]:
    """Of each bundle of these random programs: their numbers, and a digest of what each leaves in its outputs."""
    device, options = as_device("opencl:cpu"), random_kernels.options
    before = dict(vars(options))
    vars(options).update(programs=PROGRAMS, seed=9, bundle=BUNDLE)
    try:
        for numbers in random_kernels.bundles():
            if not first <= numbers.start < last:
                continue
            kernel = random_kernels.bundle(numbers, True, collectives=False)
            n, group = random_kernels.shape_of(numbers)
            arguments = random_kernels.arguments(numbers, n, group, True, device)
            call_kernel(kernel, NdRange((n,), (group,)), *arguments)
            outputs = [a for name, a in zip(random_kernels.PARAMETERS, arguments) if name in _EXACT]
            yield numbers, _digests([xp.asnumpy(a) for a in outputs], len(numbers))
    finally:
        vars(options).update(before)


def _digests(outputs: list[np.ndarray], programs: int) -> list[str]:
    """NaN is NaN, whatever its sign and bits; zeros of both signs are one."""
    alike = [np.where(a != a, a.dtype.type(np.nan), a) + a.dtype.type(0) if a.dtype.kind == "f" else a for a in outputs]
    rows = (b"".join(np.ascontiguousarray(a[p]).tobytes() for a in alike) for p in range(programs))
    return [hashlib.blake2b(row, digest_size=6).hexdigest() for row in rows]


def recorded() -> dict[str, Any]:
    """The record: outputs of the kernels by name, and digests of the programs in order."""
    return json.loads(RECORD.read_text())


def other_programs(first: int = 0, last: int = PROGRAMS) -> list[int]:
    """Which programs from `first` to before `last` leave something else than the record says."""
    expected = recorded()["programs"]
    found = ((k, digest) for numbers, digests in program_digests(first, last) for k, digest in zip(numbers, digests))
    return [k for k, digest in found if digest != expected[k]]


def main() -> None:
    """Make the record anew, or compare with it."""
    if sys.argv[1:] == ["--compare"]:
        others = other_programs()
        print(f"{PROGRAMS - len(others)} of {PROGRAMS} programs agree; others: {others}")
        sys.exit(bool(others))
    kernels = {name: output.round(9).tolist() for name, output in library_outputs()}
    digests = [digest for _, bundle in program_digests() for digest in bundle]
    RECORD.write_text(json.dumps({"kernels": kernels, "programs": digests}) + "\n")


if __name__ == "__main__":
    main()
