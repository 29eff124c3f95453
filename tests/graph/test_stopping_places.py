"""Wherever nodes wait, however their graph is stopped: all are left at once, and the thread goes on from there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Any

import pytest

from checkpoints.savers import opened
from eventflow.bus import active_subscriptions
from eventflow.checkpoints import InMemorySaver, SqliteSaver
from eventflow.graph import START, StateGraph, StreamWriter
from graph.stopping_places import PLACES, Log, Stay, after_first

THREAD: Any = {"configurable": {"thread_id": "1"}}
TURNS = 20
"""Turns of the loop in which all is over when nobody waits for it: a handful for each graph inside another."""


class Disconnected(Exception):
    """What the loop of a consumer raises."""


def told(graph: Any) -> AsyncIterator[str]:
    """Who has begun to wait, in all of the graph."""
    parts: Any = graph.astream({"log": []}, THREAD, stream_mode="custom", subgraphs=True)
    return parts


async def until(parts: AsyncIterator[Any], names: list[str]) -> None:
    """Read until all of these have begun to wait."""
    left = [*names]
    async for _, name in parts:
        left.remove(name)
        if not left:
            return


# ------------------------------------------------------------------------------------------- the ways to stop


async def by_break(graph: Any, names: list[str]) -> None:
    async with aclosing(told(graph)) as parts:
        await until(parts, names)


async def by_break_alone(graph: Any, names: list[str]) -> None:
    """Nobody closes the stream: Python tells the loop that it has been dropped."""
    left = [*names]
    async for _, name in told(graph):  # type: ignore[misc]  # pairs, as graphs inside are shown
        left.remove(name)
        if not left:
            break
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def by_an_error(graph: Any, names: list[str]) -> None:
    with suppress(Disconnected):
        async with aclosing(told(graph)) as parts:
            await until(parts, names)
            raise Disconnected


async def by_cancel(graph: Any, names: list[str]) -> None:
    """The task that reads is cancelled while it waits for the next part."""
    waiting = asyncio.Event()

    async def read() -> None:
        parts = told(graph)
        await until(parts, names)
        waiting.set()
        async for _ in parts:
            raise AssertionError("nobody says more")

    reader = asyncio.create_task(read())
    await waiting.wait()
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader


async def by_a_sibling(graph: Any, names: list[str]) -> None:
    """Another task of a task group fails."""
    waiting = asyncio.Event()

    async def read() -> None:
        parts = told(graph)
        await until(parts, names)
        waiting.set()
        await until(parts, ["nobody"])

    async def fail() -> None:
        await waiting.wait()
        raise Disconnected

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(read())
            group.create_task(fail())
    except* Disconnected:
        pass


async def by_deadline(graph: Any, names: list[str]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as deadline:
            parts = told(graph)
            await until(parts, names)
            deadline.reschedule(0)
            await until(parts, ["nobody"])


WAYS: dict[str, Callable[[Any, list[str]], Coroutine[Any, Any, None]]] = {
    "break": by_break,
    "break alone": by_break_alone,
    "error": by_an_error,
    "cancel": by_cancel,
    "sibling": by_a_sibling,
    "deadline": by_deadline,
}


def assert_all_is_left(stay: Stay) -> None:
    assert stay.began
    assert stay.began == stay.left
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert active_subscriptions() == 0


async def assert_goes_on(graph: Any, stay: Stay) -> None:
    """The last finished step is there, and is not done again; those that were stopped are."""
    state = await graph.aget_state(THREAD)
    assert state.values["log"][0] == "first"
    finished = {"first", "quick"} & {*stay.began}
    assert not finished & {*state.next}
    assert state.next
    stay.open = True
    done = await graph.ainvoke(None, THREAD)
    assert sorted(done["log"]) == sorted((await graph.aget_state(THREAD)).values["log"])
    assert {name: stay.began[name] for name in finished} == dict.fromkeys(finished, 1)
    assert {*done["log"]} >= {*finished}
    assert (await graph.aget_state(THREAD)).next == ()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES)
async def test_stopping(place, way):
    make, names = PLACES[place]
    stay = Stay()
    graph = make(stay).compile(checkpointer=InMemorySaver())
    await WAYS[way](graph, names)
    assert_all_is_left(stay)
    await assert_goes_on(graph, stay)


@pytest.mark.parametrize("place", PLACES)
async def test_cancelling_ainvoke(place):
    """Nobody reads, so a place tells that it has been entered by having begun."""
    make, names = PLACES[place]
    stay = Stay()
    graph = make(stay).compile(checkpointer=InMemorySaver())
    call = asyncio.create_task(graph.ainvoke({"log": []}, THREAD))
    while sum(stay.began[name] for name in {*names}) < len(names):  # noqa: ASYNC110  # turns for the graph
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert_all_is_left(stay)
    await assert_goes_on(graph, stay)


@pytest.mark.parametrize("saver", ["sqlite", "async sqlite"])
@pytest.mark.parametrize("place", PLACES)
async def test_what_a_file_holds(place, saver, tmp_path):
    """A program that was stopped ends; another one, which knows the file only, goes on."""
    make, names = PLACES[place]
    path, stay = tmp_path / "threads.sqlite", Stay()
    async with opened(saver, path) as first:
        await by_cancel(make(stay).compile(checkpointer=first), names)
        assert_all_is_left(stay)
    async with opened(saver, path) as second:
        await assert_goes_on(make(stay).compile(checkpointer=second), stay)


async def test_a_graph_without_steps():
    stay = Stay()
    make, names = PLACES["parallel"]
    for way in WAYS.values():
        await way(make(stay).compile(barrier=False), names)
        assert_all_is_left(stay)


async def test_cleaning_up_may_take_time_and_fail():
    """All nodes are waited for, and an error of one that is being left does not hide that the reader went."""
    left: list[str] = []
    cleaning, cleaned = asyncio.Event(), asyncio.Event()

    async def slow(state: Log, writer: StreamWriter) -> None:
        try:
            writer("slow")
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await cleaned.wait()
            left.append("slow")

    async def failing(state: Log, writer: StreamWriter) -> None:
        try:
            writer("failing")
            await asyncio.Event().wait()
        finally:
            left.append("failing")
            raise Disconnected

    graph = after_first(Stay(), slow=slow, failing=failing).compile(checkpointer=InMemorySaver())

    async def clean() -> None:
        await cleaning.wait()
        assert not reader.done()
        cleaned.set()

    reader = asyncio.create_task(by_break(graph, ["slow", "failing"]))
    with suppress(Disconnected):
        await asyncio.gather(reader, clean())
    assert sorted(left) == ["failing", "slow"]
    assert (await graph.aget_state(THREAD)).values["log"] == ["first"]


async def test_a_sync_node_in_async_code_is_waited_for():
    """A thread cannot be cancelled: who is cancelled goes when it has ended, and not before."""
    begins, go, left = asyncio.Event(), threading.Event(), list[str]()
    loop = asyncio.get_running_loop()

    def blocks(state: Log) -> Any:
        loop.call_soon_threadsafe(begins.set)
        go.wait()
        left.append("blocks")
        return {"log": ["blocks"]}

    graph = after_first(Stay(), blocks=blocks, after=lambda state: {}).compile(checkpointer=InMemorySaver())
    call = asyncio.create_task(graph.ainvoke({"log": []}, THREAD))
    await begins.wait()
    call.cancel()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert not call.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert left == ["blocks"]
    assert (await graph.aget_state(THREAD)).values["log"][0] == "first"


# ----------------------------------------------------------------------------------------------------- sync code


def sync_graph(left: list[str], go: threading.Event, saver: Any) -> Any:
    """`first`, and then two nodes, one of them in a graph inside, that write for ever or until they may go."""

    def first(state: Log) -> Any:
        return {"log": ["first"]}

    def waiting(name: str) -> Any:
        def node(state: Log, writer: StreamWriter) -> Any:
            try:
                writer(name)
                go.wait()
                return {"log": [name]}
            finally:
                left.append(name)

        return node

    inner = StateGraph(Log).add_node("a", waiting("a")).add_edge(START, "a").compile()
    graph = StateGraph(Log).add_node("first", first).add_edge(START, "first")
    graph.add_node("inner", lambda state: inner.invoke({"log": []})).add_edge("first", "inner")
    graph.add_node("b", waiting("b")).add_edge("first", "b")
    graph.add_node("after", lambda state: {"log": ["after"]}).add_edge(["inner", "b"], "after")
    return graph.compile(checkpointer=saver)


@pytest.mark.parametrize("way", ["break", "error"])
def test_leaving_a_sync_loop_without_closing_it(way, tmp_path):
    """A `for` drops its stream when it is left; nodes in threads end, and the step behind them does not begin."""
    path, threads = str(tmp_path / "threads.sqlite"), threading.active_count()
    left: list[str] = []
    go = threading.Event()

    def consume(graph: Any) -> None:
        names = ["a", "b"]
        for _, name in graph.stream({"log": []}, THREAD, stream_mode="custom", subgraphs=True):
            names.remove(name)
            if not names:
                go.set()
                if way == "error":
                    raise Disconnected
                break

    with SqliteSaver.from_conn_string(path) as saver:
        with suppress(Disconnected):
            consume(sync_graph(left, go, saver))
        assert sorted(left) == ["a", "b"]
        assert threading.active_count() == threads
        assert active_subscriptions() == 0
    with SqliteSaver.from_conn_string(path) as saver:
        graph = sync_graph(left, go, saver)
        assert graph.get_state(THREAD).values["log"][0] == "first"
        assert "after" not in graph.get_state(THREAD).values["log"]
        assert sorted(graph.invoke(None, THREAD)["log"]) == ["a", "after", "b", "first"]
    assert sorted(left) == ["a", "b"]  # what they gave was kept: they are not run again
