"""Reading whatever a learner hands in, and saying in one plain sentence why it cannot be read."""

from __future__ import annotations

import numbers as number_types
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np


class NotAnswered(Exception):
    """The blank is still a blank."""


class Unreadable(ValueError):
    """The answer is no number, or no finite one; the message says so in one sentence."""


def read_numbers(value: Any, subject: str = "Your answer is") -> np.ndarray:
    """Return a learner's value as an array of finite floats.

    Parameters
    ----------
    value : Any
        Anything at all.
    subject : str
        How the sentence about it begins, such as "Your function gives".

    Raises
    ------
    NotAnswered
        If the value is the three dots of the blank.
    Unreadable
        If it does not hold finite, real numbers only; the message is one plain sentence.
    """
    if value is Ellipsis:
        raise NotAnswered
    try:
        array = np.asarray(value)
    except Exception:
        rows = "a list whose rows have different lengths"
        raise Unreadable(
            f"{subject} {rows if isinstance(value, (list, tuple)) else _name(value)}; "
            "it cannot be read as numbers."
        ) from None
    if array.dtype.kind == "O":
        array = _numbers_among(value, array, subject)
    elif array.dtype.kind not in "iuf":
        raise Unreadable(f"{subject} {_what(value, array)}")
    array = array.astype(float)
    if array.size == 0:
        raise Unreadable(f"{subject} empty: it holds no number.")
    if np.isnan(array).any():
        where = "nan" if array.size == 1 else "nan in one place or more"
        raise Unreadable(f"{subject} {where}, which comes of zero divided by zero and the like.")
    if np.isinf(array).any():
        raise Unreadable(f"{subject} infinite, as happens after a division by zero.")
    return array


def read_word(value: Any, words: Collection[str], also: Mapping[str, str] | None = None) -> str:
    """Return the one of `words` that a learner means.

    Capitals, blanks, hyphens, spare quotation marks and a list around it make no difference.

    Parameters
    ----------
    value : Any
        Anything at all.
    words : collection of str
    also : mapping of str to str, optional
        Other ways to write some of them, such as short forms.

    Raises
    ------
    NotAnswered
        If the value is the three dots of the blank.
    Unreadable
        If it is none of the words; the message lists them, and names one that is close.
    """
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if value is Ellipsis:
        raise NotAnswered
    listed = ", ".join(f'"{word}"' for word in words)
    if not isinstance(value, str):
        raise Unreadable(f"Your answer is not a text; write one of these, in quotes: {listed}.")
    known = {_folded(word): word for word in words}
    known |= {_folded(way): word for way, word in (also or {}).items()}
    if (said := _folded(value)) in known:
        return known[said]
    near = get_close_matches(said, known, n=1)
    hint = f'Did you mean "{known[near[0]]}"? ' if near else ""
    raise Unreadable(f"That is none of the choices. {hint}Write one of these: {listed}.")


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip("\"'“” \n\t")).casefold()


def _numbers_among(value: Any, array: np.ndarray, subject: str) -> np.ndarray:
    """Read an array of Python objects: numbers too long or too exact for NumPy are numbers."""
    items = array.ravel().tolist()
    if any(item is Ellipsis for item in items):
        raise NotAnswered
    if not all(isinstance(item, number_types.Real) or _is_decimal(item) for item in items):
        raise Unreadable(f"{subject} {_what(value, array)}")
    try:
        return np.array([float(item) for item in items]).reshape(array.shape)
    except OverflowError:
        raise Unreadable(f"{subject} a number too large to work with.") from None


def _is_decimal(item: Any) -> bool:
    return type(item).__name__ == "Decimal"


def _what(value: Any, array: np.ndarray) -> str:
    """Say what a value is that holds something else than numbers."""
    if value is None:
        return "None, which means nothing at all; a number is asked for."
    if isinstance(value, str):
        return f"text in quotes ({_short(value)}); write the number without quotes."
    if callable(value):
        return "a function; call it, with its inputs in brackets, to get a number."
    single = array.ndim == 0
    kind = array.dtype.kind
    if kind == "b":
        return f"{value if single else 'a list of True and False'}; a number is asked for."
    if kind == "c":
        return "a complex number; an ordinary number is asked for."
    if kind in "US":
        return "a list of texts in quotes; write the numbers without quotes."
    if not single:
        return "a list that holds something else than numbers."
    return f"{_name(value)}; a number is asked for."


def _name(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
