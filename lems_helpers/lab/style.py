"""One palette and one type scale for every picture of the course.

A quantity keeps its colour in all notebooks. Words are written in these colours too, so each has
4.5:1 contrast on white (that of what is lost, 3:1), and no meaning rests on colour alone: lines
also differ by dash, marker or thickness. Tests check both, also as colour-blind eyes see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib
from matplotlib.patheffects import withStroke

BLACK = "#000000"
BLUE = "#0072B2"
VERMILLION = "#BF5200"
GREEN = "#00805F"
PURPLE = "#A9538F"
GREY = "#686868"

#: What each quantity looks like, everywhere.
COLOURS = {
    "voltage": BLACK,
    "calcium": BLUE,
    "channel": BLUE,
    "release": VERMILLION,
    "sensor": PURPLE,
    "end plate": GREEN,
    "force": GREEN,
    "sodium": VERMILLION,
    "potassium": PURPLE,
    "ghost": GREY,
    "lost": "#8C8C8C",
}

INK = "#1A1A1A"
PAPER = "#FFFFFF"
#: Round words that lines may cross.
HALO = (withStroke(linewidth=3, foreground=PAPER),)

#: Points on paper are points on screen: a picture is shown at its natural size.
WIDTH_IN = 8.6
DPI = 72

_RC = {
    "figure.facecolor": PAPER,
    "figure.dpi": DPI,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.9,
    "axes.axisbelow": True,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    # Without hinting a text is as wide in the layout as on the screen, so that no label is cut.
    "text.hinting": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "lambert-eaton",
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}


@contextmanager
def course_style() -> Iterator[None]:
    """Draw in the course's look inside this block, whatever the reader's own settings."""
    # As plain dictionaries: to check three hundred settings again takes longer than a redraw, and
    # to ask for the window system would load one.
    own = dict(dict.items(matplotlib.rcParams))
    dict.update(matplotlib.rcParams, _settings())
    try:
        yield
    finally:
        dict.update(matplotlib.rcParams, own)


@cache
def _settings() -> dict[str, object]:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        settings = dict(dict.items(matplotlib.rcParams))
    del settings["backend"]  # the reader's own
    return settings
