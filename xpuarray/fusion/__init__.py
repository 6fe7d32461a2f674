"""Elementwise expressions made into kernels.  For now an expression is a single operation."""

from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.layout import walk_operands
from xpuarray.fusion.reduction import reduce_by_kernel

__all__ = ["elementwise_kernel", "walk_operands", "reduce_by_kernel"]
