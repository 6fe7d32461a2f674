# The types of `quick.py`, by which it becomes C.
# cython: language_level=3

import cython

from xpuarray.core.layout cimport Array


cdef class Last:
    cdef readonly str name
    cdef public Plan plan


cdef bint _unasked() except -1
cpdef object at_hand(Array x)


cdef class Plan:
    cdef readonly object device, first, second, runtime, function, result, kind, scalar
    cdef readonly tuple numbers
    cdef readonly bint weak
    cpdef of(self, object x1, object x2)
    cpdef one(self, Array x)
    cpdef two(self, Array x, Array y)
    cpdef with_number(self, Array x, object number)
    cpdef of_number(self, object number, Array x)
    @cython.locals(y=Array)
    cpdef bint into(self, Array x, object other) except -1
    cpdef bint into_value(self, Array x, object other) except -1
    cdef made(self, object value, object shape)


@cython.locals(x=Array, y=Array, plan=Plan)
cdef Plan found(Last last, object x1, object x2)
@cython.locals(plan=Plan)
cdef Plan found_for_one(Last last, Array x)

cdef Array called_with_one(Last last, Array x)
cdef called_with_two(Last last, object x1, object x2)
cdef bint updated(Last last, Array x, object other) except -1

cpdef bint is_basic(object key) except -1
cdef bint settled(Array x) except -1
cdef part_at(Array x, object key)
@cython.locals(y=Array)
cdef bint assign(Array x, object key, object value) except -1
cpdef bint is_element(Array x, object key) except -1
cdef dtype_of(Array x)
