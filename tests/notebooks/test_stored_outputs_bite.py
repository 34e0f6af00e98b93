"""The comparison of stored outputs must fail when it should, and only then."""

import base64
import re
import subprocess
import sys

import nbformat
import pytest

from lems_helpers.lab.outputs import NOTEBOOKS

ROOT = NOTEBOOKS.parent
NAME = "03_calcium_influx"

pytestmark = pytest.mark.slow

OTHER_BYTES = base64.b64encode(b"another renderer's bytes").decode()
# Run before the first cell of a copy: a channel that conducts a tenth less.
SPOILED_CONSTANT = """
import dataclasses
from lems_helpers.physiology import calcium_channels as channels
channels.CalciumChannels.__init__.__defaults__ = tuple(
    2.16 if value == 2.4 else value for value in channels.CalciumChannels.__init__.__defaults__
)
"""


def verdict(tmp_path, spoil):
    """Run nbval on a spoiled copy of the notebook; return what failed."""
    notebook = nbformat.read(NOTEBOOKS / f"{NAME}.ipynb", as_version=4)
    spoil(notebook)
    copy = tmp_path / f"{NAME}.ipynb"
    nbformat.write(notebook, copy)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(copy)]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return re.findall(r"^FAILED .*$", done.stdout, flags=re.MULTILINE)


def outputs(notebook):
    return [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]


def spoil_digit(text):
    digit = re.search(r"\d", text).group()
    return text.replace(digit, str((int(digit) + 1) % 10), 1)


def test_a_changed_digit_is_noticed_in_print_and_in_a_panel_and_changed_bytes_of_pictures_are_not(
    tmp_path,
):
    def spoil(notebook):
        printed = next(out for out in outputs(notebook) if out.output_type == "stream")
        printed.text = spoil_digit(printed.text)
        panel, *others = (out for out in outputs(notebook) if "<img" in str(out.get("data", "")))
        panel.data["text/plain"] = spoil_digit(panel.data["text/plain"])
        assert others
        for out in others:
            html = re.sub(r"base64,[A-Za-z0-9+/=]+", f"base64,{OTHER_BYTES}", out.data["text/html"])
            assert html != out.data["text/html"]
            out.data["text/html"] = html

    assert len(verdict(tmp_path, spoil)) == 2


def test_a_changed_constant_of_the_model_is_noticed(tmp_path):
    def spoil(notebook):
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source = SPOILED_CONSTANT + first.source

    assert len(verdict(tmp_path, spoil)) >= 3
