"""The demo, `python -m xpuarray demo`: one real analysis on every device, and whether the devices agree."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]

#: What the demo needs beyond the package's own dependencies.
_EXTRA = ("matplotlib", "rich", "sklearn")


def main(argv: Sequence[str] = ()) -> int:
    """Run the demo; returns 0 if all devices agree, 1 if they don't (or one fails), 2 for wrong usage.

    argv: `--devices FILTER`, `--quick`, `--plot PATH`

    Raises DeviceFilterError if the filters are malformed or admit no device, DeviceUnusableError if
    none that they admit can be used.
    """
    options = _options(argv)
    if isinstance(options, int):
        return options
    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        print(f"The demo needs {' and '.join(missing)}: pip install 'xpuarray[demo]'", file=sys.stderr)
        return 2

    from xpuarray.demo import data, plot, report, runs

    devices, left_out = runs.usable_devices(options.devices)
    # The pretend device's kernels are plain Python, a thousand times slower.
    options.quick |= any(d.runtime.target == "simulator" for d in devices)
    console = report.console()
    report.head(console, devices, left_out, options.quick)
    with runs.participants(devices) as taking_part, report.progress(console, data.steps(taking_part)) as tick:
        outcome = runs.run(data.data_sets(options.quick, tick), taking_part, tick)
    plot.write(outcome, options.plot)
    report.show(console, outcome, options.plot)
    return 0 if outcome.agrees else 1


def _options(argv: Sequence[str]) -> argparse.Namespace | int:
    parser = argparse.ArgumentParser(prog="python -m xpuarray demo", description=__doc__)
    parser.add_argument("--devices", metavar="FILTER", help="devices to run on, as in SYCL_DEVICE_FILTER")
    parser.add_argument("--quick", action="store_true", help="small data: a trial run, whose times mean little")
    parser.add_argument("--plot", metavar="PATH", type=Path, default=Path("demo.png"), help="default: demo.png")
    try:
        options = parser.parse_args(list(argv))
        if not options.plot.parent.is_dir():  # better now than after a minute's work
            parser.error(f"--plot: there is no folder {options.plot.parent}")
    except SystemExit as stop:
        return int(stop.code or 0)
    return options
