"""Editions: made from a clean clone, true to the notebooks, and of use without a network."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.outputs import NOTEBOOKS
from lems_helpers.lab.quiz import load_quiz
from lems_helpers.lab.teaching import editions
from lems_helpers.lab.teaching.tasks import checked_name, tasks

ROOT = NOTEBOOKS.parent
NAMES = [lesson.name for lesson in all_lessons()]
BUILT = "03_calcium_influx"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build one notebook's editions by the command, in a clean copy of what git knows."""
    clone = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    command = [sys.executable, "-m", "lems_helpers.lab.teaching.editions", BUILT]
    done = subprocess.run(
        command,
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return clone / "editions"


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("name", NAMES)
def test_learners_get_blanks_and_nothing_given_away(name):
    made = editions.learner(name)
    nbformat.validate(made)
    source = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert code(made) == code(source)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in made.cells)
    assert "<summary>Solution" not in text(made)
    for task in tasks(NOTEBOOKS / f"{name}.ipynb"):
        assert task.solution not in text(made)
        assert "..." in task.stub
    assert text(made).count(editions._WAITS) == len(load(name).exercises)


@pytest.mark.parametrize("name", NAMES)
def test_instructors_get_every_solution_note_and_key(name, monkeypatch):
    # What the notes say is the guide's test; here counts where they stand.
    told = {panel.name: (f"Ask {panel.name}", "Bet", "Verdict") for panel in load(name).panels}
    monkeypatch.setattr(editions, "panel_notes", lambda _, panel: told[panel])
    made = editions.instructor(name)
    nbformat.validate(made)
    cells = code(made)
    for task in tasks(NOTEBOOKS / f"{name}.ipynb"):
        # The stub stands first, and the solution is a cell to run after it.
        assert cells.index(task.stub) < cells.index(task.solution.rstrip())
    sources = [cell.source for cell in made.cells]
    for panel in load(name).panels:
        place = next(i for i, one in enumerate(sources) if f'lesson.panel("{panel.name}")' in one)
        assert all(f"> {part}" in sources[place - 1] for part in told[panel.name])
    for item in load_quiz(name).items:
        assert item.options[item.answer].text.replace("`", "") in text(made)
    assert len({cell.id for cell in made.cells}) == len(made.cells)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    return open_probability *", "    return ...  #", "still has a blank"),
        ("<summary>Solution to exercise 2", "<summary>Thoughts on exercise 2", "no solution"),
    ],
)
def test_a_drifted_solution_stops_the_build(monkeypatch, tmp_path, old, new, complaint):
    notebook = nbformat.read(NOTEBOOKS / f"{BUILT}.ipynb", as_version=4)
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, tmp_path / f"{BUILT}.ipynb")
    monkeypatch.setattr(editions, "NOTEBOOKS", tmp_path)
    for make in (editions.learner, editions.instructor):
        with pytest.raises(ValueError, match=complaint):
            make(BUILT)


@pytest.mark.slow
def test_the_command_builds_all_three_from_a_clean_clone(built):
    for kind in ("learner", "instructor"):
        made = nbformat.read(built / kind / f"{BUILT}.ipynb", as_version=4)
        assert any(checked_name(source) for source in code(made))
        assert ("The model says:" in text(made)) == (kind == "instructor")
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text(made)):
            there = built / kind / target
            assert there.exists() or target.endswith(".ipynb"), target
    assert (built / "README.md").is_file()


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.targets += [value for name, value in attrs if name in ("src", "href", "srcset")]


@pytest.mark.slow
def test_slides_need_no_network_and_hold_every_key_moment(built):
    page = (built / "slides" / f"{BUILT}.html").read_text("utf-8")
    links = _Links()
    links.feed(page)
    assert all(target.startswith("data:image/png;base64,") for target in links.targets)
    assert not re.search(r"https?:|url\(|@import|<link|<iframe|fetch\(|XMLHttp", page)
    panels = load(BUILT).panels
    kinds = [values["class"] for tag, values in links.tags if tag == "section"]
    assert kinds.count("picture") == len(panels)
    assert kinds.count("predict") == sum(panel.prediction is not None for panel in panels)
    assert kinds[0] == "opening"
    assert kinds[-1] == "points"
    for tag, values in links.tags:
        if tag == "img":
            assert len(values["alt"]) > 60
    # What the picture answers is not on a slide before it.
    before = page.split('<section class="picture"')[0]
    assert "<img" not in before
    assert "The model says" not in before


def test_an_unknown_notebook_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="13_more"):
        editions.main(["13_more", "--to", str(tmp_path)])
