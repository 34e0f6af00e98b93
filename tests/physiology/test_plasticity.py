"""Trains: pools, facilitation, augmentation, potentiation, and what patients' muscles show."""

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lems_helpers.physiology.end_plate import HUMAN as END_PLATE
from lems_helpers.physiology.muscle import HUMAN as MUSCLE
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.plasticity import (
    Plasticity,
    modulation,
    regular_train,
    run_train,
)
from lems_helpers.physiology.quanta import HUMAN as QUANTA

# The first guesses of the design, spelt out: the defaults have been calibrated since.
START = Plasticity(
    facilitation_1_step=0.10,
    facilitation_2_step=0.02,
    augmentation_step=0.003,
    potentiation_step=0.0015,
    refill_per_s=0.15,
    refill_gain_per_s=6.0,
    refill_half_calcium=0.5,
)
STILL = replace(
    START,
    facilitation_1_step=0,
    facilitation_2_step=0,
    augmentation_step=0,
    potentiation_step=0,
)
IRREGULAR_S = np.array([0.0, 0.02, 0.021, 0.3, 1.1, 1.15, 4.0, 60.0, 60.01])


# --- one impulse after another ------------------------------------------------------------


def test_first_impulse_finds_the_junction_rested():
    train = run_train(START, [3.0], 0.0574, 520)
    np.testing.assert_allclose(train.released, [0.0574 * 520])
    np.testing.assert_allclose(train.ready, [520.0])
    assert train.modulation.factor.tolist() == [1.0]


def test_components_are_sums_over_past_impulses():
    """Each component equals the sum of its decayed steps, added up the long way."""
    course = modulation(START, IRREGULAR_S)
    expected = {
        "facilitation_1": (0.10, 0.06),
        "facilitation_2": (0.02, 0.4),
        "augmentation": (0.003, 7.0),
        "potentiation": (0.0015, 30.0),
        "residual_calcium": (0.02, 1.0),
    }
    for name, (step, decay) in expected.items():
        slow = [
            sum(step * np.exp(-(t - s) / decay) for s in IRREGULAR_S[:j])
            for j, t in enumerate(IRREGULAR_S)
        ]
        np.testing.assert_allclose(getattr(course, name), slow, rtol=1e-12)
    np.testing.assert_allclose(
        course.factor,
        (1 + course.facilitation_1 + course.facilitation_2)
        * (1 + course.augmentation)
        * (1 + course.potentiation),
    )


def test_pool_agrees_with_a_differential_equation_solver():
    """Refilling quickened by decaying calcium: exact over gaps of 1 ms and of 56 s alike."""
    ours = run_train(START, IRREGULAR_S, 0.3, 260)
    n, x, ready = 260.0, 0.0, [260.0]
    for j, gap in enumerate(np.diff(IRREGULAR_S)):
        n -= ours.released[j]
        x += 0.02

        def refill(_, y):
            rate = 0.15 + 6.0 * y[1] ** 2 / (y[1] ** 2 + 0.5**2)
            return [rate * (260.0 - y[0]), -y[1]]

        n, x = solve_ivp(refill, (0, gap), [n, x], "LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
        ready.append(n)
    np.testing.assert_allclose(ours.ready, ready, rtol=1e-7)


def test_pool_refills_as_written_without_calcium():
    bare = replace(STILL, refill_gain_per_s=0.0)
    train = run_train(bare, [0.0, 2.0], 0.4, 100)
    assert train.ready[1] == pytest.approx(100 - 40 * np.exp(-0.15 * 2.0))


def test_only_the_ratio_of_calcium_step_to_half_calcium_matters():
    double = replace(START, residual_calcium_step=0.04, refill_half_calcium=1.0)
    np.testing.assert_allclose(
        run_train(double, IRREGULAR_S, 0.1, 50).released,
        run_train(START, IRREGULAR_S, 0.1, 50).released,
    )


def test_probability_never_passes_the_ceiling():
    times = regular_train(100, 40)
    train = run_train(replace(START, facilitation_2_step=3.0), times, 0.5, 100)
    assert (train.released / train.ready).max() == pytest.approx(0.9)
    assert run_train(START, times, 0.0, 100).released.max() == 0
    assert run_train(START, times, 0.5, 0).released.max() == 0


def test_many_junctions_equal_each_alone():
    p0, pool = np.array([0.03, 0.06, 0.9]), np.array([260.0, 520.0, 40.0])
    together = run_train(START, IRREGULAR_S, p0, pool)
    assert together.released.shape == (9, 3)
    for j in range(3):
        alone = run_train(START, IRREGULAR_S, p0[j], pool[j])
        np.testing.assert_allclose(together.released[:, j], alone.released)
    assert run_train(START, IRREGULAR_S, 0.1, pool).released.shape == (9, 3)


def test_drawn_release_has_the_expected_mean():
    """z-scores over 20,000 junctions, at rest, within a train and in recovery."""
    times = np.concatenate([regular_train(40, 60), [2.5, 5.0, 12.0]])
    expected = run_train(START, times, 0.0574, 40).released
    drawn = run_train(START, times, 0.0574, np.full(20_000, 40), np.random.default_rng(6))
    error = drawn.released.std(axis=1) / np.sqrt(20_000)
    z = (drawn.released.mean(axis=1) - expected) / error
    assert np.abs(z).max() < 4
    assert abs(z.mean()) < 1
    first = drawn.released[0]
    assert first.var() == pytest.approx(40 * 0.0574 * (1 - 0.0574), rel=0.03)
    assert (drawn.released % 1 == 0).all()
    assert (drawn.released <= drawn.ready).all()
    assert drawn.ready.max() <= 40


def test_drawing_only_some_impulses():
    times, pool = regular_train(40, 30), np.full(5000, 40)
    mask = np.zeros(30, dtype=bool)
    mask[[0, 29]] = True
    some = run_train(START, times, 0.0574, pool, np.random.default_rng(6), mask)
    expected = run_train(START, times, 0.0574, 40).released
    assert (some.released[mask] % 1 == 0).all()
    np.testing.assert_allclose(some.released[1:29].mean(axis=1), expected[1:29], rtol=0.01)
    z = (some.released[29].mean() - expected[29]) / (some.released[29].std() / np.sqrt(5000))
    assert abs(z) < 3


def test_same_seed_same_train():
    runs = [
        run_train(START, IRREGULAR_S, 0.05, np.full(9, 300), np.random.default_rng(8)).released
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*runs)
    alone = run_train(START, IRREGULAR_S, 0.05, 300, np.random.default_rng(8))
    assert alone.released.shape == (9,)


def test_a_full_protocol_is_quick():
    """3,000 fibres x 428 impulses of expected release, as one patient's protocol needs."""
    times = np.concatenate(
        [regular_train(3, 10), regular_train(40, 400, 30.0), 42.0 + np.arange(18) * 4.0]
    )
    pool = np.random.default_rng(1).uniform(150, 400, 3000)
    spent = []
    for _ in range(5):
        start = time.thread_time()
        run_train(START, times, 0.0287, pool)
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.1


# --- what patients' muscles show ----------------------------------------------------------

POST_S = np.array([1.5, 10, 20, 30, 50, 80])
SMALLER_QUANTA = replace(END_PLATE, quantal_conductance_nS=49.0 * 0.6)
JUNCTIONS = {
    "healthy": (0.0574, 520, END_PLATE),
    "LEMS, channels alone": (6 / 520, 520, END_PLATE),
    "LEMS, zones and channels": (0.0287, 260, END_PLATE),
    "MG": (0.0574, 520, SMALLER_QUANTA),
}
# Within the limits of the design, one set of several that also reaches the published increment.
QUICKER_REFILL = replace(START, facilitation_1_step=0.20, refill_half_calcium=0.30)


def cmap_mV(plasticity, junction, times_s):
    p0, pool, end_plate = JUNCTIONS[junction]
    released = run_train(plasticity, times_s, p0, pool).released
    return 10.0 * fraction_firing(MUSCLE, end_plate, QUANTA, released)


def decrement(plasticity, junction):
    cmap = cmap_mV(plasticity, junction, regular_train(3, 10))
    return 100 * (cmap[0] - cmap[3:5].min()) / cmap[0]


def after_effort(plasticity, junction):
    effort = regular_train(40, 400)
    cmap = cmap_mV(plasticity, junction, np.concatenate([effort, effort[-1] + POST_S]))
    return 100 * (cmap[400:] / cmap[0] - 1)


def increment_50_Hz(plasticity, junction):
    cmap = cmap_mV(plasticity, junction, regular_train(50, 50))
    return 100 * (cmap.max() / cmap[0] - 1)


@pytest.mark.parametrize(
    ("junction", "rest", "fall", "recovery"),
    [
        ("healthy", (9.8, 10.0), (1, 3), None),
        ("LEMS, channels alone", (1.1, 1.4), (2, 9), [400, 210, 110, 65, 35, 10]),
        ("LEMS, zones and channels", (2.1, 2.5), (14, 21), [250, 145, 80, 50, 25, 10]),
        ("MG", (8.2, 9.0), (11, 15), None),
    ],
)
def test_start_values_give_the_table_of_the_feasibility_run(junction, rest, fall, recovery):
    assert rest[0] < cmap_mV(START, junction, [0.0])[0] < rest[1]
    assert fall[0] <= decrement(START, junction) <= fall[1]
    seen = after_effort(START, junction)
    if recovery:
        np.testing.assert_allclose(seen, recovery, rtol=0.12, atol=4)
    elif junction == "healthy":
        assert np.abs(seen).max() < 2
    else:
        np.testing.assert_allclose(seen[:3], [17, 15, 11], atol=5)


def test_start_values_fall_short_in_a_fast_train():
    """The shortfall that calibration has to mend: the pool empties before the refill starts."""
    assert increment_50_Hz(START, "LEMS, zones and channels") < 60


def test_a_quicker_refill_reaches_the_published_increment_and_keeps_the_rest():
    lems = "LEMS, zones and channels"
    assert increment_50_Hz(QUICKER_REFILL, lems) >= 100
    assert 14 <= decrement(QUICKER_REFILL, lems) <= 21
    np.testing.assert_allclose(
        after_effort(QUICKER_REFILL, lems), [250, 145, 80, 50, 25, 10], rtol=0.12, atol=4
    )
    assert decrement(QUICKER_REFILL, "LEMS, channels alone") < 10
    assert decrement(QUICKER_REFILL, "healthy") < 4
    assert increment_50_Hz(QUICKER_REFILL, "healthy") < 5
    assert decrement(QUICKER_REFILL, "MG") > 8
    assert increment_50_Hz(QUICKER_REFILL, "MG") < 20


# --- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Plasticity(refill_per_s=-0.1), "refill rate at rest is -0.1"),
        (lambda: Plasticity(release_ceiling=1.2), "highest release probability is 1.2"),
        (lambda: Plasticity(potentiation_step="much"), "step of potentiation must be a number"),
        (lambda: Plasticity(refill_half_calcium=0.0), "residual calcium for half the gain is 0"),
        (lambda: regular_train(-3, 10), "rate of the train is -3"),
        (lambda: regular_train(0, 10), "rate of the train is 0"),
        (lambda: regular_train(3, 0), "number of impulses is 0"),
        (lambda: regular_train(3, 2.5), "number of impulses must be a whole number"),
        (lambda: modulation(START, []), "impulse times is empty"),
        (lambda: modulation(START, [[0.0, 1.0]]), "one row"),
        (
            lambda: modulation(START, [0.0, 0.5, 0.4]),
            "goes back in time: impulse 3 comes at 0.4 s, after impulse 2 at 0.5 s",
        ),
        (lambda: modulation(START, [0.0, 0.0]), "goes back in time"),
        (lambda: modulation(START, [0.0, float("nan")]), "impulse times holds nan"),
        (lambda: run_train(START, [0.0], 1.2, 10), "release probability holds 1.2"),
        (lambda: run_train(START, [0.0], 0.2, -10), "docked vesicles holds -10"),
        (lambda: run_train(START, [0.0], 0.2, 10, 5), "random generator must be a Generator"),
        (lambda: run_train(START, [0.0], 0.2, 10, None, [True]), "needs a random generator"),
        (
            lambda: run_train(START, [0.0], 0.2, 10, np.random.default_rng(1), [True, False]),
            "drawn must be 1 yes/no values",
        ),
    ],
)
def test_impossible_trains_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
