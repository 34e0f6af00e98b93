"""README, licences and citation say what is true of the project."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import address
from trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_first_line_spells_out_the_disease():
    assert "Lambert–Eaton myasthenic syndrome" in README.splitlines()[0]


def test_map_links_every_notebook_and_only_those():
    linked = set(re.findall(r"\]\((notebooks/[^)]+)\)", README))
    here = {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert linked == here


def test_map_marks_what_is_not_there_yet():
    rows = re.findall(r"^\| (\d\d) \| (.+?) \|", README, flags=re.MULTILINE)
    assert [number for number, _ in rows] == [f"{number:02d}" for number in range(13)]
    for _, title in rows:
        assert ("(notebooks/" in title) != ("(in preparation)" in title)


def test_documents_link_to_files_that_exist():
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{name} links to {target}"


def test_commands_in_the_readme_exist():
    targets = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    used = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, flags=re.MULTILINE))
    assert {"lab", "test"} <= used <= set(targets[0].split())


def test_every_repetition_of_the_address_follows_pyproject():
    public = address.read(ROOT)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["repository-code"] == public
    assert f"git clone {public}\n" in README
    badge = f"(https://mybinder.org/badge_logo.svg)]({address.binder(public)})"
    assert badge in README.replace("\n", "")
    named = re.findall(r"https://(?:github|gitlab)\.com/[\w.-]+/[\w.-]+", README)
    assert set(named) <= {public, "https://github.com/NAME/REPOSITORY"}


@pytest.mark.parametrize(
    ("new", "place"),
    [
        ("https://github.com/someone/lems", "gh/someone/lems"),
        ("https://gitlab.com/group/deeper/lems", "gl/group%2Fdeeper%2Flems"),
        ("https://codeberg.org/someone/lems", "git/https%3A%2F%2Fcodeberg.org%2Fsomeone%2Flems"),
    ],
)
def test_one_command_changes_the_address_everywhere_and_back(tmp_path, new, place):
    names = ["pyproject.toml", *address.REPEATED_IN]
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in names}
    for name, text in before.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    old = address.read(tmp_path)
    address.change(tmp_path, new + "/")
    assert address.read(tmp_path) == new
    assert f"https://mybinder.org/v2/{place}/HEAD?" in (tmp_path / "README.md").read_text("utf-8")
    for name in names:
        assert old not in (tmp_path / name).read_text(encoding="utf-8")
    address.change(tmp_path, old)
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in names} == before


@pytest.mark.parametrize("wrong", ["", "github.com/a/b", "https://github.com/a", 'https://x/a/"b'])
def test_a_wrong_address_is_refused_in_words(wrong):
    with pytest.raises(Trouble, match="looks like https://github"):
        address.change(ROOT, wrong)


def test_citation_is_complete_and_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"] == "BSD-3-Clause"
    assert "Lambert–Eaton myasthenic syndrome" in citation["title"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['version']}" in changes


def test_both_licences_are_there_in_full():
    code = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert code.startswith("BSD 3-Clause License\n")
    assert "WHETHER IN CONTRACT, STRICT LIABILITY" in " ".join(code.split())
    text = (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")
    assert "CC-BY-4.0" in text
    for section in range(1, 9):
        assert f"\nSection {section} -- " in text


def test_no_committed_text_names_a_place_on_a_disk_or_a_package_host():
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        pytest.skip("needs git")
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = "pypi" + r"\.org|python" + "hosted|" + "npmjs" + r"\.|anaconda" + r"\.org"
    places = r"(?<![\w./:~$}])/(?:home|root|work|Users)/\w"
    found = []
    for name in listed.stdout.splitlines():
        file = ROOT / name
        if file.suffix in {".png", ".lock"} or file.is_symlink() or not file.exists():
            continue
        text = file.read_text(encoding="utf-8")
        found += [f"{name}: {hit}" for hit in re.findall(f"{hosts}|{places}", text)]
    assert found == []
