"""Everything a kernel may say, under numba-dpex's name for it."""

from xpuarray.lang import *
from xpuarray.lang import __all__
