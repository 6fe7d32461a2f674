"""Parameters of random distributions: which ones there are, as numbers, lists and arrays, on every device."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import xpuarray as xp

#: distribution -> parameters that it takes, and such as it refuses, each by position.
ALLOWED = {
    "normal": [(0.0, 1.0), (2.0, 0.0)],
    "uniform": [(-1.0, 3.0)],
    "exponential": [(2.0,)],
    "lognormal": [(0.0, 0.5)],
    "laplace": [(1.0, 0.5)],
    "logistic": [(1.0, 0.5)],
    "gumbel": [(1.0, 0.5)],
    "rayleigh": [(0.5,), (0.0,)],
    "weibull": [(2.0,), (0.0,)],
    "pareto": [(3.0,)],
    "power": [(3.0,)],
    "triangular": [(0.0, 1.0, 2.0), (0.0, 0.0, 1.0)],
    "gamma": [(2.5, 2.0), (0.5, 0.0)],
    "standard_gamma": [(2.5,)],
    "beta": [(2.0, 3.0)],
    "chisquare": [(3.0,)],
    "f": [(8.0, 9.0)],
    "standard_t": [(9.0,)],
    "poisson": [(4.0,), (0.0,)],
    "binomial": [(10, 0.25), (0, 0.5), (4, 1.0)],
    "geometric": [(0.25,), (1.0,)],
    "integers": [(0, 10), (-5, -4)],
    "negative_binomial": [(3.0, 0.5), (0.5, 1.0)],
    "logseries": [(0.5,), (0.0,)],
    "zipf": [(3.0,)],
    "vonmises": [(0.0, 4.0), (0.0, 0.0)],
    "wald": [(2.0, 3.0)],
    "noncentral_chisquare": [(3.0, 2.0), (0.5, 0.0)],
    "noncentral_f": [(5.0, 9.0, 2.0)],
}
REFUSED = {
    "normal": [(0.0, -1.0)],
    "exponential": [(-1.0,)],
    "lognormal": [(0.0, -0.5)],
    "laplace": [(0.0, -0.5)],
    "logistic": [(0.0, -0.5)],
    "gumbel": [(0.0, -0.5)],
    "rayleigh": [(-0.5,)],
    "weibull": [(-0.5,)],
    "pareto": [(0.0,), (-1.0,)],
    "power": [(0.0,), (-1.0,)],
    "triangular": [(0.0, 3.0, 2.0), (1.0, 0.0, 2.0), (1.0, 1.0, 1.0)],
    "gamma": [(-1.0, 1.0), (1.0, -1.0)],
    "standard_gamma": [(-1.0,)],
    "beta": [(0.0, 1.0), (1.0, -1.0)],
    "chisquare": [(0.0,)],
    "f": [(0.0, 1.0), (1.0, 0.0)],
    "standard_t": [(0.0,)],
    "poisson": [(-1.0,)],
    "binomial": [(-1, 0.5), (4, 1.5), (4, -0.5)],
    "geometric": [(0.0,), (1.5,)],
    "integers": [(3, 3), (4, 2)],
    "negative_binomial": [(0.0, 0.5), (1.0, 0.0), (1.0, 1.5)],
    "logseries": [(-0.5,), (1.0,)],
    "zipf": [(1.0,)],
    "vonmises": [(0.0, -1.0)],
    "wald": [(0.0, 1.0), (1.0, 0.0)],
    "noncentral_chisquare": [(0.0, 1.0), (1.0, -1.0)],
    "noncentral_f": [(0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, -1.0)],
}


def ways(device: xp.Device, parameters: tuple) -> list[tuple]:
    """The parameters as arrays, some of them, too, and as lists."""
    arrays = tuple(xp.asarray([p, p], device=device) for p in parameters)
    return [arrays, tuple([p] for p in parameters), (arrays[0], *parameters[1:]), (*parameters[:-1], arrays[-1])]


@pytest.mark.parametrize("name", ALLOWED)
def test_parameters_may_be_numbers_lists_and_arrays(device: xp.Device, name: str):
    if device.backend == "fake" and name == "vonmises":
        pytest.skip("the simulator takes minutes for what it tries in vain")
    draw = getattr(xp.random.default_rng(3, device=device), name)
    for parameters in ALLOWED[name]:
        dtype = draw(*parameters, size=3).dtype
        for given in ways(device, parameters):
            shape = np.broadcast_shapes(*(np.shape(p) if type(p) is list else getattr(p, "shape", ()) for p in given))
            for size, expected in ((None, shape), ((5, 2), (5, 2))):
                made = draw(*given, size=size)
                assert made.shape == expected and made.device is device and made.dtype.kind == dtype.kind
        numpys = getattr(np.random.default_rng(3), name)(*parameters, size=300)
        ours = xp.asnumpy(draw(*ways(device, parameters)[0], size=(150, 2)))
        spread = numpys.std() / np.sqrt(numpys.size) * 8 + 1e-6
        assert abs(np.median(ours.astype(float)) - np.median(numpys)) <= 2 * spread + (ours.dtype.kind == "i")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_parameter_is_refused(device: xp.Device, name: str):
    draw = getattr(xp.random.default_rng(3, device=device), name)
    for parameters in REFUSED[name]:
        for given in (parameters, ways(device, parameters)[-1]):
            with pytest.raises(ValueError, match=rf"{name}|gamma|beta"):
                draw(*given, size=(3, 2))
        if name not in ("integers", "standard_gamma"):
            with pytest.raises(ValueError, match=r"."):
                getattr(np.random.default_rng(3), name)(*parameters)
            with pytest.raises(ValueError, match=rf"{name}|gamma|beta"):
                getattr(xp.random.RandomState(3, device=device), name)(*parameters)


def test_each_number_is_of_its_own_parameter(device: xp.Device):
    rng = xp.random.default_rng(5, device=device)
    high = xp.asarray([1, 5, 1, 100], device=device)
    drawn = xp.asnumpy(rng.integers(0, high, size=(100, 4)))
    assert (drawn < [1, 5, 1, 100]).all() and drawn[:, 3].max() > 50 and set(drawn[:, 1]) == set(range(5))
    assert rng.integers(high, endpoint=True).shape == (4,)
    assert int(rng.integers(xp.asarray(7, device=device), 8)) == 7
    assert rng.poisson(xp.zeros((0, 3), dtype=xp.float32, device=device)).shape == (0, 3)
    counts = xp.asnumpy(rng.poisson([[0.0, 400.0]], size=(50, 2)))
    assert (counts[:, 0] == 0).all() and abs(counts[:, 1].mean() - 400) < 15
    shares = xp.asnumpy(rng.binomial([1, 1000], 0.5, size=(50, 2)))
    assert shares[:, 0].max() == 1 and abs(shares[:, 1].mean() - 500) < 15
    with pytest.raises(TypeError, match="takes integers"):
        rng.integers(0, xp.asarray([1.5], device=device))
    with pytest.raises(ValueError, match="do not broadcast to size"):
        rng.poisson([1.0, 2.0], size=3)


@pytest.mark.parametrize("make", [lambda: xp.random.default_rng(3).integers, lambda: xp.random.RandomState(3).randint])
def test_threads_draw_different_numbers(make: object):
    draw, drawn = make(), []

    def work() -> None:
        drawn.extend(tuple(draw(0, 1 << 60, size=4).tolist()) for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == len(set(drawn)) == 1600


def test_a_number_may_be_an_array_of_one(device: xp.Device):
    rng = xp.random.default_rng(5, device=device)
    n = xp.arange(7, 8, device=device)[0]
    assert sorted(rng.permutation(n).tolist()) == list(range(7))
    assert set(rng.choice(n, 50).tolist()) <= set(range(7)) and rng.choice(n, 3, replace=False).shape == (3,)
