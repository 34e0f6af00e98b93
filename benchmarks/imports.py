"""Time until a fresh Python has imported what it needs, over one that imports nothing.

All of it was compiled by an earlier start, as it is wherever Python may keep what it compiles.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._timing import agree, has, interleaved, rows

TITLE = "Import"
PEERS = True
ROOT = Path(__file__).resolve().parent.parent
ENGINE = "import lems_helpers.physiology.message, lems_helpers.physiology.single_impulse"
CANDIDATES = {
    "course, the whole engine": ("numpy", ENGINE),
    "NumPy alone": ("numpy", "import numpy"),
    "NEURON": ("neuron", "import neuron"),
    "SciPy's signal": ("scipy", "import scipy.signal"),
    "numba": ("numba", "import numba"),
    "Brian2": ("brian2", "import brian2"),
}


def run() -> list[dict]:
    """Return a row for each library; none may have failed."""
    commands = {"bare Python": "pass"}
    commands |= {name: code for name, (module, code) in CANDIDATES.items() if has(module)}
    with tempfile.TemporaryDirectory() as kept:
        for name, code in commands.items():
            agree(f"{name}, exit code", _start(code, kept), 0, 0)
        starts = {name: lambda code=code: _start(code, kept) for name, code in commands.items()}
        times = interleaved(starts, 5, _children_s)
    bare = times.pop("bare Python")
    return rows("import", {name: ms - bare for name, ms in times.items()}, {})


def _children_s() -> float:
    """Processor time of all processes started and ended so far, s."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _start(code: str, kept: str) -> int:
    compiled = {"PYTHONPYCACHEPREFIX": kept, "PYTHONDONTWRITEBYTECODE": ""}
    inside = {**os.environ, "PYTHONPATH": str(ROOT), **compiled}
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=inside, capture_output=True).returncode
