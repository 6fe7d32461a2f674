"""How far a call walks: our functions that it enters, the files they are in, the moves from one file to another.

Each journey is made until its kernels are compiled and its plans are kept, then once more, and that time counts.
Nothing is timed: with one version of Python the counts are the same on every run, so that what a change of the layout
does to a call, or a further step in it, shows exactly.  XPUARRAY_FUSION and the like change them, of course.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.article import add
from benchmarks.harness import Options
from benchmarks.sides import device_names
from xpuarray import kernels
from xpuarray.errors import DeviceError

__all__ = ["counts", "journeys", "table", "walk"]

#: How often a journey is made before it counts: by then kernels and libraries have been tried against each other.
WARM = 20
#: Elements of what is called big: kernels run on it and expressions wait, and its memory needs no special care yet.
BIG = 1 << 17
#: Where our files are, and what they are called in a report; kernels/ is outside the package in a checkout.
_FOLDERS = {
    f"{Path(module.__file__ or '').parent}{os.sep}": prefix for module, prefix in ((kernels, "kernels/"), (xp, ""))
}


@dataclasses.dataclass(frozen=True)
class Journey:
    """A call, and what is there before it."""

    call: Callable[[Any], Any]  #: with what `ready` made
    ready: Callable[[], Any] = lambda: None
    within: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext


def journeys(device: str, options: Options) -> dict[str, Journey]:
    """By name; `few` and `more` have 64 elements, `square` 512 x 512 and `small` 8 x 8."""

    def array(*shape: int) -> xp.Array:
        return xp.asarray(options.rng.random(shape, dtype=np.float32), device=device)

    big, few, more, square, small = array(BIG), array(64), array(64), array(512, 512), array(8, 8)
    a, b, out = array(1024), array(1024), array(1024)

    return {
        "sin(big), eager": Journey(lambda _: xp.sin(big), within=xp.eager),
        "sin(big)": Journey(lambda _: xp.sin(big)),
        "sin(big) * 2": Journey(lambda _: xp.sin(big) * 2),
        "evaluate(sin(big) * 2)": Journey(xp.evaluate, lambda: xp.sin(big) * 2),
        "sin(few)": Journey(lambda _: xp.sin(few)),
        "few + more": Journey(lambda _: few + more),
        "sum(square, axis=0)": Journey(lambda _: xp.sum(square, axis=0)),
        "sum(few)": Journey(lambda _: xp.sum(few)),
        "argmax(big)": Journey(lambda _: xp.argmax(big)),
        "argmax(few)": Journey(lambda _: xp.argmax(few)),
        "cumulative_sum(square, axis=0)": Journey(lambda _: xp.cumulative_sum(square, axis=0)),
        "few[3]": Journey(lambda _: few[3]),
        "few[1:5]": Journey(lambda _: few[1:5]),
        "few[2:] = 1.0": Journey(lambda _: few.__setitem__(slice(2, None), 1.0)),
        "small @ small": Journey(lambda _: small @ small),
        "call_kernel": Journey(lambda _: xp.call_kernel(add, xp.Range(1024), a, b, out)),
    }


def walk(call: Callable[[], Any]) -> list[str]:
    """Our functions that `call` enters, in order, as "folder/file.py:function"."""
    entered: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            entered.append((frame.f_code.co_filename, frame.f_code.co_name))

    sys.setprofile(note)
    try:
        result = call()  # which lives until nothing is noted any more: what its end takes is no part of the call
    finally:
        sys.setprofile(None)
    del result
    return [f"{room}:{function}" for file, function in entered if (room := _room(file))]


def _room(file: str) -> str | None:
    """A file of ours as it is reported."""
    return next((p + file[len(f) :].replace(os.sep, "/") for f, p in _FOLDERS.items() if file.startswith(f)), None)


def counts(options: Options) -> Iterator[dict[str, Any]]:
    """What each journey takes on each device, with the walk itself."""
    for device in device_names():
        try:
            found = journeys(device, options)
        except DeviceError:
            continue  # not here; the report lists the devices that are
        for name, journey in found.items():
            with journey.within():
                for _ in range(WARM):
                    journey.call(journey.ready())
                walked = walk(functools.partial(journey.call, journey.ready()))
            rooms = [step.partition(":")[0] for step in walked]
            moves = sum(a != b for a, b in itertools.pairwise(rooms))
            yield dict(name=name, device=device, calls=len(walked), rooms=len(set(rooms)), moves=moves, walk=walked)


def table(counted: list[dict[str, Any]]) -> str:
    """The counts in Markdown: a line a journey, a column a device."""
    devices = list(dict.fromkeys(c["device"] for c in counted))
    by_name: dict[str, dict[str, str]] = {}
    for c in counted:
        by_name.setdefault(c["name"], {})[c["device"]] = f"{c['calls']} / {c['rooms']} / {c['moves']}"
    lines = [["calls / rooms / moves", *devices], ["---"] * (1 + len(devices))]
    lines += [[f"`{name}`", *(cells[d] for d in devices)] for name, cells in by_name.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
