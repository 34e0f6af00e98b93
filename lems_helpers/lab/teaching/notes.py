"""What a teacher should know of each notebook, kept beside the lessons and checked against them.

The words are in `instructors/notes`, one file per notebook. Whatever the lessons know themselves
(questions, predictions and the model's verdicts, exercises, minutes) is never repeated there.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from lems_helpers.evidence.lookup import find
from lems_helpers.lab.lesson import load
from lems_helpers.lab.outputs import NOTEBOOKS
from lems_helpers.lab.quiz import misconceptions

INSTRUCTORS = NOTEBOOKS.parent / "instructors"
_FIELDS = {"one_thing", "late", "trouble", "panels"}


@dataclass(frozen=True)
class Cure:
    """Where a misconception comes to grief: in a panel, or under a heading, and how to show it."""

    misconception: str
    notebook: str
    place: str
    how: str


@dataclass(frozen=True)
class Ask:
    """A question to ask aloud before a panel is opened, and what the answer should hold."""

    question: str
    answer: str


@dataclass(frozen=True)
class Notes:
    """A teacher's notes on one notebook.

    Parameters
    ----------
    name : str
        The notebook's name, such as "03_calcium_influx".
    one_thing : str
        What should stay if nothing else does.
    asks : dict of str to Ask
        One for each panel, by its name.
    cures : tuple of Cure
    late : str
        What to leave out when time runs short.
    trouble : str
        What goes wrong here, and what to do.
    """

    name: str
    one_thing: str
    asks: dict[str, Ask]
    cures: tuple[Cure, ...]
    late: str
    trouble: str


@cache
def notes(name: str, folder: Path = INSTRUCTORS / "notes") -> Notes:
    """Return the notes on one notebook.

    Raises
    ------
    ValueError
        If they leave out a panel, or name a panel, a heading or a misconception that is not there.
    """
    table = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    if set(table) - {"headings"} != _FIELDS:
        raise ValueError(
            f"The notes on {name} hold {', '.join(table)}; they need {', '.join(sorted(_FIELDS))}, "
            "and may have headings."
        )
    panels = [panel.name for panel in load(name).panels]
    if list(table["panels"]) != panels:
        raise ValueError(
            f"The notes on {name} are on the panels {', '.join(table['panels'])}; "
            f"the notebook has {', '.join(panels)}, in this order."
        )
    for panel, part in table["panels"].items():
        if not {"ask", "answer"} <= set(part):
            raise ValueError(f"The notes on {name} lack what to ask, or the answer, for {panel}.")
    headings = {text: text for text in _headings(name)}
    cures = []
    for place, part in (table["panels"] | table.get("headings", {})).items():
        if place not in panels:
            find("heading", place, headings)
        for belief, how in part.get("cures", {}).items():
            find("misconception", belief, misconceptions())
            cures.append(Cure(belief, name, place, how))
    asks = {panel: Ask(part["ask"], part["answer"]) for panel, part in table["panels"].items()}
    texts = {field: table[field] for field in ("one_thing", "late", "trouble")}
    return Notes(name=name, asks=asks, cures=tuple(cures), **texts)


@dataclass(frozen=True)
class Front:
    """What a notebook's first cell says of itself."""

    title: str
    in_one_sentence: str
    minutes: int
    teaching: int
    exercising: int


def front(name: str) -> Front:
    """Read a notebook's title, its one sentence and its minutes.

    Raises
    ------
    ValueError
        If the first cell does not state them.
    """
    text = notebook(name).cells[0].source
    title = re.search(r"^# \d+ · (.+)$", text, re.MULTILINE)
    sentence = re.search(r"\*\*In one sentence:\*\* (.+)", text)
    minutes = re.search(r"(\d+) minutes \((\d+) reading and panels, (\d+) ", text)
    if not (title and sentence and minutes):
        raise ValueError(f"The first cell of {name} lacks its title, its sentence or its minutes.")
    return Front(title[1], sentence[1], *map(int, minutes.groups()))


def notebook(name: str) -> nbformat.NotebookNode:
    """Return a notebook of the course."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def prose(name: str) -> list[str]:
    """Return a notebook's sections of the second level, each with its heading, code left out.

    The part before the first such heading comes first.
    """
    parts = [""]
    for cell in notebook(name).cells:
        if cell.cell_type == "code":
            parts[-1] += f"\n\n{cell.source}" if "lesson.panel(" in cell.source else ""
            continue
        for piece in re.split(r"(?m)^(?=## )", cell.source):
            if piece.startswith("## "):
                parts.append(piece)
            else:
                parts[-1] += f"\n\n{piece}"
    return parts


def _headings(name: str) -> list[str]:
    cells = notebook(name).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.findall(r"^#{2,4} (.+)$", text, re.MULTILINE)
