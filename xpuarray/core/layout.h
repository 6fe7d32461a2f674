/* Array, Device and what is asked of a runtime as C sees them: Python lays the slots of a class out in the order of the alphabet. */
#include <Python.h>
#include <stddef.h>
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#endif

typedef struct {
    PyObject_HEAD
    PyObject *busy, *host_until;
} AskedObject;

typedef struct {
    PyObject_HEAD
    PyObject *_made_by, *_partitions, *info, *numpy_native, *parent;
    AskedObject *runtime;
} DeviceObject;

typedef struct {
    PyObject_HEAD
    PyObject *_base, *_buffer;
    DeviceObject *_device;
    PyObject *_dtype, *_expression, *_flat, *_host, *_kernel_argument, *_read_only, *_shape;
} ArrayObject;

/* Whether the slot of that name is where the structure has it; -1 with an ImportError if not. */
static int slot_is_at(PyObject *type, const char *name, size_t offset) {
    PyObject *found = PyObject_GetAttrString(type, name);
    if (found == NULL)
        return -1;
    int same = Py_TYPE(found) == &PyMemberDescr_Type
        && (size_t)((PyMemberDescrObject *)found)->d_member->offset == offset;
    Py_DECREF(found);
    if (same)
        return 0;
    PyErr_Format(PyExc_ImportError, "compiled for another layout of %S: %s is elsewhere; build it again", type, name);
    return -1;
}

#define SLOT(structure, name) slot_is_at(type, #name, offsetof(structure, name))

static int array_is_as_here(PyObject *type) {
    return SLOT(ArrayObject, _base) | SLOT(ArrayObject, _buffer) | SLOT(ArrayObject, _device)
        | SLOT(ArrayObject, _dtype) | SLOT(ArrayObject, _expression) | SLOT(ArrayObject, _flat)
        | SLOT(ArrayObject, _host) | SLOT(ArrayObject, _kernel_argument) | SLOT(ArrayObject, _read_only)
        | SLOT(ArrayObject, _shape);
}

static int device_is_as_here(PyObject *type) {
    return SLOT(DeviceObject, numpy_native) | SLOT(DeviceObject, runtime);
}

static int runtime_is_as_here(PyObject *type) {
    return SLOT(AskedObject, busy) | SLOT(AskedObject, host_until);
}

/* Whether x is an Array that has been initialised, in which `_flat` comes last. */
static inline int is_array_of(PyObject *x, PyObject *type) {
    return (PyObject *)Py_TYPE(x) == type && ((ArrayObject *)x)->_flat != NULL;
}

static inline PyObject *new_array_of(PyObject *type, DeviceObject *device, PyObject *buffer, PyObject *base,
                                     PyObject *expression, PyObject *host, PyObject *read_only, PyObject *dtype,
                                     PyObject *shape) {
    ArrayObject *made = (ArrayObject *)((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    if (made == NULL)
        return NULL;
    made->_base = Py_NewRef(base);
    made->_buffer = Py_NewRef(buffer);
    Py_INCREF(device);
    made->_device = device;
    made->_dtype = Py_NewRef(dtype);
    made->_expression = Py_NewRef(expression);
    made->_flat = Py_NewRef(Py_None);
    made->_host = Py_NewRef(host);
    made->_kernel_argument = Py_NewRef(Py_None);
    made->_read_only = Py_NewRef(read_only);
    made->_shape = Py_NewRef(shape);
    return (PyObject *)made;
}
