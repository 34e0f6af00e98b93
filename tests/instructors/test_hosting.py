"""Hosting: links that a hub understands, sizes that follow the figures, settings that hold."""

import ast
import json
import os
import re
import runpy
import sys
import types
import zipfile
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from packaging.utils import canonicalize_name

import offline_pack
import pull_link as tool
import server
import sizing
from pins import load
from pull_link import pull_link
from trouble import Trouble

HERE = Path(tool.__file__).parent
ROOT = HERE.parents[1]
REPOSITORY = "https://example.org/team/lambert-eaton-junction"
# What nbgitpuller's guide to its links names.
OPTIONS = {"repo", "branch", "urlpath", "depth", "targetPath", "backup"}


# -- the link --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hub", ["https://hub.example.org", "https://example.org/jupyter/"])
def test_the_link_has_the_form_that_nbgitpuller_documents(hub):
    parts = urlsplit(pull_link(hub, REPOSITORY + ".git", "notebooks/07_lems.ipynb", branch="v1"))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        hub.rstrip("/") + "/hub/user-redirect/git-pull"
    )
    asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert set(asked) <= OPTIONS
    assert asked["repo"] == REPOSITORY
    assert asked["branch"] == "v1"
    page, question, rest = unquote(asked["urlpath"]).partition("?")
    # "You must include the name of the local repository directory", says the guide.
    assert page == f"lab/tree/{asked['targetPath']}/notebooks/07_lems.ipynb"
    assert (question, rest) == ("?", "autodecode")
    assert asked["targetPath"] == "lambert-eaton-junction"


def test_a_page_with_a_space_or_a_mark_survives_both_readings():
    link = pull_link("https://h.org", REPOSITORY, "notes/what & why?.ipynb", folder="my course")
    (path,) = parse_qs(urlsplit(link).query)["urlpath"]
    assert "?autodecode" in path
    assert unquote(path.removesuffix("?autodecode")) == "lab/tree/my course/notes/what & why?.ipynb"
    assert " " not in link


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (("hub.example.org", REPOSITORY), "address of the hub is 'hub.example.org'"),
        (("https://h.org", "team/course"), "address of the repository is 'team/course'"),
        (("https://h.org", REPOSITORY, "/etc/x"), "inside the repository"),
        (("https://h.org", REPOSITORY, "a/../../x"), "inside the repository"),
    ],
)
def test_an_address_that_is_none_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        pull_link(*given)


def test_the_command_links_to_this_course(capsys):
    assert tool.main(["https://hub.example.org"]) == 0
    said = capsys.readouterr().out
    assert "00_start_here.ipynb" in said
    assert (ROOT / tool.FIRST).exists()
    assert tool.main(["hub"]) == 1
    assert "must look like" in capsys.readouterr().err


# -- sizes -----------------------------------------------------------------------------------------


def test_nobody_failed_and_nobody_saw_another_s_files_in_the_measured_classes():
    assert max(run["learners"] for run in sizing.measured().values()) >= 8
    for run in sizing.measured().values():
        assert (run["troubles"], run["leaks"]) == ([], [])
        assert run["slider_ms"]["median"] < 500


def test_a_size_holds_the_class_and_grows_with_it():
    one = sizing.Learner(server_MB=100, kernel_MB=100, open_cpu_s=6, moving_cores=0.02)
    assert sizing.size(30, one) == sizing.Size(30, memory_GB=18, cores=4)
    greedy = sizing.Learner(server_MB=100, kernel_MB=100, open_cpu_s=6, moving_cores=1.0)
    assert sizing.size(30, greedy).cores == 38, "moving can be the rush hour too"
    sizes = [sizing.size(n, sizing.learner()) for n in sizing.CLASSES]
    for smaller, larger in pairwise(sizes):
        assert smaller.memory_GB < larger.memory_GB
        assert smaller.cores < larger.cores


def test_the_guide_shows_the_tables_that_the_figures_give():
    guide = sizing.GUIDE.read_text("utf-8")
    assert guide.count(sizing.table()) == guide.count(sizing.measured_table()) == 1
    assert sizing.with_tables(guide) == guide, "run: python3 instructors/hosting/sizing.py"


# -- Kubernetes ------------------------------------------------------------------------------------

VALUES = yaml.safe_load((HERE / "values.yaml").read_text("utf-8"))
# The chart's sections, and what of "singleuser" it knows.
SECTIONS = {"hub", "proxy", "singleuser", "scheduling", "prePuller", "cull"}
SINGLEUSER = {"image", "defaultUrl", "startTimeout", "memory", "cpu", "extraEnv", "storage"}
SINGLEUSER |= {"networkPolicy", "cloudMetadata"}


def megabytes(text):
    number, unit = re.fullmatch(r"(\d+)([MG])i?", text).groups()
    return int(number) * {"M": 1, "G": 1024}[unit]


def test_the_values_name_only_what_the_chart_knows():
    assert set(VALUES) == SECTIONS
    assert set(VALUES["singleuser"]) == SINGLEUSER


def test_the_values_give_each_learner_what_was_measured():
    one, user = sizing.learner(), VALUES["singleuser"]
    assert one.memory_MB <= megabytes(user["memory"]["guarantee"]) <= 1.5 * one.memory_MB
    assert megabytes(user["memory"]["limit"]) >= 2 * megabytes(user["memory"]["guarantee"])
    rush = one.open_cpu_s / sizing.PATIENCE_S * sizing.RESERVE
    assert rush <= user["cpu"]["guarantee"] <= 1.5 * rush
    assert VALUES["hub"]["activeServerLimit"] >= 300


def test_the_values_hold_no_working_secret_and_a_fixed_image():
    users = VALUES["hub"]["config"]["SharedPasswordAuthenticator"]
    assert users["user_password"].isupper() or "CHANGE" in users["user_password"]
    assert VALUES["singleuser"]["image"]["tag"] != "latest"
    assert all(host.isupper() for host in VALUES["proxy"]["https"]["hosts"])
    assert VALUES["singleuser"]["networkPolicy"]["enabled"] is True


def test_the_guide_says_that_no_cluster_was_tried():
    for name in ("README.md", "values.yaml"):
        assert re.search(r"[Nn]ot (been )?tried on a\s+(# )?cluster", (HERE / name).read_text())


# -- one server ------------------------------------------------------------------------------------


class Settings(types.SimpleNamespace):
    """Stands in for the configuration object: any section can be set."""

    def __getattr__(self, name):
        made = Settings()
        setattr(self, name, made)
        return made


def test_the_hub_s_settings_keep_learners_apart_and_within_limits(monkeypatch, tmp_path):
    resource = pytest.importorskip("resource")  # the hub is for Unix
    # The hub is no part of the course's environment, so its one base class is stood in for too.
    made, calls = Settings(), []
    base = type(
        "LocalProcessSpawner",
        (),
        {"make_preexec_fn": lambda self, name: lambda: calls.append(name), "mem_limit": 2**30},
    )
    spawner = types.ModuleType("jupyterhub.spawner")
    spawner.LocalProcessSpawner = base
    monkeypatch.setitem(sys.modules, "jupyterhub", types.ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.spawner", spawner)
    monkeypatch.setenv("LEMS_HUB_PRIVATE", str(tmp_path))
    monkeypatch.setenv("LEMS_HUB_PROXY", "/x/proxy")
    found = runpy.run_path(
        str(HERE / "jupyterhub_config.py"), init_globals={"get_config": lambda: made}
    )
    assert made.JupyterHub.bind_url.startswith("http://127.0.0.1:")
    assert made.LocalAuthenticator.allowed_groups == {server.GROUP}
    assert made.JupyterHub.db_url == f"sqlite:///{tmp_path / 'hub.sqlite'}"
    assert "--ServerApp.terminals_enabled=False" in made.Spawner.args
    for name in ("nice", "umask"):
        monkeypatch.setattr(os, name, lambda value, name=name: calls.append((name, value)))
    monkeypatch.setattr(resource, "setrlimit", lambda *given: calls.append(given))
    found["ClassSpawner"]().make_preexec_fn("learner01")()
    assert calls == [
        ("nice", 5),
        ("umask", 0o077),
        (resource.RLIMIT_DATA, (2**30, 2**30)),
        (resource.RLIMIT_NPROC, (400, 400)),
        "learner01",
    ], "the limits are set before the account is changed, while they still can be"


def test_an_old_python_of_the_system_is_said_before_anything_is_installed(monkeypatch, capsys):
    monkeypatch.setattr(server.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(server.subprocess, "check_output", lambda *_, **__: "3 10")
    monkeypatch.setattr(server, "_run", lambda *_, **__: pytest.fail("something was installed"))
    assert server.main(["setup"]) == 1
    assert "needs Python 3.11 or newer, and this is Python 3.10" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "1000", "many"])
def test_an_impossible_number_of_accounts_is_refused(number, monkeypatch, capsys):
    monkeypatch.setattr(server.os, "geteuid", lambda: 0)
    monkeypatch.setattr(server, "_run", lambda *_, **__: pytest.fail("an account was made"))
    assert server.main(["accounts", number]) == 1
    assert "must lie between 1 and 999" in capsys.readouterr().err


def test_accounts_are_for_the_superuser_only(monkeypatch):
    monkeypatch.setattr(server.os, "geteuid", lambda: 1000)
    with pytest.raises(Trouble, match="sudo"):
        server.remove()


def test_accounts_are_made_private_and_without_a_shell(monkeypatch):
    ran = []
    monkeypatch.setattr(server.os, "geteuid", lambda: 0)
    monkeypatch.setattr(server, "members", lambda: ["learner02"])
    monkeypatch.setattr(server, "_run", lambda command, said=None: ran.append((command, said)))
    made = server.accounts(3)
    assert list(made) == ["learner01", "learner03"], "who has an account keeps it"
    assert len(set(made.values())) == 2
    assert all(re.fullmatch(r"\w{4}-\w{4}-\w{4}", word) for word in made.values())
    useradd = [command for command, _ in ran if command[0] == "useradd"]
    assert [command[-1] for command in useradd] == list(made)
    assert all({"HOME_MODE=0700", "/usr/sbin/nologin", server.GROUP} <= set(c) for c in useradd)
    assert ran[-1] == (["chpasswd"], "".join(f"{name}:{made[name]}\n" for name in made))


def test_the_hub_runs_the_course_s_own_versions():
    pinned = re.findall(r"^([\w.-]+)==(\S+)", (HERE / "requirements.txt").read_text(), re.MULTILINE)
    course = {}
    for pin in load(ROOT)[1]:
        course.setdefault(pin.name, set()).add(pin.version)
    both = [(canonicalize_name(name), version) for name, version in pinned]
    assert {"jupyterhub", "nbgitpuller", "numpy", "jupyterlab"} <= {name for name, _ in both}
    shared = [(name, version) for name, version in both if name in course]
    assert len(shared) > 80
    drifted = [pair for pair in shared if pair[1] not in course[pair[0]]]
    assert drifted == [], "run: python3 instructors/hosting/server.py lock"


def test_what_is_fetched_is_pinned_with_hashes_and_no_address():
    text = (HERE / "requirements.txt").read_text()
    names = re.findall(r"^[\w.-]+==[^\\\n]+\\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.MULTILINE)
    assert len(names) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    lock = json.loads((HERE / "package-lock.json").read_text())
    parts = {name: part for name, part in lock["packages"].items() if name}
    assert all(part["integrity"].startswith("sha512-") for part in parts.values())
    assert not any("resolved" in part for part in parts.values())
    assert re.findall(r"https?://\S+", text) == []


def test_the_load_is_bounded_and_stays_on_this_machine():
    source = (HERE / "class_load.py").read_text("utf-8")
    assert set(re.findall(r"(?:https?|git)://([\w.]+)", source)) == {"127.0.0.1"}
    bounds = {
        node.targets[0].id: node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    assert bounds["MOST_LEARNERS"] <= 30
    assert bounds["MOST_MOVES"] <= 60
    assert bounds["TOTAL_SECONDS"] <= 300


# -- without a network -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("pack")
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "names.txt").write_text("lems-helpers\n")
    (packages / "small-1.0-py3-none-any.whl").write_bytes(b"PK")
    offline_pack.pack(packages, "3.12", tmp_path / "dist" / "pack.zip")
    with zipfile.ZipFile(tmp_path / "dist" / "pack.zip") as made:
        made.extractall(tmp_path)
    return tmp_path / offline_pack.FOLDER


def test_the_pack_holds_the_course_the_packages_and_a_starter(unpacked):
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (unpacked / "notebooks").glob("*.ipynb")} == notebooks
    assert (unpacked / "instructors" / "assessment" / "before.ipynb").exists()
    assert (unpacked / "packages" / "small-1.0-py3-none-any.whl").read_bytes() == b"PK"


def test_the_starter_says_which_python_it_needs(unpacked, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    with pytest.raises(SystemExit, match=r"for Python 3\.12, and this is Python 3\.11"):
        runpy.run_path(str(unpacked / "start.py"))
    assert not (unpacked / "environment").exists()


def test_the_pack_is_for_a_system_that_is_known():
    assert offline_pack.this_system() in offline_pack.SYSTEMS
