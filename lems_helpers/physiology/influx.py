"""How much calcium one impulse brings in: per average channel, per sample, per terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lems_helpers.physiology.calcium_channels import (
    ELEMENTARY_CHARGE_C,
    PITTSBURGH,
    CalciumChannels,
    GatingScheme,
    open_probability,
    single_channel_current_pA,
)
from lems_helpers.physiology.checks import instance, numbers
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import Junction, mouse
from lems_helpers.physiology.remembered import remembered

#: Calcium ions in one picoampere for one millisecond: each carries two elementary charges.
IONS_PER_PA_MS = 1e-15 / (2 * ELEMENTARY_CHARGE_C)

#: The times, in ms, at which influx is worked out by default: one impulse and its tail.
T_MS = np.linspace(0.3, 2.7, 961)
T_MS.flags.writeable = False


@dataclass(frozen=True)
class AverageChannel:
    """What a channel does on average in one impulse.

    Attributes
    ----------
    t_ms, voltage_mV, open_probability, driving_force_mV, current_pA : ndarray, shape (n,)
        The driving force is the distance from the reversal potential; current is inward
        negative.
    """

    t_ms: np.ndarray
    voltage_mV: np.ndarray
    open_probability: np.ndarray
    driving_force_mV: np.ndarray
    current_pA: np.ndarray

    @property
    def peak_pA(self) -> float:
        """The largest inward current (negative)."""
        return float(self.current_pA.min())

    @property
    def delay_ms(self) -> float:
        """How long after the impulse's peak the current peaks; NaN where no current flows."""
        if self.peak_pA == 0:
            return float("nan")
        return float(self.t_ms[self.current_pA.argmin()] - self.t_ms[self.voltage_mV.argmax()])


@remembered(256)
def average_channel(
    scheme: GatingScheme = PITTSBURGH,
    impulse: Impulse | None = None,
    calcium_mM: float = 2.0,
    *,
    hold_force: bool = False,
) -> AverageChannel:
    """Work out a channel's mean current in one impulse, at `T_MS`.

    Parameters
    ----------
    scheme : GatingScheme
    impulse : Impulse, optional
        The healthy one unless given.
    calcium_mM : float
        External calcium.
    hold_force : bool
        Keep the driving force at its resting value, to see what its change does.

    Returns
    -------
    AverageChannel
    """
    impulse = instance("impulse", Impulse() if impulse is None else impulse, Impulse)
    voltage = impulse.voltage_mV(T_MS)
    felt = np.full_like(voltage, impulse.rest_mV) if hold_force else voltage
    is_open = open_probability(scheme, impulse, T_MS)
    one = single_channel_current_pA(felt, calcium_mM)
    reversal = mouse().channels.reversal_mV
    return AverageChannel(T_MS, voltage, is_open, reversal - felt, is_open * one)


def ions_entered(t_ms: np.ndarray, current_pA: np.ndarray) -> np.ndarray:
    """Calcium ions that have entered by each time.

    Parameters
    ----------
    t_ms, current_pA : array_like, shape (n,)
        Inward current is negative.

    Returns
    -------
    ndarray, shape (n,)
    """
    t = numbers("time", t_ms, unit="ms")
    current = numbers("calcium current", current_pA, unit="pA")
    if t.shape != current.shape or t.ndim != 1:
        raise ValueError(
            f"time and calcium current must match; they hold {t.size} and {current.size}."
        )
    if np.any(np.diff(t) <= 0):
        raise ValueError("time must rise from each value to the next.")
    steps = np.diff(t) * 0.5 * (current[1:] + current[:-1])
    return np.concatenate([[0.0], np.cumsum(-steps)]) * IONS_PER_PA_MS


@dataclass(frozen=True)
class Influx:
    """The mean calcium current of a whole terminal in one impulse, and what it brings.

    Attributes
    ----------
    t_ms, current_pA : ndarray, shape (n,)
    ions : float
        Calcium ions that enter.
    healthy_ions : float
        The same for the junction with every channel and zone, the usual impulse and the usual bath.
    percent_left : float
        Channels that are left, in percent.
    """

    t_ms: np.ndarray
    current_pA: np.ndarray
    ions: float
    healthy_ions: float
    percent_left: float

    @property
    def percent_of_healthy(self) -> float:
        """Calcium that enters, in percent of the healthy junction's; NaN if none enters there."""
        return 100 * self.ions / self.healthy_ions if self.healthy_ions else math.nan


def terminal_influx(junction: Junction) -> Influx:
    """Mean calcium current of a junction's nerve terminal in one impulse.

    The channels of the release sites are counted, those that a drug slows among them (without
    the last sixth of their tail, which comes after `T_MS`); compensating L-type channels are not.

    Parameters
    ----------
    junction : Junction

    Returns
    -------
    Influx
    """
    instance("junction", junction, Junction)
    zone, terminal = junction.zone, junction.terminal
    places = terminal.zones * (zone.near_count + zone.far_count)
    survive = terminal.zone_survival * zone.channel_survival

    def current(channels: CalciumChannels, impulse: Impulse, **bath: float) -> np.ndarray:
        parts = (
            part * average_channel(kind, impulse).open_probability for kind, part in channels.kinds
        )
        voltage = impulse.voltage_mV(T_MS)
        return places * sum(parts) * single_channel_current_pA(voltage, channels=channels, **bath)

    bath = {"calcium_mM": terminal.calcium_mM, "magnesium_mM": terminal.magnesium_mM}
    now = survive * current(junction.channels, junction.impulse, **bath)
    usual = replace(junction.channels, slowed_fraction=0.0)
    healthy = current(usual, replace(junction.impulse, width=1.0))
    ions, healthy_ions = (float(ions_entered(T_MS, x)[-1]) for x in (now, healthy))
    return Influx(T_MS, now, ions, healthy_ions, 100 * survive)
