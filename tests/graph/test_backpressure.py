"""The graph is never further ahead than the buffer of the one who reads it."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import TypedDict

from eventflow import AIMessageChunk, ChatGenerationChunk, GenericFakeChatModel
from eventflow.graph import START, StateGraph, StreamWriter, push_token

SOME = 2_000
SLACK = 3
"""Events that are under way when a buffer is full."""


class Count(TypedDict):
    n: int


def compiled(node: Any) -> Any:
    return StateGraph(Count).add_node("node", node).add_edge(START, "node").compile()


class Producer:
    """Counts what it has made, so that a reader can see how far ahead it is."""

    def __init__(self, many: int) -> None:
        self.made = 0
        self.many = many

    def writes(self, state: Count, writer: StreamWriter) -> Any:
        for n in range(self.many):
            self.made = n + 1
            writer(n)
        return {"n": self.many}

    async def awrites(self, state: Count, writer: StreamWriter) -> Any:
        for n in range(self.many):
            self.made = n + 1
            writer(n)
            await writer.drain()
        return {"n": self.many}

    def pushes(self, state: Count) -> Any:
        for n in range(self.many):
            self.made = n + 1
            push_token(str(n))
        return {"n": self.many}

    def counts(self, state: Count) -> Any:
        self.made += 1
        return {"n": state["n"] + 1}

    def loop(self) -> Any:
        graph = StateGraph(Count).add_node("counts", self.counts).add_edge(START, "counts")
        graph.add_conditional_edges("counts", lambda state: "counts" if state["n"] < self.many else "__end__")
        return graph.compile()


def assert_bounded(producer: Producer, parts: Any, buffer: int) -> int:
    read = 0
    for _ in parts:
        read += 1
        assert producer.made <= read + buffer + SLACK
    return read


@pytest.mark.parametrize("buffer", [1, 7, 128])
def test_a_sync_node_waits_for_the_reader(buffer):
    producer = Producer(SOME)
    parts = compiled(producer.writes).stream({"n": 0}, stream_mode="custom", buffer=buffer)
    assert assert_bounded(producer, parts, buffer) == SOME


def test_pushed_tokens_wait_for_the_reader():
    producer = Producer(SOME)
    parts = compiled(producer.pushes).stream({"n": 0}, stream_mode="messages", buffer=5)
    assert assert_bounded(producer, parts, 5) == SOME


def test_steps_wait_for_the_reader():
    producer = Producer(SOME)
    parts = producer.loop().stream({"n": 0}, stream_mode="values", buffer=5)
    assert assert_bounded(producer, parts, 5) == SOME + 1


@pytest.mark.parametrize("mode", ["custom", "values", "updates", "events"])
async def test_async_streams_wait_for_the_reader(mode):
    producer = Producer(SOME)
    graph = compiled(producer.awrites) if mode == "custom" else producer.loop()
    read = 0
    async for _ in graph.astream({"n": 0}, stream_mode=mode, buffer=5):
        read += 1
        assert producer.made <= read + 5 + SLACK
    assert producer.made == SOME


async def test_a_sync_node_in_an_async_stream_waits_for_the_reader():
    producer = Producer(SOME)
    read = 0
    async for _ in compiled(producer.writes).astream({"n": 0}, stream_mode="custom", buffer=5):
        read += 1
        assert producer.made <= read + 5 + SLACK
    assert read == SOME


async def test_the_tokens_of_a_model_wait_for_the_reader():
    made: list[str] = []

    def words() -> Any:
        for n in range(SOME):
            made.append(str(n))
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{n} ", id="m"))

    class Slow(GenericFakeChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for word in words():
                yield word

    model = Slow(messages=iter(()))

    async def node(state: Count) -> Any:
        await model.ainvoke("hi")
        return {}

    read = 0
    async for _ in compiled(node).astream({"n": 0}, stream_mode="messages", buffer=5):
        read += 1
        assert len(made) <= read + 5 + SLACK
    assert read >= SOME
