"""`%load_ext xpuarray`: %xpu_device, %%xpu_profile and %%xpu_explain, in IPython and Jupyter."""

from __future__ import annotations

from typing import Any

from xpuarray.errors import DeviceError
from xpuarray.observe.explain import explain
from xpuarray.observe.profile import profile
from xpuarray.placement.devices import Device, as_device, devices, stay_on

__all__ = ["load_ipython_extension"]


class _Magics:
    """What the magics do; the device of each shell."""

    def __init__(self, shell: Any):
        self._shell = shell
        self._device: Device | None = None
        # A cell may run in a context of its own, which ends with it.
        shell.events.register("pre_run_cell", lambda info=None: self._device is not None and stay_on(self._device))

    def device(self, line: str) -> Any:
        """%xpu_device NAME: new arrays go there in all cells that follow; "default": as before; nothing: a list.

        NAME is a filter, as xp.device takes it: host, opencl:cpu, cuda:gpu:1
        """
        name = line.strip().strip("\"'")
        if not name:
            return devices()
        try:
            self._device = None if name == "default" else as_device(name)
        except DeviceError as error:
            print(f"{type(error).__name__}: {error}")
            return None
        stay_on(self._device)
        print(f"new arrays go to {as_device(None)}")
        return None

    def profile(self, line: str, cell: str) -> None:
        """%%xpu_profile [FILE]: run the cell and show where the time goes; FILE: a trace for ui.perfetto.dev."""
        with profile() as seen:
            self._run(cell)
        _show(seen)
        if line.strip():
            seen.save(line.strip())
            print(f"wrote {line.strip()}: open it at chrome://tracing or ui.perfetto.dev")

    def explain(self, line: str, cell: str) -> None:
        """%%xpu_explain: run the cell, and show by which kernels and functions each call in it went."""
        with explain() as calls:
            self._run(cell)
        _show(calls)

    def _run(self, cell: str) -> None:
        """As a cell of its own: the last expression's value is shown, an error with its lines."""
        compiler = self._shell.compile
        cache = compiler.cache
        # A cell within a cell would be called the next one.
        compiler.cache = lambda code, number=0, raw_code=None: cache(code, number - 1, raw_code)
        try:
            self._shell.run_cell(cell)
        finally:
            del compiler.cache


def _show(found: Any) -> None:
    from IPython.display import display

    display(found)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext xpuarray` calls."""
    magics = _Magics(shell)
    shell.register_magic_function(magics.device, "line", "xpu_device")
    shell.register_magic_function(magics.profile, "cell", "xpu_profile")
    shell.register_magic_function(magics.explain, "cell", "xpu_explain")
