"""The fingerprint of a kernel: one short text for everything that its compiled code depends on.

That is the code and the constants of the kernel and of all functions it calls, its options, the
Python and Numba that compile it and this compiler's own source.  File names, line numbers, comments
and docstrings are no part of it: an edited neighbour changes nothing, an edited callee does.

What can't be written down for certain has no fingerprint (`NoFingerprintError`), so that a kernel which uses
it is compiled anew in each process.  Nothing here needs Numba to be loaded.
"""

from __future__ import annotations

import builtins
import dis
import enum
import functools
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import CodeType, EllipsisType, FunctionType, ModuleType, NoneType
from typing import Any

import numpy as np

from xpuarray import compiler, lang
from xpuarray.backends.sycl.versions import numba_dpex_version
from xpuarray.compiler.frontend.overloads import overloads_of
from xpuarray.compiler.source import Source
from xpuarray.lang.counterpart import counterpart_of
from xpuarray.lang.device_functions import DeviceFunction

__all__ = ["NoFingerprintError", "fingerprint"]

#: Packages in which a name means the same as long as its version (or Python's) is the same.
_FIXED = {"_operator", "builtins", "cmath", "cupy", "dpnp", "math", "numba", "numpy", "operator"}
#: Our own such packages, between a kernel and its binary: their source is part of the fingerprint.
_OURS = (compiler, lang)
#: Numba's settings that leave the compiled code as it is.
_NEUTRAL = ("NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_CACHE_DIR")

_EXACT = {NoneType, EllipsisType, bool, int, str, bytes}
_CONSTANTS = set(dis.hasconst)
_UNTOLD = getattr(dis, "UNKNOWN", None)  # what dis makes of the constant names of keywords
_GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME"}
_CELLS = {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
_UNSAFE = {"IMPORT_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"}
_ABSENT = ModuleType("<absent>")

Token = tuple[Any, ...]  #: nested tuples of text, numbers and bytes: their repr says all


class NoFingerprintError(Exception):
    """A value whose part in the compiled code can't be written down; the message says which."""


def fingerprint(kernel: Source, *facts: object) -> str:
    """The fingerprint of `kernel`, as 40 hexadecimal digits.

    facts: what else the compiled code depends on, as values with an exact `repr`

    Raises NoFingerprintError if the kernel uses a value that can't be written down.
    """
    # A message that names a source line makes the line part of the code.
    walk = _Walk(lines=bool(kernel.check))
    text = repr((kernel.__name__, walk.wrapped(kernel, kernel.function), facts, _environment(), _settings()))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


class _Walk:
    """Goes through a function and all it refers to, each function once."""

    def __init__(self, lines: bool = False):
        self._lines = lines
        self._seen: dict[FunctionType, int] = {}

    # -- code ------------------------------------------------------------------------------------
    def function(self, function: FunctionType) -> Token:
        if function in self._seen:
            return "again", self._seen[function]
        self._seen[function] = len(self._seen)
        cells = {name: _contents(cell) for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ())}
        defaults = self.value(function.__defaults__), self._mapping(function.__kwdefaults__ or {})
        return "function", defaults, self._code(function.__code__, function.__globals__, cells)

    def _code(self, code: CodeType, scope: Mapping[str, Any], cells: Mapping[str, Any]) -> Token:
        instructions = [i for i in dis.get_instructions(code) if i.opname != "EXTENDED_ARG"]
        parts: list[Any] = []
        for position, instruction in enumerate(instructions):
            name, value = instruction.opname, instruction.argval
            if name in _UNSAFE:
                raise NoFingerprintError(f"{name} in {code.co_name}")
            if instruction.opcode in _CONSTANTS and value is _UNTOLD:
                value = code.co_consts[instruction.arg or 0]
            if instruction.opcode not in _CONSTANTS:
                parts.append((name, instruction.arg))
            elif isinstance(value, CodeType):
                parts.append((name, self._code(value, scope, cells)))
            else:
                parts.append((name, self.value(value)))
            if name in _GLOBALS:
                found = scope[value] if value in scope else getattr(builtins, value, _ABSENT)
                parts.append(self._reference(found, instructions[position + 1 :]))
            elif name in _CELLS and value in cells:
                parts.append(self._reference(cells[value], instructions[position + 1 :]))
        lines = (code.co_filename, tuple(code.co_lines())) if self._lines else ()
        names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & 0xFFFF
        return counts, names, getattr(code, "co_exceptiontable", b""), lines, tuple(parts)

    def _reference(self, value: Any, following: Sequence[dis.Instruction]) -> Token:
        """A global or closure value; of a module, the attribute that is read from it."""
        for instruction in following:
            if not isinstance(value, ModuleType) or instruction.opname not in _ATTRIBUTES:
                break
            if _is_fixed(value.__name__):
                return "attribute", value.__name__, instruction.argval
            value = getattr(value, instruction.argval, _ABSENT)
        return self.value(value)

    # -- values ----------------------------------------------------------------------------------
    def value(self, value: Any) -> Token:
        """What `value` means to the compiler, which takes it as a constant."""
        kind = type(value)
        if kind in _EXACT:
            return kind.__name__, value
        if kind is float:
            return "float", value.hex()
        if kind is complex:
            return "complex", value.real.hex(), value.imag.hex()
        if isinstance(value, enum.Enum):
            return "member", value.name, self.value(kind), self.value(value.value)
        if isinstance(value, tuple):
            return kind.__name__, getattr(kind, "_fields", ()), *map(self.value, value)
        if isinstance(value, (set, frozenset)):
            return "set", *sorted(repr(self.value(v)) for v in value)
        if isinstance(value, (range, slice)):
            return kind.__name__, *map(self.value, (value.start, value.stop, value.step))
        if isinstance(value, (np.generic, np.ndarray)):
            return _numpy_value(value)
        if isinstance(value, np.dtype):
            return "dtype", repr(value)
        return self._code_object(value, kind)

    def _code_object(self, value: Any, kind: type) -> Token:
        """Functions, classes and modules, and the objects around them."""
        if (name := counterpart_of(value)) is not None:
            return "elementwise", name
        if isinstance(value, DeviceFunction) and isinstance(value.function, FunctionType):
            return self.wrapped(value, value.function)
        if isinstance(value, FunctionType) and not _is_fixed(value.__module__):
            overloads = [(target, self.function(choose)) for target, choose in overloads_of(value)]
            return ("overloaded", self.function(value), *overloads) if overloads else self.function(value)
        if isinstance(value, ModuleType) and (value is _ABSENT or _is_fixed(value.__name__)):
            return "module", value.__name__
        if isinstance(value, enum.EnumMeta) and not _is_fixed(value.__module__):
            return "enumeration", value.__name__, *((m.name, self.value(m.value)) for m in value)  # type: ignore[var-annotated]
        if _is_fixed(kind.__module__):
            if isinstance(inner := getattr(value, "py_func", None), FunctionType):  # Numba's dispatchers
                return "dispatcher", self._mapping(value.targetoptions), self.function(inner)
            if any(c.__module__.startswith("numba.core.types") for c in kind.__mro__):
                return "Numba type", str(value)
        return _name(value)

    def wrapped(self, wrapper: Any, function: FunctionType) -> Token:
        """A function of the kernel language's, with its options: its own public attributes."""
        computed = {k for k in vars(wrapper) if isinstance(getattr(type(wrapper), k, None), functools.cached_property)}
        ignored = {"function", "parameters", *vars(function), *computed}
        options = {k: v for k, v in vars(wrapper).items() if not k.startswith("_") and k not in ignored}
        return type(wrapper).__name__, self._mapping(options), self.function(function)

    def _mapping(self, mapping: Mapping[str, Any]) -> Token:
        return tuple((name, self.value(mapping[name])) for name in sorted(mapping))


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that is not yet assigned
        return _ABSENT


def _numpy_value(value: np.generic | np.ndarray) -> Token:
    if value.dtype.hasobject or type(value).__module__ != "numpy":
        raise NoFingerprintError(f"a {type(value).__name__} of {value.dtype}")
    if value.ndim == 0:
        return type(value).__name__, repr(value.dtype), value.tobytes()
    return "array", repr(value.dtype), value.shape, value.strides, hashlib.blake2b(value.tobytes("A")).hexdigest()


# -- names ------------------------------------------------------------------------------------------


def _is_fixed(module: str | None) -> bool:
    if module is None or module.partition(".")[0] in _FIXED:
        return module is not None
    return any(f"{module}.".startswith(f"{package.__name__}.") for package in _OURS)


def _name(value: Any) -> Token:
    """Where in a fixed module `value` is to be found."""
    own, around = getattr(value, "__module__", None), type(value).__module__
    places = [
        (own, getattr(value, "__qualname__", None)),
        (around.partition(".")[0], getattr(value, "__name__", None)),  # ufuncs
    ]
    for module, name in places:
        if isinstance(module, str) and isinstance(name, str) and _is_fixed(module) and _found(module, name) is value:
            return "name", module, name
    for module in (own, around.partition(".")[0]):
        if _is_fixed(module) and module in sys.modules:
            for name, found in vars(sys.modules[module]).items():
                if found is value:
                    return "name", module, name
    raise NoFingerprintError(f"a value of type {around}.{type(value).__qualname__}")


def _found(module: str, qualified: str) -> Any:
    value: Any = sys.modules.get(module)
    for name in qualified.split("."):
        value = getattr(value, name, None)
    return value


# -- the compiler -----------------------------------------------------------------------------------


@functools.cache
def _environment() -> Token:
    """Versions of Python, of Numba and of this compiler."""
    try:
        versions = metadata.version("numba"), metadata.version("llvmlite"), numba_dpex_version()
    except metadata.PackageNotFoundError as missing:
        raise NoFingerprintError(f"{missing.name}, whose version is not to be found") from None
    return sys.implementation.cache_tag, np.__version__, versions, _sources()


def _sources() -> str:
    """A digest of our own source, each file under its place in its package."""
    digest = hashlib.blake2b(digest_size=20)
    for package in _OURS:
        files = [(folder, file) for folder in package.__path__ for file in sorted(Path(folder).rglob("*.py"))]
        if not files:
            raise NoFingerprintError(f"{package.__name__}, which is installed without its source")
        for folder, file in files:
            content, place = file.read_bytes(), file.relative_to(folder).as_posix()
            digest.update(f"{package.__name__} {place} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _settings() -> Token:
    """Numba's settings in the environment."""
    return tuple(sorted(i for i in os.environ.items() if i[0].startswith("NUMBA_") and not i[0].startswith(_NEUTRAL)))
