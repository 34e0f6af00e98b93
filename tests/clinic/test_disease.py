"""Diseases are functions from a junction to a junction, and they compose."""

import math

import pytest

from lems_helpers.clinic.disease import high_magnesium, lems, low_calcium
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.release import quantal_content, release_probability


def test_defaults_change_nothing():
    assert lems(mouse()) == mouse()
    assert low_calcium(mouse(), 2.0) == mouse()
    assert high_magnesium(mouse(), 1.0) == mouse()


def test_losing_twice_multiplies():
    twice = lems(lems(human(), 0.5, 0.8, disorganisation=0.5), 0.5, 0.5, disorganisation=0.5)
    assert twice.zone.channel_survival == pytest.approx(0.25)
    assert twice.terminal.zone_survival == pytest.approx(0.4)
    assert twice.zone.disorganisation == pytest.approx(0.75)
    assert lems(low_calcium(mouse(), 1.0), 0.5) == low_calcium(lems(mouse(), 0.5), 1.0)


def test_zone_loss_takes_quanta_in_proportion_and_leaves_probability_alone():
    healthy, ill = mouse(), lems(mouse(), zone_survival=0.5)
    assert release_probability(ill) == release_probability(healthy)
    assert quantal_content(ill) == pytest.approx(0.5 * quantal_content(healthy))


def test_channel_loss_takes_release_a_little_more_than_in_proportion():
    ratio = quantal_content(lems(mouse(), channel_survival=0.5)) / quantal_content(mouse())
    assert 0.5**1.3 < ratio < 0.5  # and nothing like a sixteenth


def test_scattered_channels_release_less_and_compensation_more():
    ill = lems(mouse(), channel_survival=0.4)
    scattered = lems(mouse(), channel_survival=0.4, disorganisation=0.6)
    compensated = lems(mouse(), channel_survival=0.4, compensation=0.5)
    assert quantal_content(scattered) < quantal_content(ill) < quantal_content(compensated)


def test_without_channels_or_zones_nothing_is_released():
    assert release_probability(lems(mouse(), channel_survival=0.0)) < 1e-9
    assert quantal_content(lems(mouse(), zone_survival=0.0)) == 0.0


def test_low_calcium_and_high_magnesium_both_lower_release():
    healthy = quantal_content(mouse())
    assert quantal_content(low_calcium(mouse(), 0.5)) < 0.05 * healthy
    assert 0.02 * healthy < quantal_content(high_magnesium(mouse(), 10.0)) < 0.5 * healthy
    assert quantal_content(low_calcium(mouse(), 0.0)) < 1e-6


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lems(mouse(), 1.2), "channel survival is 1.2, but must be between 0 and 1"),
        (lambda: lems(mouse(), zone_survival=-1), "zone survival is -1"),
        (lambda: lems(mouse(), disorganisation=math.nan), "disorganisation must be a finite"),
        (lambda: lems(mouse(), compensation="some"), "compensation must be a number"),
        (lambda: lems("mouse"), "junction must be a Junction"),
        (lambda: low_calcium(mouse(), -1.0), "external calcium is -1, but must be between 0"),
        (lambda: low_calcium(None, 1.0), "junction must be a Junction"),
        (lambda: high_magnesium(mouse(), math.inf), "external magnesium must be a finite"),
    ],
)
def test_impossible_diseases_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
