"""Quizzes: a few questions whose wrong answers each uncover one known misconception."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zlib import crc32

import ipywidgets as widgets

from lems_helpers.evidence.lookup import find

from .choices import choose_one
from .faces import Faced
from .words import plain, rich, words_box

#: Keeps the answers checked so far; returns a sentence if it could not.
Keep = Callable[[list[str]], str]


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

    @property
    def traces(self) -> tuple[str, ...]:
        """What stands for each option where answers are kept, wherever it moves within the quiz."""
        words = ((self.question + option.text).encode() for option in self.options)
        return tuple(f"{crc32(one):08x}" for one in words)


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

    def open(self, kept: Iterable[str] = (), keep: Keep | None = None) -> QuizView:
        """Return a live quiz.

        Parameters
        ----------
        kept : iterable of str
            What `keep` was given on an earlier day: these answers are shown again, with what was
            said of them.
        keep : callable, optional
            Given the traces of all answers checked so far; returns a sentence for the learner if
            it cannot keep them, else nothing.
        """
        return QuizView(self, kept, keep)


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
    """

    def __init__(self, quiz: Quiz, kept: Iterable[str] = (), keep: Keep | None = None):
        self.quiz = quiz
        self._keep: Keep | None = None  # what was kept already is not kept again
        self._checked: list[tuple[int, int]] = []
        self._items = [_ItemView(i, item, self._mark) for i, item in enumerate(quiz.items)]
        self._score = words_box("lm-score")
        afresh = _button("Start the quiz afresh", "Take all your answers away")
        afresh.on_click(lambda _: self.afresh())
        head = words_box("lm-question", f"<b>{rich(quiz.title)}</b>")
        super().__init__([head, *self._items, self._score, afresh])
        self.add_class("lm-quiz")
        self._show_score()
        places = {
            trace: (i, j)
            for i, item in enumerate(quiz.items)
            for j, trace in enumerate(item.traces)
        }
        # The quiz may have changed since: what is not asked any more is passed over.
        for trace in kept:
            if trace in places:
                self.answer(*places[trace])
        self._keep = keep

    def answer(self, item: int, option: int) -> str:
        """Choose an option and check it, as a learner would; return what is said (HTML)."""
        view = self._items[item]
        view.options.value = option
        view.check.click()
        return view.feedback.value

    def afresh(self) -> None:
        """Take all answers away, also those kept."""
        self._checked.clear()
        for view in self._items:
            view.clear()
        self._note()

    @property
    def met(self) -> list[str]:
        """The ids of the misconceptions that the answers showed, in order."""
        chosen = (self._option(*checked) for checked in self._checked)
        return [option.misconception for option in chosen if not option.right]

    @property
    def score(self) -> tuple[int, int]:
        """How many questions are answered rightly by now, and how many were at the first try."""
        last, first = dict(self._checked), dict(reversed(self._checked))
        now, at_once = (
            sum(self._option(*checked).right for checked in tries.items())
            for tries in (last, first)
        )
        return now, at_once

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

    def _option(self, item: int, option: int) -> Option:
        return self.quiz.items[item].options[option]

    def _mark(self, item: int, option: int) -> None:
        if dict(self._checked).get(item) != option:
            self._checked.append((item, option))
        self._note()

    def _note(self) -> None:
        traces = [self.quiz.items[i].traces[j] for i, j in self._checked]
        self._show_score("" if self._keep is None else self._keep(traces))

    def _show_score(self, trouble: str = "") -> None:
        solved, first = self.score
        total = len(self.quiz.items)
        score = (
            f"{solved} of {total} answered rightly, {first} at the first try."
            if self._checked
            else f"{total} questions; take as many tries as you like."
        )
        self._score.value = f"{score} {rich(trouble)}".strip()


def _button(text: str, tooltip: str) -> widgets.Button:
    layout = {"width": "auto", "align_self": "flex-start"}
    return widgets.Button(description=text, tooltip=tooltip, layout=layout)


class _ItemView(widgets.VBox):
    """One question on the page."""

    def __init__(self, place: int, item: Item, mark: Callable[[int, int], None]):
        self._place, self._item, self._mark = place, item, mark
        self.options = choose_one(plain(option.text) for option in item.options)
        self.check = _button(
            f"Check answer {place + 1}", f"Check your answer to question {place + 1}"
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

    def clear(self) -> None:
        """Take the choice and what was said of it away."""
        self.options.value = None
        self.feedback.value = ""

    def _judge(self) -> None:
        if self.options.value is None:
            self.feedback.value = "Choose one of the answers first."
            return
        option = self._item.options[self.options.value]
        opening = "Right." if option.right else "Not quite."
        self.feedback.value = f"<b>{opening}</b> {rich(option.feedback)}"
        self._mark(self._place, self.options.value)
