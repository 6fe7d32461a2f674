"""Random numbers each of which has parameters of its own: one launch for all, and the distribution asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import xpuarray as xp

N = 30_000
SINGLE = np.float32
#: What each draws of arrays of parameters, place by place different ones: integers and floats alike.
DRAWS = {
    "integers": lambda g, p: g.integers(0, p + 1),
    "integers, wide": lambda g, p: g.integers(xp.asarray([-(2**63), 0], device=p.device), 2**63 - 1, endpoint=True),
    "poisson": lambda g, p: g.poisson(p * 1.75),
    "poisson, large": lambda g, p: g.poisson(p * 400_000),
    "binomial": lambda g, p: g.binomial(p * p, p / 128),
    "binomial, large": lambda g, p: g.binomial(p * 1_000_000, 0.25),
    "gamma": lambda g, p: g.gamma(p / 8 + 0.125, 1.75, dtype=SINGLE),
    "multinomial": lambda g, p: g.multinomial(p, [0.2, 0.3, 0.5]),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_bits_on_every_device(device: xp.Device, name: str):
    here, there = (
        xp.asnumpy(DRAWS[name](xp.random.default_rng(7, place), xp.arange(1, 101, device=place)))
        for place in (device, xp.devices("host")[0])
    )
    np.testing.assert_array_equal(here, there, strict=True)
    assert len(np.unique(here)) > 1


def laws(name: str, p: Any) -> Any:
    return {
        "poisson": stats.poisson,
        "binomial": stats.binom,
        "gamma": stats.gamma,
        "beta": stats.beta,
    }[name](*p)


@pytest.mark.parametrize(
    "name, parameters",
    [
        *(("poisson", (lam,)) for lam in (0.01, 0.7, 1.0, 5.3, 1000.7, 1e6 + 0.5)),
        *(("binomial", p) for p in ((1, 0.3), (40, 0.9), (63, 0.5), (64, 0.25), (10_000, 0.02), (10**10, 0.3))),
        *(("gamma", (a,)) for a in (0.1, 1.0, 3.7, 1e4)),
        *(("beta", p) for p in ((0.5, 3.0), (5.0, 2.0))),
    ],
)
def test_each_number_has_its_distribution(name: str, parameters: tuple[float, ...]):
    """By the largest distance of the distribution functions, which for counts is a bound too; the seed is fixed."""
    rows = [xp.full(N, v, device="host") for v in parameters]
    drawn = xp.asnumpy(getattr(xp.random.default_rng(5, "host"), name)(*rows))
    law = laws(name, parameters)
    kinds, seen = np.unique(drawn, return_counts=True)
    assert np.abs(np.cumsum(seen) / N - law.cdf(kinds)).max() < 1.95 / np.sqrt(N)


def test_one_launch_draws_all(device: xp.Device):
    rng = xp.random.default_rng(5, device=device)
    lam = xp.linspace(0, 300, 50, device=device)
    with xp.profile() as seen:
        xp.asnumpy(rng.poisson(lam, (2, 50)))
    assert [row.calls for row in seen.rows if row.name == "random_rows"] == [1]


def test_multinomial_takes_no_memory_for_its_tries():
    rng = xp.random.default_rng(5, device="host")
    drawn = xp.asnumpy(rng.multinomial(10**10, [0.25, 0.75], 4))
    assert (
        drawn.shape == (4, 2) and (drawn.sum(axis=1) == 10**10).all() and abs(drawn[:, 0] / 10**10 - 0.25).max() < 1e-4
    )
    assert rng.multinomial(5, [1.0]).tolist() == [5]
    with pytest.raises(ValueError, match="sum to 1"):
        rng.multinomial(5, [0.9, 0.9, 0.1])
