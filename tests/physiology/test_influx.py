"""The calcium of a whole terminal: counted from single channels, and changed by all that acts."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lems_helpers.clinic.disease import high_magnesium, lems, low_calcium
from lems_helpers.clinic.treatment import amifampridine, gv58
from lems_helpers.physiology.calcium_channels import (
    LI2007,
    ever_open_probability,
    ions_per_opening_channel,
)
from lems_helpers.physiology.influx import T_MS, average_channel, ions_entered, terminal_influx
from lems_helpers.physiology.junction import mouse

MOUSE = mouse()


@pytest.mark.parametrize(
    "junction",
    [
        MOUSE,
        low_calcium(MOUSE, 0.5),
        high_magnesium(MOUSE, 10.0),
        MOUSE.with_(conductance_pS=1.0, reversal_mV=45.0),
        MOUSE.with_(scheme=LI2007),
        amifampridine(MOUSE, 5.0),
    ],
    ids=["healthy", "calcium", "magnesium", "conductance", "scheme", "drug"],
)
def test_terminal_holds_what_its_channels_let_in(junction):
    """Channels times the share that opens times the ions of one that opens, whatever changed."""
    one = ions_per_opening_channel(
        junction.impulse,
        junction.terminal.calcium_mM,
        magnesium_mM=junction.terminal.magnesium_mM,
        channels=junction.channels,
    ) * ever_open_probability(junction.channels.scheme, junction.impulse)
    assert terminal_influx(junction).ions == pytest.approx(850 * 4 * one, rel=2e-3)


def test_loss_is_in_proportion_and_slowed_channels_pass_more():
    influx = terminal_influx(lems(MOUSE, channel_survival=0.5, zone_survival=0.4))
    assert influx.percent_left == pytest.approx(20.0)
    assert influx.percent_of_healthy == pytest.approx(20.0)
    slowed = terminal_influx(gv58(MOUSE, 8.8))
    assert slowed.percent_of_healthy > 150.0
    assert slowed.healthy_ions == terminal_influx(MOUSE).ions


def test_a_terminal_that_lets_nothing_in_has_no_share_of_healthy():
    for junction in (MOUSE.with_(zones=0), MOUSE.with_(conductance_pS=0.0)):
        assert terminal_influx(junction).ions == 0.0
        assert math.isnan(terminal_influx(junction).percent_of_healthy)


def test_current_peaks_while_the_impulse_falls():
    free, held = average_channel(), average_channel(hold_force=True)
    assert free.delay_ms > held.delay_ms > 0.0
    assert free.peak_pA == free.current_pA.min() < 0.0
    np.testing.assert_allclose(
        free.current_pA, -2.4e-3 * free.driving_force_mV * free.open_probability
    )


def test_one_picoampere_for_one_ms_is_3121_ions():
    assert ions_entered([0.0, 1.0], [-1.0, -1.0])[-1] == pytest.approx(1e-15 / 3.204353268e-19)
    assert ions_entered(T_MS, 0.0 * T_MS)[-1] == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: terminal_influx("mouse"), "junction must be a Junction"),
        (lambda: average_channel(calcium_mM=-1.0), "external calcium is -1, but must be"),
        (lambda: average_channel("P/Q"), "gating scheme must be a GatingScheme"),
        (lambda: average_channel(impulse=3.0), "impulse must be an Impulse"),
        (lambda: ions_entered([0.0, 1.0], [1.0]), "must match"),
        (lambda: ions_entered([0.0, math.nan], [1.0, 1.0]), "time holds nan"),
        (lambda: replace(MOUSE.channels, reversal_mV=-1.0), "reversal potential is -1"),
    ],
)
def test_impossible_inputs_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
