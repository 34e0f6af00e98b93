"""mybinder.org finds what it needs: checked with repo2docker's own code, without Docker."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

import address
import course

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="repo2docker needs Linux or macOS"),
    # repo2docker imports a module by its old name; that is for its makers to mend.
    pytest.mark.filterwarnings("ignore:pythonjsonlogger:DeprecationWarning"),
]


@pytest.fixture
def chosen(monkeypatch):
    """Return the build pack that repo2docker picks for this repository."""
    from repo2docker.app import Repo2Docker

    monkeypatch.chdir(ROOT)
    app = Repo2Docker()
    packs = (kind(app.base_image) for kind in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    pack.platform = "linux/amd64"
    return pack


def test_conda_is_picked_with_our_file_and_a_python_that_binder_has(chosen):
    assert type(chosen).__name__ == "CondaBuildPack"
    assert chosen.environment_yaml_path == "binder/environment.yml"
    assert chosen.python_version == "3.12"


def test_packages_are_built_before_the_repository_is_copied(chosen):
    # Else each commit would rebuild the whole environment, and the first visitor would wait for it.
    recipe = chosen.render({"NB_USER": "jovyan"})
    steps = [
        "COPY --chown=1000:1000 src/binder/environment.yml",
        'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"',
        "COPY --chown=1000:1000 src/ ",
        "RUN ./binder/postBuild",
    ]
    places = [recipe.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_the_environment_is_the_one_at_the_root():
    link = ROOT / "binder" / "environment.yml"
    assert link.is_symlink()
    assert os.readlink(link) == "../environment.yml"


def test_post_build_can_be_run():
    script = ROOT / "binder" / "postBuild"
    assert script.stat().st_mode & stat.S_IXUSR
    text = script.read_bytes()
    assert text.startswith(b"#!/usr/bin/env bash\n")
    assert b"\r" not in text


def test_every_door_opens_on_the_same_notebook():
    settings = json.loads((ROOT / "binder/jupyter_lab_config.json").read_text(encoding="utf-8"))
    assert settings["LabApp"]["default_url"] == f"/lab/tree/{course.FIRST_NOTEBOOK}"
    assert f"lab/tree/{course.FIRST_NOTEBOOK}" == address.FIRST_NOTEBOOK
    assert (ROOT / course.FIRST_NOTEBOOK).exists()
