"""The paper for a journal of education: complete, citing what it lists, and honest of its use."""

import re
from importlib.resources import files
from pathlib import Path

import yaml
from pybtex.database import parse_file, parse_string

from lems_helpers.lab.lesson import all_lessons
from lems_helpers.lab.quiz import misconceptions

ROOT = Path(__file__).resolve().parents[2]
_, HEAD, BODY = (ROOT / "paper.md").read_text("utf-8").split("---\n", 2)
BIB = ROOT / "paper.bib"
COURSE = files("lems_helpers.evidence") / "data" / "references.bib"
NUMBERS = {13: "thirteen", 16: "Sixteen"}


def test_it_has_what_the_review_asks_for():
    head = yaml.safe_load(HEAD)
    assert {"title", "tags", "authors", "affiliations", "date", "bibliography"} <= set(head)
    assert head["bibliography"] == BIB.name
    headings = re.findall(r"^# (.+)$", BODY, re.MULTILINE)
    for wanted in (
        "Summary",
        "Statement of need",
        "Learning objectives",
        "Content and instructional design",
        "How it can be taught",
        "Experience of use",
        "References",
    ):
        assert wanted in headings
    assert 250 < len(BODY.split()) < 1100


def test_every_citation_is_listed_and_nothing_else_is():
    cited = set(re.findall(r"@(\w+)", BODY))
    assert cited == set(parse_file(str(BIB)).entries)


def test_what_the_course_cites_too_is_the_same_to_the_letter():
    course = parse_string(COURSE.read_text("utf-8"), "bibtex").entries
    shared = [key for key in parse_file(str(BIB)).entries if key in course]
    assert len(shared) > 8
    lines = COURSE.read_text("utf-8").splitlines()
    mine = BIB.read_text("utf-8").splitlines()
    for key in shared:
        (entry,) = [line for line in lines if re.match(rf"@\w+\{{{key},", line)]
        assert entry in mine, key


def test_its_counts_are_those_of_the_course():
    lessons = all_lessons()
    assert f"course of {NUMBERS[len(lessons)]} Jupyter notebooks" in BODY
    assert f"{NUMBERS[len(misconceptions())]} are named and numbered" in BODY
    assert {len(lesson.exercises) for lesson in lessons} == {3}
    assert {len(lesson.panels) for lesson in lessons} <= {2, 3, 4, 5}


def test_the_documents_for_teachers_link_to_files_that_exist():
    pages = [ROOT / "CODE_OF_CONDUCT.md", *(ROOT / "instructors").glob("*.md")]
    assert len(pages) > 15
    for page in pages:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
