"""What the methods of generators take: shapes of numbers, and parameters that a distribution may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.typing import Scale
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import reductions
from xpuarray.functions.distributions import DOMAINS

__all__ = ["Size", "all_hold", "check_whole", "extents", "given", "seed_sequence", "shape_of", "size_for", "size_of"]

Size = int | Sequence[int] | None


def given(name: str, **parameters: Any) -> list[Any]:
    """The parameters of a distribution.  Raises ValueError for what none can be."""
    values = []
    for key, value in parameters.items():
        words, holds = DOMAINS.get(f"{name}.{key}") or DOMAINS.get(key) or ("", None)
        if holds is not None and not all_hold(holds(value)):
            raise ValueError(
                f"{name}: {key} {words}, not {'all of an array is' if isinstance(value, Array) else value}"
            )
        values.append(value)
    return values


def size_of(size: Size, out: Array | None) -> Size:
    """How many numbers are made: as many as `out` takes, unless it is said."""
    return out.shape if size is None and isinstance(out, Array) else size


def all_hold(holds: Any) -> bool:
    return bool(reductions.all(holds)) if isinstance(holds, Array) else bool(holds)


def check_whole(name: str, *parameters: Any) -> None:
    for parameter in parameters:
        if isinstance(parameter, Array) and parameter.dtype.kind not in "iu":
            raise TypeError(f"{name}: takes integers, not an array of {parameter.dtype}")


def size_for(size: Size, *parameters: Scale) -> Size:
    """The size, or what the arrays among the parameters broadcast to."""
    arrays = [p for p in parameters if isinstance(p, Array)]
    return extents("random numbers", size, *arrays) if arrays else size


def extents(name: str, size: Size, *parameters: Array) -> tuple[int, ...]:
    """The shape of numbers, each of which has parameters of its own: what these broadcast to, or `size`.

    Raises ValueError if they do not broadcast to `size`, UnsupportedDTypeError for complex ones.
    """
    for parameter in parameters:
        if parameter.dtype.kind == "c":
            raise UnsupportedDTypeError(f"{name}: parameters are real numbers, not {parameter.dtype}")
    shape = np.broadcast_shapes(*(parameter.shape for parameter in parameters))
    if size is None:
        return shape
    wanted = shape_of(size)
    if len(shape) > len(wanted) or any(n not in (1, m) for n, m in zip(shape[::-1], wanted[::-1])):
        raise ValueError(f"{name}: parameters of shape {shape} do not broadcast to size {wanted}")
    return wanted


def shape_of(size: Size) -> tuple[int, ...]:
    if size is None:
        return ()
    return (int(size),) if hasattr(size, "__index__") else tuple(size)  # type: ignore[arg-type, call-overload]


def seed_sequence(seed: Any) -> np.random.SeedSequence:
    """What a seed comes to; of a generator of bits, its own seed."""
    if isinstance(seed, np.random.BitGenerator):
        seed = seed.seed_seq
    return seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
