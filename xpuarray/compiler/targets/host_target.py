"""The Numba target that host kernels are typed and lowered for: the kernel language, in a CPU's code.

Numba's own CPU target knows all that Numba does: lists, dicts, NumPy's functions of arrays. What a kernel may say is
the same on all devices, so a kernel's body goes through contexts that know the language and no more. The loop around
the body is compiled by Numba's CPU target (prange.py), whose JIT the code of both is in.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from numba.core import cpu, dispatcher
from numba.core.descriptors import TargetDescriptor
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys
from numba.core.target_extension import GPU, dispatcher_registry, jit_registry, target_override, target_registry

import xpuarray.compiler.frontend.language  # noqa: F401  registers the language with Numba
from xpuarray.compiler.frontend.linking import function_of, link
from xpuarray.compiler.frontend.mathematics import HELPERS
from xpuarray.compiler.frontend.numba_types import DeviceArray
from xpuarray.compiler.frontend.pipeline import KernelCompiler
from xpuarray.compiler.frontend.registries import LanguageLowering, LanguageTyping, NoHeap
from xpuarray.errors import KernelCompileError

__all__ = ["HostDispatcher", "check_calls", "host_array", "known_to", "linked_value"]

_NAME = "xpu_host"

_PRINTING = {"numba_gil_ensure", "numba_gil_release", "numba_unpickle"}  # what print calls here

#: A kernel's array on the host: Numba's own layout, and no reference to count.
host_array = functools.partial(DeviceArray, addrspace=0)


class _HostContext(LanguageLowering, cpu.CPUContext):
    def init(self) -> None:
        self.is32bit = cpu_target.target_context.is32bit
        self._internal_codegen = cpu_target.target_context.codegen()

    def load_additional_registries(self) -> None:
        from numba.cpython import printimpl

        rtsys.initialize(cpu_target.target_context)
        super().load_additional_registries()
        self.install_registry(printimpl.registry)

    def create_cpython_wrapper(self, *args: Any, **kwargs: Any) -> None:
        """Python calls the loop alone."""

    create_cfunc_wrapper = create_cpython_wrapper

    @functools.cached_property
    def nrt(self) -> Any:
        return NoHeap()


class _Options(cpu.CPUTargetOptions):
    """Without Numba's runtime and Python objects, as on other devices."""

    def finalize(self, flags: Any, options: Any) -> None:
        flags.enable_pyobject = flags.nrt = False
        flags.release_gil = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        flags.error_model = "numpy"
        super().finalize(flags, options)
        flags.enable_looplift = flags.enable_pyobject_looplift = False


@functools.lru_cache(maxsize=1024)
def device_function(value: Any) -> Any:
    """A plain function that a kernel calls, as something Numba can compile for the host."""
    function, signatures = function_of(value), getattr(value, "signatures", ())
    assert function is not None
    made = HostDispatcher(link(function, linked_value), pipeline_class=KernelCompiler)
    for signature in signatures:
        made.compile(signature)
    made.disable_compile(bool(signatures))
    return made


def linked_value(value: Any) -> Any:
    """What a function of the host's refers to, as it is compiled."""
    return value if function_of(value) is None else device_function(value)


class _HostTarget(TargetDescriptor):
    options = _Options

    @functools.cached_property
    def typing_context(self) -> Any:
        return LanguageTyping(device_function)

    @functools.cached_property
    def target_context(self) -> Any:
        return _HostContext(self.typing_context, _NAME)


class HostDispatcher(dispatcher.Dispatcher):
    """Compiles a kernel's body, or a function that it calls."""

    targetdescr = _HostTarget(_NAME)

    def compile(self, sig: Any) -> Any:
        with target_override(_NAME):
            return super().compile(sig)


def _jit(*args: Any, locals: Any = None, **options: Any) -> Any:
    """The decorator that Numba's @overload asks for."""
    made = functools.partial(HostDispatcher, locals=locals or {}, targetoptions=options)  # Numba 0.59 takes no None
    return made(args[0]) if args and callable(args[0]) else made


_token = type(f"{_NAME}_target", (GPU,), {})  # as the other devices' targets are
target_registry[_NAME] = _token
dispatcher_registry[_token] = HostDispatcher
jit_registry[_token] = _jit


@contextlib.contextmanager
def known_to(context: Any, body: Any) -> Iterator[None]:
    """Inside, functions of that context's target call what `body` has been compiled to; it is forgotten afterwards: a
    table that Numba never empties would keep all that a kernel was compiled from."""
    for compiled in body.overloads.values():
        context.insert_user_function(compiled.entry_point, compiled.fndesc, [compiled.library])
    try:
        yield
    finally:
        for compiled in body.overloads.values():
            context.remove_user_function(compiled.entry_point)


def check_calls(body: HostDispatcher) -> None:
    """A KernelCompileError if the code calls a helper of Numba's other than for mathematics: devices have none."""
    for compiled in body.overloads.values():
        called = (f.name for f in compiled.library._final_module.functions if f.is_declaration)
        missing = [name for name in called if name.startswith("numba_") and name not in _PRINTING | HELPERS]
        if missing:
            raise KernelCompileError(f"{', '.join(missing)} does not exist on devices")
