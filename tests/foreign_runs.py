"""Runs the tests of others, each file in a process of its own, and counts what holds and why the rest does not."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from foreign_rules import rule_of

__all__ = ["Outcome", "arguments", "copied", "finish", "report", "run_files"]

HERE = Path(__file__).parent


class Outcome(NamedTuple):
    """What became of one test."""

    test: str
    outcome: (
        str  #: passed, failed, skipped (by itself), left out (by us), beside (looks at NumPy), error, crash, timeout
    )
    cause: str


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that all suites of others have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="host", help="host, opencl:cpu, cuda, ...")
    parser.add_argument("--tests", type=Path, help="the folder with the tests, if they are not installed")
    parser.add_argument("--only", default="", help="files whose path this pattern is found in")
    parser.add_argument("--sample", type=int, default=1000, help="of a thousand tests run so many, always the same")
    parser.add_argument("--together", action="store_true", help="all files in as few processes as may be")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--limit", type=float, default=60, help="seconds a test may take")
    parser.add_argument("--causes", type=int, default=40, help="how many causes are printed")
    parser.add_argument("--json", type=Path, help="a file for all outcomes")
    return parser


def copied(file: Path, to: Path, swaps: Sequence[tuple[str, str]], before: str = "") -> None:
    """Write a copy of a file of theirs that says what `swaps` (pattern, instead) has it say, in their order."""
    text = file.read_text(encoding="utf-8")
    for pattern, instead in swaps:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(before + text, encoding="utf-8")


def run_files(folder: Path, files: Sequence[str], options: argparse.Namespace, left_out: str = "") -> list[Outcome]:
    """The outcomes of all tests in the files that are asked for, of which each has a process of its own, but for those
    whose names the pattern `left_out` is found in."""
    os.environ["FOREIGN_LEFT_OUT"] = left_out
    files = [file for file in files if re.search(options.only, file)]
    batches = [files[k :: options.jobs] for k in range(options.jobs)] if options.together else [[f] for f in files]
    with ThreadPoolExecutor(options.jobs) as pool:
        return [
            o for found in pool.map(lambda files: _run(folder, files, options), filter(None, batches)) for o in found
        ]


def _run(folder: Path, files: Sequence[str], options: argparse.Namespace) -> list[Outcome]:
    """Processes are started until one comes to its end: each goes on behind the test at which the last one died."""
    record = folder / f"{re.sub(r'[^a-z0-9]+', '-', files[0])}.record"
    record.write_text("", encoding="utf-8")
    environment = {
        **os.environ,
        "SYCL_DEVICE_FILTER": options.device,
        "PYTHONPATH": os.pathsep.join((str(folder), str(HERE), os.environ.get("PYTHONPATH", ""))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FOREIGN_RECORD": str(record),
        "FOREIGN_SAMPLE": str(options.sample),
    }
    fixed = ["-c", os.devnull, "--rootdir", str(folder), "-p", "foreign_record", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *fixed, "-q", "--no-header", "--tb=no", "-W", "ignore", *files]
    while True:
        before = record.stat().st_size
        why = _process(command, environment, record, folder, options.limit)
        lines = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        if lines and lines[-1]["outcome"] == "end":
            break
        begun = lines[-1]["test"] if lines and lines[-1]["outcome"] == "begun" else None
        if begun is None and record.stat().st_size == before:  # nothing that could be left out next time
            lines.append({"test": files[0], "outcome": "error", "cause": why})
            break
        with record.open("a", encoding="utf-8") as file:
            kind = "timeout" if why == "timeout" else "crash"
            file.write(json.dumps({"test": begun or files[0], "outcome": kind, "cause": why}) + "\n")
    found = {line["test"]: line for line in lines if "test" in line and line["outcome"] != "begun"}
    return [Outcome(test, line["outcome"], line["cause"]) for test, line in found.items()]


def _process(command: list[str], environment: dict[str, str], record: Path, folder: Path, limit: float) -> str:
    """How the process ended; it is stopped where no line has been written for `limit` seconds."""
    with (folder / "output.txt").open("ab") as output:
        child = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
        started = time.time()
        while child.poll() is None:
            time.sleep(0.1)
            if time.time() - max(started, record.stat().st_mtime) > limit:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                return "timeout"
    return f"the process ended with {child.returncode}"


def report(title: str, outcomes: Sequence[Outcome], causes: int) -> str:
    """The counts, by file too, and the first causes of what fails, those that a rule of ours explains apart."""
    rules = {o: rule_of(o.test, o.cause) for o in outcomes if o.outcome in ("failed", "error")}
    by_file: dict[str, Counter[str]] = {}
    for o in outcomes:
        kind = "by a rule" if rules.get(o) else o.outcome
        by_file.setdefault(o.test.partition("::")[0], Counter())[kind] += 1
    total = sum(by_file.values(), Counter())
    asked = total.total() - sum(total[kind] for kind in ("skipped", "beside", "left out"))
    lines = [f"{title}: {_counts(total)}; {total['passed'] / max(asked, 1):.1%} of {asked} pass", ""]
    lines += [f"  {file}: {_counts(count)}" for file, count in sorted(by_file.items())]
    lines += ["", "Explained by a rule of ours (tests/foreign_rules.py):"]
    lines += [f"  {n:5}  {rule}" for rule, n in Counter(filter(None, rules.values())).most_common()]
    lines += ["", "First causes of the rest:"]
    rest = [o for o in outcomes if o.outcome in ("crash", "timeout") or (o in rules and not rules[o])]
    grouped = Counter(_grouped(o.cause) for o in rest)
    first = {_grouped(o.cause): o.test for o in reversed(rest)}
    lines += [f"  {n:5}  {cause}\n           {first[cause]}" for cause, n in grouped.most_common(causes)]
    return "\n".join(lines)


def _counts(count: Counter[str]) -> str:
    return f"{count.total()} tests, " + ", ".join(f"{n} {kind}" for kind, n in sorted(count.items()))


def _grouped(cause: str) -> str:
    """A cause without its numbers, which differ from test to test."""
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?j?", "N", cause)[:200]


def finish(title: str, outcomes: Sequence[Outcome], options: argparse.Namespace) -> int:
    """Print the report and write the outcomes, if asked to; the status is 1 if a process died."""
    print(report(title, outcomes, options.causes))
    if options.json:
        options.json.write_text(json.dumps([o._asdict() for o in outcomes], indent=0), encoding="utf-8")
    return int(any(o.outcome in ("crash", "timeout") for o in outcomes))
