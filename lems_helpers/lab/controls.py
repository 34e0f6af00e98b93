"""What a learner can move: sliders, checkboxes, choices and seeds, each with a plain name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import ipywidgets as widgets

from lems_helpers.physiology import checks

_STYLE = {"description_width": "initial"}
_WIDE = {"width": "98%", "min_width": "260px"}


@dataclass(frozen=True)
class Slider:
    """A number between two physiological limits."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    default: float

    def __post_init__(self) -> None:
        # The page reads the unit aloud from the brackets that end a label, so only a unit may stand
        # there.
        if self.label.endswith(")"):
            raise ValueError(f"The label {self.label!r} must not end in brackets: a unit does.")

    @property
    def title(self) -> str:
        """The label as shown, with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def whole(self) -> bool:
        """Whether the slider stands on whole numbers only."""
        numbers = (self.low, self.high, self.step, self.default)
        return all(float(number).is_integer() for number in numbers)

    def check(self, value: Any) -> float | int:
        """Return `value` if the slider can take it; else say why not."""
        kind = checks.whole if self.whole else checks.number
        return kind(self.label, value, self.low, self.high, self.unit)

    def extremes(self) -> tuple[Any, ...]:
        """Return the values a test must visit."""
        return (self.low, self.high)

    def random(self, rng: Any) -> float:
        """Return one of the slider's values, all equally likely."""
        steps = round((self.high - self.low) / self.step)
        return self.low + self.step * int(rng.integers(0, steps + 1))

    def widget(self) -> widgets.Widget:
        """Return the live control."""
        decimals = len(f"{self.step:g}".partition(".")[2])
        return (widgets.IntSlider if self.whole else widgets.FloatSlider)(
            value=int(self.default) if self.whole else self.default,
            min=self.low,
            max=self.high,
            step=self.step,
            description=self.title,
            readout_format="d" if self.whole else f".{decimals}f",
            style=_STYLE,
            layout=_WIDE,
        )


@dataclass(frozen=True)
class Toggle:
    """A yes or no."""

    name: str
    label: str
    default: bool = False

    title = property(lambda self: self.label)

    def check(self, value: Any) -> bool:
        """Return `value` if it is true or false; else say why not."""
        if not isinstance(value, bool):
            raise ValueError(f"{self.label} must be True or False, not {value!r}.")
        return value

    def extremes(self) -> tuple[Any, ...]:
        """Return the values a test must visit."""
        return (False, True)

    def random(self, rng: Any) -> bool:
        """Return yes or no, equally likely."""
        return bool(rng.integers(2))

    def widget(self) -> widgets.Widget:
        """Return the live control."""
        return widgets.Checkbox(
            value=self.default, description=self.label, indent=False, layout=_WIDE
        )


@dataclass(frozen=True)
class Choice:
    """One of a few named things."""

    name: str
    label: str
    options: tuple[str, ...]
    default: str

    title = property(lambda self: self.label)

    def check(self, value: Any) -> str:
        """Return `value` if it is one of the options; else list them."""
        return checks.choice(self.label, value, self.options)

    def extremes(self) -> tuple[Any, ...]:
        """Return the values a test must visit."""
        return self.options

    def random(self, rng: Any) -> str:
        """Return one of the options, all equally likely."""
        return self.options[int(rng.integers(len(self.options)))]

    def widget(self) -> widgets.Widget:
        """Return the live control."""
        return widgets.Dropdown(
            options=self.options,
            value=self.default,
            description=self.label,
            style=_STYLE,
            layout=_WIDE,
        )


@dataclass(frozen=True)
class Seed:
    """Where chance starts: the same seed gives the same picture on every machine."""

    name: str = "seed"
    label: str = "Seed of chance"
    default: int = 1

    title = property(lambda self: self.label)
    highest: int = field(default=99_999, repr=False)

    def check(self, value: Any) -> int:
        """Return `value` if it is a whole number in range; else say why not."""
        return checks.whole(self.label, value, 0, self.highest)

    def extremes(self) -> tuple[Any, ...]:
        """Return the values a test must visit."""
        return (0, self.highest)

    def random(self, rng: Any) -> int:
        """Return one of the seeds, all equally likely."""
        return int(rng.integers(self.highest + 1))

    def widget(self) -> widgets.Widget:
        """Return the live control: the number, the next one, and a fresh one."""
        box = widgets.BoundedIntText(
            value=self.default,
            min=0,
            max=self.highest,
            description=self.label,
            style=_STYLE,
            layout={"width": "190px"},
        )
        again = widgets.Button(
            description="Again", tooltip="The next impulse: the seed goes up by one"
        )
        fresh = widgets.Button(description="New seed", tooltip="Start chance somewhere else")
        again.on_click(lambda _: setattr(box, "value", (box.value + 1) % (self.highest + 1)))
        fresh.on_click(lambda _: setattr(box, "value", secrets.randbelow(self.highest + 1)))
        for button in (again, fresh):
            button.layout.width = "auto"
        layout = {"flex_flow": "row wrap", "align_items": "flex-end"}
        row = widgets.HBox([box, again, fresh], layout=layout)
        row.lm_value = box
        return row


Control = Slider | Toggle | Choice | Seed


def value_widget(widget: widgets.Widget) -> widgets.Widget:
    """Return the part of a control's widget that holds its value."""
    return getattr(widget, "lm_value", widget)
