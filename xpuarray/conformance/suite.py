"""Cases, how they compare, and the function that runs them all on one device."""

from __future__ import annotations

import dataclasses
import linecache
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.numba_dpex import lacking
from xpuarray.placement.devices import Device, as_device

__all__ = [
    "CASES", "Case", "NotApplicable", "Outcome", "Report", "case", "close", "equal", "has", "kernel_from", "needs",
    "run",
]  # fmt: skip


class NotApplicable(Exception):  # noqa: N818  it is no error
    """The device lacks what the case is about; the message names it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One promise of the language."""

    name: str
    check: Callable[[Device], None]  #: raises AssertionError if the promise is broken

    def __call__(self, device: Device) -> None:
        """Check on `device`, where new arrays are put meanwhile.

        Raises NotApplicable if the device, or the compiler of its kernels, lacks what the case is about.
        """
        if device.runtime.target == "dpex" and (why := lacking(self.name)):
            raise NotApplicable(why)
        with xp.device(device):
            self.check(device)
            xp.synchronize(device)


#: All cases by name, in the order of the files.
CASES: dict[str, Case] = {}


def case(check: Callable[..., None] | None = None, *, over: Iterable[Any] = ()) -> Any:
    """Register `check(device)` as a case, or `check(device, value)` as one case for each value of `over`."""
    if check is None:
        return lambda function: _register(function, over)
    return _register(check, None)


def _register(check: Callable[..., None], over: Iterable[Any] | None) -> Callable[..., None]:
    topic = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
    if over is None:
        CASES[topic] = Case(topic, check)
    for value in over or ():
        name = f"{topic}[{value}]"
        CASES[name] = Case(name, lambda device, value=value: check(device, value))  # type: ignore[misc]
    return check


# -- what cases use -----------------------------------------------------------------------------


def has(device: Device, dtype: Any) -> bool:
    """Whether the device can hold arrays of this dtype."""
    info, name = device.info, np.dtype(dtype).name
    return {"float64": info.fp64, "complex128": info.fp64, "float16": info.fp16}.get(name, True)


def needs(device: Device, *dtypes: Any) -> None:
    """Raise NotApplicable unless the device has them all."""
    for dtype in dtypes:
        if not has(device, dtype):
            raise NotApplicable(f"{device} has no {np.dtype(dtype)}")


def kernel_from(name: str, parameters: str, lines: Iterable[str], **scope: Any) -> xp.Kernel:
    """A kernel whose source is put together; `scope` is what it sees beside the language, NumPy and math."""
    import math

    from xpuarray import kernel_api

    source = f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in lines)
    known = {**{n: getattr(kernel_api, n) for n in kernel_api.__all__}, "np": np, "math": math, **scope}
    file = f"<{name}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file  # for who asks for the source
    exec(compile(source, file, "exec"), known)
    return xp.kernel(known[name])


def values_of(array: Any) -> np.ndarray:
    """NumPy's copy of an array of either kind."""
    return xp.asnumpy(array) if isinstance(array, xp.Array) else np.asarray(array)


def equal(what: str, got: Any, expected: Any) -> None:
    """Shape and values are the same; NaN equals NaN, and the sign of zero is not looked at."""
    got, expected = values_of(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    with np.errstate(invalid="ignore"):
        same = (got == expected) | ((got != got) & (expected != expected))
    _all(what, same, got, expected, "")


def close(what: str, got: Any, exact: Any, ulp: float, absolute: Any = 0.0) -> None:
    """Within `ulp` units in the last place (of `got`'s dtype) of the exact values, or within `absolute`.

    Infinities and NaN must be where they are in the reference once it is rounded to that dtype.
    """
    got = values_of(got)
    exact = np.asarray(exact, np.complex128 if got.dtype.kind == "c" else np.float64)
    assert got.shape == exact.shape, f"{what}: shape {got.shape}, expected {exact.shape}"
    with np.errstate(all="ignore"):
        rounded = exact.astype(got.dtype)
        allowed = ulp * np.spacing(np.abs(rounded)).astype(np.float64) + absolute
        same = (np.abs(got.astype(exact.dtype) - exact) <= allowed) | (got == rounded)
        same |= (got != got) & (rounded != rounded)
    _all(what, same, got, exact, f" within {ulp} ulp")


def _all(what: str, same: np.ndarray, got: np.ndarray, expected: np.ndarray, bound: str) -> None:
    if not same.all():
        where = tuple(int(k) for k in np.argwhere(~same)[0])
        raise AssertionError(
            f"{what}: {int((~same).sum())} of {same.size} values are wrong; at {where}: {got[where]!r}, "
            f"expected {expected[where]!r}{bound}"
        )


# -- running all --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one case went."""

    name: str
    status: str  #: "passed", "failed" or "not applicable"
    seconds: float
    why: str = ""  #: of a failure: its traceback; of a case that does not apply: what is lacking

    def __str__(self) -> str:
        lines = self.why.strip().splitlines()
        return f"{self.status:<15} {self.seconds:6.2f} s  {self.name}" + (f": {lines[-1]}" if lines else "")


@dataclasses.dataclass(frozen=True)
class Report:
    """How all cases went on one device."""

    device: Device
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """Whether no case failed."""
        return all(o.status != "failed" for o in self.outcomes)

    def __str__(self) -> str:
        count = {s: sum(o.status == s for o in self.outcomes) for s in ("passed", "failed", "not applicable")}
        told = ", ".join(f"{n} {status}" for status, n in count.items() if n)
        return f"{self.device} ({self.device.info.name}): {told}, {sum(o.seconds for o in self.outcomes):.0f} s"


def run(
    device: Device | str, names: Iterable[str] = (), tell: Callable[[Outcome], Any] = lambda outcome: None
) -> Report:
    """Run all cases (or those that contain one of `names`) on a device.

    tell: is told of each outcome as it comes

    >>> run("fake", ["positions.item"]).ok                                  # doctest: +SKIP
    True
    """
    chosen, names = as_device(device), tuple(names)
    outcomes = []
    for name, one in CASES.items():
        if not names or any(part in name for part in names):
            outcomes.append(_outcome(one, chosen))
            tell(outcomes[-1])
    return Report(chosen, tuple(outcomes))


def _outcome(one: Case, device: Device) -> Outcome:
    status, why, start = "passed", "", time.perf_counter()
    try:
        one(device)
    except NotApplicable as lacking:
        status, why = "not applicable", str(lacking)
    except Exception:
        status, why = "failed", traceback.format_exc()
    return Outcome(one.name, status, time.perf_counter() - start, why)
