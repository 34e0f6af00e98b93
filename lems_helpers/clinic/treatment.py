"""Treatments as functions from a junction to a junction. They compose, in any order.

What acts on the antibody, over days and weeks, acts on a junction through the survival of its
channels: see `antibodies`. Tablets over a day are in `tablets`.
"""

from __future__ import annotations

from lems_helpers.physiology.checks import instance, number
from lems_helpers.physiology.impulse import width_from_amifampridine
from lems_helpers.physiology.junction import Junction

GV58_HALF_UM = 8.8  # concentration at which half the channels are slowed (recalled)


def amifampridine(junction: Junction, concentration_uM: float) -> Junction:
    """Amifampridine (3,4-diaminopyridine): blocks potassium channels, widens the impulse.

    It does not act on the calcium channels at clinical doses [Ojala2021].

    Parameters
    ----------
    junction : Junction
    concentration_uM : float
        In serum, 0 to 10,000 µM; a clinical peak is about 1 µM.

    Returns
    -------
    Junction
    """
    instance("junction", junction, Junction)
    wider = width_from_amifampridine(concentration_uM)
    return junction.with_(width=junction.impulse.width * wider)


def pyridostigmine(junction: Junction, inhibited: float) -> Junction:
    """Pyridostigmine: acetylcholine is broken down more slowly, each quantum lasts longer.

    What an inhibited esterase does to the conductance is described in `EndPlate`.

    Parameters
    ----------
    junction : Junction
    inhibited : float
        Fraction of the acetylcholinesterase out of action, 0 to 1.

    Returns
    -------
    Junction
    """
    active = 1.0 - number("inhibited part of the esterase", inhibited, 0.0, 1.0)
    plate = instance("junction", junction, Junction).end_plate
    return junction.with_(esterase_inhibition=1.0 - (1.0 - plate.esterase_inhibition) * active)


def gv58(junction: Junction, concentration_uM: float) -> Junction:
    """GV-58, an experimental drug: calcium channels that have opened close more slowly.

    A fraction c/(c + 8.8 µM) of the channels (recalled) closes five times more slowly
    (assumption; `CalciumChannels.slowing`).

    Parameters
    ----------
    junction : Junction
    concentration_uM : float
        0 to 1,000 µM.

    Returns
    -------
    Junction
    """
    c = number("GV-58 concentration", concentration_uM, 0.0, 1000.0, "µM")
    channels = instance("junction", junction, Junction).channels
    untouched = (1.0 - channels.slowed_fraction) * GV58_HALF_UM / (GV58_HALF_UM + c)
    return junction.with_(slowed_fraction=1.0 - untouched)
