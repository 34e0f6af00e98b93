"""Drawings of the junction that more than one notebook shows: glyphs, membranes, the whole scene.

All coordinates are points on paper, so that a drawing keeps its proportions: `canvas` gives a
figure one frameless set of axes that is ruled in them. Nothing here moves; the shapes that follow
the controls are built by the panels, out of the glyphs.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from .style import COLOURS, INK, PAPER

NERVE, MUSCLE = "#E3EDF5", "#F6E4DB"
_STRIPE, _MYELIN = "#E6C8B8", "#F3EFDD"


def _closed(*corners: tuple[float, float]) -> Path:
    return Path([*corners, corners[0]], closed=True)


#: Two halves with a pore between them; a `markersize` of 15 draws it in its own size.
CHANNEL = Path.make_compound_path(
    _closed((-5, -5.5), (-4, -7.5), (-1.5, -7.5), (-1.1, 0), (-1.5, 7.5), (-4, 7.5), (-5, 5.5)),
    _closed((5, -5.5), (4, -7.5), (1.5, -7.5), (1.1, 0), (1.5, 7.5), (4, 7.5), (5, 5.5)),
)
#: A channel with a funnel that opens upward, where acetylcholine binds.
RECEPTOR = Path.make_compound_path(
    _closed((-1.2, -7), (-3.6, -7), (-3.6, 1), (-5.5, 7.5), (-2.6, 7.5), (-1.2, 1)),
    _closed((1.2, -7), (3.6, -7), (3.6, 1), (5.5, 7.5), (2.6, 7.5), (1.2, 1)),
)
#: An antibody: a Y, to be drawn as an outline.
ANTIBODY = Path(
    [(0, -6), (0, 0), (-4.5, 6), (0, 0), (4.5, 6)], [Path.MOVETO, *[Path.LINETO] * 2, 1, 2]
)


def canvas(figure: Figure) -> Axes:
    """Return axes that cover the whole figure and are ruled in points, with nothing drawn."""
    width, height = figure.get_size_inches() * 72
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def box(x: float, y: float, width: float, height: float, radius: float = 6, **style: object):
    """Return a rectangle with round corners, to be added to axes as an artist."""
    shape = f"round,pad=0,rounding_size={radius}"
    return FancyBboxPatch((x, y), width, height, boxstyle=shape, **style)


def membrane(axes: Axes, left: float, right: float, y: float, fill: str, half: float = 2.5) -> None:
    """Draw a stretch of membrane, or of a fibre, as two lines `half` above and below `y`."""
    axes.fill_between([left, right], y - half, y + half, color=fill, lw=0)
    axes.hlines([y - half, y + half], left, right, color=INK, lw=1.0)


def vesicles(axes: Axes, places, size: float = 13) -> None:
    """Draw vesicles full of acetylcholine, `size` points across."""
    at = np.asarray(places, dtype=float)
    axes.plot(*at.T, "o", ms=size, mfc=PAPER, mec=INK, mew=1.3, zorder=3)
    inside = size / 13 * np.array([(0, 0), (-2.6, 1.6), (2.6, 1.6), (0, -3.2), (0, 3.6)])
    axes.plot(
        *(at[:, None] + inside).reshape(-1, 2).T,
        "o",
        ms=0.17 * size,
        color=COLOURS["release"],
        zorder=3.1,
    )


def badge(axes: Axes, x: float, y: float, number: int, zorder: float = 6) -> None:
    """Draw a link's number in a disc."""
    axes.plot(x, y, "o", ms=17, mfc=INK, mec=PAPER, mew=1.2, zorder=zorder)
    axes.text(
        x, y - 0.4, str(number), color=PAPER, weight="bold", ha="center", va="center", zorder=zorder
    )


def junction(axes: Axes, y: float) -> None:
    """Draw a nerve ending on a muscle fibre, each link of the message with its number.

    It fills the width of a picture and is 150 points high, from `y` up.
    """
    _muscle(axes, y)
    _nerve(axes, y)
    face, crest = y + 70, y + 50
    docked = np.arange(258, 440, 26.0)
    channels = docked[:-1] + 13
    stored = [(290, 99), (318, 94), (346, 99), (374, 94), (402, 99), (332, 114), (360, 113)]
    vesicles(axes, [*((x, face + 9) for x in docked), *((x, y + up) for x, up in stored)])
    axes.plot(
        channels, np.full(channels.size, face), ls="", marker=CHANNEL, ms=14, mew=0,
        color=COLOURS["calcium"], zorder=4,
    )  # fmt: skip
    rng = np.random.default_rng(4)
    spread = rng.random((2, 26))
    axes.plot(
        240 + 220 * spread[0], crest + 7 + 8 * spread[1], "o", ms=2.2, color=COLOURS["release"]
    )
    around = rng.random((2, 15))
    for left, wide in ((190, 34), (462, 34), (252, 190)):
        up = face - 12 if wide > 100 else y + 60
        axes.plot(
            left + wide * around[0],
            up + (8 if wide > 100 else 26) * around[1],
            "o",
            ms=4,
            color=COLOURS["calcium"],
        )
    axes.plot(
        docked, np.full(docked.size, crest - 1), ls="", marker=RECEPTOR, ms=13, mew=0,
        color=COLOURS["end plate"], zorder=4,
    )  # fmt: skip
    for text, x, up in (
        ("nerve", 60, 138),
        ("nerve ending", 347, 135),
        ("muscle fibre", 178, 35),
        ("gap", 520, 57),
    ):
        axes.text(x, y + up, text, ha="center", va="center", style="italic")
    for number, (x, up), to in (
        (1, (140, 114), None),
        (2, (432, 108), (404, 80)),
        (3, (172, 74), None),
        (4, (266, 108), (258, 86)),
        (5, (401, 19), (390, 42)),
        (6, (540, 22), None),
        (7, (604, 40), None),
    ):
        if to:
            axes.plot([x, to[0]], [y + up, y + to[1]], color=INK, lw=1.3, zorder=5)
        badge(axes, x, y + up, number)
    axes.plot([448, 506], [y + 57] * 2, color=INK, lw=1)
    axes.annotate(
        "", (618, y + 22), (589, y + 22), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2}
    )


def _muscle(axes: Axes, y: float) -> None:
    """Draw the fibre under the nerve ending, striped, with folds below the gap."""
    left, right, top = 120.0, 585.0, y + 44
    folds = np.arange(271, 432, 26.0)
    line = [(left, y), (left, top)]
    for x in folds:
        line += [(x - 6, top), (x - 2, top - 14), (x + 2, top - 14), (x + 6, top)]
    line += [(right, top), (right, y)]
    outline = Path([*line, line[0]], closed=True)
    axes.add_patch(PathPatch(outline, fc=MUSCLE, ec="none", zorder=1))
    axes.vlines(np.arange(left + 4, right, 9), y, y + 27, color=_STRIPE, lw=2, zorder=1.1)
    xs, ys = zip(*line[1:-1], strict=True)
    axes.plot(xs, ys, color=INK, lw=1.6, zorder=1.2)
    axes.plot([left, right], [y, y], color=INK, lw=1.6, zorder=1.2)


def _nerve(axes: Axes, y: float) -> None:
    """Draw the nerve fibre from the left, in its sheath, and the ending it widens into."""
    face = y + 70
    to, curve = Path.LINETO, Path.CURVE4
    outline = [
        ((-5, y + 122), Path.MOVETO),
        ((196, y + 122), to),
        *(((x, v), curve) for x, v in ((240, y + 122), (246, y + 147), (300, y + 147))),
        ((400, y + 147), to),
        *(((x, v), curve) for x, v in ((470, y + 147), (476, face), (446, face))),
        ((250, face), to),
        *(((x, v), curve) for x, v in ((222, face), (244, y + 106), (196, y + 106))),
        ((-5, y + 106), to),
    ]
    vertices, codes = zip(*outline, strict=True)
    axes.add_patch(PathPatch(Path(vertices, codes), fc=NERVE, ec=INK, lw=1.6, zorder=2))
    for left, width in ((-30, 96), (72, 52), (150, 40)):
        axes.add_patch(box(left, y + 100, width, 28, 9, fc=_MYELIN, ec=INK, lw=1.2, zorder=2.5))
