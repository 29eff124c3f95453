"""What holds for every reply: streamed or whole it is the same, and without its end it is none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("anthropic")

import anthropic

from adapters.anthropic.replies import (
    CASES,
    FOUND,
    Messages,
    call,
    cited,
    end,
    redacted,
    said,
    searched,
    thought,
)
from adapters.anthropic.replies import start as started
from adapters.serving import Reply, serving
from eventflow import HumanMessage, ToolMessage, merge_chunks, message_chunk_to_message
from eventflow_anthropic import ChatAnthropic
from eventflow_anthropic.requests import to_conversation

PIECES = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4)
INPUTS = st.dictionaries(st.text(max_size=3), st.one_of(st.integers(), st.text(max_size=3)), max_size=2)


def in_pieces(text, size):
    return [text[place : place + size] for place in range(0, len(text), size)]


BLOCKS = st.one_of(
    PIECES.map(lambda pieces: lambda index: said(index, *pieces)),
    PIECES.map(lambda pieces: lambda index: cited(index, *pieces)),
    PIECES.map(lambda pieces: lambda index: thought(index, *pieces)),
    st.just(redacted),
    st.just(lambda index: searched(index, FOUND)),
    st.tuples(INPUTS, st.integers(1, 9), st.sampled_from(["tool_use", "server_tool_use"])).map(
        lambda made: (
            lambda index: call(
                index, "look", *in_pieces(json.dumps(made[0]), made[1]), id=f"id_{index}", kind=made[2]
            )
        )
    ),
)


@st.composite
def replies(draw):
    """All the events of a reply, with up to five blocks."""
    blocks = draw(st.lists(BLOCKS, max_size=5))
    events = [event for index, block in enumerate(blocks) for event in block(index)]
    return [started(), *events, *end(draw(st.sampled_from(["end_turn", "tool_use", "max_tokens"])))]


@pytest.fixture(scope="module")
def asked():
    with serving(Messages()) as server:
        model = ChatAnthropic(model="claude-x", max_tokens=9, base_url=server.url, api_key="k", max_retries=0)
        yield server, model
        model.close()


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def told(message):
    """What a message says; of calls that were cut off, which they are."""
    cut = [(call["name"], call["id"]) for call in message.invalid_tool_calls]
    return {**message.model_dump(exclude={"invalid_tool_calls"}), "cut": cut}


@settings(max_examples=40, deadline=None)
@given(events=replies())
def test_streamed_or_whole_it_is_the_same(asked, events):
    server, model = asked
    server.says(events)
    chunks = list(model.stream("hi"))
    assert told(message_chunk_to_message(merge_chunks(chunks))) == told(model.invoke("hi"))
    assert [one.chunk_position for one in chunks].count("last") == 1
    assert [one.usage_metadata is not None for one in chunks].count(True) == 1


@settings(max_examples=40, deadline=None)
@given(events=replies())
def test_it_can_be_sent_back_as_it_was(asked, events):
    server, model = asked
    server.says(events)
    answer = model.invoke("hi")
    results = [
        ToolMessage("x", tool_call_id=call["id"]) for call in [*answer.tool_calls, *answer.invalid_tool_calls]
    ]
    turns = to_conversation([HumanMessage("hi"), answer, *results, HumanMessage("and?")])["messages"]
    sent = [block for turn in turns if turn["role"] == "assistant" for block in blocks_of(turn["content"])]
    whole = server.wire.whole("/v1/messages", events)["content"]
    given = [{key: value for key, value in block.items() if value is not None} for block in whole]
    assert sent == [block for block in given if block["type"] != "text" or block["text"].strip()]


@pytest.mark.parametrize("how", ["cut", "stop"])
@pytest.mark.parametrize("case", ["text", "thinking and a call", "a search of the server"])
def test_without_its_end_it_is_no_reply(case, how, asked):
    server, model = asked
    for number in range(len(CASES[case])):
        server.says(Reply(CASES[case], **{how: number}))
        with pytest.raises(anthropic.APIConnectionError):
            model.invoke("hi", stream=True)
