"""The closed-form impulse: its published widths, its shape, and what it refuses."""

import math

import numpy as np
import pytest

from lems_helpers.physiology.impulse import (
    Impulse,
    full_width_half_height_ms,
    width_from_amifampridine,
)


@pytest.mark.parametrize(
    ("width", "expected_ms"),
    [
        (1.0, 0.206),
        (1.1, 0.217),
        (1.2, 0.229),
        (1.3, 0.241),
        (1.5, 0.266),
        (2.0, 0.330),
        (3.0, 0.467),
    ],
)
def test_width_at_half_height(width, expected_ms):
    assert full_width_half_height_ms(Impulse(width=width)) == pytest.approx(expected_ms, abs=6e-4)


@pytest.mark.parametrize("width", [0.5, 1.0, 5.0])
def test_impulse_leaves_rest_reaches_its_peak_and_returns(width):
    impulse = Impulse(width=width)
    begin, end = impulse.window_ms
    voltage = impulse.voltage_mV(np.linspace(begin, end, 40_001))
    assert voltage.max() == pytest.approx(31.0, abs=1e-4)
    assert voltage[[0, -1]] == pytest.approx([-70.0, -70.0], abs=0.01)
    assert voltage.min() >= -70.0
    above = np.flatnonzero(voltage > -19.5)  # half-way between -70 and +31 mV
    measured = (above[-1] - above[0] + 1) * (end - begin) / 40_000
    assert measured == pytest.approx(full_width_half_height_ms(impulse), abs=2e-4)


def test_voltage_keeps_the_shape_of_its_times_and_never_overflows():
    impulse = Impulse()
    assert isinstance(impulse.voltage_mV(0.6), float)
    assert impulse.voltage_mV([[0.1, 0.6], [1.0, 1e6]]).shape == (2, 2)
    assert impulse.voltage_mV([-1e6, 1e6]) == pytest.approx([-70.0, -70.0])


def test_amifampridine_widens_through_a_partial_and_a_classic_block():
    assert width_from_amifampridine(0.0) == 1.0
    assert width_from_amifampridine(3.0, 0.6, 0.0) == pytest.approx(1.3)
    assert width_from_amifampridine(300.0, 0.0, 2.0) == pytest.approx(2.0)
    clinical, high, classic = (width_from_amifampridine(c) for c in (1.0, 10.0, 300.0))
    assert 1.05 < clinical < high < classic
    assert classic == pytest.approx(1.0 + 0.584 * 300 / 303 + 2.0 * 300 / 600)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": -1.0}, "impulse width factor is -1"),
        ({"width": math.nan}, "impulse width factor must be a finite number"),
        ({"width": "wide"}, "impulse width factor must be a number"),
        ({"peak_mV": 500.0}, "peak of the impulse is 500, but must be between -20 and 120 mV"),
        ({"rise_ms": 0.0}, "rise time constant is 0"),
    ],
)
def test_impossible_impulses_are_refused_in_plain_words(change, words):
    with pytest.raises(ValueError, match=words):
        Impulse(**change)


def test_impossible_times_and_doses_are_refused():
    with pytest.raises(ValueError, match="time holds nan"):
        Impulse().voltage_mV([0.0, math.nan])
    with pytest.raises(ValueError, match="amifampridine concentration is -1"):
        width_from_amifampridine(-1.0)
    with pytest.raises(ValueError, match="impulse must be an Impulse"):
        full_width_half_height_ms("impulse")
