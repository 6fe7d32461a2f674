"""Which GPU for which work: the data sheets' GPUs, ranked by what the work can get out of them.

A work is how many operations it does for each byte that it moves, and in which arithmetic.  Of a GPU it gets the
smaller of (bandwidth x operations a byte) and (operations a second), as in a roofline.
"""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from xpuarray.advice.gpus import SHEETS, Sheet
from xpuarray.text import table

__all__ = ["WORKLOADS", "Choice", "Workload", "advice", "choices"]


class Workload(NamedTuple):
    """One kind of work."""

    intensity: float  #: operations for each byte
    arithmetic: str  #: a field of Sheet; "matrix": float16 by matrix units, where there are none by the others
    why: str


WORKLOADS = {
    "cnn-training": Workload(
        200, "matrix", "convolutions use each value that they read some hundred times, in float16 with sums in "
        "float32; memory has to hold the activations of a batch"
    ),
    "rnn": Workload(
        8, "matrix", "each step waits for the one before, and multiplies the weights by a few columns alone"
    ),
    "inference": Workload(
        2, "matrix", "all weights are read for each answer, and each is used once; memory has to hold them"
    ),
    "array": Workload(
        0.5, "fp64", "array expressions do an operation or two in float64 for each number that they read"
    ),
}  # fmt: skip


class Choice(NamedTuple):
    """One GPU for one work."""

    sheet: Sheet
    reached: float  #: 10**12 operations a second
    limit: str  #: "bandwidth" or "arithmetic"
    against: str  #: why it is out of the question; "" if it is not


def choices(workload: str, memory: float = 0, power: float = float("inf")) -> list[Choice]:
    """All GPUs, the best first, those that are out of the question last; memory in 10**9 bytes, power in watts.

    Raises ValueError for a workload that is not in WORKLOADS.
    """
    if workload not in WORKLOADS:
        raise ValueError(f"workload is one of {', '.join(WORKLOADS)}, not {workload!r}")
    work = WORKLOADS[workload]
    found = [_choice(sheet, work, memory, power) for sheet in SHEETS]
    return sorted(found, key=lambda c: (bool(c.against), -c.reached, c.sheet.power))


def _choice(sheet: Sheet, work: Workload, memory: float, power: float) -> Choice:
    rate = getattr(sheet, work.arithmetic)
    rate = sheet.fp16 if rate is None else rate
    moving = sheet.bandwidth * work.intensity / 1e3
    against = []
    if sheet.memory < memory:
        against.append(f"{sheet.memory} GB < {memory:g} GB")
    if sheet.power > power:
        against.append(f"{sheet.power} W > {power:g} W")
    if not rate:
        against.append(f"no {work.arithmetic.replace('fp', 'float')}")
    limit = "bandwidth" if moving < rate else "arithmetic"
    return Choice(sheet, min(moving, rate), limit, ", ".join(against))


def advice(workload: str, memory: float = 0, power: float = float("inf"), most: int = 8) -> str:
    """The answer in words: the first GPUs of `choices`, what decides, and why others are out of the question."""
    work, ranked = WORKLOADS[workload], choices(workload, memory, power)
    fit = [c for c in ranked if not c.against]
    head = ("", "GPU", "memory", "Top/s", "decided by", "power", "Gop/J")
    rows = [
        (str(k), c.sheet.name, f"{c.sheet.memory} GB", f"{c.reached:.3g}", c.limit, f"{c.sheet.power} W",
         f"{1e3 * c.reached / c.sheet.power:.3g}")
        for k, c in enumerate(fit[:most], 1)
    ]  # fmt: skip
    lines = textwrap.wrap(f"{workload}: {work.intensity:g} operations a byte: {work.why}.", 80)
    lines.append("Of a GPU it gets the smaller of bandwidth x operations a byte and arithmetic.")
    lines += ["", table([head, *rows], indent="")] if rows else ["", "No GPU in the table satisfies that."]
    if len(fit) > 1:
        first, second = fit[:2]
        frugal = max(fit, key=lambda c: c.reached / c.sheet.power)
        sign = ">" if first.reached > second.reached else "="
        reason = f"{first.reached:.3g} {sign} {second.reached:.3g} Top/s" + (", and less power" if sign == "=" else "")
        lines += ["", f"{first.sheet.name} before {second.sheet.name}: {reason}."]
        lines.append(f"The most for a watt: {frugal.sheet.name}.")
    out = [f"{c.sheet.name} ({c.against})" for c in ranked if c.against]
    lines += ["", *textwrap.wrap("Out of the question: " + "; ".join(out) + ".", 80)] if out else []
    return "\n".join(
        [*lines, "", "Peaks of the makers' data sheets; what a device of yours reaches: devices --measure."]
    )
