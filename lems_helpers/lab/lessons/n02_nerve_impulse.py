"""02: what arrives at the nerve ending."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lems_helpers.clinic.disease import lems
from lems_helpers.clinic.treatment import amifampridine
from lems_helpers.physiology.hodgkin_huxley import (
    HodgkinHuxley,
    MembraneTrace,
    hodgkin_huxley,
    stimulus_threshold_uA_cm2,
)
from lems_helpers.physiology.impulse import (
    Impulse,
    full_width_half_height_ms,
    width_from_amifampridine,
)
from lems_helpers.physiology.influx import (
    T_MS,
    AverageChannel,
    Influx,
    average_channel,
    ions_entered,
    terminal_influx,
)
from lems_helpers.physiology.junction import Junction, mouse

from .. import figures
from ..controls import Slider
from ..exercises import Array, Exercise, Function, Number
from ..lesson import Lesson
from ..membrane_view import axon_membranes, ending_wall
from ..panel import Panel, Prediction, Reading, checked
from ..style import COLOURS, GREY, PAPER

SHOWN_MS = 10.0
NERVE_ENDING_MS = (0.3, 1.7)
DRUG_LABEL = "Level of 3,4-DAP at the nerve ending"


# -- 1. what makes an impulse ---------------------------------------------------------------------

STIMULI = np.arange(0.0, 41.0, 2.0)


@dataclass(frozen=True)
class Made:
    """An impulse of the squid axon, or a stimulus that failed, looked at in one moment."""

    trace: MembraneTrace
    stimulus: float
    sodium_block: float
    moment_ms: float
    sodium_open: float  # share of all sodium channels, in that moment
    potassium_open: float
    peaks_mV: np.ndarray  # highest voltage for each of STIMULI


@lru_cache(maxsize=32)
def peaks_mV(sodium_block: float) -> np.ndarray:
    axons = (HodgkinHuxley(stimulus_uA_cm2=x, sodium_block=sodium_block) for x in STIMULI)
    # A coarse step is fine for dots that are two pixels high.
    return np.array(
        [hodgkin_huxley(axon, duration_ms=SHOWN_MS, dt_ms=0.05).peak_mV for axon in axons]
    )


@lru_cache(maxsize=64)
def _trace(axon: HodgkinHuxley) -> MembraneTrace:
    return hodgkin_huxley(axon, duration_ms=SHOWN_MS)


@checked(lambda: MADE)
def made(stimulus: float, sodium_block: float, moment_ms: float) -> Made:
    axon = HodgkinHuxley(stimulus_uA_cm2=stimulus, sodium_block=sodium_block / 100)
    trace = _trace(axon)
    sodium, potassium = (
        float(np.interp(moment_ms, trace.t_ms, open_mS) / all_mS)
        for open_mS, all_mS in (
            (trace.sodium_mS_cm2, axon.sodium_mS_cm2),
            (trace.potassium_mS_cm2, axon.potassium_mS_cm2),
        )
    )
    peaks = peaks_mV(sodium_block / 100)
    return Made(trace, stimulus, sodium_block, moment_ms, sodium, potassium, peaks)


def draw_made(fig: Figure):
    axes = fig.subplot_mosaic(
        [["voltage", "membrane"], ["conductance", "sizes"]], width_ratios=(1.35, 1)
    )
    voltage, conductance, sizes = (axes[name] for name in ("voltage", "conductance", "sizes"))
    voltage.set(ylabel="Voltage (mV)", ylim=(-82, 55), yticks=(-65, 0, 50), xlim=(0, SHOWN_MS))
    voltage.set_title("Impulse of a squid's axon, 6.3 °C")
    conductance.set(ylabel="Conductance (mS/cm²)", ylim=(-0.5, 36), xlim=(0, SHOWN_MS))
    conductance.set(xlabel="Time (ms)")
    conductance.set_title("How open the two kinds of channel are")
    set_lines = []
    for name, y, mark in (
        ("sodium", 0.9, {}),
        ("potassium", 0.77, {"marker": "o", "ms": 5, "markevery": 0.08}),
    ):
        set_lines.append(figures.pair(conductance, name, **mark))
        where = {"color": COLOURS[name], "transform": conductance.transAxes}
        conductance.plot([0.64, 0.675, 0.71], [y] * 3, **where, **{**mark, "markevery": [1]})
        conductance.text(0.725, y, name, va="center", weight="bold", **where)
    sizes.set(xlabel="Stimulus (µA/cm²)", ylabel="Highest voltage (mV)")
    sizes.set(xlim=(-1, 41.5), ylim=(-82, 55), yticks=(-65, 0, 50))
    sizes.set_title("Stimuli of many strengths")
    set_voltage = figures.pair(voltage, "voltage")
    set_sodium, set_potassium = set_lines
    set_key = figures.key(voltage, 0.56, 0.9, gap=0.13)
    now_line = [figures.upright(a, linewidth=1.7) for a in (voltage, conductance)]
    dots = figures.line(sizes, "voltage", ls="", marker="o", ms=5)
    here = figures.line(sizes, "voltage", ls="", marker="o", ms=13, mfc="none", mew=2.2)
    move_channels = axon_membranes(axes["membrane"])

    def update(now: Made, compared: Made, label: str) -> None:
        a, b = now.trace, compared.trace
        set_voltage((a.t_ms, a.voltage_mV), (b.t_ms, b.voltage_mV))
        set_sodium((a.t_ms, a.sodium_mS_cm2), (b.t_ms, b.sodium_mS_cm2))
        set_potassium((a.t_ms, a.potassium_mS_cm2), (b.t_ms, b.potassium_mS_cm2))
        set_key(label)
        for mark in now_line:
            mark.set_xdata([now.moment_ms] * 2)
        dots.set_data(STIMULI, now.peaks_mV)
        here.set_data([now.stimulus], [a.peak_mV])
        move_channels(now.moment_ms, now.sodium_open, now.potassium_open, now.sodium_block / 100)

    return update


def describe_made(result: Made) -> Reading:
    trace = result.trace
    width = trace.half_width_ms
    lasts = f"{width:.2f} ms" if np.isfinite(width) else "–"
    if trace.fired:
        first = f"starts an impulse that peaks at {trace.peak_mV:.0f} mV and lasts {lasts}."
    else:
        first = f"starts no impulse: the voltage gets no higher than {trace.peak_mV:.0f} mV."
    sodium, potassium = (f"{100 * x:.0f} %" for x in (result.sodium_open, result.potassium_open))
    return Reading(
        f"A stimulus of {result.stimulus:g} µA/cm² {first} At {result.moment_ms:.1f} ms, {sodium} of "
        f"the sodium and {potassium} of the potassium channels are open.".replace("-", "−"),
        {
            "Highest voltage": f"{trace.peak_mV:.1f} mV".replace("-", "−"),
            "Width at half height": lasts,
            "Sodium channels open": f"{sodium} at {result.moment_ms:.1f} ms",
            "Potassium channels open": f"{potassium} at {result.moment_ms:.1f} ms",
        },
    )


def judge_made(now: Made, doubled: Made) -> int:
    rest = now.trace.voltage_mV[0]
    if doubled.trace.peak_mV - rest > 1.5 * (now.trace.peak_mV - rest):
        return 0
    return 1 if doubled.trace.half_width_ms > 1.5 * now.trace.half_width_ms else 2


MADE = Panel(
    name="impulse",
    question="What makes a nerve impulse, and what sets its size?",
    controls=(
        Slider("stimulus", "Stimulus", "µA/cm²", 0, 40, 0.5, 20),
        Slider("sodium_block", "Sodium channels blocked", "%", 0, 100, 5, 0),
        Slider("moment_ms", "Moment shown in the membrane", "ms", 0, 10, 0.1, 3.1),
    ),
    compute=made,
    draw=draw_made,
    describe=describe_made,
    call=lambda stimulus, sodium_block, moment_ms: (
        f"hodgkin_huxley(HodgkinHuxley(stimulus_uA_cm2={stimulus:g}, "
        f"sodium_block={sodium_block / 100:g})).peak_mV"
    ),
    shows="Left, the voltage of a squid's axon and below it its sodium and potassium conductances; "
    "right, channels open and shut at one moment, and the highest voltage against stimulus strength.",
    presets={
        "Healthy": {"stimulus": 20, "sodium_block": 0},
        "Stimulus too weak": {"stimulus": 12, "sodium_block": 0},
        "Most sodium channels blocked": {"stimulus": 20, "sodium_block": 80},
    },
    compare={"stimulus": 40},
    compare_label="stimulus 40, no block",
    prediction=Prediction(
        "A stimulus of 20 starts an impulse. What does a stimulus of 40 do?",
        (
            "It makes the impulse about twice as tall",
            "It makes the impulse last about twice as long",
            "It makes much the same impulse, only sooner",
        ),
        judge=judge_made,
        because="The stimulus only has to open the first sodium channels. From there each one that "
        "opens makes the next more likely to open, and the channels, not the stimulus, do the work.",
    ),
    leaves_out="A patch of a squid's giant axon at 6.3 °C, not a human nerve. The patch does not pass "
    "its impulse on. Each channel drawn stands for very many; which ones open is for show.",
    sources=("HodgkinHuxley1952",),
    height_in=5.6,
)


# -- 2. potassium channels ------------------------------------------------------------------------


@dataclass(frozen=True)
class Widened:
    """Potassium channels blocked in a squid's axon, and by 3,4-DAP at a mouse's nerve ending."""

    block: float
    drug_uM: float
    axon: MembraneTrace
    ending: AverageChannel
    axon_ms: float  # widths at half height
    ending_ms: float
    calcium_percent: float  # of what enters without the drug


@checked(lambda: WIDENED)
def widened(block: float, drug_uM: float) -> Widened:
    axon = _trace(HodgkinHuxley(potassium_block=block / 100))
    impulse = Impulse(width=width_from_amifampridine(drug_uM))
    ending = average_channel(impulse=impulse)
    entered, usual = (
        ions_entered(T_MS, channel.current_pA)[-1] for channel in (ending, average_channel())
    )
    return Widened(
        block,
        drug_uM,
        axon,
        ending,
        axon.half_width_ms,
        full_width_half_height_ms(impulse),
        float(100 * entered / usual),
    )


def draw_widened(fig: Figure):
    (squid, ending), (potassium, calcium) = fig.subplots(2, 2)
    for axes, title in (
        (squid, "Squid's axon, 6.3 °C"),
        (ending, "Mouse nerve ending, about 22 °C"),
    ):
        axes.set_title(title)
        axes.set(ylabel="Voltage (mV)", ylim=(-85, 62), yticks=(-70, 0, 50))
    potassium.set_title("Its potassium conductance")
    potassium.set(ylabel="mS/cm²", ylim=(-0.3, 15), yticks=(0, 5, 10, 15))
    calcium.set_title("Calcium current of one channel")
    calcium.set(ylabel="pA, on average", ylim=(-0.075, 0.006), yticks=(-0.06, -0.03, 0))
    for axes in (squid, potassium):
        axes.set_xlim(0, SHOWN_MS)
    for axes in (ending, calcium):
        axes.set_xlim(*NERVE_ENDING_MS)
    potassium.set_xlabel("Time (ms): ten are shown")
    calcium.set_xlabel("Time (ms): less than two are shown")
    setters = [
        figures.pair(axes, quantity)
        for axes, quantity in (
            (squid, "voltage"),
            (potassium, "potassium"),
            (ending, "voltage"),
            (calcium, "calcium"),
        )
    ]
    set_key = figures.key(squid, 0.56, 0.93, gap=0.12)
    widths = [figures.line(axes, "voltage", lw=1.6, marker="|", ms=9) for axes in (squid, ending)]
    notes = [
        figures.text(axes, 0, 0, transform=axes.transData, va="center") for axes in (squid, ending)
    ]
    enters = figures.text(calcium, 0.99, 0.12, ha="right", color=COLOURS["calcium"])

    def update(now: Widened, compared: Widened, label: str) -> None:
        for set_pair, (x, y), other in zip(setters, _curves(now), _curves(compared), strict=True):
            set_pair((x, y), other)
        set_key(label)
        for mark, note, t, v, width in zip(
            widths,
            notes,
            (now.axon.t_ms, now.ending.t_ms),
            (now.axon.voltage_mV, now.ending.voltage_mV),
            (now.axon_ms, now.ending_ms),
            strict=True,
        ):
            half = 0.5 * (v[0] + v.max())
            begin = t[np.argmax(v > half)]
            mark.set_data([begin, begin + width], [half, half])
            note.set_position((begin + width + 0.06 * (t[-1] - t[0]), half))
            note.set_text(f"{width:.2f} ms" if width > 1 else f"{width:.3f} ms")
        enters.set_text(f"{now.calcium_percent:.0f} % of the usual calcium")

    return update


def _curves(result: Widened) -> list[tuple]:
    axon, ending = result.axon, result.ending
    return [
        (axon.t_ms, axon.voltage_mV),
        (axon.t_ms, axon.potassium_mS_cm2),
        (ending.t_ms, ending.voltage_mV),
        (ending.t_ms, ending.current_pA),
    ]


def describe_widened(result: Widened) -> Reading:
    return Reading(
        f"With {result.block:.0f} % of its potassium channels blocked the squid's impulse lasts "
        f"{result.axon_ms:.2f} ms; with {result.drug_uM:g} µM 3,4-DAP the nerve ending's lasts "
        f"{result.ending_ms:.3f} ms, and {result.calcium_percent:.0f} % of the usual calcium enters.",
        {
            "Squid, width at half height": f"{result.axon_ms:.2f} ms",
            "Nerve ending, width at half height": f"{result.ending_ms:.3f} ms",
            "Calcium entering per channel": f"{result.calcium_percent:.0f} %",
        },
    )


WIDENED = Panel(
    name="wider",
    question="What do potassium channels do for the impulse?",
    controls=(
        Slider("block", "Potassium channels blocked, squid's axon", "%", 0, 80, 5, 40),
        Slider("drug_uM", DRUG_LABEL, "µM", 0, 10, 0.5, 1),
    ),
    compute=widened,
    draw=draw_widened,
    describe=describe_widened,
    call=lambda block, drug_uM: (
        f"hodgkin_huxley(HodgkinHuxley(potassium_block={block / 100:g})).half_width_ms, "
        f"full_width_half_height_ms(Impulse(width=width_from_amifampridine({drug_uM:g})))"
    ),
    shows="Left, voltage and potassium conductance of a squid's axon; right, voltage of a mouse nerve "
    "ending and the average calcium current of one channel; a bar marks each impulse's width.",
    presets={
        "Healthy": {"block": 0, "drug_uM": 0},
        "Half of the channels, squid": {"block": 50},
        "Ten times the drug, ending": {"drug_uM": 10},
    },
    compare={"block": 0, "drug_uM": 0},
    compare_label="nothing blocked",
    prediction=Prediction(
        "40 of 100 potassium channels of the squid's axon are blocked. What becomes of its impulse?",
        (
            "It is over sooner",
            "It lasts longer",
            "It no longer comes",
        ),
        judge=lambda now, usual: 2 if not now.axon.fired else int(now.axon_ms > usual.axon_ms),
        because="Potassium that leaves the cell brings the voltage back down. With fewer ways out, "
        "the way down takes longer.",
    ),
    leaves_out="Left, potassium channels of one kind in a squid. Right, a formula for the impulse, widened "
    "by an assumed binding curve fitted to what the drug does to patients' muscles.",
    sources=("HodgkinHuxley1952", "Ojala2021", "PyNEUCell", "Dittrich2013", "Keogh2011"),
    height_in=5.0,
)


# -- 3. losing calcium channels -------------------------------------------------------------------

BARS = ("Impulse height", "Impulse width", "Calcium in")


@dataclass(frozen=True)
class Arrival:
    """What arrives at a nerve ending, and what it lets in."""

    junction: Junction
    influx: Influx
    voltage_mV: np.ndarray  # at T_MS
    width_ms: float
    percents: tuple[float, float, float]  # of healthy, as in BARS

    @property
    def height_mV(self) -> float:
        """From rest to peak."""
        return float(self.voltage_mV.max() - self.junction.impulse.rest_mV)


@checked(lambda: ARRIVAL)
def arrival(share: float, drug_uM: float) -> Arrival:
    junction = amifampridine(lems(mouse(), channel_survival=share / 100), drug_uM)
    voltage, usual = (x.voltage_mV(T_MS) for x in (junction.impulse, Impulse()))
    width = full_width_half_height_ms(junction.impulse)
    influx = terminal_influx(junction)
    rest = junction.impulse.rest_mV
    percents = (
        float(100 * (voltage.max() - rest) / (usual.max() - rest)),
        100 * width / full_width_half_height_ms(Impulse()),
        influx.percent_of_healthy,
    )
    return Arrival(junction, influx, voltage, width, percents)


def draw_arrival(fig: Figure):
    axes = fig.subplot_mosaic(
        [["strip"] * 3, ["impulse", "current", "bars"]],
        height_ratios=(0.62, 1),
        width_ratios=(1, 1, 1.1),
    )
    impulse, current, bars = (axes[name] for name in ("impulse", "current", "bars"))
    impulse.set_title("The impulse that arrives")
    impulse.set(ylabel="Voltage (mV)", ylim=(-85, 62), yticks=(-70, 0, 31))
    current.set_title("The calcium current")
    current.set(ylabel="Whole nerve ending (pA)", ylim=(-205, 12), yticks=(-200, -100, 0))
    for each in (impulse, current):
        each.set(xlabel="Time (ms)", xlim=NERVE_ENDING_MS)
    set_impulse, set_current = figures.pair(impulse, "voltage"), figures.pair(current, "calcium")
    set_key = figures.key(impulse, 0.52, 0.93, gap=0.1)
    same = figures.text(impulse, 0.52, 0.66, va="center", color=GREY)
    bars.set_title("In % of healthy")
    bars.set(xlim=(0, 245), ylim=(2.6, -0.8), yticks=(), xticks=(0, 100, 200))
    bars.axvline(100, color=GREY, lw=1.7, ls=(0, (4, 2)), zorder=1)
    boxes, numbers = [], []
    for row, (name, quantity) in enumerate(
        zip(BARS, ("voltage", "voltage", "calcium"), strict=True)
    ):
        paper = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
        bars.text(3, row - 0.27, name, va="bottom", bbox=paper, zorder=2)
        box = Rectangle((0, row - 0.2), 0, 0.46, color=COLOURS[quantity], animated=True)
        boxes.append(bars.add_patch(box))
        numbers.append(
            figures.text(
                bars,
                0,
                row + 0.03,
                transform=bars.transData,
                va="center",
                weight="bold",
                bbox=paper,
            )
        )
    move_channels = ending_wall(axes["strip"])

    def update(now: Arrival, compared: Arrival, label: str) -> None:
        set_impulse((T_MS, now.voltage_mV), (T_MS, compared.voltage_mV))
        set_current((T_MS, now.influx.current_pA), (T_MS, compared.influx.current_pA))
        set_key(label)
        same.set_text("the same" if np.allclose(now.voltage_mV, compared.voltage_mV) else "")
        for box, number, percent in zip(boxes, numbers, now.percents, strict=True):
            box.set_width(percent)
            number.set_x(percent + 4)
            number.set_text(f"{percent:.0f} %")
        move_channels(
            now.junction.impulse,
            now.influx.percent_left / 100,
            now.influx.percent_of_healthy / 100,
        )

    return update


def describe_arrival(result: Arrival) -> Reading:
    return Reading(
        f"With {result.influx.percent_left:.0f} % of the calcium channels the impulse is "
        f"{result.height_mV:.0f} mV tall and {result.width_ms:.3f} ms wide; the calcium that enters "
        f"is {result.influx.percent_of_healthy:.0f} % of the healthy amount.",
        {
            "Calcium channels left": f"{result.influx.percent_left:.0f} %",
            "Height of the impulse": f"{result.height_mV:.0f} mV",
            "Width at half height": f"{result.width_ms:.3f} ms",
            "Calcium ions entering": f"{result.influx.ions:,.0f}",
        },
    )


ARRIVAL = Panel(
    name="calcium_loss",
    question="Does losing calcium channels make the impulse smaller?",
    controls=(
        Slider("share", "Calcium channels remaining", "%", 0, 100, 1, 40),
        Slider("drug_uM", DRUG_LABEL, "µM", 0, 10, 0.5, 0),
    ),
    compute=arrival,
    draw=draw_arrival,
    describe=describe_arrival,
    call=lambda share, drug_uM: (
        f"terminal_influx(amifampridine(lems(mouse(), channel_survival={share / 100:g}), "
        f"{drug_uM:g})).percent_of_healthy"
    ),
    shows="Above, an impulse reaching the wall of a nerve ending with its calcium channels, some lost; "
    "below, the impulse, the calcium current, and three bars in percent of healthy.",
    presets={
        "Healthy": {"share": 100, "drug_uM": 0},
        "LEMS": {"share": 40, "drug_uM": 0},
        "LEMS and 1 µM 3,4-DAP": {"share": 40, "drug_uM": 1},
    },
    compare={"share": 100, "drug_uM": 0},
    prediction=Prediction(
        "Of 100 calcium channels, 40 are left. How tall is the impulse that arrives?",
        ("As tall as before", "About 40 % as tall", "A little less tall, 80 or 90 %"),
        judge=lambda now, _: int(np.argmin([abs(now.percents[0] - x) for x in (100, 40, 85)])),
        because="Sodium channels raise the voltage and potassium channels bring it back. LEMS takes "
        "neither away; what shrinks is the calcium that the impulse lets in.",
    ),
    leaves_out="The impulse is given by a formula, so calcium's own small current cannot act back on it: "
    "the text estimates how much that could be. Lost zones and channels that moved are left out.",
    sources=("PyNEUCell", "Dittrich2013", "Ruiz2011", "Ojala2021", "Keogh2011"),
    kind="Model output on a schematic drawing",
    height_in=5.0,
)


# -- exercises ------------------------------------------------------------------------------------


def potassium_current(n: np.ndarray, voltage_mV: np.ndarray) -> np.ndarray:
    """Return the potassium current of the squid's axon, µA/cm²."""
    axon = HodgkinHuxley()
    force_mV = np.asarray(voltage_mV) - axon.potassium_reversal_mV
    return axon.potassium_mS_cm2 * np.asarray(n) ** 4 * force_mV


def potassium_cases() -> tuple:
    trace = hodgkin_huxley()
    along = slice(0, None, 100)
    return ((0.5, 0.0), (0.318, -65.0), (0.7, 40.0), (trace.n[along], trace.voltage_mV[along]))


def _spoiled(power: float = 4, reversal_mV: float = -77.0, sign: float = 1.0, full: float = 36.0):
    return lambda n, v: sign * full * np.asarray(n) ** power * (np.asarray(v) - reversal_mV)


POTASSIUM = Exercise(
    name="potassium",
    title="The potassium current",
    answer=Function(
        potassium_current,
        cases=potassium_cases,
        unit="µA/cm²",
        near_misses=(
            (_spoiled(power=1), "All four parts must be ready, so `n` counts to the fourth power."),
            (_spoiled(power=3), "Four parts, not three: `n**4`. The three are sodium's."),
            (_spoiled(reversal_mV=77.0), "Taking away −77 means adding 77: `voltage_mV + 77`."),
            (_spoiled(reversal_mV=0.0), "The force is the distance from −77 mV, not from zero."),
            (_spoiled(reversal_mV=50.0), "+50 mV is sodium's reversal potential."),
            (_spoiled(sign=-1.0), "Outward current is positive here: voltage minus reversal."),
            (_spoiled(full=1.0), "Multiply by the largest conductance, 36 mS/cm²."),
        ),
    ),
    hints=(
        "Current = open conductance × driving force.",
        "The open conductance is `36 * n**4`.",
        "The driving force is `voltage_mV - (-77)`, in mV; mS times mV gives µA.",
    ),
    because="This current is the brake: it ends the impulse in the first panel.",
)


def widths_ms(level=None) -> np.ndarray:
    """Widths of the usual impulse and of one with 40 % of the potassium channels blocked.

    Parameters
    ----------
    level : callable, optional
        The voltage at which to measure, found from a trace's voltages; half height by default.
    """
    found = []
    for block in (0.0, 0.4):
        trace = hodgkin_huxley(HodgkinHuxley(potassium_block=block))
        if level is None:
            found.append(trace.half_width_ms)
        else:
            above = trace.t_ms[trace.voltage_mV > level(trace.voltage_mV)]
            found.append(above[-1] - above[0])
    return np.array(found)


WIDTHS = Exercise(
    name="widths",
    title="Measure the width",
    answer=Array(
        widths_ms,
        unit="ms",
        near_misses=(
            (lambda right: right[::-1], "The right numbers; the impulse without a block first."),
            (
                lambda _: widths_ms(lambda v: v.max() / 2),
                "Half of the peak voltage is not half of the height: the height starts at rest.",
            ),
            (
                lambda _: widths_ms(lambda v: 0.0),
                "That is the width at 0 mV; half height is half-way between rest and peak.",
            ),
            (
                lambda right: np.round(right / 0.01),
                "That counts data points; they are 0.01 ms apart.",
            ),
        ),
    ),
    hints=(
        "Half height is half-way between the first voltage and the highest one.",
        "`t_ms[voltage_mV > half]` gives the times at which the voltage is above it.",
        "The width is the last of these times minus the first; hand in `(usual, blocked)`.",
    ),
    because="Fewer potassium channels, a longer impulse.",
)

THRESHOLD = Exercise(
    name="threshold",
    title="Find the threshold",
    answer=Number(
        stimulus_threshold_uA_cm2,
        unit="µA/cm²",
        tolerance=0.03,
        near_misses=(
            (20.0, "The panel starts there; a weaker stimulus is enough."),
            (12.0, "That one fails: the voltage does not pass 0 mV."),
            (14.0, "Close, and it fires; can a slightly weaker one do it too?"),
            (
                lambda _: stimulus_threshold_uA_cm2(HodgkinHuxley(sodium_block=0.2)),
                "That is the threshold with some sodium channels blocked; unblock them.",
            ),
        ),
    ),
    hints=(
        "Move the stimulus slider of the first panel until the impulse just fails.",
        "`hodgkin_huxley(HodgkinHuxley(stimulus_uA_cm2=15)).fired` says whether 15 is enough.",
        "Try every value of `np.arange(10, 20, 0.25)` and take the first that fires.",
    ),
    because="A little less and nothing is sent, a little more and all of it is.",
)

LESSON = Lesson(
    name="02_nerve_impulse",
    panels=(MADE, WIDENED, ARRIVAL),
    exercises=(POTASSIUM, WIDTHS, THRESHOLD),
    terms=(
        "action potential",
        "depolarisation",
        "sodium channel",
        "potassium channel",
        "reversal potential",
        "all or none",
        "3,4-DAP",
    ),
    sources=("HodgkinHuxley1952", "Ojala2021", "PyNEUCell"),
)
