"""Linear algebra: the `linalg` extension of the Array API standard, and what numpy.linalg has beside it.

Matrices are the last two dimensions; those before them are a stack.
"""

from numpy.linalg import LinAlgError

from xpuarray.functions.factorisations import (
    cholesky,
    det,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    qr,
    slogdet,
    solve,
    svd,
    svdvals,
)
from xpuarray.functions.manipulation import matrix_transpose
from xpuarray.functions.matrices import cross, diagonal, matrix_power, multi_dot, outer, tensorinv, tensorsolve, trace
from xpuarray.functions.norms import cond, matrix_norm, norm, vector_norm
from xpuarray.functions.products import matmul, tensordot, vecdot

__all__ = [
    "LinAlgError", "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
    "lstsq", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer",
    "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot",
    "vector_norm",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
