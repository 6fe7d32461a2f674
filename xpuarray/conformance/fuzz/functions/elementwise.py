"""Functions of one element at a time, operators, expressions, `fuse` and `vectorize`."""

from __future__ import annotations

from typing import Any

from xpuarray.conformance.fuzz.functions.groups import Statement, group

SCALARS = {
    "b": ("True", "False"),
    "i": ("0", "1", "2", "-1", "7", "100", "-128", "3"),
    "f": ("0.5", "2.0", "-1.5", "0.0", "1e10", "float('nan')", "float('inf')"),
    "c": ("1j", "(2-1j)"),
}
_KINDS = {"b": "b", "i": "bi", "u": "b", "f": "bif", "c": "bifc"}


def scalar(g: Any, name: str) -> str:
    """A Python scalar that a variable's dtype can take."""
    kind = g.value(name).dtype.kind
    return g.pick(SCALARS[g.pick(_KINDS[kind])] if kind != "u" else ("0", "1", "3", "7", "200"))


def second(g: Any, x: str, kinds: str = "biufc", **wanted: Any) -> str:
    """Another operand beside x: an array that broadcasts with it, or a scalar."""
    return scalar(g, x) if g.chance(0.3) else g.beside(x, kinds, **wanted)


def called(g: Any, text: str) -> str | None:
    """A call, as it is or with out= and where=; `text` lacks its closing bracket."""
    made = g.tried(f"{text})") if g.chance(0.2) else None
    if made is None or not made.ndim:
        return f"{text})"
    old = [v for v in g.variables if g.fits(v, "biufc", shape=made.shape, writable=True)]
    out = g.pick(old) if old and g.chance(0.4) else g.leaf(made.dtype.name, made.shape)
    cast = g.value(out).dtype != made.dtype  # then NumPy 2.4 writes where it must not, if out overlaps with an operand
    where = f", where={g.leaf('bool', g.narrowed(made.shape))}" if g.chance(0.3) and not cast else ""
    return f"{text}, out={out}{where})"


# -- of one operand -------------------------------------------------------------------------------


@group("sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 log10 log1p "
       "cbrt sinc i0 deg2rad rad2deg degrees radians", ulps=4, weight=12)  # fmt: skip
def smooth(g: Any, name: str) -> str | None:
    x = g.array("biuf")
    return f"lib.{name}({x})" if name in ("sinc", "i0") else called(g, f"lib.{name}({x}")


_TESTS = ("sqrt", "signbit", "isneginf", "isposinf")


@group("sqrt fabs ceil floor trunc rint spacing signbit isneginf isposinf fix modf0 modf1", jumps=True)
def real(g: Any, name: str) -> str | None:
    x = g.array("f" if name in ("spacing", "fix", "modf0", "modf1", "fabs") else "biuf" if name in _TESTS else "iuf")
    if name == "signbit":
        x = g.array("biuf", finite=True)  # whether a NaN has a sign is the hardware's choice
    if name in ("isneginf", "isposinf", "fix", "spacing"):
        return f"lib.{name}({x})"
    return f"lib.modf({x})[{name[-1]}]" if name.startswith("modf") else called(g, f"lib.{name}({x}")


@group("negative positive absolute conjugate real imag isnan isinf isfinite logical_not sign iscomplex isreal "
       "square reciprocal invert bitwise_count nan_to_num real_if_close angle", rounds=True, jumps=True)  # fmt: skip
def any_kind(g: Any, name: str) -> str | None:
    kinds = {"invert": "biu", "bitwise_count": "biu", "negative": "iufc", "positive": "iufc", "conjugate": "iufc",
             "reciprocal": "fc", "absolute": "iuf", "sign": "iuf", "square": "iufc",
             "angle": "biuf"}.get(name, "biufc")  # fmt: skip
    x = g.array(kinds)
    if name in ("real", "imag", "iscomplex", "isreal", "nan_to_num", "real_if_close", "angle"):
        return f"lib.{name}({x})"
    return called(g, f"lib.{name}({x}")


@group("csqrt cexp clog csin ccos ctanh cabs", ulps=8, weight=2)
def complexes(g: Any, name: str) -> str | None:
    return called(g, f"lib.{name[1:]}({g.array('c', finite=True)}")


# -- of two ---------------------------------------------------------------------------------------


@group("add subtract multiply maximum minimum equal not_equal less less_equal greater greater_equal "
       "logical_and logical_or logical_xor divide", rounds=True, jumps=True, weight=16)  # fmt: skip
def arithmetic(g: Any, name: str) -> str | None:
    x = g.array("biufc")
    kinds = "biuf" if g.value(x).dtype.kind != "c" else "biufc"
    if name == "subtract":
        x = g.array("iufc")
        kinds = "iufc"
    if name in (
        "maximum",
        "minimum",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
    ):  # complex numbers have no order
        x = g.array("biuf")
        kinds = "biuf"
    return called(g, f"lib.{name}({x}, {second(g, x, kinds)}")


@group("logaddexp logaddexp2", ulps=4, sums=True)  # near 0 they are differences of numbers near 1
def sums_of_powers(g: Any, name: str) -> str | None:
    x = g.array("f")
    return called(g, f"lib.{name}({x}, {second(g, x, 'f')}")


@group("fmax fmin copysign nextafter heaviside hypot arctan2 fmod remainder floor_divide mod "
       "float_power ldexp", ulps=4, jumps=True)  # fmt: skip
def reals(g: Any, name: str) -> str | None:
    x = g.array("f" if name in ("copysign", "nextafter", "heaviside", "hypot", "arctan2", "ldexp") else "iuf")
    if name == "ldexp":
        return f"lib.ldexp({x}, {g.beside(x, 'i')})"
    if name == "float_power":
        return f"lib.float_power({x}, {second(g, x, 'iuf')})"
    finite = name == "copysign"  # whether a NaN has a sign is the hardware's choice
    return called(g, f"lib.{name}({x}, {second(g, x, 'iuf', finite=finite)}")


@group("floor_divide remainder fmod bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm", weight=11)
def integers(g: Any, name: str) -> str | None:
    x = g.array("biu" if name.startswith("bitwise") else "iu")
    return called(g, f"lib.{name}({x}, {second(g, x, 'biu' if name.startswith('bitwise') else 'iu')}")


@group("power", ulps=4, weight=2)  # that of int64 and uint64 is a float
def powers(g: Any, name: str) -> str | None:
    kinds = g.pick(("f", "iu"))
    x = g.array(kinds)
    return called(g, f"lib.power({x}, {second(g, x, kinds)}")


@group("divmod", weight=1, jumps=True)
def pairs(g: Any, name: str) -> str | None:
    x = g.array("iuf")
    text = f"lib.divmod({x}, {second(g, x, 'iu' if g.value(x).dtype.kind in 'iu' else 'f')})"
    return f"{text}[{g.pick((0, 1))}]"


@group("where clip isclose nan_to_num allclose array_equal array_equiv", jumps=True, rounds=True, weight=8)
def several(g: Any, name: str) -> str | None:
    x = g.array("biuf")
    if name == "where":
        mask = g.beside(x, "b") if g.chance(0.7) else f"{g.beside(x, 'biuf')} > 0"
        return f"lib.where({mask}, {x}, {second(g, x, 'biuf')})"
    if name == "clip":
        x = g.array("iuf")
        low, high = (g.some("0", "1") or "None"), g.pick(("2", "5", "100"))
        return f"lib.clip({x}, {low}, {high})" if g.chance(0.5) else f"{x}.clip({low}, {g.beside(x, 'iuf')})"
    if name == "nan_to_num":
        return f"lib.nan_to_num({g.array('f')}, nan={g.pick(('1.0', '0.0', '-2.5'))}, posinf=9.0)"
    other = x if name == "array_equal" and g.chance(0.3) else g.beside(x, "biuf")
    return f"lib.{name}({x}, {other}{g.some(', equal_nan=True') if name not in ('array_equiv',) else ''})"


# -- operators, expressions, whole functions ---------------------------------------------------------


@group("+ - * / // % ** & | ^ << >> == != < <= > >=", rounds=True, jumps=True, ulps=0, weight=12)
def operators(g: Any, name: str) -> str | None:
    kinds = {"&": "biu", "|": "biu", "^": "biu", "<<": "iu", ">>": "iu", "//": "iu", "%": "iu", "**": "iu",
             "-": "iufc", "<": "biuf", "<=": "biuf", ">": "biuf", ">=": "biuf"}.get(name, "biufc")  # fmt: skip
    x = g.array(kinds)
    y = g.pick(("0", "1", "2", "3")) if name == "**" else second(g, x, kinds)
    return f"{x} {name} {y}" if name == "**" or g.chance(0.7) else f"{y} {name} {x}"


def expression(g: Any, depth: int, operand: Any) -> str:
    """A random expression of numbers, of which halves are rounded otherwise when they are fused."""
    if depth == 0 or g.chance(0.15):
        return operand()
    first, other = (expression(g, depth - 1, operand) for _ in range(2))
    shapes = "({0} + {1})|({0} - {1})|({0} * {1})|lib.maximum({0}, {1})|lib.minimum({0}, {1})|({0} * 2)|({0} + 1)"
    shapes += "|lib.where({0} > {1}, {0}, {1})|lib.abs({0})|(-{0})"
    return g.pick(shapes.split("|")).format(first, other)


@group("expression", rounds=True, jumps=True, weight=8)
def expressions(g: Any, name: str) -> str | None:
    x = g.array("iuf")
    kind = g.value(x).dtype.kind
    kinds = "f" if kind == "f" else "iuf"
    return expression(g, g.pick((1, 2, 2, 3)), lambda: x if g.chance(0.4) else g.beside(x, kinds))


@group("fuse", rounds=True, jumps=True, weight=0.3)
def fused(g: Any, name: str) -> str | None:
    x = g.array("iuf", size=1)
    body = expression(g, 2, lambda: g.pick(("x", "y", "x", "y", "3")))
    y = x if g.chance(0.3) else g.beside(x, g.value(x).dtype.kind)
    if g.chance(0.3):
        body = f"lib.sum({body})" if g.value(x).dtype.kind in "iu" else f"lib.max({body})"
    return f"fuse(lambda x, y: {body} + 0 * y)({x}, {y})"


@group("vectorize", weight=0.2, jumps=True)
def vectorized(g: Any, name: str) -> str | None:
    x = g.array("iuf", size=1)
    if g.value(x).dtype.itemsize < 4:
        x = g.leaf(g.pick(("int64", "uint64", "float64", "int32", "float32")), g.shape() or (3,))
        if not g.value(x).size:
            return None
    whole = g.value(x).dtype.kind in "iu"
    bodies = ("x % 10", "x // 10", "max(x, 5)", "x if x > 3 else x + x", "(x >> 3) + x", "x & 7", "min(x, 100) - 3")
    floats = ("x * 2 + 1", "max(x, 0.5)", "x if x > 3 else -x", "abs(x) - 1")
    return f"vectorize(lambda x: {g.pick(bodies if whole else floats)})({x})"


@group("+= -= *= /= //= %= &= |= ^= <<= >>= **=", rounds=True, jumps=True, weight=8)
def in_place(g: Any, name: str) -> str | None:
    kinds = {"&=": "biu", "|=": "biu", "^=": "biu", "<<=": "iu", ">>=": "iu", "//=": "iu", "%=": "iu", "**=": "iu",
             "/=": "fc", "-=": "iufc"}.get(name, "biufc")  # fmt: skip
    x = g.array(kinds, writable=True, least=1)
    kind, shape = g.value(x).dtype.kind, g.value(x).shape
    narrower = {"b": "b", "u": "bu", "i": "bi", "f": "biuf", "c": "biufc"}[kind]
    if name == "**=":
        y = g.pick(("0", "1", "2", "3"))
    elif g.chance(0.4):
        y = scalar(g, x)
    else:
        same = [v for v in g.variables if g.fits(v, narrower) and g.value(v).ndim <= len(shape)]
        y = g.pick(same) if same and g.chance(0.6) else g.leaf(g.dtype(narrower), g.narrowed(shape))
    return Statement(f"{x} {name} {y}")
