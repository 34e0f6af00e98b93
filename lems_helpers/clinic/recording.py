"""Stimulate a nerve and record from the muscle: one junction becomes thousands of fibres.

Every fibre has its own end-plate: quantal contents differ lognormally, thresholds normally.
The protocols of the laboratory, in `electrodiagnosis`, are trains given to this muscle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lems_helpers.physiology.checks import instance, numbers
from lems_helpers.physiology.end_plate import EndPlate
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import Muscle, cmap, draw_fibres, fires, fraction_firing
from lems_helpers.physiology.plasticity import run_train
from lems_helpers.physiology.quanta import Quanta
from lems_helpers.physiology.release import release_probability


@dataclass(frozen=True, eq=False)
class Recording:
    """What a surface electrode over a muscle records in a train.

    Attributes
    ----------
    times_s : numpy.ndarray, shape (stimuli,)
    quantal_content : numpy.ndarray, shape (stimuli,)
        Mean over the end-plates.
    fired : numpy.ndarray, shape (stimuli,)
        Fraction of the fibres that fired.
    muscle : Muscle
    """

    times_s: np.ndarray
    quantal_content: np.ndarray
    fired: np.ndarray
    muscle: Muscle

    @property
    def cmap_mV(self) -> np.ndarray:
        """Amplitude of each CMAP, baseline to negative peak, shape (stimuli,)."""
        return self.muscle.cmap_full_mV * self.fired

    def waveforms(self, times_ms) -> np.ndarray:
        """CMAP after each stimulus, in mV and negative up, shape (stimuli, samples)."""
        return cmap(self.muscle, times_ms, self.fired)


def record(
    junction: Junction,
    times_s,
    rng: np.random.Generator,
    fibres: int = 3000,
    drawn=None,
) -> Recording:
    """Stimulate the nerve at the given times and record every answer.

    Parameters
    ----------
    junction : Junction
        The mean end-plate of the muscle.
    times_s : array_like, shape (stimuli,)
        Strictly rising; the junction is rested before the first.
    rng : numpy.random.Generator
    fibres : int
        Fibres under the electrode.
    drawn : array_like of bool, shape (stimuli,), optional
        Stimuli whose quanta and fibres are drawn one by one; all when left out. The others,
        such as the impulses of a long effort, take expected values, much faster.

    Returns
    -------
    Recording

    Raises
    ------
    ValueError
        If the train is empty or goes back in time, or there are no fibres.
    """
    instance("junction", junction, Junction)
    sample = draw_fibres(junction.muscle, rng, fibres)
    train = run_train(
        junction.plasticity,
        times_s,
        release_probability(junction),
        junction.docked_vesicles * sample.content,
        rng,
        drawn,
    )
    content = train.released.mean(axis=1)
    seen = np.ones(content.size, bool) if drawn is None else np.asarray(drawn)
    fired = np.empty(content.size)
    fired[seen] = fires(
        sample, junction.end_plate, junction.quanta, rng, train.released[seen]
    ).mean(axis=1)
    if not seen.all():
        fired[~seen] = expected_firing(junction, content[~seen])
    return Recording(train.modulation.times_s, content, fired, junction.muscle)


def expected_recording(junction: Junction, times_s) -> Recording:
    """Return the recording without chance: endlessly many fibres.

    Same parameters, result and refusals as `record`. A train takes a few milliseconds, and
    the answer changes smoothly with every parameter.
    """
    instance("junction", junction, Junction)
    train = run_train(
        junction.plasticity, times_s, release_probability(junction), junction.docked_vesicles
    )
    fired = expected_firing(junction, train.released)
    return Recording(train.modulation.times_s, train.released, fired, junction.muscle)


def resting_cmap_mV(junction: Junction) -> float:
    """CMAP of a rested muscle to a single stimulus, without chance."""
    return float(expected_recording(junction, [0.0]).cmap_mV[0])


def expected_firing(junction: Junction, quantal_content) -> np.ndarray:
    """Fraction of fibres that fire at a mean quantal content, from a fine table.

    Returns
    -------
    numpy.ndarray
        Fractions, the shape of `quantal_content`; within 0.002 of `fraction_firing`.
    """
    instance("junction", junction, Junction)
    content = numbers("quantal content", quantal_content, 0.0, 1e5, "quanta", allow_empty=True)
    # The size of the muscle does not matter here: muscles that differ only in it share a table.
    muscle = replace(junction.muscle, cmap_full_mV=1.0)
    grid, fraction = _firing_curve(muscle, junction.end_plate, junction.quanta)
    return np.interp(np.sqrt(content), grid, fraction)


@lru_cache(maxsize=128)
def _firing_curve(muscle: Muscle, end_plate: EndPlate, quanta: Quanta):
    """Fraction firing against the square root of the content, in which it is smoothest."""
    root = np.linspace(0.0, 16.0, 129)
    return root, fraction_firing(muscle, end_plate, quanta, root**2)
