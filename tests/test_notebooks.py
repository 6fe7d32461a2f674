"""The notebooks run from top to bottom, on the default device and on `host` alone, and are kept without output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

#: Words that the output of a notebook holds, whatever the device.
SHOWN = {
    "01-arrays-and-devices.ipynb": ["host:cpu:0", "<b>xpuarray.Array</b>", "opencl:toaster", "move one: b.to_device("],
    "02-first-kernel.ipynb": [
        "saxpy(float32",
        "KernelCompileError",
        "ImplicitTransferError",
        "work-item 2 of 3 sees 30",
    ],
    "scikit-learn.ipynb": ["digits are told right", "R2 of houses: 0.9", "Ridge.predict on ", "The same on host:cpu:0"],
}


def test_these_are_all() -> None:
    assert [path.name for path in NOTEBOOKS] == list(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_without_output(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    nbformat.validate(notebook)


@pytest.mark.parametrize("filter", ["as it is", "host"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path: Path, filter: str, tmp_path: Path) -> None:
    environment = dict(os.environ) if filter == "as it is" else {**os.environ, "SYCL_DEVICE_FILTER": filter}
    outputs = run(nbformat.read(path, as_version=4), environment, tmp_path)
    assert [words for words in SHOWN[path.name] if words not in outputs] == []


def test_an_error_in_a_cell_fails_the_test(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 + 1 == 3, 'arithmetic'")])
    with pytest.raises(Exception, match="arithmetic"):
        run(notebook, dict(os.environ), tmp_path)


def run(notebook: nbformat.NotebookNode, environment: dict[str, str], folder: Path) -> str:
    """All that the cells put out, as text; the kernel is the interpreter that runs this test."""
    manager = ThisInterpreter()
    client = NotebookClient(notebook, km=manager, timeout=240, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(text for output in outputs for text in texts(output))


def texts(output: nbformat.NotebookNode) -> list[str]:
    """What one output says, in every form it comes in."""
    return [output["text"]] if "text" in output else [str(v) for v in output.get("data", {}).values()]


class ThisInterpreter(AsyncKernelManager):
    """Whatever kernels are installed on the machine, none of them is asked."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The command that starts the kernel."""
        return [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file, *(extra_arguments or [])]
