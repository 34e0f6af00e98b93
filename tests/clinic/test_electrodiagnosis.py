"""Repetitive stimulation, single-fibre studies and grip: what a laboratory would report."""

import time

import numpy as np
import pytest

from lems_helpers.clinic.disease import lems, myasthenia_gravis, typical_lems
from lems_helpers.clinic.electrodiagnosis import (
    decrement_percent,
    full_study,
    high_rate,
    increment_percent,
    low_rate,
)
from lems_helpers.clinic.grip import grip
from lems_helpers.clinic.recording import expected_firing, expected_recording, record
from lems_helpers.clinic.single_fibre import normal_limits, single_fibre_emg
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.plasticity import regular_train


def rng(seed=20):
    return np.random.default_rng(seed)


# --- measures -----------------------------------------------------------------------------


def test_decrement_is_first_against_the_lowest_of_fourth_and_fifth():
    assert decrement_percent([10, 9, 8, 7, 7.5, 1]) == pytest.approx(30.0)
    assert decrement_percent([2, 2, 2, 3, 4]) == pytest.approx(-50.0)
    both = decrement_percent([[10, 9, 9, 9, 8], [0, 0, 0, 0, 0]])
    assert both[0] == pytest.approx(20.0)
    assert np.isnan(both[1])


def test_increment_is_measured_on_the_baseline():
    assert increment_percent(2.0, 5.0) == pytest.approx(150.0)
    assert np.isnan(increment_percent(0.0, 1.0))


# --- recordings ---------------------------------------------------------------------------


def test_drawn_recording_scatters_about_the_expected_one():
    """Ten muscles of 3,000 fibres against endlessly many; the pools are alike, so is the mean."""
    times = np.concatenate([regular_train(3, 5), [3.0, 3.02, 10.0]])
    patient = typical_lems(human())
    expected = expected_recording(patient, times)
    drawn = [record(patient, times, rng(seed)) for seed in range(10)]
    content = np.array([one.quantal_content for one in drawn])
    fired = np.array([one.fired for one in drawn])
    z = (content.mean(0) - expected.quantal_content) / (content.std(0, ddof=1) / np.sqrt(10))
    assert np.abs(z).max() < 5
    # Binomial release is a little less noisy than the Poisson of the closed form.
    np.testing.assert_allclose(fired.mean(0), expected.fired, atol=0.012)


def test_impulses_not_drawn_take_expected_values():
    times = regular_train(40, 40)
    drawn = np.zeros(40, bool)
    drawn[[0, -1]] = True
    mixed = record(typical_lems(human()), times, rng(), drawn=drawn)
    expected = expected_recording(typical_lems(human()), times)
    np.testing.assert_allclose(mixed.quantal_content, expected.quantal_content, rtol=0.05)
    np.testing.assert_allclose(mixed.fired, expected.fired, atol=0.03)


def test_firing_table_is_fine_enough():
    healthy = human()
    content = np.linspace(0.0, 70.0, 301)
    exact = fraction_firing(healthy.muscle, healthy.end_plate, healthy.quanta, content)
    np.testing.assert_allclose(expected_firing(healthy, content), exact, atol=2e-3)


def test_waveforms_peak_at_the_amplitude():
    recording = expected_recording(human(), [0.0, 0.3])
    waves = recording.waveforms(np.linspace(0.0, 25.0, 501))
    assert waves.shape == (2, 501)
    np.testing.assert_allclose(waves.max(axis=1), recording.cmap_mV, rtol=1e-3)
    assert (waves.min(axis=1) < -0.1 * recording.cmap_mV).all()


def test_same_seed_same_study_and_another_seed_another():
    first, again, other = (full_study(typical_lems(human()), rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.recording.fired, again.recording.fired)
    assert (first.recording.fired != other.recording.fired).any()


# --- protocols ----------------------------------------------------------------------------


def test_low_rate_train():
    study = low_rate(myasthenia_gravis(human(), 0.5), rng(), rate_Hz=2.5, stimuli=9)
    assert study.recording.cmap_mV.shape == (9,)
    np.testing.assert_allclose(np.diff(study.recording.times_s), 0.4)
    assert study.resting_cmap_mV == study.recording.cmap_mV[0]
    assert study.decrement_percent > 10


def test_high_rate_train():
    study = high_rate(typical_lems(human()), rng(), rate_Hz=50, duration_s=1.0)
    assert study.recording.cmap_mV.shape == (50,)
    first = study.recording.cmap_mV[0]
    assert study.increment_percent == pytest.approx(
        100 * (study.recording.cmap_mV.max() / first - 1)
    )


def test_full_study_gives_ten_four_hundred_and_eighteen_stimuli():
    study = full_study(typical_lems(human()), rng())
    parts = [study.recording.times_s[part] for part in (study.rest, study.effort, study.after)]
    assert [part.size for part in parts] == [10, 400, 18]
    np.testing.assert_allclose(np.diff(parts[1]), 1 / 40)
    np.testing.assert_allclose(parts[2][::3] - parts[1][-1], [1.5, 10, 20, 30, 50, 80])
    rest = study.recording.cmap_mV[0]
    assert study.resting_cmap_mV == rest
    np.testing.assert_allclose(
        study.increments_percent, 100 * (study.recording.cmap_mV[study.after][::3] / rest - 1)
    )
    assert study.increment_percent == study.increments_percent.max()


def test_time_until_facilitation_is_gone():
    study = full_study(typical_lems(human()), after_s=[1.5, 10, 30, 50, 80, 120], burst=1)
    gone = study.facilitation_gone_s
    before, after = np.searchsorted(study.after_s, gone) - 1, np.searchsorted(study.after_s, gone)
    assert study.increments_percent[before] >= 10 > study.increments_percent[after]
    assert np.isnan(full_study(human()).facilitation_gone_s)
    assert full_study(typical_lems(human()), after_s=[1.5, 5]).facilitation_gone_s == np.inf


def test_a_silent_muscle_has_no_decrement_and_no_increment():
    silent = lems(human(), zone_survival=0.0)
    study = full_study(silent, rng(), fibres=100)
    assert study.resting_cmap_mV == 0
    assert np.isnan(study.decrement_percent)
    assert np.isnan(study.increment_percent)
    assert np.isnan(study.facilitation_gone_s)
    assert np.isnan(single_fibre_emg(silent, rng(), pairs=3).mean_jitter_us)
    assert np.isnan(grip(silent, rng(), duration_s=2, fibres=20).growth_percent)


def test_one_patients_full_protocol_takes_at_most_150_ms():
    patient = typical_lems(human())
    full_study(patient, rng())
    spent = []
    for seed in range(5):
        start = time.thread_time()
        full_study(patient, rng(seed))
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.150


def test_single_fibre_study_tells_patients_from_healthy_people():
    limits = normal_limits(human(), rng(1))
    healthy = single_fibre_emg(human(), rng(2))
    assert healthy.latency_ms.shape == (50, 20, 2)
    assert not healthy.abnormal(limits)
    for ill in (typical_lems(human()), myasthenia_gravis(human(), 0.5)):
        study = single_fibre_emg(ill, rng(3))
        assert study.abnormal(limits)
        assert study.blocking_percent.mean() > healthy.blocking_percent.mean() + 5
    assert study.mean_jitter_us > healthy.mean_jitter_us


def test_a_grip_in_lambert_eaton_grows_and_a_healthy_one_does_not():
    healthy, ill = grip(human(), rng()), grip(typical_lems(human()), rng())
    assert healthy.growth_percent < 25
    assert ill.growth_percent > 80
    assert ill.force_N.max() < healthy.force_N.max()
    assert healthy.at(5.0) == pytest.approx(np.interp(5.0, healthy.times_s, healthy.force_N))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: low_rate(human(), rate_Hz=-3), "rate of low-rate stimulation is -3, but must be"),
        (lambda: low_rate(human(), rate_Hz=20), "must be between 2 and 5 Hz"),
        (lambda: low_rate(human(), stimuli=3), "number of stimuli is 3"),
        (lambda: low_rate("human"), "junction must be a Junction"),
        (lambda: low_rate(human(), rng=5), "random generator must be a Generator"),
        (lambda: low_rate(human(), rng(), fibres=0), "number of fibres is 0"),
        (lambda: high_rate(human(), rate_Hz=3), "must be between 20 and 50 Hz"),
        (lambda: high_rate(human(), duration_s=-1), "duration of the train is -1"),
        (lambda: full_study(human(), effort_s=0), "duration of the effort is 0"),
        (lambda: full_study(human(), after_s=[10.0, 1.5]), "follow one another without overlap"),
        (lambda: full_study(human(), after_s=[-1.0]), "times after the effort holds -1"),
        (lambda: full_study(human(), burst=0), "stimuli in a burst is 0"),
        (lambda: record(human(), [0.0, 1.0, 0.5], rng()), "goes back in time"),
        (lambda: expected_recording(human(), [1.0, 1.0]), "goes back in time"),
        (lambda: decrement_percent([1, 2, 3]), "at least five stimuli"),
        (lambda: decrement_percent([1, 2, 3, -4, 5]), "CMAP amplitudes holds -4"),
        (lambda: single_fibre_emg(human(), rng(), pairs=0), "number of pairs is 0"),
        (lambda: single_fibre_emg(human(), rng(), rate_Hz=-1), "rate of a slight effort is -1"),
        (lambda: grip(human(), rng(), duration_s=-10), "duration of the effort is -10"),
        (lambda: grip(human(), rng(), duration_s=2).at(3.0), "time is 3, but must be between"),
    ],
)
def test_impossible_protocols_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
