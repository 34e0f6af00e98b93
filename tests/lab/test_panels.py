"""Every panel of every lesson, driven in the kernel to all its corners."""

import html
import itertools
import re
import sys
import time

import numpy as np
import pytest
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from lems_helpers.lab.controls import Seed, Slider, value_widget
from lems_helpers.lab.lesson import all_lessons
from lems_helpers.lab.picture import Picture
from lems_helpers.lab.recipe import recipe
from lems_helpers.lab.style import course_style

PANELS = [
    pytest.param(panel, id=f"{lesson.name[:2]}-{panel.name}")
    for lesson in all_lessons()
    for panel in lesson.panels
]
# Every eighth state is drawn in full, as SVG, and the random ones of them are timed; in the others
# the artists move too, but nothing is made for the page.
RANDOM_STATES, DRAWN_EVERY = 200, 8
BUDGET_S = 0.1


@pytest.fixture(autouse=True)
def without_scipy(monkeypatch):
    """Importing SciPy takes a second, which no slider may wait for: here it fails."""
    loaded = [name for name in sys.modules if name.startswith("scipy.")]
    for name in ("scipy", *loaded):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture(scope="module", params=PANELS)
def opened(request):
    return request.param.open()


@pytest.fixture
def view(opened):
    """An open panel as it starts: one for all tests of a panel, as for its learner."""
    return opened.reset()


def corners(panel):
    return itertools.product(*(control.extremes() for control in panel.controls))


def named(panel, values):
    return {control.name: value for control, value in zip(panel.controls, values, strict=True)}


def axes_limits(view):
    # Not `get_position`, which has the whole figure drawn anew at the next move.
    return [(a.get_xlim(), a.get_ylim(), a.bbox.bounds) for a in view._picture.figure.axes]


def assert_sound(view, where):
    assert view.problem == "", f"{where}: {view.problem}"
    assert 20 < len(view.reading.sentence) <= 200, f"{where}: {view.reading.sentence}"
    words = " ".join([view.reading.sentence, *view.reading.numbers.values()])
    assert not re.search(r"\b(nan|inf)\b", words, re.IGNORECASE), f"{where}: {words}"
    for artist in view._picture.moving():
        assert np.isfinite(places(artist)).all(), f"{where}: {artist} is not finite"


def places(artist):
    """Return the numbers that say where an artist stands, as far as it has such."""
    if isinstance(artist, Line2D):
        return artist.get_xydata()
    if isinstance(artist, Text):
        return np.asarray(artist.get_position(), dtype=float)
    if isinstance(artist, Patch):
        return artist.get_path().vertices
    if isinstance(artist, Collection):
        parts = [artist.get_offsets(), *(path.vertices for path in artist.get_paths())]
        return np.concatenate([np.ma.getdata(part).reshape(-1, 2) for part in parts])
    return np.zeros(0)


@pytest.mark.parametrize("panel", PANELS)
def test_it_is_declared_by_the_rules(panel):
    assert panel.question.endswith("?")
    assert sum(not isinstance(control, Seed) for control in panel.controls) <= 4
    assert panel.kind.startswith(("Model output", "Schematic", "Real data"))
    assert panel.leaves_out
    assert panel.sources
    for control in panel.controls:
        assert control.label[0].isupper()
        assert "_" not in control.title
    for preset in panel.presets.values():
        panel.state(**preset)


def test_it_stands_at_every_corner_with_its_axes_fixed(view, monkeypatch):
    limits = axes_limits(view)
    for i, values in enumerate(corners(view.panel)):
        state = named(view.panel, values)
        with monkeypatch.context() as patch:
            if i % DRAWN_EVERY:
                patch.setattr(Picture, "update", move_only)
            view.set(**state)
        assert_sound(view, state)
        assert axes_limits(view) == limits, f"the axes moved at {state}"


@pytest.mark.slow
def test_it_stands_at_random_states_within_its_time(view, monkeypatch, caplog):
    rng, limits, times = np.random.default_rng(7), axes_limits(view), []
    for i in range(RANDOM_STATES):
        state = {control.name: control.random(rng) for control in view.panel.controls}
        drawn = i % DRAWN_EVERY == 0
        with monkeypatch.context() as patch:
            if not drawn:
                patch.setattr(Picture, "update", move_only)
            begin = time.thread_time()
            view.set(**state)
            times += [time.thread_time() - begin] * drawn
        assert_sound(view, state)
        assert axes_limits(view) == limits, f"the axes moved at {state}"
    # What a move left undrawn because it had not changed was the same indeed.
    view._refresh()
    front = view._picture._front.value
    view._picture._drawn.clear()
    view._refresh()
    assert view._picture._front.value == front
    assert caplog.messages == []  # what Matplotlib says of numbers it cannot place
    # The time of this thread alone: tests share the machine.
    assert min(times) < BUDGET_S, f"{1e3 * min(times):.0f} ms per move"


def move_only(picture, *args, alt):
    with course_style():
        picture._update(*args)


def test_every_control_moves_the_picture_its_words_or_both(view):
    for control in view.panel.controls:
        seen = set()
        for value in (*control.extremes(), control.default):
            view.reset().set(**{control.name: value})
            seen.add((_bare(view._picture._front.value), _bare(view._picture._back.value)))
        assert len(seen) > 1, f"{control.label} changes nothing"


def _bare(svg):
    return re.sub(r'aria-label="[^"]*"', "", svg)


@pytest.mark.slow
def test_picture_words_and_result_are_of_one_state(view):
    panel = view.panel
    view.set(**named(panel, next(iter(corners(panel)))))
    assert view.reading == panel.describe(view.result)
    assert f'aria-label="{_escaped(view.alt)}"' in view._picture._front.value
    assert view.reading.sentence in view.text()
    assert _escaped(view.reading.sentence) in view.still_html()
    assert panel.call(**view.state) in view.text()


def _escaped(text):
    return html.escape(text, quote=True)


def test_reset_and_presets(view):
    panel, start = view.panel, view.text()
    for name in panel.presets:
        view.preset(name)
        assert_sound(view, name)
    view.keep()
    assert view.reset().state == panel.defaults
    assert view.text() == start


@pytest.mark.parametrize("panel", PANELS)
def test_the_settings_line_can_be_pasted_and_gives_a_number(panel):
    for state in (panel.defaults, named(panel, next(iter(corners(panel))))):
        *imports, call = recipe(panel.call(**panel.state(**state)), panel.compute).splitlines()
        namespace = {}
        exec("\n".join(imports), namespace)
        assert np.all(np.isfinite(np.asarray(eval(call, namespace), dtype=float)))


@pytest.mark.parametrize("panel", PANELS)
def test_what_is_pasted_refuses_what_its_control_would_refuse(panel):
    for control in panel.controls:
        bad = ["?", None, float("nan")]
        if isinstance(control, Slider):
            bad += [control.low - 1, control.high + 1]
        elif isinstance(control, Seed):
            bad += [-1, 1.5]
        for value in bad:
            with pytest.raises(ValueError, match=f"^{re.escape(control.label)}"):
                panel.compute(**{**panel.defaults, control.name: value})


def test_a_kept_trace_shows(view):
    panel = view.panel
    if not panel.keeps:
        pytest.skip("this panel has nothing to keep")
    here, there = (
        named(panel, values) for values in (next(corners(panel)), list(corners(panel))[-1])
    )
    view.set(**here).keep()
    view.set(**there)
    kept = view._picture._front.value
    view.keep()
    assert kept != view._picture._front.value


@pytest.mark.slow
@pytest.mark.parametrize("panel", PANELS)
def test_a_prediction_gates_the_picture_then_shows_it(panel, monkeypatch):
    if panel.prediction is None:
        pytest.skip("this panel asks for no prediction")
    for option in (None, *range(len(panel.prediction.options))):
        view = panel.open()
        monkeypatch.setattr(Picture, "update", move_only)  # one drawing is enough
        assert not view.revealed
        assert value_widget(next(iter(view._controls.values()))).disabled
        view.predict(option)
        assert view.revealed
        assert not value_widget(next(iter(view._controls.values()))).disabled
        if option is not None:
            assert panel.prediction.options[option] in view.verdict
