"""One lesson: what a notebook asks for by name, so that its cells stay one line long."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from functools import partial

from IPython.display import Markdown, display

from lems_helpers.evidence.references import reference_list
from lems_helpers.physiology import checks

from . import lessons
from . import projector as projection
from .exercises import Exercise, HintsView, Verdict, check, hints
from .glossary import glossary
from .guidance import guide_early_cells
from .page import Page
from .panel import Panel, PanelView
from .progress import Progress, answers_kept, note_answers, note_solved, progress_line
from .quiz import QuizView, load_quiz


@dataclass(frozen=True)
class Lesson:
    """The parts of one notebook. Each module in `lessons` declares one, as ``LESSON``.

    Parameters
    ----------
    name : str
        The notebook's file name without its ending, such as "03_calcium_influx".
    panels : tuple of Panel
    exercises : tuple of Exercise
    terms : tuple of str
        New terms, defined in the glossary.
    sources : tuple of str
        Keys of the references the prose rests on; the panels' own are added.
    """

    name: str
    panels: tuple[Panel, ...]
    exercises: tuple[Exercise, ...]
    terms: tuple[str, ...]
    sources: tuple[str, ...]

    def panel(self, name: str) -> PanelView:
        """Return a live panel by name, in its default state."""
        return self._find("panel", name, self.panels).open()

    def check(self, name: str, answer: object) -> Verdict:
        """Say whether an answer to the exercise `name` is right, and if not, why."""
        verdict = check(self._find("exercise", name, self.exercises), answer)
        trouble = note_solved(self.name, name) if verdict.accepted else ""
        return replace(verdict, message=f"{verdict.message} {trouble}") if trouble else verdict

    def progress(self) -> Progress:
        """Return how many of this notebook's exercises are solved, kept from day to day."""
        return Progress(progress_line(self.name, tuple(item.name for item in self.exercises)))

    def hints(self, name: str) -> HintsView:
        """Return the hints of the exercise `name`, to be opened one at a time."""
        return hints(self._find("exercise", name, self.exercises))

    def quiz(self) -> QuizView:
        """Return this notebook's quiz, with the learner's answers of earlier days."""
        keep = partial(note_answers, self.name)
        return load_quiz(self.name).open(answers_kept(self.name), keep)

    def glossary(self, whole: bool = False) -> Markdown:
        """Return this notebook's new terms with their meanings, or all those of the course."""
        return Markdown(glossary(*(() if whole else self.terms)))

    def references(self) -> Markdown:
        """Return the sources of this notebook's numbers."""
        keys = {*self.sources, *(key for panel in self.panels for key in panel.sources)}
        return Markdown(reference_list(*keys))

    def _find(self, kind: str, name: str, among: tuple) -> object:
        checks.choice(f"The {kind}", name, [item.name for item in among])
        return next(item for item in among if item.name == name)


def load(name: str) -> Lesson:
    """Return the lesson of a notebook.

    Raises
    ------
    ValueError
        If there is no such notebook; the message lists those there are.
    """
    checks.choice("The notebook", name, [lesson_name for lesson_name, _ in _modules()])
    return dict(_modules())[name]()


def all_lessons() -> list[Lesson]:
    """Return every lesson of the course, in order."""
    return [make() for _, make in sorted(_modules())]


def begin(name: str, projector: bool | None = None) -> Lesson:
    """Start a notebook: mend the page, say that the course is ready, return its lesson.

    Parameters
    ----------
    name : str
    projector : bool, optional
        Larger type and thicker lines in every panel, for a room; left out, the environment
        variable ``LEMS_PROJECTOR`` decides.
    """
    lesson = load(name)
    if projector is not None:
        projection.projector(projector)
    guide_early_cells()
    display(Page("The course is ready. Run the cells from top to bottom."))
    return lesson


def _modules() -> list[tuple]:
    def importer(module: str):
        return lambda: importlib.import_module(f"{lessons.__name__}.{module}").LESSON

    # A module is named like its notebook, behind an "n" because a name cannot start with a digit.
    names = [info.name for info in pkgutil.iter_modules(lessons.__path__)]
    return [(name.removeprefix("n"), importer(name)) for name in names]
