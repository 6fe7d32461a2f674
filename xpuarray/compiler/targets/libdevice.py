"""CUDA's math library: LLVM bitcode that comes with NVIDIA's compiler, linked into PTX kernels.

The functions a kernel needs are copied into its module and inlined there.  By default they are as
precise as NVIDIA makes them, with denormal numbers; `fastmath` takes the approximations.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import llvmlite.binding as llvm

from xpuarray.errors import KernelCompileError

__all__ = ["MATH_NAMES", "find", "link"]

_FILE = "libdevice.10.bc"

#: functions called `<name>` and `<name>f` in C, and `__nv_<name>` and `__nv_<name>f` here
_C_NAMES = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf",
    "erfc", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fmod", "frexp", "hypot", "ldexp", "lgamma",
    "log", "log10", "log1p", "log2", "nextafter", "pow", "rint", "round", "sin", "sinh", "tan", "tanh", "tgamma",
    "trunc",
]  # fmt: skip
#: LLVM's intrinsics that its PTX backend can't turn into instructions (it ends the process)
_INTRINSICS = [
    "acos", "asin", "atan", "atan2", "cos", "cosh", "exp", "exp10", "exp2", "log", "log10", "log2", "pow", "sin",
    "sinh", "tan", "tanh",
]  # fmt: skip
#: functions of floats that have an approximation
_APPROXIMATE = ["cos", "exp", "exp10", "log", "log10", "log2", "pow", "sin", "tan"]
_NUMBA_NAMES = {"numba_gamma": "tgamma", "numba_nextafter": "nextafter", "numba_frexp": "frexp", "numba_ldexp": "ldexp"}

#: what Numba's lowering calls a math function -> its name in libdevice
MATH_NAMES = {
    **{name + f: f"__nv_{name}{f}" for name in _C_NAMES for f in ("", "f")},
    **{f"llvm.{name}.{t}": f"__nv_{name}{f}" for name in _INTRINSICS for t, f in (("f64", ""), ("f32", "f"))},
    "sqrt": "llvm.sqrt.f64",
    "sqrtf": "llvm.sqrt.f32",  # these are rounded correctly
    **{theirs + f: f"__nv_{name}{f}" for theirs, name in _NUMBA_NAMES.items() for f in ("", "f")},
}
_FAST = {f"__nv_{name}f": f"__nv_fast_{name}f" for name in _APPROXIMATE}

# libdevice asks `__nvvm_reflect` what it is compiled for.  LLVM's own pass answers 0 to what it does
# not know, which makes square roots approximate; so the questions are answered here.  They differ in
# their eighth letter: __CUDA_ARCH, __CUDA_FTZ (flush denormal numbers to zero), __CUDA_PREC_SQRT.
_REFLECT = """
define linkonce_odr i32 @xpu$reflect(ptr %question) alwaysinline {{
  %at = getelementptr i8, ptr %question, i64 7
  %letter = load i8, ptr %at
  switch i8 %letter, label %ftz [i8 65, label %arch
                                 i8 80, label %sqrt]
arch:
  ret i32 {arch}
sqrt:
  ret i32 {precise}
ftz:
  ret i32 0
}}
"""

# libdevice 13 takes for odd what is not: powers of two above 2**53 and below 1/2, by a shift modulo 64.
_POWER = """
define linkonce_odr double @mended_pow(double %x, double %y) alwaysinline {
  %magnitude = call double @llvm.fabs.f64(double %y)
  %large = fcmp oge double %magnitude, 0x4340000000000000
  %small = fcmp olt double %magnitude, 1.0
  %size = call double @llvm.fabs.f64(double %x)
  %zero = fcmp oeq double %size, 0.0
  %infinite = fcmp oeq double %size, 0x7FF0000000000000
  %end = or i1 %zero, %infinite
  %rooted = and i1 %small, %end
  %even = or i1 %large, %rooted
  %base = select i1 %even, double %size, double %x
  %power = call double @__nv_pow(double %base, double %y)
  ret double %power
}
declare double @__nv_pow(double, double)
declare double @llvm.fabs.f64(double)
"""
_MENDED = {"__nv_pow": ("mended_pow", _POWER)}  #: function -> what runs in its place, which calls it


def link(module: llvm.ModuleRef, compute_capability: int, fastmath: bool) -> None:
    """Add what `module` uses of libdevice.

    Raises KernelCompileError if it uses something and there is no libdevice on this machine.
    """
    wanted = [f for f in module.functions if f.is_declaration and f.name.startswith("__nv_")]
    if not wanted:
        return
    if fastmath:
        for function in wanted:
            function.name = _FAST.get(function.name, function.name)
    for function in wanted:
        function.name, _ = _MENDED.get(function.name, (function.name, ""))
    part = llvm.parse_bitcode(_part(tuple(sorted(f.name for f in wanted)), compute_capability, fastmath))
    part.triple, part.data_layout = module.triple, module.data_layout
    module.link_in(part)
    for function in module.functions:
        if not function.is_declaration and function.linkage == llvm.Linkage.linkonce_odr:
            function.linkage = "internal"


@functools.lru_cache(maxsize=256)
def _part(names: tuple[str, ...], compute_capability: int, fastmath: bool) -> bytes:
    """The functions `names` and what they call, as bitcode; reading all of libdevice takes 0.1 s."""
    path = find()
    if path is None:
        raise KernelCompileError(
            "math functions in CUDA kernels need NVIDIA's libdevice, which is not on this machine: "
            "pip install nvidia-nvvm, or set CUDA_HOME to a CUDA toolkit"
        )
    library = llvm.parse_bitcode(path.read_bytes())
    for function in library.functions:
        if function.name == "__nvvm_reflect":
            function.name = "xpu$reflect"
        elif not function.is_declaration and function.name not in names:
            function.linkage = "linkonce_odr"
    ours = "".join(text for name, text in _MENDED.values() if name in names)
    part = llvm.parse_assembly(_REFLECT.format(arch=compute_capability * 10, precise=int(not fastmath)) + ours)
    part.triple, part.data_layout = library.triple, library.data_layout
    part.link_in(library)
    for function in part.functions:
        if function.name in names:
            function.linkage = "linkonce_odr"
    return part.as_bitcode()


def find() -> Path | None:
    """The path of libdevice: in CUDA_HOME or CUDA_PATH, NVIDIA's wheels, the environment's prefix,
    the toolkit that `nvcc` on the PATH belongs to, or where toolkits are usually installed."""
    for folder in _folders():
        for name in ("nvvm/libdevice", "lib"):
            if (folder / name / _FILE).is_file():
                return folder / name / _FILE
    return None


def _folders() -> Iterator[Path]:
    for variable in ("CUDA_HOME", "CUDA_PATH"):
        if os.environ.get(variable):
            yield Path(os.environ[variable])
    for package, pattern in (("nvidia", "*"), ("triton", "backends/nvidia")):
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted(Path(place).glob(pattern), reverse=True)
    yield Path(sys.prefix)
    nvcc = shutil.which("nvcc")
    if nvcc:
        yield Path(nvcc).resolve().parent.parent
    yield from (Path("/usr/local/cuda"), *sorted(Path("/usr/local").glob("cuda-*"), reverse=True))
    yield from (Path("/usr/lib/cuda"), Path("/opt/cuda"))
