"""The muscles a laboratory records from."""

from __future__ import annotations

from dataclasses import dataclass

from lems_helpers.physiology.checks import check_fields, choice


@dataclass(frozen=True)
class NamedMuscle:
    """A muscle, as people differ in it.

    Attributes
    ----------
    name : str
    cmap_mean_mV : float
        Mean amplitude among healthy people, when every fibre fires (assumption).
    cmap_cv : float
        Coefficient of variation among them, lognormal, 0.20 (assumption).
    cmap_lower_limit_mV : float
        Amplitudes below it are called low (recalled, from laboratories' usual limits).
    """

    name: str
    cmap_mean_mV: float
    cmap_lower_limit_mV: float
    cmap_cv: float = 0.20

    def __post_init__(self):
        check_fields(
            self,
            cmap_mean_mV=("mean CMAP of healthy people", 0.1, 50.0, "mV"),
            cmap_lower_limit_mV=("lower limit of a normal CMAP", 0.0, 50.0, "mV"),
            cmap_cv=("variation (CV) of the CMAP among people", 0.0, 1.0, ""),
        )


_MUSCLES = {
    one.name: one
    for one in (
        NamedMuscle("abductor digiti minimi", 10.0, 6.0),
        NamedMuscle("abductor pollicis brevis", 10.0, 4.0),
        NamedMuscle("extensor digitorum brevis", 6.0, 2.0),
    )
}


def muscle_names() -> tuple[str, ...]:
    """Return the names of the muscles that can be recorded from."""
    return tuple(_MUSCLES)


def named_muscle(name: str) -> NamedMuscle:
    """Return a muscle by its name.

    Raises
    ------
    ValueError
        If there is no such muscle; the message lists them.
    """
    return _MUSCLES[choice("muscle", name, _MUSCLES)]
