"""Text in a kernel exists while it is compiled: two constants are compared, and have a length, then."""

from __future__ import annotations

import operator

from numba.core import types
from numba.core.extending import overload

__all__: list[str] = []


def _compare(function):
    def choose(x, y):
        if isinstance(x, types.StringLiteral) and isinstance(y, types.StringLiteral):
            result = function(x.literal_value, y.literal_value)
            return lambda x, y: result
        return None

    overload(function, prefer_literal=True)(choose)


for _function in (operator.eq, operator.ne):
    _compare(_function)


@overload(len, prefer_literal=True)
def _length(x):
    if isinstance(x, types.StringLiteral):
        length = len(x.literal_value)
        return lambda x: length
    return None
