"""xpuarray: one array library and one kernel language for every processor in a machine.

Arrays live on a device and every call on them runs there.  Kernels are Python functions, compiled
for that device.  SYCL_DEVICE_FILTER (or `with xp.device(...)`) chooses where new arrays go.

Importing this loads NumPy alone; Numba, dpctl, dpnp, CuPy and scikit-learn load when first needed.
"""

from typing import Any as _Any

from numpy import exceptions

from xpuarray import dpex, fft, kernel_api, lib, linalg, random, testing, typing
from xpuarray.advice.suggest import suggest_device
from xpuarray.core.array import Array, asnumpy
from xpuarray.core.dispatch import allow_fallback
from xpuarray.core.modes import eager, prefer
from xpuarray.errors import *
from xpuarray.functions.applying import *
from xpuarray.functions.assigning import *
from xpuarray.functions.bits import *
from xpuarray.functions.choosing import *
from xpuarray.functions.conversion import asarray
from xpuarray.functions.creation import *
from xpuarray.functions.cupy_names import *
from xpuarray.functions.data_types import *
from xpuarray.functions.diagonals import *
from xpuarray.functions.editing import *
from xpuarray.functions.einsum import *
from xpuarray.functions.elementwise import *
from xpuarray.functions.error_state import *
from xpuarray.functions.exchange import *
from xpuarray.functions.files import *
from xpuarray.functions.grids import *
from xpuarray.functions.hints import missing as _missing
from xpuarray.functions.histograms import *
from xpuarray.functions.index_tricks import *
from xpuarray.functions.indexing import *
from xpuarray.functions.inspection import *
from xpuarray.functions.iteration import *
from xpuarray.functions.joining import *
from xpuarray.functions.logic import *
from xpuarray.functions.manipulation import *
from xpuarray.functions.mathematics import *
from xpuarray.functions.methods import attach as _attach
from xpuarray.functions.nan_functions import *
from xpuarray.functions.numerics import *
from xpuarray.functions.padding import *
from xpuarray.functions.parts import *
from xpuarray.functions.poly1d import *
from xpuarray.functions.polynomials import *
from xpuarray.functions.printing import (
    array2string,
    array_repr,
    array_str,
    base_repr,
    binary_repr,
    format_float_positional,
    format_float_scientific,
    get_printoptions,
    printoptions,
    set_printoptions,
)
from xpuarray.functions.products import *
from xpuarray.functions.quantiles import *
from xpuarray.functions.ranges import *
from xpuarray.functions.reductions import *
from xpuarray.functions.scalar_types import *
from xpuarray.functions.scans import *
from xpuarray.functions.searching import *
from xpuarray.functions.selecting import *
from xpuarray.functions.sets import *
from xpuarray.functions.sorting import *
from xpuarray.functions.statistics import *
from xpuarray.functions.ufuncs import attach as _attach_methods_of_ufuncs
from xpuarray.functions.vectorize import vectorize
from xpuarray.functions.windows import *
from xpuarray.fusion import evaluate, fuse
from xpuarray.kernel_api import *
from xpuarray.loops.jit import jit, prange
from xpuarray.observe.explain import explain
from xpuarray.observe.profile import *
from xpuarray.observe.strict import *
from xpuarray.placement.devices import Device, default_device, device, devices, select_device, synchronize
from xpuarray.placement.memory import *
from xpuarray.tracebacks import install as _shorten_tracebacks
from xpuarray.variables import check as _check_variables

_attach()
_attach_methods_of_ufuncs()
_shorten_tracebacks()
_check_variables()

__version__ = "0.1.0"
__array_api_version__ = "2025.12"

#: All that has been gathered above; of the modules, those that are meant for use.
__all__ = sorted(
    name
    for name, value in globals().items()
    if not name.startswith("_")
    and (
        not isinstance(value, type(linalg))
        or value in (dpex, exceptions, fft, kernel_api, lib, linalg, random, testing, typing)
    )
)


def __getattr__(name: str) -> _Any:
    if name == "load_ipython_extension":  # `%load_ext xpuarray` asks for it, nobody else
        from xpuarray.observe.magics import load_ipython_extension

        return load_ipython_extension
    raise _missing("", name)


def __dir__() -> list[str]:
    return [*__all__, "__array_api_version__", "__array_namespace_info__", "__version__"]
