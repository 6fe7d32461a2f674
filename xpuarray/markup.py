"""HTML for notebooks: tables, marks and bars, with all that is not made here escaped.

Colours are washes over whatever ground the page has, and text keeps the page's own colour: both read in light and in
dark.  Styles stand in the elements, because notebooks that are not trusted lose style sheets.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

__all__ = ["Markup", "bar", "block", "code", "join", "mark", "table"]

#: What a wash says.
_TONES = {
    "good": "rgba(46, 160, 67, .28)",
    "bad": "rgba(218, 54, 51, .30)",
    "warn": "rgba(210, 153, 34, .32)",
    "plain": "rgba(128, 128, 128, .18)",
    "blue": "rgba(56, 139, 253, .30)",
}
_LINE = "1px solid rgba(128, 128, 128, .35)"
_MONO = "font-family: monospace; font-size: .92em"


class Markup(str):
    """HTML that was made here; any other string is text, and escaped."""

    __slots__ = ()


def _html(content: str) -> str:
    return content if type(content) is Markup else html.escape(str(content))


def _tag(name: str, style: str, *content: str) -> Markup:
    return Markup(f'<{name} style="{style}">{"".join(map(_html, content))}</{name}>')


def join(parts: Iterable[str], between: str = " ") -> Markup:
    """Parts, one after the other.

    >>> join(["a < b", mark("yes", "good")])[:12]
    'a &lt; b <sp'
    """
    return Markup(_html(between).join(map(_html, parts)))


def code(text: str) -> Markup:
    """A name of a device or a kernel, a piece of a program."""
    return _tag("code", f"{_MONO}; background: none; color: inherit; padding: 0", text)


def mark(text: str, tone: str = "plain") -> Markup:
    """A word on a wash: "good", "bad", "warn", "blue" or "plain"."""
    return _tag("span", f"background: {_TONES[tone]}; border-radius: 4px; padding: 0 6px; white-space: nowrap", text)


def bar(parts: Sequence[tuple[float, str, str]]) -> Markup:
    """Shares of a whole, 0 to 1, side by side: (share, tone, what it is); what is left of the whole is empty."""
    pieces = "".join(
        f'<span title="{html.escape(title)}" style="display: inline-block; height: 100%; '
        f'width: {100 * min(max(share, 0.0), 1.0):.2f}%; background: {_TONES[tone]}"></span>'
        for share, tone, title in parts
    )
    frame = f"border: {_LINE}; border-radius: 4px; height: 1em; width: 10em; overflow: hidden; white-space: nowrap"
    return _tag("div", f"{frame}; font-size: 1em; line-height: 0", Markup(pieces))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = (), under: Iterable[int] = ()
) -> Markup:
    """Rows below a head, which may be empty.

    numbers: columns that hold numbers, aligned at the right
    under: rows that belong to the one above them: without a line between, and paler
    """
    right, below = set(numbers), set(under)

    def cells(name: str, row: Sequence[str], extra: str) -> str:
        style = f"padding: 3px 12px 3px 6px; {extra}"
        aligned = {True: "text-align: right; white-space: nowrap", False: "text-align: left"}
        return "".join(_tag(name, f"{aligned[k in right]}; {style}", cell) for k, cell in enumerate(row))

    def line(number: int) -> str:
        return "border: 0; background: none; " + ("opacity: .8" if number in below else f"border-top: {_LINE}")

    top = _tag("tr", "background: none", Markup(cells("th", head, "font-weight: 600; vertical-align: bottom")))
    body = "".join(
        _tag("tr", line(k), Markup(cells("td", row, "vertical-align: top; max-width: 48em; overflow-wrap: break-word")))
        for k, row in enumerate(rows)
    )
    return _tag(
        "table",
        "border-collapse: collapse; border: 0; margin: 4px 0; color: inherit",
        Markup((top if any(head) else "") + body),
    )


def block(title: str, *parts: str) -> Markup:
    """A heading and what stands below it."""
    return _tag("div", "line-height: 1.45", _tag("div", "font-weight: 600", title) if title else "", *parts)
