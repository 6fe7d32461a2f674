"""A part of the walk through all functions and arguments; `tests/every_call.py [device ...]` goes all of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType

import numpy as np
import pytest
from every_call import Case, calls, cases, parsed, serious

import xpuarray as xp
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.checking import KINDS
from xpuarray.lang import group
from xpuarray.placement.devices import Device, as_device

#: Every how manieth case is tried.  Random numbers are left to the long walk: each of their kernels is compiled.
STEPS = {"host": 11, "opencl": 97, "fake": 53}


def part(step: int) -> Iterator[Case]:
    """Cases spread over all functions and kinds of arguments."""
    whole = (case for text in calls() if not text.startswith("rng.") for case in cases(parsed(text)))
    return (case for number, case in enumerate(whole) if number % step == 0)


@pytest.mark.parametrize("name", STEPS)
def test_every_function_answers_or_says_why_not(name: str):
    if name == "opencl" and not any(d.usable for d in xp.devices("*") if d.backend == "opencl"):
        pytest.skip("there is no OpenCL device")
    place = as_device(name)
    # Of few elements NumPy would do on a CPU what the library does of many.
    with xp.device(place), xp.prefer("library" if name == "opencl" else "auto"):
        wrong = [complaint for case in part(STEPS[name]) if (complaint := serious(case, place))]
    assert not wrong, "\n".join([f"{len(wrong)} wrong", *wrong])


#: The named samples of the kind.
SAMPLES = [
    lambda m, h: m.broadcast_arrays(h, 1.0)[1],
    lambda m, h: m.stack([h[0], 1.0]),
    lambda m, h: m.gradient(h, [0.0, 1.0, 3.0]),
    lambda m, h: m.diff(h, prepend=0),
    lambda m, h: m.diff(m.stack([h, h]), append=m.asarray([[1.0], [2.0]])),
    lambda m, h: m.cov([[1.0, 2.0], [3.0, 5.0]]),
    lambda m, h: m.nan_to_num(float("nan")),
    lambda m, h: m.linspace(h, h + 1, 3),
    lambda m, h: m.linspace(0, h, 4, endpoint=False),
    lambda m, h: m.logspace(h, 1, 3),
    lambda m, h: m.geomspace(h + 1, 8, 3),
    lambda m, h: m.sum([1, 2, 3]),
    lambda m, h: m.median([3, 1, 2]),
    lambda m, h: m.concatenate([[1.0], h]),
    lambda m, h: m.sort([[3, 1], [2, 0]], axis=None),
    lambda m, h: m.argsort(m.stack([h, -h]), axis=None),
    lambda m, h: m.dot(h, [1.0, 2.0, 3.0]),
    lambda m, h: h @ [1.0, 2.0, 3.0],
    lambda m, h: m.where([True, False, True], h, 0.0),
    lambda m, h: m.full((2, 3), h),
    lambda m, h: m.meshgrid([1, 2], [3, 4, 5])[0],
]


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_lists_and_numbers_become_arrays(device: Device, number: int):
    values = np.asarray([0.5, 2.0, 1.5], np.float32)
    got = SAMPLES[number](xp, xp.asarray(values))
    expected = SAMPLES[number](np, values)
    assert got.device is device
    np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=2.0**-18, atol=2.0**-18)


@pytest.mark.parametrize(
    "name", ["sum", "sort", "expand_dims", "squeeze", "take", "argmax", "swapaxes", "concat", "mean"]
)
def test_an_axis_out_of_bounds(device: Device, name: str):
    x = xp.ones((2, 3))
    arguments = {"take": ([0],), "swapaxes": (0,)}.get(name, ())
    first = [x, x] if name == "concat" else x
    for axis in (5, -6):
        with pytest.raises(np.exceptions.AxisError):
            getattr(xp, name)(first, *arguments, axis)
    with pytest.raises(TypeError):
        getattr(xp, name)(first, *arguments, 1.5)


def test_every_parameter_for_an_array_is_seen_to():
    """A public function that takes an array has an annotation that says so, which `checked` sees to, or sees to it."""
    seen = 0
    for module in (xp, xp.linalg, xp.fft):
        for name in module.__all__:
            function = getattr(module, name)
            if not isinstance(function, FunctionType) or not function.__module__.startswith("xpuarray.f"):
                continue
            parameters = list(inspect.signature(function).parameters.values())
            if not parameters or parameters[0].annotation != "Array" or name == "evaluate":
                continue
            seen += 1
            for wrong in (None, "text", {}, object()):
                required = [p for p in parameters[1:] if p.default is p.empty and "POSITIONAL_O" in p.kind.name]
                with pytest.raises(TypeError, match=r"neither an xpuarray array nor|takes an array"):
                    function(wrong, *[1] * len(required))
    assert seen > 100
    assert "Array" in KINDS


def test_what_the_walk_has_found(device: Device):
    """Beside what it tries of itself, which is every so manieth call."""
    x = xp.asarray(np.asarray([[0.25, 0.5], [1.0, 2.0]], np.float32))
    for function in (xp.less, xp.equal, xp.logical_and):
        assert function(x, 0.5, where=xp.asarray([True, False])).dtype == np.bool_
    assert xp.isnan(x, where=xp.asarray([True, False])).dtype == np.bool_
    vector = x[0]
    for function in (lambda: xp.vander(vector, 2**70), lambda: xp.polyfit(vector, vector, 2**70)):
        with pytest.raises(MemoryError):
            function()
    with pytest.raises(ValueError, match="-1 columns"):
        xp.vander(vector, -1)
    with pytest.raises(ValueError, match="negative"):
        xp.resize(x, -1)
    with pytest.raises(IndexError, match="indices are integers"):
        xp.choose(vector, [vector, vector])
    for function in (
        lambda: xp.unravel_index(vector, (2, 2)),
        lambda: xp.ravel_multi_index([vector, vector], (2, 2)),
    ):
        with pytest.raises(TypeError, match="indices are integers"):
            function()
    with pytest.raises(TypeError, match="pad"):
        xp.pad(x, 1.5)
    with pytest.raises(TypeError, match="axis"):
        xp.linalg.norm(x, axis=1.5)
    for function in (xp.argmax, xp.argmin):
        with pytest.raises(TypeError, match="axis is an integer"):
            function(x, axis=())
    rng, each = xp.random.default_rng(1, device), xp.ones((2, 3), dtype=xp.float32)
    for draw in (rng.normal, rng.uniform, rng.exponential):
        assert draw(each if draw == rng.exponential else 0.0, size=(2, 3), dtype=xp.float32).shape == (2, 3)
        with pytest.raises(ValueError, match="do not broadcast to size"):  # rows would hold the same numbers
            draw(each, size=3, dtype=xp.float32)
        with pytest.raises(UnsupportedDTypeError, match="real numbers"):
            draw(each + 1j, dtype=xp.float32)


def test_labels_that_are_none(device: Device):
    x = xp.asarray(np.asarray([0.25, 0.5], np.float32))
    for labels in (None, 3.0, object()):
        with pytest.raises(TypeError, match="labels are a list, a tuple or an array, not"):
            xp.einsum(x, labels)
    for labels in ([None], [0.5], ["i"], [x], x, np.array([0.5])):
        with pytest.raises(TypeError, match="labels are integers or an ellipsis, not"):
            xp.einsum(x, labels)
    for labels in (xp.asarray([3]), np.array([3])):
        assert float(xp.einsum(x, labels, [])) == 0.75
    assert float(xp.einsum(x, [np.int8(3)], [])) == 0.75


@pytest.mark.parametrize("word", group.__all__)
def test_words_of_kernels_outside_of_them(word: str):
    required = [p for p in inspect.signature(getattr(group, word)).parameters.values() if p.default is p.empty]
    for given in (None, 1.0, [1.0], "text", object(), xp.ones(2, device="host")):
        with pytest.raises(TypeError, match=r"are a kernel's: .*get_group.*, not " + type(given).__name__):
            getattr(xp, word, getattr(group, word))(given, *[1] * (len(required) - 1))


@pytest.mark.parametrize("wrap", [xp.jit, xp.kernel, xp.fuse, xp.vectorize, xp.select_device, xp.suggest_device])
@pytest.mark.parametrize("given", ["x + 1", 3, 0.5, [abs]])
def test_what_is_no_function_is_refused_at_once(wrap, given):
    with pytest.raises(TypeError, match=rf"^{wrap.__name__} takes a function.*, not "):
        wrap(given)
