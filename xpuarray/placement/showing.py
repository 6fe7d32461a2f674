"""Devices as notebooks show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xpuarray.backends.info import DeviceInfo
from xpuarray.markup import Markup, block, code, join, mark, table
from xpuarray.text import size

__all__ = ["abilities", "device_html", "devices_html"]

_ABILITIES = {"fp64": "float64", "fp16": "float16", "atomic64": "64-bit atomics"}


def abilities(info: DeviceInfo) -> Markup:
    """What the device computes with; what it lacks is said, too."""
    return join(mark(word if getattr(info, name) else f"no {word}", "good" if getattr(info, name) else "warn")
                for name, word in _ABILITIES.items())  # fmt: skip


def device_html(info: DeviceInfo, facts: Iterable[tuple[str, str]]) -> Markup:
    """One device: what it can, then every fact."""
    state = mark("usable", "good") if not info.why_not else mark(f"can't be used: {info.why_not}", "bad")
    return block("", join([code(info.filter_string), info.name, state, abilities(info)]), table([], list(facts)))


def devices_html(devices: Sequence[Any], default: Any) -> Markup:
    """Devices, one a row; `default` is where new arrays go."""
    head = ("", "device", "name", "memory", "units", "computes with", "memory kinds")
    rows = [
        (
            mark("default", "blue") if d is default else "" if d.usable else mark("unusable", "bad"),
            code(d.filter_string),
            d.name if d.usable else join([d.name, d.info.why_not], ": "),
            size(d.info.memory),
            str(d.info.compute_units),
            abilities(d.info),
            " ".join(d.info.usm) or "host",
        )
        for d in devices
    ]
    return table(head, rows, numbers=(3, 4))
