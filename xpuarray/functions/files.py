"""Arrays in NumPy's files (.npy, .npz): written from any device, read onto any."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.core.typing import Like, Place
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import creation
from xpuarray.placement.devices import Device, as_device

__all__ = ["fromfile", "fromstring", "genfromtxt", "load", "loadtxt", "save", "savetxt", "savez", "savez_compressed"]


def save(file: Any, arr: Array, allow_pickle: bool = True) -> None:
    """Write `arr` to a file (a path, or a binary file object) in NumPy's format; paths end in ".npy".

    allow_pickle: has no effect, as arrays hold numbers
    """
    np.save(file, asnumpy(arr), allow_pickle=False)


def savez(file: Any, *args: Array, **kwds: Array) -> None:
    """Write arrays to one file, named by their keywords, others "arr_0", "arr_1", ...; read by `load`."""
    _write(np.savez, file, args, kwds)


def savez_compressed(file: Any, *args: Array, **kwds: Array) -> None:
    """`savez`, compressed."""
    _write(np.savez_compressed, file, args, kwds)


def _write(write: Any, file: Any, args: tuple[Array, ...], kwds: dict[str, Array]) -> None:
    write(file, *map(asnumpy, args), **{name: asnumpy(x) for name, x in kwds.items()})


def load(
    file: Any,
    mmap_mode: str | None = None,
    allow_pickle: bool = False,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    *,
    max_header_size: int = 10_000,
    device: Place = None,
) -> Any:
    """The array in a file that `save` or `numpy.save` wrote, on `device`; of `savez`, a mapping, which reads each
    array when it is asked for (close it, or use it in a `with` block).

    Files that hold Python objects are refused (ValueError). Doubles become singles on devices that have none.

    The other parameters are `numpy.load`'s.

    >>> xp.load("weights.npy", device="cuda")                              # doctest: +SKIP
    """
    place = as_device(device)
    found: Any = np.load(file, mmap_mode, allow_pickle, fix_imports, encoding, max_header_size=max_header_size)  # type: ignore[arg-type]
    return creation.asarray(found, device=place) if isinstance(found, np.ndarray) else ArrayFile(found, place)


#: What NumPy leaves out of the names of columns.
_DELETED = r""" !#$%&'()*+,-./:;<=>?@[\]^{|}~"""


# -- text, and bytes alone ----------------------------------------------------------------------


def loadtxt(
    fname: Any,
    dtype: Any = float,
    comments: Any = "#",
    delimiter: str | None = None,
    converters: Any = None,
    skiprows: int = 0,
    usecols: Any = None,
    unpack: bool = False,
    ndmin: Any = 0,
    encoding: str | None = None,
    max_rows: int | None = None,
    *,
    quotechar: str | None = None,
    device: Place = None,
    like: Like = None,
) -> Array:
    """The numbers in a text file, one row a line, read by NumPy's function of this name."""
    rows = np.loadtxt(
        fname, dtype, comments, delimiter, converters, skiprows, usecols, unpack, ndmin, encoding, max_rows,
        quotechar=quotechar,
    )  # fmt: skip
    return creation.asarray(rows, device=device, like=like)


def genfromtxt(
    fname: Any,
    dtype: Any = float,
    comments: str = "#",
    delimiter: Any = None,
    skip_header: int = 0,
    skip_footer: int = 0,
    converters: Any = None,
    missing_values: Any = None,
    filling_values: Any = None,
    usecols: Any = None,
    names: Any = None,
    excludelist: Any = None,
    deletechars: str = _DELETED,
    replace_space: str = "_",
    autostrip: bool = False,
    case_sensitive: Any = True,
    defaultfmt: str = "f%i",
    unpack: bool | None = None,
    usemask: bool = False,
    loose: bool = True,
    invalid_raise: bool = True,
    max_rows: int | None = None,
    encoding: str | None = None,
    *,
    ndmin: Any = 0,
    device: Place = None,
    like: Like = None,
) -> Array:
    """The numbers in a text file in which some may be missing, read by NumPy's function of this name.

    Raises UnsupportedDTypeError where that makes records (`names`) or a mask.
    """
    if usemask:
        raise UnsupportedDTypeError(
            "genfromtxt: usemask=True makes a masked array, which is not here; see filling_values"
        )
    rows = np.genfromtxt(
        fname, dtype, comments, delimiter, skip_header, skip_footer, converters, missing_values, filling_values,
        usecols, names, excludelist, deletechars, replace_space, autostrip, case_sensitive, defaultfmt, unpack,
        usemask, loose, invalid_raise, max_rows, encoding, ndmin=ndmin,
    )  # fmt: skip
    return creation.asarray(rows, device=device, like=like)


def savetxt(
    fname: Any,
    X: Array,
    fmt: Any = "%.18e",
    delimiter: str = " ",
    newline: str = "\n",
    header: str = "",
    footer: str = "",
    comments: str = "# ",
    encoding: str | None = None,
) -> None:
    """Write a vector or a matrix as text, one row a line, as NumPy does."""
    np.savetxt(fname, asnumpy(X), fmt, delimiter, newline, header, footer, comments, encoding)


def fromfile(
    file: Any,
    dtype: Any = float,
    count: int = -1,
    sep: str = "",
    offset: int = 0,
    *,
    device: Place = None,
    like: Like = None,
) -> Array:
    """The elements that the bytes of a file are, or (`sep`) those written there as text."""
    return creation.asarray(np.fromfile(file, dtype, count, sep, offset), device=device, like=like)


def fromstring(
    string: str, dtype: Any = float, count: int = -1, *, sep: str, device: Place = None, like: Like = None
) -> Array:
    """The numbers that a text holds, with `sep` between them."""
    return creation.asarray(np.fromstring(string, dtype, count, sep=sep), device=device, like=like)


class ArrayFile(Mapping[str, Array], contextlib.AbstractContextManager[Any]):
    """The arrays in an .npz file, by name, each read onto a device when it is asked for."""

    def __init__(self, file: Any, device: Device):
        self._file = file
        self.device = device
        self.files: list[str] = list(file.files)

    def __getitem__(self, name: str) -> Array:
        return creation.asarray(self._file[name], device=self.device)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __repr__(self) -> str:
        return repr(self._file)

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
