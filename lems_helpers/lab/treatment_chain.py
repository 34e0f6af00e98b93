"""The chain from nerve impulse to muscle with four treatments above the links they act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lems_helpers.clinic.outcome import Outcome
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import cmap

from . import figures, links, schematic
from .links import HIGH, WIDE
from .style import GREY, HALO, INK, PAPER

LINKS = (
    "nerve\nimpulse",
    "calcium\nchannels",
    "calcium\nenters",
    "packets\nreleased",
    "end-plate\npotential",
    "muscle\nfibres fire",
    "muscle's\nanswer",
)
UNITS = ("width, ms", "left, %", "% of healthy", "packets", "mV", "of 100", "CMAP, mV")
#: The treatments: the number of the link below each, and how wide its box is.
ACTS_ON = {
    "amifampridine": (0, 79),
    "antibody side": (1, 87),
    "GV-58": (2, 76),
    "pyridostigmine": (4, 84),
}
#: Points on paper: how the parts of the picture stand.
PITCH, FIRST = 88.0, 3.6
PILLS, TILES, VALUES, ZERO, PER_PERCENT = 372.0, 216.0, 200.0, 32.0, 0.72
HIGHEST = 160.0
IMPULSE_MS = np.linspace(0.35, 1.55, 121)
CMAP_MS = np.linspace(0.0, 24.0, 97)


@dataclass(frozen=True, eq=False)
class Chain:
    """One impulse through a treated junction.

    `levels` says how much of each treatment of `ACTS_ON` is given, "" for none. `values` holds
    what stands under each link, `percents` the same in percent of the healthy junction.
    """

    junction: Junction
    outcome: Outcome
    levels: tuple[str, ...]
    antibodies: bool
    values: tuple[str, ...]
    percents: np.ndarray


def draw(figure: Figure, untreated: np.ndarray) -> Callable[..., None]:
    """Draw the chain; ``update(chain, compared, label)`` moves it.

    Parameters
    ----------
    untreated : numpy.ndarray, shape (7,)
        The links of an untreated junction in LEMS, in percent of the healthy one.
    """
    axes = schematic.canvas(figure)
    lefts = FIRST + PITCH * np.arange(7)
    middles = lefts + WIDE / 2
    heading = {"weight": "bold", "fontsize": 11.5, "va": "center"}
    axes.text(6, PILLS + 54, "Where each treatment acts", **heading)
    axes.text(6, VALUES - 41, "Each link, % of healthy (× untreated)", **heading)
    for left, middle, name, unit in zip(lefts, middles, LINKS, UNITS, strict=True):
        axes.add_patch(schematic.box(left, TILES, WIDE, HIGH, fc="#FBFBFB", ec="#C9C9C9", lw=1.2))
        style = {"ha": "center", "va": "center"}
        axes.text(middle, TILES + HIGH + 18, name, weight="bold", linespacing=1.05, **style)
        axes.text(middle, VALUES - 15, unit, **style)
    move_tiles = _tiles(axes, lefts)
    move_pills = _pills(axes, middles)
    move_profile = _profile(axes, middles, untreated)
    numbers = [_on_paper(axes, x, VALUES, weight="bold", fontsize=11.5) for x in middles]

    def update(now: Chain, compared: Chain, label: str) -> None:
        move_tiles(now, compared)
        move_pills(now.levels)
        move_profile(now.percents, compared.percents if label == "kept" else None)
        for number, value in zip(numbers, now.values, strict=True):
            number.set_text(value)

    return update


def _on_paper(axes: Axes, x: float, y: float, **style: object):
    style = {"ha": "center", "va": "center", "transform": axes.transData, **style}
    return figures.text(axes, x, y, **style)


def _tiles(axes: Axes, lefts: np.ndarray) -> Callable[[Chain, Chain], None]:
    """Draw the seven small pictures."""
    impulse, answer = figures.pair(axes, "voltage"), figures.pair(axes, "end plate")
    rest = TILES + 14
    axes.plot([lefts[0] + 4, lefts[0] + WIDE - 4], [rest] * 2, color=GREY, lw=1.5, ls=":")
    calm = TILES + 45
    axes.plot([lefts[6] + 4, lefts[6] + WIDE - 4], [calm] * 2, color=GREY, lw=1.5, ls=":")
    channels = links.calcium_channels(axes, lefts[1], TILES)
    entry = links.calcium_entry(axes, lefts[2], TILES)
    packets = links.release(axes, lefts[3], TILES)
    receptors = links.receptors(axes, lefts[4], TILES)
    fibres = links.muscle_fibres(axes, lefts[5], TILES)

    def wave(chain: Chain) -> tuple[np.ndarray, np.ndarray]:
        one = chain.junction.impulse
        up = (one.voltage_mV(IMPULSE_MS) - one.rest_mV) / (one.peak_mV - one.rest_mV)
        along = (IMPULSE_MS - IMPULSE_MS[0]) / np.ptp(IMPULSE_MS)
        return lefts[0] + 5 + (WIDE - 10) * along, rest + 72 * up

    def potential(chain: Chain) -> tuple[np.ndarray, np.ndarray]:
        up = cmap(chain.junction.muscle, CMAP_MS, chain.outcome.firing)
        along = CMAP_MS / CMAP_MS[-1]
        return lefts[6] + 5 + (WIDE - 10) * along, calm + 5.0 * up

    def move(now: Chain, compared: Chain) -> None:
        impulse(wave(now), wave(compared))
        answer(potential(now), potential(compared))
        channels(now.percents[1] / 100, now.antibodies)
        entry(1.0, now.percents[2] / 100)
        packets(1.0, float(now.outcome.quantal_content))
        # What would reach the receptors in the drawing is cut off there.
        receptors(1.0, False, *(min(float(c.outcome.end_plate_mV), 42.0) for c in (now, compared)))
        fibres(1.0, float(now.outcome.firing))

    return move


def _pills(axes: Axes, middles: np.ndarray) -> Callable[[Sequence[str]], None]:
    """Draw a box for each treatment, with an arrow to its link while it is given."""
    moving = []
    for name, (place, wide) in ACTS_ON.items():
        x, frame = middles[place], (middles[place] - wide / 2, PILLS, wide, 40)
        axes.add_patch(schematic.box(*frame, fc=PAPER, ec=GREY, lw=1.5, ls=":"))
        style = {"ha": "center", "va": "center", "color": GREY, "fontsize": 10}
        axes.text(x, PILLS + 27, name, **style)
        axes.text(x, PILLS + 12, "off", **style)
        on = [
            axes.add_patch(
                schematic.box(*frame, fc="#E4F2EC", ec=INK, lw=2.2, animated=True, zorder=5)
            ),
            axes.plot(
                [x, x],
                [PILLS, PILLS - 13],
                color=INK,
                lw=2.6,
                marker="v",
                markevery=[1],
                ms=10,
                animated=True,
                zorder=5,
            )[0],
            _on_paper(axes, x, PILLS + 27, fontsize=10, zorder=6),
        ]
        on[2].set_text(name)
        moving.append((on, _on_paper(axes, x, PILLS + 12, fontsize=10, zorder=6)))

    def move(levels: Sequence[str]) -> None:
        for (on, level), given in zip(moving, levels, strict=True):
            for artist in (*on, level):
                artist.set_visible(bool(given))
            level.set_text(given)

    return move


def _profile(axes: Axes, middles: np.ndarray, untreated: np.ndarray) -> Callable[..., None]:
    """Draw every link in percent of the healthy one, with the untreated junction to compare."""
    for percent in (0, 50, 100, 150):
        y = _height(percent)
        style = {"color": INK, "ls": (0, (4, 2)), "lw": 1.7} if percent == 100 else {}
        axes.plot([30, 614], [y, y], zorder=0.5, **{"color": "#D5D5D5", "lw": 1.0, **style})
        axes.text(26, y, f"{percent}", ha="right", va="center")
    axes.plot(middles, _height(untreated), color=GREY, lw=1.7, ls=":", marker="x", ms=8, mew=2)
    top = VALUES - 41
    for x, name, style in (
        (282, "now", {"color": INK, "marker": "o", "ms": 8}),
        (344, "untreated LEMS", {"color": GREY, "marker": "x", "ms": 8, "mew": 2, "ls": ":"}),
        (478, "healthy", {"color": INK, "ls": (0, (4, 2)), "lw": 1.7}),
    ):
        axes.plot([x, x + 11, x + 22], [top] * 3, markevery=[1], **style)
        axes.text(x + 28, top, name, va="center")
    kept = figures.line(axes, "ghost", lw=1.7, marker="s", ms=6, zorder=3)
    kept_name = _on_paper(axes, 574, top, color=GREY)
    now = axes.plot([], [], color=INK, lw=2.4, marker="o", ms=8, animated=True, zorder=4)[0]
    beyond = axes.plot([], [], ls="", marker="^", ms=10, color=INK, animated=True, zorder=4.1)[0]
    labels = [_on_paper(axes, x, 0, zorder=5, path_effects=HALO) for x in middles]

    def move(percents: np.ndarray, others: np.ndarray | None) -> None:
        now.set_data(middles, _height(percents))
        over = percents > HIGHEST
        beyond.set_data(middles[over], _height(percents[over]))
        kept.set_data(*((middles, _height(others)) if others is not None else ([], [])))
        kept_name.set_text("" if others is None else "■ kept")
        for label, x, percent, times in zip(
            labels, middles, percents, percents / untreated, strict=True
        ):
            y = float(_height(percent))
            above = percent < 62 or 99 <= percent < 125
            label.set(text=f"×{times:.2f}", position=(x, y + 13 if above else y - 14))

    return move


def _height(percent) -> np.ndarray:
    return ZERO - 14 + PER_PERCENT * np.minimum(percent, HIGHEST)


#: Height of the picture in inches.
HEIGHT_IN = (PILLS + 66) / 72
