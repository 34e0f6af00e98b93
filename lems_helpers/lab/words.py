"""Short texts that carry a little code: as HTML, as plain words, and as part of a widget."""

from __future__ import annotations

import html
import re

import ipywidgets as widgets

_CODE = re.compile(r"`([^`]+)`")


def rich(text: str) -> str:
    """Return `text` as HTML: what stands between backticks becomes code, the rest is escaped."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text, quote=False))


def plain(text: str) -> str:
    """Return `text` without its backticks."""
    return _CODE.sub(r"\1", text)


def amount(value: float, unit: str) -> str:
    """Return a number with its unit, to two digits or to a whole, such as "118 pA" or "0.05 %"."""
    value += 0.0  # no minus before nothing
    return f"{value:.0f} {unit}" if abs(value) >= 10 else f"{value:.2g} {unit}"


def words_box(css_class: str, value: str = "") -> widgets.HTML:
    """Return a full-width box for HTML, known to the page by its class."""
    # Its margins count: as wide as the page and then some would put a scroll bar below it.
    box = widgets.HTML(value, layout={"width": "auto"})
    box.add_class(css_class)
    return box
