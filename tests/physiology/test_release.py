"""The exact release probability: published checks, the two exponents, limits and speed."""

import itertools
import math
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.linalg import expm

from lems_helpers.physiology import _joint_chain, _markov, release
from lems_helpers.physiology.calcium_channels import LI2007
from lems_helpers.physiology.calcium_sensor import Sensor, fusion_probability
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.release import (
    local_exponent,
    quantal_content,
    release_by_presence,
    release_calcium_curve,
    release_probability,
    release_survival_curve,
    release_time_course,
)

MOUSE = mouse()


# --- published checks ---


def test_healthy_mouse():
    assert release_probability(MOUSE) == pytest.approx(0.0574, rel=0.03)
    assert quantal_content(MOUSE) == pytest.approx(98.0, rel=0.03)


def test_human_quantal_content_is_near_the_measured_31():
    assert 28.0 < quantal_content(human()) < 34.0


@pytest.mark.parametrize(
    ("calcium_mM", "expected"), [(0.25, 0.12), (0.5, 1.9), (1.0, 19.0), (2.0, 98.0)]
)
def test_quantal_content_against_calcium(calcium_mM, expected):
    assert quantal_content(MOUSE.with_(calcium_mM=calcium_mM)) == pytest.approx(expected, rel=0.05)


def test_one_channel_alone():
    table = release_by_presence(MOUSE)
    assert table.shape == (3, 3)
    assert table[1, 0] == pytest.approx(0.018, rel=0.05)
    assert table[0, 1] == pytest.approx(0.0043, rel=0.05)
    assert table[0, 0] < 1e-9
    assert table[2, 2] == release_probability(MOUSE)
    alone = release_probability(MOUSE.with_(near_count=1, far_count=0))
    assert table[1, 0] == pytest.approx(alone, rel=1e-9)


@pytest.mark.parametrize(
    ("width", "expected"), [(1.1, 112), (1.2, 132), (1.3, 150), (1.5, 197), (2.0, 348)]
)
def test_quantal_content_against_the_width_of_the_impulse(width, expected):
    assert quantal_content(MOUSE.with_(width=width)) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("survival", "expected"), [(0.9, 86), (0.7, 64), (0.5, 43), (0.3, 25), (0.1, 8)]
)
def test_quantal_content_against_channel_survival(survival, expected):
    qc = quantal_content(MOUSE.with_(channel_survival=survival))
    assert qc == pytest.approx(expected, rel=0.05)
    on_curve = release_survival_curve(MOUSE, [survival, 1.0])[0] * MOUSE.docked_vesicles
    assert on_curve == pytest.approx(qc, rel=1e-9)


# --- the central lesson ---


def test_release_is_steep_in_calcium_and_nearly_proportional_to_channels():
    calcium = [0.25, 0.5, 1.0, 2.0]
    exponents = local_exponent(calcium, release_calcium_curve(MOUSE, calcium))
    assert exponents == pytest.approx([4.0, 3.3, 2.4], abs=0.1)
    survival = [0.1, 1.0]
    channel = local_exponent(survival, release_survival_curve(MOUSE, survival))[0]
    assert 1.1 <= channel <= 1.2
    # the two exponents over their own ranges: 0.25-1 mM calcium, 10-100 % of the channels
    calcium_exponent = local_exponent([0.25, 1.0], release_calcium_curve(MOUSE, [0.25, 1.0]))[0]
    assert calcium_exponent >= 2.5
    assert channel <= 2.3
    assert calcium_exponent - channel > 0.8


# --- exactness ---


def test_answer_is_converged_in_the_step():
    calciums = (0.25, 2.0)
    default = release._presence_tables(MOUSE, calciums)
    finer = release._presence_tables(MOUSE, calciums, 0.00625)
    for ours, reference in zip(default, finer, strict=True):
        assert ours[2, 2] == pytest.approx(reference[2, 2], rel=3e-3)
        assert ours[1, 0] == pytest.approx(reference[1, 0], rel=3e-3)
    assert default[1][2, 2] == pytest.approx(finer[1][2, 2], rel=1e-3)


def test_other_gating_scheme_is_converged_too():
    junction = MOUSE.with_(scheme=LI2007, far_count=0)
    default = release._presence_tables(junction, (2.0,))[0][2]
    finer = release._presence_tables(junction, (2.0,), 0.00625)[0][2]
    assert default == pytest.approx(finer, rel=0.01)


def test_propagators_are_exact_and_stay_probabilities():
    rng = np.random.default_rng(0)
    for size in (1e-6, 0.3, 20.0, 1e5):
        generator = _markov.close_rows(rng.random((7, 7)) * size)
        ours = _markov.propagators(generator)
        assert ours == pytest.approx(expm(generator), abs=1e-7)
        assert ours.min() >= 0.0
        assert ours.sum(axis=1) == pytest.approx(np.ones(7))
    assert _markov.propagators(np.zeros((2, 3, 3))) == pytest.approx(np.array([np.eye(3)] * 2))


def test_merging_like_channels_changes_nothing():
    rng = np.random.default_rng(1)
    single = rng.random((3, 3))
    single /= single.sum(axis=1, keepdims=True)
    start = np.array([0.2, 0.5, 0.3])
    merged = _markov.lift_distribution([start] * 3) @ _markov.lift(single, 3)
    apart = np.einsum("a,b,c->abc", *[start @ single] * 3)
    for p, occupied in zip(merged, _markov.multisets(3, 3), strict=True):
        ways = set(itertools.permutations(occupied))
        assert p == pytest.approx(sum(apart[way] for way in ways))


def test_equal_distances_are_merged_smoothly():
    equal = release_probability(MOUSE.with_(near_nm=40.0, far_nm=40.0))
    nearly = release_probability(MOUSE.with_(near_nm=40.0, far_nm=40.0 + 1e-6))
    assert equal == pytest.approx(nearly, rel=1e-6)


def test_sensor_in_constant_calcium_matches_an_independent_exponential():
    sensor = Sensor()
    for calcium in (0.05, 10.0, 100.0):
        reference = expm(sensor.rates_per_ms(calcium) * 2.0)[0, -1]
        assert fusion_probability(sensor, calcium, 2.0) == pytest.approx(reference, rel=1e-5)


def test_calcium_curve_equals_single_answers():
    calcium = np.array([[0.3, 1.0], [2.0, 5.0]])
    curve = release_calcium_curve(MOUSE, calcium)
    single = [[release_probability(MOUSE.with_(calcium_mM=c)) for c in row] for row in calcium]
    assert curve == pytest.approx(np.array(single), rel=1e-9)


def test_mixture_of_two_kinds_of_channel():
    plain = release_probability(MOUSE)
    same = release_probability(MOUSE.with_(slowed_fraction=0.4, slowing=1.0))
    assert same == pytest.approx(plain, rel=1e-9)
    lost = MOUSE.with_(channel_survival=0.5)
    same = release_probability(lost.with_(slowed_fraction=0.4, slowing=1.0))
    assert same == pytest.approx(release_probability(lost), rel=1e-9)
    all_slow = release_probability(MOUSE.with_(slowed_fraction=1.0))
    assert plain < release_probability(MOUSE.with_(slowed_fraction=0.4)) < all_slow


# --- time course ---


@pytest.fixture(scope="module")
def course():
    return release_time_course(MOUSE)


def test_time_course_ends_at_the_release_probability(course):
    assert course.released[-1] == pytest.approx(release_probability(MOUSE), rel=1e-3)
    area = np.trapezoid(course.release_rate_per_ms, course.t_ms)
    assert area == pytest.approx(course.released[-1], rel=1e-3)
    lost = MOUSE.with_(channel_survival=0.4)
    assert release_time_course(lost).released[-1] == pytest.approx(
        release_probability(lost), rel=2e-3
    )


def test_time_course_holds_probabilities_and_runs_in_order(course):
    assert course.occupancy.sum(axis=1) == pytest.approx(np.ones(len(course.t_ms)))
    assert course.occupancy.min() >= 0.0
    assert np.all(np.diff(course.released) >= 0.0)
    assert course.open_channels.shape == (len(course.t_ms), 2)
    peaks = [
        course.t_ms[series.argmax()]
        for series in (course.voltage_mV, course.calcium_uM, course.bound_ions)
    ]
    assert peaks == sorted(peaks)
    assert course.calcium_uM[0] == pytest.approx(0.05, abs=1e-3)


def test_mean_calcium_is_open_channels_times_their_nanodomains(course):
    from lems_helpers.physiology.calcium_channels import single_channel_current_pA
    from lems_helpers.physiology.nanodomain import calcium_per_pA

    influx = -single_channel_current_pA(course.voltage_mV)
    expected = 0.05 + influx * (course.open_channels @ calcium_per_pA([27.7, 49.7]))
    assert course.calcium_uM == pytest.approx(expected)


def test_time_course_is_that_of_half_steps_taken_one_by_one():
    conditions = release._conditions(MOUSE, (2.0,))
    chain = release._fine_chain(
        release._layout(MOUSE), MOUSE.impulse, MOUSE.sensor, conditions, 0.05
    )
    halves = np.swapaxes(chain.sensor_steps, -1, -2)
    start = np.random.default_rng(3).dirichlet(np.ones(chain.level.size))
    states = np.zeros((halves.shape[-1], start.size))
    states[0] = start
    levels = range(len(chain.per_pA))
    for k, sums in enumerate(chain.forward(start)):
        at_level = np.array([states[:, chain.level == level].sum(axis=1) for level in levels]).T
        assert sums == pytest.approx(at_level, rel=1e-9, abs=1e-15)
        if k < len(chain.edges) - 1:
            states = chain.turn_sensor(states, halves[2 * k])
            states = chain.turn_channels(states, k, forward=True)
            states = chain.turn_sensor(states, halves[2 * k + 1]).T


def test_time_course_works_without_channels():
    empty = release_time_course(MOUSE.with_(near_count=0, far_count=0))
    assert empty.open_channels.shape == (len(empty.t_ms), 0)
    assert empty.released[-1] < 1e-9


# --- extremes, bad input, speed ---


@pytest.mark.parametrize("width", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("distance_nm", [10.0, 27.7, 200.0])
def test_release_stays_a_probability_at_the_extremes(width, distance_nm):
    junction = MOUSE.with_(width=width, near_nm=distance_nm, far_nm=min(200.0, 2 * distance_nm))
    p = release_calcium_curve(junction, [0.0, 1e-3, 0.5, 2.0, 20.0])
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert np.all(np.diff(p) >= -1e-14)
    for calcium in (0.0, 2.0, 20.0):
        curve = release_survival_curve(junction.with_(calcium_mM=calcium), [0.0, 0.3, 0.7, 1.0])
        assert np.all((curve >= 0.0) & (curve <= 1.0))
        assert np.all(np.diff(curve) >= -1e-14)


@pytest.mark.parametrize("width", [0.5, 5.0])
def test_release_stays_a_probability_for_the_other_scheme(width):
    junction = MOUSE.with_(scheme=LI2007, width=width, near_nm=10.0, far_count=0, calcium_mM=20.0)
    assert 0.0 < release_probability(junction) <= 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: release_calcium_curve(MOUSE, [1.0, -0.5]),
            "external calcium holds -0.5, but every value must be between 0 and 100 mM",
        ),
        (
            lambda: release_survival_curve(MOUSE, [0.5, 1.2]),
            "channel survival holds 1.2, but every value must be between 0 and 1",
        ),
        (lambda: release_survival_curve(MOUSE, []), "channel survival is empty"),
        (lambda: release_survival_curve(MOUSE, [math.nan]), "channel survival holds nan"),
        (lambda: release_probability("mouse"), "junction must be a Junction, not 'mouse'"),
        (lambda: quantal_content(None), "junction must be a Junction"),
        (lambda: release_time_course(MOUSE, 1.0), "time step is 1"),
        (lambda: Sensor(sites=2.5), "number of sensor sites must be a whole number"),
        (lambda: Sensor(cooperativity=2.0), "sensor cooperativity factor is 2"),
        (lambda: fusion_probability(Sensor(), -1.0, 1.0), "calcium at the sensor holds -1"),
        (lambda: local_exponent([1.0, 2.0], [0.0, 1.0]), "y values holds 0"),
        (lambda: local_exponent([1.0], [1.0]), "equally long lists"),
    ],
)
def test_impossible_inputs_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def _best_of(times, call):
    best = math.inf
    for _ in range(times):
        release._known.cache_clear()
        _joint_chain.solve_gating.cache_clear()
        start = time.thread_time()
        call()
        best = min(best, time.thread_time() - start)
    return best


def test_fast_enough_for_a_slider():
    assert _best_of(5, lambda: release_probability(MOUSE)) < 0.025
    survivals = np.linspace(0.0, 1.0, 11)
    assert _best_of(5, lambda: release_survival_curve(MOUSE, survivals)) < 0.150


def test_caches_are_bounded_and_shared_results_are_read_only():
    for cached in (release._known, _joint_chain.solve_gating, release._time_course):
        assert cached.cache_info().maxsize is not None
    with pytest.raises(ValueError, match="read-only"):
        release_by_presence(MOUSE)[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        release_time_course(MOUSE).occupancy[0, 0] = 1.0


def test_a_full_cache_makes_room_and_still_answers_with_what_it_knew():
    first = release_calcium_curve(MOUSE, [2.0, 1.0])
    many = release_calcium_curve(MOUSE, np.linspace(0.5, 2.0, release._MOST + 1))
    again = release_calcium_curve(MOUSE, [2.0, 1.0, 1.9999])
    assert again[:2] == pytest.approx(first, rel=1e-12)
    assert many[-1] == pytest.approx(first[0], rel=1e-12)


def test_the_simulation_path_does_not_load_scipy_or_matplotlib():
    code = (
        "import sys; from lems_helpers.physiology import release, hodgkin_huxley, junction;"
        "release.quantal_content(junction.mouse()); hodgkin_huxley.hodgkin_huxley();"
        "sys.exit(any(m in sys.modules for m in ('scipy', 'matplotlib', 'ipywidgets')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
