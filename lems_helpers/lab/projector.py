"""Projector mode: pictures for the back row, by one setting.

Lines get thicker, and type grows as far as each picture has room: a word that would run into
another one, off the picture or out of its box keeps the whole picture's type one step smaller.
The panel itself is then shown larger, as far as the screen has room. What is computed and said
does not change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

#: Set to 1 in the environment, it turns projector mode on before a kernel starts.
VARIABLE = "LEMS_PROJECTOR"
_SWITCHED: list[bool] = []

LINES = 1.35
TYPE = (1.3, 1.2, 1.12, 1.06)
#: How much larger a panel may be shown, and how much of the window's height its picture may take.
SHOWN, OF_WINDOW = 1.5, 0.82
# Words stand at least this far apart, beside each other and above each other, in points.
_GAP, _AIR = 4.0, 0.5


def projector(on: bool) -> None:
    """Turn projector mode on or off, for the panels opened from here on."""
    _SWITCHED[:] = [bool(on)]


@contextmanager
def projected() -> Iterator[None]:
    """Turn projector mode on inside this block."""
    before = list(_SWITCHED)
    projector(True)
    try:
        yield
    finally:
        _SWITCHED[:] = before


def projecting() -> bool:
    """Return whether projector mode is on: by `projector`, else by the environment."""
    chosen = os.environ.get(VARIABLE, "").strip().casefold()
    return _SWITCHED[-1] if _SWITCHED else chosen not in ("", "0", "no", "off", "false")


def widest(width_px: float, height_px: float) -> str:
    """Return how wide a picture may be shown, as a length in CSS."""
    if not projecting():
        return f"{width_px:.0f}px"
    by_window = f"{100 * OF_WINDOW * width_px / height_px:.0f}vh"
    return f"max({width_px:.0f}px, min({SHOWN * width_px:.0f}px, {by_window}))"


def enlarge(figure: Figure, draw: Callable[[RendererBase], None]) -> None:
    """Thicken a figure's lines and enlarge its type as far as there is room.

    Parameters
    ----------
    figure : Figure
        In the state in which the room is judged.
    draw : callable
        ``draw(renderer)`` draws all of it, the moving parts too.
    """
    for artist in figure.findobj(lambda artist: isinstance(artist, (Line2D, Collection))):
        artist.set_linewidth(np.multiply(artist.get_linewidth(), LINES))
    texts = [(text, text.get_fontsize()) for text in figure.findobj(Text)]
    usual = _collisions(figure, draw)
    for factor in TYPE:
        for text, size in texts:
            text.set_fontsize(factor * size)
        if not _worse(_collisions(figure, draw), usual):
            return
    for text, size in texts:
        text.set_fontsize(size)
    figure.draw_without_rendering()


def _collisions(figure: Figure, draw: Callable[[RendererBase], None]) -> np.ndarray:
    """Say of each word whether it touches a later word, the edge, a box's frame, and a line."""
    ear = _Ear(figure)
    draw(ear)  # this lays the figure out anew as well
    x0, y0, x1, y1 = np.reshape(ear.words, (-1, 4)).T
    aside = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    above = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    touching = np.triu((aside > -_GAP) & (above > -_AIR), k=1)
    # At other resolutions letters come out a little wider.
    spare = 0.04 * (x1 - x0)
    off = (x0 - spare < 0) | (x1 + spare > figure.bbox.width)
    off |= (y0 < 0) | (y1 > figure.bbox.height)
    crossing = np.zeros(len(x0), dtype=bool)
    for left, low, right, top in ear.frames:
        meets = (x1 > left) & (x0 < right) & (y1 > low) & (y0 < top)
        crossing |= meets & ~((x0 >= left) & (x1 <= right) & (y0 >= low) & (y1 <= top))
    struck = [
        any(line.intersects_bbox(Bbox.from_extents(*word), filled=False) for line in ear.lines)
        for word in ear.words
    ]
    return np.column_stack([touching.any(axis=1), off, crossing, np.array(struck, dtype=bool)])


def _worse(now: np.ndarray, usual: np.ndarray) -> bool:
    """Whether a word collides that did not; where ticks came or went, whether more words do."""
    if now.shape == usual.shape:
        return bool((now & ~usual).any())
    return bool((now.sum(axis=0) > usual.sum(axis=0)).any())


class _Ear(RendererBase):
    """A renderer that draws nothing and notes where words and lines would stand, y upward."""

    def __init__(self, figure: Figure):
        super().__init__()
        self._measure = figure.canvas.get_renderer()
        self._size = figure.bbox.width, figure.bbox.height
        self.words: list[tuple[float, float, float, float]] = []
        self.lines: list[Path] = []
        frames = figure.findobj(lambda part: isinstance(part, FancyBboxPatch))
        self.frames = [frame.get_window_extent(self._measure).extents for frame in frames]

    def flipy(self) -> bool:
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def get_text_width_height_descent(self, s, prop, ismath):
        return self._measure.get_text_width_height_descent(s, prop, ismath)

    def points_to_pixels(self, points):
        return self._measure.points_to_pixels(points)

    def draw_path(self, gc, path, transform, rgbFace=None):
        if rgbFace is None and len(path.vertices) > 1:
            self.lines.append(path.transformed(transform))

    def draw_markers(self, *args, **kwargs):
        pass

    def draw_path_collection(self, *args, **kwargs):
        pass

    def draw_image(self, *args, **kwargs):
        pass

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if not s.strip():
            return
        if mtext is not None and mtext.get_bbox_patch() is not None:
            self.words.append(tuple(mtext.get_bbox_patch().get_window_extent().extents))
            return
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        right, up = np.meshgrid((0, width), (-descent, height - descent))
        turn = np.deg2rad(angle)
        across = np.cos(turn) * right - np.sin(turn) * up
        up = np.sin(turn) * right + np.cos(turn) * up
        self.words.append((x + across.min(), y + up.min(), x + across.max(), y + up.max()))
