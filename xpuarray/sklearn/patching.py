"""Putting the edge around scikit-learn's methods and functions, and taking it away again."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["patch_sklearn", "unpatch_sklearn"]

_MISSING: Any = object()
#: (module or class, name, what was there, what is there now)
_replaced: list[tuple[Any, str, Any, Any]] = []
#: classes that have an edge
_edged: set[type] = set()
#: where bases come from that have no methods for arrays
_PLAIN = ("builtins", "abc", "typing", "collections.abc")
#: Methods that arrays don't go through, and that are told by the way they end.
_SETTINGS = ("get_params", "set_params", "set_output", "get_metadata_routing", "to_device", "_request")


def patch_sklearn() -> None:
    """Make scikit-learn take xpuarray arrays: each estimator, and each function that takes arrays.

    What they return, and what estimators have learned, is then on the arrays' device.  Where scikit-learn-intelex is
    faster, its estimators stand for scikit-learn's own: for these it must come before `from sklearn.cluster import
    KMeans`, as for functions.  Patching twice changes nothing.

    >>> from xpuarray.sklearn import patch_sklearn
    >>> patch_sklearn()                                                   # doctest: +SKIP
    """
    if _replaced:
        return
    try:
        from sklearn.base import BaseEstimator
    except ModuleNotFoundError as error:
        if error.name == "sklearn":
            raise ModuleNotFoundError(
                "scikit-learn is missing: pip install 'xpuarray[sklearn]'", name="sklearn"
            ) from None
        raise
    from xpuarray.sklearn import edge, libraries, models
    from xpuarray.sklearn.table import MODULES, OTHERS

    modules = [importlib.import_module(f"sklearn.{name}") for name in MODULES]
    for place, name, engine in libraries.engines():
        _put(importlib.import_module(place), name, engine)
        if isinstance(engine, type):
            _put(engine, "__reduce__", models.reduce)
    for module in modules:
        for name, original in _functions(module):
            ours = edge.function(original)
            _put(module, name, ours)
            home = sys.modules[original.__module__]
            if vars(home).get(name) is original and not home.__name__.startswith("sklearn.utils"):
                _put(home, name, ours)  # pickles find it there
    for name, hook in models.hooks(BaseEstimator).items():
        _put(BaseEstimator, name, hook)
    for kind in (BaseEstimator, *_subclasses(BaseEstimator)):
        _put_edge(kind)
    for path, names in OTHERS.items():
        place, _, base = path.rpartition(".")
        _put_methods(getattr(importlib.import_module(place), base), names)
    _follow_threads()
    _follow_subclasses()


@contextlib.contextmanager
def patched() -> Iterator[None]:
    """scikit-learn patched inside the block."""
    before = bool(_replaced)
    patch_sklearn()
    try:
        yield
    finally:
        if not before:
            unpatch_sklearn()


def public_names() -> Iterator[tuple[str, str, Any]]:
    """(module, name, class or function) of each estimator and each function that is patched."""
    from sklearn.base import BaseEstimator

    from xpuarray.sklearn.table import MODULES

    for place in MODULES:
        module = sys.modules[f"sklearn.{place}"]
        for name in sorted(_public(module)):
            found = vars(module).get(name)
            estimator = inspect.isclass(found) and issubclass(found, BaseEstimator)
            if estimator or any(owner is module and name == n for owner, n, _, _ in _replaced):
                yield place, name, found


def unpatch_sklearn() -> None:
    """Put back what stood there before `patch_sklearn`, be it scikit-learn's or another patch.

    A name that something else has patched since is left alone.
    """
    if not _replaced:
        return
    from xpuarray.sklearn import attributes

    for owner, name, attribute in attributes.Learned.made:
        if vars(owner).get(name) is attribute:
            delattr(owner, name)
    attributes.Learned.made.clear()
    _edged.clear()
    while _replaced:
        owner, name, former, ours = _replaced.pop()
        if vars(owner).get(name) is not ours:
            continue
        if former is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, former)


def _put(owner: Any, name: str, ours: Any) -> None:
    former = vars(owner).get(name, _MISSING)
    setattr(owner, name, ours)
    _replaced.append((owner, name, former, vars(owner)[name]))


def _functions(module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions of a module of scikit-learn's."""
    for name in _public(module):
        found = vars(module).get(name)
        if inspect.isfunction(found) and found.__module__.partition(".")[0] in ("sklearn", "sklearnex", "daal4py"):
            yield name, found


def _public(module: Any) -> list[str]:
    """Its public names: without `__all__` those of what is defined there."""
    own = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]
    return getattr(module, "__all__", own)


def _subclasses(kind: type) -> Iterator[type]:
    derived: type
    for derived in kind.__subclasses__():
        yield derived
        yield from _subclasses(derived)


def _put_edge(kind: type) -> None:
    """The edge around the public methods and properties that a class defines itself."""
    from sklearn.utils._available_if import _AvailableIfDescriptor

    from xpuarray.sklearn.attributes import learned_property
    from xpuarray.sklearn.edge import function, method

    for base in kind.__mro__[1:]:
        if base not in _edged and base.__module__ not in _PLAIN:
            _put_edge(base)  # a mixin
    if kind in _edged:
        return
    _edged.add(kind)
    for name, value in list(vars(kind).items()):
        if name[0] == "_" or name.endswith(_SETTINGS):
            continue
        if inspect.isfunction(value):
            _put(kind, name, method(name, value))
        elif isinstance(value, _AvailableIfDescriptor):
            _put(kind, name, _AvailableIfDescriptor(method(name, value.fn), value.check, value.attribute_name))
        elif isinstance(value, property):
            _put(kind, name, learned_property(name, value))
        elif isinstance(value, staticmethod) and inspect.isfunction(value.__func__):
            _put(kind, name, staticmethod(function(value.__func__)))


def _put_methods(base: type, names: Iterable[str]) -> None:
    """The edge around methods of a class that is no estimator, and of those derived from it."""
    from xpuarray.sklearn.edge import method

    for kind in (base, *_subclasses(base)):
        for name in names:
            if inspect.isfunction(vars(kind).get(name)):
                _put(kind, name, method(name, vars(kind)[name]))


def _follow_threads() -> None:
    """Parts of a call that joblib gives to other threads are inside of it, too."""
    from sklearn.utils.parallel import _FuncWrapper

    from xpuarray.sklearn.crossing import inside

    initialize, call = _FuncWrapper.__init__, _FuncWrapper.__call__

    def init(self: Any, function: Any) -> None:
        initialize(self, function)
        self.crossing = inside.get()

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        crossing = getattr(self, "crossing", None)
        return call(self, *args, **kwargs) if crossing is None else crossing.run(call, self, *args, **kwargs)

    _put(_FuncWrapper, "__init__", init)
    _put(_FuncWrapper, "__call__", run)


def _follow_subclasses() -> None:
    """Estimators that are defined from here on have an edge, too: around what `set_output` does with their results."""
    from sklearn.base import BaseEstimator
    from sklearn.utils._set_output import _SetOutputMixin

    def prepare(cls: type, **kwargs: Any) -> None:
        super(BaseEstimator, cls).__init_subclass__(**kwargs)
        if not issubclass(cls, _SetOutputMixin):
            _put_edge(cls)

    wrap = vars(_SetOutputMixin)["__init_subclass__"].__func__

    def wrapped(cls: type, **kwargs: Any) -> None:
        wrap(cls, **kwargs)
        if issubclass(cls, BaseEstimator):
            _put_edge(cls)

    _put(BaseEstimator, "__init_subclass__", classmethod(prepare))
    _put(_SetOutputMixin, "__init_subclass__", classmethod(wrapped))
