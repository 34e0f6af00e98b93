"""Explanations that a single answer at rest cannot tell apart, and a train can."""

import math

import pytest

from lems_helpers.clinic.disease import typical_lems
from lems_helpers.clinic.electrodiagnosis import high_rate, low_rate
from lems_helpers.clinic.explanations import lems_with_cmap
from lems_helpers.clinic.patients import CHANNELS_ALONE
from lems_helpers.clinic.recording import resting_cmap_mV
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.release import quantal_content


@pytest.mark.parametrize("cmap_mV", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("zones_part", [0.0, 0.4, 1.0])
def test_the_answer_at_rest_is_as_asked_whatever_the_explanation(cmap_mV, zones_part):
    found = resting_cmap_mV(lems_with_cmap(cmap_mV, zones_part))
    assert found == pytest.approx(cmap_mV, rel=0.01)


def test_the_ends_of_the_scale_are_one_loss_alone():
    alone, whole = lems_with_cmap(2.0, 0.0), lems_with_cmap(2.0, 1.0)
    assert alone.terminal.zone_survival == 1.0
    assert whole.zone.channel_survival == pytest.approx(1.0)
    assert quantal_content(alone) == pytest.approx(quantal_content(whole), rel=0.01)


def test_it_agrees_with_the_junctions_of_the_course():
    typical = typical_lems(human())
    cmap = resting_cmap_mV(typical)
    alone = lems_with_cmap(cmap)
    assert alone.zone.channel_survival == pytest.approx(CHANNELS_ALONE, abs=0.003)
    ratio = quantal_content(typical) / quantal_content(human())
    part = math.log(typical.terminal.zone_survival) / math.log(ratio)
    mixed = lems_with_cmap(cmap, part)
    assert mixed.zone.channel_survival == pytest.approx(typical.zone.channel_survival, rel=0.01)


def test_trains_part_what_a_single_answer_cannot():
    for cmap_mV in (0.5, 1.0, 2.0, 3.0):
        falls = [low_rate(lems_with_cmap(cmap_mV, p)).decrement_percent for p in (0.0, 0.5, 1.0)]
        grows = [high_rate(lems_with_cmap(cmap_mV, p)).increment_percent for p in (0.0, 0.5, 1.0)]
        assert falls[0] < 10.0 < falls[1] < falls[2]
        assert grows[0] > grows[1] > 60.0 > grows[2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lems_with_cmap(12.0), "CMAP at rest is 12, but must be between"),
        (lambda: lems_with_cmap(0.0), "CMAP at rest is 0, but"),
        (lambda: lems_with_cmap(math.nan), "CMAP at rest must be a finite"),
        (lambda: lems_with_cmap(2.0, 1.2), "part of the loss that falls on zones is 1.2"),
        (lambda: lems_with_cmap(2.0, healthy="me"), "junction must be a Junction"),
    ],
)
def test_impossible_demands_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
