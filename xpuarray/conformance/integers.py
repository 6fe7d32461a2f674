"""Integer arithmetic: as NumPy's on 64 bits, division by zero gives 0, nothing ends the process."""

from __future__ import annotations

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, equal, kernel_from
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

DTYPES = ("int8", "int32", "int64", "uint16", "uint32", "uint64")

_BINARY = {
    "a + b": np.add, "a - b": np.subtract, "a * b": np.multiply, "a // b": np.floor_divide, "a % b": np.remainder,
    "divmod(a, b)[0]": np.floor_divide, "divmod(a, b)[1]": np.remainder, "a & b": np.bitwise_and,
    "a | b": np.bitwise_or, "a ^ b": np.bitwise_xor, "min(a, b)": np.minimum, "max(a, b)": np.maximum,
    "np.floor_divide(a, b)": np.floor_divide, "np.remainder(a, b)": np.remainder,
}  # fmt: skip
_COMPARE = {
    "a < b": np.less, "a <= b": np.less_equal, "a > b": np.greater, "a >= b": np.greater_equal, "a == b": np.equal,
    "a != b": np.not_equal,
}  # fmt: skip
_UNARY = {"-a": np.negative, "~a": np.invert, "abs(a)": np.abs, "+a": np.positive}


def _corners(dtype: str) -> np.ndarray:
    limits = np.iinfo(dtype)
    values = [limits.min, limits.min + 1, -100, -7, -1, 0, 1, 2, 3, 7, 100, limits.max // 2, limits.max - 1, limits.max]
    return np.array(sorted({v for v in values if limits.min <= v <= limits.max}), dtype)


@case(over=DTYPES)
def arithmetic(device: Device, dtype: str) -> None:
    """Every operator on every pair of corners.  Results wrap around in 64 bits, or in the dtype where they are put."""
    corners = _corners(dtype)
    a, b = (v.ravel() for v in np.meshgrid(corners, corners))
    wide = np.int64 if np.dtype(dtype).kind == "i" else np.uint64
    table = {**_BINARY, **_COMPARE, **_UNARY}
    lines = ["i = item.get_id(0)", f"a, b = np.{wide.__name__}(x[i]), np.{wide.__name__}(y[i])"]
    lines += [f"out[{n}, i] = {expression}" for n, expression in enumerate(table)]
    lines += [f"own[{n}, i] = {e.replace('a', 'x[i]').replace('b', 'y[i]')}" for n, e in enumerate(["a + b", "a * b"])]
    out, own = xp.zeros((len(table), a.size), dtype=wide), xp.zeros((2, a.size), dtype=dtype)
    k = kernel_from("integers", "item, x, y, out, own", lines)
    call_kernel(k, xp.Range(a.size), xp.asarray(a), xp.asarray(b), out, own)
    with np.errstate(all="ignore"):
        for row, (expression, function) in zip(xp.asnumpy(out), table.items()):
            operands = (a.astype(wide),) if expression in _UNARY else (a.astype(wide), b.astype(wide))
            equal(f"{dtype}: {expression}", row, function(*operands).astype(wide))
        equal(f"{dtype}: a + b, stored", xp.asnumpy(own)[0], a + b)
        equal(f"{dtype}: a * b, stored", xp.asnumpy(own)[1], a * b)


#: what must not be folded as if sums and products never overflowed
_WRAPPING = {
    "a + 1 > a": lambda a: a + 1 > a,
    "a - 1 < a": lambda a: a - 1 < a,
    "a * 2 // 2 == a": lambda a: a * 2 // 2 == a,
    "a + a == 2 * a": lambda a: a + a == 2 * a,
    "np.add(a, 1) > a": lambda a: a + 1 > a,
    "a ** 2 >= 0": lambda a: a**2 >= 0,
    "-a <= 0 or a < 0": lambda a: (-a <= 0) | (a < 0),
    "abs(a) >= 0": lambda a: abs(a) >= 0,
}


@case
def overflow(device: Device) -> None:
    """Comparisons that overflow decides, as NumPy has it."""
    x = _corners("int64")
    lines = ["i = item.get_id(0)", "a = x[i]"]
    lines += [f"out[{n}, i] = {expression}" for n, expression in enumerate(_WRAPPING)]
    out = xp.zeros((len(_WRAPPING), x.size), dtype=bool)
    call_kernel(kernel_from("overflow", "item, x, out", lines), xp.Range(x.size), xp.asarray(x), out)
    with np.errstate(all="ignore"):
        for row, (expression, expected) in zip(xp.asnumpy(out), _WRAPPING.items()):
            equal(expression, row, expected(x))


@case(over=("int64", "uint64"))
def shifts(device: Device, dtype: str) -> None:
    """Shifts by 0 to 63, by a variable and by a constant."""
    corners = _corners(dtype)
    a, b = (v.ravel() for v in np.meshgrid(corners, np.arange(64, dtype=dtype)))
    lines = ["i = item.get_id(0)", "left[i] = x[i] << y[i]", "right[i] = x[i] >> y[i]"]
    lines += ["turned[i] = (x[i] << 13) ^ (x[i] >> 7)"]
    left, right, turned = (xp.zeros(a.size, dtype=dtype) for _ in range(3))
    k = kernel_from("shifts", "item, x, y, left, right, turned", lines)
    call_kernel(k, xp.Range(a.size), xp.asarray(a), xp.asarray(b), left, right, turned)
    equal("<<", left, a << b)
    equal(">>", right, a >> b)
    equal("by constants", turned, (a << np.array(13, dtype)) ^ (a >> np.array(7, dtype)))


@case
def powers(device: Device) -> None:
    """Integers to small powers; to negative ones, the part before the point."""
    a, b = (v.ravel() for v in np.meshgrid(np.arange(-9, 10), np.arange(0, 18)))
    lines = ["i = item.get_id(0)", "out[0, i] = x[i] ** y[i]", "out[1, i] = x[i] ** 3", "out[2, i] = pow(x[i], 2)"]
    out = xp.zeros((3, a.size), dtype=xp.int64)
    call_kernel(kernel_from("powers", "item, x, y, out", lines), xp.Range(a.size), xp.asarray(a), xp.asarray(b), out)
    equal("powers", out, np.stack([a**b, a**3, a**2]))


@case
def conversions(device: Device) -> None:
    """Casts between dtypes, where the value fits or integers wrap around."""
    x = np.array([-129, -1, 0, 1, 127, 128, 255, 256, 65535, 2**31, 2**40 + 3])
    narrow = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64", "float32")
    lines = ["i = item.get_id(0)"] + [f"out[{n}, i] = np.int64(np.{d}(x[i]))" for n, d in enumerate(narrow)]
    lines += [f"cut[{n}, i] = np.int64(f[i] * np.float32({s}))" for n, s in enumerate((1.5, -1.5))]
    lines += ["cut[2, i] = int(f[i])", "cut[3, i] = bool(x[i])"]
    out, cut = xp.zeros((len(narrow), x.size), dtype=xp.int64), xp.zeros((4, x.size), dtype=xp.int64)
    f = np.linspace(-5, 5, x.size, dtype=np.float32)
    k = kernel_from("casts", "item, x, f, out, cut", lines)
    call_kernel(k, xp.Range(x.size), xp.asarray(x), xp.asarray(f), out, cut)
    equal("casts", out, np.stack([x.astype(d).astype(np.int64) for d in narrow]))
    expected = [(f * np.float32(1.5)).astype(int), (f * np.float32(-1.5)).astype(int), f.astype(int), x != 0]
    equal("truncation", cut, np.stack(expected))
