"""What editors and type checkers know of the package, as users have it: the wheel, unpacked into an environment.

mypy --strict and pyright each run once, over the README's examples and over a program that asks them what they know of
each public name.  Then Python is asked whether calls accept what their signatures show, and nothing else.
"""

from __future__ import annotations

import ast
import inspect
import io
import os
import re
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from checkers import CHECKERS, Found, parameters, results
from pages import GUIDE, examples

import xpuarray as xp
from xpuarray.commands import coverage
from xpuarray.core.modes import prefer
from xpuarray.errors import XpuarrayError
from xpuarray.functions import elementwise
from xpuarray.placement.devices import as_device, device

ROOT = Path(__file__).parents[1]
BLOCKS = [*examples((ROOT / "README.md").read_text(encoding="utf-8")), *GUIDE]
EXAMPLES = {f"readme_{number}.py": text for number, text in enumerate(BLOCKS, 1)}

#: They take as many arguments as are given, as NumPy's do.
VARIADIC = {
    "xp.atleast_1d", "xp.atleast_2d", "xp.atleast_3d", "xp.broadcast_arrays", "xp.broadcast_shapes",
    "xp.call_kernel", "xp.call_kernel_async", "xp.ix_", "xp.meshgrid", "xp.result_type", "xp.savez",
    "xp.savez_compressed", "xp.einsum", "xp.piecewise", "xp.apply_along_axis", "xp.evaluate", "xp.fromfunction",
    "xp.common_type", "xp.einsum_path", "xp.get_array_module", "xp.jit", "xp.printoptions", "xp.suggest_device",
    "xp.gradient", "xp.pad", "x.choose", "x.item", "x.reshape", "x.transpose",
}  # fmt: skip

#: What they return, or are, depends on values, or is another library's, whose types are not known.
ANYTHING = {
    "x.native", "x.sycl_queue", "x.item", "x.tolist", "xp.load", "xp.broadcast", "xp.group_reduce", "xp.group_scan",
    "xp.shuffle",
}  # fmt: skip

#: What comes of expressions of an array: of operators, an array; of some functions, what their arguments decide.
OPERATORS = [
    "x+1", "1+x", "x*x", "x@x", "x**2", "2**x", "x//2", "x%2", "x<1", "x==x", "x&x", "x<<1", "-x", "abs(x)", "~x",
    "x[0]", "x[x>0]", "x.T",
]  # fmt: skip
RESULTS = {
    **dict.fromkeys(OPERATORS, "Array"),
    "x.flat[1:]": "Array",
    "xp.add.reduce(x)": "Array",
    "xp.atleast_2d(x)": "Array",
    "xp.atleast_2d(x, x)": "tuple[Array, ...]",
    "xp.average(x)": "Array",
    "xp.average(x, None, x, True)": "tuple[Array, Array]",
    "xp.fromfunction(xp.sin, (2,))": "Array",
    "xp.gradient(x)": "Array | Any",
    "xp.gradient(x, axis=0)": "Array",
    "xp.gradient(x, axis=(0, 1))": "tuple[Array, ...]",
    "xp.indices((2, 3))": "Array",
    "xp.indices((2, 3), sparse=True)": "tuple[Array, ...]",
    "xp.intersect1d(x, x)": "Array",
    "xp.intersect1d(x, x, return_indices=True)": "tuple[Array, Array, Array]",
    "xp.unique(x)": "Array",
    "xp.unique(x, return_counts=True)": "tuple[Array, ...]",
    "xp.vectorize(lambda a, b: a * b)(x, 1)": "Array",
    "xp.vectorize(dtype=xp.float32)(lambda a, b: a * b)(x, 1)": "Array",
    "xp.where(x > 0)": "tuple[Array, ...]",
    "xp.where(x > 0, x, 0)": "Array",
}


def public() -> Iterator[tuple[str, Any]]:
    """Every public name as a program says it, with its value; those of Array and Generator are said of x and rng."""
    for said, space in (("xp", xp), ("xp.linalg", xp.linalg), ("xp.fft", xp.fft), ("xp.random", xp.random)):
        yield from ((f"{said}.{name}", getattr(space, name)) for name in space.__all__)
    for said, kind in (("x", xp.Array), ("rng", xp.random.Generator)):
        yield from (
            (f"{said}.{name}", getattr(kind, name)) for name in dir(kind) if name[0] != "_" and hasattr(kind, name)
        )


PUBLIC = dict(public())
FUNCTIONS = {name: value for name, value in PUBLIC.items() if isinstance(value, FunctionType)}
ASKED = [*PUBLIC, *RESULTS]
LINES = dict(enumerate(ASKED, 3))


@pytest.fixture(scope="module")
def interpreter(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment that has the wheel, and borrows what it needs: checkers don't see an editable install."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    zipfile.ZipFile(wheel).extractall(own)
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python" if os.name == "posix" else folder / "Scripts" / "python.exe"


@pytest.fixture(scope="module", params=CHECKERS)
def checker(request: pytest.FixtureRequest, interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    """What one checker says of all programs."""
    folder = tmp_path_factory.mktemp("programs")
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    head = ["import xpuarray as xp", "def asked(x: xp.Array, rng: xp.random.Generator) -> None:"]
    (folder / "names.py").write_text("\n".join([*head, *(f"    reveal_type({as_called(name)})" for name in ASKED), ""]))
    return CHECKERS[request.param](folder, interpreter, [*EXAMPLES])


def as_called(name: str) -> str:
    """Elementwise functions are objects with a call, to checkers."""
    made = getattr(FUNCTIONS.get(name), "__module__", None) == elementwise.__name__
    return f"{name}.__call__" if made else name


def types(checker: list[Found]) -> dict[str, str]:
    """Each public name's type, as the checker writes it."""
    revealed = (re.fullmatch(r'(?:Type of ".*?"|Revealed type) is "(.*)"', f.text, re.S) for f in checker)
    return {LINES[f.line]: m[1] for f, m in zip(checker, revealed) if f.file == "names.py" and m and not f.error}


def test_no_errors(checker: list[Found]):
    """Neither in the README's examples, nor in a name, nor in the package itself."""
    errors = [f for f in checker if f.error]
    assert [f"{f.file}:{f.line}: {f.text}" for f in errors] == []


def test_every_name_is_known(checker: list[Found]):
    known = types(checker)
    assert set(known) == set(ASKED)
    unknown = {name for name in PUBLIC if known[name] == "Any" or "Unknown" in known[name]}
    assert unknown - ANYTHING == set()


def test_results_are_what_arguments_decide(checker: list[Found]):
    known = types(checker)
    assert {said: re.sub(r"\w+\.(?=\w)", "", known[said]) for said in RESULTS} == RESULTS


def test_results_are_those_of_the_running_program():
    """Arrays where checkers expect arrays, and as many as they expect."""
    names = {"xp": xp, "x": xp.ones((2, 2), dtype=xp.int64, device="host")}
    with device("host"):
        values = {said: eval(said, names) for said in RESULTS}
    assert {said for said, value in values.items() if not fits(value, RESULTS[said])} == set()


def fits(value: Any, expected: str) -> bool:
    if not expected.startswith("tuple"):
        return isinstance(value, xp.Array) or "Any" in expected
    count = len(value) if "..." in expected else expected.count("Array")
    return isinstance(value, tuple) and [type(v) for v in value] == [xp.Array] * count


def test_results_are_known(checker: list[Found]):
    unknown = {name for name, text in types(checker).items() if name in FUNCTIONS and "Any" in results(text)}
    assert unknown - ANYTHING == set()


def test_parameters_are_known(checker: list[Found]):
    """Editors show a function's parameters, and don't hide them behind `*args`."""
    hidden = {n for n, text in types(checker).items() if re.search(r"^def \(\*Any, \*\*Any\)|^\(\.\.\.\)", text)}
    assert hidden == set()


@pytest.mark.parametrize("checker", ["pyright"], indirect=True)  # mypy leaves out names that can't be said in calls
def test_parameters_are_those_of_the_running_program(checker: list[Found]):
    """What is read in the source has the names that `help` shows."""
    known = types(checker)
    own = {name for name, f in FUNCTIONS.items() if not f.__module__.startswith("numpy")}
    single = {name for name in own if not known[name].startswith("Overload[")}
    different = {name for name in single if parameters(known[name]) != shown(name, FUNCTIONS[name])}
    assert different == set()


def shown(name: str, function: FunctionType) -> list[str]:
    """The parameters' names that `help` shows, without self; "..." stands for `*args, **kwargs`, as in pyright."""
    own = list(inspect.signature(function).parameters.values())[name.startswith(("x.", "rng.")) :]
    names = [p.name for p in own]
    open_ended = {p.kind for p in own if p.annotation == "Any"} >= {
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    }
    return [*names[:-2], "..."] if open_ended else names


def test_few_signatures_are_open_ended():
    kinds = {name: {p.kind for p in inspect.signature(f).parameters.values()} for name, f in FUNCTIONS.items()}
    open_ended = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    variadic = {name for name, found in kinds.items() if found & open_ended}
    assert variadic - VARIADIC == set()
    assert VARIADIC - variadic == set()


def test_calls_accept_what_signatures_show():
    """Each parameter that a function in coverage's tables shows may be given, with its default if it has one."""
    refused = {ast.unparse(call): attempt(call, lambda given, _: (given.args, given.kwargs)) for call in calls()}
    assert {call: error for call, error in refused.items() if error} == {}


@pytest.mark.parametrize("change", ["unknown", "by_place", "by_name", "by_another_name"])
def test_calls_accept_nothing_else(change: str):
    """Neither an unknown keyword, nor by its place what is given by name alone, nor the other way round."""
    accepted = {name_of(call) for call in calls() if attempt(call, CHANGES[change]) is None}
    assert accepted == set()


def calls() -> Iterator[ast.Call]:
    """One call of each function, from the tables of `python -m xpuarray coverage`."""
    for text in (*coverage.STANDARD.values(), *coverage.NUMPY.values()):
        for call in text.split():
            node = ast.parse(call, mode="eval").body
            assert isinstance(node, ast.Call)
            yield node


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


Given = tuple[tuple[Any, ...], dict[str, Any]] | None


def attempt(call: ast.Call, change: Callable[[inspect.BoundArguments, set[Any]], Given]) -> str | None:
    """What comes of a call in which each parameter is given, changed in one way: an error, or None if it is accepted.

    The change is told the kinds of the parameters, and returns None where it does not apply.
    """
    place = as_device("host")
    file = io.BytesIO()
    np.save(file, np.zeros(1, np.float32))
    file.seek(0)
    names = {**coverage._examples(place), "file": file}

    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), "call", "eval"), names)

    with device(place), prefer("library"):
        function = value(call.func)
        signature = inspect.signature(function)
        bound = signature.bind(*map(value, call.args), **{k.arg: value(k.value) for k in call.keywords if k.arg})
        bound.apply_defaults()
        given = change(bound, {p.kind for p in signature.parameters.values()})
        if given is None:
            return "does not apply"
        try:
            function(*given[0], **given[1])
        except (TypeError, ValueError, XpuarrayError) as error:
            return f"{type(error).__name__}: {error}"
    return None


def _unknown(given: inspect.BoundArguments, kinds: set[Any]) -> Given:
    if inspect.Parameter.VAR_KEYWORD in kinds:
        return None
    return given.args, {**given.kwargs, "no_such_parameter": None}


def _by_place(given: inspect.BoundArguments, kinds: set[Any]) -> Given:
    if inspect.Parameter.VAR_POSITIONAL in kinds or not given.kwargs:
        return None
    first, *rest = given.kwargs.items()
    return (*given.args, first[1]), dict(rest)


def _by_name(given: inspect.BoundArguments, kinds: set[Any]) -> Given:
    names = [p.name for p in given.signature.parameters.values() if p.kind == p.POSITIONAL_ONLY]
    if not names:
        return None
    return given.args[len(names) :], {**given.kwargs, **{name: given.arguments[name] for name in names}}


def _by_another_name(given: inspect.BoundArguments, kinds: set[Any]) -> Given:
    """The first argument by the name that NumPy's functions mostly give it."""
    if not given.args or "a" in given.signature.parameters or inspect.Parameter.VAR_KEYWORD in kinds:
        return None
    positional = list(given.signature.parameters)[1 : len(given.args)]
    return (), {"a": given.args[0], **dict(zip(positional, given.args[1:])), **given.kwargs}


CHANGES = {"unknown": _unknown, "by_place": _by_place, "by_name": _by_name, "by_another_name": _by_another_name}
