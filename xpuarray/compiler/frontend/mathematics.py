"""Functions of `math` that Numba does not know, and complex powers, as Python functions of others.

The first are registered for every target, the powers for device targets, which have no C library.
"""

from __future__ import annotations

import cmath
import math
import operator

import numpy as np
from numba.core import types
from numba.core.extending import overload
from numba.core.imputils import Registry

__all__ = ["HELPERS", "power_loops", "registry"]

#: What Numba's mathematics calls in its own library, and every target has a function for.
HELPERS = frozenset(
    f"numba_{name}{letter}" for name in ("gamma", "ldexp", "frexp", "nextafter", "cpow") for letter in ("", "f")
)

registry = Registry("xpu_mathematics")


def _remainder(x, y):
    """As CPython computes it: exact, with halves to even."""
    positive, divisor = abs(x), abs(y)
    rest = np.fmod(positive, divisor)
    beyond = divisor - rest
    if rest > beyond:
        rest = -beyond
    elif rest == beyond:
        rest -= 2 * np.fmod(0.5 * (positive - rest), divisor)
    return math.copysign(1.0, x) * rest


def _isclose(a, b, rel_tol=1e-09, abs_tol=0.0):
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    return abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


overload(math.remainder)(lambda x, y: _remainder)
overload(math.fmod)(lambda x, y: lambda x, y: np.fmod(x, y))
overload(math.isclose)(lambda a, b, rel_tol=1e-09, abs_tol=0.0: _isclose)
if hasattr(math, "cbrt"):  # Python 3.11
    overload(math.cbrt)(lambda x: lambda x: np.cbrt(x))


def _complex_power(base, exponent):
    """As CPython computes it."""
    if exponent == 0:
        return base * 0 + 1
    if base == 0:
        return base
    size, angle = abs(base), cmath.phase(base)
    length = size**exponent.real * math.exp(-angle * exponent.imag)
    turn = angle * exponent.real + exponent.imag * math.log(size)
    return complex(length * math.cos(turn), length * math.sin(turn))


def _lower_power(context, builder, sig, args):
    result = context.compile_internal(builder, _complex_power, types.complex128(*sig.args), args)
    return context.cast(builder, result, types.complex128, sig.return_type)


for _function in (operator.pow, operator.ipow, pow):
    for _complex in (types.complex64, types.complex128):  # Numba registers its own for these two
        registry.lower(_function, _complex, _complex)(_lower_power)

#: The loops of np.power and np.float_power that Numba gives to a C function.
power_loops = {"FF->F": _lower_power, "DD->D": _lower_power}
