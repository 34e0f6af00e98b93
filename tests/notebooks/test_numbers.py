"""Every number in the prose comes from a cell whose output is checked, or has a dated reference."""

import re
from collections.abc import Iterator

import nbformat
import pytest

from lems_helpers.lab.controls import Choice, Slider
from lems_helpers.lab.lesson import load
from lems_helpers.lab.outputs import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
#: A year of a source, or the course's own words for "not from a source".
VOUCHED = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|recalled|assum")
#: Digits that count nothing: code, link targets, names of compounds, places in the course.
NAMES = re.compile(
    r"`[^`]*`|\]\([^)]*\)|^\s*>?\s*\d+\. |GV-58|3,4-DAP|"
    r"\b(?:[Ee]xercises?|[Nn]otebooks?|links?) \d+(?:(?: and |, | to |–)\d+)*"
)
#: Cells that set or solve a task state what its check computes with; the map has a test of its own.
TASKS = ("### Exercise", "<details>", "## Map of the course", "### How good is it")


def numbers(text: str) -> Iterator[tuple[str, float]]:
    for token in NUMBER.findall(text):
        yield token, float(token.replace(",", ""))


def checked_numbers(notebook) -> set[float]:
    """Return the numbers of every code cell and of what it printed or described."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            texts.append(cell.source)
            for output in cell.outputs:
                texts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return {value for text in texts for _, value in numbers(text)}


def settings(lesson) -> set[float]:
    """Return what a learner can be told to set: a slider's ends and default, and offers."""
    found = set()
    for panel in lesson.panels:
        for control in panel.controls:
            if isinstance(control, Slider):
                found |= {float(control.low), float(control.high), float(control.default)}
            elif isinstance(control, Choice):
                found |= {value for option in control.options for _, value in numbers(option)}
        for preset in panel.presets.values():
            found |= {float(value) for value in preset.values() if isinstance(value, int | float)}
    return found


def backed(token: str, value: float, known: set[float]) -> bool:
    """Whether a number is one of those known, rounded as written; or that share in percent."""
    decimals = len(token.partition(".")[2])
    return any(
        abs(round(candidate, decimals) - value) < 1e-9
        for one in known
        for candidate in (one, 100 * one)
    )


def unbacked(markdown: str, known: set[float]) -> list[str]:
    """Return the paragraphs that hold a number which nothing backs."""
    if markdown.lstrip("> ").startswith(TASKS):
        return []
    found = []
    for paragraph in re.split(r"\n\s*\n|\n>\s*\n|\n(?=\s*(?:>\s*)?[-|])", markdown):
        if paragraph.lstrip("> ").startswith("#") or VOUCHED.search(paragraph):
            continue
        loose = [
            token
            for token, value in numbers(NAMES.sub("", paragraph))
            if not backed(token, value, known)
        ]
        if loose:
            found.append(f"{', '.join(loose)} in: {paragraph}")
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_number_is_backed(path):
    notebook = nbformat.read(path, as_version=4)
    known = checked_numbers(notebook) | settings(load(path.stem))
    prose = [cell.source for cell in notebook.cells[1:] if cell.cell_type == "markdown"]
    assert [each for text in prose for each in unbacked(text, known)] == []


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("About 41 % are left.", True),
        ("About 40 % are left, 2.3 of 6.", False),
        ("About 41 % are left (Kim & Neher 1988).", False),
        ("About 41 % are left, an assumption.", False),
        ("3,4-DAP: see notebook 41 and `f(41)`.", False),
        ("- 6 are left (Kim 1988).\n- 41 came.", True),
    ],
)
def test_a_loose_number_is_told_from_a_backed_one(text, loose):
    assert bool(unbacked(text, {0.4, 2.31, 6.0})) == loose
