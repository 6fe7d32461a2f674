"""Views by shape and strides: NumPy's, on every device, and never outside the array's memory."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import xpuarray as xp

STRIDED, WINDOWS = xp.lib.stride_tricks.as_strided, xp.lib.stride_tricks.sliding_window_view
NUMPYS = np.lib.stride_tricks

#: What is viewed, of 24 elements in 4 rows; the first element may be anywhere in the memory.
PARTS = {
    "all": lambda x: x,
    "part": lambda x: x[1:, 1:5],
    "gaps": lambda x: x[::2, ::3],
    "turned": lambda x: x[::-1, ::-1],
    "columns": lambda x: x.T,
    "row": lambda x: x[2],
}
#: Shapes, and strides counted in elements.
VIEWS = [((3,), (1,)), ((2, 2), (1, 1)), ((2, 2), (6, 1)), ((3, 2), (0, 2)), ((), ()), ((0, 5), (100, 1)),
         ((2, 3), (-6, -1)), ((3,), (-1,)), ((4,), (6,)), ((25,), (1,)), ((2,), (23,)), ((1,), (10**15,)),
         ((2, 2), (12, -1))]  # fmt: skip


def outside(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether the view leaves x, by the elements' places alone."""
    own, places = (
        np.tensordot(s, np.indices(n), 1) if n else np.zeros(()) for n, s in ((x.shape, x.strides), (shape, strides))
    )
    return bool(places.size) and bool(places.min() < own.min() or places.max() > own.max())


@pytest.mark.parametrize("dtype", ["int8", "float32", "complex64", "bool"])
@pytest.mark.parametrize("part", PARTS)
def test_a_view_is_numpys_or_refused(device: xp.Device, part: str, dtype: str):
    values = np.arange(24).reshape(4, 6).astype(dtype)
    x, expected = PARTS[part](xp.asarray(values, device=device)), PARTS[part](values)
    refused = 0
    for shape, steps in VIEWS:
        strides = tuple(s * values.itemsize for s in steps)
        if outside(expected, shape, strides):
            refused += 1
            with pytest.raises(ValueError, match=r"as_strided: shape .* reaches from byte"):
                STRIDED(x, shape, strides)
            continue
        view = STRIDED(x, shape, strides)
        assert view.shape == shape and (0 in shape or view.strides == strides)
        np.testing.assert_array_equal(xp.asnumpy(view), NUMPYS.as_strided(expected, shape, strides))
        np.testing.assert_array_equal(xp.asnumpy(view != 0), NUMPYS.as_strided(expected, shape, strides) != 0)
    assert 0 < refused < len(VIEWS)


def test_what_is_written_into_a_view_is_in_the_array(device: xp.Device):
    x = xp.zeros((4, 4), dtype=xp.int32, device=device)
    waiting = x + 1
    STRIDED(x, (4,), (20,))[...] = xp.arange(4, dtype=xp.int32, device=device)
    STRIDED(x[0, 3:], (1, 1), (4, 4))[...] = 9
    assert xp.asnumpy(x).tolist() == [[0, 0, 0, 9], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 3]]
    assert (xp.asnumpy(waiting) == 1).all()
    assert xp.may_share_memory(x, STRIDED(x, (2,), (4,)))


def test_where_elements_may_repeat_nothing_is_written(device: xp.Device):
    x = xp.arange(6, dtype=xp.float32, device=device)
    for view in (STRIDED(x, (3, 2), (4, 4)), STRIDED(x, (3,), (0,)), WINDOWS(x, 3, writeable=True)):
        assert not view.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 1
    assert not STRIDED(x, (2,), (4,), writeable=False).flags.writeable
    assert WINDOWS(x, 1, writeable=True).flags.writeable and not WINDOWS(x, 1).flags.writeable
    assert not STRIDED(xp.broadcast_to(x, (2, 6)), (6,), (4,)).flags.writeable


@pytest.mark.parametrize(
    "window, axis",
    [((2, 3), None), (2, 0), (3, -1), ((2, 2), (1, 1)), ((2, 2), (1, 0)), ((), ()), ((1, 6), None), ((4, 1), None)],
)
def test_windows_are_numpys(device: xp.Device, window: object, axis: object):
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    for part in ("all", "turned", "columns", "gaps"):
        x, expected = PARTS[part](xp.asarray(values, device=device)), PARTS[part](values)
        try:
            answer = NUMPYS.sliding_window_view(expected, window, axis)
        except ValueError:
            with pytest.raises(ValueError, match="sliding_window_view: a window of"):
                WINDOWS(x, window, axis)
            continue
        ours = WINDOWS(x, window, axis)
        np.testing.assert_array_equal(xp.asnumpy(ours), answer)
        if answer.size:
            np.testing.assert_allclose(xp.asnumpy(xp.mean(ours * 2 + 1, axis=-1)), (answer * 2 + 1).mean(-1), rtol=1e-6)
            np.testing.assert_array_equal(xp.asnumpy(xp.max(ours, axis=0)), answer.max(0))


def test_numpys_function_is_ours(device: xp.Device):
    x = xp.arange(6, dtype=xp.float32, device=device)
    windows = NUMPYS.sliding_window_view(x, 2)
    assert windows.device is device and xp.may_share_memory(windows, x) and windows.shape == (5, 2)


def test_mistakes(device: xp.Device):
    x = xp.arange(6, dtype=xp.float32, device=device)
    for what, call in {
        "1 stride.* for 2 dim": lambda: STRIDED(x, (2, 2), (4,)),
        "multiples of 4 bytes": lambda: STRIDED(x, (2,), (2,)),
        "extents are not negative": lambda: STRIDED(x, (-1,), (4,)),
        "x has none": lambda: STRIDED(x[:0], (1,), (4,)),
        "larger than x": lambda: WINDOWS(x, 7),
        "extents .* negative": lambda: WINDOWS(x, -1),
        "along 1 axes": lambda: WINDOWS(x, (2, 2)),
    }.items():
        with pytest.raises(ValueError, match=what):
            call()
    with pytest.raises(TypeError, match="integer"):
        STRIDED(x, (2,), (4.0,))
    with pytest.raises(IndexError, match="axis 3"):
        WINDOWS(x, 2, 3)


def test_memory_of_others_on_the_host():
    """Of what is lent with gaps nothing is known of the gaps, unless it says what it is a part of."""
    values = np.arange(12.0)
    with pytest.raises(ValueError, match="copy the array"):
        STRIDED(xp.from_dlpack(values[::2], device="host"), (2,), (32,))
    lent = xp.from_dlpack(values, device="host")
    view = STRIDED(lent[::2], (2,), (32,))
    assert xp.asnumpy(view).tolist() == [0.0, 4.0] and xp.may_share_memory(view, lent)
    bytes_ = xp.frombuffer((ctypes.c_byte * 8)(*range(8)), dtype=xp.int8)
    assert xp.asnumpy(STRIDED(bytes_[1:], (2,), (3,))).tolist() == [1, 4]
