"""What a kernel can be given: arrays of every dtype, rank and stride, scalars, tuples, names it closes over."""

from __future__ import annotations

import math

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, close, equal, has, kernel_from, needs
from xpuarray.lang import LocalAccessor, NdItem, NdRange, device_func
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


# -- dtypes -------------------------------------------------------------------------------------


@case
def dtypes(device: Device) -> None:
    """Every dtype the device has, read and written in one launch: values come through unchanged."""
    names = [d for d in DTYPES if has(device, d)]
    parameters = ", ".join(f"x{k}, y{k}" for k in range(len(names)))
    lines = ["i = item.get_id(0)", *(f"y{k}[i] = x{k}[i]" for k in range(len(names)))]
    hosts = [_extremes(name) for name in names]
    results = [xp.zeros(h.size, dtype=h.dtype) for h in hosts]
    arguments = [a for h, r in zip(hosts, results) for a in (xp.asarray(h), r)]
    call_kernel(kernel_from("copy_all", f"item, {parameters}", lines), xp.Range(6), *arguments)
    for name, host, result in zip(names, hosts, results):
        equal(name, result, host)
        assert result.dtype == host.dtype


def _extremes(name: str) -> np.ndarray:
    dtype = np.dtype(name)
    if dtype.kind == "b":
        return np.array([0, 1, 1, 0, 1, 0], dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.array([limits.min, limits.max, 0, 1, 2, 100], dtype)
    info = np.finfo(dtype)
    values = np.array([info.max, info.min, info.smallest_normal, np.inf, np.nan, -1.5], info.dtype)
    if dtype.kind == "f":
        return values
    return np.stack([values, values[::-1]], axis=-1).view(dtype).ravel()


@kernel
def _half(item, x, s, out, y):
    i = item.get_id(0)
    out[i] = x[i] * np.float32(2) + s
    y[i] = x[i] + x[i]
    x[i] = out[i]


@case
def float16(device: Device) -> None:
    """Halves are read as singles, computed with as such, and rounded when they are written."""
    needs(device, "float16")
    x = np.array([0.1, -2.5, 60000, 1e-7, 0, 1024.5], np.float16)
    array, out, y = xp.asarray(x), xp.zeros(6, dtype=xp.float32), xp.zeros(6, dtype=xp.float16)
    call_kernel(_half, xp.Range(6), array, np.float16(1.5), out, y)
    expected = x.astype(np.float32) * 2 + np.float32(1.5)
    equal("as single", out, expected)
    with np.errstate(over="ignore"):
        equal("rounded", array, expected.astype(np.float16))
        equal("sum", y, x + x)


@kernel
def _complex(item, x, y, out, size):
    i = item.get_id(0)
    out[i] = x[i] * y[i] / (x[i] + 1j) - x[i].conjugate() + complex(y[i].imag, x[i].real)
    size[i] = abs(x[i])


@case(over=("complex64", "complex128"))
def complex_numbers(device: Device, dtype: str) -> None:
    """Arithmetic of complex numbers, their parts, conjugate and magnitude."""
    needs(device, dtype)
    rng = np.random.default_rng(3)
    x, y = (rng.normal(size=(2, 40)) + 1j * rng.normal(size=(2, 40))).astype(dtype)
    out = xp.zeros(40, dtype=dtype)
    size = xp.zeros(40, dtype=x.real.dtype)
    call_kernel(_complex, xp.Range(40), xp.asarray(x), xp.asarray(y), out, size)
    wide_x, wide_y = x.astype(np.complex128), y.astype(np.complex128)
    exact = wide_x * wide_y / (wide_x + 1j) - wide_x.conj() + (wide_y.imag + 1j * wide_x.real)
    scale = np.abs(wide_x * wide_y / (wide_x + 1j)) + np.abs(wide_x) + np.abs(wide_y)
    close("arithmetic", out, exact, 0, absolute=16 * float(np.finfo(dtype).eps) * scale)
    close("magnitude", size, np.abs(wide_x), 4)


# -- ranks and strides --------------------------------------------------------------------------

_VIEWS = {
    "contiguous": lambda a: a,
    "reversed": lambda a: a[tuple(slice(None, None, -1) for _ in a.shape)],
    "every other": lambda a: a[tuple(slice(k % 2, None, 2 + k % 2) for k in range(a.ndim))],
    "transposed": lambda a: xp.permute_dims(a, range(a.ndim)[::-1]) if isinstance(a, xp.Array) else a.T,
}


@case(over=range(6))
def ranks(device: Device, ndim: int) -> None:
    """Arrays of zero to five dimensions: contiguous, reversed, with steps, transposed, with extents of 1 and 0."""
    names = [f"i{d}" for d in range(ndim)]
    lines = ["rest = item.get_linear_id()"]
    for d in reversed(range(ndim)):
        lines += [f"i{d} = rest % np.uint64(x.shape[{d}])", f"rest //= np.uint64(x.shape[{d}])"]
    index = f"({', '.join(names)},)" if ndim else "()"
    lines += [f"y[{index}] = x[{index}] + 10 * x.ndim + x.size * 100"]
    k = kernel_from("touch", "item, x, y", lines)
    for extents in [(3, 4, 2, 3, 2)[:ndim], (4, 1, 3, 1, 2)[:ndim], (2, 3, 0, 2, 2)[:ndim]]:
        base = np.arange(math.prod(extents), dtype=np.int32).reshape(extents)
        for name in _VIEWS if ndim else ["contiguous"]:
            view = _VIEWS[name]
            source, target = view(xp.asarray(base)), view(xp.zeros(extents, dtype=xp.int32))
            expected = view(base) + 10 * ndim + view(base).size * 100
            call_kernel(k, xp.Range(expected.size), source, target)
            equal(f"{name} {extents}", target, expected)


@kernel
def _negative_index(item, x, out):
    i = item.get_id(0)
    back = np.int64(i) - 5
    out[i, 0] = x[back]
    out[i, 1] = x[-1]
    out[i, 2] = x[-np.int32(i) - 1]


@case
def indices(device: Device) -> None:
    """A signed index below zero counts from the end, in any strides."""
    base = np.arange(10)
    for step in (1, 2, -1):
        x = base[::step]
        n = len(x) if step != 2 else 5
        out = xp.zeros((n, 3), dtype=xp.int64)
        call_kernel(_negative_index, xp.Range(n), xp.asarray(base)[::step], out)
        i = np.arange(n)
        equal(f"step {step}", out, np.stack([x[i - 5], np.full(n, x[-1]), x[-i - 1]], axis=1))


@kernel
def _rows(item, x, out):
    i = item.get_id(0)
    row = x[i]
    total = 0
    for k in range(row.shape[0]):
        total += row[k]
    out[i] = total + x[i, 1:3].size + len(x)


@case
def rows_and_slices(device: Device) -> None:
    """A row of an array is an array; so is a slice."""
    x = np.arange(24).reshape(4, 6)
    out = xp.zeros(4, dtype=xp.int64)
    call_kernel(_rows, xp.Range(4), xp.asarray(x), out)
    equal("sums of rows", out, x.sum(axis=1) + 6)


@kernel
def _grouped(nd: NdItem, x):
    x[nd.get_global_id(0)] = 1


@case
def nothing_to_do(device: Device) -> None:
    """A range of no work-items runs none, over groups too."""
    x = xp.zeros(3, dtype=xp.int32)
    call_kernel(_grouped, NdRange((0,), (4,)), x)
    for extents in [(0,), (0, 3), (3, 0, 2)]:
        call_kernel(kernel_from("never", "item, x", ["x[0] = 1"]), xp.Range(*extents), x)
    equal("untouched", x, [0, 0, 0])


# -- scalars and tuples -------------------------------------------------------------------------


@case
def scalars(device: Device) -> None:
    """Python's and NumPy's scalars keep their values."""
    given = [True, -3, 2**63, 2.5, np.bool_(False), np.float32(1.1), np.float16(0.5)]
    given += [np.dtype(d).type(100) for d in DTYPES if np.dtype(d).kind in "iu"]
    names = [f"s{k}" for k in range(len(given))]
    integers = [k for k, s in enumerate(given) if not isinstance(s, (float, np.floating))]
    lines = [f"whole[{k}] = {names[k]}" if k in integers else f"real[{k}] = {names[k]}" for k in range(len(given))]
    k = kernel_from("scalars", f"item, whole, real, {', '.join(names)}", lines)
    whole, real = xp.zeros(len(given), dtype=xp.uint64), xp.zeros(len(given), dtype=xp.float32)
    call_kernel(k, xp.Range(1), whole, real, *given)
    for n, value in enumerate(given):
        got, dtype = (whole, np.uint64) if n in integers else (real, np.float32)
        equal(f"{value!r}", xp.asnumpy(got)[n], np.asarray(value).astype(dtype))


@case(over=("complex64", "complex128"))
def complex_scalars(device: Device, dtype: str) -> None:
    """A complex scalar arrives whole."""
    needs(device, dtype)
    x = xp.zeros(2, dtype=dtype)
    k = kernel_from("constant", "item, x, s", ["x[item.get_id(0)] = s"])
    call_kernel(k, xp.Range(2), x, np.dtype(dtype).type(1 - 2j))
    equal("complex scalar", x, np.full(2, 1 - 2j, dtype))


@kernel
def _tuples(item, numbers, arrays, nested, out):
    i = item.get_id(0)
    first, second = arrays
    out[i] = numbers[0] * first[i] + numbers[1] * second[i] + nested[1][0] + len(numbers)


@case
def tuples(device: Device) -> None:
    """Tuples of scalars, of arrays, of tuples."""
    x, y = np.arange(5, dtype=np.int32), np.arange(5, dtype=np.float32)[::-1]
    out = xp.zeros(5, dtype=xp.float32)
    arrays = (xp.asarray(x), xp.asarray(np.arange(5, dtype=np.float32))[::-1])
    call_kernel(_tuples, xp.Range(5), (2, np.float32(3)), arrays, (True, (7, 8)), out)
    equal("tuples", out, 2 * x + 3 * y + 7 + 2)


@case
def arrays_of_one_memory(device: Device) -> None:
    """An array may be given twice, and as overlapping views."""
    x = np.arange(10)
    base = xp.asarray(x)
    k = kernel_from("shift", "item, x, y", ["i = item.get_id(0)", "y[i] = x[i] * 2"])
    call_kernel(k, xp.Range(5), base[:5], base[5:])
    call_kernel(k, xp.Range(5), base[:5], base[:5])
    equal("views of one array", base, [*(x[:5] * 2), *(x[:5] * 2)])


# -- what the source names ----------------------------------------------------------------------

SCALE = 3
TABLE = (5, 7, 11)


@device_func
def _weigh(x, weight=2):
    return x * weight + SCALE


def _nested(x, offset):
    return _weigh(x) + _weigh(x, weight=offset)


def _closing_over(offset: int, function: object) -> xp.Kernel:
    @kernel
    def closure(item, x):
        i = item.get_id(0)
        x[i] = function(x[i], offset) + TABLE[i % 3] + SCALE  # type: ignore[operator]

    return closure


@case
def names(device: Device) -> None:
    """Constants of the module, what a kernel closes over, functions that call functions, by value."""
    for offset in (10, 20):
        x = xp.asarray(np.arange(6))
        call_kernel(_closing_over(offset, _nested), xp.Range(6), x)
        i = np.arange(6)
        equal(f"offset {offset}", x, (2 * i + 3) + (offset * i + 3) + np.array(TABLE)[i % 3] + 3)


# -- options ------------------------------------------------------------------------------------


@case
def fastmath(device: Device) -> None:
    """`fastmath` may round otherwise, and no more than that."""
    source = kernel_from("sums", "item, x, y", ["i = item.get_id(0)", "y[i] = (x[i] * x[i] + x[i]) / (x[i] + 1)"])
    x = np.linspace(0, 3, 50, dtype=np.float32)
    y = xp.zeros(50, dtype=xp.float32)
    call_kernel(xp.kernel(fastmath=True)(source.function), xp.Range(50), xp.asarray(x), y)
    close("relaxed", y, x.astype(np.float64), 8)


@case
def bounds(device: Device) -> None:
    """check="bounds" finds an index out of bounds, of global and of local memory, and lets others pass."""

    @kernel(check="bounds")
    def stray(nd, x, tile):
        k = nd.get_local_id(0)
        tile[k] = x[k, 1]
        x[k, 0] = tile[k]

    x = xp.zeros((4, 2), dtype=xp.int32)
    call_kernel(stray, NdRange((4,), (4,)), x, LocalAccessor(4, np.int32))
    for array, size, where in ((x[:3], 4, "'x'"), (x, 3, "'tile'")):
        if size == 3 and device.runtime.target == "simulator":
            where = ""  # NumPy finds it and knows no names
        try:
            call_kernel(stray, NdRange((4,), (4,)), array, LocalAccessor(size, np.int32))
        except IndexError as error:
            assert "3" in str(error) and (where in str(error) or device.runtime.target == "simulator"), error
        else:
            raise AssertionError("an index out of bounds went unnoticed")
