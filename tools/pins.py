"""Read requirements.lock, and write environment.yml from it (`make lock` runs this).

The tests use the same functions to see that pyproject.toml, the lock and environment.yml agree.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# The Python that conda and mybinder.org get.
CONDA_PYTHON = "3.12"
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}

HEADER = """\
# The environment of the course for conda, mamba and mybinder.org. `make lock` writes this file from
# pyproject.toml and requirements.lock, and a test compares the three: change those, not this.
#
# conda supplies Python and pip; pip installs the rest, at exactly the versions of the lock. Those
# releases exist where pip looks, and the tests ran with them. The same numbers need not exist on
# conda-forge on the same day, and a build of another number would be an environment nobody tested.
# What only the tests need is left out: mybinder.org starts sooner with a small image.
name: lambert-eaton
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
"""


@dataclass(frozen=True)
class Pin:
    """One locked release.

    Attributes
    ----------
    name : str
        Normalised name.
    version : str
        The one version allowed.
    marker : str
        Condition on system and Python under which it is installed; empty means always.
    hashes : int
        How many files of this release the lock accepts.
    via : tuple of str
        Normalised names of the packages that asked for it.
    """

    name: str
    version: str
    marker: str
    hashes: int
    via: tuple[str, ...]

    def applies(self, python: str, system: str) -> bool:
        """Tell whether this pin is installed on a Python version and system (a key of SYSTEMS)."""
        return holds(self.marker, python, system)


def holds(marker: str, python: str, system: str, extra: str = "") -> bool:
    """Evaluate an environment marker for a Python version such as '3.12.4' on a system."""
    if not marker:
        return True
    place = {
        **SYSTEMS[system],
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": extra,
    }
    return Marker(marker).evaluate(place)


def read_lock(text: str) -> list[Pin]:
    """Return every pin of a lock, in its order; a name with several markers comes several times."""
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    return [_read_entry(entry) for entry in entries]


def named(project: dict, extras: tuple[str, ...] = ()) -> list[Requirement]:
    """Return what pyproject.toml asks for by name, with the wanted extras, references resolved."""
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, lines):
        if canonicalize_name(requirement.name) == canonicalize_name(project["name"]):
            inner = {**project, "dependencies": []}
            found += named(inner, tuple(sorted(requirement.extras)))
        else:
            found.append(requirement)
    return found


def course_pins(project: dict, pins: list[Pin]) -> list[Pin]:
    """Return what running the course needs: the named packages, the builder, what they bring."""
    wanted = {canonicalize_name(requirement.name) for requirement in named(project)}
    wanted.add("hatchling")
    while True:
        more = {pin.name for pin in pins if wanted.intersection(pin.via)}
        if more <= wanted:
            return [pin for pin in pins if pin.name in wanted]
        wanted |= more


def environment_yml(project: dict, pins: list[Pin]) -> str:
    """Write environment.yml: first what the course names, then what that brings along."""
    by_name = {canonicalize_name(requirement.name) for requirement in named(project)}
    first, then = [], []
    for pin in course_pins(project, pins):
        systems = [system for system in SYSTEMS if pin.applies(f"{CONDA_PYTHON}.99", system)]
        if systems:
            # The Python is settled here, so only a condition on the system is worth repeating.
            everywhere = len(systems) == len(SYSTEMS)
            marker = "" if everywhere else f" ; {pin.marker}"
            line = f"      - {pin.name}=={pin.version}{marker}\n"
            (first if pin.name in by_name else then).append(line)
    return "".join(
        [
            HEADER.format(python=CONDA_PYTHON),
            "      # what the course itself names\n",
            *first,
            "      # what those bring along, and the builder of the course's own package\n",
            *then,
        ]
    )


def load(root: Path = ROOT) -> tuple[dict, list[Pin]]:
    """Return the project table of pyproject.toml and the pins of the lock."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project, read_lock((root / "requirements.lock").read_text(encoding="utf-8"))


def _read_entry(entry: str) -> Pin:
    requirement = Requirement(entry.split("\\", 1)[0].split("#", 1)[0].strip())
    (specifier,) = requirement.specifier
    comments = re.findall(r"^ {4}#(?: via)?[ ]*(\S+)", entry, flags=re.MULTILINE)
    return Pin(
        name=canonicalize_name(requirement.name),
        version=specifier.version,
        marker=str(requirement.marker or ""),
        hashes=entry.count("--hash=sha256:"),
        via=tuple(canonicalize_name(word) for word in comments if word != "via"),
    )


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment_yml(*load()), encoding="utf-8", newline="\n")
