"""Array: what is known of an array and where its values are; what is done with arrays stands above.

Operators, indexing and the methods that are functions of an array are written in `functions/methods.py`, and attached
to the class there: the functions need arrays, so arrays can't import them.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.backends.launches import user_frame, user_level
from xpuarray.backends.memory import LARGE
from xpuarray.core import pending
from xpuarray.core.modes import current
from xpuarray.errors import DeviceError, ImplicitTransferError
from xpuarray.lang.types import ArrayType, dtype_name
from xpuarray.placement.devices import Device, admits, as_device, default_device
from xpuarray.spans import unwatched, watched

if TYPE_CHECKING:
    from xpuarray.functions.methods import ArrayMethods
else:
    ArrayMethods = object

__all__ = [
    "Array", "Waiting", "allocated", "as_result", "asnumpy", "from_numpy", "instead_of_library", "lies_dense",
    "made_by_numpy", "part_of", "result_of", "view_of",
]  # fmt: skip


class Waiting(Protocol):
    """What an array has in place of memory until somebody wants its values: see `fusion/expression.py`."""

    @property
    def dtype(self) -> np.dtype: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def arrays(self) -> list[Array]:
        """What it has yet to read."""

    shape: tuple[int, ...]

    def materialize(self, array: Array) -> None:
        """Compute the values of `array`, whose expression this is."""

    def fetch(self, array: Array) -> np.ndarray | None:
        """The same, for the host to read them: may give them as NumPy sees them, and leave the device without."""


class Array(ArrayMethods):
    """An n-dimensional array on one device.

    Arrays are made by `xp.asarray`, `xp.zeros` and their kin, never by calling this class.

    native: the backend's own array (numpy.ndarray, dpnp.tensor.usm_ndarray, cupy.ndarray)
    """

    __slots__ = (
        "_base",
        "_buffer",
        "_device",
        "_dtype",
        "_expression",
        "_flat",
        "_host",
        "_kernel_argument",
        "_read_only",
        "_shape",
        "__weakref__",
    )
    __array_priority__ = 1000
    __class_getitem__: Any = classmethod(GenericAlias)  #: `xp.Array[Any, xp.float32]`, for annotations

    def __init__(
        self,
        native: Any,
        device: Device,
        expression: Waiting | np.generic | None = None,
        host: np.ndarray | None = None,
        dtype: np.dtype | None = None,
    ):
        """Values are in one place at least: in `native`, in what an `expression` computes, or on the `host`.

        dtype: theirs, for whoever knows it already
        """
        #: the backend's own array, once there is one
        self._buffer: Any = native
        #: the backend's own array whose memory `_host` is a part of, until there is a buffer
        self._base: Any = None
        self._device = device
        #: what computes the values, until there is a buffer; or NumPy's scalar of one, until somebody wants an array
        self._expression: Any = expression
        #: the values as NumPy sees them: the buffer's own memory, or, before there is a buffer, what NumPy has made
        self._host: Any = host
        #: whether nobody may write into it: several elements are one in memory, it is lent for reading, or a value
        self._read_only = False
        if device.numpy_native:  # they are one
            if native is None:
                self._buffer = host
            else:
                self._host = native
        # They never change, and backends take half a microsecond to say them.
        self._dtype: np.dtype | None = dtype
        self._shape: tuple[int, ...] | None = None
        self._kernel_argument: tuple[ArrayType, tuple[Any, ...]] | None = None
        self._flat: tuple[ArrayType, tuple[Any, ...]] | None = None

    @property
    def _native(self) -> Any:
        """The backend's own array, to be read: `pending.py` says what writing takes."""
        if self._buffer is None:
            self._materialize()
        return self._buffer

    @property
    def _is_value(self) -> bool:
        """Whether NumPy has a scalar here: it has no dimensions, and never changes."""
        return self._read_only and not self.ndim

    def _check_writable(self) -> None:
        if self._read_only:
            why = (
                "a value that never changes"
                if self._is_value
                else "a broadcast view, or memory that was given to be read"
            )
            raise ValueError(f"assignment destination is read-only: it is {why}; write into a copy of it: x.copy()")

    def _materialize(self) -> None:
        """Bring the values into the device's memory."""
        with pending.lock:
            if isinstance(self._expression, np.generic):
                self._become_host_array()
                self._materialize()
            elif self._expression is not None:
                self._expression.materialize(self)
            elif self._base is not None:
                self._buffer = self._device.runtime.part(self._base, self._host)
                self._base = None
            elif self._buffer is None:
                with unwatched():  # they are the device's, wherever they are
                    self._buffer, self._host = self._device.runtime.placed(self._host)

    def _fetch(self) -> np.ndarray | None:
        if isinstance(self._expression, np.generic):
            return np.asarray(self._expression)  # it stays a number, with which whatever comes next is quicker
        with pending.lock:
            if isinstance(self._expression, np.generic):
                return np.asarray(self._expression)
            return self._host if self._expression is None else self._expression.fetch(self)

    def _become_host_array(self) -> None:
        """An array of NumPy's in the place of its scalar."""
        self._host = np.asarray(self._expression)
        if self._device.numpy_native:
            self._buffer = self._host
        self._expression = None

    @property
    def _facts(self) -> Any:
        """What knows dtype and shape, in an order in which a thread that computes the array takes nothing away."""
        if self._expression is not None:
            return self._expression
        return self._buffer if self._host is None else self._host

    # -- what it is --------------------------------------------------------------------------
    @property
    def device(self) -> Device:
        """The device the array lives on."""
        return self._device

    @property
    def native(self) -> Any:
        """The backend's own array, sharing memory: NumPy's, dpnp.tensor's or CuPy's.

        NumPy's and dpnp's can't be written where this array can't.
        """
        native = self._native
        if (recorder := current().recorder) is not None:
            recorder.give_up()
        pending.mark_escaped(self)
        return self._device.runtime.to_be_read(native) if self._read_only else native

    @property
    def dtype(self) -> np.dtype:
        """The data type of the elements."""
        dtype = self._dtype
        if dtype is None:
            dtype = self._dtype = self._facts.dtype
        return dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        raise AttributeError(
            f"an array stays of {self.dtype}; x.view(dtype) is its memory as another, x.astype(dtype) its values"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The extent of each dimension."""
        shape = self._shape
        if shape is None:
            shape = self._shape = self._facts.shape
        return shape

    @shape.setter
    def shape(self, extents: Any) -> None:
        """Another shape for the array itself; AttributeError where that would take a copy."""
        pending.materialize_readers(self)  # what reads it has asked for the shape that it had
        try:
            view = self.reshape(extents, copy=False)
        except ValueError:
            self.reshape(extents)  # the other error there is: that the sizes differ
            raise AttributeError(
                f"an array of strides {self.strides} can't have its shape {self.shape} changed in place to {extents}; "
                "write x = x.reshape(shape), which copies"
            ) from None
        with pending.lock:
            self._buffer, self._host, self._base, self._shape = view._native, view._host, None, None
            self._kernel_argument = self._flat = None

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        host = self._host
        return self._facts.ndim if host is None else host.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        host = self._host
        return self._facts.size if host is None else host.size

    @property
    def itemsize(self) -> int:
        """Bytes an element takes."""
        return self._facts.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes all elements take."""
        return self._facts.size * self._facts.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next along each dimension."""
        return self._device.runtime.strides(self._native)

    @strides.setter
    def strides(self, strides: Any) -> None:
        raise AttributeError("strides are what a view makes of them: x[::2], x.T, xp.broadcast_to(x, shape)")

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("a 0-dimensional array has no length; x.size is 1, and x.item() its value")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.ndim:  # now, not at the first element: by that NumPy's `iterable` tells what is one
            raise TypeError("a 0-dimensional array is not iterable; x.item() is its value")
        return (self[k] for k in range(len(self)))

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    # -- where it is -------------------------------------------------------------------------
    def to_device(self, device: Device | str, /, *, stream: Any = None) -> Array:
        """The array on another device: itself if it is there already, or on one that the name fits; else a copy."""
        if stream is not None:
            raise ValueError("to_device: each device has one queue of ours, and takes no stream")
        if isinstance(device, str) and admits(device, self._device):
            return self
        target = as_device(device)
        if target is self._device:
            return self
        host = self._host_values()
        if host is not None:
            return Array(target.runtime.from_host(host), target)
        values = self._device.runtime.to_host(self._native)
        with unwatched():  # both ways are one transfer
            return Array(target.runtime.from_host(values), target)

    def _host_values(self) -> np.ndarray | None:
        """The values as NumPy sees them without a copy, once work on them has ended, to be read; None if it can't."""
        if (recorder := current().recorder) is not None:
            recorder.give_up()  # what comes of values is not known of other values
        if self._buffer is None and self._base is None:
            made = self._host if self._expression is None else self._fetch()
            if made is not None:
                return made
            self._materialize()
        runtime = self._device.runtime
        if not runtime.host_sees:
            return None
        if runtime.busy or (pending._escaped and pending.has_escaped(self)):
            runtime.wait()  # what others submit makes no runtime of ours busy
        if self._host is None:
            self._host = runtime.in_sight(self._buffer)
        return self._host

    def _copy(self) -> np.ndarray:
        """A copy of the values for the host, once work on them has ended."""
        host, runtime = self._host_values(), self._device.runtime
        return runtime.to_host(self._native) if host is None else runtime.copy_for_host(host)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        instead = instead_of_library(2) or "Write xp.asnumpy(a) to copy it, or use xpuarray's function of the same name"
        raise ImplicitTransferError(
            f"this array is on {self._device}; NumPy would copy it to the host in silence. {instead}"
        )

    @property
    def __usm_ndarray__(self) -> Any:
        """By this, and by `sycl_queue`, dpnp takes the array's own memory, on the queue where it is."""
        if not hasattr(self._native, "__sycl_usm_array_interface__"):
            raise AttributeError(f"an array on {self._device} is not in USM memory")
        return self.native

    @property
    def __sycl_usm_array_interface__(self) -> dict[str, Any]:
        return self.__usm_ndarray__.__sycl_usm_array_interface__

    @property
    def sycl_queue(self) -> Any:
        """The dpctl.SyclQueue the array belongs to (SYCL devices only)."""
        return self.__usm_ndarray__.sycl_queue

    def __dlpack_device__(self) -> tuple[Any, int]:
        return self._native.__dlpack_device__()

    def __reduce__(self) -> Any:
        return _unpickled, (asnumpy(self), str(self._device))

    # -- values ------------------------------------------------------------------------------
    def _scalar(self) -> Any:
        if self.size != 1:
            raise TypeError(
                f"only an array with one element is a scalar; this one has shape {self.shape}: index it, or write "
                ".tolist()"
            )
        if isinstance(self._expression, np.generic) and not watched():
            return self._expression
        host = None if watched() else self._host_values()
        return (self._copy() if host is None else host).reshape(())[()]

    def tolist(self) -> Any:
        """The elements as nested Python lists."""
        return asnumpy(self).tolist()

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth value of an array of shape {self.shape} is ambiguous; use a.any() or a.all(), "
                "or a.size for whether it has elements"
            )
        return bool(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def __float__(self) -> float:
        return float(self._scalar())

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError(f"only a 0-dimensional integer array is an index, not {self.dtype}{list(self.shape)}")
        return int(self._scalar())

    # -- launches ----------------------------------------------------------------------------
    def _as_kernel_argument(self) -> tuple[ArrayType, tuple[Any, ...]]:
        """Type and packed launch arguments; they never change, so they are made once."""
        if self._kernel_argument is None:
            native = self._native
            layout = "C" if native.flags.c_contiguous else "A"
            packed = self._device.runtime.pack(native, layout)
            self._kernel_argument = ArrayType(dtype_name(native.dtype), native.ndim, layout), packed
        return self._kernel_argument

    def _flat_argument(self) -> Any:
        """The same as one dimension of all elements; None if they are not dense."""
        if self._flat is None:
            native, runtime = self._native, self._device.runtime
            if not native.flags.c_contiguous:
                return None
            layout = "W" if runtime.wide and runtime.is_aligned(native) else "C"
            packed = runtime.pack(native, layout, (native.size,))
            self._flat = _flat_type(native.dtype, layout), packed
        return self._flat

    @property
    def _runtime(self) -> Runtime:
        return self._device.runtime


@functools.lru_cache(maxsize=64)
def _flat_type(dtype: np.dtype, layout: str) -> ArrayType:
    """One object for each, so that looking whether types are the same is looking whether they are one."""
    return ArrayType(dtype_name(dtype), 1, layout)


def allocated(native: Any, device: Device) -> Array:
    """The array in memory that was just allocated: whatever was there before, nobody else may write into it."""
    array = Array(native, device)
    if pending._escaped:
        pending.forget_escaped(array)  # CuPy does not say when others let go of what they were given
    return array


def as_result(array: Array) -> Array:
    """The array, which was computed.  One without dimensions is a value, as NumPy's scalars: it never changes, and an
    operator such as `+=` makes another, which may have dimensions, and another dtype."""
    array._read_only |= not array.ndim
    return array


def result_of(native: Any, device: Device) -> Array:
    """The array of what was computed."""
    return as_result(allocated(native, device))


def _is_apart(x: Array, view: Any) -> bool:
    """Whether a view with dimensions, of one element, is of a value: as of NumPy's scalars, an array of its own."""
    return bool(x._is_value and view.ndim and view.size == 1)


def view_of(x: Array, native: Any) -> Array:
    """The array of some of x's memory; it can be written to if x can."""
    if _is_apart(x, native):
        return Array(x._device.runtime.library.asarray(native, copy=True), x._device)
    array = Array(native, x._device)
    array._read_only = x._read_only
    return array


def part_of(x: Array, host: np.ndarray) -> Array:
    """The array of `host`, some of x's memory as NumPy sees it; it can be written to if x can."""
    if _is_apart(x, host):
        return made_by_numpy(x._copy().reshape(host.shape), x._device)  # once it has been computed
    array = Array(None, x._device, None, host, host.dtype)
    if array._buffer is None:
        array._base = x._base if x._buffer is None else x._buffer
    array._read_only = x._read_only
    return array


def lies_dense(x: Array) -> bool:
    """Whether the elements lie row by row without gaps, wherever they are: nothing is moved to see that."""
    memory = x._native if x._host is None else x._host
    return bool(memory.flags.c_contiguous)


def instead_of_library(depth: int) -> str:
    """What to write where another library, which computes with NumPy arrays, was given ours; empty if none was.

    depth: how many frames up to look from
    """
    frame = user_frame(depth + 1)
    while frame.f_globals.get("__name__", "").partition(".")[0] == "numpy" and frame.f_back is not None:
        frame = frame.f_back
    library = frame.f_globals.get("__name__", "").partition(".")[0]
    if library == "sklearn":
        return (
            "For scikit-learn to take it, call xpuarray.sklearn.patch_sklearn() before you import scikit-learn's "
            "names, or sklearn.set_config(array_api_dispatch=True), with SCIPY_ARRAY_API=1 in the environment"
        )
    if "site-packages" in frame.f_code.co_filename:
        return f"{library} computes with NumPy arrays: give it xp.asnumpy(x)"
    return ""


def from_numpy(value: Any, device: Device) -> Array:
    """What NumPy has made as an array; it goes to the device's memory when that first needs it."""
    if isinstance(value, np.generic):
        array = Array(None, device, value, None, value.dtype)
        array._shape, array._read_only = (), True
        return array
    if type(value) is not np.ndarray:
        value = np.asarray(value)
    if value.nbytes >= LARGE:
        device.runtime.note(value)
    return as_result(made_by_numpy(value, device))


def made_by_numpy(value: np.ndarray, device: Device) -> Array:
    """The same of few elements, which are not worth a note."""
    return Array(None, device, None, value, value.dtype)


def asnumpy(array: Any, *, copy: bool | None = True) -> np.ndarray:
    """The values of `array` as a NumPy array, once all work on it has ended.  Of what is on the host already, an array
    of NumPy's, numbers, lists of them, `numpy.array`: programs bring home what may be either.

    copy: True (default) always copies, so that the result is the same on every device; None gives
        a view where the device's memory is the host's (host, SYCL CPUs), False raises where not.

    Raises ImplicitTransferError if `copy=False` and the memory is out of the host's reach.

    >>> import xpuarray as xp
    >>> xp.asnumpy(xp.asarray([1, 2, 3], device="host"))
    array([1, 2, 3])
    """
    if not isinstance(array, Array):
        if isinstance(array, (np.ndarray, np.generic, bool, int, float, complex, list, tuple)):
            return np.array(array) if copy else np.asarray(array)
        raise TypeError(f"asnumpy takes an xpuarray Array, not {type(array).__name__}")
    runtime = array._device.runtime
    if copy is not True:
        native = array.native  # given out of our hands before the view waits for what still reads it
        if array._host is None:
            array._host = runtime.in_sight(native)
        view = array._host
        if view is not None:
            runtime.wait()  # also for what others have submitted
            if array._read_only:
                view = view[...]
                view.flags.writeable = False
            return view
        if copy is False:
            raise ImplicitTransferError(f"the memory of {array._device} is out of the host's reach; let asnumpy copy")
    return array._copy()


def pickled_device(name: str, what: str) -> Device:
    """The device that a pickle was made on; if that is not here, the default device, with a warning."""
    try:
        return as_device(name)
    except DeviceError:
        here = default_device()
    warnings.warn(f"{what} was pickled on {name}, which is not here; it is on {here} now", stacklevel=user_level())
    return here


def _unpickled(values: np.ndarray, name: str) -> Array:
    device = pickled_device(name, "this array")
    values = values.astype(device.info.fit(values.dtype), copy=False)
    try:
        return Array(device.runtime.from_host(values), device)
    except DeviceError:
        # A fork has lost the device.  An error here would end a worker of multiprocessing's, whose caller then waits
        # for ever: whoever uses the array gets it.
        return Array(None, device, host=values)
