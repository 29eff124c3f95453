"""Fakes by LangChain's names, where they differ from LangChain's; the rest is in test_like_langchain."""

import asyncio
import threading

import pytest

from eventflow.bus import listen
from eventflow.errors import ModelError
from eventflow.messages import AIMessage, HumanMessage
from eventflow.models import (
    FakeChatModel,
    FakeListChatModel,
    FakeListChatModelError,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)

CALL = {"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}


async def read(chunks, heard):
    """Take note of what comes, as far as it comes."""
    async for chunk in chunks:
        heard.append(chunk.content)
    return heard


async def test_generic_says_its_messages_in_order():
    model = GenericFakeChatModel(messages=iter(["a b", AIMessage("c"), "d e", "f"]))
    assert [chunk.text for chunk in model.stream("x")] == ["a", " ", "b"]
    assert model.invoke("x").text == "c"
    assert await read(model.astream("x"), []) == ["d", " ", "e"]
    assert (await model.ainvoke("x")).text == "f"
    with pytest.raises(ModelError, match="nothing more to say"):
        model.invoke("x")


def test_generic_streams_tool_calls():
    chunks = list(GenericFakeChatModel(messages=iter([AIMessage("", tool_calls=[CALL])])).stream("x"))
    assert (chunks[0] + chunks[1:]).tool_calls == [CALL]


async def test_generic_needs_no_thread():
    class Where(GenericFakeChatModel):
        def _next(self):
            return AIMessage(threading.current_thread().name)

    model = Where(messages=iter([]))
    here = threading.current_thread().name
    assert (await model.ainvoke("x")).text == here
    assert "".join(await read(model.astream("x"), [])) == here


async def test_list_says_its_responses_again_and_again():
    model = FakeListChatModel(responses=["ab", "c"])
    assert [chunk.text for chunk in model.stream("x")] == ["a", "b"]
    assert await read(model.astream("x"), []) == ["c"]
    assert (await model.ainvoke("x")).text == "ab"
    assert [m.text for m in await model.abatch(["x", "y"], [{}, {"tags": ["t"]}])] == ["c", "ab"]


def test_list_streams_an_empty_response():
    assert [chunk.text for chunk in FakeListChatModel(responses=[""]).stream("x")] == [""]


async def test_list_raises_where_it_was_told_to():
    model = FakeListChatModel(responses=["abc"], error_on_chunk_number=1)
    heard = []
    with pytest.raises(FakeListChatModelError, match="chunk 1"):
        heard.extend(chunk.text for chunk in model.stream("x"))
    with pytest.raises(FakeListChatModelError, match="chunk 1"):
        await read(model.astream("x"), heard)
    assert heard == ["a", "a"]


async def test_list_raises_in_one_piece_as_in_chunks():
    model = FakeListChatModel(responses=["abc", "x"], error_on_chunk_number=1)
    with pytest.raises(FakeListChatModelError, match="chunk 1"):
        model.invoke("x")
    assert (await model.ainvoke("x")).text == "x"
    with pytest.raises(FakeListChatModelError, match="chunk 1"):
        await model.ainvoke("x")
    with listen(), pytest.raises(FakeListChatModelError, match="chunk 1"):
        FakeListChatModel(responses=["abc"], error_on_chunk_number=1).invoke("x")


@pytest.mark.parametrize(
    "model",
    [
        FakeListChatModel(responses=["ab"], sleep=0),
        FakeMessagesListChatModel(responses=[AIMessage("ab")], sleep=0),
    ],
)
async def test_sleep_lets_others_run(model):
    ran = []

    async def other():
        ran.append("other")

    task = asyncio.ensure_future(other())
    assert (await model.ainvoke("x")).text == model.invoke("x").text == "ab"
    assert ran == ["other"]
    assert "".join(await read(model.astream("x"), [])) == "".join(c.text for c in model.stream("x")) == "ab"
    await task


def test_messages_list_gives_each_run_an_id_of_its_own():
    model = FakeMessagesListChatModel(responses=[AIMessage("a")])
    assert model.invoke("x").id != model.invoke("x").id


async def test_fixed_and_parrot():
    assert (await FakeChatModel().ainvoke("x")).text == "fake response"
    assert FakeChatModel()._llm_type == "fake-chat-model"
    assert FakeChatModel()._identifying_params == {"key": "fake"}
    assert await ParrotFakeChatModel().ainvoke([HumanMessage("a", id="1")]) == HumanMessage("a", id="1")
    with pytest.raises(ModelError, match="was given none"):
        ParrotFakeChatModel().invoke([])
