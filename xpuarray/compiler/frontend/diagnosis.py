"""Numba's errors, told in the words of the kernel's author."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Callable

from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.source import Source
from xpuarray.errors import KernelCompileError

__all__ = ["compile_error"]


#: How Numba writes where in the source something is
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)|\b(?:at|from) (?P<other>[^\s()]+) \((?P<number>\d+)\)')
#: Whose source says nothing to the author
_OTHERS = ("/numba/", os.path.dirname(os.__file__) + "/", "/xpuarray/core/", "/xpuarray/functions/")


def compile_error(kernel: Source, info: DeviceInfo, error: Exception) -> KernelCompileError:
    """What went wrong, in which kernel, for which device, at which line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    places = [(m["file"] or m["other"], m["line"] or m["number"]) for m in _PLACE.finditer(text)]
    loc = getattr(error, "loc", None)
    if loc is not None:
        places.insert(0, (loc.filename, loc.line))
    own = [place for place in places if not any(part in place[0].replace("\\", "/") for part in _OTHERS)]
    where = ""
    if own:
        file, number = own[-1]
        statement = linecache.getline(file, int(number)).strip()
        where = f" ({file}, line {number}):" + (f"\n    {statement}" if statement else "")
    inside = type(error).__module__.partition(".")[0] not in ("numba", "xpuarray")  # an error that nobody foresaw
    what = f"{type(error).__name__}: {text}" if inside else _plain(text)
    return KernelCompileError(
        f"kernel {kernel.__name__} can't be compiled for {info.filter_string}{where or ':'}\n{what}"
    )


def _plain(text: str) -> str:
    """Numba's text as one sentence, where it is known; with what our own rules have said of it."""
    known = [(found.start(), tell(found)) for pattern, tell in _SENTENCES if (found := pattern.search(text))]
    told = [min(known)[1]] if known else []
    if _ALLOCATES.search(text):
        told = [t for t in told if "_allocate" not in t] + [_NO_MEMORY]
    if told:
        return "\n".join(map(_readable, [*told, *_reasons(text)]))
    lines = [line for line in text.split("\n") if not line.startswith('File "')] or [text]
    while len(lines) > 1 and lines[0].startswith("Failed in nopython mode pipeline"):
        del lines[0]  # of each function on the way; then our own words, then where
    return _readable(re.split(r"\n+(?:def |During: )", "\n".join(lines))[0].strip())


_LOOP = "write a loop over the elements"
#: An array of its own is made inside a function of Numba's, or returned by it.
_ALLOCATES = re.compile(r"_allocate'|^\s*this makes an array;|Only accept returning of array", re.MULTILINE)
_NO_MEMORY = f"this makes an array; a kernel can't allocate memory: {_LOOP}, into an argument or an xp.PrivateArray"
_OPERATIONS = {
    "getitem": "this can't be indexed so: (what, index) are ({0})",
    "setitem": "this can't be assigned so: (to what, index, value) are ({0})",
}
#: what Numba says -> what a reader of the kernel needs
_SENTENCES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), tell)
    for pattern, tell in [
        (
            r"unsupported NumPy function '([\w.]+)'",
            lambda m: f"kernels have no {m[1]} of what it is given here{_elsewhere(m[1])}",
        ),
        (
            r"Untyped global name '(\w+)': Cannot determine Numba type of <class '([\w.]+)'>",
            lambda m: _global(m[1], m[2]),
        ),
        (
            r"Unknown attribute '(\w+)' of type (Module\(<module '([\w.]+)'.*?>\)|.+)",
            lambda m: _attribute(m[1], m[2], m[3]),
        ),
        (
            r"No implementation of function Function\((?:<.*?>)\) found for signature:\s*>>> (\w+)\((.*)\)",
            lambda m: _OPERATIONS.get(m[1], f"kernels have no {m[1]}" + " of ({0})").format(m[2]),
        ),
        (
            r"Invalid use of <[\w-]+ function (\w+)> with parameters \((.*)\)",
            lambda m: f"kernels have no {m[1]} of ({m[2]}); for arrays {_LOOP}",
        ),
        (
            r"Invalid use of (\w+)(?:\(.*?\))? with parameters \(.*\)\nNo type info",
            lambda m: f"a {m[1]} can't be called",
        ),
        (r"Cannot unify (.+) and (.+) for '([\w.]+)'", lambda m: _unify(m[1], m[2], m[3])),
    ]
]
#: a Python class or function that a kernel can't use -> what to write
_INSTEAD = {
    "list": "a tuple, or an xp.PrivateArray",
    "dict": "if and elif, or pass an array of its values",
    "set": "comparisons",
    "str": 'print("x is", x), which takes constant text and numbers',
    "sorted": "the sort over an xp.PrivateArray",
    "reversed": "range(n - 1, -1, -1)",
    "any": "a loop, or `or`",
    "all": "a loop, or `and`",
    "ufunc": "a function of NumPy's or math's, or a plain Python function",
}


def _elsewhere(name: str) -> str:
    """What to write instead of a function of a module's."""
    if name.startswith(("numpy.random.", "random.")):
        return "; draw the numbers before, by xp.random.random(n), and pass them as an array"
    return (
        f"; for arrays {_LOOP}"
        if name.partition(".")[0] in ("numpy", __name__.partition(".")[0])
        else "; pass its value as an argument"
    )


def _global(name: str, kind: str) -> str:
    kind = kind.rpartition(".")[2]
    instead = _INSTEAD.get(name) or _INSTEAD.get(kind, "numbers and arrays as arguments, or a plain Python function")
    what = name if kind in ("type", "builtin_function_or_method") else f"{name}, which is a {kind}"
    return f"a kernel can't use {what}; write {instead}"


def _attribute(name: str, owner: str, module: str | None) -> str:
    if module:
        return f"kernels have no {module}.{name}{_elsewhere(f'{module}.{name}')}"
    if owner.startswith(("ItemType", "NdItemType", "GroupType", "SubGroup")):
        return f"{_readable(owner)} has no {name}{_POSITIONS.get((owner.partition('(')[0], name), '')}"
    owner = _readable(owner)
    hint = f"; {_LOOP}" if owner.endswith("array") else ""
    return f"{'' if owner.startswith('a ') else 'a '}{owner} in a kernel has no {name}{hint}"


_OF_GROUPS = "; that is an NdItem's: launch over an NdRange"
_POSITIONS = {
    **{
        ("ItemType", name): _OF_GROUPS
        for name in (
            *("get_global_id", "get_global_range", "get_global_linear_id", "get_global_linear_range", "get_local_id"),
            *("get_local_range", "get_local_linear_id", "get_local_linear_range", "get_group", "get_sub_group"),
        )
    },
    ("NdItemType", "get_id"): "; that is an Item's: write get_global_id, or launch over a Range",
    ("NdItemType", "get_range"): "; that is an Item's: write get_global_range, or launch over a Range",
    ("NdItemType", "get_linear_id"): "; that is an Item's: write get_global_linear_id, or launch over a Range",
    ("NdItemType", "get_linear_range"): "; that is an Item's: write get_global_linear_range, or launch over a Range",
}


def _unify(first: str, second: str, name: str) -> str:
    return f"{name.partition('.')[0]} is {first} in one place and {second} in another; use two variables"


#: How types are written by Numba -> by us
_TYPES = [
    (re.compile(r"DeviceArray\((\w+),(\d+),[^()]*\)|array\((\w+), (\d+)d, \w+\)"), r"\2\4-d \1\3 array"),
    (re.compile(r"Literal\[\w+\]\((.*?)\)"), r"\1"),
    (re.compile(r"UniTuple\((.+?) x (\d+)\)"), r"tuple of \2 \1"),
    (re.compile(r"\bTuple\("), "("),
    (re.compile(r"\bItemType\((\d)\)"), r"an Item (the launch is over a Range of \1 dimension(s))"),
    (re.compile(r"\bNdItemType\((\d)\)"), r"an NdItem (the launch is over an NdRange of \1 dimension(s))"),
    (re.compile(r"\bGroupType\((\d)\)"), "a Group"),
    (re.compile(r"\bunicode_type\b"), "text"),
    (re.compile(r"list\(.*?\)<iv=.*?>"), "a list"),
]


def _readable(text: str) -> str:
    for pattern, ours in _TYPES:
        text = pattern.sub(ours, text)
    return text


#: An error inside one of the implementations that Numba has tried
_REASON = re.compile(r"^\s*(?:TypingError|LoweringError|NumbaTypeError): (.+)$", re.MULTILINE)
_NUMBAS = re.compile(
    r"this makes|Only accept|positional arg|missing a|unexpected keyword|Failed in|No implementation|Unknown attr"
)


def _reasons(text: str) -> list[str]:
    told = dict.fromkeys(m[1] for m in _REASON.finditer(text) if not _NUMBAS.search(m[1]))
    return [_readable(reason) for reason in told][:2]
