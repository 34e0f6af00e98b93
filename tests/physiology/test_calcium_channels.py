"""Gating, current and single-channel sampling against the master equation."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lems_helpers.physiology.calcium_channels import (
    LI2007,
    PITTSBURGH,
    CalciumChannels,
    ever_open_probability,
    ions_per_opening_channel,
    open_probability,
    sample_openings,
    single_channel_current_pA,
    state_occupancy,
    steady_state,
)
from lems_helpers.physiology.gating import Rate
from lems_helpers.physiology.impulse import Impulse

SCHEMES = pytest.mark.parametrize("scheme", [PITTSBURGH, LI2007], ids=lambda s: s.name)


def test_rates_of_the_pittsburgh_scheme_are_the_published_formulas():
    v = 10.0
    alpha = 0.06 * math.exp((v + 24) / 14.5)
    beta = 1.7 / (math.exp((v + 34) / 16.9) + 1)
    rates = PITTSBURGH.rates_per_ms(v)
    assert np.diagonal(rates, 1) == pytest.approx([7 * alpha, 6 * alpha, 5 * alpha])
    assert np.diagonal(rates, -1) == pytest.approx([beta, 2 * beta, 3 * beta])
    assert rates.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)


def test_rates_of_the_hippocampal_scheme_are_the_published_formulas():
    v = -20.0
    rates = LI2007.rates_per_ms(v)
    forward = [5.89, 9.21, 5.20, 1823.18], [62.61, 33.92, 135.08, 20.86]
    backward = [14.99, 6.63, 132.80, 248.58]
    for k in range(4):
        assert rates[k, k + 1] == pytest.approx(forward[0][k] * math.exp(v / forward[1][k]))
        assert rates[k + 1, k] == pytest.approx(backward[k] * math.exp(-v / forward[1][k]))
    assert (rates[4, 5], rates[5, 4]) == pytest.approx((247.71, 8.28))


@SCHEMES
def test_steady_state_balances_every_transition(scheme):
    for v in (-90.0, -20.0, 40.0):
        p, rates = steady_state(scheme, v), scheme.rates_per_ms(v)
        assert p.sum() == pytest.approx(1.0)
        for k in range(len(p) - 1):  # a chain without loops is in detailed balance
            assert p[k] * rates[k, k + 1] == pytest.approx(p[k + 1] * rates[k + 1, k], rel=1e-6)


def test_channels_open_in_about_a_fifth_of_impulses():
    assert 0.16 < ever_open_probability(PITTSBURGH, Impulse()) < 0.20
    assert 0.16 < ever_open_probability(LI2007, Impulse()) < 0.20


def test_an_opening_channel_passes_about_260_ions():
    assert ions_per_opening_channel() == pytest.approx(260, rel=0.05)
    assert ions_per_opening_channel(calcium_mM=1.0) == pytest.approx(
        0.5 * ions_per_opening_channel()
    )


@SCHEMES
def test_open_probability_converges_in_its_step(scheme):
    impulse = Impulse()
    sparse = open_probability(scheme, impulse, [0.6, 0.8, 1.0, 2.0])
    dense_t = np.linspace(0.15, 2.0, 7401)  # 0.25 us
    dense = np.interp([0.6, 0.8, 1.0, 2.0], dense_t, open_probability(scheme, impulse, dense_t))
    assert sparse == pytest.approx(dense, rel=2e-3)
    assert isinstance(open_probability(scheme, impulse, 0.8), float)


def test_state_occupancy_matches_an_independent_solution():
    from scipy.integrate import solve_ivp

    impulse = Impulse()
    t = np.array([0.5, 0.6, 0.7, 0.9, 1.5])
    solution = solve_ivp(
        lambda s, p: p @ PITTSBURGH.rates_per_ms(impulse.voltage_mV(s)),
        (0.15, 1.5),
        steady_state(PITTSBURGH, -70.0),
        t_eval=t,
        rtol=1e-9,
        atol=1e-12,
    )
    assert state_occupancy(PITTSBURGH, impulse, t) == pytest.approx(solution.y.T, abs=2e-5)


def test_current_is_inward_and_follows_calcium_and_voltage():
    assert single_channel_current_pA(0.0) == pytest.approx(-0.144)
    assert single_channel_current_pA(60.0) == 0.0
    assert single_channel_current_pA([-70.0, 0.0], 1.0) == pytest.approx([-0.156, -0.072])
    assert single_channel_current_pA(0.0, 0.0) == 0.0
    assert single_channel_current_pA(0.0, 20.0) == pytest.approx(-0.144 * 20.0 / 11.0)
    either_side = [single_channel_current_pA(0.0, c) for c in (2.0 - 1e-9, 2.0 + 1e-9)]
    assert either_side[0] == pytest.approx(either_side[1])


def test_magnesium_competes_with_calcium():
    usual, high = (single_channel_current_pA(0.0, magnesium_mM=m) for m in (1.0, 10.0))
    # One site, 1.1 mM for calcium and 3.0 mM for magnesium.
    assert high / usual == pytest.approx((1 + 2 / 1.1 + 1 / 3) / (1 + 2 / 1.1 + 10 / 3))
    none = single_channel_current_pA(0.0, magnesium_mM=0.0)
    assert none < usual < high  # inward is negative


def test_current_peaks_after_the_impulse():
    impulse = Impulse()
    t = np.linspace(0.3, 2.0, 1701)
    voltage = impulse.voltage_mV(t)
    current = -single_channel_current_pA(voltage) * open_probability(PITTSBURGH, impulse, t)
    assert t[current.argmax()] > t[voltage.argmax()] + 0.1


@SCHEMES
def test_sampled_open_time_matches_the_master_equation(scheme):
    impulse = Impulse()
    n = 20_000
    openings = sample_openings(scheme, impulse, n, seed=2)
    t = np.linspace(openings.start_ms, openings.stop_ms, 20_001)
    p = open_probability(scheme, impulse, t)
    open_time = openings.open_time_ms
    z = (open_time.mean() - np.trapezoid(p, t)) / (open_time.std() / math.sqrt(n))
    assert abs(z) < 3.0
    ever = ever_open_probability(scheme, impulse)
    z = ((open_time > 0).mean() - ever) / math.sqrt(ever * (1.0 - ever) / n)
    assert abs(z) < 3.0
    at = np.array([0.6, 0.75, 1.0])
    expected = n * open_probability(scheme, impulse, at)
    assert np.all(np.abs(openings.open_count(at) - expected) < 3.0 * np.sqrt(expected))


def test_sampled_events_do_not_depend_on_the_table_step(monkeypatch):
    from lems_helpers.physiology import calcium_channels

    impulse = Impulse()
    default = sample_openings(PITTSBURGH, impulse, 4000, seed=5)
    begin, end = impulse.window_ms
    fine = np.arange(begin, end + calcium_channels.TAIL_MS, 0.001)
    monkeypatch.setattr(calcium_channels, "_impulse_grid", lambda _: fine)
    calcium_channels._hazard_table.cache_clear()
    finer = sample_openings(PITTSBURGH, impulse, 4000, seed=5)
    calcium_channels._hazard_table.cache_clear()
    # the same draws give the same channels the same openings, to a fraction of a microsecond
    same = np.abs(default.open_time_ms - finer.open_time_ms) < 1e-3
    assert same.mean() > 0.99
    assert default.open_time_ms.mean() == pytest.approx(finer.open_time_ms.mean(), rel=0.01)


def test_openings_are_orderly_and_repeat_with_the_seed():
    a, b = (sample_openings(PITTSBURGH, Impulse(), 500, seed=7) for _ in range(2))
    assert np.array_equal(a.open_ms, b.open_ms)
    assert np.all(a.close_ms > a.open_ms)
    assert np.all(np.diff(a.channel) >= 0)
    again = np.diff(a.channel) == 0
    assert np.all(a.open_ms[1:][again] > a.close_ms[:-1][again])
    assert a.open_count([a.start_ms, a.stop_ms]).tolist() == [0, 0]
    generator = np.random.default_rng(1)
    first = sample_openings(PITTSBURGH, Impulse(), 500, seed=generator)
    second = sample_openings(PITTSBURGH, Impulse(), 500, seed=generator)
    assert not np.array_equal(first.open_ms, second.open_ms)


def test_the_same_channels_stay_lucky_when_the_impulse_moves_a_little():
    a = sample_openings(PITTSBURGH, Impulse(), 3200, seed=3).open_time_ms
    b = sample_openings(PITTSBURGH, Impulse(peak_mV=31.2), 3200, seed=3).open_time_ms
    assert np.mean((a > 0) == (b > 0)) > 0.99


def test_a_slowed_channel_leaves_the_open_state_five_times_more_slowly():
    (_, part), (slow, slowed) = CalciumChannels(slowed_fraction=0.3).kinds
    assert (part, slowed) == (0.7, 0.3)
    usual = PITTSBURGH.rates_per_ms(0.0)[PITTSBURGH.open_state]
    assert slow.rates_per_ms(0.0)[slow.open_state] == pytest.approx(usual / 5.0)


def test_slowed_channels_close_later_and_pass_more():
    slow = PITTSBURGH.slowed(5.0)
    t = np.linspace(0.5, 4.0, 701)
    usual, slowed = (open_probability(s, Impulse(), t) for s in (PITTSBURGH, slow))
    assert np.trapezoid(slowed, t) > 2.0 * np.trapezoid(usual, t)
    assert ever_open_probability(slow, Impulse()) == pytest.approx(
        ever_open_probability(PITTSBURGH, Impulse()), rel=1e-3
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: single_channel_current_pA(0.0, -1.0), "external calcium is -1, but must be"),
        (lambda: single_channel_current_pA(math.nan), "membrane potential holds nan"),
        (lambda: single_channel_current_pA("low"), "membrane potential must hold numbers"),
        (lambda: sample_openings(PITTSBURGH, Impulse(), 0, 1), "number of channels is 0"),
        (lambda: sample_openings(PITTSBURGH, Impulse(), 2.5, 1), "must be a whole number"),
        (lambda: sample_openings(PITTSBURGH, Impulse(), 5, -1), "seed is -1"),
        (lambda: sample_openings("P/Q", Impulse(), 5, 1), "gating scheme must be a GatingScheme"),
        (lambda: open_probability(PITTSBURGH, Impulse(), []), "time is empty"),
        (lambda: CalciumChannels(conductance_pS=-1.0), "channel conductance is -1"),
        (lambda: replace(CalciumChannels(), scheme="P/Q"), "gating scheme must be"),
        (lambda: Rate(1.0, shape="cubic"), "rate shape must be one of exponential, sigmoid"),
        (lambda: Rate(1.0, slope_mV=0.0), "slope of the rate is 0 mV"),
        (lambda: PITTSBURGH.slowed(0.5), "slowing of channel closing is 0.5"),
    ],
)
def test_impossible_inputs_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
