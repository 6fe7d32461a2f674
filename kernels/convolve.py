"""Convolution of two vectors by its definition: one work-item an element, in ascending order of the shorter one."""

from __future__ import annotations

import numpy as np

from xpuarray.launch.kernel import kernel


@kernel
def convolve_full(
    item,  # Item over (n + m - 1,)
    a,  # in   (n,)
    v,  # in   (m,)  m <= n
    out,  # out  (n + m - 1,)
):
    i = item.get_id(0)
    one = np.uint64(1)
    n, m = np.uint64(a.shape[0]), np.uint64(v.shape[0])
    k = i + one - n if i >= n else np.uint64(0)
    end = i + one if i < m else m
    total = a[i - k] * v[k]
    k += one
    while k < end:
        total += a[i - k] * v[k]
        k += one
    out[i] = total
