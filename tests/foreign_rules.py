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
    told: str = "$^"  #: or of both: the test's name, a bar, and the cause


_LACKING = "|".join(sorted({name.rpartition(".")[2] for listed in ABSENT.values() for name in listed.split()}))
_DTYPE = (
    r"(object|StringDType|datetime|timedelta|float128|complex256|longdouble|[<>|=]?[SUVMmO]\d*|\[?\(|bytes|str|void)"
)

RULES = (
    Rule("NumPy's arrays are no operands: values are not copied to a device in silence", "ImplicitTransferError"),
    Rule(
        "arrays hold numbers that a device has: no objects, text, dates, records, long doubles",
        r"is no numeric dtype that a device can hold|has an inhomogeneous shape|masked array, which is not here"
        rf"|{_DTYPE}.* is no numeric|StringDType|DateTime64DType|takes an xpuarray Array, not str"
        r"|(str|[A-Z]\w*) is neither an xpuarray array"
        r"|and '(decimal\.Decimal|Fraction)'|start is a number, not '",
    ),
    Rule(
        "names of NumPy's that are not here, each with its reason (python -m xpuarray coverage)",
        rf"(xpuarray has no|has no attribute|object attribute) '?({_LACKING})\b",
    ),
    Rule(
        "what NumPy warns of or raises by np.errstate is silent: devices report no floating-point errors",
        r"DID NOT WARN|FloatingPointError|ValueError: (errstate|seterr): |did not raise fpe|RuntimeWarning"
        r"|ComplexWarning|DeprecationWarning|len\((w|log)\) ==|'ignore' DESIRED: 'warn'",
        "test_nan(max|min)_all_nan|test_tol_warnings",
    ),
    Rule(
        "errors are of NumPy's kinds, in our words",
        r"Regex pattern did not match|\" does not match \"|Expected regex|pattern .* not found"
        r"|assert '[^']+' in ['\"]|test_broadcast_error_reports_correct_shape",
        "test_broadcast_error_reports_correct_shape",
    ),
    Rule(
        "an element is an array of no dimensions, no scalar of Python's or NumPy's",
        r"isinstance\(Array\(|type\(np\.|<class 'numpy\.\w+'> == <class 'xpuarray|different type of return value"
        r"|Array\(.*\) is (True|False|not|\d)|unhashable|is a type of NumPy's scalars|isscalar"
        r"|Array'> DESIRED: (<class 'numpy\.|dtype\()|isinstance\(\w+, np\.\w+\)|descriptor '\w+' for",
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
    Rule(
        "a parameter of the wrong type is a TypeError",
        r"TypeError: \w+: (\w+ is (an integer|a number|a string|True or False), not|takes integers, not)",
    ),
    Rule(
        "the class of arrays is xp.Array, of which xp.ndarray is another name; xp.ndarray() makes new memory",
        r"<class 'xpuarray.functions.creation.ndarray'>|type\([^=]*\) (is|==) np.ndarray|ndarray: makes new memory"
        r"|type object 'ndarray' has no",
    ),
    Rule(
        "what does not fit into the dtype of `out` is refused", r"the result's dtype \w+ does not fit into that of out"
    ),
    Rule(
        "cov and corrcoef compute in floats, whatever dtype they are to return",
        r"no error where NumPy raises numpy._core._exceptions._UFuncOutputCastingError",
    ),
    Rule("who owns memory, and where it lies, is not known", r"who owns memory|can be required|'?byte_bounds|CTypes"),
    Rule("elements lie at multiples of their size", "would not be at multiples of"),
    Rule("linear algebra of halves is not there, as in NumPy", r"is not defined for float16; make it"),
    Rule("eigenvalues are complex", told=r"TestEig(vals)?::.* \| .*(DESIRED: <class 'numpy.float|is np.float64)"),
    Rule("xp.pad takes no functions as modes", "a function as mode"),
    Rule(
        "an array is compared to what is no number as a whole",
        r"(equal|not_equal): NoneType is neither",
        "test_ne_object|test_scalar_comparison_to_none",
    ),
    Rule(
        "arrays of the host become rows, unless order= says otherwise; results lie row by row",
        test="test_asarray_preserves_numpy_array_order|TestEinsum::test_output_order",
    ),
    Rule(
        "x.flat is no iterator, and an index of nothing", r"functions\.flat\.Flat", "TestFlatiter(Indexing)?::|flatiter"
    ),
    Rule("arrays are no buffers: x.data is one, where the host reaches the memory", "a bytes-like object is required"),
    Rule(
        "the last digits: halves are computed in singles, and many elements are joined in another order",
        told=r"(interp|nan(prod|sum)|float16|gradient|histogram_empty|ddof|nextafter|ulp|[gG]eomspace)\w*.* \| "
        r"AssertionError: (Not equal to tolerance|Arrays are not almost equal|Items are not equal: ACTUAL: np.float)",
    ),
    Rule(
        "what CuPy or dpnp do otherwise than NumPy, and their tests ask for",
        r"is_cuda_backend|unexpected keyword argument 'device'|to be called once",
        r"test_meshgrid0|test_bool_one_element|[gl]cm_dtype_check|gcd_dtype_check|test_cum(sum|prod)_arraylike|test_docstring"
        r"|test_gradient_bool_input|test_select_default_scalar|TestIsScalar::test_argspec|CupyIndices::test_adv_getitem",
    ),
    Rule(
        "ends of mgrid and ogrid are numbers, and are named",
        "a range of coordinates needs its end",
        r"Test[MO]grid::test_[mo]grid[35]|test_accepts_np",
    ),
    Rule("files of arrays are mappings, without what NumPy's hold beside", "'ArrayFile' object has no attribute"),
    Rule("random numbers are ours", told=r"TestDot::.* \| AssertionError: Arrays are not almost equal"),
    Rule("a device is a Device", r"assert Device\(.*== 'cpu'"),
    Rule("one element is a number, whatever its dimensions", r"TypeError not raised by (int|float|complex|format)"),
    Rule(
        "NumPy's interfaces in C, and what its objects hold",
        r"argument 1 must be numpy\.ndarray|needs ndarray input|or void scalar|__array_struct__|__(text_)?signature__"
        r"|getsizeof|_warn_on_write|what is to be read only stays so|not producing an array|no \*buffers\* argument",
        "test_writeable_from_readonly|test_import_entry_point",
    ),
    Rule(
        "functions' signatures and texts are ours", r"<Signature|_add_newdoc|mappingproxy|object is not subscriptable"
    ),
    Rule("dpnp's devices and queues", r"SyclQueue|sycl_|usm_"),
    Rule("tables of NumPy's own ufuncs, their kinds and their texts", r"KeyError: (<function|'__doc__')"),
)


def rule_of(test: str, cause: str) -> str | None:
    """The rule that explains a failure, if one does."""
    return next(
        (
            r.text
            for r in RULES
            if re.search(r.cause, cause) or re.search(r.test, test) or re.search(r.told, f"{test} | {cause}")
        ),
        None,
    )
