"""Library functions that end the process: each on arrays of every dtype, at sizes around its kernels' blocks.

    python -m xpuarray.commands.crashes opencl:cpu --only sort --only unique

A library chooses kernels by dtype and size, and a compiler that fails on one of them may take the process with it.  So
every function (those of `xpuarray coverage`) is called in a process of its own, by the library where it can be,
and goes on in a new one if that ends.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import xpuarray as xp
from xpuarray.commands.coverage import NUMPY, STANDARD
from xpuarray.conformance.fuzz.worker import Died, Worker

__all__ = ["DTYPES", "SIZES", "main", "walk"]

DTYPES = (
    *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
SIZES = (1, 33, 1025, 2049, 5000, 16384, 16385, 70000)
#: Functions whose work grows by the square of what they take
_SMALL = frozenset(
    ("kron", "outer", "linalg.outer", "meshgrid", "vander", "convolve", "correlate", "tensordot", "linalg.tensordot")
)


class Death(NamedTuple):
    """A call that ended the process, or did not end."""

    call: str
    dtype: str
    size: int
    why: str

    def __str__(self) -> str:
        return f"{self.call}, {self.dtype}, {self.size} elements: {self.why}"


def calls(only: Sequence[str] = ()) -> list[str]:
    """One call of each function that takes arrays, or of those alone whose names are in `only`."""
    texts = [call for chapters in (STANDARD, NUMPY) for text in chapters.values() for call in text.split()]
    return [c for c in texts if not only or c.partition("(")[0] in only]


def walk(
    device: str, only: Sequence[str] = (), dtypes: Sequence[str] = DTYPES, sizes: Sequence[int] = SIZES
) -> Iterator[Death]:
    """The calls that end their process on a device."""
    for call in calls(only):
        with Worker(attempt, limit=120) as worker:
            for dtype in dtypes:
                for size in sizes if call.partition("(")[0] not in _SMALL else [n for n in sizes if n < 2000]:
                    try:
                        worker.ask((device, call, dtype, size))
                    except Died as died:
                        yield Death(call, dtype, size, str(died))


def attempt(request: tuple[str, str, str, int]) -> None:
    """What a worker does: one call.  Any error will do, as long as the process lives."""
    device, call, dtype, size = request
    with xp.device(device), xp.prefer("library"), warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        found = eval(call, _names(dtype, size))  # only coverage's texts
        for part in found if isinstance(found, (tuple, list)) else (found,):
            if isinstance(part, xp.Array):
                xp.asnumpy(part)


def _names(dtype: str, size: int) -> dict[str, Any]:
    """The names in coverage's calls: x, y and b of two rows; v of one; i indices; m a small matrix; z complex."""
    values = np.arange(2 * size).reshape(2, size) * 7919 % 251
    x = xp.asarray(values.astype(dtype))
    kind = x.dtype.kind
    z = x if kind == "c" else xp.asarray(values.astype(np.complex64))
    return {
        **{name: getattr(xp, name) for name in dir(xp)},
        **{"x": x, "y": x[::-1], "v": x[0], "z": z, "b": xp.asarray(values % 2 == 0)},
        "i": x if kind in "iu" else xp.asarray(values % min(size, 3)),
        "m": xp.asarray((np.eye(3) * 3 + 1).astype(dtype)),
        "rng": xp.random.default_rng(1),
    }


def main() -> int:
    """1 if anything ends its process."""
    parser = argparse.ArgumentParser(prog="python -m xpuarray.commands.crashes", description=__doc__)
    parser.add_argument("device", nargs="?", default="opencl:cpu", help="default: opencl:cpu")
    parser.add_argument("--only", action="append", default=[], metavar="FUNCTION", help="by its name; may be repeated")
    parser.add_argument("--dtype", action="append", metavar="DTYPE", help=f"default: {', '.join(DTYPES)}")
    parser.add_argument("--size", action="append", type=int, help=f"default: {', '.join(map(str, SIZES))}")
    options = parser.parse_args()
    deaths = 0
    for death in walk(options.device, options.only, options.dtype or DTYPES, options.size or SIZES):
        deaths += 1
        print(death, flush=True)
    print(f"{deaths} calls ended their process")
    return int(bool(deaths))


if __name__ == "__main__":
    from xpuarray.commands import crashes  # by the name under which workers find `attempt`

    sys.exit(crashes.main())
