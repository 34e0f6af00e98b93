"""What every notebook must have, hold and link to."""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.outputs import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
# Bloom's measurable verbs; "understand" and "know" cannot be seen from outside.
VERBS = {
    "Calculate",
    "Choose",
    "Compare",
    "Decide",
    "Describe",
    "Estimate",
    "Explain",
    "Find",
    "Fit",
    "Interpret",
    "Locate",
    "Measure",
    "Name",
    "Order",
    "Predict",
    "Read",
    "Recognise",
    "Separate",
    "Show",
    "State",
    "Tell",
    "Test",
    "Trace",
    "Use",
    "Weigh",
}
SECTIONS = (
    "What you will be able to do",
    "In plain words",
    "Exercises",
    "Quiz",
    "Key points",
    "leaves out",
    "New terms",
    "References",
)
LONGEST_LINE, MOST_LINES = 98, 6
LARGEST_OUTPUT, LARGEST_NOTEBOOK = 200_000, 2_000_000


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(prose):
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    found = re.findall(r"^(?:> )?(#+) (.*)$", without_code, flags=re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def test_every_lesson_has_its_notebook():
    assert [path.stem for path in PATHS] == [lesson.name for lesson in all_lessons()]


def test_headings_never_skip(prose):
    levels = [level for level, _ in headings(prose)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for above, below in pairwise(levels):
        assert below <= above + 1


def test_no_section_is_missing(prose):
    texts = [text for _, text in headings(prose)]
    for section in SECTIONS:
        assert any(section in text for text in texts), f"no heading says “{section}”"


def test_the_first_cell_says_what_it_is_for(notebook):
    first = notebook.cells[0].source
    assert "**In one sentence:**" in first
    assert re.search(r"\d+ minutes", first)
    assert "medical advice" in first


def test_objectives_can_be_measured(prose):
    listed = prose.split("What you will be able to do")[1].split("\n\n> ")[0].split("\n## ")[0]
    objectives = re.findall(r"^\d+\. \*\*(\w+)\*\*", listed, flags=re.MULTILINE)
    assert 2 <= len(objectives) <= 5
    assert set(objectives) <= VERBS, set(objectives) - VERBS


def test_new_terms_are_bold_once_and_few(path, prose):
    terms = load(path.stem).terms
    assert 1 <= len(terms) <= 7
    for term in terms:
        assert len(re.findall(rf"\*\*{re.escape(term)}s?\*\*", prose, re.IGNORECASE)) == 1, term


def test_links_between_notebooks_lead_somewhere(path, prose):
    links = re.findall(r"\]\(([^)#]+\.ipynb)\)", prose)
    assert links
    for link in links:
        assert (path.parent / link).is_file(), link
    assert not re.search(r"\[(here|click|link)\]", prose, re.IGNORECASE)


def test_the_way_through_the_course_has_no_gap(path, notebook):
    place = PATHS.index(path)
    stops = [PATHS[place - 1]] * (place > 0) + [PATHS[0]] * (place > 1) + PATHS[place + 1 :][:1]
    for cell in (notebook.cells[0], notebook.cells[-1]):
        links = re.findall(r"\]\(([^)#]+\.ipynb)\)", cell.source)
        assert links == [stop.name for stop in stops]


def test_the_whole_glossary_can_be_reached(path, notebook, prose):
    if path == PATHS[0]:
        assert "## All terms of the course" in prose
        assert any("lesson.glossary(whole=True)" in cell.source for cell in notebook.cells)
    else:
        assert f"({PATHS[0].name}#All-terms-of-the-course)" in prose


def test_every_panel_and_exercise_of_the_lesson_is_in_the_notebook(path, notebook):
    source = "\n".join(cell.source for cell in code_cells(notebook))
    lesson = load(path.stem)
    for panel in lesson.panels:
        assert f'lesson.panel("{panel.name}")' in source
    assert len(lesson.exercises) >= 2
    for part in ("progress", "quiz", "glossary", "references"):
        assert f"lesson.{part}()" in source


def test_cells_are_short_enough_to_read(notebook):
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        allowed = (
            2 * MOST_LINES if "code-is-the-lesson" in cell.metadata.get("tags", []) else MOST_LINES
        )
        assert len(lines) <= allowed, cell.source
        assert max(len(line) for line in lines) <= LONGEST_LINE, cell.source


def test_it_was_run_once_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_stored_outputs_need_no_kernel_and_hold_no_error(path, notebook):
    assert path.stat().st_size <= LARGEST_NOTEBOOK
    assert "widgets" not in notebook.metadata
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            data = output.get("data", {})
            assert not any("widget" in kind for kind in data)
            assert sum(len(str(part)) for part in data.values()) <= LARGEST_OUTPUT


def test_every_stored_picture_has_a_text_alternative(path, notebook):
    pictures = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, "a bare picture cannot carry a text alternative"
            pictures += re.findall(r"<img [^>]*>", data.get("text/html", ""))
    assert len(pictures) >= len(load(path.stem).panels)
    for picture in pictures:
        assert len(re.search(r'alt="([^"]*)"', picture).group(1)) > 60


def test_nothing_of_this_machine_is_stored(path):
    text = path.read_text("utf-8")
    assert str(Path.home()) not in text
    # A picture's bytes can spell anything.
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    assert not re.search(r"/(work|tmp|home)/", text)
