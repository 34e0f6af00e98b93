"""Notebook 00: the seven links answer a broken one as they must, and the map adds up."""

import re
from pathlib import Path

import numpy as np
import pytest

from lems_helpers.lab.lessons import n00_start_here as start
from lems_helpers.lab.links import shown

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
FAULTS = start.FAULTS[1:]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_link_stops_what_comes_after_it_and_nothing_before(fault):
    broken = start.FAULTS.index(fault) - 1
    reached = start.cascade(fault, 0).reached()
    assert reached[:broken] == pytest.approx(1)
    assert not reached[broken:].any()


@pytest.mark.parametrize("fault", FAULTS)
def test_with_all_of_it_left_no_link_is_broken(fault):
    assert start.cascade(fault, 100).values == pytest.approx(start.cascade(start.NONE, 0).values)


@pytest.mark.parametrize("fault", FAULTS)
def test_more_left_never_makes_a_fibre_stop(fault):
    firing = [start.cascade(fault, left).firing for left in range(0, 101, 10)]
    assert (np.diff(firing) >= 0).all()
    assert (firing[0], firing[-1]) == (pytest.approx(0, abs=0.1), pytest.approx(98.9, abs=0.5))


def test_only_links_at_the_junction_have_a_reserve():
    kept = {fault: start.cascade(fault, 80).firing for fault in FAULTS}
    for fault in (start.NERVES, start.FIBRES):
        assert kept[fault] == pytest.approx(0.8 * 98.9, abs=0.5)
    for fault in (start.CHANNELS, start.RELEASE, start.RECEPTORS):
        assert kept[fault] > 94


def test_two_ways_to_halve_calcium_let_in_as_much_and_release_unequally():
    channels, outside = (
        start.cascade(fault, 50).values for fault in (start.CHANNELS, start.CALCIUM)
    )
    assert channels[2] == pytest.approx(outside[2])
    assert channels[3] > 2 * outside[3]


def test_what_is_drawn_is_none_only_at_nothing_and_all_only_at_everything():
    assert [shown(share, 5) for share in (0, 0.001, 0.5, 0.999, 1)] == [0, 1, 2, 4, 5]


def test_the_map_and_the_routes_give_the_minutes_of_the_notebooks():
    text = NOTEBOOK.read_text("utf-8")
    rows = re.findall(r"\| (\d\d) \| (.*?) \|.*? \| (\d+) \|", text)
    notebooks = sorted(NOTEBOOK.parent.glob("*.ipynb"))
    assert len(rows) == len(notebooks)
    for (_, title, minutes), path, known in zip(rows, notebooks, start.MINUTES, strict=True):
        said = re.search(r"(\d+) minutes", path.read_text("utf-8")).group(1)
        assert (minutes, str(known)) == (said, said), path.stem
        assert path == NOTEBOOK or f"]({path.name})" in title
    assert start.FAMILY_MINUTES == 60
    for minutes in (sum(start.MINUTES), start.MINUTES[0] + sum(start.MINUTES[5:])):
        assert f"about {round(minutes / 60)} hours" in text
