"""04: why release is so steep in calcium, and not in channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.polynomial import Polynomial

from lems_helpers.clinic.disease import lems
from lems_helpers.physiology.calcium_channels import single_channel_current_pA
from lems_helpers.physiology.influx import average_channel
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.nanodomain import Nanodomain, calcium_per_pA, length_constant_nm
from lems_helpers.physiology.release import (
    ReleaseTimeCourse,
    local_exponent,
    quantal_content,
    release_calcium_curve,
    release_probability,
    release_survival_curve,
    release_time_course,
)

from .. import figures
from ..controls import Choice as ChoiceControl
from ..controls import Slider
from ..exercises import Array, Choice, Exercise, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import BLACK, BLUE, GREY, VERMILLION
from ..words import amount

CALCIUM = Slider("calcium_mM", "Outside calcium", "mM", 0.25, 4, 0.25, 2)


# -- 1. the nanodomain ----------------------------------------------------------------------------

BUFFERS = {"none": None, "EGTA, 10 mM": ("EGTA", 10.0), "BAPTA, 10 mM": ("BAPTA", 10.0)}
#: Half the distance between the two rows of channels, nm: only the picture depends on it.
HALF_ROW_NM = 15.0
X_NM, Y_NM = np.linspace(-45, 115, 215), np.linspace(-60, 60, 161)
DISTANCE_NM = np.geomspace(5, 110, 90)
LEVELS_UM = (0.05, 0.1, 0.3, 1, 3, 10, 30, 100, 2000)


@dataclass(frozen=True)
class CalciumMap:
    """Calcium around one active zone while some of its channels are open."""

    near_open: int
    far_open: int
    map_uM: np.ndarray  # (y, x)
    profile_uM: np.ndarray  # at DISTANCE_NM from one open channel
    near_uM: float  # from one channel at the near distance
    far_uM: float
    vesicle_uM: float


def channel_places() -> np.ndarray:
    """Where the four channels lie, nm; the first vesicle is the origin. Near pair first."""
    zone = mouse().zone
    x = [np.sqrt(d**2 - HALF_ROW_NM**2) for d in (zone.near_nm, zone.far_nm)]
    return np.array([(xi, sign * HALF_ROW_NM) for xi in x for sign in (1, -1)])


@checked(lambda: CALCIUM_MAP)
def calcium_map(near_open: int, far_open: int, calcium_mM: float, buffer: str) -> CalciumMap:
    chosen = BUFFERS[buffer]
    length = np.inf if chosen is None else length_constant_nm(*chosen)
    domain = Nanodomain(length_constant_nm=length)
    average = average_channel()
    # The moment of the largest current: what a vesicle sees then from each open channel.
    voltage = average.voltage_mV[average.current_pA.argmin()]
    inward = -single_channel_current_pA(voltage, calcium_mM)
    places = channel_places()
    chosen_places = [*places[:2][:near_open], *places[2:][:far_open]]
    grid = np.full((len(Y_NM), len(X_NM)), domain.rest_uM)
    for x, y in chosen_places:
        r = np.hypot(X_NM[None, :] - x, Y_NM[:, None] - y)
        grid += inward * calcium_per_pA(np.maximum(r, 2.0), domain)
    zone = mouse().zone
    near, far = (inward * calcium_per_pA(d, domain) for d in (zone.near_nm, zone.far_nm))
    return CalciumMap(
        near_open,
        far_open,
        grid,
        domain.rest_uM + inward * calcium_per_pA(DISTANCE_NM, domain),
        domain.rest_uM + near,
        domain.rest_uM + far,
        domain.rest_uM + near_open * near + far_open * far,
    )


def draw_calcium_map(fig: Figure):
    plane, profile = fig.subplots(1, 2, width_ratios=(1.5, 1))
    colours = [
        "#FFFFFF",
        "#F0F6FB",
        "#DCEAF5",
        "#BFD9ED",
        "#93BFE0",
        "#5B9FCE",
        "#2A78B0",
        "#0B4A7A",
    ]
    image = plane.imshow(
        np.zeros((2, 2)),
        extent=(X_NM[0], X_NM[-1], Y_NM[0], Y_NM[-1]),
        origin="lower",
        cmap=ListedColormap(colours),
        norm=BoundaryNorm(LEVELS_UM, len(colours)),
        interpolation="none",  # its few numbers go to the page, and the page enlarges them
        animated=True,
    )
    bar = fig.colorbar(image, ax=plane, location="bottom", shrink=0.9, aspect=30, pad=0.02)
    bar.set_ticks(LEVELS_UM[:-1], labels=[f"{level:g}" for level in LEVELS_UM[:-1]])
    bar.set_label("Calcium (µM)")
    plane.set_title("One active zone, seen from inside")
    plane.set(xlabel="nm", ylabel="nm", xticks=(0, 50, 100), yticks=(-50, 0, 50))
    places = channel_places()
    plate = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
    on_top = {"ha": "center", "animated": True, "zorder": 6, "bbox": plate}
    for x in (0.0, float(places[:, 0].sum() / 2)):
        plane.plot([x], [0], "o", ms=24, mfc="white", mec=VERMILLION, mew=3, animated=True)
        plane.text(x, -29, "its neighbour" if x else "middle of the vesicle", **on_top)
    plane.text(35, -54, "■ open channel   □ shut channel", **on_top)
    shut = plane.plot([], [], "s", ms=7, mfc="white", mec=BLACK, mew=1.5, animated=True, zorder=5)[
        0
    ]
    is_open = plane.plot([], [], "s", ms=7, mfc=BLACK, mec="white", animated=True, zorder=5)[0]
    profile.set(xscale="log", yscale="log", xlim=(5, 110), ylim=(0.04, 600))
    profile.set_title("Around one open channel")
    profile.set(xlabel="Distance from the channel (nm)", ylabel="Calcium (µM)")
    _plain_log(profile.xaxis, (5, 10, 20, 50, 100))
    _plain_log(profile.yaxis, (0.1, 1, 10, 100))
    profile.axhline(Nanodomain().rest_uM, color=GREY, lw=1.5, ls=":")
    profile.text(6, 0.056, "at rest", color=GREY)
    set_profile, set_key = (
        figures.pair(profile, "calcium"),
        figures.key(profile, 0.5, 0.93, gap=0.08),
    )
    dots = figures.line(profile, "calcium", marker="o", linestyle="", markersize=8)
    labels = [
        figures.text(profile, 0, 0, transform=profile.transData, va="bottom") for _ in range(2)
    ]
    distances = (mouse().zone.near_nm, mouse().zone.far_nm)

    def update(now: CalciumMap, compared: CalciumMap, label: str) -> None:
        image.set_data(now.map_uM)
        open_mask = np.array(
            [i < now.near_open for i in range(2)] + [i < now.far_open for i in range(2)]
        )
        is_open.set_data(*places[open_mask].T)
        shut.set_data(*places[~open_mask].T)
        set_profile((DISTANCE_NM, now.profile_uM), (DISTANCE_NM, compared.profile_uM))
        set_key(label)
        levels = (now.near_uM, now.far_uM)
        dots.set_data(distances, levels)
        for text, d, level in zip(labels, distances, levels, strict=True):
            text.set_position((d * 1.12, level * 1.12))
            text.set_text(f"{level:.2g} µM")

    return update


def _plain_log(axis, ticks: tuple[float, ...]) -> None:
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def describe_calcium_map(result: CalciumMap) -> Reading:
    rest = Nanodomain().rest_uM
    return Reading(
        f"With {result.near_open} near and {result.far_open} far channels open, the vesicle sees "
        f"{result.vesicle_uM:.3g} µM calcium, {result.vesicle_uM / rest:,.0f} times the resting level.",
        {
            "At the vesicle": f"{result.vesicle_uM:.3g} µM",
            "From one near channel": f"{result.near_uM:.3g} µM",
            "From one far channel": f"{result.far_uM:.3g} µM",
            "At rest": f"{rest:g} µM",
        },
    )


CALCIUM_MAP = Panel(
    name="nanodomain",
    question="How much calcium does a vesicle see, and from how many channels?",
    controls=(
        Slider("near_open", "Near channels open", "", 0, 2, 1, 1),
        Slider("far_open", "Far channels open", "", 0, 2, 1, 0),
        CALCIUM,
        ChoiceControl("buffer", "Calcium catcher in the terminal", tuple(BUFFERS), "none"),
    ),
    compute=calcium_map,
    draw=draw_calcium_map,
    describe=describe_calcium_map,
    call=lambda near_open, far_open, calcium_mM, buffer: (
        f"calcium_map({near_open}, {far_open}, {calcium_mM:g}, {buffer!r}).vesicle_uM"
    ),
    shows="Left, a map of calcium around four channels and two vesicles of one active zone; right, "
    "calcium against distance from one open channel.",
    presets={
        "One near channel": {"near_open": 1, "far_open": 0},
        "All four": {"near_open": 2, "far_open": 2},
        "None": {"near_open": 0, "far_open": 0},
    },
    compare={},
    compare_label="at the start",
    prediction=Prediction(
        "One channel opens, 28 millionths of a millimetre from a vesicle. What happens to the calcium "
        "the vesicle sees?",
        ("It doubles", "It grows about ten-fold", "It grows several hundred-fold"),
        judge=lambda now, _: int(
            np.argmin([abs(np.log(now.near_uM / Nanodomain().rest_uM / x)) for x in (2, 10, 400)])
        ),
        because="All ions enter at one point and thin out as they spread, so calcium is highest at the "
        "mouth of the channel: a nanodomain.",
    ),
    leaves_out="The steady cloud forms and vanishes in microseconds, so its build-up is left out. Within 28 nm "
    "there are only one or two free ions at a time; the cloud is their average. The distances are the "
    "model's; how the channels lie in rows is drawn, not measured. Near and far are meant from the "
    "vesicle on the left.",
    sources=("Allbritton1992", "Dittrich2013", "PyNEUCell", "SchneggenburgerNeher2000"),
    kind="Model output on a schematic layout",
    height_in=4.6,
)


# -- 2. the sensor --------------------------------------------------------------------------------


@checked(lambda: SENSOR)
def sensor_course(calcium_mM: float, share: float, width: float) -> ReleaseTimeCourse:
    junction = lems(mouse(), channel_survival=share / 100)
    # No eye can tell these steps from finer ones. Longer ones would make fewer than 128 points, which
    # Matplotlib does not thin out, and so send twice as much.
    return release_time_course(junction.with_(calcium_mM=calcium_mM, width=width), step_ms=0.0125)


def percent(released: float) -> str:
    """Write a share in percent, to two decimals or, where that is nothing, to two digits."""
    shown = 100 * released
    if 0 < shown < 0.01:
        return f"{np.format_float_positional(shown, 2, fractional=False)} %"
    return f"{shown:.2f} %"


def draw_sensor(fig: Figure):
    rows = fig.subplots(4, 1, sharex=True)
    titles = (
        ("Calcium at the vesicle, on average", "µM", (0, 26), "calcium"),
        ("Calcium ions on its sensor, on average", "ions of 5", (0, 1.5), "sensor"),
        ("Sensors carrying all five ions", "%", (0, 4), "sensor"),
        ("Vesicles released so far", "%", (0, 15), "release"),
    )
    for axes, (title, unit, limits, _) in zip(rows, titles, strict=True):
        axes.set_title(title)
        axes.set(ylabel=unit, ylim=limits)
    rows[-1].set(xlabel="Time (ms)", xlim=(0.3, 2.5))
    setters = [figures.pair(axes, row[3]) for axes, row in zip(rows, titles, strict=True)]
    set_key = figures.key(rows[0], 0.84, 0.8, gap=0.22)
    peak = [figures.upright(axes) for axes in rows]
    note = figures.text(rows[-1], 0.99, 0.84, ha="right", color=VERMILLION)

    def curves(course: ReleaseTimeCourse) -> list[np.ndarray]:
        full = course.occupancy[:, -2]
        return [course.calcium_uM, course.bound_ions, 100 * full, 100 * course.released]

    def update(now: ReleaseTimeCourse, compared: ReleaseTimeCourse, label: str) -> None:
        for set_pair, y, other in zip(setters, curves(now), curves(compared), strict=True):
            set_pair((now.t_ms, y), (compared.t_ms, other))
        set_key(label)
        for mark in peak:
            mark.set_xdata([now.t_ms[now.voltage_mV.argmax()]] * 2)
        note.set_text(f"{percent(now.released[-1])} by the end")

    return update


def describe_sensor(course: ReleaseTimeCourse) -> Reading:
    released = course.released[-1]
    if released < 1e-9:
        return Reading(
            "With no calcium channel left, an impulse arrives as before and releases nothing.",
            {
                "Highest mean calcium": f"{course.calcium_uM.max():.2f} µM",
                "Most ions on the sensor": f"{course.bound_ions.max():.2f} of 5",
                "Released per vesicle": "0.00 %",
            },
        )
    half = float(np.interp(0.5 * released, course.released, course.t_ms))
    late = half - float(course.t_ms[course.voltage_mV.argmax()])
    return Reading(
        f"Each impulse releases {percent(released)} of the docked vesicles; half of that release "
        f"has come {late:.2f} ms after the impulse's peak.",
        {
            "Highest mean calcium": f"{course.calcium_uM.max():.1f} µM",
            "Most ions on the sensor": f"{course.bound_ions.max():.2f} of 5",
            "Released per vesicle": percent(released),
        },
    )


SENSOR = Panel(
    name="sensor",
    question="What does the calcium do to the vesicle, and how soon?",
    controls=(
        Slider("calcium_mM", "Outside calcium", "mM", 0.25, 2, 0.25, 2),
        Slider("share", "Channels remaining", "%", 0, 100, 5, 40),
        Slider("width", "Impulse width", "times normal", 1.0, 1.4, 0.1, 1.0),
    ),
    compute=sensor_course,
    draw=draw_sensor,
    describe=describe_sensor,
    call=lambda calcium_mM, share, width: (
        f"release_probability(lems(mouse(), channel_survival={share / 100:g})"
        f".with_(calcium_mM={calcium_mM:g}, width={width:g}))"
    ),
    shows="Four stacked graphs on one time axis: calcium at a vesicle, ions bound to its sensor, "
    "sensors that carry five ions, and vesicles released; a dotted line marks the impulse's peak.",
    presets={
        "Healthy": {"share": 100, "calcium_mM": 2.0, "width": 1.0},
        "LEMS": {"share": 40, "calcium_mM": 2.0, "width": 1.0},
    },
    compare={"share": 100},
    prediction=Prediction(
        "Of 100 vesicles that stand ready in a healthy mouse junction, how many does one impulse release?",
        ("About 6", "About 30", "All of them"),
        judge=lambda _, healthy: int(
            np.argmin([abs(healthy.released[-1] - x) for x in (0.06, 0.3, 1.0)])
        ),
        because="About half of the vesicles see no channel open. Of the others, most see only one, and one "
        "cloud seldom lasts long enough to fill a sensor with five ions.",
    ),
    leaves_out="One kind of sensor, no priming and no fusion pore. The sensor's rates come from a synapse "
    "of the brain (calyx of Held), not from the nerve-muscle junction. 40 left of 100 channels is an "
    "example, not a measurement.",
    sources=("SchneggenburgerNeher2000", "Dittrich2013", "Ruiz2011"),
    height_in=6.2,
)


# -- 3. two dose-response curves ------------------------------------------------------------------

SHARE = Slider("share", "Share that is left", "%", 12, 95, 1, 50)
START = Slider("start_mM", "Outside calcium at the start", "mM", 0.5, 2, 0.25, 2)
#: As many as Matplotlib begins to thin out: fewer would send more to the page.
SHARES = np.geomspace(0.1, 1.0, 130)


def _points(low: float, high: float, number: int) -> np.ndarray:
    """Where release is worked out: Chebyshev's points in the logarithm.

    One polynomial through all of them misses the model nowhere between them by more than 0.002 %.
    """
    along = 0.5 * (1 - np.cos(np.pi * np.arange(number) / (number - 1)))
    return low * (high / low) ** along


@dataclass(frozen=True)
class TwoCurves:
    """Release after a cut in calcium, and after the same cut in channels; percent of the start."""

    share: float
    by_calcium: np.ndarray  # at SHARES
    by_channels: np.ndarray
    at_calcium: float
    at_channels: float
    calcium_power: float
    channel_power: float


@lru_cache(maxsize=1)
def _by_calcium() -> Polynomial:
    """Return the logarithm of release by that of the outside calcium, for every start and share."""
    calcium = _points(SHARES[0] * START.low, START.high, 12)
    release = release_calcium_curve(mouse(), calcium)
    return Polynomial.fit(np.log(calcium), np.log(release), len(calcium) - 1)


@lru_cache(maxsize=32)
def _by_channels(start_mM: float) -> Polynomial:
    """Return the logarithm of release by that of the share of channels."""
    shares = _points(SHARES[0], 1.0, 8)
    release = release_survival_curve(mouse().with_(calcium_mM=start_mM), shares)
    return Polynomial.fit(np.log(shares), np.log(release), len(shares) - 1)


@checked(lambda: TWO_CURVES)
def two_curves(share: float, start_mM: float) -> TwoCurves:
    # Two points a tenth apart give the steepness where the learner stands.
    pair = share / 100 * np.array([0.9, 1.0])

    def left(curve: Polynomial, start: float) -> tuple[np.ndarray, np.ndarray]:
        return tuple(
            100 * np.exp(curve(np.log(start * shares)) - curve(np.log(start)))
            for shares in (SHARES, pair)
        )

    by_calcium, calcium = left(_by_calcium(), start_mM)
    by_channels, channels = left(_by_channels(start_mM), 1.0)
    return TwoCurves(
        share,
        by_calcium,
        by_channels,
        float(calcium[1]),
        float(channels[1]),
        float(local_exponent(pair, calcium)[0]),
        float(local_exponent(pair, channels)[0]),
    )


def draw_two_curves(fig: Figure):
    linear, logarithmic = fig.subplots(1, 2)
    movers = []
    for axes, title in (
        (linear, "The same curves, plain axes"),
        (logarithmic, "… and logarithmic axes"),
    ):
        axes.set_title(title)
        axes.set(xlabel="Share that is left (%)", ylabel="Release (% of the start)")
        movers.append(
            (
                figures.line(axes, "release"),
                figures.line(axes, "channel", linestyle=(0, (6, 2))),
                figures.line(axes, "release", marker="o", markersize=9),
                figures.line(axes, "channel", marker="s", markersize=8),
            )
        )
    kept = [
        [figures.line(axes, "ghost", lw=1.7, ls=":") for _ in range(2)]
        for axes in (linear, logarithmic)
    ]
    linear.set(xlim=(0, 103), ylim=(0, 105), xticks=range(0, 101, 20))
    logarithmic.set(xscale="log", yscale="log", xlim=(9.5, 106), ylim=(0.01, 130))
    _plain_log(logarithmic.xaxis, (10, 20, 50, 100))
    _plain_log(logarithmic.yaxis, (0.01, 0.1, 1, 10, 100))
    linear.text(
        0.03, 0.93, "● less calcium for each channel", color=VERMILLION, transform=linear.transAxes
    )
    linear.text(0.03, 0.86, "■ fewer channels", color=BLUE, transform=linear.transAxes)
    powers = [
        figures.text(logarithmic, 0.97, y, ha="right", color=colour)
        for y, colour in ((0.1, VERMILLION), (0.03, BLUE))
    ]

    def update(now: TwoCurves, compared: TwoCurves | None, label: str) -> None:
        for (by_calcium, by_channels, at_calcium, at_channels), old in zip(
            movers, kept, strict=True
        ):
            for trace, y in zip(old, _both(compared), strict=True):
                trace.set_data(100 * SHARES[: len(y)], y)
            by_calcium.set_data(100 * SHARES, now.by_calcium)
            by_channels.set_data(100 * SHARES, now.by_channels)
            at_calcium.set_data([now.share], [now.at_calcium])
            at_channels.set_data([now.share], [now.at_channels])
        powers[0].set_text(f"steepness for calcium: power {now.calcium_power:.1f}")
        powers[1].set_text(f"steepness for channels: power {now.channel_power:.1f}")

    return update


def _both(result: TwoCurves | None) -> tuple:
    return ((), ()) if result is None else (result.by_calcium, result.by_channels)


def describe_two_curves(result: TwoCurves) -> Reading:
    return Reading(
        f"With {result.share:.0f} % of the calcium, release falls to {amount(result.at_calcium, '%')}; "
        f"with {result.share:.0f} % of the channels, only to {amount(result.at_channels, '%')}.",
        {
            "Release, less calcium": amount(result.at_calcium, "%"),
            "Release, fewer channels": amount(result.at_channels, "%"),
            "Power of calcium": f"{result.calcium_power:.2f}",
            "Power of channels": f"{result.channel_power:.2f}",
        },
    )


TWO_CURVES = Panel(
    name="dose_response",
    question="Which costs more release: half the calcium, or half the channels?",
    controls=(SHARE, START),
    compute=two_curves,
    draw=draw_two_curves,
    describe=describe_two_curves,
    call=lambda share, start_mM: f"two_curves({share:g}, {start_mM:g}).at_channels",
    shows="Two graphs of the same curves, on plain and on logarithmic axes: release against the share "
    "of calcium left, and against the share of channels left.",
    presets={
        "A tenth lost": {"share": 90},
        "Half lost": {"share": 50},
        "LEMS, for example: 40 % left": {"share": 40},
    },
    prediction=Prediction(
        "You cut the outside calcium by half, or you remove half of the channels. What is left of release?",
        (
            "Halving the calcium costs more",
            "Losing half of the channels costs more",
            "Both leave about a sixteenth",
        ),
        judge=lambda now, _: (
            2 if max(now.at_calcium, now.at_channels) < 9 else int(now.at_channels < now.at_calcium)
        ),
        because="Less calcium weakens the cloud of every channel, and a sensor needs five ions. Fewer "
        "channels leave whole clouds standing elsewhere: the release there goes on as before.",
    ),
    leaves_out="Channels are lost at random. If antibodies also moved the channels that stay, or removed "
    "whole active zones, the curve would differ; a later notebook lets you try.",
    sources=("DodgeRahamimoff1967", "Shahrezaei2006", "SchneggenburgerNeher2000"),
    height_in=4.1,
)


# -- exercises ------------------------------------------------------------------------------------


def fitted_powers(share: np.ndarray, full_mM: float = 2.0) -> tuple[float, float]:
    """Slopes of log release against log calcium (a share of `full_mM`) and log channels."""
    curves = release_calcium_curve(mouse(), full_mM * share), release_survival_curve(mouse(), share)
    return tuple(float(np.polyfit(np.log(share), np.log(y), 1)[0]) for y in curves)


def semilog_slopes(share: np.ndarray) -> tuple[float, float]:
    """Slopes of log release against the share itself: a common slip."""
    curves = release_calcium_curve(mouse(), 2 * share), release_survival_curve(mouse(), share)
    return tuple(float(np.polyfit(share, np.log(y), 1)[0]) for y in curves)


def halving_share() -> float:
    """Share of channels that leaves half of the release: the answer to another question."""
    share = np.linspace(0.4, 0.7, 31)
    return float(
        np.interp(0.5 * release_probability(mouse()), release_survival_curve(mouse(), share), share)
    )


def halving_calcium_mM() -> float:
    """External calcium that halves the release of the healthy mouse junction."""
    from scipy.optimize import brentq  # slow to import, and only a check needs it

    full = quantal_content(mouse())
    return brentq(
        lambda mM: quantal_content(mouse().with_(calcium_mM=mM)) / full - 0.5, 0.2, 2.0, xtol=1e-4
    )


POWERS = Exercise(
    name="powers",
    title="Fit both slopes",
    answer=Array(
        lambda: fitted_powers(np.linspace(0.5, 1.0, 6)),
        tolerance=0.03,
        near_misses=(
            (
                lambda _: semilog_slopes(np.linspace(0.5, 1.0, 6)),
                "Take the logarithm of both, not of release alone.",
            ),
            (
                lambda _: fitted_powers(np.array([0.25, 0.5, 0.75, 1.0]), full_mM=1.0),
                "Those are the slopes of the cell above, at low calcium; fit the upper half.",
            ),
            (
                lambda right: right * np.log(10),
                "Use the same kind of logarithm on both axes.",
            ),
        ),
    ),
    hints=(
        "A power law is a straight line on logarithmic axes; its slope is the power.",
        "`np.polyfit(np.log(x), np.log(y), 1)` returns the slope first, then the intercept.",
        "Do it twice, and hand in both: `powers = (slope_calcium, slope_channels)`.",
    ),
)

HALF = Exercise(
    name="half",
    title="How much calcium halves release?",
    answer=Number(
        halving_calcium_mM,
        unit="mM",
        tolerance=0.03,
        near_misses=(
            (
                1.0,
                "Half the calcium leaves far less than half the release: look at the curve again.",
            ),
            (
                lambda _: (
                    2.0 * 0.5 ** (1 / fitted_powers(np.array([0.25, 0.5, 0.75, 1.0]), 1.0)[0])
                ),
                "The power you used holds at low calcium; near 2 mM the curve is flatter.",
            ),
            (
                lambda _: 2.0 * halving_share(),
                "That is the share of channels that halves release, not the calcium.",
            ),
            (
                2.0,
                "That is where you start. If your own sum gave it, a quantal content was perhaps "
                "compared with a probability.",
            ),
            (
                lambda right: 2.0 - right,
                "That is how much to take away; how much calcium remains outside?",
            ),
        ),
    ),
    hints=(
        "Try a few values in the panel above with the slider, or in code with `quantal_content`.",
        "Work out `quantal_content(mouse().with_(calcium_mM=x))` for many x between 1 and 2 mM.",
        "`np.interp(half, release, x)` reads x off a rising curve at the height `half`.",
    ),
)

EXPLANATION = Exercise(
    name="explanation",
    title="Which explanation fits the toxin?",
    answer=Choice(
        options={
            "less calcium per channel": "That would give a power of about 4, as when the outside calcium "
            "is lowered. The toxin experiment found 1.7.",
            "fewer channels": "A power of 1.7 is near that of losing channels (the model gives 1.0 "
            "to 1.2, a little too low) and far from the 4 of less calcium per channel.",
            "smaller packets": "The size of the packets does not enter these experiments: they count "
            "packets, and the count fell.",
        },
        accepted=("fewer channels",),
    ),
    hints=(
        "Compare the published powers with your two slopes.",
        "Which of your two slopes is nearer to 1.7?",
    ),
)

LESSON = Lesson(
    name="04_acetylcholine_release",
    panels=(CALCIUM_MAP, SENSOR, TWO_CURVES),
    exercises=(POWERS, HALF, EXPLANATION),
    terms=(
        "vesicle",
        "active zone",
        "nanodomain",
        "calcium sensor",
        "release probability",
        "quantal content",
        "cooperativity",
    ),
    sources=("DodgeRahamimoff1967", "Shahrezaei2006", "Ruiz2011", "SchneggenburgerNeher2000"),
)
