"""Statements that join a value with another one: `s += x`, `s = max(s, x)`, `y[k] = y[k] - x`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["element_update", "joining", "statements"]

_ADDING = (ast.Add, ast.Sub)
_MULTIPLYING = (ast.Mult, ast.Div)
_EXTREMES = {"min": "min", "max": "max", "minimum": "min", "maximum": "max", "fmin": "min", "fmax": "max"}
_ABOVE, _BELOW = (ast.Gt, ast.GtE), (ast.Lt, ast.LtE)


def element_update(node: ast.Assign | ast.AugAssign) -> tuple[str, ast.expr] | None:
    """How a statement updates an element by an atomic operation ("add", "min", "max"), and by what (all that is read
    but for the element, and negative if it is subtracted); None if it doesn't."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if not isinstance(target, ast.Subscript) or (isinstance(node, ast.Assign) and len(node.targets) > 1):
        return None
    found = joining(node, ast.unparse(target))
    return found if found is not None and found[0] in ("add", "min", "max") else None


def joining(node: ast.stmt, name: str) -> tuple[str, ast.expr] | None:
    """How a statement joins what is called `name` with a value ("add", "mul", "min", "max", "and", "or"), and the
    value; None if it does something else with it."""
    match node:
        case ast.AugAssign(target=target, op=op, value=value) if _is(target, name) and not _has(value, name):
            kind = _kind(op)
            return (kind, _signed(op, value)) if kind else None
        case ast.Assign(targets=[target], value=value) if _is(target, name):
            return _joined(value, name)
        case ast.If(
            test=ast.Compare(left=left, ops=[op], comparators=[right]),
            body=[ast.Assign(targets=[target], value=value)],
            orelse=[],
        ) if _is(target, name):
            return _conditional(left, op, right, value, name)
    return None


def _conditional(
    left: ast.expr, op: ast.cmpop, right: ast.expr, value: ast.expr, name: str
) -> tuple[str, ast.expr] | None:
    """`if x > s: s = x`."""
    if _has(value, name):
        return None
    other, above = (left, _ABOVE) if _is(right, name) else (right, _BELOW)
    if not (_is(left, name) or _is(right, name)) or ast.unparse(other) != ast.unparse(value):
        return None
    if not isinstance(op, _ABOVE + _BELOW):
        return None
    return ("max" if isinstance(op, above) else "min"), value


def _kind(op: ast.operator) -> str | None:
    return "add" if isinstance(op, _ADDING) else "mul" if isinstance(op, _MULTIPLYING) else None


def _signed(op: ast.operator, value: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.USub(), value), value) if isinstance(op, ast.Sub) else value


def _joined(value: ast.expr, name: str) -> tuple[str, ast.expr] | None:
    match value:
        case ast.BinOp(left=left, op=ast.Add() | ast.Mult() as op, right=right) if _is(right, name):
            return (_kind(op) or "", left) if not _has(left, name) else None
        case ast.BinOp():
            return _chain(value, name)
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[*args], keywords=[]) if (
            called in _EXTREMES
        ):
            rest = [each for each in args if not _is(each, name)]
            if len(rest) == len(args) - 1 == 1 and not _has(rest[0], name):
                return _EXTREMES[called], rest[0]
        case ast.BoolOp(op=op, values=[first, *others]) if _is(first, name) and not any(_has(o, name) for o in others):
            rest = others[0] if len(others) == 1 else ast.copy_location(ast.BoolOp(op, others), others[0])  # type: ignore[assignment]
            return "and" if isinstance(op, ast.And) else "or", rest  # type: ignore[return-value]
    return None


def _chain(value: ast.BinOp, name: str) -> tuple[str, ast.expr] | None:
    """`s + x - y`: s joined with what is left without it."""
    kind = _kind(value.op)
    if kind is None or _has(value.right, name):
        return None
    if _is(value.left, name):
        return kind, _signed(value.op, value.right)
    if not isinstance(value.left, ast.BinOp) or _kind(value.left.op) != kind:
        return None
    inner = _chain(value.left, name)
    return None if inner is None else (kind, ast.copy_location(ast.BinOp(inner[1], value.op, value.right), value))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, (ast.Name, ast.Subscript)) and ast.unparse(node) == name


def _has(node: ast.AST, name: str) -> bool:
    return any(_is(inner, name) for inner in ast.walk(node))


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All of them, those within others too."""
    for node in body:
        yield node
        for field in ("body", "orelse"):
            yield from statements(getattr(node, field, []))
