"""06: how the muscle answers, and how much more it gets than it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Wedge
from matplotlib.path import Path

from lems_helpers.clinic.treatment import pyridostigmine
from lems_helpers.physiology.end_plate import (
    epp_amplitude,
    mepp_amplitude,
    quanta_needed,
    respond,
)
from lems_helpers.physiology.fibre import fibre_potential
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.muscle import (
    draw_fibres,
    fires,
    fraction_firing,
    safety_factor,
)
from lems_helpers.physiology.quanta import counts_at
from lems_helpers.physiology.receptor import (
    Openings,
    Receptor,
    draw_openings,
    mean_course,
    open_pores,
    receptors_of_a_quantum,
)

from .. import figures
from ..controls import Choice as ChoiceControl
from ..controls import Seed, Slider
from ..exercises import Choice, Exercise, Function, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..schematic import MUSCLE, NERVE, RECEPTOR
from ..style import COLOURS, GREY, HALO, INK, PAPER, VERMILLION

HEALTHY, SICK = 30, 7  # packets per impulse, as the model's healthy and typical LEMS junctions
CONTENT = Slider("content", "Packets per impulse", "", 0, 60, 1, SICK)
PACKET = Slider("packet", "Effect of one packet", "% of normal", 30, 150, 5, 100)


# -- 1. receptors are pores -----------------------------------------------------------------------

DRAWN = 24
ALL = round(receptors_of_a_quantum(Receptor(), human().end_plate.quantal_conductance_nS))
COUNTED = {
    f"the {DRAWN} drawn": DRAWN,
    f"{10 * DRAWN}": 10 * DRAWN,
    f"all {ALL:,} that one packet reaches": ALL,
}
SHOWN_MS = 10.0
TIMES_MS = np.linspace(0, SHOWN_MS, 1001)


@dataclass(frozen=True)
class PacketCurrent:
    """What the receptors under one packet do, one by one and together."""

    moment_ms: float
    left: float  # share of the packet's acetylcholine that is still beside the receptors
    per_uM: float  # its concentration now
    rows: np.ndarray  # (openings of the receptors drawn,) which receptor
    start_ms: np.ndarray
    end_ms: np.ndarray
    open_now: np.ndarray  # (DRAWN,) which of those drawn are open
    share: np.ndarray  # (times,) of the receptors counted, how many are open
    expected: np.ndarray  # the same for very many receptors
    open_share: float  # at the moment
    current_nA: float  # of the whole packet, at the moment

    @property
    def half_gone_ms(self) -> float:
        """When half of the mean current has gone again; nothing where none flowed."""
        peak = int(self.expected.argmax())
        if self.expected[peak] < 1e-6:
            return 0.0
        falling = self.expected[peak:][::-1]
        return float(np.interp(0.5 * self.expected[peak], falling, TIMES_MS[peak:][::-1]))


@lru_cache(maxsize=16)
def _receptors(ach_uM: float, cleared_ms: float, seed: int) -> tuple[Openings, np.ndarray]:
    receptor = Receptor(ach_peak_uM=ach_uM, ach_decay_ms=cleared_ms)
    # All receptors are drawn whatever is counted, so that the rows stay what they were; and for a
    # little longer than is shown, because an opening that outlasts the record ends with it.
    openings = draw_openings(receptor, np.random.default_rng(seed), ALL, SHOWN_MS + 1)
    return openings, mean_course(receptor, SHOWN_MS).open_probability


@checked(lambda: PACKET_CURRENT)
def packet_current(
    moment: float, ach: float, cleared: float, counted: str, seed: int
) -> PacketCurrent:
    openings, expected = _receptors(float(ach), float(cleared), seed)
    count = COUNTED[counted]
    some = Openings(*(x[openings.receptor < count] for x in _columns(openings)))
    which, start, end = (x[openings.receptor < DRAWN] for x in _columns(openings))
    is_open = np.zeros(DRAWN, dtype=bool)
    is_open[which[(start <= moment) & (end > moment)]] = True
    left = float(np.exp(-moment / cleared))
    each_nA = Receptor().pore_conductance_pS * human().end_plate.driving_force_mV * 1e-6
    return PacketCurrent(
        moment,
        left,
        ach * left,
        which,
        start,
        end,
        is_open,
        open_pores(some, TIMES_MS) / count,
        expected,
        float(open_pores(some, moment)) / count,
        float(open_pores(openings, moment)) * each_nA,
    )


def _columns(openings: Openings) -> tuple[np.ndarray, ...]:
    return openings.receptor, openings.start_ms, openings.end_ms


def _shut(path: Path) -> Path:
    """Push the two halves of a pore together."""
    inward = np.where(path.vertices[:, :1] > 0, -1.2, 1.2) * np.array([[1.0, 0.0]])
    return Path(path.vertices + inward, path.codes)


PLACES = 12.5 + 25.0 * np.arange(DRAWN)
MEMBRANE, GAP_TOP = 53.0, 112.0
#: At the highest setting this many molecules are drawn: a hint of the many thousands.
MOLECULES = 120


def draw_packet_current(fig: Figure):
    scene, raster, total = fig.subplots(3, 1, height_ratios=(1.25, 1.75, 1.15))
    scene.set(xlim=(0, 600), ylim=(0, 122), xticks=(), yticks=())
    scene.spines[:].set_visible(False)
    scene.set_title("The moment you chose:   ● acetylcholine   + positive ions")
    scene.axhspan(GAP_TOP, 122, color=NERVE, lw=0)
    scene.axhspan(0, MEMBRANE - 6, color=MUSCLE, lw=0)
    scene.axhspan(MEMBRANE - 6, MEMBRANE + 6, color="#E8D9C8", lw=0)
    for y, width in ((GAP_TOP, 1.5), (MEMBRANE - 6, 1.2), (MEMBRANE + 6, 1.2)):
        scene.axhline(y, color=INK, lw=width)
    scene.set_ylabel("muscle      gap", rotation=90, loc="bottom", style="italic")
    marks = {"ls": "", "ms": 21, "mec": COLOURS["end plate"], "zorder": 4}
    shut = figures.line(
        scene, "end plate", marker=_shut(RECEPTOR), mfc=PAPER, **{**marks, "mew": 1.5}
    )
    opened = figures.line(scene, "end plate", marker=RECEPTOR, **{**marks, "mew": 0})
    bound = figures.line(scene, "release", marker="o", ls="", ms=4.5, zorder=5)
    free = figures.line(scene, "release", marker="o", ls="", ms=4.5, zorder=3)
    ions = scene.plot([], [], ls="", marker="+", ms=7, mew=1.8, color=INK, animated=True)[0]
    scatter = np.random.default_rng(6).random((2, MOLECULES))
    floating = np.column_stack([8 + 584 * scatter[0], MEMBRANE + 21 + 35 * scatter[1]])
    inside = figures.text(scene, 300, 4, transform=scene.transData, ha="center", zorder=6)

    raster.set(ylabel="Receptor", ylim=(DRAWN + 0.7, 0.3), yticks=(1, 8, 16, 24))
    raster.set_title("The same 24 receptors through time: a bar where the pore is open")
    raster.hlines(np.arange(1, DRAWN + 1), 0, SHOWN_MS, colors="#D0D0D0", linewidth=0.7)
    bars = raster.hlines([], 0, 1, colors=COLOURS["end plate"], linewidth=4, animated=True)
    total.set(ylabel="Pores open (%)", ylim=(0, 128), yticks=(0, 50, 100))
    total.set_title("Their currents added up: the end-plate current of one packet")
    total.set(xlabel="Time after the packet arrives (ms)")
    for axes in (raster, total):
        axes.set(xlim=(0, SHOWN_MS), xticks=range(0, 11, 2))
    set_total, set_key = figures.pair(total, "end plate"), figures.key(total, 0.7, 0.92, 0.17)
    now_lines = [
        figures.upright(axes, color=VERMILLION, linestyle="--") for axes in (raster, total)
    ]
    note = figures.text(total, 0.7, 0.53)

    def update(now: PacketCurrent, compared: PacketCurrent, label: str) -> None:
        opened.set_data(PLACES[now.open_now], np.full(now.open_now.sum(), MEMBRANE))
        shut.set_data(PLACES[~now.open_now], np.full((~now.open_now).sum(), MEMBRANE))
        at = PLACES[now.open_now]
        bound.set_data(np.concatenate([at - 5, at + 5]), np.full(2 * at.size, MEMBRANE + 13))
        ions.set_data(
            np.concatenate([at - 3, at + 4, at - 1]),
            np.repeat([MEMBRANE - 15, MEMBRANE - 21, MEMBRANE - 27], at.size),
        )
        free.set_data(*floating[: round(MOLECULES * now.per_uM / 1000)].T)
        inside.set_text(
            "ions flow in; the acetylcholine stays outside" if at.size else "no pore is open"
        )
        bars.set_segments(
            [
                [(a, y + 1), (b, y + 1)]
                for a, b, y in zip(now.start_ms, now.end_ms, now.rows, strict=True)
            ]
        )
        set_total((TIMES_MS, 100 * now.share), (TIMES_MS, 100 * compared.expected))
        set_key(f"{label}, on average")
        for mark in now_lines:
            mark.set_xdata([now.moment_ms] * 2)
        note.set_text(f"whole packet: {now.current_nA:.1f} nA inward")

    return update


def describe_packet_current(result: PacketCurrent) -> Reading:
    count = int(result.open_now.sum())
    return Reading(
        f"After {result.moment_ms:.1f} ms, {count} of the {DRAWN} pores drawn "
        f"{'is' if count == 1 else 'are'} open, while {in_percent(result.left)} of the acetylcholine "
        "is left in the gap. None of it enters the muscle.",
        {
            "Acetylcholine left": in_percent(result.left),
            "Pores open, of those counted": f"{100 * result.open_share:.0f} %",
            "Current of the whole packet": f"{result.current_nA:.2f} nA inward",
            "Half of the mean current gone": f"after {result.half_gone_ms:.1f} ms",
        },
    )


def in_percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"


PACKET_CURRENT = Panel(
    name="receptors",
    question="What does the acetylcholine of one packet do to the muscle?",
    controls=(
        Slider("moment", "Time after the packet arrives", "ms", 0, SHOWN_MS, 0.1, 1.0),
        Slider("ach", "Acetylcholine at the start", "µM", 50, 1000, 50, 500),
        Slider("cleared", "Time constant of its removal", "ms", 0.05, 1.0, 0.05, 0.15),
        ChoiceControl("counted", "Receptors added up", tuple(COUNTED), f"the {DRAWN} drawn"),
        Seed(),
    ),
    compute=packet_current,
    draw=draw_packet_current,
    describe=describe_packet_current,
    call=lambda moment, ach, cleared, counted, seed: (
        f"packet_current({moment:g}, {ach:g}, {cleared:g}, {counted!r}, seed={seed}).open_share"
    ),
    shows="Above, the gap with acetylcholine and 24 receptors in the muscle's surface, open or shut; "
    "below, when each of them is open, and the share that is open, which makes the current.",
    presets={
        "Just arrived": {"moment": 0.0},
        "Most pores open": {"moment": 0.4},
        "Acetylcholine gone": {"moment": 3.0},
    },
    compare={},
    compare_label="normal",
    prediction=Prediction(
        "Almost all of a packet's acetylcholine has left the gap after half a millisecond. For how "
        "long does the current into the muscle last?",
        (
            "It ends together with the acetylcholine",
            "It outlasts it, by some milliseconds",
            "It lasts for a tenth of a second, while the muscle uses up the acetylcholine",
        ),
        judge=lambda now, _: 0 if now.half_gone_ms < 0.6 else 1 if now.half_gone_ms < 30 else 2,
        because="Acetylcholine only holds the pore's lock. A receptor keeps its two molecules for some "
        "milliseconds, then lets them go into the gap again. Nothing goes in but ions.",
    ),
    leaves_out="How acetylcholine spreads is reduced to one concentration that decays; blocked and "
    "tired receptors are left out. The rates are from frog muscle, recalled; the conductance of a pore "
    "(40 pS), the concentration and its removal are assumptions.",
    sources=("ColquhounSakmann1985", "Engel"),
    kind="Model output below a schematic scene, not to scale",
    height_in=6.4,
)


# -- 2. the fuel gauge ----------------------------------------------------------------------------

LARGEST = 4.0  # end of the gauge
ARRIVAL_MS = 0.5


@dataclass(frozen=True)
class Reserve:
    """One impulse at one end-plate: the potential, the threshold and what comes of it."""

    content: float
    threshold_mV: float
    mepp_mV: float
    epp_mV: float
    safety: float
    needed: float  # packets that just reach the threshold; infinite where none do
    t_ms: np.ndarray
    end_plate_mV: np.ndarray
    fibre_mV: np.ndarray  # the same, with the spike if there is one

    @property
    def fires(self) -> bool:
        """Whether the fibre answers with an impulse of its own."""
        return self.safety >= 1


@checked(lambda: RESERVE)
def reserve(content: float, packet: float, blocked: float, threshold: float) -> Reserve:
    start = human()
    junction = pyridostigmine(
        start.with_(
            quantal_conductance_nS=start.end_plate.quantal_conductance_nS * packet / 100,
            threshold_mV=threshold,
        ),
        blocked / 100,
    )
    plate, muscle = junction.end_plate, junction.muscle
    epp = float(epp_amplitude(plate, content))
    safety = float(safety_factor(muscle, plate, content))
    response = respond(plate, [ARRIVAL_MS], content, duration_ms=14.0, step_ms=0.02)
    wave = fibre = response.voltage_mV
    rest = plate.muscle_rest_mV
    peak = float(wave.max()) - rest
    # Closed form and waveform differ by a percent: the spike starts where both agree, and a wave
    # that just fails is not drawn above the threshold.
    if safety >= 1:
        fibre = fibre_potential(muscle, plate, response, threshold * peak / epp)
    elif peak >= threshold:
        wave = fibre = rest + (wave - rest) * epp / peak
    return Reserve(
        content,
        threshold,
        mepp_amplitude(plate),
        epp,
        safety,
        float(quanta_needed(plate, threshold)),
        response.times_ms,
        wave,
        fibre,
    )


def draw_reserve(fig: Figure):
    trace, dial = fig.subplots(1, 2, width_ratios=(1.3, 1))
    rest = human().end_plate.muscle_rest_mV
    trace.set(xlabel="Time after the nerve impulse (ms)", ylabel="Voltage of the muscle fibre (mV)")
    trace.set(xlim=(0, 14), ylim=(-88, 42), yticks=range(-80, 41, 20))
    trace.set_title("One impulse at one end-plate")
    spike = figures.line(trace, "voltage", zorder=2.3)
    set_epp = figures.pair(trace, "end plate")
    other_spike = figures.line(trace, "ghost", linestyle=(0, (4, 2)), linewidth=1.7, zorder=2.05)
    level = figures.line(trace, "voltage", linestyle="-.", linewidth=1.6)
    on_trace = {"transform": trace.transData, "ha": "right", "va": "bottom", "path_effects": HALO}
    level_name = figures.text(trace, 13.9, 0, size=10.5, **on_trace)
    where = {"transform": trace.transAxes, "clip_on": False}
    for y, colour, name in (
        (0.93, COLOURS["end plate"], "end-plate potential"),
        (0.86, COLOURS["voltage"], "impulse of the fibre"),
    ):
        trace.plot([0.42, 0.48], [y, y], color=colour, **where)
        trace.text(0.5, y, name, va="center", transform=trace.transAxes)
    trace.plot([0.42, 0.48], [0.79] * 2, color=GREY, ls=(0, (4, 2)), lw=1.7, **where)
    ghost_name = figures.text(trace, 0.5, 0.79, va="center", color=GREY)
    verdict = figures.text(trace, 0.42, 0.66, weight="bold")

    dial.set(xlim=(-1.5, 1.4), ylim=(-0.72, 1.3), aspect="equal")
    dial.set_axis_off()
    dial.set_title("Reserve: the safety factor")
    ring = {"width": 0.34, "lw": 1.5, "ec": INK}
    dial.add_patch(Wedge((0, 0), 1.0, 135, 180, fc="#FBE3D6", hatch="////", **ring))
    dial.add_patch(Wedge((0, 0), 1.0, 0, 135, fc="#D9EFE7", **ring))
    for value in np.arange(0, LARGEST + 0.1):
        angle = _angle(value)
        dial.text(
            1.14 * np.cos(angle), 1.14 * np.sin(angle), f"{value:g}", ha="center", va="center"
        )
    for value, word, side in ((0.5, "fails", "right"), (2.5, "fires", "left")):
        angle = _angle(value)
        dial.text(
            1.07 * np.cos(angle), 1.07 * np.sin(angle), word, ha=side, va="center", weight="bold"
        )
    other = dial.plot([], [], color=GREY, ls=(0, (4, 2)), lw=2, animated=True)[0]
    needle = dial.plot([], [], color=INK, lw=4, animated=True)[0]
    dial.plot([0], [0], "o", ms=13, color=INK, animated=True, zorder=5)
    on_dial = {"transform": dial.transData, "ha": "center", "va": "center"}
    number = figures.text(dial, 0, -0.27, weight="bold", size=18, **on_dial)
    meaning = figures.text(dial, 0, -0.52, **on_dial)

    def update(now: Reserve, compared: Reserve, label: str) -> None:
        set_epp((now.t_ms, now.end_plate_mV), (compared.t_ms, compared.end_plate_mV))
        spike.set_data((now.t_ms, now.fibre_mV) if now.fires else ([], []))
        other_spike.set_data((compared.t_ms, compared.fibre_mV) if compared.fires else ([], []))
        at = rest + now.threshold_mV
        level.set_data([0, 14], [at, at])
        level_name.set_position((13.9, at + 1))
        level_name.set_text("threshold")
        ghost_name.set_text(f"both, {label}")
        verdict.set_text("The fibre fires." if now.fires else "The fibre stays silent.")
        for line, result in ((needle, now), (other, compared)):
            angle = _angle(min(result.safety, LARGEST))
            line.set_data([0, 0.92 * np.cos(angle)], [0, 0.92 * np.sin(angle)])
        number.set_text(times(now.safety))
        meaning.set_text(f"{now.epp_mV:.1f} mV, and {now.threshold_mV:g} mV are needed")

    return update


def _angle(safety: float) -> float:
    return np.pi * (1 - safety / LARGEST)


def packets(content: float) -> str:
    return f"{content:.0f} packet{'' if content == 1 else 's'}"


def times(safety: float) -> str:
    """Write a safety factor; one that fails is never written as 1."""
    return f"{safety if safety >= 1 else min(safety, 0.99):.2f}"


def describe_reserve(result: Reserve) -> Reading:
    outcome = "fires" if result.fires else "stays silent"
    needed = f"{result.needed:.1f}" if np.isfinite(result.needed) else "no number"
    return Reading(
        f"From {packets(result.content)} of {result.mepp_mV:.2f} mV come {result.epp_mV:.1f} mV, "
        f"{times(result.safety)} times the {result.threshold_mV:g} mV that this fibre needs: it {outcome}.",
        {
            "One packet alone": f"{result.mepp_mV:.2f} mV",
            "End-plate potential": f"{result.epp_mV:.1f} mV",
            "Safety factor": times(result.safety),
            "Packets that just suffice": needed,
        },
    )


RESERVE = Panel(
    name="reserve",
    question="How far above its threshold does an impulse bring the muscle fibre?",
    controls=(
        CONTENT,
        PACKET,
        Slider("blocked", "Acetylcholinesterase blocked", "%", 0, 100, 5, 0),
        Slider("threshold", "Threshold of the fibre", "mV above rest", 6, 14, 0.5, 10),
    ),
    compute=reserve,
    draw=draw_reserve,
    describe=describe_reserve,
    call=lambda content, packet, blocked, threshold: (
        f"reserve({content:g}, {packet:g}, {blocked:g}, {threshold:g}).safety"
    ),
    shows="Left, the voltage of a muscle fibre after one nerve impulse, with its threshold; right, a "
    "gauge whose needle shows the safety factor from 0 to 4, with the part below 1 hatched.",
    presets={
        "Healthy": {"content": HEALTHY, "packet": 100, "blocked": 0},
        "LEMS": {"content": SICK, "packet": 100, "blocked": 0},
        "Myasthenia gravis": {"content": HEALTHY, "packet": 30, "blocked": 0},
        "LEMS, esterase blocked": {"content": SICK, "packet": 100, "blocked": 100},
    },
    compare={"content": HEALTHY},
    prediction=Prediction(
        "In a healthy junction, how does the end-plate potential compare with what the fibre needs?",
        ("It just suffices", "It is two to three times as large", "It is ten times as large"),
        judge=lambda _, healthy: int(
            np.argmin([abs(np.log(healthy.safety / times)) for times in (1.1, 2.5, 10)])
        ),
        because="The junction sends more than is needed. This reserve keeps every impulse effective, "
        "and it hides a loss until the reserve is used up.",
    ),
    leaves_out="A mean impulse: real ones vary. The fibre is one compartment and its impulse a template. "
    "Potential, threshold and what the esterase does are recalled or assumed. Esterase fully blocked is "
    "no treatment: pores held open for long damage the end-plate.",
    sources=("Engel", "McLachlanMartin1981", "WoodSlater2001"),
    height_in=4.3,
)


# -- 3. a hundred fibres --------------------------------------------------------------------------

CONTENTS = np.linspace(0, 60, 121)
SIDE = 10


@dataclass(frozen=True)
class HundredFibres:
    """Which of a hundred fibres answer one impulse, and how many would on average."""

    content: float
    fired: np.ndarray  # (100,)
    curve: np.ndarray  # expected share at CONTENTS
    expected: float

    @property
    def firing(self) -> int:
        """How many of the hundred fire."""
        return int(self.fired.sum())


@checked(lambda: HUNDRED_FIBRES)
def hundred_fibres(content: float, packet: float, differ: float, seed: int) -> HundredFibres:
    start = human()
    junction = start.with_(
        quantal_conductance_nS=start.end_plate.quantal_conductance_nS * packet / 100,
        content_cv=start.muscle.content_cv * differ / 100,
        threshold_sd_mV=max(start.muscle.threshold_sd_mV * differ / 100, 0.01),
    )
    muscle, plate, quanta = junction.muscle, junction.end_plate, junction.quanta
    rng = np.random.default_rng(seed)
    fibres = draw_fibres(muscle, rng, SIDE**2)
    # One chance per fibre: as the content falls, fibres drop out one by one and stay out.
    released = counts_at(rng.random(SIDE**2), content * fibres.content)
    return HundredFibres(
        content,
        fires(fibres, plate, quanta, rng, released),
        fraction_firing(muscle, plate, quanta, CONTENTS),
        float(fraction_firing(muscle, plate, quanta, content)),
    )


def cross_sections() -> list[np.ndarray]:
    """Outlines of a hundred fibres cut across: a honeycomb whose shared corners are a little off."""
    rng = np.random.default_rng(4)
    corners: dict[tuple[int, int], np.ndarray] = {}
    up, out = 1 / np.sqrt(3), 1 / np.sqrt(12)
    around = [(0, up), (0.5, out), (0.5, -out), (0, -up), (-0.5, -out), (-0.5, out)]
    cells = []
    for row in range(SIDE):
        for column in range(SIDE):
            centre = np.array([column + 0.5 * (row % 2), row * np.sqrt(0.75)])
            cell = []
            for step in around:
                key = tuple(np.rint(12 * (centre + step)).astype(int).tolist())
                if key not in corners:
                    corners[key] = centre + step + rng.uniform(-0.13, 0.13, 2)
                cell.append(corners[key])
            middle = np.mean(cell, axis=0)
            cells.append(middle + 0.9 * (np.array(cell) - middle))
    return cells


def _closed(cell: np.ndarray) -> np.ndarray:
    return np.vstack([cell, cell[:1]])


def _joined(strokes: list[np.ndarray]) -> Path:
    """Make one path of several strokes."""
    if not strokes:
        return Path(np.zeros((0, 2)))
    codes = [[Path.MOVETO] + [Path.LINETO] * (len(stroke) - 1) for stroke in strokes]
    return Path(np.concatenate(strokes), np.concatenate(codes))


def draw_hundred_fibres(fig: Figure):
    grid, course = fig.subplots(1, 2, width_ratios=(1.08, 1))
    cells = cross_sections()
    centres = np.array([cell.mean(axis=0) for cell in cells])
    grid.set(xlim=(-0.7, 10.2), ylim=(-1.5, 8.55), aspect="equal", anchor="N")
    grid.set_axis_off()
    grid.set_title("A muscle cut across: 100 fibres")
    # The pale fibres stay; all that fire are one path on top, which is quick to draw.
    grid.add_collection(PolyCollection(cells, facecolors=MUSCLE, edgecolors=INK, linewidths=1.0))
    style = {"ec": INK, "lw": 1.0, "animated": True}
    lit = grid.add_patch(PathPatch(_joined([]), fc=COLOURS["end plate"], **style))
    # The mark of a fibre that fires is an impulse in small; of a silent one, a cross.
    wave = np.array([(-0.26, -0.14), (-0.1, -0.14), (0.0, 0.24), (0.1, -0.2), (0.26, -0.14)])
    style = {"ec": PAPER, "lw": 1.6, "animated": True, "zorder": 3}
    waves = grid.add_patch(PathPatch(_joined([]), fc="none", **style))
    silent = figures.line(grid, "ghost", marker="x", ls="", ms=6, mew=1.6, zorder=3)
    grid.plot([0.2], [-1.05], "s", ms=12, color=COLOURS["end plate"])
    grid.plot(*(wave + np.array((0.2, -1.05))).T, color=PAPER, lw=1.6)
    grid.text(0.75, -1.05, "fires", va="center")
    grid.plot([3.2], [-1.05], "s", ms=12, mfc=MUSCLE, mec=INK, mew=1.0)
    grid.plot([3.2], [-1.05], "x", ms=6, mew=1.6, color=GREY)
    grid.text(3.75, -1.05, "stays silent", va="center")

    course.set(xlabel="Packets per impulse (quantal content)", ylabel="Fibres that fire (of 100)")
    course.set(xlim=(0, 60), ylim=(0, 106), yticks=range(0, 101, 20))
    course.set_title("How many fire, as packets are lost")
    even = 100 * float(np.interp(HEALTHY, CONTENTS, hundred_fibres(HEALTHY, 100, 100, 1).curve))
    course.plot([0, HEALTHY], [0, even], color=GREY, ls=":", lw=1.7)
    course.text(
        59.5, 9, "dotted: lost in step\nwith the packets", color=GREY, ha="right", va="bottom"
    )
    for x, name in ((HEALTHY, "healthy"), (SICK, "LEMS")):
        course.plot([x, x], [0, 4], color=INK, lw=2)
        course.text(x + 0.7, 1.6, name)
    set_curve, set_key = figures.pair(course, "end plate"), figures.key(course, 0.66, 0.37, 0.08)
    here = figures.line(course, "end plate", marker="o", ms=10, zorder=3, clip_on=False)
    here_name = figures.text(
        course, 0, 0, transform=course.transData, weight="bold", path_effects=HALO
    )

    def update(now: HundredFibres, compared: HundredFibres, label: str) -> None:
        fired = now.fired
        lit.set_path(_joined([_closed(cells[i]) for i in np.flatnonzero(fired)]))
        waves.set_path(_joined([wave + centre for centre in centres[fired]]))
        silent.set_data(*centres[~fired].T)
        set_curve((CONTENTS, 100 * now.curve), (CONTENTS, 100 * compared.curve))
        set_key(label)
        here.set_data([now.content], [100 * now.expected])
        here_name.set_text(f"{100 * now.expected:.0f}")
        # Below the dot, but never on the axis and its marks.
        y = 100 * now.expected + (5 if now.expected < 0.14 else -6)
        here_name.set_position((min(now.content + 1.3, 55), min(y, 89)))

    return update


def describe_hundred_fibres(result: HundredFibres) -> Reading:
    return Reading(
        f"With {packets(result.content)} per impulse, {result.firing} of these 100 fibres fire; on "
        f"average it would be {100 * result.expected:.0f}.",
        {
            "Packets per impulse": f"{result.content:.0f}",
            "Of the healthy number": f"{100 * result.content / HEALTHY:.0f} %",
            "Fibres that fire here": f"{result.firing} of 100",
            "Fibres that fire on average": f"{100 * result.expected:.0f} of 100",
        },
    )


HUNDRED_FIBRES = Panel(
    name="hundred_fibres",
    question="As packets are lost, when do muscle fibres stop answering?",
    controls=(
        replace(CONTENT, default=20),
        PACKET,
        Slider("differ", "How much fibres differ", "% of usual", 0, 150, 10, 100),
        Seed(),
    ),
    compute=hundred_fibres,
    draw=draw_hundred_fibres,
    describe=describe_hundred_fibres,
    call=lambda content, packet, differ, seed: (
        f"hundred_fibres({content:g}, {packet:g}, {differ:g}, seed={seed}).firing"
    ),
    shows="Left, a hundred muscle fibres cut across: a fibre that fires is filled and carries a small "
    "impulse, a silent one is pale with a cross. Right, how many fire against packets per impulse.",
    presets={
        "Healthy": {"content": HEALTHY, "packet": 100},
        "A third lost": {"content": 20, "packet": 100},
        "Half lost": {"content": 15, "packet": 100},
        "LEMS": {"content": SICK, "packet": 100},
        "Myasthenia gravis": {"content": HEALTHY, "packet": 30},
    },
    compare={"content": HEALTHY},
    prediction=Prediction(
        "A third of the packets is lost: 20 of 30 are left at the mean end-plate. How many of 100 "
        "muscle fibres still answer?",
        (
            "About 90: far fewer than a third fall silent",
            "About 67: a third falls silent",
            "Hardly any: the signal is too weak now",
        ),
        judge=lambda now, _: int(np.argmin([abs(100 * now.expected - x) for x in (90, 67, 5)])),
        because="Each fibre answers fully or not at all, and a healthy end-plate gets more than it "
        "needs. Only where the reserve is used up does a fibre drop out.",
    ),
    leaves_out="One impulse after a rest; a train of impulses changes release. How thresholds and "
    "contents differ between fibres is recalled or assumed. The picture is drawn, not a tissue section; "
    "the fibres of one nerve cell lie scattered in it.",
    sources=("Engel", "McLachlanMartin1981", "WoodSlater2001"),
    kind="Model output on a schematic muscle",
    height_in=4.35,
)


# -- exercises ------------------------------------------------------------------------------------


def half_content() -> float:
    """Quantal content at which half of the fibres of the healthy muscle fire."""
    from scipy.optimize import brentq  # slow to import, and only a check needs it

    junction = human()
    parts = junction.muscle, junction.end_plate, junction.quanta
    return brentq(lambda m: float(fraction_firing(*parts, m)) - 0.5, 1.0, 60.0, xtol=1e-4)


def epp_mV(packets: np.ndarray, mepp_mV: float) -> np.ndarray:
    """Potential of packets that arrive together, by the rule given in the text."""
    plate = human().end_plate
    simple = np.asarray(packets) * mepp_mV
    return simple / (1 + plate.summation_factor * simple / plate.driving_force_mV)


HALF = Exercise(
    name="half",
    title="Where half of the fibres fail",
    answer=Number(
        half_content,
        unit="packets",
        tolerance=0.02,
        near_misses=(
            (
                HEALTHY / 2,
                "That is half of the healthy number of packets. Most fibres still fire there: look for "
                "half of the fibres.",
            ),
            (
                lambda _: float(quanta_needed(human().end_plate, human().muscle.threshold_mV)),
                "That many packets bring one fibre with the mean threshold just there. But 'packets' is "
                "a mean over end-plates, and more than half of them get less than the mean.",
            ),
            (
                lambda right: HEALTHY - right,
                "That is how many packets were lost on the way; how many are left?",
            ),
        ),
    ),
    hints=(
        "`firing` rises with `content`. Where does it pass 0.5?",
        "It passes 0.5 between two of the contents listed; look between them.",
        "`np.interp(0.5, firing, content)` reads the content off the rising curve.",
    ),
    because="So about two thirds of the packets can go before half of the fibres are silent.",
)

SIXTY = Exercise(
    name="sixty",
    title="What sixty packets do",
    answer=Function(
        epp_mV,
        cases=((1.0, 1.0), (60.0, 1.0), (30.0, 1.06), (np.array([10.0, 100.0]), 0.5)),
        unit="mV",
        tolerance=1e-3,
        near_misses=(
            (
                lambda n, q: np.asarray(n) * q,
                "That adds the packets up simply; divide by the term that grows with the potential.",
            ),
            (
                lambda n, q: np.asarray(n) * q / (1 + np.asarray(n) * q / 80),
                "Nearly: the factor 0.8 is missing.",
            ),
            (
                lambda n, q: np.asarray(n) * q / (1 + 0.8 * np.asarray(n) / 80),
                "The term below needs the simple sum in mV, not the number of packets.",
            ),
            (
                lambda n, q: np.asarray(n) * q * (1 - 0.8 * np.asarray(n) * q / 80),
                "Divide by one plus the term. To multiply by one minus it overdoes the correction.",
            ),
        ),
    ),
    hints=(
        "Work out the simple sum first: packets times the size of one.",
        "Below the line stands 1 + 0.8 × simple sum / 80 mV.",
        "`simple = packets * mepp_mV`, then `return simple / (1 + 0.8 * simple / 80)`.",
    ),
)

WHY = Exercise(
    name="why",
    title="Why not sixty times as much?",
    answer=Choice(
        options={
            "less current per pore": "Each pore that opens late finds the voltage nearer to 0 mV, "
            "so fewer ions flow through it. The packets and the pores are as before.",
            "smaller packets": "The packets were filled long before. In this model each opens as many "
            "pores, however many others come along.",
            "receptors run out": "Packets land far apart, each on receptors of its own. In this model "
            "none has to share, and yet 60 packets do less than 60 times as much.",
            "impulse is used up": "The nerve's impulse ends in the nerve. It has no part in what the "
            "muscle's pores do.",
        },
        accepted=("less current per pore",),
    ),
    hints=(
        "What drives ions through an open pore?",
        "At rest the voltage is 80 mV away from where no current flows. How far is it during a large "
        "end-plate potential?",
    ),
)

LESSON = Lesson(
    name="06_end_plate_and_safety_factor",
    panels=(PACKET_CURRENT, RESERVE, HUNDRED_FIBRES),
    exercises=(HALF, SIXTY, WHY),
    terms=(
        "acetylcholine receptor",
        "acetylcholinesterase",
        "end-plate",
        "end-plate potential",
        "threshold",
        "safety factor",
        "nonlinear summation",
    ),
    sources=(
        "WoodSlater2001",
        "PatonWaud1967",
        "McLachlanMartin1981",
        "LambertElmqvist1971",
        "Slater2017",
        "Wirtz2009",
    ),
)
