"""Print the test: a page for each time, a key, and a file to type answers from paper into.

    python instructors/assessment/paper.py              writes to the folder printed
    python instructors/assessment/paper.py FOLDER 7     with the order of seed 7

Open the pages in a browser and print them.
"""

from __future__ import annotations

import html
import sys
from pathlib import Path

from answer_file import Sheet
from items import LETTERS, TIMES, Form, Item, items
from lems_helpers.lab.quiz import misconceptions

SENTENCE = (
    "For each question choose what happens, then why. Choose one answer each. If you do not know, "
    "leave it blank: this is no examination, and nothing hangs on it. "
)
CODE_NAME = "Use a code name, the same both times. Give no name and nothing about your health."

_LOOK = """
@page { margin: 16mm 18mm; }
body { font: 11pt/1.4 sans-serif; color: #000; max-width: 46em; margin: 1em auto; padding: 0 1em; }
h1 { font-size: 1.4em; } h2 { font-size: 1em; margin: 1.3em 0 .2em; }
section { break-inside: avoid; }
ol { margin: .2em 0 .4em; padding-left: 2.6em; }
p { margin: .3em 0; }
.line { display: inline-block; width: 16em; border-bottom: 1px solid #000; }
table { border-collapse: collapse; } td, th { border: 1px solid #555; padding: 2px 8px; }
td, th { text-align: left; vertical-align: top; }
"""


def questions(form: Form) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return for each item of a form its number and its two questions with their options."""
    return [
        (
            str(number),
            [
                (tier.question, [tier.options[option] for option in form.order(item, place)])
                for place, tier in enumerate(item.tiers)
            ],
        )
        for number, item in enumerate(form.items, start=1)
    ]


def questions_html(form: Form) -> str:
    """Return all questions of a form as HTML; the lists are lettered."""
    parts = []
    for number, tiers in questions(form):
        asked = "".join(
            f'<p>{html.escape(question)}</p><ol type="a">'
            + "".join(f"<li>{html.escape(option)}</li>" for option in options)
            + "</ol>"
            for question, options in tiers
        )
        parts.append(f"<section><h2>Question {number}</h2>{asked}</section>")
    return "".join(parts)


def test_page(form: Form) -> str:
    """Return the test as a page to print."""
    title = f"{form.title}: what happens, and why?"
    return _page(
        title,
        f"<p>Form: {form.name}. My code name: <span class='line'>&nbsp;</span></p>"
        f"<p>{SENTENCE}Circle one letter in each list. {CODE_NAME}</p>{questions_html(form)}",
    )


def key_page(forms: list[Form]) -> str:
    """Return the right letters of each form, and what the other reasons show."""
    head = "".join(f"<th scope='col'>{form.name}: number, what, why</th>" for form in forms)
    rows = []
    for item in items():
        cells = "".join(f"<td>{_place(form, item)}</td>" for form in forms)
        belief = misconceptions()[item.misconception]
        reasons = " / ".join(item.why.options[i] for i in item.why.beliefs)
        rows.append(
            f"<tr><th scope='row'>{item.misconception}</th>{cells}<td>{html.escape(belief)}</td>"
            f"<td>{html.escape(reasons)}</td><td>{item.panel[0][:2]}, {item.panel[1]}</td></tr>"
        )
    return _page(
        "Key to the test: for the teacher",
        f"<table><thead><tr><th scope='col'>Item</th>{head}<th scope='col'>Misconception</th>"
        "<th scope='col'>Reason that shows it</th><th scope='col'>Notebook and panel that show it"
        f"</th></tr></thead><tbody>{''.join(rows)}</tbody></table>",
    )


def _place(form: Form, item: Item) -> str:
    letters = " ".join(LETTERS[form.order(item, tier).index(0)] for tier in (0, 1))
    return f"{form.items.index(item) + 1}: {letters}"


def _page(title: str, body: str) -> str:
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width'>"
        f"<style>{_LOOK}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    )


def write(folder: Path, seed: int = 0) -> list[Path]:
    """Write all pages to a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    forms = [Form(time, seed) for time in TIMES]
    pages = {f"{form.time}.html": test_page(form) for form in forms}
    pages["key.html"] = key_page(forms)
    pages |= {f"{form.time}_to_type.txt": Sheet("code-name", form).text() for form in forms}
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in pages]


def main(words: list[str]) -> int:
    """Write the pages and say where; trouble is one sentence and exit code 1."""
    if len(words) > 2 or "-h" in words or "--help" in words:
        print(__doc__)
        return 2
    folder = Path(words[0]) if words else Path(__file__).with_name("printed")
    try:
        made = write(folder, int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0)
    except (OSError, ValueError) as trouble:
        print(f"The pages could not be written: {trouble}", file=sys.stderr)
        return 1
    print("Written:", *made, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
