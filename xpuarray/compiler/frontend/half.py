"""float16 in kernels: stored as such, computed with as float32 (Numba types it, but has no code for it)."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models, register_default
from numba.core.extending import overload
from numba.core.imputils import lower_cast

__all__: list[str] = []

_HALF, _SINGLE = ir.HalfType(), ir.FloatType()


@register_default(types.Float)
class _FloatModel(models.PrimitiveModel):
    """Numba's own, with one line more."""

    def __init__(self, dmm, fe_type):
        by_type = {types.float16: _HALF, types.float32: _SINGLE, types.float64: ir.DoubleType()}
        super().__init__(dmm, fe_type, by_type[fe_type])


@lower_cast(types.float64, types.float16)
def _narrow(context, builder, source, target, value):
    """CPUs without float16 arithmetic narrow by way of float32; LLVM would call a function of C's."""
    return builder.fptrunc(value if hasattr(context, "ops") else builder.fptrunc(value, _SINGLE), _HALF)


def _by_way_of_float32(function):
    """Numba types `function` for the other floats only."""

    def choose(x):
        if x == types.float16:
            return lambda x: function(np.float32(x))
        return None

    overload(function)(choose)


for _function in (float, int):
    _by_way_of_float32(_function)
