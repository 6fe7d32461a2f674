"""`numpy.lib.stride_tricks`: views of an array's memory by other shapes and strides."""

from xpuarray.functions.strided import as_strided, sliding_window_view

__all__ = ["as_strided", "sliding_window_view"]


def __dir__() -> list[str]:
    return __all__
