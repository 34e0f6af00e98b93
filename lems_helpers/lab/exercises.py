"""Exercises: a blank to fill, a check that explains, and hints that come one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import numpy as np

from lems_helpers.physiology import checks

from .answers import Array, Choice, Design, Function, Number, Order
from .faces import Faced
from .reading import NotAnswered, Unreadable
from .report import Report
from .words import plain, rich, words_box

__all__ = [
    "Array",
    "Choice",
    "Design",
    "Exercise",
    "Function",
    "HintsView",
    "Number",
    "Order",
    "Report",
    "Verdict",
    "check",
    "hints",
]

_KINDS = Number | Array | Order | Function | Choice | Design | Report


@dataclass(frozen=True)
class Exercise:
    """Something to work out, declared once.

    Parameters
    ----------
    name : str
    title : str
        A few words, shown with the hints.
    answer : Number, Array, Order, Function, Choice, Design or Report
        What is accepted, and what common wrong answers mean.
    hints : tuple of str
        One to three, from a nudge to nearly the solution; `code` in backticks.
    because : str
        Said when the answer is accepted: what it shows.

    Raises
    ------
    ValueError
        If there is no hint, or more than three, or an empty text.
    """

    name: str
    title: str
    answer: _KINDS
    hints: tuple[str, ...]
    because: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.answer, _KINDS):
            raise ValueError(
                f"Exercise {self.name!r} needs a Number, Array, Order, Function, Choice, Design or "
                "Report."
            )
        if isinstance(self.hints, str) or not 1 <= len(self.hints) <= 3:
            raise ValueError(f"Exercise {self.name!r} must have one to three hints.")
        if not all(isinstance(text, str) and text.strip() for text in (self.title, *self.hints)):
            raise ValueError(f"Exercise {self.name!r} has an empty title or hint.")


@dataclass(frozen=True)
class Verdict:
    """What `check` says; shows itself as one line.

    Attributes
    ----------
    accepted : bool
    opening : str
        "Right.", "Not yet." or "Not answered yet:".
    message : str
        One or two sentences; `code` in backticks.
    """

    accepted: bool
    opening: str
    message: str

    def __str__(self) -> str:
        return f"{self.opening} {plain(self.message)}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        line = f'<p class="lm-verdict" role="status"><b>{self.opening}</b> {rich(self.message)}</p>'
        return {"text/html": line, "text/plain": str(self)}


def check(exercise: Exercise, answer: Any) -> Verdict:
    """Check an answer.

    Parameters
    ----------
    exercise : Exercise
    answer : Any
        What the learner hands in. Nothing handed in makes this fail: nonsense gets one plain
        sentence.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If `exercise` is no exercise.
    """
    checks.instance("exercise", exercise, Exercise)
    try:
        with np.errstate(all="ignore"):  # absurd answers may overflow; they get their sentence
            accepted, message = exercise.answer.judge(answer)
    except NotAnswered:
        blank = "replace the three dots (...) with your answer."
        return Verdict(False, "Not answered yet:", blank)
    except Unreadable as problem:
        return Verdict(False, "Not yet.", str(problem))
    if accepted:
        return Verdict(True, "Right.", f"{message} {exercise.because}".strip())
    return Verdict(False, "Not yet.", message)


def hints(exercise: Exercise) -> HintsView:
    """Return the exercise's hints: a row of buttons that reveal them one at a time.

    Raises
    ------
    ValueError
        If `exercise` is no exercise.
    """
    return HintsView(checks.instance("exercise", exercise, Exercise))


class HintsView(Faced):
    """Hints on the page. Made by `hints`.

    Attributes
    ----------
    exercise : Exercise
    shown : int
        How many hints are open.
    """

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.shown = 0
        self._buttons = [
            widgets.Button(
                description=f"Hint {i}",
                tooltip=f"Show hint {i} of {len(exercise.hints)}",
                layout={"width": "auto"},
            )
            for i in range(1, len(exercise.hints) + 1)
        ]
        self._text = words_box("lm-feedback")
        for i, button in enumerate(self._buttons, start=1):
            button.on_click(lambda _, i=i: self.show(i))
        super().__init__(
            [widgets.HBox(self._buttons, layout={"flex_flow": "row wrap"}), self._text]
        )
        self.add_class("lm-hints")
        self._refresh()

    def show(self, upto: int) -> HintsView:
        """Open the hints up to this one; those already open stay open."""
        self.shown = max(self.shown, min(upto, len(self.exercise.hints)))
        self._refresh()
        return self

    def still_html(self) -> str:
        """Return the hints folded, each to be opened by itself."""
        return "".join(
            f"<details><summary>Hint {i}</summary><p>{rich(hint)}</p></details>"
            for i, hint in enumerate(self.exercise.hints, start=1)
        )

    def text(self) -> str:
        """Return how many hints there are."""
        count = len(self.exercise.hints)
        number = "1 hint" if count == 1 else f"{count} hints"
        return f"{self.exercise.title}: {number} available"

    def _refresh(self) -> None:
        # A later hint waits for the one before it, so that nobody opens the last one by accident.
        for i, button in enumerate(self._buttons):
            button.disabled = i > self.shown
        self._text.value = "".join(
            f"<p><b>Hint {i}.</b> {rich(hint)}</p>"
            for i, hint in enumerate(self.exercise.hints[: self.shown], start=1)
        )
