"""The virtual clinic: every seed gives four cases that the allowed tests can solve."""

from itertools import combinations

import numpy as np
import pytest

from lems_helpers.clinic import cases
from lems_helpers.clinic.case_reasoning import review, speaks_against, still_possible, work_up
from lems_helpers.clinic.cases import (
    BLOOD,
    BUDGET,
    CAUSES,
    EFFORT,
    FAST,
    KNOWN,
    LEMS,
    LIMITS,
    NAMES,
    NEEDLE,
    REST,
    SHARE_WITH_LEMS,
    SLOW,
    TESTS,
    draw_patients,
    order_test,
    order_tests,
    person,
    virtual_people,
    waiting_room,
)
from lems_helpers.clinic.single_fibre import normal_limits
from lems_helpers.physiology.junction import human

SEEDS = range(200)
ALL = [case for seed in SEEDS for case in draw_patients(seed)]
TRAINS = tuple(test for test in TESTS if test not in (NEEDLE, BLOOD))


@pytest.fixture(scope="module")
def found():
    return [(case, *work_up(case)) for case in ALL]


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_found_within_the_budget(found, cause):
    mine = [(tests, named) for case, tests, named in found if case.cause == cause]
    assert len(mine) > 80
    assert {named for _, named in mine} == {cause}
    assert max(len(tests) for tests, _ in mine) <= 2 < BUDGET


def test_no_train_speaks_against_the_cause():
    for case in ALL[:240]:
        for test in TRAINS:
            result = order_test(case, test)
            assert case.cause not in speaks_against(result), f"{case.cause}: {result.report}"


def test_nor_do_single_fibres():
    for case in ALL[-40:]:
        assert case.cause not in speaks_against(order_test(case, NEEDLE))


def test_any_two_causes_can_be_parted_without_the_blood_test():
    """Of each pair of causes, some test speaks against one and never against the other."""
    against = {}
    for case in ALL[:40]:
        for test in (SLOW, FAST, NEEDLE):
            against.setdefault(case.cause, {}).setdefault(test, []).append(
                set(speaks_against(order_test(case, test)))
            )
    for one, other in combinations(CAUSES, 2):
        assert any(
            all(other in said for said in against[one][test])
            or all(one in said for said in against[other][test])
            for test in (SLOW, FAST, NEEDLE)
        ), f"{one} and {other}"


def test_one_test_alone_settles_few_cases():
    settled = [len(still_possible([order_test(case, REST)])) == 1 for case in ALL]
    assert not any(settled)


def test_the_blood_test_misleads_as_often_as_published():
    ill = [order_test(case, BLOOD).positive for case in ALL if case.cause == LEMS]
    others = [order_test(case, BLOOD).positive for case in ALL if case.cause != LEMS]
    for drawn, chance in ((ill, 62 / 65), (others, 0.034)):
        spread = np.sqrt(chance * (1 - chance) / len(drawn))
        assert abs(np.mean(drawn) - chance) < 3 * spread
    assert not all(ill)
    assert any(others)


def test_lems_comes_once_or_twice_and_nothing_else_twice():
    for seed in SEEDS:
        causes = [case.cause for case in draw_patients(seed)]
        assert causes.count(LEMS) in (1, 2)
        assert len(set(causes) - {LEMS}) == 4 - causes.count(LEMS)
    share = np.mean([case.cause == LEMS for case in ALL])
    assert share == pytest.approx(SHARE_WITH_LEMS, abs=0.03)
    assert len({tuple(case.cause for case in draw_patients(seed)) for seed in SEEDS}) > 100


def test_no_story_gives_the_cause_away():
    by_story = {}
    for case in ALL:
        by_story.setdefault(case.story.split("years. ")[1], set()).add(case.cause)
    assert all(len(causes) >= 2 for causes in by_story.values())
    for seed in SEEDS:
        assert len({case.story for case in draw_patients(seed)}) == 4


def test_the_waiting_room_and_the_reports_name_no_cause():
    said = waiting_room(1) + "".join(
        order_test(case, test).report for case in ALL[:8] for test in TESTS
    )
    assert waiting_room(1).count("\n") == 3
    assert not any(cause in said for cause in CAUSES)


def test_a_test_ordered_again_shows_the_same_whatever_came_before():
    first = order_test(person(3, "B"), FAST).cmap_mV.copy()
    order_test.cache_clear()
    draw_patients.cache_clear()
    order_tests(3, "B", [SLOW, EFFORT])
    np.testing.assert_array_equal(order_test(person(3, "B"), FAST).cmap_mV, first)


@pytest.mark.parametrize(
    ("test", "answers"), [(REST, 1), (SLOW, 10), (EFFORT, 7), (FAST, 50), (NEEDLE, 0), (BLOOD, 0)]
)
def test_what_a_result_holds(test, answers):
    result = order_test(person(1, "A"), test)
    assert result.cmap_mV.size == answers
    assert result.report.startswith(test)
    assert (result.study is not None) == (test == NEEDLE)
    assert (result.positive is not None) == (test == BLOOD)


def test_the_known_people_show_what_they_have():
    healthy, ill = (person(0, name) for name in KNOWN)
    assert healthy.junction == human()
    assert work_up(healthy)[1] == "healthy"
    assert work_up(ill)[1] == LEMS
    assert order_test(ill, BLOOD).positive
    assert not order_test(healthy, BLOOD).positive


def test_the_limits_of_the_laboratory_are_its_own():
    measured = normal_limits(human(), np.random.default_rng(0))
    assert pytest.approx(measured.jitter_us, abs=0.1) == LIMITS.jitter_us
    assert pytest.approx(measured.blocking_percent, abs=0.1) == LIMITS.blocking_percent


def test_fewer_fibres_scale_the_answer_and_nothing_else():
    fewer, healthy = (virtual_people(cause, 20, 4) for cause in ("fewer muscle fibres", "healthy"))
    ratio = fewer.resting_cmap_mV / healthy.resting_cmap_mV
    assert ratio.min() > 0.25
    assert ratio.max() < 0.45
    np.testing.assert_array_equal(fewer.decrement_percent, healthy.decrement_percent)
    assert virtual_people(LEMS, 3, 1) is cases.expected_cohort("lems", 3, 1)


# -- what a learner is told ----------------------------------------------------------------------


def of(cause, seeds=SEEDS, misled=False):
    """Return seed and name of the first person with a cause whom the blood test misleads or not."""
    for seed in seeds:
        for case in draw_patients(seed):
            against = case.cause in speaks_against(order_test(case, BLOOD))
            if case.cause == cause and against == misled:
                return seed, case.name
    raise AssertionError(cause)


@pytest.mark.parametrize("cause", CAUSES)
def test_the_right_cause_with_enough_tests_is_accepted(cause):
    seed, name = of(cause)
    tests, _ = work_up(person(seed, name))
    assert review(seed, name, tests, cause).accepted
    assert review(seed, name, TESTS[:BUDGET], cause).accepted


@pytest.mark.parametrize("cause", CAUSES)
def test_a_lucky_guess_is_not(cause):
    seed, name = of(cause)
    verdict = review(seed, name, [REST], cause)
    assert not verdict.accepted
    assert "possible" in verdict.words
    assert verdict.words.count(cause) == 1


@pytest.mark.parametrize("cause", CAUSES)
def test_a_wrong_cause_is_never_accepted_and_the_right_one_never_named_alone(cause):
    seed, name = of(cause)
    for wrong in CAUSES:
        if wrong != cause:
            for tests in ([], [REST], [SLOW], [FAST], [BLOOD], TESTS[:BUDGET]):
                verdict = review(seed, name, tests, wrong)
                assert not verdict.accepted
                assert f"speaks against {wrong}" in verdict.words or "possible" in verdict.words


@pytest.mark.parametrize(("truth", "taken_for"), [(LEMS, "botulism"), ("botulism", LEMS)])
def test_a_misleading_blood_test_is_hinted_at_and_outweighed(truth, taken_for):
    seed, name = of(truth, range(3000), misled=True)
    assert "misleads" in review(seed, name, [EFFORT, BLOOD], taken_for).words
    assert "possible" in review(seed, name, [EFFORT, BLOOD], truth).words
    verdict = review(seed, name, [EFFORT, BLOOD, FAST], truth)
    assert verdict.accepted
    assert "pointed elsewhere" in verdict.words


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: order_tests(1, "A", TESTS[:6]), "You ordered 6 tests; the budget is 5"),
        (lambda: order_tests(1, "A", [SLOW, SLOW]), "twice"),
        (lambda: order_tests(1, "E", [SLOW]), "patient"),
        (lambda: order_tests(1, "A", ["X-ray"]), "test must be one of"),
        (lambda: order_tests(-1, "A", [SLOW]), "seed"),
        (lambda: order_tests(1, "A", 3), "list of tests"),
        (lambda: order_test("A", SLOW), "person"),
        (lambda: draw_patients(1.5), "seed"),
        (lambda: person(1, "Z"), "patient"),
        (lambda: review(1, "A", [SLOW], "flu"), "cause"),
        (lambda: speaks_against("3 Hz"), "result"),
        (lambda: virtual_people("flu", 3, 1), "cause"),
    ],
)
def test_nonsense_is_refused_in_words(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_every_name_can_be_ordered_for():
    for name in NAMES:
        assert len(order_tests(1, name, TESTS[:BUDGET])) == BUDGET
    assert order_tests(1, "A", SLOW)[0] is order_tests(1, "A", [SLOW])[0]
