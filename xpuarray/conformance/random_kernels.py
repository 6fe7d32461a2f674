"""Random kernels on the device, and by the fuzzer's interpreter of their trees (fuzz/).

A few share a kernel, as compiling takes most of the time.  `options` says how many there are; `python -m
xpuarray.conformance --kernels 1000` has more of them.
"""

from __future__ import annotations

import types

from xpuarray.conformance.fuzz import kernels
from xpuarray.conformance.fuzz.kernel_programs import bundle
from xpuarray.conformance.fuzz.kernel_source import lines
from xpuarray.conformance.suite import case
from xpuarray.placement.devices import Device

__all__ = ["options"]

#: kernels: how many; seed: of what they are made
options = types.SimpleNamespace(kernels=40, seed=1)


@case
def programs(device: Device) -> None:
    """What random kernels leave in every output."""
    for first in range(0, options.kernels, kernels.BUNDLE):
        numbers = range(first, min(first + kernels.BUNDLE, options.kernels))
        several = bundle(options.seed, numbers, device.info.fp64, dpex=device.runtime.target == "dpex")
        for k, why in kernels.answer((device, several, options.seed)).items():
            source = "\n".join(lines(several[k], 0))
            raise AssertionError(f"kernel {numbers[k]} of seed {options.seed}: {why}\n{source}")
