"""Drifting across the gap: the mean time against a random walk solved exactly."""

import numpy as np
import pytest

from lems_helpers.physiology.cleft import ACETYLCHOLINE_UM2_PER_S, GAP_NM, diffusion_ms


def mean_steps(sites):
    """Mean steps of a walk on a line from a closed end to an open one, from its equations."""
    hop = np.zeros((sites, sites))
    for i in range(sites):
        for j in (i - 1, i + 1):
            if j < sites:
                hop[i, abs(j)] += 0.5
    return np.linalg.solve(np.eye(sites) - hop, np.ones(sites))[0]


def test_it_is_the_mean_first_passage_of_a_random_walk():
    sites, spread, distance_nm = 40, 300.0, 70.0
    hop_um = 1e-3 * distance_nm / sites
    step_ms = 1e3 * hop_um**2 / (2 * spread)
    assert diffusion_ms(distance_nm, spread) == pytest.approx(mean_steps(sites) * step_ms, rel=1e-9)


def test_the_gap_takes_a_few_microseconds_and_a_metre_decades():
    assert diffusion_ms(GAP_NM) == pytest.approx(0.003125)
    years = diffusion_ms(1e9) / (1000 * 3600 * 24 * 365.25)
    assert 30 < years < 50


def test_ten_times_the_way_takes_a_hundred_times_as_long():
    near, far = diffusion_ms([50.0, 500.0])
    assert far / near == pytest.approx(100)
    assert diffusion_ms(50, 2 * ACETYLCHOLINE_UM2_PER_S) == pytest.approx(near / 2)


@pytest.mark.parametrize(("distance", "spread"), [(-1, 400), (50, 0), ("far", 400), (50, None)])
def test_nonsense_is_refused_in_plain_words(distance, spread):
    with pytest.raises(ValueError, match=r"distance|diffusion"):
        diffusion_ms(distance, spread)
