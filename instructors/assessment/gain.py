"""From a class's answer sheets to its gain per misconception, each with its interval.

The normalised gain is the share of what could be gained that was gained: the rise of the share who
understand, over the share who did not before (Hake 1998). An item counts as understood when "what"
and "why" are both right. Only learners with both tiers answered both times count in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from answer_file import Answers
from items import Item, items

DRAWS = 4000
LEVEL = 0.95
# A twentieth of a learner or so in each of the four ways two tests can come out: enough that a
# small class in which all did the same is not called certain (Perks' prior, 1 over 4 cells).
_PRIOR = 0.25
_CELLS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)


@dataclass(frozen=True)
class Interval:
    """An estimate with the range that holds the truth 95 times of 100; nan where undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """What the class did on one item, or on all.

    Attributes
    ----------
    learners : int
        Who answered it fully both times.
    before, after : float
        Share who understood.
    gain : Interval
    rest : tuple of float
        Share with the right "what" for a wrong reason, before and after; share whose reason was
        the misconception itself, before and after.
    """

    learners: int
    before: float
    after: float
    gain: Interval
    rest: tuple[float, float, float, float]


@dataclass(frozen=True)
class Gains:
    """The gains of one class: a line for each item, and one for all items together."""

    lines: dict[str, Line]
    whole: Line


def gains(pairs: list[tuple[Answers, Answers]], seed: int = 1) -> Gains:
    """Return the gains of the learners who took the test both times.

    Parameters
    ----------
    pairs : list of (answers before, answers after)
    seed : int
        Of the draws behind the intervals.
    """
    rng = np.random.default_rng(seed)
    marks = np.full((len(pairs), len(items()), 2, 3), np.nan)
    for row, pair in enumerate(pairs):
        for column, item in enumerate(items()):
            scored = [_marks(item, answers.get(item.misconception)) for answers in pair]
            if None not in scored:
                marks[row, column] = scored
    weights = rng.gamma(1.0, size=(DRAWS, len(pairs)))
    extra = rng.gamma(_PRIOR, size=(DRAWS, 4))
    lines = {
        item.misconception: _line(marks[:, column : column + 1], weights, extra)
        for column, item in enumerate(items())
    }
    return Gains(lines, _line(marks, weights, extra))


def _marks(item: Item, chosen: tuple[int | None, int | None] | None) -> list[bool] | None:
    """Return understood, right what with wrong why, and belief; None if not fully answered."""
    if chosen is None or None in chosen:
        return None
    what, why = chosen
    return [what == why == 0, what == 0 != why, why in item.why.beliefs]


def _line(marks: np.ndarray, weights: np.ndarray, extra: np.ndarray) -> Line:
    """Return the line of some items; `marks` is learner, item, time, mark."""
    took = ~np.isnan(marks[..., 0, 0])
    count = int(took.any(axis=1).sum())
    if count == 0:
        nothing = float("nan")
        return Line(0, nothing, nothing, Interval(*[nothing] * 3), (nothing,) * 4)
    share = marks[took].mean(axis=0)
    before, after = (float(one) for one in share[:, 0])
    rest = tuple(float(one) for one in share[:, 1:].T.ravel())
    # Learners, not single answers, are drawn anew: what one learner answers hangs together.
    understood = np.nan_to_num(marks[..., 0])
    rise = (understood[..., 1] - understood[..., 0]).sum(axis=1)
    room = (took - understood[..., 0]).sum(axis=1)
    risen = weights @ rise + extra @ (_CELLS[:, 1] - _CELLS[:, 0])
    rooms = weights @ room + extra @ (1 - _CELLS[:, 0])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(risen / rooms, [tail, 1 - tail])
    if before == 1:
        # Everyone understood it beforehand: there was nothing to gain, and no share of it.
        return Line(count, before, after, Interval(*[float("nan")] * 3), rest)
    value = (after - before) / (1 - before)
    return Line(count, before, after, Interval(value, float(low), float(high)), rest)
