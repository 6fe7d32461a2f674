"""Everything a kernel may say, under numba-dpex's name for it."""

from xpuarray.lang import *  # noqa: F403
from xpuarray.lang import __all__  # noqa: F401
