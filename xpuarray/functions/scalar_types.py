"""NumPy's names for types of elements, for kinds of them, and its constants: they are NumPy's own.

Those that no device can hold (`object_`, `str_`, `longdouble`) are there to be asked for: arrays of them are refused.
"""

from __future__ import annotations

from numpy import (
    False_,
    ScalarType,
    True_,
    bool_,
    byte,
    bytes_,
    cdouble,
    character,
    clongdouble,
    complexfloating,
    csingle,
    datetime64,
    double,
    dtype,
    euler_gamma,
    flexible,
    floating,
    generic,
    half,
    inexact,
    int_,
    intc,
    integer,
    intp,
    little_endian,
    longdouble,
    longlong,
    number,
    object_,
    sctypeDict,
    short,
    signedinteger,
    single,
    str_,
    timedelta64,
    typecodes,
    ubyte,
    uint,
    uintc,
    uintp,
    ulonglong,
    unsignedinteger,
    ushort,
    void,
)

# By their code: NumPy 1.26 (the one that numba-dpex's compiler runs beside) has no such names.
long = dtype("l").type
ulong = dtype("L").type

__all__ = [
    "False_", "ScalarType", "True_", "bool_", "byte", "bytes_", "cdouble", "character", "clongdouble",
    "complexfloating", "csingle", "datetime64", "double", "dtype", "euler_gamma", "flexible", "floating", "generic",
    "half", "inexact", "int_", "intc", "integer", "intp", "little_endian", "long", "longdouble", "longlong", "number",
    "object_", "sctypeDict", "short", "signedinteger", "single", "str_", "timedelta64", "typecodes", "ubyte", "uint",
    "uintc", "uintp", "ulong", "ulonglong", "unsignedinteger", "ushort", "void",
]  # fmt: skip
