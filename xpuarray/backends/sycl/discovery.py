"""Which SYCL devices are there: the environment the runtime needs, and the facts about each device."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.launches import user_level
from xpuarray.backends.sycl import versions
from xpuarray.errors import DeviceError

__all__ = ["describe", "find", "opencl_driver", "prepare_environment"]

_DRIVER = "libintelocl.so"


def prepare_environment() -> None:
    """Make pip's SYCL runtime find its CPU device; must run before the process's first SYCL call.

    The wheel intel-opencl-rt puts its OpenCL driver where no OpenCL loader looks; OCL_ICD_FILENAMES
    tells the loader.  A value that the user has set stays, and system-wide drivers are found as before.
    """
    versions.preload()
    versions.avoid_cpu_fault()
    if not os.environ.get("OCL_ICD_FILENAMES"):
        driver = opencl_driver()
        if driver:
            os.environ["OCL_ICD_FILENAMES"] = driver


def opencl_driver() -> str | None:
    """The path of the OpenCL CPU driver that the wheel intel-opencl-rt installed, if it is there."""
    usual = os.path.join(sys.prefix, "lib", _DRIVER)
    if os.path.exists(usual):
        return usual
    try:  # a --user or --target install has its data elsewhere; looking that up takes longer
        from importlib.metadata import files

        paths = [os.path.realpath(str(f.locate())) for f in files("intel-opencl-rt") or () if f.name == _DRIVER]
    except ImportError:  # PackageNotFoundError is one
        return None
    return next(filter(os.path.exists, paths), None)


def find() -> list[tuple[DeviceInfo, Any]]:
    """Every device dpctl sees, usable or not, with its facts.

    Raises ImportError without dpctl, DeviceError if there is no device at all.
    """
    prepare_environment()
    if setting := versions.avoid_cpu_fault():
        warnings.warn(f"xpuarray has set {setting}, as {versions.cpu_fault()}", RuntimeWarning, stacklevel=user_level())
    was_imported = "dpctl" in sys.modules
    with _selector_hidden():
        import dpctl

        devices = dpctl.get_devices()
    if not devices:
        raise DeviceError(_why_none(was_imported))
    of_kind: Counter[tuple[str, str]] = Counter()
    of_backend: Counter[str] = Counter()
    found = []
    for device in devices:
        backend, kind = device.backend.name, device.device_type.name
        number, index = of_kind[backend, kind], of_backend[backend]
        of_kind[backend, kind] += 1
        of_backend[backend] += 1
        try:
            info = describe(device, number, index)
        except Exception as error:  # a driver that can't answer must not hide the others' devices
            why_not = f"its driver does not answer: {type(error).__name__}: {error}"
            info = DeviceInfo(backend, kind, number, "unknown", index, why_not=why_not)
        found.append((info, device))
    return found


@contextlib.contextmanager
def _selector_hidden() -> Iterator[None]:
    """Hide ONEAPI_DEVICE_SELECTOR from the SYCL runtime while it initialises; xpuarray applies it.

    Upstream bug, seen with Intel's runtimes 2026.2: on a machine without a GPU driver, `opencl:cpu`,
    `opencl:*` and an empty value show no device at all ("UR adapter initialization failed: 37").
    test_devices.py has a test that fails once that is mended.

    Only C's environment changes, which the runtime reads; other threads read os.environ.
    """
    selector = os.environ.get("ONEAPI_DEVICE_SELECTOR")
    if selector is None:
        yield
        return
    os.unsetenv("ONEAPI_DEVICE_SELECTOR")
    try:
        yield
    finally:
        os.putenv("ONEAPI_DEVICE_SELECTOR", selector)


def _why_none(was_imported: bool) -> str:
    driver, used = opencl_driver(), os.environ.get("OCL_ICD_FILENAMES", "")
    if driver is None:
        return "the SYCL runtime shows no device; pip install 'xpuarray[sycl]' makes the CPU one"
    if driver not in used:
        return f"the SYCL runtime shows no device; OCL_ICD_FILENAMES={used!r} does not name {driver}: unset it"
    if was_imported:
        return (
            "the SYCL runtime shows no device: it was used before xpuarray could prepare its environment. "
            "Write `import xpuarray` above other imports, or call xpuarray.devices() before dpctl or dpnp list devices"
        )
    return f"the SYCL runtime shows no device, although its OpenCL driver is at {driver}"


def describe(device: Any, number: int, index: int, part: tuple[int, ...] = ()) -> DeviceInfo:
    """The facts about one dpctl.SyclDevice."""
    usm = tuple(k for k in ("host", "shared", "device") if getattr(device, f"has_aspect_usm_{k}_allocations"))
    if device.has_aspect_usm_system_allocations:
        usm += ("system",)
    name, driver = device.name.strip(), device.driver_version
    return DeviceInfo(
        backend=device.backend.name,
        type=device.device_type.name,
        number=number,
        name=name,
        index=index,
        vendor=device.vendor,
        driver=driver,
        memory=device.global_mem_size,
        max_allocation=device.max_mem_alloc_size,
        local_memory=device.local_mem_size,
        compute_units=device.max_compute_units,
        max_work_group_size=device.max_work_group_size,
        sub_group_sizes=tuple(device.sub_group_sizes),
        fp64=device.has_aspect_fp64,
        fp16=device.has_aspect_fp16,
        atomic64=device.has_aspect_atomic64,
        usm=usm,
        architecture=f"{name} {driver}",
        part=part,
        why_not=_why_not(usm, driver),
    )


def _why_not(usm: tuple[str, ...], driver: str) -> str:
    if "device" not in usm and "shared" not in usm:
        return f"its driver ({driver}) has no unified shared memory (USM)"
    if importlib.util.find_spec("dpnp") is None:
        return "the package dpnp is not installed (pip install 'xpuarray[sycl]')"
    return ""
