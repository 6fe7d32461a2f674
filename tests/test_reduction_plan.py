"""How a reduction is shared out: every pass leaves fewer partial results, and the last leaves one."""

from __future__ import annotations

import types
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xpuarray.fusion.reduction import _plan


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**9),
    st.integers(1, 10**5),
    st.sampled_from([(True, 16, 1024, False), (True, 128, 300_000, True), (True, 256, 1, False), (False, 1, 8, False)]),
)
def test_passes_end(outer: int, n: int, inner: int, kind: tuple[bool, int, int, bool]) -> None:
    """A GPU's 128 lanes once left 128 partial results of 128, for ever."""
    runtime: Any = types.SimpleNamespace(interleaved=kind[0], lanes=kind[1], parallelism=kind[2], tiles=kind[3])
    for _ in range(12):
        step = _plan(runtime, (outer, n, inner))
        assert step.share == 1 or step.share < n
        assert step.lanes % inner == 0 or step.form != "columns"
        if step.share == 1:
            return
        n = step.share
    raise AssertionError("more than twelve passes")
