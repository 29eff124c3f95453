"""Parsers that work on streams: each chunk for itself, and all that has come so far."""

import json
import threading
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import listen
from eventflow.errors import OutputParserException
from eventflow.messages import AIMessage, AIMessageChunk
from eventflow.models import ScriptedChatModel
from eventflow.parsers import BaseCumulativeTransformOutputParser, BaseTransformOutputParser
from eventflow.runnables import RunnableGenerator, RunnableLambda


class Numbers(BaseCumulativeTransformOutputParser[list]):
    """Reads `1,2,3`: as far as it is certain while more may come, and strictly at the end."""

    def parse_result(self, result, *, partial=False):
        *certain, last = result[0].text.split(",")
        if partial:
            return [int(text) for text in certain] or None
        try:
            return [int(text) for text in (*certain, last)]
        except ValueError:
            raise OutputParserException("no numbers", llm_output=result[0].text) from None

    def parse(self, text):
        return [int(part) for part in text.split(",")]

    def _diff(self, prev, next):
        return [f"+{number}" for number in next[len(prev or []) :]]


class Prefix(BaseCumulativeTransformOutputParser[object]):
    """Reads JSON as soon as it is complete."""

    def parse_result(self, result, *, partial=False):
        try:
            return json.loads(result[0].text)
        except ValueError:
            if partial:
                return None
            raise OutputParserException("no JSON", llm_output=result[0].text) from None

    def parse(self, text):
        return json.loads(text)


async def stream_of(items):
    for item in items:
        yield item


async def results(parser, items):
    """What both halves give, which must be the same."""
    found = list(parser.transform(iter(items)))
    assert [value async for value in parser.atransform(stream_of(items))] == found
    return found


# ---- snapshots


async def test_each_result_is_what_has_come_so_far():
    assert await results(Numbers(), ["1", ",2", ",", "3"]) == [[1], [1, 2], [1, 2, 3]]


async def test_a_result_that_says_nothing_new_is_left_out():
    assert await results(Prefix(), ["1", " ", " "]) == [1]


async def test_falsy_results_count():
    assert await results(Prefix(), ["0"]) == [0]
    assert await results(Prefix(), ["nu", "ll"]) == [None]


async def test_the_last_result_is_the_result():
    """[1], [1, 2] is [1, 2] in the end: in streams, events, sums, and for the next step."""
    chain = ScriptedChatModel(["1,", "2,", "3"], loop=True) | Numbers()
    assert list(chain.stream("x")) == [[1], [1, 2], [1, 2, 3]]
    assert [value async for value in chain.astream("x")] == [[1], [1, 2], [1, 2, 3]]
    assert chain.invoke("x") == await chain.ainvoke("x") == [1, 2, 3]
    ends = [e async for e in chain.astream_events("x", version="v2") if e["event"].endswith("_end")]
    assert [e["data"]["output"] for e in ends if e["name"] != "ScriptedChatModel"] == [[1, 2, 3]] * 2


async def test_the_next_step_gets_the_last_result():
    seen = []
    chain = ScriptedChatModel(["1,", "2,", "3"], loop=True) | Numbers() | RunnableLambda(seen.append)
    list(chain.stream("x"))
    _ = [value async for value in chain.astream("x")]
    chain.invoke("x")
    assert seen == [[1, 2, 3]] * 3


def test_under_a_key_too():
    chain = ScriptedChatModel(["1,", "2"]) | {"numbers": Numbers()} | RunnableLambda(lambda d: d["numbers"])
    assert list(chain.stream("x")) == [[1, 2]]


@given(numbers=st.lists(st.integers(0, 99), min_size=1, max_size=8), size=st.integers(1, 5))
def test_a_stream_ends_as_invoke_however_the_text_is_cut(numbers, size):
    text = ",".join(map(str, numbers))
    chain = ScriptedChatModel.from_text(text, chunk_size=size, loop=True) | Numbers()
    *_, last = chain.stream("x")
    assert last == chain.invoke("x") == numbers


async def test_a_stream_ends_as_invoke_when_it_cannot_be_parsed():
    chain = ScriptedChatModel(["1,", "oops"], loop=True) | Numbers()
    heard = []
    for call in (lambda: chain.invoke("x"), lambda: heard.extend(chain.stream("x"))):
        with pytest.raises(OutputParserException, match="no numbers"):
            call()
    with pytest.raises(OutputParserException, match="no numbers"):
        _ = [value async for value in chain.astream("x")]
    assert heard == [[1]]


async def test_no_input_no_result():
    assert await results(Numbers(), []) == []


# ---- differences


async def test_differences_add_up():
    assert await results(Numbers(diff=True), ["1,", "2,", "3"]) == [["+1"], ["+2"], ["+3"]]
    chain = ScriptedChatModel(["1,", "2"]) | Numbers(diff=True)
    with listen(phases=["end"]) as events:
        list(chain.stream("x"))
    assert [e["data"]["output"] for e in events if e["event"] == "on_parser_end"] == [["+1", "+2"]]


def test_a_parser_without_differences_says_so():
    with pytest.raises(NotImplementedError, match="Prefix knows no differences"):
        list(Prefix(diff=True).stream("1"))


# ---- what it is fed with


@pytest.mark.parametrize(
    "items",
    [
        ["1,", "2"],
        [AIMessageChunk("1,"), AIMessageChunk("2")],
        [AIMessageChunk("1,"), "2"],
        ["1,", AIMessageChunk("2")],
        [AIMessage("1,2")],
    ],
)
async def test_text_and_messages_are_added_up(items):
    assert (await results(Numbers(), items))[-1] == [1, 2]


async def test_tool_calls_are_added_up():
    class Arguments(BaseCumulativeTransformOutputParser[dict]):
        def parse_result(self, result, *, partial=False):
            calls = result[0].message.tool_calls
            return calls[0]["args"] if calls else None

        def parse(self, text):
            raise NotImplementedError

    pieces = [
        {"name": "f", "args": '{"a": 1', "id": "1", "index": 0},
        {"name": None, "args": ', "b": 2}', "id": None, "index": 0},
    ]
    chunks = [AIMessageChunk("", tool_call_chunks=[piece]) for piece in pieces]
    assert await results(Arguments(), chunks) == [{"a": 1}, {"a": 1, "b": 2}]


class Growing(RunnableGenerator):
    """Gives text that replaces the text before."""

    def gives_snapshots(self, fed):
        return True


def grow(chunks):
    for _ in chunks:
        yield "1"
        yield "1,2"


async def agrow(chunks):
    async for _ in chunks:
        yield "1"
        yield "1,2"


async def test_snapshots_in_are_not_added_up():
    chain = Growing(grow, agrow) | Numbers()
    assert await results(chain, ["x"]) == [[1], [1, 2]]


# ---- chunk by chunk


class Lengths(BaseTransformOutputParser[int]):
    def parse(self, text):
        return len(text)


class Lines(BaseTransformOutputParser[str]):
    """Has a stream of its own, in sync code only."""

    def parse(self, text):
        return text

    def _transform(self, input):
        text = "".join(chunk if isinstance(chunk, str) else chunk.text for chunk in input)
        yield from text.split("\n")


async def test_each_chunk_for_itself():
    assert await results(Lengths(), ["a", AIMessageChunk("bb")]) == [1, 2]


async def test_snapshots_stay_snapshots():
    chain = Growing(grow, agrow) | Lengths() | RunnableLambda(lambda length: length)
    assert await results(chain, ["x"]) == [3]


async def test_a_sync_stream_works_in_async_code():
    assert await results(Lines(), ["a\nb", "b\nc"]) == ["a", "bb", "c"]


async def test_and_is_closed_when_left():
    closed = []

    class Closing(Lines):
        def _transform(self, input):
            try:
                yield from super()._transform(input)
            finally:
                closed.append(True)

    async with aclosing(Closing().atransform(stream_of(["a\nb"]))) as lines:
        assert await anext(lines) == "a"
    assert closed == [True]


async def test_an_async_stream_further_up_does_not_bypass_a_sync_one():
    class Both(Lines):
        async def _atransform(self, input):
            async for _ in input:
                yield "async"

    class Own(Both):
        def _transform(self, input):
            yield from ["own" for _ in input]

    assert [value async for value in Both().atransform(stream_of(["a"]))] == ["async"]
    assert [value async for value in Own().atransform(stream_of(["a"]))] == ["own"]


async def test_streams_are_parsed_inline():
    class Where(BaseTransformOutputParser[str]):
        def parse(self, text):
            return threading.current_thread().name

    here = threading.current_thread().name
    assert await results(Where(), ["a", "b"]) == [here, here]
