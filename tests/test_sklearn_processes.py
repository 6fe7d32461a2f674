"""Estimators where a device or a library is missing, and in any order of imports."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import estimators
import pytest
from estimators import (
    CANCER_X,
    fitted,
    needs_sycl,
)

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries

opencl, patched = estimators.opencl, estimators.patched


# -- other processes ----------------------------------------------------------------------------


def run(program: str, *args: str, **environment: str) -> str:
    """What `program` prints in a new process."""
    kept = {k: v for k, v in os.environ.items() if k not in ("SCIPY_ARRAY_API", "SYCL_DEVICE_FILTER")}
    done = subprocess.run(
        [sys.executable, "-c", program, *args], env={**kept, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PREDICT = """
import pickle, sys, warnings
import numpy as np
{before}
from xpuarray.sklearn import patch_sklearn
patch_sklearn()
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    with open(sys.argv[1], "rb") as file:
        model, X, expected = pickle.load(file)
assert any("which is not here; it is on host:cpu:0 now" in str(w.message) for w in seen), seen
import xpuarray as xp
assert str(X.device) == "host:cpu:0" and str(model.predict(X).device) == "host:cpu:0"
assert np.array_equal(xp.asnumpy(model.predict(X)), expected)
print("same")
"""


@needs_sycl
@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize(
    ("name", "missing"), [("LogisticRegression", "dpctl"), ("KMeans", "dpctl sklearnex onedal daal4py")]
)
def test_unpickled_where_the_device_is_not(name: str, missing: str, opencl: Device, tmp_path: Any) -> None:
    with xp.device(opencl):
        model, X = fitted(name), xp.asarray(CANCER_X)
    (tmp_path / "model").write_bytes(pickle.dumps((model, X, xp.asnumpy(model.predict(X)))))
    before = "\n".join(f"sys.modules[{m!r}] = None" for m in missing.split())
    assert run(PREDICT.format(before=before), str(tmp_path / "model")) == "same"


ORDER = """
import os
{before}
import xpuarray as xp
import xpuarray.sklearn
from sklearn.datasets import load_digits
xpuarray.sklearn.patch_sklearn()
from sklearn.cluster import KMeans
for device in (d for d in xp.devices() if d.usable):
    assert KMeans(3, random_state=0).fit(xp.asarray(load_digits().data, device=device)).labels_.device is device
print(os.environ.get("SCIPY_ARRAY_API"))
"""


@pytest.mark.parametrize(
    ("before", "value"),
    [("import scipy.linalg, sklearn.cluster", None), ("import sklearnex.cluster", "1")],
)
def test_the_order_of_imports_does_not_matter(before: str, value: str | None) -> None:
    if libraries.missing and "sklearnex" in before:
        pytest.skip(libraries.missing)
    environment = {} if value is None else {"SCIPY_ARRAY_API": value}
    assert run(ORDER.format(before=before), **environment) == str(value)


STOCK = """
import sys
sys.modules["sklearnex"] = None
import xpuarray as xp
from sklearn.datasets import load_digits
from xpuarray.sklearn import patch_sklearn
patch_sklearn()
from sklearn.cluster import KMeans
X = load_digits().data[:200]
for device in (d for d in xp.devices() if d.usable):
    a = xp.asarray(X, device=device)
    labels = KMeans(10, init=a[:10]).fit(a).labels_
    assert (xp.asnumpy(labels) == KMeans(10, init=X[:10]).fit(X).labels_).all()
    print(device.backend, labels.device.backend)
"""


def test_without_scikit_learn_intelex() -> None:
    printed = run(STOCK).splitlines()
    assert printed and all(len(set(line.split())) == 1 for line in printed)


def test_importing_the_package_does_not_import_scikit_learn() -> None:
    program = "import sys, xpuarray.sklearn; print([m for m in ('sklearn', 'sklearnex', 'dpctl') if m in sys.modules])"
    assert run(program) == "[]"
