"""Philox4x32-10: random bits as a function of a counter and a key, the same on every device.

J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.  Words
of 32 bits are held in unsigned 64-bit integers, so that a product of two of them is one multiplication.
"""

from __future__ import annotations

import numpy as np

from xpuarray.launch.kernel import kernel

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # multipliers
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)  # what the key grows by


def philox(c0, c1, c2, c3, k0, k1):
    """The four words at counter (c0, c1, c2, c3) under the key (k0, k1), after ten rounds."""
    for _ in range(10):
        even, odd = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (odd >> HALF) ^ c1 ^ k0, odd & LOW, (even >> HALF) ^ c3 ^ k1, even & LOW
        k0, k1 = (k0 + _W0) & LOW, (k1 + _W1) & LOW
    return c0, c1, c2, c3


def block(position, attempt, purpose, key):
    """Two words of 64 bits: of a 64-bit key, at a position of 64 bits, an attempt and a purpose of 32 bits each."""
    c0, c1, c2, c3 = philox(position & LOW, position >> HALF, attempt, purpose, key & LOW, key >> HALF)
    return c0 | (c1 << HALF), c2 | (c3 << HALF)


@kernel
def philox_words(
    item,  # Item over (n,)
    counters,  # in   (n, 4)  32 bits each, in uint64
    keys,  # in   (n, 2)  likewise
    out,  # out  (n, 4)  likewise
):
    i = item.get_id(0)
    words = philox(counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3], keys[i, 0], keys[i, 1])
    out[i, 0], out[i, 1], out[i, 2], out[i, 3] = words
