"""The simulator: a kernel as plain Python, one call a work-item, so that `print` and `pdb` work.

Work-items run one after the other.  Where a kernel uses group functions, each work-item of a group
gets a thread, but only one runs at a time: it hands over at the next group function it comes to.
"""

from __future__ import annotations

import dis
import functools
import itertools
import threading
import types as python_types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.linking import function_of, link
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets.simulated_arrays import Observer, SimulatedArray
from xpuarray.compiler.targets.simulated_expressions import give_operators, of_arrays
from xpuarray.compiler.targets.simulated_joins import joining
from xpuarray.compiler.targets.simulated_numbers import (
    BUILTINS,
    MODULES,
    Module,
    Natural,
    ieee,
    known,
    typed,
    with_doubles,
)
from xpuarray.errors import KernelCompileError, KernelRuntimeError
from xpuarray.lang.item import Group, Item, NdItem, SubGroup
from xpuarray.lang.memory import PrivateArray
from xpuarray.lang.ranges import Range
from xpuarray.lang.types import KernelType, LocalType, Space, TupleType

__all__ = ["Observer", "body_of", "compile_kernel", "run_some"]

SUB_GROUP = 8  # work-items

Body = Callable[..., Any]
Position = Callable[[int], int]  # an id, as the body's numbers have it


def _typed(value: Any) -> Any:
    """What kernels name, for the simulator's own numbers."""
    if value is PrivateArray:
        return _private
    if isinstance(value, np.ndarray):
        return SimulatedArray(value)
    if isinstance(value, python_types.ModuleType) and value in MODULES:
        return _modules(value)
    function = function_of(value)
    if function is None:
        return of_arrays(value, known(value), _with_numbers)
    return _with_numbers(function)


@functools.cache
def _modules(module: Any) -> Module:
    return Module(module, _typed)


def _with_numbers(function: python_types.FunctionType) -> Body:
    body = link(function, _typed)
    for name, stand_in in BUILTINS.items():
        body.__globals__.setdefault(name, stand_in)
    body.__code__ = with_doubles(body.__code__)
    return joining(function, body)


give_operators(_with_numbers)


def _private(shape: Any, dtype: Any, fill_zeros: bool = False) -> SimulatedArray:
    return SimulatedArray(np.zeros(shape, dtype) if fill_zeros else np.empty(shape, dtype))


def _plain(value: Any) -> Any:
    """What kernels name, for NumPy's scalars."""
    function = function_of(value)
    return ieee(value) if function is None else link(function, _plain)


def _computes_alike(kernel: Source, types: Sequence[KernelType], info: DeviceInfo) -> bool:
    """Whether NumPy's own scalars, which are 20 times faster than the simulator's, compute as a device's do."""
    parts = [part for t in types for part in (t.items if isinstance(t, TupleType) else (t,))]
    wide = {"int64", "float64", "complex128"} if info.fp64 else {"int64", "float32", "complex64"}
    return {getattr(part, "dtype", part) for part in parts} <= wide and not _makes_others(kernel.function, wide)


def _makes_others(function: python_types.FunctionType, wide: set[str]) -> bool:
    """Whether a function, or one that it calls, names types of other numbers, or makes integers that 64 bits may not
    hold, as NumPy and Python compute with those otherwise."""
    code, found = function.__code__, set[bool]()
    if any(name not in wide for name in _NUMBERS.intersection(code.co_names)):
        return True
    if any(step.argrepr.rstrip("=") in ("<<", "**") or step.opname in _GROWING for step in dis.get_instructions(code)):
        return True

    def look(value: Any) -> Any:
        called = function_of(value)
        is_number = isinstance(value, type) and issubclass(value, np.generic)
        found.add(_makes_others(called, wide) if called else is_number and np.dtype(value).name not in wide)
        return value

    link(function, look)
    return True in found


_NUMBERS = frozenset(np.dtype(character).name for character in np.typecodes["AllInteger"] + np.typecodes["AllFloat"])
#: Python 3.10's names of what later ones say as a sign
_GROWING = ("BINARY_LSHIFT", "INPLACE_LSHIFT", "BINARY_POWER", "INPLACE_POWER")


def compile_kernel(
    kernel: Source,
    space: Space,
    types: tuple[KernelType, ...],
    info: DeviceInfo,
    observer: Observer = Observer(),  # noqa: B008  it has no state
) -> Compiled:
    """A callable (global size, local size or None, *arguments) that runs the kernel item by item."""
    plain = not observer.watching and _computes_alike(kernel, types, info)
    body = link(kernel.function, _plain) if plain else _with_numbers(kernel.function)
    given = (lambda value, *_: value) if plain else _given
    position = int if plain else Natural.exactly
    run_items = _run_groups if space.grouped else _run_range

    def run(global_size: Sequence[int], local_size: Sequence[int] | None, *args: Any) -> None:
        if kernel.check:  # NumPy checks the bounds of every index anyway: the record stays empty
            args = args[1:]
        with np.errstate(all="ignore"):
            run_items(
                kernel.__name__,
                body,
                global_size,
                local_size,
                lambda group: _arguments(types, args, given, observer, group),
                observer,
                position,
            )

    return Compiled(kernel.__name__, "simulator", run)


def body_of(kernel: Source) -> Body:
    """The kernel's function, for NumPy's scalars."""
    return link(kernel.function, _plain)


def run_some(
    kernel: Source,
    types: tuple[KernelType, ...],
    body: Body,
    size: Sequence[int],
    local: Sequence[int] | None,
    args: Sequence[Any],
) -> int:
    """Run the item, or the group, in the middle alone; returns how many items these are."""
    observer = Observer()
    given = _arguments(types, args, lambda value, *_: value, observer, None)
    if local is None:
        body(Item(Range(*size), [n // 2 for n in size]), *given)
        return 1
    whole, part = Range(*size), Range(*local)
    middle = tuple(n // p // 2 for n, p in zip(whole, part))
    _Team(kernel.__name__, whole, part, middle, observer).run(body, given, list(_positions(part, int)))
    return part.size()


def _given(value: Any, argument: Any, observer: Observer) -> Any:
    """An argument as one of the simulator's arrays or numbers."""
    return SimulatedArray(value, argument, observer) if isinstance(value, np.ndarray) else typed(value)


def _arguments(
    types: Sequence[KernelType], args: Sequence[Any], given: Callable[..., Any], observer: Observer, group: Any
) -> list[Any]:
    """The body's arguments: tuples put together again, local memory made anew for `group`."""
    passed = iter(args)

    def take(argument: Any, kernel_type: KernelType) -> Any:
        if isinstance(kernel_type, TupleType):
            return tuple(take((argument, k), part) for k, part in enumerate(kernel_type.items))
        value = next(passed)
        if isinstance(kernel_type, LocalType):
            return given(np.empty(value, kernel_type.dtype), (argument, group), observer)
        return given(value, argument, observer)

    return [take(argument, kernel_type) for argument, kernel_type in enumerate(types)]


def _run_range(
    name: str,
    body: Body,
    size: Sequence[int],
    local: Any,
    arguments: Callable[[Any], list[Any]],
    observer: Observer,
    position: Position,
) -> None:
    extent, args = Range(*size), arguments(None)
    for index in _positions(extent, position):
        observer.enter(None, index)
        _returned(name, body(Item(extent, index), *args))


def _positions(extent: Sequence[int], position: Position) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(map(position, range(n)) for n in extent))


def _returned(name: str, value: Any) -> None:
    """The simulator learns only now what the compilers know from the source."""
    if value is not None:
        raise KernelCompileError(f"kernel {name} returns a value ({value!r})")


def _run_groups(
    name: str,
    body: Body,
    size: Sequence[int],
    local: Sequence[int] | None,
    arguments: Callable[[Any], list[Any]],
    observer: Observer,
    position: Position,
) -> None:
    assert local is not None
    whole, part = Range(*size), Range(*local)
    places = list(_positions(part, position))
    for index in _positions([w // p for w, p in zip(whole, part)], position):
        _Team(name, whole, part, index, observer).run(body, arguments(index), places)


class _Team:
    """The work-items of one group, each in a thread of its own, one running at a time."""

    def __init__(self, name: str, whole: Range, part: Range, index: tuple[int, ...], observer: Observer):
        self.observer = observer
        self.name, self.whole, self.part, self.index = name, whole, part, index
        self.turn = threading.Condition()  # whoever holds it runs
        self.everybody = _Meeting(self, part.size())
        self.meetings = [
            _Meeting(self, min(SUB_GROUP, part.size() - first)) for first in range(0, part.size(), SUB_GROUP)
        ]
        self.left, self.error = part.size(), None  # type: int, BaseException | None

    def run(self, body: Body, args: list[Any], positions: Sequence[tuple[int, ...]]) -> None:
        context = np.geterr()

        def work(rank: int) -> None:
            with self.turn, np.errstate(**context):
                try:
                    if self.error is None:
                        self.observer.enter(self.index, positions[rank])
                        _returned(self.name, body(self._item(rank, positions[rank]), *args))
                except BaseException as error:
                    self.error = self.error or error
                self.left -= 1
                self.check()

        threads = [threading.Thread(target=work, args=(rank,), daemon=True) for rank in range(len(positions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.error is not None:
            raise self.error

    def check(self) -> None:
        """Called when a work-item stops running: if all that are left wait, nobody will come."""
        waiting = self.everybody.waiting + sum(m.waiting for m in self.meetings)
        if self.left and waiting == self.left and self.error is None:
            self.error = KernelRuntimeError(
                f"kernel {self.name}: {self.left} work-item(s) of group {self.index} wait at a group function that "
                "the others never reach; every work-item must reach the same ones"
            )
        if self.error is not None:
            self.turn.notify_all()

    def _item(self, rank: int, local: tuple[int, ...]) -> NdItem:
        where = [g * p + k for g, p, k in zip(self.index, self.part, local)]

        def meet(value: Any) -> list[Any]:
            values = self.everybody.meet(rank, value)
            self.observer.enter(self.index, local)
            return values

        group = Group(self.whole, self.part, self.index, rank, meet)
        meeting = self.meetings[rank // SUB_GROUP]
        lane = rank % SUB_GROUP
        sub_group = SubGroup(lane, meeting.size, rank // SUB_GROUP, lambda value: meeting.meet(lane, value))
        return NdItem(Item(self.whole, where), Item(self.part, local), group, sub_group)


class _Meeting:
    """Where `size` work-items wait for each other and exchange values."""

    def __init__(self, team: _Team, size: int):
        self.team, self.size = team, size
        self.brought: list[Any] = [None] * size
        self.values: list[Any] = []
        self.waiting = self.round = 0

    def meet(self, rank: int, value: Any) -> list[Any]:
        """Wait for all; everybody gets the list of what all brought."""
        self.brought[rank] = value
        self.waiting += 1
        if self.waiting == self.size:
            self.values, self.waiting = list(self.brought), 0
            self.round += 1
            if self is self.team.everybody:
                self.team.observer.barrier(self.team.index)
            self.team.turn.notify_all()
            return self.values
        current = self.round
        self.team.check()
        while self.round == current:
            if self.team.error is not None:
                raise _GiveUp
            self.team.turn.wait()
        return self.values


class _GiveUp(Exception):  # noqa: N818 (it is no error: a thread leaves)
    """Ends a work-item because another one failed."""
