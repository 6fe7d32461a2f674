"""Index arithmetic: polynomials with integer coefficients, and whether inequalities between them can hold.

What can't hold is found by eliminating one term after the other (J. Fourier 1826, T. Motzkin 1936), as compilers do to
tell whether two iterations touch one element (W. Pugh, "The Omega Test", 1991). Terms such as `i*n` count as numbers of
their own, about which products of known inequalities say something.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Polynomial", "constant", "impossible", "symbol"]

Term = tuple[str, ...]  #: the symbols that are multiplied, sorted


class Polynomial(dict[Term, int]):
    """Terms, each with its coefficient; none is 0, and the term () is the constant."""

    def __add__(self, other: Polynomial) -> Polynomial:
        return _made(itertools.chain(self.items(), other.items()))

    def __neg__(self) -> Polynomial:
        return _made((term, -k) for term, k in self.items())

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        return _made((tuple(sorted(a + b)), j * k) for (a, j), (b, k) in itertools.product(self.items(), other.items()))

    def symbols(self) -> set[str]:
        return {symbol for term in self for symbol in term}

    def constant(self) -> int | None:
        """Its value if it has no symbols."""
        return self.get((), 0) if not any(self) else None

    def renamed(self, rename: Callable[[str], str]) -> Polynomial:
        return _made((tuple(sorted(map(rename, term))), k) for term, k in self.items())


def _made(items: Iterable[tuple[Term, int]]) -> Polynomial:
    made = Polynomial()
    for term, k in items:
        made[term] = made.get(term, 0) + k
    for term in [term for term, k in made.items() if not k]:
        del made[term]
    return made


def constant(value: int) -> Polynomial:
    return Polynomial({(): value} if value else {})


def symbol(name: str) -> Polynomial:
    return Polynomial({(name,): 1})


#: So many inequalities are looked at; more are given up: the answer is then that they may hold.
_MOST = 400


def impossible(known: Sequence[Polynomial], positive: set[str]) -> bool:
    """Whether no integers make all of `known` 0 or more; False if that isn't seen.

    positive: symbols that are 0 or more
    """
    rows = [*known, *(symbol(name) for name in positive if any(name in term for row in known for term in row))]
    rows += _products(rows, positive)
    rows = list({frozenset(row.items()): row for row in rows}.values())
    terms = {term for row in rows for term in row if term}
    while terms:
        term = min(terms, key=lambda t: _cost(rows, t))
        terms.discard(term)
        above = [row for row in rows if row.get(term, 0) > 0]
        below = [row for row in rows if row.get(term, 0) < 0]
        if len(above) * len(below) > _MOST:
            return False
        made = [_combined(a, b, term) for a in above for b in below]
        rows = [row for row in rows if term not in row] + made
        rows = list({frozenset(row.items()): row for row in rows}.values())
        if any((value := row.constant()) is not None and value < 0 for row in rows):
            return True
        if len(rows) > _MOST:
            return False
    return any(row.get((), 0) < 0 for row in rows)


def _cost(rows: Sequence[Polynomial], term: Term) -> int:
    return sum(row.get(term, 0) > 0 for row in rows) * sum(row.get(term, 0) < 0 for row in rows)


def _combined(above: Polynomial, below: Polynomial, term: Term) -> Polynomial:
    return above * constant(-below[term]) + below * constant(above[term])


def _products(rows: Sequence[Polynomial], positive: set[str]) -> Iterator[Polynomial]:
    """Known inequalities times what is 0 or more, where such products occur."""
    pairs = {term for row in rows for term in row if len(term) == 2}
    factors = {name for pair in pairs for name in pair if name in positive}
    partners = {name for pair in pairs for name in pair}
    for row in [row for row in rows if row.symbols() & partners and all(len(term) < 2 for term in row)]:
        yield from (row * symbol(name) for name in factors)
