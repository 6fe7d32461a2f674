"""`devices --measure`: what each device was measured to do, beside its data sheet, and its roofline."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from xpuarray.advice import roofline
from xpuarray.advice.gpus import Sheet, sheet_of
from xpuarray.advice.measure import Rates, measure, save
from xpuarray.progress import somebody_looks_on
from xpuarray.text import table

__all__ = ["ROWS", "main", "report", "roofs"]

#: (title, unit, how many of a rate's are one unit, field, what the data sheet has of it; None: nothing)
ROWS: list[tuple[str, str, float, str, Callable[[Sheet], float | None] | None]] = [
    ("copy, read + write", "GB/s", 1e9, "copy", lambda s: s.bandwidth),
    ("float16 kernel", "Gflop/s", 1e9, "float16", lambda s: 1e3 * s.fp16),
    ("float32 kernel", "Gflop/s", 1e9, "float32", lambda s: 1e3 * s.fp32),
    ("float64 kernel", "Gflop/s", 1e9, "float64", lambda s: 1e3 * s.fp64),
    ("float16 matmul", "Gflop/s", 1e9, "matmul16", lambda s: 1e3 * s.matrix if s.matrix else None),
    ("float32 matmul", "Gflop/s", 1e9, "matmul32", lambda s: 1e3 * s.fp32),
    ("float64 matmul", "Gflop/s", 1e9, "matmul64", lambda s: 1e3 * s.fp64),
    ("launch after launch", "us", 1e-6, "launch", None),
    ("launch and wait", "us", 1e-6, "latency", None),
    ("host to device", "GB/s", 1e9, "to_device", None),
    ("device to host", "GB/s", 1e9, "to_host", None),
    ("power", "W", 1, "power", lambda s: s.power),
    ("temperature", "deg C", 1, "temperature", None),
]


def main(devices: Sequence[Any], as_json: bool, picture: str | None) -> int:
    """Measure the devices, print what came of it, keep it; returns the exit status."""
    measured = {}
    for device in devices:
        measured[device] = measure(device, said=functools.partial(_say, str(device)))
    _say()
    where = save(measured)
    if as_json:
        print(json.dumps({str(d): dataclasses.asdict(r) for d, r in measured.items()}, indent=2))
    else:
        print(report(measured))
        print(f"\nkept in {where}" if where else "\nnot kept: the cache is switched off, or can't be written")
    if picture:
        try:
            roofline.draw(roofs(measured), picture)
        except ImportError:
            print("the picture needs matplotlib: python -m pip install matplotlib", file=sys.stderr)
            return 1
    return 0


def _say(*what: str) -> None:
    if somebody_looks_on():
        sys.stderr.write(f"\r{': '.join(what):<60}\r")
        sys.stderr.flush()


def report(measured: dict[Any, Rates]) -> str:
    """A table a device, and the rooflines of all."""
    parts = []
    for device, rates in measured.items():
        sheet = sheet_of(device.name)
        rows = [("", "measured", "data sheet", "of it", "")] if sheet else [("", "measured", "")]
        parts.append(f"{device}  {device.name}" + (f"  ({sheet.page})" if sheet else ""))
        parts.append(table(rows + [row for spec in ROWS if (row := _row(rates, sheet, spec))]) + "\n")
    return "\n".join(parts) + roofline.text(roofs(measured))


def _row(rates: Rates, sheet: Sheet | None, spec: Any) -> tuple[str, ...] | None:
    title, unit, one, field, promise = spec
    value = getattr(rates, field) / one
    if not value:
        return None
    shown = f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
    if sheet is None:
        return title, shown, unit
    promised = promise(sheet) if promise else None
    return title, shown, f"{promised:,.4g}" if promised else "", f"{value / promised:.0%}" if promised else "", unit


def roofs(measured: dict[Any, Rates]) -> dict[str, roofline.Roof]:
    """Float32's roof of each device, and of its data sheet."""
    found = {}
    for device, rates in measured.items():
        found[str(device)] = roofline.Roof(rates.copy, max(rates.float32, rates.matmul32))
        if sheet := sheet_of(device.name):
            found[f"{sheet.name}, data sheet"] = roofline.Roof(sheet.bandwidth * 1e9, sheet.fp32 * 1e12, True)
    return found
