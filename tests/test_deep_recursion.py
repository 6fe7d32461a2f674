"""What happens deep in a recursion is no worse than a RecursionError there: nothing is spoiled for what comes after.

Numba, and what finds devices, fill tables once in a process; a table that was half filled would stay so.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from pathlib import Path

import pytest

import xpuarray as xp
from xpuarray.backends.interrupts import on_own_stack

#: of Python's limit of 1,000
DEPTHS = {
    "compile": [800, 850, *range(900, 1000, 10)],
    "everything": [*range(930, 1000, 12)],
    "loop": [*range(930, 1000, 12)],
}

PROGRAM = """
import os, sys
import numpy as np
import xpuarray as xp

device, case, *depths = sys.argv[1:]


@xp.kernel
def mean(item, x, out):
    i = item.get_id(0)
    other = x[i] if x[i] > 100 else 300
    out[i] = np.positive((x[i] + other) // 2)


def compile():
    xp.call_kernel(mean, xp.Range(4), x, out)
    return out.tolist()


def everything():
    x = xp.asarray([250, 251, 252, 253], dtype=xp.uint8, device=device)
    out = xp.zeros(4, dtype=xp.int64, device=device)
    xp.call_kernel(mean, xp.Range(4), x, out)
    return out.tolist(), float(xp.sum(xp.sin(xp.ones(5000, device=device)) * 0 + 1))


@xp.jit(serial=True)
def summed(x):
    total = 0.5
    for i in range(1, 4):
        total = total * 2 + x[i]
        x[i] = total
    return total


def loop():
    return float(summed(xp.ones(4, dtype=xp.float32, device=device)))


def deep(k, work):
    return deep(k - 1, work) if k else work()


def in_child(depth):
    try:
        first = deep(depth - 3, work)
    except RecursionError:
        first = None
    try:
        second = work()
    except BaseException as error:
        second = f"{type(error).__name__}: {error}"
    if second != want or first not in (None, want):
        print(device, depth, first, second, flush=True)


assert not {"numba", "dpctl", "dpnp"} & sys.modules.keys()
want = {"compile": [250, 251, 252, 253], "everything": ([250, 251, 252, 253], 5000.0), "loop": 11.0}[case]
work = {"compile": compile, "everything": everything, "loop": loop}[case]
done = 0
for depth in map(int, depths):
    if os.fork() == 0:
        if case == "compile":
            x = xp.asarray([250, 251, 252, 253], dtype=xp.uint8, device=device)
            out = xp.zeros(4, dtype=xp.int64, device=device)
        in_child(depth)
        os._exit(0)
    done += os.wait()[1] == 0
print(done)
"""

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@forking
@pytest.mark.parametrize("case", DEPTHS)
@pytest.mark.parametrize(
    "device", ["host", "fake", pytest.param("opencl:cpu", marks=pytest.mark.needs_device("opencl:cpu"))]
)
def test_the_first_call_may_be_deep_in_a_recursion(device: str, case: str, tmp_path: Path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py"), device, case, *map(str, DEPTHS[case])]
    environment = {**os.environ, "XPUARRAY_CACHE": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.stdout.split("\n") == [str(len(DEPTHS[case])), ""], done.stdout + done.stderr


def test_compiling_does_not_take_of_the_callers_stack(device: xp.Device, monkeypatch: pytest.MonkeyPatch):
    """It worked up to a depth of 830 or 900 where it did it there."""
    monkeypatch.setenv("XPUARRAY_CACHE", "0")

    @xp.kernel
    def one(item, x):
        x[item.get_id(0)] = 1

    def deep(k: int) -> None:
        deep(k - 1) if k else xp.call_kernel(one, xp.Range(4), x)

    x = xp.zeros(4, dtype=xp.float32)
    depth = len(inspect.stack(0))
    deep(sys.getrecursionlimit() - depth - 60)
    assert x.tolist() == [1, 1, 1, 1]


# -- by a thread of its own ---------------------------------------------------------------------------

_value = contextvars.ContextVar("value", default=0)


def test_it_runs_in_the_callers_context():
    token = _value.set(5)
    try:
        assert on_own_stack(lambda a, *, b: (_value.get(), a, b))(1, b=2) == (5, 1, 2)
    finally:
        _value.reset(token)


def test_an_error_is_the_callers():
    def fail() -> None:
        raise KeyError("this one")

    with pytest.raises(KeyError, match="this one"):
        on_own_stack(fail)()


def test_what_an_error_refers_to_ends_with_it():
    class Big:
        pass

    def fail(big: Big) -> None:
        raise KeyError

    big = Big()
    alive = weakref.ref(big)
    with contextlib.suppress(KeyError):
        on_own_stack(fail)(big)
    del big
    for _ in range(100):  # the other thread has it for a moment
        if alive() is None:
            break
        time.sleep(0.01)
    assert alive() is None


def test_inside_of_itself_it_is_the_same_thread():
    def two() -> tuple[int, int]:
        return threading.get_ident(), on_own_stack(threading.get_ident)()

    outer, inner = on_own_stack(two)()
    assert outer == inner != threading.get_ident()


def test_who_has_numbas_lock_compiles_himself():
    """As code of a user's does that Numba runs while it compiles: a thread would wait for the lock for ever."""
    code = """
    import numpy as np
    import numba
    from numba.extending import overload
    import xpuarray as xp

    @xp.kernel
    def one(item, x):
        x[item.get_id(0)] = 1

    def constant(): ...

    @overload(constant)
    def _constant():
        x = xp.zeros(4, device="host")
        xp.call_kernel(one, xp.Range(4), x)
        value = float(x[0])
        return lambda: value

    @numba.njit
    def f():
        return constant() + 1

    print(f())
    """
    environment = {**os.environ, "XPUARRAY_CACHE": "0"}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, env=environment)
    assert done.stdout == "2.0\n", done.stderr
