/* Array and Device as C sees them: Python lays the slots of a class out in the order of the alphabet.  Of NumPy's
   headers these are structures alone: nothing is called. */
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <stddef.h>
#include <string.h>
#include <numpy/ndarraytypes.h>
#include <numpy/arrayscalars.h>
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#endif

typedef struct {
    PyObject_HEAD
    PyObject *_base, *_buffer, *_device, *_dtype, *_expression, *_flat, *_host, *_kernel_argument, *_read_only, *_shape;
} ArrayObject;

typedef struct {
    PyObject_HEAD
    PyObject *_made_by, *_partitions, *info, *numpy_native, *parent, *runtime;
} DeviceObject;

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

/* Whether x is an Array that has been initialised, in which `_flat` comes last. */
static inline int is_array_of(PyObject *x, PyObject *type) {
    return (PyObject *)Py_TYPE(x) == type && ((ArrayObject *)x)->_flat != NULL;
}

static inline PyObject *new_array_of(PyObject *type, PyObject *device, PyObject *buffer, PyObject *base,
                                     PyObject *expression, PyObject *host, PyObject *read_only, PyObject *dtype,
                                     PyObject *shape) {
    ArrayObject *made = (ArrayObject *)((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    if (made == NULL)
        return NULL;
    made->_base = Py_NewRef(base);
    made->_buffer = Py_NewRef(buffer);
    made->_device = Py_NewRef(device);
    made->_dtype = Py_NewRef(dtype);
    made->_expression = Py_NewRef(expression);
    made->_flat = Py_NewRef(Py_None);
    made->_host = Py_NewRef(host);
    made->_kernel_argument = Py_NewRef(Py_None);
    made->_read_only = Py_NewRef(read_only);
    made->_shape = Py_NewRef(shape);
    return (PyObject *)made;
}

/* -- NumPy's arrays ----------------------------------------------------------------------------- */

static PyTypeObject *ndarray_type, *generic_type;

static inline int is_number(PyObject *x) {
    return x != Py_None && PyObject_TypeCheck(x, generic_type);
}

/* The number of elements of NumPy's array, or of its scalar. */
static inline Py_ssize_t size_of(PyObject *values) {
    Py_ssize_t size = 1;
    if (PyObject_TypeCheck(values, ndarray_type)) {
        PyArrayObject *array = (PyArrayObject *)values;
        for (int k = 0; k < PyArray_NDIM(array); k++)
            size *= PyArray_DIM(array, k);
    }
    return size;
}

static inline int have_same_shape(PyObject *a, PyObject *b) {
    if (!PyObject_TypeCheck(a, ndarray_type) || !PyObject_TypeCheck(b, ndarray_type))
        return 0;
    PyArrayObject *x = (PyArrayObject *)a, *y = (PyArrayObject *)b;
    int n = PyArray_NDIM(x);
    return n == PyArray_NDIM(y) && !memcmp(PyArray_DIMS(x), PyArray_DIMS(y), n * sizeof(npy_intp));
}

/* Whether both, of one dtype, are the same elements in memory. */
static inline int are_same_memory(PyObject *a, PyObject *b) {
    if (!have_same_shape(a, b))
        return 0;
    PyArrayObject *x = (PyArrayObject *)a, *y = (PyArrayObject *)b;
    return PyArray_DATA(x) == PyArray_DATA(y)
        && !memcmp(PyArray_STRIDES(x), PyArray_STRIDES(y), PyArray_NDIM(x) * sizeof(npy_intp));
}

/* Whether two vectors have one stride, or one of both is memory of its own, in which no view is. */
static inline int are_safe_to_assign(PyObject *to, PyObject *from) {
    if (!PyObject_TypeCheck(to, ndarray_type) || !PyObject_TypeCheck(from, ndarray_type))
        return 0;
    PyArrayObject *x = (PyArrayObject *)to, *y = (PyArrayObject *)from;
    if (PyArray_NDIM(x) != 1)
        return 1;
    if (PyArray_NDIM(y) == 1 && PyArray_STRIDE(x, 0) == PyArray_STRIDE(y, 0))
        return 1;
    return PyArray_BASE(y) == NULL && PyArray_BASE(x) != from;
}

/* How many elements the product of two has; -1 if one of both has no dimensions. */
static inline Py_ssize_t product_size(PyObject *a, PyObject *b) {
    if (!PyObject_TypeCheck(a, ndarray_type) || !PyObject_TypeCheck(b, ndarray_type))
        return -1;
    PyArrayObject *x = (PyArrayObject *)a, *y = (PyArrayObject *)b;
    int n = PyArray_NDIM(x), m = PyArray_NDIM(y);
    if (!n || !m)
        return -1;
    Py_ssize_t size = 1;
    for (int k = 0; k < n - 1; k++)
        size *= PyArray_DIM(x, k);
    for (int k = 0; k < m; k++)
        size *= k == (m > 1 ? m - 2 : 0) ? 1 : PyArray_DIM(y, k);
    return size;
}

/* -- its numbers -------------------------------------------------------------------------------- */

static PyTypeObject *double_type, *single_type, *truth_type;
static PyObject *truths[2];
/* Integers that 64 bits with a sign hold, and what reads and makes them. */
#define INTEGERS(DO) \
    DO(0, npy_int8, PyInt8ScalarObject) DO(1, npy_int16, PyInt16ScalarObject) DO(2, npy_int32, PyInt32ScalarObject) \
    DO(3, npy_int64, PyInt64ScalarObject) DO(4, npy_uint8, PyUInt8ScalarObject) \
    DO(5, npy_uint16, PyUInt16ScalarObject) DO(6, npy_uint32, PyUInt32ScalarObject)
static PyTypeObject *integer_types[7];

typedef struct {
    enum { OTHER, INTEGER, WHOLE, SINGLE, DOUBLE, REAL } kind; /* WHOLE and REAL are Python's */
    int of; /* which of `integer_types` */
    npy_int64 whole;
    double real;
} Number;

static inline Number number_in(PyObject *x) {
    Number n = {OTHER, -1, 0, 0};
    PyTypeObject *type = Py_TYPE(x);
    if (type == double_type) {
        n.kind = DOUBLE;
        n.real = ((PyDoubleScalarObject *)x)->obval;
    } else if (type == &PyFloat_Type) {
        n.kind = REAL;
        n.real = PyFloat_AS_DOUBLE(x);
    } else if (type == &PyLong_Type) {
        int over;
        n.whole = PyLong_AsLongLongAndOverflow(x, &over);
        if (!over) {
            n.kind = WHOLE;
            n.real = (double)n.whole;
        }
    } else if (type == single_type) {
        n.kind = SINGLE;
        n.real = ((PyFloatScalarObject *)x)->obval;
    }
#define READ(k, c, scalar) \
    else if (type == integer_types[k]) { \
        n.kind = INTEGER; \
        n.of = k; \
        n.whole = ((scalar *)x)->obval; \
        n.real = (double)n.whole; \
    }
    INTEGERS(READ)
#undef READ
    return n;
}

static inline PyObject *made_double(double value) {
    PyObject *made = double_type->tp_alloc(double_type, 0);
    if (made != NULL)
        ((PyDoubleScalarObject *)made)->obval = value;
    return made;
}

static inline PyObject *made_single(float value) {
    PyObject *made = single_type->tp_alloc(single_type, 0);
    if (made != NULL)
        ((PyFloatScalarObject *)made)->obval = value;
    return made;
}

/* The value as an integer of that type, of whose bits it has too many. */
static inline PyObject *made_integer(PyTypeObject *type, npy_int64 value) {
#define MAKE(k, c, scalar) \
    if (type == integer_types[k]) { \
        PyObject *made = type->tp_alloc(type, 0); \
        if (made != NULL) \
            ((scalar *)made)->obval = (c)value; \
        return made; \
    }
    INTEGERS(MAKE)
#undef MAKE
    return NULL;
}

static inline int bits_of(PyTypeObject *type) {
#define BITS(k, c, scalar) if (type == integer_types[k]) return 8 * sizeof(c);
    INTEGERS(BITS)
#undef BITS
    return 0;
}

/* Whether Python's integer is one of that type. */
static inline int fits(npy_int64 value, int of) {
#define FITS(k, c, scalar) if (of == k) return (npy_int64)(c)value == value;
    INTEGERS(FITS)
#undef FITS
    return 0;
}

static inline PyObject *made_truth(int value) {
    return Py_NewRef(truths[value != 0]);
}

#define COMPARE(a, b) \
    switch (operation) { \
    case '=': return made_truth(a == b); \
    case '!': return made_truth(a != b); \
    case '<': return made_truth(a < b); \
    case '(': return made_truth(a <= b); \
    case '>': return made_truth(a > b); \
    case ')': return made_truth(a >= b); \
    }
#define COMPUTE(a, b, make) \
    switch (operation) { \
    case '+': return make(a + b); \
    case '-': return make(a - b); \
    case '*': return make(a * b); \
    case '/': return make(a / b); \
    }

/* An operation with NumPy's scalars, and Python's numbers beside them, whose result is of that type: just what NumPy
   makes of them, which looks longer at what they are.  NULL without an error where that is asked instead. */
static inline PyObject *computed(int operation, PyObject *kind, PyObject *first, PyObject *second) {
    PyTypeObject *result = (PyTypeObject *)kind;
    Number a = number_in(first), b = number_in(second);
    if (a.kind == OTHER || b.kind == OTHER)
        return NULL;
    if (a.kind <= WHOLE && b.kind <= WHOLE) {
        if ((a.kind == WHOLE && !fits(a.whole, b.of)) || (b.kind == WHOLE && !fits(b.whole, a.of)))
            return NULL;
        npy_int64 i = a.whole, j = b.whole;
        npy_uint64 u = (npy_uint64)i, v = (npy_uint64)j; /* what overflows is defined of these */
        if (result == truth_type) {
            COMPARE(i, j)
            return NULL;
        }
        switch (operation) {
        case '+': return made_integer(result, (npy_int64)(u + v));
        case '-': return made_integer(result, (npy_int64)(u - v));
        case '*': return made_integer(result, (npy_int64)(u * v));
        case '&': return made_integer(result, i & j);
        case '|': return made_integer(result, i | j);
        case '^': return made_integer(result, i ^ j);
        case 'l': return j >= 0 && j < bits_of(result) ? made_integer(result, (npy_int64)(u << j)) : NULL;
        case 'r': return j >= 0 && j < bits_of(result) ? made_integer(result, i >> j) : NULL;
        case '/': return result == double_type ? made_double(a.real / b.real) : NULL;
        }
        return NULL;
    }
    if (a.kind == INTEGER || b.kind == INTEGER)
        return NULL;
    if (a.kind == DOUBLE || b.kind == DOUBLE) {
        const npy_int64 most = (npy_int64)1 << 53; /* larger ones may be no doubles */
        if (a.kind == SINGLE || b.kind == SINGLE || a.whole > most || a.whole < -most || b.whole > most || b.whole < -most)
            return NULL;
        if (result == truth_type)
            COMPARE(a.real, b.real)
        else if (result == double_type)
            COMPUTE(a.real, b.real, made_double)
        return NULL;
    }
    const npy_int64 most = 1 << 24;
    if (result != single_type || a.whole > most || a.whole < -most || b.whole > most || b.whole < -most)
        return NULL;
    float x = (float)a.real, y = (float)b.real;
    COMPUTE(x, y, made_single)
    return NULL;
}

/* The same with one number. */
static inline PyObject *computed_of_one(int operation, PyObject *kind, PyObject *x) {
    PyTypeObject *result = (PyTypeObject *)kind;
    Number n = number_in(x);
    if (operation == 'n' && n.kind == DOUBLE && result == double_type)
        return made_double(-n.real);
    if (operation == 'n' && n.kind == INTEGER && result == Py_TYPE(x))
        return made_integer(result, (npy_int64)(0 - (npy_uint64)n.whole));
    if (operation == 's' && n.kind == DOUBLE && result == double_type)
        return made_double(sqrt(n.real));
    return NULL;
}

/* kinds: NumPy's ndarray, generic, float64, float32, bool, True and False, and the integers above */
static int take_numpys(PyObject *kinds) {
    if (!PyArg_ParseTuple(kinds, "OOOOOOOOOOOOOO", &ndarray_type, &generic_type, &double_type, &single_type, &truth_type,
                          &truths[1], &truths[0], &integer_types[0], &integer_types[1], &integer_types[2],
                          &integer_types[3], &integer_types[4], &integer_types[5], &integer_types[6]))
        return -1;
    Py_INCREF(kinds); /* and all of them */
    return 0;
}
