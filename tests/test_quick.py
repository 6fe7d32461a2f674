"""The shortest way of a call, compiled or not: NumPy's values, dtypes and errors; all else goes the whole way."""

from __future__ import annotations

import ast
import itertools
import operator
import re
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.contract import Asked
from xpuarray.core import compiled
from xpuarray.placement.devices import Device

ROOT = Path(__file__).parents[1]
DTYPES = ["bool", "int8", "uint8", "int32", "int64", "uint64", "float32", "float64"]
OPERATORS: list[Callable[[Any, Any], Any]] = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.lt,
    operator.ge,
    operator.eq,
    operator.and_,
    operator.xor,
    operator.lshift,
]
IN_PLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ior]


def outcome(function: Callable[..., Any], *operands: Any) -> Any:
    """Its value; or that it is refused, whatever the error is."""
    try:
        with np.errstate(all="ignore"):
            return function(*operands)
    except (TypeError, ValueError, OverflowError, xp.UnsupportedDTypeError):
        return None


def made(device: Device, *dtypes: str) -> list[tuple[np.ndarray, xp.Array]]:
    values = [np.array([3, 0, 100, 7]), np.array([2, 0, 1, 5])]
    arrays = [v.astype(dtype) for v, dtype in zip(values, dtypes)]
    return [(a, xp.asarray(a, device=device)) for a in arrays]


@pytest.mark.parametrize("operation", OPERATORS, ids=lambda o: o.__name__)
def test_elements_are_computed_as_arrays_are(device: Device, operation: Callable[[Any, Any], Any]):
    """Twice: the whole way, which leaves a plan, and by the plan."""
    for first, second in itertools.product(filter(device_has(device), DTYPES), repeat=2):
        (_, x), (_, y) = made(device, first, second)
        for _, k in itertools.product(range(2), range(4)):
            whole = outcome(operation, x[k : k + 1], y[k : k + 1])
            element = outcome(operation, x[k], y[k])
            assert (whole is None) == (element is None), (first, second)
            if whole is not None:
                assert element.dtype == whole.dtype and element.shape == ()
                np.testing.assert_array_equal(xp.asnumpy(element), xp.asnumpy(whole)[0])
            for number in (2, 2.5, True, 300):
                whole, element = outcome(operation, x[k : k + 1], number), outcome(operation, x[k], number)
                assert (whole is None) == (element is None), (first, number)
                if whole is not None:
                    assert element.dtype == whole.dtype
                    np.testing.assert_array_equal(xp.asnumpy(element), xp.asnumpy(whole)[0])


def device_has(device: Device) -> Callable[[str], bool]:
    return lambda dtype: device.info.fp64 or dtype != "float64"


@pytest.mark.parametrize("operation", IN_PLACE, ids=lambda o: o.__name__)
def test_updates_are_written_where_they_belong(device: Device, operation: Callable[[Any, Any], Any]):
    for first, second in itertools.product(filter(device_has(device), DTYPES), repeat=2):
        for take in (lambda x: x[2, ...], lambda x: x[1:3], lambda x: x):
            (_, x), (_, y) = made(device, first, second)
            for _ in range(2):
                before = take(x)
                expected = xp.asnumpy(before)
                want = outcome(operation, expected if expected.ndim else expected[None], xp.asnumpy(take(y)))
                got = outcome(operation, before, take(y))
                if got is None or want is None:
                    continue
                assert got is before and got.dtype == first
                np.testing.assert_array_equal(xp.asnumpy(got).ravel(), want.ravel())


@pytest.mark.parametrize("operation", IN_PLACE, ids=lambda o: o.__name__)
def test_updates_of_elements_make_others(device: Device, operation: Callable[[Any, Any], Any]):
    """As of NumPy's scalars: twice, the whole way and by the plan."""
    for first, second in itertools.product(filter(device_has(device), DTYPES), repeat=2):
        (numpys, x), (others, y) = made(device, first, second)
        for other in (1, 2.5):
            for _ in range(2):
                element = x[2]
                before = element.item()
                for ours, theirs in ((y[2], others[2]), (y, others), (other, other)):
                    got, want = outcome(operation, element, ours), outcome(operation, numpys[2], theirs)
                    if got is None or want is None:
                        continue
                    assert got is not element and got.shape == want.shape and got.dtype == device.info.fit(want.dtype)
                    np.testing.assert_allclose(xp.asnumpy(got), want, rtol=1e-6)
                assert element.item() == before == x[2].item()


def test_an_element_that_is_updated_leaves_the_array_alone(device: Device):
    x = xp.asarray([1, 2, 3], device=device)
    e = x[1]
    other = e
    e += 5
    assert int(other) == 2 and int(e) == 7 and x.tolist() == [1, 2, 3]
    x[1] = e
    assert x.tolist() == [1, 7, 3]


KEYS: dict[str, Any] = {
    "element": (1, 2),
    "row": 1,
    "column": (slice(None), 1),
    "part": (slice(0, 2), slice(1, None, 2)),
    "all": ...,
    "new axis": (None, 1),
    "backwards": (slice(None, None, -1),),
}
INDICES = {"mask": [[True, False, True, False]] * 3, "integers": [2, 0, -1], "one": [[1]]}


@pytest.mark.parametrize("value", [5, 2.5, True, "element", "array"], ids=str)
@pytest.mark.parametrize("dtype", ["int32", "float32", "uint8", "bool"])
def test_parts_are_read_and_written_as_numpy_does(device: Device, dtype: str, value: Any):
    for key in (*KEYS.values(), *INDICES.values()):
        reference = np.arange(12).reshape(3, 4).astype(dtype)
        x = xp.asarray(reference, device=device)
        numpys, ours = (key, key) if key in KEYS.values() else (np.array(key), xp.asarray(key, device=device))
        np.testing.assert_array_equal(xp.asnumpy(x[ours]), reference[numpys])
        if value == "array" and not np.ndim(reference[numpys]):
            continue
        given = {"element": reference[2, 3], "array": reference[0, :1] * 3}.get(value, value)
        mine = {"element": x[2, 3], "array": x[0, :1] * 3}.get(value, value)
        reference[numpys] = given
        x[ours] = mine
        np.testing.assert_array_equal(xp.asnumpy(x), reference)


@pytest.mark.parametrize(
    ("statement", "error", "text"),
    [
        ("x[9]", IndexError, "out of bounds"),
        ("x[1, 2]", IndexError, "too many"),
        ("x[xp.asarray([9])]", IndexError, "index 9 is out of bounds"),
        ("x[xp.asarray([True])]", IndexError, "axis 0"),
        ("x[9] = 1", IndexError, "out of bounds"),
        ("x[0] = 300", OverflowError, "300 does not fit into int8"),
        ("x[:] = 300", OverflowError, "300 does not fit into int8"),
        ("x[:] = x[:2]", ValueError, "does not broadcast"),
        ("x[xp.asarray([0])] = 300", OverflowError, "300 does not fit into int8"),
        ("x + x[:2]", ValueError, "can't be broadcast together"),
        ("x.__iadd__(300)", OverflowError, "add: 300 does not fit into int8"),
        ("x.__iadd__(x[:2])", ValueError, "can't be broadcast together"),
        ("x.item(9)", IndexError, "out of bounds for 3 elements"),
        ("x.reshape(5)", ValueError, "reshape"),
        ("float(x)", TypeError, "one element"),
        ("bool(x)", ValueError, "ambiguous"),
        ("x @ x[:2]", ValueError, "inner extents differ"),
        ("x.sum(axis=3)", ValueError, "axis 3"),
    ],
)
def test_errors_are_the_whole_ways(device: Device, statement: str, error: type[Exception], text: str):
    names = {"x": xp.asarray([1, 2, 3], np.int8, device=device), "xp": xp}
    with xp.device(device):
        names["x"] + names["x"], names["x"] @ names["x"], names["x"].sum(axis=0)  # which leave plans
        for _ in range(2):
            with pytest.raises(error, match=re.escape(text)):
                exec(statement, names)


def test_views_are_views(device: Device):
    reference = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    x = xp.asarray(reference, device=device)
    for view, numpys in (
        (x.T, reference.T),
        (x.reshape(4, 3), reference.reshape(4, 3)),
        (x.ravel(), reference.ravel()),
    ):
        view[0] = 70
        numpys[0] = 70
        np.testing.assert_array_equal(xp.asnumpy(x), reference)
    for copy, numpys in (
        (x.T.ravel(), reference.T.ravel()),
        (x.copy(), reference),
        (x.T.reshape(-1), reference.T.ravel()),
    ):
        np.testing.assert_array_equal(xp.asnumpy(copy), numpys)
        copy[...] = -1
        np.testing.assert_array_equal(xp.asnumpy(x), reference)
    assert [x.item(5), x.item(1, 2), x[1].item(3), x[1, 1].item()] == [float(v) for v in reference[1, [1, 2, 3, 1]]]


def test_an_array_that_was_never_made_is_refused():
    empty = xp.Array.__new__(xp.Array)
    for use in (lambda: empty + 1, lambda: empty[0], lambda: 2 * empty, lambda: empty.T, lambda: float(empty)):
        with pytest.raises(AttributeError):
            use()


def test_threads_compute_without_numpys_warnings(device: Device):
    """NumPy keeps what it warns of in a context, in which one thread at a time can be."""
    x = xp.asarray(np.arange(2000, dtype=np.float32), device=device)
    expected = np.arange(2000, dtype=np.float32)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                np.testing.assert_array_equal(xp.asnumpy(x + x), 2 * expected)
                assert np.isinf(float((x / 0)[1])) and np.isinf(float(x[1] / x[0]))
        except BaseException as error:
            failures.append(error)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    with pytest.warns(RuntimeWarning):
        np.float64(1) / np.float64(0)  # the user's NumPy warns as before


# -- what is compiled -----------------------------------------------------------------------------


def test_setup_compiles_what_may_be_compiled():
    (sources,) = re.findall(r"^SOURCES = (\[[^]]*\])", (ROOT / "setup.py").read_text(), re.M)
    assert [s.removesuffix(".py").replace("/", ".") for s in ast.literal_eval(sources)] == list(compiled.MODULES)


@pytest.mark.parametrize("kind", [xp.Array, Device, Asked], ids=lambda kind: kind.__name__)
def test_c_sees_the_slots_where_python_puts_them(kind: type):
    header = (ROOT / "xpuarray" / "core" / "layout.h").read_text()
    (fields,) = re.findall(r"PyObject_HEAD\s+([^{}]*);\s*\} " + kind.__name__ + "Object;", header)
    assert re.findall(r"\*(\w+)", fields) == sorted({*kind.__slots__} - {"__weakref__"})  # type: ignore[attr-defined]
