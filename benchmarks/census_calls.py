"""What the census times: a call of every public function, and what array programs do every day.

The calls are those of `xpuarray coverage`, with arrays of `n` elements for its examples; where it says a size, or where
a function would make far more than `n` elements of `n`, `OF_SIZE` has another call.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from xpuarray.commands.coverage import NUMPY, STANDARD

__all__ = ["EVERYDAY", "UNEQUAL", "arrays", "calls", "sizes_of"]

#: Calls that stand in the place of coverage's.
_OF_SIZE = """
    arange(n) asarray(x) empty(n) eye(r) full(n,1.0) linspace(0,1,n) meshgrid(w,w) ones(n) zeros(n)
    broadcast_to(v,(2,n)) broadcast_arrays(x,x[0]) acosh(q) arccosh(q) bitwise_left_shift(i,k)
    bitwise_right_shift(i,k) left_shift(i,k) right_shift(i,k) take(v,iv) expand_dims(x,0) reshape(x,(cols,rows))
    searchsorted(s,v) isin(iv,iv) linalg.cross(t,t) linalg.outer(w,w) linalg.solve(m,w) fft.fftfreq(n)
    fft.rfftfreq(n) array(x) bartlett(n) blackman(n) hamming(n) hanning(n) kaiser(n,1.0) copyto(c,y)
    frombuffer(raw,uint8) fromfunction(add,(r,r)) fromiter(range(n),float64) geomspace(1,2,n) identity(r)
    indices((r,r)) logspace(0,1,n) tri(r) ldexp(x,k) dsplit(reshape(x,(1,rows,cols)),2) hsplit(x,5) resize(x,2*n)
    choose(k,[x,y]) compress(bv,v) diag(w) diag_indices(r) diagflat(w) fill_diagonal(d,3) mask_indices(r,triu)
    place(c,b,1) put(c,[0],1) put_along_axis(c,i,1,1) putmask(c,b,1) ravel_multi_index((i,i),(cols,cols))
    tril_indices(r) triu_indices(r) unravel_index(i,(cols,cols)) argpartition(v,n//2) partition(v,n//2)
    lexsort([iv,v]) bincount(iv) digitize(x,e) histogramdd(t) convolve(v,f) correlate(v,f) cross(t,t) dot(m,w)
    interp(x,e,e) kron(g,g) matvec(m,w) outer(w,w) polyval(f,x) vander(v,4) vecmat(w,m) linalg.lstsq(m,w,rcond=None)
    linalg.tensorsolve(m,w) rng.random(n) rng.uniform(0,1,n) rng.normal(0,1,n) rng.standard_normal(n)
    rng.integers(0,9,n) rng.choice(n,n) rng.permutation(n) rng.exponential(1,n) rng.standard_exponential(n)
    split(x,5) vsplit(x,5)
    rng.gamma(2,1,n) rng.standard_gamma(2,n) rng.beta(1,2,n) rng.poisson(3,n) rng.binomial(5,.5,n)"""
#: function -> its call here
OF_SIZE = {call.partition("(")[0]: call for call in _OF_SIZE.split()}
#: About files or types, or nothing that an array program repeats.
LEFT_OUT = {"__array_namespace_info__", "common_type", "load", "save", "savez", "savez_compressed", "rng.spawn"}
#: What is no function's call, or not the usual one.
EVERYDAY = {
    "views": """
        x.T | x[0] | x[:, 1] | x[1:-1, 1:-1] | v[1:-1] | v[::2] | v[None] | x.ravel() | x.reshape(-1)
        | v.reshape((2, -1))""",
    "elements": """
        v[5] | v[-1] + v[0] | float(v[5]) | v.item(5) | v[5] > 0.5 | x[3, 4] | u[5] = 1.0 | c[3, 4] = 1.0
        | u[5] = v[4] | u[5] += v[4]""",
    "assignments": """
        u[:] = 0.0 | u[:] = v | u[1:-1] = v[1:-1] | u[1:-1] = 0.5 * (v[2:] + v[:-2]) | c[0] = 1.0
        | c[:, 1] = x[:, 2] | c[1:-1, 1:-1] = x[1:-1, 1:-1]
        | c[1:-1, 1:-1] = x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] | u += v | u *= 1.0 | u[1:-1] += v[1:-1]
        | u -= 0.5 * v""",
    "masks, gathers": """
        v[bv] | v[v > 0.5] | x[b] | u[bv] = 0.0 | u[v > 0.5] = 0.0 | v[iv] | x[ir] | u[iv] = 0.5 | u[iv] += 1.0
        | where(x > 0.5, x, 0.0) | nonzero(bv)""",
    "arithmetic": """
        x + y | x * 2.0 | x * 2.0 + 1.0 | v[1:] + v[:-1] | -x | x ** 2 | x / y | x > 0.5 | x == y | b & b | i + 1
        | i // 3 | x + x[0] | x / x[:, :1] | x + i | maximum(x, 0.0) | sin(x) * y + exp(-x) * sqrt(y) + 1.0""",
    "scalars": """
        float(sum(v)) | float(max(v)) | float(mean(x)) | int(argmax(v)) | bool(any(v > 2.0)) | float(w @ w)
        | x.sum() | x.max() | float(sum(abs(x - y)))""",
    "axes": """
        sum(x, axis=0) | sum(x, axis=1) | mean(x, axis=0) | max(x, axis=1) | min(x, axis=0) | argmax(x, axis=1)
        | std(x, axis=0) | x.sum(axis=-1, keepdims=True) | cumsum(x, axis=0) | cumsum(x, axis=1) | sort(x, axis=0)
        | any(b, axis=0) | x - mean(x, axis=0) | exp(x - max(x, axis=1, keepdims=True))""",
    "products": """
        m @ m | m @ w | w @ m | w @ w | m.T @ w | m.T @ m | x.T @ y | x[3, :9] @ m[:9, 3]
        | x[:, None, :4] @ m[:4, :4] | i @ i.T""",
    "types, shapes": """
        x.astype(float32) | i.astype(float64) | x.copy() | concatenate([v, v]) | concatenate([x, y], axis=1)
        | stack([v, v]) | x.T.copy() | zeros((rows, cols)) | array([1.0, 2.0, 3.0]) | v.tolist()""",
}
#: Values that are random, of no meaning or in no order, and vectors with any sign: only their number is compared.
UNEQUAL = re.compile(
    r"rng\.|random\.|empty|finfo|iinfo|may_share|linalg\.(eig|svd|qr)|argpartition|partition|unique_(all|values)"
)


def calls() -> Iterator[tuple[str, str]]:
    """Chapter and call: an expression, or a statement that writes into u, c or d."""
    for chapter, line in EVERYDAY.items():
        yield from ((chapter, " ".join(text.split())) for text in line.split("|"))
    seen = set(LEFT_OUT)
    for chapter, texts in (*STANDARD.items(), *NUMPY.items()):
        for call in texts.split():
            name = call.partition("(")[0]
            if name not in seen:
                yield chapter, OF_SIZE.get(name, call)
            seen.add(name)


def sizes_of(n: int) -> dict[str, Any]:
    """The numbers in calls: rows and columns of matrices with `n` elements, and the side of square ones."""
    r = math.isqrt(n)
    rows = next(k for k in range(r, 0, -1) if n % k == 0)
    return {"n": n, "rows": rows, "cols": n // rows, "r": r, "raw": bytes(n)}


def arrays(n: int, rng: np.random.Generator) -> dict[str, Callable[[], np.ndarray]]:
    """The arrays in calls, by name, each made when it is asked for."""
    size = sizes_of(n)
    rows, cols, r = size["rows"], size["cols"], size["r"]
    uniform = lambda *shape: lambda: rng.uniform(0.1, 0.9, shape)  # noqa: E731
    return {
        **dict.fromkeys("xyc", uniform(rows, cols)),
        **dict.fromkeys("vu", uniform(n)),
        "w": uniform(r),
        "m": lambda: _positive_definite(rng.random((r, r))),
        "d": uniform(r, r),
        "g": uniform(math.isqrt(r), math.isqrt(r)),  # as many elements as `w` has
        "t": uniform(n // 3, 3),
        "q": lambda: rng.uniform(1.1, 1.9, (rows, cols)),
        "s": lambda: np.sort(rng.uniform(0.1, 0.9, n)),
        "e": lambda: np.linspace(0.1, 0.9, 100),
        "f": uniform(8),
        "i": lambda: rng.integers(0, cols, (rows, cols)),
        "k": lambda: rng.integers(0, 2, (rows, cols)),
        "iv": lambda: rng.integers(0, n, n),
        "ir": lambda: rng.integers(0, rows, rows),
        "b": lambda: rng.random((rows, cols)) < 0.5,
        "bv": lambda: rng.random(n) < 0.5,
        "z": lambda: rng.random(n) + 1j * rng.random(n),
    }


def _positive_definite(values: np.ndarray) -> np.ndarray:
    """Near the unit matrix, so that the determinant is a number of any size."""
    return np.eye(len(values)) + (values + values.T) / (4 * len(values))
