"""A learner's numbers beside the right ones: how close, and which slip explains the difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


class Comparison:
    """Two sets of numbers side by side, and what may have gone wrong between them."""

    def __init__(self, right: np.ndarray, unit: str, tolerance: float, absolute: float | None):
        self.right, self.unit, self.tolerance = right, unit, tolerance
        self._least = tolerance * _floor(right) if absolute is None else absolute

    def close(self, got: np.ndarray, right: np.ndarray) -> bool:
        """Return whether every number is within the tolerance of the right one."""
        return _within(got, right, self.tolerance, self._least)

    def explain(self, got: np.ndarray, declared: Iterable[tuple[Any, str]]) -> str:
        """Return what a known slip would explain, or nothing."""
        # A slip may be computed with rounder constants than ours, so it is met less strictly; one
        # of a thousand is plain even where the digits are off too.
        loose = max(self.tolerance, 1e-3)
        for slips, relative in (
            (declared, loose),
            (self._slips_of_unit(), max(loose, 0.1)),
            (self._common_slips(), loose),
        ):
            for value, why in slips:
                slip = np.asarray(value, dtype=float)
                met = _within(got, slip, relative, relative * _floor(slip))
                if met and not self.close(slip, self.right):
                    return why
        return ""

    def first_gap(self, got: np.ndarray, right: np.ndarray | None = None) -> str:
        """Say how far the first wrong number is off, and in which direction."""
        right = self.right if right is None else right
        pairs = list(zip(np.ravel(got).tolist(), np.ravel(right).tolist(), strict=True))
        place, (mine, due) = next(
            (i, pair)
            for i, pair in enumerate(pairs, start=1)
            if not self.close(*(np.asarray(x) for x in pair))
        )
        it = "That" if len(pairs) == 1 else f"Number {place} ({show(mine)})"
        if mine * due < 0:
            return f"{it} has the wrong sign, and the size is off too."
        size = "large" if abs(mine) > abs(due) else "small"
        if due == 0 or mine == 0:
            return f"{it} is too {size}."
        times = max(mine / due, due / mine)
        if times < 1.5:
            return f"{it} is a little too {size}."
        return f"{it} is {_times(times)} too {size}."

    def _common_slips(self) -> Iterator[tuple[np.ndarray, str]]:
        right = self.right
        yield -right, "The size is right, but the sign is not."
        if self.unit == "%":
            yield right / 100, "That is the fraction; multiply it by 100 for a percentage."
        if self.unit in ("", "1") and np.all(np.abs(right) <= 1):
            yield (
                right * 100,
                "That is the percentage; the fraction is asked for, so divide by 100.",
            )
        yield 2 * right, "That is twice the right answer: is something counted two times?"
        yield right / 2, "That is half the right answer: has a factor of 2 been left out?"
        if np.all(right != 0):
            yield 1 / right, "That is one divided by the right answer: turn the fraction over."
        if right.ndim == 1 and right.size > 1:
            yield right[::-1], "The numbers are right, but their order is turned round."

    def _slips_of_unit(self) -> Iterator[tuple[np.ndarray, str]]:
        smaller, larger = _neighbours(self.unit)
        for factor, size, other in (
            (1e3, "about 1000 times too large", smaller),
            (1e-3, "about 1000 times too small", larger),
            (1e6, "about a million times too large", ""),
            (1e-6, "about a million times too small", ""),
        ):
            ask = f"is it in {other} rather than {self.unit}?" if other else "look at the units."
            yield self.right * factor, f"That is {size}: {ask}"


def _within(got: np.ndarray, aim: np.ndarray, relative: float, least: float) -> bool:
    allowed = np.maximum(relative * np.abs(aim), least)
    return got.shape == aim.shape and bool(np.all(np.abs(got - aim) <= allowed))


def _floor(numbers: np.ndarray) -> float:
    """Return the size below which a number of this set counts as zero."""
    return 1e-3 * float(np.max(np.abs(numbers))) if numbers.size > 1 else 0.0


def show(number: float) -> str:
    """Return a number with four digits, as a reader writes it: 264,000 rather than 2.64e+05."""
    size = abs(number)
    if number == 0 or not 1e-4 <= size < 1e7:
        return f"{number:.4g}"
    decimals = max(0, 3 - math.floor(math.log10(size)))
    text = f"{float(f'{number:.4g}'):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _times(times: float) -> str:
    if times > 1e6:
        return "more than a million times"
    return f"about {times:.2g} times" if times < 10 else f"about {times:,.0f} times"


_PREFIXES = ("f", "p", "n", "µ", "m", "", "k", "M")
_BASES = ("A", "V", "S", "s", "M", "m", "C", "Hz", "Ω", "F")


def _neighbours(unit: str) -> tuple[str, str]:
    """Return the units a thousand times smaller and larger, where there are such."""
    for base in _BASES:
        prefix = unit.removesuffix(base)
        if unit.endswith(base) and prefix in _PREFIXES:
            i = _PREFIXES.index(prefix)
            smaller = _PREFIXES[i - 1] + base if i > 0 else ""
            larger = _PREFIXES[i + 1] + base if i + 1 < len(_PREFIXES) else ""
            return smaller, larger
    return "", ""
