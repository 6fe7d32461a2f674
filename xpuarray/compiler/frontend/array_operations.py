"""What a kernel may say of whole arrays: operators and functions, each with the source of one element.

Nothing here loads Numba.
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "BINARY", "CREATED", "GATHERED", "IN_PLACE", "KEPT", "METHODS", "OPERATORS", "OVER", "PRODUCT", "PRODUCTS",
    "REDUCING", "REDUCTIONS", "RESHAPED", "is_elementwise", "text_of",
]  # fmt: skip

# -- reductions -------------------------------------------------------------------------------------------


class Reduction(NamedTuple):
    """Source, in which {T} is the type of the result and {e} the element.

    start: before the loop; {least} and {largest} are the element's type's extremes
    step: in the loop
    end: of the result; {count} is the number of elements
    """

    start: str
    step: str
    end: str = "total"


_GREATER, _LESS = (f"x = {{e}}\nif x {sign} total or (x != x and total == total):\n    total = x" for sign in "><")
_WHERE = "\n    at = here\nhere += 1"
REDUCTIONS = {
    "sum": Reduction("total = {T}(0)", "total += {e}"),
    "prod": Reduction("total = {T}(1)", "total *= {e}"),
    "mean": Reduction("total = {T}(0)", "total += {e}", "total / {T}({count})"),
    "max": Reduction("total = {T}({least})", _GREATER),
    "min": Reduction("total = {T}({largest})", _LESS),
    "any": Reduction("total = False", "if {e}:\n    total = True"),
    "all": Reduction("total = True", "if not {e}:\n    total = False"),
    "argmax": Reduction("total, at, here = {T}({least}), 0, 0", _GREATER + _WHERE, "at"),
    "argmin": Reduction("total, at, here = {T}({largest}), 0, 0", _LESS + _WHERE, "at"),
    "count_nonzero": Reduction("total = 0", "if {e}:\n    total += 1"),
}
REDUCING = {getattr(np, name): name for name in REDUCTIONS}

#: the source of an element of `x[indices]`: of all of x, and the element of the indices
GATHERED = "{0}[{1}]"

# -- element by element --------------------------------------------------------------------------------

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "and_": "&",
    "or_": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_COMPARE = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "gt": ">", "ge": ">="}
#: operators of two operands, and all
BINARY = tuple(getattr(operator, name) for name in _BINARY)
OPERATORS = (
    *BINARY, *(getattr(operator, name) for name in _COMPARE), operator.neg, operator.pos, operator.invert, operator.abs,
)  # fmt: skip
#: operator or function -> the source of one element; ufuncs are called by their names
_TEXTS: dict[Any, str] = {
    **{getattr(operator, name): f"({{0}} {sign} {{1}})" for name, sign in {**_BINARY, **_COMPARE}.items()},
    operator.neg: "(-{0})", operator.pos: "(+{0})", operator.invert: "(~{0})",
    **dict.fromkeys((abs, operator.abs), "abs({0})"),
    np.where: "({1} if {0} else {2})",
}  # fmt: skip
#: function -> what a private array that it makes starts with
CREATED = {np.zeros: 0, np.empty: None, np.ones: 1}
#: in-place operator -> the operator
IN_PLACE = {getattr(operator, f"i{name.rstrip('_')}"): getattr(operator, name) for name in _BINARY}
PRODUCTS = (operator.matmul, np.dot, np.matmul)
#: how the texts of other expressions begin: of products in which one is a matrix; of arrays of another shape; and
#: of reductions of one dimension, "sum over 1", or "sum over 1 kept" where its extent becomes 1
PRODUCT, RESHAPED, OVER, KEPT = "product", "reshaped", " over ", " kept"
#: methods that make expressions, and those that reduce
METHODS = ("copy", "reshape", *REDUCTIONS)


def text_of(function: Any) -> str | None:
    """The source of an element of `function` of arrays; None if it is not for one element at a time."""
    if isinstance(function, np.ufunc) and function.nout == 1 and function is not np.matmul:
        return f"np.{function.__name__}({', '.join(f'{{{k}}}' for k in range(function.nin))})"
    try:
        return _TEXTS.get(function)
    except TypeError:  # not hashable
        return None


def is_elementwise(function: Any) -> bool:
    """Whether `function` of arrays is an expression."""
    return text_of(function) is not None
