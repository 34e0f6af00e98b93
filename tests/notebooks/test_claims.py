"""The table of claims in CONTRIBUTING.md names headings and panels that exist."""

import re

import nbformat
import pytest

from lems_helpers.lab.outputs import NOTEBOOKS

TABLE = (NOTEBOOKS.parent / "CONTRIBUTING.md").read_text("utf-8").split("## Claim by claim")[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("| ") and not line.startswith("| claim")
]


def notebook(number):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells)


def test_there_are_twelve_claims():
    assert len(ROWS) == 12


@pytest.mark.parametrize("row", ROWS[:-1], ids=lambda row: row[0][:40])
def test_each_claim_is_said_and_can_be_moved(row):
    _, places, panels = row
    texts = {}
    for place in places.split(";"):
        number, heading = place.strip().split(" ", 1)
        texts[number] = notebook(number)
        assert f"\n## {heading}" in texts[number], f"{number} has no heading “{heading}”"
    named = re.findall(r"`(\w+)`", panels)
    assert named
    for panel in named:
        assert any(f'lesson.panel("{panel}")' in text for text in texts.values()), panel
