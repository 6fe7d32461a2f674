"""Barriers that not every work-item reaches: a warning, at compile time, with the line."""

from __future__ import annotations

import inspect
import warnings

import pytest

import xpuarray as xp
from xpuarray.compiler.frontend.convergence import warn_of_barriers


@xp.device_func
def meet(group, value):
    xp.group_barrier(group)
    return value + 1


@xp.device_func
def half(x):
    return x // 2


def after_return(item, x, n):
    i = item.get_global_id(0)
    if i >= n:
        return
    x[i] += 1
    xp.group_barrier(item.get_group())  # here


def under_condition(item, x, n):
    i = item.get_global_id(0)
    if i < n:
        xp.group_barrier(item.get_group())  # here
        x[i] += 1


def under_data(item, x, n):
    if x[item.get_global_id(0)] > n:
        xp.group_barrier(item.get_group())  # here


def in_a_loop(item, x, n):
    for _ in range(item.get_local_id(0)):
        xp.group_barrier(item.get_group())  # here


def after_break(item, x, n):
    i = item.get_global_id(0)
    for step in range(n):
        if x[i] > step:
            break
        xp.group_barrier(item.get_group())  # here


def after_continue(item, x, n):
    i = item.get_global_id(0)
    for step in range(n):
        if x[i] > step:
            continue
        xp.group_barrier(item.get_group())  # here


def by_a_variable(item, x, n):
    k = 0
    if item.get_local_id(0) > 3:
        k = n
    while k < n:
        xp.group_barrier(item.get_group())  # here
        k += 1


def by_a_counter(item, x, n):
    k = 0
    while k < x[item.get_global_id(0)]:
        k += 1
    if k > 3:
        xp.group_barrier(item.get_group())  # here


def through_a_function(item, x, n):
    i = item.get_global_id(0)
    if half(i) < n:
        x[i] = xp.group_reduce(item.get_group(), i)  # here


def by_a_leader(item, x, n):
    group = item.get_group()
    if group.leader:
        x[0] = meet(group, n)


def by_private_memory(item, x, n):
    own = xp.PrivateArray(2, xp.int64)
    own[0] = item.get_local_id(0)
    if own[0] > n:
        xp.group_barrier(item.get_group())  # here


def by_sub_groups(item, x, n):
    if item.get_sub_group().get_group_id() == 0:
        xp.group_barrier(item.get_group())  # here


def of_sub_groups(item, x, n):
    if item.get_local_id(0) < n:
        xp.group_barrier(item.get_sub_group())  # here


WRONG = [
    after_return, under_condition, under_data, in_a_loop, after_break, after_continue, by_a_variable, by_a_counter,
    through_a_function, by_a_leader, by_private_memory, by_sub_groups, of_sub_groups,
]  # fmt: skip


def reduction(item, x, n):
    group, i = item.get_group(), item.get_local_id(0)
    step = item.get_local_range(0) // 2
    while step > 0:
        if i < step:
            x[i] += x[i + step]
        xp.group_barrier(group)
        step //= 2


def by_scalars(item, x, n):
    if n > 3 and item.get_group().get_group_id(0) < n and item.get_global_range(0) > 4:
        for _ in range(n + item.get_local_range(0)):
            xp.group_barrier(item.get_group())


def after_all_meet(item, x, n):
    i = item.get_global_id(0)
    if i < n:
        x[i] = 1
    else:
        x[i] = 2
    xp.group_barrier(item.get_group())


def by_the_shape(item, x, n):
    for k in range(x.shape[0] // 4):
        if item.get_global_id(0) == k:
            continue
    xp.group_barrier(item.get_group())


def by_what_all_have(item, x, n):
    group = item.get_group()
    if xp.group_any(group, x[item.get_global_id(0)] > 2):
        xp.group_barrier(group)
    while xp.group_reduce(group, item.get_local_id(0)) < n:
        n = meet(group, n) - 2


def by_one_place(item, x, n):
    if x[0] > n:
        xp.group_barrier(item.get_group())


def within_sub_groups(item, x, n):
    sub_group = item.get_sub_group()
    if sub_group.get_group_id() == 0:
        xp.group_barrier(sub_group)


def uniform_return(item, x, n):
    if n < 0:
        return
    xp.group_barrier(item.get_group())


RIGHT = [
    reduction, by_scalars, after_all_meet, by_the_shape, by_what_all_have, by_one_place, within_sub_groups,
    uniform_return,
]  # fmt: skip


def line_of(function):
    """The line that is marked, or that of the barrier in `meet`."""
    lines, first = inspect.getsourcelines(function)
    marked = [first + k for k, line in enumerate(lines) if "# here" in line]
    return marked[0] if marked else inspect.getsourcelines(meet.function)[1] + 2


@pytest.mark.parametrize("function", WRONG, ids=lambda f: f.__name__)
def test_not_every_item_comes(function):
    with pytest.warns(
        xp.KernelWarning, match=f"kernel k: not every work-item reaches .*line {line_of(function)}"
    ) as seen:
        warn_of_barriers("k", function)
    assert [(w.filename, w.lineno) for w in seen] == [(__file__, line_of(function))]


@pytest.mark.parametrize("function", RIGHT, ids=lambda f: f.__name__)
def test_all_come(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_barriers("k", function)


def test_at_compile_time_on_every_device(device):
    kernel, x = xp.kernel(under_condition), xp.zeros(8, dtype=xp.int64)
    space = xp.NdRange(xp.Range(8), xp.Range(4))
    with pytest.warns(xp.KernelWarning, match=r"reaches group_barrier .*differs between work-items") as seen:
        xp.call_kernel(kernel, space, x, 8)
    text = str(seen[0].message)
    assert "xp.group_barrier(item.get_group())" in text
    assert "(if i < n:)" in text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xp.call_kernel(kernel, space, x, 8)  # compiled
        xp.call_kernel(xp.kernel(reduction), space, x, 8)
