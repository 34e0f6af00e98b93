"""How hard a text is to read: the Flesch-Kincaid grade, and the length of its sentences.

Libraries for this fetch a dictionary over the network, so syllables are counted here by vowel
groups, which is right for nine words in ten and errs upward for the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FOLDS = re.compile(r"```.*?```|<[^>]+>|`[^`]*`", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_REFERENCE = re.compile(r"\([^()]*\b(?:19|20)\d\d[a-z]?[^()]*\)")
_NOT_PROSE = re.compile(r"^\s*(#|\||>?\s*###|\[←|\[Next)")


@dataclass(frozen=True)
class Readability:
    """Grade, mean sentence length and counts of one text."""

    grade: float
    words_per_sentence: float
    words: int
    longest: str


def readability(markdown: str, names: tuple[str, ...] = ()) -> Readability:
    """Measure the prose of a Markdown text.

    Parameters
    ----------
    markdown : str
    names : tuple of str
        Terms that a reader cannot be spared, such as names of diseases and drugs and the terms
        the notebook defines; each counts as one short word.
    """
    text = "\n".join(
        line for line in _FOLDS.sub(" ", markdown).splitlines() if not _NOT_PROSE.match(line)
    )
    text = _REFERENCE.sub("", _LINK.sub(r"\1", text))
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}s?\b", "it", text, flags=re.IGNORECASE)
    # A list item or a paragraph ends a sentence even without a full stop; a colon does not.
    text = re.sub(r"(?m)^\s*(?:>\s*)*(?:[-*]|\d+\.)\s+|^>\s*$|\n\s*\n", ". ", text)
    text = re.sub(r"(?<=\d)[.,](?=\d)", "", text)
    sentences = [
        re.findall(r"[A-Za-z][A-Za-z'’-]*", part) for part in re.split(r"[.!?]+(?:\s|$)", text)
    ]
    sentences = [words for words in sentences if len(words) > 1]
    words = [word for sentence in sentences for word in sentence]
    syllables = sum(map(count_syllables, words))
    per_sentence = len(words) / len(sentences)
    grade = 0.39 * per_sentence + 11.8 * syllables / len(words) - 15.59
    return Readability(grade, per_sentence, len(words), " ".join(max(sentences, key=len)))


def count_syllables(word: str) -> int:
    """Count the vowel groups of an English word, without a silent e."""
    word = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith(("e", "es", "ed")) and not word.endswith(("le", "les", "ted", "ded"))
    return max(1, groups - (silent and groups > 1))
