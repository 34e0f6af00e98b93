"""Slides of one notebook: a single HTML file that needs no network, in type for a projector.

One slide for each key moment: what it is about, each bet and each picture, and what stays. The
arrow keys turn the pages and N shows the teacher's notes; without JavaScript the slides scroll.
"""

from __future__ import annotations

import base64
import html
import re
from importlib.resources import files

from nbconvert.filters import markdown2html

from lems_helpers.lab import projector
from lems_helpers.lab.lesson import load
from lems_helpers.lab.panel import Panel

from .guide import panel_notes
from .notes import front, notes, prose

_SHARPNESS = 2.0
_ADVICE = "For information only: nothing here is medical advice."


def slides(name: str) -> str:
    """Return a notebook's slides as one HTML page."""
    first = front(name)
    title = first.title.replace("`", "")
    sentence = first.in_one_sentence[0].upper() + first.in_one_sentence[1:]
    opening = (
        f"<p class='tag'>Lambert–Eaton at the Junction · {name[:2]}</p>"
        f"<h1>{html.escape(title)}</h1><p>{_inline(sentence)}</p>"
        f"{_aside(f'**The one thing to get across.** {notes(name).one_thing}')}"
    )
    made = [("opening", opening)]
    with projector.projected():
        for panel in load(name).panels:
            made += _moment(name, panel)
    points = next(part for part in prose(name) if part.startswith("## Key points"))
    # The box of limits that follows the points is for reading, not for a slide.
    points = points.partition("\n")[2].split("\n>")[0]
    made.append(("points", f"<h2>Key points</h2>{markdown2html(points)}"))
    total = len(made)
    sections = "\n".join(
        f'<section class="{kind}" tabindex="-1" aria-label="Slide {number} of {total}">{body}'
        f'<div class="foot"><span>{_ADVICE}</span><span>{number} / {total}</span></div></section>'
        for number, (kind, body) in enumerate(made, start=1)
    )
    page = (files(__package__) / "slides.html").read_text("utf-8")
    return page.replace("TITLE", html.escape(title)).replace("SECTIONS", sections)


def _moment(name: str, panel: Panel) -> list[tuple[str, str]]:
    """Return the slide of a panel's prediction, if it asks for one, and that of its picture."""
    question, view = f"<h2>{html.escape(panel.question)}</h2>", panel.open()
    before, _, after = (_aside(part) for part in panel_notes(name, panel.name))
    bet = panel.prediction
    made = []
    if bet is not None:
        options = "".join(f"<li>{html.escape(option)}</li>" for option in bet.options)
        body = (
            f"<p class='tag'>Predict first</p><h2>{html.escape(bet.question)}</h2>"
            f"<ol>{options}</ol>{before}"
        )
        made.append(("predict", body))
    image = base64.b64encode(view.png(_SHARPNESS)).decode()
    picture = (
        f'{question}<img alt="{html.escape(view.alt, quote=True)}" '
        f'src="data:image/png;base64,{image}">'
        f"<p>{html.escape(view.reading.sentence)} <span class='tag'>{html.escape(panel.kind)}"
        f"</span></p>{before if bet is None else ''}{after}"
    )
    return [*made, ("picture", picture)]


def _aside(markdown: str) -> str:
    return f"<aside>{markdown2html(markdown)}</aside>"


def _inline(markdown: str) -> str:
    return re.sub(r"^<p>|</p>$", "", markdown2html(markdown).strip())
