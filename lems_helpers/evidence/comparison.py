"""Every published measurement beside what the model says, hit or miss.

Rows marked "data" describe people, not junctions: they are worked out again from the counts
they came from, where those are known, and must agree to the last printed digit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from lems_helpers.clinic.antibodies import Immunoglobulin, antibody_course
from lems_helpers.clinic.disease import typical_lems
from lems_helpers.clinic.epidemiology import proportions
from lems_helpers.clinic.expected_cohort import expected_cohort
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import draw_patient, patient_streams
from lems_helpers.clinic.recording import expected_recording, resting_cmap_mV
from lems_helpers.clinic.single_fibre import found_abnormal, normal_limits
from lems_helpers.evidence.calibration import calibration, model_values
from lems_helpers.evidence.measurements import Measurement, boyd_martin, measurements
from lems_helpers.physiology.calcium_channels import (
    ever_open_probability,
    ions_per_opening_channel,
    single_channel_current_pA,
)
from lems_helpers.physiology.checks import whole
from lems_helpers.physiology.end_plate import mepp_amplitude, respond
from lems_helpers.physiology.impulse import full_width_half_height_ms
from lems_helpers.physiology.influx import average_channel
from lems_helpers.physiology.junction import Junction, human, mouse
from lems_helpers.physiology.nanodomain import calcium_uM
from lems_helpers.physiology.plasticity import regular_train
from lems_helpers.physiology.quanta import draw_sizes
from lems_helpers.physiology.quantal_analysis import ContentEstimates, estimate_content
from lems_helpers.physiology.release import (
    local_exponent,
    quantal_content,
    release_calcium_curve,
    release_probability,
    release_survival_curve,
)

PATIENTS, NEEDLED = 200, 29  # as many needle studies as the published series had [ONeill1988]
MUSCLE = "abductor digiti minimi"
SEED = 1956


class Junctions(NamedTuple):
    """The two healthy junctions that the rows are computed from."""

    mouse: Junction = mouse()
    human: Junction = human()


#: Rows that follow from the two healthy junctions in a few milliseconds.
QUICK = (
    "channel_opens",
    "ions_per_opening",
    "sensor_calcium",
    "p_release",
    "qc_mouse",
    "calcium_exponent",
    "channel_exponent",
    "qc_human",
    "mepp_human",
    "qc_ratio_lems_mouse",
    "cmap_rest_lems",
)


def quick_values(of: Junctions) -> dict[str, float]:
    """Compute the quick rows from any two junctions, to see what an assumption carries.

    Parameters
    ----------
    of : Junctions

    Returns
    -------
    dict of str to float
        By measurement, in its unit, in the order of `QUICK`.
    """
    ill = {
        "qc_ratio_lems_mouse": lambda: (
            quantal_content(typical_lems(of.mouse)) / max(quantal_content(of.mouse), 1e-12)
        ),
        "cmap_rest_lems": lambda: resting_cmap_mV(typical_lems(of.human)),
    }
    return {id: float(ill[id]() if id in ill else _MODEL[id][1](of)) for id in QUICK}


@dataclass(frozen=True)
class Comparison:
    """One measurement beside the model.

    Attributes
    ----------
    measurement : Measurement
    model : float
        In the unit of the measurement.
    how : str
        What was computed.
    remark : str
        In words, why the model misses, or what else a reader must know; may be empty.
    """

    measurement: Measurement
    model: float
    how: str
    remark: str = ""

    @property
    def passes(self) -> bool:
        """Whether the model's value lies in the published band."""
        return self.measurement.holds(self.model)

    @property
    def verdict(self) -> str:
        """Return "pass" or "miss"; "exact" where data agree to the last printed digit."""
        if self.measurement.use == "data" and self.model == self.measurement.value:
            return "exact"
        return "pass" if self.passes else "miss"


def compare(patients: int = PATIENTS) -> tuple[Comparison, ...]:
    """Compute every row of the measurements from the model, in a second or two.

    Parameters
    ----------
    patients : int
        Virtual patients whose nerves are examined; needles, being slow, take the first 29.

    Returns
    -------
    tuple of Comparison
        In the order of the measurements.
    """
    total = whole("number of patients", patients, 1, 10_000)
    remarks = explanations()
    found = ((row, *_computed(row, total)) for row in measurements())
    return tuple(
        Comparison(row, float(value), how, remarks.get(row.id, "")) for row, how, value in found
    )


@cache
def explanations() -> dict[str, str]:
    """Return what is written about rows, by measurement: every miss has its explanation."""
    text = (files(__package__) / "data" / "explanations.toml").read_text("utf-8")
    return tomllib.loads(text)


def pass_rate(rows: tuple[Comparison, ...], use: str) -> tuple[int, int]:
    """Count the rows of one use that pass, and all of them."""
    mine = [row.passes for row in rows if row.measurement.use == use]
    return sum(mine), len(mine)


def as_text(rows: tuple[Comparison, ...]) -> str:
    """Lay the comparison out as lines of text."""
    head = ("measurement", "use", "confidence", "published", "band", "model", "verdict")
    lines = [head]
    for row in rows:
        m = row.measurement
        unit = "" if m.unit == "1" else f" {m.unit}"
        lines.append(
            (
                m.id,
                m.use,
                m.confidence,
                f"{m.value:g}{unit}",
                f"{m.low:g} to {m.high:g}",
                f"{row.model:.4g}",
                row.verdict,
            )
        )
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    for use in ("calibrate", "predict", "data"):
        hits, total = pass_rate(rows, use)
        text.append(f"{use}: {hits} of {total} inside the published band")
    text += [f"{row.measurement.id}: {row.remark}" for row in rows if row.remark]
    return "\n".join(text)


# How each row is computed -----------------------------------------------------------------


def _computed(row: Measurement, patients: int) -> tuple[str, float]:
    if row.use == "data":
        return _data(row)
    if row.id in calibration().residuals:
        return _FITTED[row.id], _fitted()[row.id]
    if row.id in _OF_PATIENTS:
        how, share_percent = _OF_PATIENTS[row.id]
        return how, share_percent(patients)
    how, compute = _MODEL[row.id]
    return how, compute(Junctions())


def _data(row: Measurement) -> tuple[str, float]:
    counted = proportions().get(row.id)
    if counted is None:
        return "held as printed; no counts known", row.value
    digits = len(f"{row.value:g}".partition(".")[2])
    how = f"{counted.count} of {counted.of}, counts {counted.counts}"
    return how, round(counted.percent, digits)


_FITTED = {
    "igg_current_loss": "calcium entering a terminal with a typical patient's channels",
    "qc_ratio_lems_mouse": "quantal content, typical patient's losses over the healthy mouse",
    "cmap_rest_lems": "first CMAP of the typical patient",
    "facilitation_gone": "time until the increment of the typical patient is below 10 %",
    "dap_cmap": "CMAP of the typical patient, 1 µM amifampridine minus none",
}


@cache
def _fitted() -> dict[str, float]:
    return model_values(calibration().values)[0]


def _low_percent(patients: int) -> float:
    cmap_mV = expected_cohort("lems", patients, SEED, MUSCLE).resting_cmap_mV
    return 100.0 * float(np.mean(cmap_mV < named_muscle(MUSCLE).cmap_lower_limit_mV))


def _grown_percent(patients: int, by_percent: float) -> float:
    increments = expected_cohort("lems", patients, SEED, MUSCLE).effort_increment_percent
    return 100.0 * float(np.mean(increments >= by_percent))


def _needle_percent(patients: int) -> float:
    limits = normal_limits(human(), np.random.default_rng(SEED))
    streams = [patient_streams(SEED, index) for index in range(min(patients, NEEDLED))]
    abnormal = [
        found_abnormal(draw_patient("lems", named_muscle(MUSCLE), person).junction, needle, limits)
        for person, _, needle in streams
    ]
    return 100.0 * float(np.mean(abnormal))


_OF_PATIENTS: dict[str, tuple[str, Callable[[int], float]]] = {
    "cmap_low_lems": ("virtual patients whose expected CMAP is below 6 mV", _low_percent),
    "increment_60": (
        "virtual patients, expected increment after 10 s of effort",
        lambda patients: _grown_percent(patients, 60.0),
    ),
    "increment_100": (
        "virtual patients, expected increment after 10 s of effort",
        lambda patients: _grown_percent(patients, 100.0),
    ),
    "sfemg_lems": (
        "29 virtual patients, against the limits of the model's own healthy muscle",
        _needle_percent,
    ),
}


def _calcium_exponent(of: Junctions) -> float:
    calcium = np.array([0.25, 0.5, 1.0])
    return local_exponent(calcium, release_calcium_curve(of.mouse, calcium)).mean()


def _channel_exponent(of: Junctions) -> float:
    survival = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    return local_exponent(survival, release_survival_curve(of.mouse, survival)).mean()


def _sensor_calcium(of: Junctions) -> float:
    """With one near channel open, at the moment when most channels are."""
    channel = average_channel(of.mouse.channels.scheme, of.mouse.impulse)
    volts = float(channel.voltage_mV[channel.open_probability.argmax()])
    return calcium_uM(
        float(single_channel_current_pA(volts, channels=of.mouse.channels)),
        of.mouse.zone.near_nm,
        of.mouse.nanodomain,
    )


def _content_at_1_Hz(of: Junctions) -> float:
    recording = expected_recording(of.human, regular_train(1.0, 40))
    return float(recording.quantal_content[-1])


def _boyd_martin() -> ContentEstimates:
    histograms = boyd_martin()
    evoked, minis = (
        np.repeat(histograms[kind].amplitude_mV, histograms[kind].count)
        for kind in ("evoked", "spontaneous")
    )
    return estimate_content(evoked, minis)


def _boyd_failures(_: Junctions) -> float:
    found = _boyd_martin()
    return found.trials * float(np.exp(-found.by_mean.value))


def _boyd_content(_: Junctions) -> float:
    found = _boyd_martin()
    return 0.5 * (found.by_mean.value + found.by_failures.value)


def _current_decay(of: Junctions) -> float:
    """Time in which a clamped current falls e-fold, from the falling half of its course."""
    plate = of.human.end_plate
    record = respond(plate, [0.0], clamp_mV=plate.muscle_rest_mV)
    current = np.abs(record.current_nA)
    falling = slice(int(current.argmax()) + 100, int(current.argmax()) + 800)
    slope = np.polyfit(record.times_ms[falling], np.log(current[falling]), 1)[0]
    return -1.0 / slope


def _size_cv(of: Junctions) -> float:
    sizes = draw_sizes(of.human.quanta, np.random.default_rng(SEED), 20_000)
    return sizes.std() / sizes.mean()


def _mini_ratio(of: Junctions) -> float:
    return mepp_amplitude(typical_lems(of.human).end_plate) / mepp_amplitude(of.human.end_plate)


def _ivig_peak_weeks(_: Junctions) -> float:
    return antibody_course(np.arange(0.0, 84.0, 0.5), [Immunoglobulin(0.0)]).best_day / 7.0


_MODEL: dict[str, tuple[str, Callable[[Junctions], float]]] = {
    "ap_width": (
        "full width at half height",
        lambda of: full_width_half_height_ms(of.human.impulse),
    ),
    "ap_peak": (
        "highest potential",
        lambda of: of.human.impulse.voltage_mV(np.linspace(0.3, 1.2, 9001)).max(),
    ),
    "channel_opens": (
        "master equation, open state absorbing",
        lambda of: ever_open_probability(of.mouse.channels.scheme, of.mouse.impulse),
    ),
    "ions_per_opening": (
        "integral of the mean current",
        lambda of: ions_per_opening_channel(of.mouse.impulse, channels=of.mouse.channels),
    ),
    "sensor_calcium": ("nanodomain, one near channel open", _sensor_calcium),
    "docked_vesicles": ("zones times vesicles per zone", lambda of: of.mouse.docked_vesicles),
    "p_release": ("master equation", lambda of: release_probability(of.mouse)),
    "qc_mouse": ("vesicles times probability", lambda of: quantal_content(of.mouse)),
    "calcium_exponent": ("mean slope, 0.25 to 1 mM", _calcium_exponent),
    "channel_exponent": ("mean slope, 10 to 90 % of the channels", _channel_exponent),
    "qc_human": ("after 40 impulses at 1 Hz", _content_at_1_Hz),
    "mepp_human": ("compartment, one quantum", lambda of: mepp_amplitude(of.human.end_plate)),
    "quantal_cv": ("20,000 drawn quanta", _size_cv),
    "boyd_failures": ("Poisson, from the mean ratio of the recording", _boyd_failures),
    "boyd_m": ("mean of the mean-ratio and the failure estimate", _boyd_content),
    "epc_decay": ("slope of a clamped current", _current_decay),
    "mepp_ratio_lems": ("one quantum, typical patient over healthy", _mini_ratio),
    "ivig_peak": ("day of most channels after one course", _ivig_peak_weeks),
}


def main() -> None:
    """Print the comparison."""
    print(as_text(compare()))


if __name__ == "__main__":
    main()
