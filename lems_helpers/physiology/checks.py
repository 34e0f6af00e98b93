"""Clear refusals of impossible numbers, shared by every floor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np


def _range_words(low: float, high: float, unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if math.isinf(low) and math.isinf(high):
        return "any finite number"
    if math.isinf(high):
        return f"at least {low:g}{unit}"
    if math.isinf(low):
        return f"at most {high:g}{unit}"
    return f"between {low:g} and {high:g}{unit}"


def number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, unit: str = ""
) -> float:
    """Return `value` as a float, or refuse it in plain words.

    Parameters
    ----------
    name : str
        What the number is, in words a reader knows ("channel survival").
    value : Any
        The number to check.
    low, high : float
        The allowed range, both ends included.
    unit : str
        The unit, printed with the range.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `value` is no number, not finite, or outside the range. The message
        names the quantity, the value and the range.
    """
    allowed = _range_words(low, high, unit)
    is_real = isinstance(value, (int, float, np.integer, np.floating))
    if isinstance(value, (bool, np.bool_)) or not is_real:
        raise ValueError(f"{name} must be a number ({allowed}), not {value!r}.")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if math.isnan(result) or math.isinf(result):
        raise ValueError(f"{name} must be a finite number ({allowed}), not {_short(value)}.")
    if not low <= result <= high:
        raise ValueError(f"{name} is {result:g}, but must be {allowed}.")
    return result


def whole(name: str, value: Any, low: float = 0, high: float = math.inf, unit: str = "") -> int:
    """Return `value` as an int, or refuse it in plain words.

    Same parameters and errors as `number`; a value with a fraction is refused too.
    """
    result = number(name, value, low, high, unit)
    if result != int(result):
        raise ValueError(f"{name} must be a whole number, not {result:g}.")
    return int(result)


def numbers(
    name: str,
    values: Any,
    low: float = -math.inf,
    high: float = math.inf,
    unit: str = "",
    *,
    allow_empty: bool = False,
) -> np.ndarray:
    """Return `values` as a float array, or refuse the first bad one in plain words.

    Parameters
    ----------
    name, low, high, unit
        As for `number`.
    values : array_like
        The numbers, any shape.
    allow_empty : bool
        Whether an empty array is accepted.

    Returns
    -------
    numpy.ndarray of float

    Raises
    ------
    ValueError
        If there are no numbers, or one of them is no number, not finite or out of range.
    """
    allowed = _range_words(low, high, unit)
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        if array.size == 0 and allow_empty:
            return np.zeros(array.shape)
        raise ValueError(f"{name} must hold numbers ({allowed}), not {_short(values)}.")
    array = array.astype(float)
    if array.size == 0 and not allow_empty:
        raise ValueError(f"{name} is empty; it must hold at least one number ({allowed}).")
    bad = ~np.isfinite(array) | (array < low) | (array > high)
    if bad.any():
        first = float(array[bad].flat[0])
        raise ValueError(f"{name} holds {first:g}, but every value must be {allowed}.")
    return array


def choice(name: str, value: Any, options: Iterable[str]) -> str:
    """Return `value` if it is one of `options`, or refuse it and list them.

    Raises
    ------
    ValueError
        If `value` is not among `options`.
    """
    options = list(options)
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}, not {_short(value)}.")
    return value


def instance(name: str, value: Any, kind: type) -> Any:
    """Return `value` if it is a `kind`, or refuse it and name the kind wanted.

    Raises
    ------
    ValueError
        If `value` is of another type.
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise ValueError(f"{name} must be {article} {kind.__name__}, not {_short(value)}.")
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_fields(record: Any, **limits: tuple[str, float, float, str]) -> None:
    """Check number fields of a frozen dataclass and store them as plain floats or ints.

    Plain Python numbers keep a record hashable, comparable and readable when printed.

    Parameters
    ----------
    record : dataclass instance
        Checked in place; call this from `__post_init__`.
    **limits : tuple of (name, low, high, unit)
        For each field, what `number` needs. A field annotated `int` must be whole.

    Raises
    ------
    ValueError
        As `number` and `whole`.
    """
    for field, (name, low, high, unit) in limits.items():
        is_int = type(record).__annotations__.get(field) in ("int", int)
        check = whole if is_int else number
        object.__setattr__(record, field, check(name, getattr(record, field), low, high, unit))
