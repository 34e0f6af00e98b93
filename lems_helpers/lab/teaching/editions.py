"""Editions of the course, all made from its notebooks: for learners, for instructors, as slides.

``python -m lems_helpers.lab.teaching.editions [--to FOLDER] [notebook ...]``
"""

from __future__ import annotations

import argparse
import copy
import html
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.outputs import NOTEBOOKS
from lems_helpers.physiology import checks

from .guide import panel_notes, quiz_key
from .notes import front, notebook, notes
from .slides import slides
from .tasks import drift, split_solution, tasks

EDITIONS = NOTEBOOKS.parent / "editions"
_WAITS = "*The solution waits with whoever teaches this course.*"
_README = """\
# Editions of Lambert–Eaton at the Junction

Made by `make editions` from the notebooks; change those, not these.

- `learner/`: the notebooks with blank exercises, no solutions and no outputs, so that no picture
  gives a prediction away.
- `instructor/`: the same notebooks with what to ask before each panel, the model's verdicts, every
  solution as a cell to run, and the key of each quiz.
- `slides/`: one HTML file for each notebook, for a projector, without a network. Arrow keys turn
  the pages, N shows the teacher's notes, and printing gives one slide a page.
"""


def learner(name: str) -> nbformat.NotebookNode:
    """Return a notebook for learners: exercises blank, solutions left out, nothing run yet."""
    made = _copy(name)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            rest, solution, _ = split_solution(cell.source)
            if solution:
                cell.source = f"{rest}\n\n{_WAITS}".strip()
    return made


def instructor(name: str) -> nbformat.NotebookNode:
    """Return a notebook for instructors: notes, solutions to run, and the quiz's key put in."""
    made, said = _copy(name), notes(name)
    told = (
        f"**The one thing to get across.** {said.one_thing}",
        f"**When you are late.** {said.late}",
        f"**When it breaks.** {said.trouble}",
    )
    cells = [made.cells[0], _note(*told)]
    for cell in made.cells[1:]:
        for panel in load(name).panels:
            if cell.cell_type == "code" and f'lesson.panel("{panel.name}")' in cell.source:
                cells.append(_note(*panel_notes(name, panel.name)))
        if cell.cell_type == "markdown":
            rest, solution, why = split_solution(cell.source)
            if solution:
                cells += [new_markdown_cell(rest)] * bool(rest)
                cells += [
                    _note("**Solution, in the next cell.**", why),
                    new_code_cell(solution.rstrip()),
                ]
                continue
        cells.append(cell)
        if cell.cell_type == "code" and "lesson.quiz()" in cell.source:
            cells.append(_note("**Key of the quiz.**", quiz_key(name)))
    # Ids are numbered, so that two builds are the same to the byte.
    for number, cell in enumerate(cells, start=1):
        cell.id = f"cell-{number:03d}"
    made.cells = cells
    return made


def _copy(name: str) -> nbformat.NotebookNode:
    """Return a notebook, one folder further down, with each solution fitting its stub.

    Raises
    ------
    ValueError
        If a stub and its solution have drifted apart.
    """
    for task in tasks(NOTEBOOKS / f"{name}.ipynb"):
        problems = drift(task.stub, task.solution) if task.solution else ["no solution is printed"]
        if problems:
            raise ValueError(f"{name}, exercise {task.name!r}: {'; '.join(problems)}.")
    made = copy.deepcopy(notebook(name))
    for cell in made.cells:
        cell.source = cell.source.replace("](../", "](../../")
    return made


def _note(*blocks: str) -> nbformat.NotebookNode:
    """Return a cell for the instructor's eyes, set off from the course's own text."""
    text = "\n\n".join(("**For the instructor**", *(block for block in blocks if block)))
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return new_markdown_cell(quoted, metadata={"tags": ["instructor"]})


def build(names: list[str], folder: Path) -> None:
    """Write all editions of these notebooks into a folder, in place of what it held of them."""
    kinds: dict[str, tuple[str, Callable[[str], str]]] = {
        "learner": (".ipynb", lambda name: nbformat.writes(learner(name)) + "\n"),
        "instructor": (".ipynb", lambda name: nbformat.writes(instructor(name)) + "\n"),
        "slides": (".html", slides),
    }
    for kind, (ending, make) in kinds.items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / kind / f"{name}{ending}").write_text(make(name), "utf-8")
        print(f"{kind}: {len(names)} of {len(names)} notebooks", flush=True)
    (folder / "README.md").write_text(_README, "utf-8")
    (folder / "slides" / "index.html").write_text(_index(names), "utf-8")


def _index(names: list[str]) -> str:
    items = "".join(
        f'<li><a href="{name}.html">{name[:2]} · {html.escape(front(name).title)}</a></li>'
        for name in names
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slides of the course</title>'
        "<body style=\"font:22px/1.7 'DejaVu Sans',Verdana,sans-serif;margin:6vh 8vw\">"
        f"<h1>Lambert–Eaton at the Junction: slides</h1><ul>{items}</ul></body></html>\n"
    )


def main(words: list[str]) -> None:
    """Build the editions of the named notebooks, or of all."""
    parser = argparse.ArgumentParser(prog="make editions", description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*")
    parser.add_argument("--to", type=Path, default=EDITIONS)
    chosen = parser.parse_args(words)
    every = [lesson.name for lesson in all_lessons()]
    for name in chosen.notebooks:
        checks.choice("The notebook", name, every)
    if not chosen.notebooks and chosen.to == EDITIONS:
        shutil.rmtree(EDITIONS, ignore_errors=True)
    build(chosen.notebooks or every, chosen.to)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as problem:
        sys.exit(str(problem))
