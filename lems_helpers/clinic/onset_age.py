"""At what age Lambert-Eaton syndrome begins, with cancer and without: a picture, not data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lems_helpers.physiology.checks import instance, number, numbers, whole

_STEP_YEARS = 0.01


@dataclass(frozen=True)
class OnsetAge:
    """Ages at onset as a mixture of bell curves, cut off at both ends.

    Attributes
    ----------
    parts : tuple of (weight, mean_years, sd_years)
        The weights sum to 1.
    youngest_years, oldest_years : float
        Nobody falls ill before or after, 5 and 95 years (assumption).

    Raises
    ------
    ValueError
        If the weights do not sum to 1, or a value is out of range.
    """

    parts: tuple[tuple[float, float, float], ...]
    youngest_years: float = 5.0
    oldest_years: float = 95.0

    def __post_init__(self):
        low = number("youngest age", self.youngest_years, 0.0, 119.0, "years")
        high = number("oldest age", self.oldest_years, low + 1.0, 120.0, "years")
        parts = []
        for part in self.parts:
            if not isinstance(part, tuple) or len(part) != 3:
                raise ValueError(f"each part must be a weight, a mean and a spread, not {part!r}.")
            weight, mean, spread = part
            parts.append(
                (
                    number("weight of a part", weight, 0.0, 1.0),
                    number("mean age of a part", mean, low, high, "years"),
                    number("spread of a part", spread, 1.0, 50.0, "years"),
                )
            )
        total = sum(weight for weight, _, _ in parts)
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the weights of the parts must sum to 1, not {total:g}.")
        object.__setattr__(self, "parts", tuple(parts))
        object.__setattr__(self, "youngest_years", low)
        object.__setattr__(self, "oldest_years", high)

    def density(self, ages_years: Any) -> np.ndarray:
        """Give the share of onsets per year of age; 0 outside the ends.

        Parameters
        ----------
        ages_years : array_like of float
            0 to 120 years.

        Returns
        -------
        numpy.ndarray
            Per year, in the shape of `ages_years`. It integrates to 1.
        """
        ages = numbers("ages", ages_years, 0.0, 120.0, "years")
        inside = (ages >= self.youngest_years) & (ages <= self.oldest_years)
        return np.where(inside, self._bells(ages) / self._table[2], 0.0)

    def share_before(self, age_years: float) -> float:
        """Give the share of people whose illness begins before an age, 0 to 1."""
        ages, rising, _ = self._table
        return float(np.interp(number("age", age_years, 0.0, 120.0, "years"), ages, rising))

    def age_by(self, shares: Any) -> np.ndarray:
        """Give the ages (years) by which shares of the people (0 to 1) have fallen ill."""
        shares = numbers("share of people", shares, 0.0, 1.0)
        ages, rising, _ = self._table
        return np.interp(shares, rising, ages)

    def sample(self, rng: np.random.Generator, people: int) -> np.ndarray:
        """Draw ages at onset (years), shape (people,), by inversion of `rng.random()`."""
        instance("rng", rng, np.random.Generator)
        people = whole("number of people", people, 0, 10_000_000)
        ages, rising, _ = self._table
        return np.interp(rng.random(people), rising, ages)

    def _bells(self, ages: np.ndarray) -> np.ndarray:
        height = np.zeros(np.shape(ages))
        for weight, mean, spread in self.parts:
            scale = weight / (spread * np.sqrt(2.0 * np.pi))
            height = height + scale * np.exp(-0.5 * ((ages - mean) / spread) ** 2)
        return height

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Ages, the share before each, and the part of the bells that the ends leave."""
        steps = max(1, round((self.oldest_years - self.youngest_years) / _STEP_YEARS))
        ages = np.linspace(self.youngest_years, self.oldest_years, steps + 1)
        height = self._bells(ages)
        area = np.concatenate([[0.0], np.cumsum((height[1:] + height[:-1]) * np.diff(ages) / 2.0)])
        return ages, area / area[-1], float(area[-1])


# Cancer-linked illness begins around 60, together with the cancer. Illness without cancer begins
# at any age, more often in older people, in two waves. No study's histogram is at hand: every
# number here is an assumption that draws these words.
WITH_CANCER = OnsetAge(((1.0, 60.0, 9.0),))
WITHOUT_CANCER = OnsetAge(((0.4, 34.0, 10.0), (0.6, 63.0, 10.0)))
# The same words drawn otherwise, to see which conclusions hang on the drawing: one broad wave
# around the median of published cases without cancer, 49.5 years [Wirtz2002]; its spread is an
# assumption.
WITHOUT_CANCER_ONE_WAVE = OnsetAge(((1.0, 49.5, 17.0),))
