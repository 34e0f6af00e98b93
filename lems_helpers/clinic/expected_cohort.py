"""What nerve stimulation would show of many patients if every muscle had endlessly many fibres.

The people are those of `cohort.examine_cohort`. Without chance a patient takes milliseconds
instead of a tenth of a second, so that a cohort can be had while someone waits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.electrodiagnosis import (
    AFTER_EFFORT_S,
    EFFORT_RATE_HZ,
    PAUSE_S,
    decrement_percent,
    increment_percent,
)
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import draw_patient, patient_streams
from lems_helpers.physiology.checks import whole
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.plasticity import regular_train, run_train
from lems_helpers.physiology.release import release_probability
from lems_helpers.physiology.remembered import remembered

SLOW_HZ, FAST_HZ, EFFORT_S = 3.0, 50.0, 10.0
_SLOW = regular_train(SLOW_HZ, 10)
_EFFORT = regular_train(EFFORT_RATE_HZ, round(EFFORT_RATE_HZ * EFFORT_S), _SLOW[-1] + PAUSE_S)
_STUDY = np.concatenate([_SLOW, _EFFORT, [_EFFORT[-1] + AFTER_EFFORT_S[0]]])
_FAST = regular_train(FAST_HZ, round(FAST_HZ))


@dataclass(frozen=True, eq=False)
class ExpectedCohort:
    """Expected findings in every patient, arrays of shape (patients,).

    Attributes
    ----------
    severity : numpy.ndarray
        1 in the typical patient, 0 when healthy.
    resting_cmap_mV, decrement_percent : numpy.ndarray
        First answer at rest, and decrement at 3 Hz.
    effort_increment_percent : numpy.ndarray
        1.5 s after ten seconds of maximal effort.
    fast_increment_percent : numpy.ndarray
        Largest within a second at 50 Hz.
    """

    severity: np.ndarray
    resting_cmap_mV: np.ndarray
    decrement_percent: np.ndarray
    effort_increment_percent: np.ndarray
    fast_increment_percent: np.ndarray


@remembered(32)
def expected_cohort(
    population: str, patients: int, seed: int, muscle: str = "abductor digiti minimi"
) -> ExpectedCohort:
    """Draw patients, and give each the expected result of every test.

    Parameters
    ----------
    population : str
        See `patients.draw_patient`.
    patients : int
        1 to 10,000.
    seed : int
        The same people as in `cohort.examine_cohort` with the same seed.
    muscle : str
        One of `muscles.muscle_names()`.

    Returns
    -------
    ExpectedCohort
        Kept, so that asking again costs nothing.

    Raises
    ------
    ValueError
        For an unknown population or muscle, or an impossible number.
    """
    total, root = whole("number of patients", patients, 1, 10_000), whole("seed", seed, 0)
    people = [
        draw_patient(population, named_muscle(muscle), patient_streams(root, index)[0])
        for index in range(total)
    ]
    severity = np.array([one.severity for one in people])
    return ExpectedCohort(severity, *_expected([one.junction for one in people]))


def _expected(junctions: list[Junction]) -> tuple[np.ndarray, ...]:
    # No disease changes what a train does to a pool, so that one run serves all patients.
    plasticity = junctions[0].plasticity
    p = np.array([release_probability(one) for one in junctions])
    pool = np.array([one.docked_vesicles for one in junctions])
    study = run_train(plasticity, _STUDY, p, pool).released
    fast = run_train(plasticity, _FAST, p, pool).released
    # More quanta never make fewer fibres fire: the largest content gives the largest answer.
    content = np.array([*study[:5], study[-1], fast.max(axis=0)]).T
    cmap = np.array(
        [
            one.muscle.cmap_full_mV * fraction_firing(one.muscle, one.end_plate, one.quanta, mine)
            for one, mine in zip(junctions, content, strict=True)
        ]
    )
    first, after, fastest = cmap[:, 0], cmap[:, 5], cmap[:, 6]
    return (
        first,
        decrement_percent(cmap[:, :5]),
        increment_percent(first, after),
        increment_percent(first, fastest),
    )
