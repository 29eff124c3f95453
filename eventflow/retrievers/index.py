"""An index of words: which texts a question is about, best first, by the ranking function BM25."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from math import log
from typing import Final

__all__ = ("WordIndex",)

_Postings = list[tuple[int, float]]


class WordIndex:
    """Finds the texts that share words with a question; rare words count more, and so do short texts.

    What a word is worth in a text is computed once, so a question costs what its own words are worth: the
    texts that have none of them are never looked at.

    Arguments:
        texts: the words of each text.
        k1: how much it counts that a text has a word several times; 0 for not at all.
        b: how much it counts against a text that it is long; from 0, not at all, to 1.

    >>> index = WordIndex([["owls", "hoot"], ["parrots", "talk"], ["owls", "and", "parrots"]])
    >>> index.best(["owls"], 2)
    [0, 2]
    """

    def __init__(self, texts: Iterable[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> None:
        counts: defaultdict[str, _Postings] = defaultdict(list)
        lengths: list[int] = []
        for place, words in enumerate(texts):
            lengths.append(len(words))
            for word, count in Counter(words).items():
                counts[word].append((place, count))
        mean = sum(lengths) / len(lengths) if any(lengths) else 1
        drag: Final = [k1 * (1 - b + b * length / mean) for length in lengths]
        self._worth: dict[str, _Postings] = {}
        for word, found in counts.items():
            rarity = log(1 + (len(lengths) - len(found) + 0.5) / (len(found) + 0.5))
            self._worth[word] = [
                (place, rarity * count * (k1 + 1) / (count + drag[place])) for place, count in found
            ]

    def best(self, words: Iterable[str], most: int) -> list[int]:
        """The places of at most `most` texts that have some of the words, the best first, then the earlier."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in words:
            for place, worth in self._worth.get(word, ()):
                scores[place] += worth
        return [place for _, place in nsmallest(most, ((-score, place) for place, score in scores.items()))]
