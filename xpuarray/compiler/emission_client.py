"""Machine code from LLVM IR for devices, by LLVM's backends in a process of their own.

LLVM's SPIR-V backend (seen in 22.1) keeps a table of basic blocks from one module to the next, by the address
of the function they are in (`ModuleAnalysisInfo::BBNumToRegMap`).  When a later module's function comes to lie at
the same address, its blocks get the numbers of the earlier one's, which other things in the module have too.
Such a module is invalid, and Intel's compiler ends the process over it, or never returns.  Besides, LLVM's
backends end the process themselves on what they can't do ("LLVM ERROR: ...").

So `emission_server.py` runs beside this process and forks one of its own for each module.  It takes 70 ms to start,
while Numba is at work, and 2 ms a module.  tests/test_emission.py says when it is needed no more.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xpuarray.backends import fork
from xpuarray.errors import KernelCompileError

__all__ = ["emit", "prepare"]

#: seconds after which an emission, which takes milliseconds, counts as hanging
LIMIT = 120.0


class _Server:
    """The process, started when it is first needed, and again if it has gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = fork.Lock()
        fork.watch(self)
        atexit.register(self.close)

    def forked(self) -> None:
        """A forked child must not speak to its parent's: it starts one of its own."""
        self._process = None

    def close(self) -> None:
        """It ends when it has nothing more to read."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None and process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)

    def start(self) -> subprocess.Popen[bytes]:
        """The running process, which may still be getting ready."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self.close()
                program = Path(__file__).with_name("emission_server.py")
                llvmlite = importlib.util.find_spec("llvmlite")
                assert llvmlite is not None and llvmlite.origin is not None
                packages = Path(llvmlite.origin).parents[1]
                # Without the user's settings (-I) and site's work (-S).  By posix_spawn, which `subprocess` takes if it
                # has neither files to close nor a session to start: a fork would call the handlers of Numba's threads.
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", os.fspath(program), os.fspath(packages)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    close_fds=False,
                )
            return self._process

    def ask(self, request: dict[str, Any], text: bytes) -> tuple[bool, bytes]:
        """Whether it worked, and the code, or what LLVM had to say."""
        with self._lock:
            process = self.start()
            assert process.stdin is not None and process.stdout is not None
            timer = threading.Timer(LIMIT, process.kill)
            timer.daemon = True
            timer.start()
            try:
                process.stdin.write(json.dumps({**request, "size": len(text)}).encode() + b"\n" + text)
                process.stdin.flush()
                head = process.stdout.readline().split()
                answer = process.stdout.read(int(head[1])) if len(head) == 2 else b""
            except (BrokenPipeError, OSError):
                head, answer = [], b""
            except BaseException:  # Ctrl-C: what it still answers must not be taken for the next answer
                process.kill()
                raise
            finally:
                timer.cancel()
            if len(head) != 2 or len(answer) != int(head[1]):
                process.kill()
                code = process.wait()
                return False, f"the process that LLVM runs in ended with status {code} after at most {LIMIT} s".encode()
            return head[0] == b"1", answer


_server = _Server()


def prepare() -> None:
    """Start the process, so that it is ready when `emit` needs it."""
    _server.start()


def emit(
    text: str, triple: str, *, binary: bool, options: Sequence[str] = (), optimise: bool = False, **machine: Any
) -> bytes:
    """An object file (or assembly text, if not `binary`) of the module in `text`.

    options: for LLVM as a whole, as on its command line; here they concern this module alone
    optimise: run LLVM's passes first, under these options
    machine: arguments of llvmlite's `create_target_machine`

    Raises KernelCompileError with LLVM's words if it can't.
    """
    request = {
        "triple": triple, "object": binary, "options": list(options), "optimise": optimise, "machine": machine,
    }  # fmt: skip
    done, answer = _server.ask(request, text.encode())
    if not done:
        words = answer.decode(errors="replace").strip()
        fatal = [line for line in words.splitlines() if "LLVM ERROR" in line]  # the rest is LLVM's own call stack
        raise KernelCompileError(
            f"LLVM can't make code for {triple.partition('-')[0]} of it: {fatal[0] if fatal else words}"
        )
    return answer
