"""Stage 2: voltage-gated calcium channels (P/Q-type, Cav2.1) in an impulse.

Their current, their opening by the master equation, and single channels drawn exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.checks import check_fields, instance, number, numbers, whole
from lems_helpers.physiology.gating import LI2007 as LI2007
from lems_helpers.physiology.gating import PITTSBURGH, GatingScheme, mean_rates, steady_state
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.remembered import remembered

ELEMENTARY_CHARGE_C = 1.602176634e-19  # exact by the SI
TAIL_MS = 5.0  # time after the impulse within which every channel has shut


@dataclass(frozen=True)
class CalciumChannels:
    """The calcium channels of the terminal: how they gate and what they pass.

    Attributes
    ----------
    scheme : GatingScheme
        `PITTSBURGH` by default.
    conductance_pS : float
        Conductance of one open channel at 2 mM external calcium, 2.4 pS
        [Dittrich2013] [PyNEUCell].
    reversal_mV : float
        Potential at which the calcium current reverses, +60 mV [Dittrich2013] [PyNEUCell].
    saturation_mM : float
        Half-saturating external calcium above 2 mM, 2 mM (assumption); below 2 mM the
        conductance is proportional to calcium.
    calcium_site_mM, magnesium_site_mM : float
        Dissociation constants of the site for which external calcium and magnesium
        compete, 1.1 and 3.0 mM [DodgeRahamimoff1967] (recalled). That they act on the
        channel's conductance, relative to the usual 1 mM magnesium, is an assumption.
    slowed_fraction : float
        Fraction of the channels, 0 to 1, that a drug makes close more slowly; 0 without one.
    slowing : float
        How many times more slowly those close, 5 (assumption).
    """

    scheme: GatingScheme = PITTSBURGH
    conductance_pS: float = 2.4
    reversal_mV: float = 60.0
    saturation_mM: float = 2.0
    calcium_site_mM: float = 1.1
    magnesium_site_mM: float = 3.0
    slowed_fraction: float = 0.0
    slowing: float = 5.0

    def __post_init__(self):
        instance("gating scheme", self.scheme, GatingScheme)
        check_fields(
            self,
            conductance_pS=("channel conductance", 0.0, 100.0, "pS"),
            reversal_mV=("calcium reversal potential", 0.0, 200.0, "mV"),
            saturation_mM=("half-saturating calcium", 0.01, 100.0, "mM"),
            calcium_site_mM=("calcium dissociation constant", 0.01, 100.0, "mM"),
            magnesium_site_mM=("magnesium dissociation constant", 0.01, 100.0, "mM"),
            slowed_fraction=("fraction of slowed channels", 0.0, 1.0, ""),
            slowing=("slowing of channel closing", 1.0, 100.0, ""),
        )

    @property
    def kinds(self) -> tuple[tuple[GatingScheme, float], ...]:
        """The kinds of channel present and the fraction of each."""
        if self.slowed_fraction == 0.0:
            return ((self.scheme, 1.0),)
        slow = self.scheme.slowed(self.slowing)
        return ((self.scheme, 1.0 - self.slowed_fraction), (slow, self.slowed_fraction))

    def conductance_at_pS(self, calcium_mM: float = 2.0, magnesium_mM: float = 1.0) -> float:
        """Conductance of one open channel in the given bath.

        Proportional to calcium up to 2 mM; above that it saturates.

        Parameters
        ----------
        calcium_mM : float
            External calcium, 0 to 100 mM.
        magnesium_mM : float
            External magnesium, 0 to 100 mM; 1 mM is the reference.

        Returns
        -------
        float
            pS.
        """
        ca = number("external calcium", calcium_mM, 0.0, 100.0, "mM")
        mg = number("external magnesium", magnesium_mM, 0.0, 100.0, "mM")
        half = self.saturation_mM
        relative = ca / 2.0 if ca <= 2.0 else ca / (ca + half) * (2.0 + half) / 2.0
        unbound = 1.0 + ca / self.calcium_site_mM
        usual = unbound + 1.0 / self.magnesium_site_mM
        return self.conductance_pS * relative * usual / (unbound + mg / self.magnesium_site_mM)


def single_channel_current_pA(
    voltage_mV,
    calcium_mM: float = 2.0,
    *,
    magnesium_mM: float = 1.0,
    channels: CalciumChannels | None = None,
) -> np.ndarray | float:
    """Return the current through one open channel: conductance times driving force.

    Parameters
    ----------
    voltage_mV : float or array_like
        Membrane potential, any shape.
    calcium_mM, magnesium_mM : float
        External calcium and magnesium.
    channels : CalciumChannels, optional

    Returns
    -------
    float or ndarray, same shape as `voltage_mV`
        pA, inward negative.

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """
    channels = instance(
        "channels", CalciumChannels() if channels is None else channels, CalciumChannels
    )
    v = numbers("membrane potential", voltage_mV, -300.0, 300.0, "mV")
    conductance = channels.conductance_at_pS(calcium_mM, magnesium_mM)
    current = conductance * 1e-3 * (v - channels.reversal_mV)
    return float(current) if current.ndim == 0 else current


def state_occupancy(scheme: GatingScheme, impulse: Impulse, t_ms) -> np.ndarray:
    """Probability of each channel state during an impulse, by the master equation.

    The channel starts from its resting distribution.

    Parameters
    ----------
    scheme : GatingScheme
    impulse : Impulse
    t_ms : float or array_like
        Times in ms, -1,000 to 1,000, any shape and order.

    Returns
    -------
    ndarray, shape (..., states)
    """
    instance("gating scheme", scheme, GatingScheme)
    instance("impulse", impulse, Impulse)
    t = numbers("time", t_ms, -1e3, 1e3, "ms")
    begin, end = impulse.window_ms
    begin = min(begin, float(t.min()))
    # 5 µs through the impulse, ten times coarser after it.
    edges = [np.arange(begin, end, 0.005), np.arange(end, max(end, float(t.max())), 0.05)]
    edges = np.unique(np.concatenate([*edges, t.ravel()]))
    steps = _markov.propagators(mean_rates(scheme, impulse, edges))
    occupancy = np.empty((len(edges), len(scheme.states)))
    occupancy[0] = steady_state(scheme, impulse.rest_mV)
    for k, step in enumerate(steps):
        occupancy[k + 1] = occupancy[k] @ step
    return occupancy[np.searchsorted(edges, t)]


def open_probability(scheme: GatingScheme, impulse: Impulse, t_ms) -> np.ndarray | float:
    """Probability that a channel is open during an impulse, by the master equation.

    Parameters and errors as for `state_occupancy`.

    Returns
    -------
    float or ndarray, same shape as `t_ms`
    """
    p = state_occupancy(scheme, impulse, t_ms)[..., scheme.open_state]
    return float(p) if p.ndim == 0 else p


def _impulse_grid(impulse: Impulse) -> np.ndarray:
    """Return the times of the gating tables: every 5 µs in the impulse, 25 µs after it."""
    begin, end = impulse.window_ms
    early = np.linspace(begin, end, 1 + round((end - begin) / 0.005))
    return np.append(early, np.arange(end + 0.025, end + TAIL_MS, 0.025))


@remembered(128)
def ever_open_probability(scheme: GatingScheme, impulse: Impulse) -> float:
    """Probability that a channel opens at least once in an impulse (exact).

    The open state is made absorbing in the master equation.

    Returns
    -------
    float
    """
    instance("gating scheme", scheme, GatingScheme)
    instance("impulse", impulse, Impulse)
    rates = mean_rates(scheme, impulse, _impulse_grid(impulse))
    rates[:, scheme.open_state, :] = 0.0
    state = steady_state(scheme, impulse.rest_mV)
    for step in _markov.propagators(rates):
        state = state @ step
    return float(state[scheme.open_state])


def ions_per_opening_channel(
    impulse: Impulse | None = None,
    calcium_mM: float = 2.0,
    *,
    magnesium_mM: float = 1.0,
    channels: CalciumChannels | None = None,
) -> float:
    """Mean number of calcium ions entering in one impulse through a channel that opens.

    Returns
    -------
    float
        Ions; the mean over all channels divided by `ever_open_probability`.
    """
    impulse = instance("impulse", Impulse() if impulse is None else impulse, Impulse)
    channels = instance(
        "channels", CalciumChannels() if channels is None else channels, CalciumChannels
    )
    t = _impulse_grid(impulse)
    current = single_channel_current_pA(
        impulse.voltage_mV(t), calcium_mM, magnesium_mM=magnesium_mM, channels=channels
    )
    influx = np.maximum(-current, 0.0) * open_probability(channels.scheme, impulse, t)
    charge_C = np.trapezoid(influx, t) * 1e-15
    ions = charge_C / (2.0 * ELEMENTARY_CHARGE_C)
    return float(ions / ever_open_probability(channels.scheme, impulse))


# --- single channels --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Openings:
    """Every opening of a set of channels in one impulse, ordered by channel, then time.

    Attributes
    ----------
    n_channels : int
        Channels sampled, including those that never opened.
    start_ms, stop_ms : float
        The window sampled.
    channel : ndarray of int, shape (openings,)
        Which channel opened.
    open_ms, close_ms : ndarray, shape (openings,)
        When it opened and shut; `stop_ms` if it was still open then.
    """

    n_channels: int
    start_ms: float
    stop_ms: float
    channel: np.ndarray
    open_ms: np.ndarray
    close_ms: np.ndarray

    @property
    def open_time_ms(self) -> np.ndarray:
        """Total open time of each channel, shape (n_channels,)."""
        return np.bincount(
            self.channel, weights=self.close_ms - self.open_ms, minlength=self.n_channels
        )

    def open_count(self, t_ms) -> np.ndarray:
        """Count the channels open at the given times.

        Parameters
        ----------
        t_ms : array_like
            Times, any shape, within the window sampled.

        Returns
        -------
        ndarray of int, same shape
        """
        t = numbers("time", t_ms, self.start_ms, self.stop_ms, "ms")
        opened = np.searchsorted(np.sort(self.open_ms), t, side="right")
        return opened - np.searchsorted(np.sort(self.close_ms), t, side="right")


def sample_openings(
    scheme: GatingScheme,
    impulse: Impulse,
    n_channels: int,
    seed: int | np.random.Generator,
) -> Openings:
    """Draw the openings of single channels in one impulse, exactly.

    Event by event: the time of each channel's next transition inverts its cumulative
    hazard, so no opening is lost to a time step. Each round draws two uniform numbers
    for every channel, needed or not, so that the same seed gives the same channels the
    same luck when a slider moves.

    Parameters
    ----------
    scheme : GatingScheme
    impulse : Impulse
    n_channels : int
        1 to 1,000,000.
    seed : int or numpy.random.Generator
        An int is shown beside the picture; a generator is advanced.

    Returns
    -------
    Openings

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range.
    """
    instance("gating scheme", scheme, GatingScheme)
    instance("impulse", impulse, Impulse)
    n = whole("number of channels", n_channels, 1, 1_000_000)
    if not isinstance(seed, np.random.Generator):
        seed = np.random.Generator(np.random.PCG64DXSM(whole("seed", seed, 0, 2**63)))
    table = _hazard_table(scheme, impulse)
    start, stop = table.t_ms[0], table.t_ms[-1]

    resting = np.cumsum(steady_state(scheme, impulse.rest_mV))[:-1]
    state = np.searchsorted(resting, seed.random(n), side="right")
    position = np.zeros(n)
    opened_ms = np.full(n, start)
    alive = np.arange(n)
    events = []
    while len(alive):
        wait, way = seed.random((2, n))[:, alive]
        shut = state == scheme.open_state  # an open channel shuts, or the window ends
        position, ended = table.next_event(state, position, -np.log1p(-wait))
        now_ms = table.time_at(position)
        events.append((alive[shut], opened_ms[shut], np.where(ended, stop, now_ms)[shut]))
        goes_on = ~ended
        alive, position, now_ms = alive[goes_on], position[goes_on], now_ms[goes_on]
        state = table.target(state[goes_on], position, way[goes_on])
        opened_ms = np.where(state == scheme.open_state, now_ms, opened_ms[goes_on])
    channel, open_ms, close_ms = (np.concatenate(column) for column in zip(*events, strict=True))
    order = np.lexsort((open_ms, channel))
    return Openings(n, float(start), float(stop), channel[order], open_ms[order], close_ms[order])


class _HazardTable:
    """Cumulative exit hazards of every state on a time grid, and where each exit leads.

    A time is held as a position on the grid: cell number plus the fraction of the cell.
    Within a cell the hazard is constant, so the same fraction serves time and hazard.
    """

    def __init__(self, scheme: GatingScheme, impulse: Impulse):
        self.t_ms = t = _impulse_grid(impulse)
        rates = scheme.rates_per_ms(impulse.voltage_mV(t))
        n = len(scheme.states)
        exits = -rates[:, range(n), range(n)].T
        steps = 0.5 * (exits[:, 1:] + exits[:, :-1]) * np.diff(t)
        hazard = np.concatenate([np.zeros((n, 1)), np.cumsum(steps, axis=1)], axis=1)
        # All states end to end, each lifted above the last, so that one search serves all.
        self.lift = 2.0 * (hazard[:, -1].max() + 1.0)
        self.hazard = (hazard + self.lift * np.arange(n)[:, None]).ravel()
        # Which way out: cumulative share of the exits to state 0, 1, ... from each state.
        share = np.cumsum(np.where(np.eye(n, dtype=bool), 0.0, rates), axis=2)
        share /= np.maximum(share[:, :, -1:], 1e-300)
        self.shares = share.transpose(2, 1, 0).reshape(n, -1)

    def _cells(self, position):
        cell = np.minimum(position.astype(int), len(self.t_ms) - 2)
        return cell, position - cell

    def time_at(self, position):
        """Time in ms at a position on the grid."""
        cell, fraction = self._cells(position)
        return self.t_ms[cell] + fraction * (self.t_ms[cell + 1] - self.t_ms[cell])

    def next_event(self, state, position, excess):
        """Position at which the hazard has grown by `excess`, and whether that is too late."""
        first = state * len(self.t_ms)
        cell, fraction = self._cells(position)
        low = self.hazard[first + cell]
        aim = low + fraction * (self.hazard[first + cell + 1] - low) + excess
        last = first + len(self.t_ms) - 1
        ended = aim >= self.hazard[last]
        at = np.where(ended, last, np.searchsorted(self.hazard, aim, side="right")) - 1
        low = self.hazard[at]
        fraction = (aim - low) / (self.hazard[at + 1] - low)
        return np.where(ended, len(self.t_ms) - 1.0, at - first + fraction), ended

    def target(self, state, position, way):
        """State entered, by inverting the shares of the exits with the uniform `way`."""
        cell, fraction = self._cells(position)
        at = state * len(self.t_ms) + cell
        share = self.shares[:-1, at] * (1.0 - fraction) + self.shares[:-1, at + 1] * fraction
        return np.sum(way >= share, axis=0)


@lru_cache(maxsize=16)
def _hazard_table(scheme: GatingScheme, impulse: Impulse) -> _HazardTable:
    return _HazardTable(scheme, impulse)
