# The types of `quick_reductions.py`, by which it becomes C.
# cython: language_level=3

import cython

from xpuarray.core.layout cimport Array, Device
from xpuarray.core.quick cimport Last


cdef class Reducing:
    cdef readonly Device device
    cdef readonly object first, reduce, accumulator, result, kind
    cpdef at_hand(self, Array x, object axis, object keepdims)
    cpdef made(self, object value)


@cython.locals(plan=Reducing)
cdef reduced(Last last, Array x, object axis, object keepdims)
