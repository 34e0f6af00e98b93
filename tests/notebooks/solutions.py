"""Working through a notebook's exercises as a learner would, with the printed solutions."""

from __future__ import annotations

import ast
import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lems_helpers.lab.teaching.tasks import Task, code_cells, tasks


@dataclass(frozen=True)
class Outcome:
    """What the check said to the untouched blanks, and to the solution."""

    task: Task
    to_stub: Any
    to_solution: Any


def work_through(path: Path) -> list[Outcome]:
    """Run a notebook's code cells in order; at each exercise run the stub, then the solution."""
    by_place = {task.place: task for task in tasks(path)}
    names: dict[str, Any] = {"__name__": "__main__"}
    outcomes = []
    with contextlib.redirect_stdout(io.StringIO()):
        for place, source in enumerate(code_cells(path)):
            shown = run_cell(source, names)
            if place in by_place:
                task = by_place[place]
                outcomes.append(Outcome(task, shown, run_cell(task.solution, names)))
    return outcomes


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run a cell in `names` and return the value of its last line, as a notebook would show it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
