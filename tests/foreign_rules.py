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

#: Tests of dpnp's that ask for what NumPy does otherwise: its refusals of numbers, lists and keywords that NumPy takes,
#: TypeErrors where NumPy raises ValueErrors, its own keywords, devices, repr, flags and values.
_DPNPS = r"""
    TestStack::test_\w+_input test_no_array_exception test_scalar_exceptions test_empty_input test_non_array_input
    test_large_concatenate_axis_None
    test_broadcast_arrays_empty_input test_can_cast test_out_arrays_overlap TestLdexp::test_basic
    TestBitwise\w*Inplace::\w+ TestFftn::test_error TestIrfft::test_validate_out test_unsupported_data_weights
    \w+_array_like TestPut::test_invalid_shape test_mode_(clip|wrap|raise) test_over_index test_bool_axis
    TestSelect::test_error test_choose_arg_validation TestCond::test_nan_to_inf test_overwrite_copy_special
    test_tensorsolve_errors test_input_as_scalars test_wrong_input_arrays test_wrong_tols test_invalid_input
    TestCopyTo::test_(where|dst)_raises TestDelete::test_error TestInsert::test_error test_scalar_as_input_array
    TestTrimZeros::test_(empty|list)_array TestI0::test_infs TestSpacing::test_zeros Test\w*MaxM?\w*Min::test_error
    test_flags_writable test_unsupported_api_version TestUsmNdarrayProtocol::\w+ test_pow_modulo TestScalarOuter::\w+
    TestListOuter::\w+ TestMatmul::test_special_case TestMatmulInvalidCases::\w+ TestMultiDot::test_error
    TestTensordot::test_error TestVecdot::test_error TestArgsort::test_zero_dim test_not_(implemented|supported)_kwargs
    TestSort::test_error TestAverage::test_avg_error test_window_error test_exception_(like|tri)
    Test\w+::test_invalid_dtype TestUfunc::\w+ test_infinity_sign_errors test_raises_array_type
    test_isfortran_errors Test(MatrixRank|Norm|RoundingFuncs)::test_errors? test_pinv_errors TestWhere::test_order
    test_(capabilities|default_device|dtypes_invalid_device|devices) TestDLPack::test_(stream|wrong_copy|device)
    test_print_dpnp_\w+ TestHistogram2d::test_0d TestDistributionsLaplace::test_extreme_value
    TestNanMaxNanMin::test_all_NaN test_invalid_args"""

RULES = (
    Rule("NumPy's arrays are no operands: values are not copied to a device in silence", "ImplicitTransferError"),
    Rule(
        "arrays hold numbers that a device has: no objects, text, dates, records, long doubles",
        r"is no numeric dtype that a device can hold|has an inhomogeneous shape|masked array, which is not here"
        rf"|{_DTYPE}.* is no numeric|StringDType|DateTime64DType|takes an xpuarray Array, not str"
        r"|(str|[A-Z]\w*) is neither an xpuarray array"
        r"|and '(decimal\.Decimal|Fraction)'|start is a number, not '|Fraction takes"
        r"|(add_not_multiply|multiply_not_add) is|a sequence of arrays of one shape makes an array",
        r"TestWhere::test_exotic",
    ),
    Rule(
        "names of NumPy's that are not here, each with its reason (python -m xpuarray coverage)",
        rf"(xpuarray has no|has no attribute|object attribute) '?({_LACKING})\b",
        "TestResize::test_check_reference",
    ),
    Rule(
        "what NumPy warns of or raises by np.errstate is silent: devices report no floating-point errors",
        r"DID NOT WARN|FloatingPointError|ValueError: (errstate|seterr): |did not raise fpe|RuntimeWarning"
        r"|ComplexWarning|DeprecationWarning|len\((w|log)\) ==|'ignore' DESIRED: 'warn'",
        r"test_nan(max|min)_all_nan|test_tol_warnings|TestFloatExceptions::test_warnings|TestMedian::test_empty"
        r"|TestStats::test_empty|errstate_enter_once|TestNonarrayArgs::test_(mean|std|var)|TestCov::test_aweights"
        r"|test_log2_special|TestStdVar::test_basic",
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
        r"|Array'> DESIRED: (<class 'numpy\.|dtype\()|isinstance\(\w+(\[.*\])?, np\.\w+\)|descriptor '\w+' for"
        r"|is (a1|np\.(False|True|bool)_?)\b|item=\d+ ACTUAL: Array|type\(res\) is np"
        r"|TypeError not raised by (bool|__\w+__)"
        r"|'float' object has no attribute 'shape'|it is a value that never changes",
        r"TestRepr::test_float_repr|test_collections_hashable",
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
        told=r"Test(Interp|Cov|Corrcoef)::.* \| AssertionError: (float16|float32|complex64) != (float64|complex128)",
    ),
    Rule(
        "integers become the device's default float, and eigenvalues are complex, for dpnp's helper too",
        told=r"AssertionError: float64 != float(16|32)|TestEig\w*::.* \| AssertionError: complex\d+ != float"
        r"|test_pinv_empty.* \| AssertionError: float\d+ != u?int",
    ),
    Rule(
        "complex numbers don't become real ones by a conversion",
        r"complex\d+ does not (become|fit into)|j\) does not become \w+; take its \.real"
        r"|histogramdd is not defined for complex numbers",
        told=r"TestNanStdVar::.* \| AssertionError: float\d+ != complex",
    ),
    Rule(
        "an index is an integer, and so is what a list without elements holds as one",
        r"indices are integers or bools, not (float|complex)",
        "TestRavelUnravelIndex::test_empty_indices|TestIx_::test_regression_1|test_index_floats|test_gh_24459",
    ),
    Rule(
        "of infinities // is what / is (the Array API standard)",
        told=r"(divmod|floor_divide|remainder).* \| .*nan location mismatch|test_special_float_values\[.*-divmod",
    ),
    Rule("what does not fit into a dtype is an error", r"OverflowError"),
    Rule(
        "no classes derived from arrays, no protocols of NumPy's own classes",
        r"__array_wrap__|__array_finalize__|__array_ufunc__|subclass|NotImplementedError|custom_attr|__array_interface__"
        r"|is (MyNDArray|SubClass)\b|finalize_status|isinstance\(.*, A\)|LinalgCase: h?nonarray|has no attribute 'args'"
        r"|saved_(base|result)",
        r"subclass|[sS]ubok|array_wrap|array_priority|ufunc_override|__array_ufunc__|matrix_|_matrix\b|masked|out_wrap"
        r"|test_array_ufunc_direct_call|TestDLPack::test_writeable|test_pandas_duck|TestKeepdims::test_raise|bad_finalize|forwards_error|non_ndarray_inputs",
    ),
    Rule("how many hold an object is Python's affair", "getrefcount", "refcount|leak"),
    Rule("xp.vectorize makes elementwise functions of numbers, which fuse", r"vectorize\(\)", "TestVectorize"),
    Rule(
        "a quantile has its array's dtype, whatever that of q",
        r"assert dtype\('float\d+'\) == <class 'numpy.float",
        "test_q_strong_promotion",
    ),
    Rule("xp.broadcast is a word of kernels", r"group functions are a kernel's|broadcast\(\) (missing|takes)"),
    Rule("quantiles of nothing, and of complex numbers, are errors", r"(quantile|percentile|median): there is none"),
    Rule("a view's bytes are no bools", r"view: a byte need not be a bool", "TestBool::test_count_nonzero"),
    Rule("integers to negative powers, reciprocals of integers", r"negative power", "negative_(integer_)?power"),
    Rule(
        "a parameter of the wrong type is a TypeError",
        r"TypeError: \w+: (\w+ is (an integer|a number|a string|True or False), not|(\w+ )?takes integers, not)",
    ),
    Rule(
        "the class of arrays is xp.Array, of which xp.ndarray is another name; xp.ndarray() makes new memory",
        r"<class 'xpuarray.functions.creation.ndarray'>|type\([^=]*\) (is|==) np.ndarray|ndarray: makes new memory"
        r"|type object 'ndarray' has no",
    ),
    Rule(
        "what does not fit into the dtype of `out` is refused, as NumPy's TypeError",
        r"the result's dtype \w+ does not fit into (that of out|\w+)|Cannot cast ufunc '\w+' (out|in)put",
        "TestNdarrayTakeErrorTypeMismatch",
    ),
    Rule("`out` of a quantile has the result's shape", "quantile: the result's shape .* is not that of out"),
    Rule("numbers and lists become arrays wherever one is wanted", "$^", r"TestDiff::test_n$|_indices_from_4"),
    Rule("of two mistakes one is named", told="TestNdarrayTakeError.* \\| IndexError: take: index"),
    Rule(
        "cov and corrcoef compute in floats, whatever dtype they are to return",
        r"no error where NumPy raises numpy._core._exceptions._UFuncOutputCastingError",
        "TestCov::test_fweights",
    ),
    Rule(
        "who owns memory, and where it lies, is not known",
        r"who owns memory|can be required|'?byte_bounds|CTypes|kDLOneAPI",
    ),
    Rule("elements lie at multiples of their size", "would not be at multiples of"),
    Rule(
        "a view stays within its array's memory, and is to be read only where elements may repeat",
        "as_strided: shape .* reaches from byte",
        r"TestSlidingWindowView::test_writeable|TestDiagonal::test_(view|empty_strides)",
    ),
    Rule(
        "elements are in the machine's order of bytes; memory that is out is OutOfDeviceMemoryError, a MemoryError",
        r"OutOfDeviceMemoryError|== '>\w\d'|another order of bytes|not \w+\.dtype\.isnative",
        r"byte_swapping|TestClip::test_basic|test_pickle_with_buffercallback|test_out_and_dtype\[no->f8",
    ),
    Rule(
        "files are read into memory of the device's, and into arrays that lie row by row",
        r"fromstring\(\) missing 1 required keyword-only|has no attribute 'files'|to its end due to unmatched data",
        r"memmap|mmap|TestSaveLoad::test_(array|mmap)",
    ),
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
        cause="Strides are not equal|The state of f_contiguous flag is false",
        test="test_asarray_preserves_numpy_array_order|TestEinsum::test_output_order|TestIsFortran_|Test(Insert|Delete)::test_(array_)?order"
        r"|test_block_memory_order|test_memory_layout_persistence|TestVecdot::test_order|TestIndexing::test_memory_order",
    ),
    Rule(
        "x.flat is no iterator, and an index of nothing",
        r"functions\.flat\.Flat|'Flat' object has",
        "TestFlatiter(Indexing)?::|flatiter|flat_element",
    ),
    Rule("arrays are no buffers: x.data is one, where the host reaches the memory", "a bytes-like object is required"),
    Rule(
        "the last digits: halves are computed in singles, and many elements are joined in another order",
        "In test case: <LinalgCase: csingle>",
        told=r"(interp|nan(prod|sum)|float16|gradient|histogram_empty|ddof|nextafter|ulp|[gG]eomspace"
        r"|einsum_chunking)\w*.* \| "
        r"AssertionError: (Not equal to tolerance|Arrays are not almost equal|Items are not equal: ACTUAL: np.float)",
    ),
    Rule(
        "what CuPy or dpnp do otherwise than NumPy, and their tests ask for",
        r"is_cuda_backend|unexpected keyword argument 'device'|to be called once"
        r"|no attribute '(scipy|cumlogsumexp|reduce_hypot|rsqrt|proj|get_array|default_\w+)'"
        r"|(correlate|convolve)\(\) got an unexpected keyword argument 'method'|Array\.__init__\(\) got an unexpected"
        r"|(logsumexp|where|count_nonzero)\(\) got an unexpected keyword argument '(out|dtype)'"
        r"|kind='radixsort'|_to_device_supported_dtype",
        r"test_meshgrid0|test_bool_one_element|[gl]cm_dtype_check|gcd_dtype_check|test_cum(sum|prod)_arraylike|test_docstring"
        r"|test_gradient_bool_input|test_digitize_all_nan|test_select_default_scalar|TestIsScalar::test_argspec|CupyIndices::test_adv_getitem"
        r"|test_place_diff_dtypes|TestRoundingFuncs::test_out\b|TestUnstack::test_scalar_input|test_unary_wrong_input"
        r"|TestArgmaxArgmin::test_out_dtype|TestNanArgmaxNanArgmin::test_out_dtype|TestDot::test_out_error"
        rf"|TestDLPack::test_invaid_stream|::({'|'.join(_DPNPS.split())})(\[|$)",
    ),
    Rule(
        "ends of mgrid and ogrid are numbers, and are named",
        "a range of coordinates needs its end",
        r"Test[MO]grid::test_[mo]grid[35]|test_accepts_np",
    ),
    Rule("files of arrays are mappings, without what NumPy's hold beside", "'ArrayFile' object has no attribute"),
    Rule(
        "random numbers are ours",
        "(gamma: a shape must be|negative_binomial: p is a probability)|random' has no attribute 'hypergeometric'",
        "test_scott_vs_stone|test_shuffle1_fallback|TestDistributions(Geometric|Pareto|Multivariate).*::test_moments",
        r"TestDot::.* \| AssertionError: Arrays are not almost equal|test_goodness_of_fit",
    ),
    Rule("a device is a Device", r"assert Device\(.*== 'cpu'"),
    Rule(
        "one element is a number, whatever its dimensions",
        r"TypeError not raised by (int|float|complex|format)",
        "TestFormat::test_1d",
    ),
    Rule(
        "NumPy's interfaces in C, and what its objects hold",
        r"argument 1 must be numpy\.ndarray|needs ndarray input|or void scalar|__array_struct__|__(text_)?signature__"
        r"|getsizeof|_warn_on_write|what is to be read only stays so|not producing an array|no \*buffers\* argument",
        "test_writeable_from_readonly|test_import_entry_point|test_operator_concat",
    ),
    Rule(
        "functions' signatures and texts are ours",
        r"<Signature|_add_newdoc|mappingproxy|object is not subscriptable",
        "TestPutmask::test_kwargs|test_clip_min_max_args",
    ),
    Rule("xp.pad takes its numbers from the host", "pad: takes a number"),
    Rule("a tolerance is a number of Python's", "isclose.*float64", "TestIsclose::test_nep50_isclose"),
    Rule("arange's end may be named `start`, as in the array API", "TypeError not raised by arange"),
    Rule(
        "what has no effect is not looked at: paths of einsum, how many dimensions and choices NumPy allows",
        "$^",
        "test_path_type_input_invalid|TestFlat::test_maxdims|test_dimension_and_args_limit|test_isin_mixed_dtype",
    ),
    Rule(
        "sort's `stable` is True by default, as in the array API, also beside `kind`", "$^", "TestMethods::test_sort$"
    ),
    Rule("NumPy's spacing of negative halves is positive, and of the least one 32", "$^", "TestSpacing::test_fp16"),
    Rule("dpnp's devices and queues", r"SyclQueue|sycl_|usm_|No module named 'dpnp'|a device is a Device, .* not bool"),
    Rule(
        "memory of a GPU is out of the host's reach, and an array without elements lies nowhere in it",
        "is out of the host's reach",
        r"test_einsum_unary_views\[.*shape_a=\(0, 0, 0, 0\)",
    ),
    Rule(
        "what NumPy 2.5 no longer has stays: products of plane vectors, row_stack",
        r"Both input arrays must be \(arrays of\) \w-dimensional vectors|numpy' has no attribute 'row_stack'",
    ),
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
