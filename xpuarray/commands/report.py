"""What the doctor writes down: rows of facts, and problems with what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from xpuarray.text import columns, paragraphs, table

__all__ = ["Problem", "shown", "tell", "verdict", "written"]


class Problem(NamedTuple):
    """Something that is not as it should be, and what to do about it."""

    what: str
    remedy: str
    fatal: bool = False  #: whether nothing, or something wrong, would be computed
    hides: str = ""  #: a backend of which no device may be found as long as this is so
    of: str = ""  #: the backend of which none was found: a consequence, if anything hides it


shown: list[Sequence[str]] = []  #: the rows of the section that is being written


def tell(rows: Iterable[Sequence[str]]) -> None:
    """Print rows of facts, within the width of the terminal."""
    rows = list(rows)
    shown.extend(rows)
    print(table(rows, width=columns()), flush=True)


def verdict(problems: Sequence[Problem]) -> list[tuple[Problem, list[Problem]]]:
    """The problems that are to be solved, what keeps all from working first, each with what comes of it."""
    found = sorted(problems, key=lambda p: not p.fatal)
    causes = [p for p in found if not p.of or not any(q.hides == p.of for q in found)]
    told, folded = [], set[str]()
    for cause in causes:  # what has several causes is told under the first
        told.append((cause, [q for q in found if q not in causes and q.of == cause.hides and q.of not in folded]))
        folded.add(cause.hides)
    return told


def written(problems: Sequence[Problem]) -> str:
    """The end of the report."""
    if not problems:
        return "All is well."
    fatal = any(p.fatal for p in problems)
    lines = ["xpuarray can't work as it stands:" if fatal else "xpuarray works; there is room for more:"]
    for number, (problem, consequences) in enumerate(verdict(problems), 1):
        lines.append(paragraphs(problem.what, f"  {number}. ", "     "))
        lines += [paragraphs(f"so {c.what}", "       ", "       ") for c in consequences]
        lines.append(paragraphs(f"-> {problem.remedy}", "     ", "        "))
    return "\n".join(lines)
