"""Who stops a graph stops all of it: nodes are left, nothing goes on, and what was finished is kept."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing, closing, suppress
from typing import Any

import pytest

from eventflow.bus import active_subscriptions
from eventflow.graph import START, StateGraph, StreamWriter, push_token
from graph.stopping import Log, Seen, async_graph, sync_graph, thread

MODES = ["updates", "values", "tasks", "custom", "messages", "events", ["updates", "custom"], "debug"]
LAZY = ["updates", "values", "tasks", "debug", "checkpoints"]


def assert_first_step_is_kept(graph: Any) -> None:
    state = graph.get_state(thread())
    assert state.values["log"][0] == "first"
    assert "slow" in state.next


# ---- async: all is cancelled at once


async def left_by(seen: Seen, stop: Any) -> None:
    await stop
    assert seen.left == seen.begun == ["slow"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert active_subscriptions() == 0


async def until_slow(seen: Seen) -> None:
    while not seen.begun:  # noqa: ASYNC110  # a turn of the loop for the graph
        await asyncio.sleep(0)


@pytest.mark.parametrize("mode", MODES, ids=str)
async def test_leaving_an_async_loop(mode):
    seen = Seen()
    graph = async_graph(seen)
    stream = graph.astream({"log": []}, thread(), stream_mode=mode)
    pull = asyncio.ensure_future(anext(stream))
    await until_slow(seen)
    if not pull.done():  # a mode that has nothing to show yet
        pull.cancel()
        with suppress(asyncio.CancelledError):
            await pull
    await left_by(seen, stream.aclose())
    assert_first_step_is_kept(graph)


@pytest.mark.parametrize("subgraphs", [False, True])
@pytest.mark.parametrize("mode", MODES, ids=str)
async def test_cancelling_the_task_that_reads(mode, subgraphs):
    seen = Seen()
    graph = async_graph(seen)

    async def read() -> None:
        async for _ in graph.astream({"log": []}, thread(), stream_mode=mode, subgraphs=subgraphs):
            pass

    reader = asyncio.ensure_future(read())
    await until_slow(seen)
    reader.cancel()

    async def stopped() -> None:
        with pytest.raises(asyncio.CancelledError):
            await reader

    await left_by(seen, stopped())
    assert_first_step_is_kept(graph)


async def test_cancelling_ainvoke():
    seen = Seen()
    graph = async_graph(seen)
    call = asyncio.ensure_future(graph.ainvoke({"log": []}, thread()))
    await until_slow(seen)
    call.cancel()

    async def stopped() -> None:
        with pytest.raises(asyncio.CancelledError):
            await call

    await left_by(seen, stopped())
    assert_first_step_is_kept(graph)


async def test_an_error_in_the_async_consumer():
    seen = Seen()
    graph = async_graph(seen)

    async def consume() -> None:
        async with aclosing(
            graph.astream({"log": []}, thread(), stream_mode="custom", subgraphs=True)
        ) as parts:
            async for _ in parts:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await consume()
    assert seen.left == ["slow"]
    assert_first_step_is_kept(graph)


# ---- sync: what runs in a thread is stopped at the next thing that it tells, and is waited for


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_leaving_a_sync_loop(mode):
    seen, threads = Seen(), threading.active_count()
    graph = sync_graph(seen)
    if mode == "messages":
        seen.go.set()
    with closing(graph.stream({"log": []}, thread(), stream_mode=mode)) as parts:
        for _ in parts:
            if graph.get_state(thread()).values.get("log"):  # the first step has been kept
                break
        seen.go.set()
    assert seen.left == seen.begun
    assert threading.active_count() == threads
    assert active_subscriptions() == 0
    assert graph.get_state(thread()).values["log"][0] == "first"


def test_a_sync_loop_is_left_when_the_running_nodes_have_told_something():
    """A thread cannot be cancelled, so leaving waits for it; `slow` has ended by what it tells when it goes on."""
    seen = Seen()
    graph = sync_graph(seen)
    opener = threading.Timer(0.05, seen.go.set)
    with closing(graph.stream({"log": []}, thread(), stream_mode="custom")) as parts:
        assert next(parts) == "slow begins"
        opener.start()
    assert seen.left == ["slow"]
    opener.join()
    state = graph.get_state(thread())
    assert state.values["log"][0] == "first"
    assert {task.name for task in state.tasks if task.result} == {"other"}  # kept, and not run again
    assert state.next == ("slow",)


def test_a_node_that_tells_for_ever_is_stopped_and_may_tell_while_it_cleans_up():
    left: list[str] = []

    def talks(state: Log, writer: StreamWriter) -> Any:
        try:
            while True:
                try:
                    writer("more")
                    push_token("more")
                except Exception:  # what a node does against errors of its own is not in the way
                    left.append("an error")
        finally:
            writer("cleaning up")
            left.append("left")

    graph = StateGraph(Log).add_node("talks", talks).add_edge(START, "talks").compile()
    for mode in ("custom", "messages", ["updates", "custom"]):
        with closing(graph.stream({"log": []}, stream_mode=mode)) as parts:
            next(parts)
    assert left == ["left"] * 3


async def test_a_sync_node_of_an_awaited_graph_is_stopped_too():
    left = threading.Event()

    def talks(state: Log, writer: StreamWriter) -> Any:
        try:
            while True:
                writer("more")
        finally:
            left.set()

    graph = StateGraph(Log).add_node("talks", talks).add_edge(START, "talks").compile()
    async with aclosing(graph.astream({"log": []}, stream_mode="custom")) as parts:
        await anext(parts)
    assert await asyncio.to_thread(left.wait, 5)


async def test_an_awaited_node_may_tell_while_it_is_cancelled():
    done: list[str] = []

    async def talks(state: Log, writer: StreamWriter) -> Any:
        try:
            writer("begun")
            await asyncio.Event().wait()
        finally:
            writer("cleaning up")
            await asyncio.sleep(0)
            writer("clean")
            done.append("clean")

    graph = StateGraph(Log).add_node("talks", talks).add_edge(START, "talks").compile()
    async with aclosing(graph.astream({"log": []}, stream_mode="custom")) as parts:
        assert await anext(parts) == "begun"
    assert done == ["clean"]
    async with graph.astream_events({"log": []}, version="v3") as run:
        assert await anext(aiter(run.custom)) == "begun"
    assert done == ["clean", "clean"]


def test_an_error_in_the_sync_consumer():
    seen, threads = Seen(), threading.active_count()
    graph = sync_graph(seen)

    def consume() -> None:
        with closing(graph.stream({"log": []}, thread(), stream_mode="custom")) as parts:
            for _ in parts:
                seen.go.set()
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        consume()
    assert seen.left == ["slow"]
    assert threading.active_count() == threads
