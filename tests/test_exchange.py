"""DLPack there and back: whose memory it is, by pointer.  CuPy's part is in test_cuda.py."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "float32", "float64", "complex64", "complex128")


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip(
        "torch", reason="torch, which is not here, is what arrays are exchanged with: pip install torch"
    )


def address(x: xp.Array) -> int:
    """Of the first element, for the CPU."""
    view = x.device.runtime.host_view(x.native)
    assert view is not None
    return view.ctypes.data


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("key", ["x", "x[1:, ::2]", "x.T", "x[:, 1]"])
@pytest.mark.parametrize("name", ["host", pytest.param("opencl:cpu", marks=pytest.mark.needs_device("opencl:cpu"))])
def test_torch_takes_and_returns_the_memory(name: str, key: str, dtype: str, torch: Any):
    x = xp.astype(xp.reshape(xp.arange(24, device=name), (4, 6)), dtype)
    part = eval(key, {"x": x})
    # torch asks no other device for the CPU's view of its memory, but copies (from Intel's GPUs) or raises.
    there = torch.from_dlpack(xp.from_dlpack(part, device="host", copy=False))
    assert there.data_ptr() == address(part)
    assert torch.from_dlpack(part.__dlpack__(dl_device=(1, 0))).data_ptr() == address(part)
    assert (tuple(there.shape), there.tolist()) == (part.shape, part.tolist())
    there *= 2 if dtype != "bool" else True
    assert part.tolist() == there.tolist()
    back = xp.from_dlpack(there, device=name, copy=False)
    assert back.device is as_device(name)
    assert (address(back), back.dtype, back.tolist()) == (address(part), np.dtype(dtype), there.tolist())
    back[...] = 1  # by a device's kernel
    xp.synchronize(back.device)
    assert bool((there == 1).all())


@pytest.mark.parametrize("dtype", DTYPES)
def test_torchs_memory_comes_to_the_host_and_goes_back(dtype: str, torch: Any):
    tensor = torch.arange(24).reshape(4, 6).to(getattr(torch, dtype))
    for part in (tensor, tensor[1:, ::2], tensor.T):
        x = xp.from_dlpack(part)
        assert (x.device, address(x)) == (as_device("host"), part.data_ptr())
        assert x.tolist() == part.tolist()
        assert torch.from_dlpack(x).data_ptr() == part.data_ptr()


def test_torchs_memory_is_copied_to_devices(torch: Any, device: Device):
    """It is not a device's own: USM, or a GPU's."""
    tensor = torch.arange(4, dtype=torch.int32)
    x = xp.from_dlpack(tensor, device=device)
    assert (x.device, x.tolist()) == (device, [0, 1, 2, 3])
    if device.backend != "host":
        with pytest.raises(ValueError, match="needs a copy"):
            xp.from_dlpack(tensor, device=device, copy=False)
        x[0] = 7
        assert tensor.tolist() == [0, 1, 2, 3]


@pytest.mark.needs_device("opencl:cpu")
def test_memory_that_comes_back_outlives_the_array():
    """NumPy stands between: a view of USM memory that goes back to its device, backwards too."""
    x = xp.arange(100_000, dtype=xp.int32, device="opencl:cpu")
    view = np.from_dlpack(x, device="cpu")
    for part in (view[::-2], view.reshape(100, -1)[::-1, 3:], view[5:6]):
        assert np.shares_memory(xp.asnumpy(xp.from_dlpack(part, device="opencl:cpu", copy=False), copy=False), view)
    back = xp.from_dlpack(view[::-1], device="opencl:cpu")
    del x, view
    gc.collect()
    others = [xp.zeros(100_000, dtype=xp.int32, device="opencl:cpu") for _ in range(3)]  # which would reuse it
    assert (int(back[0]), int(back[-1]), int(xp.sum(back))) == (99_999, 0, 99_999 * 50_000)
    assert int(xp.sum(others[0])) == 0


@pytest.mark.needs_device("opencl:cpu")
def test_what_is_no_memory_of_the_device_is_copied():
    for host in (np.arange(10), np.empty(0, np.float32), np.zeros((2, 0))):
        x = xp.from_dlpack(host, device="opencl:cpu")
        assert (x.shape, x.tolist()) == (host.shape, host.tolist())
        assert not np.shares_memory(xp.asnumpy(x, copy=False), host)


class Capsule:
    """Memory that says no more of itself than DLPack does, as that of other libraries on SYCL devices."""

    def __init__(self, x: xp.Array):
        self.made, self.place = x.__dlpack__(max_version=(1, 0)), x.__dlpack_device__()

    def __dlpack__(self, **kwargs: object) -> object:
        return self.made

    def __dlpack_device__(self) -> object:
        return self.place


def test_a_capsule_alone_comes_to_its_device(device: xp.Device):
    if device.backend == "fake" or "." in str(device):
        pytest.skip("its memory is the host's, or in a context of its own")
    x = xp.arange(4, dtype=xp.float32, device=device)
    y = xp.from_dlpack(Capsule(x))
    y[0] = 5
    assert y.device is x.device and x.tolist() == [5, 1, 2, 3]
