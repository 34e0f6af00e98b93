"""The course's terms, each with one plain sentence: one source for all notebooks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lems_helpers.evidence.lookup import find

from .words import rich


@dataclass(frozen=True)
class Term:
    """A term of the field.

    Attributes
    ----------
    name : str
    means : str
        What it means, in one plain sentence or two.
    also : tuple of str
        Other names a reader may meet for the same thing.
    """

    name: str
    means: str
    also: tuple[str, ...] = ()


def term(name: str) -> Term:
    """Return a term by its name or one of its other names.

    Raises
    ------
    ValueError
        If the glossary has no such term; the message names the nearest ones.
    """
    return find("term in the glossary", name, _by_name())


def all_terms() -> tuple[Term, ...]:
    """Return the whole glossary, in alphabetical order."""
    return tuple(sorted(set(_by_name().values()), key=lambda one: one.name.casefold()))


def glossary(*names: str) -> str:
    """Return terms with their meanings as an HTML list, which may stand in Markdown too.

    Parameters
    ----------
    *names : str
        The terms wanted, in the order wanted; without any, the whole glossary.

    Raises
    ------
    ValueError
        If the glossary lacks a term.
    """
    wanted = [term(name) for name in names] or all_terms()
    # Not a <dl>: JupyterLab sets its parts side by side and lets long ones collide.
    return "<ul>\n" + "\n".join(_entry(one) for one in dict.fromkeys(wanted)) + "\n</ul>"


def _entry(one: Term) -> str:
    also = f" (also: {', '.join(one.also)})" if one.also else ""
    return f"<li><b>{rich(one.name)}</b>{rich(also)}: {rich(one.means)}</li>"


@cache
def _by_name() -> dict[str, Term]:
    source = (files(__package__) / "glossary.toml").read_text("utf-8")
    named: dict[str, Term] = {}
    for name, entry in tomllib.loads(source).items():
        one = Term(name, entry["means"], tuple(entry.get("also", ())))
        for each in (name, *one.also):
            if each in named:
                raise ValueError(f"The glossary explains {each!r} twice.")
            named[each] = one
    return named
