"""Where nodes may be waiting when their graph is stopped: graphs that note who was entered, and who was left."""

from __future__ import annotations

import asyncio
import operator
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

from typing_extensions import TypedDict

from eventflow import (
    AIMessage,
    AIMessageChunk,
    BaseChatModel,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    tool,
)
from eventflow.agents import ToolNode
from eventflow.graph import START, RetryPolicy, Send, StateGraph, get_stream_writer, task


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


class Stay:
    """Waits inside a graph until it is cancelled; once it is `open` nobody waits any more."""

    def __init__(self) -> None:
        self.open = False
        self.began: Counter[str] = Counter()
        self.left: Counter[str] = Counter()

    async def here(self, name: str) -> None:
        """Tell in the mode `custom` that somebody waits here; and leave as one should, with a turn of the loop."""
        self.began[name] += 1
        try:
            if not self.open:
                get_stream_writer()(name)
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.left[name] += 1


def waiting(stay: Stay, name: str) -> Any:
    async def node(state: Any) -> Any:
        await stay.here(name)
        return {"log": [name]}

    return node


def after_first(stay: Stay, **nodes: Any) -> StateGraph[Any]:
    """A node `first`, and behind it all these at the same time."""

    async def first(state: Log) -> Any:
        stay.began["first"] += 1
        stay.left["first"] += 1
        return {"log": ["first"]}

    graph = StateGraph(Log).add_node("first", first).add_edge(START, "first")
    for name, node in nodes.items():
        graph.add_node(name, node).add_edge("first", name)
    return graph


def in_node(stay: Stay) -> Any:
    return after_first(stay, a=waiting(stay, "a"))


def in_parallel(stay: Stay) -> Any:
    """Two nodes, three sends to a third one, and one that has ended before."""

    async def quick(state: Log) -> Any:
        stay.began["quick"] += 1
        stay.left["quick"] += 1
        return {"log": ["quick"]}

    async def one(number: int) -> Any:
        await stay.here(f"one{number}")
        return {"log": [f"one{number}"]}

    graph = after_first(stay, a=waiting(stay, "a"), b=waiting(stay, "b"), quick=quick)
    graph.add_node("one", one)
    return graph.add_conditional_edges("first", lambda state: [Send("one", n) for n in range(3)], ["one"])


def in_graphs(stay: Stay) -> Any:
    """A node of a graph that is a node of a graph that is a node, and another beside it."""
    inner = StateGraph(Log)
    for name in ("a", "b"):
        inner.add_node(name, waiting(stay, name)).add_edge(START, name)
    middle = StateGraph(Log).add_node("inner", inner.compile()).add_edge(START, "inner").compile()
    return after_first(stay, middle=emptied(middle), c=waiting(stay, "c"))


def in_called_graph(stay: Stay) -> Any:
    inner = StateGraph(Log).add_node("a", waiting(stay, "a")).add_edge(START, "a").compile()
    return after_first(stay, calls=emptied(inner))


def emptied(graph: Any) -> Any:
    """A node that runs `graph` from an empty log, as one that is its node would write the log twice."""

    async def node(state: Log) -> Any:
        return await graph.ainvoke({"log": []})

    return node


def in_model(stay: Stay) -> Any:
    """A model that has said a token and waits for the next one."""

    class Waiting(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "waiting"

        def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
            raise AssertionError("it is asked in async code only")

        async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
            await stay.here("a")
            return ChatResult(generations=[ChatGeneration(message=AIMessage("a"))])

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            yield ChatGenerationChunk(AIMessageChunk("a"))
            await stay.here("a")

    model = Waiting()

    async def node(state: Log) -> Any:
        text = ""
        async for chunk in model.astream("hi"):
            text += chunk.text
        return {"log": [text]}

    async def invoking(state: Log) -> Any:
        return {"log": [(await model.ainvoke("hi")).text]}

    return after_first(stay, streams=node, invokes=invoking)


def in_tools(stay: Stay) -> Any:
    @tool
    async def wait(name: str) -> str:
        """Wait."""
        await stay.here(name)
        return name

    tools = ToolNode([wait])

    async def node(state: Log) -> Any:
        calls: Any = [{"name": "wait", "args": {"name": name}, "id": name} for name in ("a", "b")]
        done = await tools.ainvoke({"messages": [AIMessage("", tool_calls=calls)]})
        return {"log": [message.text for message in done["messages"]]}

    return after_first(stay, tools=node)


def in_tasks(stay: Stay) -> Any:
    @task
    async def wait(name: str) -> str:
        await stay.here(name)
        return name

    async def node(state: Log) -> Any:
        """Wait for two of them, while a third one is on its way."""
        third = wait("c")
        return {"log": [*await asyncio.gather(wait("a"), wait("b")), await third]}

    return after_first(stay, calls=node)


def in_backoff(stay: Stay) -> Any:
    """A node that has failed and is to be tried again, in an hour."""

    async def fails(state: Log) -> Any:
        stay.began["a"] += 1
        stay.left["a"] += 1
        if not stay.open:
            get_stream_writer()("a")
            raise ConnectionError
        return {"log": ["a"]}

    graph = after_first(stay)
    policy = RetryPolicy(initial_interval=3600, jitter=False)
    return graph.add_node("a", fails, retry_policy=policy).add_edge("first", "a")


def in_time(stay: Stay) -> Any:
    """A node that may take an hour."""
    return after_first(stay).add_node("a", waiting(stay, "a"), timeout=3600).add_edge("first", "a")


def in_handler(stay: Stay) -> Any:
    """What is run in the place of a node that has failed."""

    async def fails(state: Log) -> Any:
        raise ConnectionError

    graph = after_first(stay)
    return graph.add_node("a", fails, error_handler=waiting(stay, "a")).add_edge("first", "a")


PLACES: dict[str, tuple[Callable[[Stay], Any], list[str]]] = {
    "node": (in_node, ["a"]),
    "parallel": (in_parallel, ["a", "b", "one0", "one1", "one2"]),
    "graphs": (in_graphs, ["a", "b", "c"]),
    "called graph": (in_called_graph, ["a"]),
    "model": (in_model, ["a", "a"]),
    "tools": (in_tools, ["a", "b"]),
    "tasks": (in_tasks, ["a", "b", "c"]),
    "backoff": (in_backoff, ["a"]),
    "time": (in_time, ["a"]),
    "handler": (in_handler, ["a"]),
}
"""What makes the graph, and what it tells when it waits in all of its places."""
