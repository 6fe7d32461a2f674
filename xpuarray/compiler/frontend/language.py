"""The kernel language, made known to Numba: importing this registers it for every target."""

from xpuarray.compiler.frontend import (  # noqa: F401
    atomic_lowering,
    group_lowering,
    half,
    item_lowering,
    mathematics,
    memory_lowering,
    text,
)
