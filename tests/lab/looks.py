"""What can be seen of a panel's picture without eyes: its words, its contrast, its lines."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from lems_helpers.lab.sight import SIGHTS, contrast, difference, seen
from lems_helpers.lab.style import COLOURS, DPI, course_style

SMALLEST_PT = 10
# Boxes of words hold some air above and below the letters.
AIR_PT = 3.0
APART = 20.0  # colours further apart than this are told apart at a glance
THICKER = 1.5


@dataclass(frozen=True)
class Word:
    """A text as drawn: what it says, its size, and its box in points."""

    said: str
    size: float
    box: tuple[float, float, float, float]
    artist: Text


class Look:
    """The words, patches and lines of a picture as they are drawn now."""

    def __init__(self, picture):
        figure = picture.figure
        self.size = figure.get_size_inches() * DPI
        self.renderer = RendererAgg(*(int(side) for side in self.size), DPI)
        with course_style():
            order = _recorded(lambda: self._draw(picture))
        self.order = order
        self.words = [self._word(artist) for artist in order if isinstance(artist, Text)]
        self.pixels = np.asarray(self.renderer.buffer_rgba())[..., :3] / 255

    def _draw(self, picture):
        picture.figure.draw(self.renderer)
        for artist in picture.moving():
            artist.draw(self.renderer)

    def _word(self, artist):
        box = artist.get_window_extent(self.renderer).extents
        return Word(artist.get_text(), artist.get_fontsize(), tuple(box), artist)

    def complaints_of_words(self) -> list[str]:
        """Name each text that is too small, cut by the edge, or written over another."""
        said = []
        wide, high = self.size
        shown = [word for word in self.words if not self._covered(word)]
        for word in shown:
            left, bottom, right, top = word.box
            if word.size < SMALLEST_PT - 0.01:
                said.append(f"“{word.said}” is only {word.size:g} points high")
            if left < -0.5 or bottom < -AIR_PT or right > wide + 0.5 or top > high + AIR_PT:
                said.append(f"“{word.said}” is cut by the edge")
            if "-" in word.said and any(
                part[:1] == "-" and part[1:2].isdigit() for part in word.said.split()
            ):
                said.append(f"“{word.said}” has a hyphen for a minus")
        for one, other in itertools.combinations(shown, 2):
            across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
            up = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
            if across > 2 and up > AIR_PT:
                said.append(f"“{one.said}” and “{other.said}” are written over each other")
        return said

    def _covered(self, word: Word) -> bool:
        """Tell whether an opaque patch was drawn over the word."""
        later = self.order[self.order.index(word.artist) + 1 :]
        for patch in later:
            if isinstance(patch, Patch) and to_rgba(patch.get_facecolor())[3] == 1:
                box = patch.get_window_extent(self.renderer).extents
                inside = (box[:2] <= np.array(word.box[:2]) + 1).all()
                if inside and (box[2:] >= np.array(word.box[2:]) - 1).all():
                    return True
        return False

    def complaints_of_contrast(self) -> list[str]:
        """Name each text whose colour stands out too little from what is behind it (WCAG 2, AA)."""
        said = []
        for word in self.words:
            if self._covered(word):
                continue
            left, bottom, right, top = (round(side) for side in word.box)
            high = self.pixels.shape[0]
            behind = self.pixels[max(high - top, 0) : high - bottom, max(left, 0) : right]
            colours, counts = np.unique(behind.reshape(-1, 3), axis=0, return_counts=True)
            paper = colours[counts.argmax()]
            bold = word.artist.get_weight() in ("bold", 700)
            needed = 3.0 if word.size >= (14 if bold else 18) else 4.5
            found = contrast(to_rgb(word.artist.get_color()), paper)
            if found < needed:
                said.append(f"“{word.said}” has a contrast of {found:.1f}, needs {needed:g}")
        return said

    def pairs_of_lines(self):
        """Yield each two traces of the same axes that cross the same part of the picture."""
        lines = [a for a in self.order if isinstance(a, Line2D) and len(a.get_xydata()) > 2]
        boxes = {line: _extent(line) for line in lines}
        for one, other in itertools.combinations(lines, 2):
            a, b = boxes[one], boxes[other]
            if one.axes is other.axes and a is not None and b is not None:
                shared = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
                if (shared > 0).all():
                    yield one, other


def told_apart(one: Line2D, other: Line2D) -> bool:
    """Tell whether two lines differ in dash, marker or thickness, or in colour for all eyes."""
    if _dash(one) != _dash(other) or str(one.get_marker()) != str(other.get_marker()):
        return True
    if _drawn(one) and max(one.get_lw(), other.get_lw()) >= THICKER * min(
        one.get_lw(), other.get_lw()
    ):
        return True
    if not _drawn(one) and max(one.get_ms(), other.get_ms()) >= THICKER * min(
        one.get_ms(), other.get_ms()
    ):
        return True
    colours = [Line2D.get_color] if _drawn(one) else [Line2D.get_mfc, Line2D.get_mec]
    return any(
        all(_differ(which(one), which(other), sight) for sight in SIGHTS) for which in colours
    )


def is_comparison(line: Line2D) -> bool:
    """Tell whether a line is the dashed grey of what one compares with."""
    grey = to_rgb(line.get_color()) == to_rgb(COLOURS["ghost"])
    return grey and _dash(line) not in (None, "solid")


def _differ(one, other, sight: str) -> bool:
    one, other = to_rgba(one), to_rgba(other)
    if one[3] != other[3]:  # filled and empty
        return True
    return difference(seen(np.array(one[:3]), sight), seen(np.array(other[:3]), sight)) > APART


def _drawn(line: Line2D) -> bool:
    return _dash(line) is not None


def _dash(line: Line2D):
    if line.get_linestyle() in ("None", "", " ", "none"):
        return None
    pattern = line._unscaled_dash_pattern[1]
    return tuple(pattern) if pattern else "solid"


def _extent(line: Line2D):
    points = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
    points = points[np.isfinite(points).all(axis=1)]
    return (points.min(axis=0), points.max(axis=0)) if len(points) else None


def _recorded(draw) -> list:
    """Return the visible texts, patches and lines that `draw` draws, in their order."""
    order = []
    kinds = {kind: kind.draw for kind in (Text, Patch, Line2D)}

    def watch(kind, original):
        def drawing(self, renderer):
            empty = isinstance(self, Text) and not self.get_text().strip()
            if self.get_visible() and not empty:
                order.append(self)
            return original(self, renderer)

        kind.draw = drawing

    for kind, original in kinds.items():
        watch(kind, original)
    try:
        draw()
    finally:
        for kind, original in kinds.items():
            kind.draw = original
    return order
