"""A copy of the package, in which tests follow CONTRIBUTING's recipes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

__all__ = ["Scratch"]

ROOT = Path(__file__).parents[1]
NO_CACHES = shutil.ignore_patterns("__pycache__")


class Scratch:
    """A copy of the package, to add to."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.package = folder / "xpuarray"
        shutil.copytree(ROOT / "xpuarray", self.package, ignore=NO_CACHES)
        shutil.copytree(ROOT / "kernels", self.package / "kernels", ignore=NO_CACHES)

    def add(self, path: str, text: str) -> None:
        """Write a new file of the package."""
        file = self.package / path
        assert not file.exists()
        file.write_text(textwrap.dedent(text))

    def append(self, path: str, text: str) -> None:
        """Write at the end of a file of the package."""
        with (self.package / path).open("a") as file:
            file.write(textwrap.dedent(text))

    def replace(self, path: str, old: str, new: str) -> None:
        """Write `new` where `old` stands, once, in a file of the package."""
        text = (self.package / path).read_text()
        assert text.count(old) == 1, (path, old)
        (self.package / path).write_text(text.replace(old, textwrap.dedent(new)))

    def run(self, program: str, **variables: str) -> str:
        """What a program that uses the copy prints."""
        script = self.folder / "program.py"
        script.write_text(textwrap.dedent(program) + "\nimport xpuarray\nprint(xpuarray.__file__)\n")
        here = {"PYTHONPATH": str(self.folder), "XPUARRAY_CACHE_DIR": str(self.folder / "cache")}
        done = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, env={**os.environ, **here, **variables}
        )
        assert done.returncode == 0, done.stderr
        *printed, used = done.stdout.splitlines()
        assert Path(used) == self.package / "__init__.py", "another xpuarray than the copy"
        return "\n".join(printed)
