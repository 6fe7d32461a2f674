"""A pytest plugin for suites of tests that are not ours: leaves tests out, each with a reason, and counts outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

__all__ = ["Suite"]


class Suite:
    """Runs all tests but those in `left_out` (file::test -> reason), and says at the end what became of each."""

    def __init__(self, title: str, left_out: Mapping[str, str]):
        self.title = title
        self.reasons = left_out
        self.collected = 0
        self.left_out: list[str] = []
        self.outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.collected = len(items)
        self.left_out = [i.nodeid for i in items if _short(i.nodeid) in self.reasons]
        items[:] = [i for i in items if _short(i.nodeid) not in self.reasons]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            outcome = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
            if self.outcomes.get(report.nodeid) != "failed":
                self.outcomes[report.nodeid] = outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section(self.title)
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(Counter(self.outcomes.values()).items()))
        terminalreporter.write_line(f"{self.collected} collected, {len(self.left_out)} left out; {counts}")
        for test in self.left_out or self.reasons:  # with pytest-xdist the workers collect, not this process
            terminalreporter.write_line(f"left out: {test}: {self.reasons[_short(test)]}")


def _short(nodeid: str) -> str:
    """Without the folder; a parameter may hold slashes of its own."""
    path, colons, test = nodeid.partition("::")
    return path.rpartition("/")[2] + colons + test
