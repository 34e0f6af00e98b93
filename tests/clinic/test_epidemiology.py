"""Shares with intervals, Bayes by hand, and ages at onset that integrate to everyone."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from lems_helpers.clinic.epidemiology import (
    PredictiveValue,
    Proportion,
    antibody_test,
    cancer_share_range,
    cancer_shares,
    increment_tests,
    proportion,
    proportions,
    tumour_found_by,
    wilson_interval,
)
from lems_helpers.clinic.onset_age import (
    WITH_CANCER,
    WITHOUT_CANCER,
    WITHOUT_CANCER_ONE_WAVE,
    OnsetAge,
)
from lems_helpers.evidence.measurements import measurement, measurements
from lems_helpers.evidence.references import reference

COUNTED = [row for row in measurements() if row.id in proportions()]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # The worked examples of Newcombe (1998), a comparison of seven methods.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_examples(count, of, low, high):
    assert wilson_interval(count, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize(("count", "of"), [(0, 1), (1, 1), (3, 7), (7, 1593), (49, 63), (87, 87)])
def test_wilson_agrees_with_scipy(count, of, confidence):
    theirs = binomtest(count, of).proportion_ci(confidence, method="wilson")
    assert wilson_interval(count, of, confidence) == pytest.approx(tuple(theirs), abs=1e-12)


def test_wilson_covers_the_truth_about_as_often_as_it_says():
    truth, of = 0.3, 40
    covered = sum(
        math.comb(of, count) * truth**count * (1 - truth) ** (of - count)
        for count in range(of + 1)
        if wilson_interval(count, of)[0] <= truth <= wilson_interval(count, of)[1]
    )
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: row.id)
def test_each_count_gives_the_percentage_of_its_row(row):
    counted = proportion(row.id)
    assert counted.reference == row.reference
    assert row.unit == "%"
    digits = 2 if row.value < 1 else 0
    if row.id == "sclc_found_3_months":
        # Printed 92: cut from 92.6, as the tumours of the second screening confirm (below).
        assert int(counted.percent) == row.value
    else:
        assert round(counted.percent, digits) == row.value


def test_every_row_that_counts_people_has_its_counts():
    assert len(COUNTED) == 15
    left_out = {
        row.id
        for row in measurements()
        if row.use == "data" and row.unit == "%" and row.id not in proportions()
    }
    # The number of healthy people tested is not known to us.
    assert left_out == {"pq_antibody_healthy"}


def test_the_tumours_of_the_second_screening_confirm_the_count_at_three_months():
    """Nine were found later, at a median of 3 months: the fifth of nine, so five by then."""
    first, by_3 = proportion("sclc_found_first"), proportion("sclc_found_3_months")
    assert first.of - first.count == 9
    assert by_3.count - first.count == 5


@pytest.mark.parametrize("name", list(proportions()))
def test_each_share_lies_in_its_interval_and_says_so(name):
    one = proportion(name)
    low, high = one.interval_percent
    assert 0 <= low <= one.percent <= high <= 100
    assert high - low > 0
    assert one.words().startswith(f"{one.count:,} of {one.of:,} (")
    assert reference(one.reference).key == one.reference


def test_words():
    assert proportion("ptosis").words() == "27 of 50 (54 %, 95 % interval 40 to 67 %)"
    assert (
        proportion("sclc_with_lems_population").words()
        == "7 of 1,593 (0.44 %, 95 % interval 0.21 to 0.90 %)"
    )


def test_the_cancer_linked_share_is_a_range_with_its_sources():
    shares = cancer_shares()
    assert [round(share.percent) for share in shares] == [51, 54, 62, 70]
    assert len({share.reference for share in shares}) == 4
    assert [share.interval_percent is None for share in shares] == [False, False, True, False]
    assert cancer_share_range() == (pytest.approx(100 * 44 / 87), 70)
    # The studies do not contradict each other: every interval holds 54 %.
    for share in shares:
        if share.interval_percent:
            assert share.interval_percent[0] < 54 <= share.interval_percent[1]


def test_tumours_are_found_early_and_never_unfound():
    months = np.linspace(0, 120, 241)
    bounds = np.array([tumour_found_by(month) for month in months])
    assert np.all(np.diff(bounds, axis=0) >= 0)
    assert np.all(bounds[:, 0] <= bounds[:, 1])
    assert tumour_found_by(3) == (50 / 54, 50 / 54)
    assert tumour_found_by(6) == (50 / 54, 52 / 54)
    assert tumour_found_by(12) == (52 / 54, 52 / 54)
    assert tumour_found_by(24) == (52 / 54, 1)
    for months_, row in ((3, "sclc_found_3_months"), (12, "sclc_found_12_months")):
        assert measurement(row).holds(100 * tumour_found_by(months_)[0])


def exact_interval(count, of):
    """Clopper and Pearson's interval, which the second cohort's paper prints."""
    low = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, of - count) if count < of else 1.0
    return [round(100 * low, 1), round(100 * high, 1)]


def test_the_worked_out_counts_give_the_intervals_printed_by_the_second_cohort():
    ours = [test for test in increment_tests() if test.reference == "Lipka2020"]
    printed = {60: ([65.5, 87.3], [94.2, 100.0]), 100: ([45.6, 71.0], [96.1, 100.0])}
    for test in ours:
        hit, miss = test.sensitivity, test.specificity
        assert (exact_interval(hit.count, hit.of), exact_interval(miss.count, miss.of)) == printed[
            test.cutoff_percent
        ]


def test_lowering_the_cut_off_finds_more_people_in_both_cohorts():
    tests = {(test.reference, test.cutoff_percent): test for test in increment_tests()}
    for cohort, at_60, at_100 in (("Oh2005", 97.1, 85.3), ("Lipka2020", 77.8, 58.7)):
        assert round(tests[cohort, 60].sensitivity.percent, 1) == at_60
        assert round(tests[cohort, 100].sensitivity.percent, 1) == at_100
        assert round(tests[cohort, 60].specificity.percent) == 99
    assert tests["Oh2005", 100].specificity is None
    assert round(tests["Oh2005", 60].sensitivity.percent) == measurement("increment_60").value
    assert round(tests["Oh2005", 100].sensitivity.percent) == measurement("increment_100").value


def test_bayes_by_hand():
    # Of 1,000 people 100 are ill; 90 of those and 45 of the 900 others are positive.
    value = PredictiveValue(prior=0.1, sensitivity=0.9, specificity=0.95)
    assert value.of(1000) == pytest.approx((90, 45, 10, 855))
    assert value.if_positive == pytest.approx(90 / 135)
    assert value.if_negative == pytest.approx(10 / 865)


def test_bayes_agrees_with_drawing_people():
    value, rng, people = PredictiveValue(0.2, 0.8, 0.7), np.random.default_rng(4), 200_000
    ill = rng.random(people) < 0.2
    positive = rng.random(people) < np.where(ill, 0.8, 0.3)
    for drawn, exact in (
        (ill[positive], value.if_positive),
        (ill[~positive], value.if_negative),
    ):
        z = (drawn.mean() - exact) / math.sqrt(exact * (1 - exact) / drawn.size)
        assert abs(z) < 3.5


def test_the_same_antibody_means_little_in_a_healthy_person_and_much_in_a_weak_one():
    healthy, weak = antibody_test("healthy"), antibody_test("weak")
    by_hand = 2.32e-6 * 62 / 65 / (2.32e-6 * 62 / 65 + (1 - 2.32e-6) * 0.017)
    assert healthy.if_positive == pytest.approx(by_hand)
    assert healthy.if_positive < 1 / 5000
    assert weak.if_positive == pytest.approx(0.1 * 62 / 65 / (0.1 * 62 / 65 + 0.9 * 0.034))
    assert 0.5 < weak.if_positive < 0.9
    assert antibody_test("weak", prior=0.5).if_positive > weak.if_positive
    assert antibody_test("healthy", 0.0).if_positive == 0.0


def test_a_test_that_is_never_positive_says_so():
    assert math.isnan(PredictiveValue(0.1, 0.0, 1.0).if_positive)
    assert PredictiveValue(0.1, 0.0, 1.0).if_negative == pytest.approx(0.1)
    assert math.isnan(PredictiveValue(0.1, 1.0, 0.0).if_negative)
    assert PredictiveValue(1.0, 1.0, 1.0).if_positive == 1.0


@pytest.mark.parametrize("model", [WITH_CANCER, WITHOUT_CANCER])
def test_ages_at_onset_are_everyones(model):
    ages = np.linspace(0, 120, 120_001)
    density = model.density(ages)
    assert np.trapezoid(density, ages) == pytest.approx(1, abs=1e-4)
    assert model.share_before(0) == 0
    assert model.share_before(120) == 1
    for age in (30, 50, 70):
        below = np.trapezoid(density[ages <= age], ages[ages <= age])
        assert model.share_before(age) == pytest.approx(below, abs=1e-4)
    assert density[(ages < 5) | (ages > 95)].max() == 0


@pytest.mark.parametrize("model", [WITH_CANCER, WITHOUT_CANCER])
def test_ages_drawn_follow_the_model(model):
    drawn = model.sample(np.random.default_rng(11), 40_000)
    assert drawn.shape == (40_000,)
    for age in (25, 40, 50, 60, 75):
        share = model.share_before(age)
        z = (np.mean(drawn < age) - share) / math.sqrt(share * (1 - share) / drawn.size)
        assert abs(z) < 3.5
    np.testing.assert_array_equal(drawn[:5], model.sample(np.random.default_rng(11), 40_000)[:5])


@pytest.mark.parametrize("model", [WITH_CANCER, WITHOUT_CANCER, WITHOUT_CANCER_ONE_WAVE])
def test_ages_by_which_shares_are_ill_turn_the_shares_round(model):
    shares = np.linspace(0.01, 0.99, 9)
    ages = model.age_by(shares)
    assert [model.share_before(age) for age in ages] == pytest.approx(shares, abs=1e-6)
    assert list(model.age_by([0, 1])) == [5, 95]
    with pytest.raises(ValueError, match="share of people holds 1.2"):
        model.age_by([0.5, 1.2])


def test_the_broad_wave_has_the_median_of_published_cases_and_leads_to_the_same_conclusion():
    assert float(WITHOUT_CANCER_ONE_WAVE.age_by(0.5)) == pytest.approx(49.5, abs=0.2)
    # About half begin at 50 or later, whichever way the words are drawn.
    for model in (WITHOUT_CANCER, WITHOUT_CANCER_ONE_WAVE):
        assert 0.4 < 1 - model.share_before(50) < 0.6


def test_cancer_linked_illness_begins_around_60_and_the_other_at_any_age_mostly_older():
    ages = np.arange(5, 96)
    assert ages[WITH_CANCER.density(ages).argmax()] == 60
    other = WITHOUT_CANCER.density(ages)
    peaks = ages[1:-1][(other[1:-1] > other[:-2]) & (other[1:-1] > other[2:])]
    assert len(peaks) == 2
    assert WITHOUT_CANCER.share_before(50) < 0.5
    assert WITHOUT_CANCER.share_before(30) > 10 * WITH_CANCER.share_before(30)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: wilson_interval(1, 0), "number of people asked is 0, but must be at least 1"),
        (lambda: wilson_interval(5, 4), "number of people counted is 5, but must be between 0"),
        (lambda: wilson_interval(-1, 4), "number of people counted is -1"),
        (lambda: wilson_interval(1.5, 4), "number of people counted must be a whole number"),
        (lambda: wilson_interval(1, 4, 95), "confidence is 95"),
        (lambda: Proportion("cough", 3, 2, "Oh2005"), "number with cough is 3"),
        (lambda: replace(proportion("ptosis"), counts="guess"), "counts must be one of read"),
        (lambda: proportion("ptossis"), "'ptossis'. Did you mean ptosis"),
        (lambda: tumour_found_by(-1), "months since diagnosis is -1"),
        (lambda: PredictiveValue(1.2, 0.9, 0.9), "probability before the test is 1.2"),
        (lambda: PredictiveValue(0.1, math.nan, 0.9), "sensitivity must be a finite number"),
        (lambda: PredictiveValue(0.1, 0.9, 0.9).of(-5), "number of people is -5"),
        (lambda: antibody_test("dog"), "person must be one of healthy, weak"),
        (lambda: antibody_test("weak", 2), "probability before the test is 2"),
        (lambda: OnsetAge(((0.5, 60.0, 9.0),)), "weights of the parts must sum to 1, not 0.5"),
        (lambda: OnsetAge(((1.0, 60.0),)), "each part must be a weight, a mean and a spread"),
        (lambda: OnsetAge(((1.0, 160.0, 9.0),)), "mean age of a part is 160"),
        (lambda: WITH_CANCER.density([-3]), "ages holds -3"),
        (lambda: WITH_CANCER.share_before(math.inf), "age must be a finite number"),
        (lambda: WITH_CANCER.sample(5, 10), "rng must be a Generator"),
        (lambda: WITH_CANCER.sample(np.random.default_rng(1), -1), "number of people is -1"),
    ],
)
def test_impossible_shares_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
