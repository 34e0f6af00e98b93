"""Stage 8: which fibres fire, what an electrode over the muscle sees, how hard it pulls.

A fibre fires when its end-plate potential passes its threshold, all or none. Over thousands
of fibres this becomes the fraction that fires, and with it the compound muscle action
potential (CMAP) and the force. What a single fibre does is in `fibre`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, numbers, whole
from lems_helpers.physiology.end_plate import EndPlate, epp_amplitude, quanta_needed
from lems_helpers.physiology.quanta import (
    Quanta,
    count_probabilities,
    draw_total_sizes,
    normal_cdf,
)

_ARRIVAL_STEP_MS = 0.05


@dataclass(frozen=True)
class Muscle:
    """A muscle as the electrodiagnostic laboratory meets it.

    Attributes
    ----------
    threshold_mV : float
        Depolarisation at which a fibre fires, mean over fibres, 10 mV [WoodSlater2001]
        (recalled).
    threshold_sd_mV : float
        Its standard deviation over fibres, 2 mV (recalled).
    content_cv : float
        Coefficient of variation of quantal content over end-plates (lognormal), 0.30
        (assumption).
    spike_peak_mV : float
        Peak of the fibre's action potential, +30 mV (assumption).
    spike_rise_ms, spike_fall_ms : float
        Time constants of its rise and fall, 0.2 and 1.2 ms (assumption): 1.4 ms wide.
    cmap_full_mV : float
        CMAP amplitude, baseline to negative peak, when every fibre fires: 10 mV (assumption).
    cmap_peak_ms : float
        Time from the shock to the negative peak, 7 ms (assumption).
    fibre_potential_ms : float
        Width (standard deviation) of the negative phase of one fibre's potential at the
        skin, 1.2 ms (assumption). A wider positive phase of equal area follows.
    dispersion_ms : float
        Standard deviation of the fibres' arrival times, 0.9 ms (assumption).
    twitch_force_N : float
        Peak force of one twitch of the whole muscle, 8 N, a hand muscle (assumption).
    contraction_ms : float
        Time to that peak, 60 ms (assumption; 30 to 90 ms in [Fuglevand1993], recalled).

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    threshold_mV: float = 10.0
    threshold_sd_mV: float = 2.0
    content_cv: float = 0.30
    spike_peak_mV: float = 30.0
    spike_rise_ms: float = 0.2
    spike_fall_ms: float = 1.2
    cmap_full_mV: float = 10.0
    cmap_peak_ms: float = 7.0
    fibre_potential_ms: float = 1.2
    dispersion_ms: float = 0.9
    twitch_force_N: float = 8.0
    contraction_ms: float = 60.0

    def __post_init__(self):
        check_fields(
            self,
            threshold_mV=("mean threshold of the fibres", 1.0, 100.0, "mV"),
            threshold_sd_mV=("spread of the thresholds", 0.01, 30.0, "mV"),
            content_cv=("variation (CV) of quantal content over end-plates", 0.0, 2.0, ""),
            spike_peak_mV=("peak of the fibre's action potential", 0.0, 80.0, "mV"),
            spike_rise_ms=("rise of the fibre's action potential", 0.01, 10.0, "ms"),
            spike_fall_ms=("fall of the fibre's action potential", 0.01, 50.0, "ms"),
            cmap_full_mV=("CMAP amplitude when every fibre fires", 0.0, 50.0, "mV"),
            cmap_peak_ms=("time of the CMAP peak", 0.0, 50.0, "ms"),
            fibre_potential_ms=("width of a fibre's surface potential", 0.05, 20.0, "ms"),
            dispersion_ms=("dispersion of arrival times", 0.0, 50.0, "ms"),
            twitch_force_N=("force of a twitch", 0.0, 1e4, "N"),
            contraction_ms=("contraction time", 5.0, 500.0, "ms"),
        )


# A human hand muscle; the mouse's thresholds are taken to be the same (assumption).
MOUSE = HUMAN = Muscle()


# Who fires --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Fibres:
    """A sample of muscle fibres, each with its own end-plate.

    Attributes
    ----------
    threshold_mV : numpy.ndarray, shape (fibres,)
        Depolarisation at which each fires; never below 1 mV.
    content : numpy.ndarray, shape (fibres,)
        Quantal content, or size of the pool, relative to the mean end-plate; mean 1.
    arrival_ms : numpy.ndarray, shape (fibres,)
        Time of the potential at the skin relative to the mean fibre.
    """

    threshold_mV: np.ndarray
    content: np.ndarray
    arrival_ms: np.ndarray


def draw_fibres(muscle: Muscle, rng: np.random.Generator, count: int = 3000) -> Fibres:
    """Draw fibres of a muscle: thresholds normal, quantal contents lognormal."""
    instance("muscle", muscle, Muscle)
    instance("random generator", rng, np.random.Generator)
    z = rng.standard_normal((3, whole("number of fibres", count, 1, 1e7)))
    spread = math.sqrt(math.log1p(muscle.content_cv**2))
    return Fibres(
        threshold_mV=np.maximum(muscle.threshold_mV + muscle.threshold_sd_mV * z[0], 1.0),
        content=np.exp(spread * z[1] - 0.5 * spread**2),
        arrival_ms=muscle.dispersion_ms * z[2],
    )


def fires(
    fibres: Fibres, end_plate: EndPlate, quanta: Quanta, rng: np.random.Generator, released
) -> np.ndarray:
    """Whether each fibre fires, from the quanta released at its end-plate.

    Parameters
    ----------
    fibres : Fibres
    end_plate : EndPlate
    quanta : Quanta
        Gives the spread of quantal size.
    rng : numpy.random.Generator
        Draws the sizes.
    released : array_like of int, shape (..., fibres)
        Quanta per impulse and fibre.

    Returns
    -------
    numpy.ndarray of bool
        The shape of `released`.
    """
    instance("fibres", fibres, Fibres)
    total = draw_total_sizes(quanta, rng, released)
    if total.shape[-1:] != fibres.threshold_mV.shape:
        raise ValueError(
            f"released quanta must have {fibres.threshold_mV.size} fibres on the last axis."
        )
    return total >= quanta_needed(end_plate, fibres.threshold_mV)


def fraction_firing(
    muscle: Muscle, end_plate: EndPlate, quanta: Quanta, quantal_content
) -> np.ndarray:
    """Compute the expected fraction of fibres that fire, without drawing anything.

    Poisson release at every end-plate, normal quantal sizes, lognormal contents over
    end-plates and normal thresholds, through the closed form of the end-plate potential.

    Parameters
    ----------
    muscle, end_plate, quanta
        The junctions' muscle side and the spread of quantal size.
    quantal_content : array_like
        Mean quantal content over end-plates, any shape.

    Returns
    -------
    numpy.ndarray
        Fractions, the shape of `quantal_content`.
    """
    instance("muscle", muscle, Muscle)
    instance("end plate", end_plate, EndPlate)
    instance("quanta", quanta, Quanta)
    m = numbers("quantal content", quantal_content, 0.0, 1e5, "quanta")
    nodes, weights = _normal_nodes(31)
    spread = math.sqrt(math.log1p(muscle.content_cv**2))
    each = np.minimum(m.reshape(-1, 1) * np.exp(spread * nodes - 0.5 * spread**2), 1e6)
    by_count, plateau = _chance_by_count(muscle, end_plate, quanta.size_cv)
    k = np.arange(by_count.size)
    # A few contents at a time stay in the processor's cache: half the time of all at once.
    chance = [
        count_probabilities(k, part[..., None]) @ (by_count - plateau) @ weights
        for part in np.array_split(each, max(1, each.shape[0] // 16))
    ]
    return np.clip(plateau + np.concatenate(chance).reshape(m.shape), 0.0, 1.0)


def safety_factor(muscle: Muscle, end_plate: EndPlate, quantal_content) -> np.ndarray:
    """End-plate potential over mean threshold: how many times enough [WoodSlater2001].

    Returns
    -------
    numpy.ndarray
        The shape of `quantal_content`; the mean fibre fails below 1.
    """
    instance("muscle", muscle, Muscle)
    return epp_amplitude(end_plate, quantal_content) / muscle.threshold_mV


@lru_cache(maxsize=64)
def _chance_by_count(muscle: Muscle, end_plate: EndPlate, size_cv: float):
    """Chance that a fibre fires after k quanta, up to where further quanta change nothing."""
    nodes, weights = _normal_nodes(9)
    size = 64
    while True:
        k = np.arange(2 * size)
        total = np.maximum(k[:, None] + size_cv * np.sqrt(k[:, None]) * nodes, 0.0)
        beyond = (epp_amplitude(end_plate, total) - muscle.threshold_mV) / muscle.threshold_sd_mV
        chance = normal_cdf(beyond) @ weights
        if abs(chance[-1] - chance[size]) < 1e-9 or size >= 4096:
            return chance[:size], float(chance[-1])
        size *= 2


@lru_cache(maxsize=8)
def _normal_nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights that average a smooth function over a normal variable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


# What the electrode sees and the tendon feels ---------------------------------------------


def cmap(muscle: Muscle, times_ms, fired, arrival_ms=None) -> np.ndarray:
    """Compound muscle action potential: the dispersed sum of the fibres' potentials.

    One fibre contributes a negative phase, then a wider positive one of equal area. Shown as
    the laboratory shows it, negative up: the values are positive in the negative phase.

    Parameters
    ----------
    muscle : Muscle
    times_ms : array_like, shape (samples,)
        Time after the shock to the nerve.
    fired : array_like
        Fraction of fibres that fired, any shape; or, with `arrival_ms`, which fibres
        fired (yes/no), shape (..., fibres).
    arrival_ms : array_like, shape (fibres,), optional
        Arrival times of the fibres, as in `Fibres`. Without them the mean over normally
        dispersed arrivals is taken, in closed form.

    Returns
    -------
    numpy.ndarray, shape (..., samples)
        Potential in mV; its peak is `cmap_full_mV` times the fraction that fired.
    """
    instance("muscle", muscle, Muscle)
    times = numbers("times", times_ms, -1e5, 1e5, "ms")
    if times.ndim != 1:
        raise ValueError("times must be one row of numbers.")
    top, peak = _cmap_peak(muscle)
    since = times - muscle.cmap_peak_ms + peak
    scale = muscle.cmap_full_mV / top
    if arrival_ms is None:
        fraction = numbers("fraction of fibres firing", fired, 0.0, 1.0)
        return scale * fraction[..., None] * _surface(muscle, since, muscle.dispersion_ms)
    arrival = numbers("arrival times of fibres", arrival_ms, -1e3, 1e3, "ms")
    which = np.asarray(fired)
    if which.dtype != bool or arrival.ndim != 1 or which.shape[-1:] != arrival.shape:
        raise ValueError("fired must hold yes/no for every fibre on its last axis.")
    # Each arrival is shared between the two nearest points of a grid 0.05 ms apart (error
    # below 1 in 1,000), so that the shape is worked out once per point, not per fibre.
    place = (arrival - arrival.min()) / _ARRIVAL_STEP_MS
    low = place.astype(int)
    share = np.zeros((arrival.size, low.max() + 2))
    rows = np.arange(arrival.size)
    share[rows, low] = 1.0 - (place - low)
    share[rows, low + 1] = place - low
    grid = arrival.min() + np.arange(share.shape[1]) * _ARRIVAL_STEP_MS
    return (scale / arrival.size) * (which @ share) @ _surface(muscle, since - grid[:, None], 0.0)


def _surface(muscle: Muscle, since_ms: np.ndarray, dispersion_ms: float) -> np.ndarray:
    """Return one fibre's surface potential, blurred by a normal spread of arrival times."""
    narrow, ratio, later = muscle.fibre_potential_ms, 5.0 / 3.0, 3.0
    potential = 0.0
    for sign, width, centre in ((1.0, narrow, 0.0), (-1.0, ratio * narrow, later * narrow)):
        blurred = math.hypot(width, dispersion_ms)
        z = (since_ms - centre) / blurred
        potential = potential + sign * narrow / blurred * np.exp(-0.5 * z * z)
    return potential


@lru_cache(maxsize=64)
def _cmap_peak(muscle: Muscle) -> tuple[float, float]:
    """Height of the dispersed sum of unit potentials, and its time from the mean arrival."""
    reach = math.hypot(muscle.fibre_potential_ms, muscle.dispersion_ms)
    grid = np.linspace(-4.0 * reach, 4.0 * reach, 4001)
    wave = _surface(muscle, grid, muscle.dispersion_ms)
    return float(wave.max()), float(grid[wave.argmax()])


def twitch(muscle: Muscle, times_s) -> np.ndarray:
    """Force of one twitch of the whole muscle, P·(t/T)·exp(1 - t/T) [Fuglevand1993].

    Returns
    -------
    numpy.ndarray
        Force in N at times after the impulse; 0 before it.
    """
    instance("muscle", muscle, Muscle)
    since = np.maximum(numbers("times", times_s, -1e6, 1e6, "s"), 0.0)
    x = since * (1000.0 / muscle.contraction_ms)
    return muscle.twitch_force_N * x * np.exp(1.0 - x)


def force(muscle: Muscle, impulses_s, fired, times_s) -> np.ndarray:
    """Force of a train: the twitches of the fibres that fired, with saturation.

    Twitches that follow each other closely add up to less than their sum. As in
    [Fuglevand1993] (recalled), a twitch is scaled by g = s(x)/s(0.4), s(x) = (1 -
    exp(-2x³))/x, where x is the contraction time over the interval since the *same fibre*
    last fired, and by 1 while x < 0.4. With it a full tetanus reaches about 9 twitches, half
    of that near 12 Hz for a contraction time of 60 ms. Fatigue is left out.

    Parameters
    ----------
    muscle : Muscle
    impulses_s : array_like, shape (impulses,)
        Impulse times, strictly rising.
    fired : array_like
        Which fibres fired, yes/no, shape (impulses, fibres); or the fraction that fired,
        shape (impulses,), in which case the same fibres are taken to fire each time.
    times_s : array_like
        When the force is wanted, any shape.

    Returns
    -------
    numpy.ndarray
        Force in N, the shape of `times_s`.

    Raises
    ------
    ValueError
        If the train is empty or goes back in time, or does not match `fired`.
    """
    instance("muscle", muscle, Muscle)
    impulses = numbers("impulse times", impulses_s, -1e6, 1e6, "s")
    if impulses.ndim != 1 or (np.diff(impulses) <= 0).any():
        raise ValueError("impulse times must rise from each impulse to the next.")
    which = np.asarray(fired)
    by_fibre = which.dtype == bool and which.ndim == 2
    if not by_fibre:
        which = numbers("fraction of fibres firing", fired, 0.0, 1.0)
    if which.shape[0:1] != impulses.shape or which.ndim > 2 or (which.ndim == 2 and not by_fibre):
        raise ValueError("fired must be one fraction, or one row of fibres, per impulse.")
    wanted = numbers("times", times_s, -1e6, 1e6, "s")

    time_constant = 0.001 * muscle.contraction_ms
    if by_fibre:
        weights = np.empty(impulses.size)
        last = np.full(which.shape[1], -1)
        for j in range(impulses.size):
            gains = _twitch_gain(time_constant / (impulses[j] - impulses[:j]))
            gains = np.append(gains, 1.0)  # position -1: has not fired before
            weights[j] = gains[last[which[j]]].sum() / which.shape[1]
            last[which[j]] = j
    else:
        weights = which * np.append(1.0, _twitch_gain(time_constant / np.diff(impulses)))
    return _sum_of_twitches(muscle, impulses, weights, wanted)


def _sum_of_twitches(muscle: Muscle, impulses: np.ndarray, weights, wanted) -> np.ndarray:
    """Sum of weighted twitches, exactly, in one pass through the train.

    Σ w (t - t_i)·exp(-(t - t_i)/T) needs only two running sums at the latest impulse.
    """
    time_constant = 0.001 * muscle.contraction_ms
    level, moment = 0.0, 0.0
    sums = [(0.0, 0.0)]
    gaps = np.diff(impulses, prepend=impulses[0])
    for gap, kept, weight in zip(gaps, np.exp(-gaps / time_constant), weights, strict=True):
        level, moment = level * kept, (moment + gap * level) * kept
        level += weight
        sums.append((level, moment))
    latest = np.searchsorted(impulses, wanted, side="right")
    level, moment = np.moveaxis(np.array(sums)[latest], -1, 0)
    since = wanted - impulses[np.maximum(latest - 1, 0)]
    pull = (moment + since * level) * np.exp(1.0 - np.maximum(since, 0.0) / time_constant)
    return muscle.twitch_force_N / time_constant * pull


def _twitch_gain(crowding) -> np.ndarray:
    """Scale a twitch by how soon it follows; `crowding` is contraction time over interval."""
    x = np.maximum(crowding, 0.4)
    return (-np.expm1(-2.0 * x**3) / x) / (-math.expm1(-2.0 * 0.4**3) / 0.4)
