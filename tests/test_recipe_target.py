"""CONTRIBUTING's recipe "Add a compiler target", followed in a copy: one file and one record."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

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
print(xp.__file__)
"""


@pytest.fixture
def package(tmp_path) -> Path:
    """xpuarray as it is installed, in a copy that may be changed."""
    folder, rest = tmp_path / "xpuarray", shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "xpuarray", folder, ignore=rest)
    shutil.copytree(ROOT / "kernels", folder / "kernels", ignore=rest)
    return folder


def add_target(package: Path, source: str, record: str) -> None:
    """The recipe."""
    (package / "compiler" / "targets" / "toy.py").write_text(source)
    table = package / "compiler" / "targets" / "__init__.py"
    text = table.read_text()
    assert text.count('        Target("prange"),\n') == 1
    table.write_text(text.replace('        Target("prange"),\n', f'        Target("prange"),\n        {record},\n'))


def run(package: Path) -> list[str]:
    """What a process prints that uses the copy."""
    script = package.parent / "program.py"
    script.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(package.parent), "XPUARRAY_CACHE_DIR": str(package.parent / "cache")}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *lines, used = done.stdout.splitlines()
    assert Path(used).parent == package
    return lines


def test_one_file_and_one_record(package):
    add_target(package, TOY, 'Target("toy", by="a toy")')
    lines = ["toy compiles shift", "[1, 2, 3, 4] kernel shift(int64[1C]) by a toy", ""]
    assert run(package) == lines
    assert run(package) == lines  # a binary that is a Python callable is made anew
    assert not (package.parent / "cache").exists()


def test_a_record_says_that_binaries_are_kept_on_disk(package):
    add_target(package, STORED, 'Target("toy", stored=True)')
    told = ["[1, 2, 3, 4] kernel shift(int64[1C])", "SHIFT BY ONE"]
    assert run(package) == ["toy compiles shift", *told]
    assert run(package) == told  # by the second process's own `assembly`, of what the first one stored


def test_without_the_record_the_target_is_unknown(package):
    add_target(package, TOY, 'Target("other")')
    with pytest.raises(AssertionError, match="KeyError: 'toy'"):
        run(package)
