"""One broken link of the message: what is left after it, and which other breaks look the same.

A muscle can be weak because of any link. `break_link` says what one impulse still achieves at
every stage; `left_for` turns it round and finds how far another link must be broken for the
same weakness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lems_helpers.clinic.disease import botulism, lems, low_calcium, myasthenia_gravis
from lems_helpers.physiology.checks import choice, number
from lems_helpers.physiology.end_plate import epp_amplitude, mepp_amplitude
from lems_helpers.physiology.influx import terminal_influx
from lems_helpers.physiology.junction import Junction, human
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.release import quantal_content

FAULTS = ("nerve", "channels", "calcium", "release", "receptors")


@dataclass(frozen=True)
class BrokenLink:
    """What one impulse still achieves in a muscle with one link broken.

    Attributes
    ----------
    fault : str
        One of `FAULTS`.
    left : float
        What is left of that link, 0 to 1.
    impulses, calcium, packets, packet_effect, end_plate : float
        Impulses that arrive, calcium ions that enter, packets released, potential made by one
        packet and end-plate potential: means over all junctions of the muscle, each as a share
        of the healthy one.
    firing : float
        Share of all muscle fibres that fire (0.99 in the healthy muscle).
    """

    fault: str
    left: float
    impulses: float
    calcium: float
    packets: float
    packet_effect: float
    end_plate: float
    firing: float


def with_broken(fault: str, left: float) -> Junction:
    """Return the human junction with one link broken.

    Parameters
    ----------
    fault : {"nerve", "channels", "calcium", "release", "receptors"}
        Nerve fibres cut (the junctions they reach stay healthy); calcium channels lost as in
        Lambert-Eaton syndrome, half of the loss, on a scale of ratios, as single channels and
        half as whole zones (assumption); too little calcium outside; release machinery cut as
        in botulism; receptors lost as in myasthenia gravis.
    left : float
        What is left of that link, 0 to 1.

    Returns
    -------
    Junction
    """
    choice("broken link", fault, FAULTS)
    left = number("what is left of the link", left, 0.0, 1.0)
    healthy = human()
    if fault == "channels":
        return lems(healthy, math.sqrt(left), math.sqrt(left))
    if fault == "calcium":
        return low_calcium(healthy, left * healthy.terminal.calcium_mM)
    if fault == "release":
        return botulism(healthy, left)
    return myasthenia_gravis(healthy, left) if fault == "receptors" else healthy


def break_link(fault: str, left: float) -> BrokenLink:
    """Break one link of a human muscle's junctions and see what one impulse still achieves.

    Parameters
    ----------
    fault, left
        As for `with_broken`.

    Returns
    -------
    BrokenLink
    """
    choice("broken link", fault, FAULTS)
    return _break(fault, number("what is left of the link", left, 0.0, 1.0))


@lru_cache(maxsize=1024)
def _break(fault: str, left: float) -> BrokenLink:
    now, healthy = with_broken(fault, left), human()
    arrive = left if fault == "nerve" else 1.0
    content, full = quantal_content(now), quantal_content(healthy)
    plate = now.end_plate
    epp, full_epp = (
        float(epp_amplitude(j.end_plate, m)) for j, m in ((now, content), (healthy, full))
    )
    return BrokenLink(
        fault,
        left,
        impulses=arrive,
        calcium=arrive * terminal_influx(now).percent_of_healthy / 100,
        packets=arrive * content / full,
        packet_effect=mepp_amplitude(plate) / mepp_amplitude(healthy.end_plate),
        end_plate=arrive * epp / full_epp,
        firing=_firing(fault, left),
    )


def left_for(fault: str, firing: float) -> float:
    """How much of a link is left when a given share of the muscle fibres fires.

    Parameters
    ----------
    fault : str
        One of `FAULTS`.
    firing : float
        Share of the fibres, 0 to 1. A muscle never fires more than when healthy, so that for
        a larger share the whole link is left; where hardly any fires, any small share may do.

    Returns
    -------
    float
        0 to 1; correct to 1 in 1,000.

    Raises
    ------
    ValueError
        If the fault is unknown or the share is outside 0 to 1.
    """
    choice("broken link", fault, FAULTS)
    wanted = number("share of the fibres that fire", firing, 0.0, 1.0)
    left, curve = _firing_curve(fault)
    return float(np.interp(wanted, curve, left))


def _firing(fault: str, left: float) -> float:
    now = with_broken(fault, left)
    fraction = fraction_firing(now.muscle, now.end_plate, now.quanta, quantal_content(now))
    return float(left if fault == "nerve" else 1.0) * float(fraction)


@lru_cache(maxsize=8)
def _firing_curve(fault: str) -> tuple[np.ndarray, np.ndarray]:
    """Finely spaced shares of a link that may be left, and the share of fibres that then fires."""
    coarse = np.linspace(0.0, 1.0, 26)
    firing = np.array([_firing(fault, left) for left in coarse.tolist()])
    fine = np.linspace(0.0, 1.0, 4001)
    # Rounding may leave a step of 1e-17 down where nothing fires; a search needs order.
    return fine, np.maximum.accumulate(_monotone_cubic(fine, coarse, firing))


def _monotone_cubic(x: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Draw a smooth rising curve through rising values at even knots, for `x` within them.

    Cubic Hermite pieces whose slopes at the knots are harmonic means of the steps on either
    side: what SciPy calls PCHIP, without the second that importing SciPy takes.
    """
    step = knots[1] - knots[0]
    rise = np.diff(values) / step
    before, after = rise[:-1], rise[1:]
    inner = 2.0 * before * after / np.maximum(before + after, 1e-300)
    ends = 1.5 * rise[[0, -1]] - 0.5 * rise[[1, -2]]
    ends = np.clip(ends, 0.0, 3.0 * rise[[0, -1]])
    slope = np.concatenate([ends[:1], inner, ends[1:]])
    i = np.minimum(((x - knots[0]) / step).astype(int), len(rise) - 1)
    u = (x - knots[i]) / step
    bend = (slope[i] + slope[i + 1] - 2.0 * rise[i]) * u
    return values[i] + step * u * (
        slope[i] + u * (3.0 * rise[i] - 2.0 * slope[i] - slope[i + 1] + bend)
    )
