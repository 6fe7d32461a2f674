"""The doctor's look at the runtimes: those that are there, those that are not and why, and the hardware that waits."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

from xpuarray.backends.registry import backends
from xpuarray.backends.sycl.discovery import opencl_driver
from xpuarray.commands.packages import has_sycl_wheels
from xpuarray.commands.report import Problem, tell
from xpuarray.placement.devices import Device
from xpuarray.placement.discovery import all_devices, missing_backends

__all__ = ["opencl_loader", "runtimes"]

#: Variables by which a user can hide all SYCL devices: no installation brings them back
_HIDING = ("ONEAPI_DEVICE_SELECTOR", "OCL_ICD_VENDORS", "SYCL_DEVICE_ALLOWLIST")


def runtimes() -> list[Problem]:
    """The runtimes that are there, those that are not, and the hardware that waits for one."""
    found, missing = all_devices(), missing_backends()
    rows = [(b, f"{sum(d.backend == b for d in found)} device(s)", _drivers(found, b)) for b in _backends(found)]
    rows += [(backend, "missing", why) for backend, why in missing.items()]
    if "level_zero" not in _backends(found) and not _intel_gpus():
        rows.append(("level_zero", "no device", "there is no Intel GPU"))
    loader, ours = opencl_loader()
    if loader:
        rows.append(("OpenCL loader", "", loader))
    tell(rows)
    problems = []
    if "sycl" in missing:
        problems.append(Problem(f"there is no SYCL device: {missing['sycl']}", _remedy(missing["sycl"]), of="sycl"))
        for name in _HIDING:
            if os.environ.get(name):
                what = f"{name}={os.environ[name]!r} may hide the SYCL devices"
                problems.append(Problem(what, f"unset {name}", hides="sycl"))
        if loader and loader != ours:
            what = f"the OpenCL loader {loader} is found before {ours}, and finds other drivers than that one"
            remedy = f"take {os.path.dirname(loader)} out of LD_LIBRARY_PATH, or put {os.path.dirname(ours)} before it"
            problems.append(Problem(what, remedy, hides="sycl"))
    if _intel_gpus() and not any(d.type == "gpu" and d.backend in ("level_zero", "opencl") for d in found):
        problems.append(_intel_gpu_problem(_intel_gpus()))
    if Path("/proc/driver/nvidia/version").exists() and "cuda" in missing:
        problems.append(
            Problem(f"there is an NVIDIA GPU that xpuarray can't use: {missing['cuda']}", backends()["cuda"].hint)
        )
    return problems


def _remedy(why: str) -> str:
    if not has_sycl_wheels():
        return f"nothing to do: there are no SYCL wheels for {platform.system()} {platform.machine()}"
    hint = backends()["sycl"].hint
    return hint if hint in why else "pip install --force-reinstall dpctl dpnp intel-opencl-rt"


_LOADER = "libOpenCL.so.1"


def opencl_loader() -> tuple[str, str]:
    """Which OpenCL loader is in this process, or would be, and which one came with the driver; nothing if none is."""
    driver = opencl_driver()
    ours = os.path.join(os.path.dirname(driver), _LOADER) if driver else ""
    maps = Path("/proc/self/maps")
    loaded = re.findall(rf"(/\S*/{_LOADER}\S*)", maps.read_text()) if maps.exists() else []
    searched = [os.path.join(f, _LOADER) for f in os.environ.get("LD_LIBRARY_PATH", "").split(":") if f]
    found = [*loaded, *filter(os.path.exists, [*searched, *([ours] if ours else [])])]
    return (found[0] if found else "", ours)


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
