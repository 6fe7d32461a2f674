"""`python -m xpuarray coverage`: the Array API standard's functions, and NumPy's that are here, on each device; and
which of NumPy's public names are not here, and why (numpy_names.py).

A function is called once on a device, on arrays of a few elements, and `explain` tells by which route it ran.  Whether
it has a kernel of ours is found out on the `fake` device, which takes kernels wherever there are some.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import io
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.commands import numpy_names
from xpuarray.core.array import Array
from xpuarray.core.modes import prefer
from xpuarray.errors import FallbackError, XpuarrayError
from xpuarray.observe.explain import explain
from xpuarray.placement.devices import Device, as_device, device, devices
from xpuarray.progress import somebody_looks_on
from xpuarray.text import columns, paragraphs, table

__all__ = ["Entry", "NUMPY", "STANDARD", "entries", "main", "totals"]

#: One call of each function, by chapter; `_examples` says what x, y, v, m, i, b and z are.
STANDARD = {
    "creation": """
        arange(3) asarray([1]) empty(3) empty_like(x) eye(3) from_dlpack(x) full(3,1) full_like(x,1)
        linspace(0,1,3) meshgrid(v,v) ones(3) ones_like(x) tril(m) triu(m) zeros(3) zeros_like(x)""",
    "data types": """
        astype(x,int32) broadcast_arrays(x,x) broadcast_shapes((1,),(3,)) broadcast_to(x,(2,2,3))
        can_cast(int8,int16) finfo(float32) iinfo(int8) isdtype(float32,float32) result_type(x,x)""",
    "elementwise": """
        abs(x) acos(x) acosh(x+1) add(x,y) asin(x) asinh(x) atan(x) atan2(x,y) atanh(x) bitwise_and(i,i)
        bitwise_left_shift(i,i) bitwise_invert(i) bitwise_or(i,i) bitwise_right_shift(i,i) bitwise_xor(i,i)
        ceil(x) clip(x,0,1) conj(z) copysign(x,y) cos(x) cosh(x) divide(x,y) equal(x,y) exp(x) expm1(x)
        floor(x) floor_divide(x,y) greater(x,y) greater_equal(x,y) hypot(x,y) imag(z) isfinite(x) isinf(x)
        isnan(x) less(x,y) less_equal(x,y) log(x) log1p(x) log2(x) log10(x) logaddexp(x,y) logical_and(b,b)
        logical_not(b) logical_or(b,b) logical_xor(b,b) maximum(x,y) minimum(x,y) multiply(x,y) negative(x)
        nextafter(x,y) not_equal(x,y) positive(x) pow(x,y) real(z) reciprocal(x) remainder(x,y) round(x)
        sign(x) signbit(x) sin(x) sinh(x) square(x) sqrt(x) subtract(x,y) tan(x) tanh(x) trunc(x)""",
    "indexing": "take(v,i[0]) take_along_axis(x,i,axis=1)",
    "inspection": "__array_namespace_info__()",
    "linear algebra": "matmul(m,m) matrix_transpose(m) tensordot(m,m) vecdot(v,v)",
    "manipulation": """
        concat([x,y]) expand_dims(x) flip(x) moveaxis(x,0,1) permute_dims(x,(1,0)) repeat(x,2)
        reshape(x,(3,2)) roll(x,1) squeeze(x) stack([x,y]) tile(x,(2,2)) unstack(x)""",
    "searching": "argmax(x) argmin(x) count_nonzero(x) nonzero(x) searchsorted(v,v) where(b,x,y)",
    "sets": "isin(i,i) unique_all(i) unique_counts(i) unique_inverse(i) unique_values(i)",
    "sorting": "argsort(x) sort(x)",
    "statistics": "cumulative_prod(v) cumulative_sum(v) max(x) mean(x) min(x) prod(x) std(x) sum(x) var(x)",
    "utility": "all(b) any(b) diff(x)",
    "linalg": """
        linalg.cholesky(m) linalg.cross(v,v) linalg.det(m) linalg.diagonal(m) linalg.eig(m) linalg.eigh(m)
        linalg.eigvals(m) linalg.eigvalsh(m) linalg.inv(m) linalg.matmul(m,m) linalg.matrix_norm(m)
        linalg.matrix_power(m,2) linalg.matrix_rank(m) linalg.matrix_transpose(m) linalg.outer(v,v)
        linalg.pinv(m) linalg.qr(m) linalg.slogdet(m) linalg.solve(m,v) linalg.svd(m) linalg.svdvals(m)
        linalg.tensordot(m,m) linalg.trace(m) linalg.vecdot(v,v) linalg.vector_norm(v)""",
    "fft": """
        fft.fft(z) fft.ifft(z) fft.fftn(z) fft.ifftn(z) fft.rfft(v) fft.irfft(z) fft.rfftn(v) fft.irfftn(z)
        fft.hfft(z) fft.ihfft(v) fft.fftfreq(3) fft.rfftfreq(3) fft.fftshift(v) fft.ifftshift(v)""",
}
NUMPY = {
    "names of the standard's": """
        absolute(x) amax(x) amin(x) arccos(x) arccosh(x+1) arcsin(x) arcsinh(x) arctan(x) arctan2(x,y)
        arctanh(x) around(x) bitwise_not(i) concatenate([x,y]) conjugate(z) cumprod(v) cumsum(v) fabs(x)
        invert(i) left_shift(i,i) mod(x,y) power(x,y) right_shift(i,i) rint(x) transpose(x) true_divide(x,y)
        unique(i)""",
    "creation, files": """
        array([1]) asanyarray([1]) ascontiguousarray(x) bartlett(3) blackman(3) copy(x) copyto(x,y)
        frombuffer(b'12',uint8) fromfunction(add,(2,2)) fromiter([1],int32) geomspace(1,2,3) hamming(3)
        hanning(3) identity(3) indices((2,2)) issubdtype(int8,int8) kaiser(3,1.0) load(file) logspace(0,1,3)
        may_share_memory(x,y) min_scalar_type(3) ndim(x) promote_types(int8,int16) save(file,x) savez(file,x)
        savez_compressed(file,x) shape(x) size(x) tri(3) asarray_chkfinite(x) asfortranarray(x) common_type(x)
        isfortran(x) require(x) fromstring('1,2',sep=',')""",
    "elementwise": """
        angle(z) bitwise_count(i) cbrt(x) clip(x,0,1) deg2rad(x) degrees(x) divmod(x,y) exp2(x) fix(x)
        float_power(x,y) fmax(x,y) fmin(x,y) fmod(x,y) gcd(i,i) heaviside(x,y) i0(x) iscomplex(z)
        iscomplexobj(z) isneginf(x) isposinf(x) isreal(z) isrealobj(z) lcm(i,i) ldexp(x,i) logaddexp2(x,y)
        modf(x) nan_to_num(x) rad2deg(x) radians(x) real_if_close(z) sinc(x) spacing(x) unwrap(x) frexp(x)""",
    "shapes": """
        append(x,y) apply_along_axis(sum,0,x) array_split(x,2) atleast_1d(x) atleast_2d(x) atleast_3d(x)
        block([x,y]) column_stack([x,y]) delete(x,0) dsplit(reshape(x,(1,2,3)),3) dstack([x,y]) fliplr(x)
        flipud(x) hsplit(x,3) hstack([x,y]) insert(x,0,1) pad(x,1) ravel(x) resize(x,4) rollaxis(x,1) rot90(x)
        split(x,2) swapaxes(x,0,1) trim_zeros(v) vsplit(x,2) vstack([x,y]) row_stack([x,y])""",
    "indices": """
        argwhere(x) choose(i%2,[x,y]) compress(v>0,x,1) diag(v) diag_indices(3) diag_indices_from(m)
        diagflat(v) diagonal(m) extract(b,x) fill_diagonal(m,3) flatnonzero(x) ix_(i[0],i[1])
        mask_indices(3,triu) piecewise(x,[b],[1]) place(x,b,1) put(x,[0],1) put_along_axis(x,i,0,1)
        putmask(x,b,1) ravel_multi_index((i,i),(3,3)) select([b],[x]) trace(m) tril_indices(3)
        tril_indices_from(m) triu_indices(3) triu_indices_from(m) unravel_index(i,(3,3))
        apply_over_axes(sum,x,[0]) packbits(b)""",
    "sorting, sets": """
        argpartition(v,1) intersect1d(i,i) lexsort(i) partition(v,1) setdiff1d(i,i) setxor1d(i,i) union1d(i,i)
        sort_complex(v)""",
    "statistics": """
        average(x) bincount(i[0]) corrcoef(x) cov(x) digitize(x,v) histogram(x) histogram2d(v,v) histogramdd(x)
        histogram_bin_edges(x) median(x) percentile(x,5) ptp(x) quantile(x,.5)""",
    "without NaN": """
        nanargmax(x) nanargmin(x) nancumprod(v) nancumsum(v) nanmax(x) nanmean(x) nanmedian(x) nanmin(x)
        nanpercentile(x,5) nanprod(x) nanquantile(x,.5) nanstd(x) nansum(x) nanvar(x)""",
    "mathematics": """
        allclose(x,x) array_equal(x,x) array_equiv(x,x) convolve(v,v) correlate(v,v) cross(v,v) dot(m,v)
        ediff1d(v) einsum('ij->i',x) gradient(v) inner(v,v) interp(x,v,v) isclose(x,y) kron(x,y) matvec(m,v)
        outer(v,v) polyfit(v,v,1) polyval(v,x) trapezoid(v) vander(v) vdot(v,v) vecmat(v,m)
        einsum_path('ij->i',x) poly(v) polyadd(v,v) polyder(v) polydiv(v,v) polyint(v) polymul(v,v)
        polysub(v,v) roots(v)""",
    "linalg": """
        linalg.cond(m) linalg.lstsq(m,v) linalg.multi_dot([m,m]) linalg.norm(m) linalg.tensorinv(m,1)
        linalg.tensorsolve(m,v)""",
    "fft": "fft.fft2(x) fft.ifft2(x) fft.irfft2(x) fft.rfft2(x)",
    "random": """
        random.default_rng(1) rng.random(3) rng.uniform(0,1,3) rng.normal(0,1,3) rng.standard_normal(3)
        rng.integers(0,9,3) rng.choice(3,3) rng.permutation(3) rng.shuffle(v) rng.exponential(1,3)
        rng.standard_exponential(3) rng.gamma(2,1,3) rng.standard_gamma(2,3) rng.beta(1,2,3) rng.poisson(3,3)
        rng.binomial(5,.5,3) rng.spawn(2) random.rand(3) random.randint(9,size=3) random.normal(0,1,3)
       """,
}


class Entry(NamedTuple):
    """One function."""

    group: str  #: "standard" or "NumPy"
    chapter: str
    name: str
    routes: dict[str, str]  #: device -> "kernel", "library", "host" or "absent"
    peers: dict[str, bool]  #: another library -> whether it has a function of that name


def entries(places: Sequence[Device], names: Sequence[str] = ()) -> Iterator[Entry]:
    """Every function, or those of these names, tried out on each of the devices."""
    libraries = {name: importlib.import_module(name) for name in ("dpnp", "cupy") if _importable(name)}
    examples = {place: _examples(place) for place in (*places, as_device("fake"))}
    fake = as_device("fake")
    for group, chapters in (("standard", STANDARD), ("NumPy", NUMPY)):
        for chapter, text in chapters.items():
            for call in text.split():
                name = call.partition("(")[0]
                if names and name not in names:
                    continue
                has_kernel = _route(call, examples[fake], fake) == "kernel"
                routes = {}
                for place in places:
                    route = _route(call, examples[place], place)
                    routes[str(place)] = "kernel" if has_kernel and route == "library" else route
                yield Entry(group, chapter, name, routes, {n: _has(lib, name) for n, lib in libraries.items()})


def _importable(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _has(library: Any, name: str) -> bool:
    if name.startswith("rng."):
        library, name = getattr(library.random, "Generator", library.random), name[4:]
    for part in name.split("."):
        library = getattr(library, part, None)
    return library is not None


def _examples(place: Device) -> dict[str, Any]:
    """The names in the calls above: xpuarray's functions, and small arrays on a device."""
    import xpuarray as xp

    x = xp.asarray([[0.25, 0.5, 0.75], [0.5, 0.125, 0.25]], xp.float32, device=place)
    m = xp.asarray([[2, 0.5, 0], [0.5, 2, 0.5], [0, 0.5, 2]], xp.float32, device=place)
    return {
        **{name: getattr(xp, name) for name in dir(xp)},
        **{"x": x, "y": x + 0.125, "v": m[0], "m": m, "i": xp.asarray([[0, 1, 2], [2, 0, 1]], device=place)},
        **{"b": x > 0.3, "z": xp.asarray([1, 1j, 2], xp.complex64, device=place)},
        "rng": xp.random.default_rng(1, place) if hasattr(xp, "random") else None,
    }


def _route(call: str, names: dict[str, Any], place: Device) -> str:
    """How the call ran: "kernel", "library", "host" (it needs `allow_fallback`) or "absent"."""
    file = io.BytesIO()
    np.save(file, np.zeros(1, np.float32))
    file.seek(0)
    route = "auto" if place.backend == "fake" else "library"
    try:
        with device(place), prefer(route), warnings.catch_warnings(), explain() as calls:
            warnings.simplefilter("ignore")
            value = eval(call, {**names, "file": file})  # only the texts above
            for part in value if isinstance(value, (tuple, list)) else (value,):
                if isinstance(part, Array):
                    part.tolist()
    except (AttributeError, NameError):
        return "absent"
    except FallbackError:
        return "host"
    except XpuarrayError:
        return "absent"
    return "kernel" if any(c.route.startswith("kernel") for c in calls) else "library"


def totals(rows: Sequence[Entry]) -> dict[str, dict[str, dict[str, int]]]:
    """group -> device or library -> how many functions by which route (for libraries: "there")."""
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        group = counted.setdefault(row.group, {})
        found = {**row.routes, **{name: "there" if there else "absent" for name, there in row.peers.items()}}
        for place, route in found.items():
            routes = group.setdefault(place, {})
            routes[route] = routes.get(route, 0) + 1
    return counted


def functions() -> list[str]:
    """The names of all functions that are tried out."""
    chapters = [*STANDARD.values(), *NUMPY.values()]
    return [call.partition("(")[0] for text in chapters for call in text.split()]


def _told(rows: Iterator[Entry], count: int) -> Iterator[Entry]:
    """The same; whoever looks on is told how far it is."""
    told = somebody_looks_on()
    for number, row in enumerate(rows, 1):
        if told:
            print(f"\r{number} of {count}: {row.name}\x1b[K", end="", file=sys.stderr, flush=True)
        yield row
    if told:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def main(places: Sequence[str] = (), as_json: bool = False, names: Sequence[str] = ()) -> int:
    """Print the table of these functions (default: all) for these devices (all usable ones); returns the exit status.

    Raises XpuarrayError for a name that is not among them.
    """
    known = functions()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, [*known, "sklearn"], 3)
            raise XpuarrayError(
                f"{name} is not among the {len(known)} functions" + f"; {', '.join(near)} are" * bool(near)
            )
    tried = [as_device(place) for place in places] or [d for d in devices() if d.usable]
    rows = list(_told(entries(tried, names), len(names or known)))
    counted = totals(rows)
    of_numpy = list(numpy_names.names()) if not names else []
    if as_json:
        listed = [{**n._asdict(), "reason": "" if n.here else numpy_names.reason_of(n.full)} for n in of_numpy]
        listed_rows = [row._asdict() for row in rows]
        print(json.dumps({"functions": listed_rows, "totals": counted, "numpy": listed}, indent=2))
        return 0
    peers = list(rows[0].peers)
    head = ("", "function", *map(str, tried), *peers)
    body = [(r.chapter, r.name, *r.routes.values(), *("yes" if r.peers[p] else "" for p in peers)) for r in rows]
    print(table([head, *body], indent="", width=columns()))
    if names:
        return 0
    for group, by_place in counted.items():
        print(f"\n{group}: {sum(r.group == group for r in rows)} functions")
        for place, routes in by_place.items():
            print(f"  {place}: " + ", ".join(f"{n} {route}" for route, n in sorted(routes.items())))
    print()
    for line in numpy_names.report(of_numpy).split("\n"):
        print(paragraphs(line.lstrip(), " " * (len(line) - len(line.lstrip()))))
    return 0
