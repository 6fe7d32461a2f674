"""Device filters: what SYCL_DEVICE_FILTER and ONEAPI_DEVICE_SELECTOR admit, applied by xpuarray itself.

Current SYCL runtimes ignore the first, and fall over some values of the second
(backends/sycl/discovery.py).  If both are set, a device must pass both; an empty value counts as unset.

- SYCL_DEVICE_FILTER concerns every device.  `host` names xpuarray's NumPy device; `cpu` and `*` admit
  it too, after the SYCL devices.
- ONEAPI_DEVICE_SELECTOR concerns the devices SYCL knows, `cuda` among them.  It leaves `host` alone
  unless it names it, but it is an error if nothing else is admitted: work that was meant for a SYCL
  device must not run on the host in silence.
- `backend:type:number` counts the devices of that backend and type, so that it is a device's full name;
  a number without a type counts all devices of the backend, as `sycl-ls` does.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import os
from collections.abc import Iterable, Mapping, Sequence

from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.registry import in_process
from xpuarray.errors import DeviceFilterError
from xpuarray.placement.filter_grammar import MalformedError, Piece, Term, parse_filter, parse_selector

__all__ = ["FILTER", "SELECTOR", "Condition", "Filter", "active_filter", "environment", "found_and_missing"]

FILTER, SELECTOR = "SYCL_DEVICE_FILTER", "ONEAPI_DEVICE_SELECTOR"

#: How messages about devices end.
SEE_DOCTOR = "what to do about a missing device: python -m xpuarray doctor"


@dataclasses.dataclass(frozen=True)
class Condition:
    """One filter text, parsed."""

    source: str  #: the variable, or "the device name"
    text: str
    terms: tuple[Term, ...]

    @property
    def is_selector(self) -> bool:
        """Whether it is written in ONEAPI_DEVICE_SELECTOR's language."""
        return self.source == SELECTOR

    def leaves_alone(self, info: DeviceInfo) -> bool:
        """Whether a selector does not concern this device."""
        named = any("host" in (t.backend, t.type) for t in self.terms)
        return self.is_selector and info.backend in in_process() and not named

    def admits(self, info: DeviceInfo) -> bool:
        """Whether one device, or the device a part belongs to, passes."""
        if self.leaves_alone(info):
            return True
        if any(t.discard and t.matches(info) for t in self.terms):
            return False
        wanted = [t for t in self.terms if not t.discard]
        return not wanted or any(t.matches(info) for t in wanted)

    def is_met_by(self, infos: Iterable[DeviceInfo]) -> bool:
        """Whether it admits any device that it concerns."""
        return any(self.admits(info) and not self.leaves_alone(info) for info in infos)

    def __str__(self) -> str:
        return quote(self.source, self.text)


@dataclasses.dataclass(frozen=True)
class Filter:
    """What a device must pass: every one of some conditions.  Without any, all devices pass.

    >>> print(Filter.parse("opencl:cpu, level_zero"))
    SYCL_DEVICE_FILTER='opencl:cpu, level_zero'
    """

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, text: str, source: str = FILTER) -> Filter:
        """A filter from its text; `source` says where that comes from and so in which language it is.

        Raises DeviceFilterError, with a line that points at the bad part.
        """
        try:
            terms = (parse_selector if source == SELECTOR else parse_filter)(text)
        except MalformedError as error:
            raise DeviceFilterError(
                f"{quote(source, text)} is malformed: {error.why}\n{point_at(text, [error.where])}"
            ) from None
        return cls((Condition(source, text, terms),))

    def admits(self, info: DeviceInfo) -> bool:
        """Whether one device (or the device a part belongs to) passes."""
        return all(condition.admits(info) for condition in self.conditions)

    def admits_any(self, infos: Sequence[DeviceInfo]) -> bool:
        """Whether some device passes, and every condition is met by a device that it concerns."""
        return any(map(self.admits, infos)) and all(c.is_met_by(infos) for c in self.conditions)

    def admits_part(self, info: DeviceInfo) -> bool:
        """Whether a part of a device passes, and was asked for as a part (`0.1`, `0.*`)."""
        return self.admits(info) and any(t.part and t.matches(info) for c in self.conditions for t in c.terms)

    def asks_for_parts(self, info: DeviceInfo) -> bool:
        """Whether parts of this device are asked for."""
        wanted = [t for c in self.conditions for t in c.terms if t.part and not t.discard]
        return any(dataclasses.replace(t, part=()).matches(info) for t in wanted)

    def admits_nothing(self, infos: Sequence[DeviceInfo], missing: Mapping[str, str]) -> str:
        """Why no device passes: what is asked for, what is there, and the nearest filter that would work.

        infos: the devices found, best first.  missing: backends that are not there, and why.
        """
        unmet = [c for c in self.conditions if not c.is_met_by(infos)]
        if not self.conditions:
            return found_and_missing(infos, missing, FILTER, "")
        if unmet:
            why = "\n".join(_unmet(c, infos) for c in unmet)
        else:
            why = f"no device passes both {' and '.join(map(str, self.conditions))}\n" + "\n".join(
                f"    {c.source} alone admits {', '.join(i.filter_string for i in infos if c.admits(i))}"
                for c in self.conditions
            )
        nearest = unmet[0] if unmet else self.conditions[-1]
        return f"{why}\n{found_and_missing(infos, missing, nearest.source, nearest.text)}"

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions)) or "no filter"


def environment() -> tuple[str, str]:
    """The values of SYCL_DEVICE_FILTER and ONEAPI_DEVICE_SELECTOR, "" if unset or blank."""
    get = os.environ.get
    return get(FILTER, "").strip(), get(SELECTOR, "").strip()


def active_filter() -> Filter:
    """The filter that the environment asks for, read anew at each call.

    Raises DeviceFilterError if a variable is malformed.
    """
    return _from_environment(*environment())


@functools.lru_cache(maxsize=64)
def _from_environment(filter_text: str, selector_text: str) -> Filter:
    texts = ((FILTER, filter_text), (SELECTOR, selector_text))
    return Filter(tuple(c for source, text in texts if text for c in Filter.parse(text, source).conditions))


# -- messages -----------------------------------------------------------------------------------


def quote(source: str, text: str) -> str:
    """`SYCL_DEVICE_FILTER='opencl:gpu'`, or `the device name 'opencl:gpu'`."""
    return f"{source}={text!r}" if source.isupper() or source.startswith("--") else f"{source} {text!r}"


def point_at(text: str, pieces: Iterable[Piece]) -> str:
    """The text, and below it carets under some pieces of it."""
    marks = [" "] * (len(text) + 1)
    for piece in pieces:
        for k in range(piece.start, piece.start + max(1, len(piece.text))):
            marks[min(k, len(text))] = "^"
    shown = "".join(c if c.isprintable() else " " for c in text)
    return f"    {shown}\n    {''.join(marks).rstrip()}"


def _unmet(condition: Condition, infos: Sequence[DeviceInfo]) -> str:
    """Which part of each entry leaves no device."""
    concerned = [i for i in infos if not condition.leaves_alone(i)]
    culprits = [c for c in (_culprit(term, concerned) for term in condition.terms) if c]
    why = "; ".join(dict.fromkeys(why for _, why in culprits))
    return f"{condition} admits no device: {why}\n{point_at(condition.text, [piece for piece, _ in culprits])}"


def _culprit(term: Term, infos: Sequence[DeviceInfo]) -> tuple[Piece, str] | None:
    """The piece of a term at which the last devices drop out, and why."""
    if not infos:
        return term.marks[0][1], "there is no device that it concerns"
    if term.discard:
        excludes = any(map(term.matches, infos))
        return (term.marks[-1][1], "entries with '!' exclude what is there") if excludes else None
    for condition, piece in term.marks:
        left = [i for i in infos if term.meets(condition, i)]
        if not left:
            if term.part:
                return piece, f"no device is split so that {piece.text} is a part of it"
            kinds = ", ".join(sorted({f"{i.backend}:{i.type}" for i in infos}))
            return piece, f"none of {kinds} has the {condition} {piece.text}"
        infos = left
    return None


def found_and_missing(infos: Sequence[DeviceInfo], missing: Mapping[str, str], source: str, text: str) -> str:
    """The devices found, the backends missing, and the nearest filter to `text` that would work."""
    width = max((len(i.filter_string) for i in infos), default=0)
    lines = ["devices found:" if infos else "no device was found"]
    for info in infos:
        unusable = f" (can't be used: {info.why_not})" if info.why_not else ""
        lines.append(f"    {info.filter_string:{width}}  {info.name}{unusable}")
    if missing:
        lines.append("not available:")
        lines += [f"    {backend}: {why}" for backend, why in missing.items()]
    nearest = nearest_filter(infos, source, text)
    if nearest:
        lines.append(f"nearest that works: {quote(source, nearest)}")
    elif source == SELECTOR:
        lines.append(f"unset {SELECTOR} to use the host device")
    lines.append(SEE_DOCTOR)
    return "\n".join(lines)


def nearest_filter(infos: Sequence[DeviceInfo], source: str, text: str) -> str:
    """The filter most like `text` that admits a usable device; "" if there is none."""
    spellings: list[str] = []  # of better devices first, shorter ones first
    for info in infos:
        if info.why_not or info.part or (source == SELECTOR and info.backend in in_process()):
            continue
        backend, type, number = info.backend, info.type, info.number
        if source == SELECTOR:
            forms = [f"{backend}:{type}", f"*:{type}", f"{backend}:*", f"{backend}:{info.index}"]
        else:
            forms = [f"{backend}:{type}", type, backend, f"{backend}:{type}:{number}"]
        parse = Filter.parse
        spellings += [f for f in forms if next((i for i in infos if parse(f, source).admits(i)), info) is info]
    if not spellings:
        return ""
    wanted = "".join(text.lower().split())
    likeness = {s: difflib.SequenceMatcher(None, wanted, s).ratio() for s in spellings}
    best = max(spellings, key=likeness.__getitem__)
    return best if likeness[best] >= 0.5 else spellings[0]
