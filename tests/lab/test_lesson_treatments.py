"""What the notebook on treatments says in fixed words is what its model says."""

import re

import numpy as np
import pytest

from lems_helpers.clinic.disease import typical_lems
from lems_helpers.clinic.outcome import outcome
from lems_helpers.lab.exercises import check
from lems_helpers.lab.lessons import n10_treatments as lesson
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.release import release_survival_curve

PANELS = {panel.name: panel for panel in lesson.LESSON.panels}


def test_an_impulse_a_tenth_longer_gives_more_than_half_more():
    assert lesson.widening_percent(1.0) == pytest.approx(10, abs=3)
    view = PANELS["switchboard"].open().predict(2)
    assert "agrees" in view.verdict
    of_packets, of_answer = lesson.powers()
    assert of_packets > 2
    assert of_answer == pytest.approx(6, abs=0.5)


def test_the_numbers_of_the_quiz_and_the_exercises():
    content = [float(outcome(one).quantal_content) for one in (typical_lems(human()), human())]
    assert np.round(content).tolist() == [7, 30]
    few, many = release_survival_curve(human(), [0.4, 0.8])
    assert many / few == pytest.approx(2.2, abs=0.05)
    design = next(one for one in lesson.LESSON.exercises if one.name == "design")
    assert check(design, (0.5, 0.5, 4)).accepted
    assert not check(design, (0.4, 0.5, 4)).accepted


def test_each_treatment_moves_its_own_link_and_none_before_it():
    untreated = lesson.switched(**lesson.OFF).percents
    for change, link in (
        ({"drug_uM": 1.0}, 0),
        ({"start": "LEMS, 4 weeks after immunoglobulin"}, 1),
        ({"gv_uM": 1.0}, 2),
        ({"blocked": 50}, 4),
    ):
        treated = lesson.switched(**{**lesson.OFF, **change}).percents
        np.testing.assert_allclose(treated[:link], untreated[:link], rtol=1e-9)
        assert treated[link] > 1.02 * untreated[link]
        assert treated[-1] > 1.2 * untreated[-1]


def test_the_miss_of_the_first_week_is_shown_for_immunoglobulin_only():
    view = PANELS["weeks"].open()
    assert re.search(r"Antibody, week 1: 86 %", view.text())
    texts = [one.get_text() for one in view._picture.moving() if hasattr(one, "get_text")]
    assert any("trial at week 1: unchanged. Model: 86 %" in text for text in texts)
    view.set(treatment=lesson.BY_EXCHANGE)
    texts = [one.get_text() for one in view._picture.moving() if hasattr(one, "get_text")]
    assert not any("trial" in text for text in texts)


def test_no_panel_takes_or_names_an_amount_by_mouth():
    for panel in PANELS.values():
        words = " ".join([panel.question, panel.leaves_out, *(c.title for c in panel.controls)])
        assert not re.search(r"\bmg\b", words + panel.open().text())


def test_a_day_without_a_tablet_is_flat_and_a_slow_breakdown_lasts_longer():
    none = lesson.day(lesson.NO_TABLET, "as usual", 9.0)
    np.testing.assert_allclose(none.result.cmap_mV, none.without_mV, rtol=1e-3)
    quick, slow = (
        lesson.day(lesson.ONE, speed, 9.0)
        for speed in ("twice as fast as usual", "half as fast as usual")
    )
    assert quick.back_h < 16.25 < slow.back_h
