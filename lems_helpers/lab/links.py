"""The links of the message from nerve to movement, each a small picture that follows its numbers.

Every function draws one link in a frame of `WIDE` by `HIGH` points whose lower left corner is at
(`x`, `y`) on a `schematic.canvas`, and returns the function that moves it. Shares run from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from lems_helpers.physiology.end_plate import respond
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import human

from . import figures
from .schematic import ANTIBODY, CHANNEL, MUSCLE, NERVE, RECEPTOR, membrane, vesicles
from .style import COLOURS, INK, PAPER, VERMILLION

WIDE, HIGH = 80.0, 100.0


def shown(share: float, of: int) -> int:
    """How many of `of` things to draw: none only at nothing, all only at everything."""
    if share <= 0 or share >= 1:
        return 0 if share <= 0 else of
    return min(max(round(share * of), 1), of - 1)


def nerve_fibres(axes: Axes, x: float, y: float) -> Callable[[float], None]:
    """Five nerve fibres with an impulse on each that conducts; ``move(conducting)``."""
    rows = y + 13 + 17.5 * np.arange(5)
    left, right = x + 5, x + WIDE - 5
    for row in rows:
        membrane(axes, left, right, row, NERVE)
    t = np.linspace(0.35, 1.05, 40)
    impulse = Impulse()
    height = (impulse.voltage_mV(t) - impulse.rest_mV) / (impulse.peak_mV - impulse.rest_mV)
    along = x + 12 + 56 * (t - t[0]) / (t[-1] - t[0])
    waves = _strokes(axes, color=COLOURS["voltage"], linewidth=2.2)
    blocked = figures.line(axes, "lost", marker="x", ls="", ms=8, mew=2.2, zorder=3)

    def move(conducting: float) -> None:
        count = shown(conducting, 5)
        waves.set_segments(
            [np.column_stack([along, row + 2 + 11 * height]) for row in rows[:count]]
        )
        blocked.set_data(np.full(5 - count, x + WIDE / 2), rows[count:])

    return move


def calcium_channels(axes: Axes, x: float, y: float) -> Callable[[float, bool], None]:
    """Ten channels in the nerve ending's wall; ``move(left, antibodies)``."""
    place = np.array([(x + 12 + 14 * i, y + up) for up in (68, 22) for i in range(5)])
    # The order in which they are lost is mixed, so that gaps open everywhere.
    place = place[[0, 7, 3, 5, 9, 2, 6, 1, 8, 4]]
    above = place + np.array((0, 15))
    for up in (68, 22):
        membrane(axes, x + 1, x + WIDE - 1, y + up, NERVE)
    kept = _marks(axes, CHANNEL, 15, COLOURS["channel"])
    lost = figures.line(axes, "lost", marker="x", ls="", ms=7, mew=2, zorder=4)
    bound = _marks(axes, ANTIBODY, 11, "none", mec=VERMILLION, mew=1.8)

    def move(left: float, antibodies: bool) -> None:
        count = shown(left, 10)
        _put(kept, place[:count])
        _put(lost, place[count:])
        _put(bound, above[count:] if antibodies else above[:0])

    return move


def calcium_entry(axes: Axes, x: float, y: float) -> Callable[[float, float], None]:
    """Calcium outside and inside; ``move(outside, entered)``, as shares of the healthy amounts."""
    wall, middle = y + 66, x + WIDE / 2
    membrane(axes, x + 1, x + WIDE - 1, wall, NERVE)
    rng = np.random.default_rng(11)
    fill = np.arange(24)
    outside = np.column_stack([x + 6 + (fill * 0.618 % 1) * 68, wall + 8 + 22 * rng.random(24)])
    # A cloud under the mouth of the channel, densest close to it.
    reach = 8 + 44 * (rng.permutation(40) + 0.5) / 40
    turn = math.pi * (0.06 + 0.88 * (np.arange(40) * 0.618 % 1))
    inside = np.column_stack(
        [middle - 0.75 * reach * np.cos(turn), wall - 2 - reach * np.sin(turn)]
    )
    _put(_marks(axes, CHANNEL, 18, COLOURS["channel"], animated=False), [(middle, wall)])
    dots = {"mec": PAPER, "mew": 0.4}
    waiting, entered = (_marks(axes, "o", 5, COLOURS["calcium"], **dots) for _ in range(2))

    def move(share_outside: float, share_entered: float) -> None:
        _put(waiting, outside[: shown(share_outside, 24)])
        _put(entered, inside[: shown(share_entered, 40)])

    return move


def release(axes: Axes, x: float, y: float) -> Callable[[float, float], None]:
    """Docked vesicles with their sensors, and the packets released; ``move(sensors, packets)``."""
    wall = y + 58
    membrane(axes, x + 1, x + WIDE - 1, wall, NERVE)
    docked = np.column_stack([x + 13 + 18 * np.arange(4), np.full(4, wall + 21)])
    vesicles(axes, docked, 17)
    packets = [(x + 8.5 + 7 * i, wall - 11 - 8.5 * row) for row in range(5) for i in range(10)]
    sensors = _strokes(axes, color=COLOURS["sensor"], linewidth=4)
    cut = figures.line(axes, "lost", marker="x", ls="", ms=6, mew=2, zorder=4)
    out = _marks(axes, "o", 5.6, COLOURS["release"])

    def move(sensors_left: float, released: float) -> None:
        count = shown(sensors_left, 4)
        sensors.set_segments([[(px, wall + 3.5), (px, py - 9)] for px, py in docked[:count]])
        _put(cut, docked[count:] - (0, 13.5))
        _put(out, np.array(packets)[: min(round(released), len(packets))])

    return move


def receptors(axes: Axes, x: float, y: float) -> Callable[[float, bool, float, float], None]:
    """Receptors, and the end-plate potential against the threshold.

    ``move(left, antibodies, epp_mV, other_epp_mV)``.
    """
    wall, base, per_mV = y + 77, y + 8, 1.6
    membrane(axes, x + 1, x + WIDE - 1, wall - 6, MUSCLE)
    place = np.column_stack([x + 11 + 14.5 * np.arange(5), np.full(5, wall - 3)])[[2, 0, 4, 1, 3]]
    above = place + np.array((0, 8))
    kept = _marks(axes, RECEPTOR, 15, COLOURS["end plate"])
    lost = figures.line(axes, "lost", marker="x", ls="", ms=7, mew=2, zorder=4)
    bound = _marks(axes, ANTIBODY, 10, "none", mec=VERMILLION, mew=1.8)
    one = respond(human().end_plate, [0.6], duration_ms=10.0, step_ms=0.1)
    rise = one.voltage_mV - one.voltage_mV[0]
    shape, along = rise / rise.max(), x + 5 + 70 * one.times_ms / one.times_ms[-1]
    needed = base + per_mV * human().muscle.threshold_mV
    axes.plot([x + 4, x + WIDE - 4], [needed] * 2, color=INK, lw=1.5, ls=":")
    set_trace = figures.pair(axes, "end plate")

    def move(left: float, antibodies: bool, epp_mV: float, other_epp_mV: float) -> None:
        count = shown(left, 5)
        _put(kept, place[:count])
        _put(lost, place[count:])
        _put(bound, above[count:] if antibodies else above[:0])
        set_trace(*((along, base + per_mV * peak * shape) for peak in (epp_mV, other_epp_mV)))

    return move


def muscle_fibres(axes: Axes, x: float, y: float) -> Callable[[float, float], None]:
    """Ten muscle fibres, filled where they fire; ``move(able, firing)``."""
    rows = (y + 9 + 9.1 * np.arange(10))[[4, 7, 1, 8, 3, 6, 0, 9, 5, 2]]
    left, right = x + 4, x + WIDE - 4
    for colour, width in ((INK, 7.6), (MUSCLE, 6.0)):
        axes.hlines(rows, left, right, color=colour, lw=width, capstyle="round")
    stripes = _strokes(axes, color=COLOURS["force"], linewidth=6, linestyle=(0, (0.5, 0.25)))
    unable = figures.line(axes, "lost", marker="x", ls="", ms=6, mew=2, zorder=4)

    def move(able: float, firing: float) -> None:
        count = shown(firing, 10)
        stripes.set_segments([[(left, row), (right, row)] for row in rows[:count]])
        idle = rows[shown(able, 10) :]
        unable.set_data(np.full(idle.size, x + WIDE / 2), idle)

    return move


def leg(axes: Axes, x: float, y: float) -> Callable[[float, float], None]:
    """Draw a seated person who stretches a knee; ``move(strength, other_strength)``."""
    knee, shin = np.array((x + 45, y + 50)), 32.0
    thick = {"solid_capstyle": "round", "solid_joinstyle": "round"}
    seat = [(x + 8, y + 82), (x + 8, y + 37), (x + 36, y + 37)]
    axes.plot(*np.transpose(seat), color="#B9B9B9", lw=4, **thick)
    for foot in (x + 10, x + 34):
        axes.plot([foot] * 2, [y + 12, y + 37], color="#B9B9B9", lw=3, **thick)
    axes.plot([x + 20, x + 19, x + 45], [y + 76, y + 47, y + 50], color=INK, lw=8, **thick)
    axes.plot([x + 20, x + 36], [y + 72, y + 59], color=INK, lw=4, **thick)
    axes.plot(x + 22, y + 89, "o", ms=14, color=INK)
    compared = figures.line(axes, "ghost", lw=1.7, ls=(0, (4, 2)), zorder=2)
    now = figures.line(axes, "force", lw=7, zorder=3, **thick)

    def place(strength: float) -> np.ndarray:
        turn = math.radians(-94 + 94 * strength)
        along = np.array((math.cos(turn), math.sin(turn)))
        up = np.array((-along[1], along[0]))
        ankle = knee + shin * along
        return np.transpose([knee, ankle, ankle + 7 * up])

    def move(strength: float, other_strength: float) -> None:
        now.set_data(*place(strength))
        compared.set_data(*place(other_strength))

    return move


def _marks(axes: Axes, marker: object, size: float, colour: str, **style: object):
    style = {"animated": True, "zorder": 4, "mew": 0, **style}
    return axes.plot([], [], ls="", marker=marker, ms=size, mfc=colour, **style)[0]


def _put(marks, places) -> None:
    marks.set_data(*np.reshape(places, (-1, 2)).T)


def _strokes(axes: Axes, **style: object) -> LineCollection:
    return axes.add_collection(
        LineCollection([], animated=True, zorder=3, capstyle="butt", **style), autolim=False
    )
