"""03: when and how much calcium enters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from lems_helpers.clinic.disease import lems
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.calcium_channels import (
    LI2007,
    PITTSBURGH,
    ever_open_probability,
    ions_per_opening_channel,
    sample_openings,
    single_channel_current_pA,
)
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.influx import (
    T_MS,
    AverageChannel,
    Influx,
    average_channel,
    ions_entered,
    terminal_influx,
)
from lems_helpers.physiology.junction import mouse

from .. import figures
from ..controls import Choice, Seed, Slider
from ..exercises import Exercise, Function, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import BLUE, GREY, VERMILLION
from ..words import amount

SHARE = Slider("share", "Channels remaining", "%", 0, 100, 1, 40)
WIDTH = Slider("width", "Impulse width", "times normal", 1.0, 1.6, 0.1, 1.0)
ZONES = {"10 (40 channels)": 10, "100 (400 channels)": 100, "850 (3,400 channels)": 850}
SCHEMES = {"P/Q-type, junction model": PITTSBURGH, "P/Q-type, brain synapse": LI2007}
ROWS = 40
SHOWN_MS = (0.3, 1.7)


# -- 1. why the current peaks late -----------------------------------------------------------------


@checked(lambda: LATE_PEAK)
def late_peak(width: float, scheme: str, hold_force: str) -> AverageChannel:
    return average_channel(SCHEMES[scheme], Impulse(width=width), hold_force=hold_force == HELD)


FREE, HELD = "as it is", "held at its resting value"


def draw_late_peak(fig: Figure):
    volt, prob, force, current = fig.subplots(4, 1, sharex=True)
    volt.set(ylabel="Voltage\n(mV)", ylim=(-80, 45), yticks=(-70, 0, 30))
    volt.set_title("Nerve impulse in the terminal")
    prob.set(ylabel="Open\n(%)", ylim=(0, 32), yticks=(0, 15, 30))
    prob.set_title("Share of calcium channels open")
    force.set(ylabel="Force\n(mV)", ylim=(0, 145), yticks=(0, 60, 130))
    force.set_title("Driving force on calcium: distance from +60 mV")
    current.set(ylabel="Current\n(pA)", ylim=(-0.09, 0.008), yticks=(-0.08, -0.04, 0))
    current.set_title("Mean current of one channel = open share × conductance × force")
    current.set(xlabel="Time (ms)", xlim=SHOWN_MS)
    traces = [
        figures.pair(axes, quantity)
        for axes, quantity in (
            (volt, "voltage"),
            (prob, "channel"),
            (force, "voltage"),
            (current, "calcium"),
        )
    ]
    set_key = figures.key(volt, 0.84, y=0.8, gap=0.22)
    impulse_peak = [figures.upright(axes) for axes in (volt, prob, force, current)]
    current_peak = [
        figures.upright(axes, color=VERMILLION, linestyle="-")
        for axes in (volt, prob, force, current)
    ]
    note = figures.text(current, 0.99, 0.3, color=VERMILLION, ha="right")

    def curves(result: AverageChannel) -> list:
        return [
            result.voltage_mV,
            100 * result.open_probability,
            result.driving_force_mV,
            result.current_pA,
        ]

    def update(now: AverageChannel, compared: AverageChannel, label: str) -> None:
        for set_pair, y, other in zip(traces, curves(now), curves(compared), strict=True):
            set_pair((now.t_ms, y), (compared.t_ms, other))
        set_key(label)
        for mark in impulse_peak:
            mark.set_xdata([now.t_ms[now.voltage_mV.argmax()]] * 2)
        for mark in current_peak:
            mark.set_xdata([now.t_ms[now.current_pA.argmin()]] * 2)
        note.set_text(f"current peaks {delay_words(now)}")

    return update


def delay_words(result: AverageChannel) -> str:
    delay = round(result.delay_ms, 3)
    if delay == 0:
        return "with the impulse"
    return f"{abs(delay):.3f} ms {'after' if delay > 0 else 'before'} the impulse does"


def describe_late_peak(result: AverageChannel) -> Reading:
    percent = 100 * float(result.open_probability.max())
    return Reading(
        f"The calcium current peaks {delay_words(result)}, at {-result.peak_pA:.4f} pA inward per "
        f"channel; at most {percent:.1f} % of channels are open at once.",
        {
            "Impulse peak": f"{result.voltage_mV.max():.0f} mV",
            "Most channels open": f"{percent:.1f} %",
            "Peak current per channel": f"{result.peak_pA:.4f} pA",
            "Current peak after impulse peak": f"{result.delay_ms:.3f} ms",
        },
    )


LATE_PEAK = Panel(
    name="late_peak",
    question="When, during an impulse, does most calcium flow, and why then?",
    controls=(
        WIDTH,
        Choice("hold_force", "Driving force", (FREE, HELD), FREE),
        Choice("scheme", "Channel model", tuple(SCHEMES), next(iter(SCHEMES))),
    ),
    compute=late_peak,
    draw=draw_late_peak,
    describe=describe_late_peak,
    call=lambda width, scheme, hold_force: (
        f"average_channel({'LI2007' if SCHEMES[scheme] is LI2007 else 'PITTSBURGH'}, Impulse(width={width:g}), "
        f"hold_force={hold_force == HELD}).delay_ms"
    ),
    shows="Four stacked graphs on one time axis: voltage, share of channels open, driving force on "
    "calcium, and mean current of one channel; upright lines mark both peaks.",
    presets={"Healthy": {"width": 1.0}, "Potassium channels blocked": {"width": 1.4}},
    compare={},
    compare_label="healthy",
    compare_follows=("scheme",),
    prediction=Prediction(
        "When is the calcium current largest?",
        (
            "While the impulse is still rising",
            "At the very peak of the impulse",
            "While the impulse is already falling",
        ),
        judge=lambda now, _: 2 if now.delay_ms > 0.03 else 0 if now.delay_ms < -0.03 else 1,
        because="Channels are slow to open, and near the peak the pull on calcium is at its "
        "weakest. The large flow comes when both are there: on the way down.",
    ),
    leaves_out="The closed form of the impulse, its temperature (about 22 °C) and a pull that fades in a "
    "straight line to nil at +60 mV are simplifications. Real channels also inactivate.",
    sources=("Dittrich2013", "PyNEUCell", "Li2007"),
    height_in=6.0,
)


# -- 2. single channels ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Channels:
    """A sample of single channels in one impulse, and what they add up to."""

    share: float
    count: int
    present: np.ndarray  # (rows,) whether each channel shown survived
    rows: np.ndarray  # (openings shown,) its channel
    opened_ms: np.ndarray
    closed_ms: np.ndarray
    opening_count: int
    current_pA: np.ndarray  # (times,)
    expected_pA: np.ndarray
    entered: np.ndarray  # ions so far
    expected_entered: np.ndarray


@checked(lambda: SINGLE_CHANNELS)
def single_channels(share: float, zones: str, seed: int) -> Channels:
    count = 4 * ZONES[zones]
    sampled = max(count, ROWS)
    rng = np.random.default_rng(seed)
    # One uniform per channel: moving the slider removes channels one by one, the rest stay.
    present = rng.random(sampled) < share / 100
    impulse = Impulse()
    openings = sample_openings(PITTSBURGH, impulse, sampled, rng)
    kept = present[openings.channel]
    counted = kept & (openings.channel < count)
    opened, closed = openings.open_ms, openings.close_ms
    is_open = np.searchsorted(np.sort(opened[counted]), T_MS, "right") - np.searchsorted(
        np.sort(closed[counted]), T_MS, "right"
    )
    current = is_open * single_channel_current_pA(impulse.voltage_mV(T_MS))
    expected = count * share / 100 * average_channel().current_pA
    shown = kept & (openings.channel < ROWS)
    return Channels(
        share,
        count,
        present[:ROWS],
        openings.channel[shown],
        opened[shown],
        closed[shown],
        len(np.unique(openings.channel[counted])),
        current,
        expected,
        ions_entered(T_MS, current),
        ions_entered(T_MS, expected),
    )


def spread_of_openings(channels: int) -> float:
    """How far from their mean 95 of 100 impulses stay, in channels that open."""
    p = ever_open_probability(PITTSBURGH, Impulse())
    return 1.96 * float(np.sqrt(channels * p * (1 - p)))


def draw_single_channels(fig: Figure):
    raster, current, entered = fig.subplots(3, 1, sharex=True, height_ratios=(2.2, 1, 1))
    raster.set(ylabel="Channel", ylim=(ROWS + 0.5, -0.5), yticks=(1, 10, 20, 30, 40))
    raster.set_title("Forty single channels in one impulse: a bar where open, × where lost")
    current.set(ylabel="% of the\nhealthy peak", ylim=(-250, 15), yticks=(-200, -100, 0))
    current.set_title("Their current, added up")
    entered.set(ylabel="% of the\nhealthy total", ylim=(0, 220), yticks=(0, 100, 200))
    entered.set_title("Calcium ions that have entered")
    entered.set(xlabel="Time (ms)", xlim=SHOWN_MS)
    alive = raster.hlines([], 0, 1, colors="#B0B0B0", linewidth=0.7, animated=True)
    bars = raster.hlines([], 0, 1, colors=BLUE, linewidth=3.2, animated=True)
    lost = figures.line(raster, "lost", marker="x", linestyle="", markersize=5, markeredgewidth=1.5)
    set_current = figures.pair(current, "calcium")
    set_entered = figures.pair(entered, "calcium")
    note = figures.text(entered, 0.99, 0.8, ha="right")
    key = figures.text(current, 0.99, 0.15, ha="right", color=GREY)
    kept = [figures.line(axes, "ghost", lw=1.1, zorder=2.0) for axes in (current, entered)]

    def update(now: Channels, compared: Channels, label: str) -> None:
        rows = np.arange(1, ROWS + 1)
        left, right = SHOWN_MS
        alive.set_segments([[(left, y), (right, y)] for y in rows[now.present]])
        bars.set_segments(
            [
                [(a, y + 1), (b, y + 1)]
                for a, b, y in zip(now.opened_ms, now.closed_ms, now.rows, strict=True)
            ]
        )
        gone = rows[~now.present]
        lost.set_data(np.full(len(gone), left + 0.02), gone)
        # Against the mean healthy impulse of as many channels: what one impulse does wanders
        # about it, the more so the fewer the channels.
        healthy = average_channel()
        full = now.count * healthy.peak_pA
        total = now.count * ions_entered(T_MS, healthy.current_pA)[-1]
        set_current((T_MS, -100 * now.current_pA / full), (T_MS, -100 * now.expected_pA / full))
        set_entered((T_MS, 100 * now.entered / total), (T_MS, 100 * now.expected_entered / total))
        note.set_text(f"{now.entered[-1]:,.0f} ions this time")
        key.set_text("dashed: the average impulse" + (", thin: kept" if label == "kept" else ""))
        for trace in kept:
            trace.set_data([], [])
        if label == "kept":
            kept[0].set_data(T_MS, -100 * compared.current_pA / full)
            kept[1].set_data(T_MS, 100 * compared.entered / total)

    return update


def describe_single_channels(result: Channels) -> Reading:
    left = result.share / 100 * result.count
    return Reading(
        f"This time {result.opening_count:,} of {result.count:,} channels opened and "
        f"{result.entered[-1]:,.0f} calcium ions entered; the average impulse lets in "
        f"{result.expected_entered[-1]:,.0f}.",
        {
            "Channels remaining, on average": f"{left:,.0f} of {result.count:,}",
            "Channels that opened": f"{result.opening_count:,}",
            "Ions this time": f"{result.entered[-1]:,.0f}",
            "Ions on average": f"{result.expected_entered[-1]:,.0f}",
        },
    )


SINGLE_CHANNELS = Panel(
    name="single_channels",
    question="What does each single channel do, and how does the smooth current arise?",
    controls=(
        replace(SHARE, default=100),
        Choice("zones", "Active zones added up", tuple(ZONES), "10 (40 channels)"),
        Seed(),
    ),
    compute=single_channels,
    draw=draw_single_channels,
    describe=describe_single_channels,
    call=lambda share, zones, seed: (
        f"single_channels({share:g}, {zones!r}, seed={seed}).entered[-1]"
    ),
    shows="Forty rows, one per calcium channel, with a bar while it is open and a cross where it is "
    "lost; below, the summed current and the calcium that has entered, with the average dashed.",
    presets={"Healthy": {"share": 100}, "LEMS": {"share": 40}},
    compare={"share": 100},
    compare_follows=("zones", "seed"),
    prediction=Prediction(
        "Ten impulses reach 40 healthy channels. Does the number that open stay the same?",
        ("Yes, it is the same each time", "It varies by one or two", "It varies widely"),
        judge=lambda _, __: (
            0 if spread_of_openings(ROWS) == 0 else 1 if spread_of_openings(ROWS) <= 2 else 2
        ),
        because="Each channel opens by chance, about one time in six. Of 40 channels, anything from 3 to 12 "
        "is common. No two impulses are the same.",
    ),
    leaves_out="Each channel gates on its own; the order of the rows means nothing. Which channels "
    "are lost is drawn by chance; in patients the antibodies decide. 40 left of 100 is an example, not "
    "a measurement.",
    sources=("Dittrich2013", "PyNEUCell", "Luo2011", "Ruiz2011"),
    height_in=6.4,
)


# -- 3. channels remaining ------------------------------------------------------------------------


@checked(lambda: CHANNELS_REMAINING)
def channels_remaining(share: float, calcium_mM: float) -> Influx:
    return terminal_influx(lems(mouse(), channel_survival=share / 100).with_(calcium_mM=calcium_mM))


def draw_channels_remaining(fig: Figure):
    wave, line = fig.subplots(1, 2)
    wave.set(xlabel="Time (ms)", ylabel="Calcium current of the terminal (pA)")
    wave.set(xlim=SHOWN_MS, ylim=(-205, 12))
    wave.set_title("The current of one impulse")
    set_wave, set_key = figures.pair(wave, "calcium"), figures.key(wave, 0.62, 0.3, gap=0.07)
    line.set(xlabel="Channels remaining (%)", ylabel="Calcium entering (% of healthy)")
    line.set(xlim=(0, 103), ylim=(0, 160), xticks=range(0, 101, 20))
    line.set_title("The calcium it brings")
    measured = measurement("igg_current_loss")
    line.axhspan(100 - measured.high, 100 - measured.low, color="#E8E8E8", zorder=0)
    line.axhline(100 - measured.value, color=GREY, lw=1.5, ls="-.", zorder=1)
    line.text(
        3, 100 - measured.low + 3, "measured with LEMS antibodies\n(Kim & Neher 1988)", color=GREY
    )
    course = figures.line(line, "calcium")
    here = figures.line(line, "calcium", marker="o", markersize=9)
    label_here = figures.text(line, 0, 0, transform=line.transData, ha="right", va="bottom")

    def update(now: Influx, compared: Influx, label: str) -> None:
        set_wave((T_MS, now.current_pA), (T_MS, compared.current_pA))
        set_key(label)
        slope = now.percent_of_healthy / now.percent_left if now.percent_left else 0.0
        course.set_data([0, 100], [0, 100 * slope])
        here.set_data([now.percent_left], [now.percent_of_healthy])
        label_here.set_position((max(now.percent_left - 3, 20), now.percent_of_healthy + 2))
        label_here.set_text(amount(now.percent_of_healthy, "%"))

    return update


def describe_channels_remaining(result: Influx) -> Reading:
    return Reading(
        f"With {result.percent_left:.0f} % of the channels, one impulse brings in "
        f"{result.ions:,.0f} calcium ions, {amount(result.percent_of_healthy, '%')} of the healthy "
        "number; the current's timing is unchanged.",
        {
            "Channels remaining": f"{result.percent_left:.0f} %",
            "Peak current": amount(result.current_pA.min(), "pA"),
            "Ions per impulse": f"{result.ions:,.0f}",
            "Of healthy": amount(result.percent_of_healthy, "%"),
        },
    )


CHANNELS_REMAINING = Panel(
    name="channels_remaining",
    question="When antibodies remove channels, what happens to the current?",
    controls=(SHARE, Slider("calcium_mM", "Outside calcium", "mM", 0, 4, 0.1, 2)),
    compute=channels_remaining,
    draw=draw_channels_remaining,
    describe=describe_channels_remaining,
    call=lambda share, calcium_mM: (
        f"terminal_influx(lems(mouse(), channel_survival={share / 100:g})"
        f".with_(calcium_mM={calcium_mM:g})).ions"
    ),
    shows="Left, calcium current of the whole terminal against time; right, calcium entering against "
    "channels remaining, a straight line, with the share measured under LEMS antibodies.",
    presets={"Healthy": {"share": 100}, "LEMS": {"share": 40}},
    compare={"share": 100},
    prediction=Prediction(
        "Of 100 channels, 40 are left. What becomes of the calcium that enters?",
        (
            "About 40 of 100 parts still enter, at the same moment",
            "About 40 of 100 parts still enter, but later",
            "Only a small trickle, 5 of 100 parts or less",
        ),
        judge=lambda now, healthy: (
            2
            if now.percent_of_healthy < 20
            else int(now.current_pA.argmin() != healthy.current_pA.argmin())
        ),
        because="Each channel works on its own and as before; there are just fewer of them.",
    ),
    leaves_out="Antibodies lower the number of channels; the model does not slow or change those left. "
    "The measured band comes from bovine adrenal cells, not from human nerve endings. 40 left of 100 is "
    "an example, not a measurement.",
    sources=("KimNeher1988", "Ruiz2011", "Dittrich2013", "PyNEUCell"),
    height_in=3.9,
)


# -- exercises ------------------------------------------------------------------------------------


def mean_current_pA(open_probability: np.ndarray, voltage_mV: np.ndarray) -> np.ndarray:
    """Return the mean current of one channel."""
    return np.asarray(open_probability) * single_channel_current_pA(voltage_mV)


CURRENT = Exercise(
    name="current",
    title="The current from its parts",
    answer=Function(
        mean_current_pA,
        cases=(
            (0.15, 0.0),
            (0.02, -70.0),
            (1.0, 31.0),
            (np.linspace(0, 0.2, 5), np.linspace(-70, 30, 5)),
        ),
        unit="pA",
        near_misses=(
            (
                lambda p, v: np.asarray(p) * 2.4 * np.asarray(v) / 1000,
                "The current is nil at +60 mV, so the driving force is the voltage minus 60.",
            ),
            (
                lambda p, v: np.asarray(p) * 2.4 * (np.asarray(v) + 60) / 1000,
                "The current is nil at +60 mV: the driving force is the voltage minus 60.",
            ),
            (
                lambda p, v: 2.4 * (np.asarray(v) - 60) / 1000 + 0 * np.asarray(p),
                "That is the current of an open channel; multiply by the open probability.",
            ),
        ),
    ),
    hints=(
        "Mean current = open probability × conductance × driving force.",
        "The driving force is `voltage_mV - 60`: negative, which means inward.",
        "pS × mV = fA. Divide by 1000 for pA.",
    ),
)

IONS = Exercise(
    name="ions",
    title="Ions per opening",
    answer=Number(
        ions_per_opening_channel,
        tolerance=0.03,
        near_misses=(
            (
                lambda right: right * ever_open_probability(PITTSBURGH, Impulse()),
                "That is the mean over all channels; divide by the share that opens.",
            ),
            (lambda right: 2 * right, "A calcium ion carries two elementary charges, not one."),
            (
                lambda right: 2 * right * ever_open_probability(PITTSBURGH, Impulse()),
                "A calcium ion carries two charges; and most channels never open.",
            ),
        ),
    ),
    hints=(
        "A charge is the area under a current: `np.trapezoid(current_pA, t_ms)`.",
        "pA × ms = 10⁻¹⁵ C. Divide by 2 × 1.602 × 10⁻¹⁹ C to count ions, and mind the sign.",
        "That is per channel. Divide by `opening`, the share of channels that open.",
    ),
    because="The published mouse model gives about 260 (PyNEUCell).",
)

OTHER_MODEL = Exercise(
    name="other_model",
    title="Another channel model",
    answer=Number(
        lambda: average_channel(LI2007).delay_ms,
        unit="ms",
        tolerance=0.05,
        near_misses=(
            (
                lambda _: average_channel().delay_ms,
                "That is the delay of the four-state model; give `average_channel` the other one.",
            ),
            (
                lambda _: float(T_MS[average_channel(LI2007).current_pA.argmin()]),
                "That is the time of the current's peak; subtract the time of the impulse's peak.",
            ),
        ),
    ),
    hints=(
        "`other = average_channel(LI2007)` holds `t_ms`, `voltage_mV` and `current_pA`.",
        "`argmax` finds the impulse's peak; the current is inward, so use `argmin` for its own.",
        "Subtract the two times, the impulse's from the current's.",
    ),
)

LESSON = Lesson(
    name="03_calcium_influx",
    panels=(LATE_PEAK, SINGLE_CHANNELS, CHANNELS_REMAINING),
    exercises=(CURRENT, IONS, OTHER_MODEL),
    terms=(
        "voltage-gated calcium channel",
        "P/Q-type",
        "open probability",
        "driving force",
        "tail current",
    ),
    sources=("KimNeher1988", "Lennon1995", "Luo2011", "Li2007"),
)
