"""One Jacobi step of the heat equation: each point becomes a mean of itself and its four neighbours."""

from __future__ import annotations

from xpuarray.lang import Range
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["diffuse", "stencil_5_points"]


@kernel(fastmath={"contract"})
def stencil_5_points(
    item,  # Item over the inner points, (rows - 2, columns - 2)
    x,  # in   (rows, columns)
    rate,  # in   how much flows between neighbours, at most 1/4
    out,  # out  (rows, columns); the border stays as it is
):
    i, j = item.get_id(0) + 1, item.get_id(1) + 1
    here = x[i, j]
    flow = (x[i - 1, j] - here) + (x[i + 1, j] - here) + (x[i, j - 1] - here) + (x[i, j + 1] - here)
    out[i, j] = here + rate * flow


def diffuse(x, rate, out):
    """One step from `x` to `out`, whose border must be there already."""
    rows, columns = x.shape
    call_kernel(stencil_5_points, Range(rows - 2, columns - 2), x, x.dtype.type(rate), out)
