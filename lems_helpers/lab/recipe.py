"""The lines of Python that give the number on screen, ready to paste into a cell."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache


def recipe(call: str, compute: Callable) -> str:
    """Return `call` with the imports it needs in front.

    Parameters
    ----------
    call : str
        One expression, written with the names of the module that defines `compute`.
    compute : callable

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the call uses a name its module does not have.
    """
    names = {node.id for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Name)}
    return "\n".join([*_imports(frozenset(names), compute.__module__), call])


@lru_cache(maxsize=256)
def _imports(names: frozenset[str], module: str) -> list[str]:
    home = vars(sys.modules[module])
    by_module = defaultdict(list)
    for name in sorted(names - {"True", "False", "None"}):
        if name not in home:
            raise ValueError(f"The settings line uses {name!r}, which {module} does not have.")
        # A function is imported from where it was written, so that a reader finds its source; a
        # constant does not know where it comes from.
        origin = getattr(home[name], "__module__", None) if callable(home[name]) else None
        by_module[origin or module].append(name)
    return [f"from {origin} import {', '.join(used)}" for origin, used in sorted(by_module.items())]
