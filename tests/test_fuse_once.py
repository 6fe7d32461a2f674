"""`xp.fuse(..., once=True)` of programs that slice, write and loop: done again, they do what the function does."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bounds import assert_same

import xpuarray as xp
from xpuarray.placement.devices import Device

N = 7
Function = Callable[..., Any]


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Function):
        self.function, self.calls, self.__name__ = function, 0, "counted"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)


def ramp(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def arrays_in(result: Any) -> list[xp.Array]:
    if isinstance(result, xp.Array):
        return [result]
    return [x for part in result or () for x in arrays_in(part)] if isinstance(result, (tuple, list)) else []


def assert_alike(function: Function, make: Callable[[int], tuple[Any, ...]], calls: int = 1) -> None:
    """What is left in the arguments and what is returned is the same as without `fuse`: the first time, again for the
    same arrays, and for others; and the function is called so often."""
    counted = Counted(function)
    fused = xp.fuse(counted, once=True)
    for seed in range(3):
        ours, theirs = make(seed), make(seed)
        for _ in range(3):
            got, expected = fused(*ours), function(*theirs)
            for x, y in zip([*arrays_in(ours), *arrays_in(got)], [*arrays_in(theirs), *arrays_in(expected)]):
                np.testing.assert_allclose(xp.asnumpy(x), xp.asnumpy(y), rtol=2e-4, atol=2e-5)
    assert counted.calls == calls


# -- random programs ----------------------------------------------------------------------------------


def window(name: str, choose: random.Random) -> str:
    """A part of a square array of the extents of all other windows; some are mirrored or transposed."""
    rows, columns = (f"{k}:{N - 2 + k}" for k in (choose.randrange(3), choose.randrange(3)))
    mirrored = f"{name}[{N - 2}:0:-1, 1:-1]"
    others = [mirrored, f"{name}.T[{rows}, {columns}]", f"{name}[1:-1, 1:-1]", f"{name}[{choose.randrange(N)}, 1:-1]"]
    return choose.choice([f"{name}[{rows}, {columns}]"] * 4 + others)


def expression(names: list[str], choose: random.Random) -> str:
    terms = [window(choose.choice(names), choose) for _ in range(choose.randrange(1, 4))]
    terms += [f"{choose.choice(names)}[{choose.randrange(N)}, 2]"] * (choose.random() < 0.2)
    value = " + ".join(f"{choose.choice((0.25, -0.25, 0.125))} * {term}" for term in terms)
    return f"np.where({window(choose.choice(names), choose)} > 0, {value}, 0.5)" if choose.random() < 0.2 else value


def statement(names: list[str], choose: random.Random) -> str:
    x, value = choose.choice(names), expression(names, choose)
    inside = f"{x}[1:-1, 1:-1]"
    made = f"t{len(names)}"
    kinds = [f"{inside} = {value}", f"{inside} += {value}", f"{inside} *= 0.5", f"{x}[0, :] = {x}[{N - 2}, :]"]
    kinds += [f"{x}[:, -1] = {x}[:, -2]", f"{x}[2, 3] = {x}[3, 2] * 0.5", f"{inside}[{value} > 0.1] = 0.25"]
    kinds += [f"{x}[1:, :] = {x}[:-1, :]", f"{x}[-1] = 0", f"{x} -= 0.125", f"{x}[3, 3] += {x}[2, 2]"]
    makers = [f"{x}.copy()", f"np.zeros_like({x})", f"{x} * 0.5 + {choose.choice(names)}", f"np.full(({N}, {N}), 0.5)"]
    if choose.random() < 0.3:
        names.append(made)
        return f"{made} = {choose.choice(makers[:3])}"
    kept = f"k = {value}; {inside} = k; {x}[0, 0] = 0.5; {inside} += k"
    return choose.choice([*kinds, kept])


def program(seed: int) -> str:
    choose = random.Random(seed)
    names = ["a", "b", "c"]
    lines = [statement(names, choose) for _ in range(choose.randrange(2, 9))]
    results = choose.sample([*names, f"{names[-1]}[1:-1]", expression(names, choose), "a[1, 2]"], 2)
    loop = ["for _ in range(2):", *(f"    {line}" for line in lines[:2])]
    body = "\n    ".join([*loop, *lines, f"return [{', '.join(results)}]"])
    return f"def step(a, b, c):\n    {body}\n"


def sharing(seed: int, way: int) -> tuple[Any, ...]:
    """Three square arrays: of their own, the same twice, or parts of one that overlap."""
    a, b, c = (xp.asarray(ramp(N, N, seed=10 * seed + k)) for k in range(3))
    if way == 1:
        return a, b, a
    if way == 2:
        whole = xp.asarray(ramp(N + 1, N + 2, seed=seed))
        return whole[:N, :N], whole[1:, 1 : N + 1], c
    return (a, b, c) if way == 0 else (a, a.T, b[::-1])


@pytest.mark.parametrize("route", ["auto", "kernel"])
@pytest.mark.parametrize("way", range(4), ids=["apart", "twice", "overlapping", "views"])
def test_random_programs(way: int, route: str, device: Device):
    many = 20 if route == "auto" else 1 if str(device).startswith("host") else 3  # whose kernels take long to compile
    for seed in range(many):
        source = program(1000 * way + seed)
        scope: dict[str, Any] = {"np": xp}
        exec(source, scope)
        with xp.prefer(route):
            try:
                assert_alike(scope["step"], lambda k: sharing(k, way))
            except AssertionError as error:
                raise AssertionError(f"{source}\n{error}") from error


# -- programs that people write -------------------------------------------------------------------------


def life(z: Any) -> Any:
    n = z[:-2, :-2] + z[:-2, 1:-1] + z[:-2, 2:] + z[1:-1, :-2] + z[1:-1, 2:] + z[2:, :-2] + z[2:, 1:-1] + z[2:, 2:]
    birth = (n == 3) & (z[1:-1, 1:-1] == 0)
    survive = ((n == 2) | (n == 3)) & (z[1:-1, 1:-1] == 1)
    z[...] = 0
    z[1:-1, 1:-1][birth | survive] = 1
    return z


def gray_scott(us: Any, vs: Any, u: Any, v: Any) -> None:
    lu = us[:-2, 1:-1] + us[1:-1, :-2] - 4 * us[1:-1, 1:-1] + us[1:-1, 2:] + us[2:, 1:-1]
    lv = vs[:-2, 1:-1] + vs[1:-1, :-2] - 4 * vs[1:-1, 1:-1] + vs[1:-1, 2:] + vs[2:, 1:-1]
    uvv = u * v * v
    u += 0.16 * lu - uvv + 0.06 * (1 - u)
    v += 0.08 * lv + uvv - 0.122 * v


def jacobi(steps: int, a: Any, b: Any) -> None:
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])


def waves(ex: Any, ey: Any, hz: Any, pulse: Any) -> None:
    for t in range(3):
        ey[0, :] = pulse[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


def pressure(p: Any, b: Any, nit: int) -> Any:
    for _ in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (pn[1:-1, 2:] + pn[1:-1, :-2]) * 0.25 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * 0.25 - b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[-1, :] = 0
    return p, pn


def sweeps(u: Any) -> None:
    v = xp.empty(u.shape, dtype=u.dtype)
    v[0] = 1.0
    for k in range(1, u.shape[0]):
        v[k] = (u[k] - 0.5 * v[k - 1]) / (0.25 * v[k - 1] + 2)
    for k in range(u.shape[0] - 2, -1, -1):
        u[:, k] = v[:, k] * u[:, k + 1] - 0.5


def seidel(a: Any) -> None:
    for i in range(1, 4):
        a[i, 1:-1] += a[i - 1, :-2] + a[i + 1, 2:]
        for j in range(1, 4):
            a[i, j] += a[i, j - 1]
            a[i, j] /= 4.0


def field(*shape: int) -> Callable[[int], xp.Array]:
    return lambda seed: xp.asarray(ramp(*shape, seed=seed))


def halves(seed: int) -> tuple[Any, ...]:
    us, vs = field(12, 9)(seed), field(12, 9)(seed + 10)
    return us, vs, us[1:-1, 1:-1], vs[1:-1, 1:-1]


PROGRAMS = {
    "life": (life, lambda k: (xp.asarray((ramp(20, 30, seed=k) > 0.3).astype(np.int32)),)),
    "gray_scott": (gray_scott, halves),
    "jacobi": (jacobi, lambda k: (3, field(9, 9)(k), field(9, 9)(k + 1))),
    "waves": (waves, lambda k: (*[field(9, 8)(k + j) for j in range(3)], field(3)(k))),
    "pressure": (pressure, lambda k: (field(9, 8)(k), field(9, 8)(k + 1), 3)),
    "sweeps": (sweeps, lambda k: (field(8, 8)(k),)),
    "seidel": (seidel, lambda k: (field(8, 8)(k),)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str, device: Device):
    assert_alike(*PROGRAMS[name])


@pytest.mark.parametrize("name", ["life", "gray_scott", "waves"])
def test_programs_of_many_elements(name: str, device: Device):
    """Where a CPU device launches kernels."""
    if device.info.backend == "fake":
        pytest.skip("its kernels run in the simulator")
    sizes = {
        "life": lambda k: (xp.asarray((ramp(400, 300, seed=k) > 0.3).astype(np.int32)),),
        "waves": lambda k: (*[field(300, 257)(k + j) for j in range(3)], field(3)(k)),
        "gray_scott": lambda k: (*(x := (field(300, 301)(k), field(300, 301)(k + 1))), *(y[1:-1, 1:-1] for y in x)),
    }
    assert_alike(PROGRAMS[name][0], sizes[name])


# -- the rules ----------------------------------------------------------------------------------------


OTHER = [0.0]


def changes_mode(x: Any) -> Any:
    with xp.eager():
        return x * x[0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * float(x[0]),
        lambda x: x + 1 if x[0] > 0 else x - 1,
        lambda x: x * x[1].item(),
        lambda x: x + xp.asnumpy(x)[0].item(),
        lambda x: x + x.tolist()[1],
        lambda x: x * OTHER[0],
        changes_mode,
        lambda x: x + xp.sort(x),
        lambda x: (x.native, x + 1)[1],
    ],
    ids=["float", "if", "item", "asnumpy", "tolist", "another array", "eager", "sorts", "native"],
)
def test_what_can_not_be_known_is_called_each_time(function: Function, device: Device):
    fused = xp.fuse(function, once=True)
    for k in range(3):
        OTHER[0] = xp.asarray(np.float32(k))  # type: ignore[call-overload]
        x = xp.asarray(ramp(20, seed=k))
        assert_same(fused(x), xp.asnumpy(function(x)))


def test_an_element_is_read_at_each_call(device: Device):
    assert_alike(lambda x: (x * x[3], x[2], x[1:][0] + 1), lambda k: (field(20)(k),))


def test_what_waits_for_old_values_has_them(device: Device):
    def function(x: Any) -> None:
        x[1:-1] *= 2

    fused = xp.fuse(function, once=True)
    with xp.prefer("kernel"):
        x, expected = field(20)(0), ramp(20)
        for _ in range(3):
            waits = x + 1
            fused(x)
            assert_same(waits, expected + 1)
            expected[1:-1] *= 2
            assert_same(x, expected)


def test_arguments_that_change(device: Device):
    """An array known again is looked at: it may be in other memory, have another shape, or be for reading only."""

    def function(x: Any) -> None:
        x[0] += 1

    fused = xp.fuse(function, once=True)
    x, expected = field(4, 5)(0), ramp(4, 5)
    for _ in range(3):
        fused(x)
        expected[0] += 1
    x.shape = (2, 10)
    fused(x)
    expected.reshape(2, 10)[0] += 1
    assert_same(x, expected.reshape(2, 10))
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fused(x)
    assert_same(x, expected.reshape(2, 10))


def test_results_are_new_memory(device: Device):
    def function(x: Any) -> Any:
        made = xp.zeros_like(x)
        made[1:] = x[:-1] * 2
        return made, made[1:], x[2:]

    fused = xp.fuse(function, once=True)
    x, a = field(20)(0), ramp(20)
    found = [fused(x) for _ in range(3)]
    for k, (whole, part, own) in enumerate(found):
        whole[1] = k
        assert_same(part, np.concatenate(([np.float32(k)], 2 * a[1:-1])))
        own[0] = a[2]
    assert_same(x, a)


def test_one_fused_function_in_another(device: Device):
    inner = xp.fuse(lambda x: x[1:] * 2, once=True)
    assert_alike(lambda x: (inner(x) + 1, inner(x[1:])), lambda k: (field(20)(k),))


def test_memory_is_freed_with_the_arguments():
    def function(x: Any) -> None:
        x[1:] = x[:-1] + x.copy()[1:]

    fused = xp.fuse(function, once=True)
    with xp.device("host"):
        x = field(1000)(0)
        memory = weakref.ref(x._native)
        for _ in range(3):
            fused(x)
        del x
        assert memory() is None


def test_a_view_that_is_returned_knows_its_memory(device: Device):
    fused = xp.fuse(lambda x: (x[2:], x + 1), once=True)
    with xp.prefer("kernel"):
        for k in range(3):
            x = field(20)(k)
            view, _ = fused(x)
            waits = view * 2
            x[:] = 0
            assert_same(waits, ramp(20, seed=k)[2:] * 2)
            assert_same(view, np.zeros(18, np.float32))
