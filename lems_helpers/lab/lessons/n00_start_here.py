"""00: what LEMS is, and how to use the course."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from lems_helpers.clinic.broken_links import with_broken
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.calcium_channels import ever_open_probability
from lems_helpers.physiology.end_plate import epp_amplitude
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.influx import terminal_influx
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.release import quantal_content

from .. import controls, exercises, figures, links, schematic
from ..exercises import Exercise, Number
from ..lesson import Lesson
from ..links import HIGH, WIDE
from ..panel import Panel, Prediction, Reading, checked
from ..style import COLOURS, GREY, INK, PAPER, VERMILLION

# -- 1. check your setup --------------------------------------------------------------------------

PLACE = controls.Slider("place", "Place of the dot", "", 0, 10, 1, 4)


@dataclass(frozen=True)
class Setup:
    """Where the dot stands, and whether the model gives what a laboratory measured."""

    place: int
    packets: float
    as_measured: bool


@checked(lambda: SETUP)
def setup(place: float) -> Setup:
    packets = quantal_content(human())
    return Setup(round(place), packets, measurement("qc_human").holds(packets))


def draw_setup(fig: Figure):
    axes = schematic.canvas(fig)
    start, step, nerve, ruler = 84.0, 45.0, 152.0, 126.0
    ends = [start - 34, start + 10 * step + 34]
    heading = {"weight": "bold", "fontsize": 11.5}
    axes.text(12, 203, "An impulse on its way along a nerve fibre", **heading)
    axes.text(12, 84, "Colours and lines in this course", **heading)
    schematic.membrane(axes, *ends, nerve, schematic.NERVE, half=7)
    axes.plot([start, start + 10 * step], [ruler] * 2, color=INK, lw=1.5)
    for mark in range(11):
        x = start + step * mark
        axes.plot([x, x], [ruler, ruler + 8], color=INK, lw=1.5)
        axes.text(x, ruler - 11, str(mark), ha="center", va="center")
    draw_colours(axes, 58, 30)
    t = np.linspace(0.3, 1.1, 60)
    impulse = Impulse()
    height = (impulse.voltage_mV(t) - impulse.rest_mV) / (impulse.peak_mV - impulse.rest_mV)
    # It travels to the right, so what comes first in time stands furthest to the right.
    shape = step * 1.6 * (t[height.argmax()] - t)
    wave = figures.line(axes, "voltage", zorder=4)
    dot = figures.line(axes, "voltage", marker="o", ms=12, zorder=5)

    def update(now: Setup, _: object, __: str) -> None:
        x = start + step * now.place
        wave.set_data(x + shape, nerve + 7 + 24 * height)
        dot.set_data([x], [nerve + 31])

    return update


def draw_colours(axes, *rows: float) -> None:
    """Say what the colours and lines of the course mean, in two rows."""
    meaning = (
        ("voltage", "voltage", {}),
        ("calcium", "calcium and its channels", {}),
        ("sensor", "calcium sensor", {}),
        ("release", "packets released", {}),
        ("end plate", "end-plate and muscle", {}),
        ("ghost", "what you compare with", {"ls": (0, (4, 2)), "lw": 1.7}),
        ("lost", "lost or blocked", {"marker": "x", "ls": "", "ms": 8, "mew": 2.2}),
    )
    for i, (quantity, name, style) in enumerate(meaning):
        x, row = (12, 182, 362, 490)[i % 4], rows[i // 4]
        at = [x, x + 22] if "marker" not in style else [x + 11]
        axes.plot(at, [row] * len(at), color=COLOURS[quantity], **{"lw": 4, **style})
        axes.text(x + 30, row, name, va="center")


def describe_setup(result: Setup) -> Reading:
    band = measurement("qc_human")
    return Reading(
        f"The dot stands at {result.place} on the ruler. If you see it there, the pictures follow "
        "your hand.",
        {
            "Dot": f"{result.place}",
            "The model on this computer": f"{result.packets:.1f} packets per impulse",
            "Measured": f"{band.low:g} to {band.high:g} (recalled)",
            "Check": "passed" if result.as_measured else "FAILED",
        },
    )


SETUP = Panel(
    name="setup",
    keeps=False,
    question="Do the pictures follow your hand, and does the model run?",
    controls=(PLACE,),
    compute=setup,
    draw=draw_setup,
    describe=describe_setup,
    call=lambda place: f"setup({place:g}).place",
    shows="A nerve fibre above a ruler from 0 to 10, with an impulse whose top carries a dot; below, "
    "the colours and line styles of the course with their meanings.",
    prediction=Prediction(
        "Try how predictions work. You will press the right arrow key once on the slider. How far "
        "will the dot go?",
        ("One mark to the right", "To the end of the ruler", "Nowhere: sliders need a mouse"),
        judge=lambda now, _: 0 if now.place + PLACE.step < PLACE.high else 1,
        because="Every slider here takes the arrow keys. Choose it with the Tab key first.",
    ),
    kind="Schematic",
    leaves_out="The impulse has the shape used in this course, but its length on the nerve is not to "
    "scale. The check asks one question only: whether the model's healthy human junction releases as "
    "many packets as were counted in human muscle.",
    sources=("PyNEUCell", "Engel"),
    height_in=3.0,
)


# -- 2. the whole cascade -------------------------------------------------------------------------

NONE = "none: a healthy junction"
NERVES = "1 nerve impulse: some nerve fibres blocked"
CHANNELS = "2 calcium channels: lost, as in LEMS"
CALCIUM = "3 calcium: too little outside"
RELEASE = "4 release: sensors cut, as in botulism"
RECEPTORS = "5 receptors: lost, as in myasthenia gravis"
FIBRES = "6 muscle fibres: some cannot answer"
#: Every fault, in the order of the links, and what the slider says is left of it.
LEFT_OF = {
    NONE: "every link",
    NERVES: "the nerve fibres",
    CHANNELS: "the calcium channels",
    CALCIUM: "the calcium outside",
    RELEASE: "the calcium sensors",
    RECEPTORS: "the receptors",
    FIBRES: "the muscle fibres",
}
FAULTS = tuple(LEFT_OF)
#: Those that change the junction itself, and what the clinic's floor calls them.
IN_THE_JUNCTION = {
    CHANNELS: "channels",
    CALCIUM: "calcium",
    RELEASE: "release",
    RECEPTORS: "receptors",
}
LINKS = (
    "nerve\nimpulse",
    "calcium\nchannels",
    "calcium\nenters",
    "packets\nreleased",
    "receptors\nanswer",
    "muscle\nfibres fire",
    "the leg\nmoves",
)
UNITS = (
    "of 100 nerves",
    "open",
    "ions",
    "packets",
    "10 mV needed",
    "of 100 fibres",
    "strength",
)
#: Below this share of its healthy value a link counts as stopped: it would print as 0 of 100.
STOPPED = 0.005


@dataclass(frozen=True)
class Message:
    """What one impulse achieves at each link, with one link broken.

    `left` is the share of it that is left, 0 to 1. `values` holds, link by link: nerve fibres that
    conduct (of 100); at a junction they reach, channels that open, calcium ions that enter, packets
    released and end-plate potential (mV); muscle fibres that fire (of 100); movement (%).
    """

    fault: str
    left: float
    values: tuple[float, ...] = ()

    def of(self, fault: str) -> float:
        """Share left of what `fault` breaks."""
        return self.left if self.fault == fault else 1.0

    def reached(self) -> np.ndarray:
        """Every link's value as a share of the healthy one; nothing where the link has stopped."""
        share = np.array(self.values) / cascade(NONE, 100).values
        return np.where(share < STOPPED, 0.0, share)

    @property
    def firing(self) -> float:
        """Muscle fibres that fire, of 100."""
        return self.values[5]


@checked(lambda: CASCADE)
def cascade(fault: str, left: float) -> Message:
    now = Message(fault, left / 100)
    kind = IN_THE_JUNCTION.get(fault)
    sick = with_broken(kind, now.left) if kind else human()
    arrives = now.of(NERVES) > 0
    influx = terminal_influx(sick)
    places = sick.terminal.zones * (sick.zone.near_count + sick.zone.far_count)
    opening = ever_open_probability(sick.channels.scheme, sick.impulse)
    packets = arrives * quantal_content(sick)
    able = now.of(NERVES) * now.of(FIBRES)
    fraction = fraction_firing(sick.muscle, sick.end_plate, sick.quanta, packets)
    firing = 100 * able * float(fraction)
    values = (
        100 * now.of(NERVES),
        arrives * places * influx.percent_left / 100 * opening,
        arrives * influx.ions,
        packets,
        float(epp_amplitude(sick.end_plate, packets)),
        firing,
        firing,
    )
    return replace(now, values=values)


#: Points on paper: how the seven links stand in the picture.
PITCH, FIRST, FLOOR, ROAD = 88.0, 3.6, 60.0, 209.0


def draw_cascade(fig: Figure):
    axes = schematic.canvas(fig)
    schematic.junction(axes, 231)
    lefts = FIRST + PITCH * np.arange(7)
    middles = lefts + WIDE / 2
    box = {"width": WIDE, "height": HIGH}
    for k, (left, middle) in enumerate(zip(lefts, middles, strict=True)):
        axes.add_patch(schematic.box(left, FLOOR, **box, fc="#FBFBFB", ec="none", zorder=0))
        schematic.badge(axes, middle, ROAD, k + 1)
        axes.text(middle, 181, LINKS[k], ha="center", va="center", weight="bold", linespacing=1.05)
    tiles = (
        links.nerve_fibres,
        links.calcium_channels,
        links.calcium_entry,
        links.release,
        links.receptors,
        links.muscle_fibres,
        links.leg,
    )
    move = [tile(axes, left, FLOOR) for tile, left in zip(tiles, lefts, strict=True)]
    veil = {"fc": (1, 1, 1, 0.72), "ec": "none", "zorder": 7}
    veils, frames = (
        [axes.add_patch(schematic.box(x, FLOOR, **box, animated=True, **style)) for x in lefts]
        for style in (veil, {"fc": "none", "zorder": 8})
    )
    # Strokes of their own, not a hatch, so that one collection serves all seven.
    hatch = axes.add_collection(
        LineCollection([], colors="#A6A6A6", linewidths=1.1, zorder=7.1, animated=True)
    )
    roads = axes.add_collection(
        LineCollection(
            [[(a + 13, ROAD), (b - 16, ROAD)] for a, b in pairwise(middles)],
            linewidths=2.2,
            capstyle="butt",
            animated=True,
        )
    )
    heads = axes.plot([], [], ls="", marker=">", ms=9, mew=0, color=INK, animated=True)[0]
    stops = axes.plot([], [], ls="", marker="x", ms=9, mew=2.2, color=GREY, animated=True)[0]
    numbers = [on_paper(axes, x, 47, weight="bold", fontsize=11.5) for x in middles]
    states = [on_paper(axes, x, 12, weight="bold") for x in middles]
    for x, unit in zip(middles, UNITS, strict=True):
        axes.text(x, 31, unit, ha="center", va="center")
    axes.plot([8, 34], [253, 253], color=COLOURS["ghost"], ls=(0, (4, 2)), lw=1.7)
    note = on_paper(axes, 40, 253, ha="left", color=GREY)
    flag = on_paper(axes, 0, FLOOR + HIGH, weight="bold", zorder=9)
    flag.set_bbox({"boxstyle": "round,pad=0.25", "fc": PAPER, "ec": VERMILLION, "lw": 2})

    def update(now: Message, compared: Message, label: str) -> None:
        reached, other = now.reached(), compared.reached()
        broken = FAULTS.index(now.fault) - 1 if now.left < 1 else -1
        move[0](now.of(NERVES))
        move[1](now.of(CHANNELS), now.fault == CHANNELS)
        move[2](now.of(CALCIUM), reached[2])
        move[3](now.of(RELEASE), now.values[3])
        move[4](now.of(RECEPTORS), now.fault == RECEPTORS, now.values[4], compared.values[4])
        move[5](now.of(FIBRES), reached[5])
        move[6](reached[6], other[6])
        on = reached > 0
        for k in range(7):
            full = reached[k] > 1 - STOPPED
            word, style, ink = ("✓ full", "-", INK) if full else ("↓ less", "--", INK)
            if not on[k]:
                word, style, ink = "✕ stopped", ":", GREY
            veils[k].set_visible(not on[k])
            frames[k].set(linestyle=style, linewidth=1.6, edgecolor=ink)
            numbers[k].set(text=in_words(k, now.values[k]), color=ink)
            states[k].set(text=word, color=ink)
        hatch.set_segments([line for k in np.flatnonzero(~on) for line in strokes(lefts[k])])
        if broken >= 0:
            frames[broken].set(linestyle="-", linewidth=3.4, edgecolor=VERMILLION)
        roads.set_color([INK if passes else GREY for passes in on[:-1]])
        roads.set_linestyle(["-" if passes else ":" for passes in on[:-1]])
        ends = middles[1:] - 16
        heads.set_data(ends[on[:-1]], np.full(on[:-1].sum(), ROAD))
        stops.set_data(ends[~on[:-1]] - 14, np.full((~on[:-1]).sum(), ROAD))
        note.set_text(label)
        flag.set(text=f"{100 * now.left:.0f} % left", x=middles[max(broken, 0)])
        flag.set_visible(broken >= 0)

    return update


def strokes(left: float) -> list:
    """Return slanting lines across the frame of one link."""
    # Lines of slope one; each runs from the frame's lower or left side to its upper or right one.
    rises = np.arange(-WIDE + 12, HIGH - 4, 12.0)
    return [
        (
            (left + max(0.0, -rise), FLOOR + max(0.0, rise)),
            (left + min(WIDE, HIGH - rise), FLOOR + min(HIGH, WIDE + rise)),
        )
        for rise in rises
    ]


def on_paper(axes, x: float, y: float, **style):
    style = {"ha": "center", "va": "center", "transform": axes.transData, **style}
    return figures.text(axes, x, y, **style)


def in_words(link: int, value: float) -> str:
    """Return a link's number, short enough to stand under its picture; `UNITS` says of what."""
    if link in (3, 4):
        return f"{value:.1f}{' mV' if link == 4 else ''}"
    return f"{value:,.0f}{' %' if link == 6 else ''}"


def describe_cascade(result: Message) -> Reading:
    start = (
        "Nothing is broken"
        if result.fault == NONE
        else f"With {100 * result.left:.0f} % of {LEFT_OF[result.fault]} left"
    )
    values = [in_words(k, value) for k, value in enumerate(result.values)]
    return Reading(
        f"{start}: one impulse releases {values[3]} packets, the end-plate potential is "
        f"{values[4]}, and {values[5]} of 100 muscle fibres fire.",
        {
            "Nerve fibres": f"{values[0]} of 100",
            "Channels that open": values[1],
            "Calcium ions": values[2],
            "Packets": values[3],
            "End-plate potential": values[4],
            "Muscle fibres": f"{values[5]} of 100",
            "Movement": values[6],
        },
    )


def cascade_call(fault: str, left: float) -> str:
    share, kind = left / 100, IN_THE_JUNCTION.get(fault)
    junction = f"with_broken({kind!r}, {share:g})" if kind else "human()"
    if fault == RECEPTORS:
        return f"epp_amplitude({junction}.end_plate, quantal_content(human()))"
    return f"{'0 * ' if fault == NERVES and not share else ''}quantal_content({junction})"


CASCADE = Panel(
    name="cascade",
    question="If one link of the message is broken, what becomes of the links after it?",
    controls=(
        controls.Choice("fault", "Broken link", FAULTS, CHANNELS),
        controls.Slider("left", "Link left", "%", 0, 100, 1, 20),
    ),
    compute=cascade,
    draw=draw_cascade,
    describe=describe_cascade,
    call=cascade_call,
    shows="Above, a nerve ending on a muscle fibre with the seven links of the message numbered. "
    "Below, one small picture per link with its number; a link that no longer passes the message on "
    "is hatched and marked stopped.",
    presets={
        "Healthy": {"fault": NONE},
        "LEMS": {"fault": CHANNELS, "left": 20},
        "Myasthenia gravis": {"fault": RECEPTORS, "left": 30},
        "Botulism": {"fault": RELEASE, "left": 10},
        "Impulse blocked": {"fault": NERVES, "left": 0},
    },
    compare={"fault": NONE},
    prediction=Prediction(
        "In LEMS, say 20 of 100 calcium channels are left. How many of 100 muscle fibres answer "
        "one impulse?",
        ("Almost all: there is a reserve", "About 20", "Fewer than 10"),
        judge=lambda now, _: 0 if now.firing > 80 else 2 if now.firing < 10 else 1,
        because="A muscle fibre answers fully or not at all. Its signal must pass a threshold, and "
        "with so few packets it seldom does. Move the slider up to find the reserve.",
    ),
    kind="Model output, on a schematic drawing not to scale",
    leaves_out="One impulse after a rest: in LEMS, many impulses in a row release more, which is not "
    "shown. How much of a link is left in a person differs and is chosen here by hand; the loss of "
    "channels is split evenly between single channels and whole release sites. Where some nerve fibres "
    "are blocked, links 2 to 5 show a junction that an impulse still reaches. Mouse constants at "
    "22 °C on a human number of release sites; the end-plate's numbers are recalled, the movement is "
    "simply the share of fibres.",
    sources=(
        "Dittrich2013",
        "PyNEUCell",
        "SchneggenburgerNeher2000",
        "Engel",
        "McLachlanMartin1981",
        "WoodSlater2001",
    ),
    height_in=5.36,
)


# -- exercises ------------------------------------------------------------------------------------

#: Planned minutes of each notebook, 00 to 12, for who works through all of it.
MINUTES = (30, 35, 45, 40, 45, 45, 40, 50, 45, 40, 35, 50, 30)
#: What a family needs: this notebook without its exercises, then a box in plain words from each.
FAMILY_MINUTES = 24 + 3 * (len(MINUTES) - 1)


def _hours(minutes: int) -> str:
    if minutes < 100:
        return f"{minutes} minutes"
    whole, half = divmod(round(minutes / 30), 2)
    return f"about {whole}{'½' * half} hours"


ROUTE = Exercise(
    name="route",
    title="Choose your route",
    answer=exercises.Choice(
        options={
            "family": "Your route: this notebook without the exercises, then the box in plain words of "
            f"each other notebook. No code. {_hours(FAMILY_MINUTES)} in all.",
            "student": "Your route: all notebooks from 00 to 12, in order, with exercises; "
            f"{_hours(sum(MINUTES))}. Do not read them all in one day.",
            "resident": "Your route: this notebook, then 05 to 12; "
            f"{_hours(MINUTES[0] + sum(MINUTES[5:]))}. Go back to 03 and 04 for the mechanism.",
            "teacher": "Each notebook stands alone: take the ones your lesson needs. The quiz shows you "
            "which beliefs to talk about.",
        },
        accepted=("family", "student", "resident", "teacher"),
    ),
    hints=(
        "Read the table of routes above. Which line describes you best?",
        'Write the word in quotes, such as `"student"`. Every route is a right answer.',
    ),
)

PEOPLE = Exercise(
    name="people",
    title="How many people?",
    answer=Number(
        lambda: 17 * measurement("prevalence").value,
        unit="people",
        tolerance=0.03,
        near_misses=(
            (
                lambda _: 17 * measurement("incidence").value,
                "That is how many are newly diagnosed each year (the incidence); the question is how "
                "many have LEMS on one day (the prevalence).",
            ),
            (
                lambda _: 17 * measurement("mg_prevalence").value,
                "That is the number for myasthenia gravis; take the row of LEMS.",
            ),
            (
                lambda _: measurement("prevalence").value,
                "That is the number in one million people; the country has 17 million.",
            ),
        ),
    ),
    hints=(
        "A prevalence of 2 per million means: 2 people in every million.",
        "How many millions live in the country?",
        "`prevalence.value` people per million, times the number of millions.",
    ),
    because="So few that many doctors never meet one. The count behind it was small too: about four "
    "people in a region of 1.7 million (Wirtz et al. 2003), so the true number may well differ.",
)


TWO_WAYS = Exercise(
    name="two_ways",
    title="Two ways to halve calcium",
    answer=Number(
        lambda: cascade(CHANNELS, 50).firing - cascade(CALCIUM, 50).firing,
        unit="fibres of 100",
        absolute=1.5,
        near_misses=(
            (
                lambda _: cascade(CHANNELS, 50).firing,
                "That many fire with half the channels; subtract those that fire with half the "
                "calcium outside.",
            ),
            (
                # As the panel shows it: rounding is a large part of so small a number.
                lambda _: round(cascade(CALCIUM, 50).firing),
                "That many fire with half the calcium outside; subtract it from the number with half "
                "the channels.",
            ),
            (
                lambda _: cascade(NONE, 50).firing - cascade(CALCIUM, 50).firing,
                "That compares with the healthy junction; compare with half the channels.",
            ),
            (
                lambda _: cascade(CHANNELS, 50).values[3] - cascade(CALCIUM, 50).values[3],
                "That is the difference in packets (link 4); take the fibres that fire (link 6).",
            ),
        ),
    ),
    hints=(
        "Set the panel's slider to 50. Choose broken link 2, then broken link 3.",
        "Each time, read the number under link 6: muscle fibres that fire, of 100.",
        "Subtract the second number from the first.",
    ),
    because="The same number of calcium ions enters both times; look at link 3. Yet less calcium at "
    "each channel hurts far more than fewer channels. Notebook 04 shows why.",
)

LESSON = Lesson(
    name="00_start_here",
    panels=(SETUP, CASCADE),
    exercises=(ROUTE, PEOPLE, TWO_WAYS),
    terms=(
        "Lambert–Eaton myasthenic syndrome",
        "autoimmune",
        "antibody",
        "neuromuscular junction",
        "acetylcholine",
        "threshold",
        "prevalence",
    ),
    sources=(
        "ONeill1988",
        "Wirtz2003",
        "Wirtz2005",
        "Maddison2020",
        "Titulaer2008",
        "LambertEatonRooke1956",
    ),
)
