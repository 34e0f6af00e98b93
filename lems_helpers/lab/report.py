"""A kind of answer with words in it: a report of any form, judged by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .answers import Judgement, NearMiss
from .reading import NotAnswered, Unreadable

_DEEPEST = 5  # lists within lists that are searched for a blank


@dataclass(frozen=True)
class Report:
    """A report of any form; every one that its judge finds sound is accepted.

    Parameters
    ----------
    verdict : callable
        ``verdict(report) -> (bool, str)``: whether it is sound, and what is said to it. Its
        ValueError says in one sentence why a report cannot be read.
    example : callable
        A function of nothing that makes a sound report.
    near_misses : tuple of (report or callable, str)
        Unsound reports, each with a part of what is said to it. A function is given the example.
    """

    verdict: Callable[[Any], tuple[bool, str]]
    example: Callable[[], Any]
    near_misses: tuple[NearMiss, ...] = ()

    @cached_property
    def right(self) -> Any:
        """A right answer."""
        return self.example()

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Yield each declared near miss as an answer, with a part of what is said to it."""
        for source, why in self.near_misses:
            yield (source(self.right) if callable(source) else source), why

    def judge(self, answer: Any) -> Judgement:
        """Accept the report, or say what is amiss."""
        if _has_blank(answer):
            raise NotAnswered
        try:
            return Judgement(*self.verdict(answer))
        except ValueError as refusal:
            raise Unreadable(str(refusal)) from None


def _has_blank(answer: Any, depth: int = 0) -> bool:
    if answer is Ellipsis:
        return True
    if depth == _DEEPEST or not isinstance(answer, (Mapping, list, tuple)):
        return False
    parts = answer.values() if isinstance(answer, Mapping) else answer
    return any(_has_blank(part, depth + 1) for part in parts)
