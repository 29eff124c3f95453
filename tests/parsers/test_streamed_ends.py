"""How a streamed answer ends: `on_parser_end` has the final value, and what is cut off is an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from eventflow import subscribe
from eventflow.errors import JsonTruncatedError, OutputParserException
from eventflow.jsonstream import JsonStream
from eventflow.messages import AIMessageChunk, merge_chunks, message_chunk_to_message, tool_call_chunk
from eventflow.models import ScriptedChatModel
from eventflow.parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    JsonOutputToolsParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from parsers.cuts import cuts_of


class Add(BaseModel):
    a: list[int] = []
    b: str = ""


async def told(chain: Any) -> tuple[list[Any], Any, list[Any]]:
    """The chunks, the output and the chunks of the chain, as async and sync event streams and the bus have them."""
    ways = [[e async for e in chain.astream_events("")], [*chain.stream_events("")]]
    heard: list[Any] = []
    with subscribe(heard.append):
        list(chain.stream(""))
    found = [
        (
            [e["data"]["chunk"] for e in events if e["event"] == "on_parser_stream"],
            [e["data"]["output"] for e in events if e["event"] == "on_parser_end"],
            [e["data"]["output"] for e in events if e["event"] == "on_chain_end" and not e["parent_ids"]],
        )
        for events in (*ways, heard)
    ]
    chunks, [output], [whole] = found[0]
    assert found == [(chunks, [output], [whole])] * 3
    assert repr(whole) == repr(output)
    return chunks, output, [*chain.stream("")]


@pytest.mark.parametrize(
    ("pieces", "chunks"),
    [
        (["[1", ", 2", "3]"], [[1], [1, 2], [1, 23]]),
        (["1", "2", ".5"], [1, 12, 12.5]),
        (['"he', "llo", '"'], ["he", "hello"]),
        (["tr", "ue"], [True]),
        (['{"a": [1', "], ", '"b": "x', '"}'], [{"a": [1]}, {"a": [1], "b": "x"}]),
    ],
)
async def test_the_output_is_the_last_chunk(pieces, chunks):
    seen, output, streamed = await told(ScriptedChatModel(pieces, loop=True) | JsonOutputParser())
    assert seen == streamed == chunks
    assert output == chunks[-1] == json.loads("".join(pieces))


def call_in(*pieces: str) -> list[Any]:
    return [
        {"name": "Add", "id": "1", "args": "", "index": 0},
        *({"args": text, "index": 0} for text in pieces),
    ]


@pytest.mark.parametrize(
    ("parser", "whole"),
    [
        (JsonOutputToolsParser(), [{"type": "Add", "args": {"a": [1, 23], "b": "xy"}}]),
        (JsonOutputKeyToolsParser(key_name="Add", first_tool_only=True), {"a": [1, 23], "b": "xy"}),
        (PydanticToolsParser(tools=[Add]), [Add(a=[1, 23], b="xy")]),
        (PydanticToolsParser(tools=[Add], first_tool_only=True, partial=True), Add(a=[1, 23], b="xy")),
    ],
)
async def test_a_call_that_comes_in_pieces_is_one_call(parser, whole):
    pieces = ['{"a": [1, 2', '3], "b', '": "x', 'y"', "}"]
    chunks, output, streamed = await told(ScriptedChatModel(call_in(*pieces), loop=True) | parser)
    assert output == whole == chunks[-1] == streamed[-1]
    assert len(chunks) > 2
    assert chunks == streamed


CALL = '{"to": "alice", "amount": 100, "confirm": true}'


@given(st.integers(1, len(CALL) - 1), st.data())
def test_a_call_that_is_cut_off_is_never_a_call(end, data):
    cuts = data.draw(cuts_of(CALL[:end]))
    pieces = [
        tool_call_chunk(name="pay", id="1", index=0),
        *(tool_call_chunk(args=cut, index=0) for cut in cuts),
    ]
    chunks = [AIMessageChunk("", tool_call_chunks=[piece]) for piece in pieces]
    chunks.append(AIMessageChunk("", chunk_position="last"))
    whole = merge_chunks(chunks)
    for message in (whole, message_chunk_to_message(whole)):
        assert message.tool_calls == []
        [invalid] = message.invalid_tool_calls
        assert (invalid["name"], invalid["args"]) == ("pay", CALL[:end])
    for parser in (
        JsonOutputToolsParser(),
        JsonOutputKeyToolsParser("pay"),
        PydanticToolsParser(tools=[Add]),
    ):
        if parser.counts("pay"):
            with pytest.raises(OutputParserException):
                list(parser.transform(iter(chunks)))


@given(st.integers(1, len(CALL) - 1), st.data())
def test_a_value_that_is_cut_off_is_an_error(end, data):
    cuts = data.draw(cuts_of(CALL[:end]))
    stream = JsonStream()
    for cut in cuts:
        stream.feed(cut)
    before = stream.value
    with pytest.raises(JsonTruncatedError):
        stream.close()
    assert (stream.status, stream.value) == ("truncated", before)
    for parser in (JsonOutputParser(), PydanticOutputParser(pydantic_object=Add)):
        for options in (
            ({}, {"partial": True}) if isinstance(parser, PydanticOutputParser) else ({}, {"diff": True})
        ):
            with pytest.raises(OutputParserException, match="there is no complete JSON"):
                list(parser.model_copy(update=options).transform(iter(cuts)))


async def test_the_error_of_what_is_cut_off_is_told():
    chain = ScriptedChatModel(['{"a": 1', ', "b'], loop=True) | JsonOutputParser()
    events: list[Any] = []
    with subscribe(events.append, include_types=["parser"]), pytest.raises(OutputParserException):
        list(chain.stream(""))
    assert [e["event"] for e in events] == ["on_parser_start", "on_parser_stream", "on_parser_error"]
    assert events[1]["data"]["chunk"] == {"a": 1}


# ---- differences


async def test_compact_differences_give_no_text_twice():
    parser = JsonOutputParser(diff="compact")
    cuts = ['{"a', '": "x', "y", 'z", "b/~": [', "1", '2, {"c": "', 'd"}]}']
    found = list(parser.transform(iter(cuts)))
    assert found == [
        [{"op": "replace", "path": "", "value": {}}],
        [{"op": "add", "path": "/a", "value": "x"}],
        [{"op": "append", "path": "/a", "value": "y"}],
        [{"op": "append", "path": "/a", "value": "z"}, {"op": "add", "path": "/b~1~0", "value": []}],
        [{"op": "add", "path": "/b~1~0/0", "value": 1}],
        [
            {"op": "replace", "path": "/b~1~0/0", "value": 12},
            {"op": "add", "path": "/b~1~0/1", "value": {"c": ""}},
        ],
        [{"op": "append", "path": "/b~1~0/1/c", "value": "d"}],
    ]


def size_of(diff: Any, cuts: list[str]) -> int:
    return len(json.dumps([*JsonOutputParser(diff=diff).transform(iter(cuts))]))


def test_compact_differences_grow_with_the_text():
    def cuts(n: int) -> list[str]:
        return ['{"a": "', *["word "] * n, '"}']

    assert size_of("compact", cuts(200)) < 2.1 * size_of("compact", cuts(100))
    assert size_of(True, cuts(200)) > 3 * size_of(True, cuts(100))


def test_other_differences_are_refused():
    with pytest.raises(ValueError, match="compact"):
        JsonOutputParser(diff="short")
