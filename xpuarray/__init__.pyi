# Written by `python -m xpuarray.commands.stubs`, not by hand.

from builtins import int as _int
from builtins import tuple as _tuple

from numpy import False_ as False_
from numpy import ScalarType as ScalarType
from numpy import True_ as True_
from numpy import base_repr as base_repr
from numpy import binary_repr as binary_repr
from numpy import bool as _bool
from numpy import bool as bool
from numpy import bytes_ as bytes_
from numpy import character as character
from numpy import clongdouble as clongdouble
from numpy import complex64 as _complex64
from numpy import complex64 as complex64
from numpy import complex128 as _complex128
from numpy import complex128 as complex128
from numpy import complexfloating as complexfloating
from numpy import datetime64 as datetime64
from numpy import dtype as dtype
from numpy import e as e
from numpy import euler_gamma as euler_gamma
from numpy import exceptions as exceptions
from numpy import flexible as flexible
from numpy import float16 as _float16
from numpy import float16 as float16
from numpy import float32 as _float32
from numpy import float32 as float32
from numpy import float64 as _float64
from numpy import float64 as float64
from numpy import floating as floating
from numpy import format_float_positional as format_float_positional
from numpy import format_float_scientific as format_float_scientific
from numpy import generic as generic
from numpy import get_printoptions as get_printoptions
from numpy import inexact as inexact
from numpy import inf as inf
from numpy import int8 as _int8
from numpy import int8 as int8
from numpy import int16 as _int16
from numpy import int16 as int16
from numpy import int32 as _int32
from numpy import int32 as int32
from numpy import int64 as _int64
from numpy import int64 as int64
from numpy import integer as integer
from numpy import isdtype as isdtype
from numpy import issubdtype as issubdtype
from numpy import iterable as iterable
from numpy import little_endian as little_endian
from numpy import longdouble as longdouble
from numpy import longlong as longlong
from numpy import min_scalar_type as min_scalar_type
from numpy import mintypecode as mintypecode
from numpy import nan as nan
from numpy import ndindex as ndindex
from numpy import newaxis as newaxis
from numpy import number as number
from numpy import object_ as object_
from numpy import pi as pi
from numpy import printoptions as printoptions
from numpy import promote_types as promote_types
from numpy import sctypeDict as sctypeDict
from numpy import set_printoptions as set_printoptions
from numpy import signedinteger as signedinteger
from numpy import str_ as str_
from numpy import timedelta64 as timedelta64
from numpy import typecodes as typecodes
from numpy import typename as typename
from numpy import uint8 as _uint8
from numpy import uint8 as uint8
from numpy import uint16 as _uint16
from numpy import uint16 as uint16
from numpy import uint32 as _uint32
from numpy import uint32 as uint32
from numpy import uint64 as _uint64
from numpy import uint64 as uint64
from numpy import ulonglong as ulonglong
from numpy import unsignedinteger as unsignedinteger
from numpy import void as void
from numpy.lib._index_tricks_impl import index_exp as index_exp
from numpy.lib._index_tricks_impl import s_ as s_

from xpuarray import dpex as dpex
from xpuarray import fft as fft
from xpuarray import kernel_api as kernel_api
from xpuarray import lib as lib
from xpuarray import linalg as linalg
from xpuarray import random as random
from xpuarray import testing as testing
from xpuarray import typing as typing
from xpuarray.advice.suggest import suggest_device as suggest_device
from xpuarray.backends.memory import MemoryInfo as MemoryInfo
from xpuarray.core.array import Array as Array
from xpuarray.core.array import Array as _Array
from xpuarray.core.array import asnumpy as asnumpy
from xpuarray.core.dispatch import allow_fallback as allow_fallback
from xpuarray.core.modes import eager as eager
from xpuarray.core.modes import prefer as prefer
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
from xpuarray.errors import KernelWarning as KernelWarning
from xpuarray.errors import LoopError as LoopError
from xpuarray.errors import OutOfDeviceMemoryError as OutOfDeviceMemoryError
from xpuarray.errors import PlacementError as PlacementError
from xpuarray.errors import RaceError as RaceError
from xpuarray.errors import UnsupportedDTypeError as UnsupportedDTypeError
from xpuarray.errors import XpuarrayError as XpuarrayError
from xpuarray.functions.applying import apply_along_axis as apply_along_axis
from xpuarray.functions.applying import apply_over_axes as apply_over_axes
from xpuarray.functions.applying import piecewise as piecewise
from xpuarray.functions.assigning import copyto as copyto
from xpuarray.functions.assigning import fill_diagonal as fill_diagonal
from xpuarray.functions.assigning import place as place
from xpuarray.functions.assigning import put as put
from xpuarray.functions.assigning import put_along_axis as put_along_axis
from xpuarray.functions.assigning import putmask as putmask
from xpuarray.functions.bits import packbits as packbits
from xpuarray.functions.bits import unpackbits as unpackbits
from xpuarray.functions.choosing import clip as clip
from xpuarray.functions.choosing import round as _round
from xpuarray.functions.choosing import round as round
from xpuarray.functions.choosing import where as where
from xpuarray.functions.conversion import asarray as asarray
from xpuarray.functions.creation import array as array
from xpuarray.functions.creation import asanyarray as asanyarray
from xpuarray.functions.creation import ascontiguousarray as ascontiguousarray
from xpuarray.functions.creation import asfortranarray as asfortranarray
from xpuarray.functions.creation import copy as copy
from xpuarray.functions.creation import empty as empty
from xpuarray.functions.creation import empty_like as empty_like
from xpuarray.functions.creation import eye as eye
from xpuarray.functions.creation import frombuffer as frombuffer
from xpuarray.functions.creation import fromiter as fromiter
from xpuarray.functions.creation import full as full
from xpuarray.functions.creation import full_like as full_like
from xpuarray.functions.creation import identity as identity
from xpuarray.functions.creation import isfortran as isfortran
from xpuarray.functions.creation import meshgrid as meshgrid
from xpuarray.functions.creation import ndarray as ndarray
from xpuarray.functions.creation import ones as ones
from xpuarray.functions.creation import ones_like as ones_like
from xpuarray.functions.creation import require as require
from xpuarray.functions.creation import tril as tril
from xpuarray.functions.creation import triu as triu
from xpuarray.functions.creation import zeros as zeros
from xpuarray.functions.creation import zeros_like as zeros_like
from xpuarray.functions.cupy_names import ElementwiseKernel as ElementwiseKernel
from xpuarray.functions.cupy_names import RawKernel as RawKernel
from xpuarray.functions.cupy_names import ReductionKernel as ReductionKernel
from xpuarray.functions.cupy_names import get_array_module as get_array_module
from xpuarray.functions.data_types import astype as astype
from xpuarray.functions.data_types import can_cast as can_cast
from xpuarray.functions.data_types import common_type as common_type
from xpuarray.functions.data_types import finfo as finfo
from xpuarray.functions.data_types import iinfo as iinfo
from xpuarray.functions.data_types import result_type as result_type
from xpuarray.functions.diagonals import diag as diag
from xpuarray.functions.diagonals import diag_indices as diag_indices
from xpuarray.functions.diagonals import diag_indices_from as diag_indices_from
from xpuarray.functions.diagonals import diagflat as diagflat
from xpuarray.functions.diagonals import diagonal as diagonal
from xpuarray.functions.diagonals import mask_indices as mask_indices
from xpuarray.functions.diagonals import trace as trace
from xpuarray.functions.diagonals import tri as tri
from xpuarray.functions.diagonals import tril_indices as tril_indices
from xpuarray.functions.diagonals import triu_indices as triu_indices
from xpuarray.functions.editing import compress as compress
from xpuarray.functions.editing import delete as delete
from xpuarray.functions.editing import extract as extract
from xpuarray.functions.editing import insert as insert
from xpuarray.functions.editing import resize as resize
from xpuarray.functions.editing import trim_zeros as trim_zeros
from xpuarray.functions.einsum import einsum as einsum
from xpuarray.functions.einsum import einsum_path as einsum_path
from xpuarray.functions.elementwise import Binary as _Binary
from xpuarray.functions.elementwise import Unary as _Unary
from xpuarray.functions.error_state import errstate as errstate
from xpuarray.functions.error_state import geterr as geterr
from xpuarray.functions.error_state import seterr as seterr
from xpuarray.functions.exchange import from_dlpack as from_dlpack
from xpuarray.functions.exchange import may_share_memory as may_share_memory
from xpuarray.functions.files import fromfile as fromfile
from xpuarray.functions.files import fromstring as fromstring
from xpuarray.functions.files import genfromtxt as genfromtxt
from xpuarray.functions.files import load as load
from xpuarray.functions.files import loadtxt as loadtxt
from xpuarray.functions.files import save as save
from xpuarray.functions.files import savetxt as savetxt
from xpuarray.functions.files import savez as savez
from xpuarray.functions.files import savez_compressed as savez_compressed
from xpuarray.functions.grids import c_ as c_
from xpuarray.functions.grids import mgrid as mgrid
from xpuarray.functions.grids import ogrid as ogrid
from xpuarray.functions.grids import r_ as r_
from xpuarray.functions.histograms import bincount as bincount
from xpuarray.functions.histograms import digitize as digitize
from xpuarray.functions.histograms import histogram as histogram
from xpuarray.functions.histograms import histogram2d as histogram2d
from xpuarray.functions.histograms import histogram_bin_edges as histogram_bin_edges
from xpuarray.functions.histograms import histogramdd as histogramdd
from xpuarray.functions.index_tricks import argwhere as argwhere
from xpuarray.functions.index_tricks import flatnonzero as flatnonzero
from xpuarray.functions.index_tricks import fromfunction as fromfunction
from xpuarray.functions.index_tricks import indices as indices
from xpuarray.functions.index_tricks import ix_ as ix_
from xpuarray.functions.index_tricks import ndenumerate as ndenumerate
from xpuarray.functions.index_tricks import ravel_multi_index as ravel_multi_index
from xpuarray.functions.index_tricks import unravel_index as unravel_index
from xpuarray.functions.indexing import take as take
from xpuarray.functions.indexing import take_along_axis as take_along_axis
from xpuarray.functions.inspection import __array_namespace_info__ as __array_namespace_info__
from xpuarray.functions.inspection import iscomplexobj as iscomplexobj
from xpuarray.functions.inspection import isrealobj as isrealobj
from xpuarray.functions.inspection import isscalar as isscalar
from xpuarray.functions.inspection import ndim as ndim
from xpuarray.functions.inspection import shape as shape
from xpuarray.functions.inspection import size as size
from xpuarray.functions.iteration import nditer as nditer
from xpuarray.functions.joining import append as append
from xpuarray.functions.joining import array_split as array_split
from xpuarray.functions.joining import block as block
from xpuarray.functions.joining import column_stack as column_stack
from xpuarray.functions.joining import concat as _concat
from xpuarray.functions.joining import concat as concat
from xpuarray.functions.joining import dsplit as dsplit
from xpuarray.functions.joining import dstack as dstack
from xpuarray.functions.joining import hsplit as hsplit
from xpuarray.functions.joining import hstack as hstack
from xpuarray.functions.joining import split as split
from xpuarray.functions.joining import stack as stack
from xpuarray.functions.joining import unstack as unstack
from xpuarray.functions.joining import vsplit as vsplit
from xpuarray.functions.joining import vstack as _vstack
from xpuarray.functions.joining import vstack as vstack
from xpuarray.functions.logic import allclose as allclose
from xpuarray.functions.logic import array_equal as array_equal
from xpuarray.functions.logic import array_equiv as array_equiv
from xpuarray.functions.logic import isclose as isclose
from xpuarray.functions.manipulation import atleast_1d as atleast_1d
from xpuarray.functions.manipulation import atleast_2d as atleast_2d
from xpuarray.functions.manipulation import atleast_3d as atleast_3d
from xpuarray.functions.manipulation import broadcast_arrays as broadcast_arrays
from xpuarray.functions.manipulation import broadcast_shapes as broadcast_shapes
from xpuarray.functions.manipulation import broadcast_to as broadcast_to
from xpuarray.functions.manipulation import expand_dims as expand_dims
from xpuarray.functions.manipulation import flip as flip
from xpuarray.functions.manipulation import fliplr as fliplr
from xpuarray.functions.manipulation import flipud as flipud
from xpuarray.functions.manipulation import matrix_transpose as matrix_transpose
from xpuarray.functions.manipulation import moveaxis as moveaxis
from xpuarray.functions.manipulation import permute_dims as permute_dims
from xpuarray.functions.manipulation import ravel as ravel
from xpuarray.functions.manipulation import repeat as repeat
from xpuarray.functions.manipulation import reshape as reshape
from xpuarray.functions.manipulation import roll as roll
from xpuarray.functions.manipulation import rollaxis as rollaxis
from xpuarray.functions.manipulation import rot90 as rot90
from xpuarray.functions.manipulation import squeeze as squeeze
from xpuarray.functions.manipulation import swapaxes as swapaxes
from xpuarray.functions.manipulation import tile as tile
from xpuarray.functions.manipulation import transpose as transpose
from xpuarray.functions.mathematics import angle as angle
from xpuarray.functions.mathematics import divmod as divmod
from xpuarray.functions.mathematics import float_power as float_power
from xpuarray.functions.mathematics import frexp as frexp
from xpuarray.functions.mathematics import iscomplex as iscomplex
from xpuarray.functions.mathematics import isreal as isreal
from xpuarray.functions.mathematics import ldexp as ldexp
from xpuarray.functions.mathematics import modf as modf
from xpuarray.functions.mathematics import real_if_close as real_if_close
from xpuarray.functions.mathematics import spacing as spacing
from xpuarray.functions.mathematics import unwrap as unwrap
from xpuarray.functions.nan_functions import nan_to_num as nan_to_num
from xpuarray.functions.nan_functions import nanargmax as nanargmax
from xpuarray.functions.nan_functions import nanargmin as nanargmin
from xpuarray.functions.nan_functions import nancumprod as nancumprod
from xpuarray.functions.nan_functions import nancumsum as nancumsum
from xpuarray.functions.nan_functions import nanmax as nanmax
from xpuarray.functions.nan_functions import nanmean as nanmean
from xpuarray.functions.nan_functions import nanmin as nanmin
from xpuarray.functions.nan_functions import nanprod as nanprod
from xpuarray.functions.nan_functions import nanstd as nanstd
from xpuarray.functions.nan_functions import nansum as nansum
from xpuarray.functions.nan_functions import nanvar as nanvar
from xpuarray.functions.numerics import asarray_chkfinite as asarray_chkfinite
from xpuarray.functions.numerics import convolve as convolve
from xpuarray.functions.numerics import correlate as correlate
from xpuarray.functions.numerics import diff as diff
from xpuarray.functions.numerics import ediff1d as ediff1d
from xpuarray.functions.numerics import gradient as gradient
from xpuarray.functions.numerics import interp as interp
from xpuarray.functions.numerics import trapezoid as trapezoid
from xpuarray.functions.padding import pad as pad
from xpuarray.functions.parts import imag as imag
from xpuarray.functions.parts import real as real
from xpuarray.functions.poly1d import poly1d as poly1d
from xpuarray.functions.polynomials import poly as poly
from xpuarray.functions.polynomials import polyadd as polyadd
from xpuarray.functions.polynomials import polyder as polyder
from xpuarray.functions.polynomials import polydiv as polydiv
from xpuarray.functions.polynomials import polyfit as polyfit
from xpuarray.functions.polynomials import polyint as polyint
from xpuarray.functions.polynomials import polymul as polymul
from xpuarray.functions.polynomials import polysub as polysub
from xpuarray.functions.polynomials import polyval as polyval
from xpuarray.functions.polynomials import roots as roots
from xpuarray.functions.polynomials import vander as vander
from xpuarray.functions.printing import array2string as array2string
from xpuarray.functions.printing import array_repr as array_repr
from xpuarray.functions.printing import array_str as array_str
from xpuarray.functions.products import cross as cross
from xpuarray.functions.products import dot as dot
from xpuarray.functions.products import inner as inner
from xpuarray.functions.products import kron as kron
from xpuarray.functions.products import matmul as matmul
from xpuarray.functions.products import matvec as matvec
from xpuarray.functions.products import outer as outer
from xpuarray.functions.products import tensordot as tensordot
from xpuarray.functions.products import vdot as vdot
from xpuarray.functions.products import vecdot as vecdot
from xpuarray.functions.products import vecmat as vecmat
from xpuarray.functions.quantiles import median as median
from xpuarray.functions.quantiles import nanmedian as nanmedian
from xpuarray.functions.quantiles import nanpercentile as nanpercentile
from xpuarray.functions.quantiles import nanquantile as nanquantile
from xpuarray.functions.quantiles import percentile as percentile
from xpuarray.functions.quantiles import quantile as quantile
from xpuarray.functions.ranges import arange as arange
from xpuarray.functions.ranges import geomspace as geomspace
from xpuarray.functions.ranges import linspace as linspace
from xpuarray.functions.ranges import logspace as logspace
from xpuarray.functions.reductions import all as all
from xpuarray.functions.reductions import any as any
from xpuarray.functions.reductions import logsumexp as logsumexp
from xpuarray.functions.reductions import max as _max
from xpuarray.functions.reductions import max as max
from xpuarray.functions.reductions import min as _min
from xpuarray.functions.reductions import min as min
from xpuarray.functions.reductions import prod as prod
from xpuarray.functions.reductions import sum as sum
from xpuarray.functions.scans import cumprod as cumprod
from xpuarray.functions.scans import cumsum as cumsum
from xpuarray.functions.scans import cumulative_prod as cumulative_prod
from xpuarray.functions.scans import cumulative_sum as cumulative_sum
from xpuarray.functions.searching import argmax as argmax
from xpuarray.functions.searching import argmin as argmin
from xpuarray.functions.searching import count_nonzero as count_nonzero
from xpuarray.functions.searching import nonzero as nonzero
from xpuarray.functions.searching import searchsorted as searchsorted
from xpuarray.functions.selecting import choose as choose
from xpuarray.functions.selecting import select as select
from xpuarray.functions.sets import intersect1d as intersect1d
from xpuarray.functions.sets import isin as isin
from xpuarray.functions.sets import setdiff1d as setdiff1d
from xpuarray.functions.sets import setxor1d as setxor1d
from xpuarray.functions.sets import union1d as union1d
from xpuarray.functions.sets import unique as unique
from xpuarray.functions.sets import unique_all as unique_all
from xpuarray.functions.sets import unique_counts as unique_counts
from xpuarray.functions.sets import unique_inverse as unique_inverse
from xpuarray.functions.sets import unique_values as unique_values
from xpuarray.functions.sorting import argpartition as argpartition
from xpuarray.functions.sorting import argsort as argsort
from xpuarray.functions.sorting import lexsort as lexsort
from xpuarray.functions.sorting import partition as partition
from xpuarray.functions.sorting import sort as sort
from xpuarray.functions.sorting import sort_complex as sort_complex
from xpuarray.functions.statistics import average as average
from xpuarray.functions.statistics import corrcoef as corrcoef
from xpuarray.functions.statistics import cov as cov
from xpuarray.functions.statistics import mean as mean
from xpuarray.functions.statistics import ptp as ptp
from xpuarray.functions.statistics import std as std
from xpuarray.functions.statistics import var as var
from xpuarray.functions.vectorize import vectorize as vectorize
from xpuarray.functions.windows import bartlett as bartlett
from xpuarray.functions.windows import blackman as blackman
from xpuarray.functions.windows import hamming as hamming
from xpuarray.functions.windows import hanning as hanning
from xpuarray.functions.windows import kaiser as kaiser
from xpuarray.fusion.evaluation import evaluate as evaluate
from xpuarray.fusion.tracing import fuse as fuse
from xpuarray.lang.atomic import AtomicRef as AtomicRef
from xpuarray.lang.atomic import atomic_fence as atomic_fence
from xpuarray.lang.device_functions import DeviceFunction as DeviceFunction
from xpuarray.lang.device_functions import device_func as device_func
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
from xpuarray.loops.jit import jit as jit
from xpuarray.loops.jit import prange as prange
from xpuarray.observe.explain import explain as explain
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
abs: _Unary
absolute: _Unary
acos: _Unary
acosh: _Unary
add: _Binary
amax = _max
amin = _min
arccos: _Unary
arccosh: _Unary
arcsin: _Unary
arcsinh: _Unary
arctan: _Unary
arctan2: _Binary
arctanh: _Unary
around = _round
asin: _Unary
asinh: _Unary
atan: _Unary
atan2: _Binary
atanh: _Unary
bitwise_and: _Binary
bitwise_count: _Unary
bitwise_invert: _Unary
bitwise_left_shift: _Binary
bitwise_not: _Unary
bitwise_or: _Binary
bitwise_right_shift: _Binary
bitwise_xor: _Binary
bool_ = _bool
byte = _int8
cbrt: _Unary
cdouble = _complex128
ceil: _Unary
concatenate = _concat
conj: _Unary
conjugate: _Unary
copysign: _Binary
cos: _Unary
cosh: _Unary
csingle = _complex64
deg2rad: _Unary
degrees: _Unary
divide: _Binary
double = _float64
equal: _Binary
exp: _Unary
exp2: _Unary
expm1: _Unary
fabs: _Unary
fix: _Unary
floor: _Unary
floor_divide: _Binary
fmax: _Binary
fmin: _Binary
fmod: _Binary
gcd: _Binary
greater: _Binary
greater_equal: _Binary
half = _float16
heaviside: _Binary
hypot: _Binary
i0: _Unary
int_ = _int64
intc = _int32
intp = _int64
invert: _Unary
isfinite: _Unary
isinf: _Unary
isnan: _Unary
isneginf: _Unary
isposinf: _Unary
lcm: _Binary
left_shift: _Binary
less: _Binary
less_equal: _Binary
log: _Unary
log10: _Unary
log1p: _Unary
log2: _Unary
logaddexp: _Binary
logaddexp2: _Binary
logical_and: _Binary
logical_not: _Unary
logical_or: _Binary
logical_xor: _Binary
long = _int64
maximum: _Binary
minimum: _Binary
mod: _Binary
multiply: _Binary
negative: _Unary
nextafter: _Binary
not_equal: _Binary
positive: _Unary
pow: _Binary
power: _Binary
rad2deg: _Unary
radians: _Unary
reciprocal: _Unary
remainder: _Binary
right_shift: _Binary
rint: _Unary
row_stack = _vstack
short = _int16
sign: _Unary
signbit: _Unary
sin: _Unary
sinc: _Unary
single = _float32
sinh: _Unary
sqrt: _Unary
square: _Unary
subtract: _Binary
tan: _Unary
tanh: _Unary

def tril_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`tril_indices` of the matrix arr, on its device."""

def triu_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`triu_indices` of the matrix arr, on its device."""

true_divide: _Binary
trunc: _Unary
ubyte = _uint8
uint = _uint64
uintc = _uint32
uintp = _uint64
ulong = _uint64
ushort = _uint16
