"""pyproject.toml, requirements.lock and environment.yml name the same releases."""

import re
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

import pins as tool

ROOT = Path(__file__).resolve().parents[2]
PROJECT, PINS = tool.load(ROOT)
PYTHONS = ["3.11.0", "3.11.9", "3.12.0", "3.13.1", "3.14.0"]
# The packages that the course promises to run on, whatever else changes.
PROMISED = ["jupyterlab", "ipywidgets", "numpy", "matplotlib", "nbval"]


@pytest.mark.parametrize("system", sorted(tool.SYSTEMS))
@pytest.mark.parametrize("python", PYTHONS)
def test_each_system_and_python_gets_one_release_inside_the_asked_range(python, system):
    for requirement in tool.named(PROJECT, ("test",)):
        if not tool.holds(str(requirement.marker or ""), python, system):
            continue
        name = canonicalize_name(requirement.name)
        found = [pin.version for pin in PINS if pin.name == name and pin.applies(python, system)]
        assert len(found) == 1, f"{name} on {system}, Python {python}: locked {found}"
        assert requirement.specifier.contains(found[0]), f"{name} {found[0]} is outside its range"


@pytest.mark.parametrize("system", sorted(tool.SYSTEMS))
@pytest.mark.parametrize("python", PYTHONS)
def test_no_name_is_locked_twice_for_one_place(python, system):
    names = [pin.name for pin in PINS if pin.applies(python, system)]
    assert sorted(names) == sorted(set(names))


def test_lock_was_made_from_the_names_in_pyproject():
    direct = {pin.name for pin in PINS if "lems-helpers-pyproject-toml" in pin.via}
    direct |= {pin.name for pin in PINS if "lems-helpers" in pin.via}
    asked = {canonicalize_name(item.name) for item in tool.named(PROJECT, ("test",))}
    assert direct == asked, "run: make lock"


def test_every_locked_release_has_hashes_and_a_reason():
    assert len(PINS) > 100
    assert [pin.name for pin in PINS if pin.hashes == 0] == []
    assert [pin.name for pin in PINS if not pin.via] == []


def test_environment_yml_is_what_the_lock_gives():
    written = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert written == tool.environment_yml(PROJECT, PINS), "run: make lock"


def test_conda_reads_python_and_the_promised_packages_at_the_locked_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, by_pip = environment["dependencies"]
    assert (python, pip) == (f"python={tool.CONDA_PYTHON}", "pip")
    lines = by_pip["pip"]
    for name in PROMISED:
        (pin,) = [
            p for p in PINS if p.name == name and p.applies(f"{tool.CONDA_PYTHON}.1", "linux")
        ]
        assert f"{name}=={pin.version}" in lines


def test_conda_gets_nothing_that_only_the_tests_need():
    written = (ROOT / "environment.yml").read_text(encoding="utf-8")
    for name in ["playwright", "neuron", "jupyter-repo2docker", "ruff", "distributed", "brian2"]:
        assert f"- {name}==" not in written


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml", "pyproject.toml"])
def test_no_download_address_and_no_place_on_a_disk(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    text = text.replace(PROJECT["urls"]["Repository"], "")
    assert re.findall(r"https?://\S+|file:\S+|--(?:extra-)?index\S*|--find-links\S*", text) == []
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users|opt)/\S*", text) == []


def test_a_drifted_environment_is_noticed():
    # The comparison above must be able to fail: one version changed in the lock changes the file.
    changed = [
        tool.Pin(pin.name, "0.0.1", pin.marker, pin.hashes, pin.via) if pin.name == "numpy" else pin
        for pin in PINS
    ]
    assert "numpy==0.0.1" in tool.environment_yml(PROJECT, changed)
    assert tool.environment_yml(PROJECT, changed) != tool.environment_yml(PROJECT, PINS)
