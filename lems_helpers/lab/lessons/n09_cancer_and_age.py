"""09: who gets LEMS, and why it raises the question of cancer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from lems_helpers.clinic.delta_p import CAVEAT, DEVELOPMENT, DeltaPCase, cancer_risk
from lems_helpers.clinic.epidemiology import (
    Proportion,
    antibody_test,
    cancer_share_range,
    cancer_shares,
    proportion,
    tumour_found_by,
    wilson_interval,
)
from lems_helpers.clinic.onset_age import (
    WITH_CANCER,
    WITHOUT_CANCER,
    WITHOUT_CANCER_ONE_WAVE,
    OnsetAge,
)
from lems_helpers.evidence.references import short_citations

from .. import controls, figures, people, schematic
from ..body_map import SIGNS, draw_signs
from ..exercises import Array, Exercise, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..people import CANCER, heading, moving_text
from ..score_card import Scored, draw_scored
from ..style import GREY, INK, PAPER

# -- 1. what people notice, and how rare it is ----------------------------------------------------


@checked(lambda: SIGNS_PANEL)
def signs(sign: str) -> Proportion:
    return proportion(SIGNS[sign].name)


def describe_signs(result: Proportion) -> Reading:
    low, high = result.interval_percent
    # The picture's plain words first, then what was counted.
    (label,) = (sign for sign, one in SIGNS.items() if proportion(one.name) == result)
    what = result.what if label in result.what else f"{label} ({result.what})"
    return Reading(
        f"{what[0].upper()}{what[1:]}: {result.count} of {result.of} people with LEMS, "
        f"or {result.percent:.0f} of 100 (95 % interval {people.span(low, high)}).",
        {
            "Counted": f"{result.count} of {result.of} people",
            "Of 100": f"{result.percent:.0f}",
            "95 % interval": f"{people.span(low, high)} of 100",
            "Counted by": short_citations(result.reference),
        },
    )


SIGNS_PANEL = Panel(
    name="signs",
    question="How rare is LEMS, and what do people who have it notice?",
    controls=(controls.Choice("sign", "Sign", tuple(SIGNS), "drooping eyelids"),),
    compute=signs,
    draw=draw_signs,
    describe=describe_signs,
    call=lambda sign: f"proportion({SIGNS[sign].name!r}).percent",
    shows="An outline of a body with six signs of LEMS and how many people had each; beside it, a "
    "hundred figures of which the chosen share is filled; below, a million people as a hundred "
    "squares with two people who live with LEMS.",
    prediction=Prediction(
        "Does LEMS spare the eyes? Of 100 people with LEMS, how many have drooping eyelids?",
        ("Nearly none", "About half", "Nearly all"),
        judge=lambda now, _: 0 if now.percent < 20 else 1 if now.percent < 80 else 2,
        because="Drooping eyelids are best known from myasthenia gravis, but they are common in "
        "LEMS as well. So they do not tell the two apart.",
    ),
    kind="Real data",
    leaves_out="Weak arms and shoulders are common too, but we hold no count of them. Four signs were "
    "counted in 50 people in the UK; speech and swallowing, and nerves without our will, over the "
    "whole course in 38 people in the Netherlands. Such counts should not be ranked against each "
    "other. The 2.32 per million rest on ten people in one Dutch region.",
    sources=("ONeill1988", "Wirtz2005", "Wirtz2003"),
    height_in=5.2,
)


# -- 2. the cancer-linked share, study by study ---------------------------------------------------

UK, REGION = "UK, newly diagnosed, 2020", "one Dutch region, 1990 to 1999"
RECKONED = "UK, 1988, risk as reckoned"
#: Every study, lowest share first: its key of the bibliography.
STUDIES = {
    UK: "Maddison2020",
    "Netherlands, 1990 to 2007": "Titulaer2008",
    RECKONED: "ONeill1988",
    REGION: "Wirtz2003",
}
SHARES = {one.reference: one for one in cancer_shares()}
COUNTS = {
    proportion(name).reference: proportion(name)
    for name in ("lung_cancer_new_lems", "sclc_netherlands", "sclc_south_holland")
}


@dataclass(frozen=True)
class Share:
    """A cancer-linked share, and its interval had the study asked `times` as many people.

    `count` and `of` are None where the authors printed an estimate and no count.
    """

    study: str
    percent: float
    count: int | None
    of: int | None
    times: int
    interval_percent: tuple[float, float] | None


@checked(lambda: SHARE_PANEL)
def share(study: str, times: float) -> Share:
    times, counted = round(times), COUNTS.get(STUDIES[study])
    if counted is None:
        return Share(study, SHARES[STUDIES[study]].percent, None, None, times, None)
    low, high = wilson_interval(times * counted.count, times * counted.of)
    return Share(study, counted.percent, counted.count, counted.of, times, (100 * low, 100 * high))


def draw_share(fig: Figure):
    axes = schematic.canvas(fig)
    top = fig.get_size_inches()[1] * 72
    left, wide = 196.0, 16.0
    scale, floor = 0.25 * wide, 46.0

    def x_of(percent):
        return left + scale * np.asarray(percent)

    head = moving_text(axes, left, top - 14, weight="bold", fontsize=11.5)
    show = people.crowd(axes, people.rows_of(100, 4, left, top - 30, wide, 25), size=21)
    for y, fill, word in ((64, CANCER, "had the cancer"), (96, PAPER, "had none found")):
        people.still_crowd(axes, np.array([[20, top - y]]), size=21, fill=fill)
        axes.text(36, top - y, word, va="center")
    under = top - 30 - 100
    edges = [axes.plot([], [], color=INK, lw=1.8, ls=":", zorder=5, animated=True)[0] for _ in "lh"]
    bracket = axes.plot([], [], color=INK, lw=3, animated=True)[0]
    words = moving_text(axes, 10, under - 16, weight="bold")
    heading(axes, 10, under - 46, "Study by study, with 95 % intervals")
    ys = dict(zip(STUDIES, under - 70 - 38 * np.arange(4.0), strict=True))
    low, high = cancer_share_range()
    axes.fill_between(x_of([low, high]), floor, under - 56, color="#F0E6EE", lw=0)
    axes.plot(x_of([0, 100]), [floor] * 2, color=INK, lw=1.5)
    for tick in range(0, 101, 20):
        axes.plot(x_of([tick] * 2), [floor - 4, floor], color=INK, lw=1.5)
        axes.text(x_of(tick), floor - 13, f"{tick}", ha="center", va="center")
    axes.text(x_of(50), 14, "People of 100 with LEMS who had the cancer", ha="center", va="center")
    for study, y in ys.items():
        one = SHARES[STUDIES[study]]
        axes.text(10, y + 7, study, va="center")
        axes.text(10, y - 7, f"({short_citations(one.reference)})", va="center", color=GREY)
        open_ = one.interval_percent is None
        if not open_:
            axes.plot(x_of(one.interval_percent), [y, y], color=GREY, lw=2.4, marker="|", mew=2)
        else:
            axes.text(x_of(64), y, "  an estimate, no count", va="center", color=GREY)
        axes.plot(
            x_of([one.percent]),
            [y],
            marker="D",
            ms=8,
            mfc=PAPER if open_ else GREY,
            mec=GREY,
            mew=2,
        )
    frame = axes.add_patch(schematic.box(4, 0, 600, 34, fc="none", ec=INK, lw=2, animated=True))
    here = axes.plot([], [], marker="D", ms=10, mfc=CANCER, mec=INK, mew=1.5, ls="", animated=True)[
        0
    ]
    kept = axes.plot([], [], marker="v", ms=9, color=GREY, ls="", clip_on=False, animated=True)[0]

    def update(now: Share, compared: Share | None, label: str) -> None:
        show(round(now.percent))
        counted = now.interval_percent is not None
        said = "the cancer-linked share in this study" if counted else "reckoned, and not counted"
        head.set_text(f"{now.percent:.0f} of 100: {said}")
        frame.set_y(ys[now.study] - 17)
        here.set_data(x_of([now.percent]), [ys[now.study]])
        here.set_markerfacecolor(PAPER if now.interval_percent is None else CANCER)
        for edge, end in zip(edges, now.interval_percent or (), strict=False):
            edge.set_data(x_of([end] * 2), [under - 16, top - 28])
        for artist in (*edges, bracket):
            artist.set_visible(now.interval_percent is not None)
        if now.interval_percent is None:
            words.set_text("no count, so no interval")
        else:
            bracket.set_data(x_of(now.interval_percent), [under - 16] * 2)
            asked = "" if now.times == 1 else "imagined: "
            words.set_text(f"{asked}{now.times * now.count} of {now.times * now.of} people")
        kept.set_data(*(([], []) if compared is None else (x_of([compared.percent]), [top - 26])))

    return update


def describe_share(result: Share) -> Reading:
    low, high = cancer_share_range()
    studies = f"The studies range from {low:.0f} to {high:.0f} of 100."
    if result.interval_percent is None:
        return Reading(
            f"{result.percent:.0f} of 100 is what its authors reckoned for a newly ill person, not "
            f"what they counted. {studies}",
            {"Of 100": f"{result.percent:.0f}", "Counted": "not a count", "95 % interval": "none"},
        )
    ends = people.span(*result.interval_percent)
    people_ = f"{result.times * result.count} of {result.times * result.of} people"
    imagined = " (imagined)" if result.times > 1 else ""
    return Reading(
        f"{people_}{imagined} had the cancer: {result.percent:.0f} of 100, and anything from "
        f"{ends} of 100 would fit such a count. {studies}",
        {
            "Of 100": f"{result.percent:.0f}",
            "Counted": f"{people_}{imagined}",
            "95 % interval": f"{ends} of 100",
        },
    )


def share_call(study: str, times: float) -> str:
    one = COUNTS.get(STUDIES[study])
    if one is None:
        return f"cancer_shares()[{list(STUDIES).index(study)}].percent"
    return f"wilson_interval({round(times) * one.count}, {round(times) * one.of})"


def compatible() -> tuple[float, float]:
    """Return the shares (%) that both the region's 7 of 10 and the UK's 44 of 87 leave possible."""
    ends = [SHARES[STUDIES[study]].interval_percent for study in (UK, REGION)]
    return max(low for low, _ in ends), min(high for _, high in ends)


SHARE_PANEL = Panel(
    name="share",
    question="Of 100 people with LEMS, how many have a cancer with it?",
    controls=(
        controls.Choice("study", "Study", tuple(STUDIES), UK),
        controls.Slider("times", "Imagined people asked", "times as many", 1, 20, 1, 1),
    ),
    compute=share,
    draw=draw_share,
    describe=describe_share,
    call=share_call,
    shows="A hundred figures, filled for people with LEMS who had the cancer, with the 95 % interval "
    "as a bracket; below, four studies on one scale with their intervals.",
    presets={
        "7 of 10": {"study": REGION, "times": 1},
        "140 of 200 (imagined)": {"study": REGION, "times": 20},
    },
    prediction=Prediction(
        "One Dutch region counted the cancer in 7 of 10 people, a UK study in 44 of 87. Do the two "
        "contradict each other?",
        (
            "Yes: 70 of 100 and 51 of 100 cannot both be right",
            "No: so few people leave room for both",
        ),
        judge=lambda _, __: int(compatible()[0] < compatible()[1]),
        because="Ten people are few. By chance alone, the same true share can give 4 or 8 of them. "
        "The intervals overlap widely.",
    ),
    kind="Real data",
    leaves_out="The studies asked different people: all in a region, all who were referred, or those "
    "newly diagnosed. The interval knows only of chance, not of who was missed. The UK count of 2020 "
    "is of lung cancer; one of its 44 was seen on a scan only. The reckoned 62 of 100 has no count.",
    sources=("Maddison2020", "Titulaer2008", "ONeill1988", "Wirtz2003"),
    height_in=5.3,
)


# -- 3. age at onset ------------------------------------------------------------------------------

SHAPES = {"two waves": WITHOUT_CANCER, "one broad wave": WITHOUT_CANCER_ONE_WAVE}
BIN_YEARS, AGES = 2.0, np.linspace(5, 95, 181)
#: Median ages at onset (years) of published cases, with cancer and without [Wirtz2002].
MEDIANS = (58.0, 49.5)


@dataclass(frozen=True)
class Ages:
    """A hundred people of each kind, and how many of them fell ill before an age."""

    age: float
    shape: str
    without: OnsetAge

    @property
    def before(self) -> tuple[float, float]:
        """Percent with cancer, and without, whose illness begins before the age."""
        return tuple(100 * kind.share_before(self.age) for kind in (WITH_CANCER, self.without))

    @property
    def later(self) -> tuple[float, float]:
        """Percent of both kinds whose illness begins at the age or later."""
        return tuple(100 - percent for percent in self.before)


@checked(lambda: AGES_PANEL)
def ages(age: float, shape: str) -> Ages:
    return Ages(age, shape, SHAPES[shape])


def dots(kind: OnsetAge) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a hundred ages at onset, evenly spread over the people, as dots in columns."""
    when = kind.age_by((np.arange(100) + 0.5) / 100)
    column = np.floor(when / BIN_YEARS)
    height = np.array([np.sum(column[:i] == own) for i, own in enumerate(column)]) + 0.5
    return when, (column + 0.5) * BIN_YEARS, height


def draw_ages(fig: Figure):
    axes_ = fig.subplots(2, 1, sharex=True)
    move = []
    for axes, kind, median in zip(axes_, ("and", "without"), MEDIANS, strict=True):
        axes.set(ylim=(0, 10.6), xlim=(4, 96), yticks=(0, 5, 10))
        axes.set(ylabel="People of 100,\nper 2 years of age")
        axes.set_title(f"100 people with LEMS {kind} cancer: ages drawn from words, not data")
        axes.plot([median], [10.2], marker="v", ms=8, color=INK, clip_on=False)
        axes.text(
            median + 1.2, 10.2, f"{median:g}: median of published cases", va="center", zorder=5
        )
        curve = figures.line(axes, "voltage", lw=1.8, zorder=2)
        style = {"ls": "", "marker": "o", "ms": 8.6, "mew": 1.3, "animated": True, "zorder": 3}
        early = axes.plot([], [], mfc=INK, mec=INK, **style)[0]
        late = axes.plot([], [], mfc=PAPER, mec=INK, **style)[0]
        # Neither reaches up to the median's words.
        line = figures.upright(axes, color=INK, lw=2, ls="-", ymax=0.9)
        kept = figures.upright(axes, ls=(0, (4, 2)), ymax=0.9)
        move.append((curve, early, late, line, kept, figures.text(axes, 0.01, 0.56, weight="bold")))
        move[-1] += (figures.text(axes, 0.995, 0.56, weight="bold", ha="right"),)
    axes_[1].set(xlabel="Age at which LEMS begins (years)", xticks=range(10, 91, 10))

    def update(now: Ages, compared: Ages | None, label: str) -> None:
        for parts, kind, before in zip(move, (WITH_CANCER, now.without), now.before, strict=True):
            curve, early, late, line, kept, left, right = parts
            curve.set_data(AGES, 100 * BIN_YEARS * kind.density(AGES))
            when, x, y = dots(kind)
            young = when < now.age
            early.set_data(x[young], y[young])
            late.set_data(x[~young], y[~young])
            line.set_xdata([now.age] * 2)
            kept.set_visible(compared is not None)
            kept.set_xdata([now.age if compared is None else compared.age] * 2)
            left.set_text(f"before {now.age:g}:\n{before:.0f} of 100")
            right.set_text(f"at {now.age:g} or later:\n{100 - before:.0f} of 100")

    return update


def describe_ages(result: Ages) -> Reading:
    (young, young_without), (old, old_without) = result.before, result.later
    return Reading(
        f"As drawn here, LEMS begins at {result.age:g} or later in {old:.0f} of 100 people with cancer "
        f"and in {old_without:.0f} of 100 without (an assumption): age alone does not tell.",
        {
            "With cancer, before": f"{young:.0f} of 100",
            "With cancer, later": f"{old:.0f} of 100",
            "Without cancer, before": f"{young_without:.0f} of 100",
            "Without cancer, later": f"{old_without:.0f} of 100",
        },
    )


AGES_PANEL = Panel(
    name="ages",
    question="At what age does each kind of LEMS begin, and does age tell them apart?",
    controls=(
        controls.Slider("age", "Dividing age", "years", 20, 80, 1, 50),
        controls.Choice("shape", "Ages without cancer", tuple(SHAPES), "two waves"),
    ),
    compute=ages,
    draw=draw_ages,
    describe=describe_ages,
    call=lambda age, shape: (
        f"100 - 100 * {'WITH'}OUT_CANCER{'' if shape == 'two waves' else '_ONE_WAVE'}"
        f".share_before({age:g})"
    ),
    shows="Two dot charts of age at onset, one dot for each of 100 people: with cancer, one peak at "
    "60; without cancer, spread over all ages. Dots before the dividing age are filled.",
    prediction=Prediction(
        "Take 100 people with LEMS and without cancer. In how many does it begin at 50 or later?",
        ("In nearly none: later means cancer", "In about half", "In nearly all"),
        judge=lambda now, _: 0 if now.later[1] < 25 else 1 if now.later[1] < 75 else 2,
        because="Cancer-linked LEMS comes around 60, but LEMS without cancer comes at any age, and "
        "often later in life as well. The two overlap so much that age settles nothing.",
    ),
    kind="Model output from assumed ages",
    leaves_out="No study's list of ages is at hand. Both curves are assumptions that draw words: "
    "“around 60, with the cancer” and “at any age, more often in older people”. The triangles are "
    "real: medians of published cases (Wirtz et al. 2002). Sex and smoking are left out.",
    sources=("Wirtz2002",),
    height_in=5.2,
)


# -- 4. when the tumours were found ---------------------------------------------------------------

REPORTS = {0: "sclc_found_first", 3: "sclc_found_3_months", 12: "sclc_found_12_months"}
REPORTS[41] = "sclc_found_41_months"
LAST_MONTH = 48


@dataclass(frozen=True)
class Found:
    """At least and at most how many of the tumours had been found after some months."""

    months: int
    least: int
    most: int

    def words(self) -> str:
        both = f"{self.least} to {self.most}"
        return f"{self.least}" if self.least == self.most else both

    @property
    def all(self) -> bool:
        """Whether every tumour of the study had been found."""
        return self.least == proportion("sclc_netherlands").count


@checked(lambda: FOUND_PANEL)
def found(months: float) -> Found:
    tumours = proportion("sclc_netherlands").count
    least, most = (round(tumours * end) for end in tumour_found_by(months))
    return Found(round(months), least, most)


def draw_found(fig: Figure):
    crowd, chart = fig.subplots(2, 1, height_ratios=(1.25, 1))
    study = proportion("sclc_netherlands")
    crowd.set(xlim=(0, 560), ylim=(0, 178))
    crowd.set_axis_off()
    crowd.text(0, 166, f"{study.count} with a small-cell lung cancer", weight="bold", fontsize=11.5)
    crowd.text(
        298, 166, f"{study.of - study.count} in whom none was found", weight="bold", fontsize=11.5
    )
    crowd.text(298, 150, "followed for a median of 8 years (3 to 26)", va="center")
    crowd.text(0, 150, "filled: found by now; dot: perhaps", va="center")
    show = people.crowd(crowd, people.rows_of(study.count, 6, 0, 140, 28, 23.5), size=21)
    people.still_crowd(crowd, people.rows_of(study.of - study.count, 6, 298, 140, 28, 23.5), 21)
    crowd.plot([274, 274], [2, 172], color=GREY, lw=1.5)
    chart.set(xlim=(-1, LAST_MONTH), ylim=(0, 62), xticks=(0, 3, *range(6, 49, 6)))
    chart.set(xlabel="Months since LEMS was diagnosed (0: first screening)")
    chart.set_ylabel(f"Tumours found,\nof {study.count}")
    chart.set(yticks=(0, 18, 36, 54))
    # Just after each report at least as many are known to be found, at most those of the next.
    ends = (*REPORTS, LAST_MONTH)
    known = study.count * np.array([tumour_found_by(month)[0] for month in ends])
    chart.step(ends, known, where="post", color=CANCER, lw=2, zorder=2)
    chart.step(ends, known, where="pre", color=CANCER, lw=1.5, ls="--", zorder=2)
    for start, end, least, most in zip(ends, ends[1:], known, known[1:], strict=False):
        chart.fill_between([start, end], least, most, color="#E6D5E1", lw=0, zorder=1)
    chart.plot(ends[:-1], known[:-1], ls="", marker="D", ms=7, color=INK, zorder=3)
    for month, count in zip(ends[:-1], known[:-1], strict=True):
        chart.text(month, count - 4, f" {count:.0f}", ha="left", va="top")
    chart.text(
        LAST_MONTH - 1, 8, "between two reports we know only the least (solid)\nand the most (dashed)",
        ha="right",
    )  # fmt: skip
    now_line = figures.upright(chart, color=INK, ls="-", lw=2)
    kept = figures.upright(chart, ls=(0, (4, 2)))
    words = figures.text(chart, 0, 29, transform=chart.transData, weight="bold", va="center")

    def update(now: Found, compared: Found | None, label: str) -> None:
        show(now.least, now.most - now.least)
        now_line.set_xdata([now.months] * 2)
        kept.set_visible(compared is not None)
        kept.set_xdata([now.months if compared is None else compared.months] * 2)
        late = now.months > 30
        words.set(x=now.months + (-0.6 if late else 0.6), ha="right" if late else "left")
        words.set_text(f"{moment(now.months)}: {now.words()} of {study.count}")

    return update


def moment(months: int) -> str:
    return "first screening" if months == 0 else f"{months} month{'s' if months > 1 else ''}"


def describe_found(result: Found) -> Reading:
    study = proportion("sclc_netherlands")
    when = "At the first screening" if result.months == 0 else f"By {moment(result.months)}"
    number = "all" if result.all else f"{result.words()} of the"
    return Reading(
        f"{when}, {number} {study.count} tumours had been found. In the other "
        f"{study.of - study.count} of the 100 people none was found in a median of 8 years.",
        {
            "Months since diagnosis": f"{result.months}",
            "Tumours found": f"{result.words()} of {study.count}",
            "No tumour found in follow-up": f"{study.of - study.count} of {study.of} people",
        },
    )


FOUND_PANEL = Panel(
    name="found",
    question="If there is a cancer, when is it found?",
    controls=(
        controls.Slider("months", "Time since LEMS was diagnosed", "months", 0, LAST_MONTH, 1, 3),
    ),
    compute=found,
    draw=draw_found,
    describe=describe_found,
    call=lambda months: f"tumour_found_by({months:g})",
    shows="Two groups of figures that make 100 people: 54 with a tumour, filled once it had been found "
    "(a dot where the month is not known), and 46 without; below, tumours found against months.",
    presets={
        "First screening": {"months": 0},
        "3 months": {"months": 3},
        "1 year": {"months": 12},
        "4 years": {"months": LAST_MONTH},
    },
    prediction=Prediction(
        "Fifty-four of these 100 people had a tumour. By 3 months, how many of the 54 had been found?",
        ("About a quarter", "About half", "Nine in ten, or more"),
        judge=lambda now, _: int(
            np.argmin([abs(now.least / 54 - part) for part in (0.25, 0.5, 0.95)])
        ),
        because="Most were there to be seen at the first screening. After the first year very few "
        "were found, and in 46 people there were none.",
    ),
    kind="Real data",
    leaves_out="One study in one country, with the scanners of 1990 to 2007. It reports four moments; "
    "what lies between is not known to us. The 46 people were followed for 3 to 26 years. Which tests "
    "a person needs, and when, is for their doctors to say.",
    sources=("Titulaer2008",),
    height_in=5.6,
)


# -- 5. the DELTA-P score on fictional people -----------------------------------------------------

#: Invented people: age, smoking, weight loss (%), bulbar, erectile dysfunction, Karnofsky.
FICTIONAL = {
    "Ms Ash": DeltaPCase(34, False, 0, False, False, 80),
    "Mr Birch": DeltaPCase(57, False, 2, False, False, 80),
    "Ms Cedar": DeltaPCase(63, False, 1, True, False, 80),
    "Mr Elm": DeltaPCase(61, True, 3, True, False, 80),
    "Ms Hazel": DeltaPCase(66, True, 8, True, False, 70),
    "Mr Rowan": DeltaPCase(68, True, 9, True, True, 80),
}


@checked(lambda: SCORED_PANEL)
def scored(person: str) -> Scored:
    return Scored(person, FICTIONAL[person], cancer_risk(FICTIONAL[person]))


def describe_scored(result: Scored) -> Reading:
    counted, case = result.risk.prospective, result.case
    ends = people.span(*counted.interval_percent)
    early = result.risk.development_percent
    developed = "not known to us" if early is None else f"{early[0]:g} to {early[1]:g} of 100"
    if early is not None and early[0] == early[1]:
        developed = f"{early[0]:g} of 100"
    return Reading(
        f"{result.person} (fictional) scores {case.score}. Of {counted.of} real people with that "
        f"score, {counted.count} had lung cancer found (95 % interval {ends} of 100). {CAVEAT}",
        {
            "Score": f"{case.score} of 6",
            "Checked later": f"{counted.count} of {counted.of} people",
            "95 % interval": f"{ends} of 100",
            "Where developed": developed,
        },
    )


def scored_call(person: str) -> str:
    return f"cancer_risk({FICTIONAL[person].score}).prospective.percent"


SCORED_PANEL = Panel(
    name="score",
    question="What does a score say about cancer, and what does it not say?",
    controls=(controls.Choice("person", "Fictional person", tuple(FICTIONAL), "Ms Cedar"),),
    compute=scored,
    draw=draw_scored,
    describe=describe_scored,
    call=scored_call,
    shows="A card of an invented person with the six items of DELTA-P ticked or not; beside it, the "
    "share of people with cancer at each score in two studies; below, one figure per real person.",
    prediction=Prediction(
        "Ms Cedar is an invented person with a score of 2. In how many of the real people with a "
        "score of 2 was lung cancer found?",
        ("In none of them", "In about half of them", "In all of them"),
        judge=lambda now, _: int(
            np.argmin([abs(now.risk.prospective.percent - percent) for percent in (0, 50, 100)])
        ),
        because="A score sorts people into groups. Within a group some have the cancer and some do "
        "not, and the score cannot say who.",
    ),
    kind="Real data about invented people",
    leaves_out="The counts were worked out from printed percentages. Few people stand behind each "
    "score, 3 to 20. How long the later study followed people is not known to us. The score is meant "
    "for use within three months of onset, by doctors. Everyone on the cards is invented.",
    sources=("Titulaer2011", "Maddison2020"),
    height_in=5.2,
)


# -- exercises ------------------------------------------------------------------------------------


def after_positive() -> np.ndarray:
    """Return the chance of LEMS after a positive test (%): a healthy person, then a weak one."""
    return np.array([100 * antibody_test(who).if_positive for who in ("healthy", "weak")])


def test_values(name: str) -> np.ndarray:
    """Return a property of both tests, healthy person first."""
    return np.array([getattr(antibody_test(who), name) for who in ("healthy", "weak")])


ANTIBODY = Exercise(
    name="antibody",
    title="One test, two people",
    answer=Array(
        after_positive,
        unit="%",
        near_misses=(
            (
                lambda _: 100 * test_values("sensitivity"),
                "That is the share of people with LEMS who test positive. Asked is the share of "
                "positive people who have LEMS.",
            ),
            (
                lambda _: 100 * test_values("specificity"),
                "That is the share of people without LEMS who test negative. Asked is the share of "
                "positive people who have LEMS.",
            ),
            (
                lambda _: 100 * test_values("prior") * test_values("sensitivity"),
                "Those are the true positives among everybody. Divide by all positives.",
            ),
            (
                lambda _: 100 * test_values("prior"),
                "That is the chance before the test. The result has to change it.",
            ),
        ),
    ),
    hints=(
        "Take a million people like the healthy one. How many have LEMS, and how many of those test "
        "positive? How many of the others do?",
        "True positives: `prior * sensitivity`. False positives: `(1 - prior) * (1 - specificity)`.",
        "Chance = true positives divided by all positives, times 100; once with the numbers of "
        "`healthy`, once with those of `weak`.",
    ),
    because="The same result means 1 in about 8,000 for one person and 3 in 4 for the other: what was "
    "known before the test decides.",
)


def overlap() -> np.ndarray:
    return np.array(compatible())


def textbook_overlap(_: object) -> np.ndarray:
    ends = []
    for name in ("sclc_south_holland", "lung_cancer_new_lems"):
        one = proportion(name)
        part = one.count / one.of
        half = 1.96 * np.sqrt(part * (1 - part) / one.of)
        ends.append((100 * (part - half), 100 * (part + half)))
    return np.array([max(low for low, _ in ends), min(high for _, high in ends)])


def union(_: object) -> np.ndarray:
    ends = [SHARES[STUDIES[study]].interval_percent for study in (UK, REGION)]
    return np.array([min(low for low, _ in ends), max(high for _, high in ends)])


OVERLAP = Exercise(
    name="overlap",
    title="Seven of ten, and 51 of 100",
    answer=Array(
        overlap,
        unit="%",
        tolerance=0.012,
        near_misses=(
            (
                union,
                "That is the range which one or the other allows. Asked is what both allow.",
            ),
            (
                textbook_overlap,
                "That comes from the simpler textbook interval, which is poor for ten people. Use "
                "`wilson_interval`.",
            ),
            (
                lambda _: np.array([100 * 44 / 87, 70.0]),
                "Those are the two counted shares. Asked are the ends of the range that fits both.",
            ),
        ),
    ),
    hints=(
        "`wilson_interval(7, 10)` gives the lowest and the highest share that fit a count of 7 of 10.",
        "A share that fits both counts lies above both low ends and below both high ends.",
        "`max` of the two low ends, `min` of the two high ends, each times 100.",
    ),
    because="Every share in this range fits both studies, so they do not contradict each other.",
)


def area_percent(ties: float = 0.5) -> float:
    """Return how often the one of two people who has the cancer scores higher, in %.

    `ties` is what an equal score counts.
    """
    counted = [cancer_risk(score).prospective for score in range(7)]
    ill = np.array([one.count for one in counted])
    well = np.array([one.of for one in counted]) - ill
    won = sum(ill[high] * well[low] for high in range(7) for low in range(high))
    return float(100 * (won + ties * (ill @ well)) / (ill.sum() * well.sum()))


AREA = Exercise(
    name="area",
    title="How well does the score tell people apart?",
    answer=Number(
        area_percent,
        unit="%",
        tolerance=0.007,  # 82 and 83 % are read off as well
        near_misses=(
            (
                lambda _: area_percent(0.0),
                "Pairs with equal scores count as half: then the score is as good as a coin.",
            ),
            (
                lambda _: area_percent(1.0),
                "Pairs with equal scores count as half, not as won.",
            ),
            (
                lambda _: DEVELOPMENT.area_percent,
                "That is the figure from where the score was developed. Work it out for the 87 "
                "people it was checked in.",
            ),
        ),
    ),
    hints=(
        "Form every pair of one person with cancer and one without: 44 × 43 pairs.",
        "For a person with score `s`: pairs won are `without[:s].sum()`, ties are `without[s]`.",
        "Sum `found[s] * (without[:s].sum() + 0.5 * without[s])` over `s`, divide by "
        "`found.sum() * without.sum()`, times 100.",
    ),
    because="That is about five pairs of six. A coin would get half of them right.",
)

LESSON = Lesson(
    name="09_cancer_and_age",
    panels=(SIGNS_PANEL, SHARE_PANEL, AGES_PANEL, FOUND_PANEL, SCORED_PANEL),
    exercises=(ANTIBODY, OVERLAP, AREA),
    terms=(
        "small-cell lung cancer",
        "paraneoplastic",
        "confidence interval",
        "DELTA-P",
        "prior probability",
    ),
    sources=(
        "ONeill1988",
        "Wirtz2002",
        "Wirtz2003",
        "Wirtz2005",
        "Lennon1995",
        "Zalewski2016",
        "Titulaer2008",
        "Titulaer2011",
        "Maddison2020",
        "LipkaSurvival2020",
    ),
)
