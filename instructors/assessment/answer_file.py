"""The plain text in which answers are handed in, and how anything that claims to be one is read.

    Lambert-Eaton at the Junction: answer sheet
    code name: quiet-heron-42
    form: before 1
    edition: 1c9f02aa
    1: b d
    2: a -
    ...
    end

Each line has the number of the question on its form, the letter chosen for "what", the letter for
"why"; a dash where nothing was chosen. A teacher can type it from a printed sheet.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from items import LETTERS, TIMES, Form, edition, items

HEADING = "Lambert-Eaton at the Junction: answer sheet"
LARGEST = 100_000
_BLANK = "-"
_LINE = re.compile(r"(\d{1,3})\s*[:.)]\s*(.*)")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

#: For each misconception, the option chosen for "what" and for "why", as the source counts them.
Answers = dict[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Sheet:
    """One learner's answers at one time.

    Attributes
    ----------
    code_name : str
    form : Form
    answers : dict
        Misconception to (what, why); what was left blank is None or absent.
    """

    code_name: str
    form: Form
    answers: Answers = field(default_factory=dict)

    @property
    def complete(self) -> int:
        """How many items have both their tiers answered."""
        return sum(None not in pair for pair in self.answers.values())

    def text(self) -> str:
        """Return what is handed in."""
        lines = [HEADING, f"code name: {self.code_name}", f"form: {self.form.name}"]
        lines.append(f"edition: {edition()}")
        for number, item in enumerate(self.form.items, start=1):
            chosen = self.answers.get(item.misconception, (None, None))
            letters = [
                _BLANK if option is None else LETTERS[self.form.order(item, tier).index(option)]
                for tier, option in enumerate(chosen)
            ]
            lines.append(f"{number}: {' '.join(letters)}")
        return "\n".join([*lines, "end", ""])


def code_name(words: str) -> str:
    """Return a code name in its one spelling: small letters and digits, joined by hyphens.

    Raises
    ------
    ValueError
        If nothing or too much is left of it.
    """
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))
    if not 3 <= len(name) <= 40:
        raise ValueError(
            f"The code name {words.strip()!r} cannot be used: "
            "it needs 3 to 40 letters and digits, such as quiet-heron-42."
        )
    return name


def file_name(name: str, form: Form) -> str:
    """Return the name under which a sheet is kept."""
    return f"answers_{form.time}_{name}.txt"


def read(path: Path) -> tuple[Sheet | None, list[str]]:
    """Read what was handed in, as much of it as can be understood.

    Returns
    -------
    Sheet or None
        None if nothing in it can be scored.
    list of str
        What is amiss, in whole sentences without the file's name.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            return None, [f"It has {size:,} bytes; an answer file has fewer than {LARGEST:,}."]
        data = path.read_bytes()
    except OSError as error:
        return None, [f"It cannot be opened ({error.strerror or error})."]
    if not data.strip():
        return None, ["It is empty."]
    text, remarks = decode(data)
    if text is None:
        return None, remarks
    sheet, more = parse(text)
    return sheet, remarks + more


def decode(data: bytes) -> tuple[str | None, list[str]]:
    """Return the text of a file, whatever common encoding a computer gave it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.count(0) > len(data) / 3:
        # Two bytes for each letter leave every other byte of plain text empty.
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            text, encoding = data.decode("latin-1"), "an 8-bit code"
        else:
            text = data[: error.start].decode(encoding)
    if sum(not (sign.isprintable() or sign.isspace()) for sign in text) > len(text) / 20:
        return None, ["It is not a text file."]
    usual = encoding == "utf-8-sig"
    return text, [] if usual else [f"It is written in {encoding} instead of UTF-8; it was read."]


def parse(text: str) -> tuple[Sheet | None, list[str]]:
    """Return the sheet that a text holds, and what is amiss."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    head = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and not key.strip().isdigit():
            head.setdefault(key.strip().casefold(), value.strip())
    found = re.fullmatch(r"(\w+)\s*(\d{0,4})", head.get("form", "").casefold())
    if found is None or found[1] not in TIMES:
        if HEADING.casefold() not in text.casefold() and "code name" not in head:
            return None, ["It is not an answer file: it has neither a code name nor a form."]
        said = f"{head['form']!r}" if "form" in head else "missing"
        return None, [f"Its form is {said}; it must be one such as “before 1” or “after 2”."]
    try:
        name = code_name(head.get("code name", ""))
    except ValueError as refusal:
        return None, [str(refusal)]
    if head.get("edition", edition()) != edition():
        return None, [
            f"It answers edition {head['edition']} of the questions, and this is edition "
            f"{edition()}; score it with the version of the course it was made with."
        ]
    form = Form(found[1], int(found[2] or 0))
    answers, remarks = _answers(lines, form)
    blank = len(items()) - sum(None not in pair for pair in answers.values())
    if "end" not in (line.casefold() for line in lines):
        remarks.append(f"It is cut short; {len(items()) - blank} answered items were kept.")
    elif blank:
        remarks.append(f"Not fully answered: {blank} of {len(items())} items; the rest count.")
    return Sheet(name, form, answers), remarks


def _answers(lines: list[str], form: Form) -> tuple[Answers, list[str]]:
    asked, answers, remarks = form.items, {}, []
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        number, letters = int(found[1]), found[2].casefold().replace(",", " ").split()
        if not 1 <= number <= len(asked):
            remarks.append(f"It answers question {number}; there are {len(asked)}.")
            continue
        item = asked[number - 1]
        letters = [*letters, _BLANK, _BLANK][:2]
        chosen: list[int | None] = []
        for tier, letter in enumerate(letters):
            order = form.order(item, tier)
            place = LETTERS.find(letter) if len(letter) == 1 else -1
            if letter == _BLANK:
                chosen.append(None)
            elif 0 <= place < len(order):
                chosen.append(order[place])
            else:
                chosen.append(None)
                letters_there = f"{LETTERS[0]} to {LETTERS[len(order) - 1]}"
                remarks.append(f"Question {number} has the answer {letter!r}, not {letters_there}.")
        pair = (chosen[0], chosen[1])
        if answers.setdefault(item.misconception, pair) != pair:
            remarks.append(f"Question {number} is answered twice, differently; it does not count.")
            answers[item.misconception] = (None, None)
    return answers, remarks
