"""Runs numba-dpex's own tests of kernels on xpuarray.dpex, and says which hold.

    git clone --branch 0.23.0 https://github.com/IntelPython/numba-dpex
    python tests/numba_dpex_suite.py numba-dpex [options of pytest]

These tests are not part of this repository: the first argument is a folder with numba-dpex's
`numba_dpex/tests`.  Nothing else of it is used: every `numba_dpex` module that tests import is
xpuarray.dpex's of the same name, and `dpctl.tensor`, which dpctl has no more, is dpnp's.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest
from foreign_suite import Suite

TITLE = "numba-dpex's tests of kernels on xpuarray.dpex"
FOLDERS = ("kernel_tests", "kernel_api")

#: Tests that look at how numba-dpex is made.  What they check has no counterpart.
LEFT_OUT = {
    "test_async_kernel.py::test_async_add_from_cache": "counts the kernels in the cache of its runtime library",
    "test_dump_kernel_llvm.py::test_dump_file_on_dump_kernel_llvm_flag_on": "compile results and files of its compiler",
    "test_dump_kernel_llvm.py::test_no_dump_file_on_dump_kernel_llvm_flag_off": "the same",
    "test_inline_threshold_config.py::test_inline_threshold_set_using_config": "Numba flags of its dispatcher",
    "test_inline_threshold_config.py::test_inline_threshold_set_using_decorator_option": "the same",
    "test_inline_threshold_config.py::test_inline_threshold_set_using_decorator_supersedes_config_option": "the same",
    "test_target_specific_overload.py::test_overload_registration": "a table in its typing context",
}

#: Modules that tests import from its insides; they have to import, and only tests left out use them.
INSIDES = ("core.config", "core.descriptor", "core.runtime.context", "core.targets.dpjit_target")


def provide_numba_dpex(checkout: Path) -> None:
    """Make `import numba_dpex` and `import dpctl.tensor` find xpuarray's and dpnp's modules."""
    import dpctl
    import dpnp.tensor

    import xpuarray
    from xpuarray import dpex

    xpuarray.devices()  # lets the runtime find its CPU device, which dpnp's first array is put on
    dpctl.tensor = sys.modules["dpctl.tensor"] = dpnp.tensor

    top: Any = ModuleType("numba_dpex")
    top.__path__ = [str(checkout / "numba_dpex")]  # for numba_dpex.tests
    top.__getattr__ = lambda name: getattr(dpex, name)
    top.config = MagicMock()
    sys.modules["numba_dpex"] = top
    for found in pkgutil.walk_packages(dpex.__path__, "xpuarray.dpex."):
        sys.modules[found.name.replace("xpuarray.dpex", "numba_dpex", 1)] = importlib.import_module(found.name)
    for name in INSIDES:
        sys.modules[f"numba_dpex.{name}"] = MagicMock()
    core: Any = sys.modules["numba_dpex.core"]
    core.config = top.config
    # Numba's @overload for kernels needs no target's name with us.
    sys.modules["numba_dpex.kernel_api_impl.spirv.target"] = MagicMock(SPIRV_TARGET_NAME="generic")


def provide_older_versions() -> None:
    """What tests expect of Numba and dpnp, and today's versions have no more."""
    import dpnp
    import numpy as np
    from numba.core import config

    config.CAPTURED_ERRORS = "new_style"  # which is the only style now
    equal = dpnp.ndarray.__eq__  # refuses NumPy arrays now
    dpnp.ndarray.__eq__ = lambda x, y: x.asnumpy() == y if isinstance(y, np.ndarray) else equal(x, y)


def main(folder: str, *options: str) -> int:
    """Run the tests under `folder`; the status is pytest's."""
    checkout = Path(folder).resolve()
    tests = checkout / "numba_dpex" / "tests"
    if not tests.is_dir():
        sys.exit(f"no numba_dpex/tests in {checkout}")
    sys.dont_write_bytecode = True
    provide_numba_dpex(checkout)
    provide_older_versions()
    # runxfail: numba-dpex can't print on CPUs, and its tests expect that; here they have to pass.
    fixed = ["-c", "/dev/null", "--rootdir", str(checkout), "-p", "no:cacheprovider", "-q", "--runxfail"]
    return pytest.main([*fixed, *(str(tests / name) for name in FOLDERS), *options], plugins=[Suite(TITLE, LEFT_OUT)])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
