"""Errors, timeouts and handlers in parallel steps: whatever was begun has ended, and nothing leaks."""

from __future__ import annotations

import asyncio
import operator
import threading
from datetime import timedelta
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from eventflow.errors import NodeTimeoutError
from eventflow.graph import START, NodeError, RetryPolicy, StateGraph, TimeoutPolicy
from eventflow.runnables import RunnableLambda


class State(TypedDict):
    log: Annotated[list[str], operator.add]


def beside(failing: Any, other: Any, **options: Any) -> Any:
    graph = StateGraph(State).add_node("failing", failing, **options).add_node("other", other)
    return graph.add_edge(START, "failing").add_edge(START, "other").compile()


def test_sync_siblings_end_before_the_error_is_raised():
    failed = threading.Event()
    ended: list[str] = []

    def failing(state: State) -> Any:
        failed.set()
        raise ValueError("no")

    def other(state: State) -> Any:
        assert failed.wait(10)
        ended.append("other")

    with pytest.raises(ValueError, match="no"):
        beside(failing, other).invoke({"log": []})
    assert ended == ["other"]


async def test_async_siblings_are_cancelled_and_clean_up():
    begun = asyncio.Event()
    ended: list[str] = []

    async def failing(state: State) -> Any:
        await begun.wait()
        raise ValueError("no")

    async def other(state: State) -> Any:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("other")

    with pytest.raises(ValueError, match="no"):
        await beside(failing, other).ainvoke({"log": []})
    assert ended == ["other"]


async def test_siblings_inside_a_graph_inside_are_cancelled():
    begun = asyncio.Event()
    ended: list[str] = []

    async def failing(state: State) -> Any:
        await begun.wait()
        raise ValueError("no")

    async def deep(state: State) -> Any:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append("deep")

    inner = StateGraph(State).add_node(deep).add_edge(START, "deep").compile()
    with pytest.raises(ValueError, match="no"):
        await beside(failing, inner).ainvoke({"log": []})
    assert ended == ["deep"]


async def test_a_handled_error_stops_nobody():
    failed = asyncio.Event()

    async def failing(state: State) -> Any:
        raise ValueError("no")

    async def handler(state: State, error: NodeError) -> Any:
        failed.set()
        return {"log": [f"{error.node}: {error.error}"]}

    async def other(state: State) -> Any:
        await failed.wait()
        return {"log": ["other"]}

    found = await beside(failing, other, error_handler=handler).ainvoke({"log": []})
    assert found == {"log": ["failing: no", "other"]}


async def test_a_timeout_lets_the_node_clean_up_and_is_retried():
    ended: list[str] = []

    async def slow(state: State) -> Any:
        try:
            if len(ended) < 2:
                await asyncio.Event().wait()
        finally:
            ended.append("slow")
        return {"log": ["done"]}

    policy = RetryPolicy(initial_interval=0.001, jitter=False)
    graph = StateGraph(State).add_node("slow", slow, timeout=timedelta(milliseconds=10), retry_policy=policy)
    assert await graph.add_edge(START, "slow").compile().ainvoke({"log": []}) == {"log": ["done"]}
    assert ended == ["slow"] * 3


async def test_a_timeout_is_handled():
    async def slow(state: State) -> Any:
        await asyncio.Event().wait()

    def handler(state: State, error: NodeError) -> Any:
        assert isinstance(error.error, NodeTimeoutError)
        return {"log": [error.error.kind]}

    graph = (
        StateGraph(State).add_node("slow", slow, timeout=0.01, error_handler=handler).add_edge(START, "slow")
    )
    assert await graph.compile().ainvoke({"log": []}) == {"log": ["run"]}


async def test_a_timeout_of_its_own_is_not_taken_for_that_of_the_node():
    async def impatient(state: State) -> Any:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    graph = StateGraph(State).add_node("impatient", impatient, timeout=60).add_edge(START, "impatient")
    with pytest.raises(TimeoutError):
        await graph.compile().ainvoke({"log": []})


async def test_what_runs_inside_a_node_is_progress():
    async def step(x: int) -> int:
        await asyncio.sleep(0.03)
        return x

    async def busy(state: State) -> Any:
        for _ in range(5):
            await RunnableLambda(step).ainvoke(1)
        return {"log": ["busy"]}

    graph = StateGraph(State).add_node("busy", busy, timeout=TimeoutPolicy(idle_timeout=0.1))
    assert await graph.add_edge(START, "busy").compile().ainvoke({"log": []}) == {"log": ["busy"]}


async def test_a_timeout_of_a_runnable():
    async def slow(state: State) -> Any:
        await asyncio.Event().wait()

    inner = StateGraph(State).add_node(slow).add_edge(START, "slow").compile()
    graph = StateGraph(State).add_node("inner", inner, timeout=0.01).add_edge(START, "inner").compile()
    with pytest.raises(NodeTimeoutError, match="Node 'inner' exceeded its run timeout"):
        await graph.ainvoke({"log": []})
    with pytest.raises(ValueError, match="only supported for async nodes"):
        graph.invoke({"log": []})


def test_metadata_is_in_the_events_of_all_that_runs_in_the_node():
    graph = StateGraph(State).add_node(
        "a", RunnableLambda(lambda state: {"log": ["a"]}), metadata={"kind": "slow"}
    )
    compiled = graph.add_edge(START, "a").compile()
    told = {event["name"]: event["metadata"] for event in compiled.stream_events({"log": []}, version="v2")}
    assert told["a"]["kind"] == "slow"
    assert "kind" not in told["LangGraph"]
