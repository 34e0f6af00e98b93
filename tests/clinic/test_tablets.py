"""3,4-DAP by mouth: peak, half-life, and a solver that knows nothing of the closed form."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import lambertw

from lems_helpers.clinic.tablets import Tablet, TabletKinetics, tablet_concentration_uM

HOURS = np.linspace(0, 24, 24_001)


def test_one_dose_of_20_mg_peaks_at_1_uM_after_1_hour():
    concentration = tablet_concentration_uM(HOURS, [Tablet(0, 20)])
    assert HOURS[concentration.argmax()] == pytest.approx(1.0, abs=0.002)
    assert concentration.max() == pytest.approx(1.0, rel=1e-6)


def test_it_halves_every_2_3_hours_once_absorbed():
    late = tablet_concentration_uM([10, 12.3, 14.6], [Tablet(0, 20)])
    np.testing.assert_allclose(late[1:] / late[:-1], 0.5, rtol=1e-6)


@pytest.mark.parametrize(
    "kinetics",
    [TabletKinetics(), TabletKinetics(0.5, 1.0), TabletKinetics(2.0, 1.5), TabletKinetics(0.05, 9)],
)
def test_absorption_puts_the_peak_where_it_is_wanted(kinetics):
    x = kinetics.elimination_per_h * kinetics.peak_h
    other_root = -lambertw(-x * math.exp(-x), -1).real
    assert kinetics.absorption_per_h * kinetics.peak_h == pytest.approx(other_root, rel=1e-9)
    assert kinetics.absorption_per_h > kinetics.elimination_per_h


def test_agrees_with_a_general_solver_over_a_day_of_doses():
    kinetics = TabletKinetics()
    tablets = [Tablet(8, 10), Tablet(12, 15), Tablet(12, 5), Tablet(18.5, 20)]
    fast, slow = kinetics.absorption_per_h, kinetics.elimination_per_h
    # Drug in the blood per dose, in doses, peaks at exp(-slow·peak): from its slope being zero.
    per_mg = 1.0 / 20 / math.exp(-slow * kinetics.peak_h)
    state, now = np.zeros(2), 0.0
    asked = np.array([8.0, 9.0, 11.99, 12.5, 13.0, 18.0, 19.5, 24.0, 30.0])
    found = []
    stops = sorted({*asked, *(tablet.hour for tablet in tablets)})
    for stop in stops:
        if stop > now:
            run = solve_ivp(
                lambda _, y: [-fast * y[0], fast * y[0] - slow * y[1]],
                (now, stop),
                state,
                method="DOP853",
                rtol=1e-11,
                atol=1e-14,
            )
            state, now = run.y[:, -1].copy(), stop
        if stop in asked:
            found.append(state[1] * per_mg)
        state[0] += sum(tablet.mg for tablet in tablets if tablet.hour == stop)
    np.testing.assert_allclose(tablet_concentration_uM(asked, tablets), found, atol=1e-9)


def test_the_area_under_the_curve_is_in_proportion_to_the_dose_and_the_half_life():
    hours = np.linspace(0, 60, 60_001)
    kinetics = TabletKinetics()
    area = np.trapezoid(tablet_concentration_uM(hours, [Tablet(0, 20)]), hours)
    # All that enters leaves at the elimination rate; one dose undiluted is exp(slow·peak) µM.
    slow = kinetics.elimination_per_h
    assert area == pytest.approx(math.exp(slow * kinetics.peak_h) / slow, rel=1e-5)
    half = np.trapezoid(tablet_concentration_uM(hours, [Tablet(0, 10)]), hours)
    assert half == pytest.approx(area / 2)


def test_doses_add_up_and_nothing_is_there_before_the_first():
    hours = np.linspace(0, 30, 61)
    first, second = Tablet(8, 10), Tablet(11, 15)
    both = tablet_concentration_uM(hours, [second, first])
    alone = [tablet_concentration_uM(hours, [one]) for one in (first, second)]
    np.testing.assert_allclose(both, alone[0] + alone[1], rtol=1e-12)
    assert np.all(both[hours <= 8] == 0)
    assert np.all(both[hours > 8] > 0)


def test_a_day_of_doses_comes_and_goes():
    day = tablet_concentration_uM(HOURS, [Tablet(hour, 10) for hour in (8, 12, 16, 20)])
    # The second dose meets what is left of the first.
    peaks = [day[hour * 1000 : (hour + 4) * 1000].max() for hour in (8, 12, 16, 20)]
    assert peaks[0] == pytest.approx(0.5, rel=1e-5)
    assert peaks[0] < peaks[1] < peaks[2] < peaks[3] < 0.8
    assert day[HOURS == 12][0] < 0.5 * peaks[0]


def test_shapes():
    assert isinstance(tablet_concentration_uM(2, [Tablet(0, 20)]), float)
    assert tablet_concentration_uM(2.0, []) == 0.0
    assert tablet_concentration_uM(np.ones((3, 2)), [Tablet(0, 20)]).shape == (3, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Tablet(-1, 10), "hour of the tablet is -1, but must be between 0 and 168 hours"),
        (lambda: Tablet(8, 2000), "amount in the tablet is 2000, but must be between 0 and 100"),
        (lambda: Tablet(8, math.nan), "amount in the tablet must be a finite number"),
        (lambda: Tablet("8 am", 10), "hour of the tablet must be a number"),
        (lambda: TabletKinetics(half_life_h=0), "half-life of the drug is 0"),
        (lambda: TabletKinetics(4.0, 2.3), "time to the peak is 4 h, but .* at most 3.15 h"),
        (lambda: tablet_concentration_uM([-1], []), "hours holds -1"),
        (lambda: tablet_concentration_uM([], []), "hours is empty"),
        (lambda: tablet_concentration_uM(1, Tablet(0, 1)), "tablets must be a list of Tablet"),
        (lambda: tablet_concentration_uM(1, [20]), "each of the tablets must be a Tablet"),
        (lambda: tablet_concentration_uM(1, [], "slow"), "kinetics must be a TabletKinetics"),
    ],
)
def test_impossible_doses_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
