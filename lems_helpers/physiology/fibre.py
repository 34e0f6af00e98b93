"""Stage 8, closer: one muscle fibre, when it fires and what its neighbour's timing tells.

The end-plate potential of each impulse crosses the threshold a little earlier or later, or
not at all. Single-fibre electromyography sees this as jitter and blocking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import instance, number, numbers
from lems_helpers.physiology.end_plate import EndPlate, Response, mepp_amplitude, respond
from lems_helpers.physiology.muscle import Muscle
from lems_helpers.physiology.quanta import Quanta, draw_latencies, draw_sizes


def crossing_ms(response: Response, threshold_mV, rest_mV: float) -> np.ndarray:
    """Time at which each trial first passes its threshold, by linear interpolation.

    Parameters
    ----------
    response : Response
    threshold_mV : array_like
        Depolarisation above rest, one value or one per trial.
    rest_mV : float
        Resting potential.

    Returns
    -------
    numpy.ndarray, shape (trials...)
        Time in ms; NaN where the threshold is never reached (the impulse is blocked).
    """
    instance("response", response, Response)
    level = number("resting potential", rest_mV, -200.0, 100.0, "mV")
    level = level + numbers("threshold", threshold_mV, 0.1, 200.0, "mV")
    volts = response.voltage_mV
    above = volts >= np.broadcast_to(level, volts.shape[:-1])[..., None]
    i = np.maximum(above.argmax(axis=-1), 1)
    after = np.take_along_axis(volts, i[..., None], -1)[..., 0]
    before = np.take_along_axis(volts, i[..., None] - 1, -1)[..., 0]
    reached = above.any(axis=-1)
    rise = np.where(reached, after - before, 1.0)
    part = np.where(reached, level - before, 0.0) / np.where(rise > 0, rise, 1.0)
    step = response.times_ms[1] - response.times_ms[0]
    return np.where(reached, response.times_ms[i] - (1.0 - part) * step, np.nan)


def firing_latencies(
    end_plate: EndPlate, quanta: Quanta, rng: np.random.Generator, released, threshold_mV
) -> np.ndarray:
    """Latencies at which fibres fire, impulse by impulse, from the full end-plate potential.

    Every quantum gets its own size and release latency; the fibre fires where the potential
    passes its threshold. This is what single-fibre electromyography measures.

    Parameters
    ----------
    end_plate, quanta
        The junction's muscle side, and the spread of sizes and waits.
    rng : numpy.random.Generator
    released : array_like of int, shape (impulses, fibres)
        Quanta of each impulse at each fibre.
    threshold_mV : array_like, shape (fibres,)
        Threshold of each fibre.

    Returns
    -------
    numpy.ndarray, shape (impulses, fibres)
        Latency in ms after the nerve-terminal impulse; NaN where the fibre is blocked.
    """
    instance("random generator", rng, np.random.Generator)
    counts = numbers("released quanta", released, 0.0, 1e5)
    threshold = numbers("threshold", threshold_mV, 0.1, 200.0, "mV")
    if counts.ndim != 2 or threshold.shape not in ((), counts.shape[1:]):
        raise ValueError("released quanta must be impulses by fibres, with one threshold a fibre.")
    if (counts % 1 != 0).any():
        raise ValueError("released quanta must be whole numbers.")
    trial = np.repeat(np.arange(counts.size), counts.ravel().astype(int))
    arrivals = draw_latencies(quanta, rng, trial.size)
    sizes = draw_sizes(quanta, rng, trial.size)
    level = np.broadcast_to(threshold, counts.shape).ravel()
    latency = np.full(counts.size, np.nan)
    # More than the sum of its quanta, each in full and without the load of the others, no
    # end-plate potential can be: what stays below the threshold even then is blocked.
    quantal, drive = mepp_amplitude(end_plate), end_plate.driving_force_mV
    able = np.bincount(trial, sizes, counts.size) * quantal * drive / (drive - quantal) >= level
    # A fibre that fires mostly fires early; the others are followed further, from the start.
    for duration in (2.0, 8.0):
        silent = able & np.isnan(latency)
        if not silent.any():
            break
        theirs = silent[trial]
        response = respond(
            end_plate,
            arrivals[theirs],
            sizes[theirs],
            trial=(np.cumsum(silent) - 1)[trial[theirs]],
            trials=silent.sum(),
            duration_ms=duration * max(1.0, quanta.latency_mean_ms),
            step_ms=0.02,
        )
        latency[silent] = crossing_ms(response, level[silent], end_plate.muscle_rest_mV)
    return latency.reshape(counts.shape)


@dataclass(frozen=True)
class PairJitter:
    """Single-fibre measures of one pair of fibres.

    Attributes
    ----------
    jitter_us : float
        Mean consecutive difference of the interval between the two potentials, in µs; NaN
        when no two consecutive impulses fired both fibres.
    blocking_percent : float
        Impulses of which at least one fibre of the pair missed its turn.
    """

    jitter_us: float
    blocking_percent: float


def pair_jitter(first_ms, second_ms) -> PairJitter:
    """Jitter and blocking of a pair of fibres from their latencies.

    Parameters
    ----------
    first_ms, second_ms : array_like, shape (impulses,)
        Latencies of the two fibres, NaN where blocked, as from `firing_latencies`.

    Returns
    -------
    PairJitter

    Raises
    ------
    ValueError
        If the two do not match or there are fewer than two impulses.
    """
    try:
        first, second = (np.asarray(x, dtype=float) for x in (first_ms, second_ms))
    except (TypeError, OverflowError):
        raise ValueError("The latencies of a pair must be numbers, NaN where blocked.") from None
    if first.ndim != 1 or first.shape != second.shape or first.size < 2:
        raise ValueError("Jitter needs two rows of latencies for the same two or more impulses.")
    interval = second - first
    steps = np.abs(np.diff(interval))
    seen = steps[np.isfinite(steps)]
    return PairJitter(
        jitter_us=1000.0 * float(seen.mean()) if seen.size else math.nan,
        blocking_percent=100.0 * float(np.mean(~np.isfinite(interval))),
    )


def fibre_potential(
    muscle: Muscle, end_plate: EndPlate, response: Response, threshold_mV: float | None = None
) -> np.ndarray:
    """Membrane potential of a fibre: the end-plate potential, and a spike if it suffices.

    All or none: from the moment of crossing a template spike takes the fibre to its full
    peak, however large the end-plate potential. A template, not a model of the channels.

    Parameters
    ----------
    muscle, end_plate
    response : Response
        End-plate potential, as from `respond` without a clamp.
    threshold_mV : float, optional
        Threshold of this fibre; the muscle's mean when left out.

    Returns
    -------
    numpy.ndarray
        Potential in mV, the shape of `response.voltage_mV`.
    """
    instance("muscle", muscle, Muscle)
    instance("end-plate", end_plate, EndPlate)
    threshold = muscle.threshold_mV if threshold_mV is None else threshold_mV
    start = crossing_ms(response, threshold, end_plate.muscle_rest_mV)
    since = response.times_ms - np.where(np.isnan(start), np.inf, start)[..., None]
    shape = _spike_shape(muscle, since)
    return response.voltage_mV + (muscle.spike_peak_mV - response.voltage_mV) * shape


def _spike_shape(muscle: Muscle, since_ms: np.ndarray) -> np.ndarray:
    """Return the template spike, 0 before its start, 1 at its peak."""
    rise, fall = muscle.spike_rise_ms, muscle.spike_fall_ms
    peak = rise * math.log1p(3.0 * fall / rise)
    top = (1.0 - math.exp(-peak / rise)) ** 3 * math.exp(-peak / fall)
    t = np.maximum(since_ms, 0.0)
    return (1.0 - np.exp(-t / rise)) ** 3 * np.exp(-t / fall) / top
