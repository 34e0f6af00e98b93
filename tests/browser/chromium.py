"""Find a Chromium for the browser tests, or install one."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS_PROGRAM = "Google/Chrome/Application/chrome.exe"
# Long enough for a slow line, short enough not to eat a test run where nothing answers.
PLAYWRIGHT_SECONDS = 300
DEBIAN_SECONDS = 600


@functools.cache
def find_or_install() -> str | None:
    """Return the path of a Chromium that starts, after installing one if need be, else None.

    The environment variable LEMS_CHROMIUM names one to use before any other; the word `none` in it
    means that none is to be looked for.
    """
    chosen = os.environ.get("LEMS_CHROMIUM")
    if chosen:
        return None if chosen == "none" else chosen
    return _on_this_system() or _by_playwright() or _by_debian()


def _on_this_system() -> str | None:
    found = [shutil.which(name) for name in NAMES] + list(MAC)
    for variable in WINDOWS_FOLDERS:
        if variable in os.environ:
            found.append(str(Path(os.environ[variable]) / WINDOWS_PROGRAM))
    return next((path for path in found if path and _starts(path)), None)


def _by_playwright() -> str | None:
    path = _playwright_path()
    if path and not _starts(path):
        _quietly([sys.executable, "-m", "playwright", "install", "chromium"], PLAYWRIGHT_SECONDS)
    return path if path and _starts(path) else None


def _by_debian() -> str | None:
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return None
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    _quietly(["apt-get", *wait, "update"], DEBIAN_SECONDS)
    install = ["apt-get", *wait, "install", "--yes", "--no-install-recommends", "chromium"]
    _quietly(install, DEBIAN_SECONDS)
    return _on_this_system()


def _starts(path: str) -> bool:
    """Tell whether a browser runs: Ubuntu's `chromium-browser` can be a note about a snap."""
    if not os.access(path, os.X_OK):
        return False
    if "/snap/" in os.path.realpath(path) or os.path.realpath(path) == "/usr/bin/snap":
        # A snap's sandbox hides the folder where the tests put the browser's profile.
        return False
    if os.name == "nt":
        # There, asking for the version opens a window.
        return True
    return _quietly([path, "--version"], 60)


def _playwright_path() -> str | None:
    code = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as browsers: print(browsers.chromium.executable_path)"
    )
    try:
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def _quietly(command: list[str], seconds: float) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, capture_output=True, env=quiet, timeout=seconds)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    print(find_or_install() or "no Chromium here, and none could be installed")
