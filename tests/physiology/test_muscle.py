"""Muscle: who fires, when, what the electrode sees, how hard it pulls."""

import math
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lems_helpers.physiology.end_plate import HUMAN as END_PLATE
from lems_helpers.physiology.end_plate import EndPlate, epp_amplitude, respond
from lems_helpers.physiology.fibre import (
    crossing_ms,
    fibre_potential,
    firing_latencies,
    pair_jitter,
)
from lems_helpers.physiology.muscle import (
    HUMAN,
    Muscle,
    cmap,
    draw_fibres,
    fires,
    force,
    fraction_firing,
    safety_factor,
    twitch,
)
from lems_helpers.physiology.plasticity import regular_train
from lems_helpers.physiology.quanta import HUMAN as QUANTA
from lems_helpers.physiology.quanta import draw_latencies, draw_sizes

FINE_MS = np.arange(0.0, 30.0, 0.01)


@pytest.fixture
def rng():
    return np.random.default_rng(31)


# --- who fires ----------------------------------------------------------------------------


def test_fibres_have_the_measured_spread(rng):
    fibres = draw_fibres(HUMAN, rng, 40_000)
    assert abs(fibres.threshold_mV.mean() - 10.0) < 3 * 2.0 / 200
    assert fibres.threshold_mV.std() == pytest.approx(2.0, rel=0.02)
    assert abs(fibres.content.mean() - 1.0) < 3 * 0.30 / 200
    assert fibres.content.std() == pytest.approx(0.30, rel=0.03)
    assert np.log(fibres.content).std() == pytest.approx(math.sqrt(math.log(1.09)), rel=0.02)
    assert fibres.threshold_mV.min() >= 1.0


@pytest.mark.parametrize("content", [3.0, 7.5, 10.0, 15.0, 31.0])
@pytest.mark.parametrize("end_plate", [END_PLATE, replace(END_PLATE, quantal_conductance_nS=29.4)])
def test_closed_form_fraction_agrees_with_drawn_fibres(content, end_plate, rng):
    n = 100_000
    fibres = draw_fibres(HUMAN, rng, n)
    drawn = fires(fibres, end_plate, QUANTA, rng, rng.poisson(content * fibres.content))
    p = float(fraction_firing(HUMAN, end_plate, QUANTA, content))
    assert abs(drawn.mean() - p) < 3 * math.sqrt(p * (1 - p) / n) + 1e-4


def test_fraction_is_monotone_and_keeps_shape():
    m = np.linspace(0, 60, 121).reshape(11, 11)
    fraction = fraction_firing(HUMAN, END_PLATE, QUANTA, m)
    assert fraction.shape == (11, 11)
    assert (np.diff(fraction.ravel()) >= -1e-12).all()
    assert fraction[0, 0] < 1e-6
    assert fraction[-1, -1] > 0.9999


def test_fraction_takes_the_extremes():
    scattered = Muscle(content_cv=2.0, threshold_sd_mV=30.0)
    fraction = fraction_firing(scattered, END_PLATE, QUANTA, [0.0, 1e-9, 1e5])
    assert ((fraction >= 0) & (fraction <= 1)).all()


def test_fraction_without_working_receptors_is_zero():
    dead = EndPlate(quantal_conductance_nS=0.0)
    assert fraction_firing(HUMAN, dead, QUANTA, 1000.0) == pytest.approx(0.0, abs=1e-6)


def test_near_threshold_the_muscle_falls_off_a_cliff():
    """Quantal content 10 to 4, a factor of 2.5, costs the muscle a factor of about 12."""
    high, low = fraction_firing(HUMAN, END_PLATE, QUANTA, [10.0, 4.0])
    assert 10 < high / low < 16


def test_safety_factor_is_epp_over_threshold():
    assert safety_factor(HUMAN, END_PLATE, 31.0) == pytest.approx(2.5, abs=0.05)
    seen = safety_factor(HUMAN, END_PLATE, [7.5, 10.46])
    np.testing.assert_allclose(seen, [0.74, 1.0], atol=0.01)


# --- when a fibre fires -------------------------------------------------------------------


def test_crossing_lies_where_the_potential_passes_the_threshold():
    response = respond(END_PLATE, [0.0, 0.0], [31.0, 8.0], trial=[0, 1], trials=2)
    when = crossing_ms(response, 10.0, -80.0)
    assert np.isnan(when[1])
    assert np.interp(when[0], response.times_ms, response.voltage_mV[0]) == pytest.approx(-70.0)
    coarse = respond(END_PLATE, [0.0], 31.0, step_ms=0.02)
    assert crossing_ms(coarse, 10.0, -80.0) == pytest.approx(when[0], abs=2e-3)


def test_latencies_are_late_and_ragged_when_safety_is_low(rng):
    healthy, weak = (
        firing_latencies(END_PLATE, QUANTA, rng, rng.poisson(m, (150, 2)), [10.0, 10.0])
        for m in (31, 14)
    )
    assert 0.3 < np.nanmean(healthy) < 1.5
    assert np.nanmean(weak) > np.nanmean(healthy) + 0.3
    strong, poor = (pair_jitter(x[:, 0], x[:, 1]) for x in (healthy, weak))
    assert strong.blocking_percent == 0
    assert poor.blocking_percent > 10
    assert poor.jitter_us > 2 * strong.jitter_us


def test_early_late_and_silent_fibres_fire_when_the_whole_record_says():
    counts = np.random.default_rng(2).poisson(13, (200, 2))
    latency = firing_latencies(END_PLATE, QUANTA, np.random.default_rng(3), counts, [10.0, 11.0])
    again = np.random.default_rng(3)
    trial = np.repeat(np.arange(400), counts.ravel())
    waits = draw_latencies(QUANTA, again, trial.size)
    sizes = draw_sizes(QUANTA, again, trial.size)
    whole = respond(END_PLATE, waits, sizes, trial=trial, trials=400, step_ms=0.02)
    level = np.tile([10.0, 11.0], 200)
    np.testing.assert_allclose(latency.ravel(), crossing_ms(whole, level, -80.0), rtol=1e-9)
    assert (latency < 2).any()
    assert (latency > 2).any()
    assert np.isnan(latency).any()


def test_blocking_agrees_with_the_closed_form(rng):
    """One fibre at the mean threshold: the full waveform and the closed form block alike."""
    counts = rng.poisson(10.5, (2000, 1))
    missed = np.isnan(firing_latencies(END_PLATE, QUANTA, rng, counts, 10.0)).mean()
    alike = replace(HUMAN, threshold_sd_mV=0.01, content_cv=0.0)
    expected = 1 - float(fraction_firing(alike, END_PLATE, QUANTA, 10.5))
    assert missed == pytest.approx(expected, abs=0.05)


def test_jitter_is_the_mean_consecutive_difference():
    first, second = np.zeros(5), np.array([1.0, 1.03, 1.01, np.nan, 1.05])
    found = pair_jitter(first, second)
    assert found.jitter_us == pytest.approx((30 + 20) / 2)
    assert found.blocking_percent == 20
    assert math.isnan(pair_jitter([np.nan, 1.0], [1.0, 1.0]).jitter_us)


# --- what electrodes see ------------------------------------------------------------------


def test_spike_is_all_or_none():
    peaks = {}
    for quanta in (9, 10, 11, 12, 31, 60):
        response = respond(END_PLATE, [0.0], quanta)
        potential = fibre_potential(HUMAN, END_PLATE, response)
        peaks[quanta] = potential.max()
        if response.voltage_mV.max() < -70:
            np.testing.assert_array_equal(potential, response.voltage_mV)
    assert [peaks[q] > 0 for q in peaks] == [False, False, True, True, True, True]
    assert all(29 < peaks[q] <= 30 for q in (11, 12, 31, 60))


def test_spike_has_the_size_and_width_of_a_muscle_spike():
    response = respond(END_PLATE, [0.0], 31.0)
    potential = fibre_potential(HUMAN, END_PLATE, response)
    assert potential.min() == pytest.approx(-80.0)
    assert potential.max() == pytest.approx(30.0, abs=0.1)
    wide = response.times_ms[potential > -25]
    assert 1.0 < wide[-1] - wide[0] < 3.0
    assert np.abs(np.diff(potential)).max() < 5.0


def test_cmap_has_the_size_and_shape_of_a_hand_muscle():
    wave = cmap(HUMAN, FINE_MS, 1.0)
    top = wave.argmax()
    assert wave.max() == pytest.approx(10.0, rel=1e-4)
    assert FINE_MS[top] == pytest.approx(7.0, abs=0.02)
    start = FINE_MS[np.argmax(wave > 0.5)]
    turn = FINE_MS[top + np.argmax(wave[top:] < 0)]
    assert 2.5 < start < 5.0
    assert 5.0 <= turn - start <= 6.0
    assert wave.min() < -1.0
    assert wave[top:].argmin() > 0
    assert abs(np.trapezoid(wave, FINE_MS)) < 0.01


def test_cmap_follows_the_fraction_that_fired():
    waves = cmap(HUMAN, FINE_MS, [0.0, 0.25, 1.0])
    assert waves.shape == (3, FINE_MS.size)
    np.testing.assert_allclose(waves.max(axis=1), [0.0, 2.5, 10.0], rtol=1e-4)


def test_cmap_summed_over_fibres_agrees_with_the_closed_form(rng):
    fibres = draw_fibres(HUMAN, rng, 3000)
    fired = rng.random((4, 3000)) < np.array([[0.0], [0.23], [0.9], [1.0]])
    waves = cmap(HUMAN, FINE_MS, fired, fibres.arrival_ms)
    mean = cmap(HUMAN, FINE_MS, fired.mean(axis=1))
    assert np.abs(waves - mean).max() < 0.35


def test_sharing_arrivals_on_a_grid_does_not_blur_the_sum(rng):
    sharp = replace(HUMAN, dispersion_ms=0.0)
    arrival = rng.normal(0.0, 0.9, 50)
    ours = cmap(sharp, FINE_MS, np.ones(50, dtype=bool), arrival)
    direct = np.mean([cmap(sharp, FINE_MS - a, 1.0) for a in arrival], axis=0)
    assert np.abs(ours - direct).max() < 0.001 * direct.max()


# --- force --------------------------------------------------------------------------------


def test_twitch_peaks_at_its_contraction_time():
    t = np.linspace(-0.1, 0.6, 7001)
    pull = twitch(HUMAN, t)
    assert pull.max() == pytest.approx(8.0, rel=1e-6)
    assert t[pull.argmax()] == pytest.approx(0.060, abs=2e-4)
    assert (pull[t < 0] == 0).all()


def test_force_of_one_impulse_is_a_twitch():
    t = np.linspace(-0.2, 1.0, 50)
    np.testing.assert_allclose(force(HUMAN, [0.1], [0.5], t), 0.5 * twitch(HUMAN, t - 0.1))


def test_force_is_the_sum_of_twitches_while_they_are_slow():
    impulses, t = np.array([0.0, 0.4, 0.9]), np.linspace(0, 2, 301)
    plain = sum(w * twitch(HUMAN, t - s) for w, s in zip([0.2, 0.5, 1.0], impulses, strict=True))
    np.testing.assert_allclose(force(HUMAN, impulses, [0.2, 0.5, 1.0], t), plain, atol=1e-12)


def steady_N(rate_Hz):
    t = np.linspace(2.0, 3.0, 1000, endpoint=False)
    return force(HUMAN, regular_train(rate_Hz, 3 * rate_Hz), np.ones(3 * rate_Hz), t).mean()


def test_force_grows_with_rate_and_saturates():
    forces = {rate: steady_N(rate) for rate in (5, 8, 12, 20, 30, 50, 100)}
    values = list(forces.values())
    assert all(b > 0.98 * a for a, b in pairwise(values))
    assert 8 < forces[100] / HUMAN.twitch_force_N < 10
    assert forces[12] == pytest.approx(0.5 * forces[100], rel=0.15)
    assert forces[30] > 0.95 * forces[100]


def test_fibres_that_miss_turns_twitch_more_each():
    """Half the fibres firing at every other impulse: each is less crowded than at full rate."""
    impulses, t = regular_train(40, 120), np.linspace(2.0, 2.9, 500)
    turns = np.arange(120)[:, None] % 2 == np.arange(2)
    alternating = force(HUMAN, impulses, turns, t).mean()
    assert alternating == pytest.approx(steady_N(20), rel=0.02)
    everyone = np.ones((120, 4), dtype=bool)
    np.testing.assert_allclose(
        force(HUMAN, impulses, everyone, t), force(HUMAN, impulses, np.ones(120), t)
    )
    assert force(HUMAN, impulses, ~everyone, t).max() == 0


def test_grip_grows_when_more_fibres_join_in():
    impulses = regular_train(40, 400)
    weak, late = force(HUMAN, impulses, np.linspace(0.2, 0.7, 400), [1.0, 9.5])
    assert late > 2.5 * weak


def test_what_a_protocol_needs_is_quick(rng):
    fibres = draw_fibres(HUMAN, rng, 3000)
    released = rng.poisson(7.5, (28, 3000))
    spent = []
    for _ in range(5):
        start = time.thread_time()
        fired = fires(fibres, END_PLATE, QUANTA, rng, released)
        cmap(HUMAN, FINE_MS[::10], fired, fibres.arrival_ms)
        fraction = fraction_firing(HUMAN, END_PLATE, QUANTA, np.linspace(5, 20, 400))
        force(HUMAN, regular_train(40, 400), fraction, np.linspace(0, 11, 1000))
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.1


def test_safety_and_fraction_agree_with_the_epp():
    assert epp_amplitude(END_PLATE, 31.0) / 10.0 == safety_factor(HUMAN, END_PLATE, 31.0)


# --- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Muscle(threshold_mV=-1), "mean threshold of the fibres is -1"),
        (lambda: Muscle(content_cv=float("nan")), "must be a finite number"),
        (lambda: Muscle(twitch_force_N="8"), "force of a twitch must be a number"),
        (lambda: draw_fibres(HUMAN, np.random.default_rng(1), 0), "number of fibres is 0"),
        (lambda: draw_fibres(HUMAN, 3), "random generator must be a Generator"),
        (lambda: fraction_firing(HUMAN, END_PLATE, QUANTA, -2), "quantal content holds -2"),
        (lambda: safety_factor("leg", END_PLATE, 2), "muscle must be a Muscle, not 'leg'"),
        (lambda: cmap(HUMAN, [0.0, 1.0], 1.4), "fraction of fibres firing holds 1.4"),
        (lambda: cmap(HUMAN, [0.0, 1.0], [0.2, 1.0], [0.0, 0.1]), "yes/no for every fibre"),
        (lambda: cmap(HUMAN, [[0.0]], 1.0), "one row"),
        (lambda: force(HUMAN, [0.1, 0.0], [1.0, 1.0], [0.5]), "must rise"),
        (lambda: force(HUMAN, [], [], [0.5]), "impulse times is empty"),
        (lambda: force(HUMAN, [0.0, 0.1], [1.0], [0.5]), "one fraction, or one row of fibres"),
        (lambda: force(HUMAN, [0.0], [-1.0], [0.5]), "fraction of fibres firing holds -1"),
        (lambda: pair_jitter([1.0], [1.0]), "two or more impulses"),
        (lambda: pair_jitter([1.0, 2.0], [1.0]), "same two or more"),
        (
            lambda: crossing_ms(respond(END_PLATE, [0.0]), -3.0, -80.0),
            "threshold holds -3",
        ),
        (
            lambda: firing_latencies(END_PLATE, QUANTA, np.random.default_rng(1), [[1.5]], [10.0]),
            "whole numbers",
        ),
        (
            lambda: firing_latencies(END_PLATE, QUANTA, np.random.default_rng(1), [3, 4], 10.0),
            "impulses by fibres",
        ),
        (
            lambda: fires(
                draw_fibres(HUMAN, np.random.default_rng(1), 4),
                END_PLATE,
                QUANTA,
                np.random.default_rng(1),
                [3, 4, 5],
            ),
            "4 fibres on the last axis",
        ),
    ],
)
def test_impossible_numbers_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
