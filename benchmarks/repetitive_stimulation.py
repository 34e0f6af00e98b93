"""Ten stimuli at 3 per second to a muscle of 3,000 fibres with LEMS, and the decrement.

The course takes the release probability once from the exact solution and lets the pool of each
fibre follow in closed form from stimulus to stimulus. Quanta, sizes and thresholds are drawn
anew in every run; with expected values in their place no chance is left. NumPy draws the fate of
every single vesicle. Brian2 steps the same recursion as a group of neurons, with Poisson
release. The last row is what it would take to draw every calcium channel of every fibre at every
stimulus, from the time of one.
"""

from __future__ import annotations

import numpy as np

from benchmarks._timing import agree, has, interleaved, rows
from lems_helpers.clinic.disease import typical_lems
from lems_helpers.clinic.electrodiagnosis import decrement_percent, low_rate
from lems_helpers.physiology.end_plate import quanta_needed
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.muscle import draw_fibres, fires
from lems_helpers.physiology.plasticity import modulation, regular_train
from lems_helpers.physiology.release import release_probability
from lems_helpers.physiology.single_impulse import draw_impulse

TITLE = "Repetitive nerve stimulation"
PEERS = True
PATIENT = typical_lems(human())
FIBRES, STIMULI, RATE_HZ = 3000, 10, 3.0


def run(quick: bool = False) -> list[dict]:
    """Return the rows of the protocol."""
    course = modulation(PATIENT.plasticity, regular_train(RATE_HZ, STIMULI))
    drawn = {"course, drawn": _drawn, "NumPy, vesicle by vesicle": _vesicles(course)}
    if has("brian2"):
        drawn["Brian2, fibre by fibre"] = _brian(course)
    expected = low_rate(PATIENT)
    mean = "course, expected values"
    notes = {mean: f"decrement {expected.decrement_percent:.1f} %"}
    for name, candidate in drawn.items():
        runs = np.array([candidate() for _ in range(4 if quick else 15)])
        cmap_mV, error = runs.mean(axis=0), runs.std(axis=0, ddof=1) / np.sqrt(len(runs))
        # Poisson release is a little more variable than binomial: 3 % of the answer is allowed.
        allowed = 0.03 * expected.recording.cmap_mV[0]
        for found, wanted, sem in zip(cmap_mV, expected.recording.cmap_mV, error, strict=True):
            agree(f"{name}, CMAP in mV", found, wanted, 3.0 * sem + allowed)
        decrement = float(decrement_percent(cmap_mV))
        notes[name] = f"decrement {decrement:.1f} %"
    candidates = {**drawn, mean: lambda: low_rate(PATIENT)}
    single = "course, every channel each time"
    candidates[single] = lambda: draw_impulse(PATIENT, seed=1)
    notes[single] = "from one fibre and one stimulus"
    times = interleaved(candidates, 2 if quick else 10)
    return rows("10 stimuli, 3,000 fibres", times, notes, {single: FIBRES * STIMULI})


_rng = np.random.default_rng(1)


def _drawn() -> np.ndarray:
    return low_rate(PATIENT, _rng, RATE_HZ, STIMULI, FIBRES).recording.cmap_mV


def _vesicles(course):
    """Draw for every docked vesicle whether it goes and whether it is replaced."""
    p0 = release_probability(PATIENT)
    ceiling = PATIENT.plasticity.release_ceiling

    def draw() -> np.ndarray:
        fibres = draw_fibres(PATIENT.muscle, _rng, FIBRES)
        places = np.floor(PATIENT.docked_vesicles * fibres.content + _rng.random(FIBRES))
        real = np.arange(int(places.max())) < places[:, None]
        ready = real.copy()
        fired = []
        for factor, empty in zip(course.factor, [*course.left_empty, 0.0], strict=True):
            goes = ready & (_rng.random(ready.shape) < min(p0 * factor, ceiling))
            ready &= ~goes
            released = goes.sum(axis=1)
            fired.append(fires(fibres, PATIENT.end_plate, PATIENT.quanta, _rng, released).mean())
            ready |= real & (_rng.random(ready.shape) >= empty)
        return PATIENT.muscle.cmap_full_mV * np.array(fired)

    return draw


def _brian(course):
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    b2.prefs.logging.console_log_level = "ERROR"
    pause = b2.second / RATE_HZ
    p0, ceiling = release_probability(PATIENT), PATIENT.plasticity.release_ceiling
    namespace = {
        "factor": b2.TimedArray(course.factor, dt=pause),
        "empty": b2.TimedArray([*course.left_empty, 0.0], dt=pause),
        "cv": PATIENT.quanta.size_cv,
    }
    group = b2.NeuronGroup(
        FIBRES, "pool : 1\nready : 1\nneed : 1\nfired : 1", namespace=namespace, dt=pause
    )
    group.run_regularly(
        f"""
        k = clip(poisson(ready*clip({p0}*factor(t), 0, {ceiling})), 0, ready)
        fired = int(k + cv*sqrt(k)*randn() >= need)
        ready = pool - (pool - ready + k)*empty(t)
        """,
        dt=pause,
    )
    monitor = b2.StateMonitor(group, "fired", record=True, dt=pause, when="end")
    network = b2.Network(group, monitor)
    network.store()

    def draw() -> np.ndarray:
        network.restore()
        fibres = draw_fibres(PATIENT.muscle, _rng, FIBRES)
        group.pool = group.ready = PATIENT.docked_vesicles * fibres.content
        group.need = quanta_needed(PATIENT.end_plate, fibres.threshold_mV)
        network.run(STIMULI * pause)
        return PATIENT.muscle.cmap_full_mV * np.array(monitor.fired).mean(axis=0)

    return draw
