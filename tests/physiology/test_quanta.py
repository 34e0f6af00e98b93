"""Quanta: counts, sizes and waits; quantal content read back from recordings."""

import csv
import math
from importlib.resources import files

import numpy as np
import pytest
from scipy import stats

from lems_helpers.physiology.quanta import (
    HUMAN,
    MOUSE,
    Quanta,
    amplitude_moments,
    count_probabilities,
    counts_at,
    draw_counts,
    draw_latencies,
    draw_mini_times,
    draw_sizes,
    draw_total_sizes,
    normal_cdf,
)
from lems_helpers.physiology.quantal_analysis import (
    _chi_square_tail,
    amplitude_chi_square,
    amplitude_curves,
    amplitude_probabilities,
    content_from_failures,
    estimate_content,
)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def z_of_mean(sample, mean, sd):
    return (np.mean(sample) - mean) / (sd / math.sqrt(np.size(sample)))


# --- counts -------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "p"), [(520, 0.0574), (260, 0.0287), (5, 0.9), (3, 1.0), (7, 0.0)])
def test_binomial_probabilities_agree_with_scipy(n, p):
    k = np.arange(0, 60)
    ours = count_probabilities(k, n * p, n)
    np.testing.assert_allclose(ours, stats.binom.pmf(k, n, p), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("m", [0.0, 0.1, 2.33, 30.0, 400.0])
def test_poisson_probabilities_agree_with_scipy(m):
    k = np.arange(0, 900)
    np.testing.assert_allclose(
        count_probabilities(k, m), stats.poisson.pmf(k, m), rtol=1e-9, atol=1e-300
    )


def test_counts_at_chances_agree_with_scipy_and_never_rise_as_the_content_falls():
    u = np.random.default_rng(5).random(300)
    for m in (0.0, 0.3, 7.2, 30.0, 250.0):
        np.testing.assert_array_equal(counts_at(u, m), stats.poisson.ppf(u, m))
    content = np.linspace(60, 0, 61)
    assert (np.diff(counts_at(u, content[:, None]), axis=0) <= 0).all()
    assert counts_at([0.0, 1.0], 3.0)[0] == 0
    with pytest.raises(ValueError, match=r"chance holds 1.2"):
        counts_at([0.1, 1.2], 3.0)


def test_probabilities_broadcast_over_contents():
    grid = count_probabilities(np.arange(8), np.array([[1.0], [3.0]]), 1700)
    assert grid.shape == (2, 8)
    np.testing.assert_allclose(grid[1], stats.binom.pmf(np.arange(8), 1700, 3 / 1700))


def test_poisson_is_the_limit_of_the_binomial():
    k = np.arange(12)
    poisson = count_probabilities(k, 2.33)
    gap = [np.abs(count_probabilities(k, 2.33, n) - poisson).max() for n in (10, 100, 1000)]
    assert gap[0] > 5 * gap[1] > 25 * gap[2]


def test_draws_have_the_exact_mean_and_variance(rng):
    binomial = draw_counts(rng, 29.85, 520, trials=40_000)
    variance = 29.85 * (1 - 29.85 / 520)
    assert abs(z_of_mean(binomial, 29.85, math.sqrt(variance))) < 3
    assert abs(binomial.var() / variance - 1) < 3 * math.sqrt(2 / 40_000)
    poisson = draw_counts(rng, 2.33, trials=40_000)
    assert abs(z_of_mean(poisson, 2.33, math.sqrt(2.33))) < 3
    p0 = math.exp(-2.33)
    assert abs(z_of_mean(poisson == 0, p0, math.sqrt(p0 * (1 - p0)))) < 3


def test_draws_keep_shape_and_seed():
    contents, pools = np.array([6.0, 30.0]), np.array([260, 520])
    first = draw_counts(np.random.default_rng(3), contents, pools, trials=4)
    again = draw_counts(np.random.default_rng(3), contents, pools, trials=4)
    assert first.shape == (4, 2)
    np.testing.assert_array_equal(first, again)
    assert draw_counts(np.random.default_rng(3), contents, pools).shape == (2,)


# --- sizes and waits ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
def test_sizes_have_mean_one_and_the_measured_spread(shape, rng):
    sizes = draw_sizes(Quanta(size_shape=shape), rng, 50_000)
    assert sizes.min() >= 0
    assert abs(z_of_mean(sizes, 1.0, 0.22)) < 3
    assert sizes.std() == pytest.approx(0.22, rel=0.02)


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
def test_summed_sizes_match_single_ones(shape, rng):
    quanta = Quanta(size_shape=shape)
    total = draw_total_sizes(quanta, rng, np.full((200, 50), 9))
    assert total.shape == (200, 50)
    assert abs(z_of_mean(total, 9.0, 0.22 * 3)) < 3
    assert total.std() == pytest.approx(0.66, rel=0.04)
    assert draw_total_sizes(quanta, rng, [0, 0, 3])[:2].tolist() == [0.0, 0.0]


def test_latency_is_gamma_of_shape_4_and_mean_half_a_ms(rng):
    waits = draw_latencies(MOUSE, rng, 20_000)
    assert abs(z_of_mean(waits, 0.5, 0.25)) < 3
    assert stats.kstest(waits, stats.gamma(4, scale=0.125).cdf).pvalue > 0.001


def test_miniatures_come_at_their_rate(rng):
    assert (MOUSE.mini_rate_per_s, HUMAN.mini_rate_per_s) == (1.0, 0.2)
    times = draw_mini_times(HUMAN, rng, 20_000)
    assert abs(times.size - 4000) < 3 * math.sqrt(4000)
    assert (np.diff(times) >= 0).all()
    assert stats.kstest(np.diff(times), stats.expon(scale=5).cdf).pvalue > 0.001
    assert draw_mini_times(HUMAN, rng, 0).size == 0


def test_amplitude_variance_is_a_parabola_for_few_vesicles(rng):
    mean, variance = amplitude_moments(12.0, 20, 0.8, 0.22)
    seen = 0.8 * draw_total_sizes(MOUSE, rng, draw_counts(rng, 12.0, 20, trials=60_000))
    assert abs(z_of_mean(seen, mean, math.sqrt(variance))) < 3
    assert seen.var() == pytest.approx(float(variance), rel=0.02)
    assert amplitude_moments(2.0)[1] == pytest.approx(2.0 * (1 + 0.22**2))


# --- the published recording --------------------------------------------------------------

BINS_MV = np.arange(0.05, 3.16, 0.1)


@pytest.fixture(scope="module")
def boyd_martin():
    """Amplitudes of Boyd and Martin 1956, evoked and spontaneous: the middles of 0.1 mV bins."""
    text = (files("lems_helpers.evidence") / "data" / "boyd_martin_1956.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    return tuple(
        np.repeat(
            [float(r["amplitude_mV"]) for r in rows if r["kind"] == kind],
            [int(r["count"]) for r in rows if r["kind"] == kind],
        )
        for kind in ("evoked", "spontaneous")
    )


def test_boyd_and_martin_three_roads_agree(boyd_martin):
    found = estimate_content(*boyd_martin)
    assert (found.trials, found.failures) == (198, 18)
    assert 2.2 <= found.by_mean.value <= 2.5
    assert 2.2 <= found.by_failures.value <= 2.5
    assert found.by_failures.value == pytest.approx(math.log(11))
    assert found.size_cv == pytest.approx(0.22, abs=0.015)
    roads = (found.by_mean, found.by_failures, found.by_variance)
    for a in roads:
        for b in roads:
            apart = math.hypot(a.standard_error, b.standard_error)
            assert abs(a.value - b.value) <= 2 * apart


def test_boyd_and_martin_histogram_is_poisson(boyd_martin):
    evoked, minis = boyd_martin
    found = estimate_content(evoked, minis)
    counts = np.histogram(evoked[evoked > 0], BINS_MV)[0]
    m, q, cv = found.by_mean.value, found.quantal.value, found.size_cv
    test = amplitude_chi_square(BINS_MV, counts, found.failures, m, q, cv)
    assert sum(test.observed) == 198
    assert sum(test.expected) == pytest.approx(198, abs=0.1)
    assert test.probability > 0.01
    assert stats.chi2.sf(test.value, test.freedom) == pytest.approx(test.probability)
    # Quanta of half the size would be refused: the test has teeth.
    wrong = amplitude_chi_square(BINS_MV, counts, found.failures, 2 * m, q / 2, cv)
    assert wrong.probability < 1e-6


def test_estimates_and_their_errors_are_honest(rng):
    """Over many simulated recordings the estimates centre on m and scatter by their errors."""
    quanta, m, rows = Quanta(), 2.33, []
    for _ in range(400):
        evoked = 0.4 * draw_total_sizes(quanta, rng, draw_counts(rng, m, trials=400))
        found = estimate_content(evoked, 0.4 * draw_sizes(quanta, rng, 80))
        roads = (found.by_mean, found.by_failures, found.by_variance)
        rows.append([(road.value, road.standard_error) for road in roads])
    values, errors = np.moveaxis(np.array(rows), -1, 0)
    assert np.abs(values.mean(axis=0) / m - 1).max() < 0.02
    np.testing.assert_allclose(errors.mean(axis=0), values.std(axis=0), rtol=0.15)


def test_expected_histogram_agrees_with_drawn_amplitudes(rng):
    edges = np.linspace(0.0, 12.0, 61)
    none, bins = amplitude_probabilities(edges, 4.0, 1.0, 0.22, vesicles=8)
    drawn = draw_total_sizes(Quanta(), rng, draw_counts(rng, 4.0, 8, trials=100_000))
    assert none == pytest.approx(0.5**8)
    assert none + bins.sum() == pytest.approx(1.0, abs=1e-5)
    seen = np.histogram(drawn[drawn > 0], edges)[0]
    z = (seen - 1e5 * bins) / np.sqrt(1e5 * bins + 1)
    assert np.abs(z).max() < 4


def test_normal_and_chi_square_functions_agree_with_scipy():
    z = np.linspace(-9, 9, 41)
    np.testing.assert_allclose(normal_cdf(z), stats.norm.cdf(z), rtol=1e-12)
    for freedom in (1, 2, 5, 16, 31):
        for value in (0.0, 0.3, 4.0, 55.0):
            assert _chi_square_tail(value, freedom) == pytest.approx(
                stats.chi2.sf(value, freedom), rel=1e-10
            )


# --- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Quanta(size_cv=-0.1), "variation .* -0.1, but must be between 0 and 1"),
        (lambda: Quanta(size_shape="flat"), "must be one of normal, lognormal, not 'flat'"),
        (lambda: Quanta(mini_rate_per_s=float("nan")), "rate of miniatures must be a finite"),
        (lambda: count_probabilities([0, 1.5], 2.0), "must be whole, but holds 1.5"),
        (lambda: count_probabilities([-1], 2.0), "number of quanta holds -1"),
        (lambda: count_probabilities([1], 9.0, 8), "content is 9, more than the docked"),
        (lambda: draw_counts(np.random.default_rng(1), -2.0), "quantal content holds -2"),
        (lambda: draw_counts(np.random.default_rng(1), 2.0, 3.5), "whole, but holds 3.5"),
        (lambda: draw_counts(7, 2.0), "random generator must be a Generator, not 7"),
        (lambda: draw_sizes(MOUSE, np.random.default_rng(1), -1), "number of quanta is -1"),
        (lambda: draw_mini_times(MOUSE, np.random.default_rng(1), -1), "recording is -1"),
        (lambda: estimate_content([1.0, 2.0], [1.0, 1.1]), "no failure"),
        (lambda: estimate_content([0.0, 0.0], [1.0, 1.1]), "Every impulse failed"),
        (lambda: estimate_content([0.0], [1.0, 1.1]), "at least 2"),
        (lambda: amplitude_probabilities([1.0, 0.5], 2.0, 1.0), "rising"),
        (lambda: amplitude_chi_square([0, 1, 2], [3], 1, 2.0, 1.0), "one observed count per bin"),
        (lambda: amplitude_chi_square([0, 1, 2], [1, 1], 1, 2.0, 1.0), "too few trials"),
    ],
)
def test_impossible_numbers_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- by inversion, by failures alone, count by count ----------------------------------------


@pytest.mark.parametrize(("m", "n"), [(2.0, math.inf), (2.0, 6), (0.0, 5), (6.0, 6), (50.0, 1700)])
def test_counts_by_inversion_follow_the_law(m, n):
    heights = (np.arange(200_000) + 0.5) / 200_000
    counts = counts_at(heights, m, n)
    k = np.arange(counts.max() + 3)
    seen = np.bincount(counts, minlength=k.size) / heights.size
    np.testing.assert_allclose(seen, count_probabilities(k, m, n), atol=1e-5)


def test_more_content_never_means_fewer_quanta(rng):
    u = rng.random(500)
    rows = np.array([counts_at(u, m, 1700) for m in (0.5, 1.0, 2.0, 2.1, 40.0)])
    assert np.all(np.diff(rows, axis=0) >= 0)


def test_failures_alone_give_the_content():
    found = content_from_failures(198, 18)
    assert found.value == pytest.approx(math.log(11))
    assert found.standard_error == pytest.approx(math.sqrt(1 / 18 - 1 / 198))
    for failures in (0, 198):
        with pytest.raises(ValueError, match="number of failures"):
            content_from_failures(198, failures)


def test_the_curves_of_the_counts_add_up_to_the_histogram():
    edges = np.arange(-1.0, 6.0, 0.1)
    fine = np.linspace(-1.0, 6.0, 7001)
    curves = amplitude_curves(fine, 2.35, 0.4, 0.22, most=25)
    area = np.trapezoid(curves, fine, axis=1)
    np.testing.assert_allclose(area[:8], count_probabilities(np.arange(1, 9), 2.35), atol=1e-6)
    total = np.cumsum(curves.sum(axis=0)) * (fine[1] - fine[0])
    below = np.interp(edges, fine, total)
    _, bins = amplitude_probabilities(edges, 2.35, 0.4, 0.22)
    np.testing.assert_allclose(np.diff(below), bins, atol=2e-3)
