"""Settings of every test, and how tests are dealt out to workers."""

import os
import re

import pytest

# Tests solve exercises; that is nobody's progress.
os.environ["LEMS_PROGRESS"] = "off"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file with one worker, but deal a browser's file out by notebook.

    Each notebook's tests share one page; together the notebooks would keep one worker busy long
    after the others are done.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByNotebook(LoadFileScheduling):
        def _split_scope(self, nodeid):
            notebook = re.search(r"^tests/browser/.*\[(\d\d_\w+)\]$", nodeid)
            return notebook[1] if notebook else super()._split_scope(nodeid)

    return ByNotebook(config, log)
