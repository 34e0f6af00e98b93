"""Working through a notebook's exercises as a learner would, with the printed solutions.

An exercise is a code cell with blanks (``...``) that ends in ``lesson.check("name", answer)``. Its
solution is the Python block inside the next ``<details>`` fold whose summary says "Solution".
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLD = re.compile(r"<details>\s*<summary>([^<]*)</summary>(.*?)</details>", re.DOTALL)
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Task:
    """One exercise of a notebook: its name, the cell with the blanks, and the printed solution.

    `place` is the cell's place among the notebook's code cells; `solution` is empty where the
    notebook prints none.
    """

    name: str
    place: int
    stub: str
    solution: str


@dataclass(frozen=True)
class Outcome:
    """What the check said to the untouched blanks, and to the solution."""

    task: Task
    to_stub: Any
    to_solution: Any


def code_cells(path: Path) -> list[str]:
    """Return the sources of a notebook's code cells, in order."""
    return [source for kind, source in _cells(path) if kind == "code"]


def tasks(path: Path) -> list[Task]:
    """Return a notebook's exercises with their solutions, in order."""
    found: list[Task] = []
    place = -1
    for kind, source in _cells(path):
        if kind == "code":
            place += 1
            name = checked_name(source)
            if name:
                found.append(Task(name, place, source, ""))
        elif found and not found[-1].solution:
            last = found[-1]
            found[-1] = Task(last.name, last.place, last.stub, _printed_solution(source))
    return found


def checked_name(source: str) -> str | None:
    """Return the name in a cell's ``….check("name", …)``, or None if it checks nothing."""
    call = _check_call(ast.parse(source))
    return call.args[0].value if call and isinstance(call.args[0], ast.Constant) else None


def drift(stub: str, solution: str) -> list[str]:
    """Say how a solution no longer fits its stub: nothing, if it fits.

    The solution must fill every blank of the stub under the same name, with the same inputs where
    the blank is in a function, and hand in the same answer.
    """
    stub_tree, solution_tree = ast.parse(stub), ast.parse(solution)
    problems = []
    blanks = _blanks(stub_tree)
    if not blanks:
        problems.append("the stub has no blank (...)")
    filled = _definitions(solution_tree)
    for name, inputs in blanks.items():
        if name not in filled:
            problems.append(f"the solution never defines {name}")
        elif filled[name] != inputs:
            problems.append(f"the solution's {name} takes other inputs than the stub's")
    if _blanks(solution_tree):
        problems.append("the solution still has a blank (...)")
    asked, answered = _check_call(stub_tree), _check_call(solution_tree)
    if answered is None or ast.dump(asked) != ast.dump(answered):
        problems.append("the solution does not end with the stub's own check")
    return problems


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


def _cells(path: Path) -> list[tuple[str, str]]:
    notebook = json.loads(Path(path).read_text("utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def _printed_solution(markdown: str) -> str:
    for summary, body in _FOLD.findall(markdown):
        if "solution" in summary.casefold():
            return "\n".join(_BLOCK.findall(body))
    return ""


def _check_call(tree: ast.Module) -> ast.Call | None:
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    call = tree.body[-1].value
    is_check = (
        isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) == "check"
        and call.args
    )
    return call if is_check else None


def _blanks(tree: ast.Module) -> dict[str, str]:
    """Return each name the learner is to fill in, with the inputs of a function."""
    return {
        name: inputs
        for name, inputs, node in _defining(tree)
        if any(isinstance(part, ast.Constant) and part.value is Ellipsis for part in ast.walk(node))
    }


def _definitions(tree: ast.Module) -> dict[str, str]:
    return {name: inputs for name, inputs, _ in _defining(tree)}


def _defining(tree: ast.Module) -> list[tuple[str, str, ast.AST]]:
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.append((node.name, ast.unparse(node.args), node))
        elif isinstance(node, ast.Assign):
            targets = [name for target in node.targets for name in ast.walk(target)]
            found += [(each.id, "", node) for each in targets if isinstance(each, ast.Name)]
    return found
