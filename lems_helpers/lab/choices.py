"""A group of radio buttons for answers in words, with nothing chosen beforehand."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets as widgets


def choose_one(texts: Iterable[str]) -> widgets.RadioButtons:
    """Return the group; its value is the place of the chosen text, or None."""
    group = widgets.RadioButtons(
        options=[(text, i) for i, text in enumerate(texts)], value=None, layout={"width": "auto"}
    )
    group.add_class("lm-options")
    return group
