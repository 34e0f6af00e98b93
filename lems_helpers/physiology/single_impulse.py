"""Stages 2 to 5 for one impulse at one nerve ending, drawn channel by channel.

What `release` gives as a mean over everything chance can do is drawn here: which channels
open and when, the calcium at every docked vesicle, which vesicles fuse and when. Channels are
drawn event by event. Each vesicle's sensor then follows its own calcium by its master
equation, and one random number decides whether and when the vesicle fuses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology._joint_chain import HORIZON_MS, mean_influx
from lems_helpers.physiology.calcium_channels import Openings, sample_openings
from lems_helpers.physiology.calcium_sensor import Sensor
from lems_helpers.physiology.checks import instance, whole
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.nanodomain import calcium_per_pA

#: The sensor sees calcium as its mean over steps of this length, ms.
STEP_MS = 0.02
#: Longest step of the sensor's Taylor series, in units of its fastest mean wait.
_LONGEST_STEP = 1.0


@dataclass(frozen=True, eq=False)
class SingleImpulse:
    """What one impulse did at one nerve ending.

    Attributes
    ----------
    zones, channels_per_zone, vesicles_per_zone : int
        Active zones that are left, and the places in each. Channel and vesicle number i
        belong to zone ``i // channels_per_zone`` and ``i // vesicles_per_zone``.
    openings : Openings
        Of the channels that are there.
    fusion_probability : ndarray, shape (zones * vesicles_per_zone,)
        Chance of each vesicle to be released by this impulse, given its channels' openings.
    vesicle : ndarray of int, shape (released,)
        Which vesicles were released.
    release_ms : ndarray, shape (released,)
        When, on the impulse's clock.
    """

    zones: int
    channels_per_zone: int
    vesicles_per_zone: int
    openings: Openings
    fusion_probability: np.ndarray
    vesicle: np.ndarray
    release_ms: np.ndarray


def draw_impulse(junction: Junction, seed: int) -> SingleImpulse:
    """Draw what one impulse does at one nerve ending.

    The vesicles of a zone share its channels: what is near to one is far from the next, in
    turn around the zone. The same seed gives every channel and every vesicle the same luck,
    so that a small move of a slider changes little.

    Parameters
    ----------
    junction : Junction
    seed : int
        0 or more, shown beside the picture.

    Returns
    -------
    SingleImpulse

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range.
    """
    instance("junction", junction, Junction)
    gates, presences, sensors, fates = np.random.SeedSequence(whole("seed", seed, 0)).spawn(4)
    zones = round(junction.terminal.zones * junction.terminal.zone_survival)
    openings = _draw_openings(junction, zones, gates, presences)
    course = _SensorCourse(junction, zones, openings)
    chance = _generator(fates).random(course.fused.size)
    whole_machine = _generator(sensors).random(chance.size) < junction.terminal.sensor_survival
    probability = course.fused * whole_machine
    vesicle = np.flatnonzero(chance < probability)
    return SingleImpulse(
        zones,
        sum(group.count for group in junction.channel_groups),
        junction.zone.docked_vesicles,
        openings,
        probability,
        vesicle,
        course.fusion_ms(vesicle, chance[vesicle]),
    )


def _generator(seed: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(seed))


def _draw_openings(junction: Junction, zones: int, gates, presences) -> Openings:
    """Draw which channels are there, of which kind, and how they gate."""
    groups = junction.channel_groups
    places = sum(group.count for group in groups)
    start, stop = _window_ms(junction)
    if zones * places == 0:
        nothing = np.zeros(0)
        return Openings(0, start, stop, nothing.astype(int), nothing, nothing)
    luck = _generator(presences).random((zones, places))
    schemes = list(dict.fromkeys(scheme for group in groups for scheme, _ in group.kinds))
    columns = []
    for scheme, seed in zip(schemes, gates.spawn(len(schemes)), strict=True):
        # A channel is of this scheme if its luck falls between these two bounds.
        low, high = np.repeat(
            [_share_bounds(group.kinds, scheme) for group in groups],
            [group.count for group in groups],
            axis=0,
        ).T
        is_it = ((low <= luck) & (luck < high)).ravel()
        drawn = sample_openings(scheme, junction.impulse, luck.size, _generator(seed))
        seen = is_it[drawn.channel] & (drawn.open_ms < stop)
        columns.append((drawn.channel[seen], drawn.open_ms[seen], drawn.close_ms[seen]))
    channel, open_ms, close_ms = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(channel, kind="stable")
    close_ms = np.minimum(close_ms, stop)
    return Openings(luck.size, start, stop, channel[order], open_ms[order], close_ms[order])


def _share_bounds(kinds, wanted) -> tuple[float, float]:
    below = 0.0
    for scheme, share in kinds:
        if scheme == wanted:
            return below, below + share
        below += share
    return 0.0, 0.0


def _window_ms(junction: Junction) -> tuple[float, float]:
    begin, end = junction.impulse.window_ms
    return begin, end + HORIZON_MS


def _per_pA_by_vesicle(junction: Junction) -> np.ndarray:
    """Calcium at each vesicle of a zone from each of its channels, µM per pA."""
    groups = junction.channel_groups
    per_pA = np.concatenate(
        [np.full(g.count, calcium_per_pA(g.distance_nm, junction.nanodomain)) for g in groups]
        or [np.zeros(0)]
    )
    rows = np.tile(per_pA, (junction.zone.docked_vesicles, 1))
    # Only channels of like kinds change places: the L-type ones are as far from every vesicle.
    ring = sum(group.count for group in groups if group.kinds == groups[0].kinds)
    for i, row in enumerate(rows):
        row[:ring] = np.roll(row[:ring], i * groups[0].count if groups else 0)
    return rows


class _SensorCourse:
    """The sensors of all vesicles through one impulse.

    A zone whose channels all stay shut is at rest, one course for all of them. Another is
    followed step by step only from its first opening to its last closing; what comes before
    and after is at rest as well, and known in advance. All zones are followed side by side,
    each from its own first opening, those with the longest way to go first, so that those
    that are done drop off the end of the arrays.
    """

    def __init__(self, junction: Junction, zones: int, openings: Openings):
        begin, end = _window_ms(junction)
        self.docked = junction.zone.docked_vesicles
        self.edges = edges = np.linspace(begin, end, 1 + math.ceil((end - begin) / STEP_MS))
        self.step = edges[1] - edges[0]
        self.rest = _AtRest.of(junction.sensor, junction.nanodomain.rest_uM, self.step, len(edges))
        self.fused = np.full(zones * self.docked, self.rest.states[-1, -1])
        self.place = np.full(zones, -1)  # of each zone in the arrays of active ones
        if self.docked == 0 or len(openings.channel) == 0:
            return

        per_pA = _per_pA_by_vesicle(junction)
        zone, place = np.divmod(openings.channel, per_pA.shape[1])
        opened, closed = ((t - begin) / self.step for t in (openings.open_ms, openings.close_ms))
        active, begins, member = np.unique(zone, return_index=True, return_inverse=True)
        first = np.minimum.reduceat(opened, begins).astype(int)
        last = np.ceil(np.maximum.reduceat(closed, begins)).astype(int)
        order = np.argsort(first - last, kind="stable")
        self.first, self.last = first[order], last[order]
        rank = np.argsort(order)
        self.place[active] = rank

        calcium = self._calcium(junction, rank[member], per_pA[:, place], opened, closed)
        self._follow(junction.sensor, calcium)
        done = self.rest.fused_after[len(edges) - 1 - np.repeat(self.last, self.docked)]
        at_end = np.einsum("vs,sv->v", done, self.final)
        self.fused.reshape(zones, -1)[active] = at_end.reshape(-1, self.docked)[rank]

    def _calcium(self, junction, zone, per_pA, opened, closed):
        """Mean calcium in every step of every active vesicle, shape (steps, vesicles)."""
        spans, zones = self.last - self.first, len(self.first)
        shape = (int(spans.max()) + 2, zones, self.docked)
        # An opening is a step up, a closing a step down, each shared between two bins.
        flat, pushes = [], []
        for t, sign in ((opened, 1.0), (closed, -1.0)):
            bin_ = t.astype(int)
            late = t - bin_
            row = bin_ - self.first[zone]
            for further, share in ((0, 1.0 - late), (1, late)):
                flat.append((row + further) * zones + zone)
                pushes.append(sign * share * per_pA)
        cell = np.concatenate(flat) * self.docked + np.arange(self.docked)[:, None]
        push = np.concatenate(pushes, axis=1)
        cover = np.bincount(cell.ravel(), push.ravel(), math.prod(shape)).reshape(shape)
        cover = np.maximum(np.cumsum(cover, axis=0)[: shape[0] - 2], 0.0)

        conductance = junction.channels.conductance_at_pS(
            junction.terminal.calcium_mM, junction.terminal.magnesium_mM
        )
        influx = mean_influx(
            junction.impulse, self.edges, conductance, junction.channels.reversal_mV
        )
        bins = np.minimum(self.first + np.arange(len(cover))[:, None], len(influx) - 1)
        cover *= influx[bins][:, :, None]
        cover += junction.nanodomain.rest_uM
        return cover.reshape(len(cover), -1)

    def _follow(self, sensor: Sensor, calcium: np.ndarray) -> None:
        """Step the sensors: the Taylor series of the propagator, one matrix product per term."""
        binding = sensor.rates_per_ms(1.0) - sensor.rates_per_ms(0.0)
        both = self.step * np.concatenate([sensor.rates_per_ms(0.0).T, binding.T])
        n = sensor.states
        highest = calcium.max(axis=1)
        exits = -np.diagonal(sensor.rates_per_ms(highest), axis1=1, axis2=2).min(axis=1)
        parts = np.maximum(1, np.ceil(exits * self.step / _LONGEST_STEP)).astype(int)
        left = self.docked * np.searchsorted(
            self.first - self.last, -np.arange(len(calcium)), side="left"
        )
        state = np.ascontiguousarray(np.repeat(self.rest.states[self.first], self.docked, 0).T)
        self.final = np.empty_like(state)
        self.history = np.empty((len(calcium) + 1, state.shape[1]))
        self.history[0] = state[-1]
        for j, (here, count, pieces) in enumerate(zip(calcium, left, parts, strict=True)):
            if count < state.shape[1]:
                self.final[:, count : state.shape[1]] = state[:, count:]
                state = np.ascontiguousarray(state[:, :count])
            here = here[:count]
            for _ in range(pieces):
                term = state
                for k in (4, 3, 2, 1):
                    moves = both @ term
                    term = moves[n:]
                    term *= here
                    term += moves[:n]
                    term *= 1.0 / (k * pieces)
                    term += state
                state = term
            self.history[j + 1, :count] = state[-1]
        self.final[:, : state.shape[1]] = state

    def fusion_ms(self, vesicle: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """When vesicles fuse that do: the time at which their chance is used up."""
        zone, which = np.divmod(vesicle, max(self.docked, 1))
        place = self.place[zone]
        k = np.arange(len(self.edges))
        reached = np.tile(self.rest.states[:, -1], (len(vesicle), 1))
        seen = np.flatnonzero(place >= 0)
        if len(seen):
            column = place[seen] * self.docked + which[seen]
            first, last = (x[place[seen], None] for x in (self.first, self.last))
            during = self.history[np.clip(k - first, 0, last - first), column[:, None]]
            later = self.rest.fused_after[np.maximum(k - last, 0)]
            after = np.einsum("vks,sv->vk", later, self.final[:, column])
            reached[seen] = np.where(k < first, reached[seen], np.where(k <= last, during, after))
        # Rounding may leave a chance a little above the last value reached.
        at = np.minimum(np.sum(reached <= chance[:, None], axis=1), len(k) - 1) - 1
        low, high = reached[np.arange(len(at)), at], reached[np.arange(len(at)), at + 1]
        part = np.minimum((chance - low) / np.maximum(high - low, 1e-300), 1.0)
        return self.edges[at] + self.step * part


@dataclass(frozen=True, eq=False)
class _AtRest:
    """A sensor at resting calcium, step by step."""

    states: np.ndarray  # (steps, states) of a vesicle whose channels never open
    fused_after: np.ndarray  # (steps, states) chance to have fused so many steps later

    @staticmethod
    @lru_cache(maxsize=32)
    def of(sensor: Sensor, calcium_uM: float, step_ms: float, count: int) -> _AtRest:
        step = _markov.propagators(sensor.rates_per_ms(calcium_uM) * step_ms)
        states = np.eye(1, sensor.states).ravel()
        fused = np.eye(1, sensor.states, sensor.states - 1).ravel()
        rows = [(states, fused)]
        for _ in range(count - 1):
            states, fused = states @ step, step @ fused
            rows.append((states, fused))
        return _AtRest(*(np.array(column) for column in zip(*rows, strict=True)))
