"""One vesicle, the channels around it and its sensor as one Markov chain in an impulse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.gating import GatingScheme, mean_rates, steady_state
from lems_helpers.physiology.impulse import Impulse

#: Step through the impulse, ms; after it the steps grow. The release probability is then
#: within 0.1 % of the value for ever smaller steps at 2 mM calcium, 0.2 % at 0.25 mM.
STEP_MS = 0.025
#: A vesicle counts as released by the impulse if it fuses within this time after it, ms.
#: Waiting for ever would add 0.3 % at 2 mM calcium and 2 % at 0.25 mM.
HORIZON_MS = 2.0


@dataclass(frozen=True, eq=False)
class _Gating:
    """Everything the master equation needs to know about one group's channels."""

    steps: np.ndarray  # (T, m, m) propagators over the time grid
    open_count: np.ndarray  # (m,) open channels in each multiset of states
    starts: np.ndarray  # (multisets of kinds, m) resting distribution for each presence


def _time_grid(impulse: Impulse, step_ms: float) -> np.ndarray:
    """Even steps through the impulse, then steps that grow while channels shut."""
    begin, end = impulse.window_ms
    step = min(step_ms, impulse.rise_ms)
    edges = list(np.linspace(begin, end, 1 + math.ceil((end - begin) / step)))
    step = edges[1] - edges[0]
    growth = 1.0 + 4.0 * step
    while edges[-1] + step < end + HORIZON_MS:
        edges.append(edges[-1] + step)
        step *= growth
    return np.array([*edges, end + HORIZON_MS])


@lru_cache(maxsize=12)
def solve_gating(
    schemes: tuple[GatingScheme, ...], count: int, impulse: Impulse, step_ms: float
) -> _Gating:
    """Solve the gating of a group of places, each empty or holding one of `schemes`."""
    edges = _time_grid(impulse, step_ms)
    sizes = [1, *(len(scheme.states) for scheme in schemes)]
    offsets = np.cumsum([0, *sizes])
    n = int(offsets[-1])
    rates = np.zeros((len(edges) - 1, n, n))
    kinds = np.zeros((len(sizes), n))  # resting distribution of each kind
    kinds[0, 0] = 1.0
    is_open = np.zeros(n, dtype=int)
    for k, scheme in enumerate(schemes, start=1):
        own = slice(offsets[k], offsets[k + 1])
        rates[:, own, own] = mean_rates(scheme, impulse, edges)
        kinds[k, own] = steady_state(scheme, impulse.rest_mV)
        is_open[offsets[k] + scheme.open_state] = 1
    return _Gating(
        steps=_markov.lift(_markov.propagators(rates), count),
        open_count=np.array([int(is_open[list(m)].sum()) for m in _markov.multisets(count, n)]),
        starts=np.array(
            [
                _markov.lift_distribution([kinds[k] for k in present])
                for present in _markov.multisets(count, len(sizes))
            ]
        ),
    )


class JointChain:
    """Channels and sensor of one vesicle, ready to be stepped on a time grid.

    `batch` conditions that differ only in channel conductance are solved together.
    """

    def __init__(self, layout, impulse, sensor, unit_currents, step_ms, *, halves=False):
        """Prepare propagators.

        Parameters
        ----------
        layout : tuple of (schemes, count, µM per pA)
            One entry per channel group.
        impulse : Impulse
        sensor : Sensor
        unit_currents : tuple of (pS, reversal mV, rest µM)
            One entry per condition of the batch.
        step_ms : float
        halves : bool
            Keep the sensor's half steps apart, to read out states on the grid.
        """
        self.gating = [solve_gating(schemes, n, impulse, step_ms) for schemes, n, _ in layout]
        self.edges = edges = _time_grid(impulse, step_ms)
        middles = 0.5 * (edges[1:] + edges[:-1])
        if halves:
            windows = np.sort(np.concatenate([edges, middles]))
        else:
            windows = np.concatenate([edges[:1], middles, edges[-1:]])

        # Calcium depends only on how many channels of each group are open: few levels.
        per_pA = np.zeros(1)
        level = np.zeros(1, dtype=int)
        for (_, n, unit), gating in zip(layout, self.gating, strict=True):
            per_pA = np.add.outer(per_pA, unit * np.arange(n + 1)).ravel()
            level = np.add.outer(level * (n + 1), gating.open_count).ravel()
        self.shape = tuple(len(g.open_count) for g in self.gating)
        self.order = np.argsort(level, kind="stable")
        self.inverse = np.argsort(self.order)
        bounds = np.searchsorted(level[self.order], np.arange(len(per_pA) + 1))
        self.blocks = [slice(a, b) for a, b in pairwise(bounds)]
        self.level, self.per_pA = level, per_pA
        counts = [n + 1 for _, n, _ in layout]
        #: Open channels of each group at each level, shape (levels, groups).
        self.open_counts = np.indices(counts).reshape(len(counts), len(per_pA)).T

        influx = [mean_influx(impulse, windows, g, reversal) for g, reversal, _ in unit_currents]
        rest = np.array([rest for *_, rest in unit_currents])
        self.calcium = rest[None, :, None] + np.array(influx).T[:, :, None] * per_pA
        rates = sensor.rates_per_ms(self.calcium)
        self.sensor_steps = _markov.propagators(rates * np.diff(windows)[:, None, None, None, None])

    def turn_channels(self, states: np.ndarray, k: int, *, forward: bool = False) -> np.ndarray:
        """Step all channel groups; `states` is (channels, batch x sensor states)."""
        rest = states.shape[1]
        for gating in self.gating:
            step = gating.steps[k].T if forward else gating.steps[k]
            states = (step @ states.reshape(len(step), -1)).T
        # Each product moved its axis to the end, so the sensor axis now leads.
        return np.ascontiguousarray(states).reshape(rest, -1)

    def turn_sensor(self, states: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Step the sensor; `states` is (batch x sensor states, channels); swaps the axes.

        `steps` is one of `sensor_steps`, transposed to go forward.
        """
        batch, _, n, _ = steps.shape
        sorted_states = states.reshape(batch, n, -1).take(self.order, axis=2)
        result = np.empty_like(sorted_states)
        for level, block in enumerate(self.blocks):
            np.matmul(steps[:, level], sorted_states[:, :, block], out=result[:, :, block])
        return result.take(self.inverse, axis=2).reshape(batch * n, -1).T

    def forward(self, start: np.ndarray) -> np.ndarray:
        """Joint probabilities at each edge of the time grid, for a batch of one with `halves`.

        Parameters
        ----------
        start : ndarray, shape (channel states,)

        Returns
        -------
        ndarray, shape (edges, sensor states, levels)
            A level is a number of open channels in each group, see `open_counts`.
        """
        halves = np.swapaxes(self.sensor_steps, -1, -2)
        # From middle to middle is one step; the half steps to the edges follow for all at once.
        wholes = [halves[0], *(halves[2::2] @ halves[1:-1:2])]
        at_level = (self.level[:, None] == np.arange(len(self.per_pA))).astype(float)
        states = np.zeros((halves.shape[-1], self.level.size))
        states[0] = start
        sums = [states @ at_level]
        for k, whole in enumerate(wholes):
            states = self.turn_channels(self.turn_sensor(states, whole), k, forward=True)
            sums.append(states @ at_level)
        sums = np.array(sums)
        sums[1:] = np.einsum("tlij,tjl->til", halves[1::2, 0], sums[1:])
        return sums

    def backward(self) -> np.ndarray:
        """Probability of having fused at the end, from each state at the start.

        Returns
        -------
        ndarray, shape (batch, *group states)
            For a sensor that starts empty.
        """
        batch, n = self.sensor_steps.shape[1], self.sensor_steps.shape[-1]
        states = np.zeros((batch, n, self.level.size))
        states[:, -1] = 1.0
        states = states.reshape(batch * n, -1)
        for k in range(len(self.edges) - 1, 0, -1):
            states = self.turn_channels(self.turn_sensor(states, self.sensor_steps[k]), k - 1)
        states = self.turn_sensor(states, self.sensor_steps[0]).T.reshape(batch, n, *self.shape)
        return states[:, 0]


def mean_influx(impulse, edges, conductance_pS, reversal_mV):
    """Mean inward current of one open channel over each interval, pA (Simpson's rule)."""
    middles = 0.5 * (edges[1:] + edges[:-1])

    def inward(t):
        return np.maximum(0.0, conductance_pS * 1e-3 * (reversal_mV - impulse.voltage_mV(t)))

    at_edges = inward(edges)
    return (at_edges[1:] + 4.0 * inward(middles) + at_edges[:-1]) / 6.0
