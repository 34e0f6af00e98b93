"""Quantal content read back from a recording, and recordings held against the Poisson law.

Three roads lead from evoked amplitudes to the mean number of quanta: the mean, the failures
and the variance. Where they agree within their errors, release is quantal and Poisson
[delCastilloKatz1954] [BoydMartin1956].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import number, numbers, whole
from lems_helpers.physiology.quanta import count_probabilities, normal_cdf


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error, in the same unit."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class ContentEstimates:
    """Quantal content of one recording by three roads.

    Attributes
    ----------
    by_mean : Estimate
        Mean evoked amplitude over mean miniature amplitude.
    by_failures : Estimate
        ln(N/N0), from N impulses of which N0 released nothing.
    by_variance : Estimate
        (1 + CV²)/CV_evoked², with the CV of the miniatures. This road, like the failures,
        needs Poisson release; the mean does not.
    trials, failures : int
        Impulses, and those that released nothing.
    quantal : Estimate
        Mean miniature amplitude in mV.
    size_cv : float
        Coefficient of variation of the miniatures.
    """

    by_mean: Estimate
    by_failures: Estimate
    by_variance: Estimate
    trials: int
    failures: int
    quantal: Estimate
    size_cv: float


def estimate_content(evoked_mV, miniatures_mV) -> ContentEstimates:
    """Estimate the quantal content from evoked and miniature amplitudes.

    Standard errors are those of the Poisson law for the failures, and of the sample itself
    (its moments up to the fourth) for the mean and the variance. They take in the spread of
    the miniatures too.

    Parameters
    ----------
    evoked_mV : array_like
        One amplitude per impulse; a failure is exactly 0.
    miniatures_mV : array_like
        Amplitudes of miniatures, all above 0.

    Returns
    -------
    ContentEstimates

    Raises
    ------
    ValueError
        If a sample is too small, or holds no failure or nothing but failures.
    """
    x = numbers("evoked amplitudes", evoked_mV, 0.0, 1000.0, "mV").ravel()
    y = numbers("miniature amplitudes", miniatures_mV, 1e-9, 1000.0, "mV").ravel()
    if x.size < 2 or y.size < 2:
        raise ValueError("Estimating quantal content needs at least 2 evoked and 2 miniatures.")
    failures = int((x == 0).sum())
    if failures == 0:
        raise ValueError("There is no failure (amplitude 0) among the evoked amplitudes.")
    if failures == x.size:
        raise ValueError("Every impulse failed: quantal content is too small to estimate.")
    mean, quantal = x.mean(), y.mean()
    variance, mini_variance = x.var(ddof=1), y.var(ddof=1)
    cv2 = mini_variance / quantal**2

    by_mean = mean / quantal
    relative = variance / x.size / mean**2 + mini_variance / y.size / quantal**2
    by_variance = (1.0 + cv2) * mean**2 / variance
    # Influence of each amplitude on the ratio of a squared mean to a variance (delta method).
    evoked_pull = by_variance * (2 * (x - mean) / mean - ((x - mean) ** 2 / variance - 1))
    mini_pull = mean**2 * mini_variance / variance / quantal**2
    mini_pull = mini_pull * (
        (y - quantal) ** 2 / max(mini_variance, 1e-300) - 1 - 2 * (y - quantal) / quantal
    )
    error = math.sqrt(evoked_pull.var() / x.size + mini_pull.var() / y.size)
    return ContentEstimates(
        by_mean=Estimate(float(by_mean), float(by_mean * math.sqrt(relative))),
        by_failures=content_from_failures(x.size, failures),
        by_variance=Estimate(float(by_variance), error),
        trials=x.size,
        failures=failures,
        quantal=Estimate(float(quantal), math.sqrt(mini_variance / y.size)),
        size_cv=math.sqrt(cv2),
    )


def content_from_failures(trials: int, failures: int) -> Estimate:
    """Estimate the quantal content from how many impulses released nothing: ln(N/N0).

    Right where release follows the Poisson law; the standard error is that of the law.

    Parameters
    ----------
    trials, failures : int
        Impulses, and those of them that released nothing; at least 1 failure, fewer than
        `trials`.

    Returns
    -------
    Estimate
    """
    trials = whole("number of impulses", trials, 2, 1e9)
    failures = whole("number of failures", failures, 1, trials - 1)
    return Estimate(math.log(trials / failures), math.sqrt(1.0 / failures - 1.0 / trials))


def amplitude_probabilities(
    edges_mV,
    quantal_content: float,
    quantal_mV: float,
    size_cv: float = 0.22,
    vesicles=math.inf,
) -> tuple[float, np.ndarray]:
    """Predict a histogram of evoked amplitudes: failures, then a normal curve per count.

    k quanta give a normal curve of mean k·q and variance k·(CV·q)²; each is weighted with
    the probability of k. Multiply by the number of impulses to lay it over a histogram.

    Parameters
    ----------
    edges_mV : array_like
        Rising edges of the bins.
    quantal_content, quantal_mV, size_cv, vesicles
        As in `count_probabilities` and `amplitude_moments`; `quantal_mV` and `size_cv`
        above 0.

    Returns
    -------
    failures : float
        Probability that nothing is released.
    bins : numpy.ndarray
        Probability of an evoked amplitude in each bin.
    """
    edges = numbers("bin edges", edges_mV, -1e4, 1e4, "mV")
    if edges.ndim != 1 or edges.size < 2 or (np.diff(edges) <= 0).any():
        raise ValueError("Bin edges must be two or more rising values.")
    m = number("quantal content", quantal_content, 0.0, 1e4, "quanta")
    q = number("quantal amplitude", quantal_mV, 1e-6, 1000.0, "mV")
    cv = number("variation (CV) of quantal size", size_cv, 1e-3, 1.0)
    k = np.arange(int(m + 10.0 * math.sqrt(m) + 12.0) + 1)
    chance = count_probabilities(k, m, vesicles)
    z = (edges - k[1:, None] * q) / (cv * q * np.sqrt(k[1:, None]))
    return float(chance[0]), chance[1:] @ np.diff(normal_cdf(z), axis=1)


def amplitude_curves(
    amplitude_mV, quantal_content: float, quantal_mV: float, size_cv: float = 0.22, most: int = 12
) -> np.ndarray:
    """Split the predicted density of evoked amplitudes by the number of quanta (Poisson).

    Parameters
    ----------
    amplitude_mV : array_like, shape (points,)
    quantal_content, quantal_mV, size_cv
        As in `amplitude_probabilities`.
    most : int
        The largest number of quanta that is given a curve.

    Returns
    -------
    numpy.ndarray, shape (most, points)
        Row k - 1 is the density per mV of responses made of k quanta; its area is the
        probability of k.
    """
    x = numbers("amplitudes", amplitude_mV, -1e4, 1e4, "mV")
    if x.ndim != 1:
        raise ValueError("Amplitudes must be one row of values.")
    m = number("quantal content", quantal_content, 0.0, 1e4, "quanta")
    q = number("quantal amplitude", quantal_mV, 1e-6, 1000.0, "mV")
    cv = number("variation (CV) of quantal size", size_cv, 1e-3, 1.0)
    k = np.arange(1, whole("largest number of quanta", most, 1, 1000) + 1)[:, None]
    spread = cv * q * np.sqrt(k)
    bell = np.exp(-0.5 * ((x - k * q) / spread) ** 2) / (spread * math.sqrt(2.0 * math.pi))
    return count_probabilities(k, m) * bell


@dataclass(frozen=True)
class ChiSquare:
    """Distance of observed counts from expected ones.

    Attributes
    ----------
    value : float
        Sum of (observed - expected)²/expected.
    freedom : int
        Degrees of freedom: classes, less one, less the fitted parameters.
    probability : float
        Chance of a distance at least as large, were the law true.
    observed, expected : tuple of float
        The classes compared, failures first, after merging.
    """

    value: float
    freedom: int
    probability: float
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def amplitude_chi_square(
    edges_mV,
    observed,
    failures: int,
    quantal_content: float,
    quantal_mV: float,
    size_cv: float = 0.22,
    fitted: int = 1,
) -> ChiSquare:
    """Compare a histogram of evoked amplitudes with Poisson release (chi-square).

    Neighbouring bins are merged until each class expects at least 5 trials; amplitudes
    beyond the edges count with the outermost bins.

    Parameters
    ----------
    edges_mV : array_like
        Rising edges of the bins.
    observed : array_like
        Evoked amplitudes counted in each bin, failures left out.
    failures : int
        Impulses that released nothing.
    quantal_content, quantal_mV, size_cv
        The law to compare with.
    fitted : int
        Parameters of the law that were fitted to these same evoked amplitudes.

    Returns
    -------
    ChiSquare
    """
    edges = numbers("bin edges", edges_mV, -1e4, 1e4, "mV")
    seen = numbers("observed counts", observed, 0.0, 1e9)
    if seen.shape != (edges.size - 1,):
        raise ValueError("There must be one observed count per bin.")
    failures = whole("number of failures", failures, 0, 1e9)
    fitted = whole("number of fitted parameters", fitted, 0, 10)
    open_edges = np.concatenate([[-1e4], edges[1:-1], [1e4]])
    none, bins = amplitude_probabilities(open_edges, quantal_content, quantal_mV, size_cv)
    trials = seen.sum() + failures
    classes = [[float(failures), none * trials]]
    gather = [0.0, 0.0]
    for got, expected in zip(seen, bins * trials, strict=True):
        gather = [gather[0] + got, gather[1] + expected]
        if gather[1] >= 5.0:
            classes.append(gather)
            gather = [0.0, 0.0]
    classes[-1] = [classes[-1][0] + gather[0], classes[-1][1] + gather[1]]
    freedom = len(classes) - 1 - fitted
    if freedom < 1:
        raise ValueError("There are too few trials to compare with a law.")
    value = float(sum((got - expected) ** 2 / expected for got, expected in classes))
    return ChiSquare(
        value,
        freedom,
        _chi_square_tail(value, freedom),
        tuple(float(got) for got, _ in classes),
        tuple(float(expected) for _, expected in classes),
    )


def _chi_square_tail(value: float, freedom: int) -> float:
    """Chance that chi-square exceeds `value`: a finite sum for whole degrees of freedom."""
    half = value / 2.0
    if half == 0.0:
        return 1.0
    odd = freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    for j in range(freedom // 2):
        a = j + 0.5 * odd
        tail += math.exp(a * math.log(half) - half - math.lgamma(a + 1.0))
    return tail
