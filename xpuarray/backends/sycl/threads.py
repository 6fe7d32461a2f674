"""How threads share dpnp: one at a time, and none while another waits for what dpnp has submitted.

dpnp's functions keep the GIL while they submit work, and submit host tasks besides, which take the GIL
to let go of their arguments.  A thread that waits for work behind a host task holds the SYCL
scheduler's lock meanwhile.  So if one thread waits while another submits, the second one waits for
the scheduler, the first one for the host task, and the host task for the GIL: a deadlock.

Likewise each of dpnp's extension modules makes a static object in its first call (dpctl4pybind11.hpp,
`dpctl_capi::get`) and lets go of the GIL meanwhile; another thread that calls it then waits for the
object, with the GIL.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpuarray.backends.sycl.runtime import SyclRuntime

__all__ = ["Alone", "submitting"]

#: Held while work is submitted to any SYCL queue, or waited for if dpnp may have submitted it.
submitting = threading.RLock()


class Alone:
    """Entered by one thread at a time, to let dpnp submit to a runtime's queue, or wait for it."""

    def __init__(self, runtime: SyclRuntime) -> None:
        self._runtime = runtime
        self.used = False  #: since the last time all work on the queue had ended
        self._calls = 0  #: since the runtime was last told of them
        self.every = 1  #: so many calls it wants to be told of

    def __enter__(self) -> None:
        submitting.acquire()
        self.used = self._runtime.busy = True

    def __exit__(self, *error: object) -> None:
        self._calls += 1
        submitting.release()
        if self._calls >= self.every and not submitting._is_owned():  # type: ignore[attr-defined]
            self._calls = 0
            self._runtime.library_called()
