"""`python -m xpuarray coverage sklearn`: what computes each name of scikit-learn's, by the kind of device."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from xpuarray.text import columns, table

__all__ = ["Entry", "entries", "main"]


class Entry(NamedTuple):
    """One estimator or function."""

    module: str
    name: str
    engines: dict[str, str]  #: kind of device -> "oneDAL", "NumPy"; empty where nothing computes it: FallbackError


def entries() -> Iterator[Entry]:
    """Each public name of scikit-learn's that takes arrays, with what the routes say of it."""
    from xpuarray.sklearn import routes
    from xpuarray.sklearn.patching import patched, public_names

    # As `routes.choices` has them: what one has no engine for, the next may have.
    kinds: dict[str, tuple[type[routes.Route], ...]] = {
        "processors": (routes.Views,), "Intel's GPUs": (routes.Usm, routes.Own), "NVIDIA's GPUs": (routes.Own,),
    }  # fmt: skip
    with patched():
        for module, name, target in public_names():
            told = {
                kind: next(filter(None, (way.describe(target) for way in ways)), "") for kind, ways in kinds.items()
            }
            yield Entry(module, name, told)


def main(as_json: bool = False) -> int:
    """Print the table; returns the exit status."""
    rows = list(entries())
    if as_json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
        return 0
    kinds = list(rows[0].engines)
    print(
        table([("", "", *kinds), *((r.module, r.name, *r.engines.values()) for r in rows)], indent="", width=columns())
    )
    for kind in kinds:
        counted: Any = Counter(row.engines[kind].partition(",")[0] or "none" for row in rows)
        print(f"\n{kind}: " + ", ".join(f"{n} {engine}" for engine, n in sorted(counted.items())))
    return 0
