"""Stage 7, closer: the acetylcholine receptor, a pore that two molecules open.

R ⇌ AR ⇌ A2R ⇌ open. The average of very many receptors follows the master equation; single
receptors open and shut at random and are drawn exactly, event by event. The current of a
quantum fades as fast as the bursts of single receptors end, because the transmitter is gone
long before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology._markov import close_rows, propagators
from lems_helpers.physiology.checks import check_fields, instance, number, numbers, whole


@dataclass(frozen=True)
class Receptor:
    """Rates of one receptor, and the pulse of acetylcholine it sees.

    Attributes
    ----------
    ach_binding_per_uM_ms : float
        Binding to each free site, 0.1 per µM and ms [ColquhounSakmann1985] (recalled).
    ach_unbinding_per_ms : float
        Dissociation from each site, 8.15 per ms [ColquhounSakmann1985] (recalled).
    pore_opening_per_ms, pore_closing_per_ms : float
        30.6 and 0.714 per ms [ColquhounSakmann1985] (recalled; frog, cooler than 29 C).
    ach_peak_uM : float
        Acetylcholine beside a release site at time 0, 500 µM (assumption).
    ach_decay_ms : float
        Time constant of its removal, 0.15 ms (assumption).
    pore_conductance_pS : float
        Conductance of one open pore, 40 pS (assumption; frog and mammal lie about it).

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    ach_binding_per_uM_ms: float = 0.1
    ach_unbinding_per_ms: float = 8.15
    pore_opening_per_ms: float = 30.6
    pore_closing_per_ms: float = 0.714
    ach_peak_uM: float = 500.0
    ach_decay_ms: float = 0.15
    pore_conductance_pS: float = 40.0

    def __post_init__(self):
        check_fields(
            self,
            ach_binding_per_uM_ms=("binding rate", 0.0, 10.0, "per µM and ms"),
            ach_unbinding_per_ms=("dissociation rate", 1e-3, 1e3, "per ms"),
            pore_opening_per_ms=("opening rate", 0.0, 1e4, "per ms"),
            pore_closing_per_ms=("closing rate", 1e-3, 1e3, "per ms"),
            ach_peak_uM=("peak of acetylcholine", 0.0, 1e5, "µM"),
            ach_decay_ms=("removal time of acetylcholine", 1e-3, 1e3, "ms"),
            pore_conductance_pS=("conductance of an open pore", 1e-3, 1e3, "pS"),
        )

    @property
    def openings_per_burst(self) -> float:
        """Mean number of openings before both molecules let go."""
        return 1.0 + self.pore_opening_per_ms / (2.0 * self.ach_unbinding_per_ms)

    @property
    def burst_ms(self) -> float:
        """Mean length of a burst, from its first opening to its last closing."""
        gap = 1.0 / (self.pore_opening_per_ms + 2.0 * self.ach_unbinding_per_ms)
        openings = self.openings_per_burst
        return openings / self.pore_closing_per_ms + (openings - 1.0) * gap

    @property
    def decay_ms(self) -> float:
        """Time constant with which the mean open probability fades without transmitter."""
        total = self.pore_opening_per_ms + self.pore_closing_per_ms + 2 * self.ach_unbinding_per_ms
        product = 2.0 * self.ach_unbinding_per_ms * self.pore_closing_per_ms
        return float(0.5 * (total + np.sqrt(total**2 - 4.0 * product)) / product)


@dataclass(frozen=True, eq=False)
class ReceptorCourse:
    """Mean behaviour of one receptor after the release of a quantum.

    Attributes
    ----------
    times_ms, acetylcholine_uM : numpy.ndarray, shape (samples,)
    states : numpy.ndarray, shape (samples, 4)
        Probability of R, AR, A2R and open; each row sums to 1.
    """

    times_ms: np.ndarray
    acetylcholine_uM: np.ndarray
    states: np.ndarray

    @property
    def open_probability(self) -> np.ndarray:
        """Probability that the pore is open, shape (samples,)."""
        return self.states[:, 3]


def mean_course(
    receptor: Receptor, duration_ms: float = 20.0, step_ms: float = 0.01
) -> ReceptorCourse:
    """Solve the master equation of the receptor by exact propagators, step by step.

    Each step uses the mean acetylcholine over the step. The result is the kernel of one
    quantum: compute it once and superpose it, as the end-plate does.

    Raises
    ------
    ValueError
        If the duration or the step is not above zero.
    """
    instance("receptor", receptor, Receptor)
    duration = number("duration", duration_ms, 0.1, 1e4, "ms")
    step = number("time step", step_ms, 1e-4, duration / 10.0, "ms")
    times = np.arange(round(duration / step) + 1) * step
    ach = receptor.ach_peak_uM * np.exp(-times / receptor.ach_decay_ms)
    mean_ach = -np.diff(ach) * receptor.ach_decay_ms / step
    # Once the transmitter is gone all steps are alike: one propagator serves the rest.
    bound = receptor.ach_binding_per_uM_ms * mean_ach * step
    busy = max(int(np.searchsorted(-bound, -1e-9)), 1)
    generators = np.zeros((busy, 4, 4))
    generators[:, 0, 1] = 2.0 * bound[:busy]
    generators[:, 1, 2] = bound[:busy]
    generators[:, 1, 0] = receptor.ach_unbinding_per_ms * step
    generators[:, 2, 1] = 2.0 * receptor.ach_unbinding_per_ms * step
    generators[:, 2, 3] = receptor.pore_opening_per_ms * step
    generators[:, 3, 2] = receptor.pore_closing_per_ms * step
    moves = propagators(close_rows(generators))
    states = np.zeros((times.size, 4))
    states[0, 0] = 1.0
    for i in range(times.size - 1):
        states[i + 1] = states[i] @ moves[min(i, busy - 1)]
    return ReceptorCourse(times, ach, states)


@dataclass(frozen=True, eq=False)
class Openings:
    """Openings of single receptors, one entry each, in the order in which they were found.

    Attributes
    ----------
    receptor : numpy.ndarray of int
        Which receptor opened.
    start_ms, end_ms : numpy.ndarray
        When; an opening that outlasts the record ends with it.
    """

    receptor: np.ndarray
    start_ms: np.ndarray
    end_ms: np.ndarray


def draw_openings(
    receptor: Receptor, rng: np.random.Generator, receptors: int, duration_ms: float = 20.0
) -> Openings:
    """Draw the openings of single receptors after the release of a quantum, exactly.

    No time step: the wait for a binding, whose rate fades with the transmitter, is found by
    inverting its integral; all other waits are exponential. Random numbers are drawn for
    every receptor in every round, so that a small change of a rate changes the picture
    little.

    Parameters
    ----------
    receptor : Receptor
    rng : numpy.random.Generator
    receptors : int
        How many receptors to follow.
    duration_ms : float
        Length of the record.

    Returns
    -------
    Openings
    """
    instance("receptor", receptor, Receptor)
    instance("random generator", rng, np.random.Generator)
    n = whole("number of receptors", receptors, 1, 1e6)
    duration = number("duration", duration_ms, 0.1, 1e4, "ms")
    r = receptor
    opening = r.pore_opening_per_ms
    # Per state: rate of the way back; the way on is a binding (0, 1), an opening (2), none (3).
    back = np.array([0.0, r.ach_unbinding_per_ms, 2.0 * r.ach_unbinding_per_ms, 0.0])
    back[3] = r.pore_closing_per_ms
    sites = np.array([2.0, 1.0, 0.0, 0.0]) * r.ach_binding_per_uM_ms * r.ach_peak_uM
    now, state = np.zeros(n), np.zeros(n, dtype=int)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    live = np.arange(n)
    while live.size:
        u = rng.random((2, n))[:, live]
        threshold_on, threshold_back = -np.log1p(-u)
        s, t = state[live], now[live]
        on = np.full(live.size, np.inf)
        # Binding: hazard still to come is sites·τ·exp(-t/τ); beyond it, it never happens.
        left = sites[s] * r.ach_decay_ms * np.exp(-t / r.ach_decay_ms)
        binds = threshold_on < left
        on[binds] = -r.ach_decay_ms * np.log1p(-threshold_on[binds] / left[binds])
        if opening > 0:
            on = np.where(s == 2, threshold_on / opening, on)
        rates = back[s]
        off = np.where(rates > 0, threshold_back / np.where(rates > 0, rates, 1.0), np.inf)
        then = t + np.minimum(on, off)
        shut = s == 3
        found.append((live[shut], t[shut], np.minimum(then[shut], duration)))
        now[live] = then
        state[live] = np.where(on < off, s + 1, s - 1)
        live = live[then < duration]
    which, start, end = (np.concatenate(column) for column in zip(*found, strict=True))
    return Openings(which, start, end)


def open_pores(openings: Openings, times_ms) -> np.ndarray:
    """Count the pores that are open at given times.

    Parameters
    ----------
    openings : Openings
    times_ms : array_like
        Any shape.

    Returns
    -------
    numpy.ndarray of int
        The shape of `times_ms`.
    """
    instance("openings", openings, Openings)
    times = numbers("times", times_ms, -1e6, 1e6, "ms")
    begun = np.searchsorted(np.sort(openings.start_ms), times, "right")
    return begun - np.searchsorted(np.sort(openings.end_ms), times, "right")


def receptors_of_a_quantum(receptor: Receptor, conductance_nS: float) -> float:
    """How many receptors one quantum must reach to make its conductance.

    Parameters
    ----------
    receptor : Receptor
    conductance_nS : float
        Peak conductance of one quantum, as in `EndPlate`.

    Returns
    -------
    float
        Receptors, open and shut at the peak together; not whole.

    Raises
    ------
    ValueError
        If no receptor ever opens.
    """
    conductance = number("conductance of one quantum", conductance_nS, 0.0, 1e4, "nS")
    open_at_peak = float(mean_course(receptor, 3.0).open_probability.max())
    if open_at_peak == 0.0:
        raise ValueError("These receptors never open; no number of them makes a conductance.")
    return 1000.0 * conductance / (receptor.pore_conductance_pS * open_at_peak)
