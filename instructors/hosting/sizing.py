"""How large a server a class needs, worked out from what was measured with simulated learners.

python3 instructors/hosting/sizing.py      prints the table that stands in the README
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

FIGURES = Path(__file__).with_name("measured.json")
GUIDE = Path(__file__).with_name("README.md")
CLASSES = (30, 100, 300)
#: Notebooks that a learner leaves open at once; each keeps a kernel.
OPEN_NOTEBOOKS = 3
#: The whole class opens a notebook together, and each must be done within so many seconds.
PATIENCE_S = 60
#: Memory of the system, the hub and the proxy.
SYSTEM_GB = 2.0
#: More than was measured: another notebook (the largest takes a fifth more memory than the one
#: measured), another machine, a learner's own experiments.
RESERVE = 1.25
#: What can be had in one machine without asking specially.
ONE_SERVER = 32, 128  # cores, GB


@dataclass(frozen=True)
class Learner:
    """What one learner costs: the worst that was measured in any class."""

    server_MB: float
    kernel_MB: float
    open_cpu_s: float
    moving_cores: float

    @property
    def memory_MB(self) -> float:
        """Memory with several notebooks open, and the reserve."""
        return RESERVE * (self.server_MB + OPEN_NOTEBOOKS * self.kernel_MB)


@dataclass(frozen=True)
class Size:
    """What a class needs."""

    learners: int
    memory_GB: int
    cores: int


def measured() -> dict[str, dict]:
    """Return the figures of each simulated class, by its number of learners."""
    return json.loads(FIGURES.read_text("utf-8"))


def learner() -> Learner:
    """Return the costs of one learner."""
    runs = measured().values()
    return Learner(
        server_MB=max(run["memory_MB"]["server"]["worst"] for run in runs),
        kernel_MB=max(run["memory_MB"]["kernel"]["worst"] for run in runs),
        open_cpu_s=max(run["cpu"]["seconds_to_open"]["worst"] for run in runs),
        moving_cores=max(run["cpu"]["cores_while_moving"]["worst"] for run in runs),
    )


def size(learners: int, one: Learner) -> Size:
    """Return the memory and cores that a class needs at its busiest moment."""
    memory_GB = SYSTEM_GB + learners * one.memory_MB / 1024
    # Opening is the rush hour; moving sliders together costs far less.
    busiest = max(one.open_cpu_s / PATIENCE_S, one.moving_cores)
    return Size(learners, _even(memory_GB), _even(RESERVE * learners * busiest))


def _even(number: float) -> int:
    return 2 * math.ceil(number / 2)


def table() -> str:
    """Return the sizing table as Markdown."""
    one = learner()
    lines = ["| learners | memory | cores | where |", "|---|---|---|---|"]
    for learners in CLASSES:
        need = size(learners, one)
        fits = need.cores <= ONE_SERVER[0] and need.memory_GB <= ONE_SERVER[1]
        where = "one server" if fits else "Kubernetes, spread over several machines"
        lines.append(f"| {learners} | {need.memory_GB} GB | {need.cores} | {where} |")
    return "\n".join(lines)


def measured_table() -> str:
    """Return what was measured as Markdown."""
    runs = sorted(measured().values(), key=lambda run: run["learners"])
    head = "| | " + " | ".join(f"{run['learners']} learners" for run in runs) + " |"

    def row(name: str, unit: str, *path: str) -> str:
        cells = []
        for run in runs:
            for step in path:
                run = run[step]
            cells.append(f"{run['median']:g} {unit} ({run['worst']:g})")
        return f"| {name} | " + " | ".join(cells) + " |"

    return "\n".join(
        [
            head,
            "|---" * (len(runs) + 1) + "|",
            row("from password to own server", "s", "seconds", "log in and start"),
            row("from opening a notebook to its first picture", "s", "seconds", "first picture"),
            row("all its cells run", "s", "seconds", "all cells run"),
            row("from a slider's move to the new picture", "ms", "slider_ms"),
            row("memory of a learner's server", "MB", "memory_MB", "server"),
            row("memory of an open notebook", "MB", "memory_MB", "kernel"),
            row("processor time to start and run all", "s", "cpu", "seconds_to_open"),
            row("cores used while moving sliders", "", "cpu", "cores_while_moving"),
        ]
    )


def with_tables(guide: str) -> str:
    """Return the guide with the present tables between its marks."""
    for name, made in (("measured", measured_table()), ("sizes", table())):
        start, end = f"<!-- {name} -->\n\n", f"\n\n<!-- end of {name} -->"
        before, _, rest = guide.partition(start)
        guide = f"{before}{start}{made}{end}{rest.partition(end)[2]}"
    return guide


if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text("utf-8")), "utf-8")
