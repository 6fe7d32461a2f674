"""Constants of the memory enumerations, and private arrays, inside a kernel."""

from __future__ import annotations

import inspect

from llvmlite import ir
from numba.core import types
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin, lower_constant, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.core.typing.typeof import typeof_impl
from numba.extending import models, register_model

from xpuarray.compiler.frontend.entry import make_array
from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, DeviceArray
from xpuarray.compiler.frontend.ops import I64
from xpuarray.compiler.frontend.typing_tools import literal, typed
from xpuarray.lang.memory import AddressSpace, ConstantsMeta, MemoryOrder, MemoryScope, PrivateArray

# -- MemoryOrder.RELAXED and its kin are constants of the program, not values at run time --------


class ConstantsType(types.Dummy):
    """The enumeration itself, e.g. MemoryOrder."""

    def __init__(self, enumeration):
        self.enumeration = enumeration
        super().__init__(name=f"Constants({enumeration.__name__})")


register_model(ConstantsType)(models.OpaqueModel)


@typeof_impl.register(ConstantsMeta)
def _typeof_enumeration(val, c):
    return ConstantsType(val)


for _enumeration in (AddressSpace, MemoryOrder, MemoryScope):
    typeof_impl.register(_enumeration)(lambda val, c: types.literal(int(val)))


@infer_getattr
class _Constants(AttributeTemplate):
    key = ConstantsType

    def generic_resolve(self, constants, name):
        if name in constants.enumeration.__members__:
            return types.literal(int(constants.enumeration[name]))
        return None


@lower_getattr_generic(ConstantsType)
def _constant(context, builder, constants, value, name):
    return I64(int(constants.enumeration[name]))


@lower_constant(ConstantsType)
def _no_value(context, builder, constants, value):
    return context.get_dummy_value()


# -- PrivateArray -------------------------------------------------------------------------------


def _extents(shape):
    items = shape if isinstance(shape, types.BaseTuple) else [shape]
    extents = [literal("the shape of a PrivateArray", item) for item in items]
    if isinstance(extents[0], tuple):
        extents = list(extents[0])
    if not all(isinstance(e, int) and e > 0 for e in extents):
        raise TypingError(f"the shape of a PrivateArray must be of positive constants, not {extents}")
    return extents


@typed(PrivateArray)
def private_type(shape, dtype, fill_zeros):
    element = getattr(dtype, "dtype", None)
    if not isinstance(element, types.Type):
        raise TypingError(f"the dtype of a PrivateArray must be a NumPy dtype, not {dtype}")
    literal("fill_zeros", fill_zeros)
    return DeviceArray(element, len(_extents(shape)), "C", ADDRESS_SPACES["private"])


@lower_builtin(PrivateArray, types.VarArg(types.Any))
def _private(context, builder, sig, args):
    array_type, extents = sig.return_type, _extents(sig.args[0])
    total = 1
    for extent in extents:
        total *= extent
    element = context.get_data_type(array_type.dtype)
    storage_type = ir.ArrayType(element, total)
    with builder.goto_entry_block():
        storage = builder.alloca(storage_type)
    if literal("fill_zeros", sig.args[2]):
        builder.store(ir.Constant(storage_type, None), storage)
    data = builder.bitcast(storage, element.as_pointer())
    return make_array(context, builder, array_type, data, [I64(e) for e in extents])


assert list(inspect.signature(PrivateArray).parameters) == ["shape", "dtype", "fill_zeros"]
