"""A program: reads LLVM IR and writes machine code, each module in a process of its own.

`emission_client.py` starts it and says why.  It has to start quickly, so it loads llvmlite and nothing of xpuarray.

A request is a line of JSON and, after it, LLVM IR in as many bytes as the line says.  The answer is a line with
1 (it worked) or 0 and a number of bytes, then so many bytes: the code, or what LLVM had to say.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from typing import Any

_COMPLAINT = 3  # exit status after an ordinary error; LLVM's own exits have 1


def main() -> None:
    """Answer requests until there are no more.  Without `fork` (on Windows) answer one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever waits for the answer
    sys.path.append(sys.argv[1])
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        request = json.loads(line)
        text = source.read(request["size"]).decode()
        done, answer = _in_child(llvm, request, text) if hasattr(os, "fork") else _here(llvm, request, text)
        sink.write(b"%d %d\n" % (done, len(answer)) + answer)
        sink.flush()
        if not hasattr(os, "fork"):
            break


def _emit(llvm: Any, request: dict[str, Any], text: str) -> bytes:
    for option in request["options"]:
        llvm.set_option("", option)
    machine = llvm.Target.from_triple(request["triple"]).create_target_machine(**request["machine"])
    module = llvm.parse_assembly(text)
    if request["optimise"]:
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.slp_vectorization = False
        builder = llvm.create_pass_builder(machine, tuning)
        builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module) if request["object"] else machine.emit_assembly(module).encode()


def _here(llvm: Any, request: dict[str, Any], text: str) -> tuple[bool, bytes]:
    try:
        return True, _emit(llvm, request, text)
    except Exception as error:
        return False, str(error).encode()


def _in_child(llvm: Any, request: dict[str, Any], text: str) -> tuple[bool, bytes]:
    import resource

    read, write = os.pipe()
    with tempfile.TemporaryFile() as complaints:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort of LLVM's is an answer, and no crash
            os.dup2(complaints.fileno(), 2)
            done, answer = _here(llvm, request, text)
            with os.fdopen(write, "wb") as pipe:
                pipe.write(answer)
            os._exit(0 if done else _COMPLAINT)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            answer = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code in (0, _COMPLAINT):
            return code == 0, answer
        complaints.seek(0)
        return False, complaints.read() + b"\nit ended with status %d" % code


if __name__ == "__main__":
    main()
