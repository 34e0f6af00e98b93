"""The glossary: one plain sentence per term, found by any of its names."""

import re

import pytest

from lems_helpers.lab.glossary import all_terms, glossary, term
from lems_helpers.lab.lesson import all_lessons

each_term = pytest.mark.parametrize("one", all_terms(), ids=lambda one: one.name)


@each_term
def test_each_term_is_explained_in_one_short_sentence(one):
    assert one.means.endswith(".")
    assert len(re.findall(r"\.(?:\s|$)", one.means)) == 1
    assert len(one.means.split()) <= 25
    assert one.means[0].isupper()


@each_term
def test_no_term_is_explained_by_itself(one):
    assert one.name.casefold() not in one.means.casefold()


@each_term
def test_a_term_is_found_by_every_name(one):
    assert all(term(name) is one for name in (one.name, *one.also))


def test_a_list_keeps_the_order_asked_for_and_names_each_once():
    html = glossary("vesicle", "active zone", "synaptic vesicle")
    assert html.count("<li>") == 2
    assert html.index("vesicle") < html.index("active zone")
    assert "(also: synaptic vesicle)" in html


def test_without_names_the_whole_glossary_is_given_in_order():
    names = [one.name.casefold() for one in all_terms()]
    assert names == sorted(names)
    assert len(names) >= 30
    assert glossary().count("<li>") == len(names)


def test_an_unknown_term_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"called 'vesicel'.*Did you mean vesicle"):
        glossary("active zone", "vesicel")
    with pytest.raises(ValueError, match="called 3"):
        term(3)


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_the_terms_of_each_lesson_are_in_the_glossary_and_at_most_seven(lesson):
    assert len(lesson.terms) <= 7
    assert all(term(name) for name in lesson.terms)
