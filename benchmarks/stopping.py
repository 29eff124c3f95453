"""How soon the nodes of a graph are left when it is stopped: from the stop to the last `finally` block.

Nodes wait, in several places; the graph is stopped in every way that async code has, many times. Sync code is not
here: a thread cannot be stopped, so leaving a sync stream waits for the nodes that run.
"""

from __future__ import annotations

import asyncio
import operator
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

from typing_extensions import TypedDict

from benchmarks.measure import only_new_garbage
from eventflow import AIMessageChunk, BaseChatModel, ChatGenerationChunk, ChatResult
from eventflow.checkpoints import AsyncSqliteSaver
from eventflow.graph import START, Send, StateGraph, get_stream_writer

__all__ = ("LIMIT", "Stops", "stops")

LIMIT = 50.0
"""Milliseconds in which the last node has to be left."""


@dataclass
class Stops:
    """What the tries of one place, stopped in one way, took, in milliseconds."""

    place: str
    times: list[float] = field(default_factory=list[float])

    @property
    def median(self) -> float:
        """The time of most."""
        return statistics.median(self.times)

    @property
    def worst(self) -> float:
        """The longest time."""
        return max(self.times)


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


class Nodes:
    """Nodes that wait for ever, and the time when the last of them was left."""

    def __init__(self) -> None:
        self.entered = self.left = 0
        self.last = 0.0

    async def wait(self) -> None:
        self.entered += 1
        get_stream_writer()("waits")
        try:
            await asyncio.Event().wait()
        finally:
            self.left += 1
            self.last = time.perf_counter()

    async def node(self, state: Any) -> Any:
        await self.wait()


def one_node(nodes: Nodes) -> Any:
    return StateGraph(Log).add_node("node", nodes.node).add_edge("first", "node")


def hundred_at_once(nodes: Nodes) -> Any:
    sends = [Send("node", {}) for _ in range(100)]
    return (
        StateGraph(Log).add_node("node", nodes.node).add_conditional_edges("first", lambda _: sends, ["node"])
    )


def graph_in_graph(nodes: Nodes) -> Any:
    inner = StateGraph(Log).add_node("node", nodes.node).add_edge(START, "node").compile()
    middle = StateGraph(Log).add_node("inner", inner).add_edge(START, "inner").compile()
    return StateGraph(Log).add_node("middle", middle).add_edge("first", "middle")


def streaming_model(nodes: Nodes) -> Any:
    class Waiting(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "waiting"

        def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
            raise NotImplementedError

        async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
            yield ChatGenerationChunk(AIMessageChunk("a token"))
            await nodes.wait()

    model = Waiting()

    async def node(state: Log) -> Any:
        return {"log": [chunk.text async for chunk in model.astream("hi")]}

    return StateGraph(Log).add_node("node", node).add_edge("first", "node")


PLACES: dict[str, tuple[Callable[[Nodes], Any], int]] = {
    "a node": (one_node, 1),
    "100 tasks at once": (hundred_at_once, 100),
    "a graph in a graph in a graph": (graph_in_graph, 1),
    "a model that streams": (streaming_model, 1),
}
"""What makes the graph, and how many of its nodes wait."""

# ---- the ways: each reads until all wait, stops, and gives the time when it did

Reading = AsyncIterator[Any]


async def _all_wait(parts: Reading, count: int) -> None:
    async for _ in parts:
        count -= 1
        if not count:
            return


async def by_break(parts: Any, count: int) -> float:
    """The loop is left, and its stream is closed by `aclosing`."""
    async with aclosing(parts):
        await _all_wait(parts, count)
        return time.perf_counter()


async def by_error(parts: Any, count: int) -> float:
    """The body of the loop raises."""
    began = 0.0
    with suppress(ZeroDivisionError):
        async with aclosing(parts):
            await _all_wait(parts, count)
            began = time.perf_counter()
            raise ZeroDivisionError
    return began


async def by_cancel(parts: Any, count: int) -> float:
    """The task that reads is cancelled."""
    all_wait = asyncio.Event()

    async def read() -> None:
        await _all_wait(parts, count)
        all_wait.set()
        await _all_wait(parts, 1)

    reader = asyncio.ensure_future(read())
    await all_wait.wait()
    await asyncio.sleep(0)
    began = time.perf_counter()
    reader.cancel()
    with suppress(asyncio.CancelledError):
        await reader
    return began


async def by_dropping(parts: Any, count: int) -> float:
    """The loop is left, and nobody closes its stream: Python tells the loop that it was dropped."""
    await _all_wait(parts, count)
    return time.perf_counter()


Way = Callable[[Any, int], Awaitable[float]]

WAYS: dict[str, Way] = {
    "break": by_break,
    "an error in the loop": by_error,
    "cancelled": by_cancel,
    "dropped": by_dropping,
}


def stops(tries: int) -> list[Stops]:
    """Every place, stopped in every way so many times, in turns, with a checkpointer that writes to a file."""
    with tempfile.TemporaryDirectory() as folder, only_new_garbage():
        return asyncio.run(_stops(tries, os.path.join(folder, "threads.sqlite")))


async def _stops(tries: int, path: str) -> list[Stops]:
    results = [Stops(f"{place}, {way}") for place in PLACES for way in WAYS]
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        for number in range(tries):
            each = iter(results)
            for make, count in PLACES.values():
                for way in WAYS.values():
                    result, nodes = next(each), Nodes()
                    graph = make(nodes).add_node("first", _first).add_edge(START, "first")
                    compiled = graph.compile(checkpointer=saver)
                    result.times.append(await _stop(compiled, f"{result.place} {number}", way, count, nodes))
    return results


def _first(state: Log) -> Any:
    return {"log": ["first"]}


async def _stop(graph: Any, thread: str, way: Way, count: int, nodes: Nodes) -> float:
    """Milliseconds from the stop to the last `finally`; what ran, and what is kept, is checked."""
    config: Any = {"configurable": {"thread_id": thread}}
    stream = graph.astream({"log": []}, config, stream_mode="custom", subgraphs=True)
    stopping = way(stream, count)
    del stream  # one of the ways is that nobody has it any more
    began = await stopping
    del stopping
    while nodes.left < count or len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110  # the way that nobody waits for
        await asyncio.sleep(0)
    assert nodes.entered == nodes.left == count
    state = await graph.aget_state(config)
    assert state.values == {"log": ["first"]}
    assert state.next
    return (nodes.last - began) * 1000
