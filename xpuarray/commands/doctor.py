"""`python -m xpuarray doctor`: what is installed, what is found, whether it computes, what to do.

Each section prints what it found and returns the problems among it.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from xpuarray.backends.registry import backends
from xpuarray.backends.sycl import versions as stack
from xpuarray.backends.sycl.discovery import opencl_driver
from xpuarray.commands.device_check import check_in_a_process
from xpuarray.errors import DeviceError, DeviceFilterError
from xpuarray.placement.devices import Device, default_device, devices
from xpuarray.placement.discovery import all_devices, missing_backends
from xpuarray.placement.filters import FILTER, SEE_DOCTOR, SELECTOR, Filter, environment
from xpuarray.text import size, table
from xpuarray.variables import faults

__all__ = ["Problem", "main"]


class Problem(NamedTuple):
    """Something that is not as it should be, and what to do about it."""

    what: str
    remedy: str
    fatal: bool = False  #: whether nothing, or something wrong, would be computed


def main() -> int:
    """Print the report.  Returns 0 if a device can be used and every usable device computes right."""
    problems: list[Problem] = []
    for title, section in SECTIONS.items():
        print(title, flush=True)
        problems += section()
        print()
    print(_verdict(problems))
    return 1 if any(p.fatal for p in problems) else 0


def _verdict(problems: list[Problem]) -> str:
    if not problems:
        return "All is well."
    fatal = any(p.fatal for p in problems)
    head = "xpuarray can't work as it stands:" if fatal else "xpuarray works; there is room for more:"
    items = []
    for number, problem in enumerate(sorted(problems, key=lambda p: not p.fatal), 1):
        what = problem.what.replace("\n", "\n     ")
        items.append(f"  {number}. {what}\n     -> {problem.remedy}")
    return "\n".join([head, *items])


# -- versions -----------------------------------------------------------------------------------

#: What a package is for, by the names it may be installed under.
PACKAGES: dict[tuple[str, ...], str] = {
    ("xpuarray",): "",
    ("numpy",): "arrays on the host",
    ("numba",): "compiles kernels",
    ("llvmlite",): "compiles kernels",
    ("numba-dpex",): "compiles SPIR-V kernels on the packages of 2024",
    ("dpctl",): "SYCL devices, queues and memory",
    ("dpnp",): "array library on SYCL devices",
    ("intel-opencl-rt",): "makes the CPU a SYCL device",
    ("scikit-learn",): "estimators",
    ("scikit-learn-intelex",): "estimators on SYCL devices",
    ("scikit-learn-intelex-gpu",): "estimators on SYCL devices",
    ("cupy", "cupy-cuda12x", "cupy-cuda13x"): "NVIDIA GPUs",
}
#: Packages that numba-dpex has its own versions of (requirements-dpex.txt).
_PINNED = {
    "numpy", "numba", "dpctl", "dpnp", "intel-opencl-rt", "scikit-learn", "scikit-learn-intelex",
    "scikit-learn-intelex-gpu",
}  # fmt: skip
_SYCL_PACKAGES = {"dpctl", "dpnp", "intel-opencl-rt", "scikit-learn-intelex", "scikit-learn-intelex-gpu"}


def versions() -> list[Problem]:
    """The packages that matter, and whether they are new enough."""
    rows = [("python", platform.python_version(), "", f"{platform.system()} {platform.machine()}")]
    problems = []
    required = _required()
    for names, purpose in PACKAGES.items():
        found = [(name, version) for name in names for version in [_version(name)] if version]
        name, version = found[0] if found else (names[0], "")
        least = "" if name in _PINNED and stack.is_old() else required.get(name, "")
        rows.append((name, version or "-", f">= {least}" if least else "", purpose))
        if not version and least and (name not in _SYCL_PACKAGES or _has_sycl_wheels()):
            problems.append(Problem(f"the package {name} is missing ({purpose})", f"pip install '{name}>={least}'"))
        elif version and least and _numbers(version) < _numbers(least):
            problems.append(Problem(f"{name} {version} is older than {least}", f"pip install '{name}>={least}'"))
    print(table(rows))
    return problems


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _required() -> dict[str, str]:
    """Least versions of the packages that xpuarray requires on some platform."""
    try:
        requirements = importlib.metadata.requires("xpuarray") or []
    except importlib.metadata.PackageNotFoundError:  # run from a source tree that was not installed
        return {}
    found = (re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", r) for r in requirements if "extra ==" not in r)
    return {m[1].lower(): m[2] for m in found if m}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def _has_sycl_wheels() -> bool:
    return platform.system() == "Linux" and platform.machine() == "x86_64"


# -- environment --------------------------------------------------------------------------------

_PREFIXES = ("XPUARRAY_", "SYCL_", "ONEAPI_", "OCL_ICD_", "CL_CONFIG_", "ZE_", "UR_", "NUMBA_", "CUDA_VISIBLE_DEVICES")


def variables() -> list[Problem]:
    """The variables that change what the runtimes do."""
    rows = [(name, repr(value)) for name, value in sorted(os.environ.items()) if name.startswith(_PREFIXES)]
    driver, used = opencl_driver(), os.environ.get("OCL_ICD_FILENAMES", "")
    ours = {"OCL_ICD_FILENAMES": "set by xpuarray"} if used == driver else {}
    if stack.avoid_cpu_fault():
        ours[stack.VECTORIZER] = f"set by xpuarray: {stack.cpu_fault()}"
    rows = [(n, f"{v}  ({ours[n]})" if n in ours else v) for n, v in rows]
    print(table(rows) if rows else "  nothing is set")
    problems = [Problem(told, f"unset {name}") for name, told in faults()]
    if driver and driver not in used:
        what = f"OCL_ICD_FILENAMES={used!r} hides the OpenCL driver {driver}"
        problems.append(Problem(what, "unset OCL_ICD_FILENAMES; xpuarray sets it"))
    return problems


# -- compiler -----------------------------------------------------------------------------------


def compiler() -> list[Problem]:
    """Which of the two compilers makes SPIR-V, and who chose it."""
    asked = os.environ.get(stack.COMPILER)
    chosen = f"{stack.COMPILER}={asked}" if asked else f"by default; {stack.COMPILER} chooses"
    try:
        name = {"dpex": "numba-dpex", "spirv": "xpuarray's own"}[stack.kernel_compiler()]
    except DeviceError as error:
        return [Problem(str(error), f"unset {stack.COMPILER}", fatal=True)]
    print(table([(name, chosen)]))
    return []


# -- runtimes -----------------------------------------------------------------------------------


#: Variables by which a user can hide all SYCL devices: no installation brings them back
_HIDING = ("ONEAPI_DEVICE_SELECTOR", "OCL_ICD_FILENAMES", "OCL_ICD_VENDORS", "SYCL_DEVICE_ALLOWLIST")


def runtimes() -> list[Problem]:
    """The runtimes that are there, those that are not, and the hardware that waits for one."""
    found, missing = all_devices(), missing_backends()
    rows = [(b, f"{sum(d.backend == b for d in found)} device(s)", _drivers(found, b)) for b in _backends(found)]
    rows += [(backend, "missing", why) for backend, why in missing.items()]
    if "level_zero" not in _backends(found) and not _intel_gpus():
        rows.append(("level_zero", "no device", "there is no Intel GPU"))
    print(table(rows))
    problems = []
    if "sycl" in missing:
        remedy = backends()["sycl"].hint.replace("pip install", "pip install --force-reinstall")
        if hiding := [name for name in _HIDING if os.environ.get(name) not in (None, "", opencl_driver())]:
            remedy = f"unset {' '.join(hiding)}, which may hide it"
        if not _has_sycl_wheels():
            remedy = f"nothing to do: there are no SYCL wheels for {platform.system()} {platform.machine()}"
        problems.append(Problem(f"there is no SYCL device: {missing['sycl']}", remedy))
    if _intel_gpus() and not any(d.type == "gpu" and d.backend in ("level_zero", "opencl") for d in found):
        problems.append(_intel_gpu_problem(_intel_gpus()))
    if Path("/proc/driver/nvidia/version").exists() and "cuda" in missing:
        problems.append(
            Problem(f"there is an NVIDIA GPU that xpuarray can't use: {missing['cuda']}", backends()["cuda"].hint)
        )
    return problems


def _backends(found: Iterable[Device]) -> list[str]:
    return list(dict.fromkeys(d.backend for d in found))


def _drivers(found: Iterable[Device], backend: str) -> str:
    return ", ".join(dict.fromkeys(d.driver or d.name for d in found if d.backend == backend))


def _intel_gpus() -> list[Path]:
    """The device files of Intel GPUs, which their drivers open."""
    found = []
    for vendor in Path("/sys/class/drm").glob("renderD*/device/vendor"):
        if vendor.read_text().strip() == "0x8086":
            found.append(Path("/dev/dri") / vendor.parts[-3])
    return found


def _intel_gpu_problem(files: list[Path]) -> Problem:
    closed = [str(f) for f in files if not os.access(f, os.R_OK | os.W_OK)]
    if closed:
        return Problem(
            f"no access to the Intel GPU at {', '.join(closed)}", "join the group that owns it (often render)"
        )
    return Problem(
        f"the Intel GPU at {', '.join(map(str, files))} has no driver for computing",
        "install libze-intel-gpu1 and intel-opencl-icd (or your distribution's packages for Level Zero)",
    )


# -- devices and filters ------------------------------------------------------------------------


def filters() -> list[Problem]:
    """Which devices each variable admits, which of them can be used, and which is the default."""
    problems = []
    default: Device | None = None
    try:
        default = next((d for d in devices() if d.usable), None) or default_device()
    except DeviceError as error:
        by_filter = isinstance(error, DeviceFilterError)
        remedy = "change the variable, or unset it" if by_filter else "use another device or driver"
        problems.append(Problem(str(error).removesuffix("\n" + SEE_DOCTOR), remedy, fatal=True))
    columns = [(source, _parsed(text, source)) for source, text in zip((FILTER, SELECTOR), environment()) if text]
    rows = [("device", "name", *(source for source, _ in columns), "")]
    for d in all_devices():
        verdicts = ["malformed" if f is None else "admits" if f.admits(d.info) else "excludes" for _, f in columns]
        state = f"can't be used: {d.why_not}" if not d.usable else "default: new arrays go here" if d is default else ""
        rows.append((d.filter_string, d.name, *verdicts, state))
        if not d.usable:
            problems.append(
                Problem(f"{d} can't be used: {d.why_not}", "put that right, or leave it if another device will do")
            )
    print(table(rows))
    return problems


def _parsed(text: str, source: str) -> Filter | None:
    try:
        return Filter.parse(text, source)
    except DeviceFilterError:
        return None


# -- a kernel on each device --------------------------------------------------------------------


def kernels() -> list[Problem]:
    """Run a kernel on each usable device that the filters admit (on all, if they admit none)."""
    try:
        chosen = devices()
    except DeviceFilterError:
        chosen = all_devices()
    problems = []
    for d in chosen:
        if d.usable and not d.part:
            result = check_in_a_process(d.filter_string)
            print(table([(f"{d.filter_string:14}", _told(result))]), flush=True)
            if result["why"]:
                problems.append(Problem(f"a kernel on {d} failed: {result['why']}", _remedy(d), fatal=True))
    return problems


def cache() -> list[Problem]:
    """Where compiled kernels are kept, and whether they can be."""
    from xpuarray.compiler.cache import disk_cache

    kept = disk_cache()
    if kept is None:
        print("  switched off: compiled kernels are not kept on disk")
        return []
    entries = kept.entries()
    held = f"{len(entries)} compiled kernels, {size(sum(e.size for e in entries))} of {size(kept.limit)}"
    print(table([(str(kept.directory), held)]))
    if why := kept.distrusted():
        return [Problem(f"the cache {kept.directory} is not used: {why}", f"chmod go-w '{kept.directory}'")]
    return []


def _told(result: dict[str, Any]) -> str:
    if result["why"]:
        return "FAILED  " + result["why"].splitlines()[0]
    compiled, ran = f"{result['compile_ms']:.0f} ms", f"{result['run_ms']:.2f} ms"
    return f"right   compiled in {compiled}, ran in {ran}, largest error {result['error']:.1e}"


def _remedy(device: Device) -> str:
    if device.backend == "host":
        return "pip install --upgrade numba llvmlite"
    return f"exclude it: {FILTER}=host; then update its driver ({device.driver}) or {device.backend} packages"


SECTIONS: dict[str, Callable[[], list[Problem]]] = {
    "Versions": versions,
    "Environment": variables,
    "Compiler of SPIR-V kernels": compiler,
    "Runtimes": runtimes,
    "Devices and filters": filters,
    "Cache of compiled kernels": cache,
    "A kernel on each device": kernels,
}
