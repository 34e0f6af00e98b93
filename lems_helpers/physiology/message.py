"""All stages in a row: one impulse, from the nerve ending to the pull of the muscle.

Means over everything chance can do. Each stage is worked out by its own module; here they are
put on one clock, which starts half a millisecond before the impulse rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import instance
from lems_helpers.physiology.cleft import GAP_NM, diffusion_ms
from lems_helpers.physiology.end_plate import respond
from lems_helpers.physiology.fibre import crossing_ms, fibre_potential
from lems_helpers.physiology.influx import terminal_influx
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.muscle import twitch
from lems_helpers.physiology.release import quantal_content, release_time_course
from lems_helpers.physiology.remembered import remembered

STEP_MS = 0.01
LENGTH_MS = 8.0


@dataclass(frozen=True, eq=False)
class Message:
    """What one impulse does at each stage, on one clock.

    Attributes
    ----------
    t_ms : ndarray, shape (n,)
    voltage_mV : ndarray, shape (n,)
        Membrane potential of the nerve ending.
    calcium_pA : ndarray, shape (n,)
        Mean calcium current of the nerve ending; inward negative.
    packets : ndarray, shape (n,)
        Packets released so far, on average.
    conductance_nS : ndarray, shape (n,)
        What the receptors of the end-plate let through.
    end_plate_mV : ndarray, shape (n,)
        End-plate potential, above rest, as the packets alone make it.
    fibre_mV : ndarray, shape (n,)
        Membrane potential of a fibre of mean threshold: the end-plate potential, and the
        spike if that suffices.
    pull : ndarray, shape (n,)
        Force of that fibre's twitch, as a share of its peak. Its contraction begins with the
        spike: the delay of the contracting machinery is left out.
    crossing_ms : float
        Mean time acetylcholine needs to cross the gap.
    impulse_ms, calcium_ms, release_ms, threshold_ms, spike_ms, twitch_ms : float or None
        When the impulse peaks, the calcium current peaks, half of the packets are out, the
        end-plate potential passes the threshold, the spike peaks and the twitch peaks. None
        for what does not happen: less than one packet in a hundred impulses counts as none.
    """

    t_ms: np.ndarray
    voltage_mV: np.ndarray
    calcium_pA: np.ndarray
    packets: np.ndarray
    conductance_nS: np.ndarray
    end_plate_mV: np.ndarray
    fibre_mV: np.ndarray
    pull: np.ndarray
    crossing_ms: float
    impulse_ms: float
    calcium_ms: float | None
    release_ms: float | None
    threshold_ms: float | None
    spike_ms: float | None
    twitch_ms: float | None


@remembered(32)
def follow_message(junction: Junction) -> Message:
    """Follow one impulse through a junction, stage by stage.

    Parameters
    ----------
    junction : Junction

    Returns
    -------
    Message
        Its arrays are read-only.

    Raises
    ------
    ValueError
        If `junction` is no `Junction`, or its impulse begins before time 0.
    """
    instance("junction", junction, Junction)
    begin = junction.impulse.window_ms[0]
    if begin < 0.0:
        raise ValueError(f"The impulse begins at {begin:.2g} ms, but must begin at 0 ms or later.")
    plate, muscle = junction.end_plate, junction.muscle
    influx, release = terminal_influx(junction), release_time_course(junction)
    content = quantal_content(junction)
    share = release.released / max(release.released[-1], 1e-300)
    arrive = 0.5 * (release.t_ms[1:] + release.t_ms[:-1]) + diffusion_ms(GAP_NM)
    response = respond(
        plate,
        arrive,
        content * np.maximum(np.diff(share), 0.0),
        duration_ms=LENGTH_MS,
        step_ms=STEP_MS,
    )
    t = response.times_ms
    fibre = fibre_potential(muscle, plate, response)
    crossed = float(crossing_ms(response, muscle.threshold_mV, plate.muscle_rest_mV))
    fires = bool(np.isfinite(crossed))
    since = (t - crossed) / 1000.0 if fires else np.full_like(t, -1.0)
    calcium = np.interp(t, influx.t_ms, influx.current_pA, 0.0, 0.0)
    voltage = junction.impulse.voltage_mV(t)
    arrays = {
        "t_ms": t,
        "voltage_mV": voltage,
        "calcium_pA": calcium,
        "packets": content * np.interp(t, release.t_ms, share, 0.0, 1.0),
        "conductance_nS": response.conductance_nS,
        "end_plate_mV": response.voltage_mV - plate.muscle_rest_mV,
        "fibre_mV": fibre,
        "pull": twitch(muscle, since) / max(muscle.twitch_force_N, 1e-300),
    }
    return Message(
        **arrays,
        crossing_ms=diffusion_ms(GAP_NM),
        impulse_ms=float(t[voltage.argmax()]),
        calcium_ms=float(t[calcium.argmin()]) if calcium.min() < 0 else None,
        release_ms=float(np.interp(0.5, share, release.t_ms)) if content >= 0.01 else None,
        threshold_ms=crossed if fires else None,
        spike_ms=float(t[fibre.argmax()]) if fires else None,
        twitch_ms=crossed + muscle.contraction_ms if fires else None,
    )
