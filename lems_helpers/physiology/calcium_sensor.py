"""Stage 4, first half: the calcium sensor that lets a vesicle fuse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology import _markov
from lems_helpers.physiology.checks import check_fields, instance, number, numbers


@dataclass(frozen=True)
class Sensor:
    """Cooperative calcium sensor of a docked vesicle [SchneggenburgerNeher2000].

    Calcium ions bind one after another; each bound ion holds the others faster. Only
    the fully loaded sensor fuses the vesicle.

    Attributes
    ----------
    sites : int
        Calcium ions needed, 5 [SchneggenburgerNeher2000] (recalled).
    binding_per_M_s : float
        Binding rate of one site, 9e7 per M per s [SchneggenburgerNeher2000] (recalled).
    unbinding_per_s : float
        Unbinding rate of the first ion, 9.5e3 per s [SchneggenburgerNeher2000] (recalled).
    cooperativity : float
        Factor by which each further bound ion slows unbinding, 0.25
        [SchneggenburgerNeher2000] (recalled).
    fusion_per_s : float
        Fusion rate of the loaded sensor, 6e3 per s [SchneggenburgerNeher2000] (recalled).

    Raises
    ------
    ValueError
        If a value is no finite number or out of range.
    """

    sites: int = 5
    binding_per_M_s: float = 9.0e7
    unbinding_per_s: float = 9.5e3
    cooperativity: float = 0.25
    fusion_per_s: float = 6.0e3

    def __post_init__(self):
        check_fields(
            self,
            sites=("number of sensor sites", 1, 8, ""),
            binding_per_M_s=("sensor binding rate", 0.0, 1e10, "per M per s"),
            unbinding_per_s=("sensor unbinding rate", 0.0, 1e7, "per s"),
            cooperativity=("sensor cooperativity factor", 0.0, 1.0, ""),
            fusion_per_s=("fusion rate", 0.0, 1e7, "per s"),
        )

    @property
    def states(self) -> int:
        """Number of states: 0 to `sites` ions bound, then fused."""
        return self.sites + 2

    def rates_per_ms(self, calcium_uM) -> np.ndarray:
        """Rate matrix of the sensor.

        Parameters
        ----------
        calcium_uM : float or array_like
            Calcium at the vesicle, any shape.

        Returns
        -------
        ndarray, shape (..., states, states)
            Rows "from", columns "to", per ms; the last state is "fused".
        """
        c = numbers("calcium at the sensor", calcium_uM, 0.0, 1e6, "µM")
        rates = np.zeros((*c.shape, self.states, self.states))
        for bound in range(self.sites):
            # 1 per M per s = 1e-9 per µM per ms
            rates[..., bound, bound + 1] = (self.sites - bound) * self.binding_per_M_s * 1e-9 * c
            unbinding = (bound + 1) * self.unbinding_per_s * 1e-3
            rates[..., bound + 1, bound] = unbinding * self.cooperativity**bound
        rates[..., self.sites, self.sites + 1] = self.fusion_per_s * 1e-3
        return _markov.close_rows(rates)


def fusion_probability(sensor: Sensor, calcium_uM, duration_ms: float) -> np.ndarray | float:
    """Probability that a vesicle fuses within a step of constant calcium.

    Parameters
    ----------
    sensor : Sensor
    calcium_uM : float or array_like
        Calcium during the step.
    duration_ms : float
        0 to 1,000 ms.

    Returns
    -------
    float or ndarray, same shape as `calcium_uM`
    """
    instance("sensor", sensor, Sensor)
    duration = number("duration of the calcium step", duration_ms, 0.0, 1000.0, "ms")
    fused = _markov.propagators(sensor.rates_per_ms(calcium_uM) * duration)[..., 0, -1]
    return float(fused) if fused.ndim == 0 else fused
