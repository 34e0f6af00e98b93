"""The squid impulse against NEURON and against a tight SciPy solution."""

import math
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lems_helpers.physiology.hodgkin_huxley import (
    HodgkinHuxley,
    hodgkin_huxley,
    stimulus_threshold_uA_cm2,
    voltage_sweep,
)

STIMULI = [(0.0, 1.0, 0.0), (1.0, 1.5, 20.0), (1.5, 10.0, 0.0)]


@pytest.fixture(scope="module")
def trace():
    return hodgkin_huxley()


def _slopes(t, y, stimulus):
    v, m, h, n = y

    def linoid(x):
        return 1.0 + x / 2 if abs(x) < 1e-8 else x / -math.expm1(-x)

    opening_m, opening_n = linoid((v + 40) / 10), 0.1 * linoid((v + 55) / 10)
    opening_h, closing_h = 0.07 * math.exp(-(v + 65) / 20), 1 / (1 + math.exp(-(v + 35) / 10))
    closing_m, closing_n = 4 * math.exp(-(v + 65) / 18), 0.125 * math.exp(-(v + 65) / 80)
    membrane = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.3)
    return [
        stimulus - membrane,
        opening_m * (1 - m) - closing_m * m,
        opening_h * (1 - h) - closing_h * h,
        opening_n * (1 - n) - closing_n * n,
    ]


def test_trace_matches_a_tight_reference_solution(trace):
    y = [-65.0, trace.m[0], trace.h[0], trace.n[0]]
    pieces = []
    for begin, end, stimulus in STIMULI:
        times = np.linspace(begin, end, 1 + round((end - begin) / 0.01))
        solution = solve_ivp(
            _slopes, (begin, end), y, "DOP853", times, args=(stimulus,), rtol=1e-10, atol=1e-10
        )
        y = solution.y[:, -1]
        pieces.append(solution.y[:, :-1] if end < 10 else solution.y)
    v, m, h, n = np.concatenate(pieces, axis=1)
    assert np.abs(trace.voltage_mV - v).max() < 0.1
    for ours, reference in ((trace.m, m), (trace.h, h), (trace.n, n)):
        assert np.abs(ours - reference).max() < 1e-3


def test_error_falls_with_the_square_of_the_step(trace):
    coarse, fine = hodgkin_huxley(dt_ms=0.02), hodgkin_huxley(dt_ms=0.005)
    error_coarse = np.abs(coarse.voltage_mV - fine.voltage_mV[::4]).max()
    error_default = np.abs(trace.voltage_mV - fine.voltage_mV[::2]).max()
    # against the step h/2: (16 - 1) / (4 - 1) = 5 for a second-order method
    assert 4.0 < error_coarse / error_default < 6.0


@pytest.mark.skipif(sys.platform == "win32", reason="NEURON has no wheel for Windows")
def test_spike_agrees_with_neuron(trace):
    neuron = pytest.importorskip("neuron")
    h = neuron.h
    h.load_file("stdrun.hoc")
    patch = h.Section(name="patch")
    patch.L = patch.diam = 10.0
    patch.insert("hh")
    clamp = h.IClamp(patch(0.5))
    clamp.delay, clamp.dur = 1.0, 0.5
    clamp.amp = 20.0 * patch(0.5).area() * 1e-8 * 1e3  # 20 uA/cm2 in nA
    h.celsius = 6.3
    h.cvode_active(1)
    h.cvode.atol(1e-8)
    times, volts = h.Vector().record(h._ref_t), h.Vector().record(patch(0.5)._ref_v)
    h.finitialize(-65.0)
    h.continuerun(10.0)
    t, v = np.array(times), np.array(volts)
    h.cvode_active(0)

    assert trace.peak_mV == pytest.approx(v.max(), abs=0.5)
    assert trace.peak_time_ms == pytest.approx(t[v.argmax()], abs=0.02)
    half = 0.5 * (v[0] + v.max())
    above = np.flatnonzero(v > half)
    i, j = above[0], above[-1]
    begin = np.interp(half, v[i - 1 : i + 1], t[i - 1 : i + 1])
    end = np.interp(-half, -v[j : j + 2], t[j : j + 2])
    assert trace.half_width_ms == pytest.approx(end - begin, abs=0.02)


@pytest.mark.parametrize("count", [3, 60], ids=["one by one", "side by side"])
def test_a_sweep_gives_the_same_traces(count):
    axons = [
        HodgkinHuxley(
            potassium_block=0.01 * i,
            stimulus_start_ms=0.5 + 0.013 * i,
            temperature_C=6.3 + 0.1 * i,
            initial_mV=-40.0 if i % 2 else -55.0,
        )
        for i in range(count)
    ]
    t, volts = voltage_sweep(axons, duration_ms=5.0, keep_every=7)
    assert volts.shape == (count, t.size)
    for i in (0, 1, count - 1):
        alone = hodgkin_huxley(axons[i], duration_ms=5.0)
        assert t == pytest.approx(alone.t_ms[::7])
        assert np.abs(volts[i] - alone.voltage_mV[::7]).max() < 1e-6


def test_blocking_potassium_channels_widens_the_impulse():
    widths = [
        hodgkin_huxley(HodgkinHuxley(potassium_block=b), duration_ms=20.0).half_width_ms
        for b in (0.0, 0.3, 0.6, 0.9)
    ]
    assert np.all(np.diff(widths) > 0.1)


def test_blocking_sodium_channels_abolishes_the_impulse():
    trace = hodgkin_huxley(HodgkinHuxley(sodium_block=1.0))
    assert not trace.fired
    assert math.isnan(trace.half_width_ms)


@pytest.mark.parametrize("block", [0.0, 0.3])
def test_the_threshold_parts_the_stimuli_that_fire_from_those_that_do_not(block):
    threshold = stimulus_threshold_uA_cm2(HodgkinHuxley(sodium_block=block))

    def peak_mV(stimulus):
        axon = HodgkinHuxley(sodium_block=block, stimulus_uA_cm2=stimulus)
        return hodgkin_huxley(axon, duration_ms=20.0).peak_mV

    assert peak_mV(threshold - 0.05) < -20.0
    assert peak_mV(threshold + 0.05) > 20.0


def test_the_threshold_rises_as_sodium_channels_are_blocked_until_none_is_left():
    thresholds = [stimulus_threshold_uA_cm2(HodgkinHuxley(sodium_block=b)) for b in (0.0, 0.3, 0.6)]
    assert np.all(np.diff(thresholds) > 2.0)
    assert math.isnan(stimulus_threshold_uA_cm2(HodgkinHuxley(sodium_block=1.0)))
    assert stimulus_threshold_uA_cm2(HodgkinHuxley(leak_reversal_mV=0.0)) == 0.0


def test_currents_are_conductance_times_driving_force(trace):
    assert trace.sodium_uA_cm2 == pytest.approx(trace.sodium_mS_cm2 * (trace.voltage_mV - 50.0))
    assert trace.sodium_uA_cm2.min() < -500.0
    assert trace.potassium_uA_cm2.max() > 500.0
    capacitive = np.gradient(trace.voltage_mV, trace.t_ms)
    ionic = trace.sodium_uA_cm2 + trace.potassium_uA_cm2 + trace.leak_uA_cm2
    away = np.abs(trace.stimulus_uA_cm2 - np.roll(trace.stimulus_uA_cm2, 2)) == 0
    balance = (trace.stimulus_uA_cm2 - ionic - capacitive)[5:-5][away[5:-5]]
    assert np.abs(balance).max() < 3.0  # of currents near 800 uA/cm2


@pytest.mark.parametrize("start_mV", [-40.0, -55.0])
def test_the_voltages_where_a_rate_is_zero_over_zero_are_harmless(start_mV):
    exact = hodgkin_huxley(HodgkinHuxley(initial_mV=start_mV))
    beside = hodgkin_huxley(HodgkinHuxley(initial_mV=start_mV + 1e-9))
    assert np.isfinite(exact.voltage_mV).all()
    assert np.abs(exact.voltage_mV - beside.voltage_mV).max() < 1e-5


def test_extreme_settings_stay_finite():
    for change in (
        {"stimulus_uA_cm2": 200.0, "stimulus_duration_ms": 100.0},
        {"stimulus_uA_cm2": -200.0, "stimulus_duration_ms": 100.0},
        {"temperature_C": 40.0},
        {"potassium_block": 1.0},
        {"sodium_block": 1.0, "potassium_block": 1.0, "leak_mS_cm2": 0.0},
    ):
        trace = hodgkin_huxley(HodgkinHuxley(**change), duration_ms=30.0, dt_ms=0.05)
        assert np.isfinite(trace.voltage_mV).all()
        for gate in (trace.m, trace.h, trace.n):
            assert gate.min() > -1e-3
            assert gate.max() < 1.0 + 1e-3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"potassium_block": 1.2}, "potassium channel block is 1.2, but must be between 0 and 1"),
        ({"sodium_mS_cm2": math.nan}, "sodium conductance must be a finite number"),
        ({"temperature_C": "cold"}, "temperature must be a number"),
    ],
)
def test_impossible_axons_are_refused_in_plain_words(change, words):
    with pytest.raises(ValueError, match=words):
        HodgkinHuxley(**change)
    with pytest.raises(ValueError, match="time step is 1, but must be between"):
        hodgkin_huxley(dt_ms=1.0)
    with pytest.raises(ValueError, match="at least one axon"):
        voltage_sweep([])
    with pytest.raises(ValueError, match="axon must be a HodgkinHuxley"):
        voltage_sweep(["squid"])
    with pytest.raises(ValueError, match="steps per sample is 0"):
        voltage_sweep([HodgkinHuxley()], keep_every=0)
