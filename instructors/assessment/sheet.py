"""The test as a learner meets it in a notebook: it keeps every answer as soon as it is given."""

from __future__ import annotations

import html
import secrets
from pathlib import Path

import ipywidgets as widgets
from IPython.display import display

from answer_file import Sheet, code_name, file_name, read
from items import LETTERS, Form, items
from lems_helpers.lab.choices import choose_one
from lems_helpers.lab.faces import Faced
from lems_helpers.lab.guidance import guide_early_cells
from lems_helpers.lab.page import Page
from lems_helpers.lab.progress import put
from lems_helpers.lab.words import words_box
from paper import CODE_NAME, SENTENCE, questions, questions_html

_LOOKS = "amber brave bright calm clever coral eager early gentle golden happy hazel indigo jolly"
_LOOKS += " keen kind lively merry misty noble olive pearly plucky quiet royal rusty sandy silver"
_LOOKS += " snowy steady sunny swift tidy tiny velvet violet warm witty"
_BEASTS = "badger beaver bison camel crane dolphin eagle falcon ferret finch gecko hare heron ibex"
_BEASTS += " jackal koala lemur lynx magpie marmot newt ocelot otter owl panda pelican puffin raven"
_BEASTS += " robin salmon seal sparrow stork swan tapir toad walrus wombat wren zebra"


def suggest_name() -> str:
    """Return a code name that nobody else is likely to get."""
    look, beast = (secrets.choice(words.split()) for words in (_LOOKS, _BEASTS))
    return f"{look}-{beast}-{10 + secrets.randbelow(90)}"


def open_sheet(time: str) -> AnswerSheet:
    """Return the test for a notebook, on a page mended for keyboard and screen reader."""
    guide_early_cells()
    display(Page("The test is ready. Answer below; nothing else needs to be run."))
    return AnswerSheet(time)


class AnswerSheet(Faced):
    """The questions of one form, with a place for a code name; writes the file to hand in.

    Parameters
    ----------
    time : str
        "before" or "after".
    folder : path
        Where the file is kept; one that was begun before is gone on with under its code name.
    """

    def __init__(self, time: str, folder: str | Path = "."):
        self.form = Form(time)
        self._folder = Path(folder)
        self._written: Path | None = None
        self._new = False
        self._quiet = False
        self.groups: dict[str, list[widgets.RadioButtons]] = {}
        self.name = widgets.Text(
            description="Code name",
            placeholder="the one you had before the course" if time == "after" else "",
            continuous_update=False,
            style={"description_width": "initial"},
        )
        self.save = widgets.Button(
            description="Save my answers", layout={"width": "auto", "align_self": "flex-start"}
        )
        self.said = words_box("lm-feedback")
        intro = f"<b>{self.form.title}</b><p>{SENTENCE}{CODE_NAME}</p>"
        asked = [self._item(i, place) for i, place in enumerate(self.form.items)]
        super().__init__([words_box("lm-question", intro), self.name, *asked, self.save, self.said])
        self.add_class("lm-quiz")
        self._begin()
        self.name.observe(lambda _: self._keep(), "value")
        self.save.on_click(lambda _: self._keep())

    @property
    def sheet(self) -> Sheet:
        """What the learner has answered so far.

        Raises
        ------
        ValueError
            If the code name cannot be used.
        """
        answers = {}
        for item in self.form.items:
            places = [group.value for group in self.groups[item.misconception]]
            what, why = (
                None if place is None else self.form.order(item, tier)[place]
                for tier, place in enumerate(places)
            )
            answers[item.misconception] = (what, why)
        return Sheet(code_name(self.name.value), self.form, answers)

    def still_html(self) -> str:
        """Return the questions with their letters, without anyone's answers."""
        return f"<p><b>{self.form.title}</b></p><p>{SENTENCE}</p>{questions_html(self.form)}"

    def text(self) -> str:
        """Return the questions in plain words."""
        lines = [f"{self.form.title} (form {self.form.name})"]
        for number, tiers in questions(self.form):
            for place, (question, options) in enumerate(tiers):
                lines.append(f"{number + ':' if place == 0 else '  '} {question}")
                lines += [f"   {a}. {b}" for a, b in zip(LETTERS, options, strict=False)]
        return "\n".join(lines)

    def _item(self, place: int, item) -> widgets.VBox:
        boxes, groups = [], []
        for tier, asked in enumerate(item.tiers):
            number = f"{place + 1}." if tier == 0 else f"{place + 1}, reason."
            group = choose_one(asked.options[option] for option in self.form.order(item, tier))
            group.observe(lambda _: self._keep(), "value")
            box = widgets.VBox(
                [words_box("lm-ask", f"<b>{number}</b> {html.escape(asked.question)}"), group]
            )
            box.add_class("lm-item")
            boxes.append(box)
            groups.append(group)
        self.groups[item.misconception] = groups
        return widgets.VBox(boxes, layout={"margin": "0 0 12px 0"})

    def _begin(self) -> None:
        """Offer a code name: the earlier one, or a new one; begun work waits for its own name."""
        begun = self._found(self.form.time)
        earlier = self._found("before") if self.form.time == "after" else []
        self.said.value = f"{len(items())} questions. Each answer is kept as you give it."
        if begun:
            names = ", ".join(begun)
            self.said.value = f"To go on with answers begun before, type their code name: {names}."
        elif len(earlier) == 1:
            self.name.value = earlier[0]
        elif self.form.time == "before":
            self.name.value = suggest_name()

    def _found(self, time: str) -> list[str]:
        paths = sorted(self._folder.glob(f"answers_{time}_*.txt"))
        return [sheet.code_name for sheet in (read(path)[0] for path in paths) if sheet]

    def _take_up(self, path: Path) -> None:
        """Fill what is blank on the page from a file that was begun before."""
        begun = read(path)[0]
        self._quiet = True
        for name, pair in (begun.answers if begun else {}).items():
            item = next(item for item in self.form.items if item.misconception == name)
            for tier, option in enumerate(pair):
                group = self.groups[name][tier]
                if group.value is None and option is not None:
                    group.value = self.form.order(item, tier).index(option)
        self._quiet = False

    def _keep(self) -> None:
        if self._quiet:
            return
        try:
            path = self._folder / file_name(code_name(self.name.value), self.form)
            if path != self._written:
                new = not path.exists()
                if not new:
                    self._take_up(path)
                put(path, self.sheet.text())
                if self._written is not None and self._new:
                    # Only what this page itself began moves along with a new code name.
                    self._written.unlink(missing_ok=True)
                self._written, self._new = path, new
            else:
                put(path, self.sheet.text())
        except ValueError as refusal:
            self.said.value = html.escape(str(refusal))
            return
        except OSError as error:
            self.said.value = (
                f"The answers could not be kept ({html.escape(error.strerror or str(error))}). "
                "Leave this page open and call your teacher."
            )
            return
        self.said.value = (
            f"Kept: {self.sheet.complete} of {len(items())} fully answered, in the file "
            f"{path.name} beside this notebook. To hand it in, open it in the list of files on the "
            "left, choose Download in the menu File, and send it as your teacher says."
        )
