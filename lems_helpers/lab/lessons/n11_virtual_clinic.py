"""11: four fictional people, a budget of five tests, and what can be concluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lems_helpers.clinic.case_reasoning import review, still_possible, work_up
from lems_helpers.clinic.cases import (
    BLOOD,
    BOTULISM,
    BUDGET,
    CAUSES,
    DECREMENT_CUT,
    EFFORT,
    FAST,
    FEWER,
    HEALTHY,
    INCREMENT_CUT,
    KNOWN,
    LEMS,
    LOW_CMAP_MV,
    MYASTHENIA,
    NAMES,
    REST,
    SHARE_WITH_LEMS,
    SLOW,
    TESTS,
    draw_patients,
    order_test,
    person,
    virtual_people,
)
from lems_helpers.clinic.epidemiology import PredictiveValue, antibody_test
from lems_helpers.physiology import checks

from .. import figures
from ..case_desk import Desk, draw_desk, usual
from ..controls import Choice as ChoiceControl
from ..controls import Seed, Toggle
from ..exercises import Array, Choice, Exercise, Report
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..reading import read_word
from ..style import BLUE, GREEN, GREY, INK, PAPER, PURPLE, VERMILLION

CLINIC = Seed("seed", "Number of the clinic", 12)

# -- 1. what parts the causes ---------------------------------------------------------------------

PEOPLE, PEOPLE_SEED = 40, 11


@dataclass(frozen=True)
class Finding:
    """One number of a nerve stimulation, and how it is laid out along an axis."""

    title: str
    attribute: str  # of an ExpectedCohort
    test: str
    limits: tuple[float, float]
    cut: float
    ticks: tuple[float, ...]
    unit: str
    roots: bool = False  # whether the scale is one of square roots

    def place(self, values) -> np.ndarray:
        """Where values stand along the axis, 0 to 1."""
        low, high = self.limits
        x = np.clip(np.asarray(values, dtype=float), low, high)
        if self.roots:
            return np.sqrt(np.maximum(x, 0.0) / high)
        return (x - low) / (high - low)


FINDINGS = {
    "first answer": Finding(
        "First answer at rest (mV)", "resting_cmap_mV", REST, (0, 16), LOW_CMAP_MV,
        (0, 3, 6, 9, 12, 15), "mV",
    ),
    "decrement at 3 Hz": Finding(
        "Decrement at 3 Hz (%)", "decrement_percent", SLOW, (-5, 52), DECREMENT_CUT,
        (0, 10, 20, 30, 40, 50), "%",
    ),
    "increment after effort": Finding(
        "Increment after effort (%)", "effort_increment_percent", EFFORT, (0, 1700),
        INCREMENT_CUT, (0, 60, 200, 500, 1000, 1600), "%", roots=True,
    ),
    "increment at 50 Hz": Finding(
        "Increment at 50 Hz (%)", "fast_increment_percent", FAST, (0, 1200), INCREMENT_CUT,
        (0, 20, 60, 200, 500, 1000), "%", roots=True,
    ),
}  # fmt: skip
_MARKS = {
    LEMS: ("o", VERMILLION, VERMILLION),
    BOTULISM: ("s", PURPLE, PAPER),
    MYASTHENIA: ("^", BLUE, BLUE),
    FEWER: ("D", GREEN, PAPER),
    HEALTHY: ("o", INK, PAPER),
}
_SHORT = {MYASTHENIA: "myasthenia gravis", FEWER: "fewer fibres"}


@dataclass(frozen=True, eq=False)
class Map:
    """Two findings of many people, and the field between the cut-offs that holds most with LEMS."""

    across: str
    up: str
    seed: int
    people: dict[str, tuple[np.ndarray, np.ndarray]]  # by cause
    patients: tuple[tuple[str, float, float], ...]

    @property
    def field(self) -> tuple[bool, bool]:
        """Whether most people with LEMS are at or above the cut-off, across and up."""
        return tuple(
            bool(np.median(values) >= FINDINGS[name].cut)
            for name, values in zip((self.across, self.up), self.people[LEMS], strict=True)
        )

    def together(self, cause: str) -> int:
        """People with a cause in that field."""
        sides = zip((self.across, self.up), self.people[cause], self.field, strict=True)
        inside = [(values >= FINDINGS[name].cut) == side for name, values, side in sides]
        return int(np.logical_and(*inside).sum())

    @property
    def others(self) -> int:
        """People with other causes in that field."""
        return sum(self.together(cause) for cause in CAUSES if cause != LEMS)

    @property
    def words(self) -> str:
        """What the field holds."""
        return f"{self.together(LEMS)} with LEMS, {self.others} others"


@lru_cache(maxsize=1)
def _people() -> dict:
    return {cause: virtual_people(cause, PEOPLE, PEOPLE_SEED) for cause in CAUSES}


def _measured(case, name: str) -> float:
    result = order_test(case, FINDINGS[name].test)
    return result.value


@checked(lambda: MAP)
def findings_map(across: str, up: str, show: bool, seed: int) -> Map:
    people = {
        cause: tuple(getattr(found, FINDINGS[name].attribute) for name in (across, up))
        for cause, found in _people().items()
    }
    patients = ()
    if show:
        patients = tuple(
            (case.name, _measured(case, across), _measured(case, up))
            for case in draw_patients(seed)
        )
    return Map(across, up, seed, people, patients)


def draw_map(fig: Figure):
    axes = fig.subplots()
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05), xticks=(), yticks=())
    axes.set_title("200 virtual people, 40 with each cause", pad=18)
    field = Rectangle((0, 0), 1, 1, fc="#FBE9DE", ec="none", animated=True, zorder=0.5)
    axes.add_patch(field)
    counts = [
        figures.text(axes, 1.0, y, ha="right", va="bottom", color=colour)
        for y, colour in ((1.055, INK), (1.008, GREY))
    ]
    # Room for the words of the axes, which change with the controls.
    fig.get_layout_engine().set(rect=(0.085, 0.12, 0.915, 0.88))
    cuts = [
        make(0.0, color=GREY, lw=1.5, ls=(0, (5, 3)), animated=True)
        for make in (axes.axvline, axes.axhline)
    ]
    plate = {"fc": PAPER, "ec": "none", "pad": 1.0, "alpha": 0.85}
    cut_names = [
        figures.text(axes, 0, 1.035, transform=axes.transData, ha="left", color=GREY, bbox=plate),
        figures.text(axes, 1.03, 0, transform=axes.transData, ha="right", color=GREY, bbox=plate),
    ]
    cut_names[0].set_va("top")
    cut_names[1].set_va("bottom")
    dots = {}
    for cause, (marker, edge, face) in _MARKS.items():
        dots[cause] = axes.plot(
            [], [], marker, ms=7.5, mec=edge, mfc=face, mew=1.6, animated=True, alpha=0.9,
            label=_SHORT.get(cause, cause),
        )[0]  # fmt: skip
    fig.legend(
        handles=list(dots.values()), loc="outside lower center", ncols=5, columnspacing=1.2,
        handletextpad=0.3,
    )  # fmt: skip
    clinic = figures.text(axes, 0.0, 1.008, va="bottom", color=GREY)
    named = {"transform": axes.transAxes}
    title_x = figures.text(axes, 0.5, -0.085, ha="center", va="top", **named)
    title_y = figures.text(axes, -0.075, 0.5, ha="center", va="center", rotation=90, **named)
    tick_x = [figures.text(axes, 0, -0.02, ha="center", va="top", size=10,
                           transform=axes.get_xaxis_transform()) for _ in range(6)]  # fmt: skip
    tick_y = [figures.text(axes, -0.008, 0, ha="right", va="center", size=10,
                           transform=axes.get_yaxis_transform()) for _ in range(6)]  # fmt: skip
    letters = [
        figures.text(
            axes, 0, 0, transform=axes.transData, ha="center", va="center", size=12, weight="bold",
            bbox={"boxstyle": "circle,pad=0.25", "fc": "#FFF4C2", "ec": INK, "lw": 1.5}, zorder=6,
        )
        for _ in NAMES
    ]  # fmt: skip

    def update(now: Map, compared: Map | None, label: str) -> None:
        x, y = FINDINGS[now.across], FINDINGS[now.up]
        for cause, (across, up) in now.people.items():
            dots[cause].set_data(x.place(across), y.place(up))
        at_x, at_y = (float(one.place(one.cut)) for one in (x, y))
        cuts[0].set_xdata([at_x, at_x])
        cuts[1].set_ydata([at_y, at_y])
        cut_names[0].set_x(at_x + 0.008)
        cut_names[1].set_y(at_y + 0.008)
        for text, one in zip(cut_names, (x, y), strict=True):
            text.set_text(f"cut-off {one.cut:g} {one.unit}")
        left, low = (
            at if above else -0.03 for at, above in zip((at_x, at_y), now.field, strict=True)
        )
        right, top = (
            end if above else at
            for at, above, end in zip((at_x, at_y), now.field, (1.03, 1.05), strict=True)
        )
        field.set_bounds(left, low, right - left, top - low)
        counts[0].set_text(f"in the shaded field: {now.words}")
        counts[1].set_text("" if compared is None else f"{label}: {compared.words}")
        title_x.set_text(x.title)
        title_y.set_text(y.title)
        for ticks, one, move in ((tick_x, x, "set_x"), (tick_y, y, "set_y")):
            for text, value in zip(ticks, one.ticks, strict=True):
                getattr(text, move)(float(one.place(value)))
                text.set_text(f"{value:,g}")
        clinic.set_text(
            f"patients of clinic {now.seed}: {'A to D' if now.patients else 'not shown'}"
        )
        for text in letters:
            text.set_visible(False)
        for text, (name, across, up) in zip(letters, now.patients, strict=False):
            text.set_visible(True)
            text.set_text(name)
            text.set_position((float(x.place(across)), float(y.place(up))))

    return update


def describe_map(result: Map) -> Reading:
    others = [cause for cause in CAUSES if cause != LEMS]
    said = ", ".join(
        f"{result.together(cause)} {'' if cause == HEALTHY else 'with '}{_SHORT.get(cause, cause)}"
        for cause in others
    )
    return Reading(
        f"{result.across[0].upper()}{result.across[1:]} across, {result.up} up: the field with "
        f"{result.together(LEMS)} of {PEOPLE} people with LEMS also holds {said}.",
        {
            "LEMS in its field": f"{result.together(LEMS)} of {PEOPLE}",
            **{
                f"{_SHORT.get(cause, cause).capitalize()} there": f"{result.together(cause)}"
                for cause in others
            },
        },
    )


MAP = Panel(
    name="map",
    question="Which two findings keep LEMS apart from the other causes?",
    controls=(
        ChoiceControl("across", "Across", tuple(FINDINGS), "first answer"),
        ChoiceControl("up", "Up", tuple(FINDINGS), "increment after effort"),
        Toggle("show", "Add patients A to D (after you have worked them up)"),
        CLINIC,
    ),
    compute=findings_map,
    draw=draw_map,
    describe=describe_map,
    call=lambda across, up, show, seed: f"findings_map({across!r}, {up!r}, {show}, {seed}).others",
    shows="A map of 200 virtual people by two findings, with a mark for each of five causes and a "
    "dashed line at each cut-off; the field that holds most people with LEMS is shaded.",
    compare={},
    compare_label="at the start",
    prediction=Prediction(
        "You know the first answer at rest and the growth after effort. The field that holds most of "
        "the 40 people with LEMS: how many of the 40 people with botulism does it hold, too?",
        ("Nearly none", "About half", "Nearly all"),
        judge=lambda now, _: int(
            np.argmin([abs(now.together(BOTULISM) - x) for x in (0, PEOPLE / 2, PEOPLE)])
        ),
        because="Both let too few packets out at rest, and effort helps both. To part them, look for "
        "another finding, or ask how it began.",
    ),
    leaves_out="How severity varies is an assumption, so the crowds show an order and no true shares. "
    "The model's botulism falls too much at 3 Hz and grows too much after effort: six patients had no "
    "decrement, and grew far less than people with LEMS (Gutmann & Pratt 1976). Severe myasthenia "
    "gravis grows too much after effort.",
    sources=("Oh2005", "GutmannPratt1976", "Cherington1982"),
    height_in=5.0,
)


# -- 2. the case desk -----------------------------------------------------------------------------


@checked(lambda: DESK)
def desk(patient: str, test: str, seed: int) -> Desk:
    case = person(seed, patient)
    return Desk(case, order_test(case, test))


def describe_desk(result: Desk) -> Reading:
    report = result.result.report
    return Reading(
        f"{result.who}, {report}; {usual(result.result.test)}.",
        _numbers(result),
    )


def _numbers(desk: Desk) -> dict[str, str]:
    one, numbers = desk.result, {}
    if one.cmap_mV.size:
        numbers["First answer"] = f"{one.cmap_mV[0]:.2f} mV"
    m = one.measures
    if "decrement" in m:
        numbers["Decrement"] = f"{m['decrement']:.1f} %"
    if "decrement after" in m:
        numbers["An hour after the dose"] = f"{one.cmap_mV[5]:.2f} mV, {m['decrement after']:.1f} %"
    if "increment" in m:
        numbers["Largest later answer"] = f"{one.cmap_mV[1:].max():.2f} mV"
        numbers["Increment"] = f"{m['increment']:.1f} %"
    if "abnormal pairs" in m:
        numbers["Abnormal pairs"] = f"{m['abnormal pairs']:.0f} of 20"
        numbers["Impulses blocked"] = f"{one.study.blocking_percent.mean():.0f} %"
    if one.positive is not None:
        numbers["Antibody"] = "positive" if one.positive else "negative"
    return numbers


DESK = Panel(
    name="desk",
    question="What does this test say about this person?",
    controls=(
        ChoiceControl("patient", "Person", (*NAMES, *KNOWN), "A"),
        ChoiceControl("test", "Test", TESTS, SLOW),
        CLINIC,
    ),
    compute=desk,
    draw=draw_desk,
    describe=describe_desk,
    call=lambda patient, test, seed: f"order_test(person({seed}, {patient!r}), {test!r}).value",
    shows="A laboratory's report on a fictional person: what was recorded, on a grid, over that of a "
    "healthy person, and three bars that show where the numbers lie against what is usual.",
    presets={
        "Healthy": {"patient": "healthy person"},
        "LEMS": {"patient": "person with LEMS"},
    },
    compare={"patient": "healthy person"},
    compare_label="healthy",
    compare_follows=("test", "seed"),
    prediction=Prediction(
        "Five causes are possible before any test. You order a slow train for patient A. How many "
        "causes will its result leave possible?",
        ("One", "Two or three", "All five"),
        judge=lambda now, _: {1: 0, 2: 1, 3: 1}.get(len(still_possible([now.result])), 2),
        because="One test seldom names a cause. It takes some causes away; the next test is worth its "
        "place if it parts those that are left.",
    ),
    leaves_out="Noise, cold skin, half-hearted effort, and a second muscle. The people are drawn where "
    "textbook findings hold; milder and mixed cases exist. The model's jitter is several times a healthy "
    "person's, so pairs are judged by the model's own healthy limits. Half of the enzyme out of "
    "action after the dose is an assumption, and no dose is meant.",
    sources=("Oh2005", "Lennon1995", "Zalewski2016", "GutmannPratt1976", "ONeill1988"),
    kind="Model output, of fictional people",
    height_in=6.0,
)


# -- exercises ------------------------------------------------------------------------------------


def after_the_blood_test() -> PredictiveValue:
    """Say what a blood test means in this clinic."""
    return antibody_test("weak", prior=SHARE_WITH_LEMS)


def _both(value: PredictiveValue) -> np.ndarray:
    return 100 * np.array([value.if_positive, value.if_negative])


CLUE = Exercise(
    name="blood",
    title="What the blood test adds",
    answer=Array(
        lambda: _both(after_the_blood_test()),
        unit="%",
        tolerance=0.005,
        absolute=0.3,
        near_misses=(
            (
                lambda _: [
                    100 * after_the_blood_test().sensitivity,
                    100 - 100 * after_the_blood_test().sensitivity,
                ],
                "These are what the test does in people with LEMS. You are asked the other way round: "
                "what a result says about a person.",
            ),
            (
                lambda right: [right[0], 100 - right[1]],
                "The first is right. The second is the chance of no LEMS after a negative test.",
            ),
            (
                lambda _: _both(antibody_test("weak", prior=0.5)),
                "That takes one person in two to have LEMS before the test. Here it is 40 of 100.",
            ),
            (
                lambda _: _both(antibody_test("healthy", prior=SHARE_WITH_LEMS)),
                "You used the false positives of healthy people, 1.7 of 100. The people who come here "
                "are ill in other ways: 3.4 of 100.",
            ),
        ),
    ),
    hints=(
        "Imagine 1,000 people of such clinics. How many of them have LEMS, and how many do not?",
        "Of 400 with LEMS, 62/65 are positive. Of 600 others, 3.4 of 100 are positive.",
        "After a positive test: positives with LEMS over all positives. The same for negatives.",
    ),
    because="A positive result nearly settles it here, because four of ten people in this clinic "
    "have LEMS. In a room full of healthy people it would not.",
)


def judge_report(report) -> tuple[bool, str]:
    """Judge a report on the four people of a clinic.

    Raises
    ------
    ValueError
        If it is no report; the message says what is missing.
    """
    if not isinstance(report, Mapping) or not {"seed", "tests", "causes"} <= set(report):
        raise ValueError('A report holds a "seed", "tests" and "causes", as in the cell above.')
    seed = checks.whole("seed", report["seed"], 0, CLINIC.highest)
    tests, causes = report["tests"], report["causes"]
    for part, what in ((tests, "tests"), (causes, "causes")):
        if not isinstance(part, Mapping) or set(part) != set(NAMES):
            raise ValueError(f"Give {what} for each of the patients A, B, C and D.")
    verdicts = {}
    for name in NAMES:
        try:
            verdicts[name] = review(
                seed, name, tests[name], read_word(causes[name], CAUSES, {"mg": MYASTHENIA})
            )
        except ValueError as refusal:
            raise ValueError(f"Patient {name}: {refusal}") from None
    settled = [name for name in NAMES if verdicts[name].accepted]
    if len(settled) == len(NAMES):
        spent = sum(1 if isinstance(tests[name], str) else len(tests[name]) for name in NAMES)
        found = " ".join(f"{name}: {verdicts[name].words}" for name in NAMES)
        return True, f"{found} All four, with {spent} tests."
    missing = next(name for name in NAMES if name not in settled)
    begun = f"Settled: {', '.join(settled)}. " if settled else ""
    return False, f"{begun}Patient {missing}: {verdicts[missing].words}"


def model_report(seed: int = CLINIC.default) -> dict:
    """Work up a clinic by the course's own route."""
    found = {case.name: work_up(case) for case in draw_patients(seed)}
    return {
        "seed": seed,
        "tests": {name: list(tests) for name, (tests, _) in found.items()},
        "causes": {name: cause for name, (_, cause) in found.items()},
    }


def _with(right: dict, part: str, patient: str, value) -> dict:
    return {**right, part: {**right[part], patient: value}}


PATIENTS = Exercise(
    name="cases",
    title="Four patients",
    answer=Report(
        judge_report,
        model_report,
        near_misses=(
            (
                lambda right: _with(right, "tests", "A", list(TESTS[: BUDGET + 1])),
                "You ordered 6 tests; the budget is 5",
            ),
            (lambda right: _with(right, "tests", "B", [REST]), "Which test parts them?"),
            (lambda right: _with(right, "causes", "C", HEALTHY), "speaks against healthy"),
            (lambda right: _with(right, "causes", "D", "flu"), "none of the choices"),
        ),
    ),
    hints=(
        "Begin with a test that gives two findings at once: the slow train shows the first answer "
        "and the decrement.",
        "After each result, list the causes that are left. Order the test whose possible results "
        "would part them.",
        "A small answer that falls: `50 Hz` parts LEMS from botulism. A small answer that does not "
        "fall, or a normal one: `single-fibre EMG` tells whether the junction is at fault.",
    ),
)


NEXT = Exercise(
    name="next",
    title="Which test next?",
    answer=Choice(
        options={
            FAST: "In the model, LEMS more than doubles within a second at 50 Hz, and botulism grows "
            "by a fifth. In people the gap is less sure, so the story counts too.",
            BLOOD: "It settles most such cases: positive in 62 of 65 people with LEMS, and in 3.4 of "
            "100 others. Either result can mislead, so have a second finding in mind.",
            EFFORT: "Effort helps in both diseases, so it leaves both possible.",
            "single-fibre EMG": "Both have nearly every pair abnormal. The needle shows that the "
            "junction fails, and not why.",
            "pyridostigmine": "The drug helps both a little: in the model the first answer grows by "
            "about two fifths in either. A gain from a drug names no cause.",
            REST: "You know the first answer already; this test would show it again.",
            SLOW: "You have this one already, and ordered again it shows the same.",
        },
        accepted=(FAST, BLOOD),
    ),
    hints=(
        "Ask of each test: can its result differ between the two that are left?",
        "Set the first panel to the finding you think of, and look at circles and squares.",
    ),
)

LESSON = Lesson(
    name="11_virtual_clinic",
    panels=(MAP, DESK),
    exercises=(NEXT, CLUE, PATIENTS),
    terms=("differential diagnosis", "false positive", "false negative"),
    sources=(
        "Oh2005",
        "Lipka2020",
        "ONeill1988",
        "Lennon1995",
        "Zalewski2016",
        "GutmannPratt1976",
        "Cherington1982",
        "Maddison2020",
        "Wirtz2003",
        "Wirtz2005",
    ),
)
