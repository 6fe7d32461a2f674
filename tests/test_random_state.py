"""`xp.random`'s functions of before `default_rng`: one stream, the same on every device, under NumPy's names."""

from __future__ import annotations

import inspect
import math
import pickle
from typing import Any

import numpy as np
import pytest

import xpuarray as xp

N = 20_000
#: name -> (arguments, mean, variance) of N numbers
DRAWN: dict[str, tuple[tuple[Any, ...], float, float]] = {
    "random_sample": ((), 0.5, 1 / 12),
    "uniform": ((2.0, 4.0), 3.0, 4 / 12),
    "randint": ((0, 11), 5.0, 10.0),
    "random_integers": ((1, 3), 2.0, 2 / 3),
    "standard_normal": ((), 0.0, 1.0),
    "normal": ((3.0, 2.0), 3.0, 4.0),
    "lognormal": ((0.0, 0.5), math.exp(0.125), (math.exp(0.25) - 1) * math.exp(0.25)),
    "standard_exponential": ((), 1.0, 1.0),
    "exponential": ((2.0,), 2.0, 4.0),
    "standard_gamma": ((3.0,), 3.0, 3.0),
    "gamma": ((3.0, 2.0), 6.0, 12.0),
    "beta": ((2.0, 3.0), 0.4, 0.04),
    "chisquare": ((4.0,), 4.0, 8.0),
    "f": ((8.0, 20.0), 20 / 18, 2 * 400 * 26 / (8 * 18**2 * 16)),
    "standard_t": ((20.0,), 0.0, 20 / 18),
    "laplace": ((1.0, 2.0), 1.0, 8.0),
    "logistic": ((1.0, 2.0), 1.0, 4 * math.pi**2 / 3),
    "gumbel": ((1.0, 2.0), 1 + 2 * 0.5772157, 4 * math.pi**2 / 6),
    "rayleigh": ((2.0,), 2 * math.sqrt(math.pi / 2), (4 - math.pi) / 2 * 4),
    "weibull": ((2.0,), math.gamma(1.5), math.gamma(2) - math.gamma(1.5) ** 2),
    "pareto": ((6.0,), 1 / 5, 6 / (25 * 4)),
    "power": ((2.0,), 2 / 3, 1 / 18),
    "triangular": ((0.0, 1.0, 4.0), 5 / 3, (16 + 1 - 4) / 18),
    "poisson": ((3.0,), 3.0, 3.0),
    "binomial": ((10, 0.3), 3.0, 2.1),
    "geometric": ((0.25,), 4.0, 12.0),
    "negative_binomial": ((3.5, 0.5), 3.5, 7.0),
    "logseries": ((0.5,), 0.5 / (0.5 * math.log(2)), (0.5 * math.log(2) - 0.25) / (0.5 * math.log(2)) ** 2),
    "vonmises": ((0.0, 8.0), 0.0, 0.134832),
    "wald": ((2.0, 3.0), 2.0, 8 / 3),
    "noncentral_chisquare": ((3.0, 2.0), 5.0, 14.0),
    "noncentral_f": ((5.0, 20.0, 2.0), 20 * 7 / (5 * 18), 2 * (49 + 9 * 18) / (18**2 * 16) * (20 / 5) ** 2),
}


@pytest.mark.parametrize("name", DRAWN)
def test_numbers_have_mean_and_variance(name):
    """Within five deviations; and NumPy's own have them."""
    arguments, mean, variance = DRAWN[name]
    with xp.device("host"):
        xp.random.seed(3)
        ours = xp.asnumpy(getattr(xp.random, name)(*arguments, size=N)).astype(float)
    samples = [ours]
    if name != "random_integers":  # deprecated there
        samples.append(np.asarray(getattr(np.random.RandomState(3), name)(*arguments, size=N), float))
    for values in samples:
        assert abs(values.mean() - mean) < 5 * math.sqrt(variance / N), name
        assert 0.8 < values.var() / variance < 1.25, name


def test_each_distribution_has_the_same_numbers_on_every_device(device):
    for name, (arguments, _, _) in DRAWN.items():
        drawn = []
        for place in (device, "host"):
            with xp.device(place):
                xp.random.seed(9)
                drawn.append(xp.asnumpy(getattr(xp.random, name)(*arguments, size=(2, 3))))
        np.testing.assert_allclose(drawn[0], drawn[1], rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_seed_gives_the_same_numbers_on_every_device(device):
    with xp.device(device):
        xp.random.seed(7)
        here = xp.random.rand(2, 3).tolist(), xp.random.randint(100, size=4).tolist(), xp.random.permutation(5).tolist()
        assert xp.random.rand(3).device is device
    with xp.device("host"):
        xp.random.seed(7)
        there = xp.random.rand(2, 3), xp.random.randint(100, size=4), xp.random.permutation(5)
    assert here[1:] == tuple(x.tolist() for x in there[1:])
    np.testing.assert_allclose(here[0], xp.asnumpy(there[0]), rtol=1e-6)


def test_streams_can_be_kept_and_gone_on_with(device):
    with xp.device(device):
        own = xp.random.RandomState(5)
        own.rand(3)
        state = own.get_state()
        first = own.randn(4).tolist()
        own.set_state(state)
        assert own.randn(4).tolist() == first
        own.set_state(dict(zip(("bit_generator", "key", "position"), state)))
        copied = pickle.loads(pickle.dumps(own))
        assert copied.randn(4).tolist() == own.randn(4).tolist() == first
        with pytest.raises(ValueError, match="Philox"):
            own.set_state(np.random.RandomState(1).get_state())
        fixed = xp.random.RandomState(5, device="host")
        assert str(fixed.rand(2).device).startswith("host")
        assert xp.random.RandomState(5).rand(3).tolist() == xp.random.RandomState(5).rand(3).tolist()


def test_orders_choices_and_vectors(device):
    with xp.device(device):
        xp.random.seed(1)
        cards = list(range(20))
        xp.random.shuffle(cards)
        assert sorted(cards) == list(range(20)) != cards
        x = xp.arange(12).reshape(6, 2)
        xp.random.shuffle(x)
        assert sorted(x[:, 0].tolist()) == [0, 2, 4, 6, 8, 10]
        assert (
            xp.random.choice([3, 5], 4).shape == (4,)
            and xp.random.choice(5, (2, 2), p=[0, 0, 1, 0, 0]).tolist() == [[2, 2]] * 2
        )
        assert sorted(xp.random.permutation(xp.arange(5)).tolist()) == list(range(5))
        counts = xp.random.multinomial(50, [0.2, 0.8], 3)
        assert counts.shape == (3, 2) and xp.sum(counts, axis=1).tolist() == [50] * 3
        np.testing.assert_allclose(xp.asnumpy(xp.sum(xp.random.dirichlet([1.0, 2.0, 3.0], 4), axis=1)), 1, rtol=1e-6)
        cov = np.array([[2.0, 0.6], [0.6, 1.0]])
        drawn = xp.asnumpy(xp.random.multivariate_normal([1.0, -1.0], xp.asarray(cov), 400)).astype(float)
        assert drawn.shape == (400, 2) and np.abs(np.cov(drawn.T) - cov).max() < 0.6
        assert isinstance(xp.random.bytes(5), bytes) and len(xp.random.bytes(5)) == 5
        p = xp.random.default_rng(1).permuted(xp.arange(12).reshape(3, 4), axis=1)
        assert [sorted(row) for row in p.tolist()] == np.arange(12).reshape(3, 4).tolist()
        assert xp.random.rand().shape == () and xp.random.randn(2).shape == (2,)


def test_signatures_are_numpys():
    """The parameters have NumPy's names, in its order."""
    for name in xp.random.__all__:
        theirs = getattr(np.random.RandomState, name, None)
        line = (theirs.__doc__ or "").strip().splitlines()[0] if theirs is not None else ""
        if name in ("seed", "set_state", "rand", "randn") or "(" not in line:
            continue
        named = [part.split("=")[0].strip() for part in line[line.index("(") + 1 : line.rindex(")")].split(",")]
        numpys = [part for part in named if part.isidentifier()]
        own = list(inspect.signature(getattr(xp.random, name)).parameters)
        assert numpys[: len(own)] == own, name
