"""A nerve ending on its muscle fibre, and one release site enlarged to scale, with what moves.

In the enlarged part `SCALE` points stand for one nanometre, so that gap, vesicles, channels and
receptors keep their true proportions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from lems_helpers.physiology.cleft import GAP_NM, diffusion_ms

from . import figures, schematic
from .schematic import CHANNEL, MUSCLE, NERVE, RECEPTOR
from .style import COLOURS, GREY, INK, PAPER

SCALE = 1.3
WIDE, HIGH = 402.0, 226.0
#: Heights in the frame, points: the muscle's crest, and the face of the nerve ending.
CREST = 46.0
FACE = CREST + SCALE * GAP_NM
#: About 45 nm across (recalled).
VESICLE = SCALE * 45.0
#: Where the two docked vesicles and the four channels between them stand, in points.
_VESICLES = np.array([153.0, 245.0])
_CHANNELS = np.array([177.0, 189.0, 209.0, 221.0])


@dataclass(frozen=True)
class Scene:
    """What the close-up shows at one moment; shares run from 0 to 1.

    Parameters
    ----------
    channels_left : float
        Channels that are left.
    calcium_outside : bool
    current : float
        Calcium current, as a share of the healthy peak.
    fused : bool
        Whether the left vesicle has let out its packet.
    open_receptors : float
        Share of the receptors below that are open.
    nerve_reversed, muscle_reversed : bool
        Whether the inside of the membrane is positive.
    """

    channels_left: float
    calcium_outside: bool
    current: float
    fused: bool
    open_receptors: float
    nerve_reversed: bool
    muscle_reversed: bool


def whole(axes: Axes, x: float, y: float) -> Callable[[Scene], None]:
    """Draw the nerve ending and, at its right, the close-up; returns ``move(scene)``.

    It is 608 points wide and `HIGH` high, from (`x`, `y`); a key stands 14 points below.
    """
    _key(axes, x + 206, y - 14)
    enlarged = close_up(axes, x + 206, y)
    nerve, muscle = _ending(axes, x, y)

    def move(scene: Scene) -> None:
        enlarged(scene)
        nerve(scene.nerve_reversed)
        muscle(scene.muscle_reversed)

    return move


def _key(axes: Axes, x: float, y: float) -> None:
    """Say what the signs in the close-up stand for, in one line from (`x`, `y`)."""
    signs = (
        (0, "o", 5, "calcium", "calcium"),
        (64, CHANNEL, 15, "channel", "channel"),
        (137, "o", 3.6, "release", "acetylcholine"),
        (242, RECEPTOR, 15, "end plate", "receptor"),
        (318, "P", 6.5, "end plate", "other ions"),
    )
    for along, marker, size, quantity, name in signs:
        axes.plot([x + along + 7], [y], marker=marker, ms=size, mew=0, color=COLOURS[quantity])
        axes.text(x + along + 17, y, name, va="center")


def close_up(axes: Axes, x: float, y: float) -> Callable[[Scene], None]:
    """Draw the close-up with its lower left corner at (`x`, `y`); returns ``move(scene)``."""
    _still(axes, x, y)
    rng = np.random.default_rng(5)
    face, crest = y + FACE, y + CREST
    channels = np.column_stack([x + _CHANNELS, np.full(4, face)])[[0, 3, 1, 2]]
    shut, opened = (
        _marks(axes, CHANNEL, 17, mfc=fill, mec=COLOURS["channel"], mew=1.2)
        for fill in (PAPER, COLOURS["channel"])
    )
    lost = figures.line(axes, "lost", marker="x", ls="", ms=9, mew=2.4, zorder=6)
    calcium, outside = (
        _marks(axes, "o", 4.6, mfc=COLOURS["calcium"], mec=PAPER, mew=0.4) for _ in range(2)
    )
    # Clouds round the mouths of the channels, densest close by.
    reach, turn = 9 + 34 * rng.random(44) ** 1.3, np.pi * (0.12 + 0.76 * rng.random(44))
    mouths = x + np.where(np.arange(44) % 2, _CHANNELS[:2].mean(), _CHANNELS[2:].mean())
    cloud = np.column_stack([mouths + 0.7 * reach * np.cos(turn), face + reach * np.sin(turn)])
    cloud = cloud[np.argsort(reach)]
    bath = np.column_stack([x + 16 + 258 * rng.random(22), face - 9 - 14 * rng.random(22)])
    docked, fused = _vesicle(axes, x + _VESICLES[0], face)
    drift = np.column_stack([45 * rng.standard_normal(90), rng.random(90)])
    packet = drift * (1, FACE - CREST - 16) + (x + _VESICLES[0], crest + 9)
    packet = packet[np.abs(packet[:, 0] - x - 170) < 145]
    acetylcholine = _marks(axes, "o", 3.4, mfc=COLOURS["release"], mew=0)
    places = x + np.array([*np.arange(16, 172, 22.0), *np.arange(230, 396, 22.0)])
    receptors = np.column_stack([places, np.full(places.size, crest - 3)])
    receptors = receptors[np.argsort(np.abs(places - x - _VESICLES[0]))]
    waiting, answering = (
        _marks(axes, RECEPTOR, 16, mfc=fill, mec=COLOURS["end plate"], mew=1.2)
        for fill in (PAPER, COLOURS["end plate"])
    )
    ions = _marks(axes, "P", 6, mfc=COLOURS["end plate"], mec=PAPER, mew=0.4)
    inward = np.repeat(receptors[:8], 3, axis=0) - np.column_stack(
        [6 * rng.standard_normal(24), 15 + 18 * rng.random(24)]
    )
    nerve_x = x + np.array([*np.arange(14, 122, 18.0), *np.arange(292, 396, 18.0)])
    muscle_x = x + np.array([*np.arange(27, 172, 22.0), *np.arange(241, 396, 22.0)])
    nerve = charges(axes, nerve_x, np.full(nerve_x.size, face + 14))
    muscle = charges(axes, muscle_x, np.full(muscle_x.size, crest - 17))

    def move(scene: Scene) -> None:
        left = round(4 * scene.channels_left)
        active = 2 if scene.current > 0.1 else 0
        put(opened, channels[: min(active, left)])
        put(shut, channels[min(active, left) : left])
        put(lost, channels[left:])
        put(calcium, cloud[: round(len(cloud) * min(scene.current, 1.0))])
        put(outside, bath if scene.calcium_outside else bath[:0])
        for artist in docked:
            artist.set_visible(not scene.fused)
        for artist in fused:
            artist.set_visible(scene.fused)
        put(acetylcholine, packet[: round(len(packet) * scene.open_receptors)])
        open_count = round(8 * scene.open_receptors)
        put(answering, receptors[:open_count])
        put(waiting, receptors[open_count:])
        put(ions, inward[: 3 * open_count])
        nerve(scene.nerve_reversed)
        muscle(scene.muscle_reversed)

    return move


def charges(axes: Axes, x: np.ndarray, y: np.ndarray) -> Callable[[bool], None]:
    """Signs along the inside of a membrane: minus at rest, plus at the height of an impulse."""
    minus = _marks(axes, "_", 8, mec=INK, mew=2)
    plus = _marks(axes, "+", 9, mec=INK, mew=2.2)
    where = np.column_stack([x, y])

    def move(reversed_now: bool) -> None:
        put(plus, where if reversed_now else where[:0])
        put(minus, where[:0] if reversed_now else where)

    return move


def put(marks, places) -> None:
    """Move a line's markers to `places`, an array of points that may be empty."""
    marks.set_data(*np.reshape(places, (-1, 2)).T)


def _ending(axes: Axes, x: float, y: float):
    """Draw nerve fibre, ending and muscle fibre, small; returns what moves their charges."""
    left, right, surface = x + 2, x + 186, y + 64
    axes.add_patch(Rectangle((left, y + 12), right - left, 52, fc=MUSCLE, ec="none", zorder=1))
    axes.vlines(np.arange(left + 5, right, 8), y + 12, y + 40, color="#E6C8B8", lw=2, zorder=1.1)
    for edge in (y + 12, surface):
        axes.plot([left, right], [edge] * 2, color=INK, lw=1.6, zorder=1.2)
    to, curve = Path.LINETO, Path.CURVE4
    up = y + HIGH
    outline = [
        ((x + 74, up), Path.MOVETO),
        ((x + 74, y + 140), to),
        *((point, curve) for point in ((x + 74, y + 116), (x + 34, y + 112), (x + 34, y + 90))),
        *((point, curve) for point in ((x + 34, y + 68), (x + 60, y + 70), (x + 82, y + 70))),
        *((point, curve) for point in ((x + 104, y + 70), (x + 130, y + 68), (x + 130, y + 90))),
        *((point, curve) for point in ((x + 130, y + 112), (x + 90, y + 116), (x + 90, y + 140))),
        ((x + 90, up), to),
    ]
    vertices, codes = zip(*outline, strict=True)
    axes.add_patch(PathPatch(Path(vertices, codes), fc=NERVE, ec=INK, lw=1.6, zorder=2))
    for bottom, high in ((y + 148, 34), (y + 188, 46)):
        sheath = {"fc": "#F3EFDD", "ec": INK, "lw": 1.2, "zorder": 2.5, "clip_on": True}
        axes.add_patch(schematic.box(x + 68, bottom, 28, min(high, up - bottom), 6, **sheath))
    zones = [(x + 52 + 15 * i, y + 79) for i in range(5)]
    schematic.vesicles(axes, [*zones, (x + 66, y + 95), (x + 96, y + 95)], 8)
    window = (x + 74, y + 56)
    axes.add_patch(Rectangle(window, 18, 32, fc="none", ec=INK, lw=1.6, zorder=7))
    for corner, at in ((window[1], y), (window[1] + 32, y + HIGH)):
        axes.plot([window[0] + 18, x + 206], [corner, at], color=GREY, lw=1.0, zorder=6.5)
    axes.text(x + 104, y + 205, "nerve\nfibre", va="center", style="italic", linespacing=1.1)
    axes.text(x + 2, y + 128, "nerve\nterminal", va="center", style="italic", linespacing=1.1)
    plate = {"facecolor": MUSCLE, "edgecolor": "none", "pad": 1}
    axes.text(x + 8, y + 26, "muscle fibre", va="center", style="italic", bbox=plate)
    axes.text(x + 2, y + 1, "left: not to scale", va="center", color=GREY)
    schematic.badge(axes, x + 55, y + 180, 1)
    schematic.badge(axes, x + 108, y + 26, 6)
    fibre = np.linspace(y + 118, y + 142, 2)
    inside = np.array([*((x + 82, v) for v in fibre), (x + 46, y + 98), (x + 118, y + 98)])
    along = np.array([(x + 16 + 18 * i, y + 52) for i in range(10)])
    return charges(axes, *inside.T), charges(axes, *along.T)


def _marks(axes: Axes, marker: object, size: float, **style: object):
    return axes.plot([], [], ls="", marker=marker, ms=size, animated=True, zorder=5, **style)[0]


def _still(axes: Axes, x: float, y: float) -> None:
    """Draw what never moves: membranes, stored vesicles, fold, size bar, gap, stage numbers."""
    face, crest, right, top = y + FACE, y + CREST, x + WIDE, y + HIGH
    frame = Rectangle((x, y), WIDE, HIGH, fc=PAPER, ec="none", zorder=0)
    axes.add_patch(frame)
    axes.fill_between([x, right], face, top, color=NERVE, lw=0, zorder=1)
    mouth, deep = np.array((187.0, 213.0)) + x, np.array((194.0, 206.0)) + x
    outline = [(x, y), (x, crest), (mouth[0] - 8, crest), (deep[0], crest - 14), (deep[0], y)]
    other = [(deep[1], y), (deep[1], crest - 14), (mouth[1] + 8, crest), (right, crest), (right, y)]
    for points in (outline, other):
        axes.fill(*np.transpose(points), color=MUSCLE, lw=0, zorder=1)
        axes.plot(*np.transpose(points[1:-1]), color=INK, lw=1.1, zorder=2)
    # The membrane's own thickness, about 7 nm.
    for edge in (face, face + 9):
        axes.plot([x, right], [edge] * 2, color=INK, lw=1.0, zorder=2)
    stored = [(34, 190), (96, 177), (199, 199), (303, 193), (364, 177)]
    circles = [*((x + dx, y + dy) for dx, dy in stored), (x + _VESICLES[1], face + VESICLE / 2)]
    for px, py in circles:
        schematic.vesicles(axes, [(px, py)], VESICLE - 6)
    bar = x + 12 + np.array((0.0, SCALE * 50))
    axes.plot(bar, [crest + 26] * 2, color=INK, lw=3, solid_capstyle="butt", zorder=6)
    plate = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
    axes.text(bar.mean(), crest + 37, "50 nm", ha="center", va="center", zorder=6, bbox=plate)
    axes.annotate(
        "", (right - 112, crest), (right - 112, face),
        arrowprops={"arrowstyle": "<|-|>", "color": INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0},
        zorder=6,
    )  # fmt: skip
    axes.text(
        right - 104, (crest + face) / 2,
        f"gap: {GAP_NM:g} nm,\ncrossed in\n{diffusion_ms(GAP_NM):.3f} ms",
        ha="left", va="center", linespacing=1.1, zorder=6, bbox=plate,
    )  # fmt: skip
    places = ((2, 199, FACE + 46), (3, 116, FACE + 28), (4, 200, CREST + 14), (5, 12, CREST - 17))
    for number, px, py in places:
        schematic.badge(axes, x + px, y + py, number)
    axes.add_patch(Rectangle((x, y), WIDE, HIGH, fc="none", ec=INK, lw=1.6, zorder=8))


def _vesicle(axes: Axes, x: float, face: float) -> tuple[list, list]:
    """Return the parts of a docked vesicle, and those of one that has opened into the gap."""
    radius = VESICLE / 2 - 2
    middle = face + 9 + radius
    style = {"animated": True, "zorder": 4}
    ball = axes.plot([x], [middle - 4], "o", ms=2 * radius, mfc=PAPER, mec=INK, mew=1.3, **style)[0]
    cluster = (VESICLE - 6) / 13 * np.array([(0, 0), (-2.6, 1.6), (2.6, 1.6), (0, -3.2), (0, 3.6)])
    load = axes.plot(
        *np.add(cluster, (x, middle - 4)).T, "o", ms=0.17 * (VESICLE - 6), mew=0,
        color=COLOURS["release"], **style,
    )[0]  # fmt: skip
    # An omega: the membrane of the vesicle has joined that of the nerve ending.
    angle = np.linspace(-0.5 * np.pi + 0.45, 1.5 * np.pi - 0.45, 40)
    arc = np.column_stack([x + radius * np.cos(angle), middle + radius * np.sin(angle)])
    neck = [(x + 14, face), *arc, (x - 14, face)]
    outline = Path(neck)
    omega = PathPatch(outline, fc=PAPER, ec="none", **style)
    rim = axes.plot(*np.transpose(neck), color=INK, lw=1.3, **style)[0]
    gate = axes.plot([x - 12, x + 12], [face] * 2, color=PAPER, lw=2.4, **style)[0]
    axes.add_patch(omega)
    return [ball, load], [omega, rim, gate]
