"""Faults of the libraries that we work around.  A test here fails once upstream has mended its fault:
then the workaround it names can go, and the test with it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import as_device

on_dpnp = pytest.mark.needs_device("opencl:cpu")


def native(values: Any, dtype: Any = np.float32) -> Any:
    """A dpnp.tensor array."""
    return xp.asarray(np.asarray(values, dtype), device="opencl:cpu").native


@pytest.fixture
def dpnp() -> Any:
    return as_device("opencl:cpu").runtime.library


@on_dpnp
def test_dpnp_where_of_reversed_arrays(dpnp: Any):
    """sycl/faults.py: _where.  A dimension that one operand repeats and another walks backwards."""
    x = native(np.arange(8).reshape(1, 8))[:, ::-1]
    one = native(1)
    expected = np.where(np.arange(8)[::-1] < 4, 1, np.arange(8)[::-1])
    assert dpnp.asnumpy(dpnp.where(x < 4, one, x)).tolist() == [expected.tolist()]
    assert dpnp.asnumpy(dpnp.where(x < 4, one, x, order="K")).tolist() != [expected.tolist()]  # what it takes by itself


@on_dpnp
def test_dpnp_roll_of_strided_arrays():
    """manipulation.py: roll.  It corrupts the heap, so it has a process of its own."""
    program = """
        import numpy as np, xpuarray as xp
        host = np.arange(24, dtype=np.float32).reshape(4, 6)
        x = xp.asarray(host, device="opencl:cpu")[:, ::2]
        for shift in range(-6, 7):
            rolled = x.device.runtime.library.roll(x.native, shift)
            assert np.array_equal(x.device.runtime.library.asnumpy(rolled), np.roll(host[:, ::2], shift))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True)
    assert done.returncode != 0


@on_dpnp
def test_dpnp_floor_divide(dpnp: Any):
    """sycl/faults.py: by_kernel."""
    found = dpnp.asnumpy(dpnp.floor_divide(native([1e-45]), native([-10])))
    assert found.tolist() == [0]  # NumPy: -1


@on_dpnp
def test_dpnp_right_shift_by_negative_numbers(dpnp: Any):
    """sycl/faults.py: by_kernel."""
    found = dpnp.bitwise_right_shift(native([-1], np.int32), native([-1], np.int32))
    assert dpnp.asnumpy(found).tolist() == [0]  # NumPy: -1


@on_dpnp
def test_dpnp_powers_of_integers_and_complex_zeros(dpnp: Any):
    """sycl/faults.py: by_kernel, _complex_pow."""
    found = dpnp.asnumpy(dpnp.pow(native([1, -1], np.int32), native([-1, -1], np.int32)))
    assert found.tolist() == [0, 0]  # 1 and -1
    zero = native([0], np.complex64)
    assert np.isnan(dpnp.asnumpy(dpnp.pow(zero, zero)).real).all()  # NumPy: 1


@on_dpnp
@pytest.mark.parametrize("name", ["acos", "asin", "acosh", "asinh", "atan", "atanh"])
def test_dpnp_complex_inverse_functions(name: str, dpnp: Any):
    """complex_functions.py: acos and its kin."""
    z = np.array([x * s for x in (1e-9 + 1e-9j, 30 + 40j, 2e5 + 3e5j) for s in (1, 1j, -1, -1j)], np.complex64)
    exact = getattr(np, name)(z.astype(np.complex128))
    found = dpnp.asnumpy(getattr(dpnp, name)(native(z, np.complex64)))
    with np.errstate(all="ignore"):
        assert not (np.abs(found - exact) <= 100 * np.finfo(np.float32).eps * np.abs(exact)).all()
    assert np.allclose(xp.asnumpy(getattr(xp, name)(xp.asarray(z, device="opencl:cpu"))), exact, rtol=1e-6)


_LEAST = 5e-324 + 5e-324j


@on_dpnp
@pytest.mark.parametrize(
    ("name", "z"),
    [
        ("log", _LEAST),
        ("log2", _LEAST),
        ("log10", _LEAST),
        ("sqrt", _LEAST),
        ("sinh", 1e300 + 0j),
        ("atanh", 1 + 5e-324j),
    ],
)
def test_dpnp_complex_functions_at_the_ends_of_numbers(name: str, z: complex, dpnp: Any):
    """complex_functions.py: _lifted, sinh, atanh."""
    with np.errstate(all="ignore"):
        exact = getattr(np, {"atanh": "arctanh"}.get(name, name))(np.array([z]))
    assert not np.allclose(dpnp.asnumpy(getattr(dpnp, name)(native([z], np.complex128))), exact, rtol=1e-5, atol=0)
    many = xp.asarray(np.full(40_000, z), device="opencl:cpu")
    assert np.allclose(xp.asnumpy(getattr(xp, name)(many)), exact, rtol=1e-12, atol=0)


@on_dpnp
def test_dpnp_logaddexp_of_halves(dpnp: Any):
    """sycl/faults.py: _logaddexp."""
    x = np.full(40_000, -0.69, np.float16)
    assert dpnp.asnumpy(dpnp.logaddexp(native(x, np.float16), native(x, np.float16)))[0] != np.logaddexp(x[0], x[0])
    many = xp.asarray(x, device="opencl:cpu")
    assert (xp.asnumpy(xp.logaddexp(many, many)) == np.logaddexp(x, x)).all()


@on_dpnp
def test_dpctl_refuses_signed_bytes():
    """sycl/faults.py: signed_byte."""

    @xp.kernel
    def store(item, value, out):
        out[item.get_id(0)] = value

    out = xp.zeros(1, dtype=xp.int8, device="opencl:cpu")
    store[1](xp.int8(-3), out)
    assert xp.asnumpy(out).tolist() == [-3]
    device = out.device
    queue, binary = device.runtime.sycl_queue, next(iter(store._compiled.values()))
    import dpctl.program

    entry = dpctl.program.create_program_from_spirv(queue, binary.binary).get_sycl_kernel(binary.name)
    with pytest.raises(TypeError, match="Unsupported type for a kernel argument"):
        queue.submit(entry, [ctypes.c_int8(-3), out.native.usm_data, ctypes.c_int64(1), ctypes.c_int64(1)], [1])


@on_dpnp
@pytest.mark.parametrize("code", ["b1", "f2", "c8", "c16"])
def test_dpctl_refuses_local_memory_of_some_dtypes(code: str):
    """sycl/faults.py: LOCAL."""
    import dpctl

    with pytest.raises(ValueError, match="Unrecognized type value"):
        dpctl.LocalAccessor(code, (4,))


def test_numpy_square_roots_for_powers():
    """host/faults.py: _pow."""
    with np.errstate(invalid="ignore"):
        found = np.power(np.array([-0.0, -np.inf]), 0.5)
    assert np.signbit(found[0])  # IEEE 754: 0
    assert np.isnan(found[1])  # IEEE 754: inf


def test_numpy_floor_divides_infinities_as_python_does():
    """host/faults.py: _floor_divide."""
    with np.errstate(invalid="ignore"):
        found = np.floor_divide([np.inf, 1], [1, -np.inf])
    assert np.isnan(found[0])  # the standard: inf
    assert found[1] == -1  # the standard: -0


def test_numpy_expm1_of_complex_infinities():
    """complex_functions.py: expm1."""
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.expm1(complex(-np.inf, np.inf)))  # the standard: -1


def test_numpy_tanh_of_infinities():
    """complex_functions.py: tanh."""
    assert np.signbit(np.tanh(complex(np.inf, 2)).imag)  # the standard: 1 + 0j


def test_numpy_unique_values_are_in_no_order():
    """host/faults.py: _unique_values."""
    assert np.unique_values(np.arange(9) % 3).tolist() != [0, 1, 2]


@on_dpnp
def test_dpnp_signs_of_complex_zeros(dpnp: Any):
    """complex_functions.py: tanh, expm1, sqrt, cosh."""
    assert np.signbit(dpnp.asnumpy(dpnp.tanh(native([complex(np.inf, 2)], np.complex64))).imag)
    assert np.signbit(dpnp.asnumpy(dpnp.expm1(native([complex(-0.0, 0)], np.complex64))).real)  # the standard: 0
    assert np.signbit(dpnp.asnumpy(dpnp.sqrt(native([complex(-0.0, 0)], np.complex64))).real)  # 0
    assert not np.signbit(dpnp.asnumpy(dpnp.cosh(native([complex(-0.0, 0)], np.complex64))).imag)  # -0


@on_dpnp
@pytest.mark.parametrize("name", ["eig", "eigvals"])
def test_dpnp_eigenvalues_by_numpy(name: str, dpnp: Any, monkeypatch: pytest.MonkeyPatch):
    """sycl/faults.py: by_numpy."""
    matrix, called = native(np.eye(2)), []
    function = getattr(np.linalg, name)
    monkeypatch.setattr(np.linalg, name, lambda x: called.append(type(x)) or function(x))
    getattr(dpnp.linalg, name)(matrix)
    assert called == [np.ndarray]


@on_dpnp
def test_dpnp_sign_and_reciprocal_of_infinities(dpnp: Any):
    """complex_functions.py: sign, reciprocal."""
    assert not np.signbit(dpnp.asnumpy(dpnp.reciprocal(native([complex(np.inf, 1)], np.complex64))).imag)  # -0
    assert np.isnan(dpnp.asnumpy(dpnp.sign(native([complex(np.inf, 1)], np.complex64))).real)  # NumPy: 1


@on_dpnp
def test_dpnp_index_arrays_with_slices_between():
    """indexing.py: _index_arrays_first."""
    x, index = native(np.ones((2, 3, 4, 5))), native([0, 1, 0], np.int64)
    with pytest.raises(IndexError, match="may not be separated"):
        x[index, :, index]
    assert x[1, :, index[1:]].shape == (3, 2, 5)  # NumPy: (2, 3, 5)


@on_dpnp
def test_dpnp_refuses_unsigned_index_arrays_beside_signed_ones():
    """indexing.py: _signed."""
    with pytest.raises(ValueError, match="safely promote indices"):
        native(np.ones((2, 3)))[native([0, 1], np.uint64), native([0, 1], np.int64)]


def test_numpy_i0_overflows_early():
    """host/faults.py: _i0."""
    with np.errstate(over="ignore"):
        assert np.isinf(np.i0([712.0])).all() and np.isinf(np.i0(np.float32([90]))).all()


def test_numpy_raises_for_negative_powers_of_integers():
    """host/faults.py: _integer_pow."""
    with pytest.raises(ValueError, match="negative integer powers"):
        np.power(np.array([1, 2]), np.array([-1, 2]))


@on_dpnp
def test_dpnp_products_of_parts_of_a_row(dpnp: Any):
    """sycl/faults.py: by_kernel."""
    values = native(np.repeat([0.5, 2], 20_000), np.float32)
    assert np.isnan(dpnp.asnumpy(dpnp.cumulative_prod(values))).any()  # NumPy: 0 from the 150th on


@on_dpnp
def test_dpnp_argmax_of_several_nans(dpnp: Any):
    """sycl/faults.py: _first."""
    x = native([np.nan, 1, np.nan])
    for find in (dpnp.argmax, dpnp.argmin):
        assert {int(find(x)) for _ in range(50)} != {0}  # any of the three, not always the same


@on_dpnp
def test_dpnp_index_arrays_out_of_bounds(dpnp: Any):
    """indexing.py: _check_bounds."""
    x = native([1, 2, 3])
    assert dpnp.asnumpy(x[native([7], np.int64)]).shape == (1,)  # NumPy: IndexError


def test_numba_says_that_signed_integers_never_overflow():
    """compiler/frontend/wrapping.py: OwnSums."""
    import numba

    @numba.njit
    def sum_exceeds(x):
        return x + 1 > x

    @numba.njit
    def square_is_positive(x):
        return x**2 >= 0

    assert sum_exceeds(np.iinfo(np.int64).max)  # NumPy: False
    assert square_is_positive(np.int64(3037000500))  # NumPy: the square is -9223372036709301616


def test_numpy_assigns_between_vectors_of_different_strides():
    """host/faults.py: assigned.  Where they overlap it reads what it has written."""
    x = np.arange(10)
    x[:10:2] = x[:5]
    assert x[::2].tolist() != [0, 1, 2, 3, 4]


def test_numpy_assigns_by_a_mask_what_it_has_written():
    """host/faults.py: assigned."""
    x, mask = np.arange(12), ~np.isin(np.arange(12), [0, 3, 4, 8, 10])
    x[mask] = x[1:8]
    assert x[mask].tolist() != [1, 2, 3, 4, 5, 6, 7]


@on_dpnp
def test_dpnp_refuses_to_write_by_index_arrays_what_is_in_the_same_memory():
    """sycl/faults.py: assigned."""
    x = native(np.arange(5))
    with pytest.raises(ValueError, match="overlapping"):
        x[native([1, 2], np.int64)] = x[:2]


@on_dpnp
def test_intels_vectoriser_adds_to_what_ids_shift(dpnp: Any):
    """compiler/targets/spirv_repairs.py: the lanes of a second vector shift by 16 more, and do not add 16."""
    import dpctl.program
    import test_spirv_repairs

    from xpuarray.compiler.emission_client import emit
    from xpuarray.compiler.targets.spirv_repairs import repaired

    def run(text: str) -> list[int]:
        queue = as_device("opencl:cpu").runtime.sycl_queue
        binary = emit(text, "spirv64-unknown-unknown", binary=True, options=["--spirv-ext=all"])
        kernel = dpctl.program.create_program_from_spirv(queue, binary).get_sycl_kernel("k")
        out = native(np.zeros(64), np.int64)
        queue.submit(kernel, [out.usm_data, ctypes.c_int64(3)], [64], [32]).wait()
        return dpnp.asnumpy(out).tolist()

    expected = np.left_shift(3, np.arange(64)).astype(np.int32).tolist()
    assert run(repaired(test_spirv_repairs.SHIFTED)) == expected
    assert run(test_spirv_repairs.SHIFTED) != expected


@on_dpnp
@pytest.mark.parametrize("what", ["MEETING", "ALIKE"])
def test_intels_vectoriser_takes_what_meets_for_the_same(dpnp: Any, what: str):
    """compiler/targets/divergence.py.  Work-items come to a block from two branches, with a value from each (MEETING);
    or with a store at the end of each, of which LLVM's optimiser makes such a block (ALIKE)."""
    import dpctl.program
    import test_divergence

    from xpuarray.compiler.emission_client import emit
    from xpuarray.compiler.targets.divergence import diversified

    x = np.arange(64) % 16

    def run(text: str) -> list[list[int]]:
        queue = as_device("opencl:cpu").runtime.sycl_queue
        binary = emit(text, "spirv64-unknown-unknown", binary=True, options=["--spirv-ext=all"])
        kernel = dpctl.program.create_program_from_spirv(queue, binary).get_sycl_kernel("k")
        arrays = [native(values, np.int64) for values in (x, np.zeros(128), np.zeros(64))]
        queue.submit(kernel, [*(a.usm_data for a in arrays), ctypes.c_int64(5)], [64]).wait()
        return dpnp.asnumpy(arrays[1]).reshape(2, 64).tolist()

    expected = {
        "MEETING": [np.where(x > 9, 100, np.where(x > 5, 200, 0)).tolist(), [0] * 64],
        "ALIKE": [np.where(x & 8, 87, 0).tolist(), np.where(x & 8, 12, 22).tolist()],
    }[what]
    text = getattr(test_divergence, what)
    assert run(diversified(text)) == expected
    assert run(text) != expected


@on_dpnp
@pytest.mark.parametrize("what", ["KEPT", "DIVIDED"])
def test_intels_compiler_knows_too_much(dpnp: Any, what: str):
    """compiler/targets/opaque.py."""
    import dpctl.program
    import test_opaque

    from xpuarray.compiler.emission_client import emit
    from xpuarray.compiler.targets.opaque import obscured

    def run(text: str) -> np.ndarray:
        queue = as_device("opencl:cpu").runtime.sycl_queue
        binary = emit(text, "spirv64-unknown-unknown", binary=True, options=["--spirv-ext=all"])
        kernel = dpctl.program.create_program_from_spirv(queue, binary).get_sycl_kernel("k")
        out = native(np.zeros(64), np.float64)
        for _ in range(2):  # the first time it may find zeros where another's value will be
            queue.submit(kernel, [out.usm_data, ctypes.c_double(0.25)], [64], [32]).wait()
        return dpnp.asnumpy(out)

    expected = {"KEPT": -np.arange(64) / 4, "DIVIDED": np.append(np.nan, np.zeros(63))}[what]
    text = getattr(test_opaque, what)
    assert np.array_equal(run(obscured(text)), expected, equal_nan=True)
    assert not np.array_equal(run(text), expected, equal_nan=True)


@on_dpnp
def test_dpnp_sorting_of_small_integers_ends_the_process():
    """sycl/faults.py: _merging.  Not in every process: 25 of 26 ended; with `argsort` one of six, which is no test.
    One of hundreds hung."""
    program = """
        import numpy as np, xpuarray as xp
        x = xp.zeros(5000, dtype=xp.uint8, device="opencl:cpu")
        x.device.runtime.library._module.sort(x.native)
        x.device.runtime.wait()
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]

    def ends_well() -> bool:
        try:
            return not subprocess.run(command, capture_output=True, timeout=80).returncode
        except subprocess.TimeoutExpired:
            return False

    assert not all(ends_well() for _ in range(3))


@on_dpnp
def test_dpctl_forgets_references_to_programs_and_kernels():
    """sycl/modules.py: release_surplus.  OpenCL counts more references than SYCL gives back."""
    from dpctl.program import create_program_from_spirv

    from xpuarray.backends.sycl import modules

    @xp.kernel
    def double(item, x):
        i = item.get_id(0)
        x[i] = x[i] + x[i]

    x = xp.ones(10, dtype=xp.float32, device="opencl:cpu")
    xp.call_kernel(double, xp.Range(10), x)
    (compiled,) = double._compiled.values()
    program = create_program_from_spirv(x.device.runtime.sycl_queue, compiled.binary)
    kernel = program.get_sycl_kernel(compiled.name)
    assert modules.references(kernel)[:2] == modules._WITH_SURPLUS
    modules.release_surplus(kernel)
    assert modules.references(kernel)[:2] == (1, 1), "SYCL's own"


@on_dpnp
def test_dpnp_searches_bools(dpnp: Any):
    """sycl/faults.py: _searchsorted."""
    values, needles = np.arange(1000) > 500, np.arange(1000) % 3 > 0
    found = dpnp.asnumpy(dpnp.searchsorted(native(values, bool), native(needles, bool), side="right"))
    assert found.tolist() != np.searchsorted(values, needles, side="right").tolist()


@on_dpnp
def test_dpnp_wants_dense_matrices_of_eigvalsh(dpnp: Any):
    """sycl/faults.py: _eigvalsh."""
    with pytest.raises(ValueError, match="F-contiguous"):
        dpnp.linalg.eigvalsh(native(np.eye(6), np.float64)[::2, ::2])


#: Each call comes while a host task that needs the GIL stands behind a long product.
_BEHIND_A_HOST_TASK = """
    import faulthandler, dpnp, xpuarray as xp
    with xp.device("opencl:cpu"):
        x, i, z = xp.ones((700, 700), dtype=xp.float64), xp.arange(5), xp.ones((4, 4), dtype=xp.complex64)
        m, a = z + 4 * xp.eye(4, dtype=xp.complex64), xp.ones((4, 4))
        theirs = dpnp.dpnp_array.dpnp_array._create_from_usm_ndarray(m.native)
        library = x.device.runtime.library._module
        natives = [v.native for v in (x, i, z, a)]
        for call in CALLS:
            library.take(library.matmul(x.native, x.native), i.native, axis=0)
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            call()
            x.device.runtime.wait()
            faulthandler.cancel_dump_traceback_later()
"""


def _hangs(*calls: str, seconds: int) -> str:
    """What the process says in which a call does not come to an end; nothing if all do."""
    listed = f"[{', '.join(f'lambda: {call}' for call in calls)}]"
    program = textwrap.dedent(_BEHIND_A_HOST_TASK).replace("CALLS", listed).replace("SECONDS", str(seconds))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@on_dpnp
def test_dpnp_keeps_the_gil_while_it_waits():
    """sycl/library.py: _OnTensors."""
    assert "Timeout" in _hangs("dpnp.linalg.cholesky(theirs)", seconds=10)
    calls = [f"xp.linalg.{name}(m)" for name in ("cholesky", "det", "eigh", "eigvalsh", "inv", "qr", "slogdet", "svd")]
    calls += [f"xp.fft.{name}(z)" for name in ("fft", "ifft", "fftn", "ifftn", "irfft", "irfftn", "hfft")]
    calls += [f"xp.fft.{name}(a)" for name in ("rfft", "rfftn", "ihfft")]
    assert _hangs(*calls, "xp.linalg.solve(m, m)", seconds=60) == ""


@on_dpnp
def test_dpnp_numbers_of_several_nan(dpnp: Any):
    """sycl/faults.py: by_kernel."""
    found = dpnp.unique_inverse(native([np.nan, 1, np.nan, 1]))
    assert dpnp.asnumpy(found.inverse_indices).tolist() == [1, 0, 1, 0]  # and not [1, 0, 2, 0]


def test_numpy_numbers_of_several_nan():
    """host/faults.py: _unique_inverse."""
    assert not np.array_equal(np.unique_inverse(np.full(3000, np.nan))[1], np.arange(3000))


def test_numpy_sorts_halves():
    """host/faults.py: _sort, _unique_counts, _unique_values.  By AVX-512 alone, and not where that
    has halves of its own: elsewhere it is right."""
    several = [np.random.default_rng(seed).integers(-5, 5, 20_000).astype(np.float16) for seed in range(20)]
    right = all(np.array_equal(np.sort(x), np.sort(x, kind="stable")) for x in several)
    features: dict[str, bool] = sys.modules["numpy._core._multiarray_umath"].__cpu_features__
    assert right is not (features["AVX512_ICL"] and not features["AVX512_SPR"])


def test_numpy_reduce_of_powers_and_angles():
    """host/faults.py: REDUCES_WRONG.  Where processors have AVX-512, a row's third element and those after it are
    forgotten."""
    x = np.asarray([0.5, 0.9, 0.9, 0.9], np.float32)
    wrong = [f.reduce(x) != f.accumulate(x)[-1] for f in (np.power, np.arctan2)]
    assert all(wrong) or not np._core._multiarray_umath.__cpu_features__["AVX512_SKX"]


def test_numpy_transforms_what_its_memory_held():
    """fft.py: _filled.  An axis without elements, filled up with zeros: the transform is zero."""

    def transformed(n: int) -> np.ndarray:
        np.full(n // 2 + 1, 7.0 + 7.0j)  # what is free holds something
        return np.fft.irfft(np.zeros((1, 0)), n=n, axis=1)

    assert any(np.any(transformed(n) != 0) for n in (4, 16, 64, 256, 1024) for _ in range(20))


def test_llvmlite_frees_no_pass_manager():
    """compiler/frontend/pass_managers.py.  By the memory that they take in a process without us."""
    assert _kept_by_pass_managers("") > 5, "llvmlite frees them: compiler/frontend/pass_managers.py can go"
    assert _kept_by_pass_managers("import xpuarray.compiler.frontend.pass_managers") < 3


def _kept_by_pass_managers(first: str) -> float:
    """KiB that stay of each."""
    program = f"""
        {first}
        import ctypes, gc
        from numba.core.registry import cpu_target

        def resident():
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)
            return int(open("/proc/self/statm").read().split()[1]) * 4

        codegen = cpu_target.target_context.codegen()
        for k in range(1100):
            if k == 100:
                start = resident()
            codegen._function_pass_manager()
        print((resident() - start) / 1000)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    return float(done.stdout)
