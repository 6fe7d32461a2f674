"""Random numbers: `default_rng` gives a Generator, as NumPy's; the names of before that draw from one RandomState.

NumPy's generators of bits (`PCG64(3)`) are seeds here, of `Generator` and `RandomState`: what draws is counted.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from xpuarray.functions.hints import missing as _missing
from xpuarray.random.generator import Generator, default_rng
from xpuarray.random.state import RandomState
from xpuarray.random.state import shared as _shared

if _TYPE_CHECKING:  # else they are loaded when they are first asked for
    from numpy.random import MT19937 as MT19937
    from numpy.random import PCG64 as PCG64
    from numpy.random import PCG64DXSM as PCG64DXSM
    from numpy.random import SFC64 as SFC64
    from numpy.random import BitGenerator as BitGenerator
    from numpy.random import Philox as Philox
    from numpy.random import SeedSequence as SeedSequence

beta = _shared.beta
binomial = _shared.binomial
bytes = _shared.bytes
chisquare = _shared.chisquare
choice = _shared.choice
dirichlet = _shared.dirichlet
exponential = _shared.exponential
f = _shared.f
gamma = _shared.gamma
geometric = _shared.geometric
get_state = _shared.get_state
gumbel = _shared.gumbel
laplace = _shared.laplace
logistic = _shared.logistic
lognormal = _shared.lognormal
logseries = _shared.logseries
multinomial = _shared.multinomial
multivariate_normal = _shared.multivariate_normal
negative_binomial = _shared.negative_binomial
noncentral_chisquare = _shared.noncentral_chisquare
noncentral_f = _shared.noncentral_f
normal = _shared.normal
pareto = _shared.pareto
permutation = _shared.permutation
poisson = _shared.poisson
power = _shared.power
rand = _shared.rand
randint = _shared.randint
randn = _shared.randn
random = _shared.random
random_integers = _shared.random_integers
random_sample = _shared.random_sample
ranf = _shared.ranf
rayleigh = _shared.rayleigh
sample = _shared.sample
seed = _shared.seed
set_state = _shared.set_state
shuffle = _shared.shuffle
standard_cauchy = _shared.standard_cauchy
standard_exponential = _shared.standard_exponential
standard_gamma = _shared.standard_gamma
standard_normal = _shared.standard_normal
standard_t = _shared.standard_t
triangular = _shared.triangular
uniform = _shared.uniform
vonmises = _shared.vonmises
wald = _shared.wald
weibull = _shared.weibull
zipf = _shared.zipf

#: NumPy's, which are loaded when they are asked for.
_SEEDS = ("BitGenerator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence")

__all__ = [
    *_SEEDS,
    "Generator", "RandomState", "default_rng",
    "beta", "binomial", "bytes", "chisquare", "choice", "dirichlet", "exponential", "f", "gamma", "geometric",
    "get_state", "gumbel", "laplace", "logistic", "lognormal", "logseries", "multinomial", "multivariate_normal",
    "negative_binomial", "noncentral_chisquare", "noncentral_f", "normal", "pareto", "permutation", "poisson", "power",
    "rand", "randint", "randn", "random", "random_integers", "random_sample", "ranf", "rayleigh", "sample", "seed",
    "set_state", "shuffle", "standard_cauchy", "standard_exponential", "standard_gamma", "standard_normal",
    "standard_t", "triangular", "uniform", "vonmises", "wald", "weibull", "zipf",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> _Any:
    if name in _SEEDS:
        from numpy import random

        return getattr(random, name)
    raise _missing("random", name)
