"""Projector mode: larger and thicker where there is room, and not one word different."""

import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from lems_helpers.lab import projector
from lems_helpers.lab.lesson import begin, load
from lems_helpers.lab.picture import Picture

PANELS = [
    ("00_start_here", "cascade"),
    ("03_calcium_influx", "channels_remaining"),
]


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv(projector.VARIABLE, raising=False)
    monkeypatch.setattr(projector, "_SWITCHED", [])


def widths(view):
    return [part.get_linewidth() for part in view._picture.figure.findobj(Line2D)]


def sizes(view):
    return [text.get_fontsize() for text in view._picture.figure.findobj(Text)]


def picture_of(*words):
    """Draw words at given places of a picture that has nothing else but a line."""

    def build(figure):
        figure.add_artist(Line2D([0.1, 0.9], [0.1, 0.1]))
        for x, y, word in words:
            figure.text(x, y, word, fontsize=10)
        return lambda: None

    picture = Picture(build, 3.0)
    picture.update(alt="words")
    return picture


def type_of(*words):
    return [text.get_fontsize() for text in picture_of(*words).figure.texts]


@pytest.mark.parametrize(("name", "panel"), PANELS)
def test_the_words_stay_and_the_picture_grows(name, panel):
    usual = load(name).panel(panel)
    with projector.projected():
        large = load(name).panel(panel)
    assert large.text() == usual.text()
    assert large.alt == usual.alt
    assert widths(large) == pytest.approx([projector.LINES * width for width in widths(usual)])
    factors = {
        round(now / before, 3)
        for now, before in zip(sizes(large), sizes(usual), strict=True)
        if before > 0
    }
    assert len(factors) == 1
    assert factors <= {1, *(round(factor, 3) for factor in projector.TYPE)}
    preset = list(usual.panel.presets)[-1]
    assert large.preset(preset).text() == usual.preset(preset).text()


def test_after_it_everything_is_as_before_to_the_byte():
    words = (0.1, 0.5, "left")
    before = picture_of(words).still_html()
    with projector.projected():
        assert picture_of(words).still_html() != before
    assert picture_of(words).still_html() == before


def test_words_grow_where_there_is_room_and_stay_where_there_is_none():
    roomy = [(0.1, 0.5, "left"), (0.6, 0.5, "right")]
    assert type_of(*roomy) == [10, 10]
    projector.projector(True)
    assert type_of(*roomy) == pytest.approx([10 * projector.TYPE[0]] * 2)
    close = [(0.1, 0.5, "mmmmmmmmmm"), (0.27, 0.5, "mmmm")]
    at_the_edge = [(0.75, 0.5, "mmmmmmmmmmmmmm")]
    for crowded in (close, at_the_edge):
        assert type_of(*crowded)[0] < 10 * projector.TYPE[0]


@pytest.mark.parametrize(("value", "on"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_environment_turns_it_on(monkeypatch, value, on):
    monkeypatch.setenv(projector.VARIABLE, value)
    assert projector.projecting() is on


def test_a_notebook_turns_it_on_and_off_whatever_the_environment_says(monkeypatch):
    assert not projector.projecting()
    monkeypatch.setenv(projector.VARIABLE, "1")
    begin("03_calcium_influx", projector=False)
    assert not projector.projecting()
    begin("03_calcium_influx", projector=True)
    assert projector.projecting()
    assert "lm-projector" in load("03_calcium_influx").quiz()._dom_classes


def test_a_tall_picture_never_outgrows_the_window_and_never_shrinks():
    assert projector.widest(826, 422) == "826px"
    projector.projector(True)
    assert projector.widest(826, 422) == "max(826px, min(1239px, 161vh))"
