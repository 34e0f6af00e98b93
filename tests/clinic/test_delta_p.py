"""DELTA-P: six items, two cohorts, and counts that only one set of whole numbers explains."""

import itertools
from statistics import median

import numpy as np
import pytest

from lems_helpers.clinic.delta_p import (
    DEVELOPMENT,
    PROSPECTIVE,
    DeltaPCase,
    cancer_risk,
)
from lems_helpers.evidence.measurements import delta_p_risks, measurement
from lems_helpers.evidence.references import reference

NOBODY = {
    "age_at_onset_years": 49,
    "smokes_at_diagnosis": False,
    "weight_loss_percent": 4.9,
    "bulbar_involvement": False,
    "erectile_dysfunction": False,
    "karnofsky": 70,
}
SCORING = {
    "age_at_onset_years": 50,
    "smokes_at_diagnosis": True,
    "weight_loss_percent": 5,
    "bulbar_involvement": True,
    "erectile_dysfunction": True,
    "karnofsky": 69,
}


def counts():
    return [(risk.count, risk.of) for risk in (cancer_risk(s).prospective for s in range(7))]


def summary(table):
    """Both median scores and the area under the curve, from people counted at each score."""
    ill = [score for score, (count, _) in enumerate(table) for _ in range(count)]
    well = [score for score, (count, of) in enumerate(table) for _ in range(of - count)]
    pairs = [(a > b) + 0.5 * (a == b) for a in ill for b in well]
    return median(ill), median(well), 100 * sum(pairs) / len(pairs)


@pytest.mark.parametrize("scoring", list(itertools.product([False, True], repeat=6)))
def test_each_item_is_one_point_at_its_own_threshold(scoring):
    values = {
        name: (SCORING if point else NOBODY)[name]
        for name, point in zip(NOBODY, scoring, strict=True)
    }
    case = DeltaPCase(**values)
    assert case.score == sum(scoring)
    assert tuple(case.items.values()) == scoring
    assert cancer_risk(case) == cancer_risk(sum(scoring))


def test_sox1_is_no_item():
    assert not any("SOX1" in item for item in DeltaPCase(**NOBODY).items)


def test_both_cohorts_are_those_of_the_table():
    for row in delta_p_risks():
        risk = cancer_risk(row.score)
        assert risk.development_percent == row.development_percent
        # Printed 55.5 is 55.56: cut, not rounded.
        assert risk.prospective.percent == pytest.approx(row.prospective_percent, abs=0.06)


def test_the_counts_add_up_to_the_cohort():
    assert sum(of for _, of in counts()) == PROSPECTIVE.people == 87
    assert sum(count for count, _ in counts()) == 44
    assert round(100 * 44 / 87) == measurement("lung_cancer_new_lems").value


def test_no_other_whole_numbers_explain_the_printed_percentages():
    """The printed medians are 3.5 with cancer and 2 without; the area is 82.5 %."""
    printed = [row.prospective_percent for row in delta_p_risks()]
    choices = [
        [
            (count, of)
            for of in range(1, 88)
            for count in range(of + 1)
            if abs(100 * count / of - percent) < 0.06
        ]
        for percent in printed[1:6]
    ]
    fits = []
    for middle in itertools.product(*choices):
        top = 44 - sum(count for count, _ in middle)
        bottom = 87 - top - sum(of for _, of in middle)
        if top < 1 or bottom < 1:
            continue
        table = [(0, bottom), *middle, (top, top)]
        ill, well, area = summary(table)
        if (ill, well, f"{area:.1f}") == (3.5, 2, f"{PROSPECTIVE.area_percent:.1f}"):
            fits.append(table)
    assert fits == [counts()]


def test_few_people_make_wide_intervals():
    for score in range(7):
        low, high = cancer_risk(score).prospective.interval_percent
        assert high - low > 25
    # Even six points of six do not make it certain.
    assert cancer_risk(6).prospective.interval_percent[0] < 50
    # And a score of 1 was no all-clear when checked, as it had seemed.
    assert cancer_risk(1).prospective.interval_percent[0] > cancer_risk(1).development_percent[1]


def test_the_score_did_better_where_it_was_made():
    low, high = PROSPECTIVE.interval_percent
    assert low < PROSPECTIVE.area_percent < high < DEVELOPMENT.area_percent
    assert {DEVELOPMENT.reference, PROSPECTIVE.reference} == {"Titulaer2011", "Maddison2020"}
    assert reference(DEVELOPMENT.reference).year.startswith("2011")


@pytest.mark.parametrize("score", range(7))
def test_the_words_give_counts_and_say_what_a_score_is_not(score):
    words = cancer_risk(score).words()
    assert f"Score {score}:" in words
    assert "A score is not a diagnosis." in words
    count, of = counts()[score]
    assert f"{count} of {of} (" in words
    assert ("do not know" in words) == (score in (2, 3))


def test_scores_may_be_numpy_numbers():
    assert cancer_risk(np.int64(3)) == cancer_risk(3)
    assert DeltaPCase(**{**NOBODY, "smokes_at_diagnosis": np.True_}).score == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cancer_risk(7), "DELTA-P score is 7, but must be between 0 and 6"),
        (lambda: cancer_risk(-1), "DELTA-P score is -1"),
        (lambda: cancer_risk(2.5), "DELTA-P score must be a whole number"),
        (lambda: cancer_risk("high"), "DELTA-P score must be a number"),
        (lambda: DeltaPCase(**{**NOBODY, "age_at_onset_years": 200}), "age at onset is 200"),
        (lambda: DeltaPCase(**{**NOBODY, "karnofsky": 101}), "Karnofsky performance is 101"),
        (lambda: DeltaPCase(**{**NOBODY, "weight_loss_percent": 90}), "weight loss is 90"),
        (
            lambda: DeltaPCase(**{**NOBODY, "smokes_at_diagnosis": "yes"}),
            "smokes at diagnosis must be True or False, not 'yes'",
        ),
        (
            lambda: DeltaPCase(**{**NOBODY, "bulbar_involvement": 1}),
            "bulbar involvement must be True or False, not 1",
        ),
    ],
)
def test_impossible_cases_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
