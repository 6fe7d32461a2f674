"""Distributions composed of those that have a kernel: what is computed from their numbers by functions of arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.core.promotion import default_float
from xpuarray.core.typing import Operand, Scale
from xpuarray.functions import choosing, elementwise, factorisations, joining, manipulation, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray
from xpuarray.functions.data_types import astype
from xpuarray.random.parameters import Size, all_hold, given, shape_of, size_for

__all__ = ["Composed"]


class Composed:
    """The methods of a Generator whose last digit is the device's."""

    if TYPE_CHECKING:  # what Generator has, whose base this is
        device: Any
        random: Any
        binomial: Any
        normal: Any
        poisson: Any
        gamma: Any
        standard_exponential: Any
        standard_gamma: Any
        standard_normal: Any

    @checked
    def lognormal(self, mean: Scale = 0.0, sigma: Scale = 1.0, size: Size = None) -> Array:
        """Numbers whose logarithms are normal, of mean `mean` and deviation `sigma`."""
        mean, sigma = given("lognormal", mean=mean, sigma=sigma)
        return elementwise.exp(self.normal(mean, sigma, size))

    @checked
    def laplace(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """Laplace numbers: the difference of two exponential ones."""
        loc, scale = given("laplace", loc=loc, scale=scale)
        size = size_for(size, loc, scale)
        return loc + scale * (self.standard_exponential(size) - self.standard_exponential(size))

    @checked
    def logistic(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """Logistic numbers: the logarithm of the ratio of two exponential ones."""
        loc, scale = given("logistic", loc=loc, scale=scale)
        size = size_for(size, loc, scale)
        return loc + scale * elementwise.log(self.standard_exponential(size) / self.standard_exponential(size))

    @checked
    def gumbel(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None) -> Array:
        """Gumbel numbers: of the greatest of many."""
        loc, scale = given("gumbel", loc=loc, scale=scale)
        return loc - scale * elementwise.log(self.standard_exponential(size_for(size, loc, scale)))

    @checked
    def rayleigh(self, scale: Scale = 1.0, size: Size = None) -> Array:
        """Rayleigh numbers: the length of a vector of two normal ones."""
        (scale,) = given("rayleigh", scale=scale)
        return scale * elementwise.sqrt(2 * self.standard_exponential(size_for(size, scale)))

    @checked
    def weibull(self, a: Scale, size: Size = None) -> Array:
        """Weibull numbers of shape `a` and scale 1; of shape 0 they are 0."""
        (a,) = given("weibull", a=a)
        drawn = self.standard_exponential(size_for(size, a))
        if isinstance(a, Array):
            return choosing.where(a == 0, 0.0, drawn ** (1 / a))
        return drawn ** (1 / a) if a else drawn * 0.0

    @checked
    def pareto(self, a: Scale, size: Size = None) -> Array:
        """Pareto numbers of the second kind (Lomax), of shape `a`."""
        (a,) = given("pareto", a=a)
        return elementwise.expm1(self.standard_exponential(size_for(size, a)) / a)

    @checked
    def power(self, a: Scale, size: Size = None) -> Array:
        """Numbers in [0, 1] of density a * x**(a - 1)."""
        (a,) = given("power", a=a)
        return elementwise.exp(-self.standard_exponential(size_for(size, a)) / a)

    @checked
    def triangular(self, left: Scale, mode: Scale, right: Scale, size: Size = None) -> Array:
        """Numbers of triangular density between left and right, highest at `mode`."""
        left, mode, right = given("triangular", left=left, mode=mode, right=right)
        for holds in (left <= mode, mode <= right, left < right):
            if not all_hold(holds):
                raise ValueError(f"triangular: left <= mode <= right and left < right, not {left}, {mode}, {right}")
        u = self.random(size_for(size, left, mode, right))
        whole, below = right - left, mode - left
        under = u * whole < below
        low = left + elementwise.sqrt(u * whole * below)
        high = right - elementwise.sqrt((1 - u) * whole * (right - mode))
        return choosing.where(under, low, high)

    @checked
    def standard_cauchy(self, size: Size = None) -> Array:
        """Cauchy numbers: the ratio of two normal ones."""
        return self.standard_normal(size) / self.standard_normal(size)

    @checked
    def chisquare(self, df: Scale, size: Size = None) -> Array:
        """Sums of `df` squares of normal numbers."""
        (df,) = given("chisquare", df=df)
        return 2 * self.standard_gamma(df / 2, size)

    @checked
    def f(self, dfnum: Scale, dfden: Scale, size: Size = None) -> Array:
        """The ratio of two `chisquare`, each over its degrees of freedom."""
        dfnum, dfden = given("f", dfnum=dfnum, dfden=dfden)
        size = size_for(size, dfnum, dfden)
        return (self.chisquare(dfnum, size) / dfnum) / (self.chisquare(dfden, size) / dfden)

    @checked
    def standard_t(self, df: Scale, size: Size = None) -> Array:
        """Student's t with `df` degrees of freedom."""
        (df,) = given("standard_t", df=df)
        size = size_for(size, df)
        return self.standard_normal(size) / elementwise.sqrt(self.chisquare(df, size) / df)

    @checked
    def geometric(self, p: Scale, size: Size = None) -> Array:
        """How many tries (int64) of probability p it takes to succeed."""
        (p,) = given("geometric", p=p)
        rate = -elementwise.log1p(-p) if isinstance(p, Array) else -math.log1p(-p) if p < 1 else math.inf
        tries = elementwise.ceil(self.standard_exponential(size_for(size, p)) / rate)
        return astype(elementwise.maximum(tries, 1.0), np.int64)

    @checked
    def dirichlet(self, alpha: Operand, size: Size = None) -> Array:
        """Shares, (*size, len(alpha)), that sum to 1."""
        parts = self.standard_gamma(alpha, (*shape_of(size), alpha.size))
        return parts / reductions.sum(parts, axis=-1, keepdims=True)

    @checked
    def multinomial(self, n: int | Operand, pvals: Operand, size: Size = None) -> Array:
        """How often (int64) each of len(pvals) results, of these probabilities, occurs in n tries."""
        shares = asnumpy(pvals).astype(np.float64)
        if (shares < 0).any() or shares[:-1].sum() > 1 + 1e-6:
            raise ValueError(f"multinomial: probabilities must not be negative, and sum to 1, not {shares}")
        shape, rest, counts = size_for(size, n), n, []
        left = 1 - np.concatenate([[0.0], np.cumsum(shares[:-1])])  # for this result and those after it
        for share, of in zip(shares[:-1], left):
            counts.append(self.binomial(rest, min(share / of, 1.0) if of > 0 else 0.0, shape))
            rest = rest - counts[-1]
        others = asarray(rest, np.int64, device=self.device)
        return joining.stack([*counts, manipulation.broadcast_to(others, shape_of(shape))], axis=-1)

    @checked
    def negative_binomial(self, n: Scale, p: Scale, size: Size = None) -> Array:
        """How many tries (int64) of probability p fail before n succeed; n is any number above 0."""
        n, p = given("negative_binomial", n=n, p=p)
        return self.poisson(self.gamma(n, (1 - p) / p, size_for(size, n, p)))

    @checked
    def logseries(self, p: Scale, size: Size = None) -> Array:
        """Counts (int64) k from 1 on, of probabilities in proportion to p**k / k.

        A. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables", 1981.
        """
        (p,) = given("logseries", p=p)
        size = size_for(size, p)
        rate = elementwise.log1p(-p) if isinstance(p, Array) else math.log1p(-p)
        chance = -elementwise.expm1(rate * self.random(size))
        counts = 1 + elementwise.floor(-self.standard_exponential(size) / elementwise.log(chance))
        return astype(elementwise.maximum(counts, 1.0), np.int64)

    @checked
    def zipf(self, a: Scale, size: Size = None) -> Array:
        """Counts (int64) k from 1 on, of probabilities in proportion to k**-a.

        L. Devroye, "Non-uniform random variate generation", 1986, X.6: of those whose count is refused, others are
        drawn.
        """
        (a,) = given("zipf", a=a)
        size, power = size_for(size, a), a - 1
        b = 2.0**power

        def draw() -> tuple[Array, Array]:
            counts = elementwise.floor((1 - self.random(size)) ** (-1 / power))
            t = (1 + 1 / counts) ** power
            return counts, (counts < 2.0**62) & (self.random(size) * counts * (t - 1) / (b - 1) <= t / b)

        return astype(_until_taken(draw), np.int64)

    @checked
    def vonmises(self, mu: Scale, kappa: Scale, size: Size = None) -> Array:
        """Angles in [-pi, pi] about `mu`, the nearer the larger `kappa` is.

        D. Best, N. Fisher, "Efficient simulation of the von Mises distribution", Applied Statistics 28 (1979).
        """
        mu, kappa = given("vonmises", mu=mu, kappa=kappa)
        size = size_for(size, mu, kappa)
        kappa = asarray(kappa, default_float(self.device), device=self.device)
        least = elementwise.maximum(kappa, 1e-6)  # below, what is taken is as good as uniform
        r = 1 + elementwise.sqrt(1 + 4 * least * least)
        rho = (r - elementwise.sqrt(2 * r)) / (2 * least)
        s = (1 + rho * rho) / (2 * rho)

        def draw() -> tuple[Array, Array]:
            z = elementwise.cos(math.pi * self.random(size))
            w = (1 + s * z) / (s + z)
            y = least * (s - w)
            u = self.random(size)
            return w, (y * (2 - y) >= u) | (elementwise.log(y / u) + 1 >= y)

        angle = elementwise.acos(elementwise.minimum(elementwise.maximum(_until_taken(draw), -1.0), 1.0))
        angle = mu + choosing.where(self.random(size) < 0.5, -angle, angle)
        return elementwise.remainder(angle + math.pi, 2 * math.pi) - math.pi

    @checked
    def wald(self, mean: Scale, scale: Scale, size: Size = None) -> Array:
        """Inverse Gaussian numbers.

        J. Michael, W. Schucany, R. Haas, "Generating random variates using transformations with multiple roots", 1976.
        """
        mean, scale = given("wald", mean=mean, scale=scale)
        size = size_for(size, mean, scale)
        y = mean * self.standard_normal(size) ** 2
        root = mean + mean / (2 * scale) * (y - elementwise.sqrt(4 * scale * y + y * y))
        return choosing.where(self.random(size) * (mean + root) <= mean, root, mean * mean / root)

    @checked
    def noncentral_chisquare(self, df: Scale, nonc: Scale, size: Size = None) -> Array:
        """Sums of `df` squares of normal numbers, the squares of whose means sum to `nonc`."""
        df, nonc = given("noncentral_chisquare", df=df, nonc=nonc)
        return self.chisquare(df + 2 * self.poisson(nonc / 2, size_for(size, df, nonc)))

    @checked
    def noncentral_f(self, dfnum: Scale, dfden: Scale, nonc: Scale, size: Size = None) -> Array:
        """The ratio of a `noncentral_chisquare` to a `chisquare`, each over its degrees of freedom."""
        dfnum, dfden, nonc = given("noncentral_f", dfnum=dfnum, dfden=dfden, nonc=nonc)
        size = size_for(size, dfnum, dfden, nonc)
        return (self.noncentral_chisquare(dfnum, nonc, size) / dfnum) / (self.chisquare(dfden, size) / dfden)

    @checked
    def multivariate_normal(
        self,
        mean: Operand,
        cov: Operand,
        size: Size = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        *,
        method: str = "svd",
    ) -> Array:
        """Normal vectors, (*size, n), of mean `mean` (n,) and covariance `cov` (n, n), by its eigenvectors.

        check_valid: "raise" ValueError where an eigenvalue is below -tol, or take that for 0 ("warn", "ignore")
        method: NumPy's "svd", "eigh" or "cholesky"; has no effect
        """
        if check_valid not in ("warn", "raise", "ignore") or method not in ("svd", "eigh", "cholesky"):
            raise ValueError(
                f"multivariate_normal: check_valid {check_valid!r} or method {method!r} is none of NumPy's"
            )
        if mean.ndim != 1 or cov.shape != (mean.size, mean.size):
            raise ValueError(f"multivariate_normal: mean {mean.shape} and cov {cov.shape} are not (n,) and (n, n)")
        values, vectors = factorisations.eigh(cov)
        if check_valid == "raise" and bool(reductions.any(values < -tol)):
            raise ValueError("multivariate_normal: the covariance is not symmetric positive-semidefinite")
        width = elementwise.sqrt(elementwise.maximum(values, 0.0))
        return mean + (self.standard_normal((*shape_of(size), mean.size)) * width) @ vectors.T


def _until_taken(draw: Callable[[], tuple[Array, Array]]) -> Array:
    """Numbers of which `draw` gives candidates and says which are taken, drawn until all are."""
    values, taken = draw()
    while not all_hold(taken):
        others, also = draw()
        values, taken = choosing.where(taken, values, others), taken | also
    return values
