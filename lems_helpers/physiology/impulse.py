"""Stage 1: the action potential that reaches the nerve terminal.

`Impulse` is a closed form, quick enough to stand behind every panel.
`hodgkin_huxley` lets the impulse arise from sodium and potassium channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lems_helpers.physiology.checks import check_fields, instance, number, numbers


@dataclass(frozen=True)
class Impulse:
    """The nerve-terminal action potential as the product of a rising and a falling sigmoid.

    Attributes
    ----------
    rest_mV : float
        Resting potential, -70 mV (assumption).
    peak_mV : float
        Peak of the impulse, +31 mV [PyNEUCell].
    width : float
        Width factor, 1 = healthy; a potassium-channel block makes it larger.
    rise_ms : float
        Time constant of the rising sigmoid, 0.035 ms (assumption).
    fall_ms : float
        Time constant of the falling sigmoid at width 1, 0.060 ms (assumption);
        it grows with the square root of the width.
    plateau_ms : float
        Delay of the fall behind the rise at width 1, 0.150 ms (assumption). With the
        three time constants the full width at half height is 0.206 ms, close to the
        0.20 ms of the mouse drive [PyNEUCell].
    onset_ms : float
        Midpoint of the rise, 0.5 ms (assumption): it only places the impulse on the axis.

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    rest_mV: float = -70.0
    peak_mV: float = 31.0
    width: float = 1.0
    rise_ms: float = 0.035
    fall_ms: float = 0.060
    plateau_ms: float = 0.150
    onset_ms: float = 0.5

    def __post_init__(self):
        check_fields(
            self,
            rest_mV=("resting potential", -120.0, -20.0, "mV"),
            peak_mV=("peak of the impulse", -20.0, 120.0, "mV"),
            width=("impulse width factor", 0.1, 20.0, ""),
            rise_ms=("rise time constant", 0.005, 1.0, "ms"),
            fall_ms=("fall time constant", 0.005, 1.0, "ms"),
            plateau_ms=("plateau duration", 0.0, 5.0, "ms"),
            onset_ms=("impulse onset", 0.0, 1000.0, "ms"),
        )

    @property
    def fall_start_ms(self) -> float:
        """Midpoint of the falling sigmoid, in ms."""
        return self.onset_ms + self.plateau_ms * self.width

    @property
    def fall_constant_ms(self) -> float:
        """Time constant of the fall at this width, in ms."""
        return self.fall_ms * math.sqrt(self.width)

    @property
    def window_ms(self) -> tuple[float, float]:
        """Times before and after which the membrane is within 0.01 mV of rest, in ms."""
        begin = self.onset_ms - 10.0 * self.rise_ms
        return begin, self.fall_start_ms + 10.0 * self.fall_constant_ms

    def voltage_mV(self, t_ms) -> np.ndarray | float:
        """Membrane potential at the given times.

        Parameters
        ----------
        t_ms : float or array_like
            Times in ms, any shape.

        Returns
        -------
        float or ndarray, same shape
            Potential in mV.
        """
        t = numbers("time", t_ms, unit="ms", allow_empty=True)
        height, _ = _shape_peak(self)
        shape = np.exp(
            -np.logaddexp(0.0, (self.onset_ms - t) / self.rise_ms)
            - np.logaddexp(0.0, (t - self.fall_start_ms) / self.fall_constant_ms)
        )
        voltage = self.rest_mV + (self.peak_mV - self.rest_mV) * shape / height
        return float(voltage) if voltage.ndim == 0 else voltage


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def _shape(impulse: Impulse, t: float) -> float:
    rising = _sigmoid((t - impulse.onset_ms) / impulse.rise_ms)
    return rising * _sigmoid((impulse.fall_start_ms - t) / impulse.fall_constant_ms)


def _bisect(is_low, low: float, high: float) -> float:
    for _ in range(60):
        middle = 0.5 * (low + high)
        if is_low(middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@lru_cache(maxsize=256)
def _shape_peak(impulse: Impulse) -> tuple[float, float]:
    """Height of the unscaled shape and the time of its peak."""

    def is_rising(t: float) -> bool:
        up = _sigmoid((impulse.onset_ms - t) / impulse.rise_ms) / impulse.rise_ms
        down = _sigmoid((t - impulse.fall_start_ms) / impulse.fall_constant_ms)
        return up > down / impulse.fall_constant_ms

    reach = 50.0 * (impulse.rise_ms + impulse.fall_constant_ms)
    time = _bisect(is_rising, impulse.onset_ms - reach, impulse.fall_start_ms + reach)
    return _shape(impulse, time), time


def full_width_half_height_ms(impulse: Impulse) -> float:
    """Full width of the impulse half-way between rest and peak, in ms.

    Raises
    ------
    ValueError
        If `impulse` is no `Impulse`.
    """
    instance("impulse", impulse, Impulse)
    height, top = _shape_peak(impulse)
    reach = 50.0 * (impulse.rise_ms + impulse.fall_constant_ms)
    begin = _bisect(lambda t: _shape(impulse, t) < height / 2, impulse.onset_ms - reach, top)
    end = _bisect(lambda t: _shape(impulse, t) > height / 2, top, impulse.fall_start_ms + reach)
    return end - begin


def width_from_amifampridine(
    concentration_uM: float, partial_block: float = 0.584, classic_block: float = 2.0
) -> float:
    """Width factor of the impulse in amifampridine (3,4-diaminopyridine).

    A high-affinity partial block of potassium channels acts at 1-10 µM, the classic
    block at 0.1-1 mM [Ojala2021]. Each follows a simple binding curve with half
    effect at 3 µM and 300 µM (assumption).

    Parameters
    ----------
    concentration_uM : float
        0 to 10,000 µM; a clinical serum level is about 1 µM.
    partial_block : float
        Widening when the high-affinity block is complete, 0.584, calibrated to what the
        drug does to patients' muscles [Keogh2011].
    classic_block : float
        Widening when the classic block is complete, 2.0 (assumption; only for
        demonstrations near 100 µM).

    Returns
    -------
    float
        Width factor, 1 without the drug.

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """
    c = number("amifampridine concentration", concentration_uM, 0.0, 10_000.0, "µM")
    a = number("widening by the partial block", partial_block, 0.0, 5.0)
    b = number("widening by the classic block", classic_block, 0.0, 10.0)
    return 1.0 + a * c / (c + 3.0) + b * c / (c + 300.0)
