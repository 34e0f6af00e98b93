"""Fictional patients whose cause is hidden, and the stimulation tests that can be ordered.

A case is a story and a muscle. What a test finds is drawn anew from the case's own seed, so
that ordering it twice shows the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.electrodiagnosis import full_study, high_rate, low_rate
from lems_helpers.clinic.patients import junction_with
from lems_helpers.physiology.checks import choice, instance, whole
from lems_helpers.physiology.junction import Junction, human

CAUSES = ("healthy", "lems", "myasthenia gravis", "botulism")
TESTS = ("3 Hz", "effort", "50 Hz")
MILDEST, WORST = 0.85, 1.15  # severity: the typical patient, give or take (assumption)
FIBRES = 1500  # a compromise: scatter of a percent or two, and an answer at once (assumption)

_FOR_MONTHS = "arms and legs weak for eight months"
_STORIES = {
    "healthy": "tired in the evening for a year",
    "lems": _FOR_MONTHS,
    "myasthenia gravis": _FOR_MONTHS,
    "botulism": "double vision, dry mouth and weak arms for three days",
}


@dataclass(frozen=True, eq=False)
class Case:
    """A fictional person.

    Attributes
    ----------
    name : str
        A letter.
    story : str
        Why they came.
    cause : str
        One of `CAUSES`: what the learner is to find.
    junction : Junction
    seed : int
        Of everything the tests draw.
    """

    name: str
    story: str
    cause: str
    junction: Junction
    seed: int


@dataclass(frozen=True, eq=False)
class Finding:
    """What a test shows of a case.

    Attributes
    ----------
    test : str
    cmap_mV : numpy.ndarray
        To two decimals. "3 Hz": ten answers. "effort": the answer at rest, and 1.5 s after ten
        seconds of effort. "50 Hz": the first answer, and the largest within a second.
    change_percent : float
        Decrement of the slow train, else increment.
    """

    test: str
    cmap_mV: np.ndarray
    change_percent: float


def draw_cases(seed: int) -> tuple[Case, ...]:
    """Return one case of each cause, A to D, in an order given by the seed.

    Raises
    ------
    ValueError
        If the seed is no whole number from 0.
    """
    rng = np.random.default_rng(whole("seed", seed, 0))
    cases = []
    for name, place in zip("ABCD", rng.permutation(len(CAUSES)), strict=True):
        cause = CAUSES[place]
        severity = rng.uniform(MILDEST, WORST)
        muscle = human().with_(cmap_full_mV=rng.uniform(8.5, 11.5))
        junction = junction_with(cause, severity, muscle)
        cases.append(Case(name, _STORIES[cause], cause, junction, int(rng.integers(2**31))))
    return tuple(cases)


def examine(case: Case, test: str) -> Finding:
    """Order a test.

    Raises
    ------
    ValueError
        If there is no such test.
    """
    instance("case", case, Case)
    choice("test", test, TESTS)
    # Of each test its own chance: the order in which they are asked for changes nothing.
    rng = np.random.default_rng([case.seed, TESTS.index(test)])
    if test == "3 Hz":
        slow = low_rate(case.junction, rng, fibres=FIBRES)
        return Finding(test, slow.recording.cmap_mV.round(2), slow.decrement_percent)
    if test == "effort":
        study = full_study(case.junction, rng, after_s=(1.5,), burst=1, fibres=FIBRES)
        answers = study.recording.cmap_mV[[study.rest.start, study.after.start]]
        return Finding(test, answers.round(2), study.increment_percent)
    fast = high_rate(case.junction, rng, fibres=FIBRES)
    answers = fast.recording.cmap_mV
    return Finding(test, np.array([answers[0], answers.max()]).round(2), fast.increment_percent)
