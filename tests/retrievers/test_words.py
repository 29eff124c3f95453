"""Words of texts in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.retrievers.words import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("!?", []),
        ("The OWL's nest, 2nd", ["the", "owl", "s", "nest", "2nd"]),
        ("snake_case", ["snake_case"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("e\u0301te\u0301 été", ["été", "été"]),
        ("\ufb01ve \uff15", ["five", "5"]),
        ("naïve Ελλάδα Москва", ["naïve", "ελλάδα", "москва"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("猫", ["猫"]),
        ("东京。都", ["东", "东京", "京", "都"]),
        ("GPT模型", ["gpt", "模", "模型", "型"]),
        ("ไทย", ["ไ", "ไท", "ท", "ทย", "ย"]),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


@given(st.text())
def test_nothing_that_is_no_word(text):
    assert all(word and not any(character.isspace() for character in word) for word in words_of(text))


@given(st.text(), st.text())
def test_a_break_separates(one, other):
    assert words_of(f"{one}\n{other}") == words_of(one) + words_of(other)
