"""Keep the answers of slow functions, without the traps of a plain cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable)


def remembered(size: int) -> Callable[[Function], Function]:
    """Return a decorator that keeps the last `size` answers of a function.

    An answer is shared by all who ask, so its arrays become read-only. An argument that cannot
    be a key, such as a list, reaches the function, which then refuses it in its own words; and
    ``True`` is not taken for the 1 that was asked before.

    Parameters
    ----------
    size : int

    Returns
    -------
    callable
    """

    def decorate(function: Function) -> Function:
        @lru_cache(maxsize=size, typed=True)
        def kept(*args, **kwargs):
            return _read_only(function(*args, **kwargs))

        @wraps(function)
        def ask(*args, **kwargs):
            try:
                return kept(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)

        ask.cache_clear = kept.cache_clear
        return ask

    return decorate


def _read_only(answer: Any) -> Any:
    if isinstance(answer, np.ndarray):
        answer.setflags(write=False)
    elif isinstance(answer, tuple):
        for part in answer:
            _read_only(part)
    elif is_dataclass(answer):
        for field in fields(answer):
            _read_only(getattr(answer, field.name))
    return answer
