"""Benchmarks: `python -m benchmarks [names] [--json FILE] [--quick]` in the repository's root.

harness.py   how contenders are checked, timed and reported
sides.py     the array libraries and devices that compete
peers.py     libraries that fuse, where they are installed
machine.py   what a result has to say about where it comes from
page.py      writes docs/benchmarks.md: `python -m benchmarks page`
plot.py      draws what `sizes` has measured
command.py   the command line of a benchmark with options of its own
census.py    every function and everyday operation by size, of census_calls.py: `python -m benchmarks census --help`
npbench.py   54 programs that others wrote for NumPy: `python -m benchmarks npbench --help`
dpbench.py   eight that others wrote for numba-dpex, against prange: `python -m benchmarks dpbench --help`
sklearn.py   scikit-learn's estimators and functions: `python -m benchmarks sklearn --help`
loops.py     27 that others wrote as loops over Numba's prange: `python -m benchmarks loops --help`
Every other file is one benchmark, with `races(options)`; walks.py counts and times nothing, with `counts(options)`.
"""

#: What runs if nothing is named, in this order.
DEFAULT = ("e1", "launch", "article", "reductions", "scans", "kernels", "chains", "first_call")
#: What runs only if it is named, because it takes minutes.
NAMED = ("thresholds", "sizes")
#: What counts in place of timing, if it is named.
COUNTED = ("walks",)
#: What has a command line of its own, `main(arguments)`, if it is named first.
COMMANDS = ("census", "npbench", "dpbench", "loops", "sklearn", "page")
