"""Single-fibre electromyography: jitter and blocking of pairs of fibres."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import instance, number, whole
from lems_helpers.physiology.fibre import firing_latencies, pair_jitter
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import draw_fibres
from lems_helpers.physiology.plasticity import regular_train, run_train
from lems_helpers.physiology.release import release_probability

ABNORMAL_SHARE = 10.0  # more than this percentage of abnormal pairs is an abnormal study (recalled)


@dataclass(frozen=True, eq=False)
class SingleFibreStudy:
    """Jitter and blocking of a sample of pairs.

    Attributes
    ----------
    latency_ms : numpy.ndarray, shape (impulses, pairs, 2)
        When each fibre fired after the nerve impulse; NaN where blocked.
    jitter_us : numpy.ndarray, shape (pairs,)
        Mean consecutive difference; NaN for a pair that never fired twice running.
    blocking_percent : numpy.ndarray, shape (pairs,)
        Impulses of which at least one fibre of the pair missed its turn.
    """

    latency_ms: np.ndarray
    jitter_us: np.ndarray
    blocking_percent: np.ndarray

    @property
    def mean_jitter_us(self) -> float:
        """Mean over the pairs that could be measured; NaN if there is none."""
        seen = self.jitter_us[np.isfinite(self.jitter_us)]
        return float(seen.mean()) if seen.size else math.nan

    def beyond(self, limits: NormalLimits) -> np.ndarray:
        """Which pairs have more jitter or more blocking than the limits, shape (pairs,)."""
        wide = np.nan_to_num(self.jitter_us, nan=math.inf) > limits.jitter_us
        return wide | (self.blocking_percent > limits.blocking_percent)

    def abnormal_pairs_percent(self, limits: NormalLimits) -> float:
        """Share of the pairs beyond the limits."""
        return 100.0 * float(np.mean(self.beyond(limits)))

    def abnormal(self, limits: NormalLimits) -> bool:
        """Whether a laboratory would call the study abnormal: over 10 % of pairs abnormal."""
        return self.abnormal_pairs_percent(limits) > ABNORMAL_SHARE


@dataclass(frozen=True)
class NormalLimits:
    """What hardly any pair of a healthy muscle exceeds.

    Attributes
    ----------
    jitter_us, blocking_percent : float
        The 99th percentiles.
    """

    jitter_us: float
    blocking_percent: float


def normal_limits(junction: Junction, rng: np.random.Generator, pairs: int = 200) -> NormalLimits:
    """Measure a laboratory's own limits, on a healthy junction of the same model.

    The model's jitter is several times a healthy person's (20 to 40 µs, recalled): its
    end-plate is one compartment with the slow rise of a whole fibre, and its weakest healthy
    fibres miss an impulse now and then. So a study is judged against the model's own healthy
    junction, as a laboratory judges against its own controls, never against published limits.
    """
    study = single_fibre_emg(junction, rng, pairs)
    return NormalLimits(
        float(np.nanpercentile(study.jitter_us, 99.0)),
        float(np.percentile(study.blocking_percent, 99.0)),
    )


def single_fibre_emg(
    junction: Junction,
    rng: np.random.Generator,
    pairs: int = 20,
    impulses: int = 50,
    rate_Hz: float = 10.0,
) -> SingleFibreStudy:
    """Record pairs of fibres of one motor unit through a steady train.

    The first ten impulses settle the train and are not counted. Where two impulses are
    needed for an interval and a pair never gives them, its jitter is NaN and its blocking
    tells.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator
    pairs : int
        Pairs sampled, 1 to 500; 20 is usual.
    impulses : int
        Impulses counted, 2 to 1,000.
    rate_Hz : float
        Rate of a slight voluntary effort, 1 to 50 Hz.

    Returns
    -------
    SingleFibreStudy

    Raises
    ------
    ValueError
        For impossible numbers or rates.
    """
    recorded = list(_recorded(junction, rng, pairs, impulses, rate_Hz))
    return _study(np.concatenate(recorded, axis=1))


def found_abnormal(
    junction: Junction, rng: np.random.Generator, limits: NormalLimits, pairs: int = 20
) -> bool:
    """Whether the study of as many pairs would be abnormal, told as soon as it is certain.

    The pairs come one after the other, and enough abnormal ones decide the study. The answer is
    that of ``single_fibre_emg(junction, rng, pairs).abnormal(limits)`` with the same generator.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        As `single_fibre_emg`.
    """
    instance("single-fibre limits", limits, NormalLimits)
    abnormal = 0
    for latency_ms in _recorded(junction, rng, pairs):
        abnormal += int(_study(latency_ms).beyond(limits).sum())
        if 100.0 * abnormal / pairs > ABNORMAL_SHARE:
            return True
    return False


def _recorded(
    junction: Junction,
    rng: np.random.Generator,
    pairs: int,
    impulses: int = 50,
    rate_Hz: float = 10.0,
) -> Iterator[np.ndarray]:
    """Yield the latencies of two pairs after two, each of shape (impulses, 2, 2)."""
    instance("junction", junction, Junction)
    count = 2 * whole("number of pairs", pairs, 1, 500)
    seen = whole("number of impulses", impulses, 2, 1000)
    rate = number("rate of a slight effort", rate_Hz, 1.0, 50.0, "Hz")
    settle = 10
    fibres = draw_fibres(junction.muscle, rng, count)
    released = run_train(
        junction.plasticity,
        regular_train(rate, settle + seen),
        release_probability(junction),
        junction.docked_vesicles * fibres.content,
        rng,
    ).released[settle:]
    for first in range(0, count, 4):  # a few fibres at a time stay in the processor's cache
        some = slice(first, first + 4)
        yield firing_latencies(
            junction.end_plate,
            junction.quanta,
            rng,
            released[:, some],
            fibres.threshold_mV[some],
        ).reshape(seen, -1, 2)


def _study(latency_ms: np.ndarray) -> SingleFibreStudy:
    measures = [pair_jitter(*pair) for pair in latency_ms.transpose(1, 2, 0)]
    return SingleFibreStudy(
        latency_ms,
        np.array([one.jitter_us for one in measures]),
        np.array([one.blocking_percent for one in measures]),
    )
