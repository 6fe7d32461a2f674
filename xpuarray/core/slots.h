/* What Python's operators find in Array's type, in place of what looks the method up: the same, but for a call.  What has
   no answer here takes the way that was there before. */

typedef PyObject *(*Two)(PyObject *last, PyObject *x, PyObject *y);
typedef PyObject *(*One)(PyObject *last, PyObject *x);
typedef int (*Update)(PyObject *last, PyObject *x, PyObject *y);
typedef PyObject *(*Get)(PyObject *x, PyObject *key);
typedef int (*Set)(PyObject *x, PyObject *key, PyObject *value);
typedef PyObject *(*Read)(PyObject *x);

/* `None` is no answer of any of them. */
static struct {
    One one;
    Two two;
    Update update;
    Get get;
    Set set;
    Read number;
} ways;
static PyTypeObject *array_type, before;
static PyNumberMethods number_before;
static PyMappingMethods mapping_before;

/* slot, name of the function, name of the method */
#define OF_TWO(DO) \
    DO(nb_add, "add", "add__") DO(nb_subtract, "subtract", "sub__") DO(nb_multiply, "multiply", "mul__") \
    DO(nb_true_divide, "divide", "truediv__") DO(nb_floor_divide, "floor_divide", "floordiv__") \
    DO(nb_remainder, "remainder", "mod__") DO(nb_matrix_multiply, "matmul", "matmul__") \
    DO(nb_and, "bitwise_and", "and__") DO(nb_or, "bitwise_or", "or__") DO(nb_xor, "bitwise_xor", "xor__") \
    DO(nb_lshift, "bitwise_left_shift", "lshift__") DO(nb_rshift, "bitwise_right_shift", "rshift__")
/* slot, name of the function, slot of the operator that makes another array */
#define IN_PLACE(DO) \
    DO(nb_inplace_add, "add", nb_add) DO(nb_inplace_subtract, "subtract", nb_subtract) \
    DO(nb_inplace_multiply, "multiply", nb_multiply) DO(nb_inplace_true_divide, "divide", nb_true_divide) \
    DO(nb_inplace_and, "bitwise_and", nb_and) DO(nb_inplace_or, "bitwise_or", nb_or) \
    DO(nb_inplace_xor, "bitwise_xor", nb_xor) DO(nb_inplace_lshift, "bitwise_left_shift", nb_lshift) \
    DO(nb_inplace_rshift, "bitwise_right_shift", nb_rshift) \
    DO(nb_inplace_floor_divide, "floor_divide", nb_floor_divide) DO(nb_inplace_remainder, "remainder", nb_remainder)
#define OF_ONE(DO) DO(nb_negative, "negative") DO(nb_absolute, "abs")
#define CONVERSIONS(DO) DO(nb_float, PyNumber_Float) DO(nb_int, PyNumber_Long) DO(nb_index, PyNumber_Index)
static const char *const comparisons[] = {"less", "less_equal", "equal", "not_equal", "greater", "greater_equal"}; /* Py_LT, ... */

#define OR_BEFORE(call, otherwise) \
    PyObject *made = call; \
    if (made != Py_None) \
        return made; \
    Py_DECREF(made); \
    return otherwise;

static inline int is_ours(PyObject *x) {
    return is_array_of(x, (PyObject *)array_type);
}

/* The methods' answer: what Python has in such a slot looks whether it is the type's. */
static PyObject *by_method(PyObject *x, PyObject *y, const char *own, const char *reflected) {
    int first = Py_TYPE(x) == array_type;
    return PyObject_CallMethod(first ? x : y, first ? own : reflected, "(O)", first ? y : x);
}

#define DEFINE(slot, name, method) \
    static PyObject *last_##slot; \
    static PyObject *here_##slot(PyObject *x, PyObject *y) { \
        OR_BEFORE(ways.two(last_##slot, x, y), by_method(x, y, "__" method, "__r" method)) \
    }
OF_TWO(DEFINE)
#undef DEFINE
/* Whether x is without dimensions, and to be read only: it never changes, and its operators make others. */
static inline int is_value(PyObject *x) {
    ArrayObject *array = (ArrayObject *)x;
    return array->_read_only == Py_True && PyTuple_Check(array->_shape) && PyTuple_GET_SIZE(array->_shape) == 0;
}

#define DEFINE(slot, name, forward) \
    static PyObject *last_##slot; \
    static PyObject *here_##slot(PyObject *x, PyObject *y) { \
        if (is_ours(x) && is_value(x)) \
            return here_##forward(x, y); \
        int done = is_ours(x) ? ways.update(last_##slot, x, y) : 0; \
        return done < 0 ? NULL : done ? Py_NewRef(x) : number_before.slot(x, y); \
    }
IN_PLACE(DEFINE)
#undef DEFINE
#define DEFINE(slot, name) \
    static PyObject *last_##slot; \
    static PyObject *here_##slot(PyObject *x) { \
        if (!is_ours(x)) \
            return number_before.slot(x); \
        OR_BEFORE(ways.one(last_##slot, x), number_before.slot(x)) \
    }
OF_ONE(DEFINE)
#undef DEFINE
#define DEFINE(slot, convert) \
    static PyObject *here_##slot(PyObject *x) { \
        PyObject *number = is_ours(x) ? ways.number(x) : Py_NewRef(Py_None); \
        PyObject *made = number == NULL || number == Py_None ? NULL : convert(number); \
        Py_XDECREF(number); \
        if (made == NULL && PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError)) \
            return NULL; \
        PyErr_Clear(); \
        return made != NULL ? made : number_before.slot(x); \
    }
CONVERSIONS(DEFINE)
#undef DEFINE

static int here_nb_bool(PyObject *x) {
    PyObject *number = is_ours(x) ? ways.number(x) : Py_NewRef(Py_None);
    int truth = number == NULL ? -1 : number == Py_None ? 2 : PyObject_IsTrue(number);
    Py_XDECREF(number);
    return truth == 2 ? number_before.nb_bool(x) : truth;
}

static PyObject *last_power, *last_comparison[6];

static PyObject *here_power(PyObject *x, PyObject *y, PyObject *modulus) {
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED; /* as of methods that take no third operand */
    OR_BEFORE(ways.two(last_power, x, y), by_method(x, y, "__pow__", "__rpow__"))
}

static PyObject *here_compare(PyObject *x, PyObject *y, int operation) {
    OR_BEFORE(ways.two(last_comparison[operation], x, y), before.tp_richcompare(x, y, operation))
}

static PyObject *here_get(PyObject *x, PyObject *key) {
    if (!is_ours(x))
        return mapping_before.mp_subscript(x, key);
    OR_BEFORE(ways.get(x, key), mapping_before.mp_subscript(x, key))
}

static int here_set(PyObject *x, PyObject *key, PyObject *value) {
    int done = value != NULL && is_ours(x) ? ways.set(x, key, value) : 0;
    return done < 0 ? -1 : done ? 0 : mapping_before.mp_ass_subscript(x, key, value);
}

/* The extent of the first dimension, as far as that is at hand; else -1. */
static inline Py_ssize_t length_at_hand(PyObject *x) {
    PyArrayObject *host = is_ours(x) ? array_in(((ArrayObject *)x)->_host) : NULL;
    return host == NULL || PyArray_NDIM(host) == 0 ? -1 : PyArray_DIM(host, 0);
}

static Py_ssize_t here_length(PyObject *x) {
    Py_ssize_t length = length_at_hand(x);
    return length < 0 ? mapping_before.mp_length(x) : length;
}

static PyObject *here_item(PyObject *x, Py_ssize_t k) {
    Py_ssize_t length = length_at_hand(x);
    if (length >= 0 && k >= length) { /* by which iteration ends */
        PyErr_SetNone(PyExc_IndexError);
        return NULL;
    }
    PyObject *key = PyLong_FromSsize_t(k);
    PyObject *part = key == NULL ? NULL : here_get(x, key);
    Py_XDECREF(key);
    return part;
}

static PyObject *here_iterate(PyObject *x) {
    return length_at_hand(x) < 0 ? before.tp_iter(x) : PySeqIter_New(x);
}

/* -- memory of arrays, for arrays to come -------------------------------------------------------- */

#ifndef Py_GIL_DISABLED /* else others take from the list at the same time */
#define MOST_KEPT 64
static PyObject *kept[MOST_KEPT];
static int kept_now;

/* All slots are empty: whoever leaves has emptied them. */
static PyObject *here_allocate(PyTypeObject *type, Py_ssize_t items) {
    if (type != array_type || kept_now == 0)
        return PyType_GenericAlloc(type, items);
    PyObject *x = PyObject_Init(kept[--kept_now], type);
    PyObject_GC_Track(x);
    return x;
}

static void here_deallocate(PyObject *x) {
    PyTypeObject *type = Py_TYPE(x);
    ArrayObject *array = (ArrayObject *)x;
    PyObject_GC_UnTrack(x);
    Py_TRASHCAN_BEGIN(x, here_deallocate) /* expressions are chains of arrays */
    PyObject_ClearWeakRefs(x);
    Py_CLEAR(array->_base);
    Py_CLEAR(array->_buffer);
    Py_CLEAR(array->_device);
    Py_CLEAR(array->_dtype);
    Py_CLEAR(array->_expression);
    Py_CLEAR(array->_flat);
    Py_CLEAR(array->_host);
    Py_CLEAR(array->_kernel_argument);
    Py_CLEAR(array->_read_only);
    Py_CLEAR(array->_shape);
    if (type == array_type && kept_now < MOST_KEPT)
        kept[kept_now++] = x;
    else
        type->tp_free(x);
    Py_DECREF(type);
    Py_TRASHCAN_END
}
#endif

/* Into the type of arrays, once Python has all methods in it.  last: what makes a `Last` of a function's name */
static int take_slots(PyObject *type, PyObject *last, void *one, void *two, void *update, void *get, void *set, void *number) {
    ways.one = (One)one, ways.two = (Two)two, ways.update = (Update)update;
    ways.get = (Get)get, ways.set = (Set)set, ways.number = (Read)number;
    array_type = (PyTypeObject *)type;
    before.tp_richcompare = array_type->tp_richcompare;
    before.tp_iter = array_type->tp_iter;
    number_before = *array_type->tp_as_number;
    mapping_before = *array_type->tp_as_mapping;
    for (int k = 0; k < 6; k++)
        if ((last_comparison[k] = PyObject_CallFunction(last, "s", comparisons[k])) == NULL)
            return -1;
    if ((last_power = PyObject_CallFunction(last, "s", "pow")) == NULL)
        return -1;
#define TAKE(slot, name, ...) \
    if ((last_##slot = PyObject_CallFunction(last, "s", name)) == NULL) \
        return -1; \
    array_type->tp_as_number->slot = here_##slot;
    OF_TWO(TAKE)
    IN_PLACE(TAKE)
    OF_ONE(TAKE)
#undef TAKE
#define TAKE(slot, convert) array_type->tp_as_number->slot = here_##slot;
    CONVERSIONS(TAKE)
#undef TAKE
#ifndef Py_GIL_DISABLED
    array_type->tp_alloc = here_allocate;
    array_type->tp_dealloc = here_deallocate;
#endif
    array_type->tp_as_number->nb_bool = here_nb_bool;
    array_type->tp_as_number->nb_power = here_power;
    array_type->tp_richcompare = here_compare;
    array_type->tp_iter = here_iterate;
    array_type->tp_as_mapping->mp_subscript = here_get;
    array_type->tp_as_mapping->mp_ass_subscript = here_set;
    array_type->tp_as_mapping->mp_length = array_type->tp_as_sequence->sq_length = here_length;
    array_type->tp_as_sequence->sq_item = here_item;
    return 0;
}
