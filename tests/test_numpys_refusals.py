"""What NumPy takes, and what it refuses, where its own tests, CuPy's and dpnp's found that ours did otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp

#: An expression of NumPy's or our module and of a function that makes an array.
TAKEN: dict[str, Callable[[Any], Any]] = {
    "arange(stop=)": lambda m: m.arange(stop=5),
    "geomspace of complex numbers": lambda m: m.geomspace(1j, 10j, 3),
    "geomspace of negative numbers": lambda m: m.geomspace(-1, -16, 5),
    "geomspace of both signs": lambda m: m.geomspace(-3, 4, 4),
    "geomspace of arrays": lambda m: m.geomspace(m.array([1.0, 2.0]), 16, 3, axis=1),
    "geomspace of complex arrays": lambda m: m.geomspace(m.array([1j, 2j]), m.array([16j, 8]), 3),
    "a tuple within an index": lambda m: m.arange(12).reshape(3, 4)[None, ..., (0, 2)],
    "a range within an index": lambda m: m.arange(12).reshape(3, 4)[1:, range(2)],
    "std(mean=)": lambda m: m.array([[1.0, 2], [3, 5]]).std(axis=0, mean=m.array([[2.0, 3.5]])),
    "var(mean=)": lambda m: m.array([[1.0, 2], [3, 5]]).var(axis=1, mean=m.array([[1.5], [4.0]]), ddof=1),
    "matmul(axes=) with a vector on the right": lambda m: m.matmul(m.ones((2, 3)), m.arange(3.0), axes=[(0, 1), 0, 0]),
    "matmul(axes=) with a vector on the left": lambda m: m.matmul(m.arange(3.0), m.ones((3, 2)), axes=[0, (0, 1), 0]),
    "matmul(axes=) of vectors": lambda m: m.matmul(m.arange(3.0), m.ones(3), axes=[0, 0, ()]),
    "matmul(axes=) of matrices": lambda m: m.matmul(
        m.arange(6.0).reshape(2, 3), m.arange(6.0).reshape(2, 3), axes=[(1, 0), (0, 1), (1, 0)]
    ),
    "histogram(range=array)": lambda m: m.histogram(m.array([1.0, 2.0]), 2, m.array([0.0, 3.0]))[1],
    "histogram2d(range=array)": lambda m: m.histogram2d(
        m.array([0.1, 0.7]), m.array([0.1, 0.2]), 2, m.array([[0, 1], [0, 1]])
    )[0],
    "gradient of one distance in an array": lambda m: m.gradient(m.arange(9.0).reshape(3, 3), m.array(2.0))[1],
    "ediff1d with what fits": lambda m: m.ediff1d(m.array([1.0, 4.0]), to_end=7, to_begin=[1, 2]),
    "isclose of a number and a single": lambda m: m.isclose(m.array([0.1, 0.5], dtype=m.float32), 0.1, 0.0, 0.0),
    "put_along_axis of a range": lambda m: _put_along(m),
    "array of arrays": lambda m: m.array([m.arange(3.0, dtype=m.float32), m.ones(3, dtype=m.float32)]),
    "array of arrays and lists": lambda m: m.array([m.arange(3), [1.5, 2, 3]]),
    "array of lists of arrays": lambda m: m.array([[m.arange(3), m.ones(3)], (m.zeros(3), [1, 2, 3])]),
    "array of arrays, with a dtype": lambda m: m.array([m.arange(3), m.ones(3)], dtype=m.int32),
    "array of what a loop makes": lambda m: m.array([3 * row for row in m.arange(6).reshape(2, 3)]),
    "mean of a list of arrays": lambda m: m.mean([m.arange(3.0), m.ones(3)], axis=0),
    "round(element, 2)": lambda m: m.asarray(round(m.array([1.23456, 2.0])[0], 2)),
    "round(element)": lambda m: m.asarray(round(m.array([1.5, 2.0])[0])),
    "pad by the mean of nothing": lambda m: m.pad(m.ones(3000), (1, 2), "mean", stat_length=0)[-3:],
    "choices one by one": lambda m: m.array([0, 1]).choose([1, 2], [3, 4]),
    "conjugate(out)": lambda m: m.array([1 + 2j]).conjugate(m.zeros(1, dtype=m.complex64)),
    "conj(out) of real numbers": lambda m: m.array([3, 1]).conj(m.zeros(2, dtype=m.int64)),
    "poly of zeros and their conjugates": lambda m: m.poly(m.array([1 + 2j, 1 - 2j, 3], dtype=m.complex64)),
    "poly of zeros without": lambda m: m.poly(m.array([1 + 2j, 1 - 2.5j, 3], dtype=m.complex64)),
    "result_type of nothing, which is a float": lambda m: m.zeros(1, dtype=m.result_type(None, m.float32)),
    "concatenate of a weak number": lambda m: _is(
        m.float32, m.concatenate([m.ones(2, dtype=m.float32), 1.5], axis=None)
    ),
    "concatenate of NumPy's number": lambda m: _is(m.float32, m.concatenate([np.float32(1), 1.0, True], axis=None)),
    "concatenate of a list, which is not weak": lambda m: m.concatenate([m.ones(2, dtype=m.int32), [1.5]], axis=None),
    "concatenate of one array's elements": lambda m: m.concatenate(m.arange(99), axis=None),
    "histogram(range=elements)": lambda m: m.histogram(_few(m), 4, (_few(m).min(), _few(m).max()))[0],
    "histogramdd(bins=array)": lambda m: m.histogramdd(m.arange(6.0).reshape(3, 2), bins=m.array([2, 3]))[0],
    "histogramdd(density) by uneven bins": lambda m: m.histogramdd(
        (m.arange(9),), (m.array([0, 1, 3, 8]),), density=True
    )[0],
    "cov(fweights)": lambda m: m.cov(_pair(m), fweights=m.array([1, 4, 1, 7])),
    "cov(fweights) of complex numbers": lambda m: m.cov(_pair(m) * (1 + 2j), fweights=m.array([1, 4, 1, 7])),
    "cov(aweights, bias)": lambda m: m.cov(_pair(m), aweights=m.array([1.2, 3.7, 5.0, 1.1]), bias=True),
    "lstsq of a single and a double": lambda m: m.linalg.lstsq(
        m.array([[1.1, 2], [3, 4.3]], dtype=m.float32), m.array([0.3, 7]), rcond=None
    )[0],
    "ldexp by a bool": lambda m: m.ldexp(3.5, m.array(True)),
    "permute_dims without axes": lambda m: m.permute_dims(m.arange(6).reshape(2, 3)),
    "vecdot along an axis of several dimensions": lambda m: m.vecdot(
        m.arange(4.0).reshape(1, 4), m.arange(60.0).reshape(3, 4, 5), axis=1
    ),
    "matmul of vectors into a matrix": lambda m: m.matmul(m.ones(3), m.arange(3.0), out=m.zeros((2, 2))),
    "clip(where)": lambda m: m.clip(_few(m), 1, 2, where=m.array([True, False, True, True]), out=m.zeros(4)),
    "x.clip(order)": lambda m: m.ones((2, 3)).clip(0, 0.5, order="F"),
    "vector_norm(ord=None)": lambda m: m.linalg.vector_norm(m.arange(4.0), ord=None),
    "insert by a shorter mask": lambda m: m.insert(m.arange(5), m.array([True, False, True]), 9),
}


def _few(m: Any) -> Any:
    return m.array([0.5, 1.25, 1.5, 3.5], dtype=m.float32)


def _pair(m: Any) -> Any:
    return m.array([[1.0, 2, 3.5, 4], [3, 1, 5, 6.25]])


def _is(dtype: Any, x: Any) -> Any:
    assert x.dtype == dtype
    return x


def _put_along(m: Any) -> Any:
    x = m.zeros((2, 3))
    m.put_along_axis(x, m.array([[0, 1], [2, 0]]), range(1, 3), axis=1)
    return x


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "arange without an end": (lambda m: m.arange(), TypeError),
    "arange by a step of 0": (lambda m: m.arange(1, 5, 0), ZeroDivisionError),
    "geomspace from 0": (lambda m: m.geomspace(0, 5, 3), ValueError),
    "average by weights without their axis": (lambda m: m.average(m.ones((2, 3)), weights=m.ones(3)), TypeError),
    "clip by both names": (lambda m: m.clip(m.array([1, 5]), 2, 3, min=1), ValueError),
    "ediff1d with floats between integers": (lambda m: m.ediff1d(m.array([1, 2]), to_end=1.5), TypeError),
    "gradient by positions of one axis of two": (lambda m: m.gradient(m.ones((3, 3)), m.ones(3)), TypeError),
    "isin of an unknown kind": (lambda m: m.isin(m.array([1]), m.array([1]), kind="quicksort"), ValueError),
    "array of a negative number of dimensions": (lambda m: m.array([1, 2], ndmax=-1), ValueError),
    "einsum of labels beyond the alphabet": (lambda m: m.einsum(m.ones((2, 2)), [0, 52]), ValueError),
    "pinv by both tolerances": (lambda m: m.linalg.pinv(m.ones((2, 2)), rcond=0.5, rtol=0.5), ValueError),
    "matrix_rank by both tolerances": (lambda m: m.linalg.matrix_rank(m.ones((2, 2)), tol=0.5, rtol=0.5), ValueError),
    "sort of an unknown kind": (lambda m: m.sort(m.array([2, 1]), kind="radixsort"), ValueError),
    "array of arrays of several shapes": (lambda m: m.array([m.ones(3), m.ones(2)]), ValueError),
    "round(array)": (lambda m: round(m.ones(3), 1), TypeError),
    "a set of arrays": (lambda m: {m.ones(3)}, TypeError),
    "copyto of a float between integers": (lambda m: m.copyto(m.ones(2, dtype=m.uint8), np.float32(3)), TypeError),
    "einsum of no dtype": (lambda m: m.einsum("", 0, dtype="bad"), TypeError),
    "pad by the maximum of nothing": (lambda m: m.pad(m.ones(2), 0, "maximum", stat_length=0), ValueError),
    "pad by the mean of less": (lambda m: m.pad(m.ones(3000), 1, "mean", stat_length=-1), ValueError),
    "partition of an unknown kind": (lambda m: m.partition(m.array([2, 1]), 1, kind="heapsort"), ValueError),
    "partition of itself of an unknown kind": (lambda m: m.array([2, 1]).partition(1, kind="heapsort"), ValueError),
    "argpartition of an unknown kind": (lambda m: m.argpartition(m.array([2, 1]), 1, kind="heapsort"), ValueError),
    "put_along_axis at floats": (lambda m: m.put_along_axis(m.ones((2, 2)), m.zeros((2, 1)), 0, 0), IndexError),
    "put into a list": (lambda m: m.put([1, 2, 3], [0], 1), TypeError),
    "place into a list": (lambda m: m.place([1, 2, 3], [True, False, True], [0, 1]), TypeError),
    "putmask of a list": (lambda m: m.putmask([1, 2, 3], [True, False, True], 1), TypeError),
    "copyto into a list": (lambda m: m.copyto([1, 2, 3], 1), TypeError),
    "put_along_axis of a matrix of indices": (
        lambda m: m.put_along_axis(m.ones((2, 2)), m.zeros((2, 1), dtype=m.int64), 0, None),
        ValueError,
    ),
    "digitize by complex bins": (lambda m: m.digitize(m.array([1.0]), m.array([1, 3 + 1j])), TypeError),
    "histogramdd without a bin": (lambda m: m.histogramdd(m.ones((2, 2)), bins=[1, 0.5]), ValueError),
    "histogram2d of matrices": (lambda m: m.histogram2d(m.ones((2, 2)), m.ones((2, 2))), ValueError),
    "geomspace of arrays with a 0": (lambda m: m.geomspace(m.array([1.0, 0]), 5, 3), ValueError),
    "cov(fweights=floats)": (lambda m: m.cov(_pair(m), fweights=m.array([1.5, 1, 1, 1])), TypeError),
    "cov(fweights=matrix)": (lambda m: m.cov(_pair(m), fweights=m.ones((2, 4), dtype=m.int64)), RuntimeError),
    "x.sort(axis=None)": (lambda m: m.array([2, 1]).sort(axis=None), TypeError),
    "x.partition(axis=None)": (lambda m: m.array([2, 1]).partition(1, axis=None), TypeError),
    "insert at a matrix of indices": (lambda m: m.insert(m.arange(5), m.array([[1], [2]]), 0), ValueError),
    "apply_over_axes of what adds an axis": (
        lambda m: m.apply_over_axes(lambda x, axis: m.ones((*x.shape, 1, 1)), m.ones((2, 2)), 1),
        ValueError,
    ),
    "concat into out and of a dtype": (
        lambda m: m.concatenate([m.ones(2)], out=m.zeros(2), dtype=m.float32),
        TypeError,
    ),
    "block of a tuple": (lambda m: m.block((m.ones(2), m.ones(2))), TypeError),
    "iinfo of a word": (lambda m: m.iinfo("hi"), ValueError),
    "norm along three axes": (lambda m: m.linalg.norm(m.ones((2, 2, 2)), axis=(0, 1, 2)), ValueError),
    "norm of a vector by one of matrices": (lambda m: m.linalg.norm(m.ones(3), "fro"), ValueError),
    "norm of vectors by one of matrices": (lambda m: m.linalg.norm(m.ones((2, 3)), "nuc", axis=1), ValueError),
    "poly1d's coefficients exchanged": (lambda m: setattr(m.poly1d([1, 2]), "coeffs", m.array([3])), AttributeError),
    "to_device by a stream": (lambda m: m.ones(2).to_device("cpu", stream=1), ValueError),
    "unpackbits without more bits than there are": (
        lambda m: m.unpackbits(m.array([7], dtype=m.uint8), count=-9),
        ValueError,
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's
@pytest.mark.parametrize("name", TAKEN)
def test_numpy_takes_it_and_so_do_we(device: xp.Device, name: str):
    with xp.device(device), np.errstate(all="ignore"):
        ours, numpys = xp.asnumpy(TAKEN[name](xp)), TAKEN[name](np)
    assert ours.shape == np.shape(numpys) and ours.dtype.kind == numpys.dtype.kind
    np.testing.assert_allclose(ours, numpys, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", REFUSED)
def test_numpy_refuses_it_and_so_do_we(device: xp.Device, name: str):
    function, error = REFUSED[name]
    with pytest.raises(error):
        function(np)
    with xp.device(device), pytest.raises(error):
        function(xp)


def test_what_is_ours_alone(device: xp.Device):
    """Positions of uint64; complex numbers that are to fill real arrays are named; legacy bounds may be floats; what
    does not fit is an error; integers have no fields; infos of a dtype are one."""
    with pytest.raises(OverflowError):
        xp.concat([xp.ones(1, dtype=xp.uint8, device=device), 300], axis=None)
    with pytest.raises(xp.UnsupportedDTypeError, match="no numeric dtype"):
        xp.zeros(3, dtype=(np.int32, [("a", "<i2"), ("b", "<i2")]), device=device)
    assert xp.finfo(xp.float32) is xp.finfo(np.dtype("f4"))
    x = xp.arange(3, device=device)
    xp.put(x, xp.asarray([0, 2], dtype=xp.uint64, device=device), 5, mode="clip")
    assert x.tolist() == [5, 1, 5]
    with pytest.raises(xp.UnsupportedDTypeError, match=r"full: \(1\.5\+0j\) does not become int32"):
        xp.full(3, 1.5 + 0j, dtype=xp.int32, device=device)
    assert set(xp.random.RandomState(3, device=device).randint(-1.5, 1.5, 60).tolist()) == {-1, 0}


@pytest.mark.parametrize(
    "name", ["sum", "prod", "min", "max", "any", "all", "argmax", "argmin", "count_nonzero", "nansum", "nanmax"]
)
def test_one_number_has_an_axis_where_it_is_reduced(device: xp.Device, name: str):
    with xp.device(device):
        for axis in (0, -1):
            ours, numpys = (getattr(m, name)(m.asarray(3), axis=axis) for m in (xp, np))
            assert ours.shape == () and float(ours) == float(numpys)
            if hasattr(xp.Array, name):
                assert float(getattr(xp.asarray(3), name)(axis=axis)) == float(numpys)
        for module in (xp, np):
            with pytest.raises(np.exceptions.AxisError):
                getattr(module, name)(module.asarray(3), axis=1)


def test_edges_have_the_digits_of_their_range(device: xp.Device):
    if not device.info.fp16:
        pytest.skip("a device without halves")
    low = 1.0 + 2.0**-20  # which is 1 in halves
    counts, edges = xp.histogram(
        xp.ones(1, dtype=xp.float16, device=device), 1, xp.asarray([low, 2], dtype=xp.float32, device=device)
    )
    assert counts.tolist() == [0] and edges.dtype == xp.float32


def test_asarray_of_a_value_is_an_array_of_its_own(device: xp.Device):
    """As of NumPy's scalars: a condition number may be replaced."""
    for value in (xp.ones(3, device=device).sum(), xp.arange(3.0, device=device)[1], xp.zeros(3, device=device).max()):
        for made in (xp.asarray(value), xp.asarray(value, dtype=xp.int32), xp.asanyarray(value), xp.array(value)):
            made[made >= 0] = 7
            assert float(made) == 7 and float(value) != 7
        assert xp.asarray(value, copy=False) is value
    with pytest.raises(ValueError, match="lacks"):
        xp.einsum("...->", xp.zeros((2, 2), device=device))
    for mean, cov in (([0, 0], [1, 1]), ([[0, 0]], [[1, 0], [0, 1]]), ([0], [[1, 0], [0, 1]])):
        with pytest.raises(ValueError, match="multivariate_normal"):
            xp.random.multivariate_normal(mean, cov, 3)
