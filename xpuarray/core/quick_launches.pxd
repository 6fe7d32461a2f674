# The types of `quick_launches.py`, by which it becomes C.
# cython: language_level=3

import cython

from xpuarray.core.layout cimport Array, Device

cdef dict _ESCAPED


cdef class DenseLaunch:
    cdef readonly object launch, runtime
    cdef readonly Device device
    cdef readonly Py_ssize_t chunk
    cdef readonly tuple given, made
    cdef tuple _last
    @cython.locals(x=Array, arguments=list, last=tuple, k=Py_ssize_t, size=Py_ssize_t)
    cpdef repeat(self, tuple operands, object numbers, Array out=*)
    @cython.locals(size=Py_ssize_t, chunk=Py_ssize_t)
    cpdef list again(self, tuple shape, list arguments, list outs=*)
