"""The exercises of a notebook, read from its cells: each stub with the solution printed after it.

An exercise is a code cell with blanks (``...``) that ends in ``lesson.check("name", answer)``. Its
solution is the Python block inside the next ``<details>`` fold whose summary says "Solution".
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

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


def split_solution(markdown: str) -> tuple[str, str, str]:
    """Return a cell's text without its solution's fold, the solution, and what is said of it."""
    for fold in _FOLD.finditer(markdown):
        if "solution" in fold[1].casefold():
            rest = markdown[: fold.start()] + markdown[fold.end() :]
            return rest.strip(), "\n".join(_BLOCK.findall(fold[2])), _BLOCK.sub("", fold[2]).strip()
    return markdown, "", ""


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


def _cells(path: Path) -> list[tuple[str, str]]:
    notebook = json.loads(Path(path).read_text("utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def _printed_solution(markdown: str) -> str:
    return split_solution(markdown)[1]


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
