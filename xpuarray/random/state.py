"""NumPy's random numbers of before `default_rng`: `xp.random.seed(1); xp.random.rand(3)`.

One RandomState for all, and others of one's own.  Their numbers are our Generator's, not those that NumPy draws for the
seed; they go to the default device of the moment, and are the same wherever that is.
"""

from __future__ import annotations

import builtins
import threading
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.typing import Operand, Scale
from xpuarray.functions.checking import checked
from xpuarray.placement.devices import Device, as_device, default_device
from xpuarray.random.generator import Generator
from xpuarray.random.parameters import Size, seed_sequence

__all__ = ["RandomState", "shared"]

_NAME = "Philox4x32-10"
_lock = threading.Lock()


class RandomState:
    """A stream of random numbers under NumPy's names of before `default_rng`, which are those of its methods.

    seed: as in `default_rng`
    device: where the numbers go; None: to the default device of each call

    >>> import xpuarray as xp
    >>> xp.random.RandomState(7, device="host").randint(10, size=4).tolist()
    [9, 4, 6, 8]
    """

    def __init__(self, seed: Any = None, device: Device | str | None = None):
        self._device = None if device is None else as_device(device)
        self._stream: Generator | None = None
        self.seed(seed)

    def seed(self, seed: Any = None) -> None:
        """Begin anew, with the stream of this seed; None: with one of the operating system's entropy."""
        sequence = None if seed is None else seed_sequence(seed)  # NumPy's takes 5 ms to import
        if self._stream is None:
            self._sequence = sequence  # no device is looked for before there is something to draw
        else:
            self._stream = Generator(sequence, self._stream.device)

    def _drawn_by(self) -> Generator:
        place = default_device() if self._device is None else self._device
        with _lock:
            if self._stream is None:
                self._stream = Generator(self._sequence, place)
        self._stream.device = place
        return self._stream

    def get_state(self, legacy: bool = True) -> Any:
        """The stream and the place in it: what `set_state` takes."""
        stream = self._drawn_by()
        state = (_NAME, int(stream._key), stream._position)
        return state if legacy else dict(zip(("bit_generator", "key", "position"), state))

    def set_state(self, state: Any) -> None:
        """Go on where `get_state` was asked."""
        name, *numbers = state.values() if isinstance(state, dict) else state
        if name != _NAME:
            raise ValueError(f"set_state: takes the state of a {_NAME}, not of {name!r}, which draws other numbers")
        key, position = numbers
        stream = self._drawn_by()
        stream._key, stream._position = np.uint64(key), int(position)

    def __repr__(self) -> str:
        return f"RandomState({_NAME})"

    # -- uniform numbers and integers --------------------------------------------------------
    def rand(self, *shape: int) -> Array:
        """Uniform numbers in [0, 1), of that shape."""
        return self._drawn_by().random(shape)

    def random_sample(self, size: Size = None) -> Array:
        """Uniform numbers in [0, 1)."""
        return self._drawn_by().random(size)

    random = ranf = sample = random_sample

    def uniform(self, low: Scale = 0.0, high: Scale = 1.0, size: Size = None) -> Array:
        """Uniform numbers in [low, high)."""
        return self._drawn_by().uniform(low, high, size)

    @checked
    def randint(
        self, low: float | Operand, high: float | Operand | None = None, size: Size = None, dtype: Any = int
    ) -> Array:
        """Integers from low up to, but without, high, or from 0 to low; of floats, what is before the point counts."""
        low, high = (int(v) if isinstance(v, float) else v for v in (low, high))
        return self._drawn_by().integers(low, high, size, np.int64 if dtype is int else dtype)

    @checked
    def random_integers(self, low: int | Operand, high: int | Operand | None = None, size: Size = None) -> Array:
        """Integers from low to high, or from 1 to low."""
        first, last = (1, low) if high is None else (low, high)
        return self._drawn_by().integers(first, last, size, endpoint=True)

    def bytes(self, length: int) -> builtins.bytes:
        """So many random bytes, on the host."""
        return self._drawn_by().bytes(length)

    # -- orders ------------------------------------------------------------------------------
    def permutation(self, x: int | Operand) -> Array:
        """A copy of x with its parts along the first axis in random order; of an int, that of `arange(x)`."""
        return self._drawn_by().permutation(x)

    def shuffle(self, x: Any) -> None:
        """Bring the parts of x, an array or a list, into random order, in x itself."""
        if isinstance(x, list):
            x[:] = [x[k] for k in self.permutation(len(x)).tolist()]
        else:
            self._drawn_by().shuffle(x)

    def choice(self, a: int | Operand, size: Size = None, replace: bool = True, p: Any = None) -> Array:
        """Parts of `a` (an int: of `arange(a)`), with probabilities `p` (default: equal ones)."""
        return self._drawn_by().choice(a, size, replace, p)

    # -- normal numbers and others -----------------------------------------------------------
    def randn(self, *shape: int) -> Array:
        """Normal numbers of mean 0 and deviation 1, of that shape."""
        return self._drawn_by().standard_normal(shape)

    def normal(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.normal`."""
        return self._drawn_by().normal(loc, scale, size)

    def standard_normal(self, size: Size = None) -> Array:
        """`Generator.standard_normal`."""
        return self._drawn_by().standard_normal(size)

    def lognormal(self, mean: Scale = 0.0, sigma: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.lognormal`."""
        return self._drawn_by().lognormal(mean, sigma, size)

    def exponential(self, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.exponential`."""
        return self._drawn_by().exponential(scale, size)

    def standard_exponential(self, size: Size = None) -> Array:
        """`Generator.standard_exponential`."""
        return self._drawn_by().standard_exponential(size)

    def gamma(self, shape: Scale, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.gamma`."""
        return self._drawn_by().gamma(shape, scale, size)

    def standard_gamma(self, shape: Scale, size: Size = None) -> Array:
        """`Generator.standard_gamma`."""
        return self._drawn_by().standard_gamma(shape, size)

    def beta(self, a: Scale, b: Scale, size: Size = None) -> Array:
        """`Generator.beta`."""
        return self._drawn_by().beta(a, b, size)

    def chisquare(self, df: Scale, size: Size = None) -> Array:
        """`Generator.chisquare`."""
        return self._drawn_by().chisquare(df, size)

    def f(self, dfnum: Scale, dfden: Scale, size: Size = None) -> Array:
        """`Generator.f`."""
        return self._drawn_by().f(dfnum, dfden, size)

    def standard_t(self, df: Scale, size: Size = None) -> Array:
        """`Generator.standard_t`."""
        return self._drawn_by().standard_t(df, size)

    def standard_cauchy(self, size: Size = None) -> Array:
        """`Generator.standard_cauchy`."""
        return self._drawn_by().standard_cauchy(size)

    def laplace(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.laplace`."""
        return self._drawn_by().laplace(loc, scale, size)

    def logistic(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.logistic`."""
        return self._drawn_by().logistic(loc, scale, size)

    def gumbel(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.gumbel`."""
        return self._drawn_by().gumbel(loc, scale, size)

    def rayleigh(self, scale: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.rayleigh`."""
        return self._drawn_by().rayleigh(scale, size)

    def weibull(self, a: Scale, size: Size = None) -> Array:
        """`Generator.weibull`."""
        return self._drawn_by().weibull(a, size)

    def pareto(self, a: Scale, size: Size = None) -> Array:
        """`Generator.pareto`."""
        return self._drawn_by().pareto(a, size)

    def power(self, a: Scale, size: Size = None) -> Array:
        """`Generator.power`."""
        return self._drawn_by().power(a, size)

    def triangular(self, left: Scale, mode: Scale, right: Scale, size: Size = None) -> Array:
        """`Generator.triangular`."""
        return self._drawn_by().triangular(left, mode, right, size)

    def poisson(self, lam: Scale = 1.0, size: Size = None) -> Array:
        """`Generator.poisson`."""
        return self._drawn_by().poisson(lam, size)

    def binomial(self, n: int | Operand, p: Scale, size: Size = None) -> Array:
        """`Generator.binomial`."""
        return self._drawn_by().binomial(n, p, size)

    def geometric(self, p: Scale, size: Size = None) -> Array:
        """`Generator.geometric`."""
        return self._drawn_by().geometric(p, size)

    def negative_binomial(self, n: Scale, p: Scale, size: Size = None) -> Array:
        """`Generator.negative_binomial`."""
        return self._drawn_by().negative_binomial(n, p, size)

    def logseries(self, p: Scale, size: Size = None) -> Array:
        """`Generator.logseries`."""
        return self._drawn_by().logseries(p, size)

    def zipf(self, a: Scale, size: Size = None) -> Array:
        """`Generator.zipf`."""
        return self._drawn_by().zipf(a, size)

    def vonmises(self, mu: Scale, kappa: Scale, size: Size = None) -> Array:
        """`Generator.vonmises`."""
        return self._drawn_by().vonmises(mu, kappa, size)

    def wald(self, mean: Scale, scale: Scale, size: Size = None) -> Array:
        """`Generator.wald`."""
        return self._drawn_by().wald(mean, scale, size)

    def noncentral_chisquare(self, df: Scale, nonc: Scale, size: Size = None) -> Array:
        """`Generator.noncentral_chisquare`."""
        return self._drawn_by().noncentral_chisquare(df, nonc, size)

    def noncentral_f(self, dfnum: Scale, dfden: Scale, nonc: Scale, size: Size = None) -> Array:
        """`Generator.noncentral_f`."""
        return self._drawn_by().noncentral_f(dfnum, dfden, nonc, size)

    def multinomial(self, n: int | Operand, pvals: Any, size: Size = None) -> Array:
        """`Generator.multinomial`."""
        return self._drawn_by().multinomial(n, pvals, size)

    def dirichlet(self, alpha: Any, size: Size = None) -> Array:
        """`Generator.dirichlet`."""
        return self._drawn_by().dirichlet(alpha, size)

    def multivariate_normal(self, mean: Operand, cov: Operand, size: Size = None) -> Array:
        """`Generator.multivariate_normal`."""
        return self._drawn_by().multivariate_normal(mean, cov, size)


#: The one whose methods are the functions of `xp.random`.
shared = RandomState()
