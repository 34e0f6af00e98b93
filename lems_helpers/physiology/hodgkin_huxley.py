"""Stage 1, from the channels up: the impulse of Hodgkin and Huxley.

Squid giant axon [HodgkinHuxley1952], in the convention that puts rest near -65 mV.
Blocking potassium channels widens the impulse: the mechanism behind amifampridine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, number

_E1, _E25, _E3 = math.exp(1.0), math.exp(2.5), math.exp(3.0)


@dataclass(frozen=True)
class HodgkinHuxley:
    """A patch of squid axon and the current pulse that excites it.

    Attributes
    ----------
    sodium_mS_cm2, potassium_mS_cm2, leak_mS_cm2 : float
        Largest conductances, 120, 36 and 0.3 mS/cm² [HodgkinHuxley1952].
    sodium_reversal_mV, potassium_reversal_mV, leak_reversal_mV : float
        +50, -77 and -54.3 mV [HodgkinHuxley1952], shifted to rest at -65 mV.
    capacitance_uF_cm2 : float
        1 µF/cm² [HodgkinHuxley1952].
    temperature_C : float
        6.3 °C [HodgkinHuxley1952]; the rates grow threefold per 10 °C.
    stimulus_uA_cm2, stimulus_start_ms, stimulus_duration_ms : float
        The current pulse: 20 µA/cm² from 1.0 ms for 0.5 ms (assumption).
    initial_mV : float
        Potential at time 0, -65 mV, with the gates at rest there.
    sodium_block, potassium_block : float
        Fraction of the channels blocked, 0 to 1.

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    sodium_mS_cm2: float = 120.0
    potassium_mS_cm2: float = 36.0
    leak_mS_cm2: float = 0.3
    sodium_reversal_mV: float = 50.0
    potassium_reversal_mV: float = -77.0
    leak_reversal_mV: float = -54.3
    capacitance_uF_cm2: float = 1.0
    temperature_C: float = 6.3
    stimulus_uA_cm2: float = 20.0
    stimulus_start_ms: float = 1.0
    stimulus_duration_ms: float = 0.5
    initial_mV: float = -65.0
    sodium_block: float = 0.0
    potassium_block: float = 0.0

    def __post_init__(self):
        check_fields(
            self,
            sodium_mS_cm2=("sodium conductance", 0.0, 1000.0, "mS/cm²"),
            potassium_mS_cm2=("potassium conductance", 0.0, 1000.0, "mS/cm²"),
            leak_mS_cm2=("leak conductance", 0.0, 100.0, "mS/cm²"),
            sodium_reversal_mV=("sodium reversal potential", -150.0, 150.0, "mV"),
            potassium_reversal_mV=("potassium reversal potential", -150.0, 150.0, "mV"),
            leak_reversal_mV=("leak reversal potential", -150.0, 150.0, "mV"),
            capacitance_uF_cm2=("membrane capacitance", 0.1, 10.0, "µF/cm²"),
            temperature_C=("temperature", 0.0, 40.0, "°C"),
            stimulus_uA_cm2=("stimulus current", -200.0, 200.0, "µA/cm²"),
            stimulus_start_ms=("start of the stimulus", 0.0, 1e4, "ms"),
            stimulus_duration_ms=("duration of the stimulus", 0.0, 1e4, "ms"),
            initial_mV=("initial potential", -120.0, 60.0, "mV"),
            sodium_block=("sodium channel block", 0.0, 1.0, ""),
            potassium_block=("potassium channel block", 0.0, 1.0, ""),
        )


@dataclass(frozen=True, eq=False)
class MembraneTrace:
    """What `hodgkin_huxley` returns: arrays of equal length, one value per step.

    Attributes
    ----------
    t_ms, voltage_mV : ndarray
    m, h, n : ndarray
        Sodium activation, sodium inactivation (1 = available), potassium activation.
    sodium_mS_cm2, potassium_mS_cm2 : ndarray
        Open conductances.
    sodium_uA_cm2, potassium_uA_cm2, leak_uA_cm2, stimulus_uA_cm2 : ndarray
        Currents; membrane currents are outward positive.
    """

    t_ms: np.ndarray
    voltage_mV: np.ndarray
    m: np.ndarray
    h: np.ndarray
    n: np.ndarray
    sodium_mS_cm2: np.ndarray
    potassium_mS_cm2: np.ndarray
    sodium_uA_cm2: np.ndarray
    potassium_uA_cm2: np.ndarray
    leak_uA_cm2: np.ndarray
    stimulus_uA_cm2: np.ndarray

    def _peak(self) -> tuple[float, float]:
        """Time and height of the peak, by a parabola through its three highest points."""
        v, k = self.voltage_mV, int(np.argmax(self.voltage_mV))
        if k in (0, len(v) - 1):
            return float(self.t_ms[k]), float(v[k])
        bend = v[k - 1] - 2.0 * v[k] + v[k + 1]
        shift = 0.5 * (v[k - 1] - v[k + 1]) / bend if bend < 0.0 else 0.0
        top = v[k] - 0.25 * (v[k - 1] - v[k + 1]) * shift
        return float(self.t_ms[k] + shift * (self.t_ms[1] - self.t_ms[0])), float(top)

    @property
    def fired(self) -> bool:
        """Whether the membrane crossed 0 mV."""
        return bool(self.voltage_mV.max() > 0.0 > self.voltage_mV[0])

    @property
    def peak_mV(self) -> float:
        """Highest potential, mV."""
        return self._peak()[1]

    @property
    def peak_time_ms(self) -> float:
        """Time of the highest potential, ms."""
        return self._peak()[0]

    @property
    def half_width_ms(self) -> float:
        """Full width half-way between the first potential and the peak, ms.

        NaN if the membrane did not fire, or did not come back within the trace.
        """
        if not self.fired:
            return math.nan
        v, k = self.voltage_mV, int(np.argmax(self.voltage_mV))
        half = 0.5 * (v[0] + self.peak_mV)
        before = np.flatnonzero(v[:k] < half)
        after = np.flatnonzero(v[k:] < half)
        if len(before) == 0 or len(after) == 0:
            return math.nan
        i, j = int(before[-1]), k + int(after[0])
        begin = i + (half - v[i]) / (v[i + 1] - v[i])
        end = j - 1 + (v[j - 1] - half) / (v[j - 1] - v[j])
        return float((end - begin) * (self.t_ms[1] - self.t_ms[0]))


def _gate_rates(v: float) -> tuple[float, float, float, float, float, float]:
    """Return opening and closing rates of m, h and n at 6.3 °C, per ms [HodgkinHuxley1952].

    All exponentials but one are powers of exp(-(V + 65) / 80).
    """
    e80 = math.exp((-65.0 - v) / 80.0)
    e20 = e80 * e80
    e20 *= e20
    e10 = e20 * e20
    x = 0.1 * (v + 40.0)
    y = 0.1 * (v + 55.0)
    # x / (1 - exp(-x)) is 0/0 at x = 0; its series there starts 1 + x/2.
    opening_m = x / (1.0 - e10 * _E25) if abs(x) > 1e-6 else 1.0 + 0.5 * x
    opening_n = 0.1 * y / (1.0 - e10 * _E1) if abs(y) > 1e-6 else 0.1 + 0.05 * y
    closing_m = 4.0 * math.exp((-65.0 - v) / 18.0)
    return opening_m, closing_m, 0.07 * e20, 1.0 / (1.0 + e10 * _E3), opening_n, 0.125 * e80


def hodgkin_huxley(
    axon: HodgkinHuxley | None = None, *, duration_ms: float = 10.0, dt_ms: float = 0.01
) -> MembraneTrace:
    """Simulate an impulse of the squid axon.

    Gates live half a step apart from the potential, and both are advanced by second-order
    rational (Padé) steps: at 10 µs the trace is within 0.1 mV of the exact solution.

    Parameters
    ----------
    axon : HodgkinHuxley, optional
    duration_ms : float
        0.1 to 1,000 ms.
    dt_ms : float
        Step, 0.001 to 0.05 ms.

    Returns
    -------
    MembraneTrace

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """
    p = instance("axon", axon or HodgkinHuxley(), HodgkinHuxley)
    duration = number("duration", duration_ms, 0.1, 1000.0, "ms")
    dt = number("time step", dt_ms, 0.001, 0.05, "ms")
    steps = max(2, round(duration / dt))
    speed = 3.0 ** ((p.temperature_C - 6.3) / 10.0)
    g_na = p.sodium_mS_cm2 * (1.0 - p.sodium_block)
    g_k = p.potassium_mS_cm2 * (1.0 - p.potassium_block)
    e_na, e_k = p.sodium_reversal_mV, p.potassium_reversal_mV
    leak_drive = p.leak_mS_cm2 * p.leak_reversal_mV
    charging = p.capacitance_uF_cm2 / dt

    edges = dt * np.arange(steps + 1)
    stop = p.stimulus_start_ms + p.stimulus_duration_ms
    pulse_ms = np.clip(edges, p.stimulus_start_ms, max(stop, p.stimulus_start_ms))
    stimulus = p.stimulus_uA_cm2 * np.diff(pulse_ms) / dt  # exact mean over each step

    v = p.initial_mV
    am, bm, ah, bh, an, bn = _gate_rates(v)
    m, h, n = am / (am + bm), ah / (ah + bh), an / (an + bn)
    volts, ms, hs, ns = [v], [m], [h], [n]
    half = 0.25 * dt * speed  # gates make half a step first, whole steps ever after
    for current in stimulus.tolist():
        am, bm, ah, bh, an, bn = _gate_rates(v)
        a, b = half * am, half * bm
        m = (m * (1.0 - a - b) + 2.0 * a) / (1.0 + a + b)
        a, b = half * ah, half * bh
        h = (h * (1.0 - a - b) + 2.0 * a) / (1.0 + a + b)
        a, b = half * an, half * bn
        n = (n * (1.0 - a - b) + 2.0 * a) / (1.0 + a + b)
        half = 0.5 * dt * speed
        sodium = g_na * m * m * m * h
        potassium = g_k * n * n * n * n
        total = 0.5 * (sodium + potassium + p.leak_mS_cm2)
        drive = sodium * e_na + potassium * e_k + leak_drive + current
        v = ((charging - total) * v + drive) / (charging + total)
        volts.append(v)
        ms.append(m)
        hs.append(h)
        ns.append(n)

    voltage = np.array(volts)
    m, h, n = (_onto_steps(np.array(gate)) for gate in (ms, hs, ns))
    sodium, potassium = g_na * m**3 * h, g_k * n**4
    return MembraneTrace(
        t_ms=edges,
        voltage_mV=voltage,
        m=m,
        h=h,
        n=n,
        sodium_mS_cm2=sodium,
        potassium_mS_cm2=potassium,
        sodium_uA_cm2=sodium * (voltage - e_na),
        potassium_uA_cm2=potassium * (voltage - e_k),
        leak_uA_cm2=p.leak_mS_cm2 * (voltage - p.leak_reversal_mV),
        stimulus_uA_cm2=np.append(stimulus, stimulus[-1]),
    )


def stimulus_threshold_uA_cm2(axon: HodgkinHuxley | None = None) -> float:
    """Find the weakest stimulus that makes the membrane fire within 20 ms.

    Stimuli up to 100 µA/cm² are tried: for the usual pulse of 0.5 ms, stronger ones could carry
    the membrane past 0 mV by themselves.

    Parameters
    ----------
    axon : HodgkinHuxley, optional
        Its own stimulus strength is set aside; the pulse's start and duration are kept.

    Returns
    -------
    float
        µA/cm², within 0.01; 0 if the membrane fires by itself, NaN if no stimulus tried does it.

    Raises
    ------
    ValueError
        If `axon` is no `HodgkinHuxley`.
    """
    axon = instance("axon", axon or HodgkinHuxley(), HodgkinHuxley)

    def fires(stimulus: float) -> bool:
        tried = replace(axon, stimulus_uA_cm2=stimulus)
        return hodgkin_huxley(tried, duration_ms=20.0, dt_ms=0.02).fired

    below, above = 0.0, 100.0
    if fires(below):
        return below
    if not fires(above):
        return math.nan
    while above - below > 0.01:
        middle = 0.5 * (below + above)
        below, above = (below, middle) if fires(middle) else (middle, above)
    return above


def _onto_steps(gate: np.ndarray) -> np.ndarray:
    """Bring a gate known at 0, 1/2, 3/2, ... steps to whole steps."""
    whole = np.append(gate[:1], 0.5 * (gate[1:-1] + gate[2:]))
    return np.append(whole, 1.5 * gate[-1] - 0.5 * gate[-2])
