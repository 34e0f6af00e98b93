"""The calcium cloud of one open channel."""

import math

import numpy as np
import pytest

from lems_helpers.physiology.calcium_channels import single_channel_current_pA
from lems_helpers.physiology.nanodomain import (
    Nanodomain,
    calcium_per_pA,
    calcium_uM,
    length_constant_nm,
)


def test_one_channel_gives_10_to_40_uM_at_20_to_50_nm():
    current = single_channel_current_pA(0.0)
    calcium = calcium_uM(current, np.linspace(20.0, 50.0, 31))
    assert np.all((calcium > 10.0) & (calcium < 40.0))


def test_formula_in_si_units():
    # 0.1 pA at 30 nm: i/2F = 5.182e-19 mol/s over 2 pi D r = 4.203e-17 m3/s = 12.33 uM
    assert calcium_uM(-0.1, 30.0) - 0.05 == pytest.approx(12.33, rel=1e-3)
    buffered = Nanodomain(length_constant_nm=30.0)
    assert calcium_per_pA(30.0, buffered) == pytest.approx(calcium_per_pA(30.0) / math.e)


def test_outward_or_no_current_leaves_calcium_at_rest():
    assert calcium_uM([0.0, 0.1], 30.0) == pytest.approx([0.05, 0.05])


def test_shapes_broadcast():
    assert calcium_uM(np.zeros((3, 1)), [20.0, 50.0]).shape == (3, 2)
    assert isinstance(calcium_uM(-0.1, 30.0), float)


def test_bapta_reaches_less_far_than_egta():
    assert length_constant_nm("BAPTA", 1.0) == pytest.approx(23.6, abs=0.1)
    assert length_constant_nm("EGTA", 1.0) == pytest.approx(149.3, abs=0.1)
    assert length_constant_nm("EGTA", 0.0) == math.inf


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: calcium_uM(-0.1, 0.0), "distance from the channel holds 0"),
        (lambda: calcium_uM(math.inf, 30.0), "channel current holds inf"),
        (lambda: Nanodomain(rest_uM=-1.0), "resting calcium is -1"),
        (lambda: Nanodomain(length_constant_nm=math.nan), "buffer length constant must be a fin"),
        (lambda: Nanodomain(length_constant_nm="far"), "buffer length constant must be a number"),
        (lambda: length_constant_nm("milk", 1.0), "buffer must be one of BAPTA, EGTA"),
        (lambda: length_constant_nm("EGTA", -1.0), "EGTA concentration is -1"),
    ],
)
def test_impossible_inputs_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
