"""People in pictures: one figure for each person, so that a share can be counted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.text import Text

from . import figures
from .style import COLOURS, INK, PAPER, PURPLE

#: Someone in whom a cancer was found, and someone with a sign of weakness. Calm on purpose: no
#: warning colour stands for a person.
CANCER, WEAK = PURPLE, COLOURS["force"]
_MOVE, _LINE, _BEND, _CLOSE = Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CLOSEPOLY


def _person() -> Path:
    head = Path.circle((0, 6.9), 3.1)
    right = [(2.4, 3.3), (4.6, 3.3), (4.6, 1.1), (4.6, -2.4), (3.0, -2.4), (3.0, -10), (0.5, -10)]
    codes = [_MOVE, _BEND, _BEND, _LINE, _LINE, _LINE, _LINE]
    half = [*right, (0.5, -2.9)]
    # The left half in mirror image, walked backwards; its shoulder bends like the right one.
    other = [(-x, y) for x, y in reversed(half)]
    body = Path(
        [*half, *other, half[0]],
        [*codes, *[_LINE] * 6, _LINE, _BEND, _BEND, _CLOSE],
    )
    return Path.make_compound_path(head, body)


#: A person, 20 high; a `markersize` of 20 draws it in its own size.
PERSON = _person()


def rows_of(count: int, rows: int, left: float, top: float, wide: float, high: float) -> np.ndarray:
    """Return where `count` people stand, filled column by column, each `rows` deep.

    Returns
    -------
    numpy.ndarray, shape (count, 2)
        Middle of each person, as x and y; `left` and `top` bound the whole crowd.
    """
    place = np.arange(count)
    return np.column_stack([left + wide * (place // rows + 0.5), top - high * (place % rows + 0.5)])


def crowd(
    axes: Axes, places: np.ndarray, size: float = 20, fill: str = CANCER
) -> Callable[..., None]:
    """Draw people who can change: found (filled), perhaps (a dot), or neither (an outline).

    Returns
    -------
    callable
        ``show(found, perhaps=0, of=None)``: how many, counted from the first place; of a crowd
        smaller than all places the rest stay empty.
    """
    style = {"ls": "", "marker": PERSON, "ms": size, "animated": True}
    plain = axes.plot([], [], mfc=PAPER, mec=INK, mew=1.2, zorder=3, **style)[0]
    dot = {"ls": "", "marker": "o", "ms": 0.26 * size, "animated": True}
    perhaps_dot = axes.plot([], [], mfc=fill, mec=fill, zorder=4, **dot)[0]
    filled = axes.plot([], [], mfc=fill, mec=INK, mew=1.2, zorder=3, **style)[0]

    def show(found: int, perhaps: int = 0, of: int | None = None) -> None:
        here = places if of is None else places[:of]
        filled.set_data(*here[:found].T)
        plain.set_data(*here[found:].T)
        perhaps_dot.set_data(*here[found : found + perhaps].T)

    return show


def still_crowd(axes: Axes, places: np.ndarray, size: float = 20, fill: str = PAPER) -> None:
    """Draw people who stay as they are."""
    axes.plot(*places.T, ls="", marker=PERSON, ms=size, mfc=fill, mec=INK, mew=1.2, zorder=3)


def heading(axes: Axes, x: float, y: float, text: str) -> None:
    """Write a heading into a drawing."""
    axes.text(x, y, text, weight="bold", fontsize=11.5)


def moving_text(axes: Axes, x: float, y: float, **style: object) -> Text:
    """Return an empty text that moves, placed where its middle is on paper."""
    style = {"va": "center", "transform": axes.transData, **style}
    return figures.text(axes, x, y, **style)


def span(low: float, high: float) -> str:
    """Say a range of people of 100, in whole people."""
    return f"{low:.0f} to {high:.0f}"
