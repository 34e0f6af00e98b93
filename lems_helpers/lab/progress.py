"""Which exercises a learner has solved and what she answered in a quiz, kept in a small file.

The file lies beside the notebooks and is the learner's: it can be copied and deleted. Nothing here
may ever stop a lesson: where it cannot be read or written, one sentence says so, and on it goes.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FILE = "course_progress.json"
_KEPT = f"Kept in {FILE}, beside the notebooks; delete the file to start afresh."
_LARGEST = 1_000_000


def note_solved(lesson: str, exercise: str) -> str:
    """Remember that an exercise was solved; return a sentence if that failed, else nothing."""
    return _note(lesson, lambda mine: mine if exercise in mine else [*mine, exercise])


def note_answers(lesson: str, answers: list[str]) -> str:
    """Remember the answers to a quiz instead of earlier ones; return as `note_solved` does."""
    return _note(_quiz(lesson), lambda _: answers)


def answers_kept(lesson: str) -> list[str]:
    """Return the answers last given to `note_answers`; none where there is no readable file."""
    path = _path()
    return [] if path is None else _read(path)[0].get(_quiz(lesson), [])


def _quiz(lesson: str) -> str:
    return f"{lesson} quiz"


def _note(entry: str, change: Callable[[list[str]], list[str]]) -> str:
    path = _path()
    if path is None:
        return ""
    kept, trouble = _read(path)
    if trouble:
        return trouble
    before = kept.get(entry, [])
    kept[entry] = change(before)
    if kept[entry] == before:
        return ""
    try:
        put(path, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        return f"Your progress could not be kept ({error.strerror or error}); the lesson goes on."
    return ""


def put(path: Path, text: str) -> None:
    """Write a file anew; a full disk does not cost what was there.

    Raises
    ------
    OSError
        If it cannot be written; the old file stays as it was.
    """
    # Written aside and moved into place. Two notebooks at once write aside in two places.
    aside = path.with_suffix(f".{os.getpid()}.part")
    try:
        aside.write_text(text, "utf-8")
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Progress:
    """How far a learner has come in one lesson; shows itself as one sentence."""

    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": f"<p>{html.escape(self.text)}</p>", "text/plain": self.text}


def progress_line(lesson: str, exercises: tuple[str, ...]) -> str:
    """Say how many of a lesson's exercises are solved."""
    path = _path()
    solved, trouble = ({}, "") if path is None else _read(path)
    done = [name for name in exercises if name in solved.get(lesson, [])]
    return f"Exercises solved here: {len(done)} of {len(exercises)}. {trouble or _KEPT}"


def _path() -> Path | None:
    chosen = os.environ.get("LEMS_PROGRESS", FILE)
    return None if chosen == "off" else Path(chosen)


def _read(path: Path) -> tuple[dict[str, list[str]], str]:
    unreadable = f"The file {path.name} cannot be read; delete it to start afresh."
    try:
        if path.stat().st_size > _LARGEST:
            return {}, unreadable
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError):
        return {}, unreadable
    sound = isinstance(found, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in found.values()
    )
    return (found, "") if sound else ({}, unreadable)
