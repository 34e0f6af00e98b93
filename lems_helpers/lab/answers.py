"""Kinds of answer: each accepts any right one and explains the common wrong ones.

The right answer is worked out from the model when it is needed, never written down here.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lems_helpers.physiology import checks

from .comparison import Comparison, show
from .reading import NotAnswered, Unreadable, read_numbers, read_word

#: A wrong answer and its explanation; a function is given the right answer to spoil.
NearMiss = tuple[Any, str]


class Judgement(NamedTuple):
    """Whether an answer was accepted, and one or two sentences about it."""

    accepted: bool
    message: str


@dataclass(frozen=True)
class _Numbers:
    """What numbers and arrays share."""

    expected: Any
    unit: str = ""
    tolerance: float = 0.02
    absolute: float | None = None
    near_misses: tuple[NearMiss, ...] = ()

    def __post_init__(self) -> None:
        _check_tolerances(self.tolerance, self.absolute)

    @cached_property
    def right(self) -> np.ndarray:
        """A right answer."""
        value = self.expected() if callable(self.expected) else self.expected
        return np.asarray(value, dtype=float)

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Yield each declared near miss as an answer, with its explanation."""
        for source, why in self.near_misses:
            yield (source(self.right) if callable(source) else source), why

    def _compare(self, got: np.ndarray) -> Judgement:
        compare = Comparison(self.right, self.unit, self.tolerance, self.absolute)
        shown = f"{_list(got)}{_unit(self.unit)}"
        if compare.close(got, self.right):
            return Judgement(True, f"{shown}.")
        why = compare.explain(got, self.wrong()) or compare.first_gap(got)
        return Judgement(False, f"You have {shown}. {why}")


@dataclass(frozen=True)
class Number(_Numbers):
    """A single number.

    Parameters
    ----------
    expected : float or callable
        The right answer, or a function of nothing that works it out from the model.
    unit : str
        Its unit; "" or "1" for a pure number, "%" for a percentage.
    tolerance : float
        How far off an accepted answer may be, as a fraction of the right one.
    absolute : float, optional
        The same in the answer's unit; needed where the right answer may be zero.
    near_misses : tuple of (value or callable, str)
        Common wrong answers, each with its explanation. A function is given the right answer:
        ``(lambda right: right / 2, "Each calcium ion carries two charges.")``. A wrong sign,
        a slip of 2, 1000 or a million, one divided by the answer, and percent for fraction are
        recognised without being declared.
    """

    def judge(self, answer: Any) -> Judgement:
        """Accept the answer, or say what is amiss."""
        got = read_numbers(answer)
        if got.size != 1:
            raise Unreadable(f"Your answer is a list of {got.size} numbers; one is asked for.")
        return self._compare(got.reshape(()))


@dataclass(frozen=True)
class Array(_Numbers):
    """A list of numbers, compared one by one; parameters as for `Number`.

    The tolerance is a fraction of each right number, never smaller than that fraction of a
    thousandth of the largest, so that a trace may rest at zero.
    """

    def judge(self, answer: Any) -> Judgement:
        """Accept the answer, or say what is amiss."""
        got, right = read_numbers(answer), self.right
        if got.ndim > 1 and got.size == right.size:
            got = got.reshape(right.shape)
        if got.shape != right.shape:
            raise Unreadable(f"Your answer holds {_size(got)}; {_size(right)} are asked for.")
        return self._compare(got)


@dataclass(frozen=True)
class Order(_Numbers):
    """Numbered things in the right order; parameters as for `Number`.

    The numbers are names here: a wrong answer is told by its first wrong place, never by a size.
    """

    def judge(self, answer: Any) -> Judgement:
        """Accept the order, or say what is amiss."""
        got, right = read_numbers(answer).ravel().tolist(), self.right.tolist()
        shown = ", ".join(f"{number:g}" for number in got)
        if sorted(got) != sorted(right):
            asked = ", ".join(f"{number:g}" for number in sorted(right))
            raise Unreadable(f"Hand in each of {asked} once; you have {shown or 'nothing'}.")
        if got == right:
            return Judgement(True, f"{shown}.")
        for order, why in self.wrong():
            if np.array_equal(got, order):
                return Judgement(False, f"You have {shown}. {why}")
        place = next(i for i, pair in enumerate(zip(got, right, strict=True)) if pair[0] != pair[1])
        where = f"As far as {got[place - 1]:g} it is right, but" if place else "At the start,"
        return Judgement(False, f"You have {shown}. {where} {got[place]:g} comes too soon.")


@dataclass(frozen=True)
class Function:
    """A function, tried on several inputs; any way of writing it is accepted.

    Parameters
    ----------
    reference : callable
        A right function. Its parameter names tell the learner which input went wrong.
    cases : tuple of tuple, or callable returning one
        The inputs to try it on.
    unit, tolerance, absolute
        As for `Array`.
    near_misses : tuple of (callable, str)
        Common wrong functions of the same inputs, each with its explanation.
    """

    reference: Callable[..., Any]
    cases: Any
    unit: str = ""
    tolerance: float = 1e-6
    absolute: float | None = None
    near_misses: tuple[tuple[Callable[..., Any], str], ...] = ()

    def __post_init__(self) -> None:
        _check_tolerances(self.tolerance, self.absolute)
        if not callable(self.cases) and not self.cases:
            raise ValueError("A function needs at least one case to be tried on.")

    @property
    def right(self) -> Callable[..., Any]:
        """A right answer."""
        return self.reference

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Yield each declared near miss as an answer, with its explanation."""
        yield from self.near_misses

    def judge(self, answer: Any) -> Judgement:
        """Accept the function, or say what is amiss and for which input."""
        if answer is Ellipsis:
            raise NotAnswered
        if not callable(answer):
            raise Unreadable(
                "Your answer is not a function; hand in the function itself, "
                "its name without brackets."
            )
        cases = self.cases() if callable(self.cases) else self.cases
        self._check_inputs(answer, cases[0])
        got, right = [], []
        for case in cases:
            right.append(np.asarray(self.reference(*copy.deepcopy(case)), dtype=float))
            got.append(self._run(answer, case, right[-1]))
        compare = Comparison(_flat(right), self.unit, self.tolerance, self.absolute)
        if compare.close(_flat(got), _flat(right)):
            return Judgement(True, f"Your function is right in all {len(cases)} tries.")
        failed = next(
            i for i, pair in enumerate(zip(got, right, strict=True)) if not compare.close(*pair)
        )
        spoiled = (
            (_flat([np.asarray(wrong(*copy.deepcopy(case)), float) for case in cases]), why)
            for wrong, why in self.near_misses
        )
        why = compare.explain(_flat(got), spoiled) or compare.first_gap(got[failed], right[failed])
        return Judgement(
            False,
            f"With {self._inputs(cases[failed])} your function gives "
            f"{_list(got[failed])}{_unit(self.unit)}. {why}",
        )

    def _check_inputs(self, answer: Callable[..., Any], case: tuple[Any, ...]) -> None:
        try:
            signature = inspect.signature(answer)
        except (TypeError, ValueError):  # some functions written in C have none to show
            return
        try:
            signature.bind(*case)
        except TypeError:
            names = ", ".join(signature.parameters) or "none"
            asked = ", ".join(inspect.signature(self.reference).parameters)
            raise Unreadable(
                f"Your function takes other inputs ({names}) than it is given ({asked})."
            ) from None

    def _run(self, answer: Callable[..., Any], case: tuple[Any, ...], right: np.ndarray) -> Any:
        here = f"With {self._inputs(case)} your function"
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                value = answer(*copy.deepcopy(case))
        except (Exception, SystemExit) as error:
            raise Unreadable(f"{here} stops: {_plain_error(error)}") from None
        if value is None:
            raise Unreadable(f"{here} gives nothing back; does it end with `return`?")
        got = read_numbers(value, f"{here} gives")
        if got.size == right.size:
            return got.reshape(right.shape)
        if right.size == 1:
            raise Unreadable(f"{here} gives {_size(got)}; one is asked for.")
        raise Unreadable(f"{here} gives {_size(got)}; {_size(right)} are asked for.")

    def _inputs(self, case: tuple[Any, ...]) -> str:
        names = inspect.signature(self.reference).parameters
        return ", ".join(
            f"{name} = {_list(np.asarray(value))}" for name, value in zip(names, case, strict=False)
        )


@dataclass(frozen=True)
class Choice:
    """One of a few words.

    Parameters
    ----------
    options : mapping of str to str, or callable returning one
        Every word that may be handed in, with what is said to it. Where the words quote the
        model, give a function: it is asked only when an answer comes.
    accepted : tuple of str, or callable returning one
        The options accepted; all of them, where the learner is asked to choose freely.

    Raises
    ------
    ValueError
        If nothing is accepted, or something that is no option.
    """

    options: Any
    accepted: Any

    def __post_init__(self) -> None:
        if not callable(self.options) and not callable(self.accepted):
            _ = self._words  # both are at hand, so a slip shows at once

    @cached_property
    def _words(self) -> tuple[Mapping[str, str], tuple[str, ...]]:
        options = self.options() if callable(self.options) else self.options
        accepted = self.accepted() if callable(self.accepted) else self.accepted
        unknown = set(accepted) - set(options)
        if unknown or not accepted:
            raise ValueError(f"Accepted choices must be among the options, not {sorted(unknown)}.")
        return options, accepted

    @property
    def right(self) -> str:
        """A right answer."""
        return self._words[1][0]

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Yield each option that is not accepted, with its explanation."""
        options, accepted = self._words
        for option, why in options.items():
            if option not in accepted:
                yield option, why

    def judge(self, answer: Any) -> Judgement:
        """Accept the option, or say why not."""
        if answer is Ellipsis:
            raise NotAnswered
        options, accepted = self._words
        option = read_word(answer, options)
        return Judgement(option in accepted, options[option])


@dataclass(frozen=True)
class Design:
    """Settings that the model tries out: every set that does the job is accepted.

    Parameters
    ----------
    trial : callable
        ``trial(setting, setting, …) -> (bool, str)``: runs the model on the settings; whether
        they do the job, and what came of it. Its parameter names tell the learner what is asked
        for, and its ValueError says what is wrong with a setting.
    example : callable
        A function of nothing that finds settings that do the job.
    near_misses : tuple of (settings or callable, str)
        Settings that do not, each with a part of what is said to it. A function is given the
        example.
    """

    trial: Callable[..., tuple[bool, str]]
    example: Callable[[], Any]
    near_misses: tuple[NearMiss, ...] = ()

    @cached_property
    def right(self) -> tuple[float, ...]:
        """A right answer."""
        return tuple(float(setting) for setting in self.example())

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Yield each declared near miss as an answer, with a part of what is said to it."""
        for source, why in self.near_misses:
            yield (source(self.right) if callable(source) else source), why

    def judge(self, answer: Any) -> Judgement:
        """Run the model on the settings and say what came of them."""
        got = read_numbers(answer)
        names = tuple(inspect.signature(self.trial).parameters)
        if got.ndim != 1 or got.size != len(names):
            asked = ", ".join(names)
            raise Unreadable(
                f"Your answer holds {_size(got)}; {len(names)} are asked for: {asked}."
            )
        try:
            return Judgement(*self.trial(*got.tolist()))
        except ValueError as refusal:
            raise Unreadable(f"The model cannot try that: {refusal}") from None


def _check_tolerances(tolerance: float, absolute: float | None) -> None:
    checks.number("tolerance", tolerance, 0, 1)
    if absolute is not None:
        checks.number("absolute tolerance", absolute, 0)


def _plain_error(error: BaseException) -> str:
    kind, said = type(error).__name__, str(error).strip()
    plain = {
        "NameError": "it uses a name that does not exist",
        "UnboundLocalError": "it uses a name before giving it a value",
        "ZeroDivisionError": "it divides by zero",
        "IndexError": "it asks for an item beyond the end of a list",
        "KeyError": "it asks for an entry that is not there",
        "AttributeError": "it asks for something that is not there",
        "RecursionError": "it calls itself without end",
        "OverflowError": "a number grows too large",
        "TypeError": "it puts together things that do not fit",
        "ValueError": "a value does not fit",
        "SystemExit": "it tries to leave Python",
    }.get(kind, "Python reports an error")
    detail = said.splitlines()[0] if said else ""
    return f"{plain} ({kind}{': ' + detail if detail else ''})."


def _flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.ravel(array) for array in arrays])


def _size(array: np.ndarray) -> str:
    if array.ndim > 1:
        return f"a table of {' by '.join(str(n) for n in array.shape)} numbers"
    return f"{array.size} number{'s' if array.size != 1 else ''}"


def _list(array: np.ndarray) -> str:
    if array.dtype.kind not in "iufb":
        return str(array)[:60]
    items = [show(item) for item in np.ravel(array).tolist()]
    if array.ndim == 0:
        return items[0]
    return f"[{', '.join(items if len(items) <= 5 else [*items[:3], '…', items[-1]])}]"


def _unit(unit: str) -> str:
    return f" {unit}" if unit not in ("", "1") else ""
