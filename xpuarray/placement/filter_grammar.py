"""The two languages of device filters, from text to terms.

SYCL_DEVICE_FILTER, as the SYCL documents of 2020 and 2021 describe it; device names are written so too:

    filter  = entry {"," entry}
    entry   = [backend] ":" [type] ":" [number]       any part, and its colon, may be left out
    number  = digits {"." digits}                     the second number names a part of a device

ONEAPI_DEVICE_SELECTOR, as DPC++'s EnvironmentVariables.md describes it:

    selector = ["!"] backend ":" device {"," device} {";" ...}        entries with "!" come last
    device   = type | "*" | number | number "." number | number ".*" | "*.*"

Both are case-insensitive here and allow spaces and "*".  (The runtime itself reads ONEAPI_DEVICE_SELECTOR
more narrowly: it finds no device for `*:CPU`.)
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import re
from collections.abc import Iterable
from typing import NamedTuple

from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.registry import on_request, ranks

__all__ = ["TYPES", "MalformedError", "Piece", "Term", "parse_filter", "parse_selector"]

#: what may be written -> the device's type
TYPES = {"cpu": "cpu", "gpu": "gpu", "accelerator": "accelerator", "acc": "accelerator", "fpga": "accelerator"}

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")
_DEVICE = re.compile(r"([0-9]{1,9}|\*)(\.([0-9]{1,9}|\*))*")


class Piece(NamedTuple):
    """A stretch of a filter's text, in lower case, and where it stands."""

    text: str
    start: int

    def split(self, separator: str) -> list[Piece]:
        """The pieces between separators, without the spaces around them."""
        pieces, start = [], self.start
        for part in self.text.split(separator):
            pieces.append(Piece(part.strip(), start + len(part) - len(part.lstrip())))
            start += len(part) + len(separator)
        return pieces


class MalformedError(Exception):
    """What is wrong with a filter's text, and where."""

    def __init__(self, where: Piece, why: str):
        super().__init__(why)
        self.where, self.why = where, why


@dataclasses.dataclass(frozen=True)
class Term:
    """One entry of a filter.  "*" and None admit anything."""

    backend: str = "*"
    type: str = "*"
    number: int | None = None
    part: tuple[int | None, ...] = ()  #: of a device; () for the whole of it
    discard: bool = False
    #: where each condition is written: ("backend", piece), ("type", piece), ("number", piece)
    marks: tuple[tuple[str, Piece], ...] = dataclasses.field(default=(), compare=False)

    def meets(self, condition: str, info: DeviceInfo) -> bool:
        """Whether a device meets one condition: "backend", "type" or "number"."""
        if condition == "backend":
            return self.backend in ("*", info.backend)
        if condition == "type":
            return self.type in ("*", info.type) or self.type == info.backend == "host"
        # A bare number counts the devices of a backend; beside a type, those of that type.
        position = info.index if self.type == "*" else info.number
        if self.number not in (None, position):
            return False
        return not self.part or (
            len(self.part) == len(info.part) and all(k in (None, p) for k, p in zip(self.part, info.part))
        )

    def matches(self, info: DeviceInfo) -> bool:
        """Whether a device, or part of one, is meant."""
        return all(self.meets(condition, info) for condition in ("backend", "type", "number"))


def _whole(text: str) -> Piece:
    return Piece("".join(c.lower() if c.isascii() else c for c in text), 0)  # keeps every position


def parse_filter(text: str) -> tuple[Term, ...]:
    """The terms of a filter in SYCL_DEVICE_FILTER's language.  Raises MalformedError."""
    for sign, why in (
        (";", "';' separates entries of ONEAPI_DEVICE_SELECTOR; here it is ','"),
        ("!", "'!' belongs to ONEAPI_DEVICE_SELECTOR; here an entry can only admit"),
    ):
        if sign in text:
            raise MalformedError(Piece(sign, text.index(sign)), why)
    return tuple(_entry(entry) for entry in _whole(text).split(","))


_PARTS = ("backend", "type", "number")


def _entry(entry: Piece) -> Term:
    words = entry.split(":")
    if not any(word.text for word in words):
        raise MalformedError(entry, "an entry needs a backend, a device type or a number")
    found: dict[str, Piece] = {}
    place = 0  # the part that comes next, or a later one
    for word in words:
        if place > 2 and len(words) > 3:
            raise MalformedError(word, "an entry has at most three parts, backend:type:number")
        if word.text in ("", "*"):
            place += 1
            continue
        part = _part_of_entry(word, place)
        if part < place:
            raise MalformedError(word, f"{word.text!r} is out of order: the order is backend:type:number")
        found[_PARTS[part]] = word
        place = part + 1
    number = found.get("number")
    digits = tuple(map(int, number.text.split("."))) if number else ()
    kind = found["type"].text if "type" in found else "*"
    return Term(
        backend=found["backend"].text if "backend" in found else "*",
        type=TYPES.get(kind, kind),
        number=digits[0] if digits else None,
        part=digits[1:],
        marks=tuple(found.items()),
    )


def _part_of_entry(word: Piece, place: int) -> int:
    """Which part of backend:type:number a word is.  `host` is a backend and, as in SYCL, its type."""
    if word.text in ranks() and not (word.text == "host" and place == 1):
        return 0
    if word.text in TYPES or word.text == "host":
        return 1
    if _NUMBER.fullmatch(word.text):
        return 2
    # Words that are wrong anywhere get a list of what may stand here.
    expected = (f"a backend ({_backends()})", "a device type (cpu, gpu, accelerator)", "a number")
    raise MalformedError(word, f"{word.text!r} is not {' or '.join(expected[min(place, 2) :])}{_alike(word.text)}")


def parse_selector(text: str) -> tuple[Term, ...]:
    """The terms of a selector in ONEAPI_DEVICE_SELECTOR's language.  Raises MalformedError."""
    terms: list[Term] = []
    for entry in _whole(text).split(";"):
        if not entry.text:
            continue  # the runtime tolerates these, and empty devices between commas
        discard = entry.text.startswith("!")
        if not discard and terms and terms[-1].discard:
            raise MalformedError(entry, "entries that admit come before those with '!'")
        body = Piece(entry.text[1:], entry.start + 1) if discard else entry
        backend, devices = _selector_halves(body)
        terms += [_selected(backend, device, discard) for device in devices]
    if not terms:
        raise MalformedError(Piece(text, 0), "a selector needs an entry backend:device, such as *:cpu")
    return tuple(terms)


def _selector_halves(entry: Piece) -> tuple[Piece, list[Piece]]:
    words = entry.split(":")
    backend = words[0]
    if len(words) == 1:
        hint = f"{backend.text}:*" if backend.text in ranks() else f"*:{backend.text}"
        known = backend.text in (*ranks(), *TYPES) or backend.text.isdigit()
        raise MalformedError(
            entry, "an entry is backend:device" + (f"; try {hint!r}" if known else _alike(backend.text) or "")
        )
    if len(words) > 2:
        raise MalformedError(words[2], "an entry has two parts, backend:device; a number counts the backend's devices")
    if backend.text != "*" and backend.text not in ranks():
        raise MalformedError(
            backend,
            f"{backend.text!r} is not a backend ({_backends()}, *){_alike(backend.text, ranks())}",
        )
    devices = [device for device in words[1].split(",") if device.text]
    if not devices:
        raise MalformedError(entry, f"no device is named; try '{backend.text}:*'")
    return backend, devices


def _selected(backend: Piece, device: Piece, discard: bool) -> Term:
    marks: tuple[tuple[str, Piece], ...] = (("backend", backend),)
    type_, _, below = device.text.partition(".")
    if type_ in TYPES or type_ == "host":
        if below:
            raise MalformedError(device, f"a part needs its device's number, as in 0.{below}, not a type")
        return Term(backend.text, TYPES.get(type_, type_), None, (), discard, (*marks, ("type", device)))
    match = _DEVICE.fullmatch(device.text)
    if match is None:
        raise MalformedError(
            device,
            f"{device.text!r} is not a device type (cpu, gpu, accelerator), a number or *{_alike(device.text, TYPES)}",
        )
    path = [None if k == "*" else int(k) for k in device.text.split(".")]
    if len(path) > 3:
        raise MalformedError(device, "there are parts of parts at most, as in 0.1.0")
    if any(above is None and k is not None for above, k in itertools.pairwise(path)):
        raise MalformedError(device, "below '*' there can only be '*'")
    return Term(backend.text, "*", path[0], tuple(path[1:]), discard, (*marks, ("number", device)))


def _backends() -> str:
    """What a reader may write for a backend, but for those that are there on request alone."""
    hidden = {word for backend in on_request().values() for word in backend.ranks}
    return ", ".join(word for word in ranks() if word not in hidden)


def _alike(word: str, among: Iterable[str] | None = None) -> str:
    close = difflib.get_close_matches(word, (*ranks(), *TYPES) if among is None else among, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
