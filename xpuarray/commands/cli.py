"""`python -m xpuarray COMMAND`: a table of commands, each loaded when it is asked for."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from xpuarray import __version__, tracebacks
from xpuarray.errors import XpuarrayError

__all__ = ["COMMANDS", "Command", "main", "program"]


class Command(NamedTuple):
    """One command."""

    help: str
    run: Callable[[argparse.Namespace], int]  #: returns the exit status
    options: dict[str, dict[str, Any]] = {}  #: flag -> keyword arguments of add_argument
    reads_rest: bool = False  #: whether it reads the rest of the line itself, `--help` included


def program() -> int:
    """`xpuarray` and `python -m xpuarray`."""
    tracebacks.show_all()  # an error that nobody foresaw is a fault of ours
    return main()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 if all went well, 1 if not, 2 for wrong usage."""
    by_name = os.path.basename(sys.argv[0]).partition(".")[0] == "xpuarray"
    prog = "xpuarray" if by_name else "python -m xpuarray"
    parser = argparse.ArgumentParser(prog=prog, description="Arrays and kernels on every processor.")
    parser.add_argument("--version", action="version", version=f"xpuarray {__version__}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        help = command.help
        sub = commands.add_parser(name, help=help, description=help, add_help=not command.reads_rest)
        for flag, keywords in command.options.items():
            sub.add_argument(flag, **keywords)
        sub.set_defaults(command=command)
    chosen, rest = parser.parse_known_args(arguments)
    chosen.rest = rest
    if chosen.command is None and not rest:
        parser.print_help()
        return 0
    if chosen.command is None:
        parser.error(f"there is no command {rest[0]!r}; there are {', '.join(COMMANDS)}")
    if rest and not chosen.command.reads_rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        status = chosen.command.run(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # who reads this has read enough; nothing is left to be written when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGPIPE
    except XpuarrayError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


_SIGPIPE = 128 + 13  #: the status of other programs then


def _devices(chosen: argparse.Namespace) -> int:
    from xpuarray.placement.devices import devices
    from xpuarray.placement.discovery import all_devices, missing_backends
    from xpuarray.placement.filters import active_filter
    from xpuarray.text import columns, paragraphs, table

    admitted = devices()
    if chosen.measure or chosen.plot:
        from xpuarray.commands import measured

        return measured.main([d for d in admitted if d.usable], chosen.json, chosen.plot)
    default = next((d for d in admitted if d.usable), None)
    if chosen.json:
        facts = [
            {
                "filter_string": d.filter_string,
                "usable": d.usable,
                "default": d is default,
                **dataclasses.asdict(d.info),
            }
            for d in admitted
        ]
        print(json.dumps(facts, indent=2))
        return 0
    print(_listing(admitted, default))
    if missing := missing_backends():
        print("\nnot available:")
        print(table(missing.items(), width=columns()))
    excluded = [d.filter_string for d in all_devices() if d not in admitted]
    if excluded:
        print(paragraphs(f"\n{active_filter()} excludes {', '.join(excluded)}"))
    return 0


def _listing(admitted: Sequence[Any], default: Any) -> str:
    from xpuarray.text import columns, paragraphs, size, table

    head = ("", "device", "name", "memory", "units", "float64", "memory kinds")
    rows = [
        (
            "*" if d is default else "" if d.usable else "-",
            d.filter_string,
            d.name,
            size(d.memory),
            str(d.compute_units),
            "yes" if d.fp64 else "no",
            " ".join(d.usm) or "host",
        )
        for d in admitted
    ]
    legend = ["", "* new arrays go here" if default is not None else "none of these can be used"]
    legend += [f"- {d.filter_string} can't be used: {d.why_not}" for d in admitted if not d.usable]
    listed = table([head, *rows], indent="", width=columns())
    return "\n".join([listed, *(paragraphs(line, further="  ") for line in legend)])


def _doctor(chosen: argparse.Namespace) -> int:
    from xpuarray.commands import doctor

    return doctor.main(chosen.json)


def _demo(chosen: argparse.Namespace) -> int:
    from xpuarray import demo

    return demo.main(chosen.rest)


def _bench(chosen: argparse.Namespace) -> int:
    from xpuarray.commands import bench

    return bench.main(chosen.rest)


def _cache(chosen: argparse.Namespace) -> int:
    from xpuarray.compiler.cache import disk_cache
    from xpuarray.text import size

    cache = disk_cache()
    if cache is None:
        print("null" if chosen.json else "switched off: compiled kernels are not kept on disk")
        return 0
    entries = cache.clear() if chosen.clear else cache.entries()
    total = sum(entry.size for entry in entries)
    if chosen.json:
        facts = {"directory": str(cache.directory), "limit": cache.limit, "kernels": len(entries), "size": total}
        print(json.dumps({**facts, "cleared": chosen.clear}, indent=2))
        return 0
    held = f"{len(entries)} compiled kernels, {size(total)}"
    print(
        f"removed {held}, from {cache.directory}"
        if chosen.clear
        else f"{held} of {size(cache.limit)}\n{cache.directory}"
    )
    return 0


def _coverage(chosen: argparse.Namespace) -> int:
    if chosen.names == ["sklearn"]:
        from xpuarray.commands import coverage_sklearn

        return coverage_sklearn.main(chosen.json)
    from xpuarray.commands import coverage

    return coverage.main(chosen.devices.split(",") if chosen.devices else (), chosen.json, chosen.names)


def _advise(chosen: argparse.Namespace) -> int:
    from xpuarray.advice.buyers import advice, choices

    given = chosen.workload, chosen.memory, chosen.power or float("inf")
    if chosen.json:
        facts = [
            {**c.sheet._asdict(), "reached": c.reached, "limit": c.limit, "against": c.against} for c in choices(*given)
        ]
        print(json.dumps(facts, indent=2))
    else:
        print(advice(*given))
    return 0


COMMANDS: dict[str, Command] = {
    "devices": Command(
        "list the devices and what they can do",
        _devices,
        {
            "--json": {"action": "store_true", "help": "every fact about them, for programs"},
            "--measure": {"action": "store_true", "help": "what each really does, beside its data sheet; a roofline"},
            "--plot": {"metavar": "FILE", "help": "the same, and a picture of the rooflines"},
        },
    ),
    "doctor": Command(
        "check the installation, run a kernel on each device, and say what to do about problems",
        _doctor,
        {"--json": {"action": "store_true", "help": "the same for programs"}},
    ),
    "cache": Command(
        "compiled kernels kept on disk: how many, how large, and where",
        _cache,
        {
            "--clear": {"action": "store_true", "help": "remove them"},
            "--json": {"action": "store_true", "help": "the same for programs"},
        },
    ),
    "coverage": Command(
        "the Array API standard's functions and NumPy's, one by one: how each runs on each device",
        _coverage,
        {
            "names": {
                "nargs": "*",
                "metavar": "NAME",
                "help": "functions, such as sin, linalg.norm or rng.normal (default: all); "
                "`sklearn`: scikit-learn's estimators and functions, and what computes them",
            },
            "--devices": {
                "metavar": "LIST",
                "help": "filter strings, separated by commas (default: all usable devices)",
            },
            "--json": {"action": "store_true", "help": "the same for programs"},
        },
    ),
    "advise": Command(
        "which GPU for which work, from the makers' data sheets, with reasons",
        _advise,
        {
            "--workload": {
                "choices": ("cnn-training", "rnn", "inference", "array"),
                "default": "array",
                "help": "what it is for (default: array)",
            },
            "--memory": {"type": float, "default": 0, "metavar": "GB", "help": "so much memory at the least"},
            "--power": {"type": float, "metavar": "W", "help": "so many watts at the most"},
            "--json": {"action": "store_true", "help": "the same for programs"},
        },
    ),
    "bench": Command("the benchmarks as one page, and what has changed between two runs", _bench, reads_rest=True),
    "demo": Command("one real analysis on every device, and whether the devices agree", _demo, reads_rest=True),
}
