"""What must emerge from the calibrated junction, nothing of it put in by hand.

Eight regularities of the disease. Each is computed from the same description of a junction;
no parameter of the model names any of them.
"""

import numpy as np
import pytest

from lems_helpers.clinic.disease import lems, myasthenia_gravis, typical_lems
from lems_helpers.clinic.electrodiagnosis import full_study, high_rate, low_rate
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import CHANNELS_ALONE, draw_patient
from lems_helpers.clinic.recording import expected_firing, resting_cmap_mV
from lems_helpers.clinic.treatment import amifampridine, pyridostigmine
from lems_helpers.physiology.end_plate import mepp_amplitude, respond
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.quanta import draw_sizes
from lems_helpers.physiology.release import (
    local_exponent,
    quantal_content,
    release_calcium_curve,
    release_survival_curve,
)

HEALTHY = human()
LEMS = typical_lems(HEALTHY)
CHANNELS_ONLY = lems(HEALTHY, channel_survival=CHANNELS_ALONE)
MYASTHENIA = myasthenia_gravis(HEALTHY, 0.5)
CLINICAL_INHIBITION = 0.3  # of the esterase, by a usual dose of pyridostigmine (recalled)


def largest_increment(junction):
    return max(
        full_study(junction, burst=1).increment_percent, high_rate(junction).increment_percent
    )


@pytest.mark.parametrize("junction", [HEALTHY, mouse()], ids=["human", "mouse"])
def test_1_release_follows_calcium_steeply_and_the_number_of_channels_gently(junction):
    calcium = np.array([0.25, 0.5, 1.0])
    survival = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    by_calcium = local_exponent(calcium, release_calcium_curve(junction, calcium))
    by_channels = local_exponent(survival, release_survival_curve(junction, survival))
    assert by_calcium.min() >= 2.5
    assert by_channels.max() <= 2.3
    assert by_calcium.min() - by_channels.max() > 0.8


def test_2_miniatures_keep_their_size_in_lambert_eaton():
    """Drawn as a laboratory would: 200 miniatures of each, and the amplitude of one quantum."""
    sizes = []
    for junction in (HEALTHY, LEMS):
        rng = np.random.default_rng(8)
        minis = respond(
            junction.end_plate,
            np.zeros(200),
            draw_sizes(junction.quanta, rng, 200),
            trial=np.arange(200),
            trials=200,
            step_ms=0.05,
        )
        sizes.append((minis.voltage_mV.max(axis=1) + 80.0).mean())
    assert sizes[1] == pytest.approx(sizes[0], rel=0.02)
    assert quantal_content(LEMS) < 0.4 * quantal_content(HEALTHY)
    assert mepp_amplitude(MYASTHENIA.end_plate) < 0.6 * mepp_amplitude(HEALTHY.end_plate)


def test_3_lambert_eaton_facilitates_and_a_healthy_junction_hardly_does():
    grown = {}
    for name, junction in (("healthy", HEALTHY), ("lems", LEMS)):
        content = high_rate(junction).recording.quantal_content
        grown[name] = content.max() / content[0] - 1.0
    assert grown["healthy"] < 0.15
    assert grown["lems"] > 0.35
    assert high_rate(LEMS).increment_percent >= 100.0
    assert largest_increment(HEALTHY) < 5.0


def decrements(population, people=150):
    """Decrements at 3 Hz of virtual patients, without the chance of which fibres are seen."""
    muscle = named_muscle("abductor digiti minimi")
    drawn = (draw_patient(population, muscle, np.random.default_rng(i)) for i in range(people))
    return np.array([low_rate(one.junction).decrement_percent for one in drawn])


def test_4_losing_channels_alone_fails_the_slow_train_and_losing_zones_too_succeeds():
    """Patients: a decrement of at least 10 % in nearly all of them."""
    assert quantal_content(CHANNELS_ONLY) == pytest.approx(quantal_content(LEMS), rel=0.01)
    assert low_rate(CHANNELS_ONLY).decrement_percent < 10.0 < low_rate(LEMS).decrement_percent
    alone, both = decrements("lems, channels alone"), decrements("lems")
    assert np.mean(alone >= 10.0) < 0.05
    assert np.mean(both >= 10.0) > 0.85
    # Not a matter of severity: at no quantal content do channels alone get there.
    for content in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        survival = np.linspace(0.05, 1.0, 96)
        fraction = release_survival_curve(HEALTHY, survival) / release_survival_curve(HEALTHY, 1.0)
        lost = float(np.interp(content, fraction, survival))
        assert low_rate(lems(HEALTHY, lost)).decrement_percent < 10.0


def test_5_a_wider_impulse_multiplies_release_and_the_muscle_more_still():
    treated = amifampridine(LEMS, 1.0)
    wider = treated.impulse.width / LEMS.impulse.width
    released = quantal_content(treated) / quantal_content(LEMS)
    answered = resting_cmap_mV(treated) / resting_cmap_mV(LEMS)
    assert 1.05 < wider < 1.3
    assert released > 1.05 * wider
    assert answered > 1.2 * released


def test_6_near_threshold_the_muscle_changes_far_more_than_release():
    at_ten, at_four = expected_firing(HEALTHY, [10.0, 4.0])
    assert 8.0 < at_ten / at_four < 20.0  # release changed 2.5-fold


def test_7_myasthenia_shows_a_decrement_without_a_large_increment_and_lems_both():
    for ill in (MYASTHENIA, LEMS):
        assert low_rate(ill).decrement_percent > 10.0
    assert largest_increment(MYASTHENIA) < 60.0
    assert largest_increment(LEMS) > 100.0


def test_8_pyridostigmine_helps_lambert_eaton_little():
    """At a usual dose, against what was lost, against myasthenia and against amifampridine."""

    def restored(ill, treated):
        before = resting_cmap_mV(ill)
        return (resting_cmap_mV(treated) - before) / (resting_cmap_mV(HEALTHY) - before)

    lambert_eaton = restored(LEMS, pyridostigmine(LEMS, CLINICAL_INHIBITION))
    assert lambert_eaton < 0.10
    assert restored(MYASTHENIA, pyridostigmine(MYASTHENIA, CLINICAL_INHIBITION)) > 2 * lambert_eaton
    assert restored(LEMS, amifampridine(LEMS, 1.0)) > 2 * lambert_eaton
