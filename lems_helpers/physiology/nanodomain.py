"""Stage 3: the cloud of calcium around an open channel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import check_fields, choice, instance, number, numbers

FARADAY = 96485.33212  # C/mol (exact by the SI)

#: Calcium binding rates of mobile buffers, per M per s: BAPTA 4e8, EGTA 1e7 (recalled).
BUFFER_BINDING_PER_M_S = {"BAPTA": 4.0e8, "EGTA": 1.0e7}


@dataclass(frozen=True)
class Nanodomain:
    """How calcium spreads from an open channel into the terminal.

    Attributes
    ----------
    diffusion_um2_s : float
        Diffusion coefficient of calcium, 223 µm²/s [Allbritton1992] (recalled).
    length_constant_nm : float
        Mean distance an ion goes before a mobile buffer takes it, nm. Infinite by default:
        no mobile buffer.
    rest_uM : float
        Resting calcium, 0.05 µM (assumption).

    Raises
    ------
    ValueError
        If a value is no number or out of range.
    """

    diffusion_um2_s: float = 223.0
    length_constant_nm: float = math.inf
    rest_uM: float = 0.05

    def __post_init__(self):
        check_fields(
            self,
            diffusion_um2_s=("calcium diffusion coefficient", 1.0, 2000.0, "µm²/s"),
            rest_uM=("resting calcium", 0.0, 10.0, "µM"),
        )
        if self.length_constant_nm != math.inf:
            check_fields(self, length_constant_nm=("buffer length constant", 1.0, math.inf, "nm"))


def calcium_per_pA(distance_nm, nanodomain: Nanodomain | None = None) -> np.ndarray | float:
    """Calcium above rest per pA of inward current, at a distance from the open channel.

    Steady flux out of a point source into a half space (hemisphere), with loss to a
    mobile buffer: half the current in moles over 2 pi D r, times exp(-r / length constant).

    Parameters
    ----------
    distance_nm : float or array_like
        1 to 10,000 nm.
    nanodomain : Nanodomain, optional

    Returns
    -------
    float or ndarray, same shape
        µM per pA.
    """
    nanodomain = instance(
        "nanodomain", Nanodomain() if nanodomain is None else nanodomain, Nanodomain
    )
    r = numbers("distance from the channel", distance_nm, 1.0, 10_000.0, "nm")
    mol_per_s = 1e-12 / (2.0 * FARADAY)
    spread_m3_s = 2.0 * math.pi * (nanodomain.diffusion_um2_s * 1e-12) * (r * 1e-9)
    # 1 mol/m3 = 1 mM = 1000 µM
    per_pA = 1e3 * mol_per_s / spread_m3_s * np.exp(-r / nanodomain.length_constant_nm)
    return float(per_pA) if per_pA.ndim == 0 else per_pA


def calcium_uM(current_pA, distance_nm, nanodomain: Nanodomain | None = None) -> np.ndarray | float:
    """Calcium at a distance from one open channel, rest included.

    For several open channels add their contributions (`calcium_per_pA`) and the rest once.

    Parameters
    ----------
    current_pA : float or array_like
        Single-channel current, inward negative. An outward current brings no calcium in.
    distance_nm : float or array_like
        Broadcast against `current_pA`.
    nanodomain : Nanodomain, optional

    Returns
    -------
    float or ndarray
        µM.

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """
    nanodomain = instance(
        "nanodomain", Nanodomain() if nanodomain is None else nanodomain, Nanodomain
    )
    current = numbers("channel current", current_pA, -1e4, 1e4, "pA")
    influx = np.maximum(-current, 0.0)
    calcium = nanodomain.rest_uM + influx * calcium_per_pA(distance_nm, nanodomain)
    return float(calcium) if np.ndim(calcium) == 0 else calcium


def length_constant_nm(
    buffer: str, concentration_mM: float, nanodomain: Nanodomain | None = None
) -> float:
    """Distance over which a mobile buffer takes up calcium: sqrt(D / (kon B)).

    The buffer is taken to stay free (excess buffer).

    Parameters
    ----------
    buffer : {"BAPTA", "EGTA"}
        Binding rates are in `BUFFER_BINDING_PER_M_S`.
    concentration_mM : float
        Free buffer, 0 to 100 mM; 0 gives infinity.
    nanodomain : Nanodomain, optional
        Supplies the diffusion coefficient.

    Returns
    -------
    float
        nm. About 24 nm in 1 mM BAPTA.
    """
    buffer = choice("buffer", buffer, BUFFER_BINDING_PER_M_S)
    concentration = number(f"{buffer} concentration", concentration_mM, 0.0, 100.0, "mM")
    nanodomain = instance(
        "nanodomain", Nanodomain() if nanodomain is None else nanodomain, Nanodomain
    )
    if concentration == 0.0:
        return math.inf
    uptake_per_s = BUFFER_BINDING_PER_M_S[buffer] * concentration * 1e-3
    return math.sqrt(nanodomain.diffusion_um2_s * 1e6 / uptake_per_s)
