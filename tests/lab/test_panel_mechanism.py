"""The panel's own behaviour, on a small panel made for the purpose."""

import numpy as np
import pytest

from lems_helpers.lab.controls import Choice, Seed, Slider, Toggle, value_widget
from lems_helpers.lab.panel import Panel, Prediction, Reading
from lems_helpers.lab.words import amount


def compute(share, doubled, kind, seed):
    if share == 13:
        raise ValueError("Channels remaining is 13 %, but must not be.")
    if share == 14:
        raise ZeroDivisionError("a fault of ours")
    return int(share) * (2 if doubled else 1)


def draw(figure):
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 200))
    now = axes.plot([], [], animated=True)[0]
    other = axes.plot([], [], animated=True)[0]

    def update(result, compared, label):
        if result == 15:
            raise TypeError("a fault of the drawing")
        now.set_data([0, 1], [result, result])
        other.set_data(*(([], []) if compared is None else ([0, 1], [compared, compared])))

    return update


PANEL = Panel(
    name="trial",
    question="Does it move?",
    controls=(
        Slider("share", "Channels remaining", "%", 0, 100, 1, 40),
        Toggle("doubled", "Doubled"),
        Choice("kind", "Kind", ("P/Q", "N"), "P/Q"),
        Seed(),
    ),
    compute=compute,
    draw=draw,
    describe=lambda result: Reading(f"It is {result} now.", {"It": f"{result} units"}),
    call=lambda **state: f"compute(**{state})",
    shows="A line.",
    leaves_out="Everything.",
    sources=("Dittrich2013",),
    presets={"LEMS": {"share": 40}, "Healthy": {"share": 100}},
    compare={"share": 100},
    prediction=Prediction(
        "Up or down?", ("Up", "Down"), lambda now, other: int(now < other), "So."
    ),
)


@pytest.fixture
def view():
    return PANEL.open()


def test_widgets_and_driving_by_name_are_the_same_thing(view):
    value_widget(view._controls["share"]).value = 70
    assert view.result == 70
    view.set(share=30, doubled=True)
    assert (view.result, view.state["share"]) == (60, 30)
    assert view._controls["doubled"].value is True


def test_text_and_still_faces_are_in_the_bundle_beside_the_live_one(view):
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == view.text()
    assert bundle["text/html"] == view.still_html()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "It: 40 units (healthy 100 units)" in view.text()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"share": 120}, "Channels remaining is 120, but must be between 0 and 100 %."),
        ({"share": np.nan}, "must be a finite number"),
        ({"share": "many"}, "must be a number"),
        ({"doubled": 1}, "must be True or False"),
        ({"kind": "L"}, "P/Q, N"),
        ({"seed": 1.5}, "must be a whole number"),
        ({"speed": 3}, "has no control 'speed'; it has share, doubled, kind, seed"),
    ],
)
def test_bad_values_are_refused_in_plain_words_and_nothing_is_lost(view, values, words):
    before = (view.text(), view._picture._front.value)
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        view.set(**values)
    assert (view.text(), view._picture._front.value) == before


def test_a_refusal_shows_a_message_and_keeps_the_last_picture(view):
    picture = view._picture._front.value
    value_widget(view._controls["share"]).value = 13
    assert "must not be" in view._message.value
    assert view._picture._front.value == picture
    assert "lm-stale" in view._picture.widget._dom_classes
    value_widget(view._controls["share"]).value = 50
    assert view._message.value == ""
    assert "lm-stale" not in view._picture.widget._dom_classes
    assert view.result == 50


def test_a_fault_of_ours_never_reaches_the_learner_as_a_traceback(view):
    value_widget(view._controls["share"]).value = 14
    assert "could not work this state out" in view._message.value
    assert "Traceback" not in view._message.value
    assert view.reset().problem == ""


def test_a_kept_trace_is_compared_with_until_it_is_let_go(view):
    view.set(share=80).keep()
    view.set(share=20)
    assert "(kept 80 units)" in view.text()
    view.keep()
    assert "(healthy 100 units)" in view.text()


def test_seeds_can_be_taken_again_and_anew(view):
    box, again, fresh = view._controls["seed"].children
    again.click()
    assert view.state["seed"] == 2
    box.value = 99_999
    again.click()
    assert view.state["seed"] == 0
    fresh.click()
    assert 0 <= view.state["seed"] <= 99_999


def test_the_model_judges_the_prediction(view):
    assert not view.revealed
    view.predict(0)
    assert view.revealed
    assert "The model says otherwise: Down. So." in view.verdict
    assert "agrees with you" in PANEL.open().predict(1).verdict


def test_show_me_without_a_choice_asks_for_one(view):
    view._gate._go.click()
    assert not view.revealed
    assert "Choose one" in view.verdict


def test_a_fault_in_the_drawing_is_said_and_the_last_picture_stays(view):
    picture = view._picture._front.value
    value_widget(view._controls["share"]).value = 15
    assert "could not work this state out" in view._message.value
    assert (view._picture._front.value, view.result) == (picture, 40)
    assert "It is 40 now." in view.alt
    value_widget(view._controls["share"]).value = 50
    assert (view.problem, view._message.value, view.result) == ("", "", 50)


def test_a_panel_that_fails_at_its_defaults_says_so_at_once():
    broken = Panel(**{**vars(PANEL), "compute": lambda **_: 1 / 0, "compare": None})
    with pytest.raises(RuntimeError, match="trial"):
        broken.open()


def test_a_label_may_not_end_in_brackets_that_are_no_unit():
    with pytest.raises(ValueError, match="must not end in brackets"):
        Slider("size_cv", "Spread of packet size (CV)", "", 0.1, 0.4, 0.01, 0.22)


@pytest.mark.parametrize(
    ("value", "words"),
    [(-118.2, "-118 pA"), (40, "40 pA"), (0.0499, "0.05 pA"), (9.97, "10 pA"), (-0.0, "0 pA")],
)
def test_an_amount_keeps_two_digits_and_no_minus_before_nothing(value, words):
    assert amount(value, "pA") == words
