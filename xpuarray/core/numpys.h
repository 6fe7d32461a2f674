/* What is in NumPy's arrays and scalars, by its structures, and what it makes of few of them: a call of its own takes
   longer to look at what it is given than to compute.  Values are NumPy's; of sums they are so but for rounding. */
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <math.h>
#include <string.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <numpy/ufuncobject.h>

static PyTypeObject *ndarray_type, *generic_type, *double_type, *single_type, *complex_type, *truth_type;
static PyObject *truths[2];

static inline int is_number(PyObject *x) {
    return Py_TYPE(x) == double_type || (x != Py_None && PyObject_TypeCheck(x, generic_type));
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

/* Whether the array's memory is its own, in which it is no view. */
static inline int owns_memory(PyObject *x) {
    return PyObject_TypeCheck(x, ndarray_type) && PyArray_CHKFLAGS((PyArrayObject *)x, NPY_ARRAY_OWNDATA);
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

/* Integers that 64 bits with a sign hold, and what reads and makes them. */
#define INTEGERS(DO) \
    DO(0, npy_int8, PyInt8ScalarObject) DO(1, npy_int16, PyInt16ScalarObject) DO(2, npy_int32, PyInt32ScalarObject) \
    DO(3, npy_int64, PyInt64ScalarObject) DO(4, npy_uint8, PyUInt8ScalarObject) \
    DO(5, npy_uint16, PyUInt16ScalarObject) DO(6, npy_uint32, PyUInt32ScalarObject)
static PyTypeObject *integer_types[7];
static const int integer_numbers[7] = {NPY_INT8, NPY_INT16, NPY_INT32, NPY_INT64, NPY_UINT8, NPY_UINT16, NPY_UINT32};

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
    if (operation == 'a' && n.kind == DOUBLE && result == double_type)
        return made_double(fabs(n.real));
    if (operation == 'q' && n.kind == DOUBLE && result == double_type)
        return made_double(n.real * n.real);
    if (operation == 's' && n.kind == DOUBLE && result == double_type)
        return made_double(sqrt(n.real));
    return NULL;
}

/* -- elements, by NumPy's own loops -------------------------------------------------------------- */

#define MOST_DIMENSIONS 4 /* that a loop here counts, once those are one that lie so in memory */
/* NumPy lets other threads run while it works through more elements than these. */
#define ALONE 500

/* An operand as a loop reads it: an array's elements, or one number again and again. */
typedef struct {
    char *at, *low, *high; /* the first element, and between what all are; NULL of a number */
    npy_intp strides[NPY_MAXDIMS];
    union { double real[2]; float single; npy_int64 whole; } number;
} Operand;

static inline PyArrayObject *array_in(PyObject *x) {
    return PyObject_TypeCheck(x, ndarray_type) ? (PyArrayObject *)x : NULL;
}

/* Whether the number is one of that type, or becomes one as NumPy makes it. */
static inline int take_number(PyObject *x, int type, int n, Operand *found) {
    found->at = (char *)&found->number;
    found->low = found->high = NULL;
    memset(found->strides, 0, n * sizeof(npy_intp));
    if (type == NPY_CDOUBLE && (Py_TYPE(x) == complex_type || PyComplex_CheckExact(x))) {
        found->number.real[0] = ((PyComplexObject *)x)->cval.real;
        found->number.real[1] = ((PyComplexObject *)x)->cval.imag;
        return 1;
    }
    Number number = number_in(x);
    if (number.kind == OTHER)
        return 0;
    const npy_int64 most = (npy_int64)1 << (type == NPY_FLOAT ? 24 : 53); /* larger ones may be none */
    int exact = number.kind != INTEGER && number.whole <= most && number.whole >= -most;
    switch (type) {
    case NPY_CDOUBLE:
    case NPY_DOUBLE:
        found->number.real[0] = number.real;
        found->number.real[1] = 0;
        return exact && number.kind != SINGLE;
    case NPY_FLOAT:
        found->number.single = (float)number.real;
        return exact && number.kind != DOUBLE;
    }
    if (number.kind > WHOLE)
        return 0;
#define TAKE(k, c, scalar) \
    if (type == integer_numbers[k]) { \
        *(c *)&found->number = (c)number.whole; \
        return number.kind == WHOLE ? fits(number.whole, k) : number.of == k; \
    }
    INTEGERS(TAKE)
#undef TAKE
    return 0;
}

/* Whether the array's elements are of that type, as C has it, and lie in an order in which NumPy, too, makes a result
   row by row; the strides are those of a result of n dimensions, to which it broadcasts. */
static inline int take_array(PyArrayObject *array, int type, int n, const npy_intp *dims, Operand *found) {
    if (PyArray_TYPE(array) != type || !PyArray_ISBEHAVED_RO(array))
        return 0;
    int own = PyArray_NDIM(array), before = n - own;
    npy_intp inner = 0;
    found->at = found->low = PyArray_BYTES(array);
    found->high = found->at + PyArray_ITEMSIZE(array);
    for (int k = n - 1; k >= 0; k--) {
        npy_intp extent = k < before ? 1 : PyArray_DIM(array, k - before);
        npy_intp stride = extent == 1 ? 0 : PyArray_STRIDE(array, k - before);
        if (extent != dims[k] && extent != 1)
            return 0;
        found->strides[k] = stride;
        *(stride < 0 ? &found->low : &found->high) += (extent - 1) * stride;
        if (stride == 0)
            continue;
        if (own > 1 && stride < inner)
            return 0;
        inner = stride;
    }
    return own == 1 || inner >= 0;
}

/* Whether one may be read and the other written: they have no memory in common, or are the same elements. */
static inline int are_apart(const Operand *x, const Operand *y, int n) {
    return x->high <= y->low || y->high <= x->low
        || (x->at == y->at && !memcmp(x->strides, y->strides, n * sizeof(npy_intp)));
}

static inline npy_intp run_loop(PyUFuncObject *ufunc, int loop, int count, Operand *operands, int n, npy_intp *dims) {
    /* dimensions that lie in memory as one become one */
    int last = n - 1, inner = n - 1;
    for (int k = n - 2; k >= 0; k--) {
        int one = dims[k] == 1 || dims[inner] == 1;
        if (!one) {
            one = 1;
            for (int o = 0; o < count; o++)
                one &= operands[o].strides[k] == operands[o].strides[inner] * dims[inner];
        } else if (dims[inner] == 1)
            for (int o = 0; o < count; o++)
                operands[o].strides[inner] = operands[o].strides[k];
        if (one) {
            dims[inner] *= dims[k];
            continue;
        }
        inner--;
        dims[inner] = dims[k];
        for (int o = 0; o < count; o++)
            operands[o].strides[inner] = operands[o].strides[k];
    }
    if (last - inner >= MOST_DIMENSIONS)
        return 0;
    npy_intp *of[3] = {operands[0].strides, operands[1].strides, operands[2].strides}, counts[NPY_MAXDIMS];
    npy_intp steps[3] = {of[0][last], of[1][last], of[2][last]}, size = dims[last], done = size;
    char *at[3] = {operands[0].at, operands[1].at, operands[2].at};
    PyUFuncGenericFunction function = ufunc->functions[loop];
    void *data = ufunc->data == NULL ? NULL : ufunc->data[loop];
    for (int k = inner; k < last; k++) {
        counts[k] = dims[k];
        done *= dims[k];
    }
    for (;;) {
        char *args[3] = {at[0], at[1], at[2]};
        npy_intp n = size;
        function(args, &n, steps, data);
        int k = last - 1;
        for (; k >= inner; k--) {
            npy_intp back = --counts[k] ? 1 : 1 - dims[k]; /* to the next, or to the first of all */
            for (int o = 0; o < 3; o++)
                at[o] += back * of[o][k];
            if (back == 1)
                break;
            counts[k] = dims[k];
        }
        if (k < inner)
            return done;
    }
}

/* Whether two arrays' elements lie in memory apart; not so, too, where that is not plain. */
static inline int are_apart_in_memory(PyObject *a, PyObject *b) {
    PyArrayObject *x = array_in(a), *y = array_in(b);
    Operand p, q;
    return x != NULL && y != NULL && PyArray_NDIM(x) && PyArray_NDIM(y)
        && take_array(x, PyArray_TYPE(x), PyArray_NDIM(x), PyArray_DIMS(x), &p)
        && take_array(y, PyArray_TYPE(y), PyArray_NDIM(y), PyArray_DIMS(y), &q) && (p.high <= q.low || q.high <= p.low);
}

/* A ufunc of one operand (second is NULL) or two, by that loop of its own: what it makes of arrays and numbers, without
   what a call looks at first; in an array of its own, or in `out` (else None), of the result's shape.  NULL without an
   error where the call is to be made. */
static inline PyObject *looped(PyObject *function, int loop, PyObject *first, PyObject *second, PyObject *out) {
    if (loop < 0)
        return NULL;
    PyUFuncObject *ufunc = (PyUFuncObject *)function;
    int of = second == NULL ? 1 : 2, n = 0;
    const char *types = ufunc->types + loop * (of + 1);
    PyArrayObject *x = array_in(first), *y = second == NULL ? NULL : array_in(second), *made = array_in(out);
    npy_intp dims[NPY_MAXDIMS], size = 1;
    if (x == NULL && y == NULL)
        return NULL;
    n = x == NULL ? PyArray_NDIM(y) : y == NULL || PyArray_NDIM(x) > PyArray_NDIM(y) ? PyArray_NDIM(x) : PyArray_NDIM(y);
    if (n == 0)
        return NULL;
    for (int k = 1; k <= n; k++) {
        npy_intp i = x == NULL || k > PyArray_NDIM(x) ? 1 : PyArray_DIM(x, PyArray_NDIM(x) - k);
        npy_intp j = y == NULL || k > PyArray_NDIM(y) ? 1 : PyArray_DIM(y, PyArray_NDIM(y) - k);
        dims[n - k] = i == 1 ? j : i;
        size *= dims[n - k];
    }
    Operand operands[3];
    memset(operands[2].strides, 0, n * sizeof(npy_intp)); /* of two operands nothing comes of the third */
    operands[2].at = NULL;
    if (size == 0)
        return NULL;
    if (!(x != NULL ? take_array(x, types[0], n, dims, &operands[0]) : take_number(first, types[0], n, &operands[0])))
        return NULL;
    if (of == 2 && !(y != NULL ? take_array(y, types[1], n, dims, &operands[1]) : take_number(second, types[1], n, &operands[1])))
        return NULL;
    if (made == NULL) {
        made = (PyArrayObject *)PyArray_SimpleNew(n, dims, types[of]);
        if (made == NULL)
            return NULL;
    } else {
        if (PyArray_NDIM(made) != n || memcmp(PyArray_DIMS(made), dims, n * sizeof(npy_intp)) || !PyArray_ISWRITEABLE(made))
            return NULL;
        Py_INCREF(made);
    }
    npy_intp done = 0;
    int can = take_array(made, types[of], n, dims, &operands[of]);
    if (can && array_in(out) != NULL)
        for (int o = 0; o < of; o++)
            can &= are_apart(&operands[o], &operands[of], n);
    if (can && size > ALONE) {
        Py_BEGIN_ALLOW_THREADS
        done = run_loop(ufunc, loop, of + 1, operands, n, dims);
        Py_END_ALLOW_THREADS
    } else if (can)
        done = run_loop(ufunc, loop, of + 1, operands, n, dims);
    if (done)
        return (PyObject *)made;
    Py_DECREF(made);
    return NULL;
}

/* -- parts of arrays ---------------------------------------------------------------------------- */

/* What a basic key is of an array's memory. */
typedef struct {
    char *at;
    int n, is_view; /* whether it is one however few its dimensions are: there is an Ellipsis in the key */
    npy_intp dims[NPY_MAXDIMS], strides[NPY_MAXDIMS];
} Place;

static inline int is_basic_part(PyObject *part) {
    return PyLong_CheckExact(part) || PySlice_Check(part) || part == Py_None || part == Py_Ellipsis;
}

/* Whether the key is of those parts that make a view, and are the same to every library. */
static inline int is_basic_key(PyObject *key) {
    if (!PyTuple_CheckExact(key))
        return is_basic_part(key);
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(key); k++)
        if (!is_basic_part(PyTuple_GET_ITEM(key, k)))
            return 0;
    return 1;
}

static inline int is_bound(PyObject *x) {
    return x == Py_None || PyLong_CheckExact(x);
}

/* Where a basic key leads; 0 if NumPy is to say that, or what is wrong. */
static inline int find_place(PyArrayObject *array, PyObject *key, Place *place) {
    int tuple = PyTuple_CheckExact(key), axis = 0, n = 0, own = PyArray_NDIM(array);
    Py_ssize_t count = tuple ? PyTuple_GET_SIZE(key) : 1, taken = 0;
    if (count + own > NPY_MAXDIMS)
        return 0;
    place->at = PyArray_BYTES(array);
    place->is_view = 0;
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *part = tuple ? PyTuple_GET_ITEM(key, k) : key;
        taken += PyLong_CheckExact(part) || PySlice_Check(part);
    }
    if (taken > own)
        return 0;
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *part = tuple ? PyTuple_GET_ITEM(key, k) : key;
        if (PyLong_CheckExact(part)) {
            int over;
            npy_int64 i = PyLong_AsLongLongAndOverflow(part, &over);
            npy_intp extent = PyArray_DIM(array, axis);
            i += i < 0 ? extent : 0;
            if (over || i < 0 || i >= extent)
                return 0;
            place->at += i * PyArray_STRIDE(array, axis++);
        } else if (PySlice_Check(part)) {
            PySliceObject *slice = (PySliceObject *)part;
            Py_ssize_t start, stop, step;
            if (!is_bound(slice->start) || !is_bound(slice->stop) || !is_bound(slice->step))
                return 0;
            if (PySlice_Unpack(part, &start, &stop, &step) < 0) {
                PyErr_Clear();
                return 0;
            }
            place->dims[n] = PySlice_AdjustIndices(PyArray_DIM(array, axis), &start, &stop, step);
            place->strides[n++] = step * PyArray_STRIDE(array, axis);
            place->at += start * PyArray_STRIDE(array, axis++);
        } else if (part == Py_None) {
            place->dims[n] = 1;
            place->strides[n++] = 0;
        } else if (part == Py_Ellipsis && !place->is_view) {
            place->is_view = 1;
            for (Py_ssize_t left = own - taken; left > 0; left--) {
                place->dims[n] = PyArray_DIM(array, axis);
                place->strides[n++] = PyArray_STRIDE(array, axis++);
            }
        } else
            return 0;
    }
    for (; axis < own; axis++) {
        place->dims[n] = PyArray_DIM(array, axis);
        place->strides[n++] = PyArray_STRIDE(array, axis);
    }
    place->n = n;
    return 1;
}

/* What a basic key says of an array: an element, or a view; NULL without an error if NumPy is to say that. */
static inline PyObject *part_in(PyObject *held, PyObject *key) {
    Place place;
    PyArrayObject *array = (PyArrayObject *)held;
    if (Py_TYPE(held) != ndarray_type || !find_place(array, key, &place))
        return NULL;
    if (place.n || place.is_view) {
        PyArray_Descr *descr = PyArray_DESCR(array);
        Py_INCREF(descr);
        PyObject *view = PyArray_NewFromDescr(
            ndarray_type, descr, place.n, place.dims, place.strides, place.at, PyArray_FLAGS(array), NULL);
        if (view != NULL && PyArray_SetBaseObject((PyArrayObject *)view, Py_NewRef(held)) < 0)
            Py_CLEAR(view);
        return view;
    }
    if (PyArray_TYPE(array) == NPY_DOUBLE && PyArray_ISBEHAVED_RO(array))
        return made_double(*(double *)place.at);
    return PyArray_Scalar(place.at, PyArray_DESCR(array), held);
}

static inline void copy_elements(npy_intp size, npy_intp itemsize, char *to, npy_intp step, const char *from, npy_intp stride) {
#define COPY(c) \
    if (itemsize == sizeof(c)) { \
        for (npy_intp k = 0; k < size; k++, to += step, from += stride) \
            *(c *)to = *(const c *)from; \
        return; \
    }
    if (step == itemsize && stride == itemsize) {
        memcpy(to, from, size * itemsize);
        return;
    }
    COPY(double)
    COPY(float)
    COPY(npy_int8)
    COPY(npy_int16)
#undef COPY
    for (npy_intp k = 0; k < size; k++, to += step, from += stride)
        memcpy(to, from, itemsize);
}

/* memory[key] = value, of at most so many elements; 0 if that is NumPy's to do. */
static inline int store(PyObject *memory, PyObject *key, PyObject *value, Py_ssize_t most) {
    PyArrayObject *array = array_in(memory), *from = array_in(value);
    Place place;
    if (array == NULL || !PyArray_ISBEHAVED(array) || !PyArray_ISNUMBER(array) || !find_place(array, key, &place))
        return 0;
    int n = place.n, type = PyArray_TYPE(array);
    npy_intp size = 1, itemsize = PyArray_ITEMSIZE(array), counts[MOST_DIMENSIONS] = {0};
    Operand operand;
    char *low = place.at, *high = place.at + itemsize;
    for (int k = 0; k < n; k++) {
        size *= place.dims[k];
        *(place.strides[k] < 0 ? &low : &high) += (place.dims[k] - 1) * place.strides[k];
    }
    if (size > most || size == 0 || n > MOST_DIMENSIONS)
        return 0;
    if (!(from != NULL ? PyArray_NDIM(from) <= n && take_array(from, type, n, place.dims, &operand) : take_number(value, type, n, &operand)))
        return 0;
    if (operand.high > low && high > operand.low) /* or they are the same elements, as of x[key] += y */
        return operand.at == place.at && !memcmp(operand.strides, place.strides, n * sizeof(npy_intp));
    char *to = place.at, *read = operand.at;
    if (n == 0) {
        copy_elements(1, itemsize, to, itemsize, read, itemsize);
        return 1;
    }
    for (;;) {
        copy_elements(place.dims[n - 1], itemsize, to, place.strides[n - 1], read, operand.strides[n - 1]);
        int k = n - 2;
        for (; k >= 0; k--) {
            to += place.strides[k];
            read += operand.strides[k];
            if (++counts[k] < place.dims[k])
                break;
            to -= place.dims[k] * place.strides[k];
            read -= place.dims[k] * operand.strides[k];
            counts[k] = 0;
        }
        if (k < 0)
            return 1;
    }
}

/* -- products ----------------------------------------------------------------------------------- */

/* A call of NumPy's takes as long as so many elements do in the loops here. */
#define FEW 512

/* The product of vectors and matrices of few doubles, or of complex numbers.  NULL without an error where NumPy is asked. */
static inline PyObject *product_few(PyObject *kind, PyObject *first, PyObject *second) {
    PyArrayObject *x = array_in(first), *y = array_in(second);
    if (x == NULL || y == NULL)
        return NULL;
    int type = PyArray_TYPE(x), n = PyArray_NDIM(x), m = PyArray_NDIM(y);
    PyTypeObject *result = (PyTypeObject *)kind;
    if (type != PyArray_TYPE(y) || n < 1 || n > 2 || m < 1 || m > 2 || !PyArray_ISBEHAVED_RO(x) || !PyArray_ISBEHAVED_RO(y))
        return NULL;
    if (result != (type == NPY_DOUBLE ? double_type : type == NPY_CDOUBLE ? complex_type : NULL))
        return NULL;
    npy_intp rows = n > 1 ? PyArray_DIM(x, 0) : 1, inner = PyArray_DIM(x, n - 1);
    npy_intp columns = m > 1 ? PyArray_DIM(y, 1) : 1;
    if (PyArray_DIM(y, 0) != inner || inner > FEW || rows > FEW || columns > FEW || rows * columns * inner > FEW)
        return NULL;
    npy_intp down = n > 1 ? PyArray_STRIDE(x, 0) : 0, along = PyArray_STRIDE(x, n - 1);
    npy_intp through = PyArray_STRIDE(y, 0), across = m > 1 ? PyArray_STRIDE(y, 1) : 0;
    npy_intp dims[2] = {n > 1 ? rows : columns, columns};
    double number[2], *to = number;
    PyObject *made = NULL;
    if (n > 1 || m > 1) {
        made = PyArray_SimpleNew(n - 1 + m - 1, dims, type);
        if (made == NULL)
            return NULL;
        to = (double *)PyArray_DATA((PyArrayObject *)made);
    }
    for (npy_intp i = 0; i < rows; i++)
        for (npy_intp j = 0; j < columns; j++) {
            char *p = PyArray_BYTES(x) + i * down, *q = PyArray_BYTES(y) + j * across;
            npy_intp k = 0;
            if (type == NPY_DOUBLE) {
                double a = 0, b = 0, c = 0, d = 0; /* four sums, which need not wait for one another */
                for (; k + 4 <= inner; k += 4, p += 4 * along, q += 4 * through) {
                    a += *(double *)p * *(double *)q;
                    b += *(double *)(p + along) * *(double *)(q + through);
                    c += *(double *)(p + 2 * along) * *(double *)(q + 2 * through);
                    d += *(double *)(p + 3 * along) * *(double *)(q + 3 * through);
                }
                for (; k < inner; k++, p += along, q += through)
                    a += *(double *)p * *(double *)q;
                *to++ = (a + b) + (c + d);
            } else {
                double real = 0, imag = 0;
                for (; k < inner; k++, p += along, q += through) {
                    double a = ((double *)p)[0], b = ((double *)p)[1], c = ((double *)q)[0], d = ((double *)q)[1];
                    real += a * c - b * d;
                    imag += a * d + b * c;
                }
                *to++ = real;
                *to++ = imag;
            }
        }
    if (made != NULL)
        return made;
    if (type == NPY_DOUBLE)
        return made_double(number[0]);
    made = complex_type->tp_alloc(complex_type, 0);
    if (made != NULL) {
        ((PyComplexObject *)made)->cval.real = number[0];
        ((PyComplexObject *)made)->cval.imag = number[1];
    }
    return made;
}

/* kinds: NumPy's ndarray, generic, float64, float32, complex128, bool, True and False, and the integers above */
static int take_numpys(PyObject *kinds) {
    if (!PyArg_ParseTuple(kinds, "OOOOOOOOOOOOOOO", &ndarray_type, &generic_type, &double_type, &single_type,
                          &complex_type, &truth_type, &truths[1], &truths[0], &integer_types[0], &integer_types[1], &integer_types[2],
                          &integer_types[3], &integer_types[4], &integer_types[5], &integer_types[6]))
        return -1;
    Py_INCREF(kinds); /* and all of them */
    import_array1(-1);
    return 0;
}
