"""Stage 7: the end-plate turns quanta into a potential.

Every quantum opens a conductance that rises and falls as two exponentials; the membrane, one
compartment, answers to their sum. As the potential nears the reversal potential each further
quantum adds less. `respond` gives the waveform, `epp_amplitude` the peak for whole
populations in closed form. How single receptors make the conductance is in `receptor`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, number, numbers, whole
from lems_helpers.physiology.remembered import remembered

_NS_TIMES_MOHM = 1e-3  # nS x MΩ, and nS x mV in nA


@dataclass(frozen=True)
class EndPlate:
    """The muscle's side of the junction.

    Attributes
    ----------
    quantal_conductance_nS : float
        Peak conductance opened by one quantum, 49 nS, which gives the miniature of 1 mV
        measured in human muscle at 29 C [Engel] (recalled).
    conductance_rise_ms : float
        Time constant of its rise, 0.2 ms (assumption).
    conductance_decay_ms : float
        Time constant of its decay at rest, 3.2 ms at 29 C [Engel] (recalled).
    decay_efold_mV : float
        Depolarisation that quickens the decay e-fold, 100 mV [MaglebyStevens1972] (recalled).
    end_plate_reversal_mV : float
        Potential at which the current changes sign, 0 mV (assumption).
    muscle_rest_mV : float
        Resting potential of the fibre, -80 mV (assumption).
    input_resistance_MOhm : float
        Resistance of the fibre seen from the end-plate, 0.5 MΩ (assumption).
    membrane_ms : float
        Membrane time constant, 2 ms (assumption).
    summation_factor : float
        Factor of the closed form for nonlinear summation, 0.8 [McLachlanMartin1981]
        (recalled): the capacitance lets a brief current saturate less than a steady one.
    esterase_inhibition : float
        Part of the acetylcholinesterase out of action, 0 to 1. The decay time constant
        grows by half of it, the peak conductance by 0.15 of it (both assumptions).

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    quantal_conductance_nS: float = 49.0
    conductance_rise_ms: float = 0.2
    conductance_decay_ms: float = 3.2
    decay_efold_mV: float = 100.0
    end_plate_reversal_mV: float = 0.0
    muscle_rest_mV: float = -80.0
    input_resistance_MOhm: float = 0.5
    membrane_ms: float = 2.0
    summation_factor: float = 0.8
    esterase_inhibition: float = 0.0

    def __post_init__(self):
        check_fields(
            self,
            quantal_conductance_nS=("conductance of one quantum", 0.0, 1e4, "nS"),
            conductance_rise_ms=("rise of the conductance", 0.01, 5.0, "ms"),
            conductance_decay_ms=("decay of the conductance", 0.1, 200.0, "ms"),
            decay_efold_mV=("e-fold change of the decay", 10.0, 1e9, "mV"),
            end_plate_reversal_mV=("reversal potential", -20.0, 30.0, "mV"),
            muscle_rest_mV=("resting potential of the fibre", -120.0, -40.0, "mV"),
            input_resistance_MOhm=("input resistance", 0.001, 100.0, "MΩ"),
            membrane_ms=("membrane time constant", 0.05, 100.0, "ms"),
            summation_factor=("summation factor", 0.0, 1.0, ""),
            esterase_inhibition=("inhibited part of the esterase", 0.0, 1.0, ""),
        )
        if self.conductance_decay_ms <= self.conductance_rise_ms:
            raise ValueError("The conductance must decay more slowly than it rises.")

    @property
    def peak_conductance_nS(self) -> float:
        """Peak conductance of one quantum with the esterase as it is."""
        return self.quantal_conductance_nS * (1.0 + 0.15 * self.esterase_inhibition)

    def decay_ms(self, voltage_mV):
        """Decay time constant at a membrane potential, with the esterase as it is."""
        at_rest = self.conductance_decay_ms * (1.0 + 0.5 * self.esterase_inhibition)
        return at_rest * np.exp((self.muscle_rest_mV - voltage_mV) / self.decay_efold_mV)

    @property
    def driving_force_mV(self) -> float:
        """From rest to reversal."""
        return self.end_plate_reversal_mV - self.muscle_rest_mV


# Constants of human muscle at 29 C; the mouse end-plate is taken to be like it (assumption).
MOUSE = HUMAN = EndPlate()


@dataclass(frozen=True, eq=False)
class Response:
    """What an electrode at the end-plate records.

    Attributes
    ----------
    times_ms : numpy.ndarray, shape (samples,)
    conductance_nS, current_nA, voltage_mV : numpy.ndarray, shape (trials..., samples)
        Inward current is negative.
    """

    times_ms: np.ndarray
    conductance_nS: np.ndarray
    current_nA: np.ndarray
    voltage_mV: np.ndarray


def respond(
    end_plate: EndPlate,
    arrivals_ms,
    sizes=1.0,
    *,
    trial=None,
    trials: int | None = None,
    clamp_mV: float | None = None,
    follow_voltage: bool = False,
    duration_ms: float = 30.0,
    step_ms: float = 0.01,
) -> Response:
    """Answer of the end-plate to quanta: miniatures, end-plate currents and potentials.

    Each exponential is summed exactly, wherever between two samples a quantum arrives; the
    membrane equation is stepped with the exact solution for the mean conductance of a step.

    Parameters
    ----------
    end_plate : EndPlate
    arrivals_ms : array_like
        When each quantum arrives; may be empty.
    sizes : array_like
        Size of each quantum relative to the mean one.
    trial : array_like of int, optional
        To which trial (0, 1, ...) each quantum belongs, when several are wanted at once.
    trials : int, optional
        How many trials there are; needed with `trial`.
    clamp_mV : float, optional
        Holds the membrane at this potential, for end-plate currents.
    follow_voltage : bool
        Let the decay of the conductance quicken as the fibre depolarises
        [MaglebyStevens1972]. Without it the decay is that at rest (or at the clamp).
    duration_ms, step_ms : float
        Length and step of the record.

    Returns
    -------
    Response
        With an axis for the trials if `trial` is given.

    Raises
    ------
    ValueError
        If a quantum comes before time 0, is negative, or belongs to no trial.
    """
    instance("end-plate", end_plate, EndPlate)
    duration = number("length of the record", duration_ms, 0.1, 1e4, "ms")
    step = number("time step", step_ms, 1e-4, duration / 10.0, "ms")
    arrivals = numbers("arrival times of quanta", arrivals_ms, 0.0, 1e6, "ms", allow_empty=True)
    weights = numbers("sizes of quanta", sizes, 0.0, 1e6, allow_empty=True)
    arrivals, weights = np.broadcast_arrays(arrivals, weights)
    if trial is None:
        rows, owner = 1, np.zeros(arrivals.size, dtype=int)
    else:
        rows = whole("number of trials", trials, 1, 1e6)
        owner = numbers("trial of each quantum", trial, 0, rows - 1, allow_empty=True)
        if (owner % 1 != 0).any():
            raise ValueError("trial of each quantum must hold whole numbers.")
        owner = np.broadcast_to(owner, arrivals.shape).astype(int).ravel()
    hold = end_plate.muscle_rest_mV
    if clamp_mV is not None:
        hold = number("holding potential", clamp_mV, -200.0, 200.0, "mV")

    highest = end_plate.end_plate_reversal_mV if follow_voltage and clamp_mV is None else hold
    if end_plate.decay_ms(max(highest, hold)) <= end_plate.conductance_rise_ms:
        raise ValueError(
            f"At {max(highest, hold):g} mV the conductance would decay faster than it rises; "
            "this end-plate cannot be followed there."
        )

    times = np.arange(round(duration / step) + 1) * step
    quanta = (arrivals.ravel(), weights.ravel(), owner, rows)
    fast = _exponentials(quanta, times, end_plate.conductance_rise_ms)
    decay = float(end_plate.decay_ms(hold))
    scale = end_plate.peak_conductance_nS / _peak_of_difference(
        end_plate.conductance_rise_ms, float(end_plate.decay_ms(end_plate.muscle_rest_mV))
    )
    conductance = scale * (_exponentials(quanta, times, decay) - fast)
    if clamp_mV is not None:
        voltage = np.full_like(conductance, hold)
    else:
        voltage = _charge(end_plate, conductance, step)
        if follow_voltage:
            # The conductance shapes the potential and the potential the conductance: a few
            # rounds settle both, because the dependence is gentle.
            for _ in range(6):
                middle = 0.5 * (voltage[..., 1:] + voltage[..., :-1])
                slow = _exponentials(quanta, times, decay, end_plate.decay_ms(middle))
                conductance = scale * (slow - fast)
                voltage = _charge(end_plate, conductance, step)
    current = conductance * (voltage - end_plate.end_plate_reversal_mV) * _NS_TIMES_MOHM
    shape = (times.size,) if trial is None else (rows, times.size)
    return Response(
        times, conductance.reshape(shape), current.reshape(shape), voltage.reshape(shape)
    )


@remembered(256)
def mepp_amplitude(end_plate: EndPlate) -> float:
    """Amplitude of the potential of one mean quantum, in mV."""
    instance("end-plate", end_plate, EndPlate)
    rise, membrane = end_plate.conductance_rise_ms, end_plate.membrane_ms
    quicker = min(float(end_plate.decay_ms(end_plate.muscle_rest_mV)), membrane)
    # The peak comes within a few of the quicker of the two slow time constants.
    span, step = 10.0 * (rise + quicker), min(rise, quicker) / 20.0
    record = respond(end_plate, [0.0], duration_ms=span, step_ms=step)
    return float(record.voltage_mV.max()) - end_plate.muscle_rest_mV


def epp_amplitude(end_plate: EndPlate, quanta) -> np.ndarray:
    """Peak of the end-plate potential for a number of quanta arriving together.

    Closed form for nonlinear summation, EPP = m·q/(1 + f·m·q/D), with the miniature's
    amplitude q and the driving force D [McLachlanMartin1981]. It agrees with the compartment
    within 2 % up to 60 quanta.

    Parameters
    ----------
    end_plate : EndPlate
    quanta : array_like
        Quanta, or their summed size in mean quanta; any shape.

    Returns
    -------
    numpy.ndarray
        Amplitude in mV above rest.
    """
    m = numbers("number of quanta", quanta, 0.0, 1e9)
    linear = m * mepp_amplitude(end_plate)
    return linear / (1.0 + end_plate.summation_factor * linear / end_plate.driving_force_mV)


def quanta_needed(end_plate: EndPlate, epp_mV) -> np.ndarray:
    """Quanta that give an end-plate potential: the inverse of `epp_amplitude`.

    Returns
    -------
    numpy.ndarray
        Number of mean quanta, not whole; infinite beyond what any number can reach.
    """
    quantal = mepp_amplitude(end_plate)
    epp = numbers("end-plate potential", epp_mV, 0.0, 1e6, "mV")
    left = 1.0 - end_plate.summation_factor * epp / end_plate.driving_force_mV
    reachable = (left > 0) & (quantal > 0)
    divisor = np.where(reachable, left * max(quantal, 1e-300), 1.0)
    return np.where(reachable, epp / divisor, np.inf)


# Sums and steps ---------------------------------------------------------------------------


def _peak_of_difference(rise_ms: float, decay_ms: float) -> float:
    """Largest value of exp(-t/decay) - exp(-t/rise)."""
    peak = math.log(decay_ms / rise_ms) * decay_ms * rise_ms / (decay_ms - rise_ms)
    return math.exp(-peak / decay_ms) - math.exp(-peak / rise_ms)


def _exponentials(quanta, times: np.ndarray, decay_ms: float, decays_ms=None) -> np.ndarray:
    """Sum of exponentials that start off the grid; `decays_ms` gives a decay per step."""
    arrivals, weights, owner, rows = quanta
    step = times[1]
    sample = np.ceil(arrivals / step - 1e-9).astype(int)
    seen = sample < times.size
    sample, owner = sample[seen], owner[seen]
    late = np.maximum(sample * step - arrivals[seen], 0.0)
    started = weights[seen] * np.exp(-late / decay_ms)
    push = np.bincount(owner * times.size + sample, started, rows * times.size)
    kept = np.full((1, times.size), math.exp(-step / decay_ms))
    if decays_ms is not None:
        kept = np.ones((rows, times.size))
        kept[:, 1:] = np.exp(-step / decays_ms)
    return _affine_scan(kept, push.reshape(rows, times.size))


def _charge(end_plate: EndPlate, conductance: np.ndarray, step: float) -> np.ndarray:
    """Membrane potential of one compartment under a conductance (trials, samples)."""
    mean = 0.5 * (conductance[:, 1:] + conductance[:, :-1])
    load = end_plate.input_resistance_MOhm * _NS_TIMES_MOHM * mean
    kept = np.ones_like(conductance)
    push = np.zeros_like(conductance)
    kept[:, 1:] = np.exp(-step / end_plate.membrane_ms * (1.0 + load))
    push[:, 1:] = (1.0 - kept[:, 1:]) * end_plate.driving_force_mV * load / (1.0 + load)
    return end_plate.muscle_rest_mV + _affine_scan(kept, push)


def _affine_scan(kept: np.ndarray, push: np.ndarray) -> np.ndarray:
    """Solve y[i] = kept[i]·y[i-1] + push[i] from y[-1] = 0 along the last axis.

    Blocks of about √n samples are scanned side by side, then joined: 2√n array operations
    instead of n scalar ones, and no overflow however long the record.
    """
    rows, n = push.shape
    block = math.isqrt(n - 1) + 1
    blocks = -(-n // block)
    # Time within a block comes first, so that every operation runs over whole rows.
    y = np.zeros((block, rows, blocks))
    gain = np.ones((block, kept.shape[0], blocks))
    padded = np.zeros((rows, block * blocks))
    padded[:, :n] = push
    y[:] = padded.reshape(rows, blocks, block).transpose(2, 0, 1)
    padded = np.ones((kept.shape[0], block * blocks))
    padded[:, :n] = kept
    gain[:] = padded.reshape(kept.shape[0], blocks, block).transpose(2, 0, 1)
    for i in range(1, block):
        y[i] += gain[i] * y[i - 1]
        gain[i] *= gain[i - 1]
    for j in range(1, blocks):
        y[:, :, j] += gain[:, :, j] * y[-1, :, j - 1]
    return y.transpose(1, 2, 0).reshape(rows, -1)[:, :n]
