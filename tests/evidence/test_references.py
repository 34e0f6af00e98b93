"""The bibliography: citations a reader can follow, and no silent slip of a key."""

import re
import subprocess
import sys

import pytest

from lems_helpers.evidence.references import (
    RECALLED_NOTE,
    all_references,
    reference,
    reference_list,
    short_citations,
)

EVERY_KEY = [one.key for one in all_references()]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("Dittrich2013", "Li2007"), "Dittrich et al. 2013; Li et al. 2007"),
        (("HodgkinHuxley1952",), "Hodgkin and Huxley 1952"),
        (("Slater2017",), "Slater 2017"),
        (("Allbritton1992",), "Allbritton et al. 1992 (recalled)"),
        (("delCastilloKatz1954",), "del Castillo and Katz 1954 (recalled)"),
        (("Maddison2020",), "Maddison et al. 2020"),
        (("ONeill1988",), "O'Neill et al. 1988"),
        ((), ""),
    ],
)
def test_short_citations(keys, text):
    assert short_citations(*keys) == text


@pytest.mark.parametrize("key", ["PyNEUCell", "Engel", "PostExercise11"])
def test_an_entry_without_a_year_is_cited_and_called_undated(key):
    assert not re.search(r"\d{4}", short_citations(key))
    assert len(short_citations(key)) > 10
    assert "(undated)" in reference_list(key)


def test_two_papers_of_one_year_get_letters():
    shorts = [reference(key).short for key in ("Titulaer2011", "TitulaerLangVerschuuren2011")]
    assert sorted(shorts) == ["Titulaer et al. 2011a", "Titulaer et al. 2011b"]
    all_shorts = [one.short for one in all_references()]
    assert len(all_shorts) == len(set(all_shorts))


def test_the_list_is_numbered_sorted_and_holds_each_once():
    text = reference_list("Slater2017", "Dittrich2013", "Slater2017")
    assert text.startswith("<ol")
    assert text.count("<li>") == 2
    assert text.index("Dittrich") < text.index("Slater")


def test_a_link_says_where_it_goes():
    text = reference_list("Dittrich2013", "PyNEUCell")
    address = "doi.org/10.1016/j.bpj.2013.05.023"
    assert f'<a href="https://{address}">{address}</a>' in text
    assert ">Read it at github.com</a>" in text


def test_recalled_numbers_are_marked_in_the_list_and_only_there():
    assert RECALLED_NOTE in reference_list("Allbritton1992")
    assert RECALLED_NOTE not in reference_list("Dittrich2013")


@pytest.mark.parametrize("key", EVERY_KEY)
def test_no_latex_reaches_a_reader(key):
    one = reference(key)
    shown = short_citations(key) + reference_list(key)
    assert not re.search(r"[{}\\]|--", re.sub(r'href="[^"]*"', "", shown)), shown
    assert one.title
    assert one.short


def test_titles_are_decoded():
    assert "Ca²⁺" in reference("Li2007").title
    assert reference("Oh2005").journal == "Muscle & Nerve"
    assert "Muscle &amp; Nerve" in reference_list("Oh2005")


@pytest.mark.parametrize("ask", [short_citations, reference_list, reference])
def test_an_unknown_key_is_refused_with_the_nearest(ask):
    with pytest.raises(ValueError, match=r"'Ditrich2013'.*Did you mean Dittrich2013"):
        ask("Ditrich2013")
    with pytest.raises(ValueError, match="no reference called None"):
        ask(None)


def test_the_course_opens_without_waiting_for_the_bibliography():
    # pybtex takes longer to load than the rest of this module; only readers of references wait.
    code = "import lems_helpers.evidence.references, sys; sys.exit('pybtex' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
