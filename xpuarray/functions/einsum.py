"""einsum: sums of products by Einstein's convention, two operands at a time, as (stacks of) matrix products."""

from __future__ import annotations

import itertools
import math
import operator
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions import elementwise, manipulation, products, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype, result_type
from xpuarray.functions.diagonals import along_diagonal
from xpuarray.functions.operands import as_operands
from xpuarray.functions.orders import chosen
from xpuarray.functions.signatures import check_casting, write_out

__all__ = ["einsum", "einsum_path"]


@checked
def einsum(
    *operands: Any,
    out: Array | None = None,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
    optimize: Any = True,
) -> Array:
    """The sum of products that `subscripts` say: `einsum("ij,jk->ik", a, b)`; "..." broadcasts; without "->" the
    labels that occur once remain, in alphabetical order.  Also `einsum(a, [0, 1], b, [1, 2], [0, 2])`.

    optimize: False takes the operands from left to right; else the pair with the smallest result comes first

    Raises ValueError for subscripts that don't fit the operands.

    >>> xp.einsum("bij,bj->bi", a, x)                                      # doctest: +SKIP
    """
    subscripts, arrays = _parsed(operands)
    common_device("einsum", *arrays)
    chosen("einsum", order)
    dtype = dtype if dtype is None else np.dtype(dtype)
    inputs, output = _labels(subscripts, [a.ndim for a in arrays])
    if len(arrays) == 1 and out is None and set(inputs[0]) == set(output):
        dtype = arrays[0].dtype  # nothing is summed: a view, whatever dtype is asked for, as NumPy's
    elif {a.dtype.kind for a in arrays} == {"b"} and np.dtype(
        dtype or np.bool_
    ) == np.bool_:  # whether there are products that are true
        counts = einsum(subscripts, *(astype(a, np.int64) for a in arrays), optimize=optimize)
        return write_out("einsum", counts != 0, out, "same_kind" if casting == "safe" else casting)
    wanted = result_type(*arrays) if dtype is None else dtype
    for a in arrays:
        check_casting("einsum", a.dtype, wanted, casting)
    if dtype is not None or len({a.dtype for a in arrays}) > 1:
        arrays = [astype(a, wanted, copy=False) for a in arrays]
    _check_extents(inputs, arrays)
    terms = [_diagonals(a, labels) for a, labels in zip(arrays, inputs)]
    while len(terms) > 1:
        pair = _cheapest(terms, output) if optimize else (0, 1)
        first, second = (terms[k] for k in pair)
        rest = [t for k, t in enumerate(terms) if k not in pair]
        needed = set(output).union(*(labels for _, labels in rest))
        terms = [_product(first, second, needed), *rest]
    x, labels = _summed(*terms[0], set(output))
    x = manipulation.permute_dims(x, tuple(labels.index(c) for c in output))
    x = x[...] if x is arrays[0] else x  # nothing was computed: a view, as NumPy's
    return write_out("einsum", x, out, "same_kind" if casting == "safe" else casting)


Term = tuple[Array, str]


def _parsed(operands: Sequence[Any]) -> tuple[str, list[Array]]:
    if len(operands) < 2:
        raise ValueError("einsum: needs subscripts and the operands that they say")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), as_operands("einsum", operands[1:])

    def letter(k: Any) -> str:
        try:
            k = operator.index(k)
        except TypeError:
            raise TypeError(f"einsum: labels are integers or an ellipsis, not {type(k).__name__}") from None
        if not 0 <= k < len(string.ascii_letters):
            raise ValueError(f"einsum: labels are integers from 0 to {len(string.ascii_letters) - 1}, not {k}")
        return string.ascii_letters[k]

    def text(labels: Any) -> str:
        if not isinstance(labels, (list, tuple, np.ndarray, Array)):
            made = type(labels).__name__
            raise TypeError(f"einsum: an operand's labels are a list, a tuple or an array, not {made}")
        return "".join("..." if k is Ellipsis else letter(k) for k in labels)

    pairs = list(zip(operands[0::2], operands[1::2]))
    subscripts = ",".join(text(labels) for _, labels in pairs)
    output = f"->{text(operands[-1])}" if len(operands) % 2 else ""
    return subscripts + output, as_operands("einsum", [a for a, _ in pairs])


def _labels(subscripts: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """One label per dimension of each operand and of the result, the ellipsis replaced by labels of its own."""
    left, arrow, output = subscripts.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ndims):
        raise ValueError(f"einsum: {len(inputs)} subscripts in {subscripts!r} for {len(ndims)} operands")
    unused = [c for c in string.ascii_letters if c not in subscripts]
    widest = max((n - len(s) + 3 for s, n in zip(inputs, ndims) if "..." in s), default=0)
    dots = "".join(unused[:widest])
    full = []
    for labels, n in zip(inputs, ndims):
        extra = n - len(labels.replace("...", ""))
        if extra < 0 or (extra and "..." not in labels):
            raise ValueError(f"einsum: {labels!r} does not fit an operand of {n} dimension(s)")
        full.append(labels.replace("...", dots[widest - extra :] if extra else ""))
    if not arrow:
        joined = "".join(s.replace("...", "") for s in inputs)
        output = "..." + "".join(sorted(c for c in set(joined) if joined.count(c) == 1))
    if dots and "..." not in output:
        raise ValueError(f"einsum: the result of {subscripts!r} lacks the dimensions that ... stands for")
    output = output.replace("...", dots)
    wrong = [c for c in output if output.count(c) > 1 or not any(c in labels for labels in full)]
    if wrong or not all(c.isalpha() for c in "".join(full)):
        raise ValueError(f"einsum: {subscripts!r} is malformed{f', see {wrong[0]!r} of the result' if wrong else ''}")
    return full, output


def _check_extents(inputs: Sequence[str], arrays: Sequence[Array]) -> None:
    extents: dict[str, int] = {}
    for labels, a in zip(inputs, arrays):
        for label, extent in zip(labels, a.shape):
            if extent != a.shape[labels.index(label)]:
                raise ValueError(f"einsum: label {label!r} stands for other extents in one operand, {a.shape}")
            if extents.setdefault(label, extent) != extent and 1 not in (extent, extents[label]):
                raise ValueError(f"einsum: label {label!r} stands for extents {extents[label]} and {extent}")
            extents[label] = max(extents[label], extent) if extent else 0


def _diagonals(x: Array, labels: str) -> Term:
    """The operand with each label once: what has a label twice is a diagonal."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = along_diagonal(x, 0, first, second)
            labels = "".join(c for k, c in enumerate(labels) if k not in (first, second)) + label
    return x, labels


def _summed(x: Array, labels: str, needed: set[str]) -> Term:
    """The term summed over the labels that nothing else needs."""
    axes = tuple(k for k, c in enumerate(labels) if c not in needed)
    if not axes:
        return x, labels
    dtype = x.dtype if x.dtype.kind in "iu" else None  # NumPy keeps the operands' dtype
    return reductions.sum(x, axis=axes, dtype=dtype), "".join(c for c in labels if c in needed)


def _cheapest(terms: Sequence[Term], output: str) -> tuple[int, int]:
    """The two terms whose product is smallest."""

    def size(pair: tuple[int, int]) -> int:
        rest = [labels for k, (_, labels) in enumerate(terms) if k not in pair]
        needed = set(output).union(*rest)
        extents = {c: n for k in pair for c, n in zip(terms[k][1], terms[k][0].shape) if c in needed}
        return math.prod(extents.values())

    return min(itertools.combinations(range(len(terms)), 2), key=size)


def _product(first: Term, second: Term, needed: set[str]) -> Term:
    """Two terms multiplied and summed over what is not needed any more."""
    x, of_x = _summed(*first, needed | set(second[1]))
    y, of_y = _summed(*second, needed | set(of_x))
    shared = [c for c in of_x if c in of_y]
    # An extent of 1 against a longer one broadcasts; a product of matrices would not.
    wide = {c for c in shared if x.shape[of_x.index(c)] != y.shape[of_y.index(c)]}
    inner = [c for c in shared if c not in needed and c not in wide]
    if not inner:
        labels = of_x + "".join(c for c in of_y if c not in of_x)
        return _summed(elementwise.multiply(_spread(x, of_x, labels), _spread(y, of_y, labels)), labels, needed)
    both = [c for c in shared if c not in inner]
    rows, columns = ([c for c in labels if c not in shared] for labels in (of_x, of_y))
    a = manipulation.permute_dims(x, tuple(of_x.index(c) for c in (*both, *rows, *inner)))
    b = manipulation.permute_dims(y, tuple(of_y.index(c) for c in (*both, *inner, *columns)))
    n, m, k = len(both), len(rows), len(inner)
    depth = math.prod(a.shape[n + m :])
    stack_a, stack_b = a.shape[:n], b.shape[:n]
    value = products.matmul(
        manipulation.reshape(a, (*stack_a, math.prod(a.shape[n : n + m]), depth)),
        manipulation.reshape(b, (*stack_b, depth, math.prod(b.shape[n + k :]))),
    )
    shape = (*value.shape[:n], *a.shape[n : n + m], *b.shape[n + k :])
    return _summed(manipulation.reshape(value, shape), "".join([*both, *rows, *columns]), needed)


def _spread(x: Array, labels: str, wanted: str) -> Array:
    """x with its dimensions in the order `wanted`, and an extent of 1 for each label that it lacks."""
    order = [labels.index(c) for c in wanted if c in labels]
    shape = tuple(x.shape[labels.index(c)] if c in labels else 1 for c in wanted)
    return manipulation.reshape(manipulation.permute_dims(x, tuple(order)), shape)


def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> tuple[list[Any], str]:
    """In which order `einsum` of these operands takes least work, as NumPy finds it by their shapes."""
    shapes = [np.broadcast_to(np.empty((), x.dtype), x.shape) if isinstance(x, Array) else x for x in operands]
    if einsum_call:
        raise TypeError("einsum_path: einsum_call=True is between NumPy's own functions; leave it out")
    path, text = np.einsum_path(*shapes, optimize=optimize)
    return path, text
