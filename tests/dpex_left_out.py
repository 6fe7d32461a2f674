"""Tests that can't hold on numba-dpex's older stack (requirements-dpex.txt), by name, each with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase

__all__ = ["reason"]

_NUMPY_1 = "NumPy 1.26's from_dlpack takes no device and can't copy"
_DPNP_15 = "dpnp 0.15's asarray has no parameter `copy`"
_NO_ORDER = "dpnp 0.15 waits for its own work alone: a kernel launched asynchronously is for the user to wait for"
_LLVM = "the LLVM of Numba 0.59 has no target for SPIR-V"
_PRINT = "numba-dpex's print takes no text"
_SYCL = "opencl:*"

#: (file, test, the parameters as a pattern, why)
LEFT_OUT = (
    ("test_arrays.py", "test_dlpack_from_a_sycl_device", "*", _NUMPY_1),
    ("test_arrays.py", "test_dlpack_with_numpy", "*", _NUMPY_1),
    ("test_arrays.py", "test_usm_interface", "*", _DPNP_15),
    ("test_arrays.py", "test_basic_indexing", _SYCL, "dpctl 0.17 refuses parts of empty arrays with negative strides"),
    ("test_comparisons.py", "test_with_constants", "fake:*", "NumPy 1.26 compares no unsigned integer with -1"),
    ("test_comparisons.py", "test_positions_and_extents_are_compared_without_doubles", "*", _LLVM),
    ("test_dpex.py", "test_kernels_come_after_what_dpnp_has_submitted", "*", _NO_ORDER),
    ("test_dpex.py", "test_dpnps_work_comes_after_kernels", "*", _NO_ORDER),
    ("test_dpex.py", "test_a_module_named_numba_dpex_is_not_taken_for_the_compiler", "*", "numba-dpex is that module"),
    ("test_dpex_kernels.py", "test_local_memory_starts_as_zeros", "*", "numba-dpex does not clear local memory"),
    ("test_dpex_kernels.py", "test_print", "*", _PRINT),
    ("test_dpex_kernels.py", "test_what_print_does_not_take", "*", _PRINT),
    ("test_kernel_constructs.py", "test_assignment_to_slices", _SYCL, "numba-dpex has no slices of arrays"),
    ("test_kernel_constructs.py", "test_rows_and_elements_of_strided_arrays", _SYCL, "numba-dpex transposes no array"),
    ("test_kernel_constructs.py", "test_complex_powers", _SYCL, "numba-dpex's power takes no complex numbers"),
    ("test_kernel_constructs.py", "test_a_kernel_makes_no_array", "*", "numba-dpex reports it as a mismatch of types"),
    ("test_kernel_constructs.py", "test_numba_adds_bytes_in_address_space_0_only", "*", "Numba 0.59 adds to integers"),
    ("test_kernel_library.py", "test_modules_are_valid_and_hold_no_doubles", "*", _LLVM),
    ("test_kernel_library.py", "test_pairwise", "opencl:*float64", "40 KB of local memory; the runtime of 2024 has 32"),
)


def reason(file: str, test: str) -> str:
    """Why a test is left out; "" if it is not."""
    name, _, parameters = test.rstrip("]").partition("[")
    found = (
        why
        for where, left_out, which, why in LEFT_OUT
        if (where, left_out) == (file, name) and fnmatchcase(parameters, which)
    )
    return next(found, "")
