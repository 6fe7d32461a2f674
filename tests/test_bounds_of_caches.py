"""What is worked out once and kept has a bound: a program that never does the same twice must not fill the memory."""

from __future__ import annotations

import ast
import gc
import importlib
import itertools
import pkgutil
import random
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import kernels
from xpuarray.core.plans import Bounded

# -- the table ------------------------------------------------------------------------------------


def test_a_full_table_forgets_all():
    table: Bounded[int, str] = Bounded(2)
    table[1], table[2], table[2] = "a", "b", "c"
    assert table == {1: "a", 2: "c"}, "what is there already takes no room"
    assert table.setdefault(1, "d") == "a"
    table[3] = "e"
    assert table == {3: "e"}
    table[4] = "f"
    assert table.setdefault(5, "g") == "g"
    assert table == {5: "g"}


# -- nothing grows for ever -----------------------------------------------------------------------

#: So many shapes, twice: until all tables have been full once, and then for the memory to be compared.
SHAPES = 1500
#: Bytes that each shape of the second half may leave, on the average: lists of free blocks and the like still grow.  (A
#: plan takes 2,400, and once stayed for ever.)
GROWTH = 200


def _shapes() -> list[tuple[int, int]]:
    """All different, and small; shuffled, so that each kernel that they take is compiled early."""
    shapes = [*itertools.product(range(2, 100), range(3, 40))]
    random.Random(0).shuffle(shapes)
    return shapes[: 2 * SHAPES]


@pytest.mark.needs_device("host")
def test_the_memory_stays_on_the_host():
    _many_shapes("host")


@pytest.mark.needs_device("opencl:cpu")
def test_the_memory_stays_on_a_cpu_device():
    _many_shapes("opencl:cpu")


def _many_shapes(device: str) -> None:
    memory = xp.asarray(np.arange(1 << 13, dtype=np.float32), device=device)
    sizes, tables = [], _tables()
    with xp.prefer("kernel"), xp.eager():
        tracemalloc.start()
        try:
            for k, (rows, columns) in enumerate(_shapes(), 1):
                x = memory[: rows * columns].reshape((rows, columns))
                xp.sum(x, axis=0), xp.argmax(x, axis=1), xp.cumulative_sum(x, axis=0), x + x[0]
                if k % SHAPES == 0:
                    gc.collect()
                    # What the tables hold goes up and down: not that, but what is left without them is compared.
                    for table in tables.values():
                        assert len(table) <= table.most
                        table.clear()
                    for cached in _cached_by_backends():
                        cached.cache_clear()
                    sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    growth = (sizes[1] - sizes[0]) / SHAPES
    assert growth < GROWTH, f"{growth:.0f} bytes stay for each shape"


def test_plans_are_in_tables_with_a_bound_and_are_used():
    """The tables that hold shapes are those that are looked at here, and have at most 1,024 entries."""
    tables = _tables()
    for name in ("reduction._known", "arg_reduction._known", "scan._known", "row_programs._known", "layout._walks"):
        assert tables[f"xpuarray.fusion.{name}"].most <= 1024
    x = xp.asarray(np.arange(600, dtype=np.float32).reshape(20, 30), device="host")
    planned = tables["xpuarray.fusion.scan._known"]
    with xp.prefer("kernel"):
        planned.clear()
        xp.cumulative_sum(x, axis=0)
        (plan,) = planned.values()
        xp.cumulative_sum(x, axis=0)
        assert [*planned.values()] == [plan], "a scan done again is planned no more"


def _tables() -> dict[str, Bounded]:
    """Every Bounded of a module that is loaded, by its name."""
    for module in pkgutil.iter_modules(xp.fusion.__path__, "xpuarray.fusion."):
        importlib.import_module(module.name)
    return {
        f"{name}.{key}": value
        for name, module in [*sys.modules.items()]
        if name.startswith("xpuarray.")
        for key, value in [*vars(module).items()]
        if isinstance(value, Bounded)
    }


def _cached_by_backends() -> Iterator[Any]:
    """Their functions of sizes, which keep so many results; kernels are none of them."""
    for name, module in [*sys.modules.items()]:
        for value in [*vars(module).values()] if name.startswith("xpuarray.backends.") else []:
            if hasattr(value, "cache_parameters") and value.cache_parameters()["maxsize"] is not None:
                yield value


# -- nothing that might is written ----------------------------------------------------------------

#: Dicts, lists and sets of modules that functions add to, and `functools.cache`s: each with what bounds it.
ALLOWED = {
    "advice/counting.py:_nowhere": "no argument",
    "backends/cuda/faults.py:_quotient": "CuPy",
    "backends/cuda/faults.py:_without_signs": "CuPy",
    "backends/cuda/launch.py:_driver_call": "no argument",
    "backends/cuda/quick_start.py:_slots": "as many as threads have launched at once",
    "backends/host/library.py:numpy_library": "no argument",
    "backends/registry.py:backends": "no argument",
    "backends/registry.py:in_process": "no argument",
    "backends/registry.py:on_request": "no argument",
    "backends/registry.py:ranks": "no argument",
    "backends/sycl/huge_pages.py:_madvise": "no argument",
    "backends/sycl/modules.py:_native": "no argument",
    "backends/sycl/runtime.py:_freed_types": "no argument",
    "backends/sycl/versions.py:_sycl_interface": "no argument",
    "backends/sycl/versions.py:avoid_cpu_fault": "no argument",
    "backends/sycl/versions.py:is_old": "no argument",
    "backends/sycl/versions.py:kernel_compiler": "no argument",
    "backends/sycl/versions.py:numba_dpex_version": "no argument",
    "backends/sycl/versions.py:preload": "no argument",
    "commands/report.py:shown": "one section's rows, and ends with it",
    "commands/stubs.py:_functions": "modules of the package",
    "core/quick.py:_lasts": "one for each function and operator",
    "compiler/bounds_record.py:_sites": "lines of kernels that are compiled with a check; their code has the numbers",
    "compiler/fingerprint.py:_environment": "no argument",
    "compiler/frontend/pipeline.py:_with_integers": "Numba's typing contexts, one a target",
    "compiler/targets/dpex.py:_queue": "devices",
    "compiler/targets/simulated_numbers.py:_PLANS": "functions of numbers, and types",
    "compiler/targets/simulated_numbers.py:_context": "no argument",
    "compiler/targets/simulated_numbers.py:_loop": "types",
    "compiler/targets/simulated_numbers.py:numba_type": "types",
    "compiler/targets/simulated_numbers.py:number_class": "dtypes",
    "compiler/targets/simulator.py:_modules": "four modules",
    "conformance/fuzz/functions/groups.py:GROUPS": "groups of functions, as they are imported",
    "conformance/suite.py:CASES": "cases, as they are imported",
    "core/dispatch.py:_warned": "functions and devices",
    "core/pending.py:_escaped": "memory that others have, while they do",
    "core/pending.py:_waiting": "devices; arrays leave when they are computed or end",
    "dpex/launch.py:_in_flight": "launches that have not ended",
    "dpex/queues.py:_devices": "contexts of queues that a program makes",
    "functions/elementwise.py:OPERATORS": "functions, as they are imported",
    "functions/elementwise.py:ROWS": "functions, as they are imported",
    "functions/few.py:WHOLE": "functions, as they are imported",
    "functions/matrices.py:cheapest": "one call's, and ends with it",
    "kernels/pairwise.py:pairwise_squared_distance": "two numbers of rows",
    "placement/devices.py:_variables": "no argument",
    "placement/discovery.py:_missing": "backends",
    "placement/discovery.py:discovered": "backends",
    "sklearn/patching.py:_edged": "classes that are patched",
    "sklearn/patching.py:_replaced": "names that are patched",
    "tracebacks.py:_libraries": "no argument",
    "sklearn/drivers/__init__.py:_named": "scikit-learn's names",
}
_GROWS = ("add", "append", "extend", "insert", "setdefault", "update", "appendleft")
_HOLDERS = ("dict", "list", "set", "defaultdict", "deque", "OrderedDict")


def test_nothing_is_kept_without_a_bound():
    found = set()
    for folder, prefix in ((Path(xp.__file__).parent, ""), (Path(kernels.__file__).parent, "kernels/")):
        for file in folder.rglob("*.py"):
            if prefix or "kernels" not in file.relative_to(folder).parts:
                found |= {f"{prefix}{file.relative_to(folder).as_posix()}:{name}" for name in growing(file.read_text())}
    assert found - set(ALLOWED) == set(), "give it a bound (core/plans.py), or say here what bounds it"
    assert set(ALLOWED) - found == set(), "these have one now, or are gone"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("kept = {}\ndef f(x):\n    kept[x] = 1", {"kept"}),
        ("kept: dict[str, int] = {}\ndef f(x):\n    return kept.setdefault(x, 1)", {"kept"}),
        ("kept = set()\nclass A:\n    def f(self):\n        kept.add(self)", {"kept"}),
        ("kept = []\ndef f(x):\n    kept.append(x)", {"kept"}),
        ("kept = Bounded(3)\ndef f(x):\n    kept[x] = 1", set()),
        ("table = {1: 2}\ntable[3] = 4\ndef f(x):\n    return table[x]", set()),
        ("@functools.cache\ndef f(x): ...", {"f"}),
        ("@lru_cache(maxsize=None)\ndef f(x): ...", {"f"}),
        ("@functools.lru_cache(None)\ndef f(x): ...", {"f"}),
        ("@functools.lru_cache(maxsize=3)\ndef f(x): ...", set()),
        ("@functools.lru_cache\ndef f(x): ...", set()),
    ],
)
def test_what_grows_is_found(source: str, names: set[str]):
    assert growing(source) == names


def growing(source: str) -> set[str]:
    """A module's dicts, lists and sets that a function adds to, and its functions whose results are all kept."""
    tree = ast.parse(source)
    held = set()
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None and _holds(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            held |= {target.id for target in targets if isinstance(target, ast.Name)}
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    found = {f.name for f in functions if any(_keeps_all(decorator) for decorator in f.decorator_list)}
    for node in (inner for function in functions for inner in ast.walk(function)):
        name = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWS:
            name = node.func.value
        if isinstance(name, ast.Name) and name.id in held:
            found.add(name.id)
    return found


def _holds(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in _HOLDERS
    return isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp))


def _keeps_all(decorator: ast.expr) -> bool:
    """Whether it is `functools.cache`, or `lru_cache` without a size."""
    if isinstance(decorator, ast.Call):
        sizes = [*decorator.args[:1], *(k.value for k in decorator.keywords if k.arg == "maxsize")]
        unlimited = any(isinstance(size, ast.Constant) and size.value is None for size in sizes)
        return ast.unparse(decorator.func).endswith("lru_cache") and unlimited
    return ast.unparse(decorator) in ("cache", "functools.cache")
