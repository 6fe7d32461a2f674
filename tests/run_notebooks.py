"""`python tests/run_notebooks.py [NAME ...]`: runs the notebooks, and keeps what their cells put out in them."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

__all__ = ["NOTEBOOKS", "run"]

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


class ThisInterpreter(AsyncKernelManager):
    """Whatever kernels are installed on the machine, none of them is asked."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The command that starts the kernel."""
        return [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file, *(extra_arguments or [])]


def run(notebook: nbformat.NotebookNode, environment: dict[str, str], folder: Path) -> str:
    """All that the cells put out, as text, which is then in the notebook.  This very interpreter runs them."""
    manager = ThisInterpreter()
    client = NotebookClient(notebook, km=manager, timeout=240, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(text for output in outputs for text in texts(output))


def texts(output: nbformat.NotebookNode) -> list[str]:
    """What one output says, in every form it comes in."""
    return [output["text"]] if "text" in output else [str(v) for v in output.get("data", {}).values()]


def main(names: list[str]) -> None:
    """Run those named (all, if none is), and write them."""
    for path in NOTEBOOKS:
        if names and path.stem not in names:
            continue
        print(path.name)
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            run(notebook, {**os.environ, "XPUARRAY_PROGRESS": "0"}, Path(folder))
        notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
        for cell in notebook.cells:
            cell.metadata = {}  # when it ran
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
