"""Every seed gives four solvable cases, and the tests say the same however often they are asked."""

import numpy as np
import pytest

from lems_helpers.clinic.casebook import CAUSES, TESTS, draw_cases, examine


def told_by_four_tests(case):
    """Name the cause as the notebook's solution does: the story, and one test of each."""
    if (examine(case, "3 Hz").cmap_mV[0]) < 6:
        assert examine(case, "effort").change_percent >= 60
        return "botulism" if "three days" in case.story else "lems"
    return "myasthenia gravis" if examine(case, "3 Hz").change_percent >= 8 else "healthy"


@pytest.mark.parametrize("seed", range(40))
def test_each_cause_comes_once_and_can_be_told(seed):
    cases = draw_cases(seed)
    assert [case.name for case in cases] == list("ABCD")
    assert sorted(case.cause for case in cases) == sorted(CAUSES)
    for case in cases:
        assert told_by_four_tests(case) == case.cause


def test_stories_alone_do_not_tell_lems_from_myasthenia():
    stories = {case.cause: case.story for case in draw_cases(1)}
    assert stories["lems"] == stories["myasthenia gravis"]


def test_orders_differ_between_seeds():
    assert len({tuple(case.cause for case in draw_cases(seed)) for seed in range(40)}) > 10


@pytest.mark.parametrize("test", TESTS)
def test_a_test_ordered_again_shows_the_same(test):
    case = draw_cases(5)[0]
    first, second = examine(case, test), examine(case, test)
    np.testing.assert_array_equal(first.cmap_mV, second.cmap_mV)
    assert first.cmap_mV.size == (10 if test == "3 Hz" else 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: draw_cases(-1), "seed"),
        (lambda: draw_cases("x"), "seed"),
        (lambda: examine(draw_cases(1)[0], "blood"), "test"),
        (lambda: examine("A", "3 Hz"), "case"),
    ],
)
def test_nonsense_is_refused_in_words(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
