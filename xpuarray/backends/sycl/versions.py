"""What differs between the two generations of packages that xpuarray runs on; nothing else asks which is there.

| dpctl | dpnp | runtimes | NumPy | array library |
|---|---|---|---|---|
| 0.22 | 0.20 | 2026.2 | 2 | dpnp.tensor |
| 0.17 | 0.15 | 2024.2 | 1.26 | dpctl.tensor |

The older ones are those that numba-dpex 0.23 runs on (requirements-dpex.txt).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from types import ModuleType
from typing import Any

import numpy as np

from xpuarray.errors import DeviceError

__all__ = [
    "COMPILER", "VECTORIZER", "avoid_cpu_fault", "cpu_fault", "is_old",
    "kernel_compiler", "local_memory", "numba_dpex_version", "order_of", "preload", "stand_ins", "submitter", "tensor",
]  # fmt: skip

_LIB = os.path.join(sys.prefix, "lib")
#: The older SYCL runtime, by which its generation is known.
_OLD_SYCL = os.path.join(_LIB, "libsycl.so.7")
#: The older wheels' libraries, each after those it needs: first SYCL's, then those that dpnp links with.
_LIBRARIES = (
    "libintlc.so.5", "libimf.so", "libirng.so", "libsvml.so", "libOpenCL.so.1", "libsycl.so.7",
    "libtbb.so.12", "libmkl_core.so.2", "libmkl_tbb_thread.so.2", "libmkl_intel_ilp64.so.2",
    *(f"libmkl_sycl_{part}.so.4" for part in ("blas", "lapack", "dft", "rng", "stats", "vm")),
)  # fmt: skip


@functools.cache
def is_old() -> bool:
    """Whether the SYCL runtime in this environment is of 2024."""
    return os.path.exists(_OLD_SYCL)


@functools.cache
def preload() -> None:
    """Load the older wheels' libraries, which do not find each other: they lie in `<prefix>/lib`, and no wheel says so.

    What is loaded once is found by its name from then on.  The newer wheels need no help.
    """
    if is_old():
        # ctypes.CDLL insists on finding every symbol at once, and MKL's parts need each other.
        load, flags = ctypes.CDLL(None).dlopen, os.RTLD_LAZY | os.RTLD_GLOBAL
        for name in _LIBRARIES:
            load(os.path.join(_LIB, name).encode(), flags)


# -- what the older OpenCL runtime computes on the CPU ---------------------------------------------

#: Kernels take several times as long without the vectoriser.  Other targets (CL_CONFIG_CPU_TARGET_ARCH) are no way out:
#: with AVX (corei7-avx, core-avx2, skx) strided arrays are read wrong; with SSE 4.2 (corei7) one of four random
#: programs of the conformance suite still goes wrong, and some end the process.  Without the vectoriser one is needed,
#: too: on AMD EPYC of family 26 the runtime takes instructions that it then can't select, and ends the process.
VECTORIZER = "CL_CONFIG_USE_VECTORIZER"
_TARGET = "CL_CONFIG_CPU_TARGET_ARCH"
#: Intel's processors (of family 6) that the runtime of 2024 knows, by model: Sandy Bridge to Granite Rapids.
_KNOWN_MODELS = {
    *(42, 45, 58, 62, 60, 63, 69, 70, 61, 71, 79, 86, 78, 94, 142, 158, 165, 166, 85, 102),
    *(106, 108, 125, 126, 140, 141, 167, 143, 207, 151, 154, 183, 186, 191, 170, 172, 173, 174),
}


def cpu_fault(cpuinfo: str = "/proc/cpuinfo") -> str:
    """What is wrong with the older OpenCL runtime on this processor; "" if nothing is known.

    Upstream bug, seen with intel-opencl-rt 2024.2 on AMD EPYC with AVX-512: what its vectoriser makes of kernels
    computes wrong numbers (tests/test_dpex_compiler.py).
    """
    facts = _facts(cpuinfo) if is_old() else {}
    if not facts:
        return ""
    family, model = facts.get("cpu family", ""), facts.get("model", "")
    if facts.get("vendor_id") == "GenuineIntel" and family == "6" and model.isdigit() and int(model) in _KNOWN_MODELS:
        return ""
    name = facts.get("model name", "unknown")
    return f"the vectoriser of the OpenCL runtime 2024.2 computes wrong numbers on processors it does not know ({name})"


def _facts(cpuinfo: str = "/proc/cpuinfo") -> dict[str, str]:
    """What Linux says of the first processor; nothing where there is no Linux."""
    facts: dict[str, str] = {}
    with contextlib.suppress(OSError), open(cpuinfo, encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            facts.setdefault(name.strip(), value.strip())
    return facts


@functools.cache
def avoid_cpu_fault() -> str:
    """Switch the vectoriser off where it is wrong, and name a processor that the runtime knows, before it loads; what a
    user has set stays.

    Tells what was set, for messages; "" if nothing.
    """
    if os.environ.get(VECTORIZER) or os.environ.get(_TARGET) or not cpu_fault():
        return ""
    settings = {VECTORIZER: "False"}
    if "avx2" in _facts().get("flags", "").split():
        settings[_TARGET] = "core-avx2"
    os.environ.update(settings)
    return " and ".join(f"{name}={value}" for name, value in settings.items())


#: The environment variable that chooses between the compilers of SPIR-V kernels.
COMPILER = "XPUARRAY_KERNEL_COMPILER"

# -- libraries and queues -------------------------------------------------------------------------


def tensor() -> ModuleType:
    """The array library on SYCL devices: dpnp.tensor, which was dpctl.tensor before."""
    try:
        import dpnp.tensor as library
    except ModuleNotFoundError as missing:
        if missing.name != "dpnp.tensor":
            raise
        import dpctl.tensor as library
    return library


def _take_along_axis(library: Any, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """By indexing all dimensions."""
    axis %= x.ndim
    ranges = [
        library.reshape(
            library.arange(n, dtype=indices.dtype, sycl_queue=x.sycl_queue),
            [-1 if d == k else 1 for d in range(x.ndim)],
        )
        for k, n in enumerate(indices.shape)
    ]
    where = [indices if k == axis else r for k, r in enumerate(ranges)]
    return x[tuple(library.broadcast_arrays(*where))]


def _where(library: Any, condition: Any, x: Any, y: Any, /, *, order: str = "C") -> Any:
    """It takes no scalars, and has to be told the result's order as dpnp.tensor has (faults.py)."""
    like = next((a for a in (x, y) if hasattr(a, "dtype")), None)
    dtype = np.result_type(x, y) if like is None else like.dtype
    x, y = (a if hasattr(a, "dtype") else library.full_like(condition, a, dtype=dtype) for a in (x, y))
    return library.where(condition, x, y, order=order)


def stand_ins(library: Any) -> dict[str, Any]:
    """Functions (library, *arguments) that the older library lacks, or whose parameters have changed since."""
    if library.__name__ != "dpctl.tensor":
        return {}
    return {"take_along_axis": _take_along_axis, "where": _where}


@functools.cache
def numba_dpex_version() -> str | None:
    """The version of the installed numba-dpex, None if it isn't there.

    The distribution is asked, not the name: a module `numba_dpex` may be a user's own, which says
    `from xpuarray.dpex import *` so that old programs run here.
    """
    try:
        return metadata.version("numba-dpex")
    except metadata.PackageNotFoundError:
        return None


@functools.cache
def kernel_compiler() -> str:
    """Which compiler makes the SPIR-V: "dpex" (numba-dpex's) or "spirv" (ours).

    XPUARRAY_KERNEL_COMPILER says so; by default it is numba-dpex where that is installed.

    Raises DeviceError for another value of the variable, for "dpex" without numba-dpex, and if a module of
    its name hides it.
    """
    wanted = os.environ.get(COMPILER, "")
    if wanted not in ("", "dpex", "spirv"):
        raise DeviceError(f"{COMPILER}={wanted!r}: write dpex (numba-dpex) or spirv (xpuarray's own), or unset it")
    there = numba_dpex_version() is not None
    if wanted == "spirv" and is_old():
        raise DeviceError(f"{COMPILER}=spirv: xpuarray's own compiler needs newer packages than numba-dpex; unset it")
    if wanted == "dpex" and not there:
        raise DeviceError(f"{COMPILER}=dpex, and numba-dpex is not installed; see requirements-dpex.txt, or unset it")
    chosen = wanted or ("dpex" if there else "spirv")
    spec = importlib.machinery.PathFinder.find_spec("numba_dpex") if chosen == "dpex" else None
    if spec is not None and not spec.submodule_search_locations:
        raise DeviceError(
            f"{spec.origin} hides numba-dpex, which compiles kernels here: rename it, and write "
            "`import xpuarray.dpex as numba_dpex`"
        )
    return chosen


class Order:
    """How dpnp 0.15 orders its work: it waits for each piece."""

    submitted_events: Sequence[Any] = ()

    def wait(self) -> None:
        """Everything has ended."""

    def add_event_pair(self, host_event: Any, event: Any) -> None:
        """Nothing later waits for it by itself."""


def order_of(queue: Any) -> Any:
    """dpnp's order of the work on a queue."""
    try:
        from dpctl.utils import SequentialOrderManager
    except ImportError:
        return Order()
    return SequentialOrderManager[queue]


# -- launches with local memory -------------------------------------------------------------------


class LocalMemory(ctypes.Structure):
    """What dpctl 0.17's C interface takes for local memory; it has no Python class for it."""

    _fields_ = (
        ("ndim", ctypes.c_size_t), ("type", ctypes.c_int),
        ("dim0", ctypes.c_size_t), ("dim1", ctypes.c_size_t), ("dim2", ctypes.c_size_t),
    )  # fmt: skip


#: dpctl's numbers of argument types (DPCTLKernelArgType), by NumPy's codes
_TYPES = {"i1": 0, "u1": 1, "i2": 2, "u2": 3, "i4": 4, "u4": 5, "i8": 6, "u8": 7, "f4": 8, "f8": 9}
_POINTER, _LOCAL = 10, 11


def local_memory(code: str, size: int) -> Any:
    """A launch argument that stands for `size` elements of a work-group's local memory."""
    import dpctl

    if hasattr(dpctl, "LocalAccessor"):
        return dpctl.LocalAccessor(code, (size,))
    return LocalMemory(1, _TYPES[code], size, 1, 1)


def submitter(queue: Any) -> Callable[..., Any]:
    """A function (kernel, args, whole, local, before) that launches a kernel once the events `before` have ended,
    and gives the event of its end.  The caller keeps the arguments."""
    import dpctl

    return queue.submit_async if hasattr(dpctl, "LocalAccessor") else functools.partial(_submit, queue)


def _submit(
    queue: Any, kernel: Any, args: Sequence[Any], whole: list[int], local: list[int] | None, before: Any
) -> Any:
    if any(type(arg) is LocalMemory for arg in args):
        assert local is not None
        return _submit_with_local_memory(queue, kernel, args, whole, local, before)
    return queue.submit_async(kernel, args, whole, local, before)


@functools.cache
def _sycl_interface() -> Any:
    """dpctl's C interface, which is loaded already; an error on the device surfaces at the queue's next wait."""
    import dpctl

    found = ctypes.CDLL(os.path.join(os.path.dirname(dpctl.__file__), "libDPCTLSyclInterface.so.0"))
    found.DPCTLQueue_SubmitNDRange.restype = ctypes.c_void_p
    return found


def _submit_with_local_memory(queue: Any, kernel: Any, args: Sequence[Any], whole: Any, local: Any, before: Any) -> Any:
    import dpctl

    interface, count = _sycl_interface(), len(args)
    pointers, kinds = (ctypes.c_void_p * count)(), (ctypes.c_int * count)()
    for k, arg in enumerate(args):
        pointers[k] = arg._pointer if hasattr(arg, "_pointer") else ctypes.addressof(arg)
        kinds[k] = _kind(arg)
    extents = [(ctypes.c_size_t * 3)(*sizes, *[1] * (3 - len(sizes))) for sizes in (whole, local)]
    events = (ctypes.c_void_p * len(before))(*(event.addressof_ref() for event in before))
    address = interface.DPCTLQueue_SubmitNDRange(
        ctypes.c_void_p(kernel.addressof_ref()), ctypes.c_void_p(queue.addressof_ref()), pointers, kinds,
        ctypes.c_size_t(count), *extents, ctypes.c_size_t(len(whole)), events, ctypes.c_size_t(len(before)),
    )  # fmt: skip
    if not address:
        raise dpctl.SyclKernelSubmitError("Kernel submission to Sycl queue failed.")
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    event = dpctl.SyclEvent(capsule(address, b"SyclEventRef", None))  # makes a reference of its own
    interface.DPCTLEvent_Delete(ctypes.c_void_p(address))
    return event


def _kind(arg: Any) -> int:
    if isinstance(arg, LocalMemory):
        return _LOCAL
    if hasattr(arg, "_pointer"):
        return _POINTER
    return _TYPES[np.dtype(type(arg)).str[1:]] if type(arg) is not ctypes.c_char else 0
