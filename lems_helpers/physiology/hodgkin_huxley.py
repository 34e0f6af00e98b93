"""Stage 1, from the channels up: the impulse of Hodgkin and Huxley.

Squid giant axon [HodgkinHuxley1952], in the convention that puts rest near -65 mV.
Blocking potassium channels widens the impulse: the mechanism behind amifampridine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, number, whole

_E1, _E25, _E3 = math.exp(1.0), math.exp(2.5), math.exp(3.0)
_GAP_MV = 1e-6  # this close to -40 and -55 mV an opening rate is 0/0 to rounding; its limit serves
_FEW = 40  # below this number of axons arrays cost more than they save


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


_SQUID = HodgkinHuxley()


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
    p = instance("axon", _SQUID if axon is None else axon, HodgkinHuxley)
    dt, steps = _steps(duration_ms, dt_ms)
    g_na, g_k = _open_conductances(p)
    e_na, e_k = p.sodium_reversal_mV, p.potassium_reversal_mV
    edges = dt * np.arange(steps + 1)
    stimulus = np.diff(_charge_given(p, edges)) / dt  # exact mean over each step

    drives = (stimulus + p.leak_mS_cm2 * p.leak_reversal_mV).tolist()
    gates = _resting_gates_at(p.initial_mV)
    half = 0.5 * dt * _speed(p.temperature_C)
    passive = (p.leak_mS_cm2, p.capacitance_uF_cm2 / dt)
    volts, ms, hs, ns = _march(drives, p.initial_mV, *gates, half, g_na, g_k, e_na, e_k, *passive)

    voltage, *gates = (np.fromiter(column, float, steps + 1) for column in (volts, ms, hs, ns))
    m, h, n = (_onto_steps(gate) for gate in gates)
    sodium, potassium = g_na * m * m * m * h, g_k * (n * n) ** 2
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


def _march(drives, v, m, h, n, half, g_na, g_k, e_na, e_k, g_leak, charging):
    """Step one axon; return the potential after each step and the gates half a step before.

    Plain arithmetic on plain numbers, the formulas of `_gate_rates` written out and their
    constants folded with half the step: this is what a slider waits for.
    """
    exp, e1, e25, e3, gap, minus_gap = math.exp, _E1, _E25, _E3, _GAP_MV, -_GAP_MV
    opening_m, closing_m, opening_h = 0.1 * half, 4.0 * half, 0.07 * half
    opening_n, closing_n = 0.01 * half, 0.125 * half
    half_na, half_k, e_na, e_k = 0.5 * g_na, 0.5 * g_k, 2.0 * e_na, 2.0 * e_k
    kept, lost = charging - 0.5 * g_leak, charging + 0.5 * g_leak
    volts, ms, hs, ns = [v], [m], [h], [n]
    for drive in drives:
        # The gates go from half a step before V to half a step after it. The first time they
        # have only half a step to go, but there they are at rest, and stay.
        u = v + 65.0
        e80 = exp(u / -80.0)
        e20 = e80 * e80
        e20 *= e20
        e10 = e20 * e20
        x = v + 40.0
        a = opening_m * x / (1.0 - e10 * e25) if x < minus_gap or x > gap else half
        total = a + closing_m * exp(u / -18.0)
        m += 2.0 * (a - total * m) / (1.0 + total)
        a = opening_h * e20
        total = a + half / (1.0 + e10 * e3)
        h += 2.0 * (a - total * h) / (1.0 + total)
        x = v + 55.0
        a = opening_n * x / (1.0 - e10 * e1) if x < minus_gap or x > gap else 0.1 * half
        total = a + closing_n * e80
        n += 2.0 * (a - total * n) / (1.0 + total)
        sodium = half_na * m * m * m * h
        potassium = n * n
        potassium *= half_k * potassium
        push = drive + sodium * e_na + potassium * e_k
        sodium += potassium
        v = ((kept - sodium) * v + push) / (lost + sodium)
        volts.append(v)
        ms.append(m)
        hs.append(h)
        ns.append(n)
    return volts, ms, hs, ns


def voltage_sweep(
    axons: Sequence[HodgkinHuxley],
    *,
    duration_ms: float = 10.0,
    dt_ms: float = 0.01,
    keep_every: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate many axons side by side; the steps are those of `hodgkin_huxley`.

    Few axons are simulated one by one; from about 40 on, array arithmetic over all of them
    is faster.

    Parameters
    ----------
    axons : sequence of HodgkinHuxley
    duration_ms, dt_ms : float
        As for `hodgkin_huxley`.
    keep_every : int
        Keep the potential at every so many steps, to save memory.

    Returns
    -------
    t_ms : ndarray, shape (samples,)
    voltage_mV : ndarray, shape (axons, samples)

    Raises
    ------
    ValueError
        If there is no axon, or a value is no finite number or out of range.
    """
    if not isinstance(axons, (list, tuple)):
        raise ValueError(f"The axons must be a list of HodgkinHuxley, not {type(axons).__name__}.")
    axons = [instance("axon", axon, HodgkinHuxley) for axon in axons]
    every = whole("number of steps per sample", keep_every, 1, 1e6)
    dt, steps = _steps(duration_ms, dt_ms)
    t = dt * np.arange(0, steps + 1, every)
    if not axons:
        raise ValueError("A sweep needs at least one axon.")
    if len(axons) < _FEW:
        traces = [hodgkin_huxley(axon, duration_ms=duration_ms, dt_ms=dt_ms) for axon in axons]
        return t, np.array([trace.voltage_mV[::every] for trace in traces])
    return t, _step_together(axons, dt, steps, every)


@np.errstate(invalid="ignore", divide="ignore")  # 0/0 is mended where it can arise
def _step_together(axons: list[HodgkinHuxley], dt: float, steps: int, every: int) -> np.ndarray:
    """Step all axons at once, in place: the loop of `hodgkin_huxley` with arrays for numbers."""
    names = [f.name for f in fields(HodgkinHuxley)]
    columns = np.array([[getattr(axon, name) for name in names] for axon in axons]).T
    p = SimpleNamespace(**dict(zip(names, columns, strict=True)))
    g_na, g_k = _open_conductances(p)
    charging = p.capacitance_uF_cm2 / dt
    half = 0.5 * dt * _speed(p.temperature_C)
    leak_drive = p.leak_mS_cm2 * p.leak_reversal_mV
    v = p.initial_mV.copy()
    gates = _resting_gates(v)
    opening, closing, work = (np.empty_like(gates) for _ in range(3))
    kept = [v.copy()]
    given = _charge_given(p, 0.0)
    for k in range(1, steps + 1):
        _gate_rates(v, opening, closing)
        opening *= half
        closing *= half
        closing += opening
        np.multiply(closing, gates, out=work)
        opening -= work
        closing += 1.0
        opening /= closing
        opening *= 2.0
        gates += opening
        m, h, n = gates
        sodium = g_na * m * m * m * h
        potassium = n * n
        potassium *= potassium
        potassium *= g_k
        before, given = given, _charge_given(p, k * dt)
        drive = (given - before) / dt + leak_drive
        drive += sodium * p.sodium_reversal_mV
        drive += potassium * p.potassium_reversal_mV
        sodium += potassium
        sodium += p.leak_mS_cm2
        sodium *= 0.5
        v *= charging - sodium
        v += drive
        sodium += charging
        v /= sodium
        if k % every == 0:
            kept.append(v.copy())
    return np.array(kept).T


# What one axon and many have in common: `p` holds numbers, or arrays with one value per axon.


def _steps(duration_ms: float, dt_ms: float) -> tuple[float, int]:
    duration = number("duration", duration_ms, 0.1, 1000.0, "ms")
    dt = number("time step", dt_ms, 0.001, 0.05, "ms")
    return dt, max(2, round(duration / dt))


def _open_conductances(p):
    return (
        p.sodium_mS_cm2 * (1.0 - p.sodium_block),
        p.potassium_mS_cm2 * (1.0 - p.potassium_block),
    )


def _speed(temperature_C):
    return 3.0 ** ((temperature_C - 6.3) / 10.0)


def _charge_given(p, t_ms):
    """Charge the stimulus has brought by a time, nC/cm²."""
    stop = p.stimulus_start_ms + p.stimulus_duration_ms
    return p.stimulus_uA_cm2 * np.clip(t_ms, p.stimulus_start_ms, stop)


def _gate_rates(v, opening, closing) -> None:
    """Write opening and closing rates of m, h and n at 6.3 °C, per ms [HodgkinHuxley1952].

    All exponentials but one are powers of exp(-(V + 65) / 80).
    """
    e80 = np.exp((-65.0 - v) / 80.0)
    e20 = e80 * e80
    e20 *= e20
    e10 = e20 * e20
    for row, zero_mV, slope, scale in ((0, -40.0, 0.1, _E25), (2, -55.0, 0.01, _E1)):
        x = v - zero_mV
        opening[row] = slope * x / (1.0 - scale * e10)
        gap = np.abs(x) < _GAP_MV
        if gap.any():
            opening[row][gap] = 10.0 * slope
    opening[1] = 0.07 * e20
    closing[0] = 4.0 * np.exp((-65.0 - v) / 18.0)
    closing[1] = 1.0 / (1.0 + _E3 * e10)
    closing[2] = 0.125 * e80


@lru_cache(maxsize=64)
def _resting_gates_at(v: float) -> tuple[float, float, float]:
    return tuple(_resting_gates(v).ravel().tolist())


def _resting_gates(v) -> np.ndarray:
    """Return m, h and n after a long time at a potential, shape (3, values)."""
    opening, closing = np.empty((2, 3, np.size(v)))
    with np.errstate(invalid="ignore", divide="ignore"):
        _gate_rates(np.atleast_1d(v), opening, closing)
    return opening / (opening + closing)


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
    axon = instance("axon", _SQUID if axon is None else axon, HodgkinHuxley)

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
