# Arrays and devices as C sees them, and what it does with them at once: `uncompiled.py` has the same in Python.
# cython: language_level=3

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

cdef extern from "layout.h":
    ctypedef class xpuarray.backends.asked.Asked [object AskedObject, check_size ignore]:
        cdef object busy, host_until
    ctypedef class xpuarray.placement.discovery.Device [object DeviceObject, check_size ignore]:
        cdef object numpy_native
        cdef Asked runtime
    ctypedef class xpuarray.core.array.Array [object ArrayObject, check_size ignore]:
        cdef object _base, _buffer, _dtype, _expression, _flat, _host, _kernel_argument, _read_only, _shape
        cdef Device _device

    int array_is_as_here(object) except -1
    int device_is_as_here(object) except -1
    int runtime_is_as_here(object) except -1
    bint is_array_of(object, object)
    Array new_array_of(object, Device, object, object, object, object, object, object, object)

cdef extern from "numpys.h":
    int take_numpys(tuple kinds) except -1
    bint is_number(object)
    Py_ssize_t size_of(object values)
    Py_ssize_t product_size(object a, object b)
    bint have_same_shape(object a, object b)
    bint are_same_memory(object a, object b)
    bint are_safe_to_assign(object to, object value)
    PyObject *computed(int operation, PyObject *result, PyObject *first, PyObject *second) except? NULL
    bint owns_memory(object x)
    bint are_apart_in_memory(object a, object b)
    bint is_basic_key(object key)
    PyObject *part_in(object held, object key) except? NULL
    bint store(object memory, object key, object value, Py_ssize_t most)
    PyObject *looped(PyObject *function, int loop, PyObject *a, PyObject *b, PyObject *out) except? NULL
    PyObject *product_few(PyObject *result, PyObject *a, PyObject *b) except? NULL
    PyObject *computed_of_one(int operation, PyObject *result, PyObject *x) except? NULL

cdef extern from "slots.h":
    int take_slots(object type, object last, void *one, void *two, void *update, void *get, void *set, void *number) except -1

cdef extern from "Python.h":
    int PyContext_Enter(object) except -1
    int PyContext_Exit(object) except -1
    int PyContextVar_Get(object, PyObject *, PyObject **) except -1


cdef inline int check_layout(tuple numpys) except -1:
    array_is_as_here(Array)
    device_is_as_here(Device)
    runtime_is_as_here(Asked)
    return take_numpys(numpys)


cdef inline bint is_array(object x):
    return is_array_of(x, Array)


cdef inline Array array_of_number(Device device, object number, object dtype):
    return new_array_of(Array, device, None, None, number, None, True, dtype, ())


cdef inline Array array_of(Device device, object host, object dtype, object shape):
    cdef object buffer = host if device.numpy_native else None
    return new_array_of(Array, device, buffer, None, None, host, False, dtype, shape)


cdef inline Array array_in(Device device, object native, object dtype, tuple shape, tuple flat):
    cdef object host = native if device.numpy_native else None
    cdef Array array = new_array_of(Array, device, native, None, None, host, not shape, dtype, shape)
    array._flat = flat
    return array


cdef inline Py_ssize_t elements_of(tuple shape) except -1:
    cdef Py_ssize_t size = 1
    cdef Py_ssize_t extent
    for extent in shape:
        size *= extent
    return size


cdef inline Array part_of(Array x, object host):
    cdef object base = None, buffer = host
    if not x._device.numpy_native:
        base, buffer = x._base if x._buffer is None else x._buffer, None
    return new_array_of(Array, x._device, buffer, base, None, host, x._read_only, x._dtype, None)


cdef inline object part_at_once(object held, object key):
    cdef PyObject *made = part_in(held, key)
    if made is NULL:
        return None
    value = <object>made
    Py_DECREF(value)
    return value


cdef inline object asked(object variable):
    cdef PyObject *value
    PyContextVar_Get(variable, NULL, &value)
    found = <object>value
    Py_DECREF(found)
    return found


cdef inline object entered(list contexts):
    """A context that nobody is in; `contexts` begins with what makes one."""
    context = contexts.pop() if len(contexts) > 1 else contexts[0]()
    PyContext_Enter(context)
    return context


cdef inline int left(list contexts, object context) except -1:
    PyContext_Exit(context)
    contexts.append(context)
    return 0


cdef inline object quiet_1(list contexts, object function, object a):
    context = entered(contexts)
    try:
        return function(a)
    finally:
        left(contexts, context)


cdef inline object quiet_2(list contexts, object function, object a, object b):
    context = entered(contexts)
    try:
        return function(a, b)
    finally:
        left(contexts, context)


cdef inline object quiet_3(list contexts, object function, object a, object b, object c):
    context = entered(contexts)
    try:
        return function(a, b, c)
    finally:
        left(contexts, context)


cdef inline object quiet_5(list contexts, object function, object a, object b, object c, object d, object e):
    context = entered(contexts)
    try:
        return function(a, b, c, d, e)
    finally:
        left(contexts, context)


cdef inline object number_1(list contexts, object function, int operation, object kind, object a):
    cdef PyObject *made = computed_of_one(operation, <PyObject *>kind, <PyObject *>a)
    if made is NULL:
        return quiet_1(contexts, function, a)
    value = <object>made
    Py_DECREF(value)
    return value


cdef inline object number_2(list contexts, object function, int operation, object kind, object a, object b):
    cdef PyObject *made = computed(operation, <PyObject *>kind, <PyObject *>a, <PyObject *>b)
    if made is NULL:
        return quiet_2(contexts, function, a, b)
    value = <object>made
    Py_DECREF(value)
    return value


cdef inline object arrays_1(list contexts, object function, int loop, object a):
    cdef PyObject *made = looped(<PyObject *>function, loop, <PyObject *>a, NULL, <PyObject *>None)
    if made is NULL:
        return quiet_1(contexts, function, a)
    value = <object>made
    Py_DECREF(value)
    return value


cdef inline object arrays_2(list contexts, object function, int loop, object a, object b):
    cdef PyObject *made = looped(<PyObject *>function, loop, <PyObject *>a, <PyObject *>b, <PyObject *>None)
    if made is NULL:
        return quiet_2(contexts, function, a, b)
    value = <object>made
    Py_DECREF(value)
    return value


cdef inline object arrays_2_into(list contexts, object function, int loop, object a, object b, object out):
    cdef PyObject *made = looped(<PyObject *>function, loop, <PyObject *>a, <PyObject *>b, <PyObject *>out)
    if made is NULL:
        return quiet_3(contexts, function, a, b, out)
    Py_DECREF(<object>made)
    return None


cdef inline object product_2(list contexts, object function, object kind, object a, object b):
    cdef PyObject *made = product_few(<PyObject *>kind, <PyObject *>a, <PyObject *>b)
    if made is NULL:
        return quiet_2(contexts, function, a, b)
    value = <object>made
    Py_DECREF(value)
    return value
