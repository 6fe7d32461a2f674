"""A process that may die or hang at a request: who asked is told, and the next request goes to a new process."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from multiprocessing.connection import Connection, Pipe
from typing import IO, Any, TypeVar

__all__ = ["Died", "Worker", "together", "work"]

T = TypeVar("T")


class Died(Exception):  # noqa: N818  it is what a request came to, and no error of ours
    """The process ended, or was ended, while it worked on a request."""

    def __init__(self, kind: str, why: str):
        super().__init__(why)
        self.kind = kind  #: "crash" or "hang"


class Worker:
    """`serve(request)` in a process of its own, which starts when it is first asked.

    limit: seconds that one request may take
    renew: requests after which a new process takes over, as compiled kernels stay in their process's memory for good

    >>> with Worker(abs) as worker:                                          # doctest: +SKIP
    ...     worker.ask(-3)
    3
    """

    def __init__(self, serve: Callable[[Any], Any], *, limit: float = 60.0, renew: int = 2000):
        self._serve, self._limit, self._renew = serve, limit, renew
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Any = None
        self._told: IO[bytes]  #: what the process writes to its standard error
        self._left = 0
        self._stopped = False

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: Any) -> Any:
        """What `serve` returns for the request.

        Raises what `serve` raises, Died, and KeyboardInterrupt once it is stopped.
        """
        if self._left <= 0:
            self.close()
        if self._process is None:
            self._start()
        assert self._process is not None
        self._left -= 1
        try:
            if self._stopped:
                raise EOFError
            self._pipe.send(request)
            if not self._pipe.poll(self._limit):
                raise self._died("hang", f"no answer within {self._limit:.0f} s")
            answer, error = self._pipe.recv()
        except (EOFError, OSError):
            if self._stopped:
                raise KeyboardInterrupt from None
            raise self._died("crash", f"the process ended: {_reason(self._process.wait(60))}") from None
        if error is not None:
            raise error
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._pipe.close()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._told.close()
            self._process = None

    def stop(self) -> None:
        """End the process at once, for good: another thread's request raises KeyboardInterrupt."""
        self._stopped = True
        if (process := self._process) is not None:
            process.kill()

    def _start(self) -> None:
        self._pipe, theirs = Pipe()
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  it is open as long as the process lives
        fd = theirs.fileno()
        command = [sys.executable, "-c", f"from {__name__} import work; work({fd})"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=self._told, pass_fds=[fd])
        theirs.close()
        self._pipe.send(self._serve)
        self._left = self._renew

    def _died(self, kind: str, why: str) -> Died:
        self._told.seek(0)
        lines = [line for line in self._told.read().decode(errors="replace").splitlines() if line.strip()]
        assert self._process is not None
        self._process.kill()
        self.close()
        return Died(kind, "; ".join([why, *lines[:3]]))


def _reason(code: int) -> str:
    return f"exit status {code}" if code >= 0 else signal.Signals(-code).name


def together(
    jobs: int, serve: Callable[[Any], Any], work: Callable[[int, Worker], T], *, limit: float = 60.0, renew: int = 2000
) -> list[T]:
    """What `work(job, worker)` returns for each of the jobs, which run at the same time, each with its worker.

    An error in one of them ends all, as Ctrl-C does.
    """
    workers = [Worker(serve, limit=limit, renew=renew) for _ in range(jobs)]

    def one(job: int) -> T:
        with workers[job] as worker:
            return work(job, worker)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            futures = [pool.submit(one, job) for job in range(jobs)]
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done():
                    future.result()
            return [future.result() for future in futures]
        except BaseException:
            for worker in workers:
                worker.stop()
            raise


def work(fd: int) -> None:
    """Answer what comes through the pipe, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked is interrupted too, and ends this process
    faulthandler.enable()
    pipe: Any = Connection(fd)
    serve = pipe.recv()
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            os._exit(0)  # nothing is left to do, and a runtime's own end can hang
        answer, raised = None, None
        try:
            answer = serve(request)
        except Exception as error:
            raised = error
        pipe.send((answer, raised))
