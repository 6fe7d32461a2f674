"""Random programs on the device and in the simulator: integers and floats alike to the last bit.

A few programs share a kernel, as compiling takes most of the time.  `options` says how many programs
there are; the environment can say otherwise: XPUARRAY_PROGRAMS=1000 python -m pytest tests/test_conformance.py
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.compiler.targets import simulator
from xpuarray.conformance.random_programs import PARAMETERS, program
from xpuarray.conformance.suite import case, close, equal, kernel_from
from xpuarray.lang import LocalAccessor, NdRange, group_barrier
from xpuarray.launch.arguments import pack_arguments
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device, as_device

__all__ = ["arguments", "bundle", "bundles", "options", "shape_of"]

#: programs: how many; seed: of what they are made; bundle: how many share a kernel
options = types.SimpleNamespace(programs=int(os.environ.get("XPUARRAY_PROGRAMS", "40")), seed=1, bundle=4)

_SHAPES = [(48, 16), (64, 8), (33, 11), (7, 7), (40, 1), (60, 20)]  # (work-items, items a group)


def mix(x, y):
    """Two integers into one."""
    return (x ^ (y >> 3)) * 31 + y


def clamped(x, y):
    """With a branch and an early return."""
    if x > y:
        return y
    return x + 1


def swap(nd, tile, l, value, partner):  # noqa: E741
    """What `partner` brought: barriers in a callee."""
    group_barrier(nd.get_group())
    tile[l] = value
    group_barrier(nd.get_group())
    found = tile[partner]
    group_barrier(nd.get_group())
    return found


def bundle(numbers: range, doubles: bool, collectives: bool = True) -> xp.Kernel:
    """One kernel that runs several programs, one after the other."""
    lines = ["w = nd.get_global_id(0)", "l = nd.get_local_id(0)", "items = np.int64(nd.get_local_range(0))"]
    lines += ["n = np.int64(a.shape[0])", "i = np.int64(w)"]
    for p, number in enumerate(numbers):
        lines += [f"p = {p}", *program(options.seed, number, doubles, collectives), "group_barrier(nd.get_group())"]
    return kernel_from("programs", f"nd, {', '.join(PARAMETERS)}", lines, mix=mix, clamped=clamped, swap=swap)


def arguments(numbers: range, n: int, group: int, doubles: bool, device: Device) -> list[Any]:
    """What PARAMETERS says, drawn from the seed; arrays are laid out as it says there too."""
    rng = np.random.default_rng([options.seed, numbers[0]])
    wide = np.float64 if doubles else np.float32
    place = lambda host: xp.asarray(host, device=device)  # noqa: E731
    count = len(numbers)
    return [
        place(rng.integers(-50, 50, n)),
        place(rng.integers(-(2**40), 2**40, (14, 2 * n)))[::-2, 1::2],
        place(rng.integers(-100, 100, n).astype(np.int32))[::-1],
        place(rng.integers(0, 2**64, n, dtype=np.uint64)),
        place(rng.normal(size=2 * n).astype(np.float32))[::2],
        xp.permute_dims(place(rng.normal(size=(3, n)).astype(wide)), (1, 0)),
        int(rng.integers(0, 9)),
        np.float32(rng.normal()),
        *(place(np.zeros((count, n), d)) for d in (np.int64, np.float32, wide, np.float32)),
        *(place(np.full((count, 4), 500, d)) for d in (np.int32, np.float32)),
        *(LocalAccessor(*what) for what in ((group, np.int64), (group, np.float32), (4, np.int32))),
    ]


def _simulate(kernel: xp.Kernel, extent: NdRange, arguments: list[Any]) -> None:
    """The kernel as plain Python, on arguments of the host."""
    host = as_device("host")
    _, kernel_types, packed = pack_arguments("programs", kernel.parameters[1:], arguments)
    compiled = simulator.compile_kernel(kernel, extent.space, kernel_types, host.info)
    compiled.binary(extent.global_range, extent.local_range, *packed)


def shape_of(numbers: range) -> tuple[int, int]:
    """Work-items, and items a group, of the kernel that runs these programs."""
    return _SHAPES[numbers[0] // options.bundle % len(_SHAPES)]


def bundles() -> Iterator[range]:
    for first in range(0, options.programs, options.bundle):
        yield range(first, min(first + options.bundle, options.programs))


@case
def programs(device: Device) -> None:
    """What random programs leave in every output, compared with the simulator's."""
    doubles, collectives = device.info.fp64, device.runtime.target != "dpex"  # which has none
    for numbers in bundles():
        kernel = bundle(numbers, doubles, collectives)
        n, group = shape_of(numbers)
        extent = NdRange((n,), (group,))
        given, expected = (arguments(numbers, n, group, doubles, d) for d in (device, as_device("host")))
        call_kernel(kernel, extent, *given)
        _simulate(kernel, extent, expected)
        for name, got, right in zip(PARAMETERS, given, expected):
            if isinstance(got, xp.Array):
                _compare(name, numbers, doubles, got, right)


def _compare(name: str, numbers: range, doubles: bool, got: xp.Array, right: xp.Array) -> None:
    """All programs' rows of one output."""
    for p, number in enumerate(numbers) if name in ("oi", "of", "od", "near", "ai", "af") else ():
        what = f"program {number} of seed {options.seed}, {name}"
        try:
            if name == "near":
                close(what, got[p], xp.asnumpy(right[p]), 8)  # each function is right to 4 units in the last place
            else:
                equal(what, got[p], xp.asnumpy(right[p]))
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *program(options.seed, number, doubles)])) from None
