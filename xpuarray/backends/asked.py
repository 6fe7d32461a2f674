"""What is asked of a runtime at every call."""

from __future__ import annotations

__all__ = ["Asked"]


class Asked:
    """In slots, which compiled code reads (`core/layout.h`)."""

    __slots__ = ("busy", "host_until")

    #: must be: `wait` might have something to wait for
    busy: bool
    #: must be: elements up to which NumPy computes on memory that the host shares (in_sight must give views),
    #: or takes the values it has made before; 0 if it can't
    host_until: int
