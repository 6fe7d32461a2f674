"""Code on the documentation's pages that is a whole program: it is run on every device, and type checkers read it."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["GUIDE", "examples"]

_DOCS = Path(__file__).parents[1] / "docs" / "guide"


def examples(page: str) -> list[str]:
    """The blocks of Python on a page."""
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


#: (page, which of its blocks)
_WHOLE = (("profiling", 0), ("fusion", 0), ("profiling", 1), ("loops", 0), ("kernels", 1))
GUIDE = [examples((_DOCS / f"{page}.md").read_text(encoding="utf-8"))[k] for page, k in _WHOLE]
