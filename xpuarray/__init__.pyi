# Written by `python -m xpuarray.commands.stubs`, not by hand.

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import list as _list
from builtins import str as _str
from builtins import tuple as _tuple
from collections.abc import Sequence as _Sequence
from typing import Any as _Any

from numpy import bool as bool
from numpy import complex64 as complex64
from numpy import complex128 as complex128
from numpy import e as e
from numpy import float16 as float16
from numpy import float32 as float32
from numpy import float64 as float64
from numpy import inf as inf
from numpy import int8 as int8
from numpy import int16 as int16
from numpy import int32 as int32
from numpy import int64 as int64
from numpy import isdtype as isdtype
from numpy import issubdtype as issubdtype
from numpy import min_scalar_type as min_scalar_type
from numpy import nan as nan
from numpy import newaxis as newaxis
from numpy import pi as pi
from numpy import promote_types as promote_types
from numpy import uint8 as uint8
from numpy import uint16 as uint16
from numpy import uint32 as uint32
from numpy import uint64 as uint64

from xpuarray import dpex as dpex
from xpuarray import fft as fft
from xpuarray import kernel_api as kernel_api
from xpuarray import linalg as linalg
from xpuarray import random as random
from xpuarray.backends.memory import MemoryInfo as MemoryInfo
from xpuarray.core.array import Array as Array
from xpuarray.core.array import Array as _Array
from xpuarray.core.array import asnumpy as asnumpy
from xpuarray.core.dispatch import allow_fallback as allow_fallback
from xpuarray.core.dispatch import explain as explain
from xpuarray.core.dispatch import prefer as prefer
from xpuarray.errors import BudgetError as BudgetError
from xpuarray.errors import DeviceError as DeviceError
from xpuarray.errors import DeviceFilterError as DeviceFilterError
from xpuarray.errors import DeviceUnusableError as DeviceUnusableError
from xpuarray.errors import FallbackError as FallbackError
from xpuarray.errors import FallbackWarning as FallbackWarning
from xpuarray.errors import ImplicitTransferError as ImplicitTransferError
from xpuarray.errors import KernelArgumentError as KernelArgumentError
from xpuarray.errors import KernelCompileError as KernelCompileError
from xpuarray.errors import KernelError as KernelError
from xpuarray.errors import KernelRangeError as KernelRangeError
from xpuarray.errors import KernelRuntimeError as KernelRuntimeError
from xpuarray.errors import OutOfDeviceMemoryError as OutOfDeviceMemoryError
from xpuarray.errors import PlacementError as PlacementError
from xpuarray.errors import UnsupportedDTypeError as UnsupportedDTypeError
from xpuarray.errors import XpuarrayError as XpuarrayError
from xpuarray.functions.creation import Place as _Place
from xpuarray.functions.creation import Shape as _Shape
from xpuarray.functions.data_types import astype as astype
from xpuarray.functions.data_types import can_cast as can_cast
from xpuarray.functions.data_types import finfo as finfo
from xpuarray.functions.data_types import iinfo as iinfo
from xpuarray.functions.data_types import result_type as result_type
from xpuarray.functions.einsum import einsum as einsum
from xpuarray.functions.exchange import from_dlpack as from_dlpack
from xpuarray.functions.files import load as load
from xpuarray.functions.files import save as save
from xpuarray.functions.files import savez as savez
from xpuarray.functions.files import savez_compressed as savez_compressed
from xpuarray.functions.index_tricks import argwhere as argwhere
from xpuarray.functions.index_tricks import choose as choose
from xpuarray.functions.index_tricks import compress as compress
from xpuarray.functions.index_tricks import diag as diag
from xpuarray.functions.index_tricks import diag_indices as diag_indices
from xpuarray.functions.index_tricks import diagonal as diagonal
from xpuarray.functions.index_tricks import extract as extract
from xpuarray.functions.index_tricks import fill_diagonal as fill_diagonal
from xpuarray.functions.index_tricks import flatnonzero as flatnonzero
from xpuarray.functions.index_tricks import indices as indices
from xpuarray.functions.index_tricks import place as place
from xpuarray.functions.index_tricks import put as put
from xpuarray.functions.index_tricks import put_along_axis as put_along_axis
from xpuarray.functions.index_tricks import ravel_multi_index as ravel_multi_index
from xpuarray.functions.index_tricks import trace as trace
from xpuarray.functions.index_tricks import tri as tri
from xpuarray.functions.index_tricks import tril_indices as tril_indices
from xpuarray.functions.index_tricks import triu_indices as triu_indices
from xpuarray.functions.index_tricks import unravel_index as unravel_index
from xpuarray.functions.inspection import __array_namespace_info__ as __array_namespace_info__
from xpuarray.functions.manipulation import broadcast_arrays as broadcast_arrays
from xpuarray.functions.manipulation import broadcast_shapes as broadcast_shapes
from xpuarray.functions.manipulation import matrix_transpose as matrix_transpose
from xpuarray.functions.mathematics import angle as angle
from xpuarray.functions.mathematics import bitwise_count as bitwise_count
from xpuarray.functions.mathematics import cbrt as cbrt
from xpuarray.functions.mathematics import fix as fix
from xpuarray.functions.mathematics import float_power as float_power
from xpuarray.functions.mathematics import fmod as fmod
from xpuarray.functions.mathematics import gcd as gcd
from xpuarray.functions.mathematics import heaviside as heaviside
from xpuarray.functions.mathematics import i0 as i0
from xpuarray.functions.mathematics import iscomplexobj as iscomplexobj
from xpuarray.functions.mathematics import isrealobj as isrealobj
from xpuarray.functions.mathematics import lcm as lcm
from xpuarray.functions.mathematics import ldexp as ldexp
from xpuarray.functions.mathematics import logaddexp2 as logaddexp2
from xpuarray.functions.mathematics import modf as modf
from xpuarray.functions.mathematics import real_if_close as real_if_close
from xpuarray.functions.mathematics import sinc as sinc
from xpuarray.functions.mathematics import spacing as spacing
from xpuarray.functions.mathematics import unwrap as unwrap
from xpuarray.functions.nan_functions import nan_to_num as nan_to_num
from xpuarray.functions.nan_functions import nanmean as nanmean
from xpuarray.functions.nan_functions import nanstd as nanstd
from xpuarray.functions.nan_functions import nanvar as nanvar
from xpuarray.functions.numerics import allclose as allclose
from xpuarray.functions.numerics import array_equal as array_equal
from xpuarray.functions.numerics import array_equiv as array_equiv
from xpuarray.functions.numerics import convolve as convolve
from xpuarray.functions.numerics import correlate as correlate
from xpuarray.functions.numerics import cross as cross
from xpuarray.functions.numerics import dot as dot
from xpuarray.functions.numerics import ediff1d as ediff1d
from xpuarray.functions.numerics import gradient as gradient
from xpuarray.functions.numerics import inner as inner
from xpuarray.functions.numerics import interp as interp
from xpuarray.functions.numerics import isclose as isclose
from xpuarray.functions.numerics import kron as kron
from xpuarray.functions.numerics import outer as outer
from xpuarray.functions.numerics import polyval as polyval
from xpuarray.functions.numerics import trapezoid as trapezoid
from xpuarray.functions.numerics import vander as vander
from xpuarray.functions.numerics import vdot as vdot
from xpuarray.functions.numpy_creation import array as array
from xpuarray.functions.numpy_creation import ascontiguousarray as ascontiguousarray
from xpuarray.functions.numpy_creation import copy as copy
from xpuarray.functions.numpy_creation import copyto as copyto
from xpuarray.functions.numpy_creation import cumprod as cumprod
from xpuarray.functions.numpy_creation import cumsum as cumsum
from xpuarray.functions.numpy_creation import deg2rad as _deg2rad
from xpuarray.functions.numpy_creation import deg2rad as deg2rad
from xpuarray.functions.numpy_creation import divmod as divmod
from xpuarray.functions.numpy_creation import exp2 as exp2
from xpuarray.functions.numpy_creation import geomspace as geomspace
from xpuarray.functions.numpy_creation import identity as identity
from xpuarray.functions.numpy_creation import isneginf as isneginf
from xpuarray.functions.numpy_creation import isposinf as isposinf
from xpuarray.functions.numpy_creation import isscalar as isscalar
from xpuarray.functions.numpy_creation import logspace as logspace
from xpuarray.functions.numpy_creation import ndim as ndim
from xpuarray.functions.numpy_creation import rad2deg as _rad2deg
from xpuarray.functions.numpy_creation import rad2deg as rad2deg
from xpuarray.functions.numpy_creation import shape as shape
from xpuarray.functions.numpy_creation import size as size
from xpuarray.functions.numpy_editing import apply_along_axis as apply_along_axis
from xpuarray.functions.numpy_editing import delete as delete
from xpuarray.functions.numpy_editing import diag_indices_from as diag_indices_from
from xpuarray.functions.numpy_editing import diagflat as diagflat
from xpuarray.functions.numpy_editing import insert as insert
from xpuarray.functions.numpy_editing import ix_ as ix_
from xpuarray.functions.numpy_editing import mask_indices as mask_indices
from xpuarray.functions.numpy_editing import piecewise as piecewise
from xpuarray.functions.numpy_editing import putmask as putmask
from xpuarray.functions.numpy_editing import resize as resize
from xpuarray.functions.numpy_editing import select as select
from xpuarray.functions.numpy_editing import trim_zeros as trim_zeros
from xpuarray.functions.numpy_making import asanyarray as asanyarray
from xpuarray.functions.numpy_making import frombuffer as frombuffer
from xpuarray.functions.numpy_making import fromfunction as fromfunction
from xpuarray.functions.numpy_making import fromiter as fromiter
from xpuarray.functions.numpy_making import histogram2d as histogram2d
from xpuarray.functions.numpy_making import histogramdd as histogramdd
from xpuarray.functions.numpy_making import kaiser as kaiser
from xpuarray.functions.numpy_making import matvec as matvec
from xpuarray.functions.numpy_making import may_share_memory as may_share_memory
from xpuarray.functions.numpy_making import polyfit as polyfit
from xpuarray.functions.numpy_making import vecmat as vecmat
from xpuarray.functions.numpy_replaced import meshgrid as meshgrid
from xpuarray.functions.numpy_replaced import round as _round
from xpuarray.functions.numpy_replaced import round as round
from xpuarray.functions.numpy_replaced import take as take
from xpuarray.functions.numpy_replaced import tile as tile
from xpuarray.functions.numpy_replaced import where as where
from xpuarray.functions.numpy_shapes import append as append
from xpuarray.functions.numpy_shapes import array_split as array_split
from xpuarray.functions.numpy_shapes import block as block
from xpuarray.functions.numpy_shapes import column_stack as column_stack
from xpuarray.functions.numpy_shapes import dstack as dstack
from xpuarray.functions.numpy_shapes import fliplr as fliplr
from xpuarray.functions.numpy_shapes import flipud as flipud
from xpuarray.functions.numpy_shapes import hstack as hstack
from xpuarray.functions.numpy_shapes import rollaxis as rollaxis
from xpuarray.functions.numpy_shapes import rot90 as rot90
from xpuarray.functions.numpy_shapes import split as split
from xpuarray.functions.numpy_shapes import swapaxes as swapaxes
from xpuarray.functions.numpy_shapes import transpose as transpose
from xpuarray.functions.numpy_shapes import vstack as vstack
from xpuarray.functions.numpy_sorting import argpartition as argpartition
from xpuarray.functions.numpy_sorting import intersect1d as intersect1d
from xpuarray.functions.numpy_sorting import lexsort as lexsort
from xpuarray.functions.numpy_sorting import partition as partition
from xpuarray.functions.numpy_sorting import setdiff1d as setdiff1d
from xpuarray.functions.numpy_sorting import setxor1d as setxor1d
from xpuarray.functions.numpy_sorting import union1d as union1d
from xpuarray.functions.numpy_sorting import unique as unique
from xpuarray.functions.padding import pad as pad
from xpuarray.functions.quantiles import median as median
from xpuarray.functions.quantiles import nanmedian as nanmedian
from xpuarray.functions.quantiles import nanquantile as nanquantile
from xpuarray.functions.quantiles import quantile as quantile
from xpuarray.functions.reductions import Axis as _Axis
from xpuarray.functions.sets import unique_all as unique_all
from xpuarray.functions.sets import unique_counts as unique_counts
from xpuarray.functions.sets import unique_inverse as unique_inverse
from xpuarray.functions.sets import unique_values as unique_values
from xpuarray.functions.statistics import average as average
from xpuarray.functions.statistics import bincount as bincount
from xpuarray.functions.statistics import corrcoef as corrcoef
from xpuarray.functions.statistics import cov as cov
from xpuarray.functions.statistics import digitize as digitize
from xpuarray.functions.statistics import histogram as histogram
from xpuarray.functions.statistics import histogram_bin_edges as histogram_bin_edges
from xpuarray.functions.statistics import ptp as ptp
from xpuarray.functions.vectorize import vectorize as vectorize
from xpuarray.fusion.evaluate import evaluate as evaluate
from xpuarray.fusion.modes import eager as eager
from xpuarray.fusion.tracing import fuse as fuse
from xpuarray.lang.atomic import AtomicRef as AtomicRef
from xpuarray.lang.atomic import atomic_fence as atomic_fence
from xpuarray.lang.device_func import DeviceFunction as DeviceFunction
from xpuarray.lang.device_func import device_func as device_func
from xpuarray.lang.group import broadcast as broadcast
from xpuarray.lang.group import group_all as group_all
from xpuarray.lang.group import group_any as group_any
from xpuarray.lang.group import group_barrier as group_barrier
from xpuarray.lang.group import group_reduce as group_reduce
from xpuarray.lang.group import group_scan as group_scan
from xpuarray.lang.group import shuffle as shuffle
from xpuarray.lang.item import Group as Group
from xpuarray.lang.item import Item as Item
from xpuarray.lang.item import NdItem as NdItem
from xpuarray.lang.item import SubGroup as SubGroup
from xpuarray.lang.memory import AddressSpace as AddressSpace
from xpuarray.lang.memory import LocalAccessor as LocalAccessor
from xpuarray.lang.memory import MemoryOrder as MemoryOrder
from xpuarray.lang.memory import MemoryScope as MemoryScope
from xpuarray.lang.memory import PrivateArray as PrivateArray
from xpuarray.lang.ranges import NdRange as NdRange
from xpuarray.lang.ranges import Range as Range
from xpuarray.launch.kernel import Kernel as Kernel
from xpuarray.launch.kernel import kernel as kernel
from xpuarray.launch.launch import call_kernel as call_kernel
from xpuarray.launch.launch import call_kernel_async as call_kernel_async
from xpuarray.observe.profile import Profile as Profile
from xpuarray.observe.profile import ProfileRow as ProfileRow
from xpuarray.observe.profile import profile as profile
from xpuarray.observe.strict import strict as strict
from xpuarray.placement.devices import default_device as default_device
from xpuarray.placement.devices import device as device
from xpuarray.placement.devices import devices as devices
from xpuarray.placement.devices import select_device as select_device
from xpuarray.placement.devices import synchronize as synchronize
from xpuarray.placement.discovery import Device as Device
from xpuarray.placement.memory import memory_info as memory_info
from xpuarray.placement.memory import release_memory as release_memory
from xpuarray.placement.memory import reset_peak_memory as reset_peak_memory

__array_api_version__: str
__version__: str

def abs(x: _Array, /) -> _Array:
    """abs(x), element by element (Array API standard)."""

def absolute(x: _Array, /) -> _Array:
    """abs(x), element by element (Array API standard)."""

def acos(x: _Array, /) -> _Array:
    """acos(x), element by element (Array API standard)."""

def acosh(x: _Array, /) -> _Array:
    """acosh(x), element by element (Array API standard)."""

def add(x1: _Any, x2: _Any, /) -> _Array:
    """add(x1, x2), element by element (Array API standard)."""

def all(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """Whether all elements over `axis` are not 0; an array of bool."""

def amax(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """The greatest element over `axis`; NaN if there is one.  ValueError if there is none."""

def amin(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """The least element over `axis`; NaN if there is one.  ValueError if there is none."""

def any(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """Whether any element over `axis` is not 0; an array of bool."""

def arange(start: _Any, /, stop: _Any = None, step: _Any = 1, *, dtype: _Any = None, device: _Place = None) -> _Array:
    """start, start + step, ... up to, but without, stop; `arange(n)` counts from 0."""

def arccos(x: _Array, /) -> _Array:
    """acos(x), element by element (Array API standard)."""

def arccosh(x: _Array, /) -> _Array:
    """acosh(x), element by element (Array API standard)."""

def arcsin(x: _Array, /) -> _Array:
    """asin(x), element by element (Array API standard)."""

def arcsinh(x: _Array, /) -> _Array:
    """asinh(x), element by element (Array API standard)."""

def arctan(x: _Array, /) -> _Array:
    """atan(x), element by element (Array API standard)."""

def arctan2(x1: _Any, x2: _Any, /) -> _Array:
    """atan2(x1, x2), element by element (Array API standard)."""

def arctanh(x: _Array, /) -> _Array:
    """atanh(x), element by element (Array API standard)."""

def argmax(x: _Array, /, *, axis: _int | None = None, keepdims: _bool = False) -> _Array:
    """The index (int64) of the first greatest element along `axis` (None: of x flattened)."""

def argmin(x: _Array, /, *, axis: _int | None = None, keepdims: _bool = False) -> _Array:
    """The index (int64) of the first least element along `axis` (None: of x flattened)."""

def argsort(x: _Array, /, *, axis: _int = -1, descending: _bool = False, stable: _bool = True) -> _Array:
    """The indices (int64) that sort x along `axis`."""

around = _round

def asarray(obj: _Any, /, dtype: _Any = None, *, device: _Place = None, copy: _bool | None = None) -> _Array:
    """An array on `device` with the values of `obj`: nested sequences, scalars, or an array."""

def asin(x: _Array, /) -> _Array:
    """asin(x), element by element (Array API standard)."""

def asinh(x: _Array, /) -> _Array:
    """asinh(x), element by element (Array API standard)."""

def atan(x: _Array, /) -> _Array:
    """atan(x), element by element (Array API standard)."""

def atan2(x1: _Any, x2: _Any, /) -> _Array:
    """atan2(x1, x2), element by element (Array API standard)."""

def atanh(x: _Array, /) -> _Array:
    """atanh(x), element by element (Array API standard)."""

def atleast_1d(*arys: _Any) -> _Any:
    """Each argument as an array of at least 1 dimension(s), a view where it has fewer; several make a tuple."""

def atleast_2d(*arys: _Any) -> _Any:
    """Each argument as an array of at least 2 dimension(s), a view where it has fewer; several make a tuple."""

def atleast_3d(*arys: _Any) -> _Any:
    """Each argument as an array of at least 3 dimension(s), a view where it has fewer; several make a tuple."""

def bartlett(M: _int, *, device: _Place = None) -> _Array:
    """Bartlett's (triangular) window with M points, 1 in the middle."""

def bitwise_and(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_and(x1, x2), element by element (Array API standard)."""

def bitwise_invert(x: _Array, /) -> _Array:
    """bitwise_invert(x), element by element (Array API standard)."""

def bitwise_left_shift(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_left_shift(x1, x2), element by element (Array API standard)."""

def bitwise_not(x: _Array, /) -> _Array:
    """bitwise_invert(x), element by element (Array API standard)."""

def bitwise_or(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_or(x1, x2), element by element (Array API standard)."""

def bitwise_right_shift(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_right_shift(x1, x2), element by element (Array API standard)."""

def bitwise_xor(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_xor(x1, x2), element by element (Array API standard)."""

def blackman(M: _int, *, device: _Place = None) -> _Array:
    """Blackman's window with M points, 1 in the middle."""

def broadcast_to(x: _Array, /, shape: _Sequence[_int]) -> _Array:
    """A view of x repeated to `shape`."""

def ceil(x: _Array, /) -> _Array:
    """ceil(x), element by element (Array API standard)."""

def clip(x: _Array, /, min: _Any = None, max: _Any = None) -> _Array:
    """x limited to [min, max]; either bound may be None, a scalar or an array that broadcasts."""

def concat(arrays: _Sequence[_Array], /, *, axis: _int | None = 0) -> _Array:
    """The arrays joined along an existing dimension (None: flattened first)."""

def concatenate(arrays: _Sequence[_Array], /, *, axis: _int | None = 0) -> _Array:
    """The arrays joined along an existing dimension (None: flattened first)."""

def conj(x: _Array, /) -> _Array:
    """conj(x), element by element (Array API standard)."""

def conjugate(x: _Array, /) -> _Array:
    """conj(x), element by element (Array API standard)."""

def copysign(x1: _Any, x2: _Any, /) -> _Array:
    """copysign(x1, x2), element by element (Array API standard)."""

def cos(x: _Array, /) -> _Array:
    """cos(x), element by element (Array API standard)."""

def cosh(x: _Array, /) -> _Array:
    """cosh(x), element by element (Array API standard)."""

def count_nonzero(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False) -> _Array:
    """How many elements are not 0, over `axis` (default: all); int64."""

def cumulative_prod(
    x: _Array, /, *, axis: _int | None = None, dtype: _Any = None, include_initial: _bool = False
) -> _Array:
    """The cumulative prod along `axis`; dtypes as in `prod`."""

def cumulative_sum(
    x: _Array, /, *, axis: _int | None = None, dtype: _Any = None, include_initial: _bool = False
) -> _Array:
    """The cumulative sum along `axis`; dtypes as in `sum`."""

degrees = _rad2deg

def diff(
    x: _Array, /, n: _int = 1, axis: _int = -1, prepend: _Array | None = None, append: _Array | None = None
) -> _Array:
    """The n-th differences between neighbours along `axis`; of bools, whether they differ."""

def divide(x1: _Any, x2: _Any, /) -> _Array:
    """divide(x1, x2), element by element (Array API standard)."""

def dsplit(ary: _Array, indices_or_sections: _int | _Sequence[_int]) -> _list[_Array]:
    """`split` along axis 2."""

def empty(shape: _Shape, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """An array of `shape` whose values are not set."""

def empty_like(x: _Array, /, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """An array of x's shape (and dtype and device, unless given) whose values are not set."""

def equal(x1: _Any, x2: _Any, /) -> _Array:
    """equal(x1, x2), element by element (Array API standard)."""

def exp(x: _Array, /) -> _Array:
    """exp(x), element by element (Array API standard)."""

def expand_dims(x: _Array, /, axis: _int | _Sequence[_int] = 0) -> _Array:
    """A view of x with new dimensions of extent 1 at `axis`."""

def expm1(x: _Array, /) -> _Array:
    """expm1(x), element by element (Array API standard)."""

def eye(
    n_rows: _int, n_cols: _int | None = None, /, *, k: _int = 0, dtype: _Any = None, device: _Place = None
) -> _Array:
    """Ones on the k-th diagonal, zeros elsewhere; shape (n_rows, n_cols)."""

def fabs(x: _Array, /) -> _Array:
    """abs(x), element by element (Array API standard)."""

def flip(x: _Array, /, *, axis: _int | _Sequence[_int] | None = None) -> _Array:
    """x in reverse order along `axis` (default: along all)."""

def floor(x: _Array, /) -> _Array:
    """floor(x), element by element (Array API standard)."""

def floor_divide(x1: _Any, x2: _Any, /) -> _Array:
    """floor_divide(x1, x2), element by element (Array API standard)."""

def fmax(x1: _Any, x2: _Any, out: _Array | None = None) -> _Array:
    """`maximum`, or the other operand where one is NaN."""

def fmin(x1: _Any, x2: _Any, out: _Array | None = None) -> _Array:
    """`minimum`, or the other operand where one is NaN."""

def full(shape: _Shape, fill_value: _Any, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """An array of `shape`, every element `fill_value` (whose kind decides the dtype)."""

def full_like(x: _Array, /, fill_value: _Any, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """x's shape (and dtype and device, unless given), every element `fill_value`."""

def greater(x1: _Any, x2: _Any, /) -> _Array:
    """greater(x1, x2), element by element (Array API standard)."""

def greater_equal(x1: _Any, x2: _Any, /) -> _Array:
    """greater_equal(x1, x2), element by element (Array API standard)."""

def hamming(M: _int, *, device: _Place = None) -> _Array:
    """Hamming's window with M points, 1 in the middle."""

def hanning(M: _int, *, device: _Place = None) -> _Array:
    """Hann's window with M points, 1 in the middle."""

def hsplit(ary: _Array, indices_or_sections: _int | _Sequence[_int]) -> _list[_Array]:
    """`split` along axis 1."""

def hypot(x1: _Any, x2: _Any, /) -> _Array:
    """hypot(x1, x2), element by element (Array API standard)."""

def imag(x: _Array, /) -> _Array:
    """imag(x), element by element (Array API standard)."""

def invert(x: _Array, /) -> _Array:
    """bitwise_invert(x), element by element (Array API standard)."""

def iscomplex(x: _Any) -> _Array:
    """Whether each element's imaginary part is not 0."""

def isfinite(x: _Array, /) -> _Array:
    """isfinite(x), element by element (Array API standard)."""

def isin(x1: _Any, x2: _Any, /, *, invert: _bool = False) -> _Array:
    """Whether each element of x1 equals one of x2's (`invert`: none of them); bool, in x1's shape."""

def isinf(x: _Array, /) -> _Array:
    """isinf(x), element by element (Array API standard)."""

def isnan(x: _Array, /) -> _Array:
    """isnan(x), element by element (Array API standard)."""

def isreal(x: _Any) -> _Array:
    """Whether each element's imaginary part is 0."""

def left_shift(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_left_shift(x1, x2), element by element (Array API standard)."""

def less(x1: _Any, x2: _Any, /) -> _Array:
    """less(x1, x2), element by element (Array API standard)."""

def less_equal(x1: _Any, x2: _Any, /) -> _Array:
    """less_equal(x1, x2), element by element (Array API standard)."""

def linspace(
    start: _Any, stop: _Any, /, num: _int, *, dtype: _Any = None, device: _Place = None, endpoint: _bool = True
) -> _Array:
    """`num` values from start to stop, evenly spaced; `endpoint` says whether stop is the last."""

def log(x: _Array, /) -> _Array:
    """log(x), element by element (Array API standard)."""

def log10(x: _Array, /) -> _Array:
    """log10(x), element by element (Array API standard)."""

def log1p(x: _Array, /) -> _Array:
    """log1p(x), element by element (Array API standard)."""

def log2(x: _Array, /) -> _Array:
    """log2(x), element by element (Array API standard)."""

def logaddexp(x1: _Any, x2: _Any, /) -> _Array:
    """logaddexp(x1, x2), element by element (Array API standard)."""

def logical_and(x1: _Any, x2: _Any, /) -> _Array:
    """logical_and(x1, x2), element by element (Array API standard)."""

def logical_not(x: _Array, /) -> _Array:
    """logical_not(x), element by element (Array API standard)."""

def logical_or(x1: _Any, x2: _Any, /) -> _Array:
    """logical_or(x1, x2), element by element (Array API standard)."""

def logical_xor(x1: _Any, x2: _Any, /) -> _Array:
    """logical_xor(x1, x2), element by element (Array API standard)."""

def logsumexp(x: _Array, /, *, axis: _Axis = None, keepdims: _bool = False) -> _Array:
    """log(sum(exp(x))) over `axis` (an int, several, or None for all); of nothing, -inf."""

def matmul(x1: _Array, x2: _Array, /) -> _Array:
    """The matrix product (..., n, k) @ (..., k, m) -> (..., n, m); a 1-dimensional operand is a"""

def max(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """The greatest element over `axis`; NaN if there is one.  ValueError if there is none."""

def maximum(x1: _Any, x2: _Any, /) -> _Array:
    """maximum(x1, x2), element by element (Array API standard)."""

def mean(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True) -> _Any:
    """The arithmetic mean over `axis`; NaN for nothing.  Integers give the default float."""

def min(x: _Array, /, *, axis: _Any = None, keepdims: _bool = False, where: _Any = True, initial: _Any = None) -> _Any:
    """The least element over `axis`; NaN if there is one.  ValueError if there is none."""

def minimum(x1: _Any, x2: _Any, /) -> _Array:
    """minimum(x1, x2), element by element (Array API standard)."""

def mod(x1: _Any, x2: _Any, /) -> _Array:
    """remainder(x1, x2), element by element (Array API standard)."""

def moveaxis(x: _Array, source: _int | _Sequence[_int], destination: _int | _Sequence[_int], /) -> _Array:
    """A view of x with the dimensions `source` moved to the positions `destination`."""

def multiply(x1: _Any, x2: _Any, /) -> _Array:
    """multiply(x1, x2), element by element (Array API standard)."""

def nanargmax(a: _Array, axis: _int | None = None, out: _Array | None = None, *, keepdims: _bool = False) -> _Array:
    """`argmax` along `axis`, NaN left out.  Raises ValueError where there is nothing else."""

def nanargmin(a: _Array, axis: _int | None = None, out: _Array | None = None, *, keepdims: _bool = False) -> _Array:
    """`argmin` along `axis`, NaN left out.  Raises ValueError where there is nothing else."""

def nancumprod(a: _Array, axis: _int | None = None, dtype: _Any = None, out: _Array | None = None) -> _Array:
    """`cumulative_prod` along `axis` (None: of a flattened), with NaN counted as 1."""

def nancumsum(a: _Array, axis: _int | None = None, dtype: _Any = None, out: _Array | None = None) -> _Array:
    """`cumulative_sum` along `axis` (None: of a flattened), with NaN counted as 0."""

def nanmax(
    a: _Array,
    axis: _Axis = None,
    out: _Array | None = None,
    keepdims: _bool = False,
    initial: _Any = None,
    where: _Any = True,
) -> _Array:
    """`max` over `axis`, NaN left out; NaN where there is nothing else."""

def nanmin(
    a: _Array,
    axis: _Axis = None,
    out: _Array | None = None,
    keepdims: _bool = False,
    initial: _Any = None,
    where: _Any = True,
) -> _Array:
    """`min` over `axis`, NaN left out; NaN where there is nothing else."""

def nanpercentile(
    a: _Array,
    q: _Any,
    axis: _Axis = None,
    out: _Array | None = None,
    overwrite_input: _bool = False,
    method: _str = "linear",
    keepdims: _bool = False,
    *,
    weights: _Array | None = None,
) -> _Array:
    """`nanquantile` with q in [0, 100]."""

def nanprod(
    a: _Array,
    axis: _Axis = None,
    dtype: _Any = None,
    out: _Array | None = None,
    keepdims: _bool = False,
    initial: _Any = None,
    where: _Any = True,
) -> _Array:
    """`prod` over `axis`, with NaN counted as 1."""

def nansum(
    a: _Array,
    axis: _Axis = None,
    dtype: _Any = None,
    out: _Array | None = None,
    keepdims: _bool = False,
    initial: _Any = None,
    where: _Any = True,
) -> _Array:
    """`sum` over `axis`, with NaN counted as 0."""

def negative(x: _Array, /) -> _Array:
    """negative(x), element by element (Array API standard)."""

def nextafter(x1: _Any, x2: _Any, /) -> _Array:
    """nextafter(x1, x2), element by element (Array API standard)."""

def nonzero(x: _Array, /) -> _tuple[_Array, ...]:
    """One array of indices (int64) per dimension: where x is not 0, in row-major order."""

def not_equal(x1: _Any, x2: _Any, /) -> _Array:
    """not_equal(x1, x2), element by element (Array API standard)."""

def ones(shape: _Shape, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """An array of `shape`, all ones."""

def ones_like(x: _Array, /, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """Ones of x's shape (and dtype and device, unless given)."""

def percentile(
    a: _Array,
    q: _Any,
    axis: _Axis = None,
    out: _Array | None = None,
    overwrite_input: _bool = False,
    method: _str = "linear",
    keepdims: _bool = False,
    *,
    weights: _Array | None = None,
) -> _Array:
    """`quantile` with q in [0, 100]."""

def permute_dims(x: _Array, /, axes: _Sequence[_int]) -> _Array:
    """A view of x with its dimensions in the order `axes`."""

def positive(x: _Array, /) -> _Array:
    """positive(x), element by element (Array API standard)."""

def pow(x1: _Any, x2: _Any, /) -> _Array:
    """pow(x1, x2), element by element (Array API standard)."""

def power(x1: _Any, x2: _Any, /) -> _Array:
    """pow(x1, x2), element by element (Array API standard)."""

def prod(
    x: _Array,
    /,
    *,
    axis: _Any = None,
    dtype: _Any = None,
    keepdims: _bool = False,
    where: _Any = True,
    initial: _Any = None,
) -> _Any:
    """The product over `axis`; dtypes as in `sum`."""

radians = _deg2rad

def ravel(x: _Array, /) -> _Array:
    """x as one dimension: reshape(x, (-1,))."""

def real(x: _Array, /) -> _Array:
    """real(x), element by element (Array API standard)."""

def reciprocal(x: _Array, /) -> _Array:
    """reciprocal(x), element by element (Array API standard)."""

def remainder(x1: _Any, x2: _Any, /) -> _Array:
    """remainder(x1, x2), element by element (Array API standard)."""

def repeat(x: _Array, repeats: _int | _Array, /, *, axis: _int | None = None) -> _Array:
    """Each element of x repeated along `axis` (default: flattened)."""

def reshape(x: _Array, /, shape: _int | _Sequence[_int], *, copy: _bool | None = None) -> _Array:
    """x with another shape, in row-major order; one extent may be -1. A view where that is possible."""

def right_shift(x1: _Any, x2: _Any, /) -> _Array:
    """bitwise_right_shift(x1, x2), element by element (Array API standard)."""

rint = _round

def roll(x: _Array, /, shift: _int | _Sequence[_int], *, axis: _int | _Sequence[_int] | None = None) -> _Array:
    """x with its elements shifted along `axis` (default: flattened), wrapping around."""

def searchsorted(x1: _Array, x2: _Any, /, *, side: _str = "left", sorter: _Array | None = None) -> _Array:
    """The positions (int64) in the sorted 1-dimensional x1 at which x2's elements, or the scalar x2, keep it sorted."""

def sign(x: _Array, /) -> _Array:
    """sign(x), element by element (Array API standard)."""

def signbit(x: _Array, /) -> _Array:
    """signbit(x), element by element (Array API standard)."""

def sin(x: _Array, /) -> _Array:
    """sin(x), element by element (Array API standard)."""

def sinh(x: _Array, /) -> _Array:
    """sinh(x), element by element (Array API standard)."""

def sort(x: _Array, /, *, axis: _int = -1, descending: _bool = False, stable: _bool = True) -> _Array:
    """A sorted copy of x along `axis`.  Raises TypeError for 0 dimensions."""

def sqrt(x: _Array, /) -> _Array:
    """sqrt(x), element by element (Array API standard)."""

def square(x: _Array, /) -> _Array:
    """square(x), element by element (Array API standard)."""

def squeeze(x: _Array, /, axis: _int | _Sequence[_int] | None = None) -> _Array:
    """A view of x without the dimensions `axis` (default: all), which must have extent 1."""

def stack(arrays: _Sequence[_Array], /, *, axis: _int | None = 0) -> _Array:
    """The arrays, all of one shape, joined along a new dimension `axis`."""

def std(
    x: _Array, /, *, axis: _Any = None, correction: _float = 0, keepdims: _bool = False, where: _Any = True
) -> _Any:
    """The standard deviation over `axis`: the square root of `var`."""

def subtract(x1: _Any, x2: _Any, /) -> _Array:
    """subtract(x1, x2), element by element (Array API standard)."""

def sum(
    x: _Array,
    /,
    *,
    axis: _Any = None,
    dtype: _Any = None,
    keepdims: _bool = False,
    where: _Any = True,
    initial: _Any = None,
) -> _Any:
    """The sum over `axis` (an int, several, or None for all)."""

def take_along_axis(x: _Array, indices: _Array, /, *, axis: _int = -1) -> _Array:
    """The elements of x at `indices` along `axis`; both have as many dimensions; a copy."""

def tan(x: _Array, /) -> _Array:
    """tan(x), element by element (Array API standard)."""

def tanh(x: _Array, /) -> _Array:
    """tanh(x), element by element (Array API standard)."""

def tensordot(x1: _Array, x2: _Array, /, *, axes: _Any = 2) -> _Array:
    """The sum of products over `axes` of both (a number: x1's last with x2's first ones)."""

def tril(x: _Array, /, k: _int = 0) -> _Array:
    """A copy of each matrix in x with the elements above the k-th diagonal set to 0."""

def tril_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`tril_indices` of the matrix arr, on its device."""

def triu(x: _Array, /, k: _int = 0) -> _Array:
    """A copy of each matrix in x with the elements below the k-th diagonal set to 0."""

def triu_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`triu_indices` of the matrix arr, on its device."""

def true_divide(x1: _Any, x2: _Any, /) -> _Array:
    """divide(x1, x2), element by element (Array API standard)."""

def trunc(x: _Array, /) -> _Array:
    """trunc(x), element by element (Array API standard)."""

def unstack(x: _Array, /, *, axis: _int = 0) -> _tuple[_Array, ...]:
    """Views of the parts of x along `axis`."""

def var(
    x: _Array, /, *, axis: _Any = None, correction: _float = 0, keepdims: _bool = False, where: _Any = True
) -> _Any:
    """The variance over `axis`: the mean square distance from the mean, divided by n - correction."""

def vecdot(x1: _Array, x2: _Array, /, *, axis: _int = -1) -> _Array:
    """The dot product of vectors along `axis`, the first one conjugated."""

def vsplit(ary: _Array, indices_or_sections: _int | _Sequence[_int]) -> _list[_Array]:
    """`split` along axis 0."""

def zeros(shape: _Shape, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """An array of `shape`, all zeros."""

def zeros_like(x: _Array, /, dtype: _Any = None, *, device: _Place = None) -> _Array:
    """Zeros of x's shape (and dtype and device, unless given)."""
