"""The bibliography, read once and written out for readers."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from .lookup import find

if TYPE_CHECKING:
    from pybtex.database import Entry, Person

RECALLED_NOTE = "numbers recalled, not re-read"


@dataclass(frozen=True)
class Reference:
    """One entry of the bibliography, decoded to plain text.

    Attributes
    ----------
    key : str
        The name the course cites it by.
    short : str
        Authors and year as they stand in running text, "Dittrich et al. 2013".
    authors, year, title, journal, pages : str
        The full citation; `pages` has the volume before it, "104:2751–2763". Empty where unknown.
    link : str
        The address of the article, or empty.
    recalled : bool
        Whether its numbers were recalled from the literature and not re-read.
    remark : str
        What else a reader should know of the entry, such as a paraphrased title.
    """

    key: str
    short: str
    authors: str
    year: str
    title: str
    journal: str
    pages: str
    link: str
    recalled: bool
    remark: str


def reference(key: str) -> Reference:
    """Return one entry of the bibliography.

    Raises
    ------
    ValueError
        If there is no such key; the message names the nearest ones.
    """
    return find("reference", key, _library())


def all_references() -> tuple[Reference, ...]:
    """Return the whole bibliography, sorted by author and year."""
    return tuple(_library().values())


def short_citations(*keys: str) -> str:
    """Return short citations for running text, such as ``Dittrich et al. 2013; Li et al. 2007``.

    Raises
    ------
    ValueError
        If a key is not in the bibliography.
    """
    cited = [reference(key) for key in keys]
    return "; ".join(one.short + (" (recalled)" if one.recalled else "") for one in cited)


def reference_list(*keys: str) -> str:
    """Return an HTML list of the references named, each once, sorted by author and year.

    The list can stand in Markdown too. A reference whose numbers were recalled says so.

    Raises
    ------
    ValueError
        If a key is not in the bibliography.
    """
    wanted = {reference(key).key for key in keys}
    items = "\n".join(
        f"<li>{_entry_html(one)}</li>" for one in all_references() if one.key in wanted
    )
    return f'<ol class="lm-references">\n{items}\n</ol>'


def _entry_html(one: Reference) -> str:
    year = f"({one.year or 'undated'})"
    head = f"{one.authors} {year}" if one.authors else f"{one.title} {year}"
    parts = [_sentence(_safe(head))]
    if one.authors:
        parts.append(_sentence(_safe(one.title)))
    if one.journal:
        parts.append(_sentence(f"<i>{_safe(one.journal)}</i> {one.pages}".strip()))
    if one.link:
        place = one.link.removeprefix("https://")
        # A digital object identifier is worth showing in full; another address only by its site.
        name = place if place.startswith("doi.org") else f"Read it at {place.partition('/')[0]}"
        parts.append(f'<a href="{html.escape(one.link)}">{_safe(name)}</a>')
    remarks = [RECALLED_NOTE] * one.recalled + [one.remark] * bool(one.remark)
    if remarks:
        parts.append(f"[{_safe('; '.join(remarks))}]")
    return " ".join(parts)


def _safe(text: str) -> str:
    return html.escape(text, quote=False)


def _sentence(text: str) -> str:
    return text if text[-1] in ".?!" else f"{text}."


@cache
def _library() -> dict[str, Reference]:
    # Imported here, because only readers of references should wait for it.
    from pybtex.database import parse_string

    source = (files(__package__) / "data" / "references.bib").read_text("utf-8")
    entries = parse_string(source, "bibtex").entries
    years = Counter(_short(entry) for entry in entries.values())
    ordered = sorted(
        entries.items(), key=lambda item: (_authors(item[1]) + _short(item[1])).casefold()
    )
    library: dict[str, Reference] = {}
    seen: Counter[str] = Counter()
    for key, entry in ordered:
        short, year = _short(entry), entry.fields.get("year", "")
        if years[short] > 1:
            # Two papers by the same authors in the same year: 2011a, 2011b.
            letter = "abcdefgh"[seen[short]]
            seen[short] += 1
            short, year = short + letter, year + letter
        note = _field(entry, "note")
        recalled = "recalled" in note
        doi = entry.fields.get("doi", "")
        library[key] = Reference(
            key=key,
            short=short,
            authors=_authors(entry),
            year=year,
            title=_field(entry, "title"),
            journal=_field(entry, "journal") or _field(entry, "howpublished"),
            pages=":".join(filter(None, [_field(entry, "volume"), _field(entry, "pages")])),
            link=f"https://doi.org/{doi}" if doi else entry.fields.get("url", ""),
            recalled=recalled,
            remark="" if recalled else note,
        )
    return library


def _field(entry: Entry, name: str) -> str:
    return _plain(entry.fields.get(name, ""))


def _plain(latex: str) -> str:
    # Most fields have nothing to decode, and decoding is slow.
    if not any(mark in latex for mark in ("\\", "{", "~", "--")):
        return latex
    from pybtex.richtext import Text

    return str(Text.from_latex(latex))


def _surname(person: Person) -> str:
    return _plain(" ".join([*person.prelast_names, *person.last_names]))


def _short(entry: Entry) -> str:
    if "short" in entry.fields:
        return _field(entry, "short")
    names = [_surname(person) for person in entry.persons["author"]]
    many = len(names) > 2 or names[-1] == "others"
    return f"{f'{names[0]} et al.' if many else ' and '.join(names)} {entry.fields['year']}"


def _authors(entry: Entry) -> str:
    # "others" and "colleagues" count as names, and so land where a reader expects them.
    names = []
    for person in entry.persons.get("author", ()):
        given = [_plain(name) for name in (*person.first_names, *person.middle_names)]
        names.append(" ".join([_surname(person), *(f"{name[0]}." for name in given)]))
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
