"""Rows as GPUs read them: teams of work-items, 16 bytes each at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.fusion.expression import Program
from xpuarray.fusion.generate import row_loader
from xpuarray.fusion.layout import Seen, chunk_of, row_form, view
from xpuarray.lang.types import ArrayType, KernelType, TupleType
from xpuarray.launch.kernel import Kernel

__all__ = ["GROUP", "Rows", "as_rows", "reduce_rows", "sub_group", "team_of"]

#: Work-items of a group, unless a team has more
GROUP = 256
_TEAMS = (8, 16, 32, 64, 128, 256, 512, 1024)
#: Chunks that a work-item has under way at once, if what is done with them is at most so many steps: more code
#: than that, several times over, takes registers
_FLIGHT, _LIGHT = 2, 4


class Rows(NamedTuple):
    """Arrays and scalars seen as (outer, n), for the kernels that take rows by chunks."""

    types: TupleType
    forms: tuple[str, ...]  #: see generate.row_loader
    walks: list[Seen | None]  #: as what each array is seen; None for scalars
    chunk: int  #: elements


def as_rows(
    runtime: Runtime, leaves: Sequence[Any], strides: Sequence[Any], outer: int, n: int, whole: bool = False
) -> Rows:
    """strides: bytes along outer and n (and more) for each leaf; None for one that is dense
    whole: whether chunks must leave no rest of a row, not even of the only one
    """
    chunk, forms = _chunked(runtime, leaves, strides, outer, n)
    if whole and n % chunk:
        chunk = 1
    types: list[KernelType] = []
    walks: list[Seen | None] = []
    for k, (leaf, steps) in enumerate(zip(leaves, strides)):
        name = leaf.dtype.name
        if isinstance(leaf, np.generic):
            types.append(name)
            walks.append(None)
            continue
        if chunk > 1:
            layout = "W" if "1" in forms[k] else "C"
            shape: Any = ({"01": outer * n, "1": n, "0": outer, "none": 1}[forms[k]],)
            walk = None
        else:
            own = steps[:2] if steps is not None else (n * leaf.itemsize, leaf.itemsize)
            forms[k], layout, shape, walk = view((outer, n), own, leaf.itemsize)
        types.append(ArrayType(name, len(shape), layout))
        walks.append((layout, shape, walk))
    return Rows(TupleType(tuple(types)), tuple(forms), walks, chunk)


def _chunked(
    runtime: Runtime, leaves: Sequence[Any], strides: Sequence[Any], outer: int, n: int
) -> tuple[int, list[str]]:
    """Elements of a chunk, and how each leaf is indexed if they are several."""
    forms, wide = [], []
    for leaf, steps in zip(leaves, strides):
        form = "scalar" if isinstance(leaf, np.generic) else row_form(leaf, steps, outer, n)
        forms.append(form)
        if "1" in form:
            wide.append(leaf)
    chunk = chunk_of(runtime, wide) if wide and "" not in forms else 1
    if outer > 1 and n % chunk:  # then not every row begins at 16 bytes
        chunk = 1
    return chunk, forms


def team_of(wanted: int, most: int = GROUP) -> int:
    """A size of teams, of which there are few, because each takes a kernel of its own."""
    return next((size for size in _TEAMS if size >= min(wanted, most)), most)


def sub_group(runtime: Runtime, convert: str) -> int:
    """Work-items of every sub-group; 1 if they differ, or can't exchange that dtype."""
    sizes = runtime.info.sub_group_sizes if convert != "bool" else ()
    return sizes[0] if len(sizes) == 1 and GROUP % sizes[0] == 0 else 1


@functools.lru_cache(maxsize=1024)
def reduce_rows(
    program: Program,
    forms: tuple[str, ...],
    chunk: int,
    convert: str,
    combine: Callable[..., Any],
    start: Any,
    team: int,
    sub_group: int,
) -> Kernel:
    """The kernel that reduces rows of what the program computes."""
    from xpuarray.kernels import reduce as kernels

    def take(flight: int = 1, last: bool = False) -> Callable[..., Any]:
        return row_loader(program, forms, chunk, convert, combine, flight, last)

    flight = _FLIGHT * (1 if chunk > 1 else 2) if len(program.steps) <= _LIGHT else 1
    return kernels.rows(combine, take(), take(flight), take(last=chunk > 1), start, flight, team, sub_group)
