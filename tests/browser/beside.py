"""A panel on the page beside its twin: the same panel, driven in the test's own process."""

from __future__ import annotations

import itertools

from playwright.sync_api import TimeoutError

from lems_helpers.lab.controls import Choice, Seed, Slider, Toggle
from lems_helpers.lab.panel import Panel

SECONDS = 20
_SERIAL = itertools.count(1)

# The page's faces of a panel, and the twin's as this browser would write them. Ids differ from one
# picture to the next. What has not changed since last asked is not parsed again.
_COMPARE = """([panel, twin]) => {
  const tidy = html => {
    window.lemsTidy = window.lemsTidy || new Map();
    if (!lemsTidy.has(html)) {
      const made = document.createElement('template');
      made.innerHTML = html;
      if (lemsTidy.size > 40) lemsTidy.clear();
      lemsTidy.set(html, made.innerHTML.replace(/lm\\d+[a-z]\\d*-/g, ''));
    }
    return lemsTidy.get(html);
  };
  const box = panel.querySelector('.lm-picture');
  const written = css => panel.querySelector(css + ' .widget-html-content').innerHTML;
  const drawn = () => [...box.querySelectorAll('.widget-html-content')]
    .map(layer => layer.innerHTML).join('').replace(/lm\\d+[a-z]\\d*-/g, '');
  const image = box.querySelector('[role=img]');
  const differs = [];
  if (tidy(twin.settings) !== written('.lm-settings')) differs.push('settings');
  if (tidy(twin.words) !== written('.lm-summary')) differs.push('sentence and numbers');
  if (!image || image.getAttribute('aria-label') !== twin.alt) differs.push('alternative text');
  if (!differs.length && tidy(twin.drawing) !== drawn()) differs.push('picture');
  const from = panel.getBoundingClientRect(), at = box.getBoundingClientRect();
  const said = panel.querySelector('.lm-message .widget-html-content');
  const places = {'picture box': [at.left - from.left, at.top - from.top, at.width, at.height]};
  for (const e of panel.querySelectorAll('.noUi-target, select, input, button')) {
    const r = e.getBoundingClientRect();
    const name = `${e.tagName.toLowerCase()} ${e.title || e.textContent || e.type || ''}`;
    places[name] = [r.left - from.left, r.top - from.top, r.height];
  }
  return {differs, places, message: said ? said.textContent : ''};
}"""
_AGREES = f"pair => {{ const seen = ({_COMPARE})(pair); return !seen.differs.length && seen; }}"
_NAME = "([panel, name]) => panel.setAttribute('data-beside', name)"


class Beside:
    """One panel of a page, with hands for its controls.

    Attributes
    ----------
    place : playwright Locator
    twin : PanelView
        What the page is held against.
    states : int
        How many states were driven and found to agree.
    """

    def __init__(self, page, panel: Panel):
        self.page, self.panel, self.twin = page, panel, panel.open()
        self.states = 0
        self._element = page.locator(".lm-panel").filter(has_text=panel.question).element_handle()
        # A name of its own is found at once; the question is looked for in every drawing.
        name = f"{next(_SERIAL)}"
        page.evaluate(_NAME, [self._element, name])
        self.place = page.locator(f'[data-beside="{name}"]')
        self._places = None

    # -- what the page shows ----------------------------------------------------------------------

    def agree(self, after: str, seconds: float = SECONDS) -> None:
        """Wait until the page shows what the twin shows; fail naming the face that does not."""
        pair = [self._element, self._expected()]
        try:
            seen = self.page.wait_for_function(
                _AGREES, arg=pair, timeout=1000 * seconds
            ).json_value()
        except TimeoutError:
            seen = self.page.evaluate(_COMPARE, pair)
        assert not seen["differs"], f"{self._who(after)}: {seen['differs']} of another state"
        assert seen["message"] == "", self._who(after)
        self.states += 1
        if self._places is not None:
            moved = [
                (name, place, now)
                for name, place in self._places.items()
                if (now := seen["places"].get(name))
                and any(abs(a - b) > 1 for a, b in zip(place, now, strict=True))
            ]
            assert not moved, f"{self._who(after)}: the layout jumped: {moved[:3]}"
        self._places = self._places or seen["places"]

    def _expected(self) -> dict[str, str]:
        # The one place that knows how a picture is put on the page.
        twin = self.twin
        layers = twin._picture.widget.children
        return {
            "settings": twin._settings.value,
            "words": twin._summary.value,
            "alt": twin.alt,
            "drawing": "".join(layer.value for layer in layers),
        }

    def _who(self, after: str) -> str:
        return f"panel {self.panel.name}, after {after}"

    # -- the prediction ---------------------------------------------------------------------------

    @property
    def gated(self) -> bool:
        """Whether the picture waits for a prediction."""
        return self.place.locator(".lm-waiting").count() == 1

    def reveal(self) -> None:
        """Skip the prediction if it is still asked for."""
        if self.gated:
            self.press("Skip the prediction")
            self.revealed(None)

    def revealed(self, option: int | None) -> None:
        """Let the twin make the same prediction, and hold the page against it."""
        self.place.locator(".lm-gate .lm-options").wait_for(state="detached")
        self.twin.predict(option)
        self.agree("the prediction")

    def settle(self) -> None:
        """Wait until the kernel has heard of the last change: a press of a button overtakes it."""
        self.page.wait_for_timeout(150)
        self.page.locator("text=Python 3 (ipykernel) | Idle").wait_for()

    # -- hands ------------------------------------------------------------------------------------

    def role(self, role: str, name: str):
        """Return a part of the panel by its role and accessible name."""
        return self.place.get_by_role(role, name=name, exact=True)

    def press(self, button: str, by: str = "mouse") -> None:
        """Press a button by mouse or by keyboard."""
        found = self.role("button", button)
        if by == "mouse":
            found.click()
        else:
            found.focus()
            self.page.keyboard.press("Enter")

    def reset(self, by: str) -> None:
        """Bring the defaults back and let go of a kept trace."""
        self.press("Reset", by)
        self.twin.reset()
        self.agree(f"Reset by {by}")

    def move(self, control, by: str) -> None:
        """Change a control by mouse or by keyboard, and hold the page against the twin."""
        hand = {Slider: _slide, Toggle: _tick, Choice: _choose, Seed: _sow}[type(control)]
        for name, act, value in hand(self, control, by):
            before = self.twin.state
            act()
            self.twin.set(**{control.name: value() if callable(value) else value})
            self.agree(f"{control.title!r} by {by}: {name}")
            assert self.twin.state != before, self._who(name)


def _slide(live: Beside, control: Slider, by: str):
    handle, now = live.role("slider", control.title), live.twin.state[control.name]
    if by == "keyboard":
        up = now + control.step <= control.high
        key = "ArrowRight" if up else "ArrowLeft"
        handle.focus()
        value = _on_grid(control, now + (control.step if up else -control.step))
        yield key, lambda: live.page.keyboard.press(key), value
        assert handle.get_attribute("aria-valuetext") == _read_out(control, value)
        limits = [float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max")]
        assert limits == [control.low, control.high], live._who("its limits as they are told")
        readout = live.role("textbox", f"{control.title}, type a value")
        value = _on_grid(control, control.low + control.step)
        if value != live.twin.state[control.name]:
            yield f"typing {value:g}", lambda: _type(live.page, readout, f"{value:g}"), value
        return
    far = control.high if control.high - now > now - control.low else control.low
    yield f"a drag to {far:g}", lambda: _drag(live.page, handle, far == control.high), far
    focused = handle.evaluate("handle => handle === document.activeElement")
    assert focused, live._who("a drag: the keyboard does not follow the mouse")


def _on_grid(control: Slider, value: float) -> float:
    """Return the value as the page has it: a whole number of steps, no digit more."""
    decimals = len(f"{control.step:g}".partition(".")[2])
    return round(value, max(decimals, len(f"{control.low:g}".partition(".")[2])))


def _read_out(control: Slider, value: float) -> str:
    decimals = len(f"{control.step:g}".partition(".")[2])
    return f"{value:.{0 if control.whole else decimals}f} {control.unit}".strip()


def _type(page, box, text: str) -> None:
    box.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def _drag(page, handle, to_the_right: bool, steps: int = 6) -> None:
    handle.scroll_into_view_if_needed()
    track = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
    grip = handle.bounding_box()
    y = grip["y"] + grip["height"] / 2
    page.mouse.move(grip["x"] + grip["width"] / 2, y)
    page.mouse.down()
    end = track["x"] + track["width"] + 20 if to_the_right else track["x"] - 20
    page.mouse.move(end, y, steps=steps)
    page.mouse.up()


def _tick(live: Beside, control: Toggle, by: str):
    box = live.role("checkbox", control.title)
    value = not live.twin.state[control.name]
    if by == "mouse":
        yield "a click", box.click, value
    else:
        box.focus()
        yield "Space", lambda: live.page.keyboard.press("Space"), value


def _choose(live: Beside, control: Choice, by: str):
    box, options = live.role("combobox", control.title), control.options
    at = options.index(live.twin.state[control.name])
    to = at + 1 if at + 1 < len(options) else at - 1
    key = "ArrowDown" if to > at else "ArrowUp"

    def by_mouse():
        # The list that opens is the browser's own; a step and Enter stand for the second click.
        box.click()
        live.page.keyboard.press(key)
        live.page.keyboard.press("Enter")

    def by_keyboard():
        box.focus()
        live.page.keyboard.press(key)

    yield options[to], by_mouse if by == "mouse" else by_keyboard, options[to]


def _sow(live: Beside, control: Seed, by: str):
    box = live.role("spinbutton", control.title)
    if by == "keyboard":
        yield "typing 7", lambda: _type(live.page, box, "7"), 7
    yield "Again", lambda: live.press("Again", by), live.twin.state[control.name] + 1
    if by == "mouse":
        before = live.twin.state[control.name]

        def fresh():
            live.press("New seed")
            live.page.wait_for_function(
                "([box, before]) => box.value !== before", arg=[box.element_handle(), str(before)]
            )

        yield "New seed", fresh, lambda: int(box.input_value())
