"""Setting up: what it does, what it does not do twice, and what it says when it cannot.

Most tests put a small stand-in for uv on the PATH, which makes a real, empty virtual environment
and writes down what it was asked; the slow ones at the end set up a real clone.
"""

import ast
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

import course
import lab_server
import setup_env
from trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="stands in with shell scripts")

FAKE_UV = """#!{python}
import os, pathlib, sys, venv
words = sys.argv[1:]
if words == ["--version"]:
    print(os.environ.get("FAKE_UV_VERSION", "uv 99.0.1"))
    raise SystemExit
with open({log!r}, "a") as log:
    log.write(" ".join(words[:2] if words[0] == "pip" else words[:1]) + "\\n")
if words[0] == "venv":
    place = next(word for word in words if word.endswith(".venv"))
    venv.EnvBuilder(symlinks=True).create(place)
elif words[1] == os.environ.get("FAKE_UV_FAILS"):
    print("error: Failed to fetch: `numpy`\\n  Caused by: dns error")
    raise SystemExit(2)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a bare project folder, with a stand-in for uv that logs its calls."""
    root = tmp_path / "course"
    (root / "tools" / "jupyter").mkdir(parents=True)
    for name in setup_env.DECISIVE:
        (root / name).write_text("uv==99.0.1 \\\n    --hash=sha256:aa\n", encoding="utf-8")
    log, programs = tmp_path / "log", tmp_path / "programs"
    programs.mkdir()
    base = setup_env._base_python()
    (programs / "uv").write_text(FAKE_UV.format(python=base, log=str(log)), encoding="utf-8")
    (programs / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))

    def calls():
        done = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return done

    return SimpleNamespace(root=root, calls=calls, programs=programs)


ALL = ["venv", "pip sync", "pip install"]


@posix
def test_the_second_time_nothing_is_done(project):
    python = setup_env.ready(project.root)
    assert python.exists()
    assert project.calls() == ALL
    assert setup_env.ready(project.root) == python
    assert project.calls() == []


@posix
@pytest.mark.parametrize("name", setup_env.DECISIVE)
def test_a_changed_project_is_synced_in_place(project, name):
    setup_env.ready(project.root)
    project.calls()
    with open(project.root / name, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    setup_env.ready(project.root)
    assert project.calls() == ALL[1:]


@posix
def test_the_peers_live_apart_and_are_renewed_with_their_lock(project):
    lock = project.root / setup_env.PEERS_LOCK
    lock.parent.mkdir()
    lock.write_text("brian2==2.9.0\n", encoding="utf-8")
    python = setup_env.peers(project.root)
    assert python.exists()
    assert python != setup_env.python_of(project.root / ".venv")
    assert project.calls() == ["venv", "pip sync"]
    assert setup_env.peers(project.root) == python
    assert project.calls() == []
    lock.write_text("brian2==2.9.1\n", encoding="utf-8")
    setup_env.peers(project.root)
    assert project.calls() == ["venv", "pip sync"]


@posix
@pytest.mark.parametrize("step", ["sync", "install"])
def test_a_half_built_environment_is_said_and_then_rebuilt(project, monkeypatch, step):
    monkeypatch.setenv("FAKE_UV_FAILS", step)
    with pytest.raises(Trouble) as said:
        setup_env.ready(project.root)
    sentence, *cause = str(said.value).splitlines()
    assert "needs the internet" in sentence
    assert any("dns error" in line for line in cause)
    monkeypatch.delenv("FAKE_UV_FAILS")
    project.calls()
    setup_env.ready(project.root)
    assert project.calls() == ALL


@posix
def test_a_moved_environment_is_rebuilt(project):
    setup_env.ready(project.root)
    moved = project.root.with_name("elsewhere")
    project.root.rename(moved)
    project.calls()
    python = setup_env.ready(moved)
    assert project.calls() == ALL
    assert python == setup_env.python_of(moved / ".venv")
    assert setup_env.is_current(moved, moved / ".venv")


@posix
@pytest.mark.parametrize("damage", ["python", "stamp", "settings"])
def test_a_damaged_environment_is_rebuilt(project, damage):
    python = setup_env.ready(project.root)
    project.calls()
    venv = project.root / ".venv"
    if damage == "python":
        # What is left when the Python below it has been removed.
        python.unlink()
        python.symlink_to("/nowhere/python3")
    elif damage == "stamp":
        (venv / "course-stamp.json").write_text('{"place": ', encoding="utf-8")
    else:
        (venv / "pyvenv.cfg").unlink()
    setup_env.ready(project.root)
    assert project.calls() == ALL
    assert setup_env.is_current(project.root, venv)


@posix
def test_a_full_disk_is_said_before_anything_is_made(project, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=700_000_000))
    with pytest.raises(Trouble, match=r"needs 1\.5 GB of free disk space .* only 0\.7 GB is left"):
        setup_env.ready(project.root)
    assert not (project.root / ".venv").exists()
    assert project.calls() == []


@posix
def test_a_folder_that_cannot_be_written_is_said(project):
    (project.root / ".setup").write_text("in the way", encoding="utf-8")
    with pytest.raises(Trouble, match=r"Setting up the course in .* failed: .*\.setup"):
        setup_env.ready(project.root)


@posix
def test_without_uv_and_pip_the_sentence_names_what_to_install(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project.root))
    monkeypatch.setattr(setup_env, "_answers", lambda python, module: False)
    with pytest.raises(Trouble, match="apt-get install python3-pip") as said:
        setup_env.ready(project.root)
    assert len(str(said.value).splitlines()) == 1


@posix
def test_an_outdated_uv_is_passed_over_for_a_private_one(project, monkeypatch):
    asked = []

    def fetch(command, root, doing, extra):
        asked.append(command)
        target = Path(command[command.index("--target") + 1])
        (target / "bin").mkdir(parents=True)
        shutil.copy(project.programs / "uv", target / "bin" / "uv")
        monkeypatch.setenv("FAKE_UV_VERSION", "uv 99.0.1")

    monkeypatch.setenv("FAKE_UV_VERSION", "uv 0.4.30")
    monkeypatch.setattr(setup_env, "_run", fetch)
    assert setup_env.find_uv(project.root) == str(project.root / ".setup/uv/bin/uv")
    (command,) = asked
    # Only the locked release, only by its hash, and nowhere near the system's own packages.
    wanted = Path(command[command.index("-r") + 1]).read_text(encoding="utf-8")
    assert wanted == "uv==99.0.1 \\\n    --hash=sha256:aa\n"
    assert {"--require-hashes", "--no-deps", "--target"} <= set(command)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: No space left on device (os error 28)", "The disk ran full"),
        ("error: Failed to fetch\n Caused by: dns error", "needs the internet"),
        ("Temporary failure in name resolution", "needs the internet"),
        ("error: hash mismatch for numpy", "failed for the reason below"),
    ],
)
def test_an_installer_s_complaint_becomes_one_sentence_with_the_cause_below(said, sentence):
    first, *rest = setup_env.explain(said).splitlines()
    assert sentence in first
    assert [line.strip() for line in rest] == [line.strip() for line in said.splitlines()]


def test_an_old_python_gets_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "version_info", (3, 8, 10, "final", 0))
    monkeypatch.setattr(course, "newer_python", lambda: None)
    assert course.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The course needs Python 3.11 or newer, and this is Python 3.8.")
    assert len(said.splitlines()) == 1


def test_an_old_python_can_read_the_script():
    source = (ROOT / "tools" / "course.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source
    assert course.python_problem((3, 10, 13))
    assert course.python_problem((3, 11, 0)) is None


def test_the_oldest_python_is_the_same_everywhere():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">={}.{}"'.format(*course.OLDEST) in text


def test_trouble_is_printed_without_a_traceback(monkeypatch, capsys):
    def fail(root):
        raise Trouble("One clear sentence.")

    monkeypatch.setattr(setup_env, "ready", fail)
    assert course.main(["test"]) == 1
    assert capsys.readouterr().err == "One clear sentence.\n"


@pytest.mark.parametrize(("words", "code"), [(["help"], 0), ([], 2), (["nonsense"], 2)])
def test_usage_is_shown(words, code, capsys):
    assert course.main(words) == code
    assert "lab " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "platform", "screen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
        ({}, "win32", True),
        ({"CI": "true"}, "win32", False),
    ],
)
def test_a_browser_opens_only_where_it_is_seen(variables, platform, screen):
    assert lab_server.has_screen(variables, platform) is screen


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert number < lab_server.free_port(number) < number + 200


def test_jupyterlab_is_started_on_the_first_notebook_and_takes_arguments(monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    words, hint = lab_server.command(Path("py"), ROOT, course.FIRST_NOTEBOOK, ["--port=9000"])
    assert f"--LabApp.default_url=/lab/tree/{course.FIRST_NOTEBOOK}" in words
    assert f"--ServerApp.root_dir={ROOT}" in words
    assert "--no-browser" in words
    assert words[-1] == "--port=9000"
    assert not [word for word in words if word.startswith("--ServerApp.port")]
    assert "ssh -N -L 9000:localhost:9000" in hint


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a copy of the project as a newcomer gets it: no environment, no caches."""
    root = tmp_path_factory.mktemp("fresh") / "course"
    leave = shutil.ignore_patterns(".venv", ".setup", ".git", "__pycache__", ".*_cache", "*.ipynb")
    shutil.copytree(ROOT, root, symlinks=True, ignore=leave)
    first = root / course.FIRST_NOTEBOOK
    first.parent.mkdir(exist_ok=True)
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    first.write_text(json.dumps(notebook), encoding="utf-8")
    return root


def read(address, seconds=60):
    """Return a page of a server that says its address a moment before it listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as page:
                assert page.status == 200
                return page.read().decode()
        except urllib.error.URLError as refused:
            if not isinstance(refused.reason, ConnectionRefusedError) or time.monotonic() > end:
                raise
            time.sleep(0.2)


def run(root, *words, **more):
    command = [sys.executable, str(root / "tools" / "course.py"), *words]
    # This environment's own uv saves fetching another.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    more.update(cwd=root, env={**os.environ, "PATH": path}, text=True)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


@posix
@pytest.mark.slow
def test_a_fresh_copy_sets_itself_up_and_runs_its_tests(clone):
    with run(clone, "test", "-n0", "-q", "tests/project/test_settings.py") as process:
        said = process.communicate(timeout=900)[0]
    assert process.returncode == 0, said
    assert re.search(r"\b[1-9]\d* passed", said)
    asked = [str(clone / ".venv/bin/python"), "-c", "import lems_helpers as l; print(l.__file__)"]
    where = subprocess.run(asked, capture_output=True, text=True, check=True, cwd="/")
    assert where.stdout.strip() == str(clone / "lems_helpers" / "__init__.py")
    # Compiled on installing: nothing has asked for this part of Matplotlib yet.
    assert list((clone / ".venv").rglob("matplotlib/__pycache__/sankey.*.pyc"))


@posix
@pytest.mark.slow
def test_lab_serves_the_first_notebook_and_one_interrupt_ends_it(clone):
    started = time.monotonic()
    # A shell that runs the tests in the background lets everything in them ignore interrupts.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = run(clone, "lab", start_new_session=True, preexec_fn=heed)
    try:
        said, found = "", None
        while found is None and (line := process.stdout.readline()):
            said += line
            found = re.search(r"http://localhost:\d+/lab/tree/\S+token=\S+", line)
        assert found, said
        body = read(found.group())
        assert "jupyter-config-data" in body
        assert f"/lab/tree/{course.FIRST_NOTEBOOK}" in found.group()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        # A server that outlives a failure would be waited for, and the failure never told.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert time.monotonic() - started < 300
