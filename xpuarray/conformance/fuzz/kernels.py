"""Random kernels on a device, against the interpreter of their trees; what differs is made small."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.fuzz.interpreter import interpret
from xpuarray.conformance.fuzz.kernel_nodes import INPUTS, ROWS, Node, Program
from xpuarray.conformance.fuzz.kernel_programs import bundle
from xpuarray.conformance.fuzz.kernel_source import lines
from xpuarray.conformance.fuzz.kernel_types import cast, is_complex, is_int
from xpuarray.conformance.fuzz.report import Difference, Outcome, total
from xpuarray.conformance.fuzz.worker import Died, Worker, together
from xpuarray.conformance.suite import kernel_from
from xpuarray.lang import LocalAccessor, NdRange, Range, group_barrier
from xpuarray.placement.devices import as_device

__all__ = ["BUNDLE", "answer", "kernel_of", "launch", "on_device", "run", "verified"]

BUNDLE = 4  # programs that share a kernel, as compiling takes most of the time


# -- arguments --------------------------------------------------------------------------------------------


def arguments(programs: Sequence[Program], seed: int) -> dict[str, Any]:
    """The kernel's by name: numbers, an input and an output of each dtype, and what is updated."""
    frame, rng, rows = programs[0].frame, np.random.default_rng(seed), ROWS * len(programs)
    made: dict[str, Any] = {"k": int(rng.integers(0, 9)), "z": np.float32(rng.normal())}
    for dtype in frame.dtypes:
        if is_int(dtype):
            whole = rng.integers(0, 2**64, INPUTS, dtype=np.uint64)
            whole[::2] = rng.integers(0, 20, len(whole[::2]))
            made[f"x_{dtype}"] = np.array([cast(int(v), dtype) for v in whole], dtype)
        else:
            real = rng.normal(0, 3, INPUTS) + (1j * rng.normal(0, 3, INPUTS) if is_complex(dtype) else 0)
            made[f"x_{dtype}"] = real.astype(dtype)
    for dtype in frame.dtypes:
        made[f"o_{dtype}"] = np.zeros((rows, *frame.shape), dtype)
    made["near"] = np.zeros((rows, *frame.shape), np.float32)
    return made | {name: np.full((rows, 4), 500, dtype) for name, dtype in (("counts", "int32"), ("sums", "float32"))}


def placed(programs: Sequence[Program], seed: int, device: Any) -> dict[str, Any]:
    """The same on a device; inputs lie there in several ways."""
    made = arguments(programs, seed)
    for k, (name, value) in enumerate(made.items()):
        if not isinstance(value, np.ndarray):
            continue
        if name.startswith("x_") and k % 3:
            made[name] = xp.asarray(np.repeat(value[::-1], k % 3), device=device)[:: -(k % 3)]
        else:
            made[name] = xp.asarray(value, device=device)
    return made


def kernel_of(programs: Sequence[Program]) -> xp.Kernel:
    """One kernel that runs several programs over the same range."""
    first = programs[0].frame
    head = [f"i{k} = nd.get_{'global_id' if first.group else 'id'}({k})" for k in range(len(first.shape))]
    local = ["tile", "count"] if first.group else []
    if first.group:
        head += ["l = nd.get_local_id(0)", "items = nd.get_local_range(0)"]
    body = [line for k, program in enumerate(programs) for line in lines(program, ROWS * k)]
    parameters = ["nd", *arguments(programs, 0), *local]
    return kernel_from("fuzzed", ", ".join(parameters), [*head, *body], mix=mix, clamped=clamped, swap=swap)


def mix(x, y):
    """Two integers into one."""
    return (x ^ (y >> 3)) * 31 + y


def clamped(x, y):
    """With a branch and an early return."""
    if x > y:
        return y
    return x + 1


def swap(nd, tile, l, value, partner):  # noqa: E741
    """What `partner` brought: barriers in a callee."""
    group_barrier(nd.get_group())
    tile[l] = value
    group_barrier(nd.get_group())
    found = tile[partner]
    group_barrier(nd.get_group())
    return found


def launch(programs: Sequence[Program]) -> tuple[Any, list[Any]]:
    """The range of a kernel, and its local memory."""
    first = programs[0].frame
    if first.group:
        return NdRange(first.shape, (first.group,)), [LocalAccessor(first.group, np.int64), LocalAccessor(4, np.int32)]
    return Range(*first.shape), []


def on_device(device: Any, programs: Sequence[Program], seed: int) -> dict[str, np.ndarray]:
    """The outputs that programs leave on a device."""
    given = placed(programs, seed, as_device(device))
    extent, local = launch(programs)
    xp.call_kernel(kernel_of(programs), extent, *given.values(), *local)
    return {k: xp.asnumpy(v) for k, v in given.items() if isinstance(v, xp.Array) and not k.startswith("x_")}


# -- comparing --------------------------------------------------------------------------------------------


def answer(request: tuple[Any, Sequence[Program], int]) -> dict[int, str]:
    """What a worker does: the differences of programs on a device.  Raises NameError if they are no programs."""
    device, programs, seed = request
    expected = reference(programs, seed)
    return difference(programs, expected, on_device(device, programs, seed))


def verified(request: tuple[str, Sequence[Program], int]) -> dict[int, str]:
    """What a worker does in place of `answer`: what `Kernel.verify` finds in kernels that are right."""
    device, programs, seed = request
    reference(programs, seed)
    extent, local = launch(programs)
    found = kernel_of(programs).verify(extent, *placed(programs, seed, as_device(device)).values(), *local)
    return {} if found.ok else {0: str(found)}


def reference(programs: Sequence[Program], seed: int) -> dict[str, np.ndarray]:
    """The arguments as the programs should leave them."""
    made = arguments(programs, seed)
    for k, program in enumerate(programs):
        try:
            interpret(program, ROWS * k, made)
        except LookupError as error:
            raise NameError(f"program {program.number}: {error}") from None
    return made


def difference(
    programs: Sequence[Program], expected: dict[str, np.ndarray], got: dict[str, np.ndarray]
) -> dict[int, str]:
    """Of the programs that left something else than they should: the first element, in words, by position."""
    found = {}
    for k in range(len(programs)):
        rows = slice(ROWS * k, ROWS * (k + 1))
        for name, values in got.items():
            mine, right = values[rows], expected[name][rows]
            wrong = ~_same(mine, right, 8 if name == "near" else 0)
            if wrong.any():
                where = tuple(int(n) for n in np.argwhere(wrong)[0])
                found[k] = f"{name}[{', '.join(map(str, where))}] is {mine[where]!r}, and should be {right[where]!r}"
                break
    return found


def _same(got: np.ndarray, expected: np.ndarray, ulps: int) -> np.ndarray:
    same = (got == expected) | ((got != got) & (expected != expected))
    if ulps:
        with np.errstate(all="ignore"):
            same |= np.abs(got - expected) <= ulps * np.spacing(np.abs(expected))
    if got.dtype.kind == "c":  # products may be contracted
        near = 1e-3 if got.dtype.itemsize == 8 else 1e-9
        with np.errstate(all="ignore"):
            same |= np.abs(got - expected) <= near * (1 + np.abs(expected))
            same |= ~np.isfinite(got) & ~np.isfinite(expected)
    return same


# -- the run ----------------------------------------------------------------------------------------------


def run(
    device: str, *, programs: int, seed: int, until: float = float("inf"),
    tell: Callable[[Difference], Any] = lambda difference: None, jobs: int = 1, divergent: bool = False,
    serve: Callable[[Any], dict[int, str]] = answer,
) -> Outcome:  # fmt: skip
    """Random kernels on a device, until as many ran or the clock (`time.monotonic`) says `until`; what differs.

    serve: `answer`, or `verified`
    divergent: kernels all of whose work is to store in branches that not all items take
    tell: is told of each difference as it is found
    jobs: processes that share the kernels

    >>> run("host", programs=100, seed=1).found                              # doctest: +SKIP
    []
    """
    doubles = as_device(device).info.fp64

    def share(job: int, worker: Worker) -> Outcome:
        found, ran = list[Difference](), 0
        for first in range(0, programs, BUNDLE)[job::jobs]:
            if time.monotonic() > until:
                break
            several = bundle(seed, range(first, min(first + BUNDLE, programs)), doubles, divergent=divergent)
            ran += len(several)
            if _check(worker, device, several, seed) is None:
                continue
            for program in several:  # alone, to know which it is
                why = _check(worker, device, [program], seed)
                if why is not None:
                    found.append(_report(worker, device, program, seed, why))
                    tell(found[-1])
        return Outcome(found, ran)

    return total(together(jobs, serve, share, limit=300, renew=100))


def _check(worker: Worker, device: str, programs: Sequence[Program], seed: int) -> tuple[str, str] | None:
    """The kind of the first difference, and what it is; None if there is none."""
    try:
        wrong = worker.ask((device, programs, seed))
    except Died as died:
        return died.kind, str(died)
    except NameError:
        raise
    except Exception as error:
        return "exception", f"{type(error).__name__}: {error}"
    return ("values", next(iter(wrong.values()))) if wrong else None


def _report(worker: Worker, device: str, program: Program, seed: int, why: tuple[str, str]) -> Difference:
    """The difference, with the smallest program that has one of its kind."""

    def differs(candidate: Program) -> bool:
        nonlocal why
        try:
            other = _check(worker, device, [candidate], seed)
        except NameError:  # without a statement it is no program
            return False
        if other is None or other[0] != why[0]:
            return False
        why = other
        return True

    small = smallest(program, differs)
    script = "\n".join([f"# {small.frame}, inputs of seed {seed}", *lines(small, 0)])
    return Difference("kernel", device, seed, program.number, why[0], why[1], script)


# -- making it small --------------------------------------------------------------------------------------


def smallest(program: Program, differs: Callable[[Program], bool], tries: int = 150) -> Program:
    """The smallest program found for which `differs` still holds: without statements, with parts of expressions."""
    improved = True
    while improved and tries > 0:
        improved = False
        for body in _smaller_bodies(program.body):
            tries -= 1
            candidate = dataclasses.replace(program, body=body)
            if differs(candidate):
                program, improved = candidate, True
                break
            if tries <= 0:
                break
    return program


def _smaller_bodies(body: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    for k in reversed(range(len(body))):
        yield body[:k] + body[k + 1 :]
    for k, node in enumerate(body):
        for smaller in _smaller(node):
            yield (*body[:k], smaller, *body[k + 1 :])


def _smaller(node: Node) -> Iterator[Node]:
    """A statement with less in it; an expression's parts in place of it, where they have its type."""
    for k, part in enumerate(node.parts):
        for other in _smaller_parts(part):
            yield dataclasses.replace(node, parts=(*node.parts[:k], other, *node.parts[k + 1 :]))


def _smaller_parts(part: Any) -> Iterator[Any]:
    if isinstance(part, Node):
        for inner in part.parts:
            if isinstance(inner, Node) and inner.kind == part.kind and part.what not in ("load", "set", "store"):
                yield inner
        yield from _smaller(part)
    elif isinstance(part, tuple) and part and all(map(_is_statement, part)):
        yield from _smaller_bodies(part)
    elif isinstance(part, tuple) and part and isinstance(part[0], tuple):  # arms of a branch
        for k, (condition, body) in enumerate(part):
            if len(part) > 1:
                yield part[:k] + part[k + 1 :]
            for other in _smaller_bodies(body):
                yield (*part[:k], (condition, other), *part[k + 1 :])
            for other in _smaller_parts(condition):
                yield (*part[:k], (other, body), *part[k + 1 :])


def _is_statement(part: Any) -> bool:
    return isinstance(part, Node) and part.what in _STATEMENTS


_STATEMENTS = {"set", "store", "near", "if", "for", "while", "own", "atomic", "break", "continue"}
