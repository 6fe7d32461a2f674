"""Runs the Array API standard's own tests on xpuarray, and counts what holds.

    git clone --recurse-submodules https://github.com/data-apis/array-api-tests
    python tests/array_api_suite.py array-api-tests [--device NAME] [--no-fp64] [--kernels] [options of pytest]

--device   host, opencl:cpu, cuda, fake, ...; default: where new arrays go
--no-fp64  the device is taken for one without float64, and no module that is compiled for it may hold a double
--kernels  functions run as our kernels wherever there is one, not in the device's library
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from foreign_suite import Suite

VERSION = "2025.12"

#: Tests that ask too much of devices without float64.
LEFT_OUT_WITHOUT_FP64 = {
    f"test_special_cases.py::test_unary[{name}(x_i.is_integer()) -> x_i]": "draws integers that no float32 is equal to"
    for name in ("ceil", "floor", "round", "trunc")
}


#: Tests that ask too much of memory that is out of the host's reach; tests/test_standard.py has the rest of them.
LEFT_OUT_OF_REACH = {
    "test_dlpack.py::test_dunder_dlpack": "asks for GPU memory on the CPU with copy=False, and takes the BufferError "
    "that the standard demands then for a failure (array-api-tests 55fcc60)"
}


class NoDoubles:
    """Fails every test that had a module with doubles compiled."""

    def __init__(self, runtime: Any):
        self.modules = 0
        self.wrong: list[str] = []
        load = runtime.load

        def looked_at(compiled: Any) -> Any:
            self.modules += 1
            if "double" in compiled.llvm:
                self.wrong.append(compiled.name)
            return load(compiled)

        runtime.load = looked_at

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Any:
        result = yield
        assert not self.wrong, f"these modules hold doubles: {self.wrong}"
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"{self.modules} modules were compiled, {len(self.wrong)} of them with doubles")


def out_of_reach(device: Any) -> bool:
    """Whether the CPU can't read the device's memory."""
    import xpuarray as xp

    x = xp.zeros(1, device=device)
    return x.__dlpack_device__()[0] != 1 and device.runtime.host_view(x.native) is None


def main(folder: str, options: argparse.Namespace, rest: list[str]) -> int:
    """Run the tests in `folder`; the status is pytest's."""
    checkout = Path(folder).resolve()
    if not (checkout / "array_api_tests").is_dir():
        sys.exit(f"no array_api_tests in {checkout}")
    if not (checkout / "array-api" / "spec").is_dir():
        sys.exit(f"{checkout}/array-api is empty: git submodule update --init")
    if options.device:
        os.environ["SYCL_DEVICE_FILTER"] = options.device

    import xpuarray as xp

    device = xp.default_device()
    plugins: list[Any] = []
    if options.no_fp64:
        device.info = device.runtime.info = dataclasses.replace(device.info, fp64=False)
        plugins.append(NoDoubles(device.runtime))
    missing = {"float64", "complex128"} - set(xp.__array_namespace_info__().dtypes())
    os.environ.update(ARRAY_API_TESTS_MODULE="xpuarray", ARRAY_API_TESTS_VERSION=VERSION)
    os.environ["ARRAY_API_TESTS_SKIP_DTYPES"] = ",".join(missing)
    title = f"array-api-tests {VERSION} on {device}{' without float64' * bool(missing)}"
    left_out = {**(LEFT_OUT_WITHOUT_FP64 if missing else {}), **(LEFT_OUT_OF_REACH if out_of_reach(device) else {})}
    plugins.append(Suite(title, left_out))
    os.chdir(checkout)  # its reports and its .hypothesis go there
    fixed = ["--rootdir", str(checkout), "-p", "no:cacheprovider", "-q", "--disable-deadline"]
    fixed += [f"--deselect=array_api_tests/{test}" for test in left_out]  # for pytest-xdist's workers
    with xp.prefer("kernel" if options.kernels else "auto"):
        return pytest.main([*fixed, "array_api_tests", *rest], plugins=plugins)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a checkout of array-api-tests with its submodule")
    parser.add_argument("--device", default="")
    parser.add_argument("--no-fp64", action="store_true")
    parser.add_argument("--kernels", action="store_true")
    known, others = parser.parse_known_args()
    sys.exit(main(known.folder, known, others))
