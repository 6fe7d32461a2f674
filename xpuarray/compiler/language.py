"""The kernel language, made known to Numba: importing this registers it for every target."""

from xpuarray.compiler import atomic_lowering, group_lowering, item_lowering, memory_lowering  # noqa: F401
