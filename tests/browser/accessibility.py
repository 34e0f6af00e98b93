"""A panel as a screen reader is told of it: Chromium's own tree, held to the lesson."""

from __future__ import annotations

from dataclasses import dataclass

from lems_helpers.lab.controls import Choice, Seed, Slider, Toggle
from lems_helpers.lab.panel import Panel

# What a learner can use, by the name Chromium gives its kind.
USABLE = {"slider", "combobox", "checkbox", "spinbutton", "button", "radio", "textbox", "link"}
VALUED = {"slider", "combobox", "spinbutton", "textbox"}
KINDS = {Slider: "slider", Choice: "combobox", Toggle: "checkbox", Seed: "spinbutton"}


@dataclass(frozen=True)
class Node:
    """One thing a screen reader is told of."""

    role: str
    name: str
    value: str
    properties: dict
    place: int


class Tree:
    """Reads the accessibility tree below an element of a page."""

    def __init__(self, page):
        self._session = page.context.new_cdp_session(page)
        self._session.send("Accessibility.enable")
        self._session.send("DOM.enable")

    def below(self, locator) -> list[Node]:
        """Return everything below the one element of `locator`, in reading order."""
        mark = "data-lm-tree"
        locator.evaluate("(element, mark) => element.setAttribute(mark, '')", mark)
        root = self._session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        found = self._session.send("DOM.querySelector", {"nodeId": root, "selector": f"[{mark}]"})
        tree = self._session.send("Accessibility.queryAXTree", {"nodeId": found["nodeId"]})
        locator.evaluate("(element, mark) => element.removeAttribute(mark)", mark)
        return [_node(raw) for raw in tree["nodes"] if not raw.get("ignored")]


def _node(raw: dict) -> Node:
    def value(key):
        return str(raw.get(key, {}).get("value", ""))

    properties = {p["name"]: p["value"].get("value") for p in raw.get("properties", ())}
    text = str(properties.get("valuetext") or value("value"))
    place = raw.get("backendDOMNodeId", 0)
    # The page writes hard spaces into the choices of a list.
    return Node(value("role"), value("name").strip(), text.replace("\xa0", " "), properties, place)


def complaints(nodes: list[Node], panel: Panel) -> list[str]:
    """Name what a screen reader could not say of a panel that stands at its defaults."""
    said = []
    usable = [node for node in nodes if node.role in USABLE]
    for node in usable:
        if not node.name:
            said.append(f"{panel.name}: a {node.role} has no name")
        if node.role in VALUED and not node.value:
            said.append(f"{panel.name}: the {node.role} {node.name!r} has no value")
    for control in panel.controls:
        kind = KINDS[type(control)]
        found = [n for n in usable if (n.role, n.name) == (kind, control.title)]
        if len(found) != 1:
            said.append(f"{panel.name}: {len(found)} times a {kind} called {control.title!r}")
        elif _told(found[0]) != _meant(control):
            said.append(f"{panel.name}: {control.title!r} says {_told(found[0])!r}")
    buttons = {node.name for node in usable if node.role == "button"}
    for name in (*panel.presets, "Reset"):
        if not any(name in button for button in buttons):
            said.append(f"{panel.name}: no button is called {name!r}")
    if not any(node.role in ("image", "img") and len(node.name) > 60 for node in nodes):
        said.append(f"{panel.name}: the picture has no alternative text")
    regions = [node for node in nodes if node.role == "status"]
    if not regions or any(node.properties.get("live") != "polite" for node in regions):
        said.append(f"{panel.name}: what changes is not announced")
    return said


def _told(node: Node) -> str | float:
    if node.role == "checkbox":
        return str(node.properties.get("checked"))
    if node.role == "combobox":
        return node.value
    number = node.value.split()[0].replace("−", "-").replace(",", "")
    return round(float(number), 6)


def _meant(control) -> str | float:
    if isinstance(control, Toggle):
        return str(control.default).lower()
    return control.default if isinstance(control, Choice) else round(float(control.default), 6)
