"""Messages of a handle: pieces, wholes, and what is known while they are being written."""

import gc
import weakref
from typing import Any

import pytest

from eventflow import AIMessage, AIMessageChunk, RunnableLambda
from runnables.test_handle import Talker, listed

CALL = {"name": "add", "args": '{"a"', "id": "c1", "index": 0, "type": "tool_call_chunk"}
REST = {"name": None, "args": ": 1}", "id": None, "index": 0, "type": "tool_call_chunk"}
USAGE: Any = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


def caller():
    """Its last chunk says that it is the last, and carries the end of a tool call."""
    return Talker(
        pieces=[
            AIMessageChunk("", id="p1", tool_call_chunks=[CALL]),
            AIMessageChunk("", id="p1", tool_call_chunks=[REST], usage_metadata=USAGE, chunk_position="last"),
        ]
    )


def thinker():
    return Talker(
        pieces=[
            AIMessageChunk([{"type": "reasoning", "reasoning": "Hm", "index": 0}]),
            AIMessageChunk([{"type": "reasoning", "reasoning": "m.", "index": 0}]),
            AIMessageChunk([{"type": "text", "text": "Yes", "index": 1}]),
        ]
    )


async def both(model):
    (message,) = model.stream_events("x", version="v3").messages
    (amessage,) = await listed(model.astream_events("x", version="v3").messages)
    return message, amessage


async def test_tool_calls():
    message, amessage = await both(caller())
    expected = [{"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}]
    assert [piece["args"] for piece in message.tool_calls] == ['{"a"', ": 1}"]
    assert await listed(amessage.tool_calls) == list(message.tool_calls)
    assert message.tool_calls.get() == await amessage.tool_calls == expected
    assert message.usage == await amessage.usage == USAGE
    assert (message.output.id, (await amessage.output).id, message.message_id) == ("p1", "p1", "p1")
    assert message.output.invalid_tool_calls == []


async def test_reasoning():
    message, amessage = await both(thinker())
    assert list(message.reasoning) == await listed(amessage.reasoning) == ["Hm", "m."]
    assert message.reasoning.get() == await amessage.reasoning == "Hmm."
    assert list(message.text) == await listed(amessage.text) == ["Yes"]
    assert str(message.text) == await amessage.text == "Yes"


async def test_the_output_is_what_the_run_gives():
    for model in (caller(), thinker(), Talker(pieces=[AIMessageChunk("a", response_metadata={"m": 1})])):
        run, arun = model.stream_events("x", version="v3"), model.astream_events("x", version="v3")
        assert [message.output for message in run.messages] == [run.output]
        assert [await message for message in await listed(arun.messages)] == [await arun.output]


async def test_the_output_is_the_message_and_chunks_are_chunks():
    message, amessage = await both(Talker(pieces=[AIMessageChunk("a", id="m"), AIMessageChunk("b")]))
    assert type(message.output) is type(await amessage) is AIMessage
    assert message.output == await amessage.output
    assert (
        [chunk.text for chunk in message][:2]
        == [chunk.text for chunk in await listed(amessage)][:2]
        == ["a", "b"]
    )


def test_what_is_known_without_waiting():
    model = Talker(pieces=[AIMessageChunk("a", id="m"), AIMessageChunk("b")])
    run = model.stream_events("x", version="v3")
    message = next(iter(run.messages))
    assert (message.done, message.output_message, message.message_id, message.node) == (
        False,
        None,
        "m",
        None,
    )
    assert repr(message) == "<ChatModelStream 'a' …>"
    assert message.namespace == ()
    assert message.text.get() == "ab"
    assert (message.done, message.output_message) == (True, message.output)
    assert repr(message) == "<ChatModelStream 'ab'>"


async def test_a_message_that_was_not_streamed_is_its_only_piece():
    quiet = Talker(pieces=[], disable_streaming=True)
    message, amessage = await both(RunnableLambda(quiet.invoke, quiet.ainvoke))
    assert list(message.text) == await listed(amessage.text) == ["whole"]
    assert message.output.id == (await amessage).id == "whole"


async def test_a_model_that_fails():
    broken = Talker(pieces=[AIMessageChunk("a")], fails=True)
    run = broken.with_fallbacks([Talker(pieces=[AIMessageChunk("b")])]).stream_events("x", version="v3")
    first = next(iter(run.messages))
    seen = []
    with pytest.raises(ValueError, match="no more"):
        seen.extend(first.text)
    assert seen == ["a"]
    with pytest.raises(ValueError, match="no more"):
        _ = first.output
    run.abort()


async def test_a_model_that_is_left_is_no_error():
    model = Talker(pieces=[AIMessageChunk("a"), AIMessageChunk("b")])

    def first(x):
        stream = model.stream(x)
        try:
            return next(stream).text
        finally:
            stream.close()

    run = RunnableLambda(first).stream_events("x", version="v3")
    (message,) = run.messages
    assert (list(message.text), message.output.text, run.output) == (["a"], "a", "a")


async def test_a_message_that_is_cut_off_by_abort():
    model = Talker(pieces=[AIMessageChunk("a"), AIMessageChunk("b")])
    run = model.stream_events("x", version="v3")
    message = next(iter(run.messages))
    run.abort()
    assert (list(message.text), message.output.text, message.done) == (["a"], "a", True)


def test_several_models_one_after_the_other():
    one, two = (Talker(pieces=[AIMessageChunk(text)]) for text in "ab")
    run = (one | (lambda message: message.text) | two).stream_events("x", version="v3")
    assert [str(message.text) for message in run.messages] == ["a", "b"]
    assert [str(message.text) for message in run.messages] == ["a", "b"]


def test_an_error_that_was_read_holds_nothing():
    """Not even where the run goes on, or could: nobody has read it to its end."""

    def read(run: Any) -> Any:
        with pytest.raises(ValueError, match="no more"):
            list(next(iter(run.messages)).text)
        return weakref.ref(run._span.log)

    broken, other = Talker(pieces=[AIMessageChunk("a")], fails=True), Talker(pieces=[AIMessageChunk("b")])

    def rescued(x):
        try:
            broken.invoke("x")
        except ValueError as error:
            yield str(error)
            yield other.invoke("x").text

    for runnable in (broken, RunnableLambda(rescued)):
        log = read(runnable.stream_events("x", version="v3"))
        gc.collect()
        assert log() is None
