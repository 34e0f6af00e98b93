"""A cell run too early says in one sentence what to do, instead of a page of traceback."""

from __future__ import annotations

import re
from typing import Any

from IPython import get_ipython

ADVICE = (
    "This cell uses “{name}”, which an earlier cell makes. Run the cells above it first: "
    "menu Run, then “Run All Above Selected Cell”."
)


def guide_early_cells() -> None:
    """Explain a missing name plainly, in notebooks; elsewhere do nothing."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NameError,), _explain)


def _explain(shell: Any, kind: type, error: NameError, trace: Any, tb_offset: int | None = None):
    name = error.name or (re.findall(r"'(\w+)'", str(error)) or ["a name"])[0]
    # A missing name inside the course's own files is a fault of ours: show all of it.
    frames = []
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    if any("lems_helpers" in frame for frame in frames):
        return shell.InteractiveTB.structured_traceback(kind, error, error.__traceback__)
    return [ADVICE.format(name=name)]
