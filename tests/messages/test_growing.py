"""Tool calls that are still being written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.jsonstream import JsonStream
from eventflow.messages import AIMessageChunk, tool_call_chunk
from eventflow.messages.growing import GrowingCalls
from eventflow.parsers import JsonOutputToolsParser


def texts(calls):
    return [(call.name, call.id, call.args) for call in calls.calls]


def test_pieces_of_one_call():
    calls = GrowingCalls()
    pieces = [
        tool_call_chunk(name="ad", id="1", index=0),
        tool_call_chunk(name="d", args="{", index=0),
        tool_call_chunk(args='"a": 1', id="1", index=0),
        tool_call_chunk(args='2, "b', index=0),
        tool_call_chunk(args='": "x"}', index=0),
    ]
    seen = [calls.add(piece)[1] for piece in pieces]
    assert seen == [True, True, True, True, True]
    assert texts(calls) == [("add", "1", {"a": 12, "b": "x"})]


def test_only_what_can_be_seen_counts():
    calls = GrowingCalls()
    call, is_new = calls.add(tool_call_chunk(name="f", index=0))
    assert is_new
    assert call.call == {"name": "f", "args": {}, "id": None, "type": "tool_call"}
    for text in ("", "{", ' "a', '": t', "ru"):
        assert calls.add(tool_call_chunk(args=text, index=0)) == (call, False)
    assert calls.add(tool_call_chunk(args="e", index=0)) == (call, True)


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ({"index": 0}, 1),
        ({"index": 0, "id": "1"}, 1),
        ({"index": 0, "id": "2"}, 2),
        ({"index": 1}, 2),
        ({"index": None}, 2),
    ],
)
def test_which_pieces_belong_together(second, count):
    pieces = [
        tool_call_chunk(name="f", args="{", id="1", index=0),
        tool_call_chunk(name="", args="}", **second),
    ]
    calls = GrowingCalls()
    for piece in pieces:
        calls.add(piece)
    assert len(calls.calls) == count
    whole = AIMessageChunk("", tool_call_chunks=pieces[:1]) + AIMessageChunk("", tool_call_chunks=pieces[1:])
    assert len(whole.tool_call_chunks) == count


@pytest.mark.parametrize("text", ["[1", '"a"', "{'a'", '{"a" 1', "{}}"])
def test_what_is_no_object(text):
    calls = GrowingCalls()
    call, _ = calls.add(tool_call_chunk(name="f", args=text, index=0))
    assert not call.is_readable
    assert call.error
    assert calls.add(tool_call_chunk(args=text, index=0)) == (call, False)


PIECES = st.lists(
    st.builds(
        tool_call_chunk,
        name=st.none() | st.sampled_from("fg"),
        args=st.none() | st.sampled_from(["{", '"a": ', "1", "2", ', "b": "x', '"}']),
        id=st.none() | st.sampled_from("12"),
        index=st.none() | st.integers(0, 1),
    ),
    max_size=8,
)


@given(PIECES)
def test_they_are_the_calls_of_the_sum(pieces):
    calls, whole = GrowingCalls(), AIMessageChunk("")
    for piece in pieces:
        calls.add(piece)
        whole += AIMessageChunk("", tool_call_chunks=[piece])
        assert [(c.name, c.id) for c in calls.calls] == [
            (c["name"] or "", c["id"]) for c in whole.tool_call_chunks
        ]
        assert all(c.call in whole.tool_calls for c in calls.calls if c.is_readable)


def test_each_character_is_read_once(monkeypatch):
    fed = []
    feed = JsonStream.feed
    monkeypatch.setattr(JsonStream, "feed", lambda self, text: fed.append(len(text)) or feed(self, text))
    text = json.dumps({"a": [*range(100)]})
    chunks = [AIMessageChunk("", tool_call_chunks=[tool_call_chunk(name="f", index=0)])]
    chunks += [AIMessageChunk("", tool_call_chunks=[tool_call_chunk(args=char, index=0)]) for char in text]
    list(JsonOutputToolsParser().transform(iter(chunks)))
    assert sum(fed) == len(text)
