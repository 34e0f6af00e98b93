"""Strength of a maximal effort, second by second: why a grip in Lambert-Eaton syndrome grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.electrodiagnosis import EFFORT_RATE_HZ
from lems_helpers.physiology.checks import instance, number
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import draw_fibres, fires, force
from lems_helpers.physiology.plasticity import regular_train, run_train
from lems_helpers.physiology.release import release_probability


@dataclass(frozen=True, eq=False)
class Grip:
    """Force of a maximal effort.

    Attributes
    ----------
    times_s : numpy.ndarray, shape (samples,)
    force_N : numpy.ndarray, shape (samples,)
    fired : numpy.ndarray, shape (impulses,)
        Fraction of the fibres that answered each impulse.
    """

    times_s: np.ndarray
    force_N: np.ndarray
    fired: np.ndarray

    def at(self, time_s: float) -> float:
        """Force at a moment of the effort, in N."""
        last = float(self.times_s[-1])
        return float(np.interp(number("time", time_s, 0.0, last, "s"), self.times_s, self.force_N))

    @property
    def growth_percent(self) -> float:
        """Force of the last second over that of the first after the rise; NaN if there is none."""
        early = self.force_N[(self.times_s >= 0.3) & (self.times_s < 0.6)].mean()
        late = self.force_N[self.times_s > self.times_s[-1] - 1.0].mean()
        return float(100.0 * (late / early - 1.0)) if early > 0 else float("nan")


def grip(
    junction: Junction, rng: np.random.Generator, duration_s: float = 10.0, fibres: int = 300
) -> Grip:
    """Squeeze as hard as possible: a 40 Hz drive, the fibres that answer, their twitches.

    Muscle fatigue is left out.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator
    duration_s : float
        1 to 60 s.
    fibres : int

    Returns
    -------
    Grip

    Raises
    ------
    ValueError
        For an impossible duration or number of fibres.
    """
    instance("junction", junction, Junction)
    seconds = number("duration of the effort", duration_s, 1.0, 60.0, "s")
    impulses = regular_train(EFFORT_RATE_HZ, round(EFFORT_RATE_HZ * seconds))
    sample = draw_fibres(junction.muscle, rng, fibres)
    released = run_train(
        junction.plasticity,
        impulses,
        release_probability(junction),
        junction.docked_vesicles * sample.content,
        rng,
    ).released
    fired = fires(sample, junction.end_plate, junction.quanta, rng, released)
    times = np.linspace(0.0, seconds, round(50 * seconds) + 1)
    pull = force(junction.muscle, impulses, fired, times)
    return Grip(times, pull, fired.mean(axis=1))
