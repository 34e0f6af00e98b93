"""What may go wrong at a learner's desk: nothing is lost, and one clear sentence says what to do.

The faults come one after another in one notebook, as on a bad day; each test leaves it working.
"""

import re
import time

import nbformat
import pytest
from playwright.sync_api import expect

from beside import Beside
from lems_helpers.lab.lesson import load

NAME = "a_bad_day"
CELLS = (
    'import os\nos.environ["LEMS_PROGRESS"] = "a_bad_day.json"\n'
    'from lems_helpers.lab import begin\nlesson = begin("03_calcium_influx")',
    'lesson.panel("channels_remaining")',
    'other = begin("05_quanta")\nother.panel("real_histogram")',
    """from dataclasses import replace
from functools import wraps
from time import sleep
sound = next(panel for panel in lesson.panels if panel.name == "channels_remaining")
@wraps(sound.compute)
def compute(**state):
    if state["share"] == sound.defaults["share"] + 1:
        sleep(9)
    if state["calcium_mM"] != 2:
        raise ZeroDivisionError("a fault of ours")
    return sound.compute(**state)
faulty = replace(sound, question="Does it live through a fault?", compute=compute, prediction=None)
faulty.open()""",
    "lesson.quiz()",
    """steady = replace(sound, question="Does it say the same of every state?", prediction=None,
    describe=lambda _: sound.describe(sound.compute(**sound.defaults)), call=lambda **_: "1 + 1")
steady.open()""",
)
HERE = next(
    panel for panel in load("03_calcium_influx").panels if panel.name == "channels_remaining"
)
THERE = next(panel for panel in load("05_quanta").panels if panel.name == "real_histogram")
# Generous, as tests share the machine; a backlog of sixty moves takes much longer.
SOON = 4.0
# Longer than the page waits until it says that a move was not answered.
PATIENCE = 6.5


class Desk:
    """A notebook on a page, whose cable can be pulled."""

    def __init__(self, page, lab):
        self.page, self.lab, self._sockets, self._cut = page, lab, [], False
        page.route_web_socket("**/channels*", self._connect)

    def _connect(self, socket):
        if self._cut:
            socket.close()
        else:
            self._sockets.append((socket, socket.connect_to_server()))

    def hang_up(self):
        """Close the lines that are open; the page dials anew."""
        while self._sockets:
            self._sockets.pop()[0].close(code=3001)

    def swallow(self, what):
        """Lose what the open lines carry from now on: the page's moves or the kernel's answers."""
        for page, server in self._sockets:
            {"moves": page, "answers": server}[what].on_message(lambda _: None)

    def cut(self):
        self._cut = True
        self.page.context.set_offline(True)
        self.hang_up()

    def mend(self):
        self._cut = False
        self.page.context.set_offline(False)

    def menu(self, name, entry):
        self.page.locator(".lm-MenuBar-item").get_by_text(name, exact=True).click()
        self.page.locator(".lm-Menu").get_by_text(entry, exact=True).click()

    def save(self):
        """Save the notebook, and wait until the server has it."""
        with self.page.expect_response(lambda answer: answer.request.method == "PUT"):
            self.menu("File", "Save Notebook")

    def dismiss(self, words):
        """Close the dialogs that say `words`."""
        dialog = self.page.locator(".jp-Dialog").filter(has_text=words)
        dialog.first.wait_for()
        while dialog.count():
            dialog.locator("button").last.click()
            self.page.wait_for_timeout(200)

    def panel(self, panel=HERE):
        """Return a panel as it stands, at its defaults."""
        live = Beside(self.page, panel)
        live.reveal()
        live.reset(by="mouse")
        return live

    def kernels(self):
        return f"{self.lab.address}/api/kernels"

    def stop_kernels(self):
        token = {"Authorization": f"token {self.lab.token}"}
        request = self.page.context.request
        for kernel in request.get(self.kernels(), headers=token).json():
            request.delete(f"{self.kernels()}/{kernel['id']}", headers=token)


@pytest.fixture(scope="module")
def desk(new_page, lab, run_all):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.folder / f"{NAME}.ipynb")
    page = new_page()
    desk = Desk(page, lab)
    run_all(page, NAME)
    yield desk
    desk.stop_kernels()
    page.close()


def works(live):
    """Move a panel's first control, and bring it back."""
    live.move(live.panel.controls[0], "keyboard")
    live.reset(by="mouse")


def test_panels_of_two_notebooks_in_one_session_keep_to_themselves(desk):
    here, there = desk.panel(HERE), desk.panel(THERE)
    here.move(HERE.controls[0], "keyboard")
    there.agree("a move in the other notebook's panel")
    there.move(THERE.controls[0], "keyboard")
    here.agree("a move in the other notebook's panel")
    ids = desk.page.evaluate(
        "() => [...document.querySelectorAll('.lm-picture [id]')].map(e => e.id)"
    )
    assert len(ids) == len(set(ids)) > 0


def test_a_cell_run_twice_gives_one_panel_that_works(desk):
    here = desk.panel()
    here.move(HERE.controls[0], "keyboard")
    for _ in range(2):
        desk.page.locator(".jp-CodeCell .cm-content").nth(1).click()
        desk.page.keyboard.press("Control+Enter")
        desk.page.wait_for_timeout(300)
    desk.page.locator(".lm-gate .lm-options").wait_for()
    assert desk.page.locator(".lm-panel").filter(has_text=HERE.question).count() == 1
    works(desk.panel())


def test_a_fast_drag_ends_where_the_hand_ends(desk):
    here, control = desk.panel(), HERE.controls[0]
    handle = here.role("slider", control.title)
    track = here.place.locator(".noUi-target").first.bounding_box()
    grip = handle.bounding_box()
    y = grip["y"] + grip["height"] / 2
    mouse = desk.page.mouse
    mouse.move(grip["x"] + grip["width"] / 2, y)
    mouse.down()
    for i in range(60):
        mouse.move(track["x"] + track["width"] * ((0.17 * i) % 1.0), y)
    mouse.move(track["x"] + track["width"] + 9, y)
    mouse.up()
    begin = time.monotonic()
    here.twin.set(**{control.name: control.high})
    here.agree("a fast drag")
    assert time.monotonic() - begin < SOON
    here.reset(by="mouse")


def test_a_fault_in_the_model_is_said_in_one_sentence_and_reset_helps(desk):
    place = desk.page.locator(".lm-panel").filter(has_text="Does it live through a fault?")
    alt = place.locator("[role=img]").get_attribute("aria-label")
    place.get_by_role("slider").nth(1).focus()
    desk.page.keyboard.press("ArrowRight")
    place.get_by_text("The model could not work this state out").wait_for()
    assert "Reset brings the defaults back" in place.locator(".lm-message").inner_text()
    assert place.locator(".lm-message").get_attribute("role") == "status"
    assert place.locator("[role=img]").get_attribute("aria-label") == alt
    place.get_by_role("button", name="Reset").click()
    place.locator(".lm-message").wait_for(state="hidden")
    assert place.locator(".lm-stale").count() == 0


def test_two_tabs_on_one_notebook_show_one_state(desk, new_page, open_notebook):
    here = desk.panel()
    desk.save()
    second = open_notebook(new_page(), NAME)
    there = Beside(second, HERE)
    there.twin.predict(None)
    here.move(HERE.controls[0], "keyboard")
    there.twin.set(**here.twin.state)
    there.agree("a move in the first tab")
    there.move(HERE.controls[0], "mouse")
    here.twin.set(**there.twin.state)
    here.agree("a move in the second tab")
    second.close()
    here.reset(by="mouse")


def test_a_quick_move_leaves_the_page_calm_and_a_long_one_is_shown(desk):
    # The circle in the toolbar stands for all that changes with the kernel's state.
    here = desk.panel()
    here.settle()
    circle = desk.page.locator(".jp-Notebook-ExecutionIndicator")
    expect(circle).to_have_attribute("data-status", "idle")
    circle.evaluate(
        """circle => {
          window.circleSaid = [];
          new MutationObserver(() => window.circleSaid.push(circle.dataset.status))
            .observe(circle, {attributeFilter: ['data-status']});
        }"""
    )
    here.move(HERE.controls[0], "keyboard")
    assert desk.page.evaluate("window.circleSaid") == []
    place = desk.page.locator(".lm-panel").filter(has_text="Does it live through a fault?")
    place.get_by_role("slider").first.focus()
    desk.page.keyboard.press("ArrowRight")
    expect(circle).to_have_attribute("data-status", "busy")
    expect(circle).to_have_attribute("data-status", "idle", timeout=20_000)
    place.get_by_role("button", name="Reset").click()


def test_a_network_that_comes_and_goes_loses_no_move(desk):
    here, control = desk.panel(), HERE.controls[0]
    desk.cut()
    here.role("slider", control.title).focus()
    for _ in range(3):
        desk.page.keyboard.press("ArrowRight")
    desk.dismiss("A connection to the Jupyter server could not be established")
    desk.mend()
    desk.menu("Kernel", "Reconnect to Kernel")
    here.twin.set(**{control.name: control.default + 3 * control.step})
    here.agree("the network's return")
    said = f"{control.default + 3 * control.step:g} {control.unit}"
    assert here.role("slider", control.title).get_attribute("aria-valuetext") == said
    here.settle()  # the page is still finding the kernel again when the moves made meanwhile arrive
    works(here)


@pytest.mark.parametrize("lost", ["moves", "answers"])
def test_what_a_failing_network_swallowed_comes_through_in_the_end(desk, lost):
    here, control = desk.panel(), HERE.controls[0]
    here.settle()
    desk.swallow(lost)
    here.role("slider", control.title).focus()
    for _ in range(3):
        desk.page.keyboard.press("ArrowRight")
        desk.page.wait_for_timeout(300)
    desk.hang_up()
    here.twin.set(**{control.name: control.default + 3 * control.step})
    here.agree("a line that swallowed the moves or their answers")
    here.settle()
    works(here)


def test_a_move_that_waits_for_its_answer_is_said_to_until_it_comes(desk):
    place = desk.page.locator(".lm-panel").filter(has_text="Does it live through a fault?")
    place.get_by_role("slider").first.focus()
    desk.page.keyboard.press("ArrowRight")
    # A page that finds its kernel again writes the same words anew: no answer.
    place.locator(".lm-settings .widget-html-content").evaluate(
        "words => { words.innerHTML = words.innerHTML; }"
    )
    waiting = desk.page.locator(".lm-unanswered")
    (said,) = advice(waiting)
    assert "Python has not answered your last move" in said
    waiting.wait_for(state="detached")
    place.get_by_role("button", name="Reset").click()


def test_an_answer_that_comes_together_with_its_move_leaves_nothing_waiting(desk):
    # The kernel moved the slider and the words, and a slow page hears of both at once.
    here = desk.panel()
    here.role("slider", HERE.controls[0].title).focus()
    desk.page.keyboard.press("Shift")
    here.place.evaluate(
        """panel => {
          panel.querySelector('.widget-readout').textContent += ' ';
          panel.querySelector('.lm-settings .widget-html-content').append(' now');
        }"""
    )
    desk.page.wait_for_timeout(1000 * PATIENCE)
    assert desk.page.locator(".lm-unanswered").count() == 0
    works(here)


def test_an_answer_in_the_same_words_is_an_answer(desk):
    place = desk.page.locator(".lm-panel").filter(has_text="Does it say the same of every state?")
    place.get_by_role("slider").first.focus()
    desk.page.keyboard.press("ArrowRight")
    desk.page.wait_for_timeout(1000 * PATIENCE)
    assert desk.page.locator(".lm-unanswered").count() == 0


def test_a_folder_that_cannot_be_written_leaves_the_lesson_going(desk):
    def refuse(route):
        if route.request.method == "PUT":
            route.fulfill(status=403, json={"message": "Permission denied: a_bad_day.ipynb"})
        else:
            route.continue_()

    desk.page.route("**/api/contents/**", refuse)
    here = desk.panel()
    here.move(HERE.controls[0], "keyboard")
    desk.menu("File", "Save Notebook")
    desk.dismiss("Permission denied")
    here.agree("a failed save")
    desk.page.unroute("**/api/contents/**")
    works(here)


def advice(panel):
    """Return what a panel without its Python says, as often as it says it."""
    panel.first.wait_for()
    return panel.first.evaluate(
        "panel => [panel, ...panel.querySelectorAll('.jupyter-widgets-disconnected')]"
        ".map(e => getComputedStyle(e, '::before').content).filter(said => said !== 'none')"
    )


def test_a_restarted_kernel_is_said_in_one_sentence_and_running_again_helps(desk, run_all):
    works(desk.panel())
    quiz = desk.page.locator(".lm-quiz")
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button", name="Check answer 1").click()
    feedback = quiz.locator(".lm-feedback").first
    expect(feedback).to_have_text(re.compile("Right|Not quite"))
    said_of_it = feedback.inner_text()
    quiz.evaluate("quiz => { quiz.dataset.before = 'the restart'; }")
    desk.menu("Kernel", "Restart Kernel…")
    desk.page.locator(".jp-Dialog").get_by_text("Restart", exact=True).click()
    (said,) = advice(desk.page.locator(".lm-panel.jupyter-widgets-disconnected"))
    assert "No longer connected to Python" in said
    assert "Run All Cells" in said
    run_all(desk.page, NAME)
    works(desk.panel())
    assert desk.page.locator(".jupyter-widgets-disconnected").count() == 0
    # The quiz remembers her answer and what was said of it.
    quiz = desk.page.locator(".lm-quiz:not([data-before])")
    expect(quiz.locator(".lm-feedback").first).to_have_text(said_of_it)
    expect(quiz.get_by_role("radio").first).to_be_checked()


def test_a_saved_notebook_opened_the_next_day_shows_its_pictures(desk, open_notebook):
    here = desk.panel()
    here.move(HERE.controls[0], "keyboard")
    desk.save()
    desk.page.goto("about:blank")
    desk.stop_kernels()
    open_notebook(desk.page, NAME)
    (said,) = advice(desk.page.locator(".lm-panel.jupyter-widgets-disconnected"))
    assert "No longer connected to Python" in said
    again = Beside(desk.page, HERE)
    again.twin.set(**here.twin.state)
    again.agree("a night without a kernel")


# ipywidgets looks for a widget once in 100 ms for two seconds, and a widget that comes after the
# last look was said to be missing for good. Here the first look is the last.
SELDOM = """() => {
  const later = window.setTimeout;
  window.setTimeout = (what, ms, ...more) => later(what, ms === 100 ? 3000 : ms, ...more);
}"""


def test_pictures_that_come_after_the_last_look_are_shown(desk, open_notebook):
    desk.page.goto("about:blank")
    desk.stop_kernels()
    desk.page.add_init_script(f"({SELDOM})()")
    open_notebook(desk.page, NAME)
    desk.page.locator(".lm-panel.jupyter-widgets-disconnected").first.wait_for()
    assert desk.page.get_by_text("model not found").count() == 0
