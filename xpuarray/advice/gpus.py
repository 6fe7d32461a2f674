"""GPUs by name: what their makers say that they can at most.

Peaks are of dense data (without sparsity).  Where a maker gives no figure it is made of his others: arithmetic units
times boost clock times two; GeForce's matrix units sum up in float32 at half their rate.  0 stands for what the
hardware lacks, None for what is not said.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["SHEETS", "Sheet", "sheet_of"]


class Sheet(NamedTuple):
    """One GPU's data sheet.  Rates in 10**12 operations a second, bandwidth in 10**9 bytes a second."""

    name: str
    memory: int  #: 10**9 bytes
    bandwidth: float
    fp64: float
    fp32: float
    fp16: float  #: of its ordinary arithmetic units
    matrix: float | None  #: float16 by its matrix units, sums in float32
    power: int  #: watts
    page: str  #: the maker's
    pattern: str = ""  #: what the driver calls it, a regular expression; by default the words of the name


_NV, _AMD, _INTEL = "https://www.nvidia.com/en-us/", "https://www.amd.com/en/products/", "https://ark.intel.com/"
_TURING = _NV + "geforce/20-series/"
_AMPERE = _NV + "geforce/graphics-cards/30-series/"
_A100 = _NV + "data-center/a100/"
_MI300X = _AMD + "accelerators/instinct/mi300/mi300x.html"
_MAX = _INTEL + "content/www/us/en/ark/products/232873/intel-data-center-gpu-max-1550.html"
_ARC = _INTEL + "content/www/us/en/ark/products/229151/intel-arc-a770-graphics-16gb.html"
_RX6000 = _AMD + "graphics/desktops/radeon/6000-series.html"

SHEETS = [
    #                          memory  bandw.   fp64   fp32   fp16   matrix  power
    Sheet("GeForce RTX 2060", 6, 336, 0.20, 6.45, 12.9, 25.8, 160, _TURING),
    Sheet("GeForce RTX 2070", 8, 448, 0.23, 7.46, 14.9, 29.9, 175, _TURING),
    Sheet("GeForce RTX 2080", 8, 448, 0.31, 10.1, 20.1, 40.3, 215, _TURING),
    Sheet("GeForce RTX 2080 Ti", 11, 616, 0.42, 13.4, 26.9, 53.8, 250, _TURING),
    Sheet("GeForce RTX 3060", 12, 360, 0.20, 12.7, 12.7, 25.4, 170, _AMPERE),
    Sheet("GeForce RTX 3070", 8, 448, 0.32, 20.3, 20.3, 40.6, 220, _AMPERE),
    Sheet("GeForce RTX 3080", 10, 760, 0.47, 29.8, 29.8, 59.5, 320, _AMPERE),
    Sheet("GeForce RTX 3090", 24, 936, 0.56, 35.6, 35.6, 71.2, 350, _AMPERE),
    Sheet("TITAN V", 12, 653, 6.9, 13.8, 27.6, 110, 250, _NV + "titan/titan-v/"),
    Sheet("Tesla V100 PCIe", 16, 900, 7.0, 14.0, 28.0, 112, 250, _NV + "data-center/v100/", r"V100-PCIE"),
    Sheet("Tesla V100 SXM2", 16, 900, 7.8, 15.7, 31.4, 125, 300, _NV + "data-center/v100/", r"V100-SXM2"),
    Sheet("A100 PCIe 40 GB", 40, 1555, 9.7, 19.5, 78.0, 312, 250, _A100, r"A100-PCIE-40GB"),
    Sheet("A100 PCIe 80 GB", 80, 1935, 9.7, 19.5, 78.0, 312, 300, _A100, r"A100.80GB.PCIe"),
    Sheet("A100 SXM4 40 GB", 40, 1555, 9.7, 19.5, 78.0, 312, 400, _A100, r"A100-SXM4-40GB"),
    Sheet("A100 SXM4 80 GB", 80, 2039, 9.7, 19.5, 78.0, 312, 400, _A100, r"A100-SXM4-80GB"),
    Sheet("H100 PCIe", 80, 2000, 26, 51, 102, 756, 350, _NV + "data-center/h100/", r"H100 PCIe"),
    Sheet("H100 SXM", 80, 3350, 34, 67, 134, 989, 700, _NV + "data-center/h100/", r"H100(?! PCIe| NVL)"),
    Sheet("H200 SXM", 141, 4800, 34, 67, 134, 989, 700, _NV + "data-center/h200/", r"H200(?! NVL)"),
    Sheet("Radeon RX 6800", 16, 512, 1.01, 16.2, 32.3, None, 250, _RX6000),
    Sheet("Radeon RX 6800 XT", 16, 512, 1.30, 20.7, 41.5, None, 300, _RX6000),
    Sheet("Radeon RX 6900 XT", 16, 512, 1.44, 23.0, 46.1, None, 300, _RX6000),
    Sheet("Radeon RX Vega 64", 8, 484, 0.79, 12.7, 25.3, None, 295, _AMD + "graphics/radeon-rx-vega-64.html"),
    Sheet("Radeon VII", 16, 1024, 3.46, 13.8, 27.7, None, 300, _AMD + "graphics/amd-radeon-vii.html"),
    Sheet("Instinct MI300X", 192, 5300, 81.7, 163.4, 163.4, 1307, 750, _MI300X),
    Sheet("Data Center GPU Max 1550", 128, 3277, 52, 52, 105, None, 600, _MAX, r"Max 1550"),
    Sheet("Arc A770", 16, 560, 0, 19.7, 39.3, None, 225, _ARC, r"Arc.*A770(?!M)"),
]  # fmt: skip


def sheet_of(name: str) -> Sheet | None:
    """The data sheet of a GPU by the name that its driver gives; the longest name that fits.

    >>> sheet_of("NVIDIA GeForce RTX 2080 Ti").bandwidth, sheet_of("AMD EPYC")
    (616, None)
    """
    fits = [s for s in SHEETS if re.search(s.pattern or rf"\b{re.escape(s.name)}\b", name, re.IGNORECASE)]
    return max(fits, key=lambda s: len(s.name), default=None)
