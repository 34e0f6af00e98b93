"""The settings shipped with the package reach JupyterLab, and JupyterLab knows them."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = json.loads((ROOT / "tools/jupyter/overrides.json").read_text(encoding="utf-8"))
LAB = Path(sys.prefix) / "share" / "jupyter" / "lab"


def test_installing_the_package_installed_the_settings():
    installed = LAB / "settings" / "overrides.d" / "lems-helpers.json"
    assert json.loads(installed.read_text(encoding="utf-8")) == OURS


def test_jupyterlab_reads_them_and_asks_nobody_about_news():
    from jupyterlab_server.settings_utils import get_settings

    name = "@jupyterlab/apputils-extension:notification"
    answer, _ = get_settings(
        app_settings_dir=str(LAB / "settings"),
        schemas_dir=str(LAB / "schemas"),
        settings_dir="",
        schema_name=name,
        overrides=_overrides(),
    )
    shown = answer["schema"]["properties"]
    assert shown["fetchNews"]["default"] == "false"
    assert shown["checkForUpdates"]["default"] is False


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
