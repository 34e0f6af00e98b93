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

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology._joint_chain import STEP_MS, JointChain
from lems_helpers.physiology.checks import instance, number, numbers
from lems_helpers.physiology.junction import ChannelGroup, Junction
from lems_helpers.physiology.nanodomain import calcium_per_pA


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
    chain = _fine_chain(_layout(junction), junction.impulse, junction.sensor, conditions, step_ms)
    start = np.ones(1)
    for group, gating in zip(groups, chain.gating, strict=True):
        start = np.outer(start, _presence_weights(group) @ gating.starts).ravel()
    states = chain.forward(start)
    levels = states.sum(axis=1)

    voltage = junction.impulse.voltage_mV(chain.edges)
    conductance, reversal, rest = conditions[0]
    influx = np.maximum(0.0, conductance * 1e-3 * (reversal - voltage))
    course = ReleaseTimeCourse(
        t_ms=chain.edges,
        voltage_mV=voltage,
        open_channels=levels @ chain.open_counts,
        calcium_uM=rest + influx * (levels @ chain.per_pA),
        occupancy=states.sum(axis=2),
        release_rate_per_ms=junction.sensor.fusion_per_s * 1e-3 * states[:, -2].sum(axis=1),
    )
    for array in vars(course).values():
        array.setflags(write=False)
    return course


@lru_cache(maxsize=8)
def _fine_chain(layout, impulse, sensor, conditions, step_ms) -> JointChain:
    # Which channels are left is where the chain starts, not how it goes on: the slower half of the
    # work is the same for every share of them.
    return JointChain(layout, impulse, sensor, conditions, step_ms, halves=True)


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


# --- the question put to the joint chain -------------------------------------------------------


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
    question = _layout(junction), junction.impulse, junction.sensor, step_ms
    conditions = _conditions(junction, calciums_mM)
    known = _known(*question)
    if len(known) > _MOST:
        known.clear()
    new = tuple(dict.fromkeys(one for one in conditions if one not in known))
    if new:
        known.update(zip(new, _solve(*question, new), strict=True))
    return tuple(known[one] for one in conditions)


_MOST = 256  # conditions that are kept of one junction


@lru_cache(maxsize=512)
def _known(layout, impulse, sensor, step_ms) -> dict[tuple, np.ndarray]:
    """Return what has been solved of a junction: a table for each condition."""
    return {}


def _solve(layout, impulse, sensor, step_ms, conditions) -> list[np.ndarray]:
    chain = JointChain(layout, impulse, sensor, conditions, step_ms)
    tables = []
    for table in chain.backward():
        for gating in chain.gating:
            table = np.moveaxis(np.tensordot(gating.starts, table, axes=(1, 0)), 0, -1)
        table = np.ascontiguousarray(table)
        table.setflags(write=False)
        tables.append(table)
    return tables
