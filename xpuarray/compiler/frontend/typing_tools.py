"""Small tools for telling Numba about functions of the language."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from numba.core import types
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, fold_arguments, infer_global, signature

__all__ = ["literal", "method", "typed"]


def typed(function: Callable[..., Any]) -> Callable[[Callable[..., types.Type]], Any]:
    """Register a typing rule for `function`: it gets one Numba type a parameter, returns the result's.

    Parameters that a call leaves out have their default's type (types.Omitted).
    """
    parameters = inspect.signature(function)

    def register(rule: Callable[..., types.Type]) -> Any:
        class Template(AbstractTemplate):
            key = function
            prefer_literal = True

            def generic(self, args, kws):
                folded = fold_arguments(
                    parameters,
                    args,
                    kws,
                    lambda index, param, given: given,
                    lambda index, param, default: types.Omitted(default),
                    lambda index, param, given: types.StarArgTuple(given),
                )
                result = rule(*folded)
                return signature(result, *folded).replace(pysig=parameters)

        infer_global(function, types.Function(Template))
        return rule

    return register


def method(owner: str, name: str, rule: Callable[..., Any], *spellings: Sequence[str]) -> Callable[..., types.Type]:
    """A `resolve_...` for an AttributeTemplate: the bound method whose signature is
    `rule(receiver's type, argument types)`, lowered under the name "owner.name".

    spellings: names of the parameters, so that they can be given by name
    """

    class Template(AbstractTemplate):
        key = f"{owner}.{name}"
        prefer_literal = True

        def generic(self, args, kws):
            if not kws:
                return rule(self.this, args).replace(recvr=self.this)
            names = _spelling(name, spellings, len(args), kws)
            ordered = (*args, *(kws[n] for n in names[len(args) :]))
            pysig = inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names])
            return rule(self.this, ordered).replace(recvr=self.this, pysig=pysig)

    return lambda self, receiver: types.BoundFunction(Template, receiver)


def _spelling(name: str, spellings: Sequence[Sequence[str]], positional: int, keywords: Any) -> Sequence[str]:
    """The parameters' names of a call that gives the first ones by position and `keywords` by name."""
    for names in spellings:
        if set(names[positional : positional + len(keywords)]) == set(keywords):
            return names[: positional + len(keywords)]
    raise TypingError(f"{name} has no parameter(s) {', '.join(keywords)}")


def literal(name: str, numba_type: types.Type) -> Any:
    """The value of a literal (or of a left-out default).  Raises TypingError for anything else."""
    if isinstance(numba_type, types.Omitted):
        return numba_type.value
    if isinstance(numba_type, types.Literal):
        return numba_type.literal_value
    if numba_type is types.none:
        return None
    raise TypingError(f"{name} must be a constant, not a value of type {numba_type}")
