"""Parallel loops that compiled code of the host starts: so does what `xp.jit` compiles around its pranges.

Such code is a kernel over one work-item (a Range without dimensions), and a function that it calls is a `Started`: for
each kind of arguments it asks which kernel it stands for, and is that kernel's loop on all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from numba.core import cgutils, sigutils, types
from numba.core.errors import TypingError
from numba.core.extending import intrinsic
from numba.core.target_extension import target_override

from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.integers import INDEX
from xpuarray.compiler.frontend.numba_types import DeviceArray
from xpuarray.compiler.frontend.ops import current_device
from xpuarray.compiler.frontend.pipeline import KernelCompiler
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets.host_target import HostDispatcher, known_to
from xpuarray.compiler.targets.prange import ParallelLoop, as_index, make_item, parallel_loop
from xpuarray.errors import LoopError
from xpuarray.lang.types import ArrayType, KernelType, Space, TupleType

__all__ = ["Planned", "Started"]


class Planned(NamedTuple):
    """What a call stands for."""

    kernel: Source
    ndim: int  #: over how many dimensions
    types: tuple[KernelType, ...]  #: of the kernel's arguments
    function: Callable[[dict[str, Any]], FunctionType]
    """given the scope, the function that is called: it calls `xpu_start(extents..., kernel's arguments...)`"""


class Started(HostDispatcher):
    """A function of compiled code that starts a parallel loop.

    plan: what it stands for, for arguments of these types; raises LoopError if that is no parallel loop
    """

    def __init__(
        self, function: FunctionType, plan: Callable[[Sequence[KernelType]], Planned], info: DeviceInfo
    ):  # fmt: skip
        super().__init__(function, pipeline_class=KernelCompiler)
        self._plan, self._info = plan, info
        self._kept: list[HostDispatcher] = []  # of whose code this one's is made

    def compile(self, sig: Any) -> Any:
        args, _ = sigutils.normalize_signature(sig)
        if args not in self.overloads:
            try:
                planned = self._plan([_kernel_type(kind) for kind in args])
            except LoopError as error:
                raise TypingError(str(error)) from None
            with target_override("cpu"):
                made = parallel_loop(planned.kernel, Space(planned.ndim), planned.types, self._info)
            token = current_device.set(self._info)
            try:
                made.run.disable_compile()
                with known_to(HostDispatcher.targetdescr.target_context, made.run):
                    start = _start(made, planned)
                    scope = {"xpu_start": start, "as_index": as_index}
                    function = HostDispatcher(planned.function(scope), pipeline_class=KernelCompiler)
                    function.compile(args)
            finally:
                current_device.reset(token)
            self._kept.append(function)
            self.overloads[args] = function.overloads[args]
        return self.overloads[args].entry_point


class _OwnCompiler(KernelCompiler):
    only_values = False


def _kernel_type(kind: types.Type) -> KernelType:
    """The language's name of a type of Numba's. Raises TypingError if it has none."""
    if isinstance(kind, DeviceArray):
        return ArrayType(str(kind.dtype).replace("boolean", "bool"), kind.ndim, kind.layout)
    if isinstance(kind, types.BaseTuple):
        return TupleType(tuple(map(_kernel_type, kind)))
    if kind == INDEX:
        return "index"
    if isinstance(kind, (types.Number, types.Boolean)):
        return str(types.unliteral(kind)).replace("boolean", "bool")
    raise TypingError(f"a prange takes no {kind}")


def _start(made: ParallelLoop, planned: Planned) -> HostDispatcher:
    """A function (extents..., kernel's arguments...) that runs the loop: at once, if it has one iteration."""
    extents = [f"n{k}" for k in range(planned.ndim)]
    names = [f"a{k}" for k in range(len(planned.types))]
    passed = [text for name, kind in zip(names, planned.types) for text in _passed(name, kind)]
    size = "".join(f"{extent}, " for extent in extents)
    text = f"""
def xpu_start({", ".join([*extents, *names])}):
    count = {" * ".join(extents)}
    if count == 1:
        body(make_item(({"one, " * planned.ndim}), ({"zero, " * planned.ndim})), {", ".join(names)})
    elif {" and ".join(f"{extent} > 0" for extent in extents)}:
        run(({size}), {", ".join(passed)})
"""
    scope = {
        "body": made.body, "run": made.run, "make_item": make_item, "as_numbas": _as_numbas,
        "one": np.uint64(1), "zero": np.uint64(0), "np": np,
    }  # fmt: skip
    exec(text, scope)
    return HostDispatcher(scope["xpu_start"], pipeline_class=_OwnCompiler)


def _passed(name: str, kind: KernelType) -> Iterator[str]:
    """What the loop is called with for an argument of the kernel's."""
    if isinstance(kind, TupleType):
        for position, part in enumerate(kind.items):
            yield from _passed(f"{name}[{position}]", part)
    elif isinstance(kind, ArrayType):
        yield f"as_numbas({name})"
    else:
        yield f"np.float32({name})" if kind == "float16" else name


@intrinsic
def _as_numbas(typingctx, array):
    """A kernel's array as Numba's, of one dimension if it has none."""
    made = types.Array(array.dtype, array.ndim or 1, array.layout if array.ndim else "C")

    def codegen(context, builder, sig, args):
        given = cgutils.create_struct_proxy(array)(context, builder, value=args[0])
        result = cgutils.create_struct_proxy(made)(context, builder)
        for field in ("nitems", "itemsize", "data"):
            setattr(result, field, getattr(given, field))
        extents, strides = given.shape, given.strides
        if not array.ndim:
            size = given.itemsize
            extents, strides = (cgutils.pack_array(builder, [n]) for n in (size.type(1), size))
        result.shape, result.strides = extents, strides
        return result._getvalue()

    return made(array), codegen
