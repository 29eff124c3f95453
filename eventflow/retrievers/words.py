"""The words of a text, in any script: what an index looks things up by."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

__all__ = ("words_of",)

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""Characters of scripts that put no spaces between words."""

_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
"""Marks that are part of a word, though they are no letters: accents, points, and the vowels of India."""


@cache  # not at import: this takes longer than the rest of it
def _runs() -> re.Pattern[str]:
    """Runs of characters without spaces between words, or single words."""
    return re.compile(f"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])[\\w{_MARKS}])+)")


def words_of(text: str) -> list[str]:
    """The words of a text in order, with capitals and forms of characters that say the same made one.

    Where a script has no spaces between words, these are its characters and its pairs of characters.

    >>> words_of("The OWL's nest")
    ['the', 'owl', 's', 'nest']
    >>> words_of("東京都")
    ['東', '東京', '京', '京都', '都']
    """
    words: list[str] = []
    for run, word in _runs().findall(unicodedata.normalize("NFKC", text).casefold()):
        if word:
            words.append(word)
        else:
            words += [
                run[at : at + size] for at in range(len(run)) for size in (1, 2) if at + size <= len(run)
            ]
    return words
