"""3,200 calcium channels in one impulse, 3 ms, and the open time each candidate finds.

The exact open time comes from the master equation. The course draws events and has no time
step; each run here builds its tables anew, as a slider that moves the impulse does. NEURON has
the same scheme as 3,200 single kinetic channels (`KSChan`) under the same voltage; recording
every channel for the check is left out of its time. The fixed step draws, for each channel and
step, whether the next transition happens, with rate × step for its probability: the usual
short cut. The bias is the mean over all runs with its standard error.
"""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks._timing import agree, has, interleaved, rows
from lems_helpers.physiology import calcium_channels
from lems_helpers.physiology.calcium_channels import open_probability, sample_openings, steady_state
from lems_helpers.physiology.gating import PITTSBURGH
from lems_helpers.physiology.impulse import Impulse

TITLE = "Gating of single channels"
PEERS = True
CHANNELS = 3200
WINDOW_MS = 3.0
IMPULSE = Impulse()
BEGIN_MS = IMPULSE.window_ms[0]


def run(quick: bool = False) -> list[dict]:
    """Return the rows for the course, NEURON and fixed steps."""
    t = BEGIN_MS + np.linspace(0.0, WINDOW_MS, 12_001)
    exact = CHANNELS * float(np.trapezoid(open_probability(PITTSBURGH, IMPULSE, t), t))
    candidates = {"course, event by event": _course}
    checks = {"course, event by event": (_course, 20 if quick else 200)}
    if has("neuron"):
        go, recorded = _neuron()
        candidates["NEURON KSChan, 5 µs"] = go
        checks["NEURON KSChan, 5 µs"] = (recorded, 3 if quick else 20)
    for step in (0.005, 0.01) if quick else (0.0025, 0.005, 0.01):
        name = f"NumPy, fixed step {1e3 * step:g} µs"
        candidates[name] = lambda seed=0, step=step: _fixed_step(step, seed)
        checks[name] = (candidates[name], 3 if quick else 20)
    notes = {}
    for name, (check, runs) in checks.items():
        found = np.array([check(seed) for seed in range(runs)])
        error = found.std(ddof=1) / np.sqrt(runs)
        bias, z = found.mean() - exact, (found.mean() - exact) / error
        # The course must be unbiased; the others must at least simulate the same channels.
        allowed = 0.0 if "course" in name else 0.1 * exact
        agree(f"{name}, open time in ms", found.mean(), exact, 3.0 * error + allowed)
        notes[name] = (
            f"open time {100 * bias / exact:+.1f} ± {100 * error / exact:.1f} % (z {z:+.1f})"
        )
    return rows("3,200 channels", interleaved(candidates, 2 if quick else 15), notes)


_seeds = itertools.count(1)


def _course(seed: int | None = None) -> float:
    """Return the total open time within the window, ms."""
    calcium_channels._hazard_table.cache_clear()
    drawn = sample_openings(PITTSBURGH, IMPULSE, CHANNELS, next(_seeds) if seed is None else seed)
    end = BEGIN_MS + WINDOW_MS
    return float((np.minimum(drawn.close_ms, end) - np.minimum(drawn.open_ms, end)).sum())


def _fixed_step(step: float, seed: int) -> float:
    """Draw each step's transition of each channel with rate × step."""
    rng = np.random.default_rng(seed)
    resting = np.cumsum(steady_state(PITTSBURGH, IMPULSE.rest_mV))
    state = np.searchsorted(resting[:-1], rng.random(CHANNELS), side="right")
    middles = BEGIN_MS + np.arange(0.5 * step, WINDOW_MS, step)
    rates = step * PITTSBURGH.rates_per_ms(IMPULSE.voltage_mV(middles))
    onward = np.zeros(rates.shape[:2])
    back = np.zeros(rates.shape[:2])
    onward[:, :-1] = np.diagonal(rates, 1, 1, 2)
    back[:, 1:] = np.diagonal(rates, -1, 1, 2)
    opened = 0
    for up, down in zip(onward, back, strict=True):
        luck = rng.random(CHANNELS)
        state = state + (luck < up[state]) - (luck > 1.0 - down[state])
        opened += np.count_nonzero(state == PITTSBURGH.open_state)
    return opened * step


def _neuron():
    """Return a timed run without recording, and one that returns the total open time."""
    from neuron import h

    h.load_file("stdrun.hoc")
    if not hasattr(h, "course_channel"):
        _declare(h)
    section = h.Section(name="ending")
    section.L = section.diam = 10.0
    channels = [h.course_channel(section(0.5)) for _ in range(CHANNELS)]
    for channel in channels:
        channel.gmax = 1e-12  # too little to matter to the voltage
    t = np.arange(0.0, WINDOW_MS + 0.0025, 0.005)
    times, volts = h.Vector(t), h.Vector(IMPULSE.voltage_mV(BEGIN_MS + t))
    volts.play(section(0.5)._ref_v, times, 1)
    parallel = h.ParallelContext()
    parallel.set_maxstep(10.0)
    kept = (section, channels, times, volts)

    def go():
        h.cvode_active(0)
        h.dt, h.steps_per_ms, h.secondorder = 0.005, 200, 0
        h.finitialize(IMPULSE.rest_mV)
        parallel.psolve(WINDOW_MS)

    def recorded(_seed):
        records = [h.Vector().record(channel._ref_O) for channel in kept[1]]
        go()
        return 0.005 * sum(record.sum() for record in records)

    return go, recorded


def _declare(h) -> None:
    """Tell NEURON of the scheme."""
    scheme = h.KSChan(1)
    scheme.name("course_channel")
    states = [scheme.add_ksstate(None, "C1")]
    states += [scheme.add_ksstate(scheme.gate(0), name) for name in ("C2", "C3", "O")]
    for k, state in enumerate(states):
        state.frac(k == 3)
    for k in range(3):
        transition = scheme.add_transition(states[k], states[k + 1])
        transition.type(0)
        transition.set_f(0, 2, h.Vector([(7 - k) * 0.06, 1 / 14.5, -24.0]))  # exponential
        transition.set_f(1, 4, h.Vector([(k + 1) * 1.7, 1 / 16.9, -34.0]))  # sigmoid
    scheme.gmax(1.0)
    scheme.single(1)
