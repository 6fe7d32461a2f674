"""Elementwise expressions made into kernels.  For now an expression is a single operation."""

from xpuarray.fusion.generate import elementwise_kernel

__all__ = ["elementwise_kernel"]
