"""What a fine electrode in the end-plate records: miniatures, and the answers to impulses.

Stages 4, 5 and 7 in one: release says how many quanta to expect, chance how many come this
time, how large and how late, and the end-plate adds them up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lems_helpers.physiology.checks import instance, number, numbers, whole
from lems_helpers.physiology.end_plate import epp_amplitude, mepp_amplitude, respond
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.quanta import (
    draw_counts,
    draw_latencies,
    draw_sizes,
    draw_total_sizes,
)
from lems_helpers.physiology.release import quantal_content

#: Quantiles that stand for all latencies in an average trace.
_LATENCIES = 200


@dataclass(frozen=True, eq=False)
class Recording:
    """Amplitudes from one end-plate, in mV above rest.

    Attributes
    ----------
    miniatures_mV : numpy.ndarray, shape (miniatures,)
    evoked_mV : numpy.ndarray, shape (impulses,)
        Exactly 0 where nothing was released.
    counts : numpy.ndarray of int, shape (impulses,)
        Quanta of each impulse, which a real experiment does not show.
    """

    miniatures_mV: np.ndarray
    evoked_mV: np.ndarray
    counts: np.ndarray


def record_amplitudes(
    junction: Junction, rng: np.random.Generator, impulses: int = 200, miniatures: int = 200
) -> Recording:
    """Draw one recording from a rested junction; large responses sum as `epp_amplitude` says.

    Impulses are far enough apart not to influence each other.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator
    impulses, miniatures : int
        How many of each, 1 to 100,000.

    Returns
    -------
    Recording
    """
    instance("junction", junction, Junction)
    instance("random generator", rng, np.random.Generator)
    impulses = whole("number of impulses", impulses, 1, 1e5)
    minis = draw_sizes(
        junction.quanta, rng, whole("number of miniatures", miniatures, 1, 1e5)
    ) * mepp_amplitude(junction.end_plate)
    content = quantal_content(junction)
    vesicles = max(math.ceil(content), round(junction.docked_vesicles))
    counts = draw_counts(rng, content, vesicles, trials=impulses)
    totals = draw_total_sizes(junction.quanta, rng, counts)
    return Recording(minis, epp_amplitude(junction.end_plate, totals), counts)


@dataclass(frozen=True, eq=False)
class Traces:
    """Responses to single impulses, as seen on the screen of the amplifier.

    Attributes
    ----------
    times_ms : numpy.ndarray, shape (samples,)
        0 is the impulse.
    potential_mV : numpy.ndarray, shape (impulses, samples)
        Above rest.
    sizes : tuple of numpy.ndarray
        For each impulse, the sizes of its quanta, relative to the mean one.
    """

    times_ms: np.ndarray
    potential_mV: np.ndarray
    sizes: tuple[np.ndarray, ...]


def record_traces(
    junction: Junction,
    rng: np.random.Generator,
    counts,
    *,
    most: int = 80,
    duration_ms: float = 12.0,
    step_ms: float = 0.1,
) -> Traces:
    """Draw the response to each of some impulses, whose numbers of quanta are given.

    The sizes and latencies of the first, second, ... quantum of an impulse do not depend on
    how many there are: with the same seed, a further quantum adds to a trace and leaves the
    rest of it alone.

    Parameters
    ----------
    junction : Junction
    rng : numpy.random.Generator
    counts : array_like of int, shape (impulses,)
    most : int
        Quanta for which chance is drawn at each impulse; no count may be larger.
    duration_ms, step_ms : float
        Length and step of the traces.

    Returns
    -------
    Traces
    """
    instance("junction", junction, Junction)
    most = whole("most quanta of an impulse", most, 1, 1e4)
    released = numbers("number of quanta", counts, 0, most)
    if released.ndim != 1 or (released % 1 != 0).any():
        raise ValueError("The numbers of quanta must be one row of whole numbers.")
    shape = (released.size, most)
    sizes = draw_sizes(junction.quanta, rng, released.size * most).reshape(shape)
    latencies = draw_latencies(junction.quanta, rng, released.size * most).reshape(shape)
    out = np.arange(most) < released[:, None]
    record = respond(
        junction.end_plate,
        latencies[out],
        sizes[out],
        trial=np.nonzero(out)[0],
        trials=released.size,
        duration_ms=duration_ms,
        step_ms=step_ms,
    )
    return Traces(
        record.times_ms,
        record.voltage_mV - junction.end_plate.muscle_rest_mV,
        tuple(row[kept] for row, kept in zip(sizes, out, strict=True)),
    )


def average_trace(
    junction: Junction, content: float, *, duration_ms: float = 12.0, step_ms: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Response to a mean impulse: quanta spread evenly over all latencies, none by chance.

    Parameters
    ----------
    junction : Junction
    content : float
        Quanta of the impulse, not necessarily whole.
    duration_ms, step_ms : float
        Length and step of the trace.

    Returns
    -------
    times_ms, potential_mV : numpy.ndarray, shape (samples,)
        Potential above rest.
    """
    instance("junction", junction, Junction)
    m = number("quantal content", content, 0.0, 1e4, "quanta")
    # A fixed seed: these latencies stand for the whole distribution, chance has no part here.
    rng = np.random.default_rng(0)
    spread = np.sort(draw_latencies(junction.quanta, rng, 50 * _LATENCIES))
    latencies = spread.reshape(_LATENCIES, -1).mean(axis=1)
    record = respond(
        junction.end_plate, latencies, m / _LATENCIES, duration_ms=duration_ms, step_ms=step_ms
    )
    return record.times_ms, record.voltage_mV - junction.end_plate.muscle_rest_mV
