"""The table in which diseases of the junction part: rest, slow train, effort, fast train."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.disease import botulism, lems, myasthenia_gravis, typical_lems
from lems_helpers.clinic.electrodiagnosis import AFTER_EFFORT_S, full_study, high_rate
from lems_helpers.clinic.patients import (
    CHANNELS_ALONE,
    TYPICAL_RECEPTOR_SURVIVAL,
    TYPICAL_SENSOR_SURVIVAL,
)
from lems_helpers.physiology.checks import instance
from lems_helpers.physiology.junction import Junction, human
from lems_helpers.physiology.release import quantal_content


@dataclass(frozen=True, eq=False)
class StimulationRow:
    """What repetitive stimulation shows of one junction, without chance.

    Attributes
    ----------
    name : str
    quantal_content : float
        At rest.
    resting_cmap_mV, decrement_percent : float
        Decrement at 3 Hz.
    increments_percent : numpy.ndarray, shape (6,)
        1.5, 10, 20, 30, 50 and 80 s after ten seconds of maximal effort.
    fast_increment_percent : float
        Within a second at 50 Hz.
    """

    name: str
    quantal_content: float
    resting_cmap_mV: float
    decrement_percent: float
    increments_percent: np.ndarray
    fast_increment_percent: float


def typical_junctions() -> dict[str, Junction]:
    """Return the human junctions the course compares, by name."""
    healthy = human()
    return {
        "healthy": healthy,
        "LEMS, channels alone lost": lems(healthy, channel_survival=CHANNELS_ALONE),
        "LEMS, channels and zones lost": typical_lems(healthy),
        "myasthenia gravis": myasthenia_gravis(healthy, TYPICAL_RECEPTOR_SURVIVAL),
        "botulism": botulism(healthy, TYPICAL_SENSOR_SURVIVAL),
    }


def stimulation_table(junctions: dict[str, Junction] | None = None) -> tuple[StimulationRow, ...]:
    """Compute the table for junctions by name; those of `typical_junctions` by default."""
    rows = []
    shown = instance("junctions", typical_junctions() if junctions is None else junctions, dict)
    for name, junction in shown.items():
        study = full_study(junction, burst=1)
        rows.append(
            StimulationRow(
                name,
                quantal_content(junction),
                study.resting_cmap_mV,
                study.decrement_percent,
                study.increments_percent,
                high_rate(junction).increment_percent,
            )
        )
    return tuple(rows)


def table_text(rows: tuple[StimulationRow, ...]) -> str:
    """Lay the table out as lines of text."""
    times = " / ".join(f"{t:g}" for t in AFTER_EFFORT_S)
    width = max(len(row.name) for row in rows)
    lines = [
        f"{'junction':{width}}  quanta  CMAP at rest  3 Hz decrement  50 Hz in 1 s  "
        f"CMAP change {times} s after 10 s effort"
    ]
    for row in rows:
        after = " / ".join(f"{x:+.0f}" for x in row.increments_percent)
        lines.append(
            f"{row.name:{width}}  {row.quantal_content:6.1f}  {row.resting_cmap_mV:9.1f} mV  "
            f"{row.decrement_percent:12.0f} %  {row.fast_increment_percent:+10.0f} %  {after} %"
        )
    return "\n".join(lines)
