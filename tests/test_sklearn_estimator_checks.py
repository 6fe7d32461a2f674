"""scikit-learn's checks of estimators, given arrays of ours: of some here, of all by tests/sklearn_checks.py."""

from __future__ import annotations

import pytest
from estimators import CPU
from sklearn.utils import estimator_checks
from sklearn_checks import LEFT_OUT, NOT_BY_DRIVERS, failures


@pytest.mark.parametrize("name", ["KMeans", "LinearDiscriminantAnalysis", "PCA", "Ridge", "StandardScaler"])
def test_on_a_processor(name: str) -> None:
    assert [told for told in failures(name, CPU) if not told[2].startswith("theirs")] == []


@pytest.mark.parametrize("name", ["GaussianMixture", "KMeans", "Lasso", "MiniBatchKMeans", "TruncatedSVD"])
def test_by_drivers(name: str) -> None:
    assert [told for told in failures(name, CPU, drivers=True) if not told[2].startswith("theirs")] == []


def test_reasons_are_given_for_checks_that_are_there() -> None:
    assert all(hasattr(estimator_checks, name) for name in (*LEFT_OUT, *NOT_BY_DRIVERS))
