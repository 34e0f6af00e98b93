"""Every panel's picture can be read: by everyone, in grey, and by eyes that miss a colour."""

import numpy as np
import pytest
from looks import Look, is_comparison, told_apart
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from lems_helpers.lab.lesson import all_lessons
from lems_helpers.lab.picture import Picture
from lems_helpers.lab.sight import SIGHTS, contrast, difference, seen
from lems_helpers.lab.style import COLOURS, INK, PAPER

PANELS = [
    pytest.param(panel, id=f"{lesson.name[:2]}-{panel.name}")
    for lesson in all_lessons()
    for panel in lesson.panels
]
# Traces drawn alike on purpose, as they show the same thing many times.
ALIKE = {
    "real_histogram": "one bell for each number of packets, named above its peak",
    "trials": "the latest impulses, side by side",
}
# Letters of invented patients stand where their numbers are, and two may be alike.
LETTERS = {"map": set("ABCD")}


@pytest.fixture(scope="module", params=PANELS)
def looks(request):
    """A panel, and its picture as it opens, at each preset, and with a trace kept."""
    panel = request.param
    view = panel.open()
    found = {"as it opens": Look(view._picture)}
    for preset in panel.presets:
        found[preset] = Look(view.reset().preset(preset)._picture)
    if panel.keeps:
        found["with a kept trace"] = Look(view.keep().set(**panel.defaults)._picture)
    return panel, found


def collect(found, complain):
    return sorted({said for look in found.values() for said in complain(look)})


@pytest.mark.slow
def test_words_are_large_enough_whole_and_apart(looks):
    panel, found = looks
    letters = LETTERS.get(panel.name, set())
    for look in found.values():
        look.words = [word for word in look.words if word.said not in letters]
        assert look.words
    assert collect(found, Look.complaints_of_words) == []


@pytest.mark.slow
def test_words_stand_out_from_what_is_behind_them(looks):
    _, found = looks
    assert collect(found, Look.complaints_of_contrast) == []


@pytest.mark.slow
def test_no_two_lines_differ_by_colour_alone(looks):
    panel, found = looks
    for look in found.values():
        for one, other in look.pairs_of_lines():
            if is_comparison(one) and is_comparison(other):
                continue  # each belongs to the trace it lies along
            alike = one.get_color() == other.get_color() and panel.name in ALIKE
            assert alike or told_apart(one, other), f"{_say(one)} and {_say(other)}"


def _say(line):
    return f"{line.get_color()} {line.get_linestyle()} from {line.get_xydata()[0]}"


@pytest.mark.parametrize("quantity", COLOURS)
@pytest.mark.parametrize("sight", SIGHTS)
def test_every_colour_of_the_palette_stands_out_for_all_eyes(quantity, sight):
    # What is lost is a cross, never a word.
    needed = 4.5 if sight == "usual" and quantity != "lost" else 3.0
    colour, paper = (seen(np.array(to_rgb(each)), sight) for each in (COLOURS[quantity], PAPER))
    assert contrast(colour, paper) >= needed
    assert contrast(to_rgb(INK), to_rgb(PAPER)) >= 7


# The checks themselves -------------------------------------------------------------------


def picture(draw):
    def build(figure):
        axes = figure.subplots()
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Time (ms)")
        draw(axes)
        return lambda: None

    made = Picture(build, 3.0)
    made.update(alt="trial")
    return Look(made)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda axes: axes.text(0.5, 0.5, "tiny", size=8), "“tiny” is only 8 points"),
        (lambda axes: axes.text(0.97, 0.5, "over the edge").set_in_layout(False), "is cut"),
        (lambda axes: (axes.text(0.5, 0.5, "one"), axes.text(0.5, 0.52, "two")), "each other"),
        (lambda axes: axes.text(0.5, 0.5, "-40"), "hyphen"),
    ],
)
def test_a_fault_in_the_words_is_named(draw, words):
    assert picture(lambda axes: axes.text(0.2, 0.2, "fine")).complaints_of_words() == []
    assert words in "; ".join(picture(draw).complaints_of_words())


def test_pale_words_are_named():
    look = picture(lambda axes: axes.text(0.5, 0.5, "pale", color="#8C8C8C"))
    assert "“pale” has a contrast of 3.4, needs 4.5" in look.complaints_of_contrast()


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"color": "#BF5200"}, {"color": "#00805F"}, False),
        ({"color": "#BF5200"}, {"color": "#00805F", "ls": "--"}, True),
        ({"color": "#BF5200"}, {"color": "#00805F", "marker": "o"}, True),
        ({"color": "#BF5200", "lw": 1}, {"color": "#00805F", "lw": 2}, True),
        ({"color": "#BF5200"}, {"color": "#000000"}, True),
        ({"ls": "", "marker": "o", "mfc": "#BF5200"}, {"ls": "", "marker": "o", "mfc": "w"}, True),
        ({"ls": "", "marker": "o", "c": "#BF5200"}, {"ls": "", "marker": "o", "c": "g"}, False),
    ],
)
def test_lines_are_told_apart_by_more_than_hue(one, other, apart):
    x = np.linspace(0, 1, 5)
    lines = [Line2D(x, x**power, **style) for power, style in ((1, one), (2, other))]
    assert told_apart(*lines) is apart

    def draw(axes):
        for line in lines:
            axes.add_line(line)

    assert list(picture(draw).pairs_of_lines()) == [tuple(lines)]


def test_what_eyes_see_agrees_with_what_is_published():
    red, green, grey = np.array([1.0, 0, 0]), np.array([0, 0.5, 0]), np.full(3, 0.4)
    for sight in SIGHTS:
        np.testing.assert_allclose(seen(grey, sight), grey, atol=1e-4)
    assert difference(red, green) > 100
    assert difference(seen(red, "deuteranopia"), seen(green, "deuteranopia")) < 45
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)
    assert difference(np.zeros(3), np.ones(3)) == pytest.approx(100, abs=0.1)
