"""How JupyterLab is started: where, on which port, with or without a browser, as whom."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from pathlib import Path

FIRST_PORT = 8888


def command(python: Path, root: Path, notebook: str, arguments: list[str]) -> tuple[list[str], str]:
    """Return the command that serves the course, and a line to print before it."""

    def given(*names: str) -> bool:
        return any(word.split("=")[0] in names for word in arguments)

    words = [str(python), "-m", "jupyterlab"]
    words += [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{notebook}"]
    # One Ctrl-C is enough: no question, no five seconds of waiting for an answer.
    words.append("--ServerApp.answer_yes=True")
    asked = re.findall(r"--(?:ServerApp\.)?port[= ](\d+)", " ".join(arguments))
    port = asked[-1] if asked else str(free_port(FIRST_PORT))
    if not asked:
        words.append(f"--ServerApp.port={port}")
    if not given("--log-level", "--debug", "--Application.log_level"):
        # Leaves the address to open, and anything that goes wrong.
        words.append("--log-level=WARN")
    if not has_screen(os.environ, sys.platform) and not given("--no-browser"):
        words.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not given("--allow-root"):
        words.append("--allow-root")
    hint = "Starting JupyterLab; the address to open follows. Ctrl-C here stops it."
    if os.environ.get("SSH_CONNECTION"):
        hint += (
            "\nYou are connected over SSH: on your own computer, run\n"
            f"    ssh -N -L {port}:localhost:{port} {os.environ.get('USER', 'you')}@this-machine\n"
            "and open the address there."
        )
    return words + arguments, hint


def free_port(first: int) -> int:
    """Return the first port from `first` upwards that nothing on this machine listens on."""
    for port in range(first, first + 200):
        if all(_can_listen(family, port) for family in (socket.AF_INET, socket.AF_INET6)):
            return port
    return first


def has_screen(variables: dict[str, str] | os._Environ, platform: str) -> bool:
    """Tell whether a browser opened here would be seen by the person who typed the command."""
    if variables.get("SSH_CONNECTION") or variables.get("CI"):
        return False
    if platform in ("win32", "darwin"):
        return True
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))


def _can_listen(family: int, port: int) -> bool:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    try:
        probe = socket.socket(family)
    except OSError:
        # This machine does not speak that family, so nothing can be listening.
        return True
    with probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True
