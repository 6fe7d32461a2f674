"""A prange loop, as it is called: its plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from xpuarray.core.plans import Bounded
from xpuarray.errors import ImplicitTransferError, LoopError
from xpuarray.launch.kernel import Kernel
from xpuarray.loops.launches import Launches
from xpuarray.loops.nest import ABSENT, Nest
from xpuarray.loops.observed import note
from xpuarray.loops.plans import KINDS, is_constant, kind, planned
from xpuarray.loops.reductions import kind_of

__all__ = ["Loop"]


class Loop:
    """One outermost prange of a function."""

    def __init__(self, nest: Nest, names: Sequence[str], scope: Callable[[str], Any], options: Any, optional: bool):
        self.nest, self.names, self.options = nest, tuple(names), options
        self.optional = optional  #: whether it runs as Python, in its order, if it can't be parallel
        self._scope = scope
        self._plans: Bounded[Any, Launches | str] = Bounded(KINDS)

    def __call__(self, values: tuple[Any, ...], spans: tuple[tuple[Any, Any, Any], ...]) -> tuple[Any, ...] | None:
        """Run it: the values of what all iterations joined values in; None if the loop is to run as Python."""
        ranges = [range(*span) for span in spans]
        found = self.launches(values, ranges)
        if isinstance(found, str):
            return None
        done = None if found.reason is not None else found.run(values, ranges)
        note(found.told, ranges)
        return done

    def launches(self, values: tuple[Any, ...], ranges: list[range]) -> Launches | str:
        """How it is launched for these values; or why it is not parallel, if it is optional."""
        key = (tuple(map(kind, values)), tuple(r.start >= 0 and r.stop >= -1 for r in ranges))
        found = self._plans.get(key)
        if found is None:
            try:
                found = self._planned(values, ranges)
            except LoopError as error:
                if not self.optional:
                    raise
                found = str(error)
            self._plans[key] = found
        return found

    @property
    def kernels(self) -> list[Kernel]:
        """Those that have been made."""
        return [found.kernel for found in self._plans.values() if not isinstance(found, str)]

    def why_unbound(self, name: str) -> LoopError | None:
        """Why a variable of the loop's has no value after it."""
        if name in self.nest.carried:
            try:
                kind_of(self.nest.source, [self.nest.node], name)
            except LoopError as why:
                return why
        elif name in self.nest.set:
            return self.nest.source.error(
                f"`{name}` is set in a prange and read after it: its iterations have no order, so that none is the "
                "last; set it after the loop, or use an array",
                self.nest.node.iter,
            )
        return None

    def _planned(self, values: tuple[Any, ...], ranges: list[range]) -> Launches:
        for name, value in zip(self.names, values):
            if isinstance(value, np.ndarray):
                raise ImplicitTransferError(
                    f"{self.nest.source.name}: {name!r} is a NumPy array in the prange at line {self.nest.line}; write "
                    f"xp.asarray({name}) before, or xp.jit(transfer=True)"
                )
        known = dict(zip(self.names, values))
        constants = {name: value for name, value in known.items() if is_constant(value)}
        kinds = {name: kind(value) for name, value in known.items() if name not in constants}
        return self.planned(kinds, [r.start >= 0 and r.stop >= -1 for r in ranges], constants)

    def planned(self, kinds: Mapping[str, Any], naturals: Sequence[bool], constants: Mapping[str, Any]) -> Launches:
        """How it is launched for values of these kinds, and for these constants.

        naturals: whether each loop's first index is known to be 0 or more

        Raises LoopError or RaceError, showing the lines.
        """

        def lookup(name: str) -> Any:
            return constants[name] if name in constants else self._scope(name)

        plan = planned(self.nest, kinds, naturals, lookup, self.options.unsafe and not self.nest.plain)
        names = {name: lookup(name) for name in {*self.nest.globals, *constants}}
        return Launches(
            self.names, self.options, plan, {name: value for name, value in names.items() if value is not ABSENT}
        )
