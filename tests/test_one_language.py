"""One source is one language: what compiles and what is refused, and in which words, is the same on all devices.

The walk compiles each construct for the host and for a SYCL device; the simulator runs what Python runs, but for what
the bytecode alone shows.
"""

from __future__ import annotations

import cmath
import collections
import enum
import itertools
import linecache
import math
import operator
import os
import random
import re
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import as_device

DEVICES = ("host", "opencl:cpu")

#: bodies of a kernel (item, a, b, c, x): two float32 matrices, a complex number, a float32; `i` and `row` are a's
ACCEPTED = """
a[i, 0] = abs(x) + min(x, 2.0) + max(x, 1.0, 3.0) + round(x) + int(x) + float(i) + bool(x) + complex(x, 1.0).real
a[i, 0] = divmod(i, 3)[0] + pow(x, 2) + len(a) + len(row) + sum((x, x)) + sum(row) + max(row) + min((x, 2.0))
for j, k in zip(range(3), range(3)): a[i, j] = k
for j, v in enumerate(row): a[i, j] = v
for idx in np.ndindex((2, 2)): a[i, 0] += idx[0]
for idx, v in np.ndenumerate(row): a[i, 0] += v
t = (1, 2.0, x); a[i, 0] = t[2] + t[0] + ((x, x) + (x,))[2] + (x, x)[i % 2] + (x in (x, x))
a[i, 0] = type(x)(1) + isinstance(x, float) + getattr(a, "ndim") + (1.0 if x is None else 2.0)
a[i, :] = b[i, :]; a[i, 1:] = b[i, :-1]; a[i, ::-1] = b[i]; a[i] = 0.0; a[i, :] += 1.0; row += 1.0
a[i, 0] = a.size + a.ndim + a.shape[0] + a.itemsize + a.strides[0] + a.nbytes + a.T[0, 0]
row.fill(0.0); a[i, 0] = row[row > 0].sum()
a[i, 0] = np.sum(a.reshape(3, -1), axis=1, keepdims=True).sum() + row.copy().max() + (a @ b.T).min(axis=0).sum()
a[i, 0] = np.sin(x) + np.sqrt(x) + np.arctan2(x, x) + np.maximum(x, 1.0) + np.abs(x) + np.rint(x) + np.isnan(x)
a[i, 0] = np.float32(x) + np.int32(x) + np.pi + np.power(x, 2.0) + np.cbrt(x) + np.logaddexp(x, x) + np.spacing(x)
a[i, 0] = math.erf(x) + math.gamma(x) + math.floor(x) + math.frexp(x)[0] + math.ldexp(x, 1) + math.gcd(i, 4)
a[i, 0] = cmath.exp(c).real + cmath.phase(c) + cmath.polar(c)[0] + abs(c) + (c * c.conjugate()).real + (c ** 2).imag
a[i, 0] = operator.add(x, x) + P[1] + TABLE[i] + NT.p + Colour.RED.value + helper(x, k=3.0) + star(x, x) + half(x)
a[i, 0] = (STRING == "k") + (STRING != "k") + len("abc")
a[i, 0] = (lambda v, w=2: v * w)(x) + xp.sin(x) + (0 < x < 1) + (y := x) + y + (x and 1.0)
a[i, 0] = i // 2 + i % 3 + (i << 1) + (i >> 1) + (i & 1) + (i | 1) + (i ^ 1) + ~i + i ** 2 + x // 2 + x % 3 + x ** 2
t = xp.PrivateArray((2, 2), np.float32, True); t[:] = x; a[i, 0] = t[1, 1]
xp.AtomicRef(a, (0, 0)).fetch_add(1.0)
a[i, :] = a[i, :] + b[i, :]; row[:] = -row; a[i, 0] = np.sum(row) + row.sum() + row.max() + np.mean(row)
a[i, 0] = np.dot(row, row) + row @ row + np.argmax(row); t = np.zeros(3); a[i, :] = np.where(row > 0, np.sin(row), 1)
a[i, 0] = xp.sum(row) + xp.max(row) + xp.dot(row, row); t = xp.zeros(3); t[:] = row[:3]; a[i, 0] += t[0]
print("x", x, i, True)
""".strip().splitlines()

#: a body, and a word that its error must have: the name of what is refused
REFUSED = """
id(a)                                  | id
a[i, 0] = ord("a")                     | ord
a[i, 0] = any(row > 0)                 | any
a[i, 0] = all((True, False))           | all
a[i, 0] = sorted(row)[0]               | sorted
a[i, 0] = list(row)[0]                 | list
a[i, 0] = tuple(row)[0]                | tuple
for j in reversed(range(3)): a[i, j] = j | reversed
a[i, 0] = str(i) == "0"                | str
a[i, 0] = eval("1")                    | eval
a[i, 0] = open("f").read()             | open
print(f"{x}")                          | text
print((x, x))                          | print
print(row)                             | print
print(x, sep="")                       | print
s = f"{x}"                             | text
s = "a" + STRING                       | add
a[i, 0] = "text"                       | text
t = row[row > 0]; a[i, 0] = t[0]        | what a mask picks
t = row > 0; a[i, 0] = 1; row[:] = t   | expression of arrays
t = row.copy(); row[0] = 1; a[i] = t   | expression of arrays
a[i, :] = np.sort(row + 1)             | expression of arrays
a[i, 0] = np.sum(a, axis=0)[0]         | takes no expression
a[i, 0] = np.sum(a, 0, np.float64)[0]  | no other argument
a[i, 1:] = a[i, :-1] * 2               | write a loop
a[i, 0] = row * 2                      | one element
a[i, 0] = np.linalg.norm(row)          | numpy.linalg.norm
a[i, 0] = np.linalg.det(a)             | numpy.linalg.det
a[i, 0] = np.searchsorted(row, x)      | numpy.searchsorted
a[i, 0] = np.interp(x, row, row)       | numpy.interp
t = np.full(3, 1.0)                    | full
t = np.arange(3)                       | arange
t = np.array([1.0, 2.0])               | array
t = np.linspace(0.0, 1.0, 3)           | linspace
t = np.zeros_like(row)                 | zeros_like
t = row.astype(np.float64)             | makes an array
t = np.concatenate((row, row))         | concatenate
t = np.sort(row)                       | sort
t = np.cumsum(row)                     | numpy.cumsum
t = np.nonzero(row)                    | np.nonzero
t = row.ravel()                        | expression of arrays
t = np.transpose(a)                    | transpose
t = np.broadcast_to(row, (2, 3))       | broadcast_to
a[i, 0] = a.ctypes.data                | a.ctypes
a[i, 0] = row.item(0)                  | item
a[i, 0] = row.sum(axis=5)              | sum
a[i, 0] = np.random.rand()             | numpy.random.rand
a[i, 0] = random.random()              | random
a[i, 0] = np.clip(x, 0.0, 1.0)         | clip
a[i, 0] = np.finfo(np.float32).eps     | finfo
a[i, 0] = np.erf(x)                    | numpy.erf
a[i, 0] = math.factorial(3)            | math.factorial
a[i, 0] = math.fsum(row)               | math.fsum
a[i, 0] = math.log(x, 2.0)             | log
l = []; l.append(x); a[i, 0] = l[0]    | a list
l = [1.0, 2.0]; a[i, 0] = l[0]         | makes a list
l = [0.0] * 3                          | a list
l = [v * 2 for v in row]               | a list
a[i, 0] = sum([1.0, 2.0])              | a list
a[i, [0, 1]] = 0.0                     | a list
d = {}; d[1] = 2                       | dict
d = {1: 2.0}; a[i, 0] = d[1]           | dict
d = dict(); d[1] = 1                   | dict
d = {k: k for k in range(3)}           | dict
s = {1, 2}                             | set
s = set()                              | set
s = {v for v in range(3)}              | set
a[i, 0] = sum(v for v in range(3))     | generator
a[i, 0] = max(v for v in row)          | generator
yield x                                | generator
t = (x,) * 2                           | mul
t = (x, 1); a[i, 0] = t[i % 2]         | index
u, *v = (x, x)                         | star
a[i, 0] = x in row                     | contains
del x                                  | deletes
global G; G = 1                        | sets a variable
x.real = 1                             | sets an attribute
import math as m                       | imports
raise ValueError("no")                 | exceptions
assert x > 0                           | exceptions
try: a[i, 0] = 1;¶except Exception: pass | exceptions
try: a[i, 0] = 1;¶finally: pass        | exceptions
with np.errstate(all="ignore"): a[i, 0] = 1 | with block
def inner(v):¶    nonlocal x¶    x = v¶inner(x) | sets a variable
class C: pass                          | class
async def f(): pass                    | asynchronous
a[i, 0] = 10 ** 20                     | too large
a[i, 0] = LIST[0]                      | LIST is a list
a[i, 0] = DICT["k"]                    | DICT
a[i, 0] = THING.value                  | THING
a[i, 0] = Thing(x).value               | Thing
a[i, 0] = XARRAY[0]                    | XARRAY
a[i, 0] = nothing                      | nothing
a[i, 0] = a.nothing                    | nothing
a[i, 0] = x.nothing                    | nothing
a[i, 0] = np.nothing(x)                | numpy.nothing
a[i, 0] = os.getpid()                  | os.getpid
a[i, 0] = re.match("a", "a")           | _compile
for u, v in itertools.product(range(2), range(2)): a[i, 0] += u | itertools.product
a[i, 0] = xp.median(row)               | xp.median
t = xp.arange(3)                       | xp.arange
xp.call_kernel(x)                      | xp.call_kernel
xp.synchronize()                       | xp.synchronize
xp.evaluate(a)                         | xp.evaluate
with xp.explain(): a[i, 0] = 1         | with block
t = xp.profile()                       | xp.profile
t = xp.strict()                        | xp.strict
t = xp.fuse(x)                         | xp.fuse
a[i, 0] = a[i]                         | assigned
a[i, 0] = a[x]                         | float32
a[i, 0] = a[i, 0, 0]                   | 3 indices
a["k"] = 1                             | index
x[0] = 1                               | float32
x()                                    | float32
t = xp.PrivateArray(i, np.float32)     | constant
t = xp.PrivateArray(3, np.float32); t = t + 1.0; a[i, 0] = t[0] | expression of arrays
t = array_of(row)                      | array
for v in row + 1: a[i, 0] += v         | no loop goes over
for v in np.sqrt(row * 2): a[i, 0] += v | no loop goes over
t = x if x > 0 else "k"                | in one branch and k in another
for v in 5: a[i, 0] += v               | no loop goes over
a[i, 0] = (row + 1).shape[0]           | expression of arrays in a kernel has no shape
a[i, 0] = (row * (row + 1)).size       | expression of arrays in a kernel has no size
a[i, 0] = np.float32("nan")            | kernels have no float32 of
""".strip().splitlines()


#: Words that a reader of an error does not know.
NUMBAS = re.compile(
    r"MinimalCallConv|Literal\[|Failed in nopython|candidate impl|DeviceArray|Expression\(|Invalid use|Resolution f|"
    r"\bDuring:"
)


class Colour(enum.IntEnum):
    RED = 1


class Thing:
    def __init__(self, value):
        self.value = value


def helper(v, k=2.0):
    return v * k


def star(*v):
    return v[0]


def array_of(row):
    return row * 2


def _scope() -> dict[str, Any]:
    import numba

    pair = collections.namedtuple("pair", "p q")
    modules = {m.__name__: m for m in (math, cmath, operator, os, random, re, itertools)}
    constants = {"P": (1.0, 2.0), "TABLE": np.arange(8.0), "NT": pair(1.0, 2.0), "STRING": "k", "THING": Thing(1.0)}
    captured = {"LIST": [1.0], "DICT": {"k": 1.0}, "XARRAY": xp.ones(3, device="host")}
    functions = {"helper": helper, "star": star, "half": numba.njit(lambda v: v / 2), "array_of": array_of}
    return {**modules, **constants, **captured, **functions, "np": np, "xp": xp, "Colour": Colour, "Thing": Thing}


def _kernel(body: str, scope: dict[str, Any]) -> Kernel:
    """A kernel with this body from line 4 on, in a file that linecache knows."""
    lines = "\n".join("    " + line for line in body.replace(";¶", "¶").split("¶"))
    source = f"def k(item, a, b, c, x):\n    i = item.get_id(0)\n    row = a[i]\n{lines}\n"
    file = f"/kernels/{abs(hash(body))}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), scope)
    return xp.kernel(scope["k"])


def _verdict(kernel: Kernel, name: str) -> str:
    """The error of compiling the kernel for a device, "" if there is none; nothing is run."""
    device = as_device(name)
    a = xp.ones((2, 3), dtype=xp.float32, device=device)
    matrix = a._kernel_argument or a._as_kernel_argument()
    try:
        kernel.executable(device, xp.Range(2).space, (matrix[0], matrix[0], "complex128", "float32"))
    except xp.KernelCompileError as error:
        return str(error).replace(str(device), "the device")
    return ""


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("part", range(8))
def test_what_is_refused_is_refused_everywhere(part: int):
    scope, wrong = _scope(), []
    for row in REFUSED[part::8]:
        body, _, word = (piece.strip() for piece in row.rpartition(" | "))
        kernel = _kernel(body, dict(scope))
        on_host, on_device = (_verdict(kernel, name) for name in DEVICES)
        if on_host != on_device or word not in on_host or not re.search(r"/kernels/\d+\.py, line [4-7]\n", on_host):
            wrong.append(f"{body}:\n{on_host or 'accepted on the host'}\n{on_device or 'accepted on the device'}")
        if NUMBAS.search(on_host):
            wrong.append(f"{body}: in Numba's words: {on_host}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("part", range(4))
def test_what_compiles_compiles_everywhere(part: int):
    scope = _scope()
    told = {(body, name): _verdict(_kernel(body, dict(scope)), name) for body in ACCEPTED[part::4] for name in DEVICES}
    assert not {what: error for what, error in told.items() if error}


def test_the_simulator_refuses_what_bytecode_shows():
    """And says the same."""
    scope = _scope()
    for row in REFUSED:
        body, _, word = (piece.strip() for piece in row.rpartition(" | "))
        if (
            word in ("dict", "set", "star", "exceptions", "deletes", "imports", "class", "asynchronous")
            and "(" not in body
        ):
            assert word in _verdict(_kernel(body, dict(scope)), "fake"), body


@pytest.mark.needs_device("opencl:cpu")
def test_what_compiles_does_not_depend_on_what_was_imported():
    """Numba's modules add to one registry when they are imported, and compiling for the host imports them all."""
    program = """
        import sys
        import numpy as np
        import xpuarray as xp

        def norm(item, a):
            a[0] = np.linalg.norm(a)

        def nearest(item, a):
            a[0] = np.searchsorted(a, a[0])

        def several(item, a):
            a[0] = [1.0, 2.0][0]

        def told():
            for function in (norm, nearest, several):
                try:
                    xp.call_kernel(xp.kernel(function), xp.Range(1), xp.ones(3, dtype=xp.float32, device="opencl:cpu"))
                    yield "accepted"
                except xp.KernelCompileError as error:
                    yield str(error)

        fresh = list(told())
        import numba.np.linalg, numba.np.arraymath, numba.typed, numba.cpython.setobj
        numba.njit(lambda x: np.dot(x, x))(np.ones(3))
        assert list(told()) == fresh, (fresh, list(told()))
        assert "accepted" not in fresh
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_results_of_text_that_is_compared_while_compiling(device: Any):
    mode, other = "fast", "slow"

    @xp.kernel
    def kernel(item, out):
        out[0] = mode == "fast"
        out[1] = mode == other
        out[2] = mode != other
        out[3] = len(mode)

    out = xp.zeros(4, dtype=xp.int32)
    xp.call_kernel(kernel, xp.Range(1), out)
    assert out.tolist() == [1, 0, 1, 4]
