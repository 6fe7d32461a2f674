"""Linear interpolation in a table: each work-item takes a few points, and keeps their weights in private memory."""

import json

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi

POINTS = 3  # a work-item


@dpex.kernel
def interpolate(item: kapi.Item, knots, values, x, y):
    first = item.get_id(0) * POINTS
    weights = kapi.PrivateArray(2, dtype=values.dtype, fill_zeros=True)
    for p in range(POINTS):
        at = x[first + p]
        k = 0
        while k < knots.size - 2 and knots[k + 1] <= at:
            k += 1
        weights[1] = (at - knots[k]) / (knots[k + 1] - knots[k])
        weights[0] = 1 - weights[1]
        y[first + p] = weights[0] * values[k] + weights[1] * values[k + 1]


def main():
    knots = dpnp.linspace(0, 4, 9, dtype=dpnp.float64)
    values = dpnp.cos(knots)
    x = dpnp.linspace(0, 4, 30, dtype=dpnp.float64)
    y = dpnp.zeros(30, dtype=dpnp.float64)
    dpex.call_kernel(interpolate, kapi.Range(30 // POINTS), knots, values, x, y)
    return dpnp.asnumpy(y)


print(json.dumps(main().tolist()))
