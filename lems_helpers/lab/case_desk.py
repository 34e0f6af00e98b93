"""A laboratory's report on one screen: traces, a raster or words, and bars of what is usual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from lems_helpers.clinic.casebook import Case
from lems_helpers.clinic.cases import (
    ABNORMAL_PAIRS,
    BLOOD,
    DECREMENT_CUT,
    DRUG,
    EFFORT,
    FAST,
    INCREMENT_CUT,
    LOW_CMAP_MV,
    NEEDLE,
    NORMAL_PAIRS,
    PAIRS,
    REST,
    SLOW,
    Result,
)
from lems_helpers.clinic.electrodiagnosis import AFTER_EFFORT_S
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.muscle import cmap

from . import figures
from .schematic import box, canvas
from .style import GREY, INK, PAPER

ACROSS, UP, DOWN = 10.0, 6.5, 4.9  # squares of the screen
MV_PER_SQUARE = 2.0
_RULE, _USUAL = "#D5DDE3", "#D3E9E0"
_WAVE_MS = np.arange(0.0, 19.5, 0.5)
SWEEPS = 18  # of a pair of fibres, as many as the screen has room for
SPAN_MS = 0.5  # of a square of the raster


@dataclass(frozen=True, eq=False)
class Desk:
    """One person and one result."""

    case: Case
    result: Result

    @property
    def who(self) -> str:
        """Patient with a letter, or what is known of them."""
        name = self.case.name
        return f"Patient {name}" if len(name) == 1 else f"A {name}"


@lru_cache(maxsize=1)
def _wave() -> np.ndarray:
    """One answer of height 1 at `_WAVE_MS`."""
    return cmap(human().muscle.__class__(cmap_full_mV=1.0), _WAVE_MS, 1.0)


@dataclass(frozen=True)
class _Layout:
    """Where the answers of a test stand on the screen, and what is written under them."""

    squares: tuple[float, ...]
    ms_per_square: float
    names: tuple[str, ...] = ()


_LAYOUT = {
    REST: _Layout((2.6,), 4.0, ("one shock",)),
    SLOW: _Layout(tuple(range(10)), 20.0, tuple(str(i) for i in range(1, 11))),
    EFFORT: _Layout(
        (0, *range(4, 10)), 20.0, ("at rest", *(f"{t:g} s after" for t in AFTER_EFFORT_S))
    ),
    FAST: _Layout(tuple(i / 5 for i in range(50)), 100.0),
    DRUG: _Layout(tuple(range(10)), 20.0, tuple("12345") * 2),
}
_NOTE = {
    REST: "One shock to a rested muscle",
    SLOW: "Ten shocks, three in a second",
    EFFORT: "One shock at rest, ten seconds of full effort, then a shock now and then",
    FAST: "Fifty shocks in a second",
    DRUG: "Five shocks, three a second: before the dose (left), an hour after it (right)",
    NEEDLE: "Two fibres of one nerve cell; each row is one impulse; ✕ = the second did not fire",
    BLOOD: "",
}


def trace(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Return the answers as one line on the screen, in squares; empty where there are none."""
    if result.test not in _LAYOUT:
        return np.empty(0), np.empty(0)
    layout = _LAYOUT[result.test]
    keep = slice(None, None, 2) if result.test == FAST else slice(None)
    x = np.array(layout.squares)[:, None] + _WAVE_MS[keep] / layout.ms_per_square
    y = result.cmap_mV[:, None] * _wave()[keep] / MV_PER_SQUARE
    return x.ravel(), y.ravel()


def peaks(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Return the peaks alone, for a train too dense to lay one over another."""
    layout = _LAYOUT[result.test]
    at = _WAVE_MS[_wave().argmax()] / layout.ms_per_square
    return np.array(layout.squares) + at, result.cmap_mV / MV_PER_SQUARE


def sweeps(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Return a typical pair: when its second fibre fired after the first, in ms, and which rows.

    Only impulses that fired the first fibre are recorded, as a machine is triggered by it.

    Returns
    -------
    numpy.ndarray, shape (rows,)
        Interval in ms, of the pair's own mean, NaN where the second fibre was blocked.
    numpy.ndarray, shape (rows,)
        Which impulse each row is.
    """
    latency = result.study.latency_ms  # (impulses, pairs, 2)
    fired = np.isfinite(latency)
    both = fired.all(axis=2).sum(axis=0)
    worth = np.nan_to_num(result.study.jitter_us, nan=np.inf)
    order = np.lexsort((worth, both < 2))
    usable = int((both >= 2).sum())
    pair = order[usable // 2] if usable else int(fired[..., 0].sum(axis=0).argmax())
    rows = np.flatnonzero(fired[:, pair, 0])[:SWEEPS]
    interval = latency[rows, pair, 1] - latency[rows, pair, 0]
    seen = np.isfinite(interval)
    return interval - (interval[seen].mean() if seen.any() else 0.0), rows


_SPIKE = np.array([[-0.12, 0.0], [-0.04, 0.44], [0.05, -0.17], [0.14, 0.0]])
_FIRST_AT, _SECOND_AT = 2.0, 6.0


def _raster(result: Result) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return the rows of the raster, and where its crosses are, in squares of the screen."""
    interval, _ = sweeps(result)
    y = np.linspace(UP - 1.7, 0.4 - DOWN, SWEEPS)[: interval.size]
    second = np.clip(_SECOND_AT + interval / SPAN_MS, _FIRST_AT + 0.5, ACROSS - 0.3)
    blocked = ~np.isfinite(interval)
    rows = []
    for row, at, no in zip(y, second, blocked, strict=True):
        spikes = np.concatenate([place + _SPIKE for place in ([_FIRST_AT, 0], [at, 0])[: 2 - no]])
        rows.append(np.vstack([(0.0, 0.0), spikes, (ACROSS, 0.0)]) + np.array([0.0, row]))
    return rows, np.full(blocked.sum(), _SECOND_AT), y[blocked]


# Gauges -----------------------------------------------------------------------------------


def _root(x):
    """Scale on which both a decrement of 10 % and an increment of 500 % can be seen."""
    return np.sign(x) * np.sqrt(np.abs(x))


def _square(x):
    return np.sign(x) * np.square(x)


@dataclass(frozen=True)
class _Gauge:
    title: str
    limits: tuple[float, float]
    usual: tuple[float, float]
    ticks: tuple[float, ...]
    unit: str


_GAUGES = (
    _Gauge("First answer (mV)", (0, 14), (LOW_CMAP_MV, 14), (0, 3, 6, 9, 12), "mV"),
    _Gauge(
        "Change: fall ◂ 0 ▸ growth (%)",
        (-60, 600),
        (-DECREMENT_CUT, INCREMENT_CUT),
        (-60, -10, 0, 60, 200, 500),
        "%",
    ),
    _Gauge(
        f"Abnormal pairs, of {PAIRS}",
        (-0.6, PAIRS + 0.6),
        (-0.6, NORMAL_PAIRS + 0.5),
        (0, 2, 5, 10, 15, 20),
        "pairs",
    ),
)


def readings(result: Result) -> tuple[float | None, ...]:
    """Return what each gauge shows; None where the test does not measure it."""
    first = float(result.cmap_mV[0]) if result.cmap_mV.size else None
    m = result.measures
    change = -m["decrement"] if "decrement" in m else m.get("increment")
    return first, change, m.get("abnormal pairs")


def _gauge(axes: Axes, gauge: _Gauge) -> Callable[..., None]:
    if gauge.limits[0] < -10:
        axes.set_xscale("function", functions=(_root, _square))
    axes.set(xlim=gauge.limits, ylim=(0, 1), yticks=())
    axes.set_xticks(gauge.ticks, [f"{tick:g}".replace("-", "−") for tick in gauge.ticks])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    axes.set_title(gauge.title, fontsize=10.5)
    axes.axvspan(*gauge.usual, color=_USUAL, lw=0)
    place = gauge.usual[1] + 0.3 if gauge.unit == "pairs" else 0.5 * gauge.usual[1] + 3.0
    if gauge.unit == "%":
        place = 5.0  # the middle, on a scale of roots
    axes.text(
        place, 0.06, "usual", ha="left" if gauge.unit == "pairs" else "center", va="bottom", size=10
    )
    other = figures.line(axes, "ghost", marker="D", ms=8, mfc=PAPER, mew=1.8, ls="", zorder=3)
    other.set_clip_on(False)
    now = figures.line(axes, "voltage", marker="o", ms=11, ls="", zorder=4)
    now.set_clip_on(False)
    nothing = figures.text(axes, 0.5, 0.66, ha="center", va="center", color=GREY)

    def update(value: float | None, compared: float | None) -> None:
        for artist, x in ((now, value), (other, compared)):
            artist.set_data(
                *([[], []] if x is None else [[float(np.clip(x, *gauge.limits))], [0.66]])
            )
        nothing.set_text("" if value is not None or compared is not None else "not measured here")

    return update


def draw_desk(fig: Figure):
    """Draw the screen and the gauges; returns ``update(now, compared, label)``."""
    page = canvas(fig)
    wide, high = fig.get_size_inches() * 72
    page.add_patch(box(4, 4, wide - 8, high - 8, 10, fc="#F6F8FA", ec=INK, lw=1.2))
    at = {"transform": page.transData, "va": "center"}
    who = figures.text(page, 20, high - 24, size=12.5, weight="bold", **at)
    page.text(wide - 20, high - 24, "fictional", ha="right", va="center", style="italic")
    story = figures.text(page, 20, high - 44, **at)
    note = figures.text(page, 20, high - 66, **at)
    scale = figures.text(page, wide - 20, high - 66, ha="right", color=GREY, **at)

    left, right, bottom, top = 20, wide - 20, 152, high - 80
    screen = fig.add_axes(
        (left / wide, bottom / high, (right - left) / wide, (top - bottom) / high)
    )
    screen.set(xlim=(0, ACROSS), ylim=(-DOWN, UP), xticks=(), yticks=(), facecolor=PAPER)
    for side in ("top", "right"):
        screen.spines[side].set_visible(True)
    screen.vlines(np.arange(1, ACROSS), -DOWN, UP, color=_RULE, lw=0.8, zorder=1)
    # The highest square is left to the key.
    screen.hlines(np.arange(np.ceil(-DOWN), UP - 1), 0, ACROSS, color=_RULE, lw=0.8, zorder=1)
    on = {"transform": screen.transData}
    ghost = figures.line(screen, "ghost", ls=(0, (4, 2)), lw=1.6, zorder=2.1)
    line = figures.line(screen, "voltage", lw=1.8, zorder=2.2)
    rows = LineCollection([], colors=INK, linewidths=1.5, animated=True, zorder=2.2)
    screen.add_collection(rows, autolim=False)
    crosses = figures.line(screen, "release", marker="X", ms=10, mec=PAPER, ls="", zorder=2.3)
    divider = figures.line(screen, "ghost", lw=1.5, ls=":", zorder=2.0)
    effort = figures.line(screen, "force", lw=9, alpha=0.35, solid_capstyle="butt", zorder=2.0)
    effort_name = figures.text(screen, 2.5, -1.35, ha="center", va="center", **on)
    names, values = (
        [figures.text(page, 0, bottom - below, ha="center", weight=weight, **at) for _ in range(10)]
        for below, weight in ((30, "normal"), (13, "bold"))
    )
    key_dash = figures.line(screen, "ghost", ls=(0, (4, 2)), lw=1.6, zorder=2.4)
    key_name = figures.text(screen, 8.35, UP - 0.5, va="center", color=GREY, **on)
    columns = [
        figures.text(screen, x, UP - 0.6, ha="center", va="center", **on)
        for x in (_FIRST_AT, _SECOND_AT)
    ]
    words = [
        figures.text(screen, 5.0, y, ha="center", va="center", size=size, weight=weight, **on)
        for y, size, weight in ((3.9, 11.5, "normal"), (2.2, 19, "bold"), (0.0, 10.5, "normal"))
    ]

    gauges = []
    for x, width, gauge in zip((0.035, 0.325, 0.715), (0.235, 0.335, 0.25), _GAUGES, strict=True):
        axes = fig.add_axes((x, 46 / high, width, 34 / high), facecolor="none")
        gauges.append(_gauge(axes, gauge))
    page.plot([0.37 * wide] * 2, [14, 14], "o", color=INK, ms=9)
    page.text(0.37 * wide + 10, 14, "now", va="center")
    page.plot([0.46 * wide], [14], "D", ms=7, mfc=PAPER, mec=GREY, mew=1.8)
    compared_name = figures.text(page, 0.46 * wide + 10, 14, color=GREY, **at)

    def update(now: Desk, compared: Desk | None, label: str) -> None:
        result, test = now.result, now.result.test
        who.set_text(f"{now.who}  ·  {test}")
        story.set_text(now.case.story)
        note.set_text(_NOTE[test])
        scale.set_text(_scale_words(test))
        same = compared is not None and compared.result.test == test
        shape = peaks if test == FAST else trace
        ghost.set_data(*(shape(compared.result) if same else ([], [])))
        line.set_data(*trace(result))
        segments, *at_crosses = _raster(result) if test == NEEDLE else ([], [], [])
        rows.set_segments(segments)
        crosses.set_data(*at_crosses)
        has_ghost = same and test in _LAYOUT
        key_name.set_text((label + (" (peaks)" if test == FAST else "")) if has_ghost else "")
        key_dash.set_data(*(([7.6, 8.2], [UP - 0.5] * 2) if has_ghost else ([], [])))
        for text, said in zip(columns, ("first fibre", "second fibre"), strict=True):
            text.set_text(said if segments else "")
        divider.set_data(*(([4.94, 4.94], [-DOWN, UP]) if test == DRUG else ([], [])))
        effort.set_data(*(([1.15, 3.8], [-0.6] * 2) if test == EFFORT else ([], [])))
        effort_name.set_text("10 s of full effort" if test == EFFORT else "")
        _label(names, values, result, left, (right - left) / ACROSS)
        _say(words, result)
        for set_gauge, value, other in zip(
            gauges,
            readings(result),
            readings(compared.result) if compared else (None,) * 3,
            strict=True,
        ):
            set_gauge(value, other)
        compared_name.set_text(label if compared else "")

    return update


def _label(names, values, result: Result, left: float, square_pt: float) -> None:
    layout = _LAYOUT.get(result.test)
    for text in (*names, *values):
        text.set_text("")
    if layout is None or not layout.names:
        return
    for i, (square, word) in enumerate(zip(layout.squares, layout.names, strict=True)):
        x = left + square_pt * (square + 9.0 / layout.ms_per_square)
        for text, said in ((names[i], word), (values[i], f"{result.cmap_mV[i]:.1f}")):
            text.set_x(x)
            text.set_text(said)


def _say(words, result: Result) -> None:
    said = ("", "", "")
    if result.test == BLOOD:
        said = (
            "P/Q-type calcium-channel antibody in the blood",
            "POSITIVE" if result.positive else "NEGATIVE",
            "Positive in 62 of 65 people with LEMS, and in 3.4 of 100 with other illness\n"
            "(Lennon et al. 1995; Zalewski et al. 2016)",
        )
    elif result.test == NEEDLE and not sweeps(result)[0].size:
        said = ("", "", "This pair gave no answer at all.")
    for text, one in zip(words, said, strict=True):
        text.set_text(one)


def _scale_words(test: str) -> str:
    if test == BLOOD:
        return ""
    if test == NEEDLE:
        return f"one square: {SPAN_MS:g} ms"
    return f"one square: {_LAYOUT[test].ms_per_square:g} ms, {MV_PER_SQUARE:g} mV"


def usual(test: str) -> str:
    """Say what the laboratory calls usual."""
    first = f"usual is {LOW_CMAP_MV:g} mV or more"
    return {
        REST: first,
        SLOW: f"{first} and a decrement below {DECREMENT_CUT:g} %",
        EFFORT: f"{first} and an increment below {INCREMENT_CUT:g} %",
        FAST: f"{first} and an increment below {INCREMENT_CUT:g} %",
        DRUG: f"{first} and a decrement below {DECREMENT_CUT:g} %",
        NEEDLE: f"up to {NORMAL_PAIRS} is usual, {ABNORMAL_PAIRS} or more is abnormal",
        BLOOD: "positive in 62 of 65 people with LEMS and in 3.4 of 100 others",
    }[test]
