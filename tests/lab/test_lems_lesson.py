"""What notebook 07 says of its panels and exercises, held against the model."""

import numpy as np
import pytest

from lems_helpers.evidence.measurements import measurement
from lems_helpers.lab.lessons import n07_lems as lesson
from lems_helpers.physiology.junction import human


def test_serum_from_a_patient_lowers_the_number_of_packets_and_nothing_else():
    for seed in range(5):
        size, rate, content = lesson.passive_transfer(lesson.SERA[1], 100, seed).ratios
        assert measurement("mepp_ratio_lems").holds(size)
        assert rate == pytest.approx(1.0, abs=0.3)  # three standard errors of two counts of 300
        assert measurement("qc_ratio_lems_mouse").holds(content)


def test_serum_from_a_person_with_myasthenia_gravis_shrinks_packets_and_keeps_their_number():
    size, _, content = lesson.passive_transfer(lesson.SERA[2], 100, 1).ratios
    assert size < 0.6
    assert content == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("disorganisation", [0.0, 0.2, 0.4])
def test_the_map_keeps_the_distances_of_the_model(disorganisation):
    channels, vesicles = lesson._site(disorganisation)
    apart = np.linalg.norm(channels[:, None] - vesicles, axis=-1)
    zone = human().zone
    wanted = [d + disorganisation * (100 - d) for d in (zone.near_nm, zone.far_nm)]
    for distances in (apart.min(axis=1), apart.max(axis=1)):
        assert any(np.allclose(distances, d) for d in wanted)


def test_the_map_never_gives_back_what_a_slider_has_taken():
    before = lesson.site_map(100, 100, 0, 3).channels
    for left in (80, 50, 20, 0):
        now = lesson.site_map(left, left, 0, 3).channels
        assert {tuple(c) for c in now} <= {tuple(c) for c in before}
        before = now
    assert before.size == 0


def test_both_explanations_of_the_map_leave_the_same_number_of_packets():
    packets = [
        lesson.SITE_MAP.open().preset(f"LEMS, explanation {which}").result.packets for which in "AB"
    ]
    assert packets[0] == pytest.approx(packets[1], abs=0.02)


@pytest.mark.parametrize("cmap_mV", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_only_a_mix_of_losses_fits_all_findings_however_severe(cmap_mV):
    assert lesson.trial(0, cmap_mV).fits == (True, False, True, True)
    assert all(lesson.trial(50, cmap_mV).fits)
    assert lesson.trial(100, cmap_mV).fits == (True, True, True, False)


def test_the_verdict_is_the_models_own():
    assert lesson.VERDICT.answer.right == "channels and sites"


def test_the_fictional_record_shows_a_decrement():
    assert lesson._decrement() >= lesson.DECREMENT


def test_a_squeeze_grows_in_lems_and_not_in_health():
    ill, healthy = lesson.weeks(12, 100, 1), lesson.weeks(12, 0, 1)
    assert ill.squeeze.growth_percent > 50
    assert abs(healthy.squeeze.growth_percent) < 5


@pytest.mark.parametrize("cmap_mV", [0.5, 1, 2, 3])
def test_the_solution_says_which_mix_passes_and_which_half_of_the_verdict_is_weak(cmap_mV):
    channels, even, sites = (lesson.trial(part, cmap_mV) for part in (0, 50, 100))
    assert all(even.fits)
    assert channels.fits == (True, False, True, True)
    # "They would pass if growth after effort were enough"
    assert sites.fits == (True, True, True, False)
    # "much the same for every mix"
    assert channels.effort_increment == pytest.approx(sites.effort_increment, rel=0.01)
    assert even.effort_increment == pytest.approx(sites.effort_increment, rel=0.01)
