"""What one impulse achieves in a rested muscle: treated, through a day, or over weeks.

Every function ends in the same `Outcome`, so that what helps can be compared stage by stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.polynomial.chebyshev import chebinterpolate, chebval

from lems_helpers.clinic.antibodies import AntibodyCourse
from lems_helpers.clinic.recording import expected_firing
from lems_helpers.clinic.treatment import amifampridine
from lems_helpers.physiology.checks import instance, numbers
from lems_helpers.physiology.end_plate import epp_amplitude
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import safety_factor
from lems_helpers.physiology.release import quantal_content, release_survival_curve

_DEGREE = 10  # more would only follow the last digits of the solver


@dataclass(frozen=True, eq=False)
class Outcome:
    """Means for one impulse to a rested muscle. All arrays have one shape.

    Attributes
    ----------
    quantal_content : numpy.ndarray
        Packets released.
    end_plate_mV : numpy.ndarray
        End-plate potential of the mean junction.
    safety_factor : numpy.ndarray
        That potential over the mean threshold.
    firing : numpy.ndarray
        Fraction of the fibres that fire.
    cmap_mV : numpy.ndarray
        Amplitude of the CMAP.
    """

    quantal_content: np.ndarray
    end_plate_mV: np.ndarray
    safety_factor: np.ndarray
    firing: np.ndarray
    cmap_mV: np.ndarray


def outcome(junction: Junction) -> Outcome:
    """Return what one impulse achieves at a junction; every value is a single number.

    Parameters
    ----------
    junction : Junction
        The mean junction of the muscle, with any diseases and treatments.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        If `junction` is no `Junction`.
    """
    return _of(junction, quantal_content(junction))


def outcome_with_amifampridine(junction: Junction, concentration_uM) -> Outcome:
    """Return the outcome at many concentrations of amifampridine, as through a day of tablets.

    Parameters
    ----------
    junction : Junction
        Without the drug.
    concentration_uM : array_like, any shape
        0 to 10 µM. Release is solved at a few of them, and interpolated within 1 in 10,000.

    Returns
    -------
    Outcome
        Arrays of the shape of `concentration_uM`.

    Raises
    ------
    ValueError
        If `junction` is no `Junction`, or a concentration is out of range.
    """
    instance("junction", junction, Junction)
    c = numbers("amifampridine concentration", concentration_uM, 0.0, 10.0, "µM")
    highest = max(1, ceil(float(np.max(c))))
    series = _content_by_concentration(junction, highest)
    return _of(junction, chebval(2.0 * c / highest - 1.0, series))


def outcome_over_days(junction: Junction, course: AntibodyCourse) -> Outcome:
    """Return the outcome on every day of an illness and its treatment.

    Parameters
    ----------
    junction : Junction
        A healthy one, or one changed in other ways, such as by a drug.
    course : AntibodyCourse
        From `antibody_course`.

    Returns
    -------
    Outcome
        Arrays of shape (days,).

    Raises
    ------
    ValueError
        If `junction` or `course` is of another kind.
    """
    instance("junction", junction, Junction)
    instance("course", course, AntibodyCourse)
    survival = junction.zone.channel_survival * course.channel_survival
    each = release_survival_curve(junction, np.clip(survival, 0.0, 1.0))
    return _of(junction, junction.docked_vesicles * course.zone_survival * each)


def _of(junction: Junction, content) -> Outcome:
    muscle, plate = junction.muscle, junction.end_plate
    content = np.asarray(content, dtype=float)
    firing = np.asarray(expected_firing(junction, content))
    return Outcome(
        content,
        np.asarray(epp_amplitude(plate, content)),
        np.asarray(safety_factor(muscle, plate, content)),
        firing,
        muscle.cmap_full_mV * firing,
    )


@lru_cache(maxsize=32)
def _content_by_concentration(junction: Junction, highest_uM: int) -> np.ndarray:
    """Chebyshev series of the quantal content between 0 and the highest concentration."""

    def content(nodes: np.ndarray) -> np.ndarray:
        each = (nodes + 1.0) * highest_uM / 2.0
        return np.array([quantal_content(amifampridine(junction, c)) for c in each.tolist()])

    return chebinterpolate(content, _DEGREE)
