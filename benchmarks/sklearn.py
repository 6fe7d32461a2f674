"""scikit-learn's estimators and functions on xpuarray arrays, against stock scikit-learn and scikit-learn-intelex.

    python -m benchmarks sklearn                       # processors: 20 estimators and 6 functions at three sizes
    python -m benchmarks sklearn --gpu                 # GPUs: eight large ones, also against plain CuPy
    python -m benchmarks sklearn KMeans PCA --sizes "500k x 20" --rounds 5 --json FILE

Stock scikit-learn is the peer; what it has found is what the others have to find.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import xpuarray as xp
from benchmarks.command import Command
from benchmarks.harness import Contender, Race, measure, report, table
from benchmarks.sides import device_names
from benchmarks.sklearn_cases import CASES, Case
from benchmarks.sklearn_large import LARGE
from xpuarray.placement.devices import as_device
from xpuarray.sklearn import patch_sklearn

SIZES = ("digits", "20k x 20", "500k x 20")


def data(size: str, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Samples, ten or two classes, and quantities that depend on the samples."""
    if size == "digits":
        X, classes = load_digits(return_X_y=True)
        X = X.astype(np.float32)
    else:
        rows = {"20k x 20": 20_000, "500k x 20": 500_000}[size]
        centers = rng.normal(size=(8, 20))
        X = (centers[rng.integers(0, 8, rows)] + rng.normal(size=(rows, 20))).astype(np.float32)
        classes = (X @ rng.normal(size=20) + rng.normal(size=rows) > 0).astype(np.int64)
    return X, classes, (X @ rng.normal(size=X.shape[1])).astype(np.float32)


def contenders(case: Case, arrays: Sequence[np.ndarray], plain: Any, gpu: bool) -> Iterator[Any]:
    """Stock scikit-learn, scikit-learn-intelex, and xpuarray on each device, then CuPy on GPUs."""
    yield "stock", lambda: _contender("stock", case, plain, arrays)
    if not gpu:
        yield "scikit-learn-intelex", lambda: _contender("scikit-learn-intelex", case, _accelerated(case), arrays)
    for device in device_names():
        if (":gpu:" in device) == gpu:  # a name: the device may be missing
            yield f"xpuarray, {device}", lambda device=device: _ours(case, arrays, device)
    if gpu and case.cupy:
        yield "CuPy", lambda: _cupy(case, arrays)


def _contender(
    name: str, case: Case, target: Any, arrays: Sequence[Any], wait: Any = None, home: Any = None
) -> Contender:
    call = case.ready(target, *arrays)
    return Contender(name, call, wait or (lambda: None), lambda found: case.value(found, home or np.asarray, *arrays))


def _accelerated(case: Case) -> Any:
    module, _, name = case.path.rpartition(".")
    for place in (f"sklearnex.{module}", f"sklearnex.preview.{module}"):
        try:
            return getattr(importlib.import_module(place), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError("scikit-learn-intelex has none of its own")


def _ours(case: Case, arrays: Sequence[np.ndarray], device: str) -> Contender:
    place = as_device(device)
    module, _, name = case.path.rpartition(".")
    target = getattr(importlib.import_module(f"sklearn.{module}"), name)
    with xp.device(place):
        ours = [xp.asarray(a) for a in arrays]
    return _contender(f"xpuarray, {device}", case, target, ours, place.runtime.wait, _numpy)


def _numpy(value: Any) -> np.ndarray:
    return xp.asnumpy(value) if isinstance(value, xp.Array) else np.asarray(value)


def _cupy(case: Case, arrays: Sequence[np.ndarray]) -> Contender:
    import cupy

    ours = [cupy.asarray(a) for a in arrays]
    call = lambda: case.cupy(cupy, *ours)  # noqa: E731
    return Contender("CuPy", call, cupy.cuda.Device().synchronize, lambda found: np.asarray(cupy.asnumpy(found)))


def races(
    cases: dict[str, Case], names: Sequence[str], sizes: Sequence[str], gpu: bool, options: Any
) -> Iterator[Race]:
    """A race for each case and size."""
    plain = {name: case.target() for name, case in cases.items()}  # before anything is patched
    patch_sklearn()
    for size in ("",) if gpu else sizes:
        common = () if gpu else data(size, options.rng)
        for name, case in cases.items():
            if (names and name.partition(".")[0] not in names and name not in names) or size in case.without:
                continue
            arrays = case.data(options) if gpu else common
            found = case.ready(plain[name], *arrays)()
            reference = np.asarray(case.value(found, np.asarray, *arrays), dtype=np.float64)
            bound = case.bound * float(np.max(np.abs(reference), initial=0))
            title = f"{name}, {size or case.about}"
            yield Race(title, title, contenders(case, arrays, plain[name], gpu), reference, bound, peer="stock")


def conclusion(found: Sequence[dict[str, Any]]) -> str:
    """Geometric means of how many times as fast as stock each contender was, and where xpuarray was slower."""
    by: dict[str, list[float]] = {}
    for race in found:
        for contender in race["contenders"]:
            by.setdefault(contender["name"], []).append(contender["ratio"])
    lines = [
        f"{name}: {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f} times as fast as stock, of {len(ratios)}"
        for name, ratios in by.items()
    ]
    for race in found:
        best = max(c["ratio"] for c in race["contenders"] if not c["name"].startswith("xpuarray"))
        for c in race["contenders"]:
            if c["name"].startswith("xpuarray") and c["ratio"] * 1.1 < best:
                lines.append(
                    f"{race['name']}: {c['name']} takes {best / c['ratio']:.2f} times the fastest library's time"
                )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Runs what is named, prints tables and what they come to; returns 0."""
    command = Command("sklearn", __doc__)
    command.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(CASES)}; --gpu: {', '.join(LARGE)}")
    command.add_argument("--sizes", nargs="*", choices=SIZES, default=SIZES)
    command.add_argument("--gpu", action="store_true", help="large data, GPUs and CuPy")
    given, options = command.parse(arguments, rounds=(5, 3), seconds=(0.1, 0.02))
    found: list[dict[str, Any]] = []
    warnings.simplefilter("ignore")  # iterations are bounded
    sizes = SIZES[:1] if given.quick else given.sizes
    cases = LARGE if given.gpu else CASES
    known = {part for name in cases for part in (name, name.partition(".")[0])}
    if unknown := set(given.names) - known:
        command.error(
            f"{', '.join(sorted(unknown))}: none of {', '.join(cases)}; devices: SYCL_DEVICE_FILTER=opencl:cpu"
        )
    for race in races(cases, given.names, sizes, given.gpu, options):
        results = measure(race, options)
        found.append(report(race, results))
        print(table(race, results), flush=True)
        command.write({"races": found})
    print(conclusion(found))
    return 0
