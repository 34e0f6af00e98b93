"""Plain-words boxes at grade 8 or below, prose at grade 10 or below, sentences short."""

import re

import nbformat
import pytest
from readability import count_syllables, readability

from lems_helpers.lab.glossary import all_terms
from lems_helpers.lab.outputs import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
NAMES = (
    "Lambert–Eaton myasthenic syndrome",
    "Lambert–Eaton",
    "myasthenia gravis",
    "myasthenic",
    "botulism",
    "amifampridine",
    "pyridostigmine",
    "immunoglobulin",
    "3,4-DAP",
    *(name for term in all_terms() for name in (term.name, *term.also)),
)


def markdown(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_box_in_plain_words_is_plain(path):
    box = next(text for text in markdown(path) if "In plain words" in text)
    found = readability(box.split("In plain words")[1], NAMES)
    assert found.words > 40
    assert found.grade <= 8
    assert found.words_per_sentence <= 16


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_prose_can_be_read_by_a_student_in_a_first_year(path):
    found = readability("\n\n".join(markdown(path)), NAMES)
    assert found.grade <= 10
    assert found.words_per_sentence <= 20
    assert len(found.longest.split()) <= 45, found.longest


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("gate", 1), ("calcium", 3), ("muscle", 2), ("channels", 2), ("opened", 2), ("released", 2)],
)
def test_syllables_are_counted_nearly_right(word, syllables):
    assert abs(count_syllables(word) - syllables) <= 1


def test_a_hard_text_is_told_from_an_easy_one():
    easy = "The gate is shut. The salt stays out. Then the gate opens and the salt comes in."
    hard = (
        "Immunoprecipitation of solubilised heteromultimeric presynaptic conductances "
        "demonstrates considerable interindividual variability notwithstanding methodological "
        "harmonisation across participating institutions."
    )
    assert readability(easy).grade < 3
    assert readability(hard).grade > 16


def test_names_that_cannot_be_spared_do_not_count_against_the_text():
    text = "People with Lambert–Eaton myasthenic syndrome tire. They rest and then they try again."
    assert readability(text, NAMES).grade < readability(text).grade
    assert not re.search("Lambert", readability(text, NAMES).longest)
