"""Stage 5: transmitter leaves the terminal in packets. How many, how large, how late.

One impulse releases a whole number of quanta. The count is binomial, because each docked
vesicle either goes or stays, and nearly Poisson where release is rare. This module gives the
exact probabilities and draws from them; `quantal_analysis` reads the quantal content back
from a recording.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import (
    check_fields,
    choice,
    instance,
    number,
    numbers,
    whole,
)


@dataclass(frozen=True)
class Quanta:
    """What every quantum of a junction has in common.

    Attributes
    ----------
    size_cv : float
        Coefficient of variation of quantal size, 0.22 in cat muscle [BoydMartin1956].
    size_shape : {"normal", "lognormal"}
        Distribution of quantal size; normal, as the cat's miniatures [BoydMartin1956].
    latency_mean_ms : float
        Mean wait from the impulse to the release of one quantum, 0.5 ms (assumption).
    latency_shape : int
        Shape of the gamma distribution of that wait, 4 (assumption).
    mini_rate_per_s : float
        Miniature potentials per second at rest: mouse 1, human 0.2 (both recalled).

    Raises
    ------
    ValueError
        If a value is no finite number, out of range or an unknown word.
    """

    size_cv: float = 0.22
    size_shape: str = "normal"
    latency_mean_ms: float = 0.5
    latency_shape: int = 4
    mini_rate_per_s: float = 1.0

    def __post_init__(self):
        choice("distribution of quantal size", self.size_shape, ("normal", "lognormal"))
        check_fields(
            self,
            size_cv=("variation (CV) of quantal size", 0.0, 1.0, ""),
            latency_mean_ms=("mean release latency", 0.0, 20.0, "ms"),
            latency_shape=("shape of the latency distribution", 1, 100, ""),
            mini_rate_per_s=("rate of miniatures", 0.0, 1000.0, "per second"),
        )


MOUSE = Quanta()
HUMAN = Quanta(mini_rate_per_s=0.2)


# How many ---------------------------------------------------------------------------------


def count_probabilities(counts, quantal_content, vesicles=math.inf) -> np.ndarray:
    """Probability of releasing each number of quanta.

    Binomial with release probability ``quantal_content / vesicles``; Poisson, its limit, when
    the vesicles are without number [delCastilloKatz1954].

    Parameters
    ----------
    counts : array_like of int
        Numbers of quanta.
    quantal_content : array_like
        Mean number of quanta per impulse.
    vesicles : array_like of int, or math.inf
        Docked vesicles; `math.inf` for Poisson.

    Returns
    -------
    numpy.ndarray
        Probabilities; the three arguments broadcast.

    Raises
    ------
    ValueError
        For negative or fractional counts, or more quantal content than vesicles.
    """
    k = _whole_numbers("number of quanta", counts)
    m = numbers("quantal content", quantal_content, 0.0, 1e6, "quanta")
    n = _vesicles(vesicles)
    p = _release_probability(m, n)
    # log 0 is replaced by log 1 where a factor is 0⁰; impossible counts are cleared at the end.
    if np.isinf(n).all():
        log_chance = k * np.log(np.where(m > 0, m, 1.0)) - m - _log_factorial(k)
        possible = (m > 0) | (k == 0)
    else:
        left = np.maximum(n - k, 0.0)
        log_chance = _log_factorial(n) - _log_factorial(k) - _log_factorial(left)
        log_chance = log_chance + k * np.log(np.where(p > 0, p, 1.0))
        log_chance = log_chance + left * np.log1p(-np.where(p < 1, p, 0.0))
        possible = (k <= n) & ((p > 0) | (k == 0)) & ((p < 1) | (k == n))
    return np.where(possible, np.exp(np.where(possible, log_chance, 0.0)), 0.0)


def draw_counts(
    rng: np.random.Generator, quantal_content, vesicles=math.inf, trials: int | None = None
) -> np.ndarray:
    """Draw numbers of quanta: binomial, or Poisson where the vesicles are without number.

    Parameters
    ----------
    rng : numpy.random.Generator
    quantal_content : array_like
        Mean number of quanta per impulse, one value or one per junction.
    vesicles : array_like of int, or math.inf
        Docked vesicles, one value or one per junction; `math.inf` for Poisson.
    trials : int, optional
        Impulses given to each junction; adds a first axis of that length.

    Returns
    -------
    numpy.ndarray of int
        Shape (trials, junctions...), or (junctions...) without `trials`.

    Raises
    ------
    ValueError
        For a negative content, fractional vesicles, or more content than vesicles.
    """
    instance("random generator", rng, np.random.Generator)
    m = numbers("quantal content", quantal_content, 0.0, 1e6, "quanta")
    n = _vesicles(vesicles)
    p = _release_probability(m, n)
    lead = () if trials is None else (whole("number of impulses", trials, 1, 1e8),)
    if np.isinf(n).all():
        return rng.poisson(m, lead + m.shape)
    return rng.binomial(n.astype(int), p, lead + np.broadcast_shapes(n.shape, p.shape))


def counts_at(chances, quantal_content, vesicles=math.inf) -> np.ndarray:
    """Numbers of quanta that given chances stand for: the law of `count_probabilities`, inverted.

    With a uniform random number per junction as its chance this draws counts. Kept chances
    make a junction release no more when the content falls, so that junctions drop out one
    by one rather than at random.

    Parameters
    ----------
    chances : array_like
        Between 0 and 1.
    quantal_content : array_like
        Mean number of quanta per impulse; the two broadcast.
    vesicles : int or math.inf
        Docked vesicles; `math.inf` for Poisson.

    Returns
    -------
    numpy.ndarray of int
        The smallest count that is not exceeded with at least this chance.
    """
    u = numbers("chance", chances, 0.0, 1.0)
    m = numbers("quantal content", quantal_content, 0.0, 1e4, "quanta")
    highest = float(m.max(initial=0.0))
    k = np.arange(math.ceil(highest + 12.0 * math.sqrt(highest) + 20.0))
    # Rounding leaves a sum a little off 1; no chance may fall beyond the last count.
    reached = np.cumsum(count_probabilities(k, m[..., None], vesicles), axis=-1)[..., :-1]
    return (reached < u[..., None]).sum(axis=-1)


def amplitude_moments(
    quantal_content, vesicles=math.inf, quantal_mV: float = 1.0, size_cv: float = 0.22
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a linear sum of quanta.

    With release probability p = m/n and quantal size q the mean is m·q and the variance
    m·q²·(1 - p + CV²): a parabola as p rises, a straight line for Poisson.

    Returns
    -------
    mean_mV, variance_mV2 : numpy.ndarray
    """
    m = numbers("quantal content", quantal_content, 0.0, 1e6, "quanta")
    q = number("quantal amplitude", quantal_mV, 0.0, 1000.0, "mV")
    cv = number("variation (CV) of quantal size", size_cv, 0.0, 1.0)
    p = _release_probability(m, _vesicles(vesicles))
    return m * q, m * q**2 * (1.0 - p + cv**2)


# How large, how late ----------------------------------------------------------------------


def draw_sizes(quanta: Quanta, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw sizes of single quanta, relative to their mean.

    Returns
    -------
    numpy.ndarray
        `count` sizes of mean 1, never negative: a normal draw below zero (3 in a million
        at a CV of 0.22) counts as zero.
    """
    instance("quanta", quanta, Quanta)
    instance("random generator", rng, np.random.Generator)
    z = rng.standard_normal(whole("number of quanta", count, 0, 1e8))
    if quanta.size_shape == "lognormal":
        spread = math.sqrt(math.log1p(quanta.size_cv**2))
        return np.exp(spread * z - 0.5 * spread**2)
    return np.maximum(1.0 + quanta.size_cv * z, 0.0)


def draw_total_sizes(quanta: Quanta, rng: np.random.Generator, counts) -> np.ndarray:
    """Draw the summed size of the quanta of each impulse, in mean quanta.

    A sum of normal sizes is normal, so one draw serves a whole impulse; lognormal sizes
    are drawn one by one and added.

    Returns
    -------
    numpy.ndarray
        Summed sizes, the shape of `counts`; exactly 0 where nothing was released.
    """
    instance("quanta", quanta, Quanta)
    instance("random generator", rng, np.random.Generator)
    k = _whole_numbers("number of quanta", counts)
    if quanta.size_shape == "normal":
        return np.maximum(k + quanta.size_cv * np.sqrt(k) * rng.standard_normal(k.shape), 0.0)
    owner = np.repeat(np.arange(k.size), k.ravel())
    sizes = draw_sizes(quanta, rng, owner.size)
    return np.bincount(owner, sizes, k.size).reshape(k.shape)


def draw_latencies(quanta: Quanta, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw the waits from impulse to release of single quanta, in ms.

    A gamma wait of whole shape is a sum of equal exponential waits: uniform numbers suffice.

    Returns
    -------
    numpy.ndarray
        `count` latencies in ms.
    """
    instance("quanta", quanta, Quanta)
    instance("random generator", rng, np.random.Generator)
    u = rng.random((quanta.latency_shape, whole("number of quanta", count, 0, 1e7)))
    return -quanta.latency_mean_ms / quanta.latency_shape * np.log1p(-u).sum(axis=0)


def draw_mini_times(quanta: Quanta, rng: np.random.Generator, duration_s: float) -> np.ndarray:
    """Draw the times of the miniatures in a stretch of recording.

    Returns
    -------
    numpy.ndarray
        Times in s, rising, from 0 to `duration_s`: a Poisson process at the resting rate.
    """
    instance("quanta", quanta, Quanta)
    instance("random generator", rng, np.random.Generator)
    duration = number("duration of the recording", duration_s, 0.0, 1e5, "s")
    return np.sort(duration * rng.random(rng.poisson(quanta.mini_rate_per_s * duration)))


# Small mathematics ------------------------------------------------------------------------

_ERFC = np.frompyfunc(math.erfc, 1, 1)


def normal_cdf(z) -> np.ndarray:
    """Return the normal distribution function, exact to rounding; NumPy itself has none."""
    z = numbers("normal variable", z)
    return 0.5 * np.asarray(_ERFC(-z / math.sqrt(2.0)), dtype=float)


def _whole_numbers(name: str, values) -> np.ndarray:
    array = numbers(name, values, 0.0, 1e6)
    if (array != np.floor(array)).any():
        raise ValueError(f"{name} must be whole, but holds {array[array % 1 != 0].flat[0]:g}.")
    return array.astype(int)


def _vesicles(values) -> np.ndarray:
    """Whole numbers of vesicles, or infinity: the pool that never runs low."""
    if isinstance(values, float) and values == math.inf:
        return np.asarray(values)
    return _whole_numbers("docked vesicles", values).astype(float)


def _release_probability(content: np.ndarray, vesicles: np.ndarray) -> np.ndarray:
    excess = content > vesicles
    if excess.any():
        worst = np.broadcast_to(content, excess.shape)[excess].flat[0]
        raise ValueError(f"quantal content is {worst:g}, more than the docked vesicles.")
    return content / np.maximum(vesicles, 1.0)


def _log_factorial(values) -> np.ndarray:
    values = np.asarray(values).astype(int)
    table = np.cumsum(np.log(np.maximum(np.arange(values.max(initial=0) + 1), 1)))
    return table[values]
