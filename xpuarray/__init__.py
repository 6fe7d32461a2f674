"""xpuarray: one array library and one kernel language for every processor in a machine.

Arrays live on a device and every call on them runs there.  Kernels are Python functions, compiled
for that device.  SYCL_DEVICE_FILTER (or `with xp.device(...)`) chooses where new arrays go.

Importing this loads NumPy alone; Numba, dpctl, dpnp, CuPy and scikit-learn load when first needed.
"""

from xpuarray import dpex, fft, kernel_api, linalg, random
from xpuarray.array import Array, asnumpy
from xpuarray.budgets import *
from xpuarray.creation import *
from xpuarray.data_types import *
from xpuarray.devices import Device, default_device, device, devices, select_device, synchronize
from xpuarray.dispatch import allow_fallback, explain, prefer
from xpuarray.elementwise import *
from xpuarray.errors import *
from xpuarray.exchange import *
from xpuarray.fusion import eager, evaluate, fuse
from xpuarray.indexing import *
from xpuarray.inspection import __array_namespace_info__
from xpuarray.lang import *
from xpuarray.linear_algebra import *
from xpuarray.manipulation import *
from xpuarray.memory import *
from xpuarray.numpy_creation import *
from xpuarray.numpy_editing import *
from xpuarray.numpy_einsum import *
from xpuarray.numpy_elementary import *
from xpuarray.numpy_files import load, save, savez, savez_compressed
from xpuarray.numpy_indices import *
from xpuarray.numpy_making import *
from xpuarray.numpy_mathematics import *
from xpuarray.numpy_nan import *
from xpuarray.numpy_padding import *
from xpuarray.numpy_quantiles import *
from xpuarray.numpy_shapes import *
from xpuarray.numpy_sorting import *
from xpuarray.numpy_statistics import *
from xpuarray.profiling import *
from xpuarray.searching import *
from xpuarray.sets import *
from xpuarray.sorting import *
from xpuarray.statistical import *
from xpuarray.utility import *
from xpuarray.vectorize import vectorize

from xpuarray.numpy_signatures import *  # isort: skip  (it stands for functions imported above)

__version__ = "0.1.0"
__array_api_version__ = "2025.12"
