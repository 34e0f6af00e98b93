"""The one description of a junction: immutable, comparable, changed by name."""

import math
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from lems_helpers.physiology.calcium_channels import LI2007
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import ActiveZone, ChannelGroup, Junction, human, mouse


def test_presets():
    assert mouse().docked_vesicles == 1700
    assert human().docked_vesicles == 520
    assert mouse() == Junction()
    assert human().with_(zones=850, name="mouse", quanta=mouse().quanta) == mouse()


def test_a_junction_is_immutable_hashable_and_can_travel():
    junction = mouse()
    with pytest.raises(FrozenInstanceError):
        junction.name = "other"
    assert hash(junction) == hash(mouse())
    assert pickle.loads(pickle.dumps(junction)) == junction


def test_values_are_found_by_name():
    changed = mouse().with_(calcium_mM=0.5, width=1.3, channel_survival=0.4, near_nm=30, zones=10)
    assert changed.terminal.calcium_mM == 0.5
    assert changed.impulse.width == 1.3
    assert changed.zone.channel_survival == 0.4
    assert changed.terminal.zones == 10
    assert mouse().with_(impulse=Impulse(width=2.0), rest_mV=-80.0).impulse == Impulse(
        width=2.0, rest_mV=-80.0
    )
    assert mouse().with_(scheme=LI2007).channels.scheme is LI2007
    assert mouse().with_(length_constant_nm=24.0).nanodomain.length_constant_nm == 24.0
    assert mouse().with_() == mouse()


def test_numbers_are_stored_plain():
    zone = mouse().with_(channel_survival=np.float64(0.5), near_count=np.int64(1)).zone
    assert type(zone.channel_survival) is float
    assert type(zone.near_count) is int
    assert "np." not in repr(zone)


def test_groups_seen_by_a_vesicle():
    junction = mouse()
    near, far = junction.channel_groups
    assert (near.distance_nm, near.count, far.distance_nm, far.count) == (27.7, 2, 49.7, 2)
    half = junction.with_(disorganisation=0.5).channel_groups
    assert [g.distance_nm for g in half] == pytest.approx([63.85, 74.85])
    (merged,) = junction.with_(disorganisation=1.0).channel_groups
    assert (merged.distance_nm, merged.count) == (100.0, 4)
    compensated = junction.with_(compensation=0.3).channel_groups
    assert compensated[-1].distance_nm == 70.0
    assert compensated[-1].kinds[0][1] == 0.3
    assert junction.with_(near_count=0, far_count=0).channel_groups == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"calcium_mM": -1.0}, "external calcium is -1, but must be between 0 and 100 mM"),
        ({"calcium_mM": math.nan}, "external calcium must be a finite number"),
        ({"calcium_mM": "two"}, "external calcium must be a number"),
        ({"calcium_mM": True}, "external calcium must be a number"),
        ({"channel_survival": 1.2}, "channel survival is 1.2, but must be between 0 and 1"),
        ({"zone_survival": -0.1}, "zone survival is -0.1"),
        ({"zones": 2.5}, "number of active zones must be a whole number"),
        ({"near_nm": 1.0}, "distance of the near channels is 1"),
        ({"near_count": 9}, "number of near channels is 9"),
        ({"colour": 1}, "A junction has no colour; it has "),
        ({"impulse": "wide"}, "impulse must be an Impulse"),
        ({"name": 3}, "name must be a str"),
    ],
)
def test_impossible_junctions_are_refused_in_plain_words(changes, words):
    with pytest.raises(ValueError, match=words):
        mouse().with_(**changes)


def test_impossible_groups_are_refused():
    with pytest.raises(ValueError, match=r"kind of channel is 1\.5"):
        ChannelGroup(30.0, 2, ((LI2007, 1.5),))
    with pytest.raises(ValueError, match=r"channel is present is 1\.2"):
        ChannelGroup(30.0, 2, ((LI2007, 0.6), (LI2007, 0.6)))
    with pytest.raises(ValueError, match="disorganisation is 2"):
        replace(ActiveZone(), disorganisation=2.0)
