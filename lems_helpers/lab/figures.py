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
from matplotlib.transforms import ScaledTranslation

from .style import COLOURS, GREY, INK

#: How the trace one compares with is drawn.
COMPARED = {"linestyle": (0, (4, 2)), "linewidth": 1.7}
_KEY_IN = 0.33


def line(axes: Axes, quantity: str, **style: object) -> Line2D:
    """Return an empty line that moves, in the colour of its quantity."""
    return axes.plot([], [], animated=True, color=COLOURS[quantity], **style)[0]


def pair(axes: Axes, quantity: str, **mark: object) -> Callable[..., None]:
    """Draw a trace and the one it is compared with, dashed grey and underneath.

    A `mark` such as ``marker="o"`` goes on both, where two pairs share their axes.

    Returns
    -------
    callable
        ``set_pair((x, y), (x, y) or None)``.
    """
    compared = line(axes, "ghost", zorder=2.1, **COMPARED, **mark)
    now = line(axes, quantity, zorder=2.2, **mark)

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
    rows = []
    for dashed, height in ((False, y), (True, y - gap)):
        # Inches from a point of the axes: as long in narrow axes, where two dashes must show.
        place = axes.figure.dpi_scale_trans + ScaledTranslation(x, height, axes.transAxes)
        style = {"color": GREY, **COMPARED} if dashed else {"color": INK}
        stroke = Line2D([0, _KEY_IN], [0, 0], transform=place, animated=dashed, **style)
        stroke.set_clip_on(False)
        axes.add_artist(stroke)
        rows.append((stroke, place))
    (_, here), (dashes, there) = rows
    axes.text(_KEY_IN + 0.08, 0, "now", va="center", transform=here)
    name = text(axes, _KEY_IN + 0.08, 0, va="center", color=GREY, transform=there)

    def set_key(label: str | None) -> None:
        name.set_text(label or "")
        dashes.set_visible(label is not None)

    return set_key


def upright(axes: Axes, **style: object) -> Line2D:
    """Return a thin upright line that moves with ``set_xdata([x, x])``."""
    style = {"color": GREY, "linewidth": 1.5, "linestyle": ":", "animated": True, **style}
    return axes.axvline(0.0, **style)
