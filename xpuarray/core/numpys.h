/* What is in NumPy's arrays and scalars, by its structures, and what it makes of few of them: a call of its own takes
   longer to look at what it is given than to compute.  Values are NumPy's; of sums they are so but for rounding. */
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <math.h>
#include <string.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>

static PyTypeObject *ndarray_type, *generic_type, *double_type, *single_type, *complex_type, *truth_type;
static PyObject *truths[2];

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

/* -- few elements ------------------------------------------------------------------------------- */

/* A call of NumPy's takes as long as so many elements do in the loops here. */
#define FEW 512

/* An operand as a loop reads it: an array's elements, one stride apart, or one number again and again. */
typedef struct {
    char *at;
    npy_intp stride, extent; /* of an array: the bytes from its first element past its last; else 0 */
    double real[2];
    float single;
} Elements;

static inline PyArrayObject *array_in(PyObject *x) {
    return PyObject_TypeCheck(x, ndarray_type) ? (PyArrayObject *)x : NULL;
}

/* Whether the array's elements are of that type, as C has it, one stride apart, and few. */
static inline int take_array(PyArrayObject *array, int type, Elements *found) {
    int n = PyArray_NDIM(array);
    Py_ssize_t size = size_of((PyObject *)array);
    if (PyArray_TYPE(array) != type || size > FEW || n == 0)
        return 0;
    if (n == 1 ? !PyArray_ISBEHAVED_RO(array) : !PyArray_ISCARRAY_RO(array))
        return 0;
    found->at = PyArray_BYTES(array);
    found->stride = n == 1 ? PyArray_STRIDE(array, 0) : PyArray_ITEMSIZE(array);
    found->extent = size * found->stride;
    return 1;
}

/* Whether the number is one of that type, or becomes one as NumPy makes it. */
static inline int take_number(PyObject *x, int type, Elements *found) {
    found->extent = found->stride = 0;
    found->at = (char *)found->real;
    found->real[1] = 0;
    if (type == NPY_CDOUBLE && (Py_TYPE(x) == complex_type || PyComplex_CheckExact(x))) {
        found->real[0] = ((PyComplexObject *)x)->cval.real;
        found->real[1] = ((PyComplexObject *)x)->cval.imag;
        return 1;
    }
    Number number = number_in(x);
    const npy_int64 most = (npy_int64)1 << (type == NPY_FLOAT ? 24 : 53);
    if (number.kind == OTHER || number.kind == INTEGER || number.whole > most || number.whole < -most)
        return 0;
    if (number.kind == (type == NPY_FLOAT ? DOUBLE : SINGLE))
        return 0;
    found->real[0] = number.real;
    if (type == NPY_FLOAT) {
        found->single = (float)number.real;
        found->at = (char *)&found->single;
    }
    return 1;
}

#define LOOP(result, value) \
    for (npy_intp k = 0; k < size; k++, o += os, p += ps, q += qs) \
        *(result *)o = value; \
    return 1;
#define BOTH(c, sign, result) \
    if (ps == sizeof(c) && qs == sizeof(c) && os == sizeof(result)) { \
        for (npy_intp k = 0; k < size; k++) \
            ((result *)o)[k] = ((c *)p)[k] sign ((c *)q)[k]; \
        return 1; \
    } \
    LOOP(result, *(c *)p sign *(c *)q)
#define LOOPS(name, c) \
    static inline int name(int operation, npy_intp size, char *o, npy_intp os, char *p, npy_intp ps, char *q, npy_intp qs) { \
        switch (operation) { \
        case '+': BOTH(c, +, c) \
        case '-': BOTH(c, -, c) \
        case '*': BOTH(c, *, c) \
        case '/': BOTH(c, /, c) \
        case '=': BOTH(c, ==, npy_bool) \
        case '!': BOTH(c, !=, npy_bool) \
        case '<': BOTH(c, <, npy_bool) \
        case '(': BOTH(c, <=, npy_bool) \
        case '>': BOTH(c, >, npy_bool) \
        case ')': BOTH(c, >=, npy_bool) \
        } \
        return 0; \
    }
LOOPS(loop_of_doubles, double)
LOOPS(loop_of_singles, float)

static inline int loop_of_complex(int operation, npy_intp size, char *o, npy_intp os, char *p, npy_intp ps, char *q, npy_intp qs) {
    for (npy_intp k = 0; k < size; k++, o += os, p += ps, q += qs) {
        double a = ((double *)p)[0], b = ((double *)p)[1], c = ((double *)q)[0], d = ((double *)q)[1];
        switch (operation) {
        case '+': ((double *)o)[0] = a + c, ((double *)o)[1] = b + d; break;
        case '-': ((double *)o)[0] = a - c, ((double *)o)[1] = b - d; break;
        case '*': ((double *)o)[0] = a * c - b * d, ((double *)o)[1] = a * d + b * c; break;
        default: return 0;
        }
    }
    return size > 0;
}

static inline int overlap(const Elements *x, const Elements *y) {
    char *a = x->at + (x->extent < 0 ? x->extent - x->stride : 0), *b = y->at + (y->extent < 0 ? y->extent - y->stride : 0);
    npy_intp n = Py_ABS(x->extent), m = Py_ABS(y->extent);
    return n && m && a < b + m && b < a + n && !(x->at == y->at && x->stride == y->stride);
}

/* An operation with few floats: arrays of one shape, or one beside a number, whose result has that type, in an array of
   its own, or in `out` (else None), which has the result's shape and type.  NULL without an error where NumPy is asked. */
static inline PyObject *computed_few(int operation, PyObject *kind, PyObject *first, PyObject *second, PyObject *out) {
    PyArrayObject *x = array_in(first), *y = array_in(second), *like = x != NULL ? x : y;
    if (like == NULL || operation == ' ' || operation == 0)
        return NULL;
    int type = PyArray_TYPE(like), made_of;
    PyTypeObject *result = (PyTypeObject *)kind;
    if (result == truth_type && (type == NPY_DOUBLE || type == NPY_FLOAT))
        made_of = NPY_BOOL;
    else if (result == (type == NPY_DOUBLE ? double_type : type == NPY_FLOAT ? single_type : type == NPY_CDOUBLE ? complex_type : NULL))
        made_of = type;
    else
        return NULL;
    Elements p, q, o;
    if (!(x != NULL ? take_array(x, type, &p) : take_number(first, type, &p)))
        return NULL;
    if (!(y != NULL ? take_array(y, type, &q) : take_number(second, type, &q)))
        return NULL;
    if (x != NULL && y != NULL && !have_same_shape(first, second))
        return NULL;
    PyArrayObject *made = array_in(out);
    if (made == NULL) {
        made = (PyArrayObject *)PyArray_SimpleNew(PyArray_NDIM(like), PyArray_DIMS(like), made_of);
        if (made == NULL)
            return NULL;
    } else if (!have_same_shape(out, (PyObject *)like))
        return NULL;
    else
        Py_INCREF(made);
    npy_intp size = size_of((PyObject *)made);
    int done = take_array(made, made_of, &o) && !overlap(&o, &p) && !overlap(&o, &q);
    if (done)
        done = (type == NPY_DOUBLE ? loop_of_doubles : type == NPY_FLOAT ? loop_of_singles : loop_of_complex)(
            operation, size, o.at, o.stride, p.at, p.stride, q.at, q.stride);
    if (done)
        return (PyObject *)made;
    Py_DECREF(made);
    return NULL;
}

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
