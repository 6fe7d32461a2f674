"""Products, matrices, transforms, polynomials, correlations."""

from __future__ import annotations

from typing import Any

from xpuarray.conformance.fuzz.functions.groups import group


@group(
    "matmul dot inner outer vdot vecdot tensordot einsum trace kron2 cross matvec vecmat", ulps=4, sums=True, weight=10
)
def products(g: Any, name: str) -> str | None:
    kind = g.pick(("i", "u", "f", "f", "c", "b"))
    n, m, k = (g.pick((1, 2, 3, 4, 7, 16, 33) if g.scale != "few" else (0, 1, 2, 3, 4)) for _ in range(3))
    one = lambda shape: g.leaf(g.dtype(kind), shape, finite=True)  # noqa: E731
    if kind == "b" and name not in ("matmul", "dot", "outer"):
        return None
    if name in ("outer", "vdot", "vecdot", "inner"):
        return f"lib.{name}({one((n,))}, {one((m if name == 'outer' else n,))})"
    if name == "trace":
        return f"lib.trace({g.array('iufc', ndim=2, finite=True)}, {g.pick((0, 1, -1))})"
    if name == "cross":
        return f"lib.cross({one((n, 3))}, {one((n, 3))})"
    if name == "kron2":
        return f"lib.kron({one((n, 2))}, {one((2, m))})"
    if name == "matvec":
        return f"lib.matvec({one((n, m))}, {one((m,))})"
    if name == "vecmat":
        return f"lib.vecmat({one((n,))}, {one((n, m))})"
    if name == "einsum":
        sums = (("ij,jk->ik", (n, m), (m, k)), ("ij,ij->i", (n, m), (n, m)), ("i,j->ij", (n,), (m,)))
        text, first, other = g.pick(sums)
        return f"lib.einsum('{text}', {one(first)}, {one(other)})"
    first, other = g.pick((((n, m), (m, k)), ((m,), (m, k)), ((n, m), (m,)), ((2, n, m), (2, m, k))))
    if name == "tensordot":
        return f"lib.tensordot({one((n, m))}, {one((m, k))}, axes=1)"
    if name == "dot" and len(first) == 3:
        first, other = (n, m), (m, k)
    return f"{one(first)} @ {one(other)}" if g.chance(0.3) else f"lib.{name}({one(first)}, {one(other)})"


@group("solve inv det slogdet cholesky eigvalsh svdvals pinv matrix_rank norm matrix_power lstsq multi_dot qr_r cond "
       "matrix_norm vector_norm", ulps=200, sums=True, weight=3)  # fmt: skip
def linear(g: Any, name: str) -> str | None:
    n, dtype = g.pick((1, 2, 3, 5, 8)), g.pick([d for d in g.dtypes if d in ("float32", "float64", "complex128")])
    if name in ("norm", "vector_norm"):
        return f"lib.linalg.{name}({g.array('f', least=1, finite=True, size=1)})"
    a = g.leaf(dtype, g.pick(((n, n), (2, n, n))), source="regular")
    if name in ("cholesky", "eigvalsh"):
        a = g.do(f"{a} + lib.conj(lib.matrix_transpose({a}))")
    single = g.value(a).ndim == 2
    if name == "solve":
        b = g.leaf(dtype, (*g.value(a).shape[:-1], 2), finite=True)
        return f"lib.linalg.solve({a}, {b})"
    if name in ("lstsq", "multi_dot", "cond") and not single:
        return None
    return {
        "slogdet": f"lib.linalg.slogdet({a})[1]",
        "matrix_power": f"lib.linalg.matrix_power({a}, {g.pick((0, 1, 2, 3, -1))})",
        "lstsq": f"lib.linalg.lstsq({a}, {g.leaf(dtype, (n,), finite=True)})[0]",
        "multi_dot": f"lib.linalg.multi_dot([{a}, {a}, {a}])",
        "qr_r": f"lib.abs(lib.linalg.qr({a})[1])",
        "norm": f"lib.linalg.norm({a})",
    }.get(name, f"lib.linalg.{name}({a})")


@group("fft ifft rfft irfft fft2 ifft2 fftn rfftn fftshift ifftshift hfft", ulps=50, sums=True, weight=2)
def transforms(g: Any, name: str) -> str | None:
    kinds = "iuf" if name.startswith("rfft") else "iufc"
    x = g.array(kinds, least=2 if name.endswith("2") else 1, size=2, most=40000, finite=True)
    if name == "irfft" and g.value(x).shape[-1] < 2:
        return None
    return f"lib.fft.{name}({x})"


@group("polyval convolve correlate cov corrcoef polyfit", ulps=50, sums=True, weight=3)
def polynomials(g: Any, name: str) -> str | None:
    dtype = g.pick([d for d in g.dtypes if d in ("int64", "float64", "int32")])
    one = lambda shape: g.leaf(dtype, shape, finite=True)  # noqa: E731
    if name == "polyval":
        return f"lib.polyval({one((3,))}, {one((4,))})"
    if name in ("convolve", "correlate"):
        mode = g.pick(("full", "same", "valid"))
        return f"lib.{name}({one((g.pick((1, 5, 40)),))}, {one((g.pick((1, 3, 7)),))}, mode='{mode}')"
    if name == "polyfit":
        return f"lib.polyfit(lib.arange(8.0), {g.leaf('float64', (8,), finite=True)}, 2)"
    x = g.leaf(dtype, (3, 10), finite=True)
    return f"lib.{name}({x})"
