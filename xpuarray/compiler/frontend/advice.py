"""What Numba says of a kernel that it can't compile, and what to write instead: one table."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Told", "told"]


class Told(NamedTuple):
    """An error in a reader's words."""

    text: str
    mark: Any = None  #: a name, or a kind of node (of subscripts, what is done with them): the first in its line


_LOOP = "write a loop over the elements"
#: An array of its own is made inside a function of Numba's, or returned by it.
_ALLOCATES = re.compile(r"_allocate'|^\s*this makes an array;|Only accept returning of array", re.MULTILINE)
_NO_MEMORY = (
    f"this makes an array; a kernel can't allocate memory: {_LOOP}, into an argument or an "
    "xp.PrivateArray(constant, dtype)"
)
_OPERATIONS = {
    "getitem": "this can't be indexed so: (what, index) are ({0}){1}",
    "setitem": "this can't be assigned so: (to what, index, value) are ({0}){1}",
}
_NODES: dict[str, Any] = {"getitem": ast.Load, "setitem": ast.Store, "len": "len", "iadd": ast.AugAssign}
#: what Numba says -> what a reader of the kernel needs, and what in the line it is about
_SENTENCES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str], Callable[[re.Match[str]], Any]]] = [
    (re.compile(pattern), tell, mark)
    for pattern, tell, mark in [
        (
            r"unsupported NumPy function '([\w.]+)'",
            lambda m: f"kernels have no {m[1]} of what it is given here{_elsewhere(m[1])}",
            lambda m: m[1].rpartition(".")[2],
        ),
        (
            r"Untyped global name '([\w.]+)': Cannot determine Numba type of <class '(.+?)'>",
            lambda m: _global(m[1], m[2]),
            lambda m: m[1],
        ),
        (
            r"Unknown attribute '(\w+)' of type (Module\(<module '([\w.]+)'.*?>\)|.+)",
            lambda m: _attribute(m[1], m[2], m[3]),
            lambda m: m[1],
        ),
        (
            r"No implementation of function Function\((?:<.*?>)\) found for signature:\s*>>> (\w+)\((.*)\)",
            lambda m: _operation(m[1], m[2]),
            lambda m: _NODES.get(m[1]),
        ),
        (
            r"No implementation of function Function\((\w+)\) found for signature:\s*>>> <unknown function>\((.*)\)",
            lambda m: f"kernels have no {m[1]} of ({m[2]}); give it a number",
            lambda m: m[1],
        ),
        (
            r"Invalid use of BoundFunction\(\w+\.(\w+) for (.+?)\) with parameters \((.*)\)",
            lambda m: f"a {_readable(m[2])} in a kernel has no {m[1]} of ({m[3]}); {_LOOP}",
            lambda m: m[1],
        ),
        (
            r"No conversion from (.+) to (.+) for '",
            lambda m: f"here is {_readable(m[1])} where {_readable(m[2])} is needed; {_LOOP}",
            lambda m: ast.Call,
        ),
        (
            r"Invalid use of getiter with parameters \((.*)\)",
            lambda m: f"no loop goes over what is no array, tuple or range, as ({m[1]}); take elements by range(n)",
            lambda m: ast.For,
        ),
        (
            r"Invalid use of <[\w-]+ function (\w+)> with parameters \((.*)\)",
            lambda m: f"kernels have no {m[1]} of ({m[2]}); for arrays {_LOOP}",
            lambda m: m[1],
        ),
        (
            r"Invalid use of (\w+)(?:\(.*?\))? with parameters \(.*\)\nNo type info",
            lambda m: f"a {m[1]} can't be called; call a function",
            lambda m: ast.Call,
        ),
        (r"Cannot unify (.+) and (.+) for '([\w.$]+)'", lambda m: _unify(m[1], m[2], m[3]), lambda m: _variable(m[3])),
        (
            r"name '(\w+)' is not defined",
            lambda m: f"{m[1]} is not defined: define it before the launch, or pass its value as an argument",
            lambda m: m[1],
        ),
        (
            r"Variable '([\w.]+)' is not defined",
            lambda m: f"{_variable(m[1])} is read before it has a value; give it one first, outside of any branch",
            lambda m: _variable(m[1]),
        ),
        (r"there is no dimension (\d) in (.+)", lambda m: f"{m[0]}: launch over more dimensions", lambda m: ast.Call),
    ]
]  # fmt: skip


def told(text: str) -> Told:
    """Numba's text as one sentence, where it is known; with what our own rules have said of it."""
    known = [
        (found.start(), tell, mark, found) for pattern, tell, mark in _SENTENCES if (found := pattern.search(text))
    ]
    known = sorted(known, key=lambda k: k[0])[:1]
    sentences = [tell(found) for _, tell, _, found in known]
    mark = next((mark(found) for _, _, mark, found in known), None)
    if _ALLOCATES.search(text):
        sentences = [t for t in sentences if "_allocate" not in t] + [_NO_MEMORY]
    if sentences:
        reasons = [] if "; " in sentences[0] else _reasons(text)  # what to write says why
        return Told("\n".join(dict.fromkeys(map(_readable, [*sentences, *reasons]))), mark)
    lines = [line for line in text.split("\n") if not line.startswith(('File "', "- Resolution failure"))] or [text]
    lines = list(dict.fromkeys(lines))  # for literal arguments, and for others
    while len(lines) > 1 and lines[0].startswith("Failed in nopython mode pipeline"):
        del lines[0]  # of each function on the way; then our own words, then where
    text = _readable(re.split(r"\n+\s*(?:def |@|During: |<source elided>)", "\n".join(lines))[0].strip())
    named = re.match(r"(?:kernels have no|a kernel can't use) (?:\w+\.)*(\w+)", text)
    return Told(text, named and named[1])


def _operation(name: str, kinds: str) -> str:
    return _OPERATIONS.get(name, f"kernels have no {name} of ({{0}}){{1}}").format(kinds, _operands(name, kinds))


def _operands(operation: str, kinds: str) -> str:
    """What to write in the place of an operation with operands of these types, if that is known."""
    array = re.match(r"(?:Device|Checked)?[Aa]rray\((?:\w+, ?)?(\d+).*?\), ", kinds)
    if operation not in _OPERATIONS or array is None:
        return ""
    index, value = kinds[array.end() :], ""
    if operation == "setitem":
        index, _, value = index.rpartition(", ")
    if value.startswith("complex"):
        return "; write its .real, or make the array complex"
    if re.search(r"\b(float|complex)\d+", index):
        return "; an index is an integer: write //, or int(...)"
    uniform, parts = re.match(r"UniTuple\(.+ x (\d+)\)", index), re.match(r"Tuple\((.+)\)", index)
    count = int(uniform[1]) if uniform else parts[1].count(", ") + 1 if parts else 1
    return f"; it has {array[1]} dimension(s), and this is {count} indices" if count > int(array[1]) else ""


def _variable(name: str) -> str:
    return name.partition(".")[0]


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
    if kind == "Array":
        return f"a kernel can't use {name}, which is an array outside of it; pass it as an argument"
    what = name if kind in ("type", "builtin_function_or_method") else f"{name}, which is a {kind}"
    return f"a kernel can't use {what}; write {instead}"


def _attribute(name: str, owner: str, module: str | None) -> str:
    if module:
        return f"kernels have no {module}.{name}{_elsewhere(f'{module}.{name}')}"
    if owner.startswith(("ItemType", "NdItemType", "GroupType", "SubGroup")):
        return f"{_readable(owner)} has no {name}{_POSITIONS.get((owner.partition('(')[0], name), '')}"
    owner = _readable(owner)
    if owner == "a list":
        return "this makes a list; a kernel can't allocate memory: write a tuple, or fill an xp.PrivateArray"
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
    if name.startswith("$"):  # Numba's own
        return f"this is {first} in one branch and {second} in another; make them of one type"
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
    while (start := text.find("Expression(")) >= 0:
        text = f"{text[:start]}expression of arrays{text[_closed(text, text.index('(', start)) :]}"
    for pattern, ours in _TYPES:
        text = pattern.sub(ours, text)
    return text


def _closed(text: str, opened: int) -> int:
    """Where what the bracket at `opened` opens has ended; the end of the text if it doesn't."""
    depth = 0
    for k in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if not depth:
            return k + 1
    return len(text)


#: An error inside one of the implementations that Numba has tried
_REASON = re.compile(r"^\s*(?:TypingError|LoweringError|NumbaTypeError): (.+)$", re.MULTILINE)
_NUMBAS = re.compile(
    r"this makes|Only accept|positional arg|missing a|unexpected keyword|Failed in|No implementation|Unknown attr"
)


def _reasons(text: str) -> list[str]:
    told = dict.fromkeys(m[1] for m in _REASON.finditer(text) if not _NUMBAS.search(m[1]))
    return [_readable(reason) for reason in told][:2]
