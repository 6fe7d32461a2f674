"""Sum of two vectors, an element a work-item."""

import json

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi


@dpex.kernel
def vector_sum(item: kapi.Item, a, b, c):
    i = item.get_id(0)
    c[i] = a[i] + b[i]


def main():
    a = dpnp.arange(40, dtype=dpnp.float32)
    b = dpnp.full(40, 0.25, dtype=dpnp.float32)
    c = dpnp.zeros(40, dtype=dpnp.float32)
    dpex.call_kernel(vector_sum, kapi.Range(40), a, b, c)
    return dpnp.asnumpy(c)


print(json.dumps(main().tolist()))
