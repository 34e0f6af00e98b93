"""Diseases and baths as functions from a junction to a junction. They compose."""

from __future__ import annotations

from lems_helpers.physiology.checks import instance, number
from lems_helpers.physiology.junction import Junction

#: Survival of channels and of active zones in a typical patient, calibrated to measurements
#: by `lems_helpers.evidence.calibration`. Together they leave about a quarter of release.
TYPICAL_CHANNEL_SURVIVAL = 0.566
TYPICAL_ZONE_SURVIVAL = 0.464


def lems(
    junction: Junction,
    channel_survival: float = 1.0,
    zone_survival: float = 1.0,
    disorganisation: float = 0.0,
    compensation: float = 0.0,
) -> Junction:
    """Lambert-Eaton myasthenic syndrome: channels lost, zones lost, channels scattered.

    Applied twice, losses multiply: a half of a half is a quarter.

    Parameters
    ----------
    junction : Junction
    channel_survival : float
        Probability that each calcium channel survives, 0 to 1.
    zone_survival : float
        Fraction of active zones that survive, 0 to 1.
    disorganisation : float
        0 to 1: how far the surviving channels have moved outward, from their place
        to 100 nm [Fukunaga1982] [Fukunaga1983] (recalled; the distance is an assumption).
    compensation : float
        0 to 1: probability that each place for an L-type channel, 70 nm away, is
        filled (assumption).

    Returns
    -------
    Junction

    Raises
    ------
    ValueError
        If `junction` is no `Junction` or a value is outside 0 to 1.
    """
    instance("junction", junction, Junction)
    zone = junction.zone
    kept = 1.0 - number("disorganisation", disorganisation, 0.0, 1.0)
    unfilled = 1.0 - number("compensation", compensation, 0.0, 1.0)
    return junction.with_(
        channel_survival=zone.channel_survival
        * number("channel survival", channel_survival, 0.0, 1.0),
        zone_survival=junction.terminal.zone_survival
        * number("zone survival", zone_survival, 0.0, 1.0),
        disorganisation=1.0 - (1.0 - zone.disorganisation) * kept,
        compensation=1.0 - (1.0 - zone.compensation) * unfilled,
    )


def typical_lems(junction: Junction) -> Junction:
    """Lambert-Eaton myasthenic syndrome as in a typical patient: channels and zones lost."""
    return lems(junction, TYPICAL_CHANNEL_SURVIVAL, TYPICAL_ZONE_SURVIVAL)


def myasthenia_gravis(junction: Junction, receptor_survival: float) -> Junction:
    """Myasthenia gravis: acetylcholine receptors lost, so that every quantum does less.

    Quantal size falls in proportion and quantal content stays, as in intercostal muscle
    [ElmqvistQuastel1965] (recalled). That the terminal does not answer by releasing more is
    an assumption. Applied twice, losses multiply.

    Parameters
    ----------
    junction : Junction
    receptor_survival : float
        Fraction of the receptors that survive, 0 to 1.

    Returns
    -------
    Junction
    """
    kept = number("receptor survival", receptor_survival, 0.0, 1.0)
    plate = instance("junction", junction, Junction).end_plate
    return junction.with_(quantal_conductance_nS=plate.quantal_conductance_nS * kept)


def botulism(junction: Junction, sensor_survival: float) -> Junction:
    """Botulism: the toxin cuts the fusion machinery, so that fewer vesicles can be released.

    The vesicles left behave like healthy ones: the same release probability from a smaller
    pool (assumption). Applied twice, losses multiply.

    Parameters
    ----------
    junction : Junction
    sensor_survival : float
        Fraction of the docked vesicles that can still fuse, 0 to 1.

    Returns
    -------
    Junction
    """
    kept = number("sensor survival", sensor_survival, 0.0, 1.0)
    terminal = instance("junction", junction, Junction).terminal
    return junction.with_(sensor_survival=terminal.sensor_survival * kept)


def low_calcium(junction: Junction, calcium_mM: float) -> Junction:
    """Return the junction in a bath with another external calcium.

    Parameters
    ----------
    junction : Junction
    calcium_mM : float
        External calcium, 0 to 100 mM; 2 mM is usual.

    Returns
    -------
    Junction
    """
    return instance("junction", junction, Junction).with_(calcium_mM=calcium_mM)


def high_magnesium(junction: Junction, magnesium_mM: float) -> Junction:
    """Return the junction in a bath with another external magnesium.

    Magnesium competes with calcium for entry [DodgeRahamimoff1967]; the constants are
    fields of `CalciumChannels`.

    Parameters
    ----------
    junction : Junction
    magnesium_mM : float
        External magnesium, 0 to 100 mM; 1 mM is usual.

    Returns
    -------
    Junction
    """
    return instance("junction", junction, Junction).with_(magnesium_mM=magnesium_mM)
