"""Stage 6: what one impulse leaves behind for the next.

Two things decide the release of an impulse in a train. The pool: vesicles that have left
must be replaced, and residual calcium speeds the replacing. The probability: facilitation,
augmentation and potentiation outlast the impulse, for milliseconds to minutes. Both follow
in closed form from one impulse to the next, so any train can be given, and one recursion
serves the expected release and the drawn one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, number, numbers, whole


@dataclass(frozen=True)
class Plasticity:
    """How a terminal changes with use.

    Release probability is p0·(1 + F1 + F2)·(1 + A)·(1 + P), never above `release_ceiling`.
    Each component jumps by its step at an impulse and decays. Empty places are refilled at
    the rate k0 + k1·x²/(x² + h²), x being residual calcium.

    What is called calibrated was fitted to published measurements by
    `lems_helpers.evidence.calibration`, which stores the values with their residuals.

    Attributes
    ----------
    facilitation_1_step, facilitation_2_step : float
        Steps of F1 and F2, 0.119 and 0.0263 (calibrated).
    augmentation_step, potentiation_step : float
        Steps of A and P, 0.00345 and 0.000863 (calibrated). All four are several times
        smaller than the frog's [MaglebyZengel1982], which do not describe patients.
    facilitation_1_s, facilitation_2_s, augmentation_s, potentiation_s : float
        Decay time constants 0.06, 0.4, 7 and 30 s [MaglebyZengel1982] (recalled).
    refill_per_s : float
        Refill rate at rest, k0, 0.14 per second (calibrated).
    refill_gain_per_s : float
        Further rate when residual calcium is high, k1, 8 per second (calibrated within 4
        to 8, of which it is the upper end).
    refill_half_calcium : float
        Residual calcium that gives half of it, h, 0.369 (calibrated).
    residual_calcium_step : float
        Residual calcium left by one impulse, 0.02 (assumption). Only its ratio to h matters.
    residual_calcium_s : float
        Its decay time constant, 1 s (assumption).
    release_ceiling : float
        Highest release probability, 0.9 (assumption).

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    facilitation_1_step: float = 0.119
    facilitation_2_step: float = 0.0263
    augmentation_step: float = 0.00345
    potentiation_step: float = 0.000863
    facilitation_1_s: float = 0.06
    facilitation_2_s: float = 0.4
    augmentation_s: float = 7.0
    potentiation_s: float = 30.0
    refill_per_s: float = 0.14
    refill_gain_per_s: float = 8.0
    refill_half_calcium: float = 0.369
    residual_calcium_step: float = 0.02
    residual_calcium_s: float = 1.0
    release_ceiling: float = 0.9

    def __post_init__(self):
        check_fields(
            self,
            facilitation_1_step=("step of facilitation F1", 0.0, 10.0, ""),
            facilitation_2_step=("step of facilitation F2", 0.0, 10.0, ""),
            augmentation_step=("step of augmentation", 0.0, 10.0, ""),
            potentiation_step=("step of potentiation", 0.0, 10.0, ""),
            facilitation_1_s=("decay of facilitation F1", 1e-3, 1e4, "s"),
            facilitation_2_s=("decay of facilitation F2", 1e-3, 1e4, "s"),
            augmentation_s=("decay of augmentation", 1e-3, 1e4, "s"),
            potentiation_s=("decay of potentiation", 1e-3, 1e4, "s"),
            refill_per_s=("refill rate at rest", 0.0, 1000.0, "per second"),
            refill_gain_per_s=("refill rate added by calcium", 0.0, 1000.0, "per second"),
            refill_half_calcium=("residual calcium for half the gain", 1e-6, 1e6, ""),
            residual_calcium_step=("residual calcium per impulse", 0.0, 1e3, ""),
            residual_calcium_s=("decay of residual calcium", 1e-3, 1e4, "s"),
            release_ceiling=("highest release probability", 0.0, 1.0, ""),
        )


# No separate figures are known: the mouse is taken to behave like the human (assumption).
MOUSE = HUMAN = Plasticity()


def regular_train(rate_Hz: float, impulses: int, start_s: float = 0.0) -> np.ndarray:
    """Impulse times of a train at a steady rate, in s.

    Raises
    ------
    ValueError
        If the rate is not above zero (0.001 to 1,000 Hz) or there is no impulse.
    """
    rate = number("rate of the train", rate_Hz, 1e-3, 1000.0, "Hz")
    count = whole("number of impulses", impulses, 1, 1e6)
    return number("start of the train", start_s, -1e6, 1e6, "s") + np.arange(count) / rate


@dataclass(frozen=True, eq=False)
class Modulation:
    """What a train does to every junction alike, whatever its size or disease.

    Attributes
    ----------
    times_s : numpy.ndarray, shape (impulses,)
    facilitation_1, facilitation_2, augmentation, potentiation : numpy.ndarray
        The components just before each impulse, shape (impulses,).
    residual_calcium : numpy.ndarray
        Just before each impulse, in the unit of `Plasticity.refill_half_calcium`.
    factor : numpy.ndarray
        Release probability over that of a rested junction, before the ceiling.
    left_empty : numpy.ndarray, shape (impulses - 1,)
        Part of the empty places that are still empty when the next impulse comes.
    """

    times_s: np.ndarray
    facilitation_1: np.ndarray
    facilitation_2: np.ndarray
    augmentation: np.ndarray
    potentiation: np.ndarray
    residual_calcium: np.ndarray
    left_empty: np.ndarray

    @cached_property
    def factor(self) -> np.ndarray:  # noqa: D102 (described with the class)
        facilitation = 1.0 + self.facilitation_1 + self.facilitation_2
        return facilitation * (1.0 + self.augmentation) * (1.0 + self.potentiation)


def modulation(plasticity: Plasticity, times_s) -> Modulation:
    """Follow facilitation, augmentation, potentiation and refilling through a train.

    The refill rate falls with residual calcium between two impulses; its integral over the
    gap is closed, so a gap of a minute is as exact as one of a millisecond.

    Parameters
    ----------
    plasticity : Plasticity
    times_s : array_like, shape (impulses,)
        Impulse times in s, strictly rising; the junction is rested before the first.

    Returns
    -------
    Modulation

    Raises
    ------
    ValueError
        If the train is empty or goes back in time.
    """
    instance("plasticity", plasticity, Plasticity)
    times = numbers("impulse times", times_s, -1e7, 1e7, "s")
    if times.ndim != 1:
        raise ValueError("impulse times must be one row of numbers.")
    gaps = np.diff(times)
    if (gaps <= 0).any():
        j = int(np.argmax(gaps <= 0))
        raise ValueError(
            f"The train goes back in time: impulse {j + 2} comes at {times[j + 1]:g} s, "
            f"after impulse {j + 1} at {times[j]:g} s."
        )
    c = plasticity
    steps_and_decays = (
        (c.facilitation_1_step, c.facilitation_1_s),
        (c.facilitation_2_step, c.facilitation_2_s),
        (c.augmentation_step, c.augmentation_s),
        (c.potentiation_step, c.potentiation_s),
        (c.residual_calcium_step, c.residual_calcium_s),
    )
    traces = []
    for step, decay in steps_and_decays:
        level, trace = 0.0, [0.0]
        for kept in np.exp(-gaps / decay).tolist():
            level = (level + step) * kept
            trace.append(level)
        traces.append(np.array(trace))
    # ∫ x²/(x² + h²) dt = (τ/2)·ln((x_start² + h²)/(x_end² + h²)) while x decays with τ.
    half = c.refill_half_calcium**2
    start = (traces[4][:-1] + c.residual_calcium_step) ** 2 + half
    quickened = 0.5 * c.residual_calcium_s * np.log(start / (traces[4][1:] ** 2 + half))
    left_empty = np.exp(-c.refill_per_s * gaps - c.refill_gain_per_s * quickened)
    return Modulation(times, *traces, left_empty)


@dataclass(frozen=True, eq=False)
class Train:
    """Release through a train, at one junction or many.

    Attributes
    ----------
    modulation : Modulation
        What the train did to every junction alike; holds the times.
    ready : numpy.ndarray, shape (impulses, junctions...)
        Vesicles ready just before each impulse.
    released : numpy.ndarray, shape (impulses, junctions...)
        Quanta released by each impulse: expected values, or whole numbers where drawn.
    """

    modulation: Modulation
    ready: np.ndarray
    released: np.ndarray


def run_train(
    plasticity: Plasticity,
    times_s,
    release_probability,
    vesicles,
    rng: np.random.Generator | None = None,
    drawn=None,
) -> Train:
    """Run a train of impulses on one junction or many.

    Without `rng` the release is the expected one, n·p. With `rng` it is drawn: the pool is
    first rounded, up or down at random so that its mean stays, then each ready vesicle goes
    with probability p. The recursion is the same, and linear in the pool, so the mean of
    the drawn release is the expected release.

    Parameters
    ----------
    plasticity : Plasticity
    times_s : array_like, shape (impulses,)
        Impulse times in s, strictly rising.
    release_probability : array_like
        Probability per ready vesicle when rested, one value or one per junction.
    vesicles : array_like
        Places for ready vesicles, all full at the start, one value or one per junction.
    rng : numpy.random.Generator, optional
        Draws the release.
    drawn : array_like of bool, shape (impulses,), optional
        Which impulses to draw; all when left out. The others release their expected number,
        which is ten times faster where nobody looks at single impulses (a long effort).

    Returns
    -------
    Train

    Raises
    ------
    ValueError
        If the train is empty or goes back in time, or a probability or pool is impossible.
    """
    course = modulation(plasticity, times_s)
    p0 = numbers("release probability", release_probability, 0.0, 1.0)
    pool = numbers("docked vesicles", vesicles, 0.0, 1e6)
    draws = _which_drawn(rng, drawn, course.times_s.size)
    full = np.array(np.broadcast_to(pool, np.broadcast_shapes(p0.shape, pool.shape)))
    ready = np.empty((course.times_s.size, *full.shape))
    released = np.empty_like(ready)
    now = full.copy()
    left_empty = [*course.left_empty.tolist(), 0.0]
    for j, factor in enumerate(course.factor.tolist()):
        p = np.minimum(p0 * factor, plasticity.release_ceiling)
        if draws[j]:
            now = np.floor(now + rng.random(full.shape))
            released[j] = rng.binomial(now.astype(np.int64), p)
        else:
            released[j] = now * p
        ready[j] = now
        now = full - (full - now + released[j]) * left_empty[j]
    return Train(course, ready, released)


def _which_drawn(rng, drawn, impulses: int) -> np.ndarray:
    if rng is None:
        if drawn is not None:
            raise ValueError("Choosing which impulses to draw needs a random generator (rng).")
        return np.zeros(impulses, dtype=bool)
    instance("random generator", rng, np.random.Generator)
    if drawn is None:
        return np.ones(impulses, dtype=bool)
    mask = np.asarray(drawn)
    if mask.dtype != bool or mask.shape != (impulses,):
        raise ValueError(f"drawn must be {impulses} yes/no values, one per impulse.")
    return mask
