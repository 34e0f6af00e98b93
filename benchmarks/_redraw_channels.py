"""The same picture on the page in a dozen ways, each under a slider of its own.

The picture is the tallest of notebook 04: four graphs on one time axis. Each function of
`CHANNELS` returns a widget and a function that says what its curves show now.
"""

from __future__ import annotations

import base64
import functools
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from lems_helpers.lab.lesson import load
from lems_helpers.lab.lessons import n04_acetylcholine_release as n04
from lems_helpers.lab.lessons.n04_acetylcholine_release import SENSOR, sensor_course
from lems_helpers.lab.panel import Panel
from lems_helpers.lab.picture import Picture
from lems_helpers.lab.style import COLOURS, DPI, GREY, WIDTH_IN, course_style
from lems_helpers.physiology import release

LESSON = "04_acetylcholine_release"
START = {control.name: control.default for control in SENSOR.controls}
SIZE = (WIDTH_IN, SENSOR.height_in)
PIXELS = tuple(round(96 * inches) for inches in SIZE)
TITLES = ("Calcium at the vesicle, on average", "Calcium ions on its sensor, on average")
TITLES += ("Sensors carrying all five ions", "Vesicles released so far")
LIMITS, TIME = ((0, 26), (0, 1.5), (0, 4), (0, 15)), (0.3, 2.5)
INKS = tuple(COLOURS[name] for name in ("calcium", "sensor", "sensor", "release"))


def fresh(compute: Callable, *more: Callable) -> Callable:
    """Work each state out as for a learner who comes to it for the first time.

    `more` is what else is kept of earlier states and would be new to her.
    """

    @functools.wraps(compute)
    def afresh(**state: object):
        for known in (release._time_course, release._known, *more):
            known.cache_clear()
        return compute(**state)

    return afresh


fresh_course = fresh(sensor_course)


def course(share: float) -> release.ReleaseTimeCourse:
    """Work out what the panel shows at a share of channels."""
    return fresh_course(**{**START, "share": share})


def curves(now: release.ReleaseTimeCourse) -> list[np.ndarray]:
    """Return the four curves of the picture."""
    return [now.calcium_uM, now.bound_ions, 100 * now.occupancy[:, -2], 100 * now.released]


HEALTHY = course(100)


def peak(now: release.ReleaseTimeCourse) -> float:
    """Return when the impulse peaks, where the dotted line stands."""
    return float(now.t_ms[now.voltage_mV.argmax()])


def note(now: release.ReleaseTimeCourse) -> str:
    """Return the words that move with the picture."""
    return f"{100 * now.released[-1]:.2f} % by the end"


# -- ways of Matplotlib ------------------------------------------------


def interact():
    """`interact` as its manual shows it: a new figure at each move, at the screen's own points."""
    control, show, drawn = _slider(), *_drawing_afresh()
    return widgets.interactive(show, share=control), drawn


def interactive_output():
    """Do the same, with the picture in an output of its own."""
    control, show, drawn = _slider(), *_drawing_afresh()
    return widgets.VBox([control, widgets.interactive_output(show, {"share": control})]), drawn


def ipympl():
    """Draw on the interactive canvas of Matplotlib for Jupyter."""
    from ipympl.backend_nbagg import Canvas, FigureManager

    figure = Figure(figsize=SIZE, dpi=96, layout="constrained")
    canvas = Canvas(figure)
    FigureManager(canvas, 0)
    update = SENSOR.draw(figure)
    for artist in figure.findobj(lambda artist: artist.get_animated()):
        artist.set_animated(False)

    def show(share: float) -> None:
        update(course(share), HEALTHY, "healthy")
        canvas.draw_idle()

    return _moved_by(show, canvas), lambda: _lines(figure)


def png_reused():
    """Keep the figure and send a PNG of it at twice the screen's points, drawn whole."""
    figure, update = _kept_figure()

    def picture() -> str:
        paper = io.BytesIO()
        figure.savefig(paper, format="png", dpi=192)
        return _image(paper)

    return _in_html(figure, update, picture)


def png_blitted():
    """Send such a PNG of which only the moving parts are drawn again."""
    figure, update = _kept_figure()
    figure.set_dpi(192)
    canvas = FigureCanvasAgg(figure)
    moving = figure.findobj(lambda artist: artist.get_animated())
    moving.sort(key=lambda artist: artist.get_zorder())
    canvas.draw()
    background = canvas.copy_from_bbox(figure.bbox)

    def picture() -> str:
        canvas.restore_region(background)
        for artist in moving:
            figure.draw_artist(artist)
        paper = io.BytesIO()
        shot = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        shot.save(paper, "PNG", compress_level=1)
        return _image(paper)

    return _in_html(figure, update, picture)


def svg_whole():
    """Keep the figure and send an SVG of all of it."""
    figure, update = _kept_figure()

    def picture() -> str:
        paper = io.StringIO()
        figure.savefig(paper, format="svg")
        drawing = paper.getvalue()
        return drawing[drawing.index("<svg") :].replace("<svg", '<svg style="width:100%"', 1)

    return _in_html(figure, update, picture)


class _WholeLayer(Picture):
    """All that moves is drawn and sent again, whether it changed or not."""

    def _draw_moving(self) -> str:
        self._moving, self._drawn = self.moving(), {}
        return super()._draw_moving()


class _DataAlone(Picture):
    """Of lines only the data are written, into elements whose style was settled at the start."""

    def _draw_moving(self) -> str:
        lines = [artist for artist in self._moving if isinstance(artist, Line2D)]
        self._moving = [artist for artist in self._moving if artist not in lines]
        try:
            words = super()._draw_moving()
        finally:
            self._moving = [*lines, *self._moving]
        return "".join(map(_path, lines)) + words


def svg_layer():
    """Draw the whole moving layer again, on a background that stays."""
    return _in_picture(_WholeLayer)


def svg_changed():
    """Draw again of the moving layer what has changed: the course's own way."""
    return _in_picture(Picture)


def svg_data_html():
    """Write only the data of the lines anew, into an HTML widget."""
    return _in_picture(_DataAlone)


def svg_data_anywidget():
    """Let a script on the page give the paths of an SVG new data, through anywidget."""
    import anywidget
    import traitlets

    class Paths(anywidget.AnyWidget):
        _esm = """
        function render({ model, el }) {
          el.innerHTML = model.get("paper");
          const paths = el.querySelectorAll(".moving");
          const words = el.querySelector(".words");
          const move = () => {
            model.get("data").forEach((d, i) => paths[i].setAttribute("d", d));
            words.innerHTML = model.get("words");
          };
          model.on("change:data", move);
          move();
        }
        export default { render };
        """
        paper = traitlets.Unicode().tag(sync=True)
        data = traitlets.List(traitlets.Unicode()).tag(sync=True)
        words = traitlets.Unicode().tag(sync=True)

    picture = _DataAlone(SENSOR.draw, SENSOR.height_in)
    picture.update(course(START["share"]), HEALTHY, "healthy", alt="")
    lines = [artist for artist in picture.moving() if isinstance(artist, Line2D)]
    texts = [artist for artist in picture.moving() if artist not in lines]
    width, height = picture.figure.get_size_inches() * DPI
    drawn = "".join(_path(line).replace("<path", '<path class="moving"', 1) for line in lines)
    paper = f'<div style="display:grid"><div style="grid-area:1/1">{picture._back.value}</div>'
    paper += f'<svg viewBox="0 0 {width:g} {height:g}" style="grid-area:1/1">{drawn}'
    canvas = Paths(paper=paper + '<g class="words"></g></svg></div>')

    def show(share: float) -> None:
        with course_style():
            picture._update(course(share), HEALTHY, "healthy")
            picture._moving = texts
            words = Picture._draw_moving(picture)
            with canvas.hold_sync():
                canvas.words = words
                canvas.data = [_data(line) for line in lines]

    return _moved_by(show, canvas), lambda: _lines(picture.figure)


# -- other libraries ------------------------------------------------


def bqplot():
    """Four graphs of bqplot, a library that draws in the browser."""
    import bqplot as bq

    times = bq.LinearScale(min=TIME[0], max=TIME[1])
    graphs, moving, before, marks = [], [], [], []
    words = bq.Label(x=[1.9], y=[12.0], text=[""], scales={}, colors=[INKS[3]])
    for title, limits, ink in zip(TITLES, LIMITS, INKS, strict=True):
        scales = {"x": times, "y": bq.LinearScale(min=limits[0], max=limits[1])}
        old = bq.Lines(x=[], y=[], scales=scales, colors=[GREY], line_style="dashed")
        now = bq.Lines(x=[], y=[], scales=scales, colors=[ink])
        mark = bq.Lines(x=[], y=limits, scales=scales, colors=[GREY], line_style="dotted")
        extra = [words] if ink == INKS[3] else []
        words.scales = scales
        axes = [bq.Axis(scale=scales["x"]), bq.Axis(scale=scales["y"], orientation="vertical")]
        room = {"width": f"{PIXELS[0]}px", "height": f"{PIXELS[1] // 4}px"}
        graph = bq.Figure(marks=[old, now, mark, *extra], axes=axes, title=title, layout=room)
        graphs.append(graph)
        moving.append(now)
        before.append(old)
        marks.append(mark)

    def show(share: float) -> None:
        result = course(share)
        for line, old, mark, y, other in zip(
            moving, before, marks, curves(result), curves(HEALTHY), strict=True
        ):
            for curve, data in ((line, (result.t_ms, y)), (old, (HEALTHY.t_ms, other))):
                with curve.hold_sync():
                    curve.x, curve.y = data
            mark.x = [peak(result)] * 2
        words.text = [note(result)]

    drawn = lambda: [np.asarray(line.y) for line in moving]  # noqa: E731
    return _moved_by(show, widgets.VBox(graphs)), drawn


def plotly():
    """Four graphs of plotly, a library that draws in the browser."""
    from plotly.graph_objects import FigureWidget
    from plotly.subplots import make_subplots

    graph = FigureWidget(make_subplots(4, 1, shared_xaxes=True, subplot_titles=TITLES))
    moving, before, marks = [], [], []
    for row, (limits, ink) in enumerate(zip(LIMITS, INKS, strict=True), start=1):
        styles = ({"color": GREY, "dash": "dash"}, {"color": ink}, {"color": GREY, "dash": "dot"})
        for kind, style in zip((before, moving, marks), styles, strict=True):
            graph.add_scatter(row=row, col=1, mode="lines", line=style, x=[], y=limits)
            kind.append(graph.data[-1])
        graph.update_yaxes(range=limits, row=row, col=1)
    graph.update_xaxes(range=TIME)
    graph.add_annotation(x=2.1, y=12, text="", showarrow=False, row=4, col=1)
    graph.update_layout(width=PIXELS[0], height=PIXELS[1], showlegend=False)

    def show(share: float) -> None:
        result = course(share)
        with graph.batch_update():
            for line, old, mark, y, other in zip(
                moving, before, marks, curves(result), curves(HEALTHY), strict=True
            ):
                line.x, line.y = result.t_ms, y
                old.x, old.y = HEALTHY.t_ms, other
                mark.x = [peak(result)] * 2
            graph.layout.annotations[-1].text = note(result)

    return _moved_by(show, graph), lambda: [np.asarray(line.y) for line in moving]


# -- the live panel itself ------------------------------------------------


def panel():
    """Open the live panel: picture, alternative text, sentence, numbers, settings."""
    view = _first_slider(SENSOR, "share", fresh_course)
    return view, lambda: _lines(view._picture.figure)


CHANNELS: dict[str, Callable] = {
    "course, live panel": panel,
    "interact, inline PNG": interact,
    "interactive_output, inline PNG": interactive_output,
    "ipympl": ipympl,
    "PNG at 2×, figure kept": png_reused,
    "PNG at 2×, blitted": png_blitted,
    "SVG, whole figure": svg_whole,
    "SVG, moving layer": svg_layer,
    "SVG, its changed parts, as in the panel": svg_changed,
    "SVG, data alone, HTML widget": svg_data_html,
    "SVG, data alone, anywidget": svg_data_anywidget,
    "bqplot": bqplot,
    "plotly": plotly,
}


def one(number: int, panels: Sequence[tuple[str, str, str]]) -> widgets.Widget:
    """Return a channel, or one of the panels that come after them, with what checks its curves."""
    if number < len(CHANNELS):
        built, drawn = list(CHANNELS.values())[number]()
        last = checker(drawn)
    else:
        built, last = _panel_by(*panels[number - len(CHANNELS)]), widgets.HTML()
    built.add_class("bench-way")
    last.add_class("bench-ready")
    return widgets.VBox([built, last])


def _panel_by(lesson: str, name: str, slider: str) -> widgets.Widget:
    """Open a panel of a lesson with one slider first; those of notebook 04 never know a state."""
    panel = load(lesson).panel(name).panel
    if lesson != LESSON:
        return _first_slider(panel, slider, panel.compute)
    # A curve of channels belongs to a start; a learner who moves along it has it before her.
    more = (n04._by_channels,) if slider == "start_mM" else ()
    return _first_slider(panel, slider, fresh(panel.compute, *more))


def _first_slider(panel: Panel, slider: str, compute: Callable) -> widgets.Widget:
    controls = sorted(panel.controls, key=lambda control: control.name != slider)
    changes = {"compute": compute, "prediction": None, "controls": tuple(controls)}
    return replace(panel, **changes).open()


def checker(drawn: Callable[[], list[np.ndarray]]) -> widgets.Widget:
    """Return a button that says whether the curves drawn are those of a share of 60 %."""
    button, said = widgets.Button(description="Check"), widgets.HTML()
    said.add_class("bench-check")

    def check(_) -> None:
        same = all(map(np.allclose, drawn(), curves(course(60.0))))
        said.value = "The same" if same else "Not the same"

    button.on_click(check)
    return widgets.VBox([button, said])


# -- parts ------------------------------------------------


def _slider() -> widgets.IntSlider:
    return widgets.IntSlider(START["share"], 0, 100, 5, description="share")


def _moved_by(show: Callable[[float], None], shown: widgets.Widget) -> widgets.Widget:
    control = _slider()
    control.observe(lambda change: show(change["new"]), "value")
    show(control.value)
    return widgets.VBox([control, shown])


def _drawing_afresh():
    last = []

    def show(share: float) -> None:
        with course_style():
            figure = plt.figure(figsize=SIZE, dpi=96, layout="constrained")
            SENSOR.draw(figure)(course(share), HEALTHY, "healthy")
            last[:] = [figure]
            plt.show()

    return show, lambda: _lines(last[0])


def _kept_figure() -> tuple[Figure, Callable]:
    with course_style():
        figure = Figure(figsize=SIZE, dpi=96, layout="constrained")
        FigureCanvasAgg(figure)
        update = SENSOR.draw(figure)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure, update


def _in_html(figure: Figure, update: Callable, picture: Callable[[], str]):
    box = widgets.HTML()

    def show(share: float) -> None:
        with course_style():
            update(course(share), HEALTHY, "healthy")
            box.value = picture()

    return _moved_by(show, box), lambda: _lines(figure)


def _in_picture(kind: type[Picture]):
    picture = kind(SENSOR.draw, SENSOR.height_in)

    def show(share: float) -> None:
        picture.update(course(share), HEALTHY, "healthy", alt=f"{share}")

    return _moved_by(show, picture.widget), lambda: _lines(picture.figure)


def _image(paper: io.BytesIO) -> str:
    data = base64.b64encode(paper.getvalue()).decode()
    return f'<img alt="" width="{PIXELS[0]}" src="data:image/png;base64,{data}">'


def _lines(figure: Figure) -> list[np.ndarray]:
    """Return the curves that a figure shows now: in each graph the one drawn on top."""
    return [
        max(
            (line for line in axes.lines if len(line.get_xdata()) > 2),
            key=lambda line: line.get_zorder(),
        ).get_ydata()
        for axes in figure.axes
    ]


def _path(line: Line2D) -> str:
    """Return a line as an SVG path, its style written by hand."""
    _, dashes = line._dash_pattern
    dash = f' stroke-dasharray="{",".join(map(str, dashes))}"' if dashes else ""
    colour, width = to_hex(line.get_color()), line.get_linewidth()
    style = f'fill="none" stroke="{colour}" stroke-width="{width}"{dash}'
    return f'<path d="{html.escape(_data(line))}" {style}/>'


def _data(line: Line2D) -> str:
    if not line.get_visible() or not len(line.get_xdata()):
        return ""
    height = line.get_figure().bbox.height
    points = line.get_transform().transform(line.get_xydata())
    box = line.axes.bbox.padded(40)
    inside = (points[:, 0] > box.x0) & (points[:, 0] < box.x1)
    return "M" + "L".join(f"{x:.1f} {height - y:.1f}" for x, y in points[inside].tolist())
