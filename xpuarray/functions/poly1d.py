"""Polynomials as objects, NumPy's `poly1d`: coefficients with operators, a value at each x, zeros and derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.functions import joining, logic, manipulation, polynomials
from xpuarray.functions.creation import zeros
from xpuarray.functions.editing import trim_zeros
from xpuarray.functions.operands import as_operand

__all__ = ["poly1d"]


class poly1d(polynomials.Coefficients):  # noqa: N801
    """The polynomial of these coefficients, highest power first.

    c_or_r: the coefficients, or with `r` the zeros
    variable: how x is called where it is printed

    >>> import xpuarray as xp
    >>> p = xp.poly1d([1, 0, -4])
    >>> float(p(3)), (p * p).order, p.deriv().coeffs.tolist()
    (5.0, 4, [2, 0])
    """

    __array_priority__ = 1000  # an array on the left hands over

    def __init__(self, c_or_r: Any, r: bool = False, variable: str | None = None):
        given = c_or_r.coeffs if isinstance(c_or_r, poly1d) else as_operand("poly1d", c_or_r, None)
        coefficients = manipulation.atleast_1d(polynomials.poly(given) if r else given)
        if coefficients.ndim != 1:
            raise ValueError(f"poly1d: coefficients are a vector, not of shape {coefficients.shape}")
        trimmed = trim_zeros(coefficients, "f")
        self._coeffs: Array = trimmed if trimmed.size else zeros(1, given.dtype, device=given.device)
        self.variable = variable or getattr(c_or_r, "variable", "x")

    @property
    def coeffs(self) -> Array:  # type: ignore[override]
        """The coefficients, highest power first: they may be written into, as in `p.coeffs += 1`, but not exchanged."""
        return self._coeffs

    @coeffs.setter
    def coeffs(self, value: Array) -> None:
        if value is not self._coeffs:
            raise AttributeError("poly1d: another polynomial's coefficients make another: xp.poly1d(...)")

    @property
    def order(self) -> int:
        """The highest power."""
        return self.coeffs.size - 1

    @property
    def roots(self) -> Array:
        """The zeros."""
        return polynomials.roots(self.coeffs)

    o = order
    r = roots
    c = coef = coefficients = property(lambda self: self.coeffs, doc="The coefficients, highest power first.")

    def __call__(self, x: Any) -> Any:
        if not isinstance(x, poly1d):
            return polynomials.polyval(self.coeffs, as_operand("poly1d", x, self.coeffs.device))
        value = poly1d(self.coeffs[:1])
        for k in range(1, self.coeffs.size):
            value = value * x + poly1d(self.coeffs[k : k + 1])
        return value

    def deriv(self, m: int = 1) -> poly1d:
        """The m-th derivative."""
        return poly1d(polynomials.polyder(self.coeffs, m))

    def integ(self, m: int = 1, k: Any = 0) -> poly1d:
        """The m-th integral, of the constants k."""
        return poly1d(polynomials.polyint(self.coeffs, m, k))

    def _other(self, other: Any) -> Array:
        return other.coeffs if isinstance(other, poly1d) else as_operand("poly1d", other, self.coeffs.device)

    def __add__(self, other: Any) -> poly1d:
        return poly1d(polynomials.polyadd(self.coeffs, self._other(other)))

    def __sub__(self, other: Any) -> poly1d:
        return poly1d(polynomials.polysub(self.coeffs, self._other(other)))

    def __rsub__(self, other: Any) -> poly1d:
        return poly1d(polynomials.polysub(self._other(other), self.coeffs))

    def __mul__(self, other: Any) -> poly1d:
        return poly1d(polynomials.polymul(self.coeffs, self._other(other)))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Any:
        """By a number a polynomial; by a polynomial two: the quotient and what is left."""
        if not isinstance(other, poly1d):
            return poly1d(self.coeffs / other)
        quotient, rest = polynomials.polydiv(self.coeffs, other.coeffs)
        return poly1d(quotient), poly1d(rest)

    def __pow__(self, power: int) -> poly1d:
        if power != int(power) or power < 0:
            raise ValueError(f"poly1d: a power is an integer of 0 or above, not {power}")
        value = poly1d(self.coeffs[:1] ** 0)
        for _ in range(int(power)):
            value = value * self
        return value

    def __neg__(self) -> poly1d:
        return poly1d(-self.coeffs)

    def __pos__(self) -> poly1d:
        return self

    def __getitem__(self, power: int) -> Any:
        """The coefficient of x**power."""
        return self.coeffs[self.order - power] if 0 <= power <= self.order else 0

    def __setitem__(self, power: int, value: Any) -> None:
        if power < 0:
            raise ValueError(f"poly1d: there is no power {power}")
        missing = max(power - self.order, 0)
        grown = joining.concat([zeros(missing, self.coeffs.dtype, device=self.coeffs.device), self.coeffs])
        grown[grown.size - 1 - power] = value
        self._coeffs = grown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, poly1d) and logic.array_equal(self.coeffs, other.coeffs)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self.order

    def __iter__(self) -> Iterator[Array]:
        return iter(self.coeffs)

    def __repr__(self) -> str:
        return f"poly1d({np.array2string(asnumpy(self.coeffs), separator=', ')})"

    def __str__(self) -> str:
        return str(np.poly1d(asnumpy(self.coeffs), variable=self.variable))
