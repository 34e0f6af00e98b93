"""Stage 9: antibody, channels and active zones over days and weeks.

Antibody is made, moves between blood and tissue, and is broken down; in the tissue it shortens
the life of calcium channels. Three treatments act on it. Between two events every rate is
constant, so antibody follows in closed form, and survival by quadrature to rounding error.

Levels are relative to the same person's untreated level. They say nothing of another
person's: the titre does not grade severity between people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from lems_helpers.clinic.disease import (
    TYPICAL_CHANNEL_SURVIVAL,
    TYPICAL_ZONE_SURVIVAL,
    lems,
)
from lems_helpers.physiology.checks import check_fields, choice, instance, number, numbers
from lems_helpers.physiology.junction import Junction

LAST_DAY = 3650.0
BEGINNINGS = ("established", "onset")


@dataclass(frozen=True)
class PlasmaExchange:
    """One session: a share of the antibody in the blood is taken out at once.

    Attributes
    ----------
    day : float
    removed_share : float
        Share of intravascular IgG removed, 0.63; 0.60 to 0.65 is usual (recalled).
    """

    day: float
    removed_share: float = 0.63

    def __post_init__(self):
        check_fields(
            self,
            day=("day of the plasma exchange", 0.0, LAST_DAY, "days"),
            removed_share=("share removed by plasma exchange", 0.0, 0.95, ""),
        )


@dataclass(frozen=True)
class Immunoglobulin:
    """One course of intravenous immunoglobulin: all IgG is broken down faster for a while.

    Courses that overlap prolong the effect, and do not deepen it (assumption). Known shortfall:
    antibody falls from the first day on, by 14 % in a week, where the trial saw no change in
    the first week and a fall later [Bain1996].

    Attributes
    ----------
    day : float
        Start of the effect. It starts in full at once (assumption).
    catabolism_factor : float
        Breakdown relative to usual, 1.75: with twice the IgG in the blood, its half-life is
        12 days instead of 21 (recalled).
    duration_d : float
        28 days (recalled), in view of a benefit that faded by 8 weeks [Bain1996].
    """

    day: float
    catabolism_factor: float = 1.75
    duration_d: float = 28.0

    def __post_init__(self):
        check_fields(
            self,
            day=("day of the immunoglobulin", 0.0, LAST_DAY, "days"),
            catabolism_factor=("catabolism factor of immunoglobulin", 1.0, 10.0, ""),
            duration_d=("duration of the immunoglobulin effect", 0.0, 365.0, "days"),
        )


@dataclass(frozen=True)
class TumourTreatment:
    """The tumour that drives the antibody is treated: production falls, at once and for good.

    Attributes
    ----------
    day : float
    effect : float
        Share of antibody production that stops, 0 to 1. Treated twice, what is left
        multiplies.
    """

    day: float
    effect: float

    def __post_init__(self):
        check_fields(
            self,
            day=("day of the tumour treatment", 0.0, LAST_DAY, "days"),
            effect=("effect of the tumour treatment", 0.0, 1.0, ""),
        )


Treatment = PlasmaExchange | Immunoglobulin | TumourTreatment


@dataclass(frozen=True)
class Illness:
    """How hard a person is hit when untreated, and how fast everything turns over.

    Channels follow dN/dt = k - (k + k_ab·antibody)·N, healthy N = 1. The antibody's strength
    k_ab is set by the survival that an untreated illness settles to. Active zones follow the
    same law at the same pace (assumption).

    Attributes
    ----------
    channel_survival, zone_survival : float
        Shares of calcium channels and of active zones left in the untreated illness; by default
        those of `disease.typical_lems`, which were calibrated.
    antibody_half_life_d : float
        Half-life of IgG, 21 days (recalled).
    intravascular_share : float
        Share of the body's IgG that is in the blood, 0.45 (recalled).
    equilibration_half_time_d : float
        Half-time in which blood and tissue even out, 0.5 days (assumption; about 3 % of the
        IgG in the blood leaves it per hour).
    turnover_half_life_d : float
        Half-life of a channel without antibody, 3 days (assumption: "a few days").

    Raises
    ------
    ValueError
        If a value is no finite number or out of range, or if the exchange between blood and
        tissue is too slow to keep the share in the blood that is asked for.
    """

    channel_survival: float = TYPICAL_CHANNEL_SURVIVAL
    zone_survival: float = TYPICAL_ZONE_SURVIVAL
    antibody_half_life_d: float = 21.0
    intravascular_share: float = 0.45
    equilibration_half_time_d: float = 0.5
    turnover_half_life_d: float = 3.0

    def __post_init__(self):
        check_fields(
            self,
            channel_survival=("channel survival when untreated", 0.02, 1.0, ""),
            zone_survival=("zone survival when untreated", 0.02, 1.0, ""),
            antibody_half_life_d=("half-life of the antibody", 1.0, 365.0, "days"),
            intravascular_share=("share of antibody in the blood", 0.05, 0.95, ""),
            equilibration_half_time_d=("half-time between blood and tissue", 0.05, 30.0, "days"),
            turnover_half_life_d=("half-life of a channel", 1.0, 100.0, "days"),
        )
        # Antibody enters the blood first, so a slow exchange leaves too much of it there.
        if not 0.0 < self._shared_out < 1.0:
            raise ValueError(
                f"Half-time between blood and tissue is {self.equilibration_half_time_d:g} days, "
                f"too slow to keep only {self.intravascular_share:g} of an antibody with a "
                f"half-life of {self.antibody_half_life_d:g} days in the blood."
            )

    @property
    def _catabolism_per_d(self) -> float:
        return log(2.0) / self.antibody_half_life_d

    @property
    def _exchange_per_d(self) -> float:
        return log(2.0) / self.equilibration_half_time_d

    @property
    def _shared_out(self) -> float:
        """Share in the blood if none were made; chosen so that the steady share is as given."""
        made, moved = self._catabolism_per_d, self._exchange_per_d
        return (self.intravascular_share * (made + moved) - made) / moved


@dataclass(frozen=True, eq=False)
class AntibodyCourse:
    """What an illness does over days. All arrays have shape (days,).

    Attributes
    ----------
    days : numpy.ndarray
        As asked for; on the day of a treatment, values are those just after it.
    antibody : numpy.ndarray
        In the whole body, as a share of the untreated level.
    blood_antibody, tissue_antibody : numpy.ndarray
        In the blood, where a test is taken, and in the tissue, where channels are; each as a
        share of its untreated level.
    channel_survival, zone_survival : numpy.ndarray
        Shares of calcium channels and active zones present, 1 when healthy.
    """

    days: np.ndarray
    antibody: np.ndarray
    blood_antibody: np.ndarray
    tissue_antibody: np.ndarray
    channel_survival: np.ndarray
    zone_survival: np.ndarray

    @property
    def best_day(self) -> float:
        """Of the days asked for, the first with the most channels."""
        best = self.channel_survival.max()
        # Equal but for rounding is equal.
        return float(self.days[np.argmax(self.channel_survival >= best - 1e-9)])


def antibody_course(
    days: Any,
    schedule: Sequence[Treatment] = (),
    illness: Illness | None = None,
    begin: str = "established",
) -> AntibodyCourse:
    """Follow antibody and survival through a schedule of treatments.

    Total antibody follows d(Ab)/dt = production - ln 2 / 21 d · Ab (recalled). It enters the
    blood, and is broken down in blood and tissue alike (assumption). Channels meet the antibody
    of the tissue (assumption). Left out: infused immunoglobulin that a later plasma exchange
    takes out again, and any delay before a treatment acts.

    Parameters
    ----------
    days : array_like of float, shape (days,) or a single number
        0 to 3,650, in any order.
    schedule : sequence of PlasmaExchange, Immunoglobulin and TumourTreatment
        In any order. Treatments after the last day do nothing.
    illness : Illness, optional
        The default is `Illness()`.
    begin : {"established", "onset"}
        On day 0 the untreated illness has settled, or the antibody is first made and nothing
        is lost yet.

    Returns
    -------
    AntibodyCourse

    Raises
    ------
    ValueError
        If a day is out of range, the schedule holds anything but treatments, or `begin` is
        unknown.
    """
    day = np.atleast_1d(numbers("days", days, 0.0, LAST_DAY, "days"))
    if day.ndim != 1:
        raise ValueError(f"days must be one row of numbers, not an array of shape {day.shape}.")
    illness = instance("illness", Illness() if illness is None else illness, Illness)
    choice("begin", begin, BEGINNINGS)
    antibody = _Antibody(_checked(schedule), illness, begin == "established")
    blood, tissue = antibody.at(day)
    survival = _survival(day, antibody, illness, begin == "established")
    share = illness.intravascular_share
    return AntibodyCourse(
        days=day,
        antibody=blood + tissue,
        blood_antibody=blood / share,
        tissue_antibody=tissue / (1.0 - share),
        channel_survival=survival[:, 0],
        zone_survival=survival[:, 1],
    )


def junction_on_day(
    junction: Junction,
    day: float,
    schedule: Sequence[Treatment] = (),
    illness: Illness | None = None,
    begin: str = "established",
) -> Junction:
    """Return the junction with the channels and zones that are left on one day.

    Parameters
    ----------
    junction : Junction
        A healthy one, or one changed in other ways: `lems` composes.
    day : float
        0 to 3,650.
    schedule, illness, begin
        As for `antibody_course`.

    Returns
    -------
    Junction

    Raises
    ------
    ValueError
        As `antibody_course`; or if `junction` is no `Junction`.
    """
    instance("junction", junction, Junction)
    day = number("day", day, 0.0, LAST_DAY, "days")
    course = antibody_course(day, schedule, illness, begin)
    return lems(
        junction,
        channel_survival=float(course.channel_survival[0]),
        zone_survival=float(course.zone_survival[0]),
    )


def _checked(schedule: Any) -> list[Treatment]:
    if isinstance(schedule, (str, bytes)) or not isinstance(schedule, Sequence):
        raise ValueError(f"schedule must be a list of treatments, not {schedule!r}.")
    for treatment in schedule:
        if not isinstance(treatment, Treatment):
            raise ValueError(
                "schedule must hold PlasmaExchange, Immunoglobulin and TumourTreatment only, "
                f"not {treatment!r}."
            )
    return sorted(schedule, key=lambda treatment: treatment.day)


class _Antibody:
    """Antibody in blood and tissue, from one event to the next.

    Two quantities decouple: the total, and how far the blood is above its share of the total.
    Each relaxes exponentially to a constant. Arrays have shape (pieces,).
    """

    def __init__(self, schedule: list[Treatment], illness: Illness, established: bool):
        usual, self._moved = illness._catabolism_per_d, illness._exchange_per_d
        self._share = illness._shared_out
        courses = [one for one in schedule if isinstance(one, Immunoglobulin)]
        ends = [one.day + one.duration_d for one in courses]
        self.start = np.array(sorted({0.0, *(one.day for one in schedule), *ends}))
        self._catabolism = np.full(self.start.size, usual)
        for one, end in zip(courses, ends, strict=True):
            inside = (one.day <= self.start) & (self.start < end)
            self._catabolism[inside] = np.maximum(
                self._catabolism[inside], usual * one.catabolism_factor
            )
        production = np.full(self.start.size, usual)
        for one in schedule:
            if isinstance(one, TumourTreatment):
                production[self.start >= one.day] *= 1.0 - one.effect
        self._total_goal = production / self._catabolism
        self._excess_goal = production * (1.0 - self._share) / (self._catabolism + self._moved)
        self._total, self._excess = np.zeros((2, self.start.size))
        if established:
            self._total[0] = 1.0
            self._excess[0] = illness.intravascular_share - self._share
        for piece, first in enumerate(self.start):
            if piece:
                before = piece - 1
                blood, tissue = self.after(before, first - self.start[before])
                self._total[piece] = blood + tissue
                self._excess[piece] = blood - self._share * (blood + tissue)
            for one in schedule:
                if isinstance(one, PlasmaExchange) and one.day == first:
                    blood = self._share * self._total[piece] + self._excess[piece]
                    self._total[piece] -= one.removed_share * blood
                    self._excess[piece] -= (1.0 - self._share) * one.removed_share * blood

    def after(self, piece: Any, elapsed_d: Any) -> tuple[np.ndarray, np.ndarray]:
        """Blood and tissue some days into a piece, as shares of the untreated total."""
        rate = self._catabolism[piece]
        total = _relax(self._total[piece], self._total_goal[piece], rate, elapsed_d)
        excess = _relax(
            self._excess[piece], self._excess_goal[piece], rate + self._moved, elapsed_d
        )
        return self._share * total + excess, (1.0 - self._share) * total - excess

    def at(self, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Blood and tissue on given days."""
        piece = self.piece(day)
        return self.after(piece, day - self.start[piece])

    def piece(self, day: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.start, day, side="right") - 1

    def tissue_exposure(self, piece: np.ndarray, elapsed_d: np.ndarray) -> np.ndarray:
        """Integral of the tissue's antibody from the start of a piece (share × days)."""
        rate = self._catabolism[piece]
        total = _relaxed(self._total[piece], self._total_goal[piece], rate, elapsed_d)
        excess = _relaxed(
            self._excess[piece], self._excess_goal[piece], rate + self._moved, elapsed_d
        )
        return (1.0 - self._share) * total - excess


def _relax(first: Any, goal: Any, rate: Any, elapsed: Any) -> np.ndarray:
    return goal + (first - goal) * np.exp(-rate * elapsed)


def _relaxed(first: Any, goal: Any, rate: Any, elapsed: Any) -> np.ndarray:
    """Integral of `_relax` over the time elapsed."""
    return goal * elapsed - (first - goal) * np.expm1(-rate * elapsed) / rate


def _survival(
    day: np.ndarray, antibody: _Antibody, illness: Illness, established: bool
) -> np.ndarray:
    """Share of channels and of zones on each day, shape (days, 2).

    With H the integral of the loss rate, N(t) = N(s)·exp(-H(s, t)) + k·∫exp(-H(u, t)) du. H is
    known in closed form; the integral is done by Gauss-Legendre in panels so short that no rate
    times panel exceeds 1, where eight points reach rounding error.
    """
    untreated = np.array([illness.channel_survival, illness.zone_survival])
    turnover = log(2.0) / illness.turnover_half_life_d
    strength = turnover * (1.0 / untreated - 1.0) / (1.0 - illness.intravascular_share)
    fastest = max(float(np.max(turnover / untreated)), illness._exchange_per_d)
    last = float(day.max())
    starts = antibody.start[antibody.start < last]
    edges = np.unique(np.concatenate([[0.0], np.arange(0.0, last, 1.0 / fastest), starts, day]))
    left, width = edges[:-1], np.diff(edges)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    # The points of each panel: its left end, the eight inside, its right end.
    elapsed = width[:, None] * np.concatenate([[0.0], (nodes + 1.0) / 2.0, [1.0]])
    piece = antibody.piece(left)[:, None]
    dose = antibody.tissue_exposure(piece, left[:, None] - antibody.start[piece] + elapsed)
    time_left = (elapsed[:, -1:] - elapsed)[..., None]
    dose_left = (dose[:, -1:] - dose)[..., None]
    kept = np.exp(-turnover * time_left - strength * dose_left)
    made = turnover * width[:, None] / 2.0 * np.einsum("n,pnk->pk", weights, kept[:, 1:-1])
    path = np.empty((edges.size, 2))
    path[0] = untreated if established else 1.0
    for panel in range(width.size):
        path[panel + 1] = path[panel] * kept[panel, 0] + made[panel]
    return path[np.searchsorted(edges, day)]
