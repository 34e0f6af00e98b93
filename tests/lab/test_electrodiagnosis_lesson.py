"""Notebook 08: what its panels and prose say of the tests holds in the model."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from lems_helpers.clinic.casebook import CAUSES, TESTS, draw_cases
from lems_helpers.lab.exercises import check
from lems_helpers.lab.lessons import n08_electrodiagnosis as lesson
from lems_helpers.lab.quiz import load_quiz

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / f"{lesson.LESSON.name}.ipynb"


def change(disorder, test, severity=1.0):
    return lesson.emg(disorder, severity, test, "2 mV").change_percent


def test_slow_trains_do_not_part_lems_from_myasthenia_but_effort_does():
    slow = [change(one, lesson.SLOW) for one in ("LEMS", "myasthenia gravis")]
    assert min(slow) > 10
    assert abs(slow[0] - slow[1]) < 5
    assert change("LEMS", lesson.EFFORT) > 200 > 60 > change("myasthenia gravis", lesson.EFFORT)
    assert abs(change("healthy", lesson.EFFORT)) < 5


def test_the_model_misses_botulism_as_the_notebook_admits():
    assert change("botulism", lesson.SLOW) > 30  # patients: none
    assert change("botulism", lesson.EFFORT) > 200  # patients: considerably less than LEMS


def test_the_screen_shows_the_numbers_it_is_labelled_with():
    for test in (lesson.SLOW, lesson.EFFORT, *lesson.FAST):
        one = lesson.emg("LEMS", 1.0, test, "1 mV")
        np.testing.assert_allclose(one.waves_mV.max(axis=1), one.cmap_mV, rtol=0.01)
        assert one.squares.size == one.cmap_mV.size
        assert one.squares.max() + one.wave_ms[-1] / one.ms_per_square <= lesson.ACROSS


def test_the_cut_off_panel_counts_what_the_text_says():
    def wrong(cutoff, measure):
        return lesson.cut_off(cutoff, measure, "myasthenia gravis").wrong

    assert wrong(60, lesson.AFTER_EFFORT) == 18
    assert wrong(60, lesson.IN_TRAIN) == 0
    assert [lesson.cut_off(c, lesson.IN_TRAIN, "botulism").found for c in (100, 60)] == [61, 84]
    after_effort = lesson.cut_off(100, lesson.AFTER_EFFORT, "botulism")
    assert abs(after_effort.found - after_effort.wrong) < 10


def test_sensitivity_falls_and_specificity_rises_with_the_cut_off():
    one = lesson.cut_off(100, lesson.AFTER_EFFORT, "myasthenia gravis")
    for increments in (one.lems_percent, one.others_percent):
        assert (np.diff(one.shares(increments)) <= 0).all()


def test_a_pair_is_the_same_pair_in_health_and_in_disease_and_its_jitter_a_known_miss():
    healthy = lesson.needle("healthy", 1.0, 44)
    ill = lesson.needle("myasthenia gravis", 1.0, 44)
    assert healthy.blocked < 3 < 15 < ill.blocked
    assert ill.jitter_us > lesson.healthy_limits().jitter_us > healthy.jitter_us
    assert 5 < healthy.jitter_us / 30 < 15  # "about ten times a person's"


def test_a_pair_that_never_fires_is_put_into_words():
    silent = lesson.needle("LEMS", 1.5, 44)
    assert math.isnan(silent.jitter_us)
    assert "not measurable" in lesson.describe_needle(silent).sentence


def test_practice_counts_each_test_once_and_refuses_what_there_is_not():
    practice = lesson.Practice()
    assert str(practice.order("A", "3 Hz")).endswith("1 test so far.")
    assert str(practice.order(" a ", "3 Hz")).endswith("1 test so far.")
    assert repr(practice.order("B", "effort")).endswith("2 tests so far.")
    for patient, test in (("E", TESTS[0]), ("A", "blood"), (None, TESTS[0])):
        with pytest.raises(ValueError, match=r"patients are|test"):
            practice.order(patient, test)
    shown = practice._repr_mimebundle_()
    assert all(case.story in shown["text/plain"] for case in draw_cases(lesson.CASES_SEED))
    assert not any(f"; {cause};" in shown["text/plain"] for cause in CAUSES)


def test_every_wrong_set_of_causes_gets_its_reason():
    right = tuple(lesson.causes())
    for answer in itertools.product(CAUSES, repeat=4):
        verdict = check(lesson.PATIENTS, answer)
        assert verdict.accepted == (answer == right)
        if answer != right:
            hits = sum(one == due for one, due in zip(answer, right, strict=True))
            assert f"{hits} of 4 are right. Think again of patient" in verdict.message


@pytest.mark.parametrize(
    "way",
    [
        list,
        np.array,
        lambda right: dict(zip("ABCD", right, strict=True)),
        lambda right: [cause.upper() for cause in right],
        lambda right: ["MG" if cause == lesson.MG else cause for cause in right],
    ],
)
def test_the_causes_may_be_written_in_any_way(way):
    assert check(lesson.PATIENTS, way(lesson.causes())).accepted


@pytest.mark.parametrize("nonsense", [[1, 2, 3, 4], "LEMS", ["LEMS"] * 3, ["flu"] * 4, 7, None])
def test_what_names_no_causes_is_told_what_is_asked_for(nonsense):
    verdict = check(lesson.PATIENTS, nonsense)
    assert not verdict.accepted
    assert "botulism" in verdict.message or "four causes" in verdict.message


def test_the_quiz_meets_the_misconceptions_of_this_notebook():
    quiz = load_quiz(lesson.LESSON.name)
    met = {option.misconception for item in quiz.items for option in item.options} - {None}
    assert {"M5", "M9", "M10", "M11", "M12"} <= met


def test_the_notebook_names_its_misses():
    text = NOTEBOOK.read_text("utf-8")
    for words in ("Where the model's botulism fails", "18 of 100", "ten times too large"):
        assert words in text


def test_a_cut_off_separates_the_models_botulism_at_50_hz_and_none_does_after_effort():
    fast = lesson.cut_off(60, lesson.IN_TRAIN, "botulism")
    assert fast.wrong == 0
    assert fast.found > 80
    for cutoff in range(40, 151, 5):
        late = lesson.cut_off(cutoff, lesson.AFTER_EFFORT, "botulism")
        assert late.wrong > 0.6 * late.found
