"""The virtual clinic: four fictional people whose causes a seed hides, and seven tests.

Severities stay where textbook findings hold, so that every case can be solved with the table in
`case_reasoning` and a budget of five tests; milder and worse cases exist, and are left out. The
people of `casebook`, by contrast, have one of each cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lems_helpers.clinic.casebook import Case
from lems_helpers.clinic.electrodiagnosis import (
    decrement_percent,
    full_study,
    high_rate,
    increment_percent,
    low_rate,
)
from lems_helpers.clinic.epidemiology import antibody_test
from lems_helpers.clinic.expected_cohort import ExpectedCohort, expected_cohort
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import junction_with
from lems_helpers.clinic.single_fibre import NormalLimits, SingleFibreStudy, single_fibre_emg
from lems_helpers.clinic.treatment import pyridostigmine
from lems_helpers.physiology.checks import choice, instance, whole
from lems_helpers.physiology.junction import Junction, human
from lems_helpers.physiology.remembered import remembered

HEALTHY, LEMS, MYASTHENIA, BOTULISM, FEWER = CAUSES = (
    "healthy",
    "LEMS",
    "myasthenia gravis",
    "botulism",
    "fewer muscle fibres",
)
REST, SLOW, EFFORT, FAST, NEEDLE, BLOOD, DRUG = TESTS = (
    "CMAP at rest",
    "3 Hz",
    "effort",
    "50 Hz",
    "single-fibre EMG",
    "antibody",
    "pyridostigmine",
)
BUDGET = 5
NAMES = ("A", "B", "C", "D")
#: People whose cause is known, for comparison; they cost nothing.
KNOWN = {"healthy person": HEALTHY, "person with LEMS": LEMS}

LOW_CMAP_MV = named_muscle("abductor digiti minimi").cmap_lower_limit_mV
DECREMENT_CUT = 10.0  # % (recalled, the usual cut-off)
INCREMENT_CUT = 60.0  # % [Oh2005]
PAIRS, NORMAL_PAIRS, ABNORMAL_PAIRS = 20, 2, 5  # up to 10 % (recalled), from 25 % (assumption)
#: What `normal_limits(human(), default_rng(0))` measures; it takes seconds.
LIMITS = NormalLimits(jitter_us=525.6, blocking_percent=40.1)
REPEATABILITY = 0.005  # one CMAP against the next of the same muscle (assumption)
INHIBITED = 0.5  # of the esterase, an hour after the dose (assumption)
SHARE_WITH_LEMS = 0.4  # one of four for certain, and a second one in three clinics of five

# Severity, where 1 is the typical patient (assumption). Milder, a train may stay normal; worse,
# hardly any answer is left. For fewer muscle fibres it is the share that is left.
_SEVERITY = {
    HEALTHY: (0.0, 0.0),
    LEMS: (0.85, 1.15),
    MYASTHENIA: (0.80, 1.15),
    BOTULISM: (0.85, 1.15),
    FEWER: (0.25, 0.45),
}
_FULL_CMAP_MV = (9.0, 12.0)  # of the muscle when healthy (assumption)
_NEEDLES = 16  # ways to place a needle, so that a study of healthy fibres is made once

# Every story is told by more than one cause, so that the tests must decide; every cause has four,
# so that no two people of a clinic need to tell the same.
_STORIES = (
    ("Stairs and rising from a chair have been hard for eight months.", (LEMS, MYASTHENIA, FEWER)),
    ("The eyelids droop and the arms have been weak for three months.", (LEMS, MYASTHENIA)),
    ("The mouth is dry, and arms and legs have been weak for four weeks.", (LEMS, BOTULISM)),
    ("Double vision, then weak arms; it began three weeks ago.", (MYASTHENIA, BOTULISM)),
    ("The legs have felt heavy by the evening for a year.", (HEALTHY, MYASTHENIA, LEMS)),
    ("Hands and legs have grown weaker over two years.", (FEWER, LEMS)),
    ("Jars and bottles have been hard to open for six months.", (HEALTHY, FEWER, MYASTHENIA)),
    ("Climbing a hill has tired the legs since last year.", (HEALTHY, FEWER, LEMS)),
    ("The arms have tired quickly at work since the spring.", (HEALTHY, MYASTHENIA)),
    ("Speech is slurred and swallowing is hard; it began two weeks ago.", (BOTULISM, MYASTHENIA)),
    ("The mouth is dry and the sight has been blurred for a month.", (BOTULISM, LEMS)),
)


@dataclass(frozen=True, eq=False)
class Result:
    """What a laboratory hands back: traces, numbers and words, and never a cause.

    Attributes
    ----------
    test : str
        One of `TESTS`.
    cmap_mV : numpy.ndarray, shape (answers,)
        To two decimals. "CMAP at rest": one. "3 Hz": ten. "effort": at rest, then 1.5, 10, 20,
        30, 50 and 80 s after ten seconds of effort. "50 Hz": the fifty of a second.
        "pyridostigmine": five at 3 Hz before the dose, five after. Otherwise none.
    measures : dict of str to float
        What is read from them; its first entry is the main one.
    study : SingleFibreStudy or None
    positive : bool or None
        Of the blood test.
    """

    test: str
    cmap_mV: np.ndarray
    measures: dict[str, float]
    study: SingleFibreStudy | None = None
    positive: bool | None = None

    @property
    def value(self) -> float:
        """The main measure; 1 or 0 for a positive or negative blood test."""
        return next(iter(self.measures.values()))

    @property
    def report(self) -> str:
        """The result in words, with the laboratory's limits."""
        m, first = self.measures, ""
        if self.cmap_mV.size:
            low = " (low)" if self.cmap_mV[0] < LOW_CMAP_MV else ""
            first = f"first answer {self.cmap_mV[0]:.1f} mV{low}"
        match self.test:
            case "3 Hz":
                words = f"{first}, decrement {m['decrement']:.0f} %"
            case "effort":
                words = f"{first}, {m['increment']:+.0f} % after ten seconds of effort"
            case "50 Hz":
                words = f"{first}, {m['increment']:+.0f} % within a second"
            case "single-fibre EMG":
                words = f"{m['abnormal pairs']:.0f} of {PAIRS} pairs abnormal"
            case "antibody":
                words = f"calcium-channel antibody {'positive' if self.positive else 'negative'}"
            case "pyridostigmine":
                words = f"{first}, decrement {m['decrement']:.0f} %; an hour after the dose "
                words += f"{self.cmap_mV[5]:.1f} mV and {m['decrement after']:.0f} %"
            case _:
                words = first
        return f"{self.test}: {words}"


# People -----------------------------------------------------------------------------------


@remembered(256)
def draw_patients(seed: int) -> tuple[Case, ...]:
    """Return the four people of a clinic, A to D.

    One of them has LEMS; the causes of the others are three different ones of the five, so that
    LEMS may come twice and nothing can be found by elimination.

    Raises
    ------
    ValueError
        If the seed is no whole number from 0.
    """
    rng = np.random.default_rng([whole("seed", seed, 0), 11])
    causes = [LEMS, *(CAUSES[i] for i in rng.permutation(len(CAUSES))[:3])]
    order, people, told = rng.permutation(4), [], set()
    for name, place in zip(NAMES, order.tolist(), strict=True):
        cause = causes[place]
        fitting = [one for one, by in _STORIES if cause in by and one not in told]
        story = fitting[int(rng.integers(len(fitting)))]
        told.add(story)
        people.append(_person(name, cause, story, rng))
    return tuple(people)


def _person(name: str, cause: str, story: str, rng: np.random.Generator) -> Case:
    severity = rng.uniform(*_SEVERITY[cause])
    initials = " ".join(f"{'ABCDEFGHJKLMNPRSTVW'[i]}." for i in rng.integers(19, size=2))
    story = f"{initials}, {rng.integers(32, 75)} years. {story}"
    junction = _junction(cause, severity, rng.uniform(*_FULL_CMAP_MV))
    return Case(name, story, cause, junction, int(rng.integers(2**31)))


def _junction(cause: str, severity: float, full_mV: float) -> Junction:
    if cause == FEWER:
        return human().with_(cmap_full_mV=full_mV * severity)
    muscle = human().with_(cmap_full_mV=full_mV)
    return junction_with(cause.lower(), severity, muscle)


@lru_cache(maxsize=8)
def _known(name: str) -> Case:
    cause = KNOWN[name]
    typical = 0.0 if cause == HEALTHY else 1.0
    return Case(name, f"The cause is known: {cause}.", cause, _junction(cause, typical, 10.0), 5)


def person(seed: int, name: str) -> Case:
    """Return one of the four people of a clinic, or one of the two whose cause is known.

    Raises
    ------
    ValueError
        If there is no such person.
    """
    choice("patient", name, (*NAMES, *KNOWN))
    return _known(name) if name in KNOWN else draw_patients(seed)[NAMES.index(name)]


def waiting_room(seed: int) -> str:
    """Introduce the four people of a clinic, one line each."""
    return "\n".join(f"{case.name}: {case.story}" for case in draw_patients(seed))


# Tests ------------------------------------------------------------------------------------


def order_tests(seed: int, patient: str, tests: Sequence[str]) -> tuple[Result, ...]:
    """Order tests for one of the four people, within the budget.

    Parameters
    ----------
    seed : int
        Of the clinic.
    patient : str
        "A" to "D".
    tests : list or tuple of str, or str
        At most five of `TESTS`, each once.

    Returns
    -------
    tuple of Result

    Raises
    ------
    ValueError
        If the budget is overspent, a test comes twice, or a name is unknown.
    """
    choice("patient", patient, NAMES)
    if not isinstance(tests, (str, list, tuple)):
        raise ValueError(f"Hand in a list of tests, not {tests!r}.")
    wanted = [choice("test", one, TESTS) for one in ([tests] if isinstance(tests, str) else tests)]
    if len(set(wanted)) < len(wanted):
        raise ValueError("A test is ordered twice; it would only show the same again.")
    if len(wanted) > BUDGET:
        raise ValueError(f"You ordered {len(wanted)} tests; the budget is {BUDGET} for a patient.")
    return tuple(order_test(person(seed, patient), test) for test in wanted)


@remembered(1024)
def order_test(case: Case, test: str) -> Result:
    """Order one test; ordered again, it shows the same.

    Trains are the expected ones of endlessly many fibres, read by an electrode that repeats
    itself within half a percent. Single fibres and blood are drawn.

    Raises
    ------
    ValueError
        If there is no such test.
    """
    instance("person", case, Case)
    place = TESTS.index(choice("test", test, TESTS))
    # Of each test its own chance: the order in which they are asked for changes nothing.
    rng = np.random.default_rng([case.seed, place])

    def read(amplitudes_mV) -> np.ndarray:
        amplitudes = np.asarray(amplitudes_mV)
        wobble = 1.0 + REPEATABILITY * rng.standard_normal(amplitudes.shape)
        return (amplitudes * wobble).round(2)

    if test == NEEDLE:
        study = _needle(case.junction.with_(cmap_full_mV=10.0), case.seed % _NEEDLES)
        abnormal = round(PAIRS * study.abnormal_pairs_percent(LIMITS) / 100.0)
        return Result(
            test, np.empty(0), {"abnormal pairs": abnormal, "jitter": study.mean_jitter_us}, study
        )
    if test == BLOOD:
        sure = antibody_test("weak")
        chance = sure.sensitivity if case.cause == LEMS else 1.0 - sure.specificity
        positive = bool(rng.random() < chance)
        return Result(test, np.empty(0), {"antibody": float(positive)}, positive=positive)
    if test == REST:
        cmap = read(low_rate(case.junction).recording.cmap_mV[:1])
        return Result(test, cmap, {"CMAP at rest": float(cmap[0])})
    if test == SLOW:
        cmap = read(low_rate(case.junction).recording.cmap_mV)
        return Result(test, cmap, {"decrement": float(decrement_percent(cmap))})
    if test == EFFORT:
        study = full_study(case.junction, burst=1)
        answers = study.recording.cmap_mV
        cmap = read([answers[0], *answers[study.after]])
        return Result(test, cmap, {"increment": float(increment_percent(cmap[0], cmap[1]))})
    if test == FAST:
        cmap = read(high_rate(case.junction).recording.cmap_mV)
        return Result(test, cmap, {"increment": float(increment_percent(cmap[0], cmap.max()))})
    treated = pyridostigmine(case.junction, INHIBITED)
    before, after = (
        read(low_rate(one, stimuli=5).recording.cmap_mV) for one in (case.junction, treated)
    )
    measures = {
        "gain": float(increment_percent(before[0], after[0])),
        "decrement": float(decrement_percent(before)),
        "decrement after": float(decrement_percent(after)),
    }
    return Result(test, np.concatenate([before, after]), measures)


@lru_cache(maxsize=128)
def _needle(junction: Junction, place: int) -> SingleFibreStudy:
    return single_fibre_emg(junction, np.random.default_rng([place, 7]), PAIRS)


# Many people ------------------------------------------------------------------------------


@remembered(32)
def virtual_people(cause: str, people: int, seed: int) -> ExpectedCohort:
    """Return expected findings of many people with one cause, of all severities.

    Parameters
    ----------
    cause : str
        One of `CAUSES`.
    people : int
        1 to 10,000.
    seed : int

    Raises
    ------
    ValueError
        If there is no such cause, or a number is impossible.
    """
    if choice("cause", cause, CAUSES) != FEWER:
        return expected_cohort(cause.lower(), people, seed)
    # Fewer fibres scale every answer alike, and change no ratio.
    healthy = expected_cohort(HEALTHY, people, seed)
    share = np.random.default_rng([seed, 3]).uniform(*_SEVERITY[FEWER], people)
    return replace(healthy, resting_cmap_mV=healthy.resting_cmap_mV * share)
