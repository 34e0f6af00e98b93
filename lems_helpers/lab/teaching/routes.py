"""Routes through the course, and how long each step takes.

Machine time is measured by running the notebooks; the rest follows from counted words and stated
speeds. The measurement is kept in `instructors/machine.toml`.
"""

from __future__ import annotations

import os
import platform
import re
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.outputs import NOTEBOOKS
from lems_helpers.physiology import checks

from .notes import INSTRUCTORS, front, prose

MACHINE = INSTRUCTORS / "machine.toml"


@dataclass(frozen=True)
class Step:
    """One notebook of a route, what is used of it, and the minutes that takes."""

    notebook: str
    words: str
    panels: tuple[str, ...]
    exercises: tuple[str, ...]
    machine_s: float
    reading_min: float
    panels_min: float
    exercises_min: float

    @property
    def minutes(self) -> float:
        """All of it together."""
        parts = (self.reading_min, self.panels_min, self.exercises_min)
        return self.machine_s / 60 + sum(parts)


@dataclass(frozen=True)
class Route:
    """A way through the course that fits the minutes it is meant for."""

    title: str
    for_whom: str
    allowed_min: int
    breaks_min: int
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> float:
        """The minutes of all steps and breaks."""
        return sum(step.minutes for step in self.steps) + self.breaks_min


def routes(source: Path = INSTRUCTORS / "routes.toml") -> list[Route]:
    """Return all routes, timed.

    Raises
    ------
    ValueError
        If a step names a notebook, panel or exercise that is not there.
    """
    table = tomllib.loads(source.read_text("utf-8"))
    speeds = table["speeds"]
    return [
        Route(
            route["title"],
            route["for_whom"],
            route["minutes"],
            route["breaks"],
            tuple(_step(step, **speeds) for step in route["steps"]),
        )
        for route in table["route"]
    ]


def page() -> str:
    """Return the page of routes, as Markdown."""
    table = tomllib.loads((INSTRUCTORS / "routes.toml").read_text("utf-8"))
    speeds, machine = table["speeds"], _machine()
    lines = [
        "<!-- Made by `make guide` from instructors/routes.toml and instructors/machine.toml. -->",
        "",
        "# Routes, timed",
        "",
        f"*Machine* is a kernel's start and one run of the whole notebook, measured on "
        f"{machine['on']}. *Prose* is the box in plain words and the sections of the panels named, "
        f"at {speeds['words_per_minute']} words a minute (adults read non-fiction at about 238, "
        f"Brysbaert 2019; new matter is slower). *Panels* take {speeds['minutes_per_panel']} "
        "minutes each: a bet, a show of hands, the reveal, two moves, one question. *Exercises* "
        "take the notebook's own minutes, shared out evenly. A notebook used whole takes its own "
        "minutes for everything. These speeds are stated, not measured in a class. "
        "[All notebooks](README.md)",
    ]
    for route in routes():
        lines += ["", f"## {route.title}", ""]
        lines += [f"For {route.for_whom}. It fits into {route.allowed_min} minutes.", ""]
        lines += [
            "| from | notebook | what is used | machine (s) | prose | panels | exercises | sum |",
            "|---|---|---|---|---|---|---|---|",
        ]
        clock = 0.0
        for step in route.steps:
            lines.append(_row(step, clock))
            clock += step.minutes
        if route.breaks_min:
            lines.append(f"| | breaks, where they suit | | | | | | {route.breaks_min} |")
        spare = f"{route.allowed_min - route.minutes:.0f} minutes to spare"
        lines.append(f"| {route.minutes:.0f} | the end | {spare} | | | | | |")
    return "\n".join([*lines, ""])


def _row(step: Step, start_min: float) -> str:
    used = [f"`{name}`" for name in step.panels]
    used += [f"exercise `{name}`" for name in step.exercises]
    return (
        f"| {start_min:.0f} | [{step.notebook[:2]}]({step.notebook}.md) {step.words} | "
        f"{', '.join(used) or 'all of it'} | {step.machine_s:.0f} | {step.reading_min:.1f} | "
        f"{step.panels_min:.0f} | {step.exercises_min:.0f} | {step.minutes:.1f} |"
    )


def measure() -> None:
    """Run every notebook as a class would, and write down the seconds each takes."""
    os.environ["LEMS_PROGRESS"] = "off"
    lines = [
        "# Seconds from a kernel's start to the last output; made by `make guide ARGS=--time`."
    ]
    system = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    # Fewer waiting programs than cores: an idle machine. More: a room full of learners.
    load = f" with {os.getloadavg()[0]:.0f} programs at work" if hasattr(os, "getloadavg") else ""
    lines += [f'on = "{system}{load}"', "", "[seconds]"]
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": str(path.parent)}}
        begin = time.perf_counter()
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
        lines.append(f'"{path.stem}" = {time.perf_counter() - begin:.1f}')
        print(lines[-1], flush=True)
    MACHINE.write_text("\n".join([*lines, ""]), "utf-8")


def _step(step: dict, words_per_minute: float, minutes_per_panel: float) -> Step:
    name = step["notebook"]
    checks.choice("The notebook", name, [lesson.name for lesson in all_lessons()])
    lesson, first = load(name), front(name)
    machine_s = _machine()["seconds"][name]
    if step.get("whole"):
        # The stated minutes hold the waiting, too.
        return Step(
            name,
            step["words"],
            (),
            (),
            machine_s,
            first.teaching - machine_s / 60,
            0,
            first.exercising,
        )
    for kind, among in (("panel", lesson.panels), ("exercise", lesson.exercises)):
        for used in step[f"{kind}s"]:
            checks.choice(f"The {kind}", used, [item.name for item in among])
    each = first.exercising / len(lesson.exercises)
    return Step(
        name,
        step["words"],
        tuple(step["panels"]),
        tuple(step["exercises"]),
        machine_s,
        read_words(name, step["panels"]) / words_per_minute,
        minutes_per_panel * len(step["panels"]),
        each * len(step["exercises"]),
    )


def read_words(name: str, panels: list[str]) -> int:
    """Count the words of the box in plain words and of the sections that hold these panels."""
    parts = prose(name)
    box = next(part for part in parts if "In plain words" in part).split("In plain words")[1]
    calls = [f'lesson.panel("{panel}")' for panel in panels]
    texts = [box, *(part for part in parts if any(call in part for call in calls))]
    return sum(len(re.findall(r"[\w’'-]+", text)) for text in texts)


@cache
def _machine() -> dict:
    return tomllib.loads(MACHINE.read_text("utf-8"))
