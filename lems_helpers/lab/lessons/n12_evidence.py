"""12: whether to believe this model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from lems_helpers.evidence.comparison import Comparison, compare, pass_rate
from lems_helpers.evidence.sensitivity import ASSUMPTIONS, HIGHEST, LOWEST, changed_rows

from .. import figures
from ..controls import Choice as ChoiceControl
from ..controls import Slider
from ..exercises import Choice, Exercise, Number
from ..lesson import Lesson
from ..panel import Panel, Prediction, Reading, checked
from ..style import GREY, INK, VERMILLION

#: Where a dot stands when its value lies far outside the band, in widths of the band.
EDGE = 1.0
ALL = "all rows"
USES = {ALL: None, "used to set up": "calibrate", "predicted": "predict"}
SOURCES = {ALL: None, "read in the source": "read", "recalled or worked out": "other"}

SHORT = {
    "ap_width": "impulse width",
    "ap_peak": "impulse peak",
    "channel_opens": "channel opens at all",
    "ions_per_opening": "ions per opening",
    "igg_current_loss": "calcium current lost, LEMS antibodies",
    "sensor_calcium": "calcium at the sensor",
    "docked_vesicles": "docked vesicles",
    "p_release": "release probability",
    "qc_mouse": "quantal content, mouse",
    "calcium_exponent": "power of calcium",
    "channel_exponent": "power of channels",
    "qc_human": "quantal content, human, 1 Hz",
    "mepp_human": "size of one packet's answer",
    "quantal_cv": "spread of packet size",
    "boyd_failures": "failures in 198 trials",
    "boyd_m": "packets per trial, 1956",
    "epc_decay": "decay of the end-plate current",
    "mepp_ratio_lems": "packet size, LEMS over healthy",
    "qc_ratio_lems_mouse": "quantal content, LEMS over healthy",
    "cmap_rest_lems": "muscle response at rest, LEMS",
    "cmap_low_lems": "patients with a low response",
    "increment_60": "patients with increment ≥ 60 %",
    "increment_100": "patients with increment ≥ 100 %",
    "facilitation_gone": "facilitation is gone after",
    "sfemg_lems": "patients with abnormal single-fibre EMG",
    "dap_cmap": "gain in response on 3,4-DAP",
    "ivig_peak": "best week after immunoglobulin",
}


@cache
def all_rows() -> tuple[Comparison, ...]:
    """Every measurement beside the model; a second or two the first time."""
    return compare()


def model_rows() -> tuple[Comparison, ...]:
    """Return the rows that the model computes; counts of people are left out."""
    return tuple(row for row in all_rows() if row.measurement.use != "data")


def place(row: Comparison, value: float | None = None) -> float:
    """Where a value (the model's) stands in the published band: 0 at its low end, 1 at its high."""
    m, value = row.measurement, row.model if value is None else value
    if m.high == m.low:
        return 0.5 + np.sign(value - m.value) * (0.5 + EDGE)
    return float(np.clip((value - m.low) / (m.high - m.low), -EDGE, 1 + EDGE))


def said(row: Comparison) -> str:
    """Write the model's value with its unit, and whether it lies inside the band."""
    unit = {"1": "", "uM": " µM"}.get(row.measurement.unit, f" {row.measurement.unit}")
    value = f"{row.model:,.0f}" if row.model >= 1000 else f"{row.model:.3g}"
    return f"{value}{unit}, {'in' if row.passes else 'OUT'}"


# -- 1. the record --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """The rows of one kind, and all of them."""

    use: str
    source: str
    rows: tuple[Comparison, ...]
    chosen: tuple[bool, ...]

    @property
    def hits(self) -> int:
        return sum(row.passes for row, mine in zip(self.rows, self.chosen, strict=True) if mine)


@checked(lambda: RECORD)
def record(use: str, source: str) -> Record:
    rows = model_rows()
    confidence, wanted = SOURCES[source], USES[use]

    def fits(row: Comparison) -> bool:
        m = row.measurement
        known = confidence is None or (m.confidence == "read") == (confidence == "read")
        return known and (wanted is None or m.use == wanted)

    return Record(use, source, rows, tuple(fits(row) for row in rows))


def _free(result: Record) -> float:
    """Return the share of all rows that took no part in the set-up and were read again."""
    free = [
        r.measurement.use == "predict" and r.measurement.confidence == "read" for r in result.rows
    ]
    return sum(free) / len(free)


def _bands(fig: Figure, names: list[str], title: str):
    axes = fig.subplots()
    axes.set(ylim=(len(names) - 0.4, -0.9), xlim=(-EDGE - 0.1, 1 + EDGE + 1.25))
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks((-EDGE, 0, 1, 1 + EDGE), ("far below", "low end", "high end", "far above"))
    axes.set_title(title)
    axes.set_xlabel("Where the model stands in the published band (grey)")
    axes.axvspan(0, 1, color="#E6E6E6", zorder=0)
    axes.tick_params(left=False)
    hit = figures.line(axes, "channel", marker="o", ls="", ms=8)
    miss = figures.line(axes, "release", marker="X", ls="", ms=10)
    values = [
        figures.text(axes, 1 + EDGE + 0.12, y, transform=axes.transData, va="center", fontsize=10)
        for y in range(len(names))
    ]
    return axes, hit, miss, values


def _mark(rows, chosen, hit, miss, values) -> None:
    marked = [
        (place(row), y, row.passes)
        for y, (row, on) in enumerate(zip(rows, chosen, strict=True))
        if on
    ]
    for artist, wanted in ((hit, True), (miss, False)):
        points = [(x, y) for x, y, passes in marked if passes is wanted]
        artist.set_data(*(zip(*points, strict=True) if points else ([], [])))
    for text, row, on in zip(values, rows, chosen, strict=True):
        text.set_text(said(row) if on else "")
        text.set_color(INK if row.passes else VERMILLION)


def draw_record(fig: Figure):
    rows = model_rows()
    names = [SHORT[row.measurement.id] for row in rows]
    axes, hit, miss, values = _bands(
        fig, names, "The model: ● inside the band, ✕ outside. Published value: |"
    )
    published = [place(row, row.measurement.value) for row in rows]
    axes.plot(published, range(len(rows)), color=GREY, marker="|", ls="", ms=14, mew=2.5)
    kept = figures.line(axes, "ghost", marker="o", ls="", ms=14, mfc="none", mew=1.5)

    def update(now: Record, compared: Record | None, label: str) -> None:
        rings = [] if compared is None else [y for y, on in enumerate(compared.chosen) if on]
        kept.set_data([place(rows[y]) for y in rings], rings)
        _mark(now.rows, now.chosen, hit, miss, values)

    return update


def describe_record(result: Record) -> Reading:
    total = sum(result.chosen)
    set_up = sum(
        row.measurement.use == "calibrate"
        for row, mine in zip(result.rows, result.chosen, strict=True)
        if mine
    )
    return Reading(
        f"Of {total} rows shown, {result.hits} lie inside the published band; {set_up} of them were "
        f"used to set the model up and {total - set_up} were predicted.",
        {
            "Rows shown": f"{total}",
            "Inside the band": f"{result.hits}",
            "Used to set up": f"{set_up}",
            "Predicted": f"{total - set_up}",
        },
    )


RECORD = Panel(
    name="record",
    question="Which of the model's numbers agree with a published measurement, and what is that worth?",
    controls=(
        ChoiceControl("use", "Rows by use", tuple(USES), ALL),
        ChoiceControl("source", "Rows by source", tuple(SOURCES), ALL),
    ),
    compute=record,
    draw=draw_record,
    describe=describe_record,
    call=lambda use, source: f"record({use!r}, {source!r}).hits",
    shows="A list of 27 measurements, each with its published band as a grey stripe and the model's "
    "value as a dot inside it or a cross outside.",
    leaves_out="A band is only as good as its study: some are wide, some were recalled and not read "
    "again. Row by row, the exercises show how each number was computed.",
    sources=("Shahrezaei2006", "Ruiz2011", "BoydMartin1956", "ONeill1988", "Oh2005", "Keogh2011"),
    presets={
        "Only predictions": {"use": "predicted", "source": ALL},
        "Predicted and read": {"use": "predicted", "source": "read in the source"},
    },
    prediction=Prediction(
        "Some of the 27 rows were used to set the model up. Some rest on memory, not on a source that "
        "was read again. How many are free of both?",
        ("Nearly all", "About two of three", "About one of three"),
        judge=lambda now, _: int(np.argmin([abs(_free(now) - x) for x in (0.95, 2 / 3, 1 / 3)])),
        because="A row that set the model up must agree, and memory can err. Only a row free of both is "
        "a test in full: the button “Predicted and read” shows them.",
    ),
    kind="Real data beside model output",
    height_in=8.2,
)


# -- 2. break one assumption ----------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """The quick rows with one assumption changed."""

    assumption: str
    factor: float
    rows: tuple[Comparison, ...]

    @property
    def misses(self) -> int:
        return sum(not row.passes for row in self.rows)


@checked(lambda: CHANGE)
def change(assumption: str, percent: float) -> Changed:
    return Changed(assumption, percent / 100, changed_rows(assumption, round(percent / 100, 4)))


def draw_change(fig: Figure):
    names = [SHORT[row.measurement.id] for row in change(next(iter(ASSUMPTIONS)), 100).rows]
    axes, hit, miss, values = _bands(fig, names, "One assumption changed, the rest kept")
    before = figures.line(axes, "ghost", marker="|", ls="", ms=16, mew=2.5)

    def update(now: Changed, compared: Changed, label: str) -> None:
        before.set_data([place(row) for row in compared.rows], range(len(compared.rows)))
        _mark(now.rows, [True] * len(now.rows), hit, miss, values)

    return update


def describe_change(result: Changed) -> Reading:
    out = [SHORT[row.measurement.id] for row in result.rows if not row.passes]
    what = f"With {100 * result.factor:.0f} % of “{result.assumption}”, "
    if not out:
        said = f"all {len(result.rows)} rows stay inside their bands."
    else:
        said = f"{len(out)} of {len(result.rows)} rows leave their bands."
    return Reading(
        what + said,
        {"Rows outside": f"{len(out)} of {len(result.rows)}", "Which": "; ".join(out) or "none"},
    )


CHANGE = Panel(
    name="change",
    question="Change one assumption: what breaks, and what does not notice?",
    controls=(
        ChoiceControl("assumption", "Assumption", tuple(ASSUMPTIONS), next(iter(ASSUMPTIONS))),
        Slider("percent", "Its value", "% of the model's", 100 * LOWEST, 100 * HIGHEST, 5, 150),
    ),
    compute=change,
    draw=draw_change,
    describe=describe_change,
    call=lambda assumption, percent: f"change({assumption!r}, {percent:g}).misses",
    shows="A list of eleven measurements with their published bands as a grey stripe; the model's value "
    "with one assumption changed as a dot or a cross, and the unchanged value as an upright grey bar.",
    leaves_out="One number is changed at a time. Two changes can make good for each other: twice the "
    "distance with half the spread of calcium, for example, leaves every row where it was.",
    sources=("Allbritton1992", "SchneggenburgerNeher2000", "Dittrich2013", "Engel"),
    presets={
        "As the model has it": {"percent": 100},
        "Half": {"percent": 50},
        "Twice": {"percent": 200},
    },
    compare={"percent": 100},
    compare_label="unchanged",
    compare_follows=("assumption",),
    prediction=Prediction(
        "The channels lie half as far again from the vesicle (150 %). How many of the eleven rows leave "
        "their bands?",
        ("None", "One or two", "Five or more"),
        judge=lambda now, _: 0 if now.misses == 0 else 1 if now.misses <= 4 else 2,
        because="Release falls steeply with distance, and muscle near its threshold magnifies the loss. "
        "Rows before the vesicle do not notice; wide bands hide much.",
    ),
    kind="Real data beside model output",
    height_in=5.0,
)


# -- exercises ------------------------------------------------------------------------------------


def recalled_predictions() -> int:
    """Predicted rows inside their bands whose measurement was not read again."""
    return sum(
        row.measurement.use == "predict" and row.measurement.confidence != "read" and row.passes
        for row in all_rows()
    )


def threshold_limit(step: float = 0.01) -> float:
    """Largest factor on the firing threshold that keeps the LEMS response inside its band."""
    factors = np.arange(1.0, 2.0, step)
    inside = [
        {r.measurement.id: r for r in changed_rows("firing threshold of the fibre", float(f))}[
            "cmap_rest_lems"
        ].passes
        for f in np.round(factors, 4)
    ]
    return float(factors[inside.index(False) - 1])


RECALLED = Exercise(
    name="recalled",
    title="How many predictions were not read again?",
    answer=Number(
        recalled_predictions,
        absolute=0.1,
        near_misses=(
            (
                lambda _: pass_rate(all_rows(), "predict")[0],
                "That counts every predicted row inside its band; keep those not marked “read”.",
            ),
            (
                lambda _: sum(r.measurement.confidence != "read" for r in model_rows()),
                "That counts the rows of the set-up too; keep those with `use` equal to “predict”.",
            ),
            (
                lambda _: sum(
                    r.measurement.use == "predict" and r.measurement.confidence == "recalled"
                    for r in model_rows()
                ),
                "That counts the rows marked “recalled”. One more is marked “computed”: it was worked "
                "out, and not read either.",
            ),
        ),
    ),
    hints=(
        "Each row has `row.measurement.use`, `row.measurement.confidence` and `row.passes`.",
        'Count rows with use "predict", confidence other than "read", and `passes` true.',
        "`sum(condition for row in rows)` counts the rows for which the condition holds.",
    ),
    because="They agree with a memory or with another model, which is weaker than a page read again.",
)

THRESHOLD = Exercise(
    name="threshold",
    title="How wrong may the firing threshold be?",
    answer=Number(
        threshold_limit,
        tolerance=0.03,
        near_misses=(
            (
                lambda right: (right - 1) * 100,
                "That is the rise in percent; hand in the factor, 1 for the model as it is.",
            ),
            (
                lambda right: 100 * right,
                "That is in percent; hand in the factor, 1 for the model as it is.",
            ),
        ),
    ),
    hints=(
        "Use the panel: choose the firing threshold and raise it until the LEMS response leaves.",
        "In code: `changed_rows(name, factor)` returns the rows; look for `cmap_rest_lems`.",
        "Go up in steps of 0.01 from 1 and stop at the first factor whose row does not pass.",
    ),
)

WEAKEST = Exercise(
    name="weakest",
    title="Which agreement proves least?",
    answer=Choice(
        options={
            "docked vesicles": "The number was put in by hand, and its band has no width: it could not "
            "have come out wrong.",
            "power of calcium": "This one was predicted: nobody told the model that release is steep, "
            "only that a sensor has five sites.",
            "patients with increment ≥ 100 %": "This is partly a prediction: 200 virtual patients had to "
            "come out right. But the fit had asked the typical patient to double, and the cohort's "
            "spread is an assumption.",
        },
        accepted=("docked vesicles",),
    ),
    hints=(
        "Which of the three could not have come out wrong?",
        "Look at `use` and at the width of the band of each.",
    ),
)

LESSON = Lesson(
    name="12_evidence",
    panels=(RECORD, CHANGE),
    exercises=(RECALLED, THRESHOLD, WEAKEST),
    terms=("calibration", "prediction", "assumption", "sensitivity analysis", "published band"),
    sources=("Shahrezaei2006", "Ginebaugh2023", "ONeill1988", "Oh2005", "Lipka2020", "Engel"),
)
