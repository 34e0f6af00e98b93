"""Each notebook in JupyterLab, run once, its panels moved as a learner without a mouse would."""

import html
import re

import pytest

from lems_helpers.lab.controls import Slider
from lems_helpers.lab.lesson import all_lessons, load

NOTEBOOKS = [lesson.name for lesson in all_lessons()]
PICTURE = ".lm-picture svg[role=img]"
UNNAMED = """() => [...document.querySelectorAll(
    '.jupyter-widgets input, .jupyter-widgets select, .jupyter-widgets button, .noUi-handle')]
  .filter(e => e.getClientRects().length && !(e.getAttribute('aria-label') || e.title
    || e.textContent.trim() || (e.labels && [...e.labels].some(l => l.textContent.trim()))))
  .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", params=NOTEBOOKS)
def ran(request, new_page, run_all):
    """A notebook with all cells run, once for all tests of this file; and its lesson."""
    page = new_page()
    yield run_all(page, request.param), load(request.param)
    page.close()


def panel_of(page, panel):
    """Return the place of a panel on the page, its picture revealed by keyboard alone."""
    place = page.locator(".lm-panel").filter(has_text=panel.question)
    place.scroll_into_view_if_needed()
    if panel.prediction is not None and place.get_by_role("button", name="Show me").count():
        place.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        place.get_by_role("button", name="Show me").focus()
        page.keyboard.press("Enter")
        place.get_by_text("You predicted:").wait_for()
    return place


def shown(place):
    """Return what the faces say now: drawing, alternative text, sentence."""
    picture = place.locator(PICTURE)
    return (
        picture.inner_html(),
        picture.get_attribute("aria-label"),
        place.locator(".lm-summary p").inner_text(),
    )


def expect_alt(place, alt):
    """Wait until the picture's alternative text is `alt`."""
    quoted = alt.replace("\\", "\\\\").replace('"', '\\"')
    place.locator(f'{PICTURE}[aria-label="{quoted}"]').wait_for(state="attached")


def test_every_panel_is_there(ran):
    page, lesson = ran
    assert page.locator(".lm-panel").count() == len(lesson.panels)


def test_sliders_follow_the_keyboard_and_agree_with_the_kernel(ran):
    page, lesson = ran
    for panel in lesson.panels:
        place, view = panel_of(page, panel), panel.open()
        expect_alt(place, view.alt)
        height = place.locator(".lm-picture").bounding_box()["height"]
        for control in panel.controls:
            if isinstance(control, Slider):
                one_step(page, place, view, control)
        assert place.locator(".lm-picture").bounding_box()["height"] == pytest.approx(height, abs=1)
        assert place.locator(".lm-summary").get_attribute("role") == "status"


def one_step(page, place, view, control):
    """Press an arrow key on a slider; hold the page against a panel driven in this process."""
    before = shown(place)
    handle = place.get_by_role("slider", name=control.title, exact=True)
    handle.focus()
    up = control.default < control.high
    page.keyboard.press("ArrowRight" if up else "ArrowLeft")
    start = view.reset().reading
    view.set(**{control.name: control.default + (control.step if up else -control.step)})
    expect_alt(place, view.alt)
    after = shown(place)
    assert after[2] == view.reading.sentence
    if view.reading.sentence != start.sentence:
        for i, face in enumerate(("picture", "alternative text", "sentence")):
            assert before[i] != after[i], f"{view.panel.name}: the {face} stayed"
    unit = re.escape(control.unit)
    assert re.fullmatch(rf"[−\-\d.,]+ ?{unit}", handle.get_attribute("aria-valuetext"))
    place.get_by_role("button", name="Reset").click()
    expect_alt(place, view.reset().alt)


def test_every_control_has_a_name(ran):
    page, lesson = ran
    for panel in lesson.panels:
        panel_of(page, panel)
    assert page.evaluate(UNNAMED) == []


def test_keys_on_a_control_run_no_notebook_command(ran):
    page, lesson = ran
    cells = page.locator(".jp-Cell").count()
    place = panel_of(page, lesson.panels[0])
    for role in ("slider", "button", "combobox", "checkbox", "radio"):
        for control in place.get_by_role(role).all():
            control.focus()
            # In JupyterLab's command mode: insert a cell above, and one below.
            for key in ("a", "b"):
                page.keyboard.press(key)
            page.wait_for_timeout(200)
            assert page.locator(".jp-Cell").count() == cells, f"a key on a {role} ran a command"


def test_the_console_is_quiet(ran):
    page, _ = ran
    assert page.complaints == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_before_anything_is_run_the_pictures_are_there(name, new_page, lab):
    page = new_page()
    page.goto(lab.untouched(name))
    page.wait_for_selector(".jp-Notebook")
    for panel in load(name).panels:
        alt = html.escape(panel.open().alt).replace("&#x27;", "'")
        picture = page.locator(f'img[alt="{alt}"]')
        picture.scroll_into_view_if_needed(timeout=60_000)
        assert picture.evaluate("image => image.naturalWidth") > 800
    assert page.locator(".jp-Dialog").count() == 0
    assert page.get_by_text("Jupyter news").count() == 0
    page.close()
