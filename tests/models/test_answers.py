"""From what hooks give to what callers get, piece by piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGenerationChunk,
    ChatMessageChunk,
    ChatPromptValue,
    HumanMessage,
)
from eventflow.models import ScriptedChatModel, agenerate_from_stream, generate_from_stream
from eventflow.models.answers import as_messages, closing_chunk, marker
from eventflow.runs import Run


def piece(text, info=None, **fields):
    return ChatGenerationChunk(AIMessageChunk(text, **fields), info)


# ---- input


@pytest.mark.parametrize(
    "input",
    [
        "hi",
        ["hi"],
        [("human", "hi")],
        [{"role": "user", "content": "hi"}],
        ChatPromptValue([HumanMessage("hi")]),
    ],
)
def test_what_stands_for_messages(input):
    assert as_messages(input) == [HumanMessage("hi")]


def test_the_list_is_a_new_one():
    given = [HumanMessage("hi")]
    assert as_messages(given) is not given


@pytest.mark.parametrize("input", [5, None, {"a": 1}, b"hi", {"hi"}])
def test_other_input_is_refused(input):
    with pytest.raises(ValueError, match=f"not {type(input).__name__}"):
        as_messages(input)


# ---- chunks


def test_the_info_of_a_generation_is_metadata_of_its_message():
    mark = marker(Run(ScriptedChatModel(["a"])))
    message = mark(piece("a", {"finish": "stop", "model": "x"}, response_metadata={"model": "y"}))
    assert message.response_metadata == {"finish": "stop", "model": "y"}


@pytest.mark.parametrize(
    ("last", "content"), [(AIMessageChunk("a", id="1"), ""), (AIMessageChunk([{"type": "text"}], id="1"), [])]
)
def test_the_closing_chunk_adds_nothing_but_the_end(last, content):
    closing = closing_chunk(last, None)
    assert (closing.content, closing.id, closing.chunk_position) == (content, "1", "last")
    assert (last + closing).content == last.content


@pytest.mark.parametrize(
    "last", [AIMessageChunk("a", chunk_position="last"), ChatMessageChunk("a", role="critic")]
)
def test_no_closing_chunk_where_the_end_is_marked_or_cannot_be(last):
    assert closing_chunk(last, None) is None


# ---- sums


@given(texts=st.lists(st.text(max_size=4), min_size=1, max_size=8))
async def test_sums_of_streams(texts):
    async def stream():
        for text in texts:
            yield piece(text)

    whole = generate_from_stream(piece(text) for text in texts)
    assert whole == await agenerate_from_stream(stream())
    assert whole.generations[0].message == AIMessage("".join(texts))


def test_infos_are_merged():
    whole = generate_from_stream(iter([piece("a", {"x": 1}), piece("b"), piece("c", {"y": "2"})]))
    assert whole.generations[0].generation_info == {"x": 1, "y": "2"}


def test_no_info_is_none():
    assert generate_from_stream(iter([piece("a")])).generations[0].generation_info is None


def test_an_empty_stream_has_no_sum():
    with pytest.raises(ModelError, match="No generation chunks were returned"):
        generate_from_stream(iter([]))
