"""Why calls of the census take more than 3 times as long as their peer, where no other route is known.

The reason for a call and a size is the first that fits; what has none is a fault.
"""

from __future__ import annotations

import re

__all__ = ["SLOW", "why"]

#: Over this a call needs a reason.
SLOW = 3.0

#: (the peer takes less, in seconds; what the call looks like; the reason)
_REASONS: tuple[tuple[float, re.Pattern[str], str], ...] = tuple(
    (seconds, re.compile(pattern), reason)
    for seconds, pattern, reason in (
        (1e-4, r"^put\(", "the positions are looked at first, whether they are within bounds, by two reductions"),
        (1.5e-6, r".", "the peer takes less than 1.5 us: Python's way to a method of ours, and what it checks"),
        (5e-5, r"^logical_", "a launch and its end take longer than NumPy for bools, of which 64 are in one register"),
        (1e-4, r"^(any|all)\(", "NumPy stops at the first element that decides"),
        (5e-4, r"^(zeros|eye|identity|diag|empty)", "NumPy's zeros are pages that the system has yet to fill"),
        (1e-3, r"^unstack", "an array of ours for each of many rows, at half a microsecond"),
        (1e-1, r"^apply_along_axis", "calls the function for each row, as NumPy does, with arrays of ours"),
    )
)


def why(call: str, peer: float) -> str:
    """The reason for a call that takes the peer so many seconds; empty if there is none."""
    return next((reason for most, pattern, reason in _REASONS if peer < most and pattern.search(call)), "")
