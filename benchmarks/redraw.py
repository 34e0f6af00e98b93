"""From a key pressed on a slider to the picture painted, in JupyterLab in a real Chromium.

One kernel, one picture (the four graphs of notebook 04, each state new to the model), shown in a
dozen ways, one at a time on the page, that are moved in turns; then other panels of the course,
moved in the same way, those of notebook 04 with all that was known of earlier states forgotten
before each move. Every turn is a few moves in a row, the first of them not counted. The clock
starts with the browser's key event and stops when the browser has painted the last change that
comes of it; before they are timed all ways must have shown the same curves. The remark splits the
median: when the last answer of the kernel before the last change reached the page; then messages
and bytes of one move; then pictures a second, and how late the last one comes, while the handle is
dragged. The course's row is the live panel of the notebook, which besides its picture renews the
alternative text, the sentence, the numbers and the line of Python. Times are wall-clock times;
server, kernel and browser share two processors, and the browser paints at two points per pixel
without a graphics card.

What the table decides: the course sends its moving parts as SVG, drawn anew where they changed.
Sending the data of the lines alone gains about a tenth and would need a second way for words,
markers and shapes, so it was not taken. bqplot gives more pictures a second and plotly fewer; both
draw in the browser alone, so the still picture of a saved notebook would have to be made apart.

What was wanted is a median of 60 ms, 120 ms for 95 % of the moves, an eighth of `interact`, and
15 pictures a second. Every panel is quicker than the eighth, by far. The other three are missed:
a move takes about 90 ms, in one of twenty up to 150 ms, and a dragged handle shows up to a dozen
pictures a second. The model and the drawing are some 15 ms of it; the rest is the way from the page
through JupyterLab to Python and back, and the painting.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import numpy as np

TITLE = "Redraw: from the slider to the screen"
ROOT = Path(__file__).resolve().parent.parent
#: Lesson, panel, and the slider that is moved.
PANELS = (
    ("04_acetylcholine_release", "nanodomain", "calcium_mM"),
    ("04_acetylcholine_release", "sensor", "calcium_mM"),
    ("04_acetylcholine_release", "dose_response", "share"),
    ("04_acetylcholine_release", "dose_response", "start_mM"),
    ("10_treatments", "switchboard", "drug_uM"),
)
QUIET_MS = 80
ROUNDS = 4
ROW = 5
DRAG_SECONDS = 1.5
HAND_SECONDS = 1 / 60  # a mouse tells the browser where it is as often as the screen is painted
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
SETUP = """\
from lems_helpers.lab import begin
import benchmarks._redraw_channels as channels
begin("04_acetylcholine_release")"""


def run() -> list[dict]:
    """Return a row for each way of showing one picture, then one for each other panel."""
    from benchmarks._redraw_channels import CHANNELS

    ways = range(len(CHANNELS))
    others = range(len(ways), len(ways) + len(PANELS))
    # All in one cell: the notebook takes cells that are out of sight off the page.
    with _page_with(f"channels.everything({PANELS!r})") as page:
        _see_that_all_agree(page, ways)
        moves = _in_turns(page, [*ways, *others])
        drags = {i: _drag(page, i) for i in moves}
    ours = moves[0]
    table = [
        _row("slider to screen", name, moves[i], ours, drags[i]) for i, name in enumerate(CHANNELS)
    ]
    for i, (lesson, panel, slider) in zip(others, PANELS, strict=True):
        name = f"course, notebook {lesson[:2]}: {panel} by {slider}"
        table.append(_row("slider to screen, other panels", name, moves[i], ours, drags[i]))
    return table


# -- moving and timing ------------------------------------------------


def _in_turns(page, numbers: Iterable[int]) -> dict[int, list[dict]]:
    """Move each slider a few steps in a row, in every round; to and fro.

    A hand seldom moves a slider once, so the first step of each row is not counted.
    """
    moves = {i: [] for i in numbers}
    keys = dict.fromkeys(moves, "ArrowRight")
    for _ in range(ROUNDS):
        for i in moves:
            page.evaluate("number => benchProbe.watch(number)", i)
            handle = page.locator(f".bench-way-{i} .noUi-handle").first
            handle.focus()
            for step in range(ROW):
                now, least, most = (
                    float(handle.get_attribute(f"aria-value{word}"))
                    for word in ("now", "min", "max")
                )
                # The slider rounds its ends.
                if now >= most or now <= least:
                    keys[i] = "ArrowLeft" if now >= most else "ArrowRight"
                page.keyboard.press(keys[i])
                _wait_for_quiet(page)
                moves[i] += [_split(page.evaluate("benchProbe.events"))] * (step > 0)
    return moves


def _wait_for_quiet(page) -> None:
    # Asked seldom: a question at every frame would itself keep the page busy.
    page.wait_for_function(
        "ms => benchProbe.quiet(ms)", arg=QUIET_MS, polling=QUIET_MS, timeout=20_000
    )


def _split(events: list[dict]) -> dict[str, float]:
    """Take apart the way from the key to the screen."""
    start = max(event["t"] for event in events if event["what"] == "key")
    events = [event for event in events if event["t"] >= start]
    painted = max(event["t"] for event in events if event["what"] == "painted")
    changed = max(event["t"] for event in events if event["what"] == "changed")
    answers = [
        event
        for event in events
        if event["what"] == "in" and event["kind"] not in ("busy", "idle", "?")
    ]
    before = [event["t"] for event in answers if event["t"] <= changed]
    return {
        "total": painted - start,
        "answer": (max(before) if before else changed) - start,
        "messages": len(answers),
        "kB": sum(event["size"] for event in answers) / 1000,
    }


def _drag(page, number: int) -> str:
    """Drag a handle to and fro; say how many pictures a second and how late the last came."""
    page.evaluate("number => benchProbe.watch(number)", number)
    slider = page.locator(f".bench-way-{number} .noUi-target").first
    slider.scroll_into_view_if_needed()
    box, mouse = slider.bounding_box(), page.mouse
    y = box["y"] + box["height"] / 2
    handle = page.locator(f".bench-way-{number} .noUi-handle").first.bounding_box()
    mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    mouse.down()
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < DRAG_SECONDS:
        share = 0.5 + 0.45 * np.sin(2 * np.pi * passed / DRAG_SECONDS)
        mouse.move(box["x"] + share * box["width"], y)
        page.wait_for_timeout(1000 * HAND_SECONDS)
    mouse.up()
    end = page.evaluate("performance.now()")
    _wait_for_quiet(page)
    painted = page.evaluate("benchProbe.events.filter(e => e.what === 'painted').map(e => e.t)")
    # Several changes in one frame are one picture.
    frames = {round(t / 16.7) for t in painted if t <= end}
    late = max(0.0, max(painted) - end)
    return f"dragged: {len(frames) / DRAG_SECONDS:.0f} a second, the last {late:.0f} ms late"


def _see_that_all_agree(page, numbers: Iterable[int]) -> None:
    """Put every channel on one state and ask the kernel what the curves are."""
    for i in numbers:
        page.evaluate("number => benchProbe.watch(number)", i)
        page.locator(f".bench-way-{i} .widget-readout").first.fill("60")
        page.keyboard.press("Enter")
        _wait_for_quiet(page)
    page.get_by_role("button", name="Check", exact=True).click()
    said = page.locator(".bench-check .widget-html-content")
    said.filter(has_text="same").wait_for(timeout=30_000)
    if said.inner_text() != "All the same":
        raise AssertionError(said.inner_text())


def _row(name: str, candidate: str, moves: list[dict], ours: list[dict], drag: str) -> dict:
    total, own = (np.array([move["total"] for move in some]) for some in (moves, ours))
    answer, messages, size = (
        np.median([move[key] for move in moves]) for key in ("answer", "messages", "kB")
    )
    note = f"answer after {answer:.0f} ms, {messages:.0f} messages, {size:.0f} kB"
    return {
        "name": name,
        "candidate": candidate,
        "median_ms": float(np.median(total)),
        "p95_ms": float(np.percentile(total, 95)),
        "ratio": float(np.median(total) / np.median(own)),
        "note": f"{note}; {drag}",
    }


# -- JupyterLab with the peers, and a browser ------------------------------------------------


@contextmanager
def _page_with(cell: str) -> Iterator:
    """Open a notebook of this cell, run, on a page that keeps time."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    import chromium

    path = chromium.find_or_install()
    if path is None:
        raise SystemExit("This benchmark needs a Chromium, and none could be found or installed.")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in (SETUP, cell)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        nbformat.write(notebook, Path(folder) / "redraw.ipynb")
        with _lab(Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1366, "height": 1000}, device_scale_factor=2)
            page.add_init_script(path=Path(__file__).with_name("redraw_probe.js"))
            page.goto(address)
            page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=120_000)
            page.get_by_text("Run", exact=True).first.click()
            page.click(".lm-Menu >> text=Run All Cells")
            complaint = ".jp-OutputArea-output[data-mime-type*=error]"
            page.wait_for_selector(f".bench-ready, {complaint}", timeout=120_000)
            if page.locator(complaint).count():
                raise AssertionError(page.locator(complaint).first.inner_text())
            page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=60_000)
            yield page
            browser.close()


@contextmanager
def _lab(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab, nothing of the user's own settings in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    # Not `jupyter lab`: that takes the first on the PATH, which has none of the peers.
    command = [str(_peers()), "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={folder}", "--log-level=CRITICAL"]
    command += ["--LabApp.news_url=None"]
    for ours, place in (
        ("overrides.json", "labconfig/default_setting_overrides.json"),
        ("server.json", "jupyter_server_config.d/lems-helpers.json"),
    ):
        settings = folder / ".jupyter" / place
        settings.parent.mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "jupyter" / ours, settings)
    own = {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    # Its chatter must not mix with the rows.
    server = subprocess.Popen(command, env={**os.environ, **own}, stdout=sys.stderr)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=5)
                break
            except OSError:
                time.sleep(0.3)
        yield f"http://127.0.0.1:{port}/lab/tree/redraw.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(20)


def _peers() -> Path:
    """Return the Python of the course's environment with the peers added, built if need be."""
    venv, wanted = ROOT / ".setup" / "redraw.venv", Path(__file__).with_name("redraw_peers.txt")
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    lock = ROOT / "requirements.lock"
    digest = hashlib.sha256(lock.read_bytes() + wanted.read_bytes()).hexdigest()
    mark = venv / "lock-stamp.txt"
    if mark.exists() and mark.read_text("utf-8") == digest:
        return python
    shutil.rmtree(venv, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    install = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    steps = ([*uv, "venv", "--no-project", "--quiet", "--python", sys.executable, str(venv)],)
    steps += ([*install, "-r", str(lock)], [*install, "-r", str(wanted)])
    for step in steps:
        subprocess.run(step, check=True, cwd=ROOT)
    mark.write_text(digest, encoding="utf-8")
    return python
