"""Every panel's picture in one folder, to be looked over by eye.

``python -m lems_helpers.lab.gallery [folder] [--presets]`` writes one PNG for each panel as it
opens (with ``--presets`` one for each preset too), the page ``faces.html`` with all still faces as
an export shows them, and ``contact_sheet.png`` with all pictures side by side.
"""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .lesson import all_lessons
from .panel import PanelView

FOLDER = Path(__file__).resolve().parents[2] / "gallery"
COLUMNS, CELL_PX, GAP_PX, NAME_PX = 4, (480, 340), 12, 22


def views(presets: bool = False) -> Iterator[tuple[str, PanelView]]:
    """Yield each panel as it opens, and at each preset if asked, with a name for its file."""
    for lesson in all_lessons():
        for panel in lesson.panels:
            name, view = f"{lesson.name[:2]}_{panel.name}", panel.open()
            yield name, view
            for preset in panel.presets if presets else ():
                view.reset().preset(preset)
                yield f"{name}__{re.sub(r'[^a-z0-9]+', '_', preset.lower()).strip('_')}", view


def contact_sheet(pictures: dict[str, bytes]) -> Image.Image:
    """Return all pictures side by side, each under its name."""
    wide, high = CELL_PX
    rows = -(-len(pictures) // COLUMNS)
    size = (COLUMNS * (wide + GAP_PX) + GAP_PX, rows * (high + NAME_PX + GAP_PX) + GAP_PX)
    sheet = Image.new("RGB", size, "#E4E4E4")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for i, (name, png) in enumerate(pictures.items()):
        x = GAP_PX + (i % COLUMNS) * (wide + GAP_PX)
        y = GAP_PX + (i // COLUMNS) * (high + NAME_PX + GAP_PX)
        pen.text((x, y), name, fill="black", font=font)
        with Image.open(io.BytesIO(png)) as picture:
            small = picture.convert("RGB")
        small.thumbnail(CELL_PX, Image.Resampling.LANCZOS)
        sheet.paste(small, (x, y + NAME_PX))
    return sheet


def make(folder: Path, presets: bool = False) -> int:
    """Write the gallery into `folder` and return how many pictures it holds."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures, faces = {}, []
    for name, view in views(presets):
        pictures[name] = view.png()
        (folder / f"{name}.png").write_bytes(pictures[name])
        faces.append(f"<section><h2>{name}</h2>{view.still_html()}</section>")
    head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery</title>'
    page = f"{head}<body><h1>Every panel's still face</h1>{''.join(faces)}</body></html>"
    (folder / "faces.html").write_text(page, "utf-8")
    contact_sheet(pictures).save(folder / "contact_sheet.png")
    return len(pictures)


def main(words: list[str] | None = None) -> None:
    """Make the gallery where the command line says."""
    parser = argparse.ArgumentParser(prog="gallery", description="Render every panel's picture.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--presets", action="store_true", help="each preset too")
    asked = parser.parse_args(words)
    print(f"{make(asked.folder, asked.presets)} pictures and contact_sheet.png in {asked.folder}")


if __name__ == "__main__":
    main()
