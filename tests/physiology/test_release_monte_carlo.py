"""A Monte Carlo of the same chain, written differently, agrees within its own error.

Channels are sampled event by event; the sensor's master equation is then followed along each
sampled calcium trace with a Runge-Kutta rule. No code is shared with the joint solver.
"""

import math

import numpy as np
import pytest

from lems_helpers.physiology._joint_chain import HORIZON_MS
from lems_helpers.physiology.calcium_channels import (
    PITTSBURGH,
    sample_openings,
    single_channel_current_pA,
)
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.nanodomain import calcium_per_pA
from lems_helpers.physiology.release import release_probability

STEP_MS = 0.01


def _open_fractions(openings, channels, edges):
    """Fraction of each time bin that each channel is open, shape (bins, channels)."""

    def filled(t):  # bins covered up to time t, as 1, 1, ..., fraction, 0, 0
        return np.clip((t[None, :] - edges[:-1, None]) / STEP_MS, 0.0, 1.0)

    fractions = np.zeros((len(edges) - 1, channels))
    spans = filled(openings.close_ms) - filled(openings.open_ms)
    np.add.at(fractions.T, openings.channel, spans.T)
    return fractions


def _fused(calcium_uM):
    """Probability of fusing along each calcium trace, shape (vesicles,)."""

    def slope(p, c):
        on = 0.09 * c * np.array([[5.0], [4.0], [3.0], [2.0], [1.0]]) * p[:5]
        off = 9.5 * np.array([[k * 0.25 ** (k - 1)] for k in range(1, 6)]) * p[1:6]
        flux = np.zeros_like(p)
        flux[:5] += off - on
        flux[1:6] += on - off
        flux[5] -= 6.0 * p[5]
        flux[6] += 6.0 * p[5]
        return flux

    p = np.zeros((7, calcium_uM.shape[1]))
    p[0] = 1.0
    for c in calcium_uM:
        k1 = slope(p, c)
        k2 = slope(p + 0.5 * STEP_MS * k1, c)
        k3 = slope(p + 0.5 * STEP_MS * k2, c)
        k4 = slope(p + STEP_MS * k3, c)
        p = p + STEP_MS / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return p[6]


def _monte_carlo(vesicles, survival, seed):
    impulse = Impulse()
    rng = np.random.default_rng(seed)
    begin, end = impulse.window_ms
    edges = np.arange(begin, end + HORIZON_MS + STEP_MS / 2, STEP_MS)
    openings = sample_openings(PITTSBURGH, impulse, 4 * vesicles, seed=rng)
    present = rng.random(4 * vesicles) < survival
    fractions = _open_fractions(openings, 4 * vesicles, edges) * present
    influx = -single_channel_current_pA(impulse.voltage_mV(edges[:-1] + STEP_MS / 2))
    weights = np.tile(calcium_per_pA([27.7, 27.7, 49.7, 49.7]), vesicles)
    calcium = (fractions * weights).reshape(len(influx), vesicles, 4).sum(axis=2)
    return _fused(0.05 + influx[:, None] * calcium)


@pytest.mark.parametrize(("survival", "seed"), [(1.0, 11), (0.4, 12)])
def test_monte_carlo_agrees_within_three_standard_errors(survival, seed):
    vesicles = 12_000
    exact = release_probability(mouse().with_(channel_survival=survival))
    each = _monte_carlo(vesicles, survival, seed)
    standard_error = each.std() / math.sqrt(vesicles)
    assert standard_error < 0.05 * exact
    assert abs(each.mean() - exact) < 3.0 * standard_error
    # the vesicles' own fate, drawn: a coarser test of the same number
    released = np.random.default_rng(seed).random(vesicles) < each
    binomial = math.sqrt(exact * (1.0 - exact) / vesicles)
    assert abs(released.mean() - exact) < 3.0 * binomial
