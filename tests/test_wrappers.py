"""Types that wrap arrays get their turn: in operators, in NumPy's functions, on either side."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import ImplicitTransferError
from xpuarray.placement.devices import Device


class ByUfunc:
    """Has NumPy's protocols, and no operators."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufunc.__name__, method, [type(x).__name__ for x in inputs]

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function.__name__


def answer(name: str) -> Callable[[Any, Any], str]:
    """A method that tells who was asked."""
    return lambda self, other: name


class ByPriority:
    """Has operators and a priority, as scipy's sparse matrices have; a dtype and a shape, too."""

    __array_priority__ = 10.1
    dtype = np.dtype(np.float32)
    shape = (3,)

    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift"):
        locals()[f"__{_name}__"] = answer(_name)
        locals()[f"__r{_name}__"] = answer(f"r{_name}")
    for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
        locals()[f"__{_name}__"] = answer(_name)
    __hash__ = None  # type: ignore[assignment]


class OptedOut(ByPriority):
    """Says by `__array_ufunc__ = None` that its own operators are to be used."""

    __array_ufunc__ = None


BINARY = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "floor_divide": operator.floordiv, "remainder": operator.mod, "power": operator.pow, "matmul": operator.matmul,
    "bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor,
    "left_shift": operator.lshift,
}  # fmt: skip
COMPARISONS = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip
MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


@pytest.mark.parametrize(("name", "op"), [*BINARY.items(), *COMPARISONS.items()])
def test_operators_beside_a_wrapper(device: Device, name: str, op: Callable[..., Any]):
    x, box = xp.asarray([1, 2, 3]), ByUfunc()
    assert op(x, box) == (name, "__call__", ["Array", "ByUfunc"])
    short = op.__name__.strip("_")
    for kind in (ByPriority, OptedOut):
        assert op(x, kind()) == (MIRRORED[short] if name in COMPARISONS else f"r{short}")
        assert op(kind(), x) == short
    if name in BINARY:
        assert op(box, x) == (name, "__call__", ["ByUfunc", "Array"])


def test_numpys_functions_of_a_wrapper(device: Device):
    x, box = xp.asarray([1.0, 2.0]), ByUfunc()
    assert np.add(x, box) == ("add", "__call__", ["Array", "ByUfunc"])
    assert np.add(box, x) == ("add", "__call__", ["ByUfunc", "Array"])
    assert np.add.outer(x, box)[1] == "outer"
    assert np.sqrt(x, out=box)[0] == "sqrt"
    assert np.concatenate([x, box]) == np.concatenate([box, x]) == "concatenate"
    assert np.dot(x, box) == "dot"
    with pytest.raises(TypeError):
        np.add(x, OptedOut())


def test_what_nobody_takes(device: Device):
    x = xp.asarray([1.0, 2.0])
    for other in (None, "text", {}, object()):
        with pytest.raises(TypeError, match="unsupported operand"):
            x + other
        with pytest.raises(TypeError, match="unsupported operand"):
            other - x
        with pytest.raises(TypeError, match="neither an xpuarray array nor"):
            xp.add(x, other)
    for one, other in ((x, np.ones(2)), (np.ones(2), x)):
        for op in (operator.add, operator.lt, operator.eq, operator.matmul, operator.iadd, np.add):
            with pytest.raises(ImplicitTransferError, match=r"Write xp.asarray|Write xp.asnumpy|write xp.asnumpy"):
                op(one, other)


def test_dask_arrays_of_ours(device: Device):
    da = pytest.importorskip("dask.array", reason="dask is not installed")
    da.register_chunk_type(xp.Array)
    x = xp.asarray([1.0, 2.0, 3.0, 4.0])
    d = da.from_array(x, chunks=2, asarray=False)
    for lazy in (x + d, d + x, np.add(x, d), x * d + 1):
        assert isinstance(lazy, da.Array)
    assert (x + d).compute().tolist() == [2, 4, 6, 8]
    assert d.sum().compute().item() == 10
