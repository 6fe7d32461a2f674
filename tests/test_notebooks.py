"""The notebooks run from top to bottom, on the default device and on `host` alone, and hold what they put out."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from run_notebooks import NOTEBOOKS, run

#: Words that the output of a notebook holds, whatever the device.
SHOWN = {
    "01-arrays-and-devices.ipynb": ["host:cpu:0", "<b>xpuarray.Array</b>", "opencl:toaster", "move one: b.to_device("],
    "02-first-kernel.ipynb": [
        "saxpy(float32",
        "KernelCompileError",
        "ImplicitTransferError",
        "work-item 2 of 3 sees 30",
    ],
    "05-fusion-and-roofline.ipynb": ["call against", "operations a byte on", " launches; arguments "],
    "06-images.ipynb": ["(427, 640, 3) on ", "largest difference", "median brightness: 0.62, 0.50"],
    "07-several-devices.ipynb": ["rows a second", "move one: b.to_device(", " launches; arguments "],
    "08-tracking-an-experiment.ipynb": ["devices agree: True", "of the first 200 right", "True True", "the page shows"],
    "from-a-slow-loop.ipynb": [
        "iteration(s)",
        "one iteration of the prange over i adds to an element of `a`",
        "by the formula 4.935",
        "mean of the steps: 0.500",
    ],
    "scikit-learn.ipynb": ["digits are told right", "R2 of houses: 0.9", "Ridge.predict on ", "The same on host:cpu:0"],
}


def test_these_are_all() -> None:
    assert [path.name for path in NOTEBOOKS] == list(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_with_what_it_puts_out(path: Path) -> None:
    """So that it can be read where nothing runs: `make notebooks`."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    forms = {form for output in outputs for form in output.get("data", {})}
    assert forms & {"image/png", "image/jpeg"}, "a notebook has a picture"
    assert path.stat().st_size < 1 << 21


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_lines_fit_a_cell(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    lines = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > 88] == []


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
