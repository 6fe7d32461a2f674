# The types of `quick_start.py`, by which it becomes C.
# cython: language_level=3

cdef list _slots


cdef class Starter:
    cdef object _launch, _pack
    cdef Py_ssize_t _nbytes
    cdef bytes _kinds
    cdef size_t _address
    cpdef int start(self, size_t function, tuple geometry, unsigned shared, size_t stream, tuple arguments) except -1
