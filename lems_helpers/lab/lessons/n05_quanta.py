"""05: how chance, failures and a histogram show that release comes in packets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from lems_helpers.clinic.disease import lems, myasthenia_gravis, typical_lems
from lems_helpers.evidence.measurements import boyd_martin
from lems_helpers.physiology.end_plate import epp_amplitude, mepp_amplitude, quanta_needed
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.microelectrode import (
    Traces,
    average_trace,
    record_amplitudes,
    record_traces,
)
from lems_helpers.physiology.quanta import count_probabilities, counts_at
from lems_helpers.physiology.quantal_analysis import (
    ChiSquare,
    ContentEstimates,
    Estimate,
    amplitude_chi_square,
    amplitude_curves,
    content_from_failures,
    estimate_content,
)
from lems_helpers.physiology.release import quantal_content

from .. import figures
from ..controls import Choice as ChoiceControl
from ..controls import Seed, Slider
from ..exercises import Array, Exercise, Function
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import BLACK, COLOURS, GREEN, GREY, PURPLE, VERMILLION

#: Single responses under their mean: the end-plate's green, one shade lighter.
LIGHT_GREEN = "#45997F"
PALE_GREEN, PALE_GREY = "#CFE6DD", "#D9D9D9"


def _lines(axes: Axes, **style: object) -> LineCollection:
    """Return an empty bundle of lines that moves with ``set_segments``."""
    made = LineCollection([], animated=True, **style)
    axes.add_collection(made, autolim=False)
    return made


# -- 1. impulse after impulse ---------------------------------------------------------------------

VESICLES = {"1,700, as in a mouse": 1700, "20": 20, "6": 6}
MOST_TRIALS, SHOWN, MOST_QUANTA = 400, 14, 24
TRACE_MS, GAP_MS, STEP_MS = 12.0, 2.0, 0.2
COUNTS = np.arange(13)


@dataclass(frozen=True)
class Trials:
    """Impulse after impulse at one junction, and what two laws and two estimates say of them."""

    mean: float
    vesicles: int
    counts: np.ndarray  # (impulses,)
    traces: Traces  # the last few
    average_mV: np.ndarray  # (samples,)
    observed: np.ndarray  # % of impulses, at COUNTS
    poisson: np.ndarray
    binomial: np.ndarray
    by_mean: Estimate
    by_failures: Estimate | None

    @property
    def failures(self) -> int:
        return int((self.counts == 0).sum())


@lru_cache(maxsize=64)
def _average_mV(mean: float) -> np.ndarray:
    return average_trace(mouse(), mean, duration_ms=TRACE_MS, step_ms=STEP_MS)[1]


@checked(lambda: TRIALS)
def trials(mean: float, count: int, vesicles: str, seed: int) -> Trials:
    docked, count = VESICLES[vesicles], int(count)
    # All the impulses there can be: a longer series goes on where the shorter one stopped.
    chances = np.random.default_rng(seed).random(MOST_TRIALS)[:count]
    counts = counts_at(chances, mean, docked)
    latest = np.minimum(counts[-SHOWN:], MOST_QUANTA)
    traces = record_traces(
        mouse(),
        np.random.default_rng([seed, count]),
        latest,
        most=MOST_QUANTA,
        duration_ms=TRACE_MS,
        step_ms=STEP_MS,
    )
    failures = int((counts == 0).sum())
    return Trials(
        mean,
        docked,
        counts,
        traces,
        _average_mV(mean),
        100 * np.bincount(counts, minlength=COUNTS.size)[: COUNTS.size] / count,
        100 * count_probabilities(COUNTS, mean),
        100 * count_probabilities(COUNTS, mean, docked),
        Estimate(float(counts.mean()), float(counts.std(ddof=1) / math.sqrt(count))),
        content_from_failures(count, failures) if 0 < failures < count else None,
    )


def draw_trials(fig: Figure):
    strip, histogram, roads = fig.subplot_mosaic(
        "AAA;BBC", height_ratios=(1, 1.15), width_ratios=(1, 1, 0.95)
    ).values()
    period, top = TRACE_MS + GAP_MS, 13.0
    strip.set(xlim=(-1, SHOWN * period), ylim=(-1.1, top), ylabel="mV above rest")
    strip.set(xticks=[], yticks=(0, 5, 10))
    strip.set_title("The latest 14 impulses, one after the other")
    for k in range(1, 10):
        strip.axhline(k * mepp_amplitude(mouse().end_plate), color="#E3E3E3", lw=0.8, zorder=0)
    strip.spines["bottom"].set_visible(False)
    starts = period * np.arange(SHOWN)
    strip.plot(starts, np.full(SHOWN, -0.75), "^", ms=6, color=BLACK)
    averages = _lines(strip, colors=GREY, linewidths=1.7, linestyles=(0, (4, 2)), zorder=2)
    singles = _lines(strip, colors=GREEN, linewidths=2.0, zorder=3)
    packets = [
        figures.text(
            strip, x + 5, 11.6, transform=strip.transData, ha="center", color=VERMILLION, size=12
        )
        for x in starts
    ]
    strip.text(
        0.995, -0.04, "number: packets released    ▲ impulse    grey lines: whole packets    "
        "dashed: the average impulse",
        transform=strip.transAxes, ha="right", va="top", color=GREY, size=10,
    )  # fmt: skip

    histogram.set(xlim=(-0.7, 12.6), ylim=(0, 64), xticks=range(0, 13, 2))
    histogram.set(xlabel="Packets released by an impulse", ylabel="Impulses (%)")
    histogram.set_title("How often each number came")
    ghosts = figures.line(histogram, "ghost", linestyle=(0, (4, 2)), linewidth=1.7)
    bars = histogram.bar(COUNTS, np.zeros(COUNTS.size), 0.75, color=VERMILLION, animated=True)
    binomial = figures.line(
        histogram, "sensor", marker="x", markersize=9, markeredgewidth=2, linestyle=(0, (2, 2))
    )
    poisson = figures.line(
        histogram, "voltage", marker="o", markersize=6, markerfacecolor="white", linewidth=1.5
    )
    where = {"transform": histogram.transAxes, "va": "center"}
    for y, colour, mark, words in (
        (0.92, VERMILLION, "s", "counted"),
        (0.82, BLACK, "o", "Poisson law"),
        (0.72, PURPLE, "x", "binomial law"),
    ):
        face = "white" if mark == "o" else colour
        histogram.plot(
            0.52, y, mark, color=colour, mfc=face, mew=2, ms=8, transform=histogram.transAxes
        )
        histogram.text(0.56, y, words, **where)
    kept = figures.text(histogram, 0.56, 0.62, va="center", color=GREY)

    roads.set(xlim=(0, 8), ylim=(-0.6, 1.75), yticks=[], xticks=range(0, 9, 2))
    roads.set(xlabel="Packets per impulse, on average")
    roads.set_title("Reading the mean back")
    roads.spines["left"].set_visible(False)
    truth = figures.upright(roads)
    ranges = _lines(roads, colors=VERMILLION, linewidths=3)
    dots = figures.line(roads, "release", marker="o", linestyle="", markersize=9)
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    words = [figures.text(roads, 0.02, y, bbox=plate, zorder=4) for y in (0.84, 0.42)]

    def update(now: Trials, compared: Trials | None, label: str) -> None:
        t = now.traces.times_ms
        shown = now.counts[-SHOWN:]
        singles.set_segments(
            [np.c_[x + t, y] for x, y in zip(starts, now.traces.potential_mV, strict=False)]
        )
        averages.set_segments([np.c_[x + t, now.average_mV] for x in starts[: shown.size]])
        for text, k in zip(packets, shown, strict=False):
            text.set_text(f"{k}")
            text.set_weight("bold" if k == 0 else "normal")
        for bar, height in zip(bars, now.observed, strict=True):
            bar.set_height(height)
        poisson.set_data(COUNTS, now.poisson)
        binomial.set_data(COUNTS, now.binomial)
        ghosts.set_data(*((COUNTS, compared.observed) if compared else ([], [])))
        kept.set_text(f"- - {label}" if compared else "")
        truth.set_xdata([now.mean] * 2)
        found = [e for e in (now.by_mean, now.by_failures) if e]
        heights = (1, 0)[: len(found)]
        dots.set_data([e.value for e in found], heights)
        ranges.set_segments(
            [
                [(e.value - 2 * e.standard_error, y), (e.value + 2 * e.standard_error, y)]
                for e, y in zip(found, heights, strict=True)
            ]
        )
        words[0].set_text(f"from the mean: {now.by_mean.value:.2f}")
        words[1].set_text(
            f"from the failures: {now.by_failures.value:.2f}"
            if now.by_failures
            else "from the failures: none failed"
        )

    return update


def describe_trials(result: Trials) -> Reading:
    expected = result.counts.size * math.exp(-result.mean)
    by_failures = f"{result.by_failures.value:.2f}" if result.by_failures else "none failed"
    return Reading(
        f"{result.counts.size} impulses released {result.by_mean.value:.2f} packets on average and "
        f"{result.counts.max()} at most; {result.failures or 'none'} stayed without any, where the "
        f"Poisson law expects {expected:.0f}.",
        {
            "Mean number of packets": f"{result.by_mean.value:.2f}",
            "Impulses that released none": f"{result.failures}",
            "Expected by Poisson": f"{expected:.1f}",
            "Mean read from the failures": by_failures,
        },
    )


def _spread_of(now: Trials) -> int:
    """Which option the counts support: always the mean, near it, or anything from none upward."""
    if now.counts.std() < 0.2:
        return 0
    return 2 if now.failures > 0.05 * now.counts.size and now.counts.max() >= 5 else 1


TRIALS = Panel(
    name="trials",
    question="Does the same impulse do the same thing each time?",
    controls=(
        Slider("mean", "Packets per impulse, on average", "", 0.6, 5, 0.1, 2),
        Slider("count", "Impulses so far", "", 20, MOST_TRIALS, 10, 120),
        ChoiceControl(
            "vesicles", "Vesicles that stand ready", tuple(VESICLES), next(iter(VESICLES))
        ),
        Seed(),
    ),
    compute=trials,
    draw=draw_trials,
    describe=describe_trials,
    call=lambda mean, count, vesicles, seed: (
        f"trials({mean:g}, {count}, {vesicles!r}, seed={seed}).by_mean.value"
    ),
    shows="Above, a strip of 14 end-plate potentials, each over the dashed average, with its number of "
    "packets; below, a histogram of these numbers with two laws, and two estimates of the mean.",
    presets={
        "Mostly failures": {"mean": 0.6},
        "Few failures": {"mean": 4.0},
        "Only six vesicles": {"mean": 4.0, "vesicles": "6"},
    },
    prediction=Prediction(
        "The same nerve gets the same shock 120 times. On average a shock releases two packets. What "
        "do the single shocks release?",
        (
            "Two packets each time",
            "One, two or three, and hardly ever none",
            "Anything from none to five or more",
        ),
        judge=lambda now, _: _spread_of(now),
        because="Every ready vesicle goes or stays by chance. The average is a fine number, but it is "
        "not what any one impulse does.",
    ),
    leaves_out="The impulses do not influence each other, and the recording has no noise. A junction "
    "with six vesicles is a thought experiment: real ones have hundreds.",
    sources=("delCastilloKatz1954", "Ruiz2011", "Engel"),
    height_in=5.6,
)


# -- 2. a real histogram --------------------------------------------------------------------------

EDGES_MV = np.arange(0.05, 3.16, 0.1)
AMPLITUDE_MV = np.linspace(0.0, 3.2, 161)
NAMED = 5


def _counted(kind: str) -> tuple[np.ndarray, int]:
    """Return the amplitudes counted in `EDGES_MV`, and the failures."""
    data = boyd_martin()[kind]
    above = data.amplitude_mV > 0
    counts = np.histogram(data.amplitude_mV[above], EDGES_MV, weights=data.count[above])[0]
    return counts, int(data.count[~above].sum())


@dataclass(frozen=True)
class Fit:
    """Boyd and Martin's amplitudes beside what packets of one size would give."""

    content: float
    quantal_mV: float
    miniatures: np.ndarray  # expected per bin, at AMPLITUDE_MV
    parts: np.ndarray  # (counts, AMPLITUDE_MV): expected impulses per bin, by packets
    failures: float  # expected
    seen_failures: int
    chi_square: ChiSquare

    @property
    def refused(self) -> bool:
        return self.chi_square.probability < 0.05


@checked(lambda: FIT)
def fit(content: float, quantal_mV: float, size_cv: float) -> Fit:
    counts, failures = _counted("evoked")
    minis, _ = _counted("spontaneous")
    total, width = counts.sum() + failures, EDGES_MV[1] - EDGES_MV[0]
    most = int(content + 6 * math.sqrt(content)) + 4
    curves = amplitude_curves(AMPLITUDE_MV, content, quantal_mV, size_cv, most)
    one = count_probabilities([0, 1], content)
    return Fit(
        content,
        quantal_mV,
        minis.sum() * width * curves[0] / one[1],
        total * width * curves,
        float(total * one[0]),
        failures,
        amplitude_chi_square(EDGES_MV, counts, failures, content, quantal_mV, size_cv),
    )


def draw_fit(fig: Figure):
    single, evoked = fig.subplots(2, 1, sharex=True, height_ratios=(1, 2.1))
    middles = (EDGES_MV[1:] + EDGES_MV[:-1]) / 2
    bars = {"width": 0.085, "facecolor": PALE_GREEN, "edgecolor": GREEN, "linewidth": 1.5}
    minis, _ = _counted("spontaneous")
    counts, failures = _counted("evoked")
    single.bar(middles, minis, **bars)
    single.set(ylabel="Miniatures\nper bin", ylim=(0, 44), yticks=(0, 20, 40))
    single.set_title(f"Without impulses: {minis.sum():.0f} single packets")
    evoked.bar(middles, counts, **bars)
    evoked.bar([0], [failures], **{**bars, "facecolor": PALE_GREY, "edgecolor": GREY})
    evoked.set(xlim=(-0.1, 3.2), ylim=(0, 36), yticks=(0, 10, 20, 30))
    evoked.set(xlabel="Amplitude (mV), in bins of 0.1 mV", ylabel="Impulses per bin")
    total = counts.sum() + failures
    evoked.set_title(f"After an impulse: {total:.0f} responses, {failures} of them failures")
    ticks = np.arange(0, 3.1, 0.5)
    evoked.set_xticks(ticks, labels=["none", *(f"{x:g}" for x in ticks[1:])])
    marks = [_lines(a, colors=GREY, linewidths=1.5, linestyles=":") for a in (single, evoked)]
    predicted = figures.line(single, "voltage")
    parts = [
        figures.line(evoked, "release", linewidth=1.6, linestyle=(0, (5, 1.5)))
        for _ in range(NAMED)
    ]
    names = [
        figures.text(evoked, 0, 33.2, transform=evoked.transData, ha="center", color=VERMILLION)
        for _ in range(NAMED)
    ]
    set_total = figures.pair(evoked, "voltage")
    none = figures.line(evoked, "voltage", marker="D", linestyle="", markersize=8)
    none_words = figures.text(evoked, 0.06, 0, transform=evoked.transData, va="bottom")
    over = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5}, "zorder": 4}
    verdict = [
        figures.text(single, 0.99, y, ha="right", va="top", weight=weight, **over)
        for y, weight in ((0.97, "bold"), (0.78, "normal"))
    ]
    # Moving artists like the upright lines, which they must cover where packets are large.
    key = figures.text(evoked, 0.99, 0.83, ha="right", va="top", linespacing=1.45, **over)
    key.set_text(
        "bars: counted in the cat, 1956\nblack line and ◆: expected\ndashed: by number of packets"
    )
    other = figures.text(evoked, 0.99, 0.48, ha="right", color=GREY, **over)

    def update(now: Fit, compared: Fit | None, label: str) -> None:
        predicted.set_data(AMPLITUDE_MV, now.miniatures)
        multiples = now.quantal_mV * np.arange(1, NAMED + 1)
        for lines, upper in zip(marks, (44, 33), strict=True):
            lines.set_segments([[(x, 0), (x, upper)] for x in multiples if x < 3.15])
        for k, (line, name) in enumerate(zip(parts, names, strict=True)):
            line.set_data(AMPLITUDE_MV, now.parts[k])
            # Where packets are small their names would collide: the first says what they are.
            name.set_text(f"{k + 1}" if k else "1 packet" if now.quantal_mV > 0.35 else "1")
            name.set_position((multiples[k], 33.2))
            name.set_visible(multiples[k] < 3.15)
        set_total(
            (AMPLITUDE_MV, now.parts.sum(axis=0)),
            (AMPLITUDE_MV, compared.parts.sum(axis=0)) if compared else None,
        )
        other.set_text(f"dashed grey: {label}" if compared else "")
        shown = min(now.failures, 34.5)
        none.set_data([0], [shown])
        none_words.set_position((0.06, shown - 1.0))
        none_words.set_text(f"{now.failures:.0f} ↑" if now.failures > 34.5 else "")
        chi = now.chi_square
        verdict[0].set_text(f"χ² = {chi.value:,.1f}, {chi.freedom} degrees of freedom")
        verdict[1].set_text("the law is refused" if now.refused else "the law fits")

    return update


def describe_fit(result: Fit) -> Reading:
    chi = result.chi_square
    verdict = "The law is refused" if result.refused else "The law fits"
    return Reading(
        f"With {result.content:.2f} packets of {result.quantal_mV:.2f} mV on average, "
        f"the law expects {result.failures:.0f} without response ({result.seen_failures} seen); χ² is "
        f"{chi.value:,.1f} with {chi.freedom} degree{'' if chi.freedom == 1 else 's'} of freedom. "
        f"{verdict}.",
        {
            "Expected failures": f"{result.failures:.1f}",
            "χ²": f"{chi.value:,.1f}",
            "Degrees of freedom": f"{chi.freedom}",
            "A worse fit by chance": (
                f"{100 * chi.probability:.0f} of 100"
                if chi.probability >= 0.01
                else "less than 1 of 100"
            ),
        },
    )


FIT = Panel(
    name="real_histogram",
    question="Do the responses of a real muscle look like whole packets?",
    controls=(
        Slider("content", "Packets per impulse, on average", "", 0.5, 5, 0.05, 2.35),
        Slider("quantal_mV", "Size of one packet", "mV", 0.2, 0.8, 0.01, 0.40),
        Slider("size_cv", "Spread of packet size, CV", "", 0.1, 0.4, 0.01, 0.22),
    ),
    compute=fit,
    draw=draw_fit,
    describe=describe_fit,
    call=lambda content, quantal_mV, size_cv: (
        f"fit({content:g}, {quantal_mV:g}, {size_cv:g}).chi_square.value"
    ),
    shows="Two histograms on one axis of amplitude: above, spontaneous miniatures; below, responses to "
    "impulses, with the numbers expected if they are made of whole packets.",
    presets={
        "Measured": {"content": 2.35, "quantal_mV": 0.40, "size_cv": 0.22},
        "Too few packets": {"content": 1.5, "quantal_mV": 0.40, "size_cv": 0.22},
        "Packets half as large": {"content": 4.7, "quantal_mV": 0.20, "size_cv": 0.22},
    },
    compare={},
    compare_label="as measured",
    prediction=Prediction(
        "At this muscle an impulse released 2.35 packets on average. Of 198 impulses, how many "
        "released nothing at all?",
        ("None, or one or two", "About 20", "About 80"),
        judge=lambda now, _: int(np.argmin([abs(now.failures - x) for x in (1, 20, 80)])),
        because="The mean alone tells how many failures to expect, if packets come by chance. The "
        "count that was made agrees.",
    ),
    leaves_out="The bars were read off the printed figure by a teaching text, in bins of 0.1 mV. "
    "Packets sum without loss here, and χ² counts only the mean as fitted.",
    sources=("BoydMartin1956", "delCastilloKatz1954"),
    kind="Real data with model output",
    height_in=5.4,
)


# -- 3. LEMS: size or number ----------------------------------------------------------------------

SINGLES = 6
MOST_HUMAN = 80


@dataclass(frozen=True)
class Packets:
    """What one packet does at an end-plate, and what the packets of one impulse do together."""

    mepp_mV: float
    content: float
    epp_mV: float
    size_percent: float  # of healthy
    content_percent: float
    times_ms: np.ndarray
    mepp_trace: np.ndarray
    epp_trace: np.ndarray
    minis: np.ndarray  # (SINGLES, samples)
    impulses: np.ndarray  # (SINGLES, samples)
    packets_mV: np.ndarray  # each packet of the first impulse, alone


@checked(lambda: PACKETS)
def packets(channels: float, zones: float, receptors: float, seed: int) -> Packets:
    junction = myasthenia_gravis(lems(human(), channels / 100, zones / 100), receptors / 100)
    plate = junction.end_plate
    size, content = mepp_amplitude(plate), quantal_content(junction)
    rng = np.random.default_rng(seed)
    chances = rng.random(SINGLES)
    docked = max(math.ceil(content), round(junction.docked_vesicles))
    counts = np.minimum(counts_at(chances, content, docked), MOST_HUMAN)
    evoked = record_traces(junction, rng, counts, most=MOST_HUMAN)
    minis = record_traces(junction, rng, np.ones(SINGLES), most=1)
    times, mean_mini = average_trace(junction, 1)
    return Packets(
        size,
        content,
        float(epp_amplitude(plate, content)),
        100 * size / mepp_amplitude(human().end_plate),
        100 * content / quantal_content(human()),
        times,
        mean_mini,
        average_trace(junction, content)[1],
        minis.potential_mV,
        evoked.potential_mV,
        size * evoked.sizes[0],
    )


def draw_packets(fig: Figure):
    mini, evoked, healthy_row, now_row = fig.subplot_mosaic(
        "AB;CC;DD", height_ratios=(1.75, 0.8, 0.8)
    ).values()
    mini.set(xlim=(0, 12), ylim=(-0.1, 2.1), yticks=(0, 0.5, 1, 1.5, 2), ylabel="mV above rest")
    mini.set_title("One packet: the miniature")
    evoked.set(xlim=(0, 12), ylim=(-1.7, 34), yticks=(0, 10, 20, 30), ylabel="mV above rest")
    evoked.set_title("One impulse: the end-plate potential")
    bundles, setters, notes = [], [], []
    for axes in (mini, evoked):
        axes.set(xlabel="Time (ms)", xticks=range(0, 13, 4))
        bundles.append(_lines(axes, colors=LIGHT_GREEN, linewidths=1.5, alpha=0.75, zorder=1.9))
        setters.append(figures.pair(axes, "end plate"))
        notes.append(figures.text(axes, 0.98, 0.6, ha="right", color=GREEN))
    set_key = figures.key(mini, 0.62, 0.93, gap=0.12)
    evoked.text(
        0.98, 0.93, "thin: six single impulses", transform=evoked.transAxes, ha="right", va="center"
    )
    rows = []
    for axes, quantity in ((healthy_row, "ghost"), (now_row, "release")):
        axes.set(xlim=(0.2, 50.8), ylim=(0, 2.1), yticks=(0, 1, 2), ylabel="mV")
        stems = _lines(axes, colors=COLOURS[quantity], linewidths=2.4)
        heads = figures.line(axes, quantity, marker="o", linestyle="", markersize=8)
        words = figures.text(
            axes, 0.99, 0.96, ha="right", va="top", color=COLOURS[quantity], weight="bold"
        )
        rows.append((stems, heads, words))
    healthy_row.set_title("One impulse taken apart: what each of its packets adds")
    healthy_row.set(xticks=range(0, 51, 10), xticklabels=[])
    now_row.set(xticks=range(0, 51, 10), xlabel="Packets of one impulse, in a row")

    def update(now: Packets, compared: Packets | None, label: str) -> None:
        other = compared or now
        t = now.times_ms
        for bundle, singles in zip(bundles, (now.minis, now.impulses), strict=True):
            bundle.set_segments([np.c_[t, y] for y in singles])
        setters[0]((t, now.mepp_trace), (t, other.mepp_trace))
        setters[1]((t, now.epp_trace), (t, other.epp_trace))
        set_key(label)
        notes[0].set_text(f"now {now.mepp_mV:.2f} mV")
        notes[1].set_text(f"now {now.epp_mV:.1f} mV")
        for (stems, heads, words), one, name in zip(
            rows, (other, now), (label, "now"), strict=True
        ):
            x = np.arange(1, one.packets_mV.size + 1)
            stems.set_segments([[(i, 0), (i, y)] for i, y in zip(x, one.packets_mV, strict=True)])
            heads.set_data(x, one.packets_mV)
            words.set_text(f"{name}: {x.size} packets this time")

    return update


def describe_packets(result: Packets) -> Reading:
    return Reading(
        f"One packet gives {result.mepp_mV:.2f} mV, {result.size_percent:.0f} % of healthy. An impulse "
        f"releases {result.content:.1f} packets on average, {result.content_percent:.0f} % of healthy: "
        f"an end-plate potential of {result.epp_mV:.1f} mV.",
        {
            "Miniature": f"{result.mepp_mV:.2f} mV",
            "Packets per impulse": f"{result.content:.1f}",
            "End-plate potential": f"{result.epp_mV:.1f} mV",
        },
    )


def _what_shrank(now: Packets, _: Packets) -> int:
    smaller, fewer = now.size_percent < 90, now.content_percent < 90
    return 2 if smaller and fewer else int(fewer)


PACKETS = Panel(
    name="size_or_number",
    question="In LEMS, is each packet smaller, or are there fewer of them?",
    controls=(
        Slider("channels", "Calcium channels remaining", "%", 0, 100, 1, 57),
        Slider("zones", "Release sites remaining", "%", 0, 100, 1, 46),
        Slider("receptors", "Muscle receptors remaining", "%", 20, 100, 5, 100),
        Seed(),
    ),
    compute=packets,
    draw=draw_packets,
    describe=describe_packets,
    call=lambda channels, zones, receptors, seed: (
        f"packets({channels:g}, {zones:g}, {receptors:g}, seed={seed}).content"
    ),
    shows="Above, the miniature and the end-plate potential, now and healthy; below, the packets of one "
    "healthy impulse and of one impulse now, drawn one by one with the size of each.",
    presets={
        "Healthy": {"channels": 100, "zones": 100, "receptors": 100},
        "LEMS": {"channels": 57, "zones": 46, "receptors": 100},
        "Channels alone lost": {"channels": 57, "zones": 100, "receptors": 100},
        "Myasthenia gravis": {"channels": 100, "zones": 100, "receptors": 60},
    },
    compare={"channels": 100, "zones": 100, "receptors": 100},
    prediction=Prediction(
        "In LEMS an impulse gives a much smaller response in the muscle. What has become of the packets?",
        (
            "Each packet has a smaller effect",
            "There are fewer packets, each as large as ever",
            "There are fewer packets, and each is smaller",
        ),
        judge=_what_shrank,
        because="Antibodies against calcium channels leave the filling of vesicles and the muscle's "
        "receptors alone. They change how many vesicles go.",
    ),
    leaves_out="The shares of channels and release sites that remain are calibrated, not measured in one "
    "patient. That the packets of a muscle with few receptors keep their number is an assumption.",
    sources=("LambertElmqvist1971", "ElmqvistQuastel1965", "Lang1983", "Engel", "Ruiz2011"),
    height_in=6.2,
)


# -- exercises ------------------------------------------------------------------------------------


def poisson(k: int, m: float) -> float:
    """Return the chance of `k` packets when `m` come on average."""
    return float(count_probabilities(k, m))


@lru_cache(maxsize=1)
def _estimates() -> ContentEstimates:
    data = boyd_martin()
    return estimate_content(
        *(
            np.repeat(data[kind].amplitude_mV, data[kind].count)
            for kind in ("evoked", "spontaneous")
        )
    )


def three_estimates() -> np.ndarray:
    """Quantal content of Boyd and Martin's data from the mean, the failures and the variance."""
    found = _estimates()
    return np.array([e.value for e in (found.by_mean, found.by_failures, found.by_variance)])


def _simulated() -> tuple:
    """Return the two recordings of the third exercise, healthy and LEMS."""
    return tuple(
        record_amplitudes(junction, np.random.default_rng(seed), impulses=300, miniatures=500)
        for seed, junction in ((1, human()), (2, typical_lems(human())))
    )


def lems_ratios() -> np.ndarray:
    """LEMS over healthy in the simulated recordings: size of a packet, packets per impulse."""
    healthy, patient = _simulated()
    plate = human().end_plate
    number = [quanta_needed(plate, one.evoked_mV.mean()) for one in (healthy, patient)]
    return np.array(
        [patient.miniatures_mV.mean() / healthy.miniatures_mV.mean(), number[1] / number[0]]
    )


def _uncorrected(right: np.ndarray) -> np.ndarray:
    healthy, patient = _simulated()
    return np.array([right[0], patient.evoked_mV.mean() / healthy.evoked_mV.mean()])


POISSON = Exercise(
    name="poisson",
    title="The law of rare chances",
    answer=Function(
        poisson,
        cases=((0, 2.0), (1, 2.0), (3, 0.5), (6, 2.35), (10, 7.2)),
        tolerance=1e-3,
        near_misses=(
            (
                lambda k, m: math.exp(-m) * m**k,
                "Divide by the factorial of k: the order of the packets does not matter.",
            ),
            (
                lambda k, m: math.exp(m) * m**k / math.factorial(k),
                "The exponent is minus m: the more packets on average, the rarer a failure.",
            ),
            (
                lambda k, m: math.exp(-m) * m**k / max(k, 1),
                "Divide by the factorial of k, which is 1 × 2 × … × k, and not by k itself.",
            ),
            (
                lambda k, m: math.exp(-k) * k**m / math.gamma(m + 1),
                "The names are exchanged: m is the mean, and k the number asked about.",
            ),
        ),
    ),
    hints=(
        "Begin with no packet at all: its chance is e to the power of minus m, `math.exp(-m)`.",
        "Each further packet multiplies the chance by m and divides it by its own number.",
        "So the chance is `math.exp(-m) * m**k / math.factorial(k)`.",
    ),
    because="With k = 0 this is the share of failures.",
)

THREE = Exercise(
    name="three_roads",
    title="Three estimates of the mean",
    answer=Array(
        three_estimates,
        tolerance=0.02,
        near_misses=(
            (
                lambda right: right * [1 / (1 - _estimates().failures / _estimates().trials), 1, 1],
                "Keep the failures in when you take the mean: they are responses of 0 mV.",
            ),
            (
                lambda right: right * [1, -1, 1],
                "Turn the fraction in the logarithm over: all impulses over the failures.",
            ),
            (
                lambda right: right * [1, 1 / math.log(10), 1],
                "Use the natural logarithm, `np.log`, rather than the one to base ten.",
            ),
            (
                lambda right: right * [1, 1, 1 / (1 + _estimates().size_cv ** 2)],
                "For the third, allow for packets of uneven size: the 1 + CV² on top.",
            ),
        ),
    ),
    hints=(
        "Mean: divide the mean of all responses, failures too, by the mean of the miniatures.",
        "Failures: `np.log(n / n0)`, where `n0 = np.sum(evoked_mV == 0)`.",
        "Variance: with `cv = x.std() / x.mean()` for each, it is "
        "`(1 + cv_minis**2) / cv_evoked**2`.",
    ),
    because="Three roads lead to one number, though each looks at something else: the mean, the "
    "failures, the spread. A smooth, uneven flow would not do that.",
)

RATIOS = Exercise(
    name="ratios",
    title="Size or number?",
    answer=Array(
        lems_ratios,
        tolerance=0.04,
        near_misses=(
            (
                _uncorrected,
                "The second is the ratio of the potentials. Large potentials are cut short, so "
                "count packets with `quanta_needed` first.",
            ),
            (lambda right: 1 / right, "Turn both ratios over: LEMS above, healthy below."),
        ),
    ),
    hints=(
        "The first number: divide the mean miniature in LEMS by the healthy one.",
        "The second: `quanta_needed(human().end_plate, mean_epp_mV)` gives packets per impulse.",
        "Do that for both, then divide the number in LEMS by the healthy one.",
    ),
    because="The packet keeps its size; only about a quarter of the number comes.",
)

LESSON = Lesson(
    name="05_quanta",
    panels=(TRIALS, FIT, PACKETS),
    exercises=(POISSON, THREE, RATIOS),
    terms=(
        "quantum",
        "end-plate potential",
        "miniature end-plate potential",
        "failure",
        "Poisson law",
        "coefficient of variation",
        "chi-square",
    ),
    sources=(
        "delCastilloKatz1954",
        "BoydMartin1956",
        "DodgeRahamimoff1967",
        "LambertElmqvist1971",
        "Lang1983",
    ),
)
