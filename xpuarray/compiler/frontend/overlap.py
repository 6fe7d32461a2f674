"""Whether a part of an array that is written may overlap, shifted, one that the same statement reads.

NumPy reads all of an expression before it writes; a kernel has no memory for that. Element by element is right as long
as no element is read after another's was written to its place: where both parts begin alike, or share nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numba.core import ir as numba_ir

__all__ = ["definition", "is_same", "may_clash", "may_share", "origin", "root"]


class _Part(NamedTuple):
    """The variable of a whole array, and for each dimension what it is indexed by: a word, or (word, constant) of an
    integer; slices begin with ":"."""

    root: str
    indices: tuple[Any, ...]


_ALL = (":", None, None, None)


def may_clash(func_ir: Any, target: tuple[Any, Any], source: Any) -> bool:
    """Whether writing `target` element by element may change what is still to be read of `source`, a variable.

    target: an array and its index; None: all of it
    """
    pairs = _shared(func_ir, target, source)
    return not all(a == b or (_is_integer(a) and _is_integer(b)) for a, b in pairs)


def may_share(func_ir: Any, target: tuple[Any, Any], source: Any) -> bool:
    """Whether they may share elements at all."""
    return bool(_shared(func_ir, target, source))


def is_same(func_ir: Any, target: tuple[Any, Any], source: Any) -> bool:
    """Whether `source`, a variable, is certainly the part that `target` is."""
    made = definition(func_ir, source)
    if not (isinstance(made, numba_ir.Expr) and made.op in ("getitem", "static_getitem")) or target[1] is None:
        return target[1] is None and origin(func_ir, source) == origin(func_ir, target[0])
    index = made.index_var if made.op == "static_getitem" else made.index
    same = origin(func_ir, made.value) == origin(func_ir, target[0])
    return same and _indices(func_ir, index) == _indices(func_ir, target[1])


def _shared(func_ir: Any, target: tuple[Any, Any], source: Any) -> list[tuple[Any, Any]]:
    """The indices of both, dimension by dimension; none if they share nothing."""
    written = _part(func_ir, *target)
    read = _whole(func_ir, source)
    if written is None or read is None or written.root != read.root:
        return []  # other arrays; arguments that share memory are the caller's business, as everywhere in kernels
    length = max(len(written.indices), len(read.indices), 1)
    pairs = list(zip(*((*part.indices, *[_ALL] * (length - len(part.indices))) for part in (written, read))))
    return [] if any(_differ(a, b) for a, b in pairs) else pairs


def _is_integer(index: Any) -> bool:
    return index[0] != ":"


def _differ(a: Any, b: Any) -> bool:
    """Whether they are integers that are known to differ: 2 and 3, i and i - 1."""
    return (
        _is_integer(a) and _is_integer(b) and a[0] == b[0] and a[1] != b[1] and (a[0] != "" or (a[1] < 0) == (b[1] < 0))
    )


def _whole(func_ir: Any, variable: Any) -> _Part | None:
    made = definition(func_ir, variable)
    if isinstance(made, numba_ir.Expr) and made.op in ("getitem", "static_getitem"):
        return _part(func_ir, made.value, made.index_var if made.op == "static_getitem" else made.index)
    return _part(func_ir, variable, None)


def _part(func_ir: Any, array: Any, index: Any) -> _Part | None:
    around = definition(func_ir, array)
    if isinstance(around, numba_ir.Expr) and around.op in ("getitem", "static_getitem"):
        outer = _whole(func_ir, array)
        if outer is None or not all(map(_is_integer, outer.indices)):
            return None if outer is None else _Part(outer.root, outer.indices)  # part of a slice: taken for all of it
        return _Part(outer.root, (*outer.indices, *_indices(func_ir, index)))
    return _Part(origin(func_ir, array), tuple(_indices(func_ir, index)))


def _indices(func_ir: Any, index: Any) -> list[Any]:
    if index is None:
        return []
    made = definition(func_ir, index)
    if isinstance(made, numba_ir.Expr) and made.op == "build_tuple":
        return [_word(func_ir, item) for item in made.items]
    return [_word(func_ir, index)]


def _word(func_ir: Any, index: Any) -> Any:
    made = definition(func_ir, index)
    if isinstance(made, (numba_ir.Const, numba_ir.Global, numba_ir.FreeVar)):
        value = made.value
        if isinstance(value, slice):
            return (":", value.start, value.stop, value.step)
        return ("", value) if isinstance(value, int) else (":", value)
    if isinstance(made, numba_ir.Expr) and made.op == "call" and _named(func_ir, made.func, slice):
        parts = [_bound(func_ir, each) for each in made.args]
        return (":", *(parts if len(parts) > 1 else [None, *parts]), *[None] * (3 - max(2, len(parts))))
    if isinstance(made, numba_ir.Expr) and made.op == "binop" and made.fn.__name__ in ("add", "sub"):
        added = definition(func_ir, made.rhs)
        if isinstance(added, numba_ir.Const) and isinstance(added.value, int):
            sign = 1 if made.fn.__name__ == "add" else -1
            return (origin(func_ir, made.lhs), sign * added.value)
    return (origin(func_ir, index), 0)


def _bound(func_ir: Any, index: Any) -> Any:
    made = definition(func_ir, index)
    return made.value if isinstance(made, numba_ir.Const) else _word(func_ir, index)


def _named(func_ir: Any, variable: Any, value: Any) -> bool:
    return getattr(definition(func_ir, variable), "value", None) is value


def definition(func_ir: Any, variable: Any) -> Any:
    """What a variable is made by; None if by several."""
    try:
        return func_ir.get_definition(variable)
    except KeyError:
        return None


def origin(func_ir: Any, variable: Any) -> str:
    """The name of the variable that it is a copy of."""
    try:
        return func_ir.get_definition(variable, lhs_only=True).name
    except KeyError:
        return variable.name


def root(func_ir: Any, array: Any) -> str:
    """The name of the variable of which an array is a part."""
    made = definition(func_ir, array)
    while isinstance(made, numba_ir.Expr) and made.op in ("getitem", "static_getitem"):
        array = made.value
        made = definition(func_ir, array)
    return origin(func_ir, array)
