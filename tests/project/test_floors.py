"""A file imports only from its own floor or below, and the ground floor only computes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {"physiology": 1, "clinic": 2, "evidence": 2, "lab": 3}
# What draws, shows, asks or fetches has no place in a model that takes numbers and gives numbers.
NOT_IN_PHYSIOLOGY = {"matplotlib", "ipywidgets", "IPython", "pathlib", "importlib", "urllib", "csv"}

FILES = sorted((ROOT / "lems_helpers").rglob("*.py"))


def imported(path, tree):
    """Yield (absolute module name, is at the top of the file) for each import."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        top = node in tree.body
        if isinstance(node, ast.Import):
            yield from ((alias.name, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, node.module or ""]).strip(".")
            yield module, top
            yield from ((f"{module}.{alias.name}", top) for alias in node.names)


def floor_of(module):
    parts = module.split(".")
    return FLOORS.get(parts[1], 0) if parts[0] == "lems_helpers" and len(parts) > 1 else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path):
    own = path.relative_to(ROOT / "lems_helpers").parts[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for module, top in imported(path, tree):
        if own in FLOORS:
            assert floor_of(module) <= FLOORS[own], f"imports {module} from a floor above"
        if own == "physiology":
            assert module.split(".")[0] not in NOT_IN_PHYSIOLOGY, f"imports {module}"
            # SciPy takes longer to import than most simulations take to run.
            assert not (top and module.split(".")[0] == "scipy"), "imports scipy at the top"


def test_a_way_up_is_noticed():
    tree = ast.parse("from lems_helpers.lab import panel\nfrom ..clinic import disease")
    path = ROOT / "lems_helpers" / "physiology" / "x.py"
    assert max(floor_of(module) for module, _ in imported(path, tree)) == 3
    assert "lems_helpers.clinic.disease" in {module for module, _ in imported(path, tree)}
