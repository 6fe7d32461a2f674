# The types of `quick.py`, by which it becomes C.
# cython: language_level=3

import cython

from xpuarray.core.layout cimport Array, Asked, Device


cdef object _WATCHERS, _MODES, _USUAL, ndarray
cdef dict _ESCAPED, _WAITING
cdef list _quiet


cdef class Plan


cdef class Last:
    cdef readonly str name
    cdef public Plan plan
    cdef public object reduction


cpdef bint asked_for_nothing() except -1
cpdef object at_hand(Array x)
cdef few_or_none(Array x)
cpdef values_until(Array x, Py_ssize_t most)
cdef number_or_values(Array x)


cdef class Plan:
    cdef readonly object first, second, third, function, result, kind, scalar
    cdef readonly Device device
    cdef readonly Asked runtime
    cdef readonly tuple numbers
    cdef readonly bint weak
    cdef readonly int operation, loop
    cdef of(self, object x1, object x2)
    cdef one(self, Array x)
    @cython.locals(size=double)
    cdef two(self, Array x, Array y)
    cdef with_number(self, Array x, object number)
    cdef of_number(self, object number, Array x)
    cdef bint into(self, Array x, object other) except -1
    cdef bint written(self, object x1, object x2, Array out) except -1
    cdef bint written_of_one(self, Array x, Array out) except -1
    cdef memory_to_write(self, Array x)
    cdef taken(self, int k, object x)
    cdef three(self, Array condition, object x1, object x2)
    cdef operand(self, int k, object x)
    cdef made(self, object value, object shape)


cdef class Product(Plan):
    cdef readonly Py_ssize_t most


cdef class LibraryProduct(Plan):
    pass


cdef class Power(Plan):
    cdef readonly object square


@cython.locals(runtime=Asked)
cdef bint settled(Array x) except -1
cdef bint same_shape(object value, object shape) except -1
cdef dtype_of(Array x)
@cython.locals(y=Array)
cdef kind_of(object x, object device)
@cython.locals(plan=Plan)
cdef called_with_three(Last last, Array condition, object x1, object x2)


@cython.locals(x=Array, y=Array, plan=Plan)
cdef Plan found(Last last, object x1, object x2)
@cython.locals(plan=Plan)
cdef Plan found_for_one(Last last, Array x)

@cython.locals(plan=Plan)
cdef called_with_one(Last last, Array x)
@cython.locals(y=Array)
cdef inline number_of(object x, object kind, object device)
cdef number_of_two(Plan plan, object x1, object x2)
@cython.locals(plan=Plan)
cdef called_with_two(Last last, object x1, object x2)
@cython.locals(plan=Plan)
cdef bint updated(Last last, Array x, object other) except -1
@cython.locals(plan=Plan)
cdef bint called_into(Last last, object x1, object x2, Array out) except -1
