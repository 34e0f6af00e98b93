"""Markov chains in continuous time: propagators, resting states, groups of like chains."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np

_ORDER = 11  # with uniformised time <= 1 the neglected terms are below 3e-9
_AT_ONCE = 512  # matrices: what is at work stays in the processor's cache


def close_rows(rates: np.ndarray) -> np.ndarray:
    """Fill the diagonal in place so that every row of a rate matrix sums to zero."""
    index = np.arange(rates.shape[-1])
    rates[..., index, index] = 0.0
    rates[..., index, index] = -_row_sums(rates)
    return rates


def _row_sums(matrices: np.ndarray) -> np.ndarray:
    # As a product: NumPy's own sum over so short an axis takes six times as long.
    n = matrices.shape[-1]
    return (matrices.reshape(-1, n) @ np.ones(n)).reshape(matrices.shape[:-1])


def propagators(generators: np.ndarray) -> np.ndarray:
    """Matrix exponentials of rate matrices already multiplied by their time step.

    Uniformised Taylor series with scaling and squaring. Every term is a product of
    non-negative numbers, so probabilities stay in [0, 1] however large the rates.

    Parameters
    ----------
    generators : ndarray, shape (..., n, n)
        Rate x time, rows "from", columns "to", rows summing to zero.

    Returns
    -------
    ndarray, shape (..., n, n)
        Rows are probability distributions.
    """
    flat = generators.reshape(-1, *generators.shape[-2:])
    result = np.empty_like(flat)
    for begin in range(0, len(flat), _AT_ONCE):
        block = slice(begin, begin + _AT_ONCE)
        result[block] = _exponentials(flat[block])
    return result.reshape(generators.shape)


def _exponentials(generators: np.ndarray) -> np.ndarray:
    exit_rate = -np.diagonal(generators, axis1=-2, axis2=-1).min(axis=-1)
    # Each matrix is halved only as often as its own rates ask for: few are fast.
    halvings = np.ceil(np.log2(np.maximum(exit_rate, 1.0)))
    index = np.arange(generators.shape[-1])
    jump = generators.copy()
    jump[:, index, index] += exit_rate[:, None]
    jump *= 0.5 ** halvings[:, None, None]

    # Sum jump^k/k! by blocks of three powers (Paterson and Stockmeyer): fewer products.
    jump2 = jump @ jump
    jump3 = jump2 @ jump
    total = None
    for k in range(_ORDER - 2, -1, -3):
        block = jump2 / math.factorial(k + 2)
        block += jump / math.factorial(k + 1)
        block[:, index, index] += 1.0 / math.factorial(k)
        total = block if total is None else block + jump3 @ total
    total /= _row_sums(total)[..., None]
    for done in range(int(halvings.max(initial=0.0))):
        fast = halvings > done
        total[fast] = total[fast] @ total[fast]
    return total / _row_sums(total)[..., None]


def stationary(generator: np.ndarray) -> np.ndarray:
    """Distribution that a rate matrix leaves unchanged.

    Parameters
    ----------
    generator : ndarray, shape (..., n, n)

    Returns
    -------
    ndarray, shape (..., n)
    """
    n = generator.shape[-1]
    system = np.swapaxes(generator, -1, -2).copy()
    system[..., -1, :] = 1.0
    right = np.zeros((*generator.shape[:-1], 1))
    right[..., n - 1, 0] = 1.0
    solution = np.clip(np.linalg.solve(system, right)[..., 0], 0.0, None)
    return solution / solution.sum(axis=-1, keepdims=True)


@lru_cache(maxsize=64)
def multisets(count: int, states: int) -> tuple[tuple[int, ...], ...]:
    """All ways in which `count` indistinguishable chains can occupy `states` states."""
    return tuple(combinations_with_replacement(range(states), count))


@lru_cache(maxsize=64)
def _join_table(count: int, states: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return indices that add one more chain to a group of `count - 1`."""
    smaller = {occupied: i for i, occupied in enumerate(multisets(count - 1, states))}
    larger = {occupied: i for i, occupied in enumerate(multisets(count, states))}
    first = np.array([occupied[0] for occupied in larger])
    rest = np.array([smaller[occupied[1:]] for occupied in larger])
    gather = np.zeros((states, len(smaller), len(larger)))
    for state in range(states):
        for occupied, i in smaller.items():
            gather[state, i, larger[tuple(sorted((state, *occupied)))]] = 1.0
    return first, rest, gather.reshape(states * len(smaller), len(larger))


def lift(single: np.ndarray, count: int) -> np.ndarray:
    """Propagators of a group of `count` like, independent chains, from those of one.

    Parameters
    ----------
    single : ndarray, shape (..., n, n)
    count : int

    Returns
    -------
    ndarray, shape (..., m, m)
        m = number of `multisets(count, n)`, in that order.
    """
    states = single.shape[-1]
    group = np.ones((*single.shape[:-2], 1, 1))
    for k in range(1, count + 1):
        first, rest, gather = _join_table(k, states)
        pairs = single[..., first, :, None] * group[..., rest, None, :]
        group = pairs.reshape(*pairs.shape[:-2], -1) @ gather
    return group


def lift_distribution(singles: list[np.ndarray]) -> np.ndarray:
    """Distribution over `multisets` of independent chains, each with its own distribution."""
    states = len(singles[0]) if singles else 1
    group = np.ones(1)
    for k, single in enumerate(singles, start=1):
        gather = _join_table(k, states)[2]
        group = np.outer(single, group).ravel() @ gather
    return group
