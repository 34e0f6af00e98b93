"""One broken link, and which other breaks give the same weakness."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from lems_helpers.clinic.broken_links import (
    FAULTS,
    BrokenLink,
    _firing_curve,
    break_link,
    left_for,
)

STAGES = ("impulses", "calcium", "packets", "packet_effect", "end_plate")
FIRST_LOST = {
    "nerve": "impulses",
    "channels": "calcium",
    "calcium": "calcium",
    "release": "packets",
    "receptors": "packet_effect",
}


def values(link: BrokenLink):
    return np.array([getattr(link, stage) for stage in STAGES])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_whole_link_is_a_healthy_junction(fault):
    whole = break_link(fault, 1.0)
    assert values(whole) == pytest.approx(np.ones(5))
    assert whole.firing > 0.98


@pytest.mark.parametrize("fault", FAULTS)
def test_what_comes_before_the_break_stays_whole(fault):
    link = break_link(fault, 0.4)
    lost = STAGES.index(FIRST_LOST[fault])
    assert values(link)[:lost] == pytest.approx(np.ones(lost))
    assert values(link)[lost] < 0.9
    assert link.end_plate < 0.9
    assert link.firing < 0.9


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_left_means_no_fibre_fires(fault):
    assert break_link(fault, 0.0).firing < 1e-5


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("firing", [0.02, 0.2, 0.5, 0.9])
def test_the_same_weakness_is_found_from_every_fault(fault, firing):
    assert break_link(fault, left_for(fault, firing)).firing == pytest.approx(firing, abs=1e-3)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_ends_of_the_scale(fault):
    assert left_for(fault, 1.0) == 1.0
    assert 0.0 <= left_for(fault, 0.0) < 0.2


@pytest.mark.parametrize("fault", FAULTS)
def test_the_curve_between_its_knots_is_scipys(fault):
    coarse = np.linspace(0.0, 1.0, 26)
    firing = [break_link(fault, left).firing for left in coarse.tolist()]
    left, curve = _firing_curve(fault)
    reference = PchipInterpolator(coarse, firing)(left)
    assert curve == pytest.approx(reference, rel=0, abs=1e-12)


def test_only_lost_receptors_weaken_each_packet():
    for fault in FAULTS:
        assert (break_link(fault, 0.5).packet_effect < 0.9) == (fault == "receptors")


@pytest.mark.parametrize(("fault", "left"), [("wires", 0.5), ("nerve", 1.5), ("nerve", "half")])
def test_nonsense_is_refused_in_plain_words(fault, left):
    with pytest.raises(ValueError, match="link"):
        break_link(fault, left)
