"""Device filters: SYCL_DEVICE_FILTER and ONEAPI_DEVICE_SELECTOR, parsed and applied by xpuarray.

Placeholder grammar, replaced below by the full one.
"""
from __future__ import annotations
import os, dataclasses, functools
from xpuarray.backends.contract import DeviceInfo
from xpuarray.errors import DeviceFilterError

@dataclasses.dataclass(frozen=True)
class Filter:
    text: str
    @classmethod
    def parse(cls, text, source="SYCL_DEVICE_FILTER"):
        return cls(text)
    def admits(self, info):
        for part in self.text.lower().split(","):
            bits = part.strip().split(":")
            vals = [info.backend, info.type, str(info.number)]
            if all(b in ("*", v) for b, v in zip(bits, vals)): return True
        return False
    def admits_nothing(self, infos, missing):
        return f"{self.text!r} admits none of {infos}"

def active_filter():
    return Filter(os.environ.get("SYCL_DEVICE_FILTER", "*") or "*")
