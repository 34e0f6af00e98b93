"""The instructors' guide says what the lessons say, and its routes fit their time."""

import re

import pytest

from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.quiz import misconceptions
from lems_helpers.lab.teaching import guide, routes
from lems_helpers.lab.teaching.notes import INSTRUCTORS, front, notes, prose

NAMES = [lesson.name for lesson in all_lessons()]
NOTES = INSTRUCTORS / "notes"
AGAIN = "run: make guide"
# Words of the page that neither a control nor the prose holds.
SHOWN = {"the heart", "one packet alone", "channels left"}


@pytest.fixture(scope="module", params=NAMES)
def page(request):
    """Return a notebook's name, its page as stored, and the same made anew."""
    stored = (INSTRUCTORS / f"{request.param}.md").read_text("utf-8")
    return request.param, stored, guide.notebook_page(request.param)


def test_the_stored_page_is_the_one_the_lessons_make(page):
    _, stored, made = page
    assert stored == made, AGAIN


def test_the_page_has_every_panel_exercise_and_misconception(page):
    name, _, made = page
    lesson = load(name)
    for panel in lesson.panels:
        assert f"`{panel.name}`: {panel.question}" in made
        if panel.prediction is not None:
            after = made.split(panel.prediction.question)[1]
            said = re.search(r"\*\*The model says:\*\* (.+)", after)
            assert said[1].startswith(tuple(panel.prediction.options))
    for exercise in lesson.exercises:
        assert f"- `{exercise.name}`: {exercise.title}" in made
    for belief in guide.quizzed(name):
        assert f"**{belief}** “{misconceptions()[belief]}” Cured by " in made
    assert f"{front(name).minutes} minutes" in made


def test_the_misconceptions_page_is_up_to_date():
    stored = (INSTRUCTORS / "misconceptions.md").read_text("utf-8")
    assert stored == guide.misconceptions_page(), AGAIN


def test_every_misconception_is_cured_and_asked_for():
    for belief in misconceptions():
        assert guide.cures(belief), belief
        assert any(belief in guide.quizzed(name) for name in NAMES), belief


@pytest.mark.parametrize("name", NAMES)
def test_notes_are_words_and_no_numbers_that_the_model_could_change(name):
    said = notes(name)
    texts = [said.one_thing, said.late, *(cure.how for cure in said.cures)]
    texts += [text for ask in said.asks.values() for text in (ask.question, ask.answer)]
    allowed = r"notebook \d\d|M\d+|[Ee]xercise \d|3,4-DAP|\"[^\"]*\"|explanation [AB]"
    for text in texts:
        assert text.strip()
        assert not re.search(r"\d", re.sub(allowed, "", text)), text


@pytest.mark.parametrize("name", NAMES)
def test_quoted_buttons_and_choices_exist(name):
    lesson = load(name)
    words = {text for panel in lesson.panels for text in panel.presets}
    for panel in lesson.panels:
        for control in panel.controls:
            words |= {control.label, control.title, *map(str, getattr(control, "options", ()))}
    text = "\n\n".join(prose(name)).casefold()
    for cure in notes(name).cures:
        for quoted in re.findall(r'"([^"]+)"', cure.how):
            known = quoted in words or quoted.casefold() in text
            assert known or quoted in SHOWN, f"{name}: {quoted}"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[panels.late_peak]", "[panels.early_peak]", "early_peak"),
        ("M15 = ", "M51 = ", "M51"),
        ("late = ", "lately = ", "lately"),
        ("[panels.channels_remaining]", "[headings.channels_remaining]", "lack what to ask"),
        ("[panels.late_peak.cures]", "[headings.Nowhere.cures]", "Nowhere"),
    ],
)
def test_notes_that_name_what_is_not_there_are_refused(tmp_path, old, new, complaint):
    source = (NOTES / "03_calcium_influx.toml").read_text("utf-8")
    assert old in source
    (tmp_path / "03_calcium_influx.toml").write_text(source.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=complaint):
        notes("03_calcium_influx", tmp_path)


# -- routes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes.routes(), ids=lambda route: route.title)
def test_a_route_fits_its_time_with_some_to_spare(route):
    assert 0.75 * route.allowed_min < route.minutes < 0.97 * route.allowed_min
    assert all(step.machine_s > 0 for step in route.steps)


def test_the_stored_times_are_those_of_the_present_notebooks():
    """A word more or less is no matter; a tenth more or less is."""
    stored, made = (
        [float(number) for number in re.findall(r"\d+(?:\.\d+)?", re.sub(r"<!--.*?-->", "", text))]
        for text in ((INSTRUCTORS / "routes.md").read_text("utf-8"), routes.page())
    )
    assert stored == pytest.approx(made, rel=0.1, abs=3), AGAIN


def test_a_route_that_names_what_is_not_there_is_refused(tmp_path):
    source = (INSTRUCTORS / "routes.toml").read_text("utf-8")
    for old in ('"cascade"', '"explanation"', '"07_lems"'):
        (tmp_path / "routes.toml").write_text(source.replace(old, '"nowhere"'), "utf-8")
        with pytest.raises(ValueError, match="nowhere"):
            routes.routes(tmp_path / "routes.toml")


def test_words_are_counted_in_the_sections_that_are_used():
    one, two = (["late_peak"], ["late_peak", "channels_remaining"])
    fewer, more = (routes.read_words("03_calcium_influx", panels) for panels in (one, two))
    whole = sum(len(part.split()) for part in prose("03_calcium_influx"))
    assert 200 < fewer < more < whole
