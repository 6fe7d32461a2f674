"""Of two engines on processors the faster: rules that tell by a call's data which that is."""

from __future__ import annotations

import contextvars
import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Few", "Rule", "SeveralClasses", "TellApart", "either"]


class Rule:
    """Whether the method that it is about is the faster one."""

    words = ""  #: for which data, if not for all: for the table

    def holds(self, stock: type, model: Any, X: Any, *args: Any) -> bool:
        """stock: scikit-learn's class of the model; X, args: as the method is given them"""
        raise NotImplementedError


def either(
    rule: Rule, stock: type, chosen: Callable[..., Any], otherwise: Callable[..., Any], forget: str = ""
) -> Callable[..., Any]:
    """The method that is chosen where the rule says so.

    forget: an attribute of the model that it makes untrue
    """

    def call(model: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        if not rule.holds(stock, model, X, *args, *kwargs.values()):
            return otherwise(model, X, *args, **kwargs)
        vars(model).pop(forget, None)
        return chosen(model, X, *args, **kwargs)

    return call


@dataclasses.dataclass(frozen=True)
class Few(Rule):
    """It is if X has at most so many elements."""

    most: float = math.inf

    @property
    def words(self) -> str:  # type: ignore[override]
        return "of few numbers" if self.most < math.inf else ""

    def holds(self, stock: type, model: Any, X: Any, *args: Any) -> bool:
        return getattr(X, "size", math.inf) <= self.most


@dataclasses.dataclass(frozen=True)
class TellApart(Rule):
    """It is unless X has many rows of two classes that overlap: libsvm looks at the support vectors alone, of which
    these have many, and oneDAL at all rows each time.  A fit of some rows counts them: 15 ms before seconds.
    """

    many: int = 10_000  #: rows, from which on
    some: int = 1_000  #: rows that are tried
    overlap: float = 0.2  #: the share of support vectors of these
    words = "of classes that can be told apart"

    def holds(self, stock: type, model: Any, X: Any, *args: Any) -> bool:
        if type(X) is not np.ndarray or not args or len(X) < self.many or model.kernel not in self.kernels:
            return True
        rows = np.random.default_rng(0).choice(len(X), self.some, replace=False)  # the same each time
        try:
            some, y = X[rows], np.asarray(args[0])[rows]
            if len(np.unique(y)) != 2:
                return True
            given = {name: getattr(model, name) for name in self.counted}
            tried = contextvars.Context().run(stock(**given).fit, some, y)
        except (ValueError, IndexError, TypeError):  # the fit itself will say what is wrong
            return True
        return bool(len(tried.support_) < self.overlap * len(rows))

    kernels = ("linear", "poly", "rbf", "sigmoid")
    counted = ("C", "kernel", "degree", "gamma", "coef0", "tol", "class_weight")


@dataclasses.dataclass(frozen=True)
class SeveralClasses(Rule):
    """It is for some rows, of a classifier of more than two classes."""

    rows: int = 50
    words = "of several classes"

    def holds(self, stock: type, model: Any, X: Any, *args: Any) -> bool:
        return type(X) is np.ndarray and len(X) >= self.rows and getattr(model, "classes_", X[:0]).shape[0] > 2
