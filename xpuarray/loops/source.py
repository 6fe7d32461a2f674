"""A function's source as a tree, and errors that show its lines."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from xpuarray.errors import LoopError
from xpuarray.text import line_of_source, place

__all__ = ["Source"]


class Source:
    """The source of a function: a tree whose lines and columns are those of its file."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.name = function.__name__
        self.file = function.__code__.co_filename
        try:
            lines, first = inspect.getsourcelines(function.__code__)
            indented = lines[0][:1].isspace()
            tree = ast.parse("".join(["if True:\n"] * indented + lines))
        except (OSError, TypeError, SyntaxError) as error:
            raise LoopError(
                f"xp.jit reads the source of a function, and {self.name} has none that can be read "
                f"({self.file}): write it in a file, or in a cell of a notebook"
            ) from error
        ast.increment_lineno(tree, first - 1 - indented)
        (definition,) = tree.body
        if indented and isinstance(definition, ast.If):
            (definition,) = definition.body
        if not isinstance(definition, ast.FunctionDef):
            what = "is asynchronous" if isinstance(definition, ast.AsyncFunctionDef) else "is a lambda: use `def`"
            raise LoopError(f"xp.jit takes a function, and {self.name} {what} ({place(self.file, first)})")
        self.tree = definition

    def error(self, text: str, *nodes: Any, kind: type[LoopError] = LoopError) -> LoopError:
        """The error that says `text` and shows where these are."""
        shown = [line for node in nodes if node is not None for line in self._shown(node)]
        return kind("\n".join([f"{self.name}: {text}", *shown]))

    def _shown(self, node: Any) -> list[str]:
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        line = line_of_source(self.file, node.lineno, node.col_offset, end)
        return [f"  {place(self.file, node.lineno)}", *line]
