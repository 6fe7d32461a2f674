"""Numba's own tests of prange, on `xp.jit`: `python tests/numba_prange_suite.py [DEVICE] [--only NAME] [--verbose]`.

They are in Numba's wheel (numba/tests/test_parfors.py, TestPrangeBasic, TestPrangeSpecific and TestParforNumPy). Each
of the first two has a function with `range`, of which its tester makes `prange`, compares what that returns with
Python's answer, and looks into Numba's code; here the tester is ours, and compares alone. Those of the last are whole
functions of NumPy's arrays; how many loops Numba makes of them, which they ask, too, is whatever they expect.
"""

from __future__ import annotations

import argparse
import ast
import collections
import copy
import inspect
import linecache
import os
import textwrap
import unittest
import warnings
from collections.abc import Callable
from typing import Any

os.environ["SUBPROC_TEST"] = "1"  # else Numba's tests skip themselves

import numba.tests.test_parfors as numbas
import numpy as np

import xpuarray as xp

CLASSES = ("TestPrangeBasic", "TestPrangeSpecific", "TestParforNumPy")
#: tests that can't pass, and why
LEFT_OUT = {
    "test_prange22": "negative and other indices in one loop: that they differ depends on how many elements there are",
    "test_prange25": "writes into a list",
    "test_list_setitem_hoisting": "makes a list in the loop",
    "test_tuple_hoisting": "Numba's typed dicts",
    "test_call_hoisting": "looks into Numba's code",
    "test_nested_parfor_push_call_vars": "passes a new array to a function",
    "test_parfor_race_1": "reads a variable after the loop that iterations set: an error here, a warning in Numba",
    "test_prange_conflicting_reduction_ops": "expects Numba's error; ours is a LoopError",
    "test_prange_raises_invalid_step_size": "expects an error; steps are taken",
    "test_record_array_setitem": "records, which no array here holds",
    "test_record_array_setitem_yield_array": "records, which no array here holds",
    "test_arange": "ranges of complex numbers, which xp.arange refuses",
    "test_ssa_false_reduction": "reads a variable that the iteration may not have set",
}


def with_prange(function: Callable[..., Any], instances: Any) -> Callable[..., Any]:
    """The function with `prange` for `range`: everywhere, or at these places."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    places = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "range"]
    places.sort(key=lambda n: (n.lineno, n.col_offset))
    for k, place in enumerate(places):
        if instances is None or k in instances:
            place.id = "prange"
    text = ast.unparse(tree)
    name = f"<{function.__qualname__} at line {function.__code__.co_firstlineno}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    cells = {n: c.cell_contents for n, c in zip(function.__code__.co_freevars, function.__closure__ or ())}
    scope = {**function.__globals__, **cells, "prange": xp.prange, "__name__": __name__}
    exec(compile(text, name, "exec"), scope)
    return scope[function.__name__]


def tester(device: str) -> Callable[..., list[Any]]:
    """What stands in the place of Numba's `prange_tester`."""

    def prange_tester(self: Any, function: Any, *args: Any, patch_instance: Any = None, **kwargs: Any) -> list[Any]:
        self.asked = True
        decimal = kwargs.get("decimal", 7)
        given = copy.deepcopy(args)
        with xp.device(device):
            there = [xp.asarray(a) if isinstance(a, np.ndarray) else a for a in copy.deepcopy(args)]
            found = xp.jit(with_prange(function, patch_instance))(*there)
        compared(found, function(*given), decimal)
        compared(there, list(given), decimal)
        return []

    return prange_tester


def checker(device: str) -> Callable[..., None]:
    """What stands in the place of Numba's `check`."""

    def check(self: Any, function: Any, *args: Any, **kwargs: Any) -> None:
        self.asked, given = True, copy.deepcopy(args)
        try:
            right = function(*given)
        except (TypeError, ValueError) as error:
            right = error
        with xp.device(device):
            there = [xp.asarray(a) if isinstance(a, np.ndarray) else a for a in copy.deepcopy(args)]
            if isinstance(right, Exception):
                self.assertRaises(type(right), xp.jit(function), *there)
                return
            found = xp.jit(function)(*there)
        compared(found, right, 7)
        compared(there, list(given), 7)

    return check


class Whatever(int):
    """A number that is what is expected of it."""

    def __eq__(self, other: object) -> bool:
        return True

    __ge__ = __gt__ = __le__ = __lt__ = __eq__  # type: ignore[assignment]
    __hash__ = int.__hash__


def compared(found: Any, right: Any, decimal: int) -> None:
    if isinstance(right, (tuple, list)):
        assert len(found) == len(right)
        for a, b in zip(found, right):
            compared(a, b, decimal)
    elif isinstance(found, xp.Array):
        np.testing.assert_almost_equal(xp.asnumpy(found), right, decimal=decimal)
    else:
        np.testing.assert_almost_equal(found, right, decimal=decimal)


def main() -> int:
    """Returns how many fail, each with its first line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("device", nargs="?", default="host")
    parser.add_argument("--only", default="", help="tests whose names have this in them")
    parser.add_argument("--verbose", action="store_true", help="all of an error")
    options = parser.parse_args()
    numbas.TestPrangeBase.prange_tester = tester(options.device)
    numbas.TestParforsBase.check = checker(options.device)
    for name in [name for name in vars(numbas) if name.startswith("count")]:
        setattr(numbas, name, lambda *args, **kwargs: Whatever())
    counts: collections.Counter[str] = collections.Counter()
    for name in CLASSES:
        for test in unittest.defaultTestLoader.loadTestsFromTestCase(getattr(numbas, name)):
            own = test.id().rpartition(".")[2]
            if options.only not in own:
                continue
            if own in LEFT_OUT and not options.only:
                counts["left out"] += 1
                continue
            result = unittest.TestResult()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                test.run(result)
            kind = "failed" if result.failures or result.errors else "skipped" if result.skipped else "passed"
            asks = hasattr(test, "asked")
            counts[kind if asks or kind != "passed" else "about Numba's code alone"] += 1
            if kind != "passed":
                text = (result.failures + result.errors + result.skipped)[0][1].rstrip()
                lines = text.splitlines()
                last = next((k for k, line in enumerate(lines) if line.startswith(("xpuarray.", "Assertion"))), -1)
                print(f"{own}: {text if options.verbose else ' '.join(lines[last : last + 2])[:300]}")
    print(dict(counts))
    return counts["failed"]


if __name__ == "__main__":
    raise SystemExit(main())
