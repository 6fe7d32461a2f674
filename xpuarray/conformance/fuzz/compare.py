"""Whether a device's variables are NumPy's: dtype, shape, values; and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.fuzz.program import Perturbed, Run, Step, is_array, silent, written
from xpuarray.placement.devices import as_device

__all__ = ["Finding", "check"]

#: (kind of difference, one line about it, the line of the program that it shows at)
Finding = tuple[str, str, str]

_NEAR = 16  # units in the last place that are allowed without a look at the program's condition
_RUNS = 4  # perturbed ones, from which that is known


def check(steps: Sequence[Step], device: Any) -> Finding | None:
    """The first difference between the device's run of a program and NumPy's.

    Raises NameError if the lines are no program.
    """
    flushes = as_device(device).backend == "cuda"
    with silent(), xp.device(device):
        right, ours = Run(), Run(xp)
        for step in steps:
            expected, got = right.step(step), ours.execute(step)
            if (why := _errors(expected, got)) is not None:
                return "exception", why, step.line
        spread = _Spread(steps)
        for step, name in _variables(steps, right):
            try:
                found = _compare(right, ours, name, spread, flushes)
            except Exception as error:  # of work that waited until the values were read
                found = "exception", f"{_told(error)}; NumPy: no error"
            if found is not None:
                return found[0], f"{name}: {found[1]}", step.line
    return None


def _variables(steps: Sequence[Step], run: Run) -> list[tuple[Step, str]]:
    """All variables, each with the line that made it."""
    return [(step, name) for step in steps for name in written(step.line) if name in run.known]


# -- errors -----------------------------------------------------------------------------------------

_FAMILIES = (IndexError, OverflowError, ZeroDivisionError, np.linalg.LinAlgError, TypeError, ValueError)


def _errors(expected: Exception | None, got: Exception | None) -> str | None:
    if expected is None and got is None:
        return None
    families = [f for f in _FAMILIES if isinstance(expected, f)]
    if expected is not None and got is not None and (not families or isinstance(got, tuple(families))):
        return None
    return f"{_told(got)}; NumPy: {_told(expected)}"


def _told(error: Exception | None) -> str:
    return (
        "no error" if error is None else f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    )


# -- values -----------------------------------------------------------------------------------------


class _Spread:
    """How far results of perturbed runs lie apart, which is worked out when it is first asked for."""

    def __init__(self, steps: Sequence[Step]):
        self._steps = steps
        self._runs: list[Run] | None = None

    def of(self, pick: Callable[[Run], Any], expected: np.ndarray) -> np.ndarray:
        """Elementwise; infinite where not even a result's being finite is certain."""
        if self._runs is None:
            self._runs = [Perturbed(seed) for seed in range(_RUNS)]
            for run in self._runs:
                for step in self._steps:
                    run.execute(step)
        spread = np.zeros(expected.shape)
        for run in self._runs:
            other = np.asarray(pick(run))
            if other.shape != expected.shape:
                return np.full(expected.shape, np.inf)
            apart = np.nan_to_num(np.abs(other - expected).astype(np.float64), nan=0.0, posinf=np.inf)
            spread = np.maximum(spread, np.where(np.isfinite(other) == np.isfinite(expected), apart, np.inf))
        return spread


def _compare(right: Run, ours: Run, name: str, spread: _Spread, flushes: bool) -> tuple[str, str] | None:
    expected, got = right.known[name], ours.known[name]
    if isinstance(expected, (tuple, list)):
        if len(expected) != len(got):
            return "shape", f"{len(got)} results, NumPy has {len(expected)}"
        for k, (e, g) in enumerate(zip(expected, got)):
            pick = lambda run, k=k: run.known[name][k]  # type: ignore[misc]  # noqa: E731
            if (found := _one(e, g, False, pick, spread, flushes)) is not None:
                return found
        return None
    return _one(expected, got, right.exact.get(name, True), lambda run: run.known[name], spread, flushes)


def _one(
    expected: Any, got: Any, exact: bool, pick: Callable[[Run], Any], spread: _Spread, flushes: bool
) -> tuple[str, str] | None:
    if callable(expected):
        return None
    if not is_array(expected):
        near = isinstance(expected, (float, complex)) and np.isclose(expected, got, rtol=1e-5, equal_nan=True)
        return None if near or expected == got else ("values", f"{got!r}, NumPy has {expected!r}")
    if not isinstance(got, xp.Array):
        return "dtype", f"a {type(got).__name__}, NumPy has an array or a number of {expected.dtype}"
    if got.dtype != expected.dtype:
        return "dtype", f"{got.dtype}, NumPy has {expected.dtype}"
    if got.shape != expected.shape:
        return "shape", f"{got.shape}, NumPy has {expected.shape}"
    host, expected = xp.asnumpy(got), np.asarray(expected)
    if host.dtype.kind == "b":  # whatever bytes it is made of
        host = host.view(np.uint8)
        expected = expected.view(np.uint8)
    wrong = ~((host == expected) | ((host != host) & (expected != expected)))
    if flushes and wrong.any():
        wrong &= ~_flushed(host, expected)
    if not exact and host.dtype.kind in "fc" and wrong.any():
        wrong &= ~_near(host, expected, pick, spread)
    if not wrong.any():
        return None
    where = tuple(int(k) for k in np.argwhere(wrong)[0])
    return "values", (
        f"{np.count_nonzero(wrong)} of {wrong.size} values differ; at {where}: {host[where]!r}, "
        f"NumPy has {expected[where]!r}"
    )


def _flushed(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where parts are 0 that are no normal singles: docs/differences.md says where CuPy makes them so."""
    if got.dtype.char not in "fF":
        return np.zeros(got.shape, bool)
    same = np.ones(got.shape, bool)
    for name in ("real", "imag"):
        g, e = getattr(got, name), getattr(expected, name)
        same &= (g == e) | ((g != g) & (e != e)) | ((g == 0) & (np.abs(e) < np.finfo(np.float32).smallest_normal))
    return same


def _near(got: np.ndarray, expected: np.ndarray, pick: Callable[[Run], Any], spread: _Spread) -> np.ndarray:
    """Where they are as near each other as the program's condition lets one expect."""
    last = np.spacing(np.abs(expected)).astype(np.float64)
    apart = np.abs(got - expected).astype(np.float64)
    near = apart <= _NEAR * last
    if expected.dtype.kind == "c":  # an infinity with any other part is one
        near |= ~np.isfinite(got) & ~np.isfinite(expected)
    if near.all():
        return near
    allowed = 8 * spread.of(pick, expected)
    return near | (apart <= allowed) | np.isinf(allowed)
