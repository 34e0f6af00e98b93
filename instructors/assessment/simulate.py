"""Simulated classes with a known gain, to see that the scorer finds it.

A learner has an ability, an item a difficulty; the chance to understand is a logistic curve of
their difference (Rasch 1960). The course lowers each item's difficulty by an amount of its own.
Who does not understand picks among the answers by chance, or follows the misconception. The true
gain is worked out from the chances, without any answer being drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from answer_file import Sheet
from items import Form, Item, items

#: How often one who does not understand takes the misconception's way.
_BELIEVES = 0.5
_LEAVES_BLANK = 0.03


@dataclass(frozen=True)
class SimulatedClass:
    """The sheets of a class, and the gains that went into them.

    Attributes
    ----------
    sheets : list of (Sheet, Sheet)
        Before and after, for each learner.
    gain : dict of str to float
        The true normalised gain of each item.
    whole : float
        The true normalised gain of all items together.
    """

    sheets: list[tuple[Sheet, Sheet]]
    gain: dict[str, float]
    whole: float


def simulate(learners: int, seed: int) -> SimulatedClass:
    """Return a class; the same seed gives the same class."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0.0, 1.0, learners)
    difficulty = rng.normal(0.6, 0.8, len(items()))
    taught = rng.uniform(0.0, 2.5, len(items()))
    logit = ability[:, None] - difficulty
    # Nobody unlearns: one draw of luck per learner and item, against both chances.
    before, after = (1 / (1 + np.exp(-(logit + step))) for step in (0.0, taught))
    luck = rng.random(before.shape)
    sheets = []
    for i in range(learners):
        name = f"simulated-{seed}-{i}"
        pair = []
        for time, chance in (("before", before), ("after", after)):
            answers = {
                item.misconception: _answer(item, bool(luck[i, j] < chance[i, j]), rng)
                for j, item in enumerate(items())
            }
            pair.append(Sheet(name, Form(time), answers))
        sheets.append((pair[0], pair[1]))
    # Guessing both tiers right lifts both tests alike, and so leaves the normalised gain as it is.
    rise, room = (after - before).mean(axis=0), (1 - before).mean(axis=0)
    gain = {item.misconception: float(g) for item, g in zip(items(), rise / room, strict=True)}
    return SimulatedClass(sheets, gain, float(rise.sum() / room.sum()))


def _answer(item: Item, understands: bool, rng: np.random.Generator):
    if rng.random() < _LEAVES_BLANK:
        return (None, None) if rng.random() < 0.5 else (0, None)
    if understands:
        return (0, 0)
    what = int(rng.integers(len(item.what.options)))
    if rng.random() < _BELIEVES:
        return what, int(rng.choice(item.why.beliefs))
    return what, int(rng.integers(len(item.why.options)))
