"""A real JupyterLab and a real Chromium for the tests of this folder."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

import chromium as chromium_finder

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90
RUN_SECONDS = 180


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path():
    path = chromium_finder.find_or_install()
    if path is None:
        words = (
            "NO BROWSER: no Chromium was found or could be installed; browser tests are skipped."
        )
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        warnings.warn(words, stacklevel=1)
        pytest.skip(words)
    return path


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder it shows."""

    address: str
    token: str
    folder: Path

    def notebook(self, name: str) -> str:
        # Each test gets a workspace of its own, so that no notebook of another is open.
        workspace = f"test-{secrets.token_hex(4)}"
        return f"{self.address}/lab/workspaces/{workspace}/tree/{name}.ipynb?token={self.token}"

    def untouched(self, name: str) -> str:
        """Address of a copy as the course ships it: JupyterLab saves a page that stays open."""
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", self.folder / f"untouched_{name}.ipynb")
        return self.notebook(f"untouched_{name}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    log = (folder.parent / "lab.log").open("w")
    home = tmp_path_factory.mktemp("home")
    # A newcomer's settings: nothing of this user's.
    own = {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api?token={token}", server)
        yield Lab(address, token, folder)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait(address, server):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError("JupyterLab stopped while starting")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError("JupyterLab did not answer in time")


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def new_page(browser):
    """Make a page 1366 pixels wide that keeps its console's errors in `page.complaints`."""

    def make():
        page = browser.new_page(viewport={"width": 1366, "height": 1000})
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return make


@pytest.fixture(scope="session")
def run_all(lab):
    """Open a notebook on a page and run all its cells."""

    def run(page, name):
        page.goto(lab.notebook(name))
        page.wait_for_selector(".jp-Notebook", timeout=1000 * START_SECONDS)
        page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=1000 * START_SECONDS)
        page.get_by_text("Run", exact=True).first.click()
        page.click(".lm-Menu >> text=Run All Cells")
        # The last code cell has its number when all have run.
        last = page.locator(".jp-CodeCell .jp-InputPrompt")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
            ".every(p => !/\\*|\\[ \\]/.test(p.textContent))",
            timeout=1000 * RUN_SECONDS,
        )
        assert last.count() > 3
        return page

    return run
