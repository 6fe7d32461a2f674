"""PTX for NVIDIA GPUs.

The last dimension of a range is CUDA's x, so that neighbouring work-items are neighbouring threads.
A Range kernel gets the range's extents as hidden parameters after its own, because CUDA launches whole
blocks: threads beyond the range do nothing.  How many rows of threads a block stands for follows, for all
dimensions but the last: each thread walks on from one to the next, so that what it works out about columns
serves several rows (measured on kernels/stencil.py), and because a grid can't be as tall or deep as a range
(65,535 blocks).  `backends/cuda/launch.py` chooses them.

Arithmetic is IEEE's: division and square root are rounded correctly, nothing is contracted to fused
multiply-adds, denormal numbers stay.  `fastmath` lifts all that.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.emission_client import emit
from xpuarray.compiler.frontend.device_target import DeviceTarget
from xpuarray.compiler.frontend.ops import EXTENT, I64, current_device
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import libdevice
from xpuarray.compiler.targets.ptx_groups import GroupOps
from xpuarray.lang.types import KernelType, Space

__all__ = ["compile_kernel"]

llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()

#: compute capabilities that every LLVM Numba comes with knows; PTX for one runs on later ones too
_KNOWN = (50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 120)

#: LLVM's intrinsics for which its PTX backend has no instruction: it would end the process
_NO_INSTRUCTION = re.compile(
    r"llvm\.(a?(cos|sin|tan)h?|atan2|sincos(pi)?|exp|exp2|exp10|log|log2|log10|pow|powi|ldexp|frexp|modf|ll?round|ll?rint)\."
)

_UNTYPED = re.compile(r'\b(float|double) @"(llvm\.[a-z0-9]+)"\(')  # Numba writes llvm.log2 for either type
_LONG_SHIFT = re.compile(r"^(  %\S+ = (?:shl|lshr) (?:[a-z]+ )*i64 [^,]+, )(%[^\s,]+)", re.MULTILINE)
_NARROW_SIGN = re.compile(rb"\b(neg|abs)\.s16\s+(%rs\d+), (%rs\d+);")
_REMAINDER = re.compile(r"\bfrem ((?:[a-z]+ )*)(float|double) (\S+), (\S+)")


def compute_capability(architecture: str) -> int:
    """The compute capability to compile for, times ten: the device's own or the nearest below it.

    >>> compute_capability("sm_90"), compute_capability("sm_103")
    (90, 100)
    """
    own = int(architecture.removeprefix("sm_"))
    return max((k for k in _KNOWN if k <= own), default=_KNOWN[0])


#: LLVM unrolls little by itself, and addresses in loops cost a GPU as much as the arithmetic: NVIDIA's compiler
#: unrolls a tile of a matrix product whole (measured on kernels/matmul.py and kernels/nbody.py).
_UNROLL = ("--unroll-threshold=1500", "--unroll-partial-threshold=600")


class PtxOps(GroupOps):
    """LLVM's NVVM intrinsics, and libdevice for math."""

    name = "xpu_ptx"
    triple = "nvptx64-nvidia-cuda"
    kernel_convention = "ptx_kernel"
    math_names = libdevice.MATH_NAMES

    def __init__(self) -> None:
        self.data_layout = str(self.machine(_KNOWN[0]).target_data)

    # -- entry -------------------------------------------------------------------------------
    def parameters(self, ndim: int) -> list[ir.Type]:
        return [I64] * (2 * ndim - 1)

    @contextlib.contextmanager
    def each_item(
        self, builder: ir.IRBuilder, ndim: int, parameters: Sequence[ir.Value]
    ) -> Iterator[tuple[list[ir.Value], list[ir.Value]]]:
        extents, ids = list(parameters[:ndim]), []
        with contextlib.ExitStack() as nest:
            if ndim:
                ids.append(self.global_id(builder, ndim - 1, ndim))
                nest.enter_context(builder.if_then(builder.icmp_unsigned("<", ids[0], extents[-1])))
            for dim, rows in enumerate(parameters[ndim:]):
                step = self.local_size(builder, dim, ndim)
                height = builder.mul(step, rows)
                top = builder.mul(self.group_id(builder, dim, ndim), height)
                bottom = builder.add(top, height)
                bottom = builder.select(builder.icmp_unsigned("<", bottom, extents[dim]), bottom, extents[dim])
                first = builder.add(top, self.local_id(builder, dim, ndim))
                loop = cgutils.for_range_slice(builder, first, bottom, step, I64)
                ids.insert(dim, nest.enter_context(loop)[0])
            for position in ids:  # so that indices made of them lose the wraparound of negative ones
                builder.assume(builder.icmp_unsigned("<", position, I64(EXTENT)))
            yield ids, extents

    # A launch has one stretch of shared memory, and the parameter is an offset into it.  (The driver
    # refuses kernels with a pointer to shared memory among their parameters, though ptxas takes them.)
    def local_parameter(self, pointer: ir.Type) -> ir.Type:
        return I64

    def local_memory(self, builder: ir.IRBuilder, parameter: ir.Value, pointer: ir.Type) -> ir.Value:
        name, module = "xpu$local", builder.module  # the name of no kernel
        memory = module.globals.get(name)
        if memory is None:
            memory = ir.GlobalVariable(module, ir.ArrayType(ir.IntType(8), 0), name, addrspace=3)
            memory.align = 16
        offset = builder.and_(parameter, I64(-16))  # a multiple of 16 it is already: now LLVM knows
        address = builder.gep(builder.bitcast(memory, ir.IntType(8).as_pointer(3)), [offset], inbounds=True)
        return builder.bitcast(address, pointer)

    # -- modules -----------------------------------------------------------------------------
    def rename(self, text: str) -> str:
        text = super().rename(_UNTYPED.sub(lambda m: f'{m[1]} @"{m[2]}.f{32 if m[1] == "float" else 64}"(', text))
        for llvm_type in {m[2] for m in _REMAINDER.finditer(text)}:  # LLVM's own is x - trunc(x / y) * y
            name = {"float": "__nv_fmodf", "double": "__nv_fmod"}[llvm_type]
            if not re.search(rf'^declare .*@"?{name}"?\(', text, re.MULTILINE):
                text += f"\ndeclare {llvm_type} @{name}({llvm_type}, {llvm_type})\n"
        return _REMAINDER.sub(_call_remainder, text)

    def complete(self, module: llvm.ModuleRef, fastmath: bool) -> None:
        libdevice.link(module, self._capability(), fastmath)

    def provides(self, symbol: str) -> bool:
        return symbol == "vprintf" or (symbol.startswith("llvm.") and not _NO_INSTRUCTION.match(symbol))

    def machine(self, capability: int = 0) -> llvm.TargetMachine:
        return llvm.Target.from_triple(self.triple).create_target_machine(**_machine(capability or self._capability()))

    def _capability(self) -> int:
        info = current_device.get()
        assert info is not None
        return compute_capability(info.architecture)


def _machine(capability: int) -> dict[str, Any]:
    # CuPy needs CUDA 12, whose drivers read PTX 7.8; LLVM's own choice can be too old for shuffles.
    return {"cpu": f"sm_{capability}", "features": "+ptx78" if capability <= 90 else "", "opt": 3}


def _with_short_shifts(text: str) -> str:
    """LLVM IR in which 64-bit shifts by more than 63, which mean nothing, are shifts modulo 64.

    LLVM's PTX backend (seen in 22.1) takes `0 if n > 63 else x << n` for one instruction, since that
    one gives 0 for large n; but it looks at 32 bits of n only.
    """
    count = itertools.count()

    def mask(found: re.Match[str]) -> str:
        masked = f"%xpu.shift.{next(count)}"
        return f"  {masked} = and i64 {found[2]}, 63\n{found[1]}{masked}"

    return _LONG_SHIFT.sub(mask, text)


def _with_wide_signs(ptx: bytes) -> bytes:
    """PTX in which integers of 16 bits change their sign in 32 bits.

    NVIDIA's assembler (seen in CUDA 13's) takes it for granted that -x and |x| of an int16 fit into one: widened, they
    are 32768 where x is -32768.
    """
    return _NARROW_SIGN.sub(rb"{ .reg .b32 wide; cvt.s32.s16 wide, \3; \1.s32 wide, wide; cvt.u16.u32 \2, wide; }", ptx)


def _call_remainder(found: re.Match[str]) -> str:
    flags, llvm_type, x, y = found.groups()
    return f"call {flags}{llvm_type} @__nv_fmod{'f' * (llvm_type == 'float')}({llvm_type} {x}, {llvm_type} {y})"


_ops = PtxOps()
target = DeviceTarget(_ops)


def compile_kernel(kernel: Source, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """PTX with one entry, named after the kernel, for the device's compute capability."""
    name, module = target.compile_kernel(kernel, space, types, info)
    text = str(module)
    machine = _machine(compute_capability(info.architecture))
    ptx = emit(_with_short_shifts(text), _ops.triple, binary=False, options=_UNROLL, optimise=True, **machine)
    ptx = _with_wide_signs(ptx)
    return Compiled(name, "ptx", ptx, text, ptx.decode)
