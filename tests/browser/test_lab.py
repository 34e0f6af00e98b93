"""Each notebook in JupyterLab, run once: every control of every panel moved as a learner would."""

from dataclasses import dataclass

import pytest

from accessibility import Tree, complaints
from beside import Beside
from lems_helpers.lab.controls import Slider
from lems_helpers.lab.lesson import Lesson, all_lessons, load

NOTEBOOKS = [lesson.name for lesson in all_lessons()]
# Debian's Chromium at 200 % shows 1366 by 768 pixels as half as many.
SMALL, ZOOMED = {"width": 1366, "height": 768}, {"width": 683, "height": 384}

# A page draws its cells one after another, and a kernel may answer before the last is there.
STORED = """async (many) => {
  const images = () => [...document.querySelectorAll('.jp-OutputArea-output img')];
  for (let tenth = 0; images().length < many && tenth < 100; tenth++) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  await Promise.all(images().map(image => image.decode()));
  return images().map(image => [image.alt, image.naturalWidth]);
}"""
UNNAMED = """() => [...document.querySelectorAll(
    '.jupyter-widgets input, .jupyter-widgets select, .jupyter-widgets button, .noUi-handle')]
  .filter(e => e.getClientRects().length && !(e.getAttribute('aria-label') || e.title
    || e.textContent.trim() || (e.labels && [...e.labels].some(l => l.textContent.trim()))))
  .map(e => e.outerHTML.slice(0, 120))"""
# What sticks out of its output, and what hides a part of its own text.
CUT_OFF = """() => {
  const found = [];
  for (const root of document.querySelectorAll('.lm-panel, .lm-quiz, .lm-hints')) {
    const room = root.parentElement.getBoundingClientRect();
    for (const e of [root, ...root.querySelectorAll('*')]) {
      if (e.closest('svg') !== null && e.tagName !== 'svg') continue;
      const r = e.getBoundingClientRect(), style = getComputedStyle(e);
      if (!r.width || !r.height) continue;
      const who = `${e.className.baseVal ?? e.className} “${e.textContent.trim().slice(0, 40)}”`
        .replace(/lm-(Widget|Panel) |jupyter-widgets |widget-/g, '');
      const right = r.right - room.right, wide = e.scrollWidth - e.clientWidth;
      const high = e.scrollHeight - e.clientHeight;
      if (right > 1 || r.left < room.left - 1) found.push(`${who} sticks out by ${right}`);
      if (style.overflowX !== 'visible' && wide > 1) found.push(`${who} hides ${wide} across`);
      if (style.overflowY !== 'visible' && high > 1) found.push(`${who} hides ${high} below`);
    }
  }
  return found;
}"""
# Controls with a mark that a box around them would cut off.
CUT_MARKS = """panel => {
  const MARK = 5, cut = [];
  for (const e of panel.querySelectorAll('.widget-readout, .noUi-handle, select, input, button')) {
    const r = e.getBoundingClientRect();
    if (!r.width) continue;
    for (let box = e.parentElement; box !== panel; box = box.parentElement) {
      const b = box.getBoundingClientRect();
      const within = r.left - MARK >= b.left && r.right + MARK <= b.right
        && r.top - MARK >= b.top && r.bottom + MARK <= b.bottom;
      if (getComputedStyle(box).overflow !== 'visible' && !within) {
        cut.push(`${e.className || e.textContent} in ${box.className}`);
      }
    }
  }
  return cut;
}"""
# Keys that insert, delete, turn or move a cell in JupyterLab's command mode, on each thing that can
# have the focus. They are made in the page, as thousands of real ones would take minutes.
TYPE_ON_EACH = """() => {
  const cells = () => document.querySelectorAll('.jp-Cell').length;
  const selected = () => document.querySelector('.jp-Cell.jp-mod-active');
  const found = [], focusable = 'input, select, textarea, button, summary, [tabindex], a[href],'
    + ' [contenteditable]';
  let count = 0;
  for (const e of document.querySelectorAll('.jupyter-widgets')) {
    for (const part of e.querySelectorAll(focusable)) {
      if (part.disabled || !part.getClientRects().length || part.lmTyped) continue;
      part.lmTyped = true;
      part.focus();
      const before = cells(), at = selected();
      for (const key of ['a', 'b', 'm', 'y', 'x', 'd', 'd', 'j', 'k']) {
        const code = key.toUpperCase().charCodeAt(0);
        part.dispatchEvent(new KeyboardEvent('keydown',
          {key, code: 'Key' + key.toUpperCase(), keyCode: code, bubbles: true, cancelable: true}));
        if (cells() !== before || selected() !== at) {
          found.push(`${key} on ${part.outerHTML.slice(0, 160)}`);
          break;
        }
      }
      count += 1;
    }
  }
  return [count, found];
}"""


@dataclass
class Opened:
    """A notebook on a page with all its cells run; what it stored before; its panels."""

    page: object
    lesson: Lesson
    stored: list
    dialogs: int
    panels: list[Beside]


@pytest.fixture(scope="module", params=NOTEBOOKS)
def opened(request, new_page, open_notebook, run_all):
    """Each notebook, opened and run once for all tests of this file."""
    page, lesson = new_page(), load(request.param)
    open_notebook(page, lesson.name)
    stored = page.evaluate(STORED, len(lesson.panels))
    dialogs = page.locator(".jp-Dialog, .jp-Notification-Toast").count()
    run_all(page, lesson.name)
    panels = [Beside(page, panel) for panel in lesson.panels]
    yield Opened(page, lesson, stored, dialogs, panels)
    page.close()


def test_before_anything_is_run_the_pictures_are_there(opened):
    stored = dict(opened.stored)
    for panel in opened.lesson.panels:
        assert stored.get(panel.open().alt, 0) > 800, f"no stored picture of {panel.name}"
    assert opened.dialogs == 0


def test_every_panel_is_there(opened):
    assert opened.page.locator(".lm-panel").count() == len(opened.lesson.panels)


def test_each_prediction_gates_its_picture_and_then_shows_it(opened, subtests):
    for live in opened.panels:
        with subtests.test(panel=live.panel.name):
            predict(live)


def predict(live):
    """Bet with a mouse and a keyboard, after trying to see the picture without a bet."""
    options = live.panel.prediction.options
    assert live.gated
    assert not live.place.locator(".lm-picture [role=img]").is_visible()
    assert not live.place.locator(".lm-summary p").is_visible()
    assert live.place.locator("button:disabled").count() >= 1
    live.press("Show me")
    live.place.get_by_text("Choose one of the answers first").wait_for()
    live.place.get_by_text(options[0], exact=True).click()
    live.settle()
    live.page.keyboard.press("ArrowDown")
    assert live.role("radio", options[1]).is_checked()
    live.settle()
    live.press("Show me", by="keyboard")
    live.revealed(1)
    verdict = live.place.locator(".lm-verdict")
    assert verdict.inner_text().strip() == live.twin.verdict
    assert verdict.get_attribute("role") == "status"
    assert live.place.locator(".lm-picture [role=img]").is_visible()


def test_every_control_moves_all_faces_by_mouse_and_by_keyboard(opened, subtests):
    for live in opened.panels:
        with subtests.test(panel=live.panel.name):
            live.reveal()
            for by in ("keyboard", "mouse"):
                for control in live.panel.controls:
                    live.move(control, by)
            live.reset(by="keyboard")
            assert live.place.locator(".lm-summary").get_attribute("role") == "status"


def test_presets_a_kept_trace_and_reset(opened, subtests):
    for live in opened.panels:
        with subtests.test(panel=live.panel.name):
            live.reveal()
            if live.panel.keeps:
                live.move(live.panel.controls[0], "keyboard")
                live.press("Keep this trace")
                live.twin.keep()
                live.agree("keeping the trace")
            for number, preset in enumerate(live.panel.presets):
                live.press(preset, by=("mouse", "keyboard")[number % 2])
                live.twin.preset(preset)
                live.agree(f"the preset {preset!r}")
            live.reset(by="mouse")
            assert live.twin.state == live.panel.defaults


def test_every_control_has_a_name(opened):
    for live in opened.panels:
        live.reveal()
    assert opened.page.evaluate(UNNAMED) == []


def test_nothing_is_cut_off_on_a_small_screen_or_at_200_percent(opened):
    page = opened.page
    for live in opened.panels:
        live.reveal()
    for button in page.locator(".lm-hints button").all():
        button.click()
    try:
        for size in (SMALL, ZOOMED):
            page.set_viewport_size(size)
            page.wait_for_timeout(300)
            assert page.evaluate(CUT_OFF) == [], f"{size['width']} pixels wide"
    finally:
        page.set_viewport_size(SMALL)


def test_keys_on_a_control_run_no_notebook_command(opened):
    page = opened.page
    for live in opened.panels:
        live.reveal()
    count, ran = page.evaluate(TYPE_ON_EACH)
    assert ran == []
    assert count > 20
    cells = page.locator(".jp-Cell").count()
    for role in ("slider", "button", "combobox", "checkbox", "radio", "spinbutton", "textbox"):
        for part in page.locator(".jupyter-widgets").get_by_role(role).all()[:1]:
            part.focus()
            page.keyboard.type("ab")
            assert page.locator(".jp-Cell").count() == cells, f"a key on a {role} ran a command"
    # But a learner may save from where she is.
    page.locator(".noUi-handle, .lm-quiz input").first.focus()
    with page.expect_response(kept, timeout=20_000):
        page.keyboard.press("Control+s")


def test_the_mark_round_what_has_the_focus_is_not_cut(opened):
    for live in opened.panels:
        live.reveal()
        assert live.place.evaluate(CUT_MARKS) == [], live.panel.name


def kept(answer):
    return answer.request.method == "PUT" and "/api/contents/" in answer.url


def test_a_screen_reader_is_told_every_name_value_and_change(opened, subtests):
    page, tree = opened.page, Tree(opened.page)
    for live in opened.panels:
        with subtests.test(panel=live.panel.name):
            live.reveal()
            live.reset(by="mouse")
            # The tree follows the page a moment later.
            for _ in range(30):
                said = complaints(tree.below(live.place), live.panel)
                if not said:
                    break
                page.wait_for_timeout(100)
            assert said == []
            sliders = [c for c in live.panel.controls if isinstance(c, Slider)]
            if not sliders:
                continue
            slider = live.role("slider", sliders[0].title)
            # A region that is there before its words change is read aloud when they do.
            region = live.place.locator(".lm-summary")
            (before,) = [node for node in tree.below(region) if node.role == "status"]
            words = region.inner_text()
            slider.focus()
            page.keyboard.press("End" if sliders[0].default < sliders[0].high else "Home")
            page.wait_for_function(
                "([e, was]) => e.innerText !== was", arg=[region.element_handle(), words]
            )
            sentence = region.locator("p").first.inner_text()
            for _ in range(30):
                after = tree.below(region)
                if sentence in {node.name for node in after}:
                    break
                page.wait_for_timeout(100)
            assert sentence in {node.name for node in after}, sentence
            assert [node.place for node in after if node.role == "status"] == [before.place]
            live.place.get_by_role("button", name="Reset").click()


def test_the_console_is_quiet(opened):
    assert opened.page.complaints == []
