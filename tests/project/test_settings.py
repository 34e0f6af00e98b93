"""The settings shipped with the package reach JupyterLab, and JupyterLab knows them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = json.loads((ROOT / "tools/jupyter/overrides.json").read_text(encoding="utf-8"))
LAB = Path(sys.prefix) / "share" / "jupyter" / "lab"
PAGE = LAB.parent / "labextensions" / "lems-helpers"
SERVER = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d"


@pytest.mark.parametrize(
    ("ours", "installed"),
    [
        ("overrides.json", LAB / "settings" / "overrides.d" / "lems-helpers.json"),
        ("server.json", SERVER / "lems-helpers.json"),
        ("second_look.json", PAGE / "package.json"),
        ("second_look.js", PAGE / "second_look.js"),
    ],
)
def test_installing_the_package_installed_the_settings(ours, installed):
    written = (ROOT / "tools" / "jupyter" / ours).read_text(encoding="utf-8")
    assert installed.read_text(encoding="utf-8") == written


# Starts a server and a kernel, opens a line to it as a page does, and looks at the server's end.
LINE = """
import asyncio, gc, json, socket
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

async def ask():
    server = ServerApp()
    server.initialize(["--no-browser", "--allow-root", "--log-level=ERROR", "--port=0",
                       "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"])
    while not server.http_server._sockets:
        await asyncio.sleep(0.05)
    made, *_ = server.http_server._sockets.values()
    place = f"127.0.0.1:{made.getsockname()[1]}/api/kernels"
    kernel = await AsyncHTTPClient().fetch(f"http://{place}", method="POST", body="{}")
    name = json.loads(kernel.body)["id"]
    line = await websocket_connect(f"ws://{place}/{name}/channels?session_id=one")
    await line.read_message()
    ends = [one for one in gc.get_objects() if isinstance(one, KernelWebsocketHandler)]
    for end in ends:
        at = end.ws_connection.stream.socket
        print("at once:", at.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
    line.close()
    await server.kernel_manager.shutdown_all()

asyncio.run(ask())
"""


def test_a_server_sends_every_message_of_a_kernel_at_once(tmp_path):
    settings = {name: value for name, value in os.environ.items() if "JUPYTER" not in name}
    done = subprocess.run(
        [sys.executable, "-c", LINE], cwd=tmp_path, env=settings, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["at once: True"], done.stderr


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
