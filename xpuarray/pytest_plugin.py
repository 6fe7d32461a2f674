"""The pytest plugin: every test that takes `xpu_device` runs once on every usable device.

It comes with the package: nothing has to be switched on.

    def test_sum(xpu_device):
        assert xp.sum(xp.ones(10)) == 10                     # a new array is on xpu_device

`pytest --xpu-devices=opencl:cpu,host` runs on those devices only; without it the environment's
filters (SYCL_DEVICE_FILTER, ONEAPI_DEVICE_SELECTOR) decide.  Devices are looked for only when a
collected test takes the fixture: nothing below imports a runtime before that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xpuarray.placement.devices import Device

__all__ = ["xpu_device"]

_CHOSEN = pytest.StashKey["list[Device]"]()


class Hooks:
    """The hook this plugin adds to pytest's."""

    def pytest_xpu_devices(self, config: pytest.Config) -> list[Device]:
        """Return further devices for `xpu_device`, sub-devices for example; the filter applies to them."""
        raise NotImplementedError  # pytest reads the signature only


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make `pytest_xpu_devices` known."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--xpu-devices`."""
    parser.getgroup("xpuarray").addoption(
        "--xpu-devices",
        metavar="FILTER",
        help="devices that tests with the fixture xpu_device run on, written as in SYCL_DEVICE_FILTER: "
        "'opencl:cpu', 'cuda:gpu:0,host' (default: every usable device that the environment's filters admit)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the test once for each device, with the device's filter string in the test's name."""
    if "xpu_device" in metafunc.fixturenames:
        metafunc.parametrize("xpu_device", _chosen(metafunc.config), ids=str, indirect=True)


@pytest.fixture
def xpu_device(request: pytest.FixtureRequest) -> Iterator[Device]:
    """One usable device; while the test runs, new arrays go to it.

    At its end the test waits for the device, so that an error there fails the test that caused it.
    """
    from xpuarray.placement.devices import device, synchronize

    with device(request.param) as chosen:
        yield chosen
        synchronize(chosen)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Print the devices that the tests about to start will use."""
    chosen = config.stash.get(_CHOSEN, [])
    return ["xpu devices:", *(f"  {d.filter_string:<16} {d.info.name}" for d in chosen)] if chosen else []


def _chosen(config: pytest.Config) -> list[Device]:
    """The devices for `xpu_device`, found once a run.  With a bad filter collection ends, with its message."""
    if _CHOSEN not in config.stash:
        from xpuarray.errors import DeviceError

        try:
            config.stash[_CHOSEN] = _find(config)
        except DeviceError as error:
            raise pytest.Collector.CollectError(str(error)) from None
    return config.stash[_CHOSEN]


def _find(config: pytest.Config) -> list[Device]:
    from xpuarray.errors import DeviceFilterError, DeviceUnusableError
    from xpuarray.placement.discovery import all_devices, missing_backends
    from xpuarray.placement.filters import Filter, active_filter

    text = config.getoption("--xpu-devices")
    chosen = active_filter() if text is None else Filter.parse(text, "--xpu-devices")
    more = config.hook.pytest_xpu_devices(config=config)
    found = list(dict.fromkeys([*all_devices(), *itertools.chain.from_iterable(more)]))
    infos = [d.info for d in found]
    if not chosen.admits_any(infos):
        raise DeviceFilterError(chosen.admits_nothing(infos, missing_backends()))
    admitted = [d for d in found if chosen.admits(d.info)]
    usable = [d for d in admitted if d.usable]
    if not usable:
        reasons = "; ".join(f"{d.filter_string}: {d.why_not}" for d in admitted)
        raise DeviceUnusableError(f"no device that {chosen} admits can be used: {reasons}")
    return usable
