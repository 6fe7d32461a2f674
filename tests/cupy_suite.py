"""Runs CuPy's tests, as dpnp ships them, on xpuarray, and counts what holds.

    python tests/cupy_suite.py [--device host] [--jobs 2] [--only math_tests] [--sample 20]

They stand in dpnp's wheel (dpnp/tests/third_party/cupy), and nothing else of dpnp is used: a copy of them
says xpuarray where they say dpnp.  `--tests` names the folder where dpnp is not installed.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

from foreign_runs import arguments, copied, finish, run_files

#: What the copy says instead, in this order.
SWAPS = (
    (r"\bdpnp\.tests\.third_party\.cupy\b", "cupy_tests"),
    (r"from (dpnp\.tests\.|\.)helper import", "from cupy_suite_helper import"),
    (r"from dpnp\.tests\.qr_helper import", "from cupy_tests.qr_helper import"),
    (r"^import dpctl$", "import cupy_suite_helper as dpctl"),
    (r"from dpnp\.tests import config", "import cupy_suite_helper as config"),
    (r"from dpctl import select_default_device", "from cupy_suite_helper import select_default_device"),
    (r"from dpnp\.exceptions import", "from numpy.exceptions import"),
    (r"^(\s*)import dpnp as", r"\1import xpuarray as"),
    (r"^(\s*)from dpnp import", r"\1from xpuarray import"),
    (r'mock\.patch\("dpnp\.', 'mock.patch("xpuarray.'),
    (r"\b(cupy|xp)\.default_float_type\(\)", r"\1.asarray(1.0).dtype.type"),  # these names are dpnp's own
    (r"\bcupy\.random\.dpnp_iface_random\b", '__import__("cupy_suite_helper")'),
    (r"(\w+(?:\[[^]]*\])?)\.data\.ptr\b", r'__import__("cupy_suite_helper").pointer(\1)'),
)


def installed() -> Path | None:
    """The folder with CuPy's tests in dpnp's wheel, if it is here; dpnp is not imported."""
    found = importlib.util.find_spec("dpnp")
    folder = Path(found.origin).parent / "tests" / "third_party" / "cupy" if found and found.origin else None
    return folder if folder and folder.is_dir() else None


def copied_files(tests: Path, to: Path) -> list[str]:
    """Write the copy, and name its files of tests."""
    found = []
    for file in sorted(tests.rglob("*.py")):
        path = Path("cupy_tests") / file.relative_to(tests)
        copied(file, to / path, SWAPS)
        if file.name.startswith("test_"):
            found.append(str(path))
    copied(tests.parent.parent / "qr_helper.py", to / "cupy_tests" / "qr_helper.py", SWAPS)
    (to / "cupy_tests" / "__init__.py").write_text("import cupy_suite_helper\n", encoding="utf-8")
    return found


def main(arguments_given: list[str]) -> int:
    """Run the tests; the status is 1 if a process died."""
    options = arguments(__doc__).parse_args(arguments_given)
    tests = options.tests or installed()
    if tests is None:
        print("CuPy's tests are not here: they come with dpnp (pip install xpuarray[sycl]), or name them by --tests")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcomes = run_files(folder, copied_files(tests, folder), options)
    return finish(f"CuPy's tests on {options.device}", outcomes, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
