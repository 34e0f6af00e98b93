"""Notebook 06: the reserve hides a loss, then the muscle goes over a cliff; its numbers hold."""

import re
from pathlib import Path

import numpy as np
import pytest

from lems_helpers.clinic.disease import typical_lems
from lems_helpers.lab.lessons import n06_end_plate_and_safety_factor as lesson
from lems_helpers.lab.quiz import load_quiz
from lems_helpers.physiology.end_plate import epp_amplitude
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.receptor import Receptor
from lems_helpers.physiology.release import quantal_content

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / f"{lesson.LESSON.name}.ipynb"
DRAWN, _, EVERY = lesson.COUNTED


def fibres(content, packet=100, differ=100, seed=1):
    return lesson.hundred_fibres(content, packet, differ, seed)


def test_the_presets_are_the_models_own_junctions():
    assert quantal_content(human()) == pytest.approx(lesson.HEALTHY, abs=0.5)
    assert quantal_content(typical_lems(human())) == pytest.approx(lesson.SICK, abs=0.5)


def test_first_nearly_nothing_then_a_cliff():
    third = 100 * (fibres(30).expected - fibres(20).expected)
    next_third = 100 * (fibres(20).expected - fibres(10).expected)
    assert third < 10
    assert next_third > 40


@pytest.mark.parametrize("name", ["reserve", "hundred_fibres"])
def test_one_packet_is_one(name):
    view = next(panel for panel in lesson.LESSON.panels if panel.name == name).open()
    assert " 1 packet " in view.set(content=1).reading.sentence
    assert " 2 packets " in view.set(content=2).reading.sentence


def test_differences_between_fibres_make_the_cliff_a_slope():
    def steepest(differ):
        return np.diff(fibres(10, differ=differ).curve).max()

    assert steepest(0) > steepest(100) > steepest(150)


def test_fibres_drop_out_one_by_one_and_stay_out():
    fired = np.array([fibres(content).fired for content in range(0, 61)])
    assert (np.diff(fired.astype(int), axis=0) >= 0).all()


def test_a_hundred_fibres_scatter_about_the_mean_as_they_should():
    for content in (7, 12, 20):
        seen = np.array([fibres(content, seed=seed).firing for seed in range(300)])
        p = fibres(content).expected
        z = (seen.mean() - 100 * p) / np.sqrt(100 * p * (1 - p) / seen.size)
        assert abs(z) < 3.5


def test_the_gauge_and_the_trace_agree_on_who_fires():
    for content in np.arange(0, 61, 2):
        now = lesson.reserve(content, 100, 0, 10)
        assert now.fires == bool(now.fibre_mV.max() > 0) == bool(now.safety >= 1)


def test_without_the_esterase_lems_still_stays_below_threshold():
    assert lesson.reserve(7, 100, 0, 10).safety < lesson.reserve(7, 100, 100, 10).safety < 1


def test_the_current_outlasts_the_acetylcholine_and_longer_where_that_stays():
    usual = lesson.packet_current(1.0, 500, 0.15, DRAWN, 1)
    slow = lesson.packet_current(1.0, 500, 1.0, DRAWN, 1)
    assert usual.left < 0.01
    assert 2 < usual.half_gone_ms < slow.half_gone_ms


def test_all_receptors_make_the_current_of_one_packet():
    at_peak = lesson.packet_current(0.4, 500, 0.15, EVERY, 1)
    assert at_peak.current_nA == pytest.approx(3.92, rel=0.05)  # 49 nS times 80 mV
    assert at_peak.share == pytest.approx(at_peak.expected, abs=0.05)


def test_counting_more_receptors_leaves_the_rows_as_they_were():
    few, all_of_them = (lesson.packet_current(2.0, 500, 0.15, n, 5) for n in (DRAWN, EVERY))
    np.testing.assert_array_equal(few.start_ms, all_of_them.start_ms)
    np.testing.assert_array_equal(few.open_now, all_of_them.open_now)


def test_the_rule_of_the_exercise_is_the_models():
    contents = np.array([1.0, 7.0, 30.0, 60.0])
    plate = human().end_plate
    size = lesson.reserve(1, 100, 0, 10).mepp_mV
    assert lesson.epp_mV(contents, size) == pytest.approx(epp_amplitude(plate, contents))
    assert lesson.epp_mV(60, 1.0) == pytest.approx(37.5)


def test_the_numbers_in_the_quiz_and_the_prose_are_the_models():
    words = " ".join(
        one.feedback + one.text + item.question
        for item in load_quiz(lesson.LESSON.name).items
        for one in item.options
    )
    prose = NOTEBOOK.read_text("utf-8")
    assert "about three times in a row, over some 4 ms" in words
    assert Receptor().openings_per_burst == pytest.approx(3, abs=0.2)
    assert Receptor().burst_ms == pytest.approx(4, abs=0.2)
    assert "about 90 of 100" in words
    assert 100 * fibres(20).expected == pytest.approx(90, abs=1)
    assert "from about 24 mV to about 7 mV" in words
    healthy, sick = (lesson.reserve(m, 100, 0, 10) for m in (lesson.HEALTHY, lesson.SICK))
    assert (healthy.epp_mV, sick.epp_mV) == (
        pytest.approx(24, abs=0.5),
        pytest.approx(7, abs=0.5),
    )
    assert words.count("1.06 mV") == 2
    assert healthy.mepp_mV == sick.mepp_mV == pytest.approx(1.06, abs=0.005)
    assert "two to three times as large as the fibre needs" in prose
    assert 2 < healthy.safety < 3
    assert "roughly two of three can be lost" in prose
    assert 1 - lesson.half_content() / quantal_content(human()) == pytest.approx(2 / 3, abs=0.04)
    assert "Sixty packets of 1 mV make less than two thirds of what adding up would give" in prose
    assert 0.6 < lesson.epp_mV(60, 1.0) / 60 < 2 / 3
    assert re.search(r"opens about a thousand pores", prose)
    opened = lesson.ALL * lesson.packet_current(0.4, 500, 0.15, EVERY, 1).expected.max()
    assert 1000 < opened < 1500


@pytest.mark.parametrize(("content", "threshold"), [(11, 10.5), (6, 6), (14, 13)])
def test_a_fibre_that_just_fails_is_not_shown_or_told_as_one_that_fires(content, threshold):
    bare = lesson.reserve(content, 100, 0, threshold)
    assert 0.99 < bare.safety < 1
    assert bare.end_plate_mV.max() - bare.end_plate_mV[0] < threshold
    assert f"0.99 times the {threshold:g} mV" in lesson.describe_reserve(bare).sentence
