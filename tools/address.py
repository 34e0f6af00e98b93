"""The public address of the repository: kept in pyproject.toml, repeated where readers need it.

One command changes it everywhere: `python tools/course.py address https://github.com/NAME/REPO`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

from trouble import Trouble

REPEATED_IN = ("README.md", "CITATION.cff")
FIRST_NOTEBOOK = "lab/tree/notebooks/00_start_here.ipynb"


def read(root: Path) -> str:
    """Return the address that pyproject.toml gives."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["urls"]["Repository"]


def binder(address: str) -> str:
    """Return the link that opens a repository's course on mybinder.org."""
    parts = urlsplit(address)
    path = parts.path.strip("/")
    if parts.netloc == "github.com":
        place = f"gh/{path}"
    elif parts.netloc == "gitlab.com":
        place = f"gl/{quote(path, safe='')}"
    else:
        place = f"git/{quote(address, safe='')}"
    return f"https://mybinder.org/v2/{place}/HEAD?urlpath={FIRST_NOTEBOOK}"


def change(root: Path, new: str) -> None:
    """Write a new address into pyproject.toml and every file that repeats it."""
    new = new.removesuffix("/").removesuffix(".git")
    if not re.fullmatch(r"https://[^/\s\"<>()]+(?:/[^/\s\"<>()]+){2,}", new):
        raise Trouble(
            f"The address of a repository looks like https://github.com/NAME/REPO, not {new!r}."
        )
    old = read(root)
    for name in ("pyproject.toml", *REPEATED_IN):
        file = root / name
        text = file.read_text(encoding="utf-8")
        # The Binder link first: on some hosts it contains the address itself, written differently.
        text = text.replace(binder(old), binder(new)).replace(old, new)
        file.write_text(text, encoding="utf-8", newline="\n")
