"""Build the course's environment in .venv, exactly as requirements.lock says, and only if needed.

uv does the work: it makes virtual environments without Debian's python3-venv package and installs
in seconds. Where it is missing, pip fetches the locked release into a private folder, which also
works where the system's Python is protected from pip (PEP 668). A stamp, written last, tells a
finished environment from a half-built, outdated or moved one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from trouble import Trouble

DISK_BYTES = 1_500_000_000
OLDEST_UV = (0, 5)
# Files that decide what the environment holds; the settings are copied into it on installing.
DECISIVE = (
    "requirements.lock",
    "pyproject.toml",
    "tools/jupyter/overrides.json",
    "tools/jupyter/server.json",
    "tools/jupyter/second_look.json",
    "tools/jupyter/second_look.js",
)
PEERS_LOCK = "benchmarks/peers.txt"
# Compiled now: half of the wait for a first picture would be the compiling of what it imports, on
# every start where Python may not keep the outcome, as in many containers.
SYNC = ("pip", "sync", "--require-hashes", "--compile-bytecode", "--quiet")
NETWORK_WORDS = (
    "failed to fetch|error sending request|dns error|name resolution|connection|timed out|"
    "network|unreachable|certificate|could not find a version|proxy"
)


def ready(root: Path) -> Path:
    """Return the environment's Python, after building or mending the environment if it needs it."""
    venv = root / ".venv"
    if is_current(root, venv):
        return python_of(venv)
    try:
        with _one_at_a_time(root):
            # Another command may have finished the same work while this one waited.
            if not is_current(root, venv):
                _build(root, venv)
    except OSError as error:
        raise Trouble(f"Setting up the course in {root} failed: {error}.") from error
    return python_of(venv)


def resolve(root: Path, arguments: list[str]) -> None:
    """Write both locks anew, the course's and the benchmarks', keeping what still fits."""
    command = [find_uv(root), "pip", "compile", "--universal", "--generate-hashes", "--quiet"]
    command += ["--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--custom-compile-command", "make lock", *arguments]
    ours = ["pyproject.toml", "--extra", "test", "--output-file", "requirements.lock"]
    _run(command + ours, root, "Resolving the dependencies")
    peers = ["benchmarks/peers.in", "--output-file", PEERS_LOCK]
    _run(command + peers, root, "Resolving the benchmarks' peers")


def peers(root: Path) -> Path:
    """Return the Python of the benchmarks' environment, after building it if need be."""
    venv = private(root) / "peers.venv"
    mark = venv / "lock-stamp.txt"
    digest = hashlib.sha256((root / PEERS_LOCK).read_bytes()).hexdigest()
    if mark.exists() and mark.read_text(encoding="utf-8") == digest and _runs(venv):
        return python_of(venv)
    uv = find_uv(root)
    shutil.rmtree(venv, ignore_errors=True)
    command = [uv, "venv", "--no-project", "--quiet", "--python", _base_python(), str(venv)]
    _run(command, root, "Making the benchmarks' environment")
    python = ["--python", str(python_of(venv))]
    _run([uv, *SYNC, PEERS_LOCK, *python], root, "Installing the peers")
    mark.write_text(digest, encoding="utf-8")
    return python_of(venv)


def private(root: Path) -> Path:
    """Return the folder, unknown to git, for what belongs beside the environment."""
    folder = root / ".setup"
    folder.mkdir(exist_ok=True)
    return folder


def python_of(venv: Path) -> Path:
    """Path of the Python inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp(root: Path, venv: Path, version: str) -> dict[str, str]:
    """Describe a finished environment: what it was built from, where, and with which Python."""
    marks = {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in DECISIVE}
    return {**marks, "place": str(venv), "python": version}


def is_current(root: Path, venv: Path) -> bool:
    """Tell whether the environment is finished, up to date, unmoved, and its Python still runs."""
    try:
        found = json.loads((venv / "course-stamp.json").read_text(encoding="utf-8"))
        return found == stamp(root, venv, _version(venv))
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def check_disk(root: Path, free_bytes: int) -> None:
    """Raise Trouble if the free space does not hold the environment."""
    if free_bytes < DISK_BYTES:
        raise Trouble(
            f"Setting up the course needs {DISK_BYTES / 1e9:.1f} GB of free disk space in {root}, "
            f"and only {free_bytes / 1e9:.1f} GB is left."
        )


def find_uv(root: Path) -> str:
    """Path of uv: the one on the PATH if it is recent enough, else a private copy."""
    found = shutil.which("uv")
    if found and _uv_works(found):
        return found
    folder = private(root) / "uv"
    # Where pip puts a program depends on the system.
    places = [folder / "bin" / "uv", folder / "bin" / "uv.exe", folder / "Scripts" / "uv.exe"]
    if not any(_uv_works(str(place)) for place in places):
        _fetch_uv(root, folder)
    for place in places:
        if _uv_works(str(place)):
            return str(place)
    raise Trouble("uv was fetched but does not run on this machine; install uv and try again.")


def _fetch_uv(root: Path, folder: Path) -> None:
    # An environment that uv made has no pip, but the Python below it may.
    has_pip = [python for python in (sys.executable, _base_python()) if _answers(python, "pip")]
    if not has_pip:
        raise Trouble(
            "Setting up the course needs pip or uv, and this Python has neither; on Debian or "
            "Ubuntu run: sudo apt-get install python3-pip"
        )
    shutil.rmtree(folder, ignore_errors=True)
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    entry = re.search(r"^uv==.*(?:\n {4}--hash=.*)+", lock, flags=re.MULTILINE)
    if entry is None:
        raise Trouble("requirements.lock names no uv; it is damaged, so fetch the course again.")
    wanted = private(root) / "uv.txt"
    wanted.write_text(entry.group() + "\n", encoding="utf-8")
    command = [has_pip[0], "-m", "pip", "install", "--target", str(folder), "--retries", "2"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(wanted)]
    # Personal pip settings that contradict --target are put aside; mirrors are kept.
    ours = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    _run(command, root, "Fetching uv, the installer", ours)


def _build(root: Path, venv: Path) -> None:
    mark = venv / "course-stamp.json"
    # Only an environment that was once finished and still runs is brought up to date in place.
    usable = mark.exists() and _place(mark) == str(venv) and _runs(venv)
    if not usable:
        check_disk(root, shutil.disk_usage(root).free)
    uv = find_uv(root)
    if not usable:
        if venv.exists():
            shutil.rmtree(venv)
        command = [uv, "venv", "--no-project", "--quiet", "--python", _base_python(), str(venv)]
        _run([*command, "--prompt", "lambert-eaton"], root, "Making the environment")
    mark.unlink(missing_ok=True)
    python = ["--python", str(python_of(venv))]
    _run([uv, *SYNC, "requirements.lock", *python], root, "Installing the packages")
    course = [uv, "pip", "install", "--no-deps", "--no-build-isolation", "--quiet"]
    _run([*course, *python, "--editable", "."], root, "Installing the course")
    marks = stamp(root, venv, _version(venv))
    mark.write_text(json.dumps(marks, indent=1) + "\n", encoding="utf-8")


def _run(command: list[str], root: Path, doing: str, extra: dict[str, str] | None = None) -> None:
    """Run one step quietly, showing that it is alive; raise Trouble with its last words."""
    inside = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", **(extra or {})}
    inside.pop("VIRTUAL_ENV", None)
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=root, env=inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as step:
        while True:
            try:
                said, _ = step.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if sys.stderr.isatty():
                    passed = time.monotonic() - started
                    print(f"\r{doing} ... {passed:.0f} s", end="", file=sys.stderr, flush=True)
    passed = time.monotonic() - started
    ending = "done" if step.returncode == 0 else "failed"
    start = "\r" if sys.stderr.isatty() else ""
    print(f"{start}{doing} ... {ending} ({passed:.1f} s)", file=sys.stderr, flush=True)
    if step.returncode:
        raise Trouble(explain(said))


def explain(said: str) -> str:
    """Turn an installer's complaint into one sentence, with its last lines below."""
    if re.search("no space left", said, flags=re.IGNORECASE):
        sentence = "The disk ran full while the course was set up; free some space and try again."
    elif re.search(NETWORK_WORDS, said, flags=re.IGNORECASE):
        sentence = (
            "Setting up the course needs the internet, and the packages could not be fetched; "
            "check the connection and run the same command again."
        )
    else:
        sentence = "Setting up the course failed for the reason below."
    tail = [f"    {line}" for line in said.strip().splitlines()[-12:]]
    return "\n".join([sentence, *tail])


@contextlib.contextmanager
def _one_at_a_time(root: Path):
    """Keep two commands started together from building the same environment."""
    with open(private(root) / "lock", "w", encoding="utf-8") as handle:
        # Windows has no fcntl; there two first starts at once are left to luck.
        if os.name != "nt":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _base_python() -> str:
    """Return this Python, or the one below it if this one lives in an environment itself."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return getattr(sys, "_base_executable", None) or sys.executable


def _version(venv: Path) -> str:
    """Ask an environment's Python for its full version; OSError if it belongs elsewhere."""
    ask = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.prefix)"
    answer = subprocess.run(
        [str(python_of(venv)), "-I", "-c", ask],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    version, prefix = answer.stdout.splitlines()
    # Without its settings file the Python works, but on the packages of the system.
    if not os.path.samefile(prefix, venv):
        raise OSError(f"{venv} is not an environment of its own")
    return version


def _runs(venv: Path) -> bool:
    try:
        return bool(_version(venv))
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def _answers(python: str, module: str) -> bool:
    """Tell whether a Python has a module that can be run."""
    command = [python, "-m", module, "--version"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _place(mark: Path) -> str | None:
    try:
        return json.loads(mark.read_text(encoding="utf-8")).get("place")
    except (ValueError, AttributeError):
        return None


def _uv_works(path: str) -> bool:
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return False
    number = re.search(r"(\d+)\.(\d+)", answer.stdout)
    return number is not None and tuple(map(int, number.groups())) >= OLDEST_UV
