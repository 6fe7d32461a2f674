"""Random array programs: each is drawn line by line, while NumPy runs it, so that every line knows its operands."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.functions import GROUPS, Group, Statement
from xpuarray.conformance.fuzz.program import Run, Step, is_array, silent, written
from xpuarray.conformance.fuzz.values import DTYPES

__all__ = ["Generator", "program"]

#: Numbers of elements around which something else computes: nothing, work-groups, blocks, sorts, NumPy's route.
_FEW = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 20)
_SOME = (31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 511, 513, 1000, 1023, 1024, 1025)
_MANY = (2047, 2048, 2049, 4095, 4097, 5000, 8191, 8192, 8193, 10000, 16383, 16384, 16385, 32767, 32768, 32769)
_MOST = (65535, 65536, 65537, 100_000)
_TABLES = {
    "few": ((), (1, 1), (1, 4), (3, 1), (2, 3), (3, 4), (4, 4), (0, 3), (2, 0), (2, 3, 4), (3, 1, 2), (2, 2, 2, 3)),
    "some": ((16, 16), (8, 33), (100, 3), (3, 100), (5, 8, 9), (1, 129), (65, 1)),
    "many": ((64, 513), (3, 11000), (11000, 3), (129, 257), (1, 32769), (16385, 2), (2049, 1), (32, 33, 34)),
    "most": ((300, 300), (2, 40000), (40000, 2), (40, 50, 40)),
}
_LINES = {"few": _FEW, "some": _SOME, "many": _MANY, "most": _MOST}
#: Scale of a program -> weight; the larger ones compile kernels, and so take most of the time.
_SCALES = {"few": 70, "some": 14, "many": 12, "most": 4}


_LARGEST = 200_000  # elements


class Generator:
    """Draws a program; the makers of lines (functions/) ask it for operands."""

    def __init__(self, seed: int, number: int, dtypes: tuple[str, ...] = DTYPES, compiled: float = 1.0):
        self.rng = random.Random(f"{seed} {number}")
        self.steps: list[Step] = []
        self.dtypes = dtypes
        self.compiled = compiled  #: how often a line asks for kernels, relative to the usual
        self.run = Run()
        self.known, self.exact = self.run.known, self.run.exact
        weights = [_SCALES["few"], _SCALES["some"], *(w * compiled for w in (_SCALES["many"], _SCALES["most"]))]
        self.scale = self.rng.choices(list(_SCALES), weights)[0]
        self.next = 0
        self.group: Group | None = None

    # -- chances ----------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, options: Any) -> Any:
        return self.rng.choice(list(options))

    def some(self, *options: str) -> str:
        """One of the texts, or none: of options that may be given."""
        return self.pick(options) if self.chance(0.4) else ""

    # -- variables --------------------------------------------------------------------------------

    def value(self, name: str) -> np.ndarray:
        return self.known[name]

    @property
    def variables(self) -> list[str]:
        return list(self.exact)

    def array(self, kinds: str = "biufc", **wanted: Any) -> str:
        """A variable that is as wanted: an old one, or a new one."""
        if self.chance(0.75):
            old = [name for name in self.variables if self.fits(name, kinds, **wanted)]
            if old:
                return self.pick(old[-4:] if self.chance(0.6) else old)
        for _ in range(20):
            name = self.leaf(self.dtype(kinds), self.shape(), finite=wanted.get("finite", False))
            if self.fits(name, kinds, **wanted):
                return name
            self.forget(name)
        shape = (3,) if wanted.get("ndim", 1) == 1 else (2, 3, 2)[: wanted["ndim"]]
        return self.leaf(self.dtype(kinds), shape, finite=True)

    def fits(
        self, name: str, kinds: str, *, ndim: int | None = None, least: int = 0, size: int = 0, most: int = 1 << 30,
        finite: bool = False, bounded: bool = False, shape: Any = None, dtype: Any = None, writable: bool = False,
        exact: bool = False,
    ) -> bool:  # fmt: skip
        """Whether a variable is of these kinds of dtypes, and otherwise as wanted."""
        value = self.known[name]
        return (
            value.dtype.kind in kinds
            and (ndim is None or value.ndim == ndim)
            and value.ndim >= least
            and size <= value.size <= most
            and (shape is None or value.shape == shape)
            and (dtype is None or value.dtype == dtype)
            and (not writable or (isinstance(value, np.ndarray) and (value.flags.writeable or self.chance(0.1))))
            and (not (exact or (self.group is not None and self.group.jumps)) or self.exact[name])
            and (not finite or value.dtype.kind not in "fc" or bool(np.isfinite(value).all()))
            and (not bounded or value.dtype.kind not in "fc" or not np.isinf(value).any())
            and (not self.overflows(value.dtype) or _moderate(value))
        )

    def overflows(self, dtype: np.dtype) -> bool:
        """Whether what is being drawn has intermediate results, which may overflow in one order and not in another."""
        several = (
            dtype.kind == "c" or dtype == np.float16
        )  # complex products; what waits is computed in single precision
        return self.group is not None and (self.group.sums or (self.group.rounds and several))

    def fits_into(self, source: str, target: str) -> bool:
        """Whether a variable, if it is one, can be cast to another's dtype as writing does."""
        held = self.known.get(source)
        return held is None or np.can_cast(held.dtype, self.known[target].dtype, "same_kind")

    def dtype(self, kinds: str = "biufc") -> str:
        return self.pick([d for d in self.dtypes if np.dtype(d).kind in kinds])

    def shape(self) -> tuple[int, ...]:
        """A shape of the program's scale, or one that is already there."""
        if self.exact and self.chance(0.5):
            return self.value(self.pick(self.variables)).shape
        if self.chance(0.5):
            return (self.pick(_LINES[self.scale]),)
        return self.pick(_TABLES[self.scale])

    def leaf(self, dtype: str, shape: tuple[int, ...], finite: bool = False, source: str = "values") -> str:
        """A new variable with values of its own."""
        seed = self.rng.randrange(1000)
        if finite and seed % 4 == 2:
            seed += 2
        return self.do(f"lib.asarray({source}({dtype!r}, {shape}, {seed}))")

    def indices(self, n: int, shape: tuple[int, ...], dtype: str = "int64", different: bool = False) -> str:
        """A new variable with indices of n elements."""
        seed = self.rng.randrange(1000)
        seed = seed - seed % 3 + 1 if different else seed
        return self.do(f"lib.asarray(picks({n}, {shape}, {seed}, {dtype!r}))")

    def beside(self, name: str, kinds: str = "biufc", **wanted: Any) -> str:
        """A variable whose shape broadcasts with that one's."""
        shape = self.value(name).shape
        old = [o for o in self.variables if self.fits(o, kinds, **wanted) and _broadcast(self.value(o).shape, shape)]
        if old and self.chance(0.7):
            return self.pick(old)
        return self.leaf(self.dtype(kinds), self.narrowed(shape), finite=wanted.get("finite", False))

    def narrowed(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape, or one that broadcasts to it."""
        if self.chance(0.6):
            return shape
        cut = shape[self.rng.randrange(len(shape) + 1) :]
        return tuple(1 if self.chance(0.3) else extent for extent in cut)

    def forget(self, name: str) -> None:
        """Take back a variable that was made last."""
        if self.steps[-1].line.startswith(f"{name} = "):
            self.steps.pop()
            self.exact.pop(name, None)
            self.known.pop(name, None)

    # -- lines ------------------------------------------------------------------------------------

    def do(self, text: str, group: Group | None = None) -> str:
        """Add `vN = text` (or a statement) to the program, by a function of this group; the first variable it makes."""
        if isinstance(text, Statement):
            line = str(text)
        else:
            line = f"v{self.next} = {text}"
            self.next += 1
        step = Step(line) if group is None else Step(self.framed(line), group.ulps, group.sums, group.rounds)
        self.steps.append(step)
        self.run.step(step)
        return (written(line) or [""])[0]

    def tried(self, text: str) -> Any:
        """What NumPy makes of an expression, if that is an array; the program stays as it is."""
        try:
            value = eval(text, self.known)
        except Exception:
            return None
        return value if is_array(value) else None

    def framed(self, line: str) -> str:
        """The line, sometimes by a route of its own."""
        if not self.chance(0.05):
            return line
        route = "kernel" if self.chance(0.1 * self.compiled) else "library"
        return f"with xp.prefer({route!r}): {line}"

    def draw(self) -> None:
        """One more line, of a function drawn from the table."""
        self.group = self.rng.choices(GROUPS, [group.weight for group in GROUPS])[0]
        text = self.group.make(self, self.pick(self.group.names))
        group, self.group = self.group, None
        if text is not None:
            self.do(text, group)


def _moderate(value: Any) -> bool:
    """Whether no sum of its elements and no product of two of them overflows."""
    if value.dtype.kind not in "fc":
        return True
    size = np.abs(value[np.isfinite(value)]).max(initial=0)
    return bool(size < float(np.finfo(value.dtype).max) ** 0.4)


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    if any(a != b and a != 1 and b != 1 for a, b in zip(one[::-1], other[::-1])):
        return False
    return math.prod(np.broadcast_shapes(one, other)) <= _LARGEST


def program(seed: int, number: int, **options: Any) -> list[Step]:
    """The program of that number in the run of that seed."""
    generator = Generator(seed, number, **options)
    length = generator.rng.randrange(1, 9)
    with silent():
        generator.array()
        while length > 0:
            generator.draw()
            length -= 1
    return generator.steps
