"""From a key pressed on a slider to the picture painted, in JupyterLab in a real Chromium.

One page, one kernel, one picture (the four graphs of notebook 04, each state new to the model),
shown in a dozen ways that are moved in turns. The clock starts with the browser's key event and
stops when the browser has painted the last change that comes of it; all ways must show the same
curves in the end. The note splits the median: until the kernel's answer reaches the page, and
from there to the screen; then messages and bytes of one move; then the pictures a second, and how
late the last one comes, while the handle is dragged. The ratio is to the live panel of the
notebook, which besides its picture renews the alternative text, the sentence, the numbers and the
line of Python. Last come other panels of the course, moved in the same way.

Not yet a part of `make bench`: run it by hand with ``python -m benchmarks.redraw channels`` (or
``panels``, or ``quick``) on a quiet machine, some ten minutes each.
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

ROOT = Path(__file__).resolve().parent.parent
#: Lesson and panel, each moved by its first slider.
PANELS = (
    ("04_acetylcholine_release", "nanodomain"),
    ("04_acetylcholine_release", "sensor"),
    ("04_acetylcholine_release", "dose_response"),
    ("01_neuromuscular_junction", "tour"),
    ("02_nerve_impulse", "impulse"),
    ("03_calcium_influx", "late_peak"),
    ("05_quanta", "trials"),
    ("05_quanta", "size_or_number"),
    ("06_end_plate_and_safety_factor", "hundred_fibres"),
    ("07_lems", "site_map"),
    ("08_electrodiagnosis", "emg_machine"),
    ("10_treatments", "switchboard"),
)
QUIET_MS = 250
ROUNDS = 15
DRAG_SECONDS = 3.0
SETUP = """\
from lems_helpers.lab import begin
import benchmarks._redraw_channels as channels
begin("04_acetylcholine_release")"""


def channels(quick: bool = False) -> list[dict]:
    """Move one picture in every way."""
    from benchmarks._redraw_channels import CHANNELS

    numbers = range(len(CHANNELS))
    cells = [f"channels.place({i})" for i in numbers]
    with _page_with([*cells, "channels.checker()"]) as page:
        moves = _in_turns(page, numbers, rounds=2 if quick else ROUNDS)
        drags = {} if quick else {i: _drag(page, i) for i in numbers}
        _see_that_all_agree(page, numbers)
    return [
        _row("slider to screen", name, moves[i], moves[0], drags.get(i, ""))
        for i, name in enumerate(CHANNELS)
    ]


def panels() -> list[dict]:
    """Move panels of several notebooks."""
    cells = [f"channels.panel_place({i}, *{panel!r})" for i, panel in enumerate(PANELS)]
    with _page_with(cells) as page:
        moves = _in_turns(page, range(len(PANELS)), rounds=9)
    return [
        _row(f"panel of notebook {lesson[:2]}", panel, moves[i], moves[i], "")
        for i, (lesson, panel) in enumerate(PANELS)
    ]


# -- moving and timing ------------------------------------------------


def _in_turns(page, numbers: Iterable[int], rounds: int) -> dict[int, list[dict]]:
    """Move each slider one step per round; the first round is not counted."""
    moves = {i: [] for i in numbers}
    for turn in range(rounds + 1):
        for i in moves:
            # Up and down the slider, so that each move is a real one.
            seen = _move(page, i, "ArrowRight" if turn % 14 < 7 else "ArrowLeft")
            moves[i] += [seen] * (turn > 0)
    return moves


def _move(page, number: int, key: str) -> dict[str, float]:
    handle = page.locator(f".bench-{number} .noUi-handle").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    page.evaluate("number => benchProbe.watch(`.bench-${number}`)", number)
    page.keyboard.press(key)
    try:
        page.wait_for_function("ms => benchProbe.quiet(ms)", arg=QUIET_MS, timeout=20_000)
    except Exception:
        # At the slider's end nothing moves: go the other way.
        other = {"ArrowRight": "ArrowLeft", "ArrowLeft": "ArrowRight"}[key]
        page.keyboard.press(other)
        page.wait_for_function("ms => benchProbe.quiet(ms)", arg=QUIET_MS, timeout=20_000)
    return _split(page.evaluate("benchProbe.events"))


def _split(events: list[dict]) -> dict[str, float]:
    """Take apart the way from the key to the screen."""
    start = max(event["t"] for event in events if event["what"] == "key")
    events = [event for event in events if event["t"] >= start]
    painted = max(event["t"] for event in events if event["what"] == "painted")
    changed = max(event["t"] for event in events if event["what"] == "changed")
    answers = [
        event for event in events if event["what"] == "in" and event["kind"] not in ("status", "?")
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
    page.evaluate("number => benchProbe.watch(`.bench-${number}`)", number)
    slider = page.locator(f".bench-{number} .noUi-target").first
    slider.scroll_into_view_if_needed()
    box, mouse = slider.bounding_box(), page.mouse
    y = box["y"] + box["height"] / 2
    handle = page.locator(f".bench-{number} .noUi-handle").first.bounding_box()
    mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    mouse.down()
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < DRAG_SECONDS:
        share = 0.5 + 0.45 * np.sin(2 * np.pi * passed / 2.0)
        mouse.move(box["x"] + share * box["width"], y)
    # Rest on the share at which all are compared.
    mouse.move(box["x"] + 0.6 * box["width"], y)
    mouse.up()
    end = page.evaluate("performance.now()")
    page.wait_for_function("ms => benchProbe.quiet(ms)", arg=2 * QUIET_MS, timeout=60_000)
    painted = page.evaluate("benchProbe.events.filter(e => e.what === 'painted').map(e => e.t)")
    # Several changes in one frame are one picture.
    frames = {round(t / 16.7) for t in painted if t <= end}
    late = max(0.0, max(painted) - end)
    return f"dragged: {len(frames) / DRAG_SECONDS:.0f} a second, the last {late:.0f} ms late"


def _see_that_all_agree(page, numbers: Iterable[int]) -> None:
    """Put every channel on one state and ask the kernel what the curves are."""
    for i in numbers:
        handle = page.locator(f".bench-{i} .widget-readout").first
        handle.scroll_into_view_if_needed()
        handle.fill("60")
        page.evaluate("number => benchProbe.watch(`.bench-${number}`)", i)
        page.keyboard.press("Enter")
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Check", exact=True).click()
    said = page.locator(".bench-check .widget-html-content")
    page.wait_for_function(
        "() => document.querySelector('.bench-check .widget-html-content').textContent"
    )
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
        "note": f"{note}; {drag}" if drag else note,
    }


# -- JupyterLab with the peers, and a browser ------------------------------------------------


@contextmanager
def _page_with(cells: list[str]) -> Iterator:
    """Open a notebook of these cells, all run, on a page that keeps time."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    import chromium

    path = chromium.find_or_install()
    if path is None:
        raise SystemExit("This benchmark needs a Chromium, and none could be found or installed.")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (SETUP, *cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        nbformat.write(notebook, Path(folder) / "redraw.ipynb")
        with _lab(Path(folder)) as address:
            flags = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
            browser = playwright.chromium.launch(executable_path=path, args=flags)
            page = browser.new_page(viewport={"width": 1366, "height": 1000}, device_scale_factor=2)
            page.add_init_script(path=Path(__file__).with_name("redraw_probe.js"))
            page.goto(address)
            page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=120_000)
            page.get_by_text("Run", exact=True).first.click()
            page.click(".lm-Menu >> text=Run All Cells")
            page.wait_for_function(
                "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
                ".every(p => !/\\*|\\[ \\]/.test(p.textContent))",
                timeout=300_000,
            )
            # Cells out of sight may not be on the page: the kernel knows when all are done.
            page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=300_000)
            complaints = page.locator(".jp-OutputArea-output[data-mime-type*=error]")
            if complaints.count():
                raise AssertionError(complaints.first.inner_text())
            yield page
            browser.close()


@contextmanager
def _lab(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab, nothing of the user's own settings in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [str(_peers()), "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={folder}", "--log-level=CRITICAL"]
    command += ["--LabApp.news_url=None"]
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
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


if __name__ == "__main__":
    parts = {"channels": channels, "panels": panels, "quick": lambda: channels(quick=True)}
    for row in parts[sys.argv[1]]():
        print(
            f"{row['name']:21} {row['candidate']:40} {row['median_ms']:6.0f} {row['p95_ms']:6.0f} "
            f"{row['ratio']:5.2f}  {row['note']}",
            flush=True,
        )
