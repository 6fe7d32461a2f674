"""`numpy.lib`: what it has for arrays."""

from xpuarray.lib import stride_tricks

__all__ = ["stride_tricks"]


def __dir__() -> list[str]:
    return __all__
