"""From a Matplotlib figure to a picture in the notebook, fast enough to follow the hand.

The figure is drawn once. Artists created with ``animated=True`` (Matplotlib's own word for
parts that move) are left out of that drawing and rendered alone, on top, each time the state
changes, and of those only the ones that did change: a few milliseconds instead of a whole figure.
This is blitting with SVG for paper, so it stays crisp at any zoom. Nothing outside this module
knows how a picture gets to the screen.
"""

from __future__ import annotations

import base64
import html
import io
import itertools
import re
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from . import projector
from .style import DPI, WIDTH_IN, course_style

_serial = itertools.count(1)

_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_NOISE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", re.DOTALL)
_DEFS = re.compile(r"<defs>.*?</defs>\s*", re.DOTALL)
_DEFINITION = re.compile(
    r'<path id="([^"]+)"[^>]*>|<(clipPath|pattern) id="([^"]+)".*?</\2>', re.DOTALL
)
_USED = re.compile(r'(?:href="|url\()#([^")]+)')
_PART = re.compile(r'(?=<g id="[^"]*part_\d+")')
_GROUP = re.compile(r'<g id="[^"]*"')
_NO_METADATA = dict.fromkeys(("Format", "Type", "Creator", "Date"))


class Picture:
    """A Matplotlib figure on the notebook page, with alternative text.

    Parameters
    ----------
    build : callable
        ``build(figure) -> update``. Draws everything once and returns the function that moves
        the animated artists; the update's arguments are whatever `update` is given.
    height_in : float
        Height of the picture, in inches; the width is the course's.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    widget : ipywidgets.Widget
        What to show.
    """

    def __init__(self, build: Callable[[Figure], Callable[..., None]], height_in: float):
        self._key = f"lm{next(_serial)}"
        with course_style():
            self.figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, layout="constrained")
            FigureCanvasAgg(self.figure)
            self._update = build(self.figure)
        self._settled = False
        self._moving: list[Artist] = []
        self._drawn: dict[Artist, tuple[str, dict[str, str]]] = {}
        self._alt = ""
        self._size = tuple(self.figure.get_size_inches() * DPI)
        self._widest = projector.widest(WIDTH_IN * 96, height_in * 96)
        height_px = f"{height_in * 96:.0f}px"
        layer = {"grid_area": "1 / 1 / 2 / 2", "margin": "0", "overflow": "hidden"}
        self._back, self._front = widgets.HTML(layout=layer), widgets.HTML(layout=layer)
        self.widget = widgets.GridBox(
            [self._back, self._front],
            layout={
                "width": "100%",
                "max_width": self._widest,
                "min_height": height_px,
            },
        )
        self.widget.add_class("lm-picture")

    def update(self, *args: object, alt: str) -> None:
        """Move the figure's artists to a new state and show it."""
        with course_style():
            self._update(*args)
            self._alt = alt
            if not self._settled:
                # Let the layout engine place the axes once, with the live artists in their
                # default state, then keep it: axes must not shift under the hand.
                if self.figure.axes:
                    self.figure.get_layout_engine().execute(self.figure)
                if projector.projecting():
                    projector.enlarge(self.figure, self._draw_all)
                self.figure.set_layout_engine("none")
                self._settled = True
                self.figure.stale = True
            # An animated artist never marks its figure stale, so this is true just when
            # something of the background has changed: an axis, or which artists there are.
            if self.figure.stale:
                self._back.value = self._paper(
                    self._drawing([self.figure], "b"), 'aria-hidden="true"'
                )
                self._moving, self._drawn = self.moving(), {}
                self.figure.stale = False
            label = f'role="img" aria-label="{html.escape(alt, quote=True)}"'
            self._front.value = self._paper(self._draw_moving(), label)

    def moving(self) -> list[Artist]:
        """Return the artists that follow the controls, in drawing order."""
        found = self.figure.findobj(lambda artist: artist.get_animated())
        return sorted(found, key=Artist.get_zorder)

    def still_html(self) -> str:
        """Return the present state as an HTML image with alternative text."""
        return (
            f'<img alt="{html.escape(self._alt, quote=True)}" '
            f'style="max-width:100%;width:{self._widest}" '
            f'src="data:image/png;base64,{base64.b64encode(self.png()).decode()}">'
        )

    def png(self, scale: float = 2.0) -> bytes:
        """Return the present state as PNG; `scale` 1 is its size on screen."""
        with course_style():
            usual, self.figure.dpi = self.figure.dpi, 96 * scale
            try:
                renderer = RendererAgg(*self.figure.bbox.size, self.figure.dpi)
                self._draw_all(renderer)
            finally:
                self.figure.dpi = usual
        self.figure.stale = False
        out = io.BytesIO()
        _with_a_palette(np.asarray(renderer.buffer_rgba())).save(out, "PNG")
        return out.getvalue()

    def _draw_moving(self) -> str:
        """Return the drawing of all artists that move; only those that changed are rendered."""
        changed = [a for a in self._moving if a not in self._drawn or _may_have_changed(a)]
        self._drawn.update(zip(changed, self._parts(changed), strict=True))
        parts = [self._drawn[a] for a in sorted(self._moving, key=Artist.get_zorder)]
        defined = {name: text for _, own in parts for name, text in own.items()}
        return f"<defs>{''.join(defined.values())}</defs>{''.join(part for part, _ in parts)}"

    def _draw_all(self, renderer: RendererBase) -> None:
        self.figure.draw(renderer)
        for artist in self.moving():
            artist.draw(renderer)

    def _parts(self, artists: list[Artist]) -> list[tuple[str, dict[str, str]]]:
        """Return the drawing of each artist, and the glyphs, markers and clips it uses by name."""
        defined = {}

        def keep(block: re.Match) -> str:
            for found in _DEFINITION.finditer(block[0]):
                defined[found[1] or found[3]] = found[0]
            return ""

        parts = _PART.split(_DEFS.sub(keep, self._drawing(artists, "f")))[1:]
        return [
            (_GROUP.sub("<g", part.strip()), {name: defined[name] for name in _USED.findall(part)})
            for part in parts
        ]

    def _drawing(self, artists: list[Artist], layer: str) -> str:
        """Render artists, each in a group of its own."""
        out = io.StringIO()
        renderer = RendererSVG(*self._size, out, image_dpi=2 * DPI, metadata=_NO_METADATA)
        for artist in artists:
            renderer.open_group("part")
            artist.draw(renderer)
            renderer.close_group("part")
        renderer.finalize()
        drawing = _NOISE.sub("", _DRAWING.search(out.getvalue())[1])
        # Of two equal ids a browser takes the first, wherever it stands, even in a hidden notebook.
        for mark in (' id="', 'href="#', "url(#"):
            drawing = drawing.replace(mark, f"{mark}{self._key}{layer}-")
        return drawing

    def _paper(self, drawing: str, attributes: str) -> str:
        width, height = self._size
        return (
            f'<svg {attributes} viewBox="0 0 {width:g} {height:g}" width="100%" '
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'style="display:block;stroke-linejoin:round;stroke-linecap:butt">'
            f"{drawing}</svg>"
        )


def _with_a_palette(rgba: np.ndarray) -> Image.Image:
    """Return a picture in 256 colours, which keeps a stored notebook small at no visible loss.

    A learner waits for this before her first picture: the quickest way to the colours is used. It
    mixes white with what is nearly white, so white, the page's own colour, is put back.
    """
    image = Image.fromarray(rgba).convert("RGB").quantize(255, Image.Quantize.FASTOCTREE, dither=0)
    colours = image.getpalette()[: 3 * 255]
    is_white = rgba.view(np.uint32)[..., 0] == 0xFFFFFFFF
    image = Image.fromarray(np.where(is_white, np.uint8(255), np.asarray(image)))
    image.putpalette([*colours, *[0] * (3 * 255 - len(colours)), 255, 255, 255])
    return image


def _may_have_changed(artist: Artist) -> bool:
    # These kinds mark every change of themselves, and being drawn clears the mark. Patches and
    # collections can change unmarked; and a clip of odd shape has a name in one rendering only.
    marks = isinstance(artist, (Line2D, Text, AxesImage)) and artist.get_clip_path() is None
    return artist.stale or not marks
