"""What goes into an estimator: checked for its place and type, then unwrapped."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError, PlacementError, UnsupportedDTypeError
from xpuarray.functions.data_types import astype, default_float
from xpuarray.placement.devices import Device
from xpuarray.sklearn.routes import Route

__all__ = ["one_device", "unwrapped"]


def one_device(function: str, operands: dict[str, Any], home: Device | None = None) -> Device:
    """The device of all arrays among `operands`, which is `home` where a fitted model has one.

    Text, such as class names, may be on the host: no device can hold it.

    Raises PlacementError for arrays on two devices, ImplicitTransferError for numbers on the host.
    """
    device, holder = home, "the model"
    for name, operand in operands.items():
        if not isinstance(operand, Array):
            continue
        if device is None:
            device, holder = operand.device, name
        elif operand.device is not device:
            fix = f"{name}.to_device({str(device)!r})"
            other = f" or model.to_device({str(operand.device)!r})" if holder == "the model" else ""
            raise PlacementError(
                f"{function}: {holder} is on {device}, {name} is on {operand.device}; move one: {fix}{other}"
            )
    assert device is not None, "called without a device array"
    for name, operand in operands.items():
        if _numbers_on_host(operand):
            kind = f"{type(operand).__module__.partition('.')[0]}.{type(operand).__name__}".removeprefix("builtins.")
            where = repr(str(device)) if holder == "the model" else f"{holder}.device"
            raise ImplicitTransferError(
                f"{function}: {name} is a {kind}, {holder} is on {device}; xpuarray does not copy it in silence. "
                f"Write xp.asarray({name}, device={where})"
            )
    return device


def _numbers_on_host(operand: Any) -> bool:
    if isinstance(operand, (Array, np.generic)):
        return False
    if isinstance(operand, (list, tuple, np.ndarray)):
        return np.asarray(operand).dtype.kind in "biufc"
    return any(hasattr(operand, a) for a in ("__array__", "__dlpack__", "__array_interface__", "toarray"))


def unwrapped(function: str, name: str, operand: Any, route: Route, regression: bool = False) -> Any:
    """An operand as the estimator gets it; whole numbers and half floats become the device's default float.

    regression: `y` holds quantities rather than labels

    Raises UnsupportedDTypeError for complex numbers, which scikit-learn would cast to real ones.
    """
    if not isinstance(operand, Array):
        return operand
    if operand.dtype.kind == "c":
        raise UnsupportedDTypeError(
            f"{function}: {name} is {operand.dtype}, and estimators compute with real numbers; "
            "give it real and imaginary part as features"
        )
    labels = name == "y" and not regression
    if not labels and (operand.dtype.kind in "biu" or operand.dtype == np.float16):
        operand = astype(operand, default_float(route.device))
    return route.take(operand)
