"""Settings of every test."""

import os

# Tests solve exercises; that is nobody's progress.
os.environ["LEMS_PROGRESS"] = "off"
