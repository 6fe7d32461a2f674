"""Creation functions of the Array API standard."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.array import Array
from xpuarray.devices import Device, as_device

def asarray(obj: Any, /, *, dtype: Any = None, device: Device | str | None = None, copy: bool | None = None) -> Array:
    where = as_device(device)
    return Array(where.runtime.from_host(np.asarray(obj, dtype=dtype)), where)
