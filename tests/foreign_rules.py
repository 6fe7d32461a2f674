"""Why tests of others fail on purpose: our rules, each with the message or the test by which it is known.

A rule stands in docs/differences.md, or says what has no counterpart here.  What no rule explains is a fault.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from xpuarray.commands.numpy_names import ABSENT

__all__ = ["RULES", "Rule", "rule_of"]


class Rule(NamedTuple):
    """One rule of ours."""

    text: str
    cause: str = "$^"  #: pattern of the first cause
    test: str = "$^"  #: or of the test's name


_LACKING = "|".join(sorted({name.rpartition(".")[2] for listed in ABSENT.values() for name in listed.split()}))
_DTYPE = (
    r"(object|StringDType|datetime|timedelta|float128|complex256|longdouble|[<>|=]?[SUVMmO]\d*|\[?\(|bytes|str|void)"
)

RULES = (
    Rule("NumPy's arrays are no operands: values are not copied to a device in silence", "ImplicitTransferError"),
    Rule(
        "arrays hold numbers that a device has: no objects, text, dates, records, long doubles",
        r"is no numeric dtype that a device can hold|has an inhomogeneous shape|masked array, which is not here"
        rf"|{_DTYPE}.* is no numeric|Absent is neither|StringDType",
    ),
    Rule(
        "names of NumPy's that are not here, each with its reason (python -m xpuarray coverage)",
        rf"(xpuarray has no|has no attribute|object attribute) '?({_LACKING})\b",
    ),
    Rule(
        "what NumPy warns of or raises by np.errstate is silent: devices report no floating-point errors",
        r"DID NOT WARN|FloatingPointError|ValueError: (errstate|seterr): |did not raise fpe|RuntimeWarning"
        r"|ComplexWarning|DeprecationWarning",
    ),
    Rule(
        "errors are of NumPy's kinds, in our words",
        r"Regex pattern did not match|\" does not match \"|Expected regex|pattern .* not found",
    ),
    Rule(
        "an element is an array of no dimensions, no scalar of Python's or NumPy's",
        r"isinstance\(Array\(|type\(np\.|<class 'numpy\.\w+'> == <class 'xpuarray|different type of return value"
        r"|Array\([^[]*\) is (True|False|not|\d)|unhashable|is a type of NumPy's scalars",
    ),
    Rule(
        "functions of floats take integers and bools as the device's default float",
        r"arrays of different dtypes are returned\. cupy: (float64 numpy: float(16|32)|complex128 numpy: complex64)",
    ),
    Rule(
        "rint, round and their kin leave bools and integers what they are",
        r"returned\. cupy: (bool|u?int\d+) numpy: float",
    ),
    Rule(
        "cov, corrcoef, interp, vander keep singles",
        r"returned\. cupy: (float32|float16|complex64) numpy: (float64|complex128)",
    ),
    Rule("complex numbers don't become real ones by a conversion", r"complex\d+ does not (become|fit into)"),
    Rule("what does not fit into a dtype is an error", r"OverflowError"),
    Rule(
        "no classes derived from arrays, no protocols of NumPy's own classes",
        r"__array_wrap__|__array_finalize__|__array_ufunc__|subclass|NotImplementedError|custom_attr|__array_interface__",
        r"subclass|[sS]ubok|array_wrap|array_priority|ufunc_override|__array_ufunc__|matrix_|_matrix\b|masked",
    ),
    Rule("how many hold an object is Python's affair", "getrefcount", "refcount|leak"),
    Rule("xp.vectorize makes elementwise functions of numbers, which fuse", r"vectorize\(\)", "TestVectorize"),
    Rule(
        "a quantile has its array's dtype, whatever that of q",
        r"assert dtype\('float\d+'\) == <class 'numpy.float",
        "test_q_strong_promotion",
    ),
    Rule("xp.broadcast is a word of kernels", r"has no attribute '_meet'|broadcast\(\) missing"),
    Rule("quantiles of nothing, and of complex numbers, are errors", r"(quantile|percentile|median): there is none"),
    Rule("a view's bytes are no bools", r"view: a byte need not be a bool"),
    Rule("integers to negative powers, reciprocals of integers", r"negative power"),
    Rule("dpnp's devices and queues", r"SyclQueue|sycl_|usm_"),
    Rule("tables of NumPy's own ufuncs, their kinds and their texts", r"KeyError: (<function|'__doc__')"),
)


def rule_of(test: str, cause: str) -> str | None:
    """The rule that explains a failure, if one does."""
    return next((r.text for r in RULES if re.search(r.cause, cause) or re.search(r.test, test)), None)
