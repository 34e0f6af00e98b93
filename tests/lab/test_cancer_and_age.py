"""Notebook 09: people are counted rightly, nobody is real, and the words agree with the counts."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from lems_helpers.clinic.delta_p import cancer_risk
from lems_helpers.clinic.epidemiology import antibody_test, cancer_shares, proportion
from lems_helpers.lab import people
from lems_helpers.lab.body_map import SIGNS
from lems_helpers.lab.lesson import load
from lems_helpers.lab.lessons import n09_cancer_and_age as lesson
from lems_helpers.lab.quiz import load_quiz
from lems_helpers.lab.score_card import ITEMS
from lems_helpers.physiology.checks import number

QUIZ = " ".join(
    one.feedback for item in load_quiz("09_cancer_and_age").items for one in item.options
)


def counted(axes):
    """How many figures of each look are on the picture: filled, dotted, plain."""
    filled, dotted, plain = 0, 0, 0
    for line in axes.lines:
        number_ = len(line.get_xdata())
        if line.get_marker() == "o":
            dotted += number_
        elif line.get_markerfacecolor() == people.CANCER:
            filled += number_
        else:
            plain += number_
    return filled, dotted, plain


@pytest.mark.parametrize(
    ("found", "perhaps", "of", "seen"),
    [
        (0, 0, None, (0, 0, 20)),
        (20, 0, None, (20, 0, 0)),
        (9, 0, None, (9, 0, 11)),
        (9, 3, None, (9, 3, 11)),
        (3, 0, 16, (3, 0, 13)),
        (0, 0, 8, (0, 0, 8)),
    ],
)
def test_a_crowd_shows_as_many_people_as_it_is_told(found, perhaps, of, seen):
    axes = Figure().subplots()
    people.crowd(axes, people.rows_of(20, 2, 0, 0, 10, 20))(found, perhaps, of)
    assert counted(axes) == seen


def test_people_stand_in_columns_and_nobody_on_somebody_else():
    places = people.rows_of(100, 5, 10, 200, 12, 25)
    assert places[:5, 0].tolist() == [16] * 5
    assert np.all(np.diff(places[:5, 1]) == -25)
    assert len({tuple(place) for place in places}) == 100
    assert places[:, 0].max() < 10 + 20 * 12


def test_the_share_of_a_hundred_ends_where_its_axis_says():
    """In four rows, a column is four people wide: the crowd is its own bar chart."""
    for study in lesson.STUDIES:
        percent = lesson.share(study, 1).percent
        places = people.rows_of(100, 4, 0, 0, 4, 1)
        assert places[round(percent) - 1, 0] == pytest.approx(percent, abs=4)


def test_the_person_is_as_high_as_its_marker():
    reach = np.abs(people.PERSON.vertices).max(axis=0)
    assert reach[1] == pytest.approx(10)
    assert reach[0] < 10


def test_every_study_is_one_of_the_range_in_its_order():
    assert list(lesson.STUDIES.values()) == [one.reference for one in cancer_shares()]
    for study, one in zip(lesson.STUDIES, cancer_shares(), strict=True):
        now = lesson.share(study, 1)
        assert now.percent == one.percent
        assert now.interval_percent == pytest.approx(one.interval_percent)


def test_asking_more_people_narrows_the_interval_and_keeps_the_share():
    widths = []
    for times in (1, 4, 16):
        now = lesson.share(lesson.REGION, times)
        assert now.percent == 70
        assert now.interval_percent[0] < 70 < now.interval_percent[1]
        widths.append(now.interval_percent[1] - now.interval_percent[0])
    # Four times as many people halve it, nearly.
    assert widths[0] / widths[1] == pytest.approx(2, abs=0.3)
    assert widths[1] / widths[2] == pytest.approx(2, abs=0.1)


def test_a_hundred_dots_are_the_shares_they_draw():
    for kind in (lesson.WITH_CANCER, *lesson.SHAPES.values()):
        when, x, y = lesson.dots(kind)
        assert len({(a, b) for a, b in zip(x, y, strict=True)}) == 100
        assert np.all(np.abs(x - when) <= lesson.BIN_YEARS / 2)
        for age in (30, 50, 70):
            assert np.sum(when < age) == pytest.approx(100 * kind.share_before(age), abs=0.6)


def test_every_month_counts_each_tumour_once():
    months = [lesson.found(month) for month in range(lesson.LAST_MONTH + 1)]
    assert [(months[m].least, months[m].most) for m in (0, 1, 3, 6, 12, 24, 41, 48)] == [
        (45, 45), (45, 50), (50, 50), (50, 52), (52, 52), (52, 54), (54, 54), (54, 54),
    ]  # fmt: skip
    assert "all 54" in lesson.describe_found(months[-1]).sentence


def test_the_fictional_people_say_that_they_are_and_cover_the_scores():
    assert [case.score for case in lesson.FICTIONAL.values()] == [0, 1, 2, 3, 4, 5]
    for name, case in lesson.FICTIONAL.items():
        assert len(case.items) == len(ITEMS)
        assert not (name.startswith("Ms") and case.erectile_dysfunction)
        sentence = lesson.describe_scored(lesson.scored(name)).sentence
        assert "(fictional)" in sentence
        assert sentence.endswith("A score is not a diagnosis.")


def test_no_control_asks_for_a_readers_own_findings():
    score = next(panel for panel in load("09_cancer_and_age").panels if panel.name == "score")
    (only,) = score.controls
    assert tuple(lesson.FICTIONAL) == only.options


def test_each_item_in_plain_words_is_the_item_of_the_score():
    keys = ("50", "smok", "weight", ("bulbar", "speech"), "erectile", "70")
    for item, plain, key in zip(lesson.FICTIONAL["Ms Ash"].items, ITEMS, keys, strict=True):
        here, there = key if isinstance(key, tuple) else (key, key)
        assert here in item
        assert there in plain


def test_each_sign_has_its_count_and_a_place_on_the_body():
    for sign in SIGNS.values():
        assert proportion(sign.name).of >= 38
        for across, up in sign.places:
            assert abs(number("across", across)) < 40
            assert 0 < up < 200


def test_the_numbers_of_the_quiz_and_exercises_are_those_of_the_sources():
    low, high = (round(end) for end in lesson.cancer_share_range())
    assert f"from {low} to {high} of 100" in QUIZ
    one, four = cancer_risk(1).prospective, cancer_risk(4).prospective
    assert f"in {one.count} of {one.of} people" in QUIZ
    assert f"in {one.of - one.count} of {one.of}" in QUIZ
    assert f"In {four.of - four.count} of the {four.of} people" in QUIZ
    healthy, weak = antibody_test("healthy"), antibody_test("weak")
    ill, false = healthy.of(1e6)[:2]
    assert "some 17,000 positive people" in QUIZ
    assert round(ill + false, -3) == 17_000
    assert round(ill) == 2
    assert 1 / healthy.if_positive == pytest.approx(8000, rel=0.05)
    assert weak.if_positive == pytest.approx(3 / 4, abs=0.02)
    assert lesson.area_percent() == pytest.approx(100 * 5 / 6, abs=1)
    assert lesson.overlap() == pytest.approx([40, 61], abs=0.5)
