# Written by `python -m xpuarray.commands.stubs`, not by hand.

from builtins import bool as _bool
from builtins import int as _int
from builtins import str as _str
from builtins import tuple as _tuple
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
from numpy.lib._index_tricks_impl import index_exp as index_exp
from numpy.lib._index_tricks_impl import s_ as s_

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
from xpuarray.errors import OutOfDeviceMemoryError as OutOfDeviceMemoryError
from xpuarray.errors import PlacementError as PlacementError
from xpuarray.errors import UnsupportedDTypeError as UnsupportedDTypeError
from xpuarray.errors import XpuarrayError as XpuarrayError
from xpuarray.functions.choosing import clip as clip
from xpuarray.functions.choosing import round as _round
from xpuarray.functions.choosing import round as round
from xpuarray.functions.choosing import where as where
from xpuarray.functions.conversion import asarray as asarray
from xpuarray.functions.creation import array as array
from xpuarray.functions.creation import asanyarray as asanyarray
from xpuarray.functions.creation import ascontiguousarray as ascontiguousarray
from xpuarray.functions.creation import copy as copy
from xpuarray.functions.creation import empty as empty
from xpuarray.functions.creation import empty_like as empty_like
from xpuarray.functions.creation import eye as eye
from xpuarray.functions.creation import frombuffer as frombuffer
from xpuarray.functions.creation import fromiter as fromiter
from xpuarray.functions.creation import full as full
from xpuarray.functions.creation import full_like as full_like
from xpuarray.functions.creation import identity as identity
from xpuarray.functions.creation import meshgrid as meshgrid
from xpuarray.functions.creation import ndarray as ndarray
from xpuarray.functions.creation import ones as ones
from xpuarray.functions.creation import ones_like as ones_like
from xpuarray.functions.creation import tril as tril
from xpuarray.functions.creation import triu as triu
from xpuarray.functions.creation import zeros as zeros
from xpuarray.functions.creation import zeros_like as zeros_like
from xpuarray.functions.data_types import astype as astype
from xpuarray.functions.data_types import can_cast as can_cast
from xpuarray.functions.data_types import finfo as finfo
from xpuarray.functions.data_types import iinfo as iinfo
from xpuarray.functions.data_types import result_type as result_type
from xpuarray.functions.editing import apply_along_axis as apply_along_axis
from xpuarray.functions.editing import choose as choose
from xpuarray.functions.editing import compress as compress
from xpuarray.functions.editing import copyto as copyto
from xpuarray.functions.editing import delete as delete
from xpuarray.functions.editing import diag_indices_from as diag_indices_from
from xpuarray.functions.editing import diagflat as diagflat
from xpuarray.functions.editing import extract as extract
from xpuarray.functions.editing import fill_diagonal as fill_diagonal
from xpuarray.functions.editing import insert as insert
from xpuarray.functions.editing import ix_ as ix_
from xpuarray.functions.editing import mask_indices as mask_indices
from xpuarray.functions.editing import piecewise as piecewise
from xpuarray.functions.editing import place as place
from xpuarray.functions.editing import put as put
from xpuarray.functions.editing import put_along_axis as put_along_axis
from xpuarray.functions.editing import putmask as putmask
from xpuarray.functions.editing import resize as resize
from xpuarray.functions.editing import select as select
from xpuarray.functions.editing import trim_zeros as trim_zeros
from xpuarray.functions.einsum import einsum as einsum
from xpuarray.functions.exchange import from_dlpack as from_dlpack
from xpuarray.functions.exchange import may_share_memory as may_share_memory
from xpuarray.functions.files import load as load
from xpuarray.functions.files import save as save
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
from xpuarray.functions.index_tricks import diag as diag
from xpuarray.functions.index_tricks import diag_indices as diag_indices
from xpuarray.functions.index_tricks import diagonal as diagonal
from xpuarray.functions.index_tricks import flatnonzero as flatnonzero
from xpuarray.functions.index_tricks import fromfunction as fromfunction
from xpuarray.functions.index_tricks import indices as indices
from xpuarray.functions.index_tricks import ravel_multi_index as ravel_multi_index
from xpuarray.functions.index_tricks import trace as trace
from xpuarray.functions.index_tricks import tri as tri
from xpuarray.functions.index_tricks import tril_indices as tril_indices
from xpuarray.functions.index_tricks import triu_indices as triu_indices
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
from xpuarray.functions.polynomials import polyfit as polyfit
from xpuarray.functions.polynomials import polyval as polyval
from xpuarray.functions.polynomials import vander as vander
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

def abs(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """abs(x), element by element."""

def absolute(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """abs(x), element by element."""

def acos(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """acos(x), element by element."""

def acosh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """acosh(x), element by element."""

def add(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """add(x1, x2), element by element."""

amax = _max
amin = _min

def arccos(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """acos(x), element by element."""

def arccosh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """acosh(x), element by element."""

def arcsin(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """asin(x), element by element."""

def arcsinh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """asinh(x), element by element."""

def arctan(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atan(x), element by element."""

def arctan2(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atan2(x1, x2), element by element."""

def arctanh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atanh(x), element by element."""

around = _round

def asin(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """asin(x), element by element."""

def asinh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """asinh(x), element by element."""

def atan(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atan(x), element by element."""

def atan2(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atan2(x1, x2), element by element."""

def atanh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """atanh(x), element by element."""

def bitwise_and(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_and(x1, x2), element by element."""

def bitwise_count(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_count(x), element by element."""

def bitwise_invert(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_invert(x), element by element."""

def bitwise_left_shift(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_left_shift(x1, x2), element by element."""

def bitwise_not(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_invert(x), element by element."""

def bitwise_or(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_or(x1, x2), element by element."""

def bitwise_right_shift(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_right_shift(x1, x2), element by element."""

def bitwise_xor(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_xor(x1, x2), element by element."""

def cbrt(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """cbrt(x), element by element."""

def ceil(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """ceil(x), element by element."""

concatenate = _concat

def conj(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """conj(x), element by element."""

def conjugate(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """conj(x), element by element."""

def copysign(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """copysign(x1, x2), element by element."""

def cos(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """cos(x), element by element."""

def cosh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """cosh(x), element by element."""

def deg2rad(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """deg2rad(x), element by element."""

def degrees(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """rad2deg(x), element by element."""

def divide(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """divide(x1, x2), element by element."""

def equal(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """equal(x1, x2), element by element."""

def exp(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """exp(x), element by element."""

def exp2(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """exp2(x), element by element."""

def expm1(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """expm1(x), element by element."""

def fabs(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """fabs(x), element by element."""

def fix(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """trunc(x), element by element."""

def floor(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """floor(x), element by element."""

def floor_divide(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """floor_divide(x1, x2), element by element."""

def fmax(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """fmax(x1, x2), element by element."""

def fmin(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """fmin(x1, x2), element by element."""

def fmod(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """fmod(x1, x2), element by element."""

def gcd(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """gcd(x1, x2), element by element."""

def greater(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """greater(x1, x2), element by element."""

def greater_equal(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """greater_equal(x1, x2), element by element."""

def heaviside(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """heaviside(x1, x2), element by element."""

def hypot(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """hypot(x1, x2), element by element."""

def i0(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """i0(x), element by element."""

def invert(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_invert(x), element by element."""

def isfinite(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """isfinite(x), element by element."""

def isinf(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """isinf(x), element by element."""

def isnan(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """isnan(x), element by element."""

def isneginf(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """isneginf(x), element by element."""

def isposinf(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """isposinf(x), element by element."""

def lcm(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """lcm(x1, x2), element by element."""

def left_shift(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_left_shift(x1, x2), element by element."""

def less(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """less(x1, x2), element by element."""

def less_equal(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """less_equal(x1, x2), element by element."""

def log(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """log(x), element by element."""

def log10(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """log10(x), element by element."""

def log1p(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """log1p(x), element by element."""

def log2(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """log2(x), element by element."""

def logaddexp(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logaddexp(x1, x2), element by element."""

def logaddexp2(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logaddexp2(x1, x2), element by element."""

def logical_and(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logical_and(x1, x2), element by element."""

def logical_not(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logical_not(x), element by element."""

def logical_or(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logical_or(x1, x2), element by element."""

def logical_xor(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """logical_xor(x1, x2), element by element."""

def maximum(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """maximum(x1, x2), element by element."""

def minimum(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """minimum(x1, x2), element by element."""

def mod(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """remainder(x1, x2), element by element."""

def multiply(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """multiply(x1, x2), element by element."""

def negative(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """negative(x), element by element."""

def nextafter(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """nextafter(x1, x2), element by element."""

def not_equal(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """not_equal(x1, x2), element by element."""

def positive(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """positive(x), element by element."""

def pow(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """pow(x1, x2), element by element."""

def power(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """pow(x1, x2), element by element."""

def rad2deg(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """rad2deg(x), element by element."""

def radians(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """deg2rad(x), element by element."""

def reciprocal(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """reciprocal(x), element by element."""

def remainder(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """remainder(x1, x2), element by element."""

def right_shift(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """bitwise_right_shift(x1, x2), element by element."""

def rint(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """round(x), element by element."""

def sign(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """sign(x), element by element."""

def signbit(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """signbit(x), element by element."""

def sin(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """sin(x), element by element."""

def sinc(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """sinc(x), element by element."""

def sinh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """sinh(x), element by element."""

def sqrt(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """sqrt(x), element by element."""

def square(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """square(x), element by element."""

def subtract(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """subtract(x1, x2), element by element."""

def tan(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """tan(x), element by element."""

def tanh(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """tanh(x), element by element."""

def tril_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`tril_indices` of the matrix arr, on its device."""

def triu_indices_from(arr: _Array, k: _int = 0) -> _tuple[_Array, ...]:
    """`triu_indices` of the matrix arr, on its device."""

def true_divide(
    x1: _Any,
    x2: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """divide(x1, x2), element by element."""

def trunc(
    x: _Any,
    /,
    out: _Array | None = None,
    *,
    where: _Any = True,
    casting: _str = "same_kind",
    order: _str = "K",
    dtype: _Any = None,
    subok: _bool = True,
) -> _Array:
    """trunc(x), element by element."""
