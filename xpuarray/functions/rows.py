"""Rows: what an elementwise function is, and what a call of one comes to.

A call promotes its operands, broadcasts them, chooses a route (our kernel, the device's library, or NumPy on memory
that the host shares) and makes a new array on the operands' device.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.host import faults as numpys
from xpuarray.core.array import Array, from_numpy, result_of
from xpuarray.core.dispatch import common_device, library_call, may_take_kernel
from xpuarray.core.promotion import default_float, promote
from xpuarray.core.quick import Power
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import quietly, suits_numpy
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import SEQUENCES, as_operand
from xpuarray.fusion import Operation, compute_now, update
from xpuarray.fusion.plans import FEW, ElementwisePlan, TypedPlan, plans, scalar
from xpuarray.kernels import elementwise as kernels
from xpuarray.lang.types import dtype_name
from xpuarray.placement.devices import Device
from xpuarray.spans import record, watched

__all__ = ["DOMAINS", "Row", "apply", "apply_typed", "plan_of_where", "select"]

# The kinds of dtype (numpy.dtype.kind) that a function takes.
DOMAINS = {
    "any": "biufc",
    "numeric": "iufc",
    "real": "iuf",
    "real or bool": "biuf",
    "integer": "iu",
    "integer or bool": "biu",
    "float": "biufc",  # integers and bools become the device's default float first
    "real float": "biuf",  # likewise
}


class Row(NamedTuple):
    """One elementwise function."""

    name: str
    operands: int
    domain: str
    result: str = "same"  #: dtype of the result: the promoted one, "real" (of a complex), or by its name
    kernel: Callable[..., Any] | None = None  #: for real types; complex and float16 go to the library
    integer: Callable[..., Any] | None = None  #: for integers and bools, where they need another
    wide: bool = False  #: integers and bools are computed in 64 bits
    library: str | None = None  #: the libraries' function; None: some lack it, and our kernel runs on every device
    bools: str = ""  #: the dtype in which bools are taken, where the domain has none: as NumPy does it; "": refused
    exact: bool = False  #: a comparison, which signed and unsigned integers need no common dtype for


def apply(row: Row, operands: tuple[Any, ...], out: Array | None = None) -> Array:
    """The row's function of the operands, in a new array or (if it fits) in `out`.

    The whole way: it leaves a plan behind, by which the next call with such operands runs.
    """
    plan = _kept(row, operands)
    if plan is None:
        if any(isinstance(o, SEQUENCES) for o in operands):
            place = next((o._device for o in operands if type(o) is Array), None)
            listed = [as_operand(row.name, o, place) if isinstance(o, SEQUENCES) else o for o in operands]
            return apply(row, tuple(listed), out)
        device = common_device(row.name, *operands)
        dtype = _computed_in(row, device, operands)
        result = _result_dtype(row, dtype)
        halves = [type(o) is Array and o.dtype == np.float16 for o in operands]
        if any(halves) and device.runtime.faults.needs_kernel(row.name, dtype):
            # Kernels have no half precision yet; NumPy, too, computes halves in single precision.
            wide = np.dtype(np.float32) if dtype == np.float16 else dtype
            held = _with_scalars(row, operands, (dtype,) * len(operands))  # a number is rounded to a half first
            value = apply(row, tuple(astype(o, wide) if half else o for o, half in zip(held, halves)))
            return astype(value, result, copy=False)
        dtypes = _taken_as(row, dtype, operands)
        plan = plan_of(row, device, operands, dtypes, result)
        if plan is None:
            return _by_library(row, device, _with_scalars(row, operands, dtypes), dtypes, result)
    operands = _with_scalars(row, operands, plan.dtypes)
    if out is None or type(plan) is not ElementwisePlan:
        return plan.run(operands)
    return update(plan.work, plan.device, operands, broadcast(row.name, operands), out)


def apply_typed(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """The same, for operands that are taken in these dtypes."""
    plan = _kept(row, operands) or plan_of(row, device, operands, dtypes, result)
    if plan is not None:
        return plan.call(*operands)
    return _by_library(row, device, _with_scalars(row, operands, dtypes), dtypes, result)


_WHERE = Row("where", 3, "any", kernel=kernels.where, library="where")


def plan_of_where(condition: Any, x1: Any, x2: Any) -> TypedPlan | None:
    """The plan of `select`, if it has had such operands before."""
    return plans.get(_kinds("where", (condition, x1, x2)))


def select(device: Device, condition: Array, x1: Any, x2: Any) -> Array:
    """x1 where the condition, an array of bool, holds, else x2; one of both is an array."""
    dtype = promote(device, x1, x2)
    return apply_typed(_WHERE, device, (condition, x1, x2), (np.dtype(bool), dtype, dtype), dtype)


def _computed_in(row: Row, device: Device, operands: tuple[Any, ...]) -> np.dtype:
    """The dtype in which the operands are taken.  Raises UnsupportedDTypeError if the function does not take it."""
    dtype = promote(device, *operands)
    if dtype.kind == "b" and row.bools:
        return np.dtype(row.bools)
    if dtype.kind not in DOMAINS[row.domain]:
        raise UnsupportedDTypeError(f"{row.name} is not defined for {dtype}; it takes {row.domain} types")
    if row.domain.endswith("float") and dtype.kind in "biu":
        return default_float(device)
    if (
        row.name == "pow"
        and dtype.kind in "iu"
        and type(operands[1]) is not Array
        and operands[1] < 0
        and operands[0].size
    ):
        raise ValueError(f"pow: integers to the negative power {operands[1]} are no integers; make them floats first")
    return dtype


def _taken_as(row: Row, dtype: np.dtype, operands: tuple[Any, ...]) -> tuple[np.dtype, ...]:
    """The dtype of each operand.  int64 and uint64 are compared as they are: as float64 neighbours would be equal."""
    if row.exact and dtype.kind == "f":
        own = tuple([o.dtype for o in operands if isinstance(o, (Array, np.generic))])
        if len(own) == len(operands) and all(d.kind in "iu" for d in own):
            return own
    return (dtype,) * len(operands)


class _LibraryPlan(TypedPlan):
    """One that a device's library computes, and of few elements NumPy: complex numbers and halves."""

    __slots__ = ("row",)
    row: Row

    def run(self, operands: tuple[Any, ...]) -> Array:
        return _by_library(self.row, self.device, operands, self.dtypes, self.result)


def plan_of(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> TypedPlan | None:
    """The plan for operands of these kinds, which is kept; None if the library alone computes them."""
    work = _operation(row, dtypes, result)
    left = work is None or _left_to_library(operands)
    if left and (row.library is None or not device.runtime.host_until):
        return None
    corrected = numpys.FAULTS.correction(row.name, dtypes[-1]) is not None
    function = None if corrected else getattr(np, row.library or row.name, None)
    if function is not None and not _takes(function, operands, dtypes):
        function = None
    kinds = _kinds(row.name, operands)
    plan: TypedPlan
    if left:
        plan = _LibraryPlan(row.name, kinds, dtypes, result, function)
        plan.row = row
    else:
        assert work is not None
        plan = ElementwisePlan(row.name, kinds, work, dtypes, function)
    if row.name != "pow" or all(type(o) is Array for o in operands):
        plans[kinds] = plan
    else:
        keep_power(operands, result)
    return plan


def keep_power(operands: tuple[Any, ...], result: np.dtype) -> None:
    """Keep a plan for arrays to the power of a number, whose value says what computes it."""
    x, exponent = operands
    if (
        type(x) is Array
        and type(exponent) in (int, float, complex)
        and x.dtype == result
        and x._device.runtime.host_until
    ):
        kinds = _kinds("pow", operands)
        right = result.kind in "fc" and result != np.float16
        plans[kinds] = Power(kinds, np.power if right else None, result)


def _kept(row: Row, operands: tuple[Any, ...]) -> Any:
    """The plan that there is for such operands, if it is one of all values."""
    plan = plans.get(_kinds(row.name, operands))
    return None if type(plan) is Power else plan


def _takes(function: Callable[..., Any], operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...]) -> bool:
    """Whether NumPy's function takes the operands in those dtypes of itself."""
    if all(o.dtype == dtype for o, dtype in zip(operands, dtypes) if type(o) is Array):
        return True
    if not hasattr(function, "resolve_dtypes"):
        return False
    kinds = [o.dtype if isinstance(o, (Array, np.generic)) else type(o) for o in operands]
    try:
        return function.resolve_dtypes((*kinds, None))[:-1] == dtypes
    except TypeError:
        return False


def _left_to_library(operands: tuple[Any, ...]) -> bool:
    """Whether there are complex numbers or halves among the arrays."""
    return any(o.dtype.kind == "c" or o.dtype == np.float16 for o in operands if type(o) is Array)


def _kinds(name: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key of a call's plan; one that no plan has if its arrays are not on one device."""
    device: Any = None
    kinds: list[Any] = []
    for operand in operands:
        if type(operand) is not Array:
            kinds.append(type(operand))
            continue
        if device is None:
            device = operand._device
        elif operand._device is not device:
            return ()
        kinds.append(operand.dtype)
    return (name, device, *kinds)


def _result_dtype(row: Row, dtype: np.dtype) -> np.dtype:
    if row.result not in ("same", "real"):
        return np.dtype(row.result)
    if row.result == "real" and dtype.kind == "c":
        return np.dtype(f"f{dtype.itemsize // 2}")
    return dtype


def _with_scalars(row: Row, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...]) -> tuple[Any, ...]:
    """The operands, scalars among them in their dtypes."""
    for operand in operands:
        if type(operand) is not Array:
            return tuple([o if type(o) is Array else scalar(row.name, o, d) for o, d in zip(operands, dtypes)])
    return operands


@functools.lru_cache(maxsize=4096)
def _operation(row: Row, dtypes: tuple[np.dtype, ...], result: np.dtype) -> Operation | None:
    """What kernels are made of; None if it goes to the library, as complex numbers and halves do."""
    dtype = dtypes[-1]
    function = row.integer if row.integer and dtype.kind in "biu" else row.kernel
    if row.bools == "bool" and dtype.kind == "b":  # it is round and not negative
        function = kernels.positive
    if function is None or any(d.kind == "c" or d == np.float16 for d in dtypes):
        return None
    wide = {"i": "int64", "u": "uint64", "b": "uint64"} if row.wide else {}
    compute = tuple(wide.get(d.kind, dtype_name(d)) for d in dtypes)

    def step(device: Device, operands: tuple[Any, ...]) -> Array:
        return _at_once(row, work, device, operands, dtypes, broadcast(row.name, operands))

    corrected = numpys.FAULTS.correction(row.name, dtypes[-1]) is not None
    numpy = None if corrected else getattr(np, row.library or row.name, None)
    work = Operation(row.name, function, compute, result, step, _into(numpy, dtypes, result), dtypes)
    return work


def _into(function: Any, dtypes: tuple[np.dtype, ...], result: np.dtype) -> Callable[..., Any] | None:
    """NumPy's function as one that writes a result of that dtype into its last argument."""
    if function is np.where:
        return _choose
    if not isinstance(function, np.ufunc):
        return None
    gives = quietly(function, *(np.ones(1, dtype) for dtype in dtypes)).dtype == result
    return function if gives else functools.partial(_converted, function)


def _converted(function: Callable[..., Any], *operands: Any) -> None:
    np.copyto(operands[-1], function(*operands[:-1]), casting="unsafe")


def _choose(condition: Any, x1: Any, x2: Any, out: np.ndarray) -> None:
    np.copyto(out, x2)
    np.copyto(out, x1, where=condition)


def _at_once(
    row: Row,
    work: Operation,
    device: Device,
    operands: tuple[Any, ...],
    dtypes: tuple[np.dtype, ...],
    shape: tuple[int, ...],
) -> Array:
    """The value now: of few elements by NumPy where it sees the memory, else by a kernel or the library."""
    runtime, size = device.runtime, math.prod(shape)
    if suits_numpy(runtime, size) and hasattr(np, row.library or row.name):
        return _by_numpy(row, device, operands, dtypes, work.result)
    if not size:
        return result_of(runtime.empty(shape, work.result), device)
    mixed = row.exact and dtypes[0] != dtypes[1]  # libraries make doubles of them
    must = mixed or row.library is None or runtime.faults.needs_kernel(row.name, dtypes[-1])
    if must or may_take_kernel(runtime, size):
        value = compute_now(work, device, operands, shape, must)
        if value is not None:
            return value
    return _by_library(row, device, operands, dtypes, work.result)


def _by_library(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    library, shape = device.runtime.library, broadcast(row.name, operands)
    stand_in = device.runtime.faults.correction(row.name, dtypes[-1])
    if row.library is None and stand_in is None:
        return _in_singles(row, device, operands, dtypes, result)
    name = row.library or row.name
    if suits_numpy(device.runtime, math.prod(shape)) and hasattr(np, name):
        return _by_numpy(row, device, operands, dtypes, result)
    if math.prod(shape) > FEW:  # else it fits
        device.runtime.must_fit(shape, result)
    if suits_numpy(device.runtime, math.prod(shape), "complex") and hasattr(np, name):
        return _by_numpy(row, device, operands, dtypes, result)
    native = [o.item() if type(o) is not Array else astype(o, d, copy=False)._native for o, d in zip(operands, dtypes)]
    if stand_in is None:
        value = library_call(row.name, device, row.library or row.name, *native)
    else:
        record(row.name, device.info, f"library {library.__name__}.{row.name}, corrected")
        with np.errstate(all="ignore"):
            value = stand_in(library, *native)
    value = library.asarray(value)
    return result_of(value if value.dtype == result else library.astype(value, result), device)


def _in_singles(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """Halves by a kernel, which takes none, where no library has the function; NumPy, too, computes in singles."""
    singles = tuple([np.dtype(np.float32) if d == np.float16 else d for d in dtypes])
    operands = tuple([astype(o, d, copy=False) if type(o) is Array else o for o, d in zip(operands, singles)])
    single = np.dtype(np.float32) if result == np.float16 else result
    return astype(apply_typed(row, device, operands, singles, single), result, copy=False)


def _by_numpy(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """NumPy on memory that host and device share.  What it makes goes there when the device first needs it."""
    values: list[Any] = [o._host_values() if type(o) is Array else o for o in operands]
    values = [v if v.dtype == d else v.astype(d) for v, d in zip(values, dtypes)]
    stand_in = numpys.FAULTS.correction(row.name, dtypes[-1])
    if watched():
        record(row.name, device.info, f"NumPy {row.name} on shared memory")
    function = getattr(np, row.library or row.name)
    value = quietly(function, *values) if stand_in is None else quietly(stand_in, np, *values)
    if value.dtype != result:
        value = value.astype(result)
    return from_numpy(value, device)
