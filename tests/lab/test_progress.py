"""Progress survives a restart, and no trouble with its file ever stops a lesson."""

import json
import os

import pytest

from lems_helpers.lab.lesson import load
from lems_helpers.lab.progress import (
    FILE,
    answers_kept,
    note_answers,
    note_solved,
    progress_line,
)

NAMES = ("one", "two")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEMS_PROGRESS", raising=False)
    return tmp_path


def test_solving_is_remembered_once_and_by_lesson(folder):
    assert progress_line("03", NAMES).startswith("Exercises solved here: 0 of 2.")
    assert [note_solved("03", "one") for _ in range(2)] == ["", ""]
    assert progress_line("03", NAMES).startswith("Exercises solved here: 1 of 2.")
    assert progress_line("04", NAMES).startswith("Exercises solved here: 0 of 2.")
    assert json.loads((folder / FILE).read_text()) == {"03": ["one"]}


def test_a_lesson_notes_right_answers_only():
    lesson = load("03_calcium_influx")
    right = next(e for e in lesson.exercises if e.name == "other_model").answer.right
    assert not lesson.check("other_model", 40.0).accepted
    assert "0 of 3" in lesson.progress().text
    assert lesson.check("other_model", float(right)).accepted
    assert "1 of 3" in lesson.progress().text


def test_a_quiz_is_found_as_it_was_left_until_the_file_is_deleted(folder):
    here, there = load("03_calcium_influx"), load("04_acetylcholine_release")
    said = here.quiz().answer(0, 1)
    there.quiz().answer(2, 0)
    note_solved(here.name, "other_model")
    assert said in [box.children[3].value for box in here.quiz().children[1:2]]
    assert "1 of 3" in here.progress().text
    assert not any(option.text in (folder / FILE).read_text() for option in _options(here))
    here.quiz().afresh()
    assert here.quiz().children[1].children[1].value is None
    assert "1 of 3" in here.progress().text
    assert there.quiz().children[3].children[1].value == 0
    (folder / FILE).unlink()
    assert there.quiz().children[3].children[1].value is None


def _options(lesson):
    return [option for item in lesson.quiz().quiz.items for option in item.options]


@pytest.mark.parametrize("content", ["{", "[1, 2]", '{"03": "one"}', "\x00\x01", "x" * 2_000_000])
def test_a_spoiled_file_is_left_alone_and_said(folder, content):
    (folder / FILE).write_text(content)
    assert "cannot be read; delete it" in progress_line("03", NAMES)
    assert "cannot be read; delete it" in note_solved("03", "one")
    assert "cannot be read; delete it" in note_answers("03", ["a1"])
    assert answers_kept("03") == []
    assert (folder / FILE).read_text() == content


def test_a_folder_that_cannot_be_written_costs_one_sentence(folder, monkeypatch):
    monkeypatch.setenv("LEMS_PROGRESS", str(folder / "missing" / FILE))
    assert "could not be kept" in note_solved("03", "one")
    assert "could not be kept" in note_answers("03", ["a1"])
    assert "0 of 2" in progress_line("03", NAMES)


@pytest.fixture
def unprivileged():
    """Lay aside the rights of an administrator, who can write anywhere."""
    nobody, me = 65534, os.geteuid()
    if me == 0:
        os.seteuid(nobody)
    yield
    if me == 0:
        os.seteuid(me)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no read-only folders of this kind")
def test_a_folder_that_is_read_only_costs_one_sentence(folder, request):
    (folder / FILE).write_text('{"03": ["one"]}')
    folder.chmod(0o555)
    request.getfixturevalue("unprivileged")
    assert note_solved("03", "two") == (
        "Your progress could not be kept (Permission denied); the lesson goes on."
    )
    assert progress_line("03", NAMES).startswith("Exercises solved here: 1 of 2.")


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limit on the size of a file")
def test_a_disk_that_takes_no_more_costs_one_sentence_and_nothing_that_was_there(folder):
    import resource

    (folder / FILE).write_text('{"03": ["one"]}')
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        said = note_solved("03", "two")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert said.startswith("Your progress could not be kept (")
    assert said.endswith("; the lesson goes on.")
    assert progress_line("03", NAMES).startswith("Exercises solved here: 1 of 2.")
    assert os.listdir(folder) == [FILE]


def test_it_can_be_switched_off(folder, monkeypatch):
    monkeypatch.setenv("LEMS_PROGRESS", "off")
    assert note_solved("03", "one") == note_answers("03", ["a1"]) == ""
    assert answers_kept("03") == []
    assert os.listdir(folder) == []
