"""The kernel library: plain Python functions and kernels that every backend compiles.

It lies at the top of the repository and imports as `xpuarray.kernels`.
"""

if __name__ != "xpuarray.kernels":
    raise ImportError(
        f"this folder is the package xpuarray.kernels, not {__name__}; install the project (pip install -e .) "
        "and write `from xpuarray import kernels`"
    )
