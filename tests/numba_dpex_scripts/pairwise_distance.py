"""Distances between all pairs of two sets of points, over a two-dimensional range."""

import json
import math

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi


@dpex.kernel
def pairwise_distance(item: kapi.Item, points, others, distance):
    i, j = item.get_id(0), item.get_id(1)
    squared = 0.0
    for k in range(points.shape[1]):
        difference = points[i, k] - others[j, k]
        squared += difference * difference
    distance[i, j] = math.sqrt(squared)


def main():
    points = dpnp.reshape(dpnp.linspace(0, 3, 18), (6, 3))
    others = dpnp.reshape(dpnp.linspace(2, -1, 15), (5, 3))
    distance = dpnp.zeros((6, 5))
    dpex.call_kernel(pairwise_distance, kapi.Range(6, 5), points, others, distance)
    return dpnp.asnumpy(distance)


print(json.dumps(main().tolist()))
