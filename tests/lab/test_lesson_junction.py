"""Notebook 01: its drawings and words follow the model."""

import numpy as np
import pytest

from lems_helpers.lab.exercises import check
from lems_helpers.lab.lesson import load
from lems_helpers.lab.lessons import n01_neuromuscular_junction as n01
from lems_helpers.physiology.cleft import diffusion_ms
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.message import follow_message

LESSON = load("01_neuromuscular_junction")


def test_the_times_told_in_quiz_and_prose_are_the_models():
    message = follow_message(human())
    assert 1000 * diffusion_ms(50) == pytest.approx(3, rel=0.1)  # "about 3 millionths of a second"
    assert message.threshold_ms - message.impulse_ms == pytest.approx(1, rel=0.25)
    assert n01.crossing_share(message) < 1 / 100
    assert diffusion_ms(1e6) > 10 * 60_000  # "many minutes" over a millimetre


@pytest.mark.parametrize(("panel", "option"), [("tour", 2), ("drift", 2), ("same_weakness", 1)])
def test_what_the_model_says_to_each_prediction(panel, option):
    for guess in range(3):
        verdict = LESSON.panel(panel).predict(guess).verdict
        assert ("agrees with you" in verdict) == (guess == option)


def test_all_rows_show_the_same_weakness_wherever_it_starts():
    view = LESSON.panel("same_weakness")
    for fault in n01.BY_NAME:
        for left in (15, 40, 85):
            rows = view.set(fault=fault, left=left).result.rows
            assert np.ptp([row.firing for row in rows]) < 0.002
            assert len({round(100 * row.left) for row in rows}) > 1


def test_the_site_drawn_lets_out_its_packet_only_when_the_model_does():
    view = LESSON.panel("tour")
    for junction, last in (("healthy", 30), ("LEMS", 7), ("no calcium outside", 0)):
        assert round(view.set(junction=junction, t_ms=5.0).result.packets) == last
    assert "no packet comes out" in view.reading.sentence
    assert view.reading.numbers["Threshold passed"] == "never"


def test_the_order_is_checked_against_the_model_and_slips_are_explained():
    order = next(exercise for exercise in LESSON.exercises if exercise.name == "order")
    assert check(order, [3, 5, 2, 6, 1, 4]).accepted
    assert "jump" in check(order, [3, 1, 5, 2, 6, 4]).message


def test_the_weak_muscle_of_the_exercise_has_one_fault():
    healthy, weak = n01.recordings()
    assert weak.calcium_pA.min() == healthy.calcium_pA.min()
    assert weak.voltage_mV.max() == healthy.voltage_mV.max()
    assert weak.packets[-1] < 0.4 * healthy.packets[-1]
    assert weak.spike_ms is None


def test_where_the_weakness_is_slight_a_cut_nerve_needs_the_smallest_loss():
    def needs_the_smallest_loss(left):
        rows = n01.same_weakness("Channels lost (LEMS)", left, False).rows
        return max(rows, key=lambda row: row.left).fault

    assert needs_the_smallest_loss(30) == "calcium"
    assert needs_the_smallest_loss(60) == "nerve"
