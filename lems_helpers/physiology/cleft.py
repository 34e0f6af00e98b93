"""Between stages 5 and 7: acetylcholine drifts across the gap to the muscle."""

from __future__ import annotations

import numpy as np

from lems_helpers.physiology.checks import number, numbers

#: Width of the gap between nerve ending and muscle fibre, nm (recalled).
GAP_NM = 50.0
#: How fast acetylcholine spreads in the gap, µm²/s (assumption: less than half of what small
#: molecules do in free water).
ACETYLCHOLINE_UM2_PER_S = 400.0


def diffusion_ms(distance_nm, diffusion_um2_per_s: float = ACETYLCHOLINE_UM2_PER_S):
    """Mean time a molecule needs to first reach a wall by drifting at random, x²/(2·D).

    It starts at one wall, through which it cannot go back, and moves towards the other; what it
    does sideways does not matter.

    Parameters
    ----------
    distance_nm : float or array_like
        Distance between the walls, any shape.
    diffusion_um2_per_s : float
        Diffusion coefficient, 0.001 to 1,000,000 µm²/s.

    Returns
    -------
    float or ndarray, same shape
        Time in ms.

    Raises
    ------
    ValueError
        If a distance is negative, or a value is no finite number or out of range.
    """
    distance_um = 1e-3 * numbers("distance", distance_nm, 0.0, 1e12, "nm")
    spread = number("diffusion coefficient", diffusion_um2_per_s, 1e-3, 1e6, "µm²/s")
    time = 1e3 * np.square(distance_um) / (2.0 * spread)
    return float(time) if time.ndim == 0 else time
