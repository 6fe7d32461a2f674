"""What a device really does: rates of copies, arithmetic, products, launches and transfers."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from xpuarray.compiler.cache import disk_cache
from xpuarray.core.array import asnumpy
from xpuarray.functions.conversion import asarray
from xpuarray.functions.creation import empty, ones
from xpuarray.functions.products import matmul
from xpuarray.lang import Range
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

__all__ = ["Rates", "measure", "rates_of", "save", "saved"]


@dataclasses.dataclass(frozen=True)
class Rates:
    """What one device was measured to do.  Bytes and operations a second, seconds; 0: it can't, or nobody says."""

    copy: float = 0.0  #: bytes read and written
    float16: float = 0.0  #: products and sums, by a kernel
    float32: float = 0.0
    float64: float = 0.0
    matmul16: float = 0.0  #: the same in products of matrices, by the best route
    matmul32: float = 0.0
    matmul64: float = 0.0
    launch: float = 0.0  #: seconds that a launch takes where one follows the other
    latency: float = 0.0  #: seconds from a launch to the end of the wait for it
    to_device: float = 0.0  #: bytes
    to_host: float = 0.0
    power: float = 0.0  #: watts, while it copied
    temperature: float = 0.0  #: degrees Celsius


@kernel
def copied(
    item,  # Item over n elements
    x,  # in   (n,)
    out,  # out  (n,)
):
    i = item.get_id(0)
    out[i] = x[i]


@kernel(fastmath={"contract"})
def products_and_sums(
    item,  # Item over n elements
    steps,  # in   of 16 operations each
    factor,  # in   of the array's dtype
    x,  # in, out  (n,)
):
    i = item.get_id(0)
    a = x[i]
    b = a + factor
    c = b + factor
    d = c + factor
    e = d + factor
    f = e + factor
    g = f + factor
    h = g + factor
    for _ in range(steps):
        a = a * factor + a
        b = b * factor + b
        c = c * factor + c
        d = d * factor + d
        e = e * factor + e
        f = f * factor + f
        g = g * factor + g
        h = h * factor + h
    x[i] = a + b + c + d + e + f + g + h


@kernel
def nothing(
    item,  # Item over n elements
    x,  # out  (n,)
):
    x[item.get_id(0)] = 0


def measure(device: Device, seconds: float = 0.2, said: Callable[[str], Any] = lambda text: None) -> Rates:
    """The rates of a device, each as the best of the turns in about so many seconds.

    said: is told what is measured next
    """
    device.must_be_usable()
    small = device.backend == "fake"  # its kernels are simulated
    best = functools.partial(_best, device, seconds)
    found: dict[str, float] = {}
    for name, work in _work(device, small):
        said(name)
        with contextlib.suppress(MemoryError):
            amount, call = work()
            found[name] = amount / best(call)
    said("launch")
    x = ones(64, dtype=np.float32, device=device)
    many = 10 if small else 500

    def launches() -> None:
        for _ in range(many):
            call_kernel(nothing, Range(64), x)

    found["launch"] = best(launches) / many
    found["latency"] = best(lambda: call_kernel(nothing, Range(64), x))
    return Rates(**found, **_sensors(device))


def _work(device: Device, small: bool) -> Iterator[tuple[str, Callable[[], tuple[float, Callable[[], Any]]]]]:
    """(rate, maker of (how much, what does it))."""
    n = 64 if small else 1 << (26 if device.type == "gpu" else 24)

    def copying() -> tuple[float, Callable[[], Any]]:
        x, out = ones(n, dtype=np.float32, device=device), empty(n, dtype=np.float32, device=device)
        return 8.0 * n, lambda: call_kernel(copied, Range(n), x, out)

    def computing(dtype: Any) -> tuple[float, Callable[[], Any]]:
        items, steps = (8, 2) if small else (1 << (20 if device.type == "gpu" else 16), 256)
        x = ones(items, dtype=dtype, device=device)
        factor = np.dtype(dtype).type(1e-3)
        return 16.0 * steps * items, lambda: call_kernel(products_and_sums, Range(items), steps, factor, x)

    def multiplying(dtype: Any) -> tuple[float, Callable[[], Any]]:
        side = 8 if small else 8192 if device.type == "gpu" else 1024
        x = ones((side, side), dtype=dtype, device=device)
        return 2.0 * side**3, lambda: matmul(x, x)

    def moving(there: bool) -> tuple[float, Callable[[], Any]]:
        host = np.ones(n // 4, np.float32)
        x = asarray(host, device=device, copy=True)
        return 4.0 * host.size, lambda: asarray(host, device=device, copy=True) if there else np.array(asnumpy(x))

    yield "copy", copying
    for bits in (16, 32, 64):
        if getattr(device, f"fp{bits}", True):
            yield f"float{bits}", functools.partial(computing, f"float{bits}")
            if bits > 16 or device.type == "gpu":  # NumPy's products of halves are loops
                yield f"matmul{bits}", functools.partial(multiplying, f"float{bits}")
    yield "to_device", functools.partial(moving, True)
    yield "to_host", functools.partial(moving, False)


def _best(device: Device, seconds: float, call: Callable[[], Any]) -> float:
    """Seconds of the fastest turn, from an idle device to an idle device; the first one compiles."""
    wait = device.runtime.wait
    call()
    wait()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        kept = call()
        wait()
        times.append(time.perf_counter() - began)
        del kept
    return min(times)


def _sensors(device: Device) -> dict[str, float]:
    """Power and temperature right after the work, where NVIDIA's management library is there and says them."""
    if device.backend != "cuda":
        return {}
    try:
        import pynvml  # of the package nvidia-ml-py
    except ImportError:
        return {}
    with contextlib.suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        gpu = pynvml.nvmlDeviceGetHandleByIndex(device.number)
        celsius = pynvml.nvmlDeviceGetTemperature(gpu, pynvml.NVML_TEMPERATURE_GPU)
        return {"power": pynvml.nvmlDeviceGetPowerUsage(gpu) / 1e3, "temperature": float(celsius)}
    return {}


# -- kept on disk --------------------------------------------------------------------------------


def _key(device: Device) -> str:
    return f"{device} {device.name} {device.driver}"


def saved() -> dict[str, Rates]:
    """What was measured on this machine: by device, its name and its driver."""
    cache = disk_cache()
    if cache is None:
        return {}
    try:
        found = json.loads((cache.directory / _FILE).read_text(encoding="utf-8"))
        return {key: Rates(**rates) for key, rates in found.items()}
    except (OSError, ValueError, TypeError):  # none, or of another version
        return {}


def rates_of(device: Device) -> Rates | None:
    """What was measured on a device, by this or an earlier process."""
    return saved().get(_key(device))


def save(measured: dict[Device, Rates]) -> str:
    """Keep what was measured beside the compiled kernels; returns where, "" if nothing is kept."""
    cache = disk_cache()
    if cache is None:
        return ""
    found = {**saved(), **{_key(device): rates for device, rates in measured.items()}}
    try:
        cache.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = cache.directory / _FILE
        path.write_text(
            json.dumps({key: dataclasses.asdict(r) for key, r in found.items()}, indent=1), encoding="utf-8"
        )
    except OSError:
        return ""
    return str(path)


_FILE = "measured.json"
