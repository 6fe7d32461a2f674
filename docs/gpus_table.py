"""The table of GPUs in choosing-a-gpu.md, from xpuarray/advice/gpus.py."""

from __future__ import annotations

from pathlib import Path

from xpuarray.advice.gpus import SHEETS


def text() -> str:
    """The table in Markdown."""
    head = ("GPU", "memory, GB", "GB/s", "float64", "float32", "float16", "float16 matrix", "W")
    rows = [
        (
            f"[{s.name}]({s.page})",
            s.memory,
            f"{s.bandwidth:,}",
            s.fp64 or "none",
            s.fp32,
            s.fp16,
            s.matrix or "",
            s.power,
        )
        for s in SHEETS
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def write() -> None:
    """The table, where the page includes it."""
    folder = Path(__file__).parent / "reference"
    folder.mkdir(exist_ok=True)
    (folder / "gpus.inc").write_text(text(), encoding="utf-8")
