"""Everything between a slider and the picture, drawn event by event, stage by stage.

The mouse junction with 800 zones: 3,200 channels and 1,600 vesicles. Every move shifts the peak
of the impulse a little, so that nothing can be kept from the move before. Of the vesicles only
those whose zone saw an opening are followed, from the first opening to the last closing. The
ratio is the share of the whole path.
"""

from __future__ import annotations

import numpy as np

from benchmarks._timing import CLOCK, agree
from lems_helpers.physiology.end_plate import respond
from lems_helpers.physiology.hodgkin_huxley import hodgkin_huxley
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.quanta import draw_sizes
from lems_helpers.physiology.release import release_probability
from lems_helpers.physiology.single_impulse import draw_impulse

TITLE = "The whole path of one slider move"
MOUSE = mouse().with_(zones=800)
WHOLE = "whole path"


def run(quick: bool = False) -> list[dict]:
    """Return one row for each stage and one for the whole."""
    _check(40 if quick else 200)
    _move(0)  # uncounted
    spent = [_move(seed) for seed in range(1, 4 if quick else 60)]
    table = []
    for stage in spent[0]:
        ms = np.array([move[stage] for move in spent])
        share = ms / np.array([move[WHOLE] for move in spent])
        table.append(
            {
                "name": "one move of a slider",
                "candidate": stage,
                "median_ms": float(np.median(ms)),
                "p95_ms": float(np.percentile(ms, 95)),
                "ratio": float(np.median(share)),
                "note": "",
            }
        )
    return table


def _check(runs: int) -> None:
    """See that the drawn quanta are those of the exact solution."""
    quanta = [len(draw_impulse(MOUSE, seed).vesicle) for seed in range(runs)]
    error = np.std(quanta, ddof=1) / np.sqrt(runs)
    exact = release_probability(MOUSE) * MOUSE.docked_vesicles
    agree("quanta of an impulse", np.mean(quanta), exact, 3.0 * error)


def _move(seed: int) -> dict[str, float]:
    """Time the stages of one move, ms."""
    junction = MOUSE.with_(peak_mV=31.0 + 0.01 * seed)
    marks = [CLOCK()]
    hodgkin_huxley()
    marks.append(CLOCK())
    drawn = draw_impulse(junction, seed)
    marks.append(CLOCK())
    sizes = draw_sizes(junction.quanta, np.random.default_rng(seed), len(drawn.vesicle))
    respond(junction.end_plate, drawn.release_ms, sizes)
    marks.append(CLOCK())
    stages = (
        "impulse from sodium and potassium channels",
        "3,200 calcium channels, nanodomains, 1,600 sensors",
        "quanta and end-plate",
    )
    move = dict(zip(stages, (1e3 * np.diff(marks)).tolist(), strict=True))
    return {**move, WHOLE: sum(move.values())}
