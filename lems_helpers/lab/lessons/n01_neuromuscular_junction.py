"""01: how a nerve tells a muscle to move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, NullLocator

from lems_helpers.clinic.broken_links import FAULTS, BrokenLink, break_link, left_for, with_broken
from lems_helpers.clinic.disease import low_calcium, typical_lems
from lems_helpers.physiology.cleft import ACETYLCHOLINE_UM2_PER_S, GAP_NM, diffusion_ms
from lems_helpers.physiology.junction import Junction, human
from lems_helpers.physiology.message import Message, follow_message

from .. import controls, figures, junction_view, schematic, stage_ruler
from ..exercises import Choice, Exercise, Number, Order
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import COLOURS, GREY, INK, PAPER

# -- 1. the tour ----------------------------------------------------------------------------------

HEALTHY, LEMS, DRY = "healthy", "LEMS", "no calcium outside"
JUNCTIONS = (HEALTHY, LEMS, DRY)
LAST_MS = 5.0
#: What fills the height of the end-plate's row, mV.
EPP_MV = 27.0
#: Every stage: its name, what marks that it has been reached, and a level to draw in its row.
STAGES = (
    ("nerve impulse", "peak", 0),
    ("calcium enters", "peak", 0),
    ("packets released", "half out", 0),
    ("end-plate potential", "threshold", human().muscle.threshold_mV / EPP_MV),
    ("muscle fibre fires", "peak", 0),
    ("muscle pulls", "peak", 0),
)


@dataclass(frozen=True, eq=False)
class Tour:
    """A message through one junction, stopped at one moment."""

    t_ms: float
    junction: Junction
    message: Message

    def now(self, quantity: str) -> float:
        """Value of one of the message's courses at this moment."""
        return float(np.interp(self.t_ms, self.message.t_ms, getattr(self.message, quantity)))

    @property
    def events_ms(self) -> tuple[float | None, ...]:
        """When each stage is reached; None if it never is."""
        m = self.message
        return (
            m.impulse_ms, m.calcium_ms, m.release_ms, m.threshold_ms, m.spike_ms, m.twitch_ms,
        )  # fmt: skip

    @property
    def packets(self) -> float:
        """Packets that are out by now, on average."""
        return self.now("packets")

    def heights(self) -> tuple[np.ndarray, ...]:
        """Each stage's course as a share of the height of its lane."""
        m = self.message
        return (
            (m.voltage_mV + 80) / 120,
            -m.calcium_pA / 40,
            m.packets / 33,
            m.end_plate_mV / EPP_MV,
            (m.fibre_mV + 85) / 120,
            m.pull,
        )


@checked(lambda: TOUR)
def tour(t_ms: float, junction: str) -> Tour:
    made = {
        HEALTHY: human(),
        LEMS: typical_lems(human()),
        DRY: low_calcium(human(), 0.0),
    }[junction]
    return Tour(float(t_ms), made, follow_message(made))


def draw_tour(fig: Figure):
    axes = schematic.canvas(fig)
    move_scene = junction_view.whole(axes, 6, 232)
    ruler = stage_ruler.ruler(axes, 8, STAGES, LAST_MS)
    caption = on_paper(axes, 209, 466, ha="left", weight="bold", fontsize=11.5)
    axes.plot([440, 466], [466, 466], color=COLOURS["ghost"], ls=(0, (4, 2)), lw=1.7)
    name = on_paper(axes, 472, 466, ha="left", color=GREY)
    healthy = follow_message(human())

    def update(now: Tour, compared: Tour, label: str) -> None:
        message, terminal = now.message, now.junction.terminal
        beats = message.release_ms is not None
        strongest = max(float(message.conductance_nS.max()), 1e-9)
        after = beats and now.t_ms >= message.release_ms + message.crossing_ms
        move_scene(
            junction_view.Scene(
                channels_left=now.junction.zone.channel_survival,
                calcium_outside=terminal.calcium_mM > 0,
                current=now.now("calcium_pA") / float(healthy.calcium_pA.min()),
                fused=beats and now.t_ms >= message.release_ms,
                open_receptors=now.now("conductance_nS") / strongest if after else 0.0,
                nerve_reversed=now.now("voltage_mV") > 0,
                muscle_reversed=now.now("fibre_mV") > 0,
            )
        )
        ruler(now.t_ms, message.t_ms, now.heights(), compared.heights(), now.events_ms)
        caption.set_text(f"{now.t_ms:.2f} ms: {in_words(now)}")
        name.set_text(label)

    return update


def on_paper(axes, x: float, y: float, **style):
    style = {"ha": "center", "va": "center", "transform": axes.transData, **style}
    return figures.text(axes, x, y, **style)


def in_words(now: Tour) -> str:
    """Say in a few words where the message is."""
    reached = [i for i, at in enumerate(now.events_ms) if at is not None and at <= now.t_ms]
    words = (
        "the impulse arrives",
        "calcium flows in",
        "packets go out",
        "the threshold is passed",
        "the muscle fibre fires",
    )
    if not reached:
        return "nothing yet"
    if now.t_ms > 1.0 and reached[-1] < 3 and now.message.threshold_ms is None:
        return "it stops here" if now.message.calcium_ms is None else "too little gets across"
    return words[reached[-1]]


def describe_tour(result: Tour) -> Reading:
    m = result.message
    out, total = result.packets, float(m.packets[-1])
    fires = (
        "never fires"
        if m.threshold_ms is None
        else "has fired"
        if result.t_ms >= m.spike_ms
        else "has not fired yet"
    )
    named = zip(
        ("Impulse peaks", "Calcium current peaks", "Half of the packets out", "Threshold passed",
         "Fibre's spike peaks", "Pull peaks"),
        result.events_ms, strict=True,
    )  # fmt: skip
    count = f"{out:.0f} of {total:.0f} packets are out" if total > 0.5 else "no packet comes out"
    return Reading(
        f"At {result.t_ms:.2f} ms, {count}, the end-plate potential is "
        f"{result.now('end_plate_mV'):.1f} mV, and a typical fibre {fires}.",
        {name: "never" if at is None else stage_ruler.ms(at) for name, at in named},
    )


TOUR = Panel(
    name="tour",
    question="What happens at a junction in the five milliseconds after an impulse, and when?",
    controls=(
        controls.Slider("t_ms", "Time", "ms", 0, LAST_MS, 0.05, 1.3),
        controls.Choice("junction", "Junction", JUNCTIONS, HEALTHY),
    ),
    compute=tour,
    draw=draw_tour,
    describe=describe_tour,
    call=lambda t_ms, junction: f"tour({t_ms:g}, {junction!r}).packets",
    shows="Above, a nerve ending on a muscle fibre and one release site enlarged, with a bar of 50 "
    "nanometres; below, six stages on a ruler from 0 to 5 milliseconds, each lit once it is reached.",
    presets={
        "Healthy": {"junction": HEALTHY},
        "LEMS": {"junction": LEMS},
        "No calcium outside": {"junction": DRY},
        "Start": {"t_ms": 0},
        "End": {"t_ms": LAST_MS},
    },
    compare={"junction": HEALTHY},
    prediction=Prediction(
        "From the peak of the nerve impulse until the muscle fibre fires, about a thousandth of a "
        "second passes. How much of it does acetylcholine need to cross the gap?",
        ("Most of it", "About half", "Less than a hundredth"),
        judge=lambda _, healthy: int(
            np.searchsorted([-0.7, -0.3, -0.01], -crossing_share(healthy.message)) - 1
        ),
        because="The gap is so narrow that molecules drift across in millionths of a second. The time "
        "goes into opening channels, loading the sensors of the vesicles and charging the muscle.",
    ),
    kind="Model output on a drawing; the enlarged part is to scale, the left part is not",
    leaves_out="Means over all release sites; the site drawn is one of those that release. Nerve "
    "constants at 22 °C and end-plate constants at 29 °C: a warm body is faster. The fibre's spike is "
    "a template, and a fibre of mean threshold is shown. The pull starts here with the spike; in life "
    "it starts a little later. Vesicle size and gap width are recalled values.",
    sources=("PyNEUCell", "Dittrich2013", "SchneggenburgerNeher2000", "Engel", "Fuglevand1993"),
    height_in=6.6,
)


def crossing_share(message: Message) -> float:
    """Return the share of the way from impulse to firing that is spent in the gap."""
    return message.crossing_ms / (message.threshold_ms - message.impulse_ms)


# -- 2. drifting across ---------------------------------------------------------------------------

#: How fast an impulse runs along a motor nerve, m/s (assumption: a round number).
IMPULSE_M_PER_S = 50.0
THE_GAP = f"{GAP_NM:g} nm: the gap"
DISTANCES_NM = {
    THE_GAP: GAP_NM,
    "1 µm: twenty gaps": 1e3,
    "50 µm: across a muscle fibre": 5e4,
    "1 mm: a pinhead": 1e6,
    "1 m: from spine to foot": 1e9,
}


@dataclass(frozen=True)
class Drift:
    """How long a molecule drifts over a distance, on average."""

    distance_nm: float
    diffusion_um2_per_s: float
    drift_ms: float


@checked(lambda: DRIFT)
def drift(distance: str, diffusion_um2_per_s: float) -> Drift:
    distance_nm = DISTANCES_NM[distance]
    return Drift(
        distance_nm, diffusion_um2_per_s, float(diffusion_ms(distance_nm, diffusion_um2_per_s))
    )


def draw_drift(fig: Figure):
    axes = fig.subplots()
    axes.set(xscale="log", yscale="log", xlim=(12, 6e9), ylim=(1e-4, 1e14))
    axes.set_title("How long it takes to get there")
    axes.set(xlabel="Distance", ylabel="Mean time")
    for axis, ticks in (
        (axes.xaxis, {50: "50 nm", 1e3: "1 µm", 5e4: "50 µm", 1e6: "1 mm", 1e9: "1 m"}),
        (
            axes.yaxis,
            {1e-3: "1 µs", 1: "1 ms", 1e3: "1 s", 3.6e6: "1 hour", 3.156e10: "1 year"},
        ),
    ):
        axis.set_major_locator(FixedLocator(list(ticks)))
        axis.set_minor_locator(NullLocator())
        axis.set_ticklabels(list(ticks.values()))
    axes.grid(color="#E4E4E4", lw=0.8)
    ends = np.array([15.0, 3e9])
    axes.plot(ends, ends / IMPULSE_M_PER_S * 1e-6, color=COLOURS["voltage"], ls=(0, (7, 2)))
    axes.text(2e6, 2e-3, f"a nerve impulse, {IMPULSE_M_PER_S:g} m/s", va="center")
    healthy = follow_message(human())
    delay = healthy.threshold_ms - healthy.impulse_ms
    axes.axhline(delay, color=GREY, lw=1.5, ls=":")
    # Both stand above the drift: the words that follow the learner's dot stand below it.
    axes.text(14, 1.9 * delay, f"impulse to firing at\nthe junction: {delay:.1f} ms", color=GREY)
    axes.text(1e6, 8e6, "acetylcholine drifting", color=COLOURS["release"], va="center", ha="right")
    line = figures.line(axes, "release")
    ghost = figures.line(axes, "ghost", marker="D", ms=8, ls="", mfc=PAPER, mew=2)
    other = figures.text(axes, 0, 0, transform=axes.transData, color=GREY, va="top")
    guide = figures.line(axes, "release", lw=1.5, ls=":")
    dot = figures.line(axes, "release", marker="o", ms=11, ls="")
    words = figures.text(
        axes, 0, 0, transform=axes.transData, weight="bold", fontsize=12, va="center", zorder=6
    )
    words.set_bbox({"boxstyle": "round,pad=0.25", "fc": PAPER, "ec": "none", "alpha": 0.9})

    def update(now: Drift, compared: Drift, label: str) -> None:
        line.set_data(ends, diffusion_ms(ends, now.diffusion_um2_per_s))
        ghost.set_data([compared.distance_nm], [compared.drift_ms])
        other.set_position((compared.distance_nm * 1.8, compared.drift_ms / 2))
        other.set_text(label if compared.distance_nm != now.distance_nm else "")
        x, y = now.distance_nm, now.drift_ms
        guide.set_data([x, x, 12], [1e-4, y, y])
        dot.set_data([x], [y])
        right = x < 1e8
        words.set_position((x * 2.1, y / 3) if right else (x / 2.5, y))
        words.set_ha("left" if right else "right")
        words.set_text(time_words(y))

    return update


def time_words(ms: float) -> str:
    """Return a time in the unit that people use for it."""
    units = (
        ("µs", 1e-3), ("ms", 1.0), ("s", 1e3), ("minutes", 6e4), ("hours", 3.6e6),
        ("days", 8.64e7), ("years", 3.156e10),
    )  # fmt: skip
    unit, size = next((u for u in reversed(units) if ms >= u[1]), units[0])
    value = ms / size
    return f"{value:.2g} {unit}" if value < 10 else f"{value:.0f} {unit}"


def describe_drift(result: Drift) -> Reading:
    gaps = result.distance_nm / GAP_NM
    run = result.distance_nm / IMPULSE_M_PER_S * 1e-6
    far = {50.0: "50 nm", 1e3: "1 µm", 5e4: "50 µm", 1e6: "1 mm", 1e9: "1 m"}[result.distance_nm]
    takes = f"Drifting {far} takes {time_words(result.drift_ms)} on average"
    return Reading(
        f"{takes}: a messenger needs no longer for the gap."
        if gaps == 1
        else f"{takes}. That is {gaps:,.0f} times as far as the gap, and {in_full(gaps**2)} times "
        "as long.",
        {
            "Distance": far,
            "Drifting": time_words(result.drift_ms),
            "An impulse along a nerve": time_words(run) if run >= 1e-3 else f"{run * 1e6:.0f} ns",
        },
    )


def in_full(number: float) -> str:
    """Return a large whole number in words that can be read aloud."""
    for size, word in ((1e12, "million million"), (1e6, "million")):
        if number >= size:
            return f"{number / size:,.0f} {word}"
    return f"{number:,.0f}"


DRIFT = Panel(
    name="drift",
    question="Why is a drifting messenger fast enough for the gap, but not for a long way?",
    controls=(
        controls.Choice("distance", "Distance", tuple(DISTANCES_NM), THE_GAP),
        controls.Slider(
            "diffusion_um2_per_s",
            "Speed of spreading",
            "µm²/s",
            100,
            1000,
            50,
            ACETYLCHOLINE_UM2_PER_S,
        ),
    ),
    compute=drift,
    draw=draw_drift,
    describe=describe_drift,
    call=lambda distance, diffusion_um2_per_s: (
        f"diffusion_ms({DISTANCES_NM[distance]:g}, {diffusion_um2_per_s:g})"
    ),
    shows="A graph with logarithmic axes, time against distance: a steep line for a drifting molecule, "
    "a flatter one for a nerve impulse, and the delay of the junction as a level line.",
    presets={
        "The gap": {"distance": THE_GAP},
        "1 mm": {"distance": "1 mm: a pinhead"},
        "1 m": {"distance": "1 m: from spine to foot"},
    },
    compare={},
    compare_label="at the start",
    prediction=Prediction(
        "Acetylcholine drifts across the gap, 50 nm, in about 3 millionths of a second. How long would "
        "it drift from the spine to the foot, 1 m?",
        ("About a minute", "About a day", "Decades"),
        judge=lambda now, _: int(
            np.argmin(
                np.abs(
                    np.log(diffusion_ms(1e9, now.diffusion_um2_per_s) / np.array([6e4, 9e7, 1e12]))
                )
            )
        ),
        because="A drifting molecule has no aim. Ten times the distance takes a hundred times as long, so "
        "drifting serves for a gap and an impulse for a leg.",
    ),
    kind="Model output",
    leaves_out="Mean times for a molecule that starts at one wall and cannot go back through it. Its "
    "breakdown on the way, and what stands in the gap, are left out. How fast acetylcholine spreads "
    "there (400 µm²/s) and the speed of the impulse are assumptions.",
    sources=("Slater2017",),
    height_in=4.3,
)


# -- 3. many faults, one weakness -----------------------------------------------------------------

#: What a learner reads for each fault, and what the bars call what is left.
NAMES = {
    "nerve": ("Nerve cut", "nerve fibres"),
    "channels": ("Channels lost (LEMS)", "calcium channels"),
    "calcium": ("Too little calcium outside", "outside calcium"),
    "release": ("Release cut (botulism)", "release machinery"),
    "receptors": ("Receptors lost (myasthenia gravis)", "receptors"),
}
BY_NAME = {name: fault for fault, (name, _) in NAMES.items()}
COLUMNS = (
    ("impulses", "impulse\narrives", "voltage"),
    ("calcium", "calcium\nenters", "calcium"),
    ("packets", "packets\nreleased", "release"),
    ("packet_effect", "effect of\none packet", "end plate"),
    ("end_plate", "end-plate\npotential", "end plate"),
    ("firing", "fibres fire,\nof 100", "force"),
)


@dataclass(frozen=True)
class SameWeakness:
    """One fault, and how far each of the others must go for the same weakness."""

    chosen: BrokenLink
    rows: tuple[BrokenLink, ...]  # in the order of FAULTS
    inside: bool

    def left(self, fault: str) -> float:
        """Share left of what a fault breaks."""
        return self.rows[FAULTS.index(fault)].left


@checked(lambda: SAME_WEAKNESS)
def same_weakness(fault: str, left: float, inside: bool) -> SameWeakness:
    chosen = break_link(BY_NAME[fault], left / 100)
    rows = tuple(
        chosen if each == chosen.fault else break_link(each, left_for(each, chosen.firing))
        for each in FAULTS
    )
    return SameWeakness(chosen, rows, inside)


def draw_same_weakness(fig: Figure):
    axes = schematic.canvas(fig)
    pitch, top, cell = 55.0, 254.0, 62.0
    lefts = np.array([178.0, 249, 320, 391, 462, 546])
    for (_, words, _), x in zip(COLUMNS, lefts, strict=True):
        axes.text(x + cell / 2, 322, words, ha="center", va="center", weight="bold")
    stage_ruler.icons(axes, lefts + cell / 2, 362)
    levels = top - pitch * np.arange(len(FAULTS))
    for fault, y in zip(FAULTS, levels, strict=True):
        name = NAMES[fault][0].replace("myasthenia gravis", "MG")
        axes.text(22, y + 22, name, weight="bold", va="center")
        for x in lefts:
            axes.add_patch(Rectangle((x, y), cell, 16, fc="#F4F4F4", ec="#8A8A8A", lw=0.9))
    axes.add_patch(
        schematic.box(539, 20, 76, 364, 7, fc="none", ec=COLOURS["force"], lw=2.2, zorder=9)
    )
    fills = [COLOURS[colour] for _, _, colour in COLUMNS]
    bars = axes.add_collection(
        PolyCollection([], facecolors=fills, edgecolors="none", animated=True, zorder=3),
        autolim=False,
    )
    numbers = [[on_paper(axes, x + cell / 2, y + 27) for x in lefts] for y in levels]
    shares = [on_paper(axes, 22, y + 4, ha="left", color=GREY) for y in levels]
    ghosts = axes.add_collection(
        LineCollection([], colors=GREY, linewidths=1.8, linestyles=[(0, (2.2, 1.2))],
                       animated=True, zorder=4), autolim=False,
    )  # fmt: skip
    axes.text(22, 322, "Fault, and what\nis left of it", va="center", weight="bold")
    axes.plot([22, 48], [362, 362], color=GREY, ls=(0, (2.2, 1.2)), lw=1.8)
    note = on_paper(axes, 54, 362, ha="left", color=GREY)
    mark = figures.line(axes, "voltage", marker=">", ms=9, ls="")
    frame = axes.add_patch(
        schematic.box(4, 0, 532, 47, 7, fc="none", ec=INK, lw=2.2, animated=True, zorder=5)
    )
    veil = axes.add_patch(
        schematic.box(
            176, 22, 361, 276, 7, fc=PAPER, ec="#B9B9B9", hatch="///", animated=True, zorder=6
        )
    )
    hidden = on_paper(axes, 351, 160, weight="bold", fontsize=11.5, zorder=7)
    hidden.set_bbox({"boxstyle": "round,pad=0.5", "fc": PAPER, "ec": INK, "lw": 1.5})

    def update(now: SameWeakness, compared: SameWeakness, label: str) -> None:
        boxes, marks = [], []
        for row, other, y, texts in zip(now.rows, compared.rows, levels, numbers, strict=True):
            for (stage, _, _), x, text in zip(COLUMNS, lefts, texts, strict=True):
                value = getattr(row, stage)
                end, at = x + cell * value, x + cell * getattr(other, stage)
                boxes.append([(x, y), (end, y), (end, y + 16), (x, y + 16)])
                marks.append([(at, y - 4), (at, y + 20)])
                text.set_text(f"{100 * value:.0f}" + ("" if stage == "firing" else " %"))
                text.set_weight("bold" if value < 0.985 or stage == "firing" else "normal")
        bars.set_verts(boxes)
        ghosts.set_segments(marks)
        note.set_text(label)
        for row, text in zip(now.rows, shares, strict=True):
            text.set_text(f"{100 * row.left:.0f} % of {NAMES[row.fault][1]}")
        place = levels[FAULTS.index(now.chosen.fault)]
        frame.set_y(place - 8)
        mark.set_data([12], [place + 22])
        veil.set_visible(not now.inside)
        hidden.set_visible(not now.inside)
        hidden.set_text("from outside,\nall five look alike")

    return update


def describe_same_weakness(result: SameWeakness) -> Reading:
    chosen, fibres = result.chosen, f"{100 * result.chosen.firing:.0f} of 100 fibres fire"
    others = [100 * row.left for row in result.rows if row is not chosen]
    if chosen.left == 1:
        sentence = f"Nothing is broken: {fibres} after one impulse, and every stage is at 100 %."
    else:
        sentence = (
            f"With {100 * chosen.left:.0f} % of the {NAMES[chosen.fault][1]} left, {fibres}. Four "
            f"other faults leave as many, with {min(others):.0f} to {max(others):.0f} % left."
        )
    left = {NAMES[row.fault][1].capitalize(): f"{100 * row.left:.0f} % left" for row in result.rows}
    return Reading(sentence, {"Fibres that fire": f"{100 * chosen.firing:.0f} of 100", **left})


SAME_WEAKNESS = Panel(
    name="same_weakness",
    question="Can you tell from the weakness alone which link is broken?",
    controls=(
        controls.Choice("fault", "Fault", tuple(BY_NAME), NAMES["channels"][0]),
        controls.Slider("left", "How much of it is left", "%", 0, 100, 1, 30),
        controls.Toggle("inside", "Look inside the junction", True),
    ),
    compute=same_weakness,
    draw=draw_same_weakness,
    describe=describe_same_weakness,
    call=lambda fault, left, inside: f"break_link({BY_NAME[fault]!r}, {left / 100:g}).firing",
    shows="Five rows, one for each fault, with bars for six stages in percent of healthy. The last "
    "column, the fibres that fire, is alike in all rows; the stages before it differ.",
    presets={
        "Healthy": {"left": 100},
        "LEMS": {"fault": NAMES["channels"][0], "left": 30},
        "Myasthenia gravis": {"fault": NAMES["receptors"][0], "left": 40},
        "Botulism": {"fault": NAMES["release"][0], "left": 20},
    },
    compare={"left": 100},
    prediction=Prediction(
        "Five muscles are made equally weak, each by another fault. Where is the smallest loss enough?",
        (
            "Where receptors are lost",
            "Where the calcium outside is low",
            "The losses are all alike",
        ),
        judge=lambda now, _: smallest_loss(now),
        because="Less calcium outside makes every channel bring in less, and release falls steeply with "
        "that (notebook 04). The other losses just take away a share of the message. Where the weakness is "
        "slight, a cut nerve needs the smallest loss: its fibres have no reserve.",
    ),
    kind="Model output",
    leaves_out="One impulse after a rest, and means over all junctions of a muscle. The loss of channels "
    "is split evenly between single channels and whole release sites. In life several links may fail at "
    "once and the junction may adapt. How the diseases differ in a train of impulses is the matter "
    "of notebook 08. MG stands for myasthenia gravis.",
    sources=("Dittrich2013", "SchneggenburgerNeher2000", "Engel", "McLachlanMartin1981"),
    height_in=5.4,
)


def smallest_loss(result: SameWeakness) -> int:
    """Which option of the prediction holds: receptors, calcium outside, or all alike."""
    left = {row.fault: row.left for row in result.rows}
    if max(left.values()) - min(left.values()) < 0.05:
        return 2
    return 1 if max(left, key=left.get) == "calcium" else 0


# -- exercises ------------------------------------------------------------------------------------

#: The six events of exercise 1, in the scrambled order of the list in the notebook.
EVENTS = ("spike_ms", "release_ms", "impulse_ms", "twitch_ms", "calcium_ms", "threshold_ms")


def order_of_events() -> np.ndarray:
    """Numbers (1 to 6) of the events in the list, sorted by the time at which they happen."""
    message = follow_message(human())
    return 1 + np.argsort([getattr(message, name) for name in EVENTS])


def swapped(i: int, j: int, order: np.ndarray) -> np.ndarray:
    """Return an order with the events at two places exchanged."""
    changed = order.copy()
    changed[[i, j]] = order[[j, i]]
    return changed


def recordings() -> tuple[Message, Message]:
    """Return simulated recordings from a healthy muscle and from a weak one, for exercise 3."""
    weak = left_for("release", break_link("channels", 0.3).firing)
    return follow_message(human()), follow_message(with_broken("release", weak))


ORDER = Exercise(
    name="order",
    title="Put the events in order",
    answer=Order(
        order_of_events,
        near_misses=(
            (
                [3, 2, 5, 6, 1, 4],
                "Packets wait for calcium: the voltage alone does not release them.",
            ),
            (
                [3, 1, 5, 2, 6, 4],
                "The impulse does not jump to the muscle; the fibre fires only after it has been "
                "told by acetylcholine.",
            ),
            (
                [5, 3, 2, 6, 1, 4],
                "Calcium does not make the impulse. The impulse opens its channels.",
            ),
            (
                [3, 5, 2, 1, 6, 4],
                "The fibre fires because the threshold is passed, not before.",
            ),
            (
                [3, 5, 6, 2, 1, 4],
                "A fair thought: a part of the packets would suffice. But the muscle's membrane takes "
                "time to charge, and by then most of them are out. Read both times in the first panel.",
            ),
            (
                [3, 5, 2, 6, 4, 1],
                "The fibre's own impulse is what makes it pull, so it comes first.",
            ),
            ([1, 2, 3, 4, 5, 6], "That is how the list stands; put it in the order of time."),
            (lambda right: right[::-1], "The events are right, but their order is turned round."),
            *(
                (partial(swapped, i, j), f"Places {i + 1} and {j + 1} are the wrong way round.")
                for i in range(6)
                for j in range(i + 2, 6)  # neighbours have been named above
            ),
        ),
    ),
    hints=(
        "What opens the calcium channels? What makes a vesicle let go of its packet?",
        "Drag the time in the first panel from left to right and watch which stage lights up.",
        "It starts with 3 and 5, and ends with 1 and 4.",
    ),
    because="Electrical, chemical, electrical, mechanical: the message changes its form three times.",
)

CROSSING = Exercise(
    name="crossing",
    title="How long does the gap take?",
    answer=Number(
        lambda: 1e3 * diffusion_ms(GAP_NM),
        unit="µs",
        tolerance=0.05,
        near_misses=(
            (
                1e6 * 1e-3 * GAP_NM / (2 * ACETYLCHOLINE_UM2_PER_S),
                "Square the distance: the time grows with distance times distance.",
            ),
            (
                1e6 * GAP_NM**2 / (2 * ACETYLCHOLINE_UM2_PER_S),
                "Bring the units together first: 50 nm is 0.05 µm.",
            ),
            (
                1e-6 * 1e6 * GAP_NM**2 / (2 * ACETYLCHOLINE_UM2_PER_S) * 1e-3,
                "That is in ms; you are asked for millionths of a second (µs).",
            ),
        ),
    ),
    hints=(
        "50 nm is 0.05 µm. Square it.",
        "Divide by twice the diffusion coefficient, 2 × 400 µm²/s. The result is in seconds.",
        "One second holds a million µs.",
    ),
    because="About 3 millionths of a second: the gap is no obstacle.",
)

FAULT = Exercise(
    name="fault",
    title="Which link is broken?",
    answer=Choice(
        options={
            "nerve": "The impulse in the nerve ending is as high as in the healthy muscle, so the nerve "
            "carries it.",
            "channels": "Compare the calcium currents once more: with channels lost, the current would "
            "be smaller.",
            "calcium": "Compare the calcium currents once more: with less calcium outside, the current "
            "would be smaller.",
            "release": "Impulse and calcium current are whole, and yet few packets come out. The "
            "fault lies in the release itself, as in botulism.",
            "receptors": "Lost receptors would leave the number of packets alone. Compare `packets` at "
            "the end of both recordings.",
        },
        accepted=("release",),
    ),
    hints=(
        "Go along the chain: which is the first stage that differs from the healthy one?",
        "`weak.calcium_pA.min()` is the peak of the current, `weak.packets[-1]` the packets released.",
        "Print both for `healthy` and for `weak`.",
    ),
)

LESSON = Lesson(
    name="01_neuromuscular_junction",
    panels=(TOUR, DRIFT, SAME_WEAKNESS),
    exercises=(ORDER, CROSSING, FAULT),
    terms=(
        "nerve terminal",
        "synaptic cleft",
        "acetylcholine receptor",
        "end-plate potential",
        "acetylcholinesterase",
        "diffusion",
        "twitch",
    ),
    sources=("Engel", "WoodSlater2001", "Slater2017", "Fuglevand1993", "ONeill1988"),
)
