"""After the setup cell, cells run in any order: each works, or says what to run first."""

import random

import nbformat
import pytest
from nbclient import NotebookClient

from lems_helpers.lab.guidance import ADVICE
from lems_helpers.lab.outputs import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BEGINNING = ADVICE.split("{name}")[0]

# The pictures' stored faces take half of the time, and no cell asks for one of another's.
NO_STORED_FACES = """
from lems_helpers.lab.picture import Picture
Picture.png = lambda *_: b""
"""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_cells_run_in_any_order(path):
    notebook = nbformat.read(path, as_version=4)
    setup, *rest = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "begin(" in setup.source
    setup.source += NO_STORED_FACES
    random.Random(path.stem).shuffle(rest)
    notebook.cells = [setup, *rest]
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    early = 0
    for cell in notebook.cells:
        for output in cell.outputs:
            if output.output_type == "error":
                said = "\n".join(output.traceback)
                assert output.ename == "NameError", f"{cell.source}\n{said}"
                assert said.startswith(BEGINNING), said
                assert len(said.splitlines()) == 1
                early += 1
    assert early < len(rest)
