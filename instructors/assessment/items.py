"""The two-tier items of the test before and after the course, and the forms they are given in."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lems_helpers.lab.quiz import misconceptions
from lems_helpers.physiology import checks

SOURCE = Path(__file__).with_name("items.toml")
LETTERS = "abcde"
#: When the test is taken: its name in files, its title, and the seed of its order.
TIMES = {"before": ("Before the course", 1), "after": ("After the course", 2)}
WHY = "Why? Choose the reason that fits best."


@dataclass(frozen=True)
class Tier:
    """One question: its options, of which the first is right, and which ones show the belief."""

    question: str
    options: tuple[str, ...]
    beliefs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Item:
    """What happens, and why; made to find one misconception.

    Attributes
    ----------
    misconception : str
        Its id, such as "M4".
    what, why : Tier
    panel : tuple of str
        The notebook and the panel that show it.
    """

    misconception: str
    what: Tier
    why: Tier
    panel: tuple[str, str]

    @property
    def tiers(self) -> tuple[Tier, Tier]:
        """Both questions, in the order in which they are asked."""
        return self.what, self.why


@cache
def items() -> tuple[Item, ...]:
    """Return the items, one for each misconception, in its order.

    Raises
    ------
    ValueError
        If the source breaks a rule; the message names the item.
    """
    return parse(SOURCE.read_text("utf-8"))


def parse(source: str) -> tuple[Item, ...]:
    """Return the items written in `source`, a TOML text."""
    made = []
    for table in tomllib.loads(source).get("item", []):
        name = table.get("misconception")
        try:
            what = _tier(table["what"]["question"], table["what"])
            why = _tier(WHY, table["why"])
            notebook, panel = table["panel"]
        except KeyError as missing:
            raise ValueError(f"Item {name} has no {missing}.") from None
        if not why.beliefs:
            raise ValueError(f"Item {name} has no reason that names the misconception.")
        made.append(Item(name, what, why, (notebook, panel)))
    if [item.misconception for item in made] != list(misconceptions()):
        raise ValueError(f"The items must be those of {', '.join(misconceptions())}, in order.")
    return tuple(made)


def _tier(question: str, table: dict) -> Tier:
    beliefs = table.get("belief", [])
    options = (table["right"], *beliefs, *table["wrong"])
    if not 3 <= len(set(options)) == len(options) <= len(LETTERS):
        raise ValueError(f"The question {question!r} needs 3 to {len(LETTERS)} different options.")
    return Tier(question, options, tuple(range(1, 1 + len(beliefs))))


@cache
def edition() -> str:
    """Return eight signs that change whenever a word of the items does."""
    words = repr([(item.misconception, item.what, item.why) for item in items()])
    return hashlib.sha256(words.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Form:
    """The items in one shuffled order. The same time and seed give the same form for ever.

    Parameters
    ----------
    time : str
        "before" or "after".
    seed : int, optional
        Each time has its own; another one keeps neighbours from reading off each other.
    """

    time: str
    seed: int = 0

    def __post_init__(self) -> None:
        checks.choice("The time of the test", self.time, list(TIMES))
        checks.whole("The seed of the form", self.seed, 0, 9999)
        if self.seed == 0:
            object.__setattr__(self, "seed", TIMES[self.time][1])

    @property
    def name(self) -> str:
        """Return the name that stands on sheets and in files, such as "before 1"."""
        return f"{self.time} {self.seed}"

    @property
    def title(self) -> str:
        """Return what stands above the questions."""
        return TIMES[self.time][0]

    @property
    def items(self) -> tuple[Item, ...]:
        """The items as this form shows them."""
        order = _order(self.seed, tuple(item.misconception for item in items()))
        return tuple(items()[i] for i in order)

    def order(self, item: Item, tier: int) -> tuple[int, ...]:
        """Return which option stands at each place of a question (tier 0: what, 1: why)."""
        options = range(len(item.tiers[tier].options))
        return _order(self.seed, tuple(f"{item.misconception}-{tier}-{i}" for i in options))


@cache
def _order(seed: int, names: tuple[str, ...]) -> tuple[int, ...]:
    """Shuffle names: return their places. Python's own shuffle may change; this must not."""

    def rank(i: int) -> bytes:
        return hashlib.sha256(f"{seed}/{names[i]}".encode()).digest()

    return tuple(sorted(range(len(names)), key=rank))
