"""Repetitive nerve stimulation: the trains of the laboratory, and what it reports of them.

Three protocols: a slow train at rest, a fast train, and the full study of one muscle, a slow
train, ten seconds of maximal effort, and stimuli in the minute after it. Single-fibre
electromyography is in `single_fibre`, strength in `grip`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.recording import Recording, expected_recording, record
from lems_helpers.physiology.checks import instance, number, numbers, whole
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.plasticity import regular_train

AFTER_EFFORT_S = (1.5, 10.0, 20.0, 30.0, 50.0, 80.0)
EFFORT_RATE_HZ = 40.0  # drive of a maximal voluntary effort (assumption)
PAUSE_S = 30.0  # rest between the slow train and the effort (assumption)
BACK_TO_BASELINE = 10.0  # an increment below 10 % counts as gone (assumption)


# Measures ---------------------------------------------------------------------------------


def decrement_percent(cmap_mV) -> np.ndarray:
    """Decrement of a slow train: (first - lowest of 4th and 5th) / first, in percent.

    Parameters
    ----------
    cmap_mV : array_like, shape (..., stimuli)
        At least five amplitudes.

    Returns
    -------
    numpy.ndarray, shape (...)
        Negative where the answer grew; NaN where the first stimulus had no answer.
    """
    amplitudes = numbers("CMAP amplitudes", cmap_mV, 0.0, 1e3, "mV")
    if amplitudes.ndim == 0 or amplitudes.shape[-1] < 5:
        raise ValueError("A decrement needs at least five stimuli.")
    return -increment_percent(amplitudes[..., 0], amplitudes[..., 3:5].min(axis=-1))


def increment_percent(baseline_mV, later_mV) -> np.ndarray:
    """Increment over a baseline, in percent; NaN where the baseline is no answer at all."""
    before = numbers("baseline CMAP", baseline_mV, 0.0, 1e3, "mV")
    after = numbers("later CMAP", later_mV, 0.0, 1e3, "mV")
    answered = before > 0
    return np.where(answered, 100.0 * (after / np.where(answered, before, 1.0) - 1.0), np.nan)


# Trains -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SlowTrain:
    """Low-rate stimulation at rest.

    Attributes
    ----------
    recording : Recording
    decrement_percent : float
    """

    recording: Recording
    decrement_percent: float

    @property
    def resting_cmap_mV(self) -> float:
        """Amplitude of the first answer."""
        return float(self.recording.cmap_mV[0])


def low_rate(
    junction: Junction,
    rng: np.random.Generator | None = None,
    rate_Hz: float = 3.0,
    stimuli: int = 10,
    fibres: int = 3000,
) -> SlowTrain:
    """Stimulate slowly, 2 to 5 Hz, 5 to 50 stimuli, and read the decrement.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator, optional
        Draws fibres and quanta; the expected answer without it.
    rate_Hz : float
    stimuli : int
    fibres : int

    Returns
    -------
    SlowTrain

    Raises
    ------
    ValueError
        If the rate or the number of stimuli is outside what is called low-rate stimulation.
    """
    rate = number("rate of low-rate stimulation", rate_Hz, 2.0, 5.0, "Hz")
    times = regular_train(rate, whole("number of stimuli", stimuli, 5, 50))
    recording = _run(junction, times, rng, fibres)
    return SlowTrain(recording, float(decrement_percent(recording.cmap_mV)))


@dataclass(frozen=True, eq=False)
class FastTrain:
    """High-rate stimulation.

    Attributes
    ----------
    recording : Recording
    increment_percent : float
        Largest answer over the first.
    """

    recording: Recording
    increment_percent: float


def high_rate(
    junction: Junction,
    rng: np.random.Generator | None = None,
    rate_Hz: float = 50.0,
    duration_s: float = 1.0,
    fibres: int = 3000,
) -> FastTrain:
    """Stimulate fast, 20 to 50 Hz, for 0.2 to 10 s, and read the increment.

    Parameters and refusals as for `low_rate`.

    Returns
    -------
    FastTrain
    """
    rate = number("rate of high-rate stimulation", rate_Hz, 20.0, 50.0, "Hz")
    duration = number("duration of the train", duration_s, 0.2, 10.0, "s")
    recording = _run(junction, regular_train(rate, round(rate * duration)), rng, fibres)
    amplitudes = recording.cmap_mV
    return FastTrain(recording, float(increment_percent(amplitudes[0], amplitudes.max())))


# The full study of a muscle ---------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class FullStudy:
    """A slow train at rest, maximal effort, and what follows it.

    Attributes
    ----------
    recording : Recording
        All stimuli, those of the effort among them.
    rest, effort, after : slice
        Which of them belong to the slow train, the effort and the bursts after it.
    after_s : numpy.ndarray, shape (bursts,)
        When the bursts began, counted from the end of the effort.
    decrement_percent : float
        Of the slow train at rest.
    increments_percent : numpy.ndarray, shape (bursts,)
        First answer of each burst over the first answer at rest.
    """

    recording: Recording
    rest: slice
    effort: slice
    after: slice
    after_s: np.ndarray
    decrement_percent: float
    increments_percent: np.ndarray

    @property
    def resting_cmap_mV(self) -> float:
        """Amplitude of the first answer at rest."""
        return float(self.recording.cmap_mV[self.rest.start])

    @property
    def increment_percent(self) -> float:
        """Largest increment after the effort."""
        return float(self.increments_percent.max())

    @property
    def facilitation_gone_s(self) -> float:
        """Time after the effort at which the increment has fallen below 10 %.

        Read between the bursts by a straight line through logarithms, as the fall is nearly
        exponential. NaN if there never was an increment of 10 %, infinite if it outlasts the
        last burst.
        """
        grown, times = self.increments_percent, self.after_s
        if not np.nanmax(grown, initial=-np.inf) >= BACK_TO_BASELINE:
            return float("nan")
        last = int(np.flatnonzero(grown >= BACK_TO_BASELINE)[-1])
        if last == times.size - 1:
            return float("inf")
        high, low = grown[last], max(float(grown[last + 1]), 0.1)
        part = np.log(high / BACK_TO_BASELINE) / np.log(high / low)
        return float(times[last] + part * (times[last + 1] - times[last]))


def full_study(
    junction: Junction,
    rng: np.random.Generator | None = None,
    rate_Hz: float = 3.0,
    stimuli: int = 10,
    effort_s: float = 10.0,
    after_s=AFTER_EFFORT_S,
    burst: int = 3,
    fibres: int = 3000,
) -> FullStudy:
    """One patient's full protocol: rest, ten seconds of maximal effort, and the time after.

    A slow train; a pause of 30 s; a maximal effort, which is a 40 Hz drive; then bursts of a
    few stimuli at the slow rate. By default 10 + 400 + 18 stimuli.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator, optional
        Draws fibres and quanta; the expected answer without it.
    rate_Hz, stimuli
        The slow train, as in `low_rate`.
    effort_s : float
        Length of the effort, 1 to 60 s.
    after_s : sequence of float
        When the bursts begin, counted from the end of the effort.
    burst : int
        Stimuli in each burst, 1 to 10.
    fibres : int

    Returns
    -------
    FullStudy

    Raises
    ------
    ValueError
        For impossible rates, numbers and durations, or bursts that overlap.
    """
    rate = number("rate of low-rate stimulation", rate_Hz, 2.0, 5.0, "Hz")
    slow = regular_train(rate, whole("number of stimuli", stimuli, 5, 50))
    seconds = number("duration of the effort", effort_s, 1.0, 60.0, "s")
    impulses = max(2, round(EFFORT_RATE_HZ * seconds))
    effort = regular_train(EFFORT_RATE_HZ, impulses, float(slow[-1]) + PAUSE_S)
    begins = numbers("times after the effort", after_s, 0.1, 3600.0, "s")
    each = regular_train(rate, whole("stimuli in a burst", burst, 1, 10))
    if begins.ndim != 1 or (np.diff(begins) <= each[-1]).any():
        raise ValueError("The bursts after the effort must follow one another without overlap.")
    bursts = (effort[-1] + begins[:, None] + each).ravel()
    times = np.concatenate([slow, effort, bursts])
    rest = slice(0, slow.size)
    work = slice(slow.size, slow.size + effort.size)
    after = slice(work.stop, times.size)
    drawn = np.ones(times.size, bool)
    drawn[work] = False
    recording = _run(junction, times, rng, fibres, drawn)
    amplitudes = recording.cmap_mV
    return FullStudy(
        recording,
        rest,
        work,
        after,
        begins,
        float(decrement_percent(amplitudes[rest])),
        increment_percent(amplitudes[0], amplitudes[after][:: each.size]),
    )


def _run(junction, times, rng, fibres, drawn=None) -> Recording:
    if rng is None:
        return expected_recording(junction, times)
    instance("random generator", rng, np.random.Generator)
    return record(junction, times, rng, fibres, drawn)
