"""From a key pressed on a slider to the picture painted, in JupyterLab in a real Chromium.

One picture (the four graphs of notebook 04, each state new to the model), shown in a dozen ways,
then other panels of the course, those of notebook 04 with all that was known of earlier states
forgotten before each move. Each has a notebook and a kernel of its own, opened in turns in two
rounds, and is moved some steps in a row, the first of them not counted. The clock starts with the
browser's key event and stops when the browser has painted the last change that comes of it; before
it is timed every way must have shown the model's curves. The remark splits the median: when the
last answer of the kernel before the last change reached the page; then messages and bytes of one
move; then pictures a second, and how late the last one comes, while the handle is dragged. The
course's row is the live panel of the notebook, which besides its picture renews the alternative
text, the sentence, the numbers and the line of Python. All ways have the course's page and server:
the page is told that Python is busy only when a move takes long, and the server sends each message
at once. Times are wall-clock times; server, kernel and browser share two processors, and the
browser paints at two points per pixel without a graphics card.

What the table decides: the course sends its moving parts as SVG, drawn anew where they changed.
Sending the data of the lines alone gains little and would need a second way for words, markers and
shapes, so it was not taken. bqplot gives more pictures a second and plotly fewer; both draw in the
browser alone, so the still picture of a saved notebook would have to be made apart.

What was wanted for the heaviest panel of notebook 04 is a median of 60 ms, 120 ms for 95 % of the
moves, an eighth of `interact`, and 15 pictures a second. The heaviest picture, the first row,
reaches all four, and every panel of that notebook the first three. Fewer pictures a second are
those of sliders with seven or eight stops, all of which were drawn. A slider that only repeats its
number takes 20 to 25 ms.
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
from collections.abc import Iterator
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
ROUNDS = 2
ROW = 11
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

    names = list(CHANNELS)
    names += [f"course, notebook {lesson[:2]}: {panel} by {by}" for lesson, panel, by in PANELS]
    moves, drags = {name: [] for name in names}, {name: [] for name in names}
    with _lab_and_browser() as lab:
        for _ in range(ROUNDS):
            for number, name in enumerate(names):
                with _page(*lab, f"channels.one({number}, {PANELS!r})") as page:
                    if name in CHANNELS:
                        _see_that_it_agrees(page, name)
                    moves[name] += _move(page)
                    drags[name].append(_drag(page))
    return [
        _row(f"slider to screen{'' if name in CHANNELS else ', other panels'}", name, moves, drags)
        for name in names
    ]


# -- moving and timing ------------------------------------------------


def _move(page) -> list[dict]:
    """Move the slider some steps, to and fro at its ends.

    A hand seldom moves a slider once, so the first step is not counted.
    """
    page.evaluate("benchProbe.watch()")
    handle = page.locator(".bench-way .noUi-handle").first
    handle.focus()
    moves, key = [], "ArrowRight"
    for _ in range(ROW):
        now, least, most = (
            float(handle.get_attribute(f"aria-value{word}")) for word in ("now", "min", "max")
        )
        # The slider rounds its ends.
        if now >= most or now <= least:
            key = "ArrowLeft" if now >= most else "ArrowRight"
        page.keyboard.press(key)
        _wait_for_quiet(page)
        moves.append(_split(page.evaluate("benchProbe.events")))
    return moves[1:]


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


def _drag(page) -> tuple[float, float]:
    """Drag a handle to and fro; return pictures a second, and how late the last came, ms."""
    page.evaluate("benchProbe.watch()")
    slider = page.locator(".bench-way .noUi-target").first
    slider.scroll_into_view_if_needed()
    box, mouse = slider.bounding_box(), page.mouse
    y = box["y"] + box["height"] / 2
    handle = page.locator(".bench-way .noUi-handle").first.bounding_box()
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
    return len(frames) / DRAG_SECONDS, max(0.0, max(painted) - end)


def _see_that_it_agrees(page, name: str) -> None:
    """Go to one state and ask the kernel whether the curves drawn are the model's."""
    page.evaluate("benchProbe.watch()")
    page.locator(".bench-way .widget-readout").first.fill("60")
    page.keyboard.press("Enter")
    _wait_for_quiet(page)
    page.get_by_role("button", name="Check", exact=True).click()
    said = page.locator(".bench-check .widget-html-content")
    said.filter(has_text="same").wait_for(timeout=30_000)
    if said.inner_text() != "The same":
        raise AssertionError(f"{name}: {said.inner_text()}")


def _row(task: str, name: str, moves: dict[str, list], drags: dict[str, list]) -> dict:
    ours = next(iter(moves.values()))
    total, own = (np.array([move["total"] for move in some]) for some in (moves[name], ours))
    answer, messages, size = (
        np.median([move[key] for move in moves[name]]) for key in ("answer", "messages", "kB")
    )
    pictures, late = np.mean(drags[name], axis=0)
    note = f"answer after {answer:.0f} ms, {messages:.0f} messages, {size:.0f} kB; "
    note += f"dragged: {pictures:.0f} a second, the last {late:.0f} ms late"
    return {
        "name": task,
        "candidate": name,
        "median_ms": float(np.median(total)),
        "p95_ms": float(np.percentile(total, 95)),
        "ratio": float(np.median(total) / np.median(own)),
        "note": note,
    }


# -- JupyterLab with the peers, and a browser ------------------------------------------------


@contextmanager
def _lab_and_browser() -> Iterator[tuple]:
    """Yield the folder that a JupyterLab serves, its address, its token and a browser."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    import chromium

    path = chromium.find_or_install()
    if path is None:
        raise SystemExit("This benchmark needs a Chromium, and none could be found or installed.")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        _lab(Path(folder)) as (address, token),
    ):
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield Path(folder), address, token, browser
        browser.close()


@contextmanager
def _page(folder: Path, address: str, token: str, browser, cell: str) -> Iterator:
    """Open a notebook of this cell, run, on a page that keeps time, in a kernel of its own."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in (SETUP, cell)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(notebook, folder / "redraw.ipynb")
    page = browser.new_page(viewport={"width": 1366, "height": 1000}, device_scale_factor=2)
    page.add_init_script(path=Path(__file__).with_name("redraw_probe.js"))
    page.goto(f"{address}/lab/tree/redraw.ipynb?token={token}")
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=120_000)
    page.get_by_text("Run", exact=True).first.click()
    page.click(".lm-Menu >> text=Run All Cells")
    complaint = ".jp-OutputArea-output[data-mime-type*=error]"
    page.wait_for_selector(f".bench-ready, {complaint}", state="attached", timeout=120_000)
    if page.locator(complaint).count():
        raise AssertionError(page.locator(complaint).first.inner_text())
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=60_000)
    yield page
    kernels, ours = f"{address}/api/kernels", {"Authorization": f"token {token}"}
    for kernel in page.request.get(kernels, headers=ours).json():
        page.request.delete(f"{kernels}/{kernel['id']}", headers=ours)
    page.close()


@contextmanager
def _lab(folder: Path) -> Iterator[tuple[str, str]]:
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
        yield f"http://127.0.0.1:{port}", token
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
