"""Gather a class's answer files: pair before with after, and say of each bad file what is amiss."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from answer_file import Answers, Sheet, read
from items import TIMES


@dataclass
class Handed:
    """What a class handed in.

    Attributes
    ----------
    files : int
        How many files there were.
    answers : dict
        Time to code name to answers.
    remarks : list of str
        One sentence for each thing amiss, in the order of the files' names.
    """

    files: int = 0
    answers: dict[str, dict[str, Answers]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def pairs(self) -> dict[str, tuple[Answers, Answers]]:
        """The learners who took the test both times, by code name."""
        before, after = (self.answers[time] for time in TIMES)
        return {name: (before[name], after[name]) for name in sorted(before.keys() & after.keys())}


def collect(folder: Path) -> Handed:
    """Read every file in a folder and the folders in it; nothing is changed or thrown away.

    Raises
    ------
    ValueError
        If there is no such folder, or no file in it.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder called {folder}.")
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    # Names with a dot in front are the system's own clutter.
    paths = [path for path in found if not path.name.startswith(".")]
    if not paths:
        raise ValueError(f"The folder {folder} holds no files.")
    handed = Handed(files=len(paths))
    sheets: dict[tuple[str, str], list[tuple[str, Sheet]]] = defaultdict(list)
    for path in paths:
        name = path.relative_to(folder).as_posix()
        sheet, amiss = read(path)
        handed.remarks += [f"{name}: {sentence}" for sentence in amiss]
        if sheet is not None:
            sheets[sheet.form.time, sheet.code_name].append((name, sheet))
    handed.answers = {time: {} for time in TIMES}
    for (time, code_name), same in sorted(sheets.items(), key=lambda one: one[1][0][0]):
        handed.answers[time][code_name], said = _together(same)
        handed.remarks += said
    handed.remarks += _alone(handed)
    return handed


def _together(same: list[tuple[str, Sheet]]) -> tuple[Answers, list[str]]:
    """Make one set of answers of all files by one code name at one time."""
    merged = dict(same[0][1].answers)
    if len(same) == 1:
        return merged, []
    clashes = set()
    for _, sheet in same[1:]:
        for item, pair in sheet.answers.items():
            mine = merged.get(item, (None, None))
            both = tuple(b if a is None else a for a, b in zip(mine, pair, strict=True))
            if any(None not in (a, b) and a != b for a, b in zip(mine, pair, strict=True)):
                clashes.add(item)
            merged[item] = (both[0], both[1])
    for item in clashes:
        merged[item] = (None, None)
    names = ", ".join(name for name, _ in same[:-1]) + f" and {same[-1][0]}"
    whose = f"These files of {same[0][1].code_name} ({same[0][1].form.time})"
    if not clashes:
        return merged, [f"{names}: {whose} agree; they count as one."]
    return merged, [
        f"{names}: {whose} disagree in items {', '.join(sorted(clashes))}, which do not count; "
        "perhaps two people share a code name."
    ]


def _alone(handed: Handed) -> list[str]:
    """Name who has taken the test only once, and whoever might be the same person."""
    said = []
    for time, other in (("before", "after"), ("after", "before")):
        mine, theirs = handed.answers[time].keys(), handed.answers[other].keys()
        for name in sorted(mine - theirs):
            near = get_close_matches(name, theirs - mine, n=1, cutoff=0.75)
            guess = f" Is it the same person as {near[0]}?" if near else ""
            said.append(f"{name}: There are answers {time} the course only.{guess}")
    return said
