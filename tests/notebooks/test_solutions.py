"""Every printed solution passes its own check, and no stub has drifted away from it."""

import json
from pathlib import Path

import pytest
from solutions import run_cell, work_through

from lems_helpers.lab.lesson import load
from lems_helpers.lab.teaching.tasks import checked_name, code_cells, drift, tasks

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_blanks_are_asked_for_and_solutions_are_accepted(path):
    for outcome in work_through(path):
        name = outcome.task.name
        assert str(outcome.to_stub).startswith("Not answered yet"), f"{name}: {outcome.to_stub}"
        assert outcome.to_solution is not None, f"{name}: no solution is printed after it"
        assert outcome.to_solution.accepted, f"{name}: {outcome.to_solution}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stub_and_solution_fit(path):
    problems = {task.name: drift(task.stub, task.solution) for task in tasks(path)}
    assert not any(problems.values()), problems


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_declared_exercise_is_set_once_with_hints(path):
    declared = sorted(exercise.name for exercise in load(path.stem).exercises)
    assert sorted(task.name for task in tasks(path)) == declared
    code = "\n".join(code_cells(path))
    assert [name for name in declared if f'hints("{name}")' not in code] == []


# -- the tools themselves ---------------------------------------------------------------------

STUB = 'import math\n\ndef area(r):\n    return ...\n\nlesson.check("area", area)'
SOLUTION = 'def area(r):\n    return math.pi * r**2\nlesson.check("area", area)'


def test_a_fitting_solution_has_no_drift():
    assert drift(STUB, SOLUTION) == []
    assert checked_name(STUB) == "area"
    assert checked_name('lesson.hints("area")') is None


@pytest.mark.parametrize(
    ("solution", "complaint"),
    [
        (SOLUTION.replace("area(r)", "area(radius)", 1), "other inputs"),
        (SOLUTION.replace("def area", "def surface"), "never defines area"),
        (SOLUTION.replace('"area", area', '"area", area(1)'), "own check"),
        ("def area(r):\n    return 3 * r**2", "own check"),
        (SOLUTION.replace("math.pi * r**2", "..."), "still has a blank"),
    ],
)
def test_drift_is_named(solution, complaint):
    assert any(complaint in problem for problem in drift(STUB, solution))


def test_a_stub_without_a_blank_is_named():
    assert drift(SOLUTION, SOLUTION) == ["the stub has no blank (...)"]


def test_a_solution_is_found_in_the_fold_after_its_exercise(tmp_path):
    block = "```python\nx = 2\ncheck('x', x)\n```"
    fold = f"<details>\n<summary>Solution to 1</summary>\n\n{block}\n</details>"
    cells = [
        ("code", "def check(name, answer):\n    return (name, answer)"),
        ("code", "x = ...\ncheck('x', x)"),
        ("markdown", "A hint.\n<details><summary>Why</summary>Because.</details>"),
        ("markdown", fold),
        ("code", "y = x + 1"),
    ]
    path = tmp_path / "small.ipynb"
    path.write_text(
        json.dumps({"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]})
    )
    (outcome,) = work_through(path)
    assert outcome.to_stub == ("x", ...)
    assert outcome.to_solution == ("x", 2)
    assert run_cell("z = 1\nz + 1", {}) == 2
    assert run_cell("", {}) is None
