"""Pools of forked processes: a worker that can't use a device answers with the error, and its caller goes on."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from xpuarray import errors

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

ERRORS = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, Exception)]


@pytest.mark.parametrize("kind", ERRORS, ids=[e.__name__ for e in ERRORS])
def test_errors_are_pickled_whole(kind: type[Exception]):
    """A worker sends them to whoever asked it."""
    error = kind("what, and 3 numbers")
    error.add_note("more") if hasattr(error, "add_note") else None
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.args, str(back)) == (error.args, str(error))
    assert vars(back) == vars(error)


@forking
@pytest.mark.needs_device("opencl:cpu")
def test_a_worker_that_gets_an_array_of_a_lost_device_answers(tmp_path: Path):
    """Reading the task must not fail, since that ends a worker without an answer.  What needs no device works."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import multiprocessing
        import numpy as np
        import xpuarray as xp

        def total(x):
            return float(xp.sum(x))

        def moved(x):
            return float(xp.sum(x + 1))

        def extent(x):
            return x.shape[0], str(x.dtype), str(x.device)

        def drawn(rng):
            return float(xp.sum(rng.random(3)))

        if __name__ == "__main__":
            x, rng = xp.ones(10, device="opencl:cpu"), xp.random.default_rng(1, "opencl:cpu")
            total(x), drawn(rng)
            tasks = [(total, x), (moved, x), (extent, x), (drawn, rng), (total, xp.ones(3, device="host"))]
            with multiprocessing.get_context("fork").Pool(2) as pool:
                for function, value in tasks:
                    try:
                        print(function.__name__, pool.map_async(function, [value] * 3).get(timeout=60)[0])
                    except xp.DeviceError as error:
                        print(function.__name__, "spawn" in str(error))
        """)
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=150)
    assert done.stdout.splitlines() == [
        "total True", "moved True", "extent (10, 'float64', 'opencl:cpu:0')", "drawn True", "total 3.0",
    ], done.stderr  # fmt: skip
