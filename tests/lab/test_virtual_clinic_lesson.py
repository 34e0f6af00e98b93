"""The virtual clinic: its check, its two panels, and what hints and prose say in numbers."""

import numpy as np
import pytest

from lems_helpers.clinic.cases import (
    BLOOD,
    BOTULISM,
    CAUSES,
    DRUG,
    EFFORT,
    FAST,
    HEALTHY,
    KNOWN,
    LEMS,
    NAMES,
    NEEDLE,
    REST,
    SLOW,
    TESTS,
    order_test,
    person,
)
from lems_helpers.clinic.electrodiagnosis import high_rate, low_rate
from lems_helpers.clinic.patients import junction_with
from lems_helpers.clinic.treatment import pyridostigmine
from lems_helpers.lab.case_desk import SWEEPS, readings, sweeps
from lems_helpers.lab.exercises import check
from lems_helpers.lab.lesson import load
from lems_helpers.lab.lessons.n11_virtual_clinic import (
    DESK,
    MAP,
    PATIENTS,
    findings_map,
    judge_report,
    model_report,
)


@pytest.mark.parametrize("seed", [*range(12), 12, 4711, 99_999])
def test_the_report_of_any_clinic_can_be_accepted(seed):
    verdict = check(PATIENTS, model_report(seed))
    assert verdict.accepted, str(verdict)
    assert "All four" in verdict.message


def changed(part, name, value):
    report = model_report(12)
    return {**report, part: {**report[part], name: value}}


def test_a_report_may_be_written_in_several_ways():
    assert model_report(12)["causes"]["B"] == "myasthenia gravis"
    for way in ("MG", " Myasthenia Gravis "):
        assert check(PATIENTS, changed("causes", "B", way)).accepted
    for way in (SLOW, (SLOW,), [SLOW, NEEDLE], list(TESTS[1:6])):
        assert check(PATIENTS, changed("tests", "B", way)).accepted


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({}, 'holds a "seed"'),
        ({"seed": 12, "tests": [], "causes": {}}, "Give tests for each"),
        ({**model_report(12), "causes": {"A": LEMS}}, "Give causes for each"),
        ({**model_report(12), "seed": "twelve"}, "seed must be a number"),
        ({**model_report(12), "seed": -1}, "seed is -1"),
        (changed("tests", "A", list(TESTS[:6])), "Patient A: You ordered 6 tests"),
        (changed("tests", "B", [SLOW, SLOW]), "Patient B: A test is ordered twice"),
        (changed("tests", "C", ["MRI"]), "Patient C: test must be one of"),
        (changed("tests", "C", 3), "Patient C: Hand in a list of tests"),
        (changed("causes", "D", 5), "Patient D: Your answer is not a text; write one"),
        (changed("causes", "A", BOTULISM), "This result speaks against botulism. 50 Hz"),
        (changed("tests", "A", [REST]), "Settled: B, C, D. Patient A: These tests leave"),
    ],
)
def test_what_is_amiss_is_said_in_one_sentence(report, message):
    verdict = check(PATIENTS, report)
    assert not verdict.accepted
    assert message in verdict.message
    assert len(verdict.message) < 260


def test_a_guess_for_everyone_fails_whatever_the_cause():
    for cause in CAUSES:
        report = {
            "seed": 12,
            "tests": {name: [REST] for name in NAMES},
            "causes": dict.fromkeys(NAMES, cause),
        }
        assert not judge_report(report)[0]


def test_effort_leaves_botulism_in_the_field_of_lems_and_a_fast_train_does_not():
    start = findings_map("first answer", "increment after effort", False, 12)
    assert start.together(LEMS) >= 35
    assert start.together(BOTULISM) >= 30
    fast = findings_map("increment after effort", "increment at 50 Hz", False, 12)
    assert fast.together(LEMS) >= 25
    assert fast.others == 0
    assert MAP.prediction.judge(start, start) == 2


def test_the_patients_stand_where_their_tests_put_them():
    shown = findings_map("first answer", "decrement at 3 Hz", True, 12).patients
    assert [name for name, _, _ in shown] == list(NAMES)
    for name, first, fall in shown:
        assert first == order_test(person(12, name), REST).value
        assert fall == order_test(person(12, name), SLOW).value
    assert findings_map("first answer", "decrement at 3 Hz", False, 12).patients == ()


def test_the_words_of_the_desk_name_no_cause():
    for name in NAMES:
        for test in TESTS:
            view = DESK.compute(name, test, 12)
            said = DESK.describe(view).sentence
            assert not any(cause in said.replace("people with LEMS", "") for cause in CAUSES), said
            assert len(said) <= 200


def test_gauges_show_what_a_test_measures_and_nothing_else():
    measured = {
        test: [value is not None for value in readings(order_test(person(12, "A"), test))]
        for test in TESTS
    }
    assert measured[REST] == [True, False, False]
    for train in (SLOW, EFFORT, FAST, DRUG):
        assert measured[train] == [True, True, False]
    assert measured[NEEDLE] == [False, False, True]
    assert not any(measured[BLOOD])


def test_the_raster_shows_a_steady_pair_in_health_and_blocking_in_lems():
    healthy, ill = (sweeps(order_test(person(12, name), NEEDLE))[0] for name in KNOWN)
    assert healthy.size == SWEEPS
    assert np.isfinite(healthy).mean() > 0.9
    assert ill.size == 0 or np.isfinite(ill).mean() < 0.8


def test_the_numbers_of_the_exercises_are_the_models():
    for cause, fast in (("lems", 119), ("botulism", 21)):
        junction = junction_with(cause)
        assert high_rate(junction).increment_percent == pytest.approx(fast, abs=2)
        before, after = (
            low_rate(one).resting_cmap_mV for one in (junction, pyridostigmine(junction, 0.5))
        )
        assert after / before == pytest.approx(1.4, abs=0.03)
        study = order_test(person(0, "person with LEMS"), NEEDLE)
        assert study.value >= 19
    said = {exercise.name: exercise for exercise in load("11_virtual_clinic").exercises}
    right = said["blood"].answer.right
    assert right == pytest.approx([95, 3], abs=0.5)
    assert HEALTHY in KNOWN.values()
