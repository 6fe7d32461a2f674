"""benchmarks/loops.py, on a program laid out as dpbench lays out its own."""

from __future__ import annotations

import pytest
import test_benchmarks
from test_dpbench import folder  # noqa: F401  a fixture

pytest.importorskip("tomllib", reason="the runner needs Python 3.11")


def test_a_program_runs_with_the_names_changed(folder, capsys):  # noqa: F811
    assert (
        test_benchmarks.command.main(["loops", "host", "--dpbench", str(folder), "--quick", "--programs", "l2_norm"])
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("host: 1 of 1 right, ") and "l2_norm: host: right" in lines[-2]
    assert "times Numba's" in lines[-2] and "times Numba's time" in lines[-1]
