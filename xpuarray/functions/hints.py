"""Names that users of NumPy, CuPy and PyTorch guess, and what to write here; the error of a missing name says it.

Each cure is an expression that runs, with `x` and `y` for matrices and `n` for a size (tests/test_hints.py).
"""

from __future__ import annotations

from typing import Any

__all__ = ["CURES", "Missing", "missing"]

#: owner ("" is the module itself) -> name -> what to write
CURES: dict[str, dict[str, str]] = {
    "Array": {
        **dict.fromkeys(("get", "numpy", "cpu", "to_numpy", "asnumpy", "values", "copy_to_host"), "xp.asnumpy(x)"),
        "to": 'x.to_device("host")',
        **dict.fromkeys(("cuda", "gpu", "xpu"), "x.to_device(xp.devices()[0])"),
        **dict.fromkeys(("detach", "clone"), "x.copy()"),
        **dict.fromkeys(("float", "float_", "half", "type"), "x.astype(xp.float32)"),
        **dict.fromkeys(("int", "long"), "x.astype(xp.int64)"),
        "double": "x.astype(x.dtype)",
        **dict.fromkeys(("numel", "nelement"), "x.size"),
        "dim": "x.ndim",
        "element_size": "x.itemsize",
        "permute": "xp.permute_dims(x, (1, 0))",
        "unsqueeze": "xp.expand_dims(x, 0)",
        "expand": "xp.broadcast_to(x, x.shape)",
        "contiguous": "xp.ascontiguousarray(x)",
        "toDlpack": "x.__dlpack__()",
        "pow": "x ** 2",
        "matmul": "x @ y",
        "abs": "xp.abs(x)",
        "sqrt": "xp.sqrt(x)",
        "exp": "xp.exp(x)",
        "log": "xp.log(x)",
        "sin": "xp.sin(x)",
        "cos": "xp.cos(x)",
        "tanh": "xp.tanh(x)",
        "ptp": "xp.ptp(x)",
        "median": "xp.median(x)",
        "add_": "x.__iadd__(y)",
        "sub_": "x.__isub__(y)",
        "mul_": "x.__imul__(y)",
        **dict.fromkeys(("zero_", "fill_"), "x.fill(0)"),
        "is_cuda": "x.device.backend",
        "set": "xp.copyto(x, y)",
        "tostring": "x.tobytes()",
        "base": "xp.may_share_memory(x, y)",
        "ctypes": "xp.asnumpy(x).ctypes",
        "byteswap": "xp.asarray(xp.asnumpy(x).byteswap())",
        **dict.fromkeys(("getfield", "setfield"), "x.view(xp.uint8)"),
        "resize": "xp.resize(x, (3, 3))",
        "itemset": "x.__setitem__((0, 1), 2)",
        "newbyteorder": "x.copy()",
        "is_integer": "x == xp.trunc(x)",
        **dict.fromkeys(("as_integer_ratio", "hex"), "float(x[0, 0]).hex()"),
        "bit_count": "xp.bitwise_count(x.astype(xp.uint8))",
        "bit_length": "int(x[0, 0]).bit_length()",
    },
    "": {
        "rand": "xp.random.rand(n)",
        "randn": "xp.random.randn(n)",
        "manual_seed": "xp.random.seed(0)",
        **dict.fromkeys(("tensor", "from_numpy"), "xp.asarray([1, 2])"),
        "Tensor": "xp.Array",
        "cat": "xp.concat([x, y])",
        "unsqueeze": "xp.expand_dims(x, 0)",
        "clamp": "xp.clip(x, 0, 1)",
        **dict.fromkeys(("mm", "bmm"), "x @ y"),
        "in1d": "xp.isin(x, y)",
        "trapz": "xp.trapezoid(x)",
        "product": "xp.prod(x)",
        "cumproduct": "xp.cumprod(x)",
        "alltrue": "xp.all(x)",
        "sometrue": "xp.any(x)",
        "msort": "xp.sort(x, axis=0)",
        "NaN": "xp.nan",
        **dict.fromkeys(("Inf", "infty"), "xp.inf"),
        **dict.fromkeys(("float", "float_"), "xp.float64"),
        "int": "xp.int64",
        "complex_": "xp.complex128",
        **dict.fromkeys(("matrix", "asmatrix", "bmat", "mat"), "xp.asarray([[1, 2]])"),
        "shares_memory": "xp.may_share_memory(x, y)",
        "ufunc": "xp.add.nin",
        "memmap": "xp.asarray([1, 2])",
        "ma": "xp.where(x > 0, x, xp.nan)",
        **dict.fromkeys(("cuda", "is_available"), "xp.devices()"),
        "device_count": "len(xp.devices())",
        "current_device": "xp.default_device()",
        "set_device": 'xp.device("host")',
        "empty_cache": "xp.release_memory()",
        "get_default_memory_pool": "xp.memory_info()",
        "frompyfunc": "xp.vectorize(lambda a: a + 1)",
        **dict.fromkeys(("RawModule", "njit"), "xp.kernel(lambda item, a: None)"),
        "sigmoid": "1 / (1 + xp.exp(-x))",
        "relu": "xp.maximum(x, 0)",
        "softmax": "xp.exp(x - xp.logsumexp(x))",
        "erf": "xp.vectorize(lambda a: math.erf(a))(x)",
        "barrier": "xp.group_barrier",
    },
    "random": {
        "manual_seed": "xp.random.seed(0)",
    },
}


def missing(owner: str, name: str, obj: Any = None) -> AttributeError:
    """The error for a name that an Array ("Array"), the module ("") or a part of it does not have."""
    cure = CURES.get(owner, {}).get(name)
    whose = "'Array' object" if owner == "Array" else f"module 'xpuarray{'.' * bool(owner)}{owner}'"
    hint = f"; write {cure}" if cure else ""
    return AttributeError(f"{whose} has no attribute {name!r}{hint}", name=name, obj=obj)


class Missing:
    """A name that arrays don't have, in their class.  With a `__getattr__` in its place Python would look up all that
    they do have five times as slowly."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, x: Any, kind: type) -> Any:
        raise missing("Array", self.name, x)
