"""Why tests of others fail on purpose: our rules, each with the message or the test by which it is known.

A rule stands in docs/differences.md, or says what has no counterpart here.  What no rule explains is a fault.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["RULES", "Rule", "rule_of"]


class Rule(NamedTuple):
    """One rule of ours."""

    text: str
    cause: str = "$^"  #: pattern of the first cause
    test: str = "$^"  #: or of the test's name


RULES = (
    Rule("NumPy's arrays are no operands: values are not copied to a device in silence", r"ImplicitTransferError"),
    Rule("arrays hold numbers: no objects, text, dates, records, long doubles", r"UnsupportedDTypeError: dtype "),
)


def rule_of(test: str, cause: str) -> str | None:
    """The rule that explains a failure, if one does."""
    return next((r.text for r in RULES if re.search(r.cause, cause) or re.search(r.test, test)), None)
