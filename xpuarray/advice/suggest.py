"""`suggest_device`: where a function would be done first, from what it does and what the devices do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xpuarray.advice.measure import Rates, measure, rates_of, save
from xpuarray.core.array import Array
from xpuarray.errors import DeviceError
from xpuarray.markup import block, code, join, mark
from xpuarray.markup import table as html_table
from xpuarray.placement.devices import Device, devices
from xpuarray.progress import announced
from xpuarray.text import must_be_function, size, table

if TYPE_CHECKING:
    from xpuarray.advice.counting import Counted, Work

__all__ = ["Estimate", "Suggestion", "suggest_device"]


@dataclasses.dataclass(frozen=True)
class Estimate:
    """How long a function would take on one device; times in seconds."""

    device: Device
    work: float = 0.0  #: the device's
    launches: float = 0.0  #: starting it
    transfers: float = 0.0  #: of the arguments that are elsewhere, there, and of what is returned, back
    why_not: str = ""  #: why it can't be done there

    @property
    def total(self) -> float:
        """All times together."""
        return self.work + self.launches + self.transfers


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """What `suggest_device` found; printed, it says what decides."""

    device: Device  #: the one on which it would be done first
    estimates: tuple[Estimate, ...]  #: of all devices, the best first
    counted: Counted

    @property
    def operations(self) -> float:
        """Arithmetic operations, about."""
        return sum(w.operations for w in self.counted.work)

    @property
    def nbytes(self) -> int:
        """Bytes that are read and written."""
        return sum(w.nbytes for w in self.counted.work)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (str(e.device), *(("", "", "", "", e.why_not) if e.why_not else
                              (_ms(e.total), _ms(e.work), _ms(e.launches), _ms(e.transfers), "")))
            for e in self.estimates
        ]  # fmt: skip

    def _head(self) -> str:
        return (
            f"{self.operations:.3g} operations on {size(self.nbytes)} in {len(self.counted.work)} launches; "
            f"arguments {size(self.counted.taken)}, results {size(self.counted.given)}, "
            f"memory {size(self.counted.memory)} at the most"
        )

    def _reason(self) -> str:
        able = [e for e in self.estimates if not e.why_not]
        if len(able) < 2:
            return f"{self.device} is the only device that can."
        first, second = able[:2]
        return f"{first.device} before {second.device}, since {_sum(first)} < {_sum(second)}."

    def __str__(self) -> str:
        return "\n".join([self._head(), table([_COLUMNS, *self._rows()]), self._reason()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(code(name), *cells, mark(why, "bad") if why else "") for name, *cells, why in self._rows()]
        best = join([mark("best", "good"), code(str(self.device))])
        return block("", best, block("", self._head()), html_table(_COLUMNS, rows, numbers=range(1, 5)), self._reason())


_COLUMNS = ("device", "ms", "work", "launches", "transfers", "")


def suggest_device(function: Callable[..., Any], *args: Any) -> Suggestion:
    """On which device function(*args) would be done first, as far as counting tells.

    args: what the function is called with: arrays of ours (which stay as they are), NumPy arrays, which would have to
        be moved, and anything else

    The function is called once with arrays on which nothing is computed: its expressions and kernels are counted,
    operations and bytes.  Each launch takes the longer of bytes / bandwidth and operations / rate, at the rates that
    `python -m xpuarray devices --measure` has measured on this machine; what has not been measured is measured now, in
    some seconds a device.  Arguments that are elsewhere have to be moved, and results back.

    Raises XpuarrayError if the function reads values of arrays, DeviceError if no device has what it takes.

    >>> print(xp.suggest_device(lambda x: xp.sin(x) + 1, np.ones(1000)))     # doctest: +SKIP
    3e+03 operations on 15.6 KiB in 1 launches; arguments 7.8 KiB, results 7.8 KiB, memory 15.6 KiB at the most
      device        ms       work     launches  transfers
      host:cpu:0    0.008    0.002    0.005     0.001
      opencl:cpu:0  0.014    0.002    0.011     0.001
    host:cpu:0 before opencl:cpu:0, since 0.002 + 0.005 + 0.001 ms < 0.002 + 0.011 + 0.001 ms.
    """
    from xpuarray.advice.counting import count

    must_be_function("suggest_device", function)
    counted = count(function, args)
    estimates = [_estimate(d, counted, args) for d in devices()]
    estimates.sort(key=lambda e: (bool(e.why_not), e.total))
    if not estimates or estimates[0].why_not:
        reasons = "; ".join(f"{e.device}: {e.why_not}" for e in estimates)
        raise DeviceError(f"suggest_device: no device has what it takes: {reasons}")
    return Suggestion(estimates[0].device, tuple(estimates), counted)


def _estimate(device: Device, counted: Counted, args: Sequence[Any]) -> Estimate:
    if not device.usable:
        return Estimate(device, why_not=f"it can't be used: {device.why_not}")
    if counted.bits == 64 and not device.fp64:
        return Estimate(device, why_not="it has no float64")
    if counted.memory > device.memory:
        return Estimate(device, why_not=f"{size(counted.memory)} > its memory of {size(device.memory)}")
    rates = _rates(device)
    away = sum(x.nbytes for x in args if isinstance(x, Array) and x.device is not device)
    away += sum(x.nbytes for x in args if isinstance(x, np.ndarray))
    home = counted.given if away else 0
    return Estimate(
        device,
        work=sum(_seconds(w, min(w.bits, counted.bits), rates) for w in counted.work),
        launches=len(counted.work) * rates.launch,
        transfers=away / rates.to_device + home / rates.to_host,
    )


def _rates(device: Device) -> Rates:
    found = rates_of(device)
    if found is None:
        with announced(f"measuring {device}"):
            found = measure(device, seconds=0.05)
        save({device: found})
    return found


def _seconds(work: Work, bits: int, rates: Rates) -> float:
    kind = "matmul" if work.product and getattr(rates, f"matmul{bits}") else "float"
    rate = getattr(rates, f"{kind}{bits}") or rates.float32
    return max(work.nbytes / rates.copy, work.operations / rate)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3g}" if seconds >= 1e-6 else "0"


def _sum(e: Estimate) -> str:
    return f"{_ms(e.work)} (work) + {_ms(e.launches)} (launches) + {_ms(e.transfers)} (transfers) ms"
