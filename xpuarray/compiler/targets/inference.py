"""The types that a compiled function's variables have, for the simulator: Numba's inference, and no code."""

from __future__ import annotations

import types as python_types
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from numba.core import compiler, types
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.target_extension import target_override
from numba.core.typed_passes import NopythonTypeInference

from xpuarray.compiler.frontend.linking import link
from xpuarray.compiler.frontend.pipeline import KernelCompiler, typing_integers
from xpuarray.compiler.targets.host_target import HostDispatcher, linked_value

__all__ = ["inferred"]


@register_pass(mutates_CFG=False, analysis_only=True)
class _Told(AnalysisPass):  # type: ignore[misc]
    """Ends the compilation."""

    _name = "xpuarray_told"

    def __init__(self) -> None:
        AnalysisPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        raise compiler._EarlyPipelineCompletion((dict(state.typemap), state.return_type))


class _TypesAlone(KernelCompiler):
    def define_pipelines(self) -> Any:
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.add_pass_after(_Told, NopythonTypeInference)
            pipeline.finalize()
        return pipelines


def inferred(
    function: python_types.FunctionType, arguments: Sequence[types.Type], prefixes: str | tuple[str, ...]
) -> tuple[dict[str, types.Type | None], types.Type]:
    """The types of its variables whose names begin like that, or like one of those, and that of its result.

    Python's bytecode has the condition of a loop twice; of two types that a variable then has, it is the common one.

    Raises NumbaError where there are none.
    """
    target, several = HostDispatcher.targetdescr, defaultdict[str, list[types.Type]](list)
    with target_override(target._target_name):
        flags = compiler.Flags()
        target.options.parse_as_flags(flags, {})
        target.typing_context.refresh()
        target.target_context.refresh()
        linked = link(function, linked_value)
        known, result = compiler.compile_extra(
            target.typing_context, target.target_context, linked, tuple(arguments), None, flags, {},
            pipeline_class=_TypesAlone,
        )  # fmt: skip
        for version, kind in known.items():
            if version.startswith(prefixes):
                several[version.split(".")[0]].append(kind)
        context = typing_integers(target.typing_context)
        return {name: context.unify_types(*kinds) for name, kinds in several.items()}, result
