"""The kernels of `kernels/` in CUDA C, for CuPy's RawKernel: the same tiles, groups and arithmetic."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from xpuarray.kernels import histogram as _histogram
from xpuarray.kernels import matmul as _matmul
from xpuarray.kernels import nbody as _nbody
from xpuarray.kernels import pairwise as _pairwise

__all__ = ["CUDA", "Source"]


@dataclasses.dataclass(frozen=True)
class Source:
    """A kernel in CUDA C, and how it is launched.

    launch: (kernel, inputs, out, multiprocessors) -> the launches, ready to be made again and again
    """

    name: str
    text: str
    launch: Callable[..., Callable[[], None]]

    def contender(self, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
        """The launch, of a kernel compiled by NVRTC with its defaults."""
        import cupy

        return self.launch(cupy.RawKernel(self.text, self.name), inputs, out, multiprocessors)


def _ceil(n: int, size: int) -> int:
    return -(-n // size)


_MATMUL = f"""
#define TILE {_matmul.TILE}
#define ROWS {_matmul.ROWS}
#define STEP (TILE / ROWS)

extern "C" __global__ void matmul(const float *a, const float *b, float *out, int rows, int inner, int columns) {{
  __shared__ float tile_a[TILE][TILE], tile_b[TILE][TILE];
  int i = threadIdx.y, j = threadIdx.x, top = blockIdx.y * TILE, column = blockIdx.x * TILE + j;
  float totals[ROWS] = {{0}};
  for (int first = 0; first < inner; first += TILE) {{
    for (int k = i; k < TILE; k += STEP) {{
      tile_a[k][j] = top + k < rows && first + j < inner ? a[(size_t)(top + k) * inner + first + j] : 0.0f;
      tile_b[k][j] = first + k < inner && column < columns ? b[(size_t)(first + k) * columns + column] : 0.0f;
    }}
    __syncthreads();
    for (int k = 0; k < TILE; ++k) {{
      float factor = tile_b[k][j];
      for (int r = 0; r < ROWS; ++r) totals[r] += tile_a[i + r * STEP][k] * factor;
    }}
    __syncthreads();
  }}
  for (int r = 0; r < ROWS; ++r) {{
    int row = top + i + r * STEP;
    if (row < rows && column < columns) out[(size_t)row * columns + column] = totals[r];
  }}
}}
"""


def _launch_matmul(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    a, b = inputs
    (rows, inner), columns = a.shape, b.shape[1]
    grid, block = (_ceil(columns, _matmul.TILE), _ceil(rows, _matmul.TILE)), (_matmul.TILE, _matmul.STEP)
    arguments = (a, b, out, np.int32(rows), np.int32(inner), np.int32(columns))
    return lambda: kernel(grid, block, arguments)


_SUM = """
extern "C" __global__ void tree_sum(const float *x, float *out, int n) {
  extern __shared__ float partial[];
  int k = threadIdx.x, items = blockDim.x;
  int share = (n + gridDim.x - 1) / gridDim.x, first = blockIdx.x * share;
  int last = first + share < n ? first + share : n;
  float total = 0.0f;
  for (int i = first + k; i < last; i += items) total += x[i];
  partial[k] = total;
  for (int half = items / 2; half > 0; half /= 2) {
    __syncthreads();
    if (k < half) partial[k] += partial[k + half];
  }
  if (k == 0) out[blockIdx.x] = partial[0];
}
"""


def _launch_sum(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    import cupy

    (x,) = inputs
    groups, items = 8 * multiprocessors, 256
    partial = cupy.empty(groups, np.float32)

    def run() -> None:
        kernel((groups,), (items,), (x, partial, np.int32(x.size)), shared_mem=4 * items)
        kernel((1,), (items,), (partial, out, np.int32(groups)), shared_mem=4 * items)

    return run


_HISTOGRAM = """
extern "C" __global__ void histogram(const int *x, int *counts, int n, int copies, int bins) {
  extern __shared__ int local[];
  int k = threadIdx.x, items = blockDim.x;
  for (int b = k; b < copies * bins; b += items) local[b] = 0;
  __syncthreads();
  int share = (n + gridDim.x - 1) / gridDim.x, first = blockIdx.x * share;
  int last = first + share < n ? first + share : n;
  int *own = local + k % copies * bins;
  for (int i = first + k; i < last; i += items) atomicAdd(own + x[i], 1);
  __syncthreads();
  for (int b = k; b < bins; b += items) {
    int total = 0;
    for (int c = 0; c < copies; ++c) total += local[c * bins + b];
    atomicAdd(counts + b, total);
  }
}
"""


def _launch_histogram(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    (x,) = inputs
    groups, items, copies = 8 * multiprocessors, _histogram.ITEMS, _histogram.COPIES
    arguments = (x, out, np.int32(x.size), np.int32(copies), np.int32(out.size))
    return lambda: kernel((groups,), (items,), arguments, shared_mem=copies * out.nbytes)


_STENCIL = """
extern "C" __global__ void stencil(const float *x, float rate, float *out, int rows, int columns) {
  int i = blockIdx.y * blockDim.y + threadIdx.y + 1, j = blockIdx.x * blockDim.x + threadIdx.x + 1;
  if (i >= rows - 1 || j >= columns - 1) return;
  size_t at = (size_t)i * columns + j;
  float here = x[at];
  float flow = (x[at - columns] - here) + (x[at + columns] - here) + (x[at - 1] - here) + (x[at + 1] - here);
  out[at] = here + rate * flow;
}
"""


def _launch_stencil(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    x, rate = inputs
    rows, columns = x.shape
    grid, block = (_ceil(columns - 2, 64), _ceil(rows - 2, 4)), (64, 4)
    arguments = (x, rate, out, np.int32(rows), np.int32(columns))
    return lambda: kernel(grid, block, arguments)


_BLACK_SCHOLES = """
__device__ float normal_from_zero(float x) { return 0.5f * erff(x * 0.70710678f); }

extern "C" __global__ void black_scholes(const float *price, const float *strike, const float *years, float rate,
                                         float volatility, float *call, float *put, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float s = price[i], k = strike[i], t = years[i];
  float spread = volatility * sqrtf(t);
  float d1 = (logf(s / k) + (rate + 0.5f * volatility * volatility) * t) / spread;
  float n1 = normal_from_zero(d1), n2 = normal_from_zero(d1 - spread);
  float discounted = k * expf(-rate * t);
  call[i] = s * (0.5f + n1) - discounted * (0.5f + n2);
  put[i] = discounted * (0.5f - n2) - s * (0.5f - n1);
}
"""


def _launch_black_scholes(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    n = inputs[0].size
    arguments = (*inputs, out[0], out[1], np.int32(n))
    return lambda: kernel((_ceil(n, 256),), (256,), arguments)


_PAIRWISE = f"""
#define TILE {_pairwise.TILE}
#define ROWS {_pairwise.ROWS}
#define STEP {_pairwise.STEP}

extern "C" __global__ void pairwise(const float *x, const float *c, float *out, int samples, int centers,
                                    int features) {{
  __shared__ float tile_x[ROWS * STEP][TILE], tile_c[TILE][TILE + 1];
  int i = threadIdx.y, j = threadIdx.x, top = blockIdx.y * ROWS * STEP, left = blockIdx.x * TILE;
  float totals[ROWS] = {{0}};
  for (int first = 0; first < features; first += TILE) {{
    bool inside = first + j < features;
    for (int k = i; k < ROWS * STEP; k += STEP)
      tile_x[k][j] = inside && top + k < samples ? x[(size_t)(top + k) * features + first + j] : 0.0f;
    for (int k = i; k < TILE; k += STEP)
      tile_c[j][k] = inside && left + k < centers ? c[(size_t)(left + k) * features + first + j] : 0.0f;
    __syncthreads();
    for (int k = 0; k < TILE; ++k) {{
      float there = tile_c[k][j];
      for (int r = 0; r < ROWS; ++r) {{
        float difference = tile_x[i + r * STEP][k] - there;
        totals[r] += difference * difference;
      }}
    }}
    __syncthreads();
  }}
  for (int r = 0; r < ROWS; ++r) {{
    int sample = top + i + r * STEP;
    if (sample < samples && left + j < centers) out[(size_t)sample * centers + left + j] = totals[r];
  }}
}}
"""


def _launch_pairwise(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    x, c = inputs
    (samples, features), centers = x.shape, c.shape[0]
    grid = (_ceil(centers, _pairwise.TILE), _ceil(samples, _pairwise.ROWS * _pairwise.STEP))
    arguments = (x, c, out, np.int32(samples), np.int32(centers), np.int32(features))
    return lambda: kernel(grid, (_pairwise.TILE, _pairwise.STEP), arguments)


_NBODY = f"""
#define GROUP {_nbody.GROUP}

extern "C" __global__ void nbody(const float *position, const float *mass, float softening, float *out, int n) {{
  __shared__ float4 tile[GROUP];
  int k = threadIdx.x, i = blockIdx.x * GROUP + k, mine = i < n ? i : n - 1;
  float x = position[mine], y = position[n + mine], z = position[2 * n + mine];
  float ax = 0.0f, ay = 0.0f, az = 0.0f;
  for (int first = 0; first < n; first += GROUP) {{
    int other = first + k < n ? first + k : n - 1;
    float weight = first + k < n ? mass[other] : 0.0f;
    tile[k] = make_float4(position[other], position[n + other], position[2 * n + other], weight);
    __syncthreads();
    for (int j = 0; j < GROUP; ++j) {{
      float4 there = tile[j];
      float dx = there.x - x, dy = there.y - y, dz = there.z - z;
      float squared = dx * dx + dy * dy + dz * dz + softening;
      float pull = there.w / (squared * sqrtf(squared));
      ax += dx * pull;
      ay += dy * pull;
      az += dz * pull;
    }}
    __syncthreads();
  }}
  if (i < n) {{
    out[i] = ax;
    out[n + i] = ay;
    out[2 * n + i] = az;
  }}
}}
"""


def _launch_nbody(kernel: Any, inputs: list[Any], out: Any, multiprocessors: int) -> Callable[[], None]:
    position, mass, softening = inputs
    n = mass.size
    arguments = (position, mass, softening, out, np.int32(n))
    return lambda: kernel((_ceil(n, _nbody.GROUP),), (_nbody.GROUP,), arguments)


CUDA = {
    "matmul": Source("matmul", _MATMUL, _launch_matmul),
    "reduce_tree": Source("tree_sum", _SUM, _launch_sum),
    "histogram": Source("histogram", _HISTOGRAM, _launch_histogram),
    "stencil": Source("stencil", _STENCIL, _launch_stencil),
    "black_scholes": Source("black_scholes", _BLACK_SCHOLES, _launch_black_scholes),
    "pairwise": Source("pairwise", _PAIRWISE, _launch_pairwise),
    "nbody": Source("nbody", _NBODY, _launch_nbody),
}
