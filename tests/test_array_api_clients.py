"""Functions of scikit-learn, SciPy and array-api-extra that take any library's arrays, on xpuarray's.

SciPy, and scikit-learn with it, reads SCIPY_ARRAY_API when it is imported, so this runs in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

PROGRAM = """
    import warnings

    warnings.simplefilter("ignore")  # SciPy calls its support of the standard experimental
    import numpy as np
    import scipy.fft, scipy.integrate, scipy.special, scipy.stats
    import sklearn
    from sklearn import decomposition, metrics, preprocessing
    from sklearn.externals import array_api_extra as extra
    from sklearn.metrics import pairwise

    import xpuarray as xp
    from xpuarray.placement.devices import as_device

    sklearn.set_config(array_api_dispatch=True)
    random = np.random.default_rng(0)
    X, x, y = (random.random(shape, dtype=np.float32) for shape in ((20, 4), 20, 20))
    labels, predicted = np.arange(20) % 3, np.arange(20) // 2 % 3

    CALLS = {
        "sklearn mean_squared_error": lambda a: metrics.mean_squared_error(a(x), a(y)),
        "sklearn f1_score": lambda a: metrics.f1_score(a(labels), a(predicted), average="macro"),
        "sklearn cosine_similarity": lambda a: pairwise.cosine_similarity(a(X)),
        "sklearn rbf_kernel": lambda a: pairwise.rbf_kernel(a(X)),
        "sklearn MinMaxScaler": lambda a: preprocessing.MinMaxScaler().fit_transform(a(X)),
        "sklearn PolynomialFeatures": lambda a: preprocessing.PolynomialFeatures(2).fit_transform(a(X)),
        "sklearn PCA": lambda a: decomposition.PCA(2, svd_solver="full").fit(a(X)).explained_variance_,
        "scipy logsumexp": lambda a: scipy.special.logsumexp(a(X), axis=1),
        "scipy softmax": lambda a: scipy.special.softmax(a(X), axis=0),
        "scipy zscore": lambda a: scipy.stats.zscore(a(X)),
        "scipy skew": lambda a: scipy.stats.skew(a(X)),
        "scipy gmean": lambda a: scipy.stats.gmean(a(X)),
        "scipy fft.rfftn": lambda a: scipy.fft.rfftn(a(X)),
        "scipy trapezoid": lambda a: scipy.integrate.trapezoid(a(X), dx=0.5),
        "extra cov": lambda a: extra.cov(a(X)),
        "extra kron": lambda a: extra.kron(a(X[:2]), a(X[:3])),
        "extra setdiff1d": lambda a: extra.setdiff1d(a(labels), a(predicted[:2])),
        "extra pad": lambda a: extra.pad(a(X), 2),
        "extra one_hot": lambda a: extra.one_hot(a(labels), 3),
        "extra at": lambda a: extra.at(a(x))[2:4].add(1, copy=True),
    }
    for name in ("host", "opencl:cpu", "fake"):
        try:
            device = as_device(name)
        except xp.DeviceError:
            continue
        for call, function in CALLS.items():
            expected = np.asarray(function(np.asarray))
            with xp.device(device):
                got = function(xp.asarray)
            if isinstance(got, xp.Array):
                assert got.device is device, call
                got = xp.asnumpy(got)
            else:
                assert expected.ndim == 0, f"{call} left {device}"
            assert got.shape == expected.shape if expected.ndim else True, call
            assert np.allclose(got, expected, rtol=1e-4, atol=1e-5), f"{call} on {device}: {got}, not {expected}"
            print("ok:", call, "on", device)
"""


def test_functions_that_take_any_array():
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    environment.pop("SYCL_DEVICE_FILTER", None)
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.count("ok: ") >= 40  # two devices at least
