"""The stages of the message as rows over a ruler of milliseconds, and as small icons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lems_helpers.physiology.junction import human
from lems_helpers.physiology.message import follow_message

from . import figures, schematic
from .schematic import CHANNEL, MUSCLE, RECEPTOR
from .style import COLOURS, GREY, INK

#: The colour of each stage, in order.
QUANTITIES = ("voltage", "calcium", "release", "end plate", "voltage", "force")
_PITCH, _HIGH, _FLOOR = 28.0, 23.0, 33.0
_LEFT, _RIGHT = 164.0, 470.0
_LIT = "#FFF3C4"


def ruler(
    axes: Axes, x: float, stages: Sequence[tuple[str, str, float]], last_ms: float
) -> Callable[..., None]:
    """Draw one row per stage over a ruler from 0 to `last_ms`, 608 by 210 points from (`x`, 0).

    Parameters
    ----------
    axes : Axes
        A `schematic.canvas`.
    x : float
    stages : sequence of (name, event, level)
        Such as ("calcium enters", "peak", 0); six of them. A level above 0 is drawn as a dotted
        line at that share of the row's height.
    last_ms : float

    Returns
    -------
    callable
        ``move(now_ms, times_ms, heights, other_heights, events_ms)``: heights are shares of a
        row, one course per stage, the compared ones dashed; an event that is None never comes.
    """
    left, right = x + _LEFT, x + _RIGHT
    bottoms = _FLOOR + _PITCH * np.arange(len(stages))[::-1] + 4
    for number, ((name, _, level), y) in enumerate(zip(stages, bottoms, strict=True), start=1):
        schematic.badge(axes, x + 9, y + _HIGH / 2, number)
        axes.text(x + 23, y + _HIGH / 2, name, va="center", weight="bold")
        axes.add_patch(Rectangle((left, y), right - left, _HIGH, fc="#F7F7F7", ec="none", zorder=0))
        if level:
            axes.plot([left, right], [_share(y, level)] * 2, color=INK, lw=1.5, ls=":", zorder=1)
    lit = [
        axes.add_patch(
            Rectangle((left, y), right - left, _HIGH, fc=_LIT, ec=INK, lw=1.0, animated=True,
                      zorder=0.5)
        )
        for y in bottoms
    ]  # fmt: skip
    axes.plot([left, right], [_FLOOR] * 2, color=INK, lw=1.5)
    for tick in np.arange(0, last_ms + 0.01, 0.5):
        whole = float(tick).is_integer()
        at = left + (right - left) * tick / last_ms
        axes.plot([at] * 2, [_FLOOR, _FLOOR - (7 if whole else 4)], color=INK, lw=1.5)
        if whole:
            axes.text(at, _FLOOR - 15, f"{tick:g}", ha="center", va="center")
    axes.text(right + 12, _FLOOR - 15, "ms", va="center")
    pairs = [figures.pair(axes, quantity) for quantity in QUANTITIES]
    dots = [figures.line(axes, quantity, marker="o", ms=7, ls="") for quantity in QUANTITIES]
    cursor = axes.plot([], [], color=INK, lw=1.5, animated=True, zorder=4)[0]
    words = [
        figures.text(axes, right + 8, y + _HIGH / 2, transform=axes.transData, va="center")
        for y in bottoms
    ]

    def move(now_ms, times_ms, heights, other_heights, events_ms) -> None:
        seen = times_ms <= last_ms
        along = left + (right - left) * times_ms[seen] / last_ms
        at = left + (right - left) * now_ms / last_ms
        cursor.set_data([at, at], [_FLOOR, bottoms[0] + _HIGH + 3])
        for i, (y, (_, event, _)) in enumerate(zip(bottoms, stages, strict=True)):
            curve, other = (_share(y, h[i][seen]) for h in (heights, other_heights))
            pairs[i]((along, curve), (along, other))
            dots[i].set_data([at], [np.interp(at, along, curve)])
            when, reached = events_ms[i], events_ms[i] is not None and events_ms[i] <= now_ms
            lit[i].set_visible(reached)
            words[i].set_text(
                "✕ never" if when is None else f"{'✓ ' if reached else ''}{event}: {ms(when)}"
            )
            words[i].set_color(INK if reached else GREY)
            words[i].set_weight("bold" if reached else "normal")

    return move


def _share(bottom: float, share):
    """Return the height on paper of a share of the row that begins at `bottom`."""
    return bottom + 2 + (_HIGH - 4) * share


def ms(time_ms: float) -> str:
    """Return a time in ms with two decimals, or with one where it is long."""
    return f"{time_ms:.2f} ms" if time_ms < 10 else f"{time_ms:.1f} ms"


def icons(axes: Axes, middles: Sequence[float], y: float) -> None:
    """Draw a small sign for impulse, calcium, packets, one packet, end-plate potential, fibres."""
    healthy = follow_message(human())
    t = healthy.t_ms

    def wave(at: float, value: np.ndarray, quantity: str, begin: float, end: float, high=24.0):
        part = (t >= begin) & (t <= end)
        shape = value[part] - value.min()
        along = at - 20 + 40 * (t[part] - begin) / (end - begin)
        axes.plot(along, y - 12 + high * shape / np.ptp(value), color=COLOURS[quantity])

    impulse, calcium, packets, packet, plate, fibres = middles
    wave(impulse, healthy.voltage_mV, "voltage", 0.2, 1.2)
    _marker(axes, [calcium], y, CHANNEL, "calcium", 22)
    schematic.vesicles(axes, [(packets - 17, y), (packets, y), (packets + 17, y)], 14)
    _marker(axes, [packet - 9, packet + 9], y, RECEPTOR, "end plate", 20)
    wave(plate, healthy.end_plate_mV, "end plate", 0.4, 8.0)
    for up in (-8.0, 0.0, 8.0):
        for colour, width in ((INK, 7.2), (MUSCLE, 5.6)):
            axes.plot(
                [fibres - 18, fibres + 18], [y + up] * 2, color=colour, lw=width,
                solid_capstyle="round",
            )  # fmt: skip
        axes.plot(
            [fibres - 17, fibres + 17], [y + up] * 2, color=COLOURS["force"], lw=5,
            ls=(0, (0.5, 0.4)), dash_capstyle="butt",
        )  # fmt: skip


def _marker(axes: Axes, at: Sequence[float], y: float, marker, quantity: str, size: float) -> None:
    axes.plot(at, [y] * len(at), ls="", marker=marker, ms=size, mew=0, color=COLOURS[quantity])
