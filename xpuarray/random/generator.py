"""Random numbers, the same on every device for a seed: `default_rng` and NumPy's Generator's methods.

The generator is counter-based (Philox4x32-10): element i of a stream is a function of the seed and of i
alone, so it does not matter how many work-items make it, nor in how many calls.  See kernels/random.py.
"""

from __future__ import annotations

import builtins
import functools
import math
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.core.promotion import as_dtype, default_float
from xpuarray.core.typing import Operand, Scale, Target
from xpuarray.errors import PlacementError, UnsupportedDTypeError
from xpuarray.functions import (
    indexing,
    manipulation,
    reductions,
    scans,
    searching,
    sorting,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray
from xpuarray.functions.creation import empty
from xpuarray.functions.data_types import astype
from xpuarray.functions.distributions import (
    binomial_rows,
    binomial_table,
    bounded_rows,
    gamma_parameters,
    gamma_rows,
    poisson_rows,
    poisson_table,
    split,
)
from xpuarray.functions.signatures import write_out
from xpuarray.placement.devices import Device, as_device
from xpuarray.random.composed import Composed
from xpuarray.random.parameters import Size, check_whole, extents, given, seed_sequence, shape_of, size_for, size_of

__all__ = ["Generator", "default_rng"]

_ALL = 2**64 - 1


def default_rng(seed: Any = None, device: Device | str | None = None) -> Generator:
    """A Generator on `device` (default: the default device).

    seed: an int, several, a SeedSequence, one of NumPy's generators of bits (of which the seed counts), a Generator
        (returned as it is), or None for entropy of the operating system's.

    The same seed gives the same numbers on every device.

    >>> import xpuarray as xp
    >>> xp.random.default_rng(1, device="host").integers(0, 100, 5).tolist()
    [48, 55, 98, 77, 61]
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(seed, device)


class Generator(Composed):
    """A stream of random numbers, under the names of numpy.random.Generator's methods.

    Integers, uniform numbers and those of all distributions that a method's text does not except are equal
    to the last bit on every device. In float32 (the default where a device has no doubles) they are the same numbers,
    rounded (uniform ones cut off).

    Shapes (`size`) and scalar parameters are as in NumPy; `size=None` gives a 0-dimensional array. Parameters may be
    arrays, which broadcast: of those of place and scale the last digit is then the device's, others (shapes,
    probabilities, bounds) are read.
    """

    def __init__(self, seed: Any = None, device: Device | str | None = None):
        self.seed_seq = sequence = seed_sequence(seed)
        self.device = as_device(device)
        self._key = np.uint64(sequence.generate_state(1, np.uint64)[0])
        self._position = 0
        self._lock = threading.Lock()

    @checked
    def spawn(self, n_children: int) -> list[Generator]:
        """`n_children` generators on the same device, with streams of their own (as NumPy's SeedSequence spawns)."""
        return [Generator(child, self.device) for child in self.seed_seq.spawn(n_children)]

    def __repr__(self) -> str:
        return f"Generator(Philox4x32-10, {self.device}, position {self._position})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in self.__dict__.items() if name != "_lock"} | {"device": str(self.device)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from xpuarray.core.array import pickled_device

        self.__dict__.update(state, device=pickled_device(state["device"], "this generator"), _lock=threading.Lock())

    # -- integers ----------------------------------------------------------------------------
    @checked
    def integers(
        self,
        low: int | Operand,
        high: int | Operand | None = None,
        size: Size = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
    ) -> Array:
        """Integers from low up to, but without (`endpoint`: with) high, or from 0 to low; all equally likely.

        Raises ValueError if there is none, or if they don't fit into `dtype`.
        """
        first, end = (0, low) if high is None else (low, high)
        wanted = as_dtype(dtype, self.device)
        limits = np.iinfo(wanted) if wanted.kind in "iu" else None
        if wanted.kind not in "biu":
            raise UnsupportedDTypeError(f"integers: {wanted} is no integer dtype")
        least, greatest = (limits.min, limits.max) if limits else (0, 1)
        words = np.dtype(np.uint64)  # modulo 2**64
        if isinstance(first, Array) or isinstance(end, Array):
            check_whole("integers", first, end)
            drawn = self._apart(
                "bounded",
                words,
                size,
                (first, end),
                lambda low, high: Rows(bounded_rows(low, high, endpoint, (least, greatest), wanted)),
            )
        else:
            first, last = int(first), int(end) - (0 if endpoint else 1)
            if not least <= first <= last <= greatest:
                raise ValueError(f"integers: {first} to {last} is empty, or does not fit into {wanted}")
            extent = last - first + 1
            parameters = tuple(np.uint64(v & _ALL) for v in (first, extent, 2**64 % extent))
            drawn = self._fill("bounded", None, words, size, parameters)
        return astype(astype(drawn, np.int64) if wanted.kind == "i" else drawn, wanted, copy=False)

    @checked
    def poisson(self, lam: Scale = 1.0, size: Size = None) -> Array:
        """Counts (int64) of events, `lam` on average; up to 4e9.  By inversion of a table, exact to 2**-52."""
        (lam,) = given("poisson", lam=lam)
        if isinstance(lam, Array):
            return self._apart("poisson", np.int64, size, (lam,), lambda lam: Rows(*poisson_rows(lam)))
        if not 0 <= lam <= 4e9:
            raise ValueError(f"poisson: lam must be between 0 and 4e9, not {lam}")
        return self._inverted(size, *poisson_table(float(lam)))

    @checked
    def binomial(self, n: int | Operand, p: Scale, size: Size = None) -> Array:
        """Successes (int64) among `n` tries (up to 1e10) of probability `p`.  By inversion of a table."""
        n, p = given("binomial", n=n, p=p)
        if isinstance(n, Array) or isinstance(p, Array):
            check_whole("binomial", n)
            return self._apart("binomial", np.int64, size, (n, p), lambda n, p: Rows(*binomial_rows(n, p)))
        if not 0 <= n <= 10**10 or not 0 <= p <= 1:
            raise ValueError(f"binomial: n must be between 0 and 1e10, and p a probability, not {n} and {p}")
        return self._inverted(size, *binomial_table(int(n), float(p)))

    def _inverted(self, size: Size, first: int, thresholds: np.ndarray) -> Array:
        return self._fill("count", None, np.dtype(np.int64), size, (np.int64(first),), thresholds)

    # -- real numbers ------------------------------------------------------------------------
    @checked
    def random(self, size: Size = None, dtype: Any = None, out: Array | None = None) -> Array:
        """Uniform numbers in [0, 1): multiples of 2**-53, in float32 of 2**-24."""
        return write_out("random", self._placed("uniform", 64, 0.0, 1.0, size_of(size, out), dtype), out)

    @checked
    def uniform(self, low: Scale = 0.0, high: Scale = 1.0, size: Size = None, dtype: Any = None) -> Array:
        """Uniform numbers in [low, high)."""
        low, high = given("uniform", low=low, high=high)
        return self._placed("uniform", 64, low, high - low, size, dtype)

    @checked
    def standard_exponential(
        self, size: Size = None, dtype: Any = None, method: str = "zig", out: Array | None = None
    ) -> Array:
        """Exponential numbers of mean 1, by inversion, whatever `method` says."""
        if method not in ("zig", "inv"):
            raise ValueError(f"standard_exponential: method is 'zig' or 'inv', not {method!r}")
        value = self._placed("exponential", 58, 0.0, 1.0, size_of(size, out), dtype)
        return write_out("standard_exponential", value, out)

    @checked
    def exponential(self, scale: Scale = 1.0, size: Size = None, dtype: Any = None) -> Array:
        """Exponential numbers of mean `scale`."""
        (scale,) = given("exponential", scale=scale)
        return self._placed("exponential", 58, 0.0, scale, size, dtype)

    @checked
    def standard_normal(self, size: Size = None, dtype: Any = None, out: Array | None = None) -> Array:
        """Normal numbers of mean 0 and deviation 1, by the ziggurat method."""
        return write_out("standard_normal", self._placed("normal", 60, 0.0, 1.0, size_of(size, out), dtype), out)

    @checked
    def normal(self, loc: Scale = 0.0, scale: Scale = 1.0, size: Size = None, dtype: Any = None) -> Array:
        """Normal numbers of mean `loc` and deviation `scale`."""
        loc, scale = given("normal", loc=loc, scale=scale)
        return self._placed("normal", 60, loc, scale, size, dtype)

    @checked
    def standard_gamma(self, shape: Scale, size: Size = None, dtype: Any = None, out: Array | None = None) -> Array:
        """Gamma numbers of scale 1, by Marsaglia's and Tsang's method; `shape` is up to 1e12."""
        return write_out("standard_gamma", self.gamma(shape, 1.0, size_of(size, out), dtype), out)

    @checked
    def gamma(self, shape: Scale, scale: Scale = 1.0, size: Size = None, dtype: Any = None) -> Array:
        """Gamma numbers of a `shape` up to 1e12."""
        wanted = self._float(dtype)
        shape, scale = given("gamma", shape=shape, scale=scale)
        if isinstance(scale, Array):
            return self.gamma(shape, 1.0, size_for(size, shape, scale), dtype) * scale
        if isinstance(shape, Array):
            return self._apart(
                "gamma", wanted, size, (shape,), lambda shape: _gamma_rows("gamma", wanted, scale, shape)
            )
        parts, factor = gamma_parameters("gamma", shape)
        return self._fill("gamma", wanted, wanted, size, (parts, wanted.type(factor * scale)))

    @checked
    def beta(self, a: Scale, b: Scale, size: Size = None, dtype: Any = None) -> Array:
        """Beta numbers, for `a` and `b` from about 0.01 on.  Its one division may differ by 3 units in the last place
        on devices that do not round divisions as IEEE 754 says (in float32 only)."""
        wanted = self._float(dtype)
        a, b = given("beta", a=a, b=b)
        if isinstance(a, Array) or isinstance(b, Array):
            return self._apart("beta", wanted, size, (a, b), lambda a, b: _gamma_rows("beta", wanted, 1.0, a, b))
        (of_x, x), (of_y, y) = (gamma_parameters("beta", v) for v in (a, b))
        return self._fill("beta", wanted, wanted, size, (of_x, of_y, wanted.type(x), wanted.type(y)))

    # -- bytes and orders --------------------------------------------------------------------
    @checked
    def bytes(self, length: int) -> builtins.bytes:
        """So many random bytes, on the host."""
        return asnumpy(self.integers(0, 256, length, np.uint8)).tobytes()

    @checked
    def permuted(self, x: Operand, axis: int | None = None, out: Array | None = None) -> Array:
        """A copy of x, each of its columns along `axis` (None: all elements) in a random order of its own."""
        keys = self.random(x.shape)
        if axis is None:
            value = manipulation.reshape(self.permutation(manipulation.ravel(x)), x.shape)
        else:
            value = indexing.take_along_axis(x, sorting.argsort(keys, axis=axis), axis=axis)
        return write_out("permuted", value, out)

    @checked
    def permutation(self, x: int | Operand, axis: int = 0) -> Array:
        """A copy of x with its parts along `axis` in random order; of an int, that of `arange(x)`."""
        if isinstance(x, Array) and x.ndim:
            return indexing.take(x, self._order(self._here("permutation", x).shape[axis]), axis=axis)
        return self._order(int(x))

    @checked
    def shuffle(self, x: Target, axis: int = 0) -> None:
        """Bring the parts of x along `axis` into random order, in x itself."""
        x[...] = self.permutation(x, axis)

    @checked
    def choice(
        self,
        a: int | Operand,
        size: Size = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
    ) -> Array:
        """Parts of `a` along `axis` (an int: of `arange(a)`), with probabilities `p` (default: equal ones).

        p: a sequence or an array, which sums to 1; it is read to 48 binary digits

        Raises ValueError if there are not enough parts to draw `size` of them without replacement.
        """
        a = int(a) if isinstance(a, Array) and not a.ndim else a
        n = self._here("choice", a).shape[axis] if isinstance(a, Array) else int(a)
        shape = shape_of(size)
        total = math.prod(shape)
        if (total and n < 1) or (not replace and total > n):
            raise ValueError(
                f"choice: there are {n} parts to take {total} from, {'with' if replace else 'without'} replacement"
            )
        weights = None if p is None else self._weights(p, n)
        if replace:
            index = self.integers(0, n, total) if weights is None else self._weighted(weights, total)
        elif weights is None:
            index = self._order(n)[:total]
        else:
            # P. Efraimidis, P. Spirakis, "Weighted random sampling with a reservoir", 2006: the first to arrive.
            arrivals = self.standard_exponential(n) / astype(weights, default_float(self.device))
            index = sorting.argsort(arrivals)[:total]
        if not isinstance(a, Array):
            return manipulation.reshape(index, shape)
        taken = indexing.take(a, index, axis=axis)
        axis %= a.ndim
        return manipulation.reshape(taken, (*a.shape[:axis], *shape, *a.shape[axis + 1 :]))

    def _weights(self, p: Any, n: int) -> Array:
        values = p if isinstance(p, Array) else asarray(p, default_float(self.device), device=self.device)
        if values.shape != (n,):
            raise ValueError(f"choice: p has shape {values.shape}, there are {n} parts")
        if bool(reductions.any(values < 0)) or abs(float(reductions.sum(values)) - 1) > 1e-5:
            raise ValueError("choice: probabilities must not be negative, and sum to 1")
        return astype(values * 2.0**48, np.int64)

    def _weighted(self, weights: Array, total: int) -> Array:
        """Sums of integers are the same on every device, whatever their order."""
        sums = scans.cumulative_sum(weights)
        drawn = self.integers(0, int(sums[-1]), total)
        return searching.searchsorted(sums, drawn, side="right")

    def _order(self, n: int) -> Array:
        keys = self._fill("word", None, np.dtype(np.uint64), n, (np.int64(0),))
        return sorting.argsort(keys)

    def _here(self, name: str, x: Array) -> Array:
        if x.device is not self.device:
            raise PlacementError(
                f"{name}: the generator is on {self.device}, the array on {x.device}; "
                f"move one: a.to_device({str(self.device)!r})"
            )
        return x

    # -- parameters --------------------------------------------------------------------------
    def _apart(
        self, name: str, dtype: Any, size: Size, parameters: tuple[Any, ...], make: Callable[..., Rows]
    ) -> Array:
        """Numbers each of which has parameters of its own, which are read: of these `make` gives the kernel's rows."""
        from xpuarray.lang import Range
        from xpuarray.launch.launch import call_kernel

        shape = extents(name, size, *(p for p in parameters if isinstance(p, Array)))
        out = empty(math.prod(shape), dtype, device=self.device)
        if out.size:
            values = np.broadcast_arrays(*(asnumpy(p) if isinstance(p, Array) else p for p in parameters))
            made = make(*(v.reshape(-1) for v in values))
            each = np.broadcast_to(np.arange(values[0].size).reshape(values[0].shape), shape).reshape(-1)
            which, rows, factors = (asarray(v, device=self.device) for v in (each, made.rows, made.factors))
            table = _table(self.device, True) if made.table is None else asarray(made.table, device=self.device)
            kernel = _kernel_of_rows(name, out.dtype.name)
            key, position = self._taken(out.size)
            call_kernel(kernel, Range(out.size), key, position, which, rows, factors, table, out)
        return manipulation.reshape(out, shape)

    def _taken(self, count: int) -> tuple[np.uint64, np.uint64]:
        """The key, and the place in the stream from which on so many numbers are taken."""
        with self._lock:  # no two threads draw the same numbers
            position, self._position = self._position, self._position + count
        return self._key, np.uint64(position)

    # -- launches ----------------------------------------------------------------------------
    def _float(self, dtype: Any) -> np.dtype:
        wanted = default_float(self.device) if dtype is None else as_dtype(dtype, self.device)
        if wanted not in (np.float32, np.float64):
            raise UnsupportedDTypeError(f"random numbers are float32 or float64, not {wanted}; use astype")
        return wanted

    def _placed(self, name: str, point: int, loc: Scale, scale: Scale, size: Size, dtype: Any) -> Array:
        """loc + scale * z, of the numbers z that the kernel `name` makes in fixed point."""
        wanted = self._float(dtype)
        if isinstance(loc, Array) or isinstance(scale, Array):
            shape = extents(name, size, *(v for v in (loc, scale) if isinstance(v, Array)))
            return loc + scale * self._placed(name, point, 0.0, 1.0, shape, wanted)
        if scale < 0 or not math.isfinite(scale):
            raise ValueError(f"{name}: the scale must be finite and not negative: {scale}")
        mantissa, exponent = split(scale)
        parameters = (wanted.type(loc), mantissa, wanted.type(math.ldexp(1.0, int(exponent) - point + 1)))
        return self._fill(name, wanted, wanted, size, parameters)

    def _fill(
        self,
        name: str,
        convert: np.dtype | None,
        dtype: np.dtype,
        size: Size,
        parameters: tuple[Any, ...],
        table: np.ndarray | None = None,
    ) -> Array:
        """An array of `size`, filled by the kernel `name`, which takes as many counters as there are elements."""
        from xpuarray.lang import Range
        from xpuarray.launch.launch import call_kernel

        shape = shape_of(size)
        out = empty(math.prod(shape), dtype, device=self.device)
        if out.size:
            kernel, blocks = _kernel(name, "" if convert is None else convert.name)
            numbers = _table(self.device, blocks) if table is None else asarray(table, device=self.device)
            items = out.size if blocks else out.size // 2 + 1
            key, position = self._taken(out.size)
            call_kernel(kernel, Range(items), key, position, parameters, numbers, out)
        return manipulation.reshape(out, shape)


# -- kernels and their parameters ---------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _kernel(name: str, dtype: str) -> tuple[Any, bool]:
    """The kernel whose results are `dtype` (empty: integers), and whether it takes a block an element."""
    from xpuarray.kernels import random as kernels

    value: Callable[..., Any] = getattr(kernels, name)
    if name == "uniform":
        value = kernels.uniform(np.uint64(11 if dtype == "float64" else 40), np.dtype(dtype).type)
    elif dtype:
        value = value(np.dtype(dtype).type)
    blocks = name in ("bounded", "normal", "gamma", "beta")
    return (kernels.by_blocks if blocks else kernels.by_words)(value), blocks


class Rows(NamedTuple):
    """What a kernel of rows takes for parameters of each number's own."""

    rows: np.ndarray  #: (m, k) uint64
    table: np.ndarray | None = None  #: None: the ziggurat's
    factors: np.ndarray = np.zeros((1, 1), np.float32)  #: (m, f)


def _gamma_rows(name: str, dtype: np.dtype, scale: float, *shapes: np.ndarray) -> Rows:
    made = [gamma_rows(name, shape) for shape in shapes]
    factors = np.stack([factor * scale for _, factor in made], axis=-1).astype(dtype)
    return Rows(np.concatenate([rows for rows, _ in made], axis=-1), None, factors)


@functools.lru_cache(maxsize=64)
def _kernel_of_rows(name: str, dtype: str) -> Any:
    """The kernel that gives each element the numbers of its row."""
    from xpuarray.kernels import random, random_rows

    value: Any = getattr(random_rows if name in ("poisson", "binomial") else random, name)
    take = {"gamma": random_rows.take_gamma, "beta": random_rows.take_beta}.get(name)
    return (
        random_rows.by_rows(value, random_rows.take_three)
        if take is None
        else random_rows.by_rows(value(np.dtype(dtype).type), take)
    )


@functools.lru_cache(maxsize=64)
def _table(device: Device, blocks: bool) -> Array:
    from xpuarray.kernels import fixed_point, random

    return asarray(random.ziggurat_tables() if blocks else fixed_point.tables(), device=device)
