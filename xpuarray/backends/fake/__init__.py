"""A pretend GPU for tests, without float64 and with little memory.

Present only when asked for: XPUARRAY_FAKE=1, or a filter that names it.
"""

from __future__ import annotations

from xpuarray.backends.contract import Runtime
from xpuarray.backends.registry import Backend


def discover() -> list[Runtime]:
    """The one fake device."""
    from xpuarray.backends.fake.runtime import discover

    return discover()


BACKEND = Backend(discover, ranks={"fake": 6}, in_process=True, on_request="XPUARRAY_FAKE")
