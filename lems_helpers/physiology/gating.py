"""Stage 2, first half: how a calcium channel gates, as a Markov scheme of its voltage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.checks import check_fields, choice, instance, number, numbers, whole
from lems_helpers.physiology.impulse import Impulse


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
        if self.slope_mV not in (float("inf"), -float("inf")):
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

    def __post_init__(self):
        if not isinstance(self.states, tuple) or len(self.states) < 2:
            raise ValueError(f"states must be two names or more, not {self.states!r}.")
        last = len(self.states) - 1
        for step in instance("transitions", self.transitions, tuple):
            if not isinstance(step, tuple) or len(step) != 4:
                raise ValueError(
                    f"a transition must be (source, target, multiple, Rate), not {step!r}."
                )
            source, target, multiple, rate = step
            if whole("source state", source, 0, last) == whole("target state", target, 0, last):
                raise ValueError(f"a transition must lead elsewhere, not from {source} to itself.")
            number("multiple of a rate", multiple, 0.0, 1000.0)
            instance("rate", rate, Rate)

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
    instance("gating scheme", scheme, GatingScheme)
    instance("impulse", impulse, Impulse)
    edges_ms = numbers("edge of the time grid", edges_ms, unit="ms")
    if edges_ms.ndim != 1 or np.any(np.diff(edges_ms) <= 0):
        raise ValueError("the edges of the time grid must be one rising list of times.")
    middles = 0.5 * (edges_ms[1:] + edges_ms[:-1])
    at_edges = scheme.rates_per_ms(impulse.voltage_mV(edges_ms))
    at_middles = scheme.rates_per_ms(impulse.voltage_mV(middles))
    mean = (at_edges[1:] + 4.0 * at_middles + at_edges[:-1]) / 6.0
    return mean * np.diff(edges_ms)[:, None, None]
