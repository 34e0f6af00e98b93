"""Settings of every test, and how tests are dealt out to workers."""

import os
import re

import pytest

# Tests solve exercises; that is nobody's progress.
os.environ["LEMS_PROGRESS"] = "off"


# Files whose tests take minutes together, and the part of a test's name by which they are dealt
# out: a notebook has a page or a kernel of its own, a panel its picture.
DEALT_OUT = (
    r"tests/browser/.*\[(\d\d)_\w+\]$",
    r"(tests/notebooks/test_any_order\.py::.*)",
    r"(tests/lab/test_(?:panels|looks)\.py)::.*\[(\d\d)-",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file with one worker, but deal the long files out in parts.

    Left whole, they would keep one worker busy long after the others are done.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class InParts(LoadFileScheduling):
        def _split_scope(self, nodeid):
            for pattern in DEALT_OUT:
                if found := re.match(pattern, nodeid):
                    return " ".join(found.groups())
            return super()._split_scope(nodeid)

    return InParts(config, log)
