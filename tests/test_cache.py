"""Kernels on disk: what makes two kernels the same, and that the files survive whatever befalls them."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import re
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.commands import cli
from xpuarray.compiler import cache
from xpuarray.compiler.build import build
from xpuarray.compiler.fingerprint import NoFingerprintError, fingerprint
from xpuarray.lang.types import ArrayType, Space

INFO = DeviceInfo("opencl", "cpu", 0, "a processor", architecture="a processor, version 1")


@pytest.fixture(autouse=True)
def own_directory(tmp_path, monkeypatch):
    """Each test has a cache of its own."""
    for name in ("XPUARRAY_CACHE", "XPUARRAY_CACHE_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XPUARRAY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


# -- what a fingerprint depends on ------------------------------------------------------------------

SOURCE = '''
import enum
import math

import numpy as np

import xpuarray as xp

FACTOR = 2.0
TABLE = (1, 2.5, "a")
SINGLE = np.float32(3)
WEIGHTS = np.arange(3)
ZERO = 0.0
FLAG = True


class Colour(enum.IntEnum):
    RED = 1


def deepest(x):
    return x + FACTOR


def helper(x, bias=1):
    return deepest(x) * TABLE[1] + SINGLE + bias


def neighbour(x):
    return x


def inside(shift):
    @xp.kernel
    def kernel(item, x, out):
        """What it does."""
        i = item.get_id(0)
        # a comment
        if FLAG:
            out[i] = helper(x=x[i], bias=3) * math.sqrt(2.0) + shift + WEIGHTS[1] + ZERO + Colour.RED

    return kernel


kernel = inside(4)
'''


def kernel_in(source: str, name: str = "kernel", **values):
    """The kernel that a module of this source defines."""
    scope = {"__name__": "somebodys_module", **values}
    exec(compile(source, "<somebody's module>", "exec"), scope)
    return scope[name]


def edited(old: str, new: str):
    assert SOURCE.count(old) == 1, f"{SOURCE.count(old)} times {old!r}"
    return kernel_in(SOURCE.replace(old, new))


SAME = {
    "nothing": ("FACTOR = 2.0", "FACTOR = 2.0"),
    "a neighbour": ("return x\n", "return x * 3\n"),
    "a comment": ("# a comment", "# another, longer comment"),
    "the docstring": ("What it does.", "What else it does."),
    "lines above": ("FACTOR = 2.0", "\n\n\nFACTOR = 2.0"),
    "blank lines inside": ("        # a comment", "\n\n"),
    "another constant": ("FACTOR = 2.0", "FACTOR, OTHER = 2.0, 5"),
}
DIFFERENT = {
    "the kernel": ("out[i] = helper", "out[i] = -helper"),
    "a constant in it": ("math.sqrt(2.0)", "math.sqrt(3.0)"),
    "a function of math": ("math.sqrt(2.0)", "math.sin(2.0)"),
    "a callee": ("deepest(x) *", "deepest(x) +"),
    "a callee's callee": ("return x + FACTOR", "return x - FACTOR"),
    "a callee's constant": ("FACTOR = 2.0", "FACTOR = 2.5"),
    "a constant's type": ("FACTOR = 2.0", "FACTOR = 2"),
    "a callee's default": ("bias=1", "bias=2"),
    "an element of a tuple": ("2.5", "2.25"),
    "a NumPy scalar": ("np.float32(3)", "np.float32(4)"),
    "a NumPy scalar's type": ("np.float32(3)", "np.float64(3)"),
    "an array": ("np.arange(3)", "np.arange(4)"),
    "an array's type": ("np.arange(3)", "np.arange(3, dtype=np.int32)"),
    "the sign of zero": ("ZERO = 0.0", "ZERO = -0.0"),
    "True for 1": ("FLAG = True", "FLAG = 1"),
    "a member of an enumeration": ("RED = 1", "RED = 2"),
    "a closure's value": ("inside(4)", "inside(5)"),
    "a keyword": ("helper(x=x[i], bias=3)", "helper(bias=x[i], x=3)"),
    "a keyword's value": ("bias=3", "bias=4"),
    "an option": ("@xp.kernel", "@xp.kernel(fastmath=True)"),
    "its name": ("    return kernel\n", "    kernel.__name__ = 'renamed'\n    return kernel\n"),
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_an_edit_elsewhere_changes_nothing(edit):
    assert fingerprint(edited(*edit)) == fingerprint(kernel_in(SOURCE))


@pytest.mark.parametrize("edit", DIFFERENT.values(), ids=DIFFERENT)
def test_an_edit_of_what_the_code_depends_on_is_seen(edit):
    assert fingerprint(edited(*edit)) != fingerprint(kernel_in(SOURCE))


def test_a_run_before_changes_nothing():
    kernel = kernel_in(SOURCE)
    before = fingerprint(kernel)
    x = [1.0] * 4
    for _ in range(100):  # Python rewrites the code of functions that run often
        kernel.function(xp.Item(xp.Range(4), (1,)), x, x)
    assert fingerprint(kernel) == before


def test_source_lines_count_where_messages_name_them():
    checked = SOURCE.replace("@xp.kernel", "@xp.kernel(check='bounds')")
    assert fingerprint(kernel_in(checked)) != fingerprint(kernel_in("\n" + checked))
    assert fingerprint(kernel_in(checked)) == fingerprint(kernel_in(checked))


@pytest.mark.parametrize("marked", ["", "@xp.device_func\n"])
def test_functions_of_other_modules_are_followed(tmp_path, marked):
    def kernel_using(body):
        (tmp_path / "helpers.py").write_text(f"import xpuarray as xp\n\n{marked}def f(x):\n    return {body}\n")
        spec = importlib.util.spec_from_file_location("helpers", tmp_path / "helpers.py")
        helpers = importlib.util.module_from_spec(spec)
        exec(compile(spec.loader.get_source("helpers"), "helpers.py", "exec"), vars(helpers))

        @xp.kernel
        def kernel(item, out):
            out[item.get_id(0)] = helpers.f(1.0)

        return kernel

    assert fingerprint(kernel_using("x + 1")) == fingerprint(kernel_using("x + 1"))
    assert fingerprint(kernel_using("x + 1")) != fingerprint(kernel_using("x + 2"))


def test_functions_that_call_each_other_are_followed():
    def kernel_with(step):
        source = f"""
        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - {step})
        def kernel(item, out): out[item.get_id(0)] = even(4)
        """
        return xp.kernel(kernel_in(textwrap.dedent(source)))

    assert fingerprint(kernel_with(1)) == fingerprint(kernel_with(1))
    assert fingerprint(kernel_with(1)) != fingerprint(kernel_with(3))


def test_numba_functions_are_followed_with_their_options():
    numba = pytest.importorskip("numba")

    def kernel_with(value, **options):
        function = kernel_in(f"def f(x): return x + {value}", "f")
        return xp.kernel(
            kernel_in("def kernel(item, out): out[item.get_id(0)] = f(1)", f=numba.njit(**options)(function))
        )

    plain = fingerprint(kernel_with(1))
    assert plain == fingerprint(kernel_with(1))
    assert plain != fingerprint(kernel_with(2))
    assert plain != fingerprint(kernel_with(1, fastmath=True))


def test_numbas_overloads_are_followed_with_their_targets():
    extending = pytest.importorskip("numba.extending")

    def kernel_with(value=None, **options):
        function = kernel_in("def f(x): return x", "f")
        if value is not None:
            extending.overload(function, **options)(kernel_in(f"def choose(x): return lambda x: x + {value}", "choose"))
        return xp.kernel(kernel_in("def kernel(item, out): out[item.get_id(0)] = f(1)", f=function))

    kernels = [kernel_with(), kernel_with(1), kernel_with(2), kernel_with(1, target="cuda")]
    assert len({fingerprint(kernel) for kernel in kernels}) == 4
    assert fingerprint(kernels[1]) == fingerprint(kernel_with(1))


@pytest.mark.parametrize(
    "value",
    [{"a": 1}, [1, 2], object(), sys.modules[__name__], np.random.default_rng(), b"".join, np.array([None])],
    ids=lambda value: type(value).__name__,
)
def test_what_can_not_be_written_down_has_no_fingerprint(value):
    kernel = xp.kernel(kernel_in("def kernel(item, out): out[item.get_id(0)] = f(VALUE)", VALUE=value, f=len))
    with pytest.raises(NoFingerprintError):
        fingerprint(kernel)


GENERATED = """
import sys
import xpuarray as xp
from xpuarray.compiler.fingerprint import fingerprint

module = sys.modules["xpuarray.launch.kernel"]
build = module.build

def tell(kernel, *more):
    loaded = "numba" in sys.modules
    print(kernel.__name__, fingerprint(kernel))
    assert ("numba" in sys.modules) == loaded  # which the simulator needs, and a kernel from the disk does not
    return build(kernel, *more)

module.build = tell
with xp.device("fake"), xp.prefer("kernel"):
    x = xp.ones(8, dtype=xp.float32)
    for y in x + x, xp.sin(x), x % x, xp.where(x > x, x, x), xp.sum(x), xp.max(xp.ones((4, 4), dtype=xp.int32), axis=0):
        xp.asnumpy(y)  # nothing is computed before
"""


def test_generated_kernels_have_the_same_fingerprint_in_every_process():
    first, second = (run(GENERATED, PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == second
    names, fingerprints = zip(*map(str.split, first.splitlines()))
    assert {"add", "sin", "remainder", "greater_where"} <= set(names)  # the last one is fused
    assert len(set(fingerprints)) == len(set(first.splitlines())) >= 6


# -- hits and misses --------------------------------------------------------------------------------


def test_what_was_compiled_once_is_found(own_directory):
    kernel, compiled = kernel_in(SOURCE), []

    def find(target="spirv", types=("float32",), info=INFO, kernel=kernel):
        def compile():
            compiled.append((target, types, info))
            return Compiled("entry", target, b"\x03\x02#\x07" + bytes(range(256)), "; LLVM, \u00e9\n" * 50)

        return cache.compiled(kernel, target, types, info, compile)

    first = find()
    assert (find().name, find().target, find().binary, find().llvm) == (first.name, "spirv", first.binary, first.llvm)
    assert len(compiled) == 1
    find(info=dataclasses.replace(INFO, number=1, part=(0,), compute_units=7))  # another device of the same kind
    assert len(compiled) == 1
    for change in (
        {"types": ("float64",)},
        {"target": "ptx"},
        {"info": dataclasses.replace(INFO, architecture="version 2")},
        {"info": dataclasses.replace(INFO, fp64=False)},
        {"info": dataclasses.replace(INFO, fp16=True)},
        {"info": dataclasses.replace(INFO, atomic64=False)},
    ):
        before = len(compiled)
        find(**change), find(**change)
        assert len(compiled) == before + 1, change
    assert len(list(own_directory.iterdir())) == len(compiled)


def test_what_is_no_bytes_or_has_no_fingerprint_is_compiled_each_time(own_directory):
    compiled = []
    unknown = xp.kernel(kernel_in("def kernel(item, out): out[0] = VALUE[0]", VALUE=[1]))
    for kernel, target in ((kernel_in(SOURCE), "prange"), (unknown, "spirv")):
        for _ in range(2):
            cache.compiled(kernel, target, (), INFO, lambda: compiled.append(1))
    assert len(compiled) == 4
    assert not own_directory.exists()


# -- files ------------------------------------------------------------------------------------------

KEY = "0123456789" * 4
ENTRY = Compiled("entry", "spirv", bytes(range(256)) * 4, "define void @entry()\n" * 40)


@pytest.fixture
def disk(own_directory):
    return cache.DiskCache(own_directory, 1 << 20)


def same(a, b):
    return a is not None and (a.name, a.target, a.binary, a.llvm) == (b.name, b.target, b.binary, b.llvm)


def test_a_damaged_file_counts_as_missing_and_is_written_anew(disk):
    disk.store(KEY, ENTRY)
    (path,) = disk.directory.iterdir()
    good = path.read_bytes()
    damaged = [good[:length] for length in range(0, len(good), 7)]
    damaged += [good[:k] + bytes([good[k] ^ 1]) + good[k + 1 :] for k in range(0, len(good), 7)]
    damaged += [good + b"x", b"\n" * 50, os.urandom(500)]
    for content in damaged:
        path.write_bytes(content)
        assert disk.load(KEY) is None
    disk.store(KEY, ENTRY)
    assert same(disk.load(KEY), ENTRY)


def test_a_file_under_another_name_is_not_taken(disk):
    disk.store(KEY, ENTRY)
    (path,) = disk.directory.iterdir()
    path.rename(path.with_name(path.name.replace("0", "1")))
    assert disk.load(KEY.replace("0", "1")) is None


def test_a_directory_in_place_of_a_file_is_no_error(disk):
    (disk.directory / f"{KEY}.kernel").mkdir(parents=True)
    assert disk.load(KEY) is None
    with pytest.warns(cache.CacheWarning):
        disk.store(KEY, ENTRY)


def test_without_a_place_to_write_kernels_run_and_one_warning_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    disk = cache.DiskCache(tmp_path / "file" / "cache", 1 << 20)
    with pytest.warns(cache.CacheWarning, match="XPUARRAY_CACHE_DIR"):
        disk.store(KEY, ENTRY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        disk.store(KEY, ENTRY)
        assert disk.load(KEY) is None


def test_the_least_recently_used_go_first(own_directory):
    size = len(cache._pack(KEY, ENTRY))
    disk = cache.DiskCache(own_directory, 3 * size)
    keys = [KEY.replace("0", digit) for digit in "abcd"]
    for age, key in enumerate(keys[:3]):
        disk.store(key, ENTRY)
        os.utime(disk._path(key), (age, age))
    assert disk.load(keys[0])  # is used again, so the second is the oldest now
    disk.store(keys[3], ENTRY)
    assert [bool(disk.load(key)) for key in keys] == [True, False, True, True]
    assert sum(entry.size for entry in disk.entries()) <= disk.limit


def test_unfinished_files_of_dead_processes_go(disk):
    disk.store(KEY, ENTRY)
    old, new = disk.directory / "a.unfinished", disk.directory / "b.unfinished"
    for path in (old, new):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    disk._evict()
    assert not old.exists() and new.exists()


def test_clear_removes_kernels_and_nothing_else(disk):
    disk.store(KEY, ENTRY)
    (disk.directory / "notes.txt").write_text("mine")
    assert len(disk.clear()) == 1
    assert [path.name for path in disk.directory.iterdir()] == ["notes.txt"]


# -- settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"), [("1000", 1000), ("2k", 2048), ("512MiB", 512 << 20), ("1.5 GB", 3 << 29), ("0.5t", 1 << 39)]
)
def test_sizes(monkeypatch, text, size):
    monkeypatch.setenv("XPUARRAY_CACHE_SIZE", text)
    assert cache.disk_cache().limit == size


@pytest.mark.parametrize("text", ["much", "-1", "1 GiBi", "5x"])
def test_a_size_that_is_none_is_an_error_that_says_so(monkeypatch, text):
    monkeypatch.setenv("XPUARRAY_CACHE_SIZE", text)
    with pytest.raises(xp.XpuarrayError, match="XPUARRAY_CACHE_SIZE"):
        cache.disk_cache()


@pytest.mark.parametrize(
    ("name", "value"), [("XPUARRAY_CACHE", "0"), ("XPUARRAY_CACHE", "off"), ("XPUARRAY_CACHE_SIZE", "0")]
)
def test_the_cache_can_be_switched_off(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert cache.disk_cache() is None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's place for caches")
def test_the_default_place(monkeypatch, tmp_path):
    monkeypatch.delenv("XPUARRAY_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.disk_cache().directory == tmp_path / "xpuarray"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.disk_cache().directory == tmp_path / ".cache" / "xpuarray"


def test_without_a_home_there_is_no_cache(monkeypatch):
    monkeypatch.delenv("XPUARRAY_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert cache.disk_cache() is None


def test_command_line(monkeypatch, capsys, disk):
    disk.store(KEY, ENTRY)
    assert cli.main(["cache"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("1 compiled kernels, ") and "of 512 MiB" in shown and str(disk.directory) in shown
    assert cli.main(["cache", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kernels"], facts["directory"], facts["cleared"]) == (1, str(disk.directory), False)
    assert facts["size"] == sum(path.stat().st_size for path in disk.directory.iterdir())
    assert cli.main(["cache", "--clear"]) == 0
    assert str(disk.directory) in capsys.readouterr().out
    assert not list(disk.directory.iterdir())
    monkeypatch.setenv("XPUARRAY_CACHE", "0")
    assert cli.main(["cache"]) == 0
    assert "switched off" in capsys.readouterr().out


# -- processes --------------------------------------------------------------------------------------


def run(code: str, **variables: str) -> subprocess.CompletedProcess:
    """A fresh process that must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | variables, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done


COMPILE = """
import xpuarray as xp
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.build import build
from xpuarray.lang.types import ArrayType, Space

@xp.kernel
def saxpy(item, alpha, x, y, out):
    i = item.get_id(0)
    out[i] = alpha * x[i] + y[i]

array = ArrayType("float32", 1, "C")
info = DeviceInfo("opencl", "cpu", 0, "a processor")
compiled = build(saxpy, "spirv", Space(1), ("float32", array, array, array), info)
"""
RACE = """
import sys, time
from pathlib import Path

from xpuarray.compiler import cache
from xpuarray.backends.contract import Compiled

number, start, waiting = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
(waiting / str(number)).touch()
while not start.exists():
    time.sleep(0.001)
{compile}
found = cache.disk_cache()
for turn in range(200):
    content = (turn * 7 + number) % 16
    key = f"{{content:040x}}"
    entry = Compiled("entry", "spirv", bytes([content]) * 5000, str(content))
    loaded = found.load(key)
    assert loaded is None or (loaded.binary, loaded.llvm) == (entry.binary, entry.llvm)
    found.store(key, entry)
print(compiled.binary.hex())
"""


def test_sixteen_processes_share_a_directory(tmp_path, monkeypatch, own_directory):
    """All compile the same kernel at once, then store, load and evict 16 others in a cache too small for them."""
    monkeypatch.setenv("XPUARRAY_CACHE_SIZE", "40k")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    start, waiting, script = tmp_path / "start", tmp_path / "waiting", tmp_path / "race.py"
    waiting.mkdir()
    script.write_text(RACE.format(compile=COMPILE))
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(n), str(start), str(waiting)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(16)
    ]
    try:
        while len(list(waiting.iterdir())) < 16 and all(p.poll() is None for p in processes):
            pass
        start.touch()
        results = [p.communicate(timeout=200) for p in processes]
    finally:
        for process in processes:
            process.kill()
    assert [p.returncode for p in processes] == [0] * 16, results
    assert len({out for out, _ in results}) == 1
    disk = cache.disk_cache()
    assert 0 < sum(entry.size for entry in disk.entries()) <= disk.limit
    assert not list(own_directory.glob("*.unfinished"))


def test_a_second_process_compiles_nothing(own_directory):
    code = COMPILE + "import sys; print('numba' in sys.modules, len(compiled.llvm), compiled.binary.hex())"
    first, second = (run(code).stdout.split() for _ in range(2))
    assert first[0] == "True" and second[0] == "False"
    assert first[1:] == second[1:] and int(first[1]) > 100
    assert len(list(own_directory.iterdir())) == 1


def test_assembly_is_made_of_what_was_stored(own_directory):
    array = ArrayType("float32", 1, "C")

    @xp.kernel
    def twice(item, x):
        x[item.get_id(0)] *= 2

    info = DeviceInfo("opencl", "cpu", 0, "a processor")
    fresh, stored = (build(twice, "spirv", Space(1), (array,), info) for _ in range(2))
    assert "OpEntryPoint" in stored.assembly()
    assert re.sub(r"%\d+", "%", stored.assembly()) == re.sub(r"%\d+", "%", fresh.assembly())


LAUNCH = """
import sys
import numpy as np
import xpuarray as xp

@xp.kernel
def saxpy(item, alpha, x, y, out):
    i = item.get_id(0)
    out[i] = alpha * x[i] + y[i]

with xp.device("opencl:cpu"), xp.prefer("kernel"):
    x, y = xp.arange(1000, dtype=xp.float32), xp.ones(1000, dtype=xp.float32)
    out = xp.empty(1000, dtype=xp.float32)
    xp.call_kernel(saxpy, xp.Range(1000), 2.0, x, y, out)
    np.testing.assert_array_equal(xp.asnumpy(out), 2 * np.arange(1000, dtype=np.float32) + 1)
    np.testing.assert_array_equal(xp.asnumpy(x + y), np.arange(1000, dtype=np.float32) + 1)
    assert float(xp.sum(y)) == 1000
print(sorted({name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite"}))
"""


@pytest.mark.needs_device("opencl:cpu")
def test_launches_of_a_second_process_do_not_load_numba():
    assert run(LAUNCH).stdout.strip() == "['llvmlite', 'numba']"
    assert run(LAUNCH).stdout.strip() == "[]"


STRAY = """
import xpuarray as xp

@xp.kernel(check="bounds")
def kernel(item, x):
    x[item.get_id(0) + 3] = 1

try:
    xp.call_kernel(kernel, xp.Range(4), xp.zeros(5))
except IndexError as error:
    print(error)
"""


@pytest.mark.needs_device("opencl:cpu")
def test_a_second_process_names_the_line_of_a_stray_index_too(tmp_path):
    script = tmp_path / "stray.py"
    script.write_text(STRAY)
    found = [
        subprocess.run(
            [sys.executable, script],
            env=os.environ | {"SYCL_DEVICE_FILTER": "opencl:cpu", "XPUARRAY_CACHE_DIR": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout
        for _ in range(2)
    ]
    assert "stray.py, line 6" in found[0] and found[1].partition("index")[2][3:] == found[0].partition("index")[2][3:]
