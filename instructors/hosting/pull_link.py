"""Build the link that brings a learner to a notebook of the course on a hub.

    python3 instructors/hosting/pull_link.py https://hub.example.org

nbgitpuller, on the hub, reads the link: it fetches the course into the learner's home, keeps what
the learner has changed, and opens the page asked for.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
FIRST = "notebooks/00_start_here.ipynb"


def pull_link(
    hub: str, repository: str, page: str = FIRST, *, branch: str = "main", folder: str = ""
) -> str:
    """Return the link.

    Parameters
    ----------
    hub : str
        Address of the hub, with its prefix if it has one.
    repository : str
        Address that ``git clone`` takes.
    page : str
        The notebook or folder to open, as the repository names it.
    branch : str
        Branch or tag.
    folder : str
        Where the course goes in the learner's home; by default named like the repository.

    Raises
    ------
    ValueError
        If an address is none, or the page lies outside the repository.
    """
    for what, address in (("hub", hub), ("repository", repository)):
        parts = urlsplit(address)
        if not parts.scheme or not parts.netloc or " " in address:
            raise ValueError(
                f"The address of the {what} is {address!r}; "
                "it must look like https://example.org/..."
            )
    if page.startswith("/") or ".." in page.split("/"):
        raise ValueError(f"The page is {page!r}; it must be a path inside the repository.")
    repository = repository.rstrip("/").removesuffix(".git")
    # Said outright, so that the page is found whatever the repository is called.
    folder = folder or repository.rpartition("/")[2]
    asked = {
        "repo": repository,
        "branch": branch,
        "targetPath": folder,
        "urlpath": quote(f"lab/tree/{folder}/{page}") + "?autodecode",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


def main(words: list[str]) -> int:
    """Print the link to a page (by default the first notebook) of this course."""
    if not 1 <= len(words) <= 2:
        print(__doc__)
        return 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    try:
        print(pull_link(words[0], project["urls"]["Repository"], *words[1:]))
    except ValueError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
