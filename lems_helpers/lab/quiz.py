"""Quizzes: a few questions whose wrong answers each uncover one known misconception."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ipywidgets as widgets

from lems_helpers.evidence.lookup import find

from .choices import choose_one
from .faces import Faced
from .words import plain, rich, words_box


@cache
def misconceptions() -> dict[str, str]:
    """Return what people often believe of the junction and of LEMS, by id (M1, M2, …)."""
    source = (files(__package__) / "quizzes" / "misconceptions.toml").read_text("utf-8")
    return tomllib.loads(source)


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Parameters
    ----------
    text : str
    feedback : str
        What is said to whoever chooses it.
    misconception : str or None
        The id of the belief that leads here; None for the right answer.
    """

    text: str
    feedback: str
    misconception: str | None = None

    def __post_init__(self) -> None:
        for name in ("text", "feedback"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"The quiz option {self.text!r} has no {name}.")
        if self.misconception is not None:
            find("misconception", self.misconception, misconceptions())

    @property
    def right(self) -> bool:
        """Whether this is the right answer."""
        return self.misconception is None


@dataclass(frozen=True)
class Item:
    """One question with its options, of which exactly one is right."""

    question: str
    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        where = f"The quiz question {self.question!r}"
        if not self.question.strip():
            raise ValueError("A quiz question is empty.")
        if not 2 <= len(self.options) <= 5:
            raise ValueError(f"{where} has {len(self.options)} options; 2 to 5 are allowed.")
        for name in ("text", "feedback"):
            values = [getattr(option, name).strip().casefold() for option in self.options]
            if len(set(values)) < len(values):
                raise ValueError(f"{where} has the same {name} twice.")
        if sum(option.right for option in self.options) != 1:
            raise ValueError(
                f"{where} needs exactly one right option: one without a misconception."
            )

    @property
    def answer(self) -> int:
        """The place of the right option, counted from 0."""
        return next(i for i, option in enumerate(self.options) if option.right)


@dataclass(frozen=True)
class Quiz:
    """Three to five questions.

    Raises
    ------
    ValueError
        If there are fewer or more, if a question comes twice, or if the right answers all stand
        in the same place.
    """

    name: str
    title: str
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.items) <= 5:
            raise ValueError(f"Quiz {self.name} has {len(self.items)} questions; 3 to 5 allowed.")
        if len({item.question for item in self.items}) < len(self.items):
            raise ValueError(f"Quiz {self.name} asks the same question twice.")
        if len({item.answer for item in self.items}) == 1:
            raise ValueError(f"Quiz {self.name} always has its right answer in the same place.")

    def open(self) -> QuizView:
        """Return a live quiz, not yet answered."""
        return QuizView(self)


def load_quiz(name: str) -> Quiz:
    """Return the quiz of a notebook, such as ``load_quiz("03_calcium_influx")``.

    Raises
    ------
    ValueError
        If there is no such quiz, or its file breaks a rule of `Quiz`, `Item` or `Option`.
    """
    quizzes = {quiz: quiz for quiz in quiz_names()}
    path = files(__package__) / "quizzes" / f"{find('quiz', name, quizzes)}.toml"
    return parse_quiz(name, path.read_text("utf-8"))


def quiz_names() -> tuple[str, ...]:
    """Return the names of all quizzes, in the order of the course."""
    names = (path.name for path in (files(__package__) / "quizzes").iterdir())
    stems = (name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return tuple(sorted(stem for stem in stems if stem[0].isdigit()))


def parse_quiz(name: str, source: str) -> Quiz:
    """Return the quiz written in `source`, a TOML text.

    Every option says ``right = true`` or names its ``misconception``; nothing may be left out.

    Raises
    ------
    ValueError
        If the text breaks a rule; the message names the question or option.
    """
    table = tomllib.loads(source)
    items = []
    for item in table.get("item", ()):
        options = []
        for option in item.get("option", ()):
            right, wrong = option.get("right", False), option.get("misconception")
            if right is (wrong is not None):
                raise ValueError(
                    f"Quiz {name}: the option {option.get('text')!r} must either be right "
                    "or name a misconception."
                )
            options.append(Option(option.get("text", ""), option.get("feedback", ""), wrong))
        items.append(Item(item.get("question", ""), tuple(options)))
    return Quiz(name, table.get("title", ""), tuple(items))


class QuizView(Faced):
    """A quiz on the page. Made by `Quiz.open`.

    Attributes
    ----------
    quiz : Quiz
    met : list of str
        The ids of the misconceptions the learner's checked answers showed, in order.
    """

    def __init__(self, quiz: Quiz):
        self.quiz = quiz
        self.met: list[str] = []
        self._first: dict[int, bool] = {}
        self._solved: set[int] = set()
        self._items = [_ItemView(i, item, self._mark) for i, item in enumerate(quiz.items)]
        self._score = words_box("lm-score")
        super().__init__(
            [words_box("lm-question", f"<b>{rich(quiz.title)}</b>"), *self._items, self._score]
        )
        self.add_class("lm-quiz")
        self._show_score()

    def answer(self, item: int, option: int) -> str:
        """Choose an option and check it, as a learner would; return what is said (HTML)."""
        view = self._items[item]
        view.options.value = option
        view.check.click()
        return view.feedback.value

    @property
    def score(self) -> tuple[int, int]:
        """How many questions are answered rightly by now, and how many were at the first try."""
        return len(self._solved), sum(self._first.values())

    def still_html(self) -> str:
        """Return the questions and options, without the answers."""
        questions = "".join(
            f"<li>{rich(item.question)}<ul>"
            + "".join(f"<li>{rich(option.text)}</li>" for option in item.options)
            + "</ul></li>"
            for item in self.quiz.items
        )
        return f"<p><b>{rich(self.quiz.title)}</b></p><ol>{questions}</ol>"

    def text(self) -> str:
        """Return the questions and options in plain words, without the answers."""
        lines = [self.quiz.title]
        for i, item in enumerate(self.quiz.items, start=1):
            lines.append(f"{i}. {plain(item.question)}")
            lines += [f"   - {plain(option.text)}" for option in item.options]
        return "\n".join(lines)

    def _mark(self, place: int, option: Option) -> None:
        self._first.setdefault(place, option.right)
        if option.right:
            self._solved.add(place)
        else:
            self._solved.discard(place)
            self.met.append(option.misconception)
        self._show_score()

    def _show_score(self) -> None:
        solved, first = self.score
        total = len(self.quiz.items)
        self._score.value = (
            f"{solved} of {total} answered rightly, {first} at the first try."
            if self._first
            else f"{total} questions; take as many tries as you like."
        )


class _ItemView(widgets.VBox):
    """One question on the page."""

    def __init__(self, place: int, item: Item, mark: Any):
        self._place, self._item, self._mark = place, item, mark
        self.options = choose_one(plain(option.text) for option in item.options)
        self.check = widgets.Button(
            description=f"Check answer {place + 1}",
            tooltip=f"Check your answer to question {place + 1}",
            layout={"width": "auto", "align_self": "flex-start"},
        )
        # Room for three lines is kept, so that the page does not jump when the feedback comes.
        self.feedback = words_box("lm-feedback")
        self.feedback.layout.min_height = "4.6em"
        self.check.on_click(lambda _: self._judge())
        # A remark on the last choice would mislead once another one is made.
        self.options.observe(lambda _: setattr(self.feedback, "value", ""), "value")
        ask = words_box("lm-ask", f"<b>{place + 1}.</b> {rich(item.question)}")
        super().__init__([ask, self.options, self.check, self.feedback])
        self.add_class("lm-item")

    def _judge(self) -> None:
        if self.options.value is None:
            self.feedback.value = "Choose one of the answers first."
            return
        option = self._item.options[self.options.value]
        opening = "Right." if option.right else "Not quite."
        self.feedback.value = f"<b>{opening}</b> {rich(option.feedback)}"
        self._mark(self._place, option)
