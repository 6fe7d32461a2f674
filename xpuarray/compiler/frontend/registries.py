"""Which of Numba's functions a kernel may use: the same on every target, whatever else a process has imported.

Numba keeps one list of all that it can type and lower, to which its modules add when they are imported: importing
numba.np.linalg teaches every target `np.dot`, by code that calls a CPU's library. So what is read from that list
here comes from the modules named below alone; of what others than Numba have registered (`@overload`), all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numba.core import imputils, typing
from numba.core.errors import LoweringError, TypingError
from numba.core.typing import templates

from xpuarray.compiler.frontend.unsupported import Unsupported

__all__ = ["LanguageLowering", "LanguageTyping", "NoHeap"]

#: Numba's modules that a kernel's functions come from
_MODULES = (
    *("numba.core", "numba.misc.literal", "numba.misc.special", "numba.extending", "numba.np.types"),
    *(f"numba.cpython.{name}" for name in ("builtins", "cmathimpl", "enumimpl", "iterators", "mathimpl", "numbers")),
    *("numba.cpython.hashing", "numba.cpython.rangeobj", "numba.cpython.slicing", "numba.cpython.tupleobj"),
    *(f"numba.np.{name}" for name in ("arrayobj", "math", "npdatetime", "npyfuncs", "npyimpl", "unsafe", "ufunc")),
    *("numba.cpython.unsafe", "numba.parfors"),
    "numba.cpython.listobj",  # `x in (a, b)`; lists themselves have no memory to be in (values.py)
)
#: Text is typed by text.py and exists while compiling; print needs to be given it.
_LOWERED = (*_MODULES, "numba.cpython.unicode", "numba.cpython.printimpl")


def _is_known(modules: tuple[str, ...], *sources: Any) -> bool:
    """Whether what a registration consists of is of these modules, or of none of Numba's."""
    for source in sources:
        # @overload and @intrinsic make classes in a module of Numba's for functions that are written elsewhere.
        for name in ("_overload_func", "_definition_func"):
            source = getattr(source, name, source)
        module = getattr(source, "__module__", None) or ""
        if module.startswith("numba.") and not any(f"{module}.".startswith(f"{known}.") for known in modules):
            return False
    return True


class _TypingLoader(templates.RegistryLoader):
    def new_registrations(self, name: str) -> Iterator[Any]:
        for found in super().new_registrations(name):
            if _is_known(_MODULES, *(getattr(found[1], "templates", ()) if name == "globals" else [found])):
                yield found


class _LoweringLoader(imputils.RegistryLoader):
    def new_registrations(self, name: str) -> Iterator[Any]:
        for found in super().new_registrations(name):
            if _is_known(_LOWERED, found[0] if isinstance(found, tuple) else found):
                yield found


class LanguageTyping(typing.BaseContext):
    """Types what a kernel says.

    wrap: makes of a plain function what Numba can compile for the target
    """

    def __init__(self, wrap: Callable[[Any], Any]):
        super().__init__()
        self.wrap = wrap

    def install_registry(self, registry: Any) -> None:
        if registry not in self._registries:
            self._registries[registry] = _TypingLoader(registry)
        super().install_registry(registry)

    def load_additional_registries(self) -> None:
        from numba.core.typing import cmathdecl, enumdecl, mathdecl, npydecl

        for declarations in (cmathdecl, enumdecl, mathdecl, npydecl):
            self.install_registry(declarations.registry)
        from xpuarray.compiler.frontend import expressions

        self.install_registry(expressions.registry)

    def resolve_getattr(self, typ: Any, attr: str) -> Any:
        """None for a name that a module does not have, so that Numba tells at which line it stands."""
        try:
            return super().resolve_getattr(typ, attr)
        except AttributeError:
            return None
        except Unsupported as reason:  # a function of a module
            raise TypingError(str(reason)) from None


class LanguageLowering:
    """For a target context, before its base: lowers what `LanguageTyping` has typed."""

    _registries: dict[Any, Any]

    def install_registry(self, registry: Any) -> None:
        if registry not in self._registries:
            self._registries[registry] = _LoweringLoader(registry)
        super().install_registry(registry)  # type: ignore[misc]

    def load_additional_registries(self) -> None:
        # These register with Numba's built-in registry on import.
        from numba.core import inline_closurecall, optional  # noqa: F401
        from numba.cpython import (  # noqa: F401
            builtins,
            cmathimpl,
            enumimpl,
            hashing,
            iterators,
            listobj,
            mathimpl,
            numbers,
            rangeobj,
            slicing,
            tupleobj,
            unicode,
        )
        from numba.misc import literal  # noqa: F401
        from numba.np import arrayobj, npyimpl  # noqa: F401

        for implementation in (cmathimpl, mathimpl, npyimpl):
            self.install_registry(implementation.registry)


class NoHeap:
    """Stands for Numba's runtime, which manages memory on the host."""

    def incref(self, builder: Any, numba_type: Any, value: Any) -> None:
        """Nothing in a kernel owns memory."""

    decref = incref

    def __getattr__(self, name: str) -> Any:
        raise LoweringError("this makes an array; a kernel can't allocate memory: use an xp.PrivateArray")
