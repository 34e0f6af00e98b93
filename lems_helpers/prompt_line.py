"""An extension of Jupyter's server that sends every message of a kernel at once.

As Jupyter comes, its server holds a small message back until the browser's machine has acknowledged
the last one (Nagle's algorithm), and that takes its time, often 40 ms: while a slider is dragged,
every picture waits for it. A file in the environment's ``etc/jupyter`` switches this on. It stands
on no floor: the server loads it, and must not load Matplotlib with the lab.
"""

from __future__ import annotations

from typing import Any

SETTING = "kernel_websocket_connection_class"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    # Derived from what this server uses, which may be a gateway's or a hub's own.
    settings = server.web_app.settings
    usual = settings[SETTING]

    class Prompt(usual):
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    settings[SETTING] = Prompt
