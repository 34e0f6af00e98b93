"""What breaks when one number of the model is changed, everything else kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from lems_helpers.evidence.comparison import Comparison, Junctions, quick_values
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.checks import choice, number
from lems_helpers.physiology.junction import Junction

LOWEST, HIGHEST = 0.5, 2.0


def _scaled(*names: str) -> Callable[[Junction, float], Junction]:
    """Return a change that multiplies the named numbers of a junction."""

    def change(junction: Junction, factor: float) -> Junction:
        groups = (junction.zone, junction.channels, junction.sensor, junction.terminal)
        groups += (junction.nanodomain, junction.end_plate, junction.muscle, junction.impulse)
        found = {
            name: getattr(group, name) * factor
            for name in names
            for group in groups
            if hasattr(group, name)
        }
        return junction.with_(**found)

    return change


#: What can be changed, in plain words, and how.
ASSUMPTIONS: dict[str, Callable[[Junction, float], Junction]] = {
    "distance from channel to vesicle": _scaled("near_nm", "far_nm"),
    "conductance of one calcium channel": _scaled("conductance_pS"),
    "width of the nerve impulse": _scaled("width"),
    "how fast calcium spreads": _scaled("diffusion_um2_s"),
    "how fast calcium binds the sensor": _scaled("binding_per_M_s"),
    "how fast calcium leaves the sensor": _scaled("unbinding_per_s"),
    "conductance opened by one packet": _scaled("quantal_conductance_nS"),
    "resistance of the muscle fibre": _scaled("input_resistance_MOhm"),
    "firing threshold of the fibre": _scaled("threshold_mV"),
}


@lru_cache(maxsize=512)
def changed_rows(assumption: str, factor: float) -> tuple[Comparison, ...]:
    """Compute the quick rows with one assumption multiplied by a factor.

    Parameters
    ----------
    assumption : str
        A key of `ASSUMPTIONS`.
    factor : float
        0.5 to 2; 1 is the model as it stands.

    Returns
    -------
    tuple of Comparison
        In the order of `comparison.QUICK`.

    Raises
    ------
    ValueError
        If the assumption is unknown or the factor out of range.
    """
    choice("assumption", assumption, ASSUMPTIONS)
    factor = number("factor", factor, LOWEST, HIGHEST)
    change = ASSUMPTIONS[assumption]
    changed = Junctions(*(change(junction, factor) for junction in Junctions()))
    how = f"{assumption} x {factor:g}"
    return tuple(
        Comparison(measurement(id), value, how) for id, value in quick_values(changed).items()
    )
