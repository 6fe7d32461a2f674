"""Runs dpnp's own tests on xpuarray, and counts what holds.

    python tests/dpnp_suite.py [--device host] [--jobs 2] [--only test_umath] [--sample 20]

They stand in dpnp's wheel (dpnp/tests), beside CuPy's, whose helpers they use: a copy of them says xpuarray where they
say dpnp.  `--tests` names the folder where dpnp is not installed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cupy_suite
from foreign_runs import arguments, copied, finish, run_files

#: Files that are left out, with the reason.
LEFT_OUT = {
    "test_sycl_queue test_usm_type test_memory test_utils": "dpnp's queues and kinds of memory",
    "test_random_state": "the classes and states of dpnp's generators",
    "test_cli_options": "dpnp's commands",
    "tensor/": "how dpnp.tensor is made, whose functions the Array API's suite tries",
}

#: What the copy says instead, in this order.
SWAPS = (
    (r"from \.third_party\.cupy(\.testing)? import", r"from cupy_tests\1 import"),
    (r"from \. import config$", "import cupy_suite_helper as config"),
    (r"^(\s*)import dpctl$", r"\1import dpnp_suite_helper as dpctl"),
    (r"from dpctl import", "from dpnp_suite_helper import"),
    (r"from dpnp\.tests\.helper import", "from .helper import"),
    (r"from dpnp\.(dpnp_(array|utils)|exceptions|tensor\._\w+) import", "from dpnp_suite_helper import"),
    (r"\bdpnp\.dpnp_array\.dpnp_array\b", "dpnp.Array"),
    (r"import dpnp\.tensor as", "import xpuarray as"),
    (r"import dpnp\.\w+$", "import xpuarray as dpnp"),
    (r"^(\s*)import dpnp\.[\w.]+ as (\w+)$", r"\1import dpnp_suite_helper as \2"),
    (r"^(\s*)import dpnp\b", r"\1import xpuarray as dpnp"),
    (r"as dpnp as", "as"),
    (r"from dpnp(\.random)? import", r"from xpuarray\1 import"),
    (r'mock\.patch\("dpnp\.', 'mock.patch("xpuarray.'),
)


def copied_files(tests: Path, to: Path) -> list[str]:
    """Write the copy, with CuPy's testing, and name its files of tests."""
    cupy_suite.copied_files(tests / "third_party" / "cupy", to)
    left_out = " ".join(LEFT_OUT).split()
    package = to / "dpnp_tests"
    for file in sorted(tests.glob("*.py")):
        if file.stem not in left_out:
            copied(file, package / file.name, SWAPS)
    (package / "__init__.py").write_text("import dpnp_suite_helper\n", encoding="utf-8")
    (package / "conftest.py").unlink()  # of its fixtures foreign_record has the same
    return [str(file.relative_to(to)) for file in sorted(package.glob("test_*.py"))]


def main(arguments_given: list[str]) -> int:
    """Run the tests; the status is 1 if a process died."""
    options = arguments(__doc__).parse_args(arguments_given)
    cupys = cupy_suite.installed()
    tests = options.tests or (cupys and cupys.parent.parent)
    if tests is None:
        print("dpnp's tests are not here: they come with it (pip install xpuarray[sycl]), or name them by --tests")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcomes = run_files(folder, copied_files(tests, folder), options)
    for file, reason in LEFT_OUT.items():
        print(f"left out: {file}: {reason}")
    return finish(f"dpnp's tests on {options.device}", outcomes, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
