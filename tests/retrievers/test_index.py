"""The index of words against the definition of its ranking, computed text by text."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.retrievers.index import WordIndex

texts = st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=8)
questions = st.lists(st.sampled_from("abcdefx"), max_size=4)


def score(question, text, texts, k1=1.5, b=0.75):
    mean = sum(map(len, texts)) / len(texts)
    total = 0.0
    for word in question:
        if count := text.count(word):
            holders = sum(word in other for other in texts)
            rarity = log(1 + (len(texts) - holders + 0.5) / (holders + 0.5))
            total += rarity * count * (k1 + 1) / (count + k1 * (1 - b + b * len(text) / mean))
    return total


@given(texts, questions, st.integers(0, 9))
def test_best(texts, question, most):
    scores = [score(question, text, texts) if text else 0 for text in texts]
    found = WordIndex(texts).best(question, most)
    sharing = [place for place, text in enumerate(texts) if {*text} & {*question}]
    assert len(found) == min(most, len(sharing))
    assert {*found} <= {*sharing}
    assert [scores[place] for place in found] == pytest.approx(
        sorted((scores[place] for place in sharing), reverse=True)[:most]
    )


def test_the_earlier_of_two_that_are_as_good():
    assert WordIndex([["b"], ["a"], ["a"], ["a"]]).best(["a"], 2) == [1, 2]


def test_a_rare_word_counts_more_than_a_frequent_one():
    assert WordIndex([["a", "b"], ["a", "c"], ["a", "d"]]).best(["a", "d"], 1) == [2]


def test_length_counts_as_much_as_is_said():
    long_first = [["a", "b", "c", "d"], ["a", "e"]]
    assert WordIndex(long_first).best(["a"], 1) == [1]
    assert WordIndex(long_first, b=0).best(["a"], 1) == [0]


def test_repetition_counts_as_much_as_is_said():
    once_first = [["a", "b"], ["a", "a"]]
    assert WordIndex(once_first).best(["a"], 1) == [1]
    assert WordIndex(once_first, k1=0).best(["a"], 1) == [0]


def test_nothing_to_find():
    assert (
        WordIndex([]).best(["a"], 3) == WordIndex([[]]).best(["a"], 3) == WordIndex([["a"]]).best([], 3) == []
    )
