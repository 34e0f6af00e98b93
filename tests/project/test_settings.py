"""The settings shipped with the package reach JupyterLab, and JupyterLab knows them."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = json.loads((ROOT / "tools/jupyter/overrides.json").read_text(encoding="utf-8"))
LAB = Path(sys.prefix) / "share" / "jupyter" / "lab"


def test_installing_the_package_installed_the_settings():
    installed = LAB / "settings" / "overrides.d" / "lems-helpers.json"
    assert json.loads(installed.read_text(encoding="utf-8")) == OURS


@pytest.mark.parametrize("plugin", OURS)
def test_jupyterlab_reads_them(plugin):
    from jupyterlab_server.settings_utils import get_settings

    answer, _ = get_settings(
        app_settings_dir=str(LAB / "settings"),
        schemas_dir=str(LAB / "schemas"),
        settings_dir="",
        schema_name=plugin,
        overrides=_overrides(),
        labextensions_path=[str(LAB.parent / "labextensions")],
    )
    shown = answer["schema"]["properties"]
    assert {name: shown[name]["default"] for name in OURS[plugin]} == OURS[plugin]


def test_the_page_is_dealt_with_in_turn_and_nobody_is_asked_about_news():
    news = OURS["@jupyterlab/apputils-extension:notification"]
    assert news == {"checkForUpdates": False, "fetchNews": "false"}
    kernels = OURS["@jupyterlab/apputils-extension:kernels-settings"]
    assert kernels == {"commsOverSubshells": "disabled"}


def test_every_shipped_setting_exists_in_this_jupyterlab():
    extensions = LAB.parent / "labextensions"
    for plugin, values in OURS.items():
        package, name = plugin.split(":")
        homes = (LAB / "schemas", extensions / package / "schemas")
        found = [path for home in homes if (path := home / package / f"{name}.json").exists()]
        assert found, f"JupyterLab knows no {plugin}"
        assert set(values) <= set(json.loads(found[0].read_text("utf-8"))["properties"])


def _overrides():
    from jupyterlab_server.settings_utils import _get_overrides

    overrides, error = _get_overrides(str(LAB / "settings"))
    assert not error
    return overrides
