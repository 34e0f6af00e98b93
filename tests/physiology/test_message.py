"""One impulse through all stages: the order of events, and agreement with each stage's own."""

import numpy as np
import pytest

from lems_helpers.physiology.end_plate import epp_amplitude
from lems_helpers.physiology.influx import average_channel
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.message import follow_message
from lems_helpers.physiology.release import quantal_content

HEALTHY = follow_message(human())


def test_the_events_come_in_the_order_of_the_chain():
    m = HEALTHY
    times = [m.impulse_ms, m.calcium_ms, m.release_ms, m.threshold_ms, m.spike_ms, m.twitch_ms]
    assert times == sorted(times)
    # The delay of a junction, peak of the impulse to firing, is about a millisecond.
    assert 0.5 < m.threshold_ms - m.impulse_ms < 2.0


def test_it_agrees_with_the_stages():
    m = HEALTHY
    assert m.packets[-1] == pytest.approx(quantal_content(human()), rel=1e-9)
    assert m.end_plate_mV.max() == pytest.approx(
        epp_amplitude(human().end_plate, m.packets[-1]), rel=0.02
    )
    late = average_channel().delay_ms
    assert m.calcium_ms - m.impulse_ms == pytest.approx(late, abs=0.01)
    assert np.interp(m.release_ms, m.t_ms, m.packets) == pytest.approx(m.packets[-1] / 2, rel=0.01)
    assert m.fibre_mV.max() == pytest.approx(human().muscle.spike_peak_mV, abs=0.1)


def test_nothing_comes_before_its_cause():
    m = HEALTHY
    assert m.pull[m.t_ms <= m.threshold_ms].max() == 0
    assert m.pull[-1] > 0
    assert m.end_plate_mV[m.t_ms < 0.6].max() < 0.01
    assert (np.diff(m.packets) >= 0).all()


def test_without_calcium_outside_the_impulse_comes_and_nothing_else():
    m = follow_message(human().with_(calcium_mM=0.0))
    assert m.voltage_mV.max() == HEALTHY.voltage_mV.max()
    assert (m.calcium_ms, m.release_ms, m.threshold_ms, m.spike_ms, m.twitch_ms) == (None,) * 5
    assert m.end_plate_mV.max() < 1e-6
    assert m.pull.max() == 0


def test_a_junction_without_release_sites_does_not_fail():
    m = follow_message(human().with_(zones=0))
    assert m.packets[-1] == 0
    assert m.spike_ms is None


def test_no_junction_is_refused():
    with pytest.raises(ValueError, match="junction"):
        follow_message("human")


def test_an_impulse_that_begins_before_the_clock_is_refused():
    with pytest.raises(ValueError, match=r"impulse begins at -0\.35 ms, but must begin at 0"):
        follow_message(human().with_(onset_ms=0.0))
