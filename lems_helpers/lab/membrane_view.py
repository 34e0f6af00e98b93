"""Stretches of membrane with channels that open, shut, are blocked or lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from lems_helpers.physiology.impulse import Impulse

from . import figures
from .schematic import CHANNEL, NERVE
from .style import COLOURS, GREY, INK

_IN_A_ROW = 16
# A mixed order, so that channels open here and there.
_ORDER = np.array([5, 11, 2, 14, 8, 0, 12, 6, 3, 9, 15, 1, 7, 13, 4, 10])

_IN_THE_WALL = 25
_LOSS_ORDER = np.random.default_rng(3).permutation(_IN_THE_WALL)


def axon_membranes(axes: Axes) -> Callable[[float, float, float, float], None]:
    """Draw a row of sodium and a row of potassium channels, seen at one moment.

    Returns
    -------
    callable
        ``move(moment_ms, sodium_open, potassium_open, sodium_blocked)``, the last three as shares
        of all channels of their kind. Sodium is drawn flowing in and potassium out.
    """
    right = _IN_A_ROW + 3.6
    axes.set(xlim=(-0.9, right + 0.2), ylim=(0, 10))
    axes.set_axis_off()
    heading = figures.text(axes, 0, 1.0, weight="bold", size=11.5, va="bottom", clip_on=False)
    axes.text(-0.8, 9.9, "▪ shut   × blocked", color=GREY, va="top")
    shut = figures.line(axes, "lost", ls="", marker="s", ms=6, mfc="#C9C9C9", mec=GREY, mew=1.2)
    blocked = figures.line(axes, "lost", ls="", marker="x", ms=8, mew=2.2, mec=INK)
    sodium = _row(axes, "sodium", 6.4, right, flows="in")
    potassium = _row(axes, "potassium", 2.3, right, flows="out")

    def move(
        moment_ms: float, sodium_open: float, potassium_open: float, sodium_blocked: float
    ) -> None:
        heading.set_text(f"Channels at {moment_ms:.1f} ms")
        left = _IN_A_ROW - round(_IN_A_ROW * sodium_blocked)
        shut_at = [*sodium(sodium_open, _ORDER[:left]), *potassium(potassium_open, _ORDER)]
        shut.set_data(*np.array(shut_at).T)
        blocked.set_data(_ORDER[left:], np.full(_IN_A_ROW - left, 6.4))

    return move


def _row(axes: Axes, name: str, y: float, right: float, flows: str) -> Callable:
    inward = flows == "in"
    axes.fill_between([-0.8, right], y - 0.5, y + 0.5, color=NERVE, lw=0)
    axes.hlines([y - 0.5, y + 0.5], -0.8, right, color=INK, lw=1.0)
    for word, up, side in (("outside", 0.65, "bottom"), ("inside", -0.65, "top")):
        axes.text(right, y + up, word, color=GREY, ha="right", va=side)
    # The words stand on the side that the arrows leave free.
    words = figures.text(
        axes, -0.8, y + (0.9 if inward else -0.9), transform=axes.transData,
        color=COLOURS[name], va="bottom" if inward else "top",
    )  # fmt: skip
    opened = figures.line(axes, name, ls="", marker=CHANNEL, ms=14, mew=0, zorder=4)
    glyph = "$\\downarrow$" if inward else "$\\uparrow$"
    arrows = figures.line(axes, name, ls="", marker=glyph, ms=11, mew=0.6)

    def move(share: float, there: np.ndarray) -> list[tuple[float, float]]:
        count = min(round(_IN_A_ROW * share), len(there))
        opened.set_data(there[:count], np.full(count, y))
        arrows.set_data(there[:count], np.full(count, y + (-1.35 if inward else 1.35)))
        words.set_text(f"{name}: {100 * share:.0f} % open" + (f", flows {flows}" if count else ""))
        return [(x, y) for x in there[count:]]

    return move


def ending_wall(axes: Axes) -> Callable[[Impulse, float, float], None]:
    """Draw the wall of a nerve ending, its calcium channels and the calcium that has entered.

    Returns
    -------
    callable
        ``move(impulse, channels_left, calcium)``: the impulse that arrives, the share of channels
        that are left, and the calcium entering as a share of what is healthy.
    """
    axes.set(xlim=(-6.2, _IN_THE_WALL + 0.2), ylim=(0, 10))
    axes.set_axis_off()
    axes.set_title("The wall of the nerve ending: × marks a lost calcium channel")
    axes.fill_between([-6, _IN_THE_WALL], 3.2, 10, color=NERVE, lw=0)
    axes.hlines([2.2, 3.2], -6, _IN_THE_WALL, color=INK, lw=1.0)
    axes.text(-5.8, 9.0, "inside", color=GREY, va="center")
    axes.text(-5.8, 1.0, "outside: far more calcium", color=GREY, va="center")
    axes.annotate(
        "", (-0.7, 4.4), (-2.2, 4.4), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6}
    )
    arriving = figures.line(axes, "voltage")
    channels = figures.line(axes, "calcium", ls="", marker=CHANNEL, ms=15, mew=0)
    lost = figures.line(axes, "lost", ls="", marker="x", ms=8, mew=2.2)
    ions = figures.line(axes, "calcium", ls="", marker="o", ms=4.4)
    t = np.linspace(0.35, 1.05, 60)

    def move(impulse: Impulse, channels_left: float, calcium: float) -> None:
        height = (impulse.voltage_mV(t) - impulse.rest_mV) / (impulse.peak_mV - impulse.rest_mV)
        arriving.set_data(-6 + 3.6 * (t - t[0]) / (t[-1] - t[0]), 3.9 + 3.6 * height)
        left = round(_IN_THE_WALL * channels_left)
        there, gone = np.sort(_LOSS_ORDER[:left]), _LOSS_ORDER[left:]
        channels.set_data(there, np.full(left, 2.7))
        lost.set_data(gone, np.full(len(gone), 2.7))
        # Two dots for each channel of a healthy wall, shared out among the channels left.
        dot = np.arange(round(2 * _IN_THE_WALL * calcium) if left else 0)
        layer, at = dot // max(left, 1), there[dot % max(left, 1)] if left else dot
        # Steps of the golden section scatter the dots evenly and the same way every time.
        up = (0.618 * layer + 0.37 * at) % 1
        ions.set_data(at + 0.6 * ((0.414 * layer + 0.2) % 1 - 0.5), 4.6 + 4.6 * up)

    return move
