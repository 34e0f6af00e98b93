"""Stage 9: 3,4-diaminopyridine (amifampridine) by mouth, hour by hour.

One compartment with first-order absorption. It shows why the effect of a tablet comes and goes
within hours. It is no dosing advice: people differ several-fold in how fast they break the drug
down, and a doctor finds each person's dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, numbers


@dataclass(frozen=True)
class Tablet:
    """One dose of 3,4-diaminopyridine.

    Attributes
    ----------
    hour : float
        When it is taken, hours from midnight of the first day, 0 to 168.
    mg : float
        How much, 0 to 100 mg. The upper end only catches slips; it is no safe dose.
    """

    hour: float
    mg: float

    def __post_init__(self):
        check_fields(
            self,
            hour=("hour of the tablet", 0.0, 168.0, "hours"),
            mg=("amount in the tablet", 0.0, 100.0, "mg"),
        )


@dataclass(frozen=True)
class TabletKinetics:
    """How one dose appears in the blood and leaves it.

    Attributes
    ----------
    peak_h : float
        Time from swallowing to the highest concentration, 1 h (recalled).
    half_life_h : float
        Half-life in the blood, 2.3 h (recalled).
    reference_mg, reference_peak_uM : float
        One dose of 20 mg peaks at about 1 µM (assumption); the peak is in proportion to the
        dose.

    Raises
    ------
    ValueError
        If a value is out of range, or the peak comes too late for the half-life: then
        absorption, and no longer elimination, would set the decay.
    """

    peak_h: float = 1.0
    half_life_h: float = 2.3
    reference_mg: float = 20.0
    reference_peak_uM: float = 1.0

    def __post_init__(self):
        check_fields(
            self,
            peak_h=("time to the peak", 0.05, 24.0, "h"),
            half_life_h=("half-life of the drug", 0.1, 100.0, "h"),
            reference_mg=("reference dose", 0.1, 1000.0, "mg"),
            reference_peak_uM=("peak after the reference dose", 1e-6, 1000.0, "µM"),
        )
        latest = 0.95 * self.half_life_h / log(2.0)
        if self.peak_h > latest:
            raise ValueError(
                f"time to the peak is {self.peak_h:g} h, but with a half-life of "
                f"{self.half_life_h:g} h it must be at most {latest:.3g} h."
            )

    @property
    def elimination_per_h(self) -> float:
        """Rate of elimination, per hour."""
        return log(2.0) / self.half_life_h

    @property
    def absorption_per_h(self) -> float:
        """Rate of absorption, per hour, that puts the peak at `peak_h`.

        The peak is where both rates times exp(-rate · time) are equal, so absorption is the
        other root of y - ln y = x - ln x, in units of 1/peak_h, with x the elimination.
        """
        x = self.elimination_per_h * self.peak_h
        goal = x - log(x)
        y = 2.0 * goal
        # Newton from the right of a convex function: it comes down to the root and stays there.
        for _ in range(60):
            lower = y - (y - log(y) - goal) / (1.0 - 1.0 / y)
            if not lower < y:
                break
            y = lower
        return y / self.peak_h


def tablet_concentration_uM(
    hours: Any, tablets: Sequence[Tablet], kinetics: TabletKinetics | None = None
) -> Any:
    """Give the concentration of 3,4-diaminopyridine in the blood; doses add up.

    Parameters
    ----------
    hours : array_like of float, any shape
        0 to 336 hours from midnight of the first day.
    tablets : sequence of Tablet
        In any order; none gives zero throughout.
    kinetics : TabletKinetics, optional
        The default is `TabletKinetics()`.

    Returns
    -------
    float or numpy.ndarray
        Concentration (µM), in the shape of `hours`. Most of the drug in blood is free, so
        `amifampridine` may take it as it is (assumption).

    Raises
    ------
    ValueError
        If an hour is out of range, or `tablets` holds anything but `Tablet`.
    """
    hours = numbers("hours", hours, 0.0, 336.0, "hours")
    kinetics = instance(
        "kinetics", TabletKinetics() if kinetics is None else kinetics, TabletKinetics
    )
    if isinstance(tablets, (str, bytes)) or not isinstance(tablets, Sequence):
        raise ValueError(f"tablets must be a list of Tablet, not {tablets!r}.")
    for tablet in tablets:
        instance("each of the tablets", tablet, Tablet)
    slow, fast = kinetics.elimination_per_h, kinetics.absorption_per_h
    peak = exp(-slow * kinetics.peak_h) - exp(-fast * kinetics.peak_h)
    scale = kinetics.reference_peak_uM / (kinetics.reference_mg * peak)
    total = np.zeros(hours.shape)
    for tablet in tablets:
        since = np.maximum(hours - tablet.hour, 0.0)
        total += tablet.mg * scale * (np.exp(-slow * since) - np.exp(-fast * since))
    return total if total.ndim else float(total)
