"""NaN and infinities, and NumPy's small rules: what functions make of them on every device and route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

INF, NAN = float("inf"), float("nan")
Case = Callable[[Any, Callable[[Any], Any]], Any]


def routes(device: Device) -> list[str]:
    return ["auto"] if device.parent or device.backend == "host" else ["auto", "kernel"]


def same(case: Case, device: Device, name: object, rtol: float = 1e-5) -> None:
    """What `case` (of a module, and of what makes an array) gives is what it gives of NumPy, on every route."""
    single = np.float32

    def host(values: Any) -> np.ndarray:
        array = np.asarray(values)
        return array.astype(single) if array.dtype == np.float64 else array

    with np.errstate(all="ignore"):
        expected = case(np, host)
    for route in routes(device):
        with xp.prefer(route):
            got = case(xp, lambda values: xp.asarray(host(values)))
        pairs = zip(got, expected, strict=True) if isinstance(expected, (tuple, list)) else [(got, expected)]
        for found, wanted in pairs:
            found = xp.asnumpy(found) if isinstance(found, xp.Array) else found
            np.testing.assert_allclose(found, wanted, rtol=rtol, err_msg=f"{name} {route}")
            assert np.asarray(found).dtype.kind == np.asarray(wanted).dtype.kind, (name, route)


# -- linear algebra ------------------------------------------------------------------------------

BAD = {
    "nan": np.full((3, 3), NAN),
    "one nan": np.array([[NAN, 1], [1, 2]]),
    "inf": np.diag([1, INF, 1]),
    "in a stack": np.stack([np.eye(2), [[1, NAN], [NAN, 1]]]),
}
FACTORISATIONS = "pinv matrix_rank svd svdvals eigh eigvalsh eigvals cholesky"
OF_FINITE: dict[str, Callable[[xp.Array], Any]] = {
    **{name: getattr(xp.linalg, name) for name in FACTORISATIONS.split()},
    "cond": xp.linalg.cond,
    "norm 2": lambda a: xp.linalg.matrix_norm(a, ord=2),
    "norm nuc": lambda a: xp.linalg.matrix_norm(a, ord="nuc"),
}


@pytest.mark.parametrize("matrix", BAD)
def test_factorisations_need_finite_numbers(matrix: str, device: Device):
    """docs/differences.md: they say so, on every device."""
    a = xp.asarray(BAD[matrix], dtype=xp.float32)
    for function in OF_FINITE.values():
        with pytest.raises(xp.linalg.LinAlgError, match="needs finite numbers"), xp.allow_fallback():
            function(a)
    if a.ndim == 2:
        with pytest.raises(xp.linalg.LinAlgError, match="needs finite numbers"):
            xp.linalg.lstsq(a, xp.ones(a.shape[0], dtype=xp.float32))


def test_singular_matrices(device: Device):
    """In a stack, too; larger ones, which libraries treat otherwise, included."""
    for n in (3,) if device.parent else (1, 2, 40):
        for a in (np.zeros((n, n)), np.stack([np.eye(n), np.zeros((n, n))])):
            x = xp.asarray(a, dtype=xp.float32)
            with pytest.raises(xp.linalg.LinAlgError):
                xp.linalg.inv(x)
            with pytest.raises(xp.linalg.LinAlgError):
                xp.linalg.solve(x, xp.ones((*a.shape[:-1], 1), dtype=xp.float32))
            for p in (None, 2, 1, INF, "fro"):
                got = xp.asnumpy(xp.linalg.cond(x, p)).reshape(-1)
                assert got[-1] == INF and (a.ndim == 2 or np.isfinite(got[0])), (n, p, got)


# -- missing values ------------------------------------------------------------------------------

ROWS: list[list[float]] = [
    [INF, INF], [3, INF], [INF, -INF], [NAN, INF, 3], [NAN, NAN], [-INF, 1, 2, INF], [1, INF, INF, 2], [NAN, 1, 4],
    [INF, INF, INF], [5, NAN],
]  # fmt: skip
OF_ROWS = (
    "nanvar nanstd nanmean nanmedian nansum nanmin nanmax nanprod nancumsum nancumprod var std mean median ptp sum "
    "prod max min cumsum diff gradient"
)


@pytest.mark.parametrize("name", OF_ROWS.split())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_missing_values_beside_infinities(name: str, device: Device):
    for row in ROWS:
        same(lambda m, a, row=row: getattr(m, name)(a(row)), device, (name, row))
    if name not in ("cumsum", "nancumsum", "nancumprod", "diff", "gradient"):
        rows = np.array([row for row in ROWS if len(row) == 2])
        same(lambda m, a: getattr(m, name)(a(rows), axis=1), device, name)
        same(lambda m, a: getattr(m, name)(a(rows), axis=0), device, name)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_missing_complex_values_beside_infinities(device: Device):
    for row in ([1j, complex(INF, 0)], [complex(INF, 0)] * 2, [1 + 2j, complex(NAN, 0), 3j]):
        z = np.array(row, np.complex64)
        for name in ("nanstd", "nanvar", "std", "var"):
            same(lambda m, a, z=z, name=name: getattr(m, name)(a(z)), device, (name, row))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_quantiles_beside_infinities(device: Device):
    for row in ROWS:
        for q in (0.0, 0.25, 0.5, 0.9, 1.0):
            for name in ("quantile", "nanquantile"):
                expected = getattr(np, name)(np.array(row), q)
                got = getattr(xp, name)(xp.asarray(row, dtype=xp.float32), q)
                if expected == expected or not np.isinf(row).any():  # else see below
                    np.testing.assert_allclose(float(got), expected, rtol=1e-5, err_msg=f"{name} {row} {q}")
    # docs/differences.md: an element is itself, whatever is beside it; between equal infinities there is no other.
    for row, q, expected in (
        ([3, INF], 0.0, 3),
        ([INF, INF], 0.3, INF),
        ([-INF, 2, 4], 0.5, 2),
        ([1, INF, INF], 1.0, INF),
    ):
        assert float(xp.quantile(xp.asarray(row, dtype=xp.float32), q)) == expected


# -- gradient, interp ----------------------------------------------------------------------------

SQUARES = np.arange(12.0).reshape(3, 4) ** 2
GRADIENTS: list[Case] = [
    lambda m, a: m.gradient(a(SQUARES), axis=(1, 0)),
    lambda m, a: m.gradient(a(SQUARES), 2.0, 3.0, axis=(1, 0)),
    lambda m, a: m.gradient(a(SQUARES), 2.0, 3.0, axis=(-1, -2)),
    lambda m, a: m.gradient(a(SQUARES), a([0.0, 1, 3, 6]), a([0.0, 2, 3]), axis=(1, 0)),
    lambda m, a: m.gradient(a(SQUARES), a([0.0, 2, 3]), 2.0, axis=(0, 1), edge_order=2),
    lambda m, a: m.gradient(a(SQUARES), 2.0, axis=1),
    lambda m, a: m.gradient(a([1, 2, INF, 4, 5, 7.0])),
    lambda m, a: m.gradient(a([1, 2, INF, 4, 5, 7.0]), 2.0),
    lambda m, a: m.gradient(a([1, 2, INF, 4, 5, 7.0]), a([0, 1, 2, 4, 5, 6.0])),
    lambda m, a: m.gradient(a([1, 2, INF, 4, 5, 7.0]), a([0, 1, 2, 3, 4, 5.0])),
    lambda m, a: m.gradient(a([-INF, 2, 3, 4, 5, INF]), edge_order=2),
    lambda m, a: m.gradient(a(np.array([1, 2j, 4, 7j], np.complex64))),
]


def test_gradient(device: Device):
    for k, case in enumerate(GRADIENTS):
        same(case, device, k)
    with pytest.raises(ValueError, match="twice"):
        xp.gradient(xp.asarray(SQUARES, dtype=xp.float32), axis=(1, -1))


def test_interp_beside_infinities(device: Device):
    x = np.array([0.0, 0.5, 1, 1.5, 2, 2.5, 3, -1, 4, NAN, INF, -INF])
    for fx in ([-INF, 10, 20, 30.0], [1, INF, 3, 4], [1, 2, 3, INF], [NAN, 1, 2, 3.0], [INF, INF, 1, 1]):
        same(lambda m, a, fx=fx: m.interp(a(x), a([0.0, 1, 2, 3]), a(fx)), device, fx)


# -- small rules ---------------------------------------------------------------------------------

B = np.array([[True, True], [False, True]])
I2 = np.array([1, 2], np.int32)
RULES: dict[str, Case] = {
    "fabs": lambda m, a: m.fabs(a(np.array([-2, 1], np.int32))),
    "shape": lambda m, a: m.shape([[1, 2], [3, 4]]),
    "ndim": lambda m, a: m.ndim([[1, 2], [3, 4]]),
    "size": lambda m, a: m.size([[1, 2], [3, 4]]),
    "size along": lambda m, a: m.size([[1, 2, 3], [3, 4, 5]], 1),
    **{
        f"einsum {s}": lambda m, a, s=s: m.einsum(s, *[a(B)] * (1 + s.count(",")))
        for s in ("ij->i", "ij->", "ii", "ij->ji", "ii->i", "ij,jk->ik", "ij,ij->", "ij,jk,kl->il", "ij,ij->ij")
    },
    "piecewise of bools": lambda m, a: m.piecewise(a(np.zeros(2, np.int32)), [True, False], [1, 2]),
    "piecewise of a list": lambda m, a: m.piecewise(
        a(np.zeros(2)), [[True, False], [False, True]], [lambda x: x + 1, 5]
    ),
    "piecewise of 0-d": lambda m, a: m.piecewise(a(3.0), [True], [1, 2]),
    "piecewise of 0-d, else": lambda m, a: m.piecewise(a(3.0), [False], [1, 2]),
    "piecewise, one": lambda m, a: m.piecewise(a([3.0]), [True], [1, 2]),
    "piecewise, True": lambda m, a: m.piecewise(a([3.0, 4]), True, [1, 2]),
    "select of bools": lambda m, a: m.select([True, False], [a(I2), a(I2 + 2)]),
    "select of both": lambda m, a: m.select([a(np.array([True, False])), True], [1, a(I2)]),
    "select of lists": lambda m, a: m.select([a(np.array([True, False])), [True, True]], [1, 2]),
    **{
        f"clip {low} {high}": lambda m, a, low=low, high=high: m.clip(a(B), low, high)
        for low, high in ((0, 1), (False, True), (True, True), (None, False), (1, None), (1, 2))
    },
    "clip beyond": lambda m, a: m.clip(a(np.array([1, 200], np.uint8)), -1, 300),
    "clip beyond above": lambda m, a: m.clip(a(np.array([1, 200], np.uint8)), None, 1000),
    "clip to floats": lambda m, a: m.clip(a(I2), 0.5, 1.5),
    "clip by arrays": lambda m, a: m.clip(a(np.array([1, 100], np.int8)), a(I2), a(I2 * 9)),
    "clip of nan": lambda m, a: m.clip(a([1, NAN, 5]), 2, 4),
    "cumulative_sum": lambda m, a: m.cumulative_sum(a(3.0)),
    "cumulative_prod": lambda m, a: m.cumulative_prod(a(3.0)),
    "include_initial": lambda m, a: m.cumulative_sum(a(3.0), include_initial=True),
    "cumulative_sum, axis": lambda m, a: m.cumulative_sum(a(3.0), axis=0),
    "cumsum": lambda m, a: m.cumsum(a(3.0)),
    "meshgrid": lambda m, a: m.meshgrid(a(I2), a([1.5]), a(np.array([True]))),
    "meshgrid()": lambda m, a: m.meshgrid(),
    "meshgrid, sparse": lambda m, a: m.meshgrid(a(I2), a([1.5]), sparse=True),
    "meshgrid, ij": lambda m, a: m.meshgrid(a(I2), a([1.5, 2, 3]), indexing="ij"),
    "meshgrid of 0-d": lambda m, a: m.meshgrid(a(np.int32(3)), a(I2)),
    "@": lambda m, a: a(B) @ a(B),
    "@ vector": lambda m, a: a(B) @ a(B[0]),
    "bool @ int": lambda m, a: a(B) @ a(B.astype(np.int8)),
    "dot": lambda m, a: m.dot(a(B), a(B)),
    "vecdot": lambda m, a: m.vecdot(a(B), a(B)),
    "vdot": lambda m, a: m.vdot(a(B), a(B)),
    "tensordot": lambda m, a: m.tensordot(a(B), a(B)),
    "inner": lambda m, a: m.inner(a(B), a(B)),
    "outer": lambda m, a: m.outer(a(B), a(B)),
    "kron": lambda m, a: m.kron(a(B), a(B)),
    "multi_dot": lambda m, a: m.linalg.multi_dot([a(B), a(B), a(B)]),
    "convolve": lambda m, a: m.convolve(a(B[0]), a(B[1])),
    "matrix_power": lambda m, a: m.linalg.matrix_power(a(B), 3),
    "trace": lambda m, a: m.trace(a(B)),
    # NumPy 2.5 has no vectors of two elements: those of three say what is right.
    "cross": lambda m, a: m.cross(a(I2), a(I2[::-1])) if m is xp else m.cross([1, 2, 0], [2, 1, 0])[2],
    "cross of 2 and 3": lambda m, a: m.cross(a(I2 if m is xp else [1, 2, 0]), a(np.arange(3, dtype=np.int32))),
    "searchsorted": lambda m, a: [
        m.searchsorted(a(np.array([False, False, True, True])), a(np.array([False, True])), side=s)
        for s in ("left", "right")
    ],
}


def test_small_rules(device: Device):
    for name, case in RULES.items():
        same(case, device, name)


def test_sinc_of_halves(device: Device):
    if device.info.fp16:
        got = xp.asnumpy(xp.sinc(xp.asarray([0, 0.5, -0.0, 1e-4], dtype=xp.float16)))
        np.testing.assert_allclose(got, [1, 0.6366, 1, 1], rtol=1e-3)


def test_many_bools_are_multiplied_and_summed(device: Device):
    n = 70_000  # more than 8 or 16 bits count
    ones = xp.ones(n, dtype=bool)
    assert bool(ones @ ones) and bool(xp.einsum("i->", ones)) and not bool(xp.zeros(n, dtype=bool) @ ones)
    assert (ones @ ones).dtype == bool


def test_einsum_refuses_other_extents_in_one_operand(device: Device):
    for shape in ((3, 1), (1, 3), (2, 3)):
        with pytest.raises(ValueError, match="other extents"):
            xp.einsum("ii", xp.ones(shape, dtype=xp.float32))
    assert float(xp.einsum("i,i", xp.ones(3, dtype=xp.float32), xp.ones(1, dtype=xp.float32))) == 3


# -- complex numbers -----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_complex_quotients_and_powers(device: Device):
    """Finite numbers by zero, infinite ones by finite ones, what is large, and what a power of 0 is."""
    zero, finite = [0, complex(-0.0, 0)], [1 + 1j, 2, -1j, complex(-3, 0.5)]
    infinite = [complex(INF, 1), complex(-INF, 2), complex(1, INF)]
    quotients = [(z, w) for z in finite for w in zero + finite] + [(z, w) for z in infinite for w in finite]
    quotients += [(-25 + 50j, complex(3.4e38, 5.5)), (1e3j, complex(2, -3e38))]  # whose inverses are subnormal
    z, w = (np.array(part, np.complex64) for part in zip(*quotients))
    powers = np.array([0, 1 + 1j, complex(INF, 1), complex(NAN, 0), complex(INF, INF)], np.complex64)
    with np.errstate(all="ignore"):
        expected = z / w
    for route in ("auto", "library"):
        with xp.prefer(route):
            got = xp.asnumpy(xp.asarray(z) / xp.asarray(w))
            one = xp.asnumpy(xp.asarray(powers) ** xp.asarray(np.zeros(5, np.complex64)))
        whole = np.isfinite(expected)
        np.testing.assert_allclose(got[whole], expected[whole], rtol=1e-5)
        assert (np.isinf(got[~whole]) == np.isinf(expected[~whole])).all(), (route, got, expected)
        assert one.tolist() == [1] * 5, route
    for name in ("logical_and", "logical_or", "logical_xor"):
        same(lambda m, a, name=name: getattr(m, name)(a(z), a(w)), device, name)
    same(lambda m, a: m.logical_not(a(w)), device, "logical_not")
