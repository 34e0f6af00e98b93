"""Each notebook as a page of HTML, without a kernel or a network: what axe-core says of it."""

import re
from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import nbformat
import pytest
from nbconvert import HTMLExporter

from conftest import NOTEBOOKS as FOLDER
from lems_helpers.lab.lesson import all_lessons, load
from lems_helpers.lab.page import Page

NOTEBOOKS = [lesson.name for lesson in all_lessons()]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# Of each finding: how bad, which rule, and the first element it names.
FINDINGS = """async () => (await axe.run({resultTypes: ['violations']})).violations.map(
  v => [v.impact, v.id, v.nodes.length + ' times, first ' + v.nodes[0].html.slice(0, 160)])"""
FAULTS = {
    "alternative": ("<img alt=", "<img data-alt=", "image-alt"),
    "contrast": ("<p>", '<p style="color:#999">', "color-contrast"),
    "language": ('lang="en"', "", "html-has-lang"),
}


@pytest.fixture(scope="module")
def shown(context_of_files):
    """Show a text as a page, and return the page with axe-core in it."""

    def show(name, body):
        path = context_of_files.folder / f"{name}.html"
        path.write_text(body, "utf-8")
        context_of_files.page.goto(path.as_uri())
        context_of_files.page.add_script_tag(path=AXE)
        return context_of_files.page

    return show


@pytest.fixture(scope="module")
def context_of_files(browser, tmp_path_factory):
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    # A reader of the export may have no network: what it would fetch must not be needed.
    page.route(re.compile("^https?:"), lambda route: route.abort())
    yield type("Files", (), {"page": page, "folder": tmp_path_factory.mktemp("html")})
    page.close()


def export(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    # The page's own style comes with the setup cell. Another test sees that what is stored is what
    # the cell says now.
    page = Page("The course is ready.")._repr_mimebundle_()["text/html"]
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "<script>" in output.get("data", {}).get("text/html", ""):
                output.data["text/html"] = page
    return HTMLExporter().from_notebook_node(notebook)[0]


def serious(page):
    return [found for found in page.evaluate(FINDINGS) if found[0] in ("serious", "critical")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_export_has_no_serious_finding(name, shown):
    page = shown(name, export(name))
    assert serious(page) == []
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4, h5, h6", "found => found.map(heading => +heading.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels
    pictures = page.eval_on_selector_all(
        "img", "found => found.map(image => [image.alt.length > 60, image.naturalWidth > 800])"
    )
    assert len(pictures) >= len(load(name).panels)
    assert all(all(picture) for picture in pictures)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is cut off"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_page_is_found(fault, shown):
    sound, broken, rule = FAULTS[fault]
    body = export(NOTEBOOKS[3])
    assert sound in body
    assert rule in {found[1] for found in serious(shown(fault, body.replace(sound, broken)))}
