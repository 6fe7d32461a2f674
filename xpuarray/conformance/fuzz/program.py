"""An array program: lines of Python that say `lib`, run once with NumPy and once with xpuarray."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.fuzz import values as sources
from xpuarray.conformance.fuzz.reference import REFERENCE, vectorized

__all__ = ["Perturbed", "Run", "Step", "is_array", "names_in", "script", "silent", "written"]

_NAME = re.compile(r"\bv\d+\b")
_ASSIGNED = re.compile(r"^((?:with [^:]*: )?v\d+\[.*\] = )(v\d+(?:\[[^,]*\])?)$")
_TARGETS = re.compile(r"(?:with [^:]*: )?((?:v\d+, )*v\d+) = ")


@dataclasses.dataclass(frozen=True)
class Step:
    """One line of a program."""

    line: str
    ulps: float = 0.0  #: units in the last place by which floats may differ; 0: to the last bit
    sums: bool = False  #: whether that is of a sum, relative to its terms
    rounds: bool = False  #: whether halves and complex numbers may be rounded otherwise all the same


def names_in(line: str) -> list[str]:
    """The variables that a line says."""
    return _NAME.findall(line)


def written(line: str) -> list[str]:
    """The variables that a line makes anew, rather than writes into."""
    match = _TARGETS.match(line)
    return match[1].split(", ") if match else []


def is_array(value: Any) -> bool:
    """Whether it is NumPy's, of one of the dtypes in question."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc"


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """No warnings: that a division by zero has one is not in question."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Run:
    """A program's variables while its lines run with one of the libraries."""

    def __init__(self, lib: Any = REFERENCE):
        ours = lib is xp
        self.known: dict[str, Any] = {
            **{"lib": lib, "np": np, "xp": xp, **{name: getattr(sources, name) for name in sources.__all__}},
            "__name__": "program",
            "fuse": xp.fuse if ours else lambda function: function,
            "vectorize": xp.vectorize if ours else vectorized,
        }
        #: variable -> whether every bit of it is certain
        self.exact: dict[str, bool] = {}

    def execute(self, step: Step) -> Exception | None:
        """Run a line; what it raised.  NameError if it is no part of a program, as an earlier line is missing."""
        # NumPy 2.4 reads what it has just written if operands of one dimension overlap with other steps.
        line = step.line if self.known["lib"] is xp else _ASSIGNED.sub(r"\1np.copy(\2)", step.line)
        try:
            exec(line, self.known)
        except NameError:
            raise
        except Exception as error:
            for name in written(step.line):
                self.known.pop(name, None)
                self.exact.pop(name, None)
            return error
        if self.known["lib"] is not xp:
            self._as_arrays(written(step.line))
        return None

    def step(self, step: Step) -> Exception | None:
        """`execute` for NumPy: it keeps account of what is exact, too."""
        if (raised := self.execute(step)) is not None:
            return raised
        made = written(step.line)
        read = [name for name in names_in(step.line) if name not in made]
        changed = [value for name in made or read[:1] if is_array(value := self.known[name])]
        exact = not (step.ulps or (step.rounds and any(map(_rounds, changed))))
        exact = exact and all(self.exact.get(name, True) for name in read)
        for name in made:
            if is_array(self.known[name]):
                self.exact[name] = True
        for name in () if exact else self.exact:  # what shares memory with it isn't, either
            value = self.known[name]
            if value.dtype.kind in "fc" and any(np.may_share_memory(value, other) for other in changed):
                self.exact[name] = False
        for name in () if exact else made:
            if name in self.exact:
                self.exact[name] = self.known[name].dtype.kind not in "fc"
        return None

    def _as_arrays(self, made: list[str]) -> None:
        """NumPy's numbers as arrays of no dimensions that never change, which all results are here."""
        for name in made:
            if isinstance(self.known[name], np.generic):
                self.known[name] = number = np.asarray(self.known[name])
                number.flags.writeable = False


def _rounds(value: Any) -> bool:
    """Halves are computed in single precision until they are stored, and complex products have several roundings."""
    return value.dtype == np.float16 or value.dtype.kind == "c"


class Perturbed(Run):
    """A run with NumPy in which every result that isn't exact is off by about as much as it may be."""

    def __init__(self, seed: int):
        super().__init__()
        self._rng = np.random.default_rng(seed)

    def execute(self, step: Step) -> Exception | None:
        own = dict(self.known)
        raised = super().execute(step)
        ulps = step.ulps or (2.0 if step.rounds else 0.0)
        if raised is not None or not ulps:
            return raised
        made = written(step.line)
        if not made or "out=" in step.line:
            self._disturb(self.known[(made or names_in(step.line))[0]], ulps, [own.get(n) for n in names_in(step.line)])
            return None
        if all(is_array(self.known[name]) and self.known[name].dtype.kind in "biu" for name in made):
            return None
        read = [name for name in names_in(step.line) if name not in made and is_array(own.get(name))]
        scale = 4 * max([np.sqrt(own[name].size) for name in read], default=1) if step.sums else 1  # of terms, not sums
        for name in read:
            if own[name].dtype.kind in ("iufc" if step.sums else "fc"):
                own[name] = own[name] * self._factors(own[name], ulps * scale)
        try:
            exec(step.line, own)
        except Exception:
            return None  # the result stays as it is
        for name in made:
            self.known[name] = own[name]
            if is_array(own[name]) and own[name].dtype.kind in "fc":
                self.known[name] = own[name] * self._factors(own[name], ulps)
        self._as_arrays(made)
        return None

    def _factors(self, value: Any, ulps: float) -> Any:
        real = value.real.dtype if value.dtype.kind in "fc" else np.dtype(np.float64)
        return (1 + np.finfo(real).eps * ulps * self._rng.uniform(-1, 1, value.shape)).astype(real)

    def _disturb(self, value: Any, ulps: float, operands: list[Any]) -> None:
        """operands: what it was computed of, which may have had fewer digits"""
        if isinstance(value, np.ndarray) and value.dtype.kind in "fc" and value.flags.writeable:
            precisions = [np.finfo(x.dtype).eps for x in (value, *operands) if is_array(x) and x.dtype.kind in "fc"]
            value *= self._factors(value, ulps * float(max(precisions) / np.finfo(value.dtype).eps))


def script(steps: Sequence[Step], device: str) -> str:
    """The program as a plain Python script, which prints its last variable by both libraries."""
    lines = [step.line for step in steps]
    text = "\n".join(lines)
    used = [name for name in sources.__all__ if f"{name}(" in text]
    head = ["import numpy as np, xpuarray as xp"]
    head += [f"from xpuarray.conformance.fuzz.values import {', '.join(used)}"] if used else []
    head += ["for lib in (np, xp):", f"  with xp.device({device!r}):"]
    for word in ("fuse", "vectorize"):
        if f"{word}(" in text:
            plain = "np.vectorize" if word == "vectorize" else "(lambda function: function)"
            head += [f"    {word} = {plain} if lib is np else xp.{word}"]
    shown = dict.fromkeys(name for line in lines[-1:] for name in [*written(line), *names_in(line)][:1])
    return "\n".join([*head, *(f"    {line}" for line in lines), f"    print(repr({', '.join(shown)}))"]) + "\n"
