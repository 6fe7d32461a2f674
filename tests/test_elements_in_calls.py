"""Elements, which are arrays of no dimension here, wherever programs put numbers: in lists, sizes, indices, ends."""

from __future__ import annotations

from typing import Any

import numpy as np

import xpuarray as xp

#: Of a module, three floats and three integers.
CALLS: dict[str, Any] = {
    "setitem": lambda m, x, i: (x.__setitem__(slice(0, 2), (x[2], x[1])), x)[1],
    "add": lambda m, x, i: m.add(x[:2], (x[0], x[1])),
    "operator": lambda m, x, i: x[:2] * [x[0], x[1]],
    "in place": lambda m, x, i: x[:2].__iadd__([x[0], x[1]]),
    "compare": lambda m, x, i: x[:2] < [x[0], x[2]],
    "where": lambda m, x, i: m.where(x[:2] > 0, (x[0], x[1]), 0),
    "full": lambda m, x, i: m.full(2, [x[0], x[1]]),
    "concat": lambda m, x, i: m.concatenate([[x[0]], [x[1]]]),
    "stack": lambda m, x, i: m.stack([x[0], x[1]]),
    "hstack": lambda m, x, i: m.hstack([x[0], x[1], [x[2]]]),
    "put": lambda m, x, i: (m.put(x, [0], [x[1]]), x)[1],
    "array": lambda m, x, i: m.array([x[0], 1.0]),
    "nested": lambda m, x, i: m.array([[x[0], 1.0], (x[1], x[2])]),
    "linspace": lambda m, x, i: m.linspace(x[0], x[1], 3),
    "arange": lambda m, x, i: m.arange(i[1], i[2]),
    "zeros": lambda m, x, i: m.zeros((i[1], i[2])),
    "reshape": lambda m, x, i: x[:2].reshape((i[1], i[2])),
    "fill": lambda m, x, i: (x.fill(x[1]), x)[1],
    "clip": lambda m, x, i: m.clip(x, x[0], x[2]),
    "insert": lambda m, x, i: m.insert(x, 0, [x[1]]),
    "append": lambda m, x, i: m.append(x, [x[0]]),
    "index list": lambda m, x, i: x[[i[0], i[1]]],
    "index tuple": lambda m, x, i: m.outer(x, x)[i[0], i[1]],
    "slice": lambda m, x, i: x[i[1] : i[2]],
    "take": lambda m, x, i: m.take(x, [i[0], i[1]]),
    "interp": lambda m, x, i: m.interp(x[0], [0.0, 1.0], [x[0], x[1]]),
    "r_": lambda m, x, i: m.r_[x[0], 1.5],
    "dot": lambda m, x, i: m.dot([x[0], x[1]], [x[0], x[1]]),
    "max": lambda m, x, i: m.max([x[0], x[1]]),
    "argmax": lambda m, x, i: m.argmax([x[0], x[1]]),
    "sort": lambda m, x, i: m.sort([x[1], x[0]]),
    "polyval": lambda m, x, i: m.polyval([x[0], x[1]], x),
    "repeat": lambda m, x, i: m.repeat(x, i[2]),
    "roll": lambda m, x, i: m.roll(x, i[1]),
    "tile": lambda m, x, i: m.tile(x, i[2]),
    "eye": lambda m, x, i: m.eye(i[2]),
    "sum axis": lambda m, x, i: m.sum(m.outer(x, x), axis=i[1]),
    "mgrid": lambda m, x, i: m.mgrid[0 : i[2], i[0] : i[2]],
    "add.at": lambda m, x, i: (m.add.at(x, [i[0], i[0]], [x[1], x[2]]), x)[1],
    "select": lambda m, x, i: m.select([x > 1], [x], x[0]),
    "range": lambda m, x, i: m.asarray(list(range(i[2]))),
    "python": lambda m, x, i: m.asarray([max(x[0], x[1]), min(x[1], x[2]), abs(x[0]), round(float(x[1])), sum(x)]),
}


def test_elements_are_taken_for_numbers(device):
    values, whole = np.asarray([0.5, 1.5, 2.5], np.float32), np.asarray([0, 1, 2])
    with xp.device(device):
        for name, call in CALLS.items():
            expected = np.asarray(call(np, values.copy(), whole))
            found = call(xp, xp.asarray(values), xp.asarray(whole))
            assert found.shape == expected.shape and found.dtype == device.info.fit(expected.dtype), name
            np.testing.assert_allclose(xp.asnumpy(found), expected, rtol=1e-6, err_msg=name)
