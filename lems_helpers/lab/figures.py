"""Drawing idioms shared by the panels: a trace with its comparison, a key, a marker line.

Everything here that follows the controls is created with ``animated=True``, so that `Picture`
redraws it alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .style import COLOURS, GREY, INK


def line(axes: Axes, quantity: str, **style: object) -> Line2D:
    """Return an empty line that moves, in the colour of its quantity."""
    return axes.plot([], [], animated=True, color=COLOURS[quantity], **style)[0]


def pair(axes: Axes, quantity: str) -> Callable[..., None]:
    """Draw a trace and the one it is compared with, dashed grey and underneath.

    Returns
    -------
    callable
        ``set_pair((x, y), (x, y) or None)``.
    """
    compared = line(axes, "ghost", linestyle=(0, (4, 2)), linewidth=1.7, zorder=2.1)
    now = line(axes, quantity, zorder=2.2)

    def set_pair(xy: tuple, compared_xy: tuple | None = None) -> None:
        now.set_data(*xy)
        other = compared_xy or ([], [])
        # It seldom changes under the hand, and what has not been set is not drawn again.
        if not all(map(np.array_equal, other, compared.get_data())):
            compared.set_data(*other)

    return set_pair


def text(axes: Axes, x: float, y: float, **style: object) -> Text:
    """Return an empty text that moves, placed in axes fractions unless told otherwise."""
    style = {"transform": axes.transAxes, "color": INK, **style}
    made = axes.text(x, y, "", animated=True, **style)
    # What a text says changes; the room the axes get must not.
    made.set_in_layout(False)
    return made


def key(
    axes: Axes, x: float = 0.8, y: float = 0.93, gap: float = 0.13
) -> Callable[[str | None], None]:
    """Draw what the two line styles mean, at `x`, `y` and `gap` below, in axes fractions.

    Returns
    -------
    callable
        ``set_key(label)`` names the comparison; None takes it away.
    """
    where = {"transform": axes.transAxes, "clip_on": False}
    axes.plot([x, x + 0.05], [y, y], color=INK, **where)
    axes.text(x + 0.065, y, "now", va="center", transform=axes.transAxes)
    dashes = axes.plot(
        [x, x + 0.05], [y - gap] * 2, color=GREY, ls=(0, (4, 2)), lw=1.7, animated=True, **where
    )[0]
    name = text(axes, x + 0.065, y - gap, va="center", color=GREY)

    def set_key(label: str | None) -> None:
        name.set_text(label or "")
        dashes.set_visible(label is not None)

    return set_key


def upright(axes: Axes, **style: object) -> Line2D:
    """Return a thin upright line that moves with ``set_xdata([x, x])``."""
    style = {"color": GREY, "linewidth": 1.5, "linestyle": ":", "animated": True, **style}
    return axes.axvline(0.0, **style)
