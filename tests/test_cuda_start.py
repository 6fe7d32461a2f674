"""The start of a CUDA kernel, as C does it and as Python does: what the driver would be given, without one."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import numpy as np
import pytest

from xpuarray.backends.cuda import quick_start
from xpuarray.backends.cuda.launch import parameters

KINDS = {"u8": -3, "u16": -300, "u32": -70_000, "u64": -(1 << 40), "f32": 1.5, "f64": 0.1, "align 2 .b8": 2.5}
GEOMETRY = (7, 2, 1, 64, 4, 1)
CALL = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, *[ctypes.c_uint] * 7, ctypes.c_void_p, ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
)  # fmt: skip


class Driver:
    """Notes what it is given by C, or by Python as CuPy's function is."""

    def __init__(self, status: int = 0):
        self.given: Any = None
        self._call = CALL(self._called)
        self.address = ctypes.cast(self._call, ctypes.c_void_p).value or 0
        self.status = status

    def _called(self, *given: Any) -> int:
        *numbers, parameters, extra = given
        return self.launch(*numbers, 0 if parameters is None else parameters, ctypes.addressof(extra.contents))

    def launch(self, *given: Any) -> int:
        *numbers, none, extra = given
        pointer, memory, size, nbytes, end = (ctypes.c_void_p * 5).from_address(extra)
        assert (pointer, size, end, none) == (1, 2, None, 0)
        self.given = numbers, ctypes.string_at(memory, ctypes.c_size_t.from_address(nbytes).value)
        return self.status


def made(kinds: list[str], driver: Driver) -> tuple[quick_start.Starter, struct.Struct]:
    layout = parameters((".entry f(" + ", ".join(f".param .{kind} p" for kind in kinds) + ") {").encode())
    return quick_start.Starter(layout, driver.launch, driver.address), layout


@pytest.mark.parametrize(
    "kinds", [[], *([k] for k in KINDS), [*KINDS], [*KINDS] * 3, ["u8", "f64"] * 200, ["u64"] * 500]
)
def test_what_the_driver_is_given(kinds: list[str]):
    """Parameters lie where PTX looks for them, each at a multiple of its size, however many there are."""
    driver = Driver()
    starter, layout = made(kinds, driver)
    arguments = tuple(KINDS[kind] for kind in kinds)
    assert starter.start(123, GEOMETRY, 4096, 5, arguments) == 0
    numbers, memory = driver.given
    assert numbers == [123, *GEOMETRY, 4096, 5]
    whole = bytearray(layout.size)
    layout.pack_into(whole, 0, layout.size - 8, *arguments)
    assert memory == bytes(whole[8:])


def test_numbers_of_numpys_are_packed_too():
    driver = Driver()
    starter, _ = made(["u64", "f32", "f64", "u8"], driver)
    starter.start(1, GEOMETRY, 0, 0, (np.int64(-5), np.float32(0.25), np.float64(1e300), np.int8(-1)))
    assert driver.given[1][:12] + driver.given[1][16:25] == struct.pack("=qfdb", -5, 0.25, 1e300, -1)


@pytest.mark.parametrize("arguments", [(), (1, 2), ("1",), (1.5,), (1 << 64,), (None,)])
def test_what_is_no_such_parameter_starts_nothing(arguments: tuple[Any, ...]):
    driver = Driver()
    starter, _ = made(["u64"], driver)
    with pytest.raises((TypeError, ValueError, OverflowError, struct.error)):
        starter.start(1, GEOMETRY, 0, 0, arguments)
    assert driver.given is None


@pytest.mark.skipif(not hasattr(quick_start.Starter, "__pyx_vtable__"), reason="CuPy's function raises it, uncompiled")
def test_the_drivers_error_is_returned():
    starter, _ = made(["u64"], Driver(status=201))
    assert starter.start(1, GEOMETRY, 0, 0, (1,)) == 201
