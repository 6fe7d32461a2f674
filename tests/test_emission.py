"""compiler/emission_client.py: LLVM's backends run in processes of their own."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler import emission_client

TRIPLE = "spirv64-unknown-unknown"


def kernel_of(branches: int) -> str:
    """A module whose kernel has so many branches, one after the other."""
    blocks = []
    for k in range(branches):
        blocks.append(f"  %c{k} = icmp ugt i64 %n, {k}\n  br i1 %c{k}, label %then{k}, label %end{k}\nthen{k}:")
        blocks.append(f"  store i64 {k}, ptr addrspace(1) %p, align 8\n  br label %end{k}\nend{k}:")
    body = "\n".join(blocks)
    return f"""
        target triple = "{TRIPLE}"
        define spir_kernel void @k(ptr addrspace(1) %p, i64 %n) {{
        entry:
        {body}
          ret void
        }}
    """


def defined_twice(module: bytes) -> set[int]:
    """The ids that a SPIR-V module gives to a label and to something else, or to two labels."""
    words = struct.unpack(f"<{len(module) // 4}I", module)
    labels, others, twice, at = set(), set(), set(), 5
    while at < len(words):
        count, operation = words[at] >> 16, words[at] & 0xFFFF
        if operation == 248:  # OpLabel
            twice |= {words[at + 1]} & labels
            labels.add(words[at + 1])
        elif 19 <= operation <= 33:  # OpType...
            others.add(words[at + 1])
        elif operation in (43, 54, 55, 59, 61):  # OpConstant, OpFunction, OpFunctionParameter, OpVariable, OpLoad
            others.add(words[at + 2])
        at += count
    return twice | labels & others


def test_each_module_is_valid_whatever_came_before():
    for k in range(40):
        code = emission_client.emit(kernel_of(1 + k % 7), TRIPLE, binary=True)
        assert defined_twice(code) == set()


def test_upstream_modules_in_one_process():
    """The fault for which emission_client.py is there: this fails once LLVM has mended it."""
    program = f"""
        import sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_emission import TRIPLE, defined_twice, kernel_of
        import llvmlite.binding as llvm
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        bad = 0
        for k in range(200):
            machine = llvm.Target.from_triple(TRIPLE).create_target_machine()
            bad += bool(defined_twice(machine.emit_object(llvm.parse_assembly(kernel_of(1 + k % 7)))))
        print(bad)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert done.returncode != 0 or int(done.stdout) > 0, done.stderr


def test_what_llvm_says_is_in_the_error():
    with pytest.raises(xp.KernelCompileError, match=r"(?s)spirv64 of it: .*expected"):
        emission_client.emit("define nonsense", TRIPLE, binary=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_that_was_killed_is_started_again():
    process = emission_client._server.start()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert emission_client.emit(kernel_of(1), TRIPLE, binary=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_that_dies_at_work_is_an_error(monkeypatch):
    process = emission_client._server.start()
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(emission_client, "LIMIT", 0.5)
    with pytest.raises(xp.KernelCompileError, match="ended with status -9"):
        emission_client.emit(kernel_of(1), TRIPLE, binary=True)
    monkeypatch.undo()
    assert emission_client.emit(kernel_of(1), TRIPLE, binary=True)


def test_threads_take_turns():
    codes: dict[int, bytes] = {}

    def work(k: int) -> None:
        codes[k] = emission_client.emit(kernel_of(1 + k), TRIPLE, binary=True)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(codes[k] == emission_client.emit(kernel_of(1 + k), TRIPLE, binary=True) for k in range(16))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_one_of_its_own():
    program = f"""
        import os, sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_emission import TRIPLE, kernel_of
        from xpuarray.compiler import emission_client
        expected = emission_client.emit(kernel_of(2), TRIPLE, binary=True)
        child = os.fork()
        for _ in range(20):
            assert emission_client.emit(kernel_of(2), TRIPLE, binary=True) == expected
        if child == 0:
            os._exit(0)
        sys.exit(os.waitpid(child, 0)[1] >> 8)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_behind():
    program = """
        from xpuarray.compiler import emission_client
        print(emission_client._server.start().pid)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


@pytest.mark.needs_device("opencl:cpu")
def test_one_kernel_for_many_types(device):
    """Many modules after one another: before, most of them were invalid."""

    @xp.kernel
    def clip(item, x, out):
        i = item.get_id(0)
        if x[i] > 3:
            out[i] = 3
        else:
            out[i] = x[i]

    for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float32):
        x = xp.asarray(np.arange(6, dtype=dtype), device=device)
        out = xp.zeros_like(x)
        xp.call_kernel(clip, xp.Range(6), x, out)
        assert xp.asnumpy(out).tolist() == [0, 1, 2, 3, 3, 3]


@pytest.mark.needs_device("opencl:cpu")
def test_it_starts_beside_numbas_threads():
    """A fork would have Numba's threads complain, and LLVM's process inherit what they hold."""
    program = """
        import xpuarray as xp
        with xp.prefer("kernel"):
            for device in ("host", "opencl:cpu"):
                print(float(xp.sum(xp.ones(1000, dtype=xp.float32, device=device) * 2)))
    """
    environment = {**os.environ, "XPUARRAY_CACHE": "0"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)
    assert (done.stdout, done.stderr) == ("2000.0\n2000.0\n", "")
