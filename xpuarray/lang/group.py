"""Functions that a whole work-group, or sub-group, calls together (SYCL 2020, section 4.17).

Every work-item of the group must reach the call.  These bodies are the simulator's: `group._meet`
waits until all have come, and gives everybody the list of the values they brought, in order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from xpuarray.lang.item import Group, SubGroup
from xpuarray.lang.memory import MemoryScope

__all__ = ["broadcast", "group_all", "group_any", "group_barrier", "group_reduce", "group_scan", "shuffle"]

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "min": min,
    "max": max,
}


def group_barrier(group: Group | SubGroup, fence_scope: MemoryScope = MemoryScope.WORK_GROUP) -> None:
    """Wait for all work-items of the group; what they wrote before is seen by all after it.

    fence_scope: among which work-items the writes become visible
    """
    _exchange(group, None)


def group_reduce(group: Group | SubGroup, value: Any, op: str = "add") -> Any:
    """`value` of all work-items combined; everybody gets the result.

    op: "add", "min" or "max", a literal
    """
    return _combined(op, _exchange(group, value))


def group_scan(group: Group | SubGroup, value: Any, op: str = "add") -> Any:
    """The inclusive scan: `value` of this work-item and all before it (by linear id) combined."""
    values = _exchange(group, value)
    return _combined(op, values[: group._rank + 1])


def _combined(op: str, values: list[Any]) -> Any:
    """In the type of the values, which are all of one."""
    return type(values[0])(functools.reduce(_OPERATIONS[op], values))


def group_any(group: Group | SubGroup, predicate: Any) -> bool:
    """Whether `predicate` holds for any work-item."""
    return any(_exchange(group, predicate))


def group_all(group: Group | SubGroup, predicate: Any) -> bool:
    """Whether `predicate` holds for all work-items."""
    return all(_exchange(group, predicate))


def broadcast(group: Group | SubGroup, value: Any, lane: int = 0) -> Any:
    """The `value` that work-item number `lane` of the group brought."""
    return _exchange(group, value)[lane]


def shuffle(sub_group: SubGroup, value: Any, lane: int) -> Any:
    """The `value` of work-item `lane` of the sub-group; each work-item names its own."""
    return _exchange(sub_group, value)[lane]


def _exchange(group: Group | SubGroup, value: Any) -> list[Any]:
    if not isinstance(group, (Group, SubGroup)):
        raise TypeError(
            "group functions are a kernel's: their first argument is item.get_group() of an NdItem, or its "
            f"sub-group, not {type(group).__name__}"
        )
    if group._meet is None:
        raise NotImplementedError("group functions need work-items that run together: call them inside a kernel")
    return group._meet(value)
