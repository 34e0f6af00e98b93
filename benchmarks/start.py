"""From a kernel that answers to the first picture of each notebook, and what a kernel holds.

Each notebook is opened as a learner would, in a kernel of its own, in turns in three rounds: the
clock starts when Python answers and stops when the first panel has been sent; the time that Python
itself takes to answer has a row of its own. Then all cells run, and the kernel's memory is read.
Times are wall-clock times; the ratio is to the median notebook.

What was wanted is a first picture within 3 s of the kernel's start and a kernel of at most 250 MB.
Both are reached in every notebook. Notebook 12 takes longest, since two hundred virtual patients
are examined before its picture. The environment is compiled when it is set up; where it is not, and
Python may not keep what it compiles, the same notebooks took more than twice as long.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil
from nbclient import NotebookClient

from lems_helpers.lab.outputs import NOTEBOOKS, WIDGET_VIEW

TITLE = "Start"
MB = 1e6
ROUNDS = 3


def run() -> list[dict]:
    """Return a row for the kernel alone, one for all notebooks and one for each."""
    os.environ["LEMS_PROGRESS"] = "off"
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    opened = np.array([[_open(path) for path in paths] for _ in range(ROUNDS)])
    ready, shown, memory = np.moveaxis(opened, -1, 0)  # each of shape (rounds, notebooks)
    shown = shown - ready
    usual = float(np.median(shown))
    stored = [path.stat().st_size / MB for path in paths]
    installed = sum(file.lstat().st_size for file in Path(sys.prefix).rglob("*") if file.is_file())
    everywhere = (
        f"memory at most {memory.max():.0f} MB; stored notebooks {sum(stored):.1f} MB in all, the "
        f"largest {max(stored):.2f} MB; installed environment, test tools included, "
        f"{installed / MB:,.0f} MB"
    )
    table = [
        _row("Python's kernel alone, no notebook yet", ready, usual, ""),
        _row("first picture, all notebooks", shown, usual, everywhere),
    ]
    for path, ms, mb in zip(paths, shown.T, memory.T, strict=True):
        table.append(_row(path.stem, ms, usual, f"{mb.max():.0f} MB after all cells"))
    return table


def _open(path: Path) -> tuple[float, float, float]:
    """Run a notebook: ms until the kernel answers, ms until a panel shows, MB in the end."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    shown = float("nan")
    begin = time.perf_counter()
    with client.setup_kernel():
        ready = time.perf_counter() - begin
        for i, cell in enumerate(notebook.cells):
            client.execute_cell(cell, i)
            views = [WIDGET_VIEW in output.get("data", {}) for output in cell.get("outputs", [])]
            if np.isnan(shown) and any(views):
                shown = time.perf_counter() - begin
        memory = psutil.Process(client.km.provisioner.pid).memory_info().rss / MB
    return 1e3 * ready, 1e3 * shown, memory


def _row(candidate: str, ms: np.ndarray, usual: float, note: str) -> dict:
    median = float(np.median(ms))
    return {
        "name": "start",
        "candidate": candidate,
        "median_ms": median,
        "p95_ms": float(np.percentile(ms, 95)),
        "ratio": median / usual,
        "note": note,
    }
