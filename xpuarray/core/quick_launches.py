"""The shortest way of a launch over dense operands of one shape, whatever its size: what has run for some is run for
others at once.

As `quick.py`, which says more, this is compiled where there is a C compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from xpuarray.core import pending
from xpuarray.core.array import Array

if TYPE_CHECKING:
    import cython
else:
    cython = SimpleNamespace(compiled=False)

if cython.compiled:
    from cython.cimports.xpuarray.core.layout import array_in, elements_of, is_array
    from cython.cimports.xpuarray.core.quick import asked_for_nothing
else:
    from xpuarray.core.quick import asked_for_nothing
    from xpuarray.core.uncompiled import array_in, elements_of, is_array

__all__ = ["DenseLaunch"]

_ESCAPED = pending._escaped


class DenseLaunch:
    """All about a launch but its arrays and their size."""

    __slots__ = ("_last", "chunk", "device", "given", "launch", "made", "runtime")

    def __init__(self, launch: Any, chunk: int, given: tuple[Any, ...], made: tuple[Any, ...]):
        """launch: a `fusion.launches.Launch`; chunk: elements that a work-item takes; given: the operands' types
        made: for each output its dtype, and as what it is passed"""
        self.launch, self.chunk, self.given, self.made = launch, chunk, given, made
        self.device = launch.device
        self.runtime = launch.device.runtime
        #: the number that was packed last, as the user gave it, and packed: in a loop it is the same one
        self._last: Any = (None, ())

    def repeat(
        self, operands: tuple[Any, ...], numbers: Sequence[Callable[[Any], Any]], out: Array | None = None
    ) -> Array | None:
        """The one output, for operands like those before; None if they are others, or somebody asks for more than is
        usual: the shortest way on GPUs.

        operands: as the user gave them;  numbers: what makes scalars of each one's dtype
        out: of the output's type, to be written into; None: a new array
        """
        launch, runtime = self.launch, self.runtime
        shape: Any = None
        if launch.executable is None or runtime.kernel_from or not asked_for_nothing():
            return None
        arguments: list[Any] = []
        for k in range(len(self.given)):
            operand, kind = operands[k], self.given[k]
            if is_array(operand):
                x = operand
                flat = x._flat
                if flat is None and x._buffer is not None:  # a view that was just made
                    flat = x._flat_argument()
                if flat is None or flat[0] is not kind or x._device is not self.device:
                    return None
                seen = x._shape
                seen = x.shape if seen is None else seen
                if shape is None:
                    shape = seen
                elif shape is not seen and shape != seen:
                    return None
                arguments.extend(flat[1])
            elif type(kind) is str:
                last = self._last
                if last[0] is not operand or type(operand) is not float:
                    last = operand, runtime.pack_scalar(numbers[k](operand), kind)
                    self._last = last
                arguments.extend(last[1])
            else:
                return None
        if shape is None:
            return None
        size = elements_of(shape)
        if size <= runtime.host_until or size >= runtime.defer_from:
            return None
        if out is None:
            return self.again(shape, arguments)[0]
        return self.again(shape, arguments, [out])[0] if out.shape == shape else None

    def again(self, shape: tuple[int, ...], arguments: list[Any], outs: list[Array] | None = None) -> list[Array]:
        """Run what ran before for dense operands of these types.

        arguments: packed; outs: dense arrays of the outputs' types, or new ones"""
        runtime, size = self.runtime, elements_of(shape)
        if outs is None:
            outs = []
            for dtype, kind in self.made:
                native = runtime.empty(shape, dtype)
                packed = runtime.pack(native, kind.layout, (size,))
                out = array_in(self.device, native, dtype, shape, (kind, packed))
                if _ESCAPED:
                    pending.forget_escaped(out)
                outs.append(out)
                arguments.extend(packed)
        else:
            for out in outs:
                arguments.extend(out._flat_argument()[1])  # type: ignore[index]
        chunk = self.chunk
        if chunk > 1:
            arguments.extend(runtime.pack_scalar(size, "uint64"))
        self.launch.run(arguments, ((size + chunk - 1) // chunk,))
        return outs
