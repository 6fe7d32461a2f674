"""scikit-learn's checks of estimators (`parametrize_with_checks`), each array in them one of ours.

    python tests/sklearn_checks.py host opencl:cpu             # all estimators; an hour
    python tests/sklearn_checks.py --drivers KMeans Ridge      # our drivers on a processor

What goes into a method becomes an array of the device, what comes out NumPy's again, so that the checks read it.  A
check that fails with NumPy arrays, too, is scikit-learn's or scikit-learn-intelex's business ("theirs"); what a driver
lacks is a FallbackError, which is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import contextvars
import functools
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from types import GeneratorType
from typing import Any

import numpy as np
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import all_estimators
from sklearn.utils._test_common.instance_generator import _construct_instances  # by the classes that nobody has patched
from sklearn.utils._testing import SkipTest
from sklearn.utils.estimator_checks import estimator_checks_generator

import xpuarray as xp
from xpuarray.sklearn import attributes, edge, libraries, patch_sklearn, routes, unpatch_sklearn
from xpuarray.sklearn.models import HOME, is_fitted
from xpuarray.sklearn.operands import has_arrays, replaced
from xpuarray.sklearn.table import DRIVERS

__all__ = ["LEFT_OUT", "NOT_BY_DRIVERS", "failures"]

#: Checks that arrays of ours can't be given to, and why.
LEFT_OUT = {
    "check_array_api_input": "has arrays of its own: test_sklearn_checks.py",
    "check_array_api_mixed_inputs": "has arrays of its own",
    "check_array_api_same_namespace": "has arrays of its own",
    "check_classifier_data_not_an_array": "what gives an array when asked is data on the host: ImplicitTransferError",
    "check_regressor_data_not_an_array": "the same",
    "check_sample_weights_not_an_array": "the same",
    "check_transformer_data_not_an_array": "the same",
    "check_sample_weights_pandas_series": "the same",
    "check_complex_data": "complex numbers are refused at the edge, by UnsupportedDTypeError",
    "check_estimators_pickle": "reads the pickle as NumPy's, or memory-mapped",
    "check_readonly_memmap_input": "memory-mapped files are the host's",
}

#: Checks of what no device holds, sparse matrices and objects: a FallbackError says so, and they want a ValueError.
NOT_BY_DRIVERS = {
    "check_dtype_object",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_sample_weight_equivalence_on_sparse_data",
}

#: Whether a call is a check's own: in what it calls, arrays are what they are.
_outside: contextvars.ContextVar[bool] = contextvars.ContextVar("outside", default=False)


@contextlib.contextmanager
def given(device: str, drivers: bool = False) -> Iterator[None]:
    """scikit-learn patched, and what is given to it from outside made arrays of the device."""

    def placed(value: Any) -> Any:
        usual = isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.ndim
        return xp.asarray(value, device=device) if usual else value

    def home(value: Any) -> Any:
        if isinstance(value, GeneratorType):
            return (replaced(part, home) for part in value)
        return xp.asnumpy(value) if type(value) is xp.Array else value

    def around(make: Callable[..., Any], wanted: Callable[..., bool]) -> Callable[..., Any]:
        """What makes an edge, with arrays of ours going in and NumPy's coming out."""

        def made(*details: Any) -> Any:
            call = make(*details)

            @functools.wraps(call)
            def converting(*args: Any, **kwargs: Any) -> Any:
                if not _outside.get():
                    return call(*args, **kwargs)
                token = _outside.set(False)
                try:
                    if not wanted(details, args, kwargs):
                        return call(*args, **kwargs)
                    return replaced(call(*replaced(args, placed), **replaced(kwargs, placed)), home)
                finally:
                    _outside.reset(token)

            return converting

        return made

    def to_method(details: Any, args: Any, kwargs: Any) -> bool:
        model = args[0]  # one that was fitted on lists is used on NumPy arrays
        return details[0].startswith(("fit", "partial_fit")) or not is_fitted(model) or HOME in vars(model)

    def to_function(details: Any, args: Any, kwargs: Any) -> bool:
        return bool(has_arrays(args) or has_arrays(kwargs))

    unpatch_sklearn()
    method, function, choices, read = edge.method, edge.function, edge.choices, attributes._read
    edge.method, edge.function = around(method, to_method), around(function, to_function)
    attributes._read = lambda *what: replaced(read(*what), home)
    if drivers:
        edge.choices = routes.choices = lambda device: (routes.Own(device),)
    token = _outside.set(True)
    try:
        patch_sklearn()
        yield
    finally:
        unpatch_sklearn()
        _outside.reset(token)
        edge.method, edge.function = method, function
        edge.choices = routes.choices = choices
        attributes._read = read


def checks(kind: type, left_out: Collection[str]) -> Iterator[tuple[str, Any, Callable[[Any], None]]]:
    """Name, estimator and call of each check of a class."""
    with contextlib.suppress(SkipTest), warnings.catch_warnings():  # of what can't be made without others
        warnings.simplefilter("ignore", SkipTestWarning)
        for estimator in _construct_instances(libraries.stock_class(kind)):
            for one, check in estimator_checks_generator(kind(**estimator.get_params(deep=False))):
                name = getattr(check, "func", check).__name__
                if name not in left_out:
                    yield name, one, check


def outcome(estimator: Any, check: Callable[[Any], None]) -> str:
    """What a check says: nothing if it passes, or a line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", SkipTestWarning)
        try:
            check(estimator)
        except (SkipTest, SkipTestWarning):
            pass
        except Exception as error:
            cause = next((e for e in _causes(error) if isinstance(e, xp.FallbackError)), error)
            return f"{type(cause).__name__}: {' '.join(str(cause).split())[:200]}"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def failures(name: str, device: str, drivers: bool = False) -> Iterator[tuple[str, str, str]]:
    """Check, estimator and what it says, of each check that fails; "theirs" before it if it does with NumPy arrays."""
    with given(device, drivers):
        kind = dict(all_estimators())[name]
        kind = libraries.stock_class(kind) if drivers else kind
        left_out = {*LEFT_OUT, *NOT_BY_DRIVERS} if drivers else LEFT_OUT
        failed = [(n, e, c, told) for n, e, c in checks(kind, left_out) if (told := outcome(e, c))]
    patch_sklearn()
    try:
        for check, estimator, call, told in failed:
            yield check, repr(estimator), f"theirs: {told}" if outcome(estimator, call) else told
    finally:
        unpatch_sklearn()


def main(arguments: list[str]) -> int:
    """Prints what fails; returns 1 if anything does that NumPy arrays pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="devices and estimators")
    parser.add_argument("--drivers", action="store_true", help="by our drivers, of what has one")
    options = parser.parse_args(arguments)
    ours = {name for name, module in DRIVERS.items() if module != "forest"}  # these are grown on the host
    kinds = [name for name, _ in all_estimators() if name in ours or not options.drivers]
    wanted = [name for name in options.names if name in kinds] or kinds
    counts: Counter[str] = Counter()
    for device in [name for name in options.names if name not in kinds] or ["host"]:
        for name in wanted:
            for check, estimator, told in failures(name, device, options.drivers):
                why = told.partition(":")[0]
                counts[why if why in ("theirs", "FallbackError") else "ours"] += 1
                if why not in counts:
                    print(f"{device} {estimator} {check}: {told}", flush=True)
    print(dict(counts) or "nothing fails")
    return int(bool(counts["ours"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
