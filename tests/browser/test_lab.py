"""Each notebook in JupyterLab, its panels moved by keyboard, as a learner without a mouse would."""

import html
import re

import pytest

from lems_helpers.lab.controls import Slider
from lems_helpers.lab.lesson import all_lessons, load

NOTEBOOKS = [lesson.name for lesson in all_lessons()]
PICTURE = ".lm-picture svg[role=img]"


def panel_of(page, panel):
    """Return the place of a panel on the page, its picture revealed."""
    place = page.locator(".lm-panel").filter(has_text=panel.question)
    place.scroll_into_view_if_needed()
    if panel.prediction is not None:
        place.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        place.get_by_role("button", name="Show me").focus()
        page.keyboard.press("Enter")
        place.get_by_text("You predicted:").wait_for()
    return place


def shown(place):
    """What the three faces say now: drawing, alternative text, sentence."""
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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_panels_follow_the_keyboard_and_agree_with_the_kernel(name, page, run_all):
    run_all(page, name)
    assert page.locator(".lm-panel").count() == len(load(name).panels)
    for panel in load(name).panels:
        place, view = panel_of(page, panel), panel.open()
        expect_alt(place, view.alt)
        height = place.locator(".lm-picture").bounding_box()["height"]
        for control in panel.controls:
            if not isinstance(control, Slider):
                continue
            before = shown(place)
            handle = place.get_by_role("slider", name=control.title, exact=True)
            handle.focus()
            up = control.default < control.high
            page.keyboard.press("ArrowRight" if up else "ArrowLeft")
            step = control.step if up else -control.step
            expect_alt(place, view.reset().set(**{control.name: control.default + step}).alt)
            after = shown(place)
            if view.reading != panel.open().reading:
                assert before[0] != after[0], f"{panel.name}: the picture stayed"
                assert before[1] != after[1], f"{panel.name}: the alternative text stayed"
                assert before[2] != after[2], f"{panel.name}: the sentence stayed"
            assert after[2] == view.reading.sentence
            unit = re.escape(control.unit)
            assert re.fullmatch(rf"[\d.,]+ ?{unit}", handle.get_attribute("aria-valuetext"))
            place.get_by_role("button", name="Reset").click()
            expect_alt(place, view.reset().alt)
        assert place.locator(".lm-picture").bounding_box()["height"] == pytest.approx(height, abs=1)
        assert place.locator(".lm-summary").get_attribute("role") == "status"
    assert page.complaints == []


@pytest.mark.parametrize("name", NOTEBOOKS[:1])
def test_keys_on_a_control_run_no_notebook_command(name, page, run_all):
    run_all(page, name)
    cells = page.locator(".jp-Cell").count()
    place = panel_of(page, load(name).panels[0])
    for role in ("slider", "button", "combobox", "checkbox", "radio"):
        for control in place.get_by_role(role).all():
            if not control.is_enabled():
                continue
            control.focus()
            # In JupyterLab's command mode: insert above, below, cut, delete, interrupt.
            for key in ("a", "b", "x", "d", "d", "i", "i"):
                page.keyboard.press(key)
            assert page.locator(".jp-Cell").count() == cells, f"a key on a {role} ran a command"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_control_has_a_name(name, page, run_all):
    run_all(page, name)
    for panel in load(name).panels:
        panel_of(page, panel)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.jupyter-widgets input, .jupyter-widgets select,'
          + '.jupyter-widgets button, .jupyter-widgets .noUi-handle')]
          .filter(e => e.getClientRects().length
            && !(e.getAttribute('aria-label') || e.title || e.textContent.trim()
              || (e.labels && [...e.labels].some(l => l.textContent.trim()))))
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_before_anything_is_run_the_pictures_are_there(name, page, lab):
    page.goto(lab.notebook(name))
    page.wait_for_selector(".jp-Notebook")
    for panel in load(name).panels:
        view = panel.open()
        alt = html.escape(view.alt).replace("&#x27;", "'")
        picture = page.locator(f'img[alt="{alt}"]')
        picture.scroll_into_view_if_needed(timeout=60_000)
        assert picture.evaluate("image => image.naturalWidth") > 800


def test_the_first_start_asks_nothing(page, lab):
    page.goto(lab.notebook(NOTEBOOKS[0]))
    page.wait_for_selector(".jp-Notebook")
    page.wait_for_timeout(3000)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.get_by_text("Jupyter news").count() == 0
