"""A widget with three faces of one state: live, still and text.

Live is the widget, where a kernel answers. Still is HTML, which GitHub, an export or a notebook
not yet run can show. Text is what a test can compare: ``nbval`` skips widgets and images, but
reads plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from .projector import projecting


class Faced(widgets.VBox):
    """Base of everything a learner touches. Subclasses say `still_html` and `text`."""

    def __init__(self, children: Sequence[widgets.Widget]):
        super().__init__(children)
        if projecting():
            self.add_class("lm-projector")

    def still_html(self) -> str:
        """Return the present state as HTML that needs no kernel."""
        raise NotImplementedError

    def text(self) -> str:
        """Return the present state in words and numbers."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        return {**bundle, "text/html": self.still_html(), "text/plain": self.text()}
