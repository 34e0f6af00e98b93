"""A body map: where LEMS is felt, how many people feel it, and how rare the illness is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Polygon

from lems_helpers.clinic.epidemiology import Proportion, proportion
from lems_helpers.evidence.measurements import measurement

from . import people, schematic
from .people import WEAK, heading, moving_text
from .style import GREY, INK, PAPER

_SKIN, _SQUARE = "#EEF1F3", "#F4F4F4"


@dataclass(frozen=True)
class Sign:
    """A sign of LEMS: its name in the shares, its label, and where on the body it is."""

    name: str
    label: str
    places: tuple[tuple[float, float], ...]
    size: float


#: From the head down. Places are points from the middle of the body and from its soles.
SIGNS = {
    "drooping eyelids": Sign("ptosis", "drooping eyelids", ((-5, 185), (5, 185)), 8),
    "dry mouth": Sign("dry_mouth", "dry mouth", ((0, 173),), 9),
    "speech and swallowing": Sign("bulbar", "speech and swallowing", ((0, 160),), 10),
    "autonomic signs": Sign("autonomic", "autonomic signs", ((0, 124),), 26),
    "weak hips and thighs": Sign("leg_weakness", "weak hips and thighs", ((-12, 76), (12, 76)), 19),
    "weak reflexes": Sign("reflexes", "weak reflexes", ((-13, 46), (13, 46)), 14),
}
BODY = {"x": 72.0, "y": 34.0, "scale": 1.46}
COLUMNS = 20
CROWD_LEFT, CROWD_WIDE = 338.0, 13.4


def draw_signs(fig: Figure) -> Callable[..., None]:
    """Draw the body with its signs; ``update(proportion, None, "")`` chooses one of them."""
    axes = schematic.canvas(fig)
    top = fig.get_size_inches()[1] * 72
    at = body(axes, **BODY)
    spots, labels, frames, leaders = [], [], [], []
    heading(axes, 10, top - 18, "What people with LEMS notice")
    for i, sign in enumerate(SIGNS.values()):
        counted = proportion(sign.name)
        y = top - 52 - 53 * i
        spot = at(*np.transpose(sign.places))
        style = {"ls": "", "marker": "o", "ms": sign.size * 1.3}
        axes.plot(*spot.T, mfc=PAPER, mec=GREY, mew=1.5, zorder=3, **style)
        spots.append(
            axes.plot(*spot.T, mfc=WEAK, mec=INK, mew=1.5, zorder=4, animated=True, **style)[0]
        )
        end = spot[-1]
        line = {"color": GREY, "lw": 1.5, "zorder": 2.5}
        axes.plot([end[0], 158], [end[1], y], **line)
        leaders.append(
            axes.plot([end[0], 158], [end[1], y], color=INK, lw=2.4, zorder=2.6, animated=True)[0]
        )
        axes.text(166, y + 8, sign.label, va="center", zorder=2)
        axes.text(166, y - 8, f"{counted.count} of {counted.of} people", va="center", zorder=2)
        frame = schematic.box(
            158, y - 20, 154, 40, fc="#F7EEF4", ec=INK, lw=2, zorder=5, animated=True
        )
        frames.append(axes.add_patch(frame))
        labels.append(moving_text(axes, 166, y + 8, weight="bold", zorder=6.1))
        labels.append(moving_text(axes, 166, y - 8, weight="bold", zorder=6.1))
    right = CROWD_LEFT + COLUMNS * CROWD_WIDE
    head = moving_text(axes, CROWD_LEFT, top - 14, weight="bold", fontsize=11.5)
    show = people.crowd(
        axes, people.rows_of(100, 5, CROWD_LEFT, top - 30, CROWD_WIDE, 25), size=20, fill=WEAK
    )
    span = axes.plot([], [], color=INK, lw=2, marker="|", ms=10, mew=2, animated=True)[0]
    mark = axes.plot([], [], color=WEAK, mec=INK, marker="D", ms=7, ls="", animated=True)[0]
    kept = axes.plot([], [], color=GREY, marker="v", ms=8, ls="", animated=True)[0]
    note = moving_text(axes, right, top - 184, ha="right", color=INK)
    _draw_million(axes, top - 222)

    def update(now: Proportion, compared: Proportion | None, label: str) -> None:
        show(round(now.percent))
        low, high = now.interval_percent
        scale = COLUMNS * CROWD_WIDE / 100
        span.set_data([CROWD_LEFT + scale * low, CROWD_LEFT + scale * high], [top - 166] * 2)
        mark.set_data([CROWD_LEFT + scale * now.percent], [top - 166])
        other = [] if compared is None else [CROWD_LEFT + scale * compared.percent]
        kept.set_data(other, [top - 154] * len(other))
        note.set_text(f"with so few asked, {people.span(low, high)} of 100 would fit")
        head.set_text(f"As people of 100: {now.percent:.0f}")
        chosen = [proportion(one.name) == now for one in SIGNS.values()]
        for i, (on, sign) in enumerate(zip(chosen, SIGNS.values(), strict=True)):
            for artist in (spots[i], frames[i], leaders[i]):
                artist.set_visible(on)
            labels[2 * i].set_text(sign.label if on else "")
            labels[2 * i + 1].set_text(f"{now.count} of {now.of} people" if on else "")

    return update


def _draw_million(axes: Axes, top: float) -> None:
    """Draw a million people as a hundred squares, with those who have LEMS or myasthenia gravis."""
    lems_, mg = measurement("prevalence").value, measurement("mg_prevalence").value
    heading(axes, CROWD_LEFT, top, "How rare: one million people")
    corners = people.rows_of(100, 5, CROWD_LEFT, top - 8, CROWD_WIDE, CROWD_WIDE)
    axes.plot(*corners.T, "s", ms=CROWD_WIDE - 1.6, mfc=_SQUARE, mec="#BBBBBB", mew=0.6)
    rng = np.random.default_rng(9)
    spread = rng.random((round(mg), 2)) * (COLUMNS * CROWD_WIDE - 8, 5 * CROWD_WIDE - 8) + 4
    bottom = top - 8 - 5 * CROWD_WIDE
    axes.plot(*(spread + np.array([CROWD_LEFT, bottom])).T, ".", ms=4, color=GREY)
    for place in corners[[32, 71]]:
        people.still_crowd(axes, place[None], size=20, fill=WEAK)
    people.still_crowd(axes, np.array([[CROWD_LEFT + 6, bottom - 16]]), size=18, fill=WEAK)
    axes.plot([CROWD_LEFT + 6], [bottom - 36], ".", ms=6, color=GREY)
    axes.text(
        CROWD_LEFT + 18, bottom - 16, f"lives with LEMS: {lems_:.2f} per million", va="center"
    )
    axes.text(
        CROWD_LEFT + 18, bottom - 36, f"with myasthenia gravis: {mg:.0f} per million", va="center"
    )
    axes.text(CROWD_LEFT, bottom - 58, "each square: 10,000 people", color=GREY, va="center")


def body(axes: Axes, x: float, y: float, scale: float = 1.0) -> Callable[..., np.ndarray]:
    """Draw a standing body, 200 points high at scale 1, with its soles at `y`.

    Returns
    -------
    callable
        ``at(across, up)``: where a place of the body is on paper, from its middle and its soles.
    """

    def at(across, up) -> np.ndarray:
        return np.column_stack([x + scale * np.atleast_1d(across), y + scale * np.atleast_1d(up)])

    trunk = at(
        [-25, -19, -17, -20, -21, 21, 20, 17, 19, 25],
        [148, 124, 108, 96, 84, 84, 96, 108, 124, 148],
    )
    limbs = [((0, 0), (172, 150), 12.0)]
    for side in (-1, 1):
        limbs.append(((26 * side, 33 * side, 41 * side), (145, 112, 80), 12.0))
        limbs.append(((11 * side, 12.5 * side, 13 * side), (86, 46, 8), 18.0))
    head = at(0, 181)[0]
    # Everything first as its outline and then as its filling, so that the parts become one.
    for grow, colour, order in ((1.3, INK, 1.0), (-0.2, _SKIN, 1.1)):
        style = {"color": colour, "zorder": order}
        edge = {"fc": colour, "ec": colour, "joinstyle": "round", "zorder": order}
        axes.add_patch(Polygon(trunk, lw=2 * (4 * scale + grow), **edge))
        for across, up, width in limbs:
            axes.plot(*at(across, up).T, lw=scale * width + 2 * grow, **style)
        wide, high = 2 * (13 * scale + grow), 2 * (16 * scale + grow)
        axes.add_patch(Ellipse(head, wide, high, fc=colour, ec="none", zorder=order))
    return at
