"""Stage 2: voltage-gated calcium channels (P/Q-type, Cav2.1) opening in an impulse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.checks import check_fields, choice, instance, number, numbers
from lems_helpers.physiology.impulse import Impulse

ELEMENTARY_CHARGE_C = 1.602176634e-19  # exact by the SI
TAIL_MS = 2.0  # time after the impulse within which every channel has shut


@dataclass(frozen=True)
class Rate:
    """A voltage-dependent rate.

    Attributes
    ----------
    per_ms : float
        Scale of the rate, per ms.
    half_mV, slope_mV : float
        With x = (V - half_mV) / slope_mV the rate is ``per_ms * exp(x)`` for the shape
        "exponential" and ``per_ms / (exp(x) + 1)`` for the shape "sigmoid".
    shape : {"exponential", "sigmoid"}
    """

    per_ms: float
    half_mV: float = 0.0
    slope_mV: float = float("inf")
    shape: str = "exponential"

    def __post_init__(self):
        check_fields(
            self,
            per_ms=("rate", 0.0, 1e6, "per ms"),
            half_mV=("half voltage", -300.0, 300.0, "mV"),
        )
        choice("rate shape", self.shape, ("exponential", "sigmoid"))
        if abs(self.slope_mV) != float("inf"):
            check_fields(self, slope_mV=("slope of the rate", -500.0, 500.0, "mV"))
            if abs(self.slope_mV) < 2.0:
                raise ValueError(
                    f"slope of the rate is {self.slope_mV:g} mV, but must be at least 2 mV in size."
                )

    def at(self, voltage_mV: np.ndarray) -> np.ndarray:
        """Rate per ms at the given potentials."""
        x = (voltage_mV - self.half_mV) / self.slope_mV
        if self.shape == "exponential":
            return self.per_ms * np.exp(x)
        return self.per_ms * np.exp(-np.logaddexp(0.0, x))


@dataclass(frozen=True)
class GatingScheme:
    """A Markov scheme of one channel's gating.

    Attributes
    ----------
    name : str
    states : tuple of str
        State names; the last one conducts.
    transitions : tuple of (source, target, multiple, Rate)
        State indices, a whole-number multiple, and the rate it multiplies.
    source : str
        Where the scheme comes from (keys of the course's bibliography).
    """

    name: str
    states: tuple[str, ...]
    transitions: tuple[tuple[int, int, float, Rate], ...]
    source: str

    @property
    def open_state(self) -> int:
        """Index of the conducting state."""
        return len(self.states) - 1

    def rates_per_ms(self, voltage_mV) -> np.ndarray:
        """Rate matrix at the given potentials, shape (..., states, states), per ms."""
        v = numbers("membrane potential", voltage_mV, -300.0, 300.0, "mV")
        rates = np.zeros((*v.shape, len(self.states), len(self.states)))
        for source, target, multiple, rate in self.transitions:
            rates[..., source, target] = multiple * rate.at(v)
        return _markov.close_rows(rates)

    def slowed(self, factor: float) -> GatingScheme:
        """Return the same scheme with closing from the open state `factor` times slower."""
        factor = number("slowing of channel closing", factor, 1.0, 1000.0)
        transitions = tuple(
            (s, t, multiple / factor if s == self.open_state else multiple, rate)
            for s, t, multiple, rate in self.transitions
        )
        name = f"{self.name}, closing {factor:g}x slower"
        return replace(self, name=name, transitions=transitions)


def _chain(name, states, forward, backward, source) -> GatingScheme:
    steps = []
    for k, (up, down) in enumerate(zip(forward, backward, strict=True)):
        steps += [(k, k + 1, *up), (k + 1, k, *down)]
    return GatingScheme(name, states, tuple(steps), source)


_ALPHA = Rate(0.06, -24.0, 14.5)
_BETA = Rate(1.7, -34.0, 16.9, "sigmoid")

#: Four-state scheme of the Pittsburgh junction models, mouse version.
PITTSBURGH = _chain(
    "Pittsburgh",
    ("C1", "C2", "C3", "O"),
    [(7.0, _ALPHA), (6.0, _ALPHA), (5.0, _ALPHA)],
    [(1.0, _BETA), (2.0, _BETA), (3.0, _BETA)],
    "Dittrich2013; mouse version PyNEUCell",
)

#: P/Q-type scheme of hippocampal mossy-fibre boutons.
LI2007 = _chain(
    "Li 2007",
    ("C0", "C1", "C2", "C3", "C4", "O"),
    [
        (1.0, Rate(5.89, 0.0, 62.61)),
        (1.0, Rate(9.21, 0.0, 33.92)),
        (1.0, Rate(5.20, 0.0, 135.08)),
        (1.0, Rate(1823.18, 0.0, 20.86)),
        (1.0, Rate(247.71)),
    ],
    [
        (1.0, Rate(14.99, 0.0, -62.61)),
        (1.0, Rate(6.63, 0.0, -33.92)),
        (1.0, Rate(132.80, 0.0, -135.08)),
        (1.0, Rate(248.58, 0.0, -20.86)),
        (1.0, Rate(8.28)),
    ],
    "Li2007",
)


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
    """

    scheme: GatingScheme = PITTSBURGH
    conductance_pS: float = 2.4
    reversal_mV: float = 60.0
    saturation_mM: float = 2.0
    calcium_site_mM: float = 1.1
    magnesium_site_mM: float = 3.0

    def __post_init__(self):
        instance("gating scheme", self.scheme, GatingScheme)
        check_fields(
            self,
            conductance_pS=("channel conductance", 0.0, 100.0, "pS"),
            reversal_mV=("calcium reversal potential", 0.0, 200.0, "mV"),
            saturation_mM=("half-saturating calcium", 0.01, 100.0, "mM"),
            calcium_site_mM=("calcium dissociation constant", 0.01, 100.0, "mM"),
            magnesium_site_mM=("magnesium dissociation constant", 0.01, 100.0, "mM"),
        )

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
    """Current through one open calcium channel: conductance times driving force.

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
    channels = instance("channels", channels or CalciumChannels(), CalciumChannels)
    v = numbers("membrane potential", voltage_mV, -300.0, 300.0, "mV")
    conductance = channels.conductance_at_pS(calcium_mM, magnesium_mM)
    current = conductance * 1e-3 * (v - channels.reversal_mV)
    return float(current) if current.ndim == 0 else current


def steady_state(scheme: GatingScheme, voltage_mV) -> np.ndarray:
    """Distribution over the channel's states after a long time at a constant potential.

    Returns
    -------
    ndarray, shape (..., states)
    """
    instance("gating scheme", scheme, GatingScheme)
    return _markov.stationary(scheme.rates_per_ms(voltage_mV))


def mean_rates(scheme: GatingScheme, impulse: Impulse, edges_ms: np.ndarray) -> np.ndarray:
    """Rate matrices times duration, averaged over each interval of a time grid.

    Simpson's rule in each interval, so that a coarse grid still sees the whole impulse.

    Parameters
    ----------
    scheme : GatingScheme
    impulse : Impulse
    edges_ms : ndarray, shape (n + 1,)

    Returns
    -------
    ndarray, shape (n, states, states)
    """
    middles = 0.5 * (edges_ms[1:] + edges_ms[:-1])
    at_edges = scheme.rates_per_ms(impulse.voltage_mV(edges_ms))
    at_middles = scheme.rates_per_ms(impulse.voltage_mV(middles))
    mean = (at_edges[1:] + 4.0 * at_middles + at_edges[:-1]) / 6.0
    return mean * np.diff(edges_ms)[:, None, None]


def state_occupancy(scheme: GatingScheme, impulse: Impulse, t_ms) -> np.ndarray:
    """Probability of each channel state during an impulse, by the master equation.

    The channel starts from its resting distribution.

    Parameters
    ----------
    scheme : GatingScheme
    impulse : Impulse
    t_ms : float or array_like
        Times in ms, any shape and order.

    Returns
    -------
    ndarray, shape (..., states)
    """
    instance("gating scheme", scheme, GatingScheme)
    instance("impulse", impulse, Impulse)
    t = numbers("time", t_ms, unit="ms")
    begin, end = impulse.window_ms
    begin = min(begin, float(t.min()))
    # 5 us through the impulse, ten times coarser after it.
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


def _impulse_grid(impulse: Impulse, step_ms: float = 0.005) -> np.ndarray:
    begin, end = impulse.window_ms
    return np.linspace(begin, end + TAIL_MS, 1 + round((end + TAIL_MS - begin) / step_ms))


@lru_cache(maxsize=128)
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
    impulse = instance("impulse", impulse or Impulse(), Impulse)
    channels = instance("channels", channels or CalciumChannels(), CalciumChannels)
    t = _impulse_grid(impulse)
    current = single_channel_current_pA(
        impulse.voltage_mV(t), calcium_mM, magnesium_mM=magnesium_mM, channels=channels
    )
    influx = np.maximum(-current, 0.0) * open_probability(channels.scheme, impulse, t)
    charge_C = np.trapezoid(influx, t) * 1e-15
    ions = charge_C / (2.0 * ELEMENTARY_CHARGE_C)
    return float(ions / ever_open_probability(channels.scheme, impulse))
