"""`python -m xpuarray doctor`: what is installed, what is found, whether it computes, what to do.

Each section prints what it found and returns the problems among it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from typing import Any

from xpuarray.backends.sycl import versions as stack
from xpuarray.backends.sycl.discovery import opencl_driver
from xpuarray.commands import report
from xpuarray.commands.device_check import check_in_a_process
from xpuarray.commands.packages import versions
from xpuarray.commands.report import Problem, tell
from xpuarray.commands.runtimes import runtimes
from xpuarray.errors import DeviceError, DeviceFilterError
from xpuarray.placement.devices import Device, default_device, devices
from xpuarray.placement.discovery import all_devices, missing_backends
from xpuarray.placement.filters import FILTER, SEE_DOCTOR, SELECTOR, Filter, environment
from xpuarray.text import size
from xpuarray.variables import faults

__all__ = ["Problem", "main"]


def main(as_json: bool = False) -> int:
    """Print the report.  Returns 0 if a device can be used and every usable device computes right."""
    problems: list[Problem] = []
    sections: dict[str, list[Any]] = {}
    with contextlib.redirect_stdout(io.StringIO()) if as_json else contextlib.nullcontext():
        for title, section in SECTIONS.items():
            print(title, flush=True)
            report.shown.clear()
            problems += section()
            sections[title] = [[cell.strip() for cell in row] for row in report.shown]
            print()
    works = not any(p.fatal for p in problems)
    if as_json:
        listed = [
            {"what": p.what, "remedy": p.remedy, "fatal": p.fatal, "so": [c.what for c in consequences]}
            for p, consequences in report.verdict(problems)
        ]
        print(json.dumps({"works": works, "problems": listed, "sections": sections}, indent=2))
    else:
        print(report.written(problems))
    return 0 if works else 1


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
    tell(rows or [("nothing is set",)])
    problems = [
        Problem(told, f"unset {name}", hides="sycl" if name == stack.COMPILER else "") for name, told in faults()
    ]
    if driver and driver not in used:
        what = f"OCL_ICD_FILENAMES={used!r} hides the OpenCL driver {driver}"
        problems.append(Problem(what, "unset OCL_ICD_FILENAMES; xpuarray sets it", hides="sycl"))
    return problems


# -- compiler -----------------------------------------------------------------------------------


def compiler() -> list[Problem]:
    """Which of the two compilers makes SPIR-V, and who chose it."""
    asked = os.environ.get(stack.COMPILER)
    chosen = f"{stack.COMPILER}={asked}" if asked else f"by default; {stack.COMPILER} chooses"
    try:
        name = {"dpex": "numba-dpex", "spirv": "xpuarray's own"}[stack.kernel_compiler()]
    except DeviceError as error:
        known = any(name == stack.COMPILER for name, _ in faults())  # told among the variables
        return [] if known else [Problem(str(error), f"unset {stack.COMPILER}", hides="sycl")]
    tell([(name, chosen)])
    return []


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
        of = "sycl" if by_filter and "sycl" in missing_backends() else ""
        problems.append(Problem(str(error).removesuffix("\n" + SEE_DOCTOR), remedy, fatal=True, of=of))
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
    tell(rows)
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
            tell([(f"{d.filter_string:14}", _told(result))])
            if result["why"]:
                problems.append(Problem(f"a kernel on {d} failed: {result['why']}", _remedy(d), fatal=True))
    return problems


def cache() -> list[Problem]:
    """Where compiled kernels are kept, and whether they can be."""
    from xpuarray.compiler.cache import disk_cache

    kept = disk_cache()
    if kept is None:
        tell([("switched off: compiled kernels are not kept on disk",)])
        return []
    entries = kept.entries()
    held = f"{len(entries)} compiled kernels, {size(sum(e.size for e in entries))} of {size(kept.limit)}"
    tell([(str(kept.directory), held)])
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
