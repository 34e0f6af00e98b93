"""Explanations of one weak muscle that a single answer at rest cannot tell apart.

The same small answer comes from a few channels at every release site, from a few intact sites,
or from anything in between. What a train of impulses then does is another matter.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lems_helpers.clinic.disease import lems
from lems_helpers.clinic.recording import expected_firing
from lems_helpers.physiology.checks import instance, number
from lems_helpers.physiology.junction import Junction, human
from lems_helpers.physiology.release import (
    quantal_content,
    release_probability,
    release_survival_curve,
)


def lems_with_cmap(
    cmap_mV: float, zones_part: float = 0.0, healthy: Junction | None = None
) -> Junction:
    """Lambert-Eaton junction whose rested muscle answers with a CMAP of the size asked for.

    Parameters
    ----------
    cmap_mV : float
        Amplitude of the first answer; at least 0.1 % and less than all of the healthy one.
    zones_part : float
        Part of the loss that falls on whole active zones, on a scale of ratios: 0 = channels
        alone are lost, 1 = zones alone, 0.5 = both take an equal factor from the release.
    healthy : Junction, optional
        What the losses act on; `human()` when left out.

    Returns
    -------
    Junction

    Raises
    ------
    ValueError
        If the answer is larger than the healthy one, or a value is out of range.
    """
    base = instance("junction", human() if healthy is None else healthy, Junction)
    part = number("part of the loss that falls on zones", zones_part, 0.0, 1.0)
    content, answer, survival, released = _curves(base)
    largest = float(answer[-1])
    wanted = number("CMAP at rest", cmap_mV, 0.001 * largest, largest, "mV")
    ratio = float(np.interp(wanted, answer, content)) / quantal_content(base)
    each = release_probability(base) * ratio ** (1.0 - part)
    return lems(base, float(np.interp(each, released, survival)), ratio**part)


@lru_cache(maxsize=16)
def _curves(base: Junction):
    """CMAP against quantal content, and release against channel survival: both rise."""
    content = np.linspace(0.0, quantal_content(base), 2001)
    answer = base.muscle.cmap_full_mV * expected_firing(base, content)
    survival = np.linspace(0.0, 1.0, 401)
    return content, answer, survival, release_survival_curve(base, survival)
