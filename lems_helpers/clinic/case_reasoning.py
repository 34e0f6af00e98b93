"""Reasoning in the virtual clinic: what a result speaks against, and whether a case is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lems_helpers.clinic.casebook import Case
from lems_helpers.clinic.cases import (
    ABNORMAL_PAIRS,
    BLOOD,
    BOTULISM,
    CAUSES,
    DECREMENT_CUT,
    FAST,
    FEWER,
    HEALTHY,
    INCREMENT_CUT,
    LEMS,
    LOW_CMAP_MV,
    MYASTHENIA,
    NEEDLE,
    NORMAL_PAIRS,
    SLOW,
    Result,
    order_test,
    order_tests,
    person,
)
from lems_helpers.physiology.checks import choice, instance


def speaks_against(result: Result) -> tuple[str, ...]:
    """Return the causes a result speaks against, as far as the clinic's people go.

    Every line of this table also holds for real people most of the time, and none of them
    always: two of fifty people with LEMS had a normal CMAP [ONeill1988]; the blood test misses
    3 of 65 and is falsely positive in 3.4 of 100 [Lennon1995] [Zalewski2016]. The model's
    botulism has a decrement at 3 Hz that patients do not have [GutmannPratt1976]
    [Cherington1982], so no line uses it; nor how far botulism grows after effort.

    Returns
    -------
    tuple of str
        Of `CAUSES`, in their order.
    """
    instance("result", result, Result)
    against: set[str] = set()
    if result.cmap_mV.size:
        low = result.cmap_mV[0] < LOW_CMAP_MV
        against |= {HEALTHY, MYASTHENIA} if low else {LEMS, BOTULISM, FEWER}
    if "decrement" in result.measures:
        against |= {HEALTHY, FEWER} if result.measures["decrement"] >= DECREMENT_CUT else {LEMS}
    if "increment" in result.measures:
        grown = result.measures["increment"] >= INCREMENT_CUT
        against |= {HEALTHY, MYASTHENIA, FEWER} if grown else {LEMS}
        if grown and result.test == FAST:
            against |= {BOTULISM}
    if result.test == NEEDLE and result.value >= ABNORMAL_PAIRS:
        against |= {HEALTHY, FEWER}
    if result.test == NEEDLE and result.value <= NORMAL_PAIRS:
        against |= {LEMS, MYASTHENIA, BOTULISM}
    if result.test == BLOOD:
        against |= set(CAUSES) - {LEMS} if result.positive else {LEMS}
    return tuple(cause for cause in CAUSES if cause in against)


def still_possible(results: Iterable[Result]) -> tuple[str, ...]:
    """Return the causes that none of the results speaks against."""
    out = {cause for result in results for cause in speaks_against(result)}
    return tuple(cause for cause in CAUSES if cause not in out)


def work_up(case: Case) -> tuple[tuple[str, ...], str]:
    """Find a cause by the course's own route: one or two tests, and never the blood test.

    A slow train comes first. A small first answer that falls further needs a fast train, which
    parts LEMS from botulism. Where the slow train shows less, single fibres decide.

    Returns
    -------
    tuple of str, str
        The tests ordered, and the cause found.
    """
    slow = order_test(case, SLOW)
    left = still_possible([slow])
    if len(left) == 1:
        return (SLOW,), left[0]
    second = FAST if LEMS in left else NEEDLE
    left = still_possible([slow, order_test(case, second)])
    if len(left) != 1:
        raise ValueError(f"The route leaves {len(left)} causes possible.")
    return (SLOW, second), left[0]


@dataclass(frozen=True)
class Review:
    """What is said to a learner about one patient.

    Attributes
    ----------
    accepted : bool
        The cause is right, and the tests show it.
    words : str
        One or two sentences; a cause that was not found is not given away.
    """

    accepted: bool
    words: str


def review(seed: int, patient: str, tests: Sequence[str], cause: str) -> Review:
    """Judge a cause together with the tests it rests on.

    Raises
    ------
    ValueError
        As `order_tests`, and if there is no such cause.
    """
    results = order_tests(seed, patient, tests)
    choice("cause", cause, CAUSES)
    truth = person(seed, patient).cause
    sound = [one for one in results if truth not in speaks_against(one)]
    against = [one for one in sound if cause in speaks_against(one)]
    if against:
        return Review(False, f"This result speaks against {cause}. {against[0].report}.")
    if cause != truth and len(sound) < len(results):
        return Review(False, "One of these results misleads. Which test can, and how often?")
    open_causes = still_possible(sound)
    if open_causes != (cause,):
        listed = ", ".join(open_causes[:-1]) + " and " + open_causes[-1]
        return Review(False, f"These tests leave {listed} possible. Which test parts them?")
    spent = f"{len(results)} test{'' if len(results) == 1 else 's'}"
    twist = ", though one result pointed elsewhere" if len(sound) < len(results) else ""
    return Review(True, f"{cause}, in {spent}{twist}.")
