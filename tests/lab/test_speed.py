"""What makes a panel fast, held without a clock: few messages, small ones, few imports."""

import json
import subprocess
import sys

import ipywidgets as widgets
import pytest

from lems_helpers.lab.controls import Slider
from lems_helpers.lab.lesson import load

MOST_MESSAGES, MOST_BYTES = 3, 60_000
SLOW = ("scipy", "matplotlib.pyplot", "pandas", "sympy")


@pytest.mark.parametrize("panel", load("04_acetylcholine_release").panels, ids=lambda p: p.name)
def test_a_move_sends_picture_sentence_and_settings_and_little_else(panel, monkeypatch):
    sent = []
    view = panel.open()
    monkeypatch.setattr(
        widgets.Widget, "_send", lambda self, message, buffers=None: sent.append((self, message))
    )
    sliders = [control for control in panel.controls if isinstance(control, Slider)]
    for control in sliders:
        sent.clear()
        end = control.low if control.low != control.default else control.high
        view.set(**{control.name: end})
        # The hand's own slider answers in the browser without one.
        own = [message for widget, message in sent if widget is not view._controls[control.name]]
        assert 1 <= len(own) <= MOST_MESSAGES
        assert sum(len(json.dumps(message)) for message in own) <= MOST_BYTES
        view.reset()


def test_nothing_slow_is_imported_to_open_a_panel_and_move_it():
    code = (
        "import sys; from lems_helpers.lab.lesson import load\n"
        "for panel in load('04_acetylcholine_release').panels:\n"
        "    view = panel.open()\n"
        "    view.set(**{panel.controls[0].name: panel.controls[0].low})\n"
        f"print([name for name in {SLOW} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
