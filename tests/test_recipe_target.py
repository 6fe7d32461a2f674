"""CONTRIBUTING's recipe "Add a compiler target", followed in a copy: one file and one record."""

from __future__ import annotations

import pytest
from scratch import Scratch

#: The file: a target that has the simulator run kernels, and says so in its binaries.
TOY = '''
"""The simulator, whose kernels are kept on disk as text."""

from xpuarray.backends.contract import Compiled
from xpuarray.compiler.targets import simulator


def compile_kernel(kernel, space, types, info):
    print("toy compiles", kernel.__name__)
    return Compiled(kernel.__name__, "toy", simulator.compile_kernel(kernel, space, types, info).binary)
'''
#: The same where binaries are bytes: they are kept on disk, and a second process compiles nothing.
STORED = '''
"""Binaries that are bytes: the name of the function that does what a kernel would."""

from xpuarray.backends.contract import Compiled


def compile_kernel(kernel, space, types, info):
    print("toy compiles", kernel.__name__)
    return Compiled("shift", "toy", b"shift by one", "; no LLVM", lambda: assembly(b"shift by one", "; no LLVM"))


def assembly(binary, llvm):
    return binary.decode().upper()
'''
PROGRAM = """
import numpy as np
import xpuarray as xp
from xpuarray.backends.host.runtime import HostRuntime
from xpuarray.placement.devices import Device

class ToyRuntime(HostRuntime):
    target = "toy"

    def load(self, compiled):
        assert compiled.target == "toy"
        if isinstance(compiled.binary, bytes):
            compiled = type(compiled)("shift", "toy", lambda size, local, x: np.add(x, 1, out=x))
        return super().load(compiled)

@xp.kernel
def shift(item, x):
    x[item.get_id(0)] += 1

device = Device(ToyRuntime(xp.devices("host")[0].info))
x = xp.arange(4, device=device)
with xp.explain() as calls:
    xp.call_kernel(shift, xp.Range(4), x)
print(xp.asnumpy(x).tolist(), calls[0].route)
print(*shift.inspect_asm().values())
"""


def add_target(scratch: Scratch, source: str, record: str) -> None:
    """The recipe."""
    scratch.add("compiler/targets/toy.py", source)
    beside = '        Target("prange"),\n'
    scratch.replace("compiler/targets/__init__.py", beside, f"{beside}        {record},\n")


def test_one_file_and_one_record(scratch: Scratch):
    add_target(scratch, TOY, 'Target("toy", by="a toy")')
    lines = ["toy compiles shift", "[1, 2, 3, 4] kernel shift(int64[1C]) by a toy"]
    assert scratch.run(PROGRAM).splitlines() == lines
    assert scratch.run(PROGRAM).splitlines() == lines  # a binary that is a Python callable is made anew
    assert not (scratch.folder / "cache").exists()


def test_a_record_says_that_binaries_are_kept_on_disk(scratch: Scratch):
    add_target(scratch, STORED, 'Target("toy", stored=True)')
    told = ["[1, 2, 3, 4] kernel shift(int64[1C])", "SHIFT BY ONE"]
    assert scratch.run(PROGRAM).splitlines() == ["toy compiles shift", *told]
    assert scratch.run(PROGRAM).splitlines() == told  # assembled of what the first process stored


def test_without_the_record_the_target_is_unknown(scratch: Scratch):
    add_target(scratch, TOY, 'Target("other")')
    with pytest.raises(AssertionError, match="KeyError: 'toy'"):
        scratch.run(PROGRAM).splitlines()
