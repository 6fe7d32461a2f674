"""scikit-learn's own check of estimators that take arrays of other libraries, with ours: the same types and values.

A part of the estimators is checked; with XPUARRAY_TEST_LARGE set all of them are.
"""

from __future__ import annotations

import builtins
import os
import warnings
from typing import Any

import estimators
import pytest
from estimators import CPU, by_drivers
from sklearn.utils import all_estimators, estimator_checks

from xpuarray.sklearn import libraries, routes
from xpuarray.sklearn.table import DRIVERS

patched = estimators.patched

#: What fails with NumPy arrays, too, or compares what is no array.
EXCEPTIONS = {
    "CategoricalNB": "the check's data are floats",
    "CountVectorizer": "takes no numbers",
    "DictVectorizer": "takes no numbers",
    "FactorAnalysis": "a randomized decomposition of 30 samples, to 1e-7",
    "FeatureHasher": "takes no numbers",
    "FrozenEstimator": "has to be given an estimator",
    "GaussianMixture": "init_params='kmeans' refuses arrays while array_api_dispatch is on, which the check turns on",
    "GradientBoostingClassifier": "estimators_ is an array of objects",
    "GradientBoostingRegressor": "estimators_ is an array of objects",
    "GraphicalLasso": "ill-conditioned for the check's data",
    "HashingVectorizer": "takes no numbers",
    "KBinsDiscretizer": "bin_edges_ is an array of objects",
    "KNeighborsTransformer": "gives sparse matrices, which no device can hold",
    "KernelPCA": "the check calls inverse_transform, which is not asked for",
    "LabelBinarizer": "takes labels alone",
    "LabelEncoder": "takes labels alone",
    "LogisticRegressionCV": "l1_ratios_ is an array of one None",
    "MultiLabelBinarizer": "takes labels alone",
    "MultiOutputClassifier": "predict_proba gives a list",
    "OneHotEncoder": "gives sparse matrices, which no device can hold",
    "PCA": "its score is compared to 2e-13, whatever its size",
    "PatchExtractor": "takes pictures",
    "QuadraticDiscriminantAnalysis": "not of full rank for the check's data",
    "RadiusNeighborsTransformer": "gives sparse matrices, which no device can hold",
    "RandomTreesEmbedding": "gives sparse matrices, which no device can hold",
    "SVC": "of NumPy arrays scikit-learn-intelex finds the same support vectors in another order",
    "SimpleImputer": "the check calls inverse_transform, which is not asked for",
    "SparseCoder": "its dictionary does not fit the check's data",
    "TSNE": "the check has fewer samples than the perplexity",
    "TfidfTransformer": "gives sparse matrices, which no device can hold",
    "TfidfVectorizer": "takes no numbers",
}
#: Engines on GPUs that do not do what the check asks for.
NOT_BY_DRIVERS = {
    "ExtraTreesClassifier": "trees are grown on the host",
    "ExtraTreesRegressor": "trees are grown on the host",
    "PoissonRegressor": "scikit-learn calls scipy.special.xlogy, which takes NumPy arrays",
    "RandomForestClassifier": "trees are grown on the host",
    "RandomForestRegressor": "trees are grown on the host",
    "RidgeClassifierCV": "its LabelBinarizer does not take other arrays",
}
SHORT = (
    "AdaBoostRegressor", "AgglomerativeClustering", "BayesianRidge", "DBSCAN", "DecisionTreeClassifier", "ElasticNet",
    "GaussianNB", "IncrementalPCA", "KMeans", "KNeighborsClassifier", "LinearDiscriminantAnalysis", "LinearRegression",
    "LinearSVC", "LogisticRegression", "MLPRegressor", "NearestNeighbors", "QuantileTransformer", "Ridge",
    "SelectKBest", "StandardScaler", "TruncatedSVD",
)  # fmt: skip

KINDS = dict(all_estimators())
NAMES = [n for n in KINDS if n not in EXCEPTIONS] if os.environ.get("XPUARRAY_TEST_LARGE") else list(SHORT)


def check(kind: Any, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is private stays scikit-learn's own arrays."""
    construct = pytest.importorskip("sklearn.utils._test_common.instance_generator")._construct_instances
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    monkeypatch.setattr(
        estimator_checks, "vars", lambda e: {k: v for k, v in builtins.vars(e).items() if k[0] != "_"}, raising=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator_checks.check_array_api_input(
            kind.__name__, next(iter(construct(kind))), "xpuarray", device_name=place, check_values=True,
            expect_only_array_outputs=False,
        )  # fmt: skip


@pytest.mark.parametrize("place", ["host", pytest.param("opencl:cpu", marks=estimators.needs_sycl)])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("patched")
def test_on_processors(name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(dict(all_estimators())[name], place, monkeypatch)


def by_driver(name: str) -> bool:
    return (name in DRIVERS or routes._tagged(KINDS[name])) and name not in NOT_BY_DRIVERS


@pytest.mark.parametrize("name", list(filter(by_driver, NAMES)))
@pytest.mark.usefixtures("patched")
def test_by_drivers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_drivers(monkeypatch)
    check(libraries.stock_class(KINDS[name]), CPU, monkeypatch)


def test_exceptions_are_estimators() -> None:
    assert set(EXCEPTIONS) <= KINDS.keys() and set(SHORT).isdisjoint(EXCEPTIONS)
