"""07: what the antibodies of LEMS do to the nerve ending, and what the muscle makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lems_helpers.clinic.antibodies import (
    AntibodyCourse,
    Illness,
    antibody_course,
)
from lems_helpers.clinic.disease import (
    TYPICAL_CHANNEL_SURVIVAL,
    TYPICAL_ZONE_SURVIVAL,
    lems,
    myasthenia_gravis,
)
from lems_helpers.clinic.electrodiagnosis import FullStudy, full_study, high_rate, low_rate
from lems_helpers.clinic.explanations import lems_with_cmap
from lems_helpers.clinic.grip import Grip, grip
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import (
    CHANNELS_ALONE,
    TYPICAL_RECEPTOR_SURVIVAL,
    draw_patient,
)
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.junction import Junction, human, mouse
from lems_helpers.physiology.microelectrode import record_amplitudes
from lems_helpers.physiology.quanta import draw_mini_times
from lems_helpers.physiology.release import quantal_content, release_probability

from .. import figures
from ..controls import Choice as ChoiceControl
from ..controls import Seed, Slider
from ..exercises import Array, Choice, Exercise, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import BLUE, COLOURS, GREY, INK, PAPER, PURPLE, VERMILLION

SITE, ANTIBODY = PURPLE, VERMILLION
_BAND = {"fc": "#D3E9E0", "ec": COLOURS["force"], "lw": 1.5}


# -- a scale with the published range, shared by two panels ---------------------------------------


def _scale(axes: Axes, title: str, limits: tuple[float, float], band: tuple[float, float]):
    """Draw a number line with a published band; returns ``set_scale(value, other, words)``."""
    axes.set(xlim=limits, ylim=(0, 1), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_title(title, fontsize=10.5)
    low, high = max(band[0], limits[0]), min(band[1], limits[1])
    if low < high:
        axes.add_patch(Rectangle((low, 0.1), high - low, 0.56, **_BAND))
    other = figures.line(axes, "ghost", marker="o", ls="", ms=12, mfc="none", mew=2)
    now = axes.plot([], [], "o", ms=9, mfc=INK, mec=PAPER, animated=True, zorder=5)[0]
    words = figures.text(axes, 1.0, 0.80, ha="right", va="center", weight="bold")

    def set_scale(value: float, compared: float | None, said: str) -> None:
        now.set_data([np.clip(value, *limits)], [0.38])
        other.set_data(*(([], []) if compared is None else ([np.clip(compared, *limits)], [0.38])))
        words.set_text(said)

    return set_scale


# -- 1. serum from a patient meets a mouse --------------------------------------------------------

SERA = ("a healthy person", "a person with LEMS", "a person with myasthenia gravis")
RECORDED_S, SHOWN_S, IMPULSES, SHOWN_IMPULSES = 300.0, 20.0, 60, 20


@dataclass(frozen=True)
class Mouse:
    """What a fine electrode records at one junction."""

    times_s: np.ndarray  # of the single packets
    sizes_mV: np.ndarray
    packets: np.ndarray  # released at each impulse

    @property
    def size_mV(self) -> float:
        return float(self.sizes_mV.mean())

    @property
    def rate_per_s(self) -> float:
        return self.times_s.size / RECORDED_S

    @property
    def content(self) -> float:
        return float(self.packets.mean())


@dataclass(frozen=True)
class Transfer:
    """A mouse without and a mouse with the antibodies."""

    serum: str
    untreated: Mouse
    treated: Mouse

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Size of single packets, their rate, packets per impulse: treated over untreated."""
        one, two = self.treated, self.untreated
        return (
            one.size_mV / two.size_mV,
            one.rate_per_s / two.rate_per_s,
            one.content / two.content,
        )


def given(serum: str, strength: float = 100.0) -> Junction:
    """Return the mouse's junction after antibodies; 100 % is as strong as in a typical person."""
    s = strength / 100
    if serum == SERA[1]:
        return lems(mouse(), TYPICAL_CHANNEL_SURVIVAL**s, TYPICAL_ZONE_SURVIVAL**s)
    if serum == SERA[2]:
        return myasthenia_gravis(mouse(), TYPICAL_RECEPTOR_SURVIVAL**s)
    return mouse()


def _mouse(junction: Junction, rng: np.random.Generator) -> Mouse:
    times = draw_mini_times(junction.quanta, rng, RECORDED_S)
    found = record_amplitudes(junction, rng, IMPULSES, max(times.size, 1))
    return Mouse(times, found.miniatures_mV, found.counts)


@checked(lambda: TRANSFER)
def passive_transfer(serum: str, strength: float, seed: int) -> Transfer:
    # Two mice, so each has its own chance.
    rngs = [np.random.default_rng([seed, i]) for i in range(2)]
    return Transfer(serum, _mouse(mouse(), rngs[0]), _mouse(given(serum, strength), rngs[1]))


def draw_transfer(fig: Figure):
    left, right = fig.subfigures(1, 2, width_ratios=(1.5, 1))
    top, middle, bottom = left.subplots(3, 1)
    strips = []
    for axes, name in ((top, "Untreated mouse"), (middle, "Given the antibodies")):
        axes.set_title(f"{name}: packets at rest")
        axes.set(xlim=(0, SHOWN_S), ylim=(0, 1.9), ylabel="mV", yticks=(0, 1))
        axes.set_xticks((0, 5, 10, 15, 20))
        axes.axhline(0, color=INK, lw=1.0)
        strips.append(
            axes.add_collection(
                LineCollection([], colors=COLOURS["end plate"], lw=2.2, animated=True)
            )
        )
    middle.set_xlabel("Time (s)")
    bottom.set_title("Packets per impulse")
    bottom.set(xlim=(0.3, SHOWN_IMPULSES + 0.7), ylim=(0, 135), xlabel="Impulse")
    bottom.set(xticks=(1, 5, 10, 15, 20), yticks=(0, 50, 100), ylabel="packets")
    hollow = figures.line(bottom, "ghost", marker="o", ls="", ms=6.5, mfc="none", mew=1.6)
    full = figures.line(bottom, "release", marker="o", ls="", ms=6)
    where = {"transform": bottom.transAxes, "clip_on": False}
    bottom.plot([0.46], [1.12], "o", ms=6.5, mfc="none", mec=GREY, mew=1.6, **where)
    bottom.text(0.48, 1.12, "untreated", va="center", transform=bottom.transAxes)
    bottom.plot([0.70], [1.12], "o", ms=6, color=COLOURS["release"], **where)
    bottom.text(0.72, 1.12, "with antibodies", va="center", transform=bottom.transAxes)
    rows = right.subplots(3, 1)
    size, content = measurement("mepp_ratio_lems"), measurement("qc_ratio_lems_mouse")
    titles = ("Size of single packets", "Rate of single packets", "Packets per impulse")
    bands = ((size.low, size.high), (0.0, 0.0), (content.low, content.high))
    sets = [_scale(a, t, (0, 1.5), b) for a, t, b in zip(rows, titles, bands, strict=True)]
    for axes in rows:
        axes.axvline(1, color=GREY, lw=1.5, ls=":")
        axes.set_xticks((0, 0.5, 1, 1.5))
    rows[2].set_xlabel("Treated over untreated (times)\ngreen: measured in LEMS")

    def update(now: Transfer, kept: Transfer | None, _: str) -> None:
        for strip, one in zip(strips, (now.untreated, now.treated), strict=True):
            shown = one.times_s < SHOWN_S
            strip.set_segments(
                [[(t, 0), (t, y)] for t, y in zip(one.times_s, one.sizes_mV, strict=True)][
                    : int(shown.sum())
                ]
            )
        impulse = np.arange(1, SHOWN_IMPULSES + 1)
        hollow.set_data(impulse, now.untreated.packets[:SHOWN_IMPULSES])
        full.set_data(impulse, now.treated.packets[:SHOWN_IMPULSES])
        others = (None,) * 3 if kept is None else kept.ratios
        for set_scale, ratio, other in zip(sets, now.ratios, others, strict=True):
            set_scale(ratio, other, f"× {ratio:.2f}")

    return update


def describe_transfer(result: Transfer) -> Reading:
    size, rate, content = result.ratios
    one, two = result.treated, result.untreated
    return Reading(
        f"Antibodies of {result.serum}: single packets are {size:.2f} times as large and come "
        f"{rate:.2f} times as often; an impulse releases {content:.2f} times as many.",
        {
            "Size of single packets": f"{one.size_mV:.2f} mV (untreated {two.size_mV:.2f})",
            "Rate of single packets": f"{one.rate_per_s:.2f} /s (untreated {two.rate_per_s:.2f})",
            "Packets per impulse": f"{one.content:.0f} (untreated {two.content:.0f})",
        },
    )


TRANSFER = Panel(
    name="passive_transfer",
    question="Antibodies from a person are given to a mouse: what changes at its junctions?",
    controls=(
        ChoiceControl("serum", "Antibodies from", SERA, SERA[1]),
        Slider("strength", "Strength", "% of typical", 0, 150, 10, 100),
        Seed(),
    ),
    compute=passive_transfer,
    draw=draw_transfer,
    describe=describe_transfer,
    call=lambda serum, strength, seed: (
        f"passive_transfer({serum!r}, {strength:g}, {seed}).treated.content"
    ),
    shows="Left, single packets at rest at an untreated and a treated mouse junction as upright "
    "strokes, and the packets of 20 impulses as dots; right, three ratios on scales, with the "
    "published ranges for LEMS.",
    presets={
        "Healthy": {"serum": SERA[0]},
        "LEMS": {"serum": SERA[1], "strength": 100},
        "Myasthenia gravis": {"serum": SERA[2], "strength": 100},
    },
    prediction=Prediction(
        "Antibodies from a person with LEMS are injected into a mouse for some weeks. What changes "
        "most at its junctions?",
        (
            "The size of each single packet's effect",
            "How often single packets come at rest",
            "How many packets an impulse releases",
        ),
        judge=lambda now, _: int(np.argmax(np.abs(np.log(now.ratios)))),
        because="The muscle answers each packet as before, so its receptors are not the target. "
        "What falls is the number of packets per impulse: the nerve ending's own work.",
    ),
    leaves_out="The course of days to weeks of injections, and how mice differ. That the rate at rest "
    "stays the same is put into the model, not computed. Packets are counted directly; an "
    "experimenter works their number out. Losses are those of a typical patient.",
    sources=("Lang1981", "Lang1983", "LambertElmqvist1971", "Fukunaga1983"),
    height_in=4.9,
)


# -- 2. the map of release sites ------------------------------------------------------------------

COLUMNS, ROWS = 4, 3
PITCH_NM = np.array([160.0, 152.0])
#: Specks of acetylcholine inside a vesicle, only drawn.
_LOAD_NM = np.array([(0, 0), (-9, 5), (9, 5), (0, -11), (0, 12)], float)


@dataclass(frozen=True)
class SiteMap:
    """Release sites drawn one by one, and what the whole terminal releases."""

    channels: np.ndarray  # (kept, 2) in nm
    lost_channels: np.ndarray
    vesicles: np.ndarray
    middles: np.ndarray  # of the sites left
    lost_middles: np.ndarray
    sites: float  # shares of the healthy terminal, 0 to 1
    per_site: float
    ready: float
    chance: float
    packets: float
    without_sites: float  # chance of a vesicle if only sites, or only channels, were lost
    without_channels: float


def _site(disorganisation: float) -> tuple[np.ndarray, np.ndarray]:
    """Channels and vesicles of one site around its middle, in nm, at the model's distances."""
    healthy = human().zone
    apart = sum(np.sqrt(d**2 - 15.0**2) for d in (healthy.near_nm, healthy.far_nm))
    zone = lems(human(), disorganisation=disorganisation).zone
    near, far = (
        d + zone.disorganisation * (zone.scattered_nm - d) for d in (zone.near_nm, zone.far_nm)
    )
    # Where the circles around the two vesicles meet.
    x = (near**2 - far**2 + apart**2) / (2 * apart)
    y = np.sqrt(near**2 - x**2)
    half = apart / 2
    channels = [(sx * (half - x), sy * y) for sx in (-1, 1) for sy in (-1, 1)]
    return np.array(channels), np.array([(-half, 0.0), (half, 0.0)])


@checked(lambda: SITE_MAP)
def site_map(channels: float, sites: float, disorganisation: float, seed: int) -> SiteMap:
    count = COLUMNS * ROWS
    rng = np.random.default_rng(seed)
    order, luck = rng.permutation(count), rng.random((count, 4))
    middles = PITCH_NM * np.array([(i % COLUMNS + 0.5, i // COLUMNS + 0.5) for i in range(count)])
    middles = middles + rng.uniform(-8, 8, (count, 2))
    site_kept = order < round(sites / 100 * count)
    kept = site_kept[:, None] & (luck < channels / 100)
    now, vesicles = _site(disorganisation / 100)
    before, _ = _site(0.0)
    places, docked = middles[:, None] + now, middles[:, None] + vesicles
    healthy = human()
    ill = lems(healthy, channels / 100, sites / 100, disorganisation / 100)
    return SiteMap(
        channels=places[kept],
        lost_channels=(middles[:, None] + before)[~kept],
        vesicles=docked[site_kept].reshape(-1, 2),
        middles=middles[site_kept],
        lost_middles=middles[~site_kept],
        sites=sites / 100,
        per_site=channels / 100,
        ready=ill.docked_vesicles / healthy.docked_vesicles,
        chance=release_probability(ill) / release_probability(healthy),
        packets=quantal_content(ill) / quantal_content(healthy),
        without_sites=release_probability(lems(healthy, zone_survival=sites / 100))
        / release_probability(healthy),
        without_channels=release_probability(lems(healthy, channel_survival=channels / 100))
        / release_probability(healthy),
    )


def draw_map(fig: Figure):
    plane, bars = fig.subplots(1, 2, width_ratios=(2.15, 1))
    width, height = PITCH_NM * (COLUMNS, ROWS)
    plane.set(xlim=(-10, width + 10), ylim=(-10, height + 10), aspect="equal")
    plane.set(xlabel="nm (between sites not to scale; dashed: a lost site)", ylabel="nm")
    plane.set(xticks=(0, 200, 400, 600), yticks=(0, 200, 400))
    plane.set_title("12 release sites of one nerve ending", pad=26)
    move = {"animated": True, "ls": ""}
    whole, gone = (
        plane.add_collection(
            EllipseCollection(
                [148], [72], [0], units="xy", offsets=np.empty((0, 2)), fc=fill, ec=edge,
                lw=1.5, ls=dash, animated=True, offset_transform=plane.transData,
            )
        )
        for fill, edge, dash in (("#F5ECF2", SITE, "-"), ("none", GREY, (0, (3, 2))))
    )  # fmt: skip
    vesicles = plane.plot(
        [], [], "o", ms=24, mfc=PAPER, mec=COLOURS["release"], mew=2.2, zorder=3, **move
    )[0]
    load = plane.plot([], [], "o", ms=4, mew=0, color=COLOURS["release"], zorder=3.1, **move)[0]
    lost = plane.plot([], [], "x", ms=7, mec=GREY, mew=1.8, zorder=4, **move)[0]
    channels = plane.plot([], [], "s", ms=8.5, mfc=BLUE, mec=PAPER, mew=0.7, zorder=5, **move)[0]
    under = {"transform": plane.transAxes, "clip_on": False}
    for x, mark, name, style in (
        (0.02, "s", "channel", {"mfc": BLUE, "mec": PAPER, "ms": 9}),
        (0.22, "x", "lost channel", {"mec": GREY, "mew": 1.8, "ms": 8}),
        (0.55, "o", "docked vesicle", {"mfc": PAPER, "mec": COLOURS["release"], "mew": 2.2}),
    ):
        style = {"ms": 13, **style}
        plane.plot([x], [1.05], mark, **style, **under)
        plane.text(x + 0.03, 1.05, name, va="center", transform=plane.transAxes)
    names = (
        "Sites left",
        "Channels left per site",
        "Vesicles ready",
        "Release chance of each",
        "Packets per impulse",
    )
    colours = (SITE, BLUE, COLOURS["release"], COLOURS["release"], COLOURS["release"])
    spots = np.arange(len(names))[::-1]
    bars.set(xlim=(0, 135), ylim=(-0.5, len(names) - 0.25), yticks=[], xticks=(0, 50, 100))
    bars.spines["left"].set_visible(False)
    bars.set_title("Whole nerve ending")
    bars.set_xlabel("% of healthy")
    bars.axvline(100, color=GREY, lw=1.5, ls=":")
    drawn, values = [], []
    for y, name, colour in zip(spots, names, colours, strict=True):
        bars.text(0, y + 0.33, name, va="center")
        drawn.append(bars.barh([y], [0], height=0.34, color=colour, animated=True)[0])
        values.append(
            figures.text(bars, 0, y, transform=bars.transData, va="center", weight="bold")
        )
    bars.text(50, 0.68, "ready × chance =", va="center", ha="center", style="italic", color=GREY)
    ghosts = bars.plot([], [], "|", ms=17, mew=2.4, color=GREY, animated=True, zorder=5)[0]

    def shares(one: SiteMap) -> tuple[float, ...]:
        return tuple(100 * x for x in (one.sites, one.per_site, one.ready, one.chance, one.packets))

    def update(now: SiteMap, compared: SiteMap, _: str) -> None:
        for artist, places in (
            (channels, now.channels),
            (lost, now.lost_channels),
            (vesicles, now.vesicles),
            (load, (now.vesicles[:, None] + _LOAD_NM).reshape(-1, 2)),
        ):
            artist.set_data(*places.T)
        whole.set_offsets(now.middles)
        gone.set_offsets(now.lost_middles)
        for bar, value, y, share, other in zip(
            drawn, values, spots, shares(now), shares(compared), strict=True
        ):
            bar.set_width(share)
            # The mark of the comparison may stand just where the number would.
            end = other if share < other < share + 30 else share
            value.set(text=f"{share:.0f} %", position=(end + 3, y))
        ghosts.set_data(shares(compared), spots)

    return update


def describe_map(result: SiteMap) -> Reading:
    return Reading(
        f"With {result.per_site:.0%} of the channels at {result.sites:.0%} of the sites, "
        f"{result.ready:.0%} of the vesicles stand ready, each with {result.chance:.0%} of its "
        f"chance: {result.packets:.0%} of the packets.".replace("%", " %"),
        {
            "Vesicles ready": f"{100 * result.ready:.0f} %",
            "Release chance of each": f"{100 * result.chance:.0f} %",
            "Packets per impulse": f"{100 * result.packets:.0f} %",
        },
    )


def _percent(share: float) -> int:
    return round(100 * share)


SITE_MAP = Panel(
    name="site_map",
    question="Two things can be lost, channels and whole release sites: is the damage the same?",
    controls=(
        Slider("channels", "Channels left per site", "%", 0, 100, 1, 50),
        Slider("sites", "Release sites left", "%", 0, 100, 1, 50),
        Slider("disorganisation", "Channels moved away", "%", 0, 40, 5, 0),
        Seed(),
    ),
    compute=site_map,
    draw=draw_map,
    describe=describe_map,
    call=lambda channels, sites, disorganisation, seed: (
        f"quantal_content(lems(human(), {channels / 100:g}, {sites / 100:g}, "
        f"{disorganisation / 100:g}))"
    ),
    shows="Left, a map of 12 release sites with their channels and vesicles, those lost marked with "
    "crosses and dashed outlines; right, bars for what is left of sites, channels, ready vesicles, their "
    "chance and the packets of an impulse.",
    presets={
        "Healthy": {"channels": 100, "sites": 100, "disorganisation": 0},
        "LEMS, explanation A": {
            "channels": _percent(CHANNELS_ALONE),
            "sites": 100,
            "disorganisation": 0,
        },
        "LEMS, explanation B": {
            "channels": _percent(TYPICAL_CHANNEL_SURVIVAL),
            "sites": _percent(TYPICAL_ZONE_SURVIVAL),
            "disorganisation": 0,
        },
    },
    compare={"channels": 100, "sites": 100},
    prediction=Prediction(
        "Half of the channels are lost by chance, and half of the sites as a whole. Take a vesicle "
        "that still stands at its site. Which loss lowers its chance of being released?",
        ("Only the lost channels", "Only the lost sites", "Both, about equally"),
        judge=lambda now, _: int(
            np.argmax(
                (
                    now.without_sites > 0.95 > now.without_channels,
                    now.without_channels > 0.95 > now.without_sites,
                    True,
                )
            )
        ),
        because="A site that is left is whole in itself. So losing sites means fewer vesicles, and "
        "losing channels means more hesitant ones. Both cost packets.",
    ),
    leaves_out="Sites act on their own here; real ones may share calcium. Twelve sites stand for 260, "
    "drawn closer together than they lie. Channels moved by 100 % would lie 100 nm from the vesicles, "
    "an assumption, as is their direction.",
    sources=("Dittrich2013", "PyNEUCell", "Ruiz2011", "Fukunaga1983"),
    kind="Model output on a schematic layout",
    height_in=4.6,
)


# -- 3. two explanations in competition -----------------------------------------------------------

#: What is called a decrement, and an increment, in the clinic (percent).
DECREMENT, INCREMENT = 10.0, 60.0
AFTER = np.array([0.0, 1.5, 10.0, 20.0, 30.0, 50.0, 80.0])
_UNITS = ("mV", "%", "%", "%")
_TILE_MS = np.linspace(2.0, 17.0, 61)


@dataclass(frozen=True)
class Trial:
    """One explanation, put through the tests of the laboratory."""

    channels: float
    sites: float
    slow: np.ndarray  # (10, samples) waveforms at 3 Hz, mV
    later: np.ndarray  # (7, samples): at rest, then after the effort
    resting_mV: float
    decrement: float
    effort_increment: float
    fast_increment: float

    @property
    def fits(self) -> tuple[bool, bool, bool, bool]:
        """At rest, at 3 Hz, after effort, at 50 Hz."""
        return (
            measurement("cmap_rest_lems").holds(self.resting_mV),
            self.decrement >= DECREMENT,
            self.effort_increment >= INCREMENT,
            self.fast_increment >= INCREMENT,
        )


@checked(lambda: TRIAL)
@lru_cache(maxsize=64)
def trial(on_sites: float, cmap_mV: float) -> Trial:
    junction = lems_with_cmap(cmap_mV, on_sites / 100)
    study: FullStudy = full_study(junction, burst=1)
    waves = study.recording.waveforms(_TILE_MS)
    return Trial(
        junction.zone.channel_survival,
        junction.terminal.zone_survival,
        waves[study.rest],
        np.concatenate([waves[study.rest][:1], waves[study.after]]),
        study.resting_cmap_mV,
        study.decrement_percent,
        study.increment_percent,
        high_rate(junction).increment_percent,
    )


def _train(axes: Axes, tiles: int, limits: tuple[float, float], step: float, labels: list[str]):
    """Draw an EMG screen: responses side by side; returns ``set_train(now, other)``."""
    axes.set(xlim=(-0.05, tiles + 0.02), ylim=limits, ylabel="mV")
    axes.set_xticks(np.arange(tiles) + 0.38, labels)
    axes.set_yticks(np.arange(np.ceil(limits[0] / step) * step, limits[1] + 1e-9, step))
    axes.grid(color="#DDDDDD", lw=0.8)
    x = (np.arange(tiles)[:, None] + np.linspace(0, 0.96, _TILE_MS.size)).ravel()
    other = axes.add_collection(
        LineCollection([], colors=GREY, lw=2.2, linestyles=[(0, (2, 1))], animated=True, zorder=4)
    )
    level = axes.axhline(0, color=GREY, lw=1.5, ls=":", animated=True)
    trace = figures.line(axes, "voltage", zorder=3)
    trace.set_linewidth(1.8)

    def set_train(now: np.ndarray, compared: np.ndarray) -> None:
        trace.set_data(x, now.ravel())
        level.set_ydata([now[0].max()] * 2)
        tops = enumerate(compared.max(axis=1))
        other.set_segments([[(i + 0.06, y), (i + 0.72, y)] for i, y in tops])

    return set_train


def draw_trial(fig: Figure):
    left, right = fig.subfigures(1, 2, width_ratios=(1.55, 1))
    top, bottom = left.subplots(2, 1)
    top.set_title("Ten stimuli, 3 per second, at rest")
    top.set_xlabel("Stimulus")
    set_slow = _train(top, 10, (-2.6, 4.0), 1, [str(i) for i in range(1, 11)])
    bottom.set_title("Single stimuli after 10 s of full effort")
    bottom.set_xlabel("Seconds after the effort")
    labels = ["before", *(f"{s:g}" for s in AFTER[1:])]
    set_later = _train(bottom, 7, (-7, 9.5), 2, labels)
    for axes in (top, bottom):
        axes.plot([0.63, 0.69], [0.93] * 2, color=GREY, lw=2.2, ls=(0, (2, 1)),
                  transform=axes.transAxes)  # fmt: skip
    names = [figures.text(axes, 0.705, 0.93, va="center", color=GREY) for axes in (top, bottom)]
    rows = right.subplots(4, 1)
    rest = measurement("cmap_rest_lems")
    settings = (
        ("At rest: small response (mV)", (0, 10), (rest.low, rest.high)),
        ("3 Hz: fall of the response (%)", (-10, 45), (DECREMENT, 99)),
        ("After effort: growth (%)", (0, 700), (INCREMENT, 999)),
        ("50 Hz, 1 s: growth (%)", (0, 550), (INCREMENT, 999)),
    )
    sets = [_scale(a, *setting) for a, setting in zip(rows, settings, strict=True)]
    rows[3].set_xlabel("green: most people with LEMS")

    def update(now: Trial, compared: Trial, label: str) -> None:
        set_slow(now.slow, compared.slow)
        set_later(now.later, compared.later)
        for name in names:
            name.set_text(label)
        said = [
            f"{x:.{d}f} {unit}"
            for x, d, unit in zip(_values(now), (1, 0, 0, 0), _UNITS, strict=True)
        ]
        for set_scale, value, other, words, fits in zip(
            sets, _values(now), _values(compared), said, now.fits, strict=True
        ):
            set_scale(value, other, f"{words}  {'✓ fits' if fits else '✗ misses'}")

    return update


def _values(one: Trial) -> tuple[float, ...]:
    return one.resting_mV, one.decrement, one.effort_increment, one.fast_increment


def describe_trial(result: Trial) -> Reading:
    said = ["fits" if fits else "misses" for fits in result.fits]
    return Reading(
        f"Channels left {100 * result.channels:.0f} %, sites left {100 * result.sites:.0f} %. "
        f"3 Hz: {-result.decrement:+.0f} % ({said[1]}). After effort: "
        f"{result.effort_increment:+.0f} % ({said[2]}). 50 Hz: {result.fast_increment:+.0f} % "
        f"({said[3]}). {sum(result.fits)} of 4 fit.",
        {
            "Response at rest": f"{result.resting_mV:.1f} mV",
            "Fall at 3 Hz": f"{result.decrement:.1f} %",
            "Growth after effort": f"{result.effort_increment:+.0f} %",
            "Growth at 50 Hz": f"{result.fast_increment:+.0f} %",
        },
    )


def _judge_trial(now: Trial, _: object) -> int:
    return 0 if all(now.fits) else 1 if not now.fits[1] else 2


TRIAL = Panel(
    name="explanations",
    question="Which explanation fits what is measured in people with LEMS?",
    controls=(
        Slider("on_sites", "Loss that falls on whole sites", "%", 0, 100, 5, 0),
        Slider("cmap_mV", "Response at rest", "mV", 0.5, 3.0, 0.5, 2.0),
    ),
    compute=trial,
    draw=draw_trial,
    describe=describe_trial,
    call=lambda on_sites, cmap_mV: (
        f"low_rate(lems_with_cmap({cmap_mV:g}, {on_sites / 100:g})).decrement_percent"
    ),
    shows="Left, an EMG screen with ten responses at 3 Hz and, below, one before and six after an "
    "effort; dashes show channels alone. Right, four scales with the published range in green and "
    "the model as a dot.",
    presets={
        "Channels alone": {"on_sites": 0},
        "Sites alone": {"on_sites": 100},
    },
    compare={"on_sites": 0},
    compare_label="channels alone",
    compare_follows=("cmap_mV",),
    prediction=Prediction(
        "Suppose the antibodies take channels and nothing else, just enough of them to make the "
        "response at rest as small as in people with LEMS. What of the other findings?",
        (
            "They all fit",
            "The fall at 3 Hz does not fit",
            "The growth after effort, or at 50 Hz, does not fit",
        ),
        judge=_judge_trial,
        because="Look at the four scales, then move the loss from channels to whole sites. The "
        "response at rest stays as it is: the model takes just as much as is needed.",
    ),
    leaves_out="A muscle of endlessly many fibres, so no chance. That growth at 50 Hz is large in a "
    "typical patient was asked for when the model was set up; the fall at 3 Hz was not. Oh et al. ask "
    "for growth of 60 % in one of the two tests, this panel in both.",
    sources=("Oh2005", "ONeill1988", "TitulaerLangVerschuuren2011", "Ginebaugh2023"),
    height_in=5.0,
)


# -- 4. weeks and seconds -------------------------------------------------------------------------

LAST_WEEK, FIBRES = 16, 60
_DAYS = np.arange(0.0, 7.0 * LAST_WEEK + 1.0)


@dataclass(frozen=True)
class Weeks:
    """The untreated illness over weeks, and a squeeze of ten seconds on one day of it."""

    week: float
    course: AntibodyCourse
    squeeze: Grip
    at_day: tuple[float, float, float]  # antibody, channels, sites


def illness(effect: float) -> Illness:
    """Return an untreated illness; 100 % settles to the losses of a typical person."""
    e = effect / 100
    return Illness(TYPICAL_CHANNEL_SURVIVAL**e, TYPICAL_ZONE_SURVIVAL**e)


@lru_cache(maxsize=32)
def _course(effect: float) -> AntibodyCourse:
    return antibody_course(_DAYS, illness=illness(effect), begin="onset")


@checked(lambda: WEEKS)
@lru_cache(maxsize=64)
def weeks(week: float, effect: float, seed: int) -> Weeks:
    course = _course(effect)
    day = int(7 * week)
    found = (course.antibody[day], course.channel_survival[day], course.zone_survival[day])
    antibody, channels, sites = (float(x) for x in found)
    squeeze = grip(lems(human(), channels, sites), np.random.default_rng(seed), fibres=FIBRES)
    return Weeks(week, course, squeeze, (antibody, channels, sites))


def draw_weeks(fig: Figure):
    slow, fast = fig.subplots(1, 2, width_ratios=(1.15, 1))
    slow.set_title("Weeks without treatment")
    slow.set(xlim=(0, LAST_WEEK), ylim=(0, 112), xlabel="Weeks since the first antibody")
    slow.set(ylabel="% of healthy (antibody: of final level)", xticks=(0, 4, 8, 12, 16))
    fast.set_title("That day: squeezing for 10 s")
    fast.set(xlim=(0, 10), ylim=(0, 86), xlabel="Time (s)", ylabel="Force (N)")
    lines = [
        slow.plot([], [], color=colour, ls=style, animated=True)[0]
        for colour, style in (
            (ANTIBODY, (0, (6, 1.5, 1, 1.5))),
            (BLUE, "-"),
            (SITE, (0, (5, 1.5))),
        )
    ]
    marks = [
        slow.plot(
            [], [], mark, ms=9, color=colour, mec=PAPER, animated=True, zorder=5, clip_on=False
        )[0]
        for colour, mark in ((ANTIBODY, "o"), (BLUE, "s"), (SITE, "D"))
    ]
    for x, mark, colour, name in (
        (0.02, "o", ANTIBODY, "antibody"),
        (0.31, "s", BLUE, "channels"),
        (0.60, "D", SITE, "release sites"),
    ):
        slow.plot([x + 0.02], [0.965], mark, ms=8, color=colour, transform=slow.transAxes)
        slow.text(x + 0.05, 0.965, name, va="center", transform=slow.transAxes)
    cursor = figures.upright(slow, ymax=0.91)  # below the names
    set_pull, set_key = figures.pair(fast, "force"), figures.key(fast, 0.60, 0.20, gap=0.09)

    def update(now: Weeks, compared: Weeks, label: str) -> None:
        week = _DAYS / 7
        course = now.course
        for line, mark, values, value in zip(
            lines,
            marks,
            (course.antibody, course.channel_survival, course.zone_survival),
            now.at_day,
            strict=True,
        ):
            line.set_data(week, 100 * values)
            mark.set_data([now.week], [100 * value])
        cursor.set_xdata([now.week] * 2)
        one, other = now.squeeze, compared.squeeze
        set_pull((one.times_s, one.force_N), (other.times_s, other.force_N))
        set_key(label)

    return update


def describe_weeks(result: Weeks) -> Reading:
    _, channels, sites = result.at_day
    early, late = result.squeeze.at(0.5), result.squeeze.at(10.0)
    return Reading(
        f"In week {result.week:g}, {100 * sites:.0f} % of the sites are left, each with "
        f"{100 * channels:.0f} % of its channels. The squeeze begins with {early:.0f} N and ends with "
        f"{late:.0f} N.",
        {
            "Antibody, of its final level": f"{100 * result.at_day[0]:.0f} %",
            "Force after half a second": f"{early:.0f} N",
            "Force after 10 s": f"{late:.0f} N",
        },
    )


WEEKS = Panel(
    name="weeks",
    question="How does weakness come over weeks, and go within seconds?",
    controls=(
        Slider("week", "Week", "since the first antibody", 0, LAST_WEEK, 1, 12),
        Slider("effect", "Antibody effect", "% of typical", 0, 150, 10, 100),
        Seed(),
    ),
    compute=weeks,
    draw=draw_weeks,
    describe=describe_weeks,
    call=lambda week, effect, seed: f"weeks({week:g}, {effect:g}, {seed}).squeeze.at(0.5)",
    shows="Left, antibody, channels and release sites against weeks, with a cursor; right, the force "
    "of a squeeze of ten seconds in that week beside the healthy one.",
    presets={
        "Healthy": {"effect": 0},
        "LEMS, week 4": {"effect": 100, "week": 4},
        "LEMS, week 16": {"effect": 100, "week": 16},
    },
    compare={"week": 0},
    prediction=Prediction(
        "Twelve weeks into untreated LEMS, a squeeze begins with less than a third of the healthy "
        "force. How much of the healthy force is there after ten seconds?",
        ("Less than at the start", "About half", "Nearly all"),
        judge=lambda now, healthy: int(
            np.digitize(
                now.squeeze.at(10.0) / healthy.squeeze.at(10.0),
                (now.squeeze.at(0.5) / healthy.squeeze.at(0.5), 0.75),
            )
        ),
        because="Each impulse leaves something behind that helps the next one to release. While the "
        "effort lasts, more and more fibres answer.",
    ),
    leaves_out="Muscle fatigue, treatment, and any delay before the antibody acts. The half-life of a "
    "channel (3 days) is an assumption, as is the same pace for sites. The antibody is given as a share "
    "of the same person's final level.",
    sources=("ONeill1988", "Fuglevand1993", "MaglebyZengel1982", "Nagel1988"),
    height_in=3.9,
)


# -- exercises ------------------------------------------------------------------------------------

RECORD_SEED = 10


def patient_record() -> np.ndarray:
    """Ten CMAPs at 3 Hz of a fictional person with LEMS, mV."""
    rng = np.random.default_rng(RECORD_SEED)
    patient = draw_patient("lems", named_muscle("abductor digiti minimi"), rng)
    return low_rate(patient.junction, rng).recording.cmap_mV


def _decrement() -> float:
    cmap = patient_record()
    return float(100 * (cmap[0] - cmap[3:5].min()) / cmap[0])


def _of_record(wrong) -> float:
    return float(wrong(patient_record()))


DECREMENT_OF_RECORD = Exercise(
    name="decrement",
    title="Read a decrement",
    answer=Number(
        _decrement,
        unit="%",
        near_misses=(
            (
                lambda _: _of_record(lambda c: 100 * (c[0] - c[-1]) / c[0]),
                "You compared the first response with the tenth. The decrement takes the smaller of "
                "the fourth and the fifth.",
            ),
            (
                lambda _: _of_record(lambda c: 100 * (c[0] - c.min()) / c[0]),
                "You took the smallest of all ten. Only the fourth and the fifth are looked at.",
            ),
            (
                lambda _: _of_record(lambda c: 100 * (c[0] - c[4:6].min()) / c[0]),
                "Python counts from 0: `cmap_mV[3]` is the fourth response and `cmap_mV[4]` the fifth.",
            ),
            (
                lambda _: _of_record(lambda c: 100 * (c[0] - c[3:5].min()) / c[3:5].min()),
                "Divide by the first response: the fall is a share of what there was.",
            ),
            (
                lambda _: _of_record(lambda c: 100 * c[3:5].min() / c[0]),
                "That is what is left. The decrement is what is lost.",
            ),
            (
                lambda _: _of_record(lambda c: c[0] - c[3:5].min()),
                "That is the fall in mV. Divide it by the first response and turn it into percent.",
            ),
        ),
    ),
    hints=(
        "The decrement compares the first response with the smaller of the fourth and the fifth.",
        "Python counts from 0, so the fourth and the fifth responses are `cmap_mV[3:5]`.",
        "`100 * (cmap_mV[0] - cmap_mV[3:5].min()) / cmap_mV[0]`",
    ),
    because="A fall of 10 % or more counts as a decrement. So slow stimulation does show one in LEMS: "
    "finding it speaks neither against LEMS nor, alone, for it.",
)


def _both() -> list[float]:
    return [low_rate(lems_with_cmap(2.0, part)).decrement_percent for part in (0.0, 0.5)]


BOTH = Exercise(
    name="both",
    title="Two explanations, one test",
    answer=Array(
        _both,
        unit="%",
        near_misses=(
            (lambda right: right[::-1], "These are the two the other way round."),
            (
                lambda _: np.array(
                    [high_rate(lems_with_cmap(2.0, p)).increment_percent for p in (0.0, 0.5)]
                ),
                "That is the growth at 50 Hz. The fall at 3 Hz is asked for: `low_rate`.",
            ),
            (
                lambda right: np.array(
                    [right[0], low_rate(lems_with_cmap(2.0, 1.0)).decrement_percent]
                ),
                "The second number is that of sites alone. Put half of the loss on sites: 0.5.",
            ),
        ),
    ),
    hints=(
        "`lems_with_cmap(2.0, 0.0)` is a junction that lost channels alone, "
        "`lems_with_cmap(2.0, 0.5)` one that lost both.",
        "`low_rate(junction).decrement_percent` is the fall at 3 Hz, in percent.",
        "`decrements = [low_rate(junction).decrement_percent for junction in junctions]`",
    ),
    because="The response at rest is the same, 2 mV, so a single stimulus cannot tell them apart. A "
    "train can.",
)

_ON_SITES = {"channels alone": 0.0, "channels and sites": 50.0, "sites alone": 100.0}


def _verdict_words() -> dict[str, str]:
    found = {name: trial(on_sites, 2.0) for name, on_sites in _ON_SITES.items()}

    def figures_of(name: str) -> str:
        one = found[name]
        return (
            f"In the model the response at 3 Hz then falls by {one.decrement:.0f} %, and at 50 Hz it "
            f"grows by {one.fast_increment:.0f} %."
        )

    return {
        "channels alone": figures_of("channels alone")
        + " Nearly all people with LEMS have a fall of at least 10 %. Too few vesicles leave to "
        "make the response fall.",
        "sites alone": figures_of("sites alone")
        + " The fall is there, but the growth at 50 Hz is too small: the vesicles that are left "
        "are released too readily, and run out.",
        "channels and sites": figures_of("channels and sites")
        + " All four findings fit. A far larger simulation of single molecules came to the same "
        "verdict on channels alone (Ginebaugh et al. 2023).",
        "smaller packets": "Single packets keep their size in LEMS: look again at the first panel. "
        "Smaller packets are what myasthenia gravis brings.",
    }


def _verdict() -> tuple[str, ...]:
    return tuple(name for name, on_sites in _ON_SITES.items() if all(trial(on_sites, 2.0).fits))


VERDICT = Exercise(
    name="verdict",
    title="Your verdict",
    answer=Choice(_verdict_words, _verdict),
    hints=(
        "Use your two numbers from exercise 2: which of them reaches 10 %?",
        "Then test sites alone in the panel, at one end of the first slider. Does the growth at 50 Hz "
        "still fit?",
    ),
    because="This is evidence, not proof: the model may be wrong in other ways.",
)


LESSON = Lesson(
    name="07_lems",
    panels=(TRANSFER, SITE_MAP, TRIAL, WEEKS),
    exercises=(DECREMENT_OF_RECORD, BOTH, VERDICT),
    terms=(
        "autoantibody",
        "passive transfer",
        "compound muscle action potential",
        "decrement",
        "increment",
        "facilitation",
        "titre",
    ),
    sources=(
        "KimNeher1988",
        "Pinto1998",
        "Nagel1988",
        "Fukunaga1982",
        "Lennon1995",
        "Zalewski2016",
        "Lipka2020",
        "Meriney2018",
    ),
)
