"""What the trees of a forest say of each sample."""

from __future__ import annotations

import numpy as np

from xpuarray.launch.kernel import kernel

__all__ = ["forest_sum"]


@kernel
def forest_sum(
    item,  # Item over (samples,)
    x,  # in   (samples, features)
    roots,  # in   (trees,)  int32: the first node of each
    features,  # in   (nodes,)  int32: what a node looks at, -1 for a leaf
    thresholds,  # in   (nodes,)
    children,  # in   (nodes, 2)  int32: where a sample goes from there, at most the threshold, and above
    values,  # in   (nodes, outputs)
    out,  # inout  (samples, outputs): added to
):
    i = item.get_id(0)
    for t in range(roots.shape[0]):
        node = np.uint64(roots[t])
        while features[node] >= 0:
            above = x[i, np.uint64(features[node])] > thresholds[node]
            node = np.uint64(children[node, 1]) if above else np.uint64(children[node, 0])
        for c in range(values.shape[1]):
            out[i, c] += values[node, c]
