"""Calls of tasks: where they run, what of them is left when a workflow ends, and what is kept."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from typing_extensions import TypedDict

from eventflow.checkpoints import InMemorySaver
from eventflow.errors import NoRunError
from eventflow.graph import START, Command, RetryPolicy, StateGraph, entrypoint, interrupt, task

ONE: Any = {"configurable": {"thread_id": "1"}}


@task
def double(x: int) -> int:
    return x * 2


def test_calls_run_at_the_same_time():
    meet = threading.Barrier(3, timeout=10)

    @task
    def work(x: int) -> int:
        meet.wait()
        return x

    @entrypoint()
    def workflow(n: int) -> list[int]:
        futures = [work(x) for x in range(n)]
        return [future.result() for future in futures]

    assert workflow.invoke(3) == [0, 1, 2]


def test_calls_that_wait_for_calls_need_no_free_thread():
    @task
    def tree(depth: int) -> int:
        if depth == 0:
            return 1
        futures = [tree(depth - 1), tree(depth - 1)]
        return sum(future.result() for future in futures)

    @entrypoint()
    def workflow(depth: int) -> int:
        return tree(depth).result()

    assert workflow.invoke(5, {"max_concurrency": 1}) == 32
    assert workflow.invoke(7) == 128


async def test_a_sync_workflow_in_async_code():
    @entrypoint()
    def workflow(xs: list[int]) -> list[int]:
        futures = [double(x) for x in xs]
        return [future.result() for future in futures]

    assert await workflow.ainvoke([1, 2]) == [2, 4]


async def test_at_most_so_many_calls_at_once():
    now = most = 0

    @task
    async def work(x: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return x

    @entrypoint()
    async def workflow(n: int) -> Any:
        return await asyncio.gather(*(work(x) for x in range(n)))

    assert await workflow.ainvoke(5, {"max_concurrency": 2}) == [0, 1, 2, 3, 4]
    assert most == 2


async def test_calls_that_nobody_waits_for_end_before_the_workflow_does():
    ended: list[str] = []

    @task
    async def work() -> None:
        await asyncio.sleep(0)
        ended.append("work")

    @entrypoint()
    async def workflow(x: int) -> int:
        work()
        return x

    assert await workflow.ainvoke(1) == 1
    assert ended == ["work"]


async def test_an_error_of_the_workflow_cancels_its_calls():
    ended: list[str] = []
    begun = asyncio.Event()

    @task
    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    @entrypoint()
    async def workflow(x: int) -> int:
        work()
        await begun.wait()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await workflow.ainvoke(1)
    assert ended == ["work"]


async def test_whoever_cancels_the_workflow_cancels_its_calls():
    ended: list[str] = []
    begun = asyncio.Event()

    @task
    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    @entrypoint()
    async def workflow(x: int) -> int:
        await asyncio.gather(work(), work())
        return x

    running = asyncio.ensure_future(workflow.ainvoke(1))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == ["work", "work"]


def test_an_error_of_a_sync_workflow_waits_for_its_calls():
    begun, go = threading.Event(), threading.Event()
    ended: list[str] = []

    @task
    def work() -> None:
        begun.set()
        assert go.wait(10)
        ended.append("work")

    @entrypoint()
    def workflow(x: int) -> int:
        work()
        assert begun.wait(10)
        go.set()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        workflow.invoke(1)
    assert ended == ["work"]


def test_what_calls_gave_is_kept_before_the_workflow_ends():
    saver = InMemorySaver()
    kept: list[Any] = []

    @entrypoint(checkpointer=saver)
    def workflow(x: int) -> int:
        found = double(x).result()
        kept.append(saver.get_tuple(ONE))
        return found

    workflow.invoke(4, ONE)
    assert 8 in [value for _, _, value in kept[0].pending_writes]


def test_durability_exit_keeps_calls_at_the_end():
    calls: list[int] = []

    @task
    def work(x: int) -> int:
        calls.append(x)
        return x

    @entrypoint(checkpointer=InMemorySaver())
    def workflow(x: int) -> Any:
        return [work(x).result(), interrupt("?")]

    workflow.invoke(1, ONE, durability="exit")
    assert workflow.invoke(Command(resume="!"), ONE, durability="exit") == [1, "!"]
    assert calls == [1]


def test_a_workflow_that_is_retried_calls_anew():
    calls: list[int] = []

    @task
    def work(x: int) -> int:
        calls.append(x)
        return len(calls)

    @entrypoint(retry_policy=RetryPolicy(initial_interval=0.001, jitter=False, retry_on=KeyError))
    def workflow(x: int) -> int:
        found = work(x).result()
        if found < 3:
            raise KeyError(found)
        return found

    assert workflow.invoke(1) == 3


def test_tasks_in_parallel_nodes_are_told_apart():
    calls: list[int] = []

    @task
    def work(x: int) -> int:
        calls.append(x)
        return x

    def ask(state: dict[str, Any]) -> Any:
        work(1).result()
        return {"a": interrupt("?")}

    def other(state: dict[str, Any]) -> Any:
        return {"b": work(2).result()}

    class State(TypedDict, total=False):
        a: str
        b: int

    graph = StateGraph(State).add_node(ask).add_node(other).add_edge(START, "ask").add_edge(START, "other")
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"b": 0}, ONE)
    assert compiled.invoke(Command(resume="!"), ONE) == {"a": "!", "b": 2}
    assert sorted(calls) == [1, 2]


def test_a_task_is_a_function_outside():
    assert double.func(2) == 4
    assert double.name == "double"
    with pytest.raises(NoRunError, match="the task 'double' was called outside a workflow"):
        double(2)


def test_methods_can_be_tasks():
    class Scale:
        factor = 3

        @task
        def scaled(self, x: int) -> int:
            return self.factor * x

    @entrypoint()
    def workflow(x: int) -> int:
        return Scale().scaled(x).result()

    assert workflow.invoke(2) == 6


def test_generators_are_refused():
    def generates(x: int) -> Any:
        yield x

    with pytest.raises(TypeError, match="'generates' is a generator function"):
        task(generates)
    with pytest.raises(TypeError, match="'generates' is a generator function"):
        entrypoint()(generates)


def test_updates_of_tasks_are_shown_before_the_workflow_ends():
    go = threading.Event()

    @entrypoint()
    def workflow(x: int) -> int:
        found = double(x).result()
        assert go.wait(10)
        return found

    parts = workflow.stream(1, stream_mode="updates")
    assert next(parts) == {"double": 2}
    go.set()
    assert list(parts) == [{"workflow": 2}]


def test_a_consumer_that_leaves_ends_the_workflow():
    ended: list[str] = []

    @entrypoint()
    def workflow(x: int) -> int:
        found = double(x).result()
        ended.append("workflow")
        return found

    parts = workflow.stream(1, stream_mode="updates")
    next(parts)
    parts.close()
    assert ended == ["workflow"]
