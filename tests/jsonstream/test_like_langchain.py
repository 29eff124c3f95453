"""The values are LangChain's, but for what it loses."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.jsonstream import JsonStream
from jsonstream.spelling import chunks_between, documents, same, spelled, values

json_utils = pytest.importorskip("langchain_core.utils.json")
parsers = pytest.importorskip("langchain_core.output_parsers")

HALF_ESCAPE = re.compile(r"(?:[^\\]|\A)(?:\\\\)*\\u[0-9a-fA-F]{0,3}\Z")
HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\?\Z")


def theirs(text):
    try:
        return json_utils.parse_partial_json(text)
    except json.JSONDecodeError:
        return None


def ours(text):
    stream = JsonStream()
    stream.feed(text)
    return stream.value


@given(documents, st.data())
def test_every_beginning_has_langchains_value(text, data):
    beginning = text[: data.draw(st.integers(0, len(text)))]
    if HALF_ESCAPE.search(beginning) or HALF_PAIR.search(beginning):
        assert len(repr(ours(beginning))) >= 2  # and the next two tests say what is different
    else:
        assert same(ours(beginning), theirs(beginning))


@pytest.mark.parametrize("escape", ["\\u", "\\u0", "\\u00", "\\u00e", "\\ud83d\\u", "\\ud83d\\ude0"])
def test_half_an_escape_does_not_hide_the_string(escape):
    text = '{"a": "b' + escape
    assert (ours(text), theirs(text)) == ({"a": "b"}, {})


@pytest.mark.parametrize("escape", ["\\ud83d", "\\ud83d\\"])
def test_half_a_surrogate_pair_is_held_back(escape):
    text = '{"a": "b' + escape
    assert (ours(text), theirs(text)) == ({"a": "b"}, {"a": "b\ud83d"})


plain = st.text(st.characters(codec="ascii", exclude_characters="`\\\x7f", min_codepoint=32), max_size=8)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain, inner, max_size=4),
)


@given(trees, st.sampled_from([None, 2]), st.data())
def test_the_stream_of_values_is_that_of_its_parser(value, indent, data):
    text = json.dumps(value, indent=indent)
    chunks = chunks_between(text, data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    stream = JsonStream(find="fenced")
    updates = [stream.feed(chunk) for chunk in chunks]
    seen = [update.value for update in updates if update and update.changed and update.value is not None]
    assert seen == list(parsers.JsonOutputParser().transform(iter(chunks)))


@given(
    values.flatmap(spelled), st.sampled_from(["```json\n{}\n```", "{} and text", "Here:\n```\n{}\n```\nbye"])
)
def test_whole_answers_have_its_value(text, around):
    answer = around.replace("{}", '{"key": ' + text + "}")
    stream = JsonStream(find="fenced")
    stream.feed(answer)
    assert same(stream.value, {"key": json.loads(text)})
    if "`" not in text:
        assert same(stream.value, json_utils.parse_json_markdown(answer))
