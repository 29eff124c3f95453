"""What is measured of graphs, beside LangGraph: steps, fan-out, tokens, custom events, large states."""

from __future__ import annotations

import asyncio
import operator
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Annotated, Any

from typing_extensions import TypedDict

from benchmarks.rows import Call, Row

LIMIT: Any = {"recursion_limit": 100_000, "configurable": {"thread_id": "1"}}


def ours() -> SimpleNamespace:
    """The names of eventflow."""
    import eventflow
    from eventflow import checkpoints, graph

    return _side("eventflow", graph, checkpoints, eventflow)


def peer() -> SimpleNamespace:
    """The names of LangGraph and langchain-core."""
    from langchain_core import language_models, messages, outputs
    from langgraph import config, types
    from langgraph import graph as langgraph
    from langgraph.checkpoint import memory
    from langgraph.graph import message

    return _side("langgraph", langgraph, types, config, memory, message, language_models, messages, outputs)


def _side(name: str, *modules: Any) -> SimpleNamespace:
    names = "StateGraph START Send get_stream_writer add_messages InMemorySaver BaseChatModel AIMessage HumanMessage "
    names += "AIMessageChunk ChatGeneration ChatGenerationChunk ChatResult"
    found = {one: next(getattr(m, one) for m in modules if hasattr(m, one)) for one in names.split()}
    return SimpleNamespace(name=name, **found)


class Number(TypedDict):
    x: int


class Results(TypedDict):
    n: int
    out: Annotated[list[Any], operator.add]


def chain_of(lib: Any, nodes: int, node: Callable[..., Any], state: Any = Number, **options: Any) -> Any:
    graph = lib.StateGraph(state)
    for n in range(nodes):
        graph.add_node(f"n{n}", node).add_edge(lib.START if n == 0 else f"n{n - 1}", f"n{n}")
    return graph.compile(**options)


def add_one(state: Any) -> Any:
    return {"x": state["x"] + 1}


def chain_invoke(nodes: int) -> Callable[[Any], Call]:
    """A chain of nodes that do nothing, nobody listening."""

    def prepare(lib: Any) -> Call:
        graph = chain_of(lib, nodes, add_one)
        return lambda: graph.invoke({"x": 0}, LIMIT)

    return prepare


def chain_updates(nodes: int) -> Callable[[Any], Call]:
    """The same, with its updates streamed."""

    def prepare(lib: Any) -> Call:
        graph = chain_of(lib, nodes, add_one)
        return lambda: [*graph.stream({"x": 0}, LIMIT, stream_mode="updates")]

    return prepare


def fan_out(width: int) -> Callable[[Any], Callable[[], float]]:
    """Many tasks in one step, each with an argument of its own, async. Returns the seconds inside the loop."""

    def prepare(lib: Any) -> Callable[[], float]:
        async def work(arg: Any) -> Any:
            return {"out": [arg]}

        async def src(state: Any) -> Any:
            return {}

        graph = lib.StateGraph(Results).add_node("src", src).add_node("work", work)
        graph.add_edge(lib.START, "src")
        graph.add_conditional_edges("src", lambda s: [lib.Send("work", n) for n in range(s["n"])], ["work"])
        compiled = graph.compile()

        async def main() -> float:
            began = time.perf_counter()
            await compiled.ainvoke({"n": width, "out": []}, LIMIT)
            return time.perf_counter() - began

        return lambda: asyncio.run(main())

    return prepare


def talker(lib: Any, tokens: int, *, turns: bool) -> Any:
    """A chat model that says so many tokens; with `turns`, each after a turn of the event loop."""

    class Talker(lib.BaseChatModel):  # type: ignore[misc, name-defined]  # the base is a value here
        @property
        def _llm_type(self) -> str:
            return "talker"

        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            message = lib.AIMessage(content="token " * tokens)
            return lib.ChatResult(generations=[lib.ChatGeneration(message=message)])

        def _stream(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
        ) -> Iterator[Any]:
            for _ in range(tokens):
                chunk = lib.ChatGenerationChunk(message=lib.AIMessageChunk(content="token "))
                if run_manager:
                    run_manager.on_llm_new_token("token ", chunk=chunk)
                yield chunk

        async def _astream(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
        ) -> AsyncIterator[Any]:
            for _ in range(tokens):
                if turns:
                    await asyncio.sleep(0)
                chunk = lib.ChatGenerationChunk(message=lib.AIMessageChunk(content="token "))
                if run_manager:
                    await run_manager.on_llm_new_token("token ", chunk=chunk)
                yield chunk

    return Talker()


class Talk(TypedDict):
    text: str


def tokens_sync(tokens: int) -> Callable[[Any], Call]:
    """The tokens of a model that a node invokes, in the mode `messages`."""

    def prepare(lib: Any) -> Call:
        model = talker(lib, tokens, turns=False)
        graph = chain_of(lib, 1, lambda state: {"text": model.invoke("hi").content}, Talk)
        return lambda: [*graph.stream({"text": ""}, LIMIT, stream_mode="messages")]

    return prepare


def tokens_async(tokens: int, *, turns: bool) -> Callable[[Any], Call]:
    """The same in async code."""

    def prepare(lib: Any) -> Call:
        model = talker(lib, tokens, turns=turns)

        async def node(state: Any) -> Any:
            return {"text": (await model.ainvoke("hi")).content}

        graph = chain_of(lib, 1, node, Talk)

        async def main() -> None:
            async for _ in graph.astream({"text": ""}, LIMIT, stream_mode="messages"):
                pass

        return lambda: asyncio.run(main())

    return prepare


def tokens_of_handle(tokens: int) -> Callable[[Any], Call]:
    """The text of the same model through the handle of the run."""

    def prepare(lib: Any) -> Call:
        model = talker(lib, tokens, turns=False)
        graph = chain_of(lib, 1, lambda state: {"text": model.invoke("hi").content}, Talk)

        def call() -> None:
            for message in graph.stream_events({"text": ""}, LIMIT, version="v3").messages:
                for _ in message.text:
                    pass

        return call

    return prepare


def custom_among(tasks: int, events: int) -> Callable[[Any], Callable[[], float]]:
    """One task writes when all others of its step wait, and again when what it wrote has been read.

    Returns the seconds from the first event that is read to the last.
    """

    def prepare(lib: Any) -> Callable[[], float]:
        async def main() -> float:
            waiting, all_wait, done, read = 0, asyncio.Event(), asyncio.Event(), asyncio.Event()

            async def work(number: Any) -> Any:
                nonlocal waiting
                waiting += 1
                if waiting == tasks:
                    all_wait.set()
                if number == 0:
                    await all_wait.wait()
                    writer = lib.get_stream_writer()
                    for n in range(events):
                        read.clear()
                        writer(n)
                        await read.wait()
                    done.set()
                await done.wait()
                return {"out": []}

            sends = [lib.Send("work", n) for n in range(tasks)]
            graph = lib.StateGraph(Results).add_node("src", lambda state: {}).add_node("work", work)
            graph.add_edge(lib.START, "src").add_conditional_edges("src", lambda state: sends, ["work"])
            first = last = 0.0
            async for _ in graph.compile().astream({"n": 0, "out": []}, LIMIT, stream_mode="custom"):
                last = time.perf_counter()
                first = first or last
                read.set()
            return last - first

        return lambda: asyncio.run(main())

    return prepare


def conversation(messages: int, steps: int, *, kept: bool) -> Callable[[Any], Callable[[], float]]:
    """Steps that each add a message to a long conversation. Returns the seconds from the first step to the last."""

    def prepare(lib: Any) -> Callable[[], float]:
        class Messages(TypedDict):
            messages: Annotated[list[Any], lib.add_messages]

        times: list[float] = []

        def say(state: Any) -> Any:
            times.append(time.perf_counter())
            return {"messages": [lib.AIMessage(content="hello")]}

        before = [lib.HumanMessage(content="hello", id=str(n)) for n in range(messages)]
        thread = 0

        def call() -> float:
            nonlocal thread
            thread += 1
            times.clear()
            graph = chain_of(lib, steps, say, Messages, checkpointer=lib.InMemorySaver() if kept else None)
            config = {"recursion_limit": 100_000, "configurable": {"thread_id": str(thread)}}
            graph.invoke({"messages": before}, config)
            return times[-1] - times[0]

        Messages.__annotations__["messages"] = Annotated[list[Any], lib.add_messages]
        return call

    return prepare


GRAPH_ROWS = (
    Row("graph of 100 nodes, invoke", "step", 100, chain_invoke(100), 20),
    Row("graph of 100 nodes, updates", "step", 100, chain_updates(100), 12),
    Row("100 tasks at once, async", "task", 100, fan_out(100), 10, 5, spans=True),
    Row("10,000 tasks at once, async", "task", 10_000, fan_out(10_000), 40, 1, spans=True),
    Row("2,000 tokens in messages mode, sync", "token", 2_000, tokens_sync(2_000), 8, 3),
    Row("2,000 tokens in messages mode, async", "token", 2_000, tokens_async(2_000, turns=False), 8, 3),
    Row("the same, a turn of the loop each token", "token", 2_000, tokens_async(2_000, turns=True), 5, 3),
    Row("custom event, 1,000 tasks in flight", "event", 200, custom_among(1_000, 200), 100, 3, spans=True),
    Row(
        "step of a talk of 5,000 messages",
        "step",
        200,
        conversation(5_000, 200, kept=False),
        20,
        2,
        spans=True,
    ),
    Row(
        "the same with checkpoints in memory",
        "step",
        50,
        conversation(5_000, 50, kept=True),
        20,
        1,
        spans=True,
    ),
    Row("2,000 tokens through the handle of a run", "token", 2_000, tokens_of_handle(2_000), 5, 3),
)

GRAPH_GROWTH = (
    ("graph, invoke", "step", (10, 100, 1_000), chain_invoke),
    ("tasks at once, async", "task", (100, 1_000, 10_000), fan_out),
)
