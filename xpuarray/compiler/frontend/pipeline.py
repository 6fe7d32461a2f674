"""Numba's compiler as kernels and the functions they call go through it, on every target."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

from numba.core import compiler, types
from numba.core.errors import TypingError
from numba.core.typed_passes import NopythonRewrites, NopythonTypeInference
from numba.core.typing.templates import signature

import xpuarray.compiler.frontend.pass_managers  # noqa: F401  has them freed
from xpuarray.compiler.frontend import expressions, integers
from xpuarray.compiler.frontend.comparison import OwnComparison
from xpuarray.compiler.frontend.division import OwnComplexDivision, OwnDivision
from xpuarray.compiler.frontend.numba_types import ExpressionType
from xpuarray.compiler.frontend.statements import Loops
from xpuarray.compiler.frontend.values import OnlyValues
from xpuarray.compiler.frontend.wrapping import OwnSums
from xpuarray.lang.atomic import AtomicRef

__all__ = ["KernelCompiler", "add_passes", "typing_integers"]


class KernelCompiler(compiler.Compiler):
    """Integers are the language's own: their types, their sums and their divisions."""

    only_values = True  #: whether what kernels can't have is refused: our own code around them may have more

    def __init__(self, typingctx: Any, *args: Any):
        super().__init__(typingctx, *args)
        self.state.typingctx = typing_integers(typingctx)

    def define_pipelines(self):
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.add_pass_after(Loops, NopythonTypeInference)
            if self.only_values:
                pipeline.add_pass_after(OnlyValues, Loops)
            add_passes(pipeline)
            pipeline.finalize()
        return pipelines


def add_passes(pipeline: Any) -> None:
    """Give a pipeline of Numba's the passes that make its integers our language's."""
    own_passes = OwnDivision, OwnComplexDivision, OwnComparison, OwnSums
    for previous, own in itertools.pairwise((NopythonRewrites, *own_passes)):
        pipeline.add_pass_after(own, previous)


def typing_integers(context: Any) -> Any:
    """The typing context, with the language's rules for integers (integers.py) before Numba's own."""
    kind: Any = type(context)
    same = object.__new__(_with_integers(kind))
    same.__dict__ = context.__dict__  # whatever is learned here or there is known to both
    return same


@functools.cache
def _with_integers(base: Any) -> Any:
    class Typing(base):  # type: ignore[misc, valid-type]
        def unify_pairs(self, first, second):
            if first != second and any(isinstance(kind, ExpressionType) for kind in (first, second)):
                raise TypingError(f"an expression of arrays is one of several values of a variable; {expressions.CURE}")
            if first == second or not (isinstance(first, _OURS) or isinstance(second, _OURS)):
                return super().unify_pairs(first, second)
            if isinstance(first, types.Integer) and isinstance(second, types.Integer):
                return integers.join(first, second)
            return super().unify_pairs(integers.plain(first), integers.plain(second))

        def resolve_getattr(self, typ, attr):
            if isinstance(typ, types.Array) and attr in ("shape", "size"):
                return integers.INDEX if attr == "size" else types.UniTuple(integers.INDEX, typ.ndim)
            return super().resolve_getattr(types.int64 if isinstance(typ, integers.Natural) else typ, attr)

        def resolve_setitem(self, target, index, value):
            if isinstance(target, types.Array):
                index = integers.as_address(index)
            if isinstance(value, ExpressionType):
                return signature(types.none, target, index, value)
            return super().resolve_setitem(target, index, integers.plain(value))

        def resolve_function_type(self, func, args, kws):
            theirs = super().resolve_function_type
            known = func if isinstance(func, types.Type) else self._lookup_global(func)
            function = known.typing_key if isinstance(known, types.Function) else func
            if (loops := expressions.resolve(self, function, args, kws)) is not None:
                return loops
            if integers.of_call(function, args):
                return integers.resolve(known, args, lambda given: theirs(func, tuple(given), {}))
            seen: Callable[[types.Type], types.Type] = integers.plain
            if isinstance(known, types.Dispatcher):
                seen = integers.of_parameter
            elif function is AtomicRef or (function is operator.getitem and isinstance(args[0], types.Array)):
                seen = integers.as_address
            elif function in _TAKEN_APART and isinstance(args[0], types.BaseTuple):  # its parts are what they are
                return theirs(func, (args[0], *map(seen, args[1:])), kws)
            return theirs(func, tuple(map(seen, args)), {name: seen(kind) for name, kind in dict(kws).items()})

    return Typing


_TAKEN_APART = (operator.getitem, "static_getitem", "getiter")
_OURS = (types.IntegerLiteral, integers.Natural)
