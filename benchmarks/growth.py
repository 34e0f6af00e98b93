"""How the work grows with its size, and the slope of the growth: 1 is in proportion.

Channels drawn in one impulse; impulses given to a muscle of 300 fibres; fibres of a muscle
given ten stimuli; patients given the full protocol of 428 stimuli. The slope is that of the
upper half of each range, in logarithms. A slope below 1 means that fixed costs still weigh.
"""

from __future__ import annotations

import numpy as np

from benchmarks._timing import interleaved
from lems_helpers.clinic.cohort import examine_cohort
from lems_helpers.clinic.recording import record
from lems_helpers.physiology.calcium_channels import sample_openings
from lems_helpers.physiology.gating import PITTSBURGH
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.plasticity import regular_train

TITLE = "Cost against size"
SIZES = {
    "channels": (100, 320, 1000, 3200, 10_000, 32_000, 100_000),
    "impulses": (10, 32, 100, 320, 1000),
    "fibres": (100, 320, 1000, 3200, 10_000, 32_000),
    "patients": (2, 4, 8, 16, 32),
}


def run(quick: bool = False) -> list[dict]:
    """Return one row for each kind and size; `ratio` is to the smallest size."""
    table = []
    for kind, sizes in SIZES.items():
        sizes = sizes[:3] if quick else sizes
        times = interleaved(
            {f"{n:,} {kind}": lambda n=n, kind=kind: _WORK[kind](n) for n in sizes},
            1 if quick else 5,
        )
        medians = np.array([np.median(ms) for ms in times.values()])
        half = len(sizes) // 2
        slope = np.polyfit(np.log(sizes[half:]), np.log(medians[half:]), 1)[0]
        for n, (name, ms) in zip(sizes, times.items(), strict=True):
            table.append(
                {
                    "name": f"growth: {kind}",
                    "candidate": name,
                    "size": n,
                    "median_ms": float(np.median(ms)),
                    "p95_ms": float(np.percentile(ms, 95)),
                    "ratio": float(np.median(ms) / medians[0]),
                    "note": f"slope {slope:.2f}" if n == sizes[-1] else "",
                }
            )
    return table


_rng = np.random.default_rng(1)
_WORK = {
    "channels": lambda n: sample_openings(PITTSBURGH, Impulse(), n, _rng),
    "impulses": lambda n: record(human(), regular_train(20.0, n), _rng, fibres=300),
    "fibres": lambda n: record(human(), regular_train(3.0, 10), _rng, fibres=n),
    "patients": lambda n: examine_cohort("lems", n, seed=1),
}
