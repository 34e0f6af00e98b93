"""Changing one assumption moves what it should and nothing else."""

import pytest

from lems_helpers.evidence.comparison import QUICK, Junctions, compare, quick_values
from lems_helpers.evidence.sensitivity import ASSUMPTIONS, changed_rows


def values(assumption, factor):
    return {row.measurement.id: row.model for row in changed_rows(assumption, factor)}


def test_the_quick_rows_are_those_of_the_full_comparison():
    full = {row.measurement.id: row.model for row in compare(patients=1)}
    for id, value in quick_values(Junctions()).items():
        assert value == pytest.approx(full[id], rel=1e-6), id


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
def test_a_factor_of_one_changes_nothing_and_two_changes_something(assumption):
    healthy = quick_values(Junctions())
    assert values(assumption, 1.0) == pytest.approx(healthy)
    assert tuple(healthy) == QUICK
    moved = [id for id, value in values(assumption, 2.0).items() if value != healthy[id]]
    assert moved


def test_each_assumption_acts_where_it_stands_in_the_chain():
    healthy = quick_values(Junctions())
    farther = values("distance from channel to vesicle", 1.5)
    assert farther["p_release"] < 0.5 * healthy["p_release"]
    assert farther["channel_opens"] == healthy["channel_opens"]
    stiffer = values("firing threshold of the fibre", 1.5)
    assert stiffer["cmap_rest_lems"] < 0.5 * healthy["cmap_rest_lems"]
    assert stiffer["qc_human"] == healthy["qc_human"]
    assert values("conductance opened by one packet", 0.5)["mepp_human"] < 0.7


@pytest.mark.parametrize(
    ("assumption", "factor", "words"),
    [
        ("the weather", 1.0, "assumption must be one of"),
        ("width of the nerve impulse", 3.0, "between 0.5 and 2"),
        ("width of the nerve impulse", float("nan"), "finite"),
    ],
)
def test_nonsense_is_refused(assumption, factor, words):
    with pytest.raises(ValueError, match=words):
        changed_rows(assumption, factor)
