"""Finding a thing by its name, with a helpful refusal."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

Thing = TypeVar("Thing")


def find(kind: str, name: Any, things: Mapping[str, Thing]) -> Thing:
    """Return the thing called `name`.

    Parameters
    ----------
    kind : str
        What the things are, in words a reader knows ("reference").
    name : str
    things : mapping of str to thing

    Raises
    ------
    ValueError
        If nothing is called so; the message names the nearest names, or all of a few.
    """
    if isinstance(name, str) and name in things:
        return things[name]
    near = get_close_matches(name, things, n=3, cutoff=0.6) if isinstance(name, str) else []
    if near:
        hint = f" Did you mean {' or '.join(near)}?"
    elif len(things) <= 20:
        hint = f" There are: {', '.join(things)}."
    else:
        hint = ""
    raise ValueError(f"There is no {kind} called {name!r}.{hint}")
