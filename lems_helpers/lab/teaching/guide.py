"""The written guide: a page for each notebook, the misconceptions, and the timed routes.

``python -m lems_helpers.lab.teaching.guide [--time]`` writes them into `instructors`. Hand-written
notes, the lessons and the quizzes go in; nothing on these pages is typed twice.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.quiz import load_quiz, misconceptions
from lems_helpers.lab.words import plain

from . import routes
from .notes import INSTRUCTORS, Cure, front, notes

_MADE = "<!-- Made by `make guide` from the notebooks, the lessons and instructors/notes. -->"


def pages() -> dict[str, str]:
    """Return every page of the guide that is made, by its file name."""
    names = [lesson.name for lesson in all_lessons()]
    made = {f"{name}.md": notebook_page(name) for name in names}
    return {**made, "misconceptions.md": misconceptions_page(), "routes.md": routes.page()}


def notebook_page(name: str) -> str:
    """Return the guide to one notebook, as Markdown."""
    lesson, said, first = load(name), notes(name), front(name)
    lines = [
        _MADE,
        "",
        f"# Teaching {name[:2]} · {first.title}",
        "",
        f"{first.minutes} minutes: {first.teaching} for prose and panels, "
        f"{first.exercising} for exercises. [All notebooks](README.md)",
        "",
        f"**The one thing to get across.** {said.one_thing}",
        "",
        "## Panel by panel",
    ]
    for number, panel in enumerate(lesson.panels, start=1):
        lines += ["", f"### {number}. `{panel.name}`: {panel.question}", ""]
        lines += ["\n\n".join(filter(None, panel_notes(name, panel.name)))]
    lines += ["", "## Exercises", ""]
    lines += [f"- `{item.name}`: {item.title}" for item in lesson.exercises]
    lines += ["", "## Misconceptions that the quiz uncovers", ""]
    for belief in sorted(quizzed(name), key=order):
        lines.append(f"- **{belief}** “{misconceptions()[belief]}” {_where(belief, name)}")
    lines += ["", "## When you are late", "", said.late]
    lines += ["", "## When it breaks", "", said.trouble, ""]
    return "\n".join(lines)


def panel_notes(name: str, panel_name: str) -> tuple[str, str, str]:
    """Return, as Markdown, what to ask before a panel, its prediction, and what to say after it."""
    panel = next(panel for panel in load(name).panels if panel.name == panel_name)
    said = notes(name)
    ask = said.asks[panel_name]
    before = [f"**Ask aloud.** {ask.question}", f"*Listen for:* {ask.answer}"]
    bet, after = [], []
    if panel.prediction is not None:
        bet = [f"**Predict.** {panel.prediction.question}"]
        bet += ["\n".join(f"- {option}" for option in panel.prediction.options)]
        said_by_model = panel.prediction.options[panel.supported()]
        after += [f"**The model says:** {said_by_model}. {panel.prediction.because}"]
    for cure in said.cures:
        if cure.place == panel_name:
            belief = misconceptions()[cure.misconception]
            after.append(f"**Cures {cure.misconception}** (“{belief}”) {cure.how}")
    return "\n\n".join(before), "\n\n".join(bet), "\n\n".join(after)


def misconceptions_page() -> str:
    """Return the table of all misconceptions: who asks for them, what cures them."""
    lines = [
        _MADE,
        "",
        "# The sixteen misconceptions, and what cures each",
        "",
        "Every wrong answer of every quiz names one of these. [All notebooks](README.md)",
    ]
    for belief, words in misconceptions().items():
        asked = [lesson.name[:2] for lesson in all_lessons() if belief in quizzed(lesson.name)]
        lines += [
            "",
            f"## {belief} · {words}",
            "",
            f"Asked in the quizzes of {', '.join(asked)}.",
            "",
        ]
        lines += [f"- {_place(cure)}: {cure.how}" for cure in cures(belief)]
    return "\n".join([*lines, ""])


def quizzed(name: str) -> set[str]:
    """Return the misconceptions that a notebook's quiz asks for."""
    options = (option for item in load_quiz(name).items for option in item.options)
    return {option.misconception for option in options if not option.right}


def cures(belief: str) -> list[Cure]:
    """Return every place of the course that cures a misconception."""
    everywhere = (cure for lesson in all_lessons() for cure in notes(lesson.name).cures)
    return [cure for cure in everywhere if cure.misconception == belief]


def quiz_key(name: str) -> str:
    """Return a quiz's right answers, and the belief behind each wrong one, as Markdown."""
    lines = []
    for number, item in enumerate(load_quiz(name).items, start=1):
        lines.append(f"{number}. **{plain(item.options[item.answer].text)}**")
        lines += [
            f"   - {option.misconception} behind: {plain(option.text)}"
            for option in item.options
            if not option.right
        ]
    return "\n".join(lines)


def order(belief: str) -> int:
    """Return the number of a misconception, to sort by."""
    return int(re.sub(r"\D", "", belief))


def _where(belief: str, name: str) -> str:
    found = cures(belief)
    here = [cure for cure in found if cure.notebook == name] or found
    return "Cured by " + ", ".join(_place(cure) for cure in here) + "."


def _place(cure: Cure) -> str:
    panel = cure.place in notes(cure.notebook).asks
    return f"{cure.notebook[:2]} " + (f"`{cure.place}`" if panel else f"“{cure.place}”")


def write(folder: Path = INSTRUCTORS) -> None:
    """Write every page."""
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


def main(words: list[str]) -> None:
    """Write the guide; with ``--time``, run the notebooks first and note what each takes."""
    if "--time" in words:
        routes.measure()
    write()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as problem:
        sys.exit(str(problem))
