"""The simulator: a kernel as plain Python, one call a work-item, so that `print` and `pdb` work.

Work-items run one after the other.  Where a kernel uses group functions, each work-item of a group
gets a thread, but only one runs at a time: it hands over at the next group function it comes to.
"""

from __future__ import annotations

import itertools
import math
import threading
import types as python_types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.linking import function_of, link
from xpuarray.compiler.source import Source
from xpuarray.errors import KernelCompileError, KernelRuntimeError
from xpuarray.lang.item import Group, Item, NdItem, SubGroup
from xpuarray.lang.ranges import Range
from xpuarray.lang.types import KernelType, LocalType, Space, TupleType

__all__ = ["compile_kernel"]

SUB_GROUP = 8  # work-items


class _IeeeMath(python_types.ModuleType):
    """`math` as devices do it: results of IEEE arithmetic in place of Python's exceptions."""

    _NUMPY = {
        "fabs": "fabs", "pow": "power", "atan2": "arctan2", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
        "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    }  # fmt: skip
    _SAME = frozenset(
        ("sqrt", "exp", "expm1", "log", "log10", "log2", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")
        + ("hypot", "fmod", "copysign")
    )

    def __getattr__(self, name: str) -> Any:
        if name == "trunc":
            return int  # NumPy's scalars lack what math.trunc asks for
        if name in self._SAME or name in self._NUMPY:
            return getattr(np, self._NUMPY.get(name, name))
        return getattr(math, name)


_MATH = _IeeeMath("math")


def _wrap(value: Any) -> Any:
    if value is math:
        return _MATH
    name = getattr(value, "__name__", "")
    if isinstance(value, python_types.BuiltinFunctionType) and getattr(math, name, None) is value:
        return getattr(_MATH, name)
    function = function_of(value)
    return value if function is None else link(function, _wrap)


class Observer:
    """Told by the simulator which work-item runs; `verify` learns from it who touches what."""

    def enter(self, group: tuple[int, ...] | None, item: tuple[int, ...]) -> None:
        """The work-item at position `item` begins (or goes on), in `group` if there are groups."""

    def local(self, argument: int, array: np.ndarray) -> Any:
        """Local memory made for the next group, argument number `argument`; may wrap it."""
        return array

    def barrier(self, group: tuple[int, ...]) -> None:
        """All work-items of `group` have met."""


def compile_kernel(
    kernel: Source,
    space: Space,
    types: tuple[KernelType, ...],
    info: DeviceInfo,
    observer: Observer = Observer(),  # noqa: B008  it has no state
) -> Compiled:
    """A callable (global size, local size or None, *arguments) that runs the kernel item by item."""
    body = link(kernel.function, _wrap)
    run_items = _run_groups if space.grouped else _run_range

    def run(global_size: Sequence[int], local_size: Sequence[int] | None, *args: Any) -> None:
        if kernel.check:  # NumPy checks the bounds of every index anyway: the record stays empty
            args = args[1:]
        with np.errstate(all="ignore"):
            run_items(
                kernel.__name__, body, global_size, local_size, lambda: _arguments(types, args, observer), observer
            )

    return Compiled(kernel.__name__, "simulator", run)


def _arguments(types: Sequence[KernelType], args: Sequence[Any], observer: Observer) -> list[Any]:
    """The body's arguments: tuples put together again, local memory made anew."""
    passed = iter(args)

    def take(argument: int, kernel_type: KernelType) -> Any:
        if isinstance(kernel_type, TupleType):
            return tuple(take(argument, part) for part in kernel_type.items)
        value = next(passed)
        if isinstance(kernel_type, LocalType):
            return observer.local(argument, np.empty(value, kernel_type.dtype))
        return value

    return [take(argument, kernel_type) for argument, kernel_type in enumerate(types)]


Body = Callable[..., Any]


def _run_range(
    name: str, body: Body, size: Sequence[int], local: Any, arguments: Callable[[], list[Any]], observer: Observer
) -> None:
    extent, args = Range(*size), arguments()
    for index in itertools.product(*map(range, extent)):
        observer.enter(None, index)
        _returned(name, body(Item(extent, index), *args))


def _returned(name: str, value: Any) -> None:
    """The simulator learns only now what the compilers know from the source."""
    if value is not None:
        raise KernelCompileError(f"kernel {name} returns a value ({value!r})")


def _run_groups(
    name: str,
    body: Body,
    size: Sequence[int],
    local: Sequence[int] | None,
    arguments: Callable[[], list[Any]],
    observer: Observer,
) -> None:
    assert local is not None
    whole, part = Range(*size), Range(*local)
    for index in itertools.product(*(range(w // p) for w, p in zip(whole, part))):
        _Team(name, whole, part, index, observer).run(body, arguments())


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

    def run(self, body: Body, args: list[Any]) -> None:
        context = np.geterr()
        positions = list(itertools.product(*map(range, self.part)))

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
