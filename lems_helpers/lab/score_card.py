"""A card with a fictional person's DELTA-P score, and what was found in real people who had it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from lems_helpers.clinic.delta_p import CAVEAT, DeltaPCase, ScoreRisk, cancer_risk

from . import figures, people, schematic
from .people import moving_text
from .style import GREY, INK, PAPER

#: The six items in plain words, in the order of `DeltaPCase.items`.
ITEMS = (
    "50 or older when LEMS began",
    "smoked at diagnosis",
    "lost 5 % of weight or more",
    "weak speech or swallowing",
    "erectile dysfunction",
    "needed help (Karnofsky < 70)",
)


@dataclass(frozen=True)
class Scored:
    """A fictional person, and how often cancer was found in real people with the same score."""

    person: str
    case: DeltaPCase
    risk: ScoreRisk


def draw_scored(fig: Figure) -> Callable[..., None]:
    """Draw the card beside both studies; ``update(scored, kept or None, "")`` deals another."""
    axes = schematic.canvas(fig)
    width, top = fig.get_size_inches() * 72
    axes.add_patch(schematic.box(8, 56, 232, top - 66, fc="#FBFBFB", ec=INK, lw=1.5))
    axes.text(234, top - 28, "FICTIONAL", ha="right", va="center", color=GREY, weight="bold")
    people.still_crowd(axes, np.array([[30, top - 42]]), size=40)
    name = moving_text(axes, 48, top - 34, weight="bold", fontsize=12)
    age = moving_text(axes, 48, top - 52)
    rows = []
    for i, item in enumerate(ITEMS):
        y = top - 92 - 32 * i
        axes.text(46, y, item, va="center")
        axes.plot([28], [y], "s", ms=17, mfc=PAPER, mec=INK, mew=1.3)
        rows.append(moving_text(axes, 28, y - 0.5, ha="center", weight="bold", fontsize=13))
    total = moving_text(axes, 22, 74, weight="bold", fontsize=12.5)
    axes.text(8, 32, CAVEAT, weight="bold", fontsize=12.5, va="center")
    axes.text(8, 14, "It says what happened to others.", va="center")

    left, bottom, wide, high = 302.0, 200.0, 304.0, top - 200.0 - 26
    chart = fig.add_axes((left / width, bottom / top, wide / width, high / top))
    chart.set(xlim=(-0.5, 6.5), ylim=(-4, 104), xticks=range(7), yticks=range(0, 101, 25))
    chart.set(xlabel="DELTA-P score", ylabel="Cancer found\n(people of 100)")
    chart.set_title("Real people with each score, in two studies")
    for score in range(7):
        risk = cancer_risk(score)
        low, high_ = risk.prospective.interval_percent
        chart.plot([score + 0.12] * 2, [low, high_], color=INK, lw=2, marker="_", ms=8, mew=2)
        chart.plot([score + 0.12], [risk.prospective.percent], "D", ms=7, color=INK)
        if risk.development_percent:
            ends = risk.development_percent
            middle = sum(ends) / 2
            chart.plot([score - 0.2], [middle], "s", ms=7, mfc=PAPER, mec=GREY, mew=1.8)
        else:
            chart.text(score - 0.2, 3, "?", ha="center", color=GREY, weight="bold", fontsize=12)
    key_y = 152.0
    axes.plot([left + 4], [key_y], "D", ms=7, color=INK)
    axes.text(left + 14, key_y, "checked later, with 95 % interval", va="center")
    axes.plot([left + 4], [key_y - 17], "s", ms=7, mfc=PAPER, mec=GREY, mew=1.8)
    axes.text(left + 14, key_y - 17, "where developed (? not known to us)", va="center")
    # A frame, not a filled band: what moves is drawn on top of what does not.
    band = chart.axvspan(0, 1, fc="none", ec=INK, lw=2, animated=True)
    kept = figures.upright(chart, ls=(0, (4, 2)))
    head = moving_text(axes, left - 44, 110, weight="bold")
    show = people.crowd(axes, people.rows_of(20, 2, left - 44, 100, 26, 38), size=31)
    side = moving_text(axes, left - 44, 12)

    def update(now: Scored, compared: Scored | None, label: str) -> None:
        counted = now.risk.prospective
        name.set_text(now.person)
        age.set_text(f"LEMS began at {now.case.age_at_onset_years:.0f}")
        for mark, on in zip(rows, now.case.items.values(), strict=True):
            mark.set_text("✓" if on else "–")
        total.set_text(f"DELTA-P score: {now.case.score} of 6")
        band.set_x(now.case.score - 0.45)
        band.set_width(0.9)
        kept.set_visible(compared is not None)
        kept.set_xdata([(now if compared is None else compared).case.score] * 2)
        show(counted.count, of=counted.of)
        head.set_text(f"The {counted.of} people who scored {now.case.score} when it was checked:")
        side.set_text(
            f"{counted.count} with lung cancer found, {counted.of - counted.count} without"
        )

    return update
