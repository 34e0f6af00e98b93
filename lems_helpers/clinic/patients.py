"""Virtual patients: how severity and muscle differ from one person to the next.

Each population is a named distribution. All its spreads are assumptions; its centre is the
calibrated typical patient. Severity s is lognormal about 1, and a survival S of the typical
patient becomes S**s: someone with s = 2 has lost twice over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.disease import (
    TYPICAL_CHANNEL_SURVIVAL,
    TYPICAL_ZONE_SURVIVAL,
    botulism,
    lems,
    myasthenia_gravis,
)
from lems_helpers.clinic.muscles import NamedMuscle
from lems_helpers.physiology.checks import choice, instance, number, whole
from lems_helpers.physiology.junction import Junction, human

SEVERITY_SPREAD = 0.30  # sd of log severity, as of quantal content over end-plates (assumption)
BALANCE_SPREAD = 0.20  # sd of the log share of channels against zones (assumption)
#: Survival of channels that alone gives the quantal content of the typical patient.
CHANNELS_ALONE = 0.284
TYPICAL_RECEPTOR_SURVIVAL = 0.5  # myasthenia gravis (assumption)
TYPICAL_SENSOR_SURVIVAL = 0.25  # botulism (assumption)


@dataclass(frozen=True)
class VirtualPatient:
    """One person, drawn from a population.

    Attributes
    ----------
    severity : float
        1 in the typical patient, 0 when healthy.
    junction : Junction
        The mean end-plate of the muscle examined.
    muscle : NamedMuscle
    """

    severity: float
    junction: Junction
    muscle: NamedMuscle


def _healthy(junction, severity, balance):
    return junction


def _lems(junction, severity, balance):
    channels = TYPICAL_CHANNEL_SURVIVAL ** (severity * balance)
    return lems(junction, channels, TYPICAL_ZONE_SURVIVAL ** (severity / balance))


def _lems_channels_alone(junction, severity, balance):
    return lems(junction, channel_survival=CHANNELS_ALONE**severity)


def _myasthenia(junction, severity, balance):
    return myasthenia_gravis(junction, TYPICAL_RECEPTOR_SURVIVAL**severity)


def _botulism(junction, severity, balance):
    return botulism(junction, TYPICAL_SENSOR_SURVIVAL**severity)


_POPULATIONS: dict[str, Callable[[Junction, float, float], Junction]] = {
    "healthy": _healthy,
    "lems": _lems,
    "lems, channels alone": _lems_channels_alone,
    "myasthenia gravis": _myasthenia,
    "botulism": _botulism,
}


def population_names() -> tuple[str, ...]:
    """Return the names of the populations patients can be drawn from."""
    return tuple(_POPULATIONS)


def junction_with(population: str, severity: float = 1.0, healthy: Junction | None = None):
    """Return the junction of a population at a severity, both losses of LEMS in their usual parts.

    Parameters
    ----------
    population : str
        As in `draw_patient`.
    severity : float
        0 (healthy) to 5; 1 is the typical patient.
    healthy : Junction, optional
        What the disease acts on; `human()` when left out.

    Returns
    -------
    Junction

    Raises
    ------
    ValueError
        If there is no such population, or the severity is out of range.
    """
    ill = _POPULATIONS[choice("population", population, _POPULATIONS)]
    return ill(_base(healthy), number("severity", severity, 0.0, 5.0), 1.0)


def _base(healthy: Junction | None) -> Junction:
    return human() if healthy is None else instance("healthy junction", healthy, Junction)


def patient_streams(seed: int, index: int) -> tuple[np.random.Generator, ...]:
    """Random streams of one patient of a seed: the person, the stimulator and the needle.

    They depend on nothing else, so that the same people can be met again in a larger cohort, by
    another test or under a treatment.

    Parameters
    ----------
    seed : int
    index : int
        Which patient, from 0.

    Returns
    -------
    tuple of numpy.random.Generator
        Three.

    Raises
    ------
    ValueError
        If one of the two is no whole number from 0.
    """
    root = whole("seed", seed, 0)
    # The i-th child that SeedSequence(root).spawn would give, without the others.
    child = np.random.SeedSequence(root, spawn_key=(whole("patient", index, 0),))
    return tuple(np.random.default_rng(stream) for stream in child.spawn(3))


def draw_patient(
    population: str, muscle: NamedMuscle, rng: np.random.Generator, healthy: Junction | None = None
) -> VirtualPatient:
    """Draw one person.

    Parameters
    ----------
    population : str
        "healthy"; "lems" (channels and zones lost, each to the power of the severity, more of
        the one or the other by chance); "lems, channels alone" (the same severities, and the
        same quantal content in the typical patient); "myasthenia gravis"; "botulism".
    muscle : NamedMuscle
    rng : numpy.random.Generator
        The same state draws the same severity and muscle whatever the population.
    healthy : Junction, optional
        What the disease acts on; `human()` when left out.

    Returns
    -------
    VirtualPatient

    Raises
    ------
    ValueError
        If there is no such population.
    """
    ill = _POPULATIONS[choice("population", population, _POPULATIONS)]
    instance("muscle", muscle, NamedMuscle)
    instance("random generator", rng, np.random.Generator)
    z = rng.standard_normal(3).tolist()
    spread = math.sqrt(math.log1p(muscle.cmap_cv**2))
    size = muscle.cmap_mean_mV * math.exp(spread * z[0] - 0.5 * spread**2)
    base = _base(healthy).with_(cmap_full_mV=size)
    severity = 0.0 if population == "healthy" else math.exp(SEVERITY_SPREAD * z[1])
    return VirtualPatient(severity, ill(base, severity, math.exp(BALANCE_SPREAD * z[2])), muscle)
