"""The text of messages, chunk by chunk, and the parsers that are derived from that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import AIMessage, AIMessageChunk, HumanMessage
from eventflow.models import GenericFakeChatModel, ScriptedChatModel
from eventflow.parsers import StrOutputParser

BLOCKS = AIMessageChunk(["a", {"type": "text", "text": "b"}, {"type": "image"}])


@pytest.mark.parametrize(
    ("input", "text"),
    [("a", "a"), (AIMessage("a"), "a"), (HumanMessage("a"), "a"), (BLOCKS, "ab"), (AIMessageChunk(""), "")],
)
async def test_text_of(input, text):
    parser = StrOutputParser()
    assert parser.invoke(input) == await parser.ainvoke(input) == text
    assert list(parser.stream(input)) == [chunk async for chunk in parser.astream(input)] == [text]


async def test_chunks_of_all_kinds():
    chunks = ["a", AIMessageChunk("b"), AIMessage("c"), BLOCKS, AIMessageChunk("d") + AIMessageChunk("e")]

    async def achunks():
        for chunk in chunks:
            yield chunk

    expected = ["a", "b", "c", "ab", "de"]
    assert list(StrOutputParser().transform(iter(chunks))) == expected
    assert [text async for text in StrOutputParser().atransform(achunks())] == expected


@pytest.mark.parametrize("input", [5, None, [HumanMessage("a")]])
def test_other_input_is_refused(input):
    with pytest.raises(ValueError, match="takes text or a message"):
        StrOutputParser().invoke(input)
    with pytest.raises(ValueError, match="takes text or a message"):
        list(StrOutputParser().transform(iter([input])))


@given(text=st.text(max_size=12), size=st.integers(1, 5))
async def test_a_chain_gives_the_text_however_it_is_cut(text, size):
    chain = ScriptedChatModel.from_text(text, chunk_size=size, loop=True) | StrOutputParser()
    assert chain.invoke("x") == await chain.ainvoke("x") == text
    assert "".join(chain.stream("x")) == text
    assert "".join([chunk async for chunk in chain.astream("x")]) == text


async def test_each_token_is_told_by_model_parser_and_chain():
    chain = GenericFakeChatModel(messages=iter(["a b"])) | StrOutputParser()
    events = [event async for event in chain.astream_events("x", version="v2")]
    kinds = [event["event"].removeprefix("on_") for event in events]
    token = ["chat_model_stream", "parser_stream", "chain_stream"]
    assert kinds == [
        "chain_start",
        "chat_model_start",
        "chat_model_stream",
        "parser_start",
        *token[1:],
        *token,
        *token,
        "chat_model_end",
        "parser_end",
        "chain_end",
    ]
    assert [e["data"] for e in events if e["event"] == "on_parser_start"] == [{}]
    assert [e["data"]["output"] for e in events if e["event"] in ("on_parser_end", "on_chain_end")] == [
        "a b"
    ] * 2


# ---- subclasses


class Upper(StrOutputParser):
    def parse(self, text):
        return text.upper()


class Counting(StrOutputParser):
    def _transform(self, input):
        for number, chunk in enumerate(input):
            yield f"{number}{chunk}"

    async def _atransform(self, input):
        number = 0
        async for chunk in input:
            yield f"{number}{chunk}"
            number += 1


async def test_a_subclass_that_parses_is_asked_for_each_chunk():
    async def chunks():
        yield "a"
        yield AIMessageChunk("b")

    assert Upper().invoke("a") == "A"
    assert list(Upper().transform(iter(["a", AIMessageChunk("b")]))) == ["A", "B"]
    assert [text async for text in Upper().atransform(chunks())] == ["A", "B"]


async def test_a_subclass_may_transform_the_stream():
    async def chunks():
        yield "a"
        yield "b"

    assert list(Counting().transform(iter(["a", "b"]))) == ["0a", "1b"]
    assert [text async for text in Counting().atransform(chunks())] == ["0a", "1b"]


class Wrapped(Upper):
    pass


def test_what_is_derived_from_a_subclass_keeps_its_ways():
    assert list(Wrapped().transform(iter(["a"]))) == ["A"]
