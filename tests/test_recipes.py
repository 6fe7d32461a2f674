"""CONTRIBUTING.md's recipes, each followed in a copy of the package: what a recipe says is all that it takes."""

from __future__ import annotations

import pytest
from scratch import Scratch


def test_a_backend_is_one_folder(scratch: Scratch):
    """Or one module, as here."""
    scratch.add(
        "backends/toy.py",
        """
        from xpuarray.backends.contract import Runtime
        from xpuarray.backends.info import DeviceInfo
        from xpuarray.backends.registry import Backend


        def discover() -> list[Runtime]:
            from xpuarray.backends.host.runtime import HostRuntime

            return [HostRuntime(DeviceInfo("toy", "accelerator", 0, "a toy"))]


        BACKEND = Backend(discover, ranks={"toy": 9})
        """,
    )
    program = """
        import xpuarray as xp

        @xp.kernel
        def double(item, x):
            x[item.get_id(0)] *= 2

        x = xp.zeros(3, device="toy:accelerator:0") + 1
        xp.call_kernel(double, xp.Range(3), x)
        print(x.device, xp.asnumpy(xp.sum(x)), "toy:accelerator:0" in map(str, xp.devices("*")))
        print(xp.zeros(3).device, xp.asarray(range(3), device="host").to_device("toy").device)
    """
    assert scratch.run(program, SYCL_DEVICE_FILTER="toy", ONEAPI_DEVICE_SELECTOR="").splitlines() == [
        "toy:accelerator:0 6.0 True",
        "toy:accelerator:0 toy:accelerator:0",
    ]
    refused = "import xpuarray as xp\ntry: xp.devices('tony')\nexcept xp.DeviceFilterError as error: print(error)"
    assert "toy) or" in scratch.run(refused)


def test_a_backend_that_can_not_be_imported_is_missing(scratch: Scratch):
    scratch.add("backends/broken.py", "import a_package_of_nobody\n")
    program = """
        from xpuarray.placement.discovery import all_devices, missing_backends
        print("host:cpu:0" in map(str, all_devices()), missing_backends()["broken"])
    """
    assert scratch.run(program) == "True the package a_package_of_nobody is not installed"


def test_a_numpy_function_is_one_function(scratch: Scratch):
    pytest.importorskip("ruff", reason="ruff, which formats the stub, is not installed")
    scratch.append(
        "functions/statistics.py",
        """

        def rms(a: Array, axis: Any = None, out: Array | None = None) -> Array:
            \"\"\"The root of the mean square over `axis`.\"\"\"
            x = as_floating("rms", a)
            return write_out("rms", (x * x).mean(axis) ** 0.5, out)
        """,
    )
    scratch.replace("functions/statistics.py", "__all__ = [", '__all__ = ["rms", ')
    program = """
        import inspect, pathlib
        import xpuarray as xp
        from xpuarray.commands import stubs

        x = xp.asarray([[3, 4], [0, 0]], device="host")
        out = xp.zeros(2, dtype=xp.float64, device="host")
        print(xp.rms(x, 1, out) is out, out.tolist() == [12.5**0.5, 0], xp.rms is xp.functions.statistics.rms)
        print(list(inspect.signature(xp.rms).parameters), "rms" in dir(xp))
        file = pathlib.Path(xp.__file__).with_suffix(".pyi")
        before = file.read_text()
        print(stubs.main(["--check"]), stubs.main([]), stubs.main(["--check"]))
        print("import rms as rms" in before, "import rms as rms" in file.read_text())
    """
    printed = scratch.run(program).splitlines()
    assert printed[:2] == ["True True True", "['a', 'axis', 'out'] True"]
    assert printed[-2:] == ["1 0 0", "False True"]


def test_an_upstream_fault_is_one_entry(scratch: Scratch):
    scratch.replace(
        "backends/host/faults.py",
        "FAULTS = Faults(\n    stand_ins={\n",
        """
        def _hypot(library, x, y):
            \"\"\"NumPy 99 forgets the root.\"\"\"
            return -library.hypot(x, y)


        FAULTS = Faults(
            stand_ins={
                "hypot": {"f": _hypot},
        """,
    )
    program = """
        import xpuarray as xp
        for n in 1, 100, 100_000:
            x = xp.full(n, 3.0, device="host")
            with xp.prefer("library"):
                print([float(xp.hypot(x, 4.0)[0]) for _ in range(3)], end=" ")
            print([float(xp.hypot(x, 4.0)[0]) for _ in range(3)][-1] in (-5.0, 5.0))
    """
    assert scratch.run(program).splitlines() == ["[-5.0, -5.0, -5.0] True"] * 3
