"""What laboratories and clinics measured, as rows a model can be held against."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

import numpy as np

from lems_helpers.physiology import checks

from .lookup import find
from .references import reference

USES = ("calibrate", "predict", "data")
CONFIDENCES = ("read", "computed", "recalled")


@dataclass(frozen=True)
class Measurement:
    """One published number with the band the model is held to.

    Parameters
    ----------
    id : str
        The name the course asks for it by.
    stage, quantity : str
        The link of the chain it belongs to, and what was measured.
    value, low, high : float
        The published value and the band around it, in `unit`.
    unit : str
        "1" for a pure number.
    preparation : str
        The animal, muscle or group of people.
    use : {"calibrate", "predict", "data"}
        Whether the model was fitted to it, is tested by it, or only shows it.
    confidence : {"read", "computed", "recalled"}
        Read in the source, worked out from numbers in the source, or recalled and not re-read.
    reference : str
        Key of the bibliography.

    Raises
    ------
    ValueError
        If a number is not finite, the value is outside its band, or a word is not one of those
        allowed.
    """

    id: str
    stage: str
    quantity: str
    value: float
    low: float
    high: float
    unit: str
    preparation: str
    use: str
    confidence: str
    reference: str

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = checks.number(f"the {name} of measurement {self.id}", getattr(self, name))
            object.__setattr__(self, name, number)
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"Measurement {self.id}: the value {self.value:g} is outside its own band "
                f"{self.low:g} to {self.high:g} {self.unit}."
            )
        checks.choice(f"the use of measurement {self.id}", self.use, USES)
        checks.choice(f"the confidence of measurement {self.id}", self.confidence, CONFIDENCES)
        for name in ("id", "stage", "quantity", "unit", "preparation"):
            if not getattr(self, name).strip():
                raise ValueError(f"Measurement {self.id!r} has an empty {name}.")
        reference(self.reference)

    def holds(self, value: float) -> bool:
        """Return whether `value`, in the measurement's unit, lies in its band."""
        return self.low <= checks.number(self.quantity, value) <= self.high


def measurements() -> tuple[Measurement, ...]:
    """Return every measurement of the course, in the order of the chain."""
    return tuple(_by_id().values())


def measurement(id: str) -> Measurement:
    """Return one measurement.

    Raises
    ------
    ValueError
        If there is no such measurement; the message names the nearest ones.
    """
    return find("measurement", id, _by_id())


@dataclass(frozen=True, eq=False)
class AmplitudeHistogram:
    """How often each amplitude was seen, in bins of 0.1 mV [BoydMartin1956].

    Attributes
    ----------
    amplitude_mV : numpy.ndarray of float, shape (bins,)
        What stands for each bin; 0.0 mV is a failure: an impulse without any response.
    count : numpy.ndarray of int, shape (bins,)
    """

    amplitude_mV: np.ndarray
    count: np.ndarray

    @property
    def total(self) -> int:
        """Number of responses counted, failures among them."""
        return int(self.count.sum())

    @property
    def mean_mV(self) -> float:
        """Mean amplitude (mV), failures among them."""
        return float(self.count @ self.amplitude_mV / self.total)


def boyd_martin() -> dict[str, AmplitudeHistogram]:
    """Return the amplitudes Boyd and Martin recorded from cat muscle in high magnesium.

    Returns
    -------
    dict of str to AmplitudeHistogram
        "spontaneous": miniature end-plate potentials; "evoked": responses to single impulses.
        Read off the printed figure by a teaching text, not from the authors' own table
        [BoydMartin1956].
    """
    rows = list(_rows("boyd_martin_1956.csv"))
    histograms = {}
    for kind in ("spontaneous", "evoked"):
        mine = [row for row in rows if row["kind"] == kind]
        amplitude = np.array([float(row["amplitude_mV"]) for row in mine])
        count = np.array([int(row["count"]) for row in mine])
        for array in (amplitude, count):
            array.setflags(write=False)
        histograms[kind] = AmplitudeHistogram(amplitude, count)
    return histograms


@dataclass(frozen=True)
class CancerRisk:
    """The share of people with one DELTA-P score who had small-cell lung cancer.

    Attributes
    ----------
    score : int
        0 to 6: one point each for age 50 or over at onset, smoking at diagnosis, weight loss of
        5 % or more, bulbar involvement, erectile dysfunction, Karnofsky score below 70.
    development_percent : tuple of float or None
        Lowest and highest risk (%) where the score was developed [Titulaer2011]; None where the
        paper's number is not known to us. Scores 0 and 1 were pooled.
    prospective_percent : float
        Risk (%) among 87 people followed forward; few people per score [Maddison2020].
    """

    score: int
    development_percent: tuple[float, float] | None
    prospective_percent: float


def delta_p_risks() -> tuple[CancerRisk, ...]:
    """Return the risk of small-cell lung cancer at each DELTA-P score, in both cohorts."""
    risks = []
    for row in _rows("delta_p.csv"):
        ends = [float(end) for end in row["development_percent"].split("-") if end]
        risks.append(
            CancerRisk(
                score=int(row["score"]),
                development_percent=(ends[0], ends[-1]) if ends else None,
                prospective_percent=float(row["prospective_percent"]),
            )
        )
    return tuple(risks)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def _by_id() -> dict[str, Measurement]:
    wanted = {field.name for field in fields(Measurement)}
    rows: dict[str, Measurement] = {}
    for row in _rows("measurements.csv"):
        if set(row) != wanted or None in row.values():
            raise ValueError(f"measurements.csv has a row of the wrong width: {row}.")
        for name in ("value", "low", "high"):
            row[name] = float(row[name])
        if row["id"] in rows:
            raise ValueError(f"measurements.csv holds {row['id']} twice.")
        rows[row["id"]] = Measurement(**row)
    return rows
