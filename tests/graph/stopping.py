"""Graphs whose nodes say when they begin and when they are left."""

from __future__ import annotations

import asyncio
import operator
import threading
from typing import Annotated, Any

from typing_extensions import TypedDict

from eventflow.checkpoints import InMemorySaver
from eventflow.graph import START, StateGraph, StreamWriter


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


class Seen:
    """What the nodes of one graph have done; `go` lets blocking ones go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.left: list[str] = []
        self.go = threading.Event()
        self.begins = threading.Event()


def thread() -> Any:
    return {"configurable": {"thread_id": "1"}}


def sync_graph(seen: Seen) -> Any:
    """`first`, then `slow` and `other` at the same time; `slow` writes before and after it is let go."""

    def first(state: Log) -> Any:
        return {"log": ["first"]}

    def slow(state: Log, writer: StreamWriter) -> Any:
        seen.begun.append("slow")
        try:
            writer("slow begins")
            seen.begins.set()
            seen.go.wait(5)
            writer("slow goes on")
            return {"log": ["slow"]}
        finally:
            seen.left.append("slow")

    def other(state: Log) -> Any:
        return {"log": ["other"]}

    return _compiled(first, slow, other)


def async_graph(seen: Seen) -> Any:
    """The same; `slow` waits for ever, inside a graph of its own."""

    async def first(state: Log) -> Any:
        return {"log": ["first"]}

    async def sleeps(state: Log, writer: StreamWriter) -> Any:
        seen.begun.append("slow")
        try:
            writer("slow begins")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.left.append("slow")

    async def other(state: Log) -> Any:
        return {"log": ["other"]}

    inner = StateGraph(Log).add_node("sleeps", sleeps).add_edge(START, "sleeps").compile()

    async def slow(state: Log) -> Any:
        return await inner.ainvoke(state)

    return _compiled(first, slow, other)


def _compiled(first: Any, slow: Any, other: Any) -> Any:
    graph = StateGraph(Log).add_node("first", first).add_node("slow", slow).add_node("other", other)
    graph.add_edge(START, "first").add_edge("first", "slow").add_edge("first", "other")
    return graph.compile(checkpointer=InMemorySaver())
