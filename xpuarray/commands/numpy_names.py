"""NumPy's whole public namespace: which of its names are here, and why the others are not."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

__all__ = ["ABSENT", "Name", "names", "reason_of", "report"]

#: Why NumPy's names are not here: reason -> names, those of other modules and classes than `numpy` with theirs.
ABSENT = {
    "arrays hold numbers: no text, dates, objects, records": """
        busday_count busday_offset busdaycalendar is_busday datetime_as_string datetime_data isnat char strings rec
        recarray record fromregex ndarray.getfield ndarray.setfield ndarray.byteswap ufunc.types ufunc.ntypes""",
    "no device has numbers of that precision": "complex256 float128",
    "subclasses of arrays, in packages of their own": "matrix asmatrix bmat ma memmap",
    "of NumPy's objects in the host's memory; x[...], xp.reshape and xp.asnumpy(x) do what they are for": """
        ctypeslib nested_iters flatiter shares_memory ndarray.base ndarray.ctypes ndarray.resize getbufsize
        setbufsize""",
    "NumPy's own installation, tests and tools": """
        f2py get_include show_config show_runtime test info dtypes""",
    "devices report no floating-point errors: nothing would call the function": "geterrcall seterrcall",
    "reals whose roots are complex: write xp.sqrt(xp.astype(x, xp.complex128))": "emath",
    "functions of Python's objects: xp.vectorize compiles a function of numbers": "frompyfunc",
    "elementwise functions are functions, with the methods of NumPy's type": "ufunc ufunc.resolve_dtypes",
    "classes of NumPy's arrays: xp.poly1d, xp.polyval and its kin take coefficients": "polynomial",
    "the generator of bits is counted, so that its numbers are the same on all devices": "Generator.bit_generator",
    "a word of kernels here: xp.broadcast_shapes and xp.broadcast_arrays do what it is for": "broadcast",
    "distributions without a kernel": """
random.hypergeometric Generator.hypergeometric Generator.multivariate_hypergeometric""",
}


class Name(NamedTuple):
    """One public name of NumPy's."""

    of: str  #: "" (numpy itself), "linalg", "fft", "random", "ndarray", "ufunc" or "Generator"
    name: str
    kind: str  #: "function", "ufunc", "method", "type", "module" or "constant"
    here: bool

    @property
    def full(self) -> str:
        return f"{self.of}.{self.name}" if self.of else self.name


def names() -> Iterator[Name]:
    """All of them, each once."""
    import xpuarray as xp

    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("", np, xp),
        ("linalg", np.linalg, xp.linalg),
        ("fft", np.fft, xp.fft),
        ("random", np.random, xp.random),
        ("ndarray", np.ndarray, xp.Array),
        ("ufunc", np.ufunc, xp.add),
        ("Generator", np.random.Generator, xp.random.Generator),
    )
    for of, numpys, ours in pairs:
        for name in sorted(set(getattr(numpys, "__all__", dir(numpys)))):
            if not name.startswith("_"):
                here = hasattr(ours, name) and name not in _OTHERWISE
                yield Name(of, name, _kind(of, getattr(numpys, name, None)), here)


#: Names that mean something else here.
_OTHERWISE = frozenset({"broadcast"})


def _kind(of: str, value: Any) -> str:
    if of in ("ndarray", "ufunc", "Generator"):
        return "method"
    if isinstance(value, ModuleType):
        return "module"
    if isinstance(value, np.ufunc):
        return "ufunc"
    if isinstance(value, type):
        return "type"
    return "function" if callable(value) else "constant"


def reason_of(full: str) -> str:
    """Why a name is not here; "" if no reason stands in the table."""
    return next((reason for reason, listed in ABSENT.items() if full in listed.split()), "")


def report(found: list[Name]) -> str:
    """How many of each kind are here, and the names that are not, by their reasons."""
    kinds = list(dict.fromkeys(name.kind for name in found))
    lines = [f"NumPy's public namespace: {builtins.sum(n.here for n in found)} of {len(found)} names"]
    for kind in kinds:
        these = [n for n in found if n.kind == kind]
        lines.append(f"  {kind}s: {builtins.sum(n.here for n in these)} of {len(these)}")
    absent: dict[str, list[str]] = {}
    for name in found:
        if not name.here:
            absent.setdefault(reason_of(name.full) or "no reason given", []).append(name.full)
    lines += [f"  not here: {', '.join(listed)}\n    {reason}" for reason, listed in absent.items()]
    return "\n".join(lines)
