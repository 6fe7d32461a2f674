/* The start of a CUDA kernel: its parameters side by side in memory, as PTX has them, and the driver's own call. */
#include <Python.h>
#include <string.h>

/* cuLaunchKernel: function, grid, block, bytes of shared memory, stream, parameters (none), what says where they are */
typedef int (*LaunchKernel)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
                            void **);

enum { MOST_BYTES = 1024 };

/* Write a value at a multiple of its size; the place behind it, or -1 with an error. */
static inline Py_ssize_t put_parameter(char *memory, Py_ssize_t at, char kind, PyObject *value) {
    double real = 0;
    long long whole = 0;
    Py_ssize_t size = kind == 'q' || kind == 'd' ? 8 : kind == 'i' || kind == 'f' ? 4 : kind == 'h' ? 2 : 1;
    at = (at + size - 1) / size * size;
    if (at + size > MOST_BYTES) {
        PyErr_SetString(PyExc_ValueError, "more parameters than there is room for");
        return -1;
    }
    if (kind == 'd' || kind == 'f')
        real = PyFloat_AsDouble(value);
    else
        whole = PyLong_AsLongLong(value);
    if ((real == -1 || whole == -1) && PyErr_Occurred())
        return -1;
#define PUT(type, from) { type it = (type)from; memcpy(memory + at, &it, sizeof it); break; }
    switch (kind) {
        case 'q': PUT(long long, whole)
        case 'd': PUT(double, real)
        case 'i': PUT(int, whole)
        case 'f': PUT(float, real)
        case 'h': PUT(short, whole)
        default: PUT(char, whole)
    }
#undef PUT
    return at + size;
}

/* CUDA's error, 0 if there is none; -1 with an error of Python's.  arguments: a tuple, of these kinds */
static int start_kernel(size_t launch, size_t function, PyObject *geometry, unsigned shared, size_t stream,
                        const char *kinds, PyObject *arguments) {
    char memory[MOST_BYTES];
    Py_ssize_t used = 0, count = PyTuple_GET_SIZE(arguments);
    unsigned sizes[6];
    if (count != (Py_ssize_t)strlen(kinds)) {
        PyErr_Format(PyExc_ValueError, "the kernel has %zd parameters, not %zd", (Py_ssize_t)strlen(kinds), count);
        return -1;
    }
    for (int k = 0; k < 6; k++) {
        sizes[k] = (unsigned)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(geometry, k));
        if (sizes[k] == (unsigned)-1 && PyErr_Occurred())
            return -1;
    }
    for (Py_ssize_t k = 0; k < count; k++)
        if ((used = put_parameter(memory, used, kinds[k], PyTuple_GET_ITEM(arguments, k))) < 0)
            return -1;
    size_t nbytes = (size_t)used;
    void *extra[] = {(void *)1, memory, (void *)2, &nbytes, NULL}; /* CU_LAUNCH_PARAM_BUFFER_POINTER, ..._SIZE, ..._END */
    int status;
    Py_BEGIN_ALLOW_THREADS
    status = ((LaunchKernel)launch)((void *)function, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], shared,
                                    (void *)stream, NULL, extra);
    Py_END_ALLOW_THREADS
    return status;
}
