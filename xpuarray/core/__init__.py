"""What an array is, and where and by which route a call on it runs."""

from xpuarray.core import compiled

compiled.choose()
