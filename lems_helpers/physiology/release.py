"""Stage 4: the exact release probability of a vesicle, and the quantal content.

One vesicle, the channels around it and its calcium sensor form one Markov chain with
time-dependent rates. Its master equation is solved, never sampled: channel and sensor
propagators alternate (Strang splitting, second order in the step).

The backward equation is used: it carries, for every state of channels and sensor, the
probability that the vesicle will have fused. One pass thus answers for every
combination of channels present at once, because an absent channel is just one more
state that never opens; the survival of channels is a binomial weight afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.calcium_channels import (
    GatingScheme,
    mean_rates,
    steady_state,
)
from lems_helpers.physiology.checks import instance, number, numbers
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import ChannelGroup, Junction
from lems_helpers.physiology.nanodomain import calcium_per_pA

#: Step through the impulse, ms; after it the steps grow. The release probability is then
#: within 0.1 % of the value for ever smaller steps at 2 mM calcium, 0.2 % at 0.25 mM.
STEP_MS = 0.025
#: A vesicle counts as released by the impulse if it fuses within this time after it, ms.
#: Waiting for ever would add 0.3 % at 2 mM calcium and 2 % at 0.25 mM.
HORIZON_MS = 2.0


def release_probability(junction: Junction) -> float:
    """Probability that a docked vesicle is released by one impulse (exact).

    Parameters
    ----------
    junction : Junction

    Returns
    -------
    float
        In [0, 1]; 0.058 for the healthy mouse.

    Raises
    ------
    ValueError
        If `junction` is no `Junction`.
    """
    table = release_by_presence(junction)
    return _mix(table, junction.channel_groups)


def quantal_content(junction: Junction) -> float:
    """Mean number of quanta released by one impulse: docked vesicles x probability.

    Parameters
    ----------
    junction : Junction

    Returns
    -------
    float
        Quanta.
    """
    return instance("junction", junction, Junction).docked_vesicles * release_probability(junction)


def release_by_presence(junction: Junction) -> np.ndarray:
    """Release probability of a vesicle for each combination of channels present.

    Parameters
    ----------
    junction : Junction

    Returns
    -------
    ndarray, one axis per group of `junction.channel_groups`, read-only
        For groups of one kind of channel the index is the number present, so
        ``[1, 0]`` is one near channel alone. With several kinds it runs over
        the multisets of kinds, "empty" first.
    """
    instance("junction", junction, Junction)
    return _presence_tables(junction, (junction.terminal.calcium_mM,))[0]


def release_survival_curve(junction: Junction, channel_survival) -> np.ndarray:
    """Release probability against channel survival, from one solution.

    Parameters
    ----------
    junction : Junction
        Its own channel survival is replaced.
    channel_survival : array_like
        Values in [0, 1], any shape.

    Returns
    -------
    ndarray, same shape
    """
    survivals = numbers("channel survival", channel_survival, 0.0, 1.0)
    table = release_by_presence(junction)

    def at(survival: float) -> float:
        zone = replace(junction.zone, channel_survival=survival)
        return _mix(table, zone.groups(junction.channels))

    return np.array([at(s) for s in survivals.ravel().tolist()]).reshape(survivals.shape)


def release_calcium_curve(junction: Junction, calcium_mM) -> np.ndarray:
    """Release probability against external calcium, solved together.

    Parameters
    ----------
    junction : Junction
        Its own external calcium is replaced.
    calcium_mM : array_like
        External calcium, 0 to 100 mM, any shape.

    Returns
    -------
    ndarray, same shape
    """
    instance("junction", junction, Junction)
    values = numbers("external calcium", calcium_mM, 0.0, 100.0, "mM")
    tables = _presence_tables(junction, tuple(values.ravel().tolist()))
    groups = junction.channel_groups
    return np.array([_mix(table, groups) for table in tables]).reshape(values.shape)


@dataclass(frozen=True, eq=False)
class ReleaseTimeCourse:
    """Means over all that can happen at one vesicle in one impulse, exact.

    Attributes
    ----------
    t_ms : ndarray, shape (T,)
    voltage_mV : ndarray, shape (T,)
    open_channels : ndarray, shape (T, groups)
        Mean number of open channels in each of the junction's channel groups.
    calcium_uM : ndarray, shape (T,)
        Mean calcium at the vesicle.
    occupancy : ndarray, shape (T, sites + 2)
        Probability of each sensor state: 0 to 5 ions bound, then fused.
    release_rate_per_ms : ndarray, shape (T,)
        Probability of fusing per ms.
    """

    t_ms: np.ndarray
    voltage_mV: np.ndarray
    open_channels: np.ndarray
    calcium_uM: np.ndarray
    occupancy: np.ndarray
    release_rate_per_ms: np.ndarray

    @property
    def released(self) -> np.ndarray:
        """Probability of having fused by each time."""
        return self.occupancy[:, -1]

    @property
    def bound_ions(self) -> np.ndarray:
        """Mean number of calcium ions on the sensor of a vesicle that has not fused."""
        waiting = self.occupancy[:, :-1]
        # Guard: where every vesicle has fused no sensor is left to average over.
        total = np.maximum(waiting.sum(axis=1), 1e-300)
        return waiting @ np.arange(waiting.shape[1]) / total


def release_time_course(junction: Junction, step_ms: float = 0.01) -> ReleaseTimeCourse:
    """Follow channels, calcium and sensor of one vesicle through an impulse.

    The forward master equation of the same chain as `release_probability`.

    Parameters
    ----------
    junction : Junction
    step_ms : float
        Step through the impulse, 0.002 to 0.05 ms; it grows afterwards.

    Returns
    -------
    ReleaseTimeCourse
    """
    instance("junction", junction, Junction)
    step_ms = number("time step", step_ms, 0.002, 0.05, "ms")
    return _time_course(junction.with_(name="", zones=0, zone_survival=1.0), step_ms)


@lru_cache(maxsize=32)
def _time_course(junction: Junction, step_ms: float) -> ReleaseTimeCourse:
    groups = junction.channel_groups
    conditions = _conditions(junction, (junction.terminal.calcium_mM,))
    chain = _JointChain(
        _layout(junction), junction.impulse, junction.sensor, conditions, step_ms, halves=True
    )
    start = np.ones(1)
    for group, gating in zip(groups, chain.gating, strict=True):
        start = np.outer(start, _presence_weights(group) @ gating.starts).ravel()
    states = chain.forward(start)  # (T, sensor, channels)

    level_probability = np.zeros((len(chain.edges), len(chain.blocks)))
    channels = states.sum(axis=1)
    for level, block in enumerate(chain.blocks):
        level_probability[:, level] = channels[:, chain.order[block]].sum(axis=1)
    voltage = junction.impulse.voltage_mV(chain.edges)
    conductance, reversal, rest = conditions[0]
    influx = np.maximum(0.0, conductance * 1e-3 * (reversal - voltage))
    open_channels = [
        np.einsum("tx,x->t", channels, np.broadcast_to(count, chain.shape).ravel())
        for count in chain.open_counts()
    ]
    occupancy = states.sum(axis=2)
    course = ReleaseTimeCourse(
        t_ms=chain.edges,
        voltage_mV=voltage,
        open_channels=np.array(open_channels).reshape(len(groups), len(chain.edges)).T,
        calcium_uM=rest + influx * (level_probability @ chain.per_pA),
        occupancy=occupancy,
        release_rate_per_ms=junction.sensor.fusion_per_s * 1e-3 * occupancy[:, -2],
    )
    for array in vars(course).values():
        array.setflags(write=False)
    return course


def local_exponent(x, y) -> np.ndarray:
    """Slope of log y against log x between neighbouring points.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positive values.

    Returns
    -------
    ndarray, shape (n - 1,)
    """
    x = numbers("x values", x, 1e-300)
    y = numbers("y values", y, 1e-300)
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
        raise ValueError(
            f"x and y must be equally long lists of 2 or more, not {x.shape}, {y.shape}."
        )
    return np.diff(np.log(y)) / np.diff(np.log(x))


# --- how many of which channels are present ---------------------------------------------------


def _presence_weights(group: ChannelGroup) -> np.ndarray:
    """Probability of each multiset of kinds in a group, "empty" being the first kind."""
    present = [probability for _, probability in group.kinds]
    probabilities = np.array([max(0.0, 1.0 - sum(present)), *present])
    return _markov.lift_distribution([probabilities] * group.count)


def _mix(table: np.ndarray, groups: tuple[ChannelGroup, ...]) -> float:
    for group in reversed(groups):
        table = table @ _presence_weights(group)
    return min(1.0, float(table))


# --- the joint chain --------------------------------------------------------------------------


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
def _gating(
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


class _JointChain:
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
        self.gating = [_gating(schemes, n, impulse, step_ms) for schemes, n, _ in layout]
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

        influx = [_mean_influx(impulse, windows, *unit) for unit in unit_currents]
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

    def turn_sensor(self, states: np.ndarray, k: int, *, forward: bool = False) -> np.ndarray:
        """Step the sensor; `states` is (batch x sensor states, channels); swaps the axes."""
        steps = self.sensor_steps[k]
        if forward:
            steps = np.swapaxes(steps, -1, -2)
        batch, _, n, _ = steps.shape
        sorted_states = states.reshape(batch, n, -1)[:, :, self.order]
        result = np.empty_like(sorted_states)
        for level, block in enumerate(self.blocks):
            np.matmul(steps[:, level], sorted_states[:, :, block], out=result[:, :, block])
        return result[:, :, self.inverse].reshape(batch * n, -1).T

    def open_counts(self) -> list[np.ndarray]:
        """Open channels of each group in every joint channel state (broadcastable)."""
        groups = len(self.gating)
        return [
            gating.open_count.reshape([-1 if axis == g else 1 for axis in range(groups)])
            for g, gating in enumerate(self.gating)
        ]

    def forward(self, start: np.ndarray) -> np.ndarray:
        """Joint probabilities at every edge of the time grid, for a batch of one.

        Parameters
        ----------
        start : ndarray, shape (channel states,)

        Returns
        -------
        ndarray, shape (T, sensor states, channel states)
        """
        n = self.sensor_steps.shape[-1]
        states = np.zeros((n, self.level.size))
        states[0] = start
        history = [states]
        for k in range(len(self.edges) - 1):
            states = self.turn_sensor(states, 2 * k, forward=True)
            states = self.turn_channels(states, k, forward=True)
            states = self.turn_sensor(states, 2 * k + 1, forward=True).T
            history.append(states)
        return np.array(history)

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
            states = self.turn_channels(self.turn_sensor(states, k), k - 1)
        states = self.turn_sensor(states, 0).T.reshape(batch, n, *self.shape)
        return states[:, 0]


def _mean_influx(impulse, edges, conductance_pS, reversal_mV, _rest):
    """Mean inward current of one open channel over each interval, pA (Simpson's rule)."""
    middles = 0.5 * (edges[1:] + edges[:-1])

    def inward(t):
        return np.maximum(0.0, conductance_pS * 1e-3 * (reversal_mV - impulse.voltage_mV(t)))

    at_edges = inward(edges)
    return (at_edges[1:] + 4.0 * inward(middles) + at_edges[:-1]) / 6.0


def _layout(junction: Junction):
    return tuple(
        (
            tuple(scheme for scheme, _ in group.kinds),
            group.count,
            calcium_per_pA(group.distance_nm, junction.nanodomain),
        )
        for group in junction.channel_groups
    )


def _conditions(junction: Junction, calciums_mM: tuple[float, ...]):
    return tuple(
        (
            junction.channels.conductance_at_pS(calcium, junction.terminal.magnesium_mM),
            junction.channels.reversal_mV,
            junction.nanodomain.rest_uM,
        )
        for calcium in calciums_mM
    )


def _presence_tables(
    junction: Junction, calciums_mM: tuple[float, ...], step_ms: float = STEP_MS
) -> tuple[np.ndarray, ...]:
    conditions = _conditions(junction, calciums_mM)
    return _solve(_layout(junction), junction.impulse, junction.sensor, conditions, step_ms)


@lru_cache(maxsize=512)
def _solve(layout, impulse, sensor, conditions, step_ms) -> tuple[np.ndarray, ...]:
    chain = _JointChain(layout, impulse, sensor, conditions, step_ms)
    tables = []
    for table in chain.backward():
        for gating in chain.gating:
            table = np.moveaxis(np.tensordot(gating.starts, table, axes=(1, 0)), 0, -1)
        table = np.ascontiguousarray(table)
        table.setflags(write=False)
        tables.append(table)
    return tuple(tables)
