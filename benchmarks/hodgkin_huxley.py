"""The squid's impulse, 10 ms, and every candidate's error against an exact solution.

The reference is SciPy's DOP853 at a tolerance of 1e-12, restarted at the edges of the stimulus;
errors are the largest over the whole trace. NEURON is timed from its compiled loop (`psolve`),
from the usual `continuerun`, with its rate tables off where the error matters and on where
speed does, and with its variable step; it keeps the potential at 101 times, the course potential,
gates and currents of all 1,001 steps. numba compiles the course's own lines; its first call,
which every new session pays, is given in the remark.
"""

from __future__ import annotations

import math
import time

import numpy as np

from benchmarks._timing import agree, has, interleaved, rows
from lems_helpers.physiology import hodgkin_huxley as course
from lems_helpers.physiology.hodgkin_huxley import HodgkinHuxley, hodgkin_huxley, voltage_sweep

TITLE = "An impulse of Hodgkin and Huxley"
PEERS = True
GRID_MS = np.linspace(0.0, 10.0, 101)
PIECES = ((0.0, 1.0, 0.0), (1.0, 1.5, 20.0), (1.5, 10.0, 0.0))  # from, to, stimulus


def run(quick: bool = False) -> list[dict]:
    """Return the rows for one impulse and for a sweep of many."""
    return _one(2 if quick else 25) + _sweep(60 if quick else 10_000, 1 if quick else 2)


def _one(rounds: int) -> list[dict]:
    exact = _scipy("DOP853", 1e-12)()
    candidates = {"course, 10 µs": lambda: hodgkin_huxley().voltage_mV[::10]}
    if has("neuron"):
        candidates |= _neuron()
    candidates["SciPy LSODA, 1e-6"] = _scipy("LSODA", 1e-6)
    if has("brian2"):
        candidates["Brian2 rk4, 10 µs"] = _brian([HodgkinHuxley()])
    notes = {}
    if has("numba"):
        candidates["numba, the course's lines"], first_ms = _numba()
        notes["numba, the course's lines"] = f"first call {first_ms / 1e3:.1f} s; "
    allowed_mV = {"course, 10 µs": 0.1, "NEURON psolve, rate tables": 1.0}
    for name, candidate in candidates.items():
        error = float(np.abs(candidate() - exact).max())
        agree(f"{name}, error in mV", error, 0.0, allowed_mV.get(name, 0.6))
        notes[name] = f"{notes.get(name, '')}error {error:.2g} mV"
    return rows("one impulse", interleaved(candidates, rounds), notes)


def _sweep(count: int, rounds: int) -> list[dict]:
    change = np.random.default_rng(1).uniform(0.9, 1.1, (count, 2))
    axons = [HodgkinHuxley(sodium_mS_cm2=120 * a, potassium_mS_cm2=36 * b) for a, b in change]
    candidates = {"course, side by side": lambda: voltage_sweep(axons, keep_every=10)[1]}
    part = 10 if count > 1000 else 1
    few, one_by_one = axons[::part], {}
    if has("neuron"):
        one_by_one["NEURON psolve, one by one"] = _neuron()["NEURON psolve"]
    if has("numba"):
        one_by_one["numba, one by one"] = _numba()[0]
    for name, solve in one_by_one.items():
        candidates[name] = lambda solve=solve: np.array([solve(axon) for axon in few])
    if has("brian2"):
        candidates["Brian2 rk4, one group"] = _brian(axons)
    alone = np.array([hodgkin_huxley(axon).voltage_mV[::10] for axon in few[::100]])
    for name, candidate in candidates.items():
        stride = 100 if name in one_by_one else 100 * part
        found = candidate()[::stride]
        error = float(np.abs(found - alone).max())
        agree(f"{name}, difference in mV", error, 0.0, 1e-6 if "course" in name else 1.0)
    words = f"{len(few):,} of them, in proportion" if part > 1 else ""
    notes, scale = dict.fromkeys(one_by_one, words), dict.fromkeys(one_by_one, part)
    return rows(f"{count:,} impulses", interleaved(candidates, rounds), notes, scale)


def _scipy(method: str, tolerance: float):
    from scipy.integrate import solve_ivp

    def linoid(x):
        return 1.0 + x / 2 if abs(x) < 1e-8 else x / -math.expm1(-x)

    def slopes(_, y, stimulus):
        v, m, h, n = y
        ionic = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.3)
        return [
            stimulus - ionic,
            linoid((v + 40) / 10) * (1 - m) - 4 * math.exp(-(v + 65) / 18) * m,
            0.07 * math.exp(-(v + 65) / 20) * (1 - h) - h / (1 + math.exp(-(v + 35) / 10)),
            0.1 * linoid((v + 55) / 10) * (1 - n) - 0.125 * math.exp(-(v + 65) / 80) * n,
        ]

    rest = hodgkin_huxley(duration_ms=0.1)

    def solve():
        y = [-65.0, rest.m[0], rest.h[0], rest.n[0]]
        volts = [-65.0]
        for begin, end, stimulus in PIECES:
            times = np.arange(round(10 * begin) + 1, round(10 * end) + 1) / 10.0
            options = {"args": (stimulus,), "rtol": tolerance, "atol": tolerance}
            solution = solve_ivp(slopes, (begin, end), y, method, times, **options)
            y = solution.y[:, -1]
            volts.extend(solution.y[0])
        return np.array(volts)

    return solve


def _neuron():
    from neuron import h

    h.load_file("stdrun.hoc")
    patch = h.Section(name="patch")
    patch.L = patch.diam = 10.0
    patch.insert("hh")
    clamp = h.IClamp(patch(0.5))
    clamp.delay, clamp.dur = 1.0, 0.5
    clamp.amp = 20.0 * patch(0.5).area() * 1e-5  # 20 µA/cm² in nA
    parallel = h.ParallelContext()
    parallel.set_maxstep(11.0)
    grid = h.Vector(GRID_MS)
    samples = h.Vector().record(patch(0.5)._ref_v, grid)

    def solver(go, tables=False, variable=False):
        def solve(axon=None, keep=(patch, clamp, grid)):  # NEURON does not
            h.celsius, h.dt, h.steps_per_ms, h.secondorder = 6.3, 0.01, 100, 2
            h.usetable_hh = int(tables)
            h.cvode_active(int(variable))
            h.cvode.atol(1e-6)
            site = patch(0.5).hh
            site.gnabar, site.gkbar = 0.12, 0.036
            if axon is not None:
                site.gnabar = 1e-3 * axon.sodium_mS_cm2
                site.gkbar = 1e-3 * axon.potassium_mS_cm2
            h.finitialize(-65.0)
            go(10.01)  # one step more, for the sample at 10 ms
            return np.array(samples)

        return solve

    return {
        "NEURON psolve": solver(parallel.psolve),
        "NEURON psolve, rate tables": solver(parallel.psolve, tables=True),
        "NEURON continuerun": solver(h.continuerun),
        "NEURON variable step, 1e-6": solver(parallel.psolve, variable=True),
    }


def _brian(axons):
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    b2.prefs.logging.console_log_level = "ERROR"
    b2.start_scope()
    b2.defaultclock.dt = 0.01 * b2.ms
    group = b2.NeuronGroup(
        len(axons),
        """
        dv/dt = (I - gna*m**3*h*(v-50) - gk*n**4*(v+77) - 0.3*(v+54.3))/ms : 1
        I = 20.0*int(t >= 0.999999*ms)*int(t < 1.499999*ms) : 1
        dm/dt = (0.1*(v+40)/(1-exp(-(v+40)/10))*(1-m) - 4*exp(-(v+65)/18)*m)/ms : 1
        dh/dt = (0.07*exp(-(v+65)/20)*(1-h) - h/(1+exp(-(v+35)/10)))/ms : 1
        dn/dt = (0.01*(v+55)/(1-exp(-(v+55)/10))*(1-n) - 0.125*exp(-(v+65)/80)*n)/ms : 1
        gna : 1 (constant)
        gk : 1 (constant)
        """,
        method="rk4",
    )
    monitor = b2.StateMonitor(group, "v", record=True, dt=0.1 * b2.ms)
    network = b2.Network(group, monitor)
    rest = hodgkin_huxley(duration_ms=0.1)
    group.v, group.m, group.h, group.n = -65.0, rest.m[0], rest.h[0], rest.n[0]
    group.gna = [axon.sodium_mS_cm2 for axon in axons]
    group.gk = [axon.potassium_mS_cm2 for axon in axons]
    network.store()

    def solve():
        network.restore()
        network.run(10.0 * b2.ms)
        volts = np.concatenate([monitor.v, np.array(group.v)[:, None]], axis=1)
        return volts[0] if len(axons) == 1 else volts

    return solve


def _numba():
    """Return a solver, and how long its first call took, ms."""
    import numba

    march = numba.njit(course._march)

    @numba.njit
    def kept(drives, gates, g_na, g_k):
        m, h, n = gates
        volts = march(drives, -65.0, m, h, n, 0.005, g_na, g_k, 50.0, -77.0, 0.3, 100.0)[0]
        return np.array(volts)[::10]

    usual = HodgkinHuxley()
    drives = np.diff(course._charge_given(usual, 0.01 * np.arange(1001))) / 0.01 - 0.3 * 54.3
    gates = tuple(course._resting_gates(-65.0).ravel().tolist())

    def solve(axon=usual):
        return kept(drives, gates, axon.sodium_mS_cm2, axon.potassium_mS_cm2)

    start = time.perf_counter()
    solve()
    return solve, 1e3 * (time.perf_counter() - start)
