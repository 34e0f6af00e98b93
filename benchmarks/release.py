"""The release probability of a vesicle to 1 % standard error.

The course solves the master equation; it has no standard error, and the same solution answers
for every combination of channels left. Its caches are emptied before each run. The others
draw vesicles, in runs small enough to wait for, and their times are multiplied by what 1 %
still needs: halving the error of a Monte Carlo takes four times the work. NumPy and Brian2
draw the four channels and the sensor of each vesicle in fixed steps of 2 µs, the usual way.
The course's own sampler draws channels event by event and works out the sensor's chance to
fuse instead of drawing it, so that it needs far fewer vesicles: it shows what a clever Monte
Carlo can do.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks._timing import agree, has, interleaved, rows
from lems_helpers.physiology import _joint_chain, release
from lems_helpers.physiology.gating import PITTSBURGH, steady_state
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.nanodomain import calcium_per_pA
from lems_helpers.physiology.release import release_probability
from lems_helpers.physiology.single_impulse import draw_impulse

TITLE = "Release probability"
PEERS = True
MOUSE = mouse()
STEP_MS = 0.002
WANTED = 0.01  # relative standard error


def run(quick: bool = False) -> list[dict]:
    """Return the rows for normal and for low calcium."""
    vesicles, rounds = (300, 1) if quick else (2000, 3)
    exact = release_probability(MOUSE)
    candidates = {"course, master equation": _exact}
    notes = {"course, master equation": f"p = {exact:.4f}, without error"}
    scale = {}
    peers = {"NumPy, fixed steps": _numpy_fates(vesicles)}
    if has("brian2"):
        peers["Brian2, fixed steps"] = _brian_fates(vesicles)
    for name, draw in peers.items():
        shares = [draw() for _ in range(2 if quick else 4)]
        error = math.sqrt(exact * (1.0 - exact) / (vesicles * len(shares)))
        # Steps of 2 µs lose about 1 % of the calcium, hence some of the release.
        agree(f"{name}, release probability", np.mean(shares), exact, 3 * error + 0.05 * exact)
        candidates[name] = draw
        scale[name] = (1.0 - exact) / exact / WANTED**2 / vesicles
        notes[name] = _note(np.mean(shares) / exact, error / exact, scale[name] * vesicles)
    table = rows(
        "p at 2 mM calcium", *_with_sampler(candidates, notes, scale, MOUSE, exact, quick, rounds)
    )
    low = MOUSE.with_(calcium_mM=0.25)
    exact = release_probability(low)
    candidates = {"course, master equation": lambda: _exact(low)}
    notes = {"course, master equation": f"p = {exact:.2g}, without error"}
    return table + rows(
        "p at 0.25 mM calcium", *_with_sampler(candidates, notes, {}, low, exact, quick, rounds)
    )


def _with_sampler(candidates, notes, scale, junction, exact, quick, rounds):
    """Add the course's sampler, time all, and return what `rows` wants."""
    zones = junction.terminal.zones
    check = draw_impulse(junction.with_(zones=4000 if quick else 60_000), seed=1)
    by_zone = check.fusion_probability.reshape(check.zones, -1).mean(axis=1)
    error = by_zone.std() / math.sqrt(check.zones)
    agree("course, drawn: release probability", by_zone.mean(), exact, 3 * error)
    name = "course, drawn event by event"
    needed = (by_zone.std() / exact / WANTED) ** 2
    candidates[name] = lambda: draw_impulse(junction, seed=2)
    scale[name] = needed / zones
    vesicles = needed * check.vesicles_per_zone
    notes[name] = _note(by_zone.mean() / exact, error / exact, vesicles)
    return interleaved(candidates, rounds), notes, scale


def _note(relative: float, error: float, vesicles: float) -> str:
    return (
        f"p {100 * (relative - 1):+.0f} ± {100 * error:.0f} %; 1 % takes {vesicles:,.0f} vesicles"
    )


def _exact(junction=MOUSE) -> float:
    release._known.cache_clear()
    _joint_chain.solve_gating.cache_clear()
    return release_probability(junction)


# --- Monte Carlo in fixed steps ----------------------------------------------------------------


def _steps():
    """Return, for every step, α and β of the gating × step, and the influx of one channel, pA."""
    begin, end = MOUSE.impulse.window_ms
    t = np.arange(begin + 0.5 * STEP_MS, end + _joint_chain.HORIZON_MS, STEP_MS)
    volts = MOUSE.impulse.voltage_mV(t)
    rates = PITTSBURGH.rates_per_ms(volts) * STEP_MS
    influx = MOUSE.channels.conductance_at_pS() * 1e-3 * np.maximum(60.0 - volts, 0.0)
    return rates[:, 0, 1] / 7.0, rates[:, 1, 0], influx


def _resting_states(rng, shape):
    resting = np.cumsum(steady_state(PITTSBURGH, MOUSE.impulse.rest_mV))[:-1]
    return np.searchsorted(resting, rng.random(shape), side="right")


def _numpy_fates(vesicles: int):
    """Return a function that draws vesicles and gives the share released."""
    rng = np.random.default_rng(1)
    alpha, beta, influx = _steps()
    per_pA = calcium_per_pA([27.7, 27.7, 49.7, 49.7])[:, None]
    bound = np.arange(7)
    binding = STEP_MS * 0.09 * np.maximum(5 - bound, 0)
    unbinding = STEP_MS * 9.5 * bound * 0.25 ** (bound - 1.0) * (bound < 6)
    fusing = STEP_MS * 6.0 * (bound == 5)
    onward, back = np.array([7.0, 6.0, 5.0, 0.0]), np.arange(4.0)

    def draw() -> float:
        channel = _resting_states(rng, (4, vesicles))
        sensor = np.zeros(vesicles, dtype=int)
        for a, b, i in zip(alpha, beta, influx, strict=True):
            luck = rng.random(channel.shape)
            calcium = 0.05 + i * ((channel == 3) * per_pA).sum(axis=0)
            channel += (luck < a * onward[channel]).astype(int)
            channel -= luck > 1.0 - b * back[channel]
            luck = rng.random(vesicles)
            up = luck < binding[sensor] * calcium + fusing[sensor]
            sensor += up.astype(int) - (luck > 1.0 - unbinding[sensor])
        return float(np.mean(sensor == 6))

    return draw


def _brian_fates(vesicles: int):
    """Return the same as `_numpy_fates`, said in Brian2's language."""
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    b2.prefs.logging.console_log_level = "ERROR"
    step = STEP_MS * b2.ms
    names = ("alpha", "beta", "influx")
    namespace = {
        name: b2.TimedArray(values, dt=step) for name, values in zip(names, _steps(), strict=True)
    }
    near, far = calcium_per_pA([27.7, 49.7])
    gates = "\n".join(
        f"u{i} = rand()\n"
        f"c{i} = c{i} + int(u{i} < (7-c{i})*alpha(t)*int(c{i} < 3)) - int(u{i} > 1-c{i}*beta(t))"
        for i in range(4)
    )
    is_open = [f"int(c{i} == 3)" for i in range(4)]
    per_pA = f"{near}*({is_open[0]}+{is_open[1]}) + {far}*({is_open[2]}+{is_open[3]})"
    code = f"""
        ca = 0.05 + influx(t)*({per_pA})
        {gates}
        w = rand()
        on = ((5-k)*0.09*ca*int(k < 5) + 6.0*int(k == 5))*{STEP_MS}
        off = k*9.5*0.25**(k-1)*int(k < 6)*{STEP_MS}
        k = k + int(w < on) - int(w > 1-off)
        """
    code = "\n".join(line.strip() for line in code.strip().splitlines())
    equations = "".join(f"c{i} : integer\n" for i in range(4)) + "k : integer"
    group = b2.NeuronGroup(vesicles, equations, namespace=namespace, dt=step)
    group.run_regularly(code, dt=step)
    network = b2.Network(group)
    network.store()
    rng = np.random.default_rng(2)
    length = len(_steps()[0]) * step

    def draw() -> float:
        network.restore()
        for i, states in enumerate(_resting_states(rng, (4, vesicles))):
            setattr(group, f"c{i}", states)
        network.run(length)
        return float(np.mean(np.array(group.k) == 6))

    return draw
