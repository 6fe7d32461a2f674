"""From programs to kernels: a few lines of Python source, made once for each program."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import textwrap
from collections.abc import Callable, Collection, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from xpuarray.fusion.expression import Program
from xpuarray.launch.kernel import Kernel

__all__ = ["Body", "column_loader", "define", "elementwise_kernel", "loader", "pairwise", "row_loader", "rows_at_once"]

_PACKAGE = __name__.partition(".")[0] + "."


@functools.lru_cache(maxsize=4096)
def elementwise_kernel(program: Program, forms: tuple[str, ...], ndim: int, chunk: int = 1) -> Kernel:
    """A kernel (item, v0, v1, ..., out0, out1, ...) over `ndim` dimensions that runs the program for each element.

    forms: how each leaf, and then each output, is indexed: "scalar"; by which dimensions, as in "02" (or "none": the
        same element for all); or over the elements of a matrix, numbered through, "row" (the same row for
        all) or "column"; with those, the number of columns (uint32) is one more parameter, the last
    chunk: elements, side by side, of a work-item.  More than one for dense arrays, whose number is then one more
        parameter (uint64), the last; or in two dimensions for rows that lie one behind the other ("01"), beside what
        is the same for all rows ("1") or for all of a row ("0"), all arrays having one dimension
    """
    leaves, outs = forms[: len(program.leaves)], [f"out{k}" for k in range(len(program.outputs))]
    parameters = [f"v{k}" for k in range(len(leaves))] + outs
    narrow = "row" in forms or "column" in forms
    body = Body(program)
    # 32 bits: dividing by a number that is not known takes several times as long in 64.
    names = [f"i{d}" for d in range(ndim)]
    special = {"row": "[u(i0) % n]", "column": "[u(i0) // n]"}
    head = f"def {program.name}(item, {', '.join(parameters)}{', n' if narrow or (chunk > 1 and ndim == 1) else ''}):"
    if chunk > 1:
        lines = _chunked(body, leaves, outs, chunk) if ndim == 1 else _chunked_rows(body, leaves, outs, chunk)
    else:
        loads = [f"x{k} = v{k}{special.get(form) or _subscript(form, names)}" for k, form in enumerate(leaves)]
        places = [_subscript(form, names) for form in forms[len(leaves) :]]
        stores = [f"{out}{place} = {value}" for out, place, value in zip(outs, places, body.outputs)]
        lines = [*(f"i{d} = item.get_id({d})" for d in range(ndim)), *loads, *body.lines, *stores]
    return Kernel(define([head, *(f"    {line}" for line in lines)], program.name, body.scope))


def _subscript(form: str, names: Sequence[str]) -> str:
    """How an operand of that form is indexed."""
    if form == "scalar":
        return ""
    return "[w(0)]" if form == "none" else f"[{', '.join(names[int(d)] for d in form)}]"


def _chunked(body: Body, leaves: tuple[str, ...], outs: list[str], chunk: int) -> list[str]:
    """All loads of a chunk before all its stores, so that LLVM makes wide ones of them; the last, short chunk
    goes element by element."""
    _as_function(body, len(leaves))

    def at(k: int, index: str) -> str:
        return f"v{k}" if leaves[k] == "scalar" else f"v{k}[{index}]"

    def stores(index: str, results: str) -> list[str]:
        return [f"{out}[{index}] = {results}[{k}]" for k, out in enumerate(outs)]

    places = ["i", *(f"i + w({c})" for c in range(1, chunk))]
    lines = [f"i = item.get_id(0) * w({chunk})", f"if i + w({chunk}) <= n:"]
    for c, place in enumerate(places):
        lines += [f"    x{k}_{c} = {at(k, place)}" for k in range(len(leaves)) if leaves[k] != "scalar"]
    for c in range(chunk):
        given = [f"v{k}" if leaves[k] == "scalar" else f"x{k}_{c}" for k in range(len(leaves))]
        lines.append(f"    r{c} = body({', '.join(given)})")
    for c, place in enumerate(places):
        lines += [f"    {line}" for line in stores(place, f"r{c}")]
    lines += ["else:", "    while i < n:", f"        r = body({', '.join(at(k, 'i') for k in range(len(leaves)))})"]
    return [*lines, *(f"        {line}" for line in stores("i", "r")), "        i += w(1)"]


def _as_function(body: Body, leaves: int) -> None:
    """The lines as a function `body` in their scope: from the leaves' values to the outputs'."""
    names = ", ".join(f"x{k}" for k in range(leaves))
    lines = [*(f"    {line}" for line in body.lines), f"    return {', '.join(body.outputs)},"]
    body.scope["body"] = define([f"def body({names}):", *lines], "body", dict(body.scope))


def _chunked_rows(body: Body, leaves: tuple[str, ...], outs: list[str], chunk: int) -> list[str]:
    """A chunk of a row, which has no short one."""
    _as_function(body, len(leaves))
    lines = ["row, part = item.get_id(0), item.get_id(1)", f"j = part * w({chunk})"]
    lines.append(f"i = (row * item.get_range(1) + part) * w({chunk})")
    index = {"scalar": "", "0": "[row]", "none": "[w(0)]", "01": "[i + w({c})]", "1": "[j + w({c})]"}
    lines += [f"x{k} = v{k}{index[form]}" for k, form in enumerate(leaves) if "1" not in form]
    wide = [k for k, form in enumerate(leaves) if "1" in form]
    for c in range(chunk):
        lines += [f"x{k}_{c} = v{k}{index[leaves[k]].format(c=c)}" for k in wide]
    for c in range(chunk):
        given = [f"x{k}_{c}" if k in wide else f"x{k}" for k in range(len(leaves))]
        lines.append(f"r{c} = body({', '.join(given)})")
    for c in range(chunk):
        lines += [f"{out}[i + w({c})] = r{c}[{k}]" for k, out in enumerate(outs)]
    return lines


@functools.lru_cache(maxsize=4096)
def loader(program: Program, forms: tuple[str, ...], ndim: int, convert: str) -> Callable[..., Any]:
    """A function (leaves, row, j, column): an element of a three-dimensional view, computed from a tuple of leaves,
    or (leaves, row, j) of a two-dimensional one.

    forms: for each leaf "scalar", or by which of row (0), j (1) and column (2) it is indexed
    convert: dtype of the element
    """
    body = Body(program)
    loads = [f"x{k} = v[{k}]{_subscript(form, ('row', 'j', 'column'))}" for k, form in enumerate(forms)]
    head = f"def load(v, row, j{', column' if ndim == 3 else ''}):"
    lines = [*loads, *body.lines, f"return {body.cast(convert)}({body.outputs[0]})"]
    return define([head, *(f"    {line}" for line in lines)], "load", body.scope)


@functools.lru_cache(maxsize=4096)
def column_loader(load: Callable[..., Any], combine: Callable[..., Any], flight: int) -> Callable[..., Any]:
    """A function (leaves, row, j, column, distance): so many elements of a column, loaded before they are combined."""
    lines = [f"e{k} = load(v, row, j + w({k}) * distance, column)" for k in range(flight)]
    lines.append(f"return {pairwise([f'e{k}' for k in range(flight)])}")
    scope = {"load": load, "combine": combine, "w": np.uint64, "__name__": __name__}
    return define(["def several(v, row, j, column, distance):", *(f"    {line}" for line in lines)], "several", scope)


@functools.lru_cache(maxsize=1024)
def rows_at_once(load: Callable[..., Any], combine: Callable[..., Any], rows: int) -> tuple[Callable[..., Any], ...]:
    """The functions begin, further and end of kernels/reduce.short_columns for so many rows."""
    scope = {"load": load, "combine": combine, "w": np.uint64, "__name__": __name__}
    loads = [f"load(v, row + w({r}), j, column)" for r in range(rows)]
    combined = [f"combine(totals[{r}], {value})" for r, value in enumerate(loads)]
    stores = [f"out[row + w({r}), column] = totals[{r}]" for r in range(rows)]
    return (
        define(["def begin(v, row, j, column):", f"    return {', '.join(loads)},"], "begin", dict(scope)),
        define(
            ["def further(totals, v, row, j, column):", f"    return {', '.join(combined)},"], "further", dict(scope)
        ),
        define(["def end(out, row, column, totals):", *(f"    {line}" for line in stores)], "end", dict(scope)),
    )


@functools.lru_cache(maxsize=4096)
def row_loader(
    program: Program,
    forms: tuple[str, ...],
    chunk: int,
    convert: str,
    combine: Callable[..., Any],
    flight: int = 1,
    last: bool = False,
) -> Callable[..., Any]:
    """A function (leaves, row, j, distance, chunks): elements of a row, computed from a tuple of leaves and combined:
    those of chunk number j of `chunks`.

    forms: for each leaf "scalar"; or by which of row (0) and position (1) it is indexed, if chunks are of one
        element; else it has one dimension, and is "01" (rows that lie one behind the other), "0", "1" or "none"
    convert: dtype of the elements
    flight: so many chunks, `distance` apart, are loaded before anything is computed
    last: instead of a chunk, the one element that is j beyond the last chunk of the only row
    """
    body = Body(program)
    given = ", ".join(f"x{k}" for k in range(len(forms)))
    result = f"{body.cast(convert)}({body.outputs[0]})"
    lines = [f"def body({given}):", *(f"    {line}" for line in body.lines), f"    return {result}"]
    scope = {**body.scope, "combine": combine, "body": define(lines, "body", dict(body.scope))}
    lines, parts = [], []
    for f in range(flight):
        lines.append(f"j{f} = {f'chunks * w({chunk}) + j' if last else f'j + w({f}) * distance'}")
        scale = "" if chunk == 1 or last else f" * w({chunk})"
        if chunk > 1:
            lines.append(f"i{f} = {f'j{f}' if last else f'(row * chunks + j{f}) * w({chunk})'}")
        for c in range(1 if last else chunk):
            side = f" + w({c})" if scale else ""
            index = {
                "01": f"i{f}{side}" if chunk > 1 else f"row, j{f}",
                "1": f"j{f}{scale}{side}",
                "0": "row",
                "none": "w(0)",
            }
            loads = [f"v[{k}]" if form == "scalar" else f"v[{k}][{index[form]}]" for k, form in enumerate(forms)]
            lines += [f"x{f}_{c}_{k} = {load}" for k, load in enumerate(loads)]
            parts.append(f"body({', '.join(f'x{f}_{c}_{k}' for k in range(len(forms)))})")
    lines += [f"e{k} = {part}" for k, part in enumerate(parts)]
    lines.append(f"return {pairwise([f'e{k}' for k in range(len(parts))])}")
    return define(["def take(v, row, j, distance, chunks):", *(f"    {line}" for line in lines)], "take", scope)


def pairwise(names: list[str], combine: str = "combine") -> str:
    """All of them combined, as a tree."""
    while len(names) > 1:
        names = [
            f"{combine}({', '.join(names[k : k + 2])})" if k + 1 < len(names) else names[k]
            for k in range(0, len(names), 2)
        ]
    return names[0]


class Body:
    """The lines that compute a program's outputs from the values x0, x1, ... of its leaves, and what they name."""

    def __init__(self, program: Program, only: Collection[int] | None = None, scope: dict[str, Any] | None = None):
        """only: numbers of the steps wanted; the values of others are there
        scope: what may be named; it gets what is missing
        """
        self.scope = {} if scope is None else scope
        self.scope.update({"np": np, "u": np.uint32, "w": np.uint64, "__name__": __name__})
        self.lines: list[str] = []
        dtypes = {f"v{k}": dtype for k, dtype in enumerate(program.leaves)}
        for k, (operation, operands) in enumerate(program.steps):
            dtypes[f"t{k}"] = operation.result.name
            if only is not None and k not in only:
                continue
            values = [
                _local(name) if dtypes[name] == dtype else f"{self.cast(dtype)}({_local(name)})"
                for name, dtype in zip(operands, operation.compute)
            ]
            self.lines.append(f"t{k} = {self.cast(operation.result.name)}({self._call(operation.function, values)})")
        self.outputs = [_local(name) for name in program.outputs]

    def cast(self, dtype: str) -> str:
        """The name by which a dtype is called."""
        self.scope[f"to_{dtype}"] = np.dtype(dtype).type
        return f"to_{dtype}"

    def _call(self, function: Callable[..., Any], values: list[str]) -> str:
        """The function of the values: in place if it is one expression, which Numba types faster than a call."""
        names = [f"a{len(self.lines)}_{k}" for k in range(len(values))]
        inlined = _inlined(function, tuple(names))
        if inlined is not None:
            self.lines += [f"{name} = {value}" for name, value in zip(names, values)]
            return inlined
        name = next((n for n, f in self.scope.items() if f is function), f"f{len(self.scope)}")
        self.scope[name] = function
        return f"{name}({', '.join(values)})"


def _local(name: str) -> str:
    return name.replace("v", "x")


@functools.lru_cache(maxsize=1024)
def _inlined(function: Callable[..., Any], names: tuple[str, ...]) -> str | None:
    """The expression that `function` returns, of these names; None if it does more, or uses other globals than np."""
    definition = _definition(function)
    if definition is None:
        return None
    statements = [s for s in definition.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(statements) != 1 or not isinstance(statements[0], ast.Return) or statements[0].value is None:
        return None
    new = dict(zip((a.arg for a in definition.args.args), names))
    expression = statements[0].value
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            if node.id not in new and node.id not in ("np", "type"):
                return None
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.NamedExpr)):
            return None
    return ast.unparse(_Rename(new).visit(expression))


def _definition(function: Callable[..., Any]) -> ast.FunctionDef | None:
    plain = isinstance(function, FunctionType) and function.__globals__.get("np") is np and not function.__closure__
    if not plain or not (function.__module__ or "").startswith(_PACKAGE):  # a user's file may change after its import
        return None
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    return parsed if isinstance(parsed, ast.FunctionDef) else None


class _Rename(ast.NodeTransformer):
    def __init__(self, new: dict[str, str]):
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new.get(node.id, node.id), node.ctx)


def define(lines: list[str], name: str, scope: dict[str, Any]) -> Any:
    """Run generated source so that tracebacks and Numba's errors can show its lines."""
    source = "\n".join(lines)
    filename = f"<xpuarray {name} {hash((source, *map(str, scope.values()))):x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)
    return scope[name]
