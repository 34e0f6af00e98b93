"""Time candidates in turns, so that a busy moment of the machine strikes all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

# The processor time of this process: what others do on a shared machine counts for little in
# it. Windows counts it too coarsely.
CLOCK = time.perf_counter if os.name == "nt" else time.process_time


def interleaved(
    candidates: dict[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = CLOCK,
) -> dict[str, np.ndarray]:
    """Run the candidates in turns and return the ms each took in each round.

    Every candidate is run once beforehand, uncounted, so that nothing is timed cold unless
    the candidate itself empties its caches.
    """
    for candidate in candidates.values():
        candidate()
    times = {name: np.empty(rounds) for name in candidates}
    for i in range(rounds):
        for name, candidate in candidates.items():
            start = clock()
            candidate()
            times[name][i] = 1e3 * (clock() - start)
    return times


def rows(name: str, times: dict[str, np.ndarray], notes: dict[str, str], scale=None) -> list[dict]:
    """Make the rows of a results table; the first candidate is the course's.

    Parameters
    ----------
    name : str
        What was done.
    times : dict
        From `interleaved`.
    notes : dict
        A remark for some of the candidates.
    scale : dict, optional
        Factors for candidates that did only a part of the work.

    Returns
    -------
    list of dict
        name, candidate, median_ms, p95_ms, ratio (how many times as long as the course's:
        the median over the rounds) and note.
    """
    full = {key: ms * (scale or {}).get(key, 1.0) for key, ms in times.items()}
    ours = next(iter(full.values()))
    return [
        {
            "name": name,
            "candidate": key,
            "median_ms": float(np.median(ms)),
            "p95_ms": float(np.percentile(ms, 95)),
            "ratio": float(np.median(ms / ours)),
            "note": notes.get(key, ""),
        }
        for key, ms in full.items()
    ]


def agree(what: str, found: float, expected: float, within: float) -> None:
    """Stop the benchmark if two sides did not compute the same thing."""
    if not abs(found - expected) <= within:
        raise AssertionError(f"{what}: {found:g}, but {expected:g} ± {within:g} was expected.")


def has(peer: str) -> bool:
    """Whether a peer is installed."""
    return find_spec(peer) is not None
