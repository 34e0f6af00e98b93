"""The panel: one written question, answered by moving the model.

A panel is declared once, from a question, controls, a pure ``compute``, a ``draw`` and a
``describe``. `Panel.open` makes the live widget, whose still and text faces show the same state.
Every panel can be driven without a browser: ``view.set(...)``, then ``view.result``.
"""

from __future__ import annotations

import html
import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure

from lems_helpers.evidence.references import short_citations

from .choices import choose_one
from .controls import Control, value_widget
from .faces import Faced
from .picture import Picture
from .recipe import recipe
from .words import words_box

State = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """A result in words: one or two sentences with numbers, and the numbers on their own.

    Parameters
    ----------
    sentence : str
        At most 200 characters; says what the picture shows at this state.
    numbers : dict of str to str
        Quantity (in plain words) to value with its unit.
    """

    sentence: str
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prediction:
    """A bet before the reveal; the model, not the author, decides which option is right.

    Parameters
    ----------
    question : str
    options : tuple of str
    judge : callable
        ``judge(now, compared) -> int``: which option the model's own result supports, at the
        panel's default state and its comparison.
    because : str
        The reason, shown with the verdict.
    """

    question: str
    options: tuple[str, ...]
    judge: Callable[[Any, Any], int]
    because: str


def checked(panel: Callable[[], Panel]) -> Callable[[Callable], Callable]:
    """Return a decorator for what a panel computes: it takes what the panel's controls take.

    A learner who pastes the settings line and edits it gets the sentence that the panel would say,
    and no answer to a question that the model was never asked.

    Parameters
    ----------
    panel : callable
        Returns the panel, which is made after the function.

    Raises
    ------
    ValueError
        On a call, if an argument is not what its control can take.
    """

    def decorate(compute: Callable) -> Callable:
        signature = inspect.signature(compute)

        @wraps(compute)
        def ask(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs).arguments
            for control in panel().controls:
                if control.name in given:
                    given[control.name] = control.check(given[control.name])
            return compute(**given)

        return ask

    return decorate


@dataclass(frozen=True)
class Panel:
    """One question and everything needed to answer it by moving the model.

    Parameters
    ----------
    name : str
        Used to open it from a notebook.
    question : str
        The one question it answers.
    controls : tuple of Control
        At most four, seeds not counted.
    compute : callable
        ``compute(**state) -> result``: pure, from the floors below.
    draw : callable
        ``draw(figure) -> update``; ``update(now, compared, label)`` moves the animated artists.
    describe : callable
        ``describe(result) -> Reading``.
    call : callable
        ``call(**state) -> str``: the line of Python that gives the number on screen.
    shows : str
        What kind of picture it is, for the alternative text.
    leaves_out : str
        What the model leaves out here.
    sources : tuple of str
        Keys of the bibliography.
    presets : dict of str to dict
        Named states; a preset may set only some of the controls.
    compare : dict, optional
        The state of the comparison trace (usually healthy); without it nothing is compared
        until the learner keeps a trace.
    compare_label : str
        What the comparison trace is called.
    compare_follows : tuple of str
        Controls that the comparison takes from the learner instead of its own state.
    keeps : bool
        Whether a trace can be kept for comparison.
    prediction : Prediction, optional
    kind : str
        "Model output", "Schematic" or "Real data": printed with the picture.
    height_in : float
        Height of the picture in inches, constant.
    """

    name: str
    question: str
    controls: tuple[Control, ...]
    compute: Callable[..., Any]
    draw: Callable[[Figure], Callable[..., None]]
    describe: Callable[[Any], Reading]
    call: Callable[..., str]
    shows: str
    leaves_out: str
    sources: tuple[str, ...]
    presets: Mapping[str, State] = field(default_factory=dict)
    compare: State | None = None
    compare_label: str = "healthy"
    compare_follows: tuple[str, ...] = ()
    keeps: bool = True
    prediction: Prediction | None = None
    kind: str = "Model output"
    height_in: float = 4.4

    @property
    def defaults(self) -> State:
        """The state the panel opens in and Reset returns to."""
        return {control.name: control.default for control in self.controls}

    def state(self, **changes: Any) -> State:
        """Return the default state with `changes`, each checked by its control.

        Raises
        ------
        ValueError
            If a name is not a control of this panel, or a value is outside its range.
        """
        by_name = {control.name: control for control in self.controls}
        for name in changes:
            if name not in by_name:
                raise ValueError(
                    f"The panel {self.name!r} has no control {name!r}; it has {', '.join(by_name)}."
                )
        checked = {name: by_name[name].check(value) for name, value in changes.items()}
        return {**self.defaults, **checked}

    def compared_state(self, state: State) -> State | None:
        """Return the state of the comparison trace beside `state`, or None if there is none."""
        if self.compare is None:
            return None
        follows = {name: state[name] for name in self.compare_follows}
        return {**self.state(**self.compare), **follows}

    def supported(self) -> int:
        """Return which option of the prediction the model's own result supports."""
        compared = self.compared_state(self.defaults)
        return self.prediction.judge(
            self.compute(**self.defaults), None if compared is None else self.compute(**compared)
        )

    def open(self) -> PanelView:
        """Return a live panel in its default state."""
        return PanelView(self)


class PanelView(Faced):
    """A panel on the page. Made by `Panel.open`.

    Attributes
    ----------
    panel : Panel
    state : dict
        The controls' values.
    result : object
        What the panel's `compute` returned for the picture on screen.
    reading : Reading
    problem : str
        Why the picture does not follow the controls now; empty when it does.
    revealed : bool
        Whether the picture is on show: no prediction is waiting.
    """

    def __init__(self, panel: Panel):
        self.panel = panel
        self.problem = ""
        self._kept: tuple[Any, str] | None = None
        self._quiet = False
        self._compared: Any = None
        self._compared_state: State | None = None

        self._controls = {control.name: control.widget() for control in panel.controls}
        self._picture = Picture(panel.draw, panel.height_in)
        self._summary = words_box("lm-summary")
        self._settings = words_box("lm-settings")
        self._message = words_box("lm-message")
        self._buttons = self._make_buttons()
        parts: list[widgets.Widget] = [
            words_box("lm-question", f"<b>{html.escape(panel.question)}</b>")
        ]
        self._gate = None if panel.prediction is None else _Gate(panel.prediction, self._reveal)
        if self._gate is not None:
            parts.append(self._gate.widget)
        parts += [self._control_grid(), self._buttons, self._message, self._picture.widget]
        parts += [self._summary, self._settings, words_box("lm-notes", self._notes())]
        super().__init__(parts)
        self.add_class("lm-panel")

        for widget in self._controls.values():
            value_widget(widget).observe(lambda _: self._refresh(), "value")
        self._refresh()
        if self.problem:
            raise RuntimeError(
                f"The panel {panel.name!r} fails in its default state: {self.problem}"
            )
        self._show(self._gate is None)

    # -- driving it ---------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The controls' values, by name."""
        return {name: value_widget(widget).value for name, widget in self._controls.items()}

    def set(self, **values: Any) -> PanelView:
        """Set controls by name, as a learner would; all at once.

        Raises
        ------
        ValueError
            If a name is unknown or a value is outside its control's range.
        """
        checked = self.panel.state(**values)
        self._quiet = True
        try:
            for name in values:
                value_widget(self._controls[name]).value = checked[name]
        finally:
            self._quiet = False
        self._refresh()
        return self

    def reset(self) -> PanelView:
        """Return every control to its default and drop a kept trace."""
        self._kept = None
        self._keep.description = _KEEP
        return self.set(**self.panel.defaults)

    def preset(self, name: str) -> PanelView:
        """Go to a named state; controls the preset does not mention stay."""
        return self.set(**self.panel.presets[name])

    def keep(self) -> PanelView:
        """Keep the trace on screen as the comparison, or let go of the kept one."""
        self._kept = None if self._kept else (self.result, "kept")
        self._keep.description = _UNKEEP if self._kept else _KEEP
        self._refresh()
        return self

    def predict(self, option: int | None) -> PanelView:
        """Answer the prediction (or None to skip it) and reveal the picture."""
        self._gate.answer(option)
        return self

    # -- the three faces ----------------------------------------------------------------------

    @property
    def verdict(self) -> str:
        """What the panel said of the prediction; empty before one is made."""
        return "" if self._gate is None else html.unescape(self._gate.verdict.value)

    @property
    def alt(self) -> str:
        """The picture's alternative text at this state."""
        return self._alt_of(self.reading)

    def still_html(self) -> str:
        """Return question, picture, words and sources as HTML that needs no kernel."""
        return (
            f"<p><b>{html.escape(self.panel.question)}</b></p>{self._picture.still_html()}"
            f"{self._reading_html()}{self._settings_html()}{self._notes()}"
        )

    def text(self) -> str:
        """Return question, sentence, numbers and settings in plain text."""
        compared, label = self._comparison()
        lines = [self.panel.question, self.reading.sentence]
        other = self.panel.describe(compared).numbers if compared is not None else {}
        for name, value in self.reading.numbers.items():
            lines.append(
                f"  {name}: {value}" + (f" ({label} {other[name]})" if name in other else "")
            )
        lines.append(self.panel.call(**self.state))
        return "\n".join(lines)

    def png(self, scale: float = 2.0) -> bytes:
        """Return the picture alone, as PNG."""
        return self._picture.png(scale)

    # -- inside -------------------------------------------------------------------------------

    def _alt_of(self, reading: Reading) -> str:
        return f"{self.panel.shows} {reading.sentence}"

    def _comparison(self) -> tuple[Any, str]:
        return self._kept or (self._compared, self.panel.compare_label)

    def _refresh(self) -> None:
        if self._quiet:
            return
        state = self.state
        try:
            result = self.panel.compute(**state)
            reading = self.panel.describe(result)
            self._renew_comparison(state)
            self._picture.update(result, *self._comparison(), alt=self._alt_of(reading))
        except ValueError as refusal:
            self._refuse(str(refusal))
            return
        except Exception:
            # A fault of ours, not of the learner's: say so and keep the lesson going.
            self._refuse(
                "The model could not work this state out; the picture shows the last one it could. "
                "Reset brings the defaults back. "
                f"({traceback.format_exc(limit=0).strip().splitlines()[-1]})"
            )
            return
        self.problem = ""
        self.result, self.reading = result, reading
        self._summary.value = self._reading_html()
        self._settings.value = self._settings_html()
        if self._message.value:
            self._message.value = ""
            self._picture.widget.remove_class("lm-stale")

    def _renew_comparison(self, state: State) -> None:
        wanted = self.panel.compared_state(state)
        if wanted is not None and wanted != self._compared_state:
            self._compared, self._compared_state = self.panel.compute(**wanted), wanted

    def _refuse(self, why: str) -> None:
        self.problem = why
        self._message.value = f"<b>No new picture.</b> {html.escape(why)}"
        self._picture.widget.add_class("lm-stale")

    def _show(self, on: bool) -> None:
        for part in (self._summary, self._settings):
            part.layout.visibility = "visible" if on else "hidden"
        (self._picture.widget.remove_class if on else self._picture.widget.add_class)("lm-waiting")
        self.revealed = on
        for widget in (*self._controls.values(), *self._buttons.children):
            for leaf in getattr(widget, "children", (widget,)):
                leaf.disabled = not on

    def _reveal(self, option: int | None) -> str:
        self.reset()
        self._show(True)
        prediction = self.panel.prediction
        if option is None:
            return "Move the controls and see."
        right = prediction.judge(self.result, self._comparison()[0])
        counted = self.panel.kind.startswith("Real data")
        agrees, says = ("data agree", "data say") if counted else ("model agrees", "model says")
        opening = (
            f"The {agrees} with you."
            if option == right
            else f"The {says} otherwise: {prediction.options[right]}."
        )
        return f"You predicted: {prediction.options[option]}. {opening} {prediction.because}"

    def _make_buttons(self) -> widgets.HBox:
        def button(text: str, act: Callable[[], Any], tooltip: str) -> widgets.Button:
            made = widgets.Button(description=text, tooltip=tooltip, layout={"width": "auto"})
            made.on_click(lambda _: act())
            return made

        made = [
            button(name, lambda name=name: self.preset(name), f"Set the controls: {name}")
            for name in self.panel.presets
        ]
        self._keep = button(
            _KEEP, self.keep, "Leave the present trace on the picture to compare with"
        )
        # Room for the longer of its two names, so that Reset does not move away under the hand.
        self._keep.layout.min_width = "13.5em"
        made += [self._keep] * self.panel.keeps
        made += [button("Reset", self.reset, "Back to where the panel started")]
        return widgets.HBox(made, layout={"flex_flow": "row wrap"})

    def _control_grid(self) -> widgets.GridBox:
        return widgets.GridBox(
            list(self._controls.values()),
            layout={"grid_template_columns": "repeat(auto-fit, minmax(min(100%, 330px), 1fr))"},
        )

    def _reading_html(self) -> str:
        compared, label = self._comparison()
        other = self.panel.describe(compared).numbers if compared is not None else {}
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.reading.numbers)
        rows = [("now", self.reading.numbers)] + ([(label, other)] if other else [])
        body = "".join(
            f'<tr><th scope="row">{html.escape(row)}</th>'
            + "".join(
                f"<td>{html.escape(values.get(name, ''))}</td>" for name in self.reading.numbers
            )
            + "</tr>"
            for row, values in rows
        )
        table = (
            f'<table class="lm-numbers"><thead><tr><td></td>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
            if head
            else ""
        )
        return f"<p>{html.escape(self.reading.sentence)}</p>{table}"

    def _settings_html(self) -> str:
        code = html.escape(recipe(self.panel.call(**self.state), self.panel.compute))
        return f"<p>These settings in Python:</p><pre><code>{code}</code></pre>"

    def _notes(self) -> str:
        kind = html.escape(self.panel.kind)
        return (
            f"<details><summary>{kind}: what it leaves out, and sources</summary>"
            f"<p>{html.escape(self.panel.leaves_out)}</p>"
            f"<p>Sources: {html.escape(short_citations(*self.panel.sources))}.</p></details>"
        )


_KEEP, _UNKEEP = "Keep this trace", "Let go of the kept trace"


class _Gate:
    """The bet before the reveal."""

    def __init__(self, prediction: Prediction, reveal: Callable[[int | None], str]):
        self._reveal = reveal
        self._options = choose_one(prediction.options)
        self._go = widgets.Button(description="Show me", button_style="primary")
        skip = widgets.Button(description="Skip the prediction", layout={"width": "auto"})
        self.verdict = words_box("lm-verdict")
        self._go.on_click(lambda _: self._submit())
        skip.on_click(lambda _: self.answer(None))
        self._asking = [
            words_box("lm-ask", f"<b>Predict first.</b> {html.escape(prediction.question)}"),
            self._options,
            widgets.HBox([self._go, skip], layout={"flex_flow": "row wrap"}),
            self.verdict,
        ]
        self.widget = widgets.VBox(self._asking)
        self.widget.add_class("lm-gate")

    def _submit(self) -> None:
        if self._options.value is None:
            self.verdict.value = "Choose one of the answers first, or skip the prediction."
        else:
            self.answer(self._options.value)

    def answer(self, option: int | None) -> None:
        self.verdict.value = html.escape(self._reveal(option))
        self.widget.children = [self._asking[0], self.verdict]
