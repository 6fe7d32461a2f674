"""Numba's compiler as kernels and the functions they call go through it, on every target."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from numba.core import compiler, types
from numba.core.typed_passes import NopythonRewrites, NopythonTypeInference

from xpuarray.compiler.frontend.comparison import OwnComparison
from xpuarray.compiler.frontend.division import OwnDivision
from xpuarray.compiler.frontend.values import OnlyValues
from xpuarray.compiler.frontend.wrapping import OwnSums

__all__ = ["KernelCompiler", "add_passes", "unifying"]

_WHOLE = {types.int64, types.uint64}


class KernelCompiler(compiler.Compiler):
    """Sums and divisions of integers, and comparisons of signed with unsigned ones, are the language's own; in a
    variable the two kinds meet in int64."""

    def __init__(self, typingctx: Any, *args: Any):
        super().__init__(typingctx, *args)
        self.state.typingctx = unifying(typingctx)

    def define_pipelines(self):
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.add_pass_after(OnlyValues, NopythonTypeInference)
            add_passes(pipeline)
            pipeline.finalize()
        return pipelines


def add_passes(pipeline: Any) -> None:
    """Give a pipeline of Numba's the passes that make its integers our language's."""
    for previous, own in itertools.pairwise((NopythonRewrites, OwnDivision, OwnComparison, OwnSums)):
        pipeline.add_pass_after(own, previous)


def unifying(context: Any) -> Any:
    """The typing context, to be asked what a variable is that is set to values of two types.

    For int64 and uint64 Numba says float64, as NumPy does: `i = item.get_id(0)`, then `i += 1`, and
    x[i] is an error.  Arithmetic of the two gives int64 already.
    """
    kind: Any = type(context)
    same = object.__new__(_unifying_class(kind))
    same.__dict__ = context.__dict__  # whatever is learned here or there is known to both
    return same


@functools.cache
def _unifying_class(base: Any) -> Any:
    class Unifying(base):  # type: ignore[misc, valid-type]
        def unify_pairs(self, first, second):
            if {types.unliteral(first), types.unliteral(second)} == _WHOLE:
                return types.int64
            return super().unify_pairs(first, second)

    return Unifying
