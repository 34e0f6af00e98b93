"""The end-plate: miniatures, potentials, nonlinear summation, and the receptors behind them."""

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lems_helpers.physiology.end_plate import (
    HUMAN,
    EndPlate,
    _affine_scan,
    _charge,
    epp_amplitude,
    mepp_amplitude,
    quanta_needed,
    respond,
)
from lems_helpers.physiology.quanta import MOUSE, draw_latencies
from lems_helpers.physiology.receptor import (
    Receptor,
    draw_openings,
    mean_course,
    open_pores,
    receptors_of_a_quantum,
)

PUBLISHED_EPP_MV = {6: 6.1, 10: 9.8, 20: 17.9, 31: 25.1, 60: 39.0}


def peak_mV(end_plate, quanta, **options):
    return respond(end_plate, [0.0], quanta, **options).voltage_mV.max() - end_plate.muscle_rest_mV


# --- potentials ---------------------------------------------------------------------------


def test_miniature_is_about_one_mV():
    assert mepp_amplitude(HUMAN) == pytest.approx(1.07, rel=0.01)
    assert mepp_amplitude(HUMAN) == pytest.approx(peak_mV(HUMAN, 1.0), rel=1e-4)


@pytest.mark.parametrize(("quanta", "epp"), PUBLISHED_EPP_MV.items())
def test_epp_of_the_compartment(quanta, epp):
    assert peak_mV(HUMAN, quanta) == pytest.approx(epp, rel=0.01)


@pytest.mark.parametrize(("quanta", "epp"), PUBLISHED_EPP_MV.items())
def test_closed_form_agrees_with_the_compartment(quanta, epp):
    assert epp_amplitude(HUMAN, quanta) == pytest.approx(epp, rel=0.025)
    assert epp_amplitude(HUMAN, quanta) == pytest.approx(peak_mV(HUMAN, quanta), rel=0.015)


def test_closed_form_and_its_inverse():
    m = np.array([[0.0, 1.0], [10.4, 60.0]])
    np.testing.assert_allclose(quanta_needed(HUMAN, epp_amplitude(HUMAN, m)), m, rtol=1e-12)
    assert quanta_needed(HUMAN, 10.0) == pytest.approx(10.46, abs=0.02)
    assert np.isinf(quanta_needed(HUMAN, 100.0))
    assert np.isinf(quanta_needed(EndPlate(quantal_conductance_nS=0), 5.0))
    assert epp_amplitude(EndPlate(quantal_conductance_nS=0), 5.0) == 0


def test_fewer_receptors_shrink_the_miniature_in_proportion():
    assert mepp_amplitude(replace(HUMAN, quantal_conductance_nS=49 * 0.6)) == pytest.approx(
        0.6 * mepp_amplitude(HUMAN), rel=0.01
    )


def test_waveform_agrees_with_a_differential_equation_solver():
    """Quanta off the grid, both with the decay at rest and with the decay at each voltage."""
    arrivals, sizes = np.array([0.2137, 0.5, 0.5063, 1.9]), np.array([8.0, 5.0, 1.1, 6.0])
    tau = 3.2
    peak = np.log(tau / 0.2) * tau * 0.2 / (tau - 0.2)
    scale = 49.0 / (np.exp(-peak / tau) - np.exp(-peak / 0.2))

    def reference(follow):
        def slope(_, y):
            slow, fast, v = y
            decay = tau * np.exp((-80 - v) / 100) if follow else tau
            return [-slow / decay, -fast / 0.2, (-(v + 80) - 5e-4 * scale * (slow - fast) * v) / 2]

        y, start, times, volts = np.array([0.0, 0.0, -80.0]), 0.0, [], []
        for stop, size in zip([*arrivals, 20.0], [*sizes, 0.0], strict=True):
            run = solve_ivp(
                slope, (start, stop), y, "DOP853", rtol=1e-10, atol=1e-12, dense_output=True
            )
            here = np.linspace(start, stop, 200)
            times.append(here)
            volts.append(run.sol(here)[2])
            y, start = run.y[:, -1] + np.array([size, size, 0.0]), stop
        return np.concatenate(times), np.concatenate(volts)

    for follow in (False, True):
        times, volts = reference(follow)
        ours = respond(HUMAN, arrivals, sizes, follow_voltage=follow, duration_ms=20)
        gap = np.interp(times, ours.times_ms, ours.voltage_mV) - volts
        assert np.abs(gap).max() < 0.01


def test_decay_follows_the_voltage():
    assert HUMAN.decay_ms(-80.0) == pytest.approx(3.2)
    assert HUMAN.decay_ms(20.0) == pytest.approx(3.2 / np.e)
    for clamp in (-80.0, -40.0, 20.0):
        record = respond(HUMAN, [0.0], 10.0, clamp_mV=clamp, duration_ms=25)
        late = record.times_ms > 3
        slope = np.polyfit(record.times_ms[late], np.log(np.abs(record.current_nA[late])), 1)[0]
        assert -1 / slope == pytest.approx(HUMAN.decay_ms(clamp), rel=1e-3)
        assert np.sign(record.current_nA[1:].mean()) == np.sign(clamp)


def test_endplate_current_has_plausible_size():
    record = respond(HUMAN, [0.0], clamp_mV=-80.0)
    assert record.conductance_nS.max() == pytest.approx(49.0, rel=1e-3)
    assert record.current_nA.min() == pytest.approx(-3.92, rel=1e-3)
    assert set(record.voltage_mV) == {-80.0}


def test_scattered_release_lowers_the_peak_a_little():
    rng = np.random.default_rng(2)
    scattered = respond(HUMAN, draw_latencies(MOUSE, rng, 3100), 0.01).voltage_mV.max() + 80
    assert 0.97 < scattered / peak_mV(HUMAN, 31) < 1.0


def test_trials_side_by_side_equal_trials_one_by_one():
    rng = np.random.default_rng(4)
    arrivals, sizes, trial = rng.uniform(0, 2, 40), rng.uniform(0.5, 1.5, 40), np.arange(40) % 3
    together = respond(HUMAN, arrivals, sizes, trial=trial, trials=4)
    assert together.voltage_mV.shape == (4, 3001)
    for j in range(3):
        alone = respond(HUMAN, arrivals[trial == j], sizes[trial == j])
        np.testing.assert_allclose(together.voltage_mV[j], alone.voltage_mV, atol=1e-9)
    np.testing.assert_allclose(together.voltage_mV[3], -80.0)


def test_no_quantum_no_potential_and_late_quanta_fall_outside():
    np.testing.assert_array_equal(respond(HUMAN, []).voltage_mV, -80.0)
    np.testing.assert_array_equal(respond(HUMAN, [31.0]).voltage_mV, -80.0)


def test_esterase_inhibition_prolongs_more_than_it_enlarges():
    half = replace(HUMAN, esterase_inhibition=0.5)
    assert half.decay_ms(-80.0) == pytest.approx(3.2 * 1.25)
    assert half.peak_conductance_nS == pytest.approx(49 * 1.075)
    assert 1.075 < mepp_amplitude(half) / mepp_amplitude(HUMAN) < 1.25
    clamped = respond(half, [0.0], clamp_mV=-80.0)
    assert clamped.conductance_nS.max() == pytest.approx(49 * 1.075, rel=1e-3)


def test_scan_equals_the_plain_loop():
    rng = np.random.default_rng(5)
    for n in (1, 2, 10, 257):
        kept, push = rng.uniform(0.5, 1.0, (3, n)), rng.normal(size=(3, n))
        y, plain = np.zeros(3), []
        for i in range(n):
            y = kept[:, i] * y + push[:, i]
            plain.append(y)
        np.testing.assert_allclose(_affine_scan(kept, push), np.transpose(plain), rtol=1e-12)


def test_a_potential_is_quick():
    arrivals = np.random.default_rng(1).gamma(4, 0.125, 200)
    times = []
    for _ in range(9):
        start = time.thread_time()
        respond(HUMAN, arrivals)
        times.append(time.thread_time() - start)
    assert min(times) < 0.02


# --- receptors ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course():
    return mean_course(Receptor())


def test_receptor_course_agrees_with_a_solver(course):
    r = Receptor()

    def slope(t, y):
        c = 0.1 * 500 * np.exp(-t / 0.15)
        a, b, d = 2 * c * y[0] - 8.15 * y[1], c * y[1] - 16.3 * y[2], 30.6 * y[2] - 0.714 * y[3]
        return [-a, a - b, b - d, d]

    run = solve_ivp(
        slope, (0, 20), [1, 0, 0, 0], "LSODA", t_eval=course.times_ms, rtol=1e-9, atol=1e-12
    )
    assert np.abs(run.y[3] - course.open_probability).max() < 1e-3
    np.testing.assert_allclose(course.states.sum(axis=1), 1.0, atol=1e-9)
    assert course.states.min() >= 0
    assert course.acetylcholine_uM[0] == r.ach_peak_uM


def test_current_fades_as_fast_as_bursts_end(course):
    r = Receptor()
    late = (course.times_ms > 3) & (course.times_ms < 15)
    slope = np.polyfit(course.times_ms[late], np.log(course.open_probability[late]), 1)[0]
    assert -1 / slope == pytest.approx(r.decay_ms, rel=1e-4)
    assert r.burst_ms == pytest.approx(r.decay_ms, rel=0.01)
    assert r.openings_per_burst == pytest.approx(1 + 30.6 / 16.3)
    # The published human decay is of the same order; the rates are a cooler frog's.
    assert 0.7 < HUMAN.conductance_decay_ms / r.burst_ms < 1.0


def test_receptor_kernel_makes_the_same_miniature_as_two_exponentials(course):
    """With the same decay and the same peak conductance the two descriptions agree."""
    r = Receptor()
    kernel = 49.0 * course.open_probability / course.open_probability.max()
    from_receptors = _charge(HUMAN, kernel[None, :], 0.01)[0].max() + 80
    two = mepp_amplitude(replace(HUMAN, conductance_decay_ms=r.decay_ms, conductance_rise_ms=0.1))
    assert from_receptors == pytest.approx(two, rel=0.03)
    assert from_receptors == pytest.approx(mepp_amplitude(HUMAN), rel=0.12)


def test_single_receptors_add_up_to_the_mean(course):
    n = 20_000
    o = draw_openings(Receptor(), np.random.default_rng(1), n)
    for t in (0.1, 0.3, 1.0, 3.0, 8.0, 15.0):
        p = course.open_probability[round(t / 0.01)]
        seen = ((o.start_ms <= t) & (o.end_ms > t)).sum()
        assert abs(seen - n * p) < 3 * np.sqrt(n * p * (1 - p))
    lasting = (o.end_ms - o.start_ms)[o.end_ms < 20]
    early = lasting[(o.start_ms < 5)[o.end_ms < 20]]
    assert early.mean() == pytest.approx(1 / 0.714, rel=0.02)


def test_single_receptors_keep_their_seed_and_order():
    first = draw_openings(Receptor(), np.random.default_rng(7), 12)
    again = draw_openings(Receptor(), np.random.default_rng(7), 12)
    np.testing.assert_array_equal(first.start_ms, again.start_ms)
    for j in range(12):
        start, end = first.start_ms[first.receptor == j], first.end_ms[first.receptor == j]
        assert (start[1:] >= end[:-1]).all()
        assert (end > start).all()


def test_open_pores_are_counted_as_one_would_by_hand():
    o = draw_openings(Receptor(), np.random.default_rng(3), 200)
    times = np.array([[0.0, 0.2], [1.0, 6.0]])
    by_hand = [((o.start_ms <= t) & (o.end_ms > t)).sum() for t in times.ravel()]
    np.testing.assert_array_equal(open_pores(o, times).ravel(), by_hand)
    assert open_pores(o, 0.0) == 0


def test_one_quantum_reaches_more_than_a_thousand_receptors(course):
    """With that many receptors the peak conductance is again that of a quantum."""
    n = receptors_of_a_quantum(Receptor(), 49.0)
    assert n == pytest.approx(1379, rel=0.01)
    assert n * 0.04 * course.open_probability.max() == pytest.approx(49.0, rel=1e-6)
    assert receptors_of_a_quantum(Receptor(pore_conductance_pS=80.0), 49.0) == pytest.approx(n / 2)


def test_without_transmitter_no_receptor_opens():
    quiet = Receptor(ach_peak_uM=0.0)
    assert mean_course(quiet).open_probability.max() == 0
    assert draw_openings(quiet, np.random.default_rng(1), 50).receptor.size == 0
    stuck = Receptor(pore_opening_per_ms=0.0)
    assert draw_openings(stuck, np.random.default_rng(1), 50).receptor.size == 0


# --- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: EndPlate(quantal_conductance_nS=-1), "conductance of one quantum is -1"),
        (lambda: EndPlate(esterase_inhibition=1.2), "esterase is 1.2, but must be between 0 and"),
        (lambda: EndPlate(conductance_rise_ms=4.0), "decay more slowly than it rises"),
        (lambda: EndPlate(muscle_rest_mV=float("inf")), "must be a finite number"),
        (lambda: respond(HUMAN, [-0.5]), "arrival times of quanta holds -0.5"),
        (lambda: respond(HUMAN, [0.5], -2.0), "sizes of quanta holds -2"),
        (lambda: respond(HUMAN, [0.5], trial=[3], trials=2), "trial of each quantum holds 3"),
        (lambda: respond(HUMAN, [0.5], trial=[0.5], trials=2), "must hold whole numbers"),
        (lambda: respond(HUMAN, [0.5], trial=[0]), "number of trials must be a number"),
        (lambda: respond(HUMAN, [0.5], clamp_mV="low"), "holding potential must be a number"),
        (lambda: respond(HUMAN, [0.5], clamp_mV=200), "At 200 mV the conductance would decay"),
        (lambda: respond(HUMAN, [0.5], step_ms=0.0), "time step is 0"),
        (lambda: respond("plate", [0.5]), "end-plate must be an EndPlate, not 'plate'"),
        (lambda: epp_amplitude(HUMAN, -3), "number of quanta holds -3"),
        (lambda: quanta_needed(HUMAN, -3), "end-plate potential holds -3"),
        (lambda: Receptor(pore_opening_per_ms=-1), "opening rate is -1"),
        (lambda: open_pores("pores", 1.0), "openings must be an Openings"),
        (lambda: receptors_of_a_quantum(Receptor(), -1), "conductance of one quantum is -1"),
        (lambda: receptors_of_a_quantum(Receptor(ach_peak_uM=0), 49), "never open"),
        (lambda: mean_course(Receptor(), 0), "duration is 0"),
        (lambda: draw_openings(Receptor(), np.random.default_rng(1), 0), "receptors is 0"),
    ],
)
def test_impossible_numbers_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
