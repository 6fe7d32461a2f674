"""CONTRIBUTING's recipe for an elementwise function, followed in a copy of the package: a kernel and a row, no more."""

from __future__ import annotations

import json

import pytest
from scratch import Scratch

from xpuarray.placement.discovery import all_devices

KERNEL = """

def rsqrt(x):
    return type(x)(1) / np.sqrt(x)
"""
ROW = 'rsqrt = _unary("rsqrt", "real float", library=None)\n'

USE = """
    import json, os
    import numpy as np
    import xpuarray as xp

    places = json.loads(os.environ["PLACES"])
    assert not hasattr(np, "rsqrt") and "rsqrt" in dir(xp) and "rsqrt" in xp.__all__
    for place in places:
        for size in (1, 100, 100_000):
            for route in ("auto", "kernel", "library"):
                with xp.prefer(route):
                    host = np.linspace(1, 100, size, dtype=np.float32)
                    x = xp.asarray(host, device=place)
                    out = xp.zeros_like(x)
                    for y in (xp.rsqrt(x), xp.rsqrt(x * 4) * 2, xp.rsqrt(x, out=out)):
                        assert y.dtype == x.dtype and str(y.device) == str(x.device)
                        np.testing.assert_allclose(xp.asnumpy(y), 1 / np.sqrt(host), rtol=1e-6)
                    assert y is out
        with xp.device(place):
            assert xp.rsqrt(0.25).item() == 2
    print("computed on", *places)
"""


@pytest.fixture
def recipe(scratch: Scratch) -> Scratch:
    """A function that NumPy lacks, added to two files."""
    for file, beside, text in (
        ("kernels/elementwise.py", "def sqrt(x):\n    return np.sqrt(x)\n", KERNEL),
        ("functions/elementwise.py", 'sqrt = _unary("sqrt", "float")\n', ROW),
    ):
        scratch.replace(file, beside, beside + text)
    return scratch


def test_the_function_is_there_on_every_device(recipe: Scratch):
    """Of few elements and many, by every route, fused, into a given array, of a number."""
    cpus = [d for d in all_devices() if d.usable and d.info.backend == "opencl" and d.info.type == "cpu"]
    places = ["host", "fake", *(["opencl:cpu"] if cpus else [])]
    assert recipe.run(USE, PLACES=json.dumps(places)).split() == ["computed", "on", *places]


def test_the_stub_declares_it(recipe: Scratch):
    """`python -m xpuarray.commands.stubs`, as the recipe says: type checkers see what the function is."""
    pytest.importorskip("ruff", reason="ruff, which formats the stub, is not installed")
    stub = recipe.package / "__init__.pyi"
    assert "rsqrt" not in stub.read_text(encoding="utf-8")
    recipe.run("from xpuarray.commands import stubs\nassert stubs.main([]) == 0")
    assert "\nrsqrt: _Unary\n" in stub.read_text(encoding="utf-8")
