# What `driver.h` does.
# cython: language_level=3

cdef extern from "driver.h":
    int MOST_BYTES
    int start_kernel(size_t launch, size_t function, object geometry, unsigned shared, size_t stream, const char *kinds,
                     object arguments) except -1
