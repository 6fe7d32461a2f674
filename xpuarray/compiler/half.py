"""float16 in kernels: stored as such, computed with as float32 (Numba types it, but has no code for it)."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models, register_default

__all__: list[str] = []


@register_default(types.Float)
class _FloatModel(models.PrimitiveModel):
    """Numba's own, with one line more."""

    def __init__(self, dmm, fe_type):
        by_type = {
            types.float16: ir.HalfType(),
            types.float32: ir.FloatType(),
            types.float64: ir.DoubleType(),
        }
        super().__init__(dmm, fe_type, by_type[fe_type])
