"""dpnp.tensor, made safe for threads.

dpnp's functions keep the GIL while they submit work, and submit a host task besides, which takes the
GIL to let go of their arguments.  A thread that waits for work behind a host task holds the SYCL
scheduler's lock meanwhile.  So if one thread waits while another submits, the second one waits for
the scheduler, the first one for the host task, and the host task for the GIL: a deadlock.  Therefore
no thread submits (`submitting`) while another waits for something that dpnp may have submitted.
"""

from __future__ import annotations

import re
import sys
import threading
from types import ModuleType
from typing import Any

from xpuarray.backends import fork

__all__ = ["Alone", "load", "submitting"]

#: Held while work is submitted to any SYCL queue, or waited for if dpnp may have submitted it.
submitting = threading.RLock()


class Alone:
    """Entered by one thread at a time, to let dpnp submit to a queue, or wait for it."""

    def __init__(self) -> None:
        self.used = False  #: since the last time all work on the queue had ended

    def __enter__(self) -> None:
        submitting.acquire()
        self.used = True

    def __exit__(self, *error: object) -> None:
        submitting.release()


# -- first calls --------------------------------------------------------------------------------

_lock = fork.Lock()
_ready: set[str] = set()
_PARAMETER = re.compile(r"(\w+): ([\w:.]+)")


def load(queue: Any) -> ModuleType:
    """dpnp.tensor.

    Each of dpnp's extension modules makes a static object in the first call that takes a queue, an
    event or an array (dpctl4pybind11.hpp, `dpctl_capi::get`), and lets go of the GIL while doing
    so.  Another thread that comes along then waits for the object while it holds the GIL: a deadlock.
    So those first calls are made here, by one thread.
    """
    with _lock:
        import dpnp.tensor

        if not _ready:
            nothing = dpnp.tensor.usm_ndarray((0,), buffer_ctor_kwargs={"queue": queue})
            for name, module in list(sys.modules.items()):
                if name.startswith(("dpctl.", "dpnp.")):
                    _first_call(name, module, queue, nothing)
        return dpnp.tensor


def _first_call(name: str, module: ModuleType, queue: Any, array: Any) -> None:
    """Call a function of `module`, if it was made by pybind11, so that it converts its arguments and no more."""
    for function in vars(module).values():
        signature = (getattr(function, "__doc__", None) or "").partition("\n")[0]
        if "depends: " in signature and getattr(function, "__module__", None) == name:
            values = {"usm_ndarray": array, "SyclQueue": queue}
            arguments = [
                # None is no event: the last argument, whose conversion fails, ends the call.
                [None] if parameter == "depends" else values.get(re.split(r"[.:]", kind)[-1], 0)
                for parameter, kind in _PARAMETER.findall(signature)
            ]
            try:
                function(*arguments)
            except TypeError:
                _ready.add(name)
                return
