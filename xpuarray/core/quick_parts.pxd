# The types of `quick_parts.py`, by which it becomes C.
# cython: language_level=3

import cython

from xpuarray.core.layout cimport Array

cdef object _WATCHERS, _DOUBLE, _BACKWARDS
cdef dict _WAITING
cdef frozenset _NUMBERS, _INDICES, _INTEGERS

cpdef bint is_basic(object key) except -1
cpdef bint is_element(Array x, object key) except -1
cdef got(Array x, object key)
cdef part_at(Array x, object key)
cdef taken(Array x, object index)
@cython.locals(i=Array)
cdef places_in(Array x, object index)
cdef plain_key(object key)
cdef number_at(Array x)
@cython.locals(y=Array)
cdef bint assign(Array x, object key, object value) except -1
cdef bint assigned_to_part(Array x, object memory, object key, object value) except -1
cdef bint assigned_by_index(Array x, object memory, object index, object value) except -1
cdef usual_memory(Array x)
cdef number_in(Array x)
