"""What a launch costs: three float32 arrays of 1,024 elements, where the work itself is nothing.

The bare dpctl launch submits the same SyclKernel with the same arguments to the same queue.
`submit_async` leaves it to its caller to keep the arguments alive; `submit` keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.article import add
from benchmarks.harness import Contender, Options, Race
from benchmarks.sides import Dpnp, Numpy, Xpu, by_kernel, device_names, sycl_names


def bare(name: str, device: str, method: str, a: np.ndarray, b: np.ndarray) -> Contender:
    """dpctl alone, with what xpuarray made of the kernel and its arguments."""
    ours = by_kernel(name, device, add, a, b)
    arrays = [xp.asarray(v, device=device) for v in (a, b, np.empty_like(a))]
    out = arrays[-1]
    ours.call()  # compiles
    executable = next(e for (where, *_), e in add._executables.items() if where is out.device)
    kernel = executable.kernel()
    arguments = [part for v in arrays for part in v._as_kernel_argument()[1]]
    submit = getattr(out.device.sycl_queue, method)
    whole, groups, arguments = out.device.runtime.covering([a.size], arguments, turned=False)

    def call() -> xp.Array:
        submit(kernel, arguments, whole, groups)
        return out

    def poison() -> None:
        out[...] = float("nan")

    return Contender(name, call, ours.wait, ours.asnumpy, poison)


def makers(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """Bare launches, ours, and what libraries take for an addition."""
    plus: Callable[[Any, Any, Any], Any] = lambda ns, x, y: ns.add(x, y)  # noqa: E731
    for device in sycl_names():
        for method in ("submit_async", "submit"):
            name = f"dpctl {method}, {device}"
            yield name, partial(bare, name, device, method, a, b)
    for device in device_names():
        name = f"xp.call_kernel, {device}"
        yield name, partial(by_kernel, name, device, add, a, b)
    for device in device_names():
        name = f"xp.add, {device}"
        yield name, lambda n=name, d=device: Xpu(d).contender(n, plus, a, b)
    for device in sycl_names():
        name = f"dpnp.add, {device}"
        yield name, lambda n=name, d=device: Dpnp(d).contender(n, plus, a, b)
    yield "numpy.add", lambda: Numpy().contender("numpy.add", plus, a, b)


def waiting(contender: Contender) -> Contender:
    """The same, with a wait after each launch."""
    call, wait = contender.call, contender.wait

    def both() -> Any:
        result = call()
        wait()
        return result

    contender.call = both
    return contender


def races(options: Options) -> Iterator[Race]:
    """Launches in a row with one wait at the end, then launches with a wait each."""
    a, b = (options.rng.random(1024, dtype=np.float32) for _ in range(2))
    reference, bound = a.astype(np.float64) + b, 2 * float(np.finfo(np.float32).eps)
    for title, change in (("in a row, one wait at the end", lambda c: c), ("with a wait each", waiting)):
        each = [(name, lambda m=make, f=change: f(m())) for name, make in makers(a, b)]
        yield Race(f"launch, {title}", f"A launch over 1,024 elements, {title}", each, reference, bound, ratio="cost")
