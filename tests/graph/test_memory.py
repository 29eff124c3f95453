"""A run of very many events, read slowly, takes no more memory than one of some."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from typing_extensions import TypedDict

from eventflow import AIMessageChunk, ChatGenerationChunk, GenericFakeChatModel
from eventflow.graph import START, StateGraph, StreamWriter

LONG = settings().max_examples > 50
MANY = 1_000_000 if LONG else 8_000
SOME = 2_000
SLACK = 60_000 + MANY // 2
"""Bytes that two runs may differ by: what the collector has not come by yet, and the id of each answer of a thousand
words, by which it is known again. An event that is kept takes seventy or more."""
WORDS = 1_000
"""In one answer: that has to be there as a whole in the end."""
REST = 500
"""After so many parts the reader looks up, and the graph is as far ahead as it may be."""


class Count(TypedDict):
    n: int


class Talker(GenericFakeChatModel):
    """Says so many words each time."""

    async def _astream(self, *args: Any, **kwargs: Any) -> Any:
        for _ in range(WORDS):
            yield ChatGenerationChunk(message=AIMessageChunk(content="word "))


def writing(many: int) -> Any:
    """A graph whose node writes so many parts."""

    def node(state: Count, writer: StreamWriter) -> Count:
        for n in range(many):
            writer(n)
        return {"n": many}

    return StateGraph(Count).add_node(node).add_edge(START, "node").compile()


def awriting(many: int) -> Any:
    """The same, as a coroutine."""

    async def node(state: Count, writer: StreamWriter) -> Count:
        for n in range(many):
            writer(n)
            await writer.drain()
        return {"n": many}

    return StateGraph(Count).add_node(node).add_edge(START, "node").compile()


def talking(many: int) -> Any:
    """A graph that asks a model, step after step, until that has said so many words."""
    model = Talker(messages=iter(()))

    async def node(state: Count) -> Count:
        await model.ainvoke("hi")
        return {"n": state["n"] + WORDS}

    graph = StateGraph(Count).add_node(node).add_edge(START, "node")
    return graph.add_conditional_edges("node", lambda s: "node" if s["n"] < many else "__end__").compile()


def read(parts: Any) -> int:
    count = 0
    for _ in parts:
        count += 1
        if count % REST == 0:
            time.sleep(0)
    return count


def aread(parts: Any) -> int:
    async def main() -> int:
        count = 0
        async for _ in parts:
            count += 1
            if count % REST == 0:
                await asyncio.sleep(0)
        return count

    return asyncio.run(main())


WAYS: dict[str, Callable[[int], int]] = {
    "custom, sync": lambda many: read(writing(many).stream({"n": 0}, stream_mode="custom")),
    "custom, async": lambda many: aread(awriting(many).astream({"n": 0}, stream_mode="custom")),
    "messages, async": lambda many: aread(talking(many).astream({"n": 0}, stream_mode="messages")),
    "events, async": lambda many: aread(talking(many).astream_events({"n": 0}, version="v2")),
}


def peak(way: str, many: int) -> int:
    """The most bytes that a run of so many parts holds at once."""
    tracemalloc.start()
    try:
        assert WAYS[way](many) >= many
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("way", WAYS)
def test_very_many_events_take_no_more_memory_than_some(way: str) -> None:
    peak(way, SOME)  # what is made once
    assert peak(way, MANY) < peak(way, SOME) + SLACK
