"""Every public function, called with each of its arguments replaced by all that a user may put there.

What NumPy makes of the same call is what is expected: its value, or an exception of its kind.  An exception has to be
raised on purpose, with a sentence for users: not by the interpreter, somewhere inside, on a None or a list.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import xpuarray as xp
from xpuarray.commands.coverage import NUMPY, STANDARD
from xpuarray.errors import ImplicitTransferError, UnsupportedDTypeError
from xpuarray.placement.devices import Device, as_device

#: Calls of methods, in the language of `coverage`.
METHODS = """
    x.all() x.any() x.argmax() x.argmin() v.argpartition(1) x.argsort() x.astype(int32) (i%2).choose([x,y])
    x.clip(0,1) x.compress([True,False],0) z.conj() z.conjugate() x.copy() v.cumprod() v.cumsum() m.diagonal()
    m.dot(v) c.fill(1) x.flatten() x.item(1) x.max() x.mean() x.min() x.nonzero() c.partition(1) x.prod()
    c.put([0],1) x.ravel() x.repeat(2) x.reshape((3,2)) x.round(1) v.searchsorted(0.5) c.sort() x.squeeze() x.std()
    x.sum() x.swapaxes(0,1) x.take([0]) x.tobytes() x.tolist() m.trace() x.transpose((1,0)) x.var() x.view(int32)
    x.__add__(y) x.__mul__(y) m.__matmul__(m) x.__lt__(y) x.__eq__(y) i.__and__(i) x.__pow__(y) x.__floordiv__(y)
    x.__getitem__(0) x.__getitem__(i[0,:2]-1) x.__getitem__(b) c.__setitem__(0,v) c.__setitem__(b,1.5)
    x.__contains__(0.5) c.__iadd__(y) x.__divmod__(y) i.__lshift__(i) x.__radd__(1.0)"""

#: Numbers and lists of them beside arrays, whose dtypes count otherwise than numbers'.
NUMBERS = """
    where(b,x,1) clip(x,1,2) select([b],[2],x) select([b],[x],2.5) choose(i%2,[x,2]) choose(i%2,[2.5,x])
    (i%2).choose([1,x]) stack([v,[1.0,2.0,3.0]]) isclose(x,1) float_power(v,2) interp(1,v,v) polyval(v,2)
    equal(2,3) less([1,2,3],v) divmod(x,2) full_like(x,2) append(x,1.5) insert(v,0,2)"""

#: Functions whose results NumPy has no equal of: drawn at random, or of our own kinds.
UNEQUAL = re.compile(r"^(rng\.|random\.|empty|finfo|iinfo|__array_namespace_info__|from_dlpack|load|save|may_share)")


def calls() -> list[str]:
    """One call of each function and method."""
    texts = [*STANDARD.values(), *NUMPY.values(), METHODS, NUMBERS]
    found = [call for text in texts for call in text.split()]
    return [
        call
        for call in found
        if not re.match(r"(load|save|savez|savez_compressed)\(|__array_namespace|rng.spawn", call)
        and (hasattr(np, "row_stack") or not call.startswith("row_stack("))  # NumPy 2.5 has it no more
    ]


class Call(NamedTuple):
    """A call, parsed."""

    text: str
    of: str  #: the function, as an expression
    args: list[str]
    keywords: dict[str, str]


def parsed(text: str) -> Call:
    """A call of the language of `coverage`."""
    tree = ast.parse(text, mode="eval").body
    assert isinstance(tree, ast.Call)
    keywords = {k.arg: ast.unparse(k.value) for k in tree.keywords if k.arg}
    return Call(text, ast.unparse(tree.func), [ast.unparse(a) for a in tree.args], keywords)


def names(module: Any, device: Device | None) -> dict[str, Any]:
    """What the names in calls mean: NumPy's functions and arrays, or ours on a device."""
    x = np.asarray([[0.25, 0.5, 0.75], [0.5, 0.125, 0.25]], np.float32)
    m = np.asarray([[2, 0.5, 0], [0.5, 2, 0.5], [0, 0.5, 2]], np.float32)
    values = {"x": x, "y": x + np.float32(0.125), "v": m[0].copy(), "m": m, "i": np.asarray([[0, 1, 2], [2, 0, 1]]),
              "b": x > 0.3, "z": np.asarray([1, 1j, 2], np.complex64), "c": x.copy()}  # fmt: skip
    if module is xp:
        values = {name: xp.asarray(value, device=device) for name, value in values.items()}
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    rng = module.random.default_rng(1) if device is None else module.random.default_rng(1, device)
    return {**found, **values, "rng": rng, "from_dlpack": getattr(module, "from_dlpack", None), "True": True}


# -- what arguments are replaced by ---------------------------------------------------------------


def _array(module: Any, device: Device | None, values: Any) -> Any:
    return xp.asarray(values, device=device) if module is xp else values


def _host(value: Any) -> Any:
    """An argument with NumPy's arrays in place of ours."""
    if isinstance(value, xp.Array):
        return xp.asnumpy(value)
    return type(value)(map(_host, value)) if isinstance(value, (list, tuple)) else value


def _listed(value: Any) -> Any:
    if isinstance(value, (xp.Array, np.ndarray)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_listed(v) for v in value]
    return [value]


def _strided(value: np.ndarray) -> np.ndarray:
    return np.repeat(np.atleast_1d(value), 2, axis=-1)[..., ::2] if value.ndim else value


#: name -> what stands in an argument's place: made of NumPy's argument, and then moved to the device if it is an array
KINDS: dict[str, Callable[[Any], Any]] = {
    "a list": _listed,
    "a scalar": lambda value: 1.5,
    "an int": lambda value: 1,
    "a negative int": lambda value: -1,
    "a large int": lambda value: 2**70,
    "None": lambda value: None,
    "a NumPy scalar": lambda value: np.float32(0.5),
    "a string": lambda value: "text",
    "an object": lambda value: object(),
    "a dict": lambda value: {},
    "an empty list": lambda value: [],
    "a tuple of ints": lambda value: (1, 1),
    "a list with None": lambda value: [None],
    "a ragged list": lambda value: [[1, 2], [3]],
}
ARRAYS: dict[str, Callable[[Any], Any]] = {
    "0-d": lambda value: np.asarray(0.5, np.float32),
    "a 0-d integer": lambda value: np.asarray(1),
    "empty": lambda value: np.zeros(0, np.float32),
    "an empty matrix": lambda value: np.zeros((0, 3), np.float32),
    "bools": lambda value: np.asarray([True, False, True]),
    "integers": lambda value: np.asarray([[1, 2, 0], [0, 1, 2]], np.int8),
    "complex": lambda value: np.asarray([1, 1j, 2], np.complex64),
    "3-d": lambda value: np.arange(12, dtype=np.float32).reshape(2, 2, 3),
    "a broadcast view": lambda value: np.broadcast_to(np.float32(0.5), (2, 3)),
}


class Case(NamedTuple):
    """A call with something in an argument's place."""

    call: Call
    place: int | str  #: position or name of the argument
    kind: str

    def __str__(self) -> str:
        return f"{self.call.text} with {self.kind} for argument {self.place}"


def cases(call: Call) -> Iterator[Case]:
    """Every replacement in a call."""
    for place in [*range(len(call.args)), *call.keywords]:
        for kind in (*KINDS, *ARRAYS, "NumPy's array", "strided"):
            yield Case(call, place, kind)
    for name in _parameters(call):
        if name in OPTIONS:
            for k in range(len(OPTIONS[name])):
                yield Case(call, name, f"={k}")


OPTIONS: dict[str, tuple[Any, ...]] = {
    "axis": (7, -9, 1.5, "x", (0, 0), [0], (), object(), True, None, 0, -1),
    "dtype": ("nonsense", object, "S3", "M8[s]", None, np.float64, np.int32, 7),
    "out": ([0], "x", np.zeros(3), 1.5),
    "keepdims": (True, None),
    "where": ("x", [True], None),
    "order": ("nonsense", 3),
    "casting": ("nonsense", None),
    "mode": ("nonsense", None, 3),
    "side": ("nonsense", None),
    "kind": ("nonsense", 3),
    "method": ("nonsense", None),
    "indexing": ("nonsense", None),
    "initial": ("x", 1.5),
    "ddof": ("x", None, 1),
    "bins": (0, -1, 2.5, "nonsense", None, [3, 2, 1], 4),
    "range": ((1, 0), 3, "x", (0, np.nan), None),
    "weights": ("x", [1.0], None),
    "n": (-1, 0, 1.5, "x", None, 2),
    "k": (1.5, "x", None, 1, 100),
    "norm": ("nonsense", 3, "ortho"),
    "prepend": (0, "x"),
    "append": (0, "x"),
    "offset": (1.5, "x", 1),
    "device": ("nonsense", 3),
    "copy": ("x",),
    "num": (-1, 1.5, "x"),
    "nan": ("x", 0.0),
    "decimals": (1.5, "x", 2),
    "correction": ("x", 1),
}


def _parameters(call: Call) -> list[str]:
    try:
        function = eval(call.of, names(xp, None))
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError, AttributeError, NameError):
        return []
    bound = [p.name for p in parameters[: len(call.args)]]
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.kind in plain and p.name not in bound and p.name not in call.keywords]


class Outcome(NamedTuple):
    """What came of a call."""

    value: Any
    error: BaseException | None

    def __str__(self) -> str:
        if self.error is None:
            return f"{self.value!r}".replace("\n", "")[:200]
        return f"{type(self.error).__name__}: {self.error}"[:260]


def outcome(case: Case, module: Any, device: Device | None) -> Outcome:
    """What NumPy, or our function on a device, makes of a case."""
    scope = names(module, device)
    call = case.call
    args = [eval(a, scope) for a in call.args]
    keywords = {k: eval(v, scope) for k, v in call.keywords.items()}
    if case.kind.startswith("="):
        value = OPTIONS[str(case.place)][int(case.kind[1:])]
        keywords[str(case.place)] = value
    else:
        held: Any = args if isinstance(case.place, int) else keywords
        held[case.place] = _replaced(case.kind, held[case.place], module, device)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = eval(call.of, scope)(*args, **keywords)
            if value is None and "c" in (call.of.partition(".")[0], *call.args):
                value = scope["c"]
            if value is NotImplemented:  # of which Python makes False, or a TypeError
                if call.of.endswith(("__eq__", "__ne__")):
                    return Outcome(False, None)
                raise TypeError("no operator takes that operand")
            return Outcome(_values(value), None)
    except Exception as error:
        return Outcome(None, error)


def _replaced(kind: str, value: Any, module: Any, device: Device | None) -> Any:
    if kind == "NumPy's array":
        return _host(value)
    host = _host(value)
    if kind == "strided":
        return value if not isinstance(host, np.ndarray) else _laid(module, device, host)
    if kind in ARRAYS:
        return _array(module, device, ARRAYS[kind](host))
    return KINDS[kind](host)


def _laid(module: Any, device: Device | None, host: np.ndarray) -> Any:
    if not host.ndim:
        return _array(module, device, host)
    return _array(module, device, np.repeat(host, 2, axis=-1))[..., ::2]


def _values(value: Any) -> Any:
    """A result with its arrays on the host."""
    if isinstance(value, xp.Array):
        return xp.asnumpy(value)
    if isinstance(value, (list, tuple)):
        return [_values(v) for v in value]
    return value


# -- the judgement --------------------------------------------------------------------------------

#: What Python says, and what only we know.
INTERNAL = re.compile(
    r"object has no attribute|'NoneType'|_native|object is not|object does not support|unsupported operand|bad operand"
    r"|not supported between|has no len|unpack|unhashable|__(?!dlpack)\w+__|positional argument|unexpected keyword"
    r"|usm_ndarray|dpnp|dpctl|maximum recursion|must be real number|\w\(\) argument must be"
    r"|cannot be converted|subscriptable"
)
RAISED = (TypeError, ValueError, IndexError, OverflowError, NotImplementedError, MemoryError, np.linalg.LinAlgError)
RAISED += (xp.DeviceError,)


def complaint(case: Case, ours: Outcome, numpys: Outcome) -> str:
    """What is wrong with our outcome; empty if nothing."""
    error = ours.error
    if error is not None:
        if not isinstance(error, RAISED):
            return "RAW "
        if str(error) == str(numpys.error) and type(error) is type(numpys.error):
            return ""
        if (INTERNAL.search(str(error)) and not isinstance(error, (OverflowError, xp.DeviceError))) or not str(
            error
        ).strip():
            return "RAW "
        if numpys.error is None:
            return "" if _is_a_rule(case, error) else "REFUSED "
        expected = _kinds_of(numpys.error)
        return "" if isinstance(error, expected) or _is_a_rule(case, error) else "CLASS "
    if numpys.error is not None:
        return "ACCEPTED "
    if UNEQUAL.match(case.call.text):
        return ""
    return _difference(ours.value, numpys.value)


#: NumPy makes arrays of objects of these; ours hold numbers.
NO_NUMBERS = ("None", "a string", "an object", "a dict", "a list with None", "a ragged list")


#: Of these we make arrays wherever one is wanted.
LISTS = ("a list", "an empty list", "a tuple of ints")


#: What we say of an argument of the wrong type, for which NumPy may say that its value is wrong.
WRONG_TYPE = re.compile(
    r"is (an integer|a number|a string|True or False|a Device), |neither an xpuarray array nor|out is an"
    r"|takes (integers|a list)"
)


def _is_a_rule(case: Case, error: BaseException) -> bool:
    """Whether it is on purpose that NumPy answers and we don't: arrays of NumPy's are not copied in silence, arrays
    hold numbers, dtypes are those of devices."""
    if isinstance(error, (ImplicitTransferError, UnsupportedDTypeError)):
        return True
    if isinstance(error, OverflowError) and case.kind == "a large int":
        return True
    if case.call.of.startswith("rng.") or re.search("would widen|negative dimensions|bytes-like", str(error)):
        return True
    if isinstance(error, TypeError) and WRONG_TYPE.search(str(error)):
        return case.kind not in LISTS or "neither an xpuarray array" not in str(error)
    return case.kind in NO_NUMBERS and isinstance(error, TypeError)


def _kinds_of(error: BaseException) -> tuple[type, ...]:
    kind = type(error)
    if kind.__module__ not in ("builtins", "numpy.exceptions", "numpy.linalg"):
        kind = next(k for k in kind.__mro__ if k.__module__ == "builtins")
    if INTERNAL.search(str(error)) or "tuple index out of range" in str(error):
        return RAISED
    if kind in (
        AttributeError,
        KeyError,
        AssertionError,
        RecursionError,
        UnboundLocalError,
        SystemError,
        DeprecationWarning,
    ):
        return (TypeError, ValueError, IndexError)
    return (kind, NotImplementedError)


def _difference(ours: Any, numpys: Any) -> str:
    if isinstance(numpys, (list, tuple)) and isinstance(ours, (list, tuple)):
        if len(ours) != len(numpys):
            return f"LENGTH {len(ours)} for {len(numpys)}: "
        return next((d for d in map(_difference, ours, numpys) if d), "")
    if isinstance(numpys, (np.ndarray, np.generic)) or isinstance(ours, np.ndarray):
        one, other = np.asarray(ours), np.asarray(numpys)
        if one.shape != other.shape:
            return f"SHAPE {one.shape} for {other.shape}: "
        if other.dtype.kind in "OSUV":
            return "OBJECT "
        with np.errstate(all="ignore"):
            # Of bools and bytes NumPy makes halves, and we the default float.
            near = 2e-3 if other.dtype == np.float16 else 1e-4
            if not np.allclose(one, other, rtol=near, atol=near / 10, equal_nan=True):
                return "VALUE "
        if one.dtype != other.dtype:
            return f"DTYPE {one.dtype} for {other.dtype}: "
        return ""
    if callable(numpys) or isinstance(numpys, type):
        return ""
    try:
        return "" if ours == numpys or (ours != ours and numpys != numpys) else "VALUE "
    except Exception:
        return "VALUE "


class Rule(NamedTuple):
    """Where our outcome is another, on purpose."""

    why: str
    functions: str = ""  #: their names; "": all
    places: str = ""  #: arguments, by name or position; "": all
    kinds: tuple[str, ...] = ()  #: of what stands there; none: all

    def holds(self, case: Case) -> bool:
        return (
            (not self.functions or name_of(case.call) in self.functions.split())
            and (not self.places or str(case.place) in self.places.split())
            and (not self.kinds or case.kind in self.kinds)
        )


#: complaint -> what of it is known.  What NumPy answers and we refuse (REFUSED), what we answer and NumPy refuses
#: (ACCEPTED), exceptions of another kind (CLASS), other dtypes (DTYPE), values, shapes and lengths (VALUE).
RULES: dict[str, list[Rule]] = {
    "RAW": [Rule("what the user's own function raises", "fromfunction")],
    "REFUSED": [
        Rule("an index is an integer", "put repeat take", kinds=("a scalar", "a NumPy scalar")),
        Rule(
            "complex numbers do not become real ones in silence",
            "__setitem__ fill_diagonal full_like put put_along_axis geomspace", kinds=("complex",),
        ),
        Rule("a triangle is one of a matrix", "tril triu"),
        Rule("a value that is no array has no dtype to change", "astype"),
        Rule("a number is no dtype", "finfo iinfo"),
        Rule("None is no value", "where", kinds=("None",)),
        Rule("an index has one dimension", "delete"),
        Rule("a mask has one bool an element", "insert"),
        Rule("a width is an integer of the host's", "pad", kinds=("a 0-d integer",)),
        Rule("there are as many functions as conditions, or one more", "piecewise"),
        Rule("a list is one of columns", "histogramdd", kinds=("an empty list",)),
        Rule("nothing has no quantile", "median nanmedian nanpercentile nanquantile percentile quantile"),
        Rule("a ragged list is no array", "array_equal array_equiv", kinds=("a ragged list",)),
        Rule("a seed is an integer or a sequence of them", "random.default_rng"),
        Rule("a number is no matrix", "linalg.multi_dot"),
        Rule("a number has no axis", "apply_over_axes", "1", kinds=("a NumPy scalar", "0-d", "a 0-d integer")),
        Rule("an axis appears once", "apply_over_axes", "2", kinds=("a tuple of ints",)),
        Rule("coefficients have one dimension", "polydiv", kinds=("integers", "3-d", "a broadcast view")),
        Rule("a constant is a number", "polyint", "k"),
    ],
    "ACCEPTED": [
        Rule("it has no effect here", places="order kind copy"),
        Rule("the operands are taken in that dtype", places="dtype"),
        Rule("a sequence of one axis is one, True is 1", places="axis"),
        Rule("all elementwise functions have NumPy's parameters", "fix i0 isneginf isposinf sinc", "where"),
        Rule("all reductions have `initial`, both deviations `correction`", "all any std var", "initial correction"),
        Rule("`device` is ours", "unravel_index", "device"),
        Rule("None is all axes", "apply_over_axes", "2", kinds=("None",)),
        Rule(
            "an array stands for its dtype",
            "astype can_cast finfo frombuffer fromiter iinfo issubdtype promote_types result_type view",
        ),
        Rule(
            "a list, or a number, is an array wherever one is wanted",
            "apply_over_axes block copyto correlate diag_indices_from dsplit expand_dims fft.fftshift fft.ifftshift "
            "fill fill_diagonal histogram2d hsplit linalg.tensorinv place polyval put put_along_axis putmask rollaxis "
            "split take_along_axis isfortran tril_indices_from triu_indices_from unstack vsplit", "0 1 2 3",
        ),
        Rule("vectors of two elements, which NumPy 2.5 refuses", "cross linalg.cross"),
        Rule("what is ragged is none of the two", "may_share_memory histogramdd", kinds=("a ragged list",)),
        Rule("None is False", places="keepdims"),
        Rule("to compare bounds one would have to wait for the device", "rng.uniform", kinds=("integers", "3-d")),
        Rule("a tuple, or a view, becomes an array of its own", "rng.shuffle"),
        Rule("`axis` is 0 by default, as in the standard", "expand_dims"),
        Rule("a position that is computed may be an array", "fft.fftfreq fft.rfftfreq", kinds=("a 0-d integer",)),
        Rule("nothing asks for no position", "argpartition partition delete insert"),
        Rule("complex numbers are counted by their real parts", "digitize", kinds=("complex",)),
        Rule("bools are numbers there", "gradient percentile nanpercentile quantile nanquantile", kinds=("bools",)),
        Rule("a vector stands for a matrix of it", "matvec vander"),
        Rule("q may have any dimensions", "nanpercentile nanquantile percentile quantile", "1"),
        Rule("to look for zeros one would have to wait for the device", "geomspace"),
        Rule("a matrix of any dimensions is one of columns", "histogramdd", kinds=("3-d",)),
        Rule("no weights are looked at", "histogram_bin_edges", "weights"),
        Rule("a condition may broadcast", "piecewise"),
        Rule("no shift is one of 0", "roll", "1"),
        Rule("an integer of no dimensions is one", "resize", kinds=("a 0-d integer",)),
        Rule("an empty list holds integers where indices are wanted", "unravel_index", kinds=("an empty list",)),
        Rule("any mode but three is that of NumPy's default", "put", "mode"),
    ],
    "DTYPE": [
        Rule("integers and bools become the default float, however narrow", kinds=("bools", "integers")),
        Rule("integers and bools become the default float", "fft.fftn fft.ifftn ldexp reciprocal"),
        Rule("results keep their arguments' precision", "corrcoef cov interp linalg.lstsq polyfit polyval vander"),
        Rule(
            "q is a parameter, and has no dtype",
            "nanpercentile nanquantile percentile quantile",
        ),
        Rule("integers are round already", "rint"),
        Rule("eigenvalues of real matrices are complex, as in the standard", "linalg.eig linalg.eigvals"),
        Rule("of nothing there is a number of the same precision", "poly", kinds=("empty",)),
        Rule("numbers have no precision", "full linspace logspace", kinds=("a NumPy scalar", "0-d")),
        Rule("an index is an integer, also if there is none", "ix_"),
        Rule("dtype=None is that of indices", "indices", "dtype"),
        Rule("means of integers are floats", "mean std var", "dtype"),
        Rule("counts of a list of columns", "histogram2d histogramdd"),
    ],
    "VALUE": [
        Rule("None is no dtype", "result_type", kinds=("None",)),
        Rule("integers become floats", "reciprocal spacing"),
        Rule("ours are sorted", "unique_values"),
        Rule("complex numbers are counted by their real parts", "histogram histogram_bin_edges", kinds=("complex",)),
        Rule("NumPy's window of a broken length ends in NaN", "kaiser", "0"),
        Rule("the sample's abscissae descend", "interp"),
        Rule("a list is one of columns", "histogramdd"),
        Rule("several axes make a list", "gradient", "axis"),
        Rule("vectors have either sign", "linalg.eig linalg.eigh linalg.svd linalg.qr"),
        Rule("a matrix of equal elements is singular, or nearly so", "linalg.cond", kinds=("a broadcast view",)),
        Rule("nothing but numbers equals an element", "__eq__ __ne__"),
    ],
    "CLASS": [
        Rule("what is too large cannot be allocated, or is no axis or position", kinds=("a large int",)),
        Rule("an axis that is no axis, or twice one", places="axis"),
        Rule("`device` is ours", "fromstring", "device"),
        Rule("coefficients have one dimension", "polydiv", kinds=("an empty matrix",)),
        Rule("what is not supported is a TypeError", places="kind order dtype bins range weights mode method"),
        Rule("shapes that do not fit", "choose copyto digitize einsum linalg.cond linalg.lstsq linalg.matrix_norm "
             "linalg.tensorsolve pad piecewise place polyfit put put_along_axis putmask vecmat broadcast_to reshape"),
        Rule("an array is no dtype", "finfo iinfo isdtype frombuffer fromiter view"),
        Rule("an index is an integer, an array is no shape", "insert take take_along_axis unravel_index partition "
             "argpartition ravel_multi_index permute_dims swapaxes transpose lexsort isin __setitem__ fill"),
        Rule("nothing has no quantile", "nanpercentile nanquantile percentile quantile"),
    ],
}  # fmt: skip
for other in ("SHAPE", "LENGTH"):
    RULES[other] = RULES["VALUE"]


def name_of(call: Call) -> str:
    """The function's name; a method's without the array."""
    return re.sub(r"^(\w|\(.*\))\.", "", call.of)


def _fits(ours: Any, numpys: Any, device: Device) -> bool:
    """Whether dtypes, or those of results, are what the device has in place of NumPy's."""
    if isinstance(numpys, (list, tuple)):
        return all(_fits(one, other, device) for one, other in zip(ours, numpys, strict=True))
    if isinstance(numpys, np.dtype):
        return bool(device.info.fit(numpys) == ours)
    return bool(device.info.fit(np.asarray(numpys).dtype) == np.asarray(ours).dtype)


def serious(case: Case, device: Device) -> str:
    """What is wrong with a case that no rule says is on purpose; empty if nothing."""
    ours = outcome(case, xp, device)
    numpys = outcome(case, np, None)
    wrong = complaint(case, ours, numpys)
    kind = wrong.split(" ")[0]
    if (
        (kind == "DTYPE" or isinstance(numpys.value, np.dtype))
        and not device.info.fp64
        and _fits(ours.value, numpys.value, device)
    ):
        return ""
    if kind in ("", "OBJECT") or any(rule.holds(case) for rule in RULES[kind]):
        return ""
    return f"{wrong}{case}\n  ours:    {ours}\n  NumPy's: {numpys}"


def main() -> int:
    """All cases on the devices named, which takes minutes; prints what is wrong, and returns 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", nargs="*", default=["host"])
    parser.add_argument("--prefer", default="auto", choices=("auto", "kernel", "library"), help="a route")
    options = parser.parse_args()
    found = 0
    for place in map(as_device, options.device):
        tried = 0
        with xp.device(place):
            for text in calls():
                for case in cases(parsed(text)):
                    with xp.prefer(options.prefer):
                        wrong = serious(case, place)
                    tried += 1
                    if wrong:
                        found += 1
                        print(wrong, flush=True)
        print(f"{place}: {tried} cases", flush=True)
    print(f"{found} wrong")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
