"""An extension of the kernel that loads the course while a learner still reads.

Most of the wait for a first picture is the loading of Matplotlib and NumPy, so it begins with the
kernel and not with the first cell. A file in the environment's ``etc/ipython`` switches this on. It
stands on no floor: the kernel loads it in any notebook, and must answer before the course is there.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Load lab and bibliography in a thread of its own; a cell run before its end waits for it."""
    loading = threading.Thread(target=_load, name="head start", daemon=True)

    # Two threads that load the same modules in another order could see half of one.
    def wait() -> None:
        shell.events.unregister("pre_execute", wait)
        loading.join()

    shell.events.register("pre_execute", wait)
    loading.start()


def _load() -> None:
    # What is wrong will be said by the learner's own import.
    with contextlib.suppress(Exception):
        importlib.import_module("lems_helpers.lab")
        importlib.import_module("lems_helpers.evidence.references").all_references()
