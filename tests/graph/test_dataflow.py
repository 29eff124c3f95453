"""Without a barrier a node starts as soon as those before it have ended."""

from __future__ import annotations

import asyncio
import operator
import threading
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from eventflow.checkpoints import InMemorySaver
from eventflow.errors import GraphRecursionError
from eventflow.graph import END, START, CachePolicy, Command, InMemoryNodeCache, Send, StateGraph


class State(TypedDict):
    log: Annotated[list[str], operator.add]


def logs(name: str) -> Any:
    return lambda state: {"log": [name]}


def fork(slow: Any, after_fast: Any, **options: Any) -> Any:
    """`fast → after_fast` beside `slow`, and a join behind both."""
    graph = StateGraph(State).add_node("fast", logs("fast")).add_node("slow", slow)
    graph.add_node("after_fast", after_fast).add_node("join", lambda state: {"log": [",".join(state["log"])]})
    graph.add_edge(START, "fast").add_edge(START, "slow").add_edge("fast", "after_fast")
    return graph.add_edge(["after_fast", "slow"], "join").add_edge("join", END).compile(**options)


def waiting() -> tuple[Any, Any]:
    """A slow node that waits for what follows the fast one: with a barrier it would wait for ever."""
    begun = threading.Event()

    def slow(state: State) -> Any:
        assert begun.wait(10)
        return {"log": ["slow"]}

    def after_fast(state: State) -> Any:
        begun.set()
        return {"log": ["after_fast"]}

    return slow, after_fast


def test_nothing_waits_for_an_unrelated_node():
    slow, after_fast = waiting()
    graph = fork(slow, after_fast, barrier=False)
    *before, joined = graph.invoke({"log": []})["log"]
    assert joined == ",".join(before)
    assert before[0] == "fast"
    assert sorted(before) == ["after_fast", "fast", "slow"]


async def test_nothing_waits_for_an_unrelated_node_in_async_code():
    begun = asyncio.Event()

    async def slow(state: State) -> Any:
        await begun.wait()
        return {"log": ["slow"]}

    async def after_fast(state: State) -> Any:
        begun.set()
        return {"log": ["after_fast"]}

    found = await fork(slow, after_fast, barrier=False).ainvoke({"log": []})
    assert found["log"] == ["fast", "after_fast", "slow", "fast,after_fast,slow"]


def test_modes_tell_of_each_end():
    chain = StateGraph(State).add_node("a", logs("a")).add_node("b", logs("b"))
    graph = chain.add_edge(START, "a").add_edge("a", "b").compile(barrier=False)
    with_barrier = chain.compile()
    for mode in ("values", "updates", ["updates", "values"], "custom"):
        expected = list(with_barrier.stream({"log": []}, stream_mode=mode))
        assert list(graph.stream({"log": []}, stream_mode=mode)) == expected
    assert [part["name"] for part in graph.stream({"log": []}, stream_mode="tasks")] == ["a", "a", "b", "b"]


def test_the_last_write_counts_where_there_is_no_reducer():
    class Plain(TypedDict):
        x: int

    graph = StateGraph(Plain).add_node("a", lambda state: {"x": 1}).add_node("b", lambda state: {"x": 2})
    graph.add_edge(START, "a").add_edge(START, "b")
    assert graph.compile(barrier=False).invoke({"x": 0})["x"] in (1, 2)


def test_choices_commands_and_sends():
    graph = StateGraph(State).add_node("a", lambda state: Command(update={"log": ["a"]}, goto="b"))
    graph.add_node("b", logs("b")).add_node("w", lambda arg: {"log": [f"w{arg}"]})
    graph.add_edge(START, "a").add_conditional_edges(
        "b", lambda state: [Send("w", n) for n in range(3)], ["w"]
    )
    found = graph.compile(barrier=False).invoke({"log": []})["log"]
    assert found[:2] == ["a", "b"]
    assert sorted(found[2:]) == ["w0", "w1", "w2"]


def test_what_is_put_off_runs_when_nothing_is_left():
    slow, after_fast = waiting()
    graph = StateGraph(State).add_node("fast", logs("fast")).add_node("slow", slow)
    graph.add_node("after_fast", after_fast).add_node("last", logs("last"), defer=True)
    graph.add_edge(START, "fast").add_edge(START, "slow").add_edge(START, "last").add_edge(
        "fast", "after_fast"
    )
    assert graph.compile(barrier=False).invoke({"log": []})["log"][-1] == "last"


def test_a_circle_ends_at_the_limit():
    graph = (
        StateGraph(State)
        .add_node("a", logs("a"))
        .add_edge(START, "a")
        .add_edge("a", "a")
        .compile(barrier=False)
    )
    with pytest.raises(GraphRecursionError, match="next would be a"):
        graph.invoke({"log": []}, {"recursion_limit": 3})


def test_the_first_error_is_raised_and_the_others_end():
    ended: list[str] = []

    def fails(state: State) -> Any:
        raise ValueError("no")

    def slow(state: State) -> Any:
        ended.append("slow")

    graph = StateGraph(State).add_node("fails", fails).add_node("slow", slow).add_edge(START, "fails")
    with pytest.raises(ValueError, match="no"):
        graph.add_edge(START, "slow").compile(barrier=False).invoke({"log": []})
    assert ended in ([], ["slow"])


async def test_an_error_cancels_the_others():
    ended: list[str] = []
    begun = asyncio.Event()

    async def fails(state: State) -> Any:
        await begun.wait()
        raise ValueError("no")

    async def slow(state: State) -> Any:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append("slow")

    graph = StateGraph(State).add_node("fails", fails).add_node("slow", slow).add_edge(START, "fails")
    with pytest.raises(ValueError, match="no"):
        await graph.add_edge(START, "slow").compile(barrier=False).ainvoke({"log": []})
    assert ended == ["slow"]


async def test_at_most_so_many_at_once():
    now = most = 0

    async def work(arg: int) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return {"log": [str(arg)]}

    graph = StateGraph(State).add_node("w", work)
    graph.add_conditional_edges(START, lambda state: [Send("w", n) for n in range(10)], ["w"])
    found = await graph.compile(barrier=False).ainvoke({"log": []}, {"max_concurrency": 2})
    assert len(found["log"]) == 10
    assert most == 2


def test_caches_and_handlers_work():
    calls: list[int] = []

    def slow(state: State) -> Any:
        calls.append(1)
        return {"log": ["slow"]}

    def fails(state: State) -> Any:
        raise ValueError("no")

    def handler(state: State, error: Any) -> Any:
        return {"log": [repr(error)]}

    graph = StateGraph(State).add_node("slow", slow, cache_policy=CachePolicy())
    graph.add_node("fails", fails, error_handler=handler).add_edge(START, "slow").add_edge("slow", "fails")
    compiled = graph.compile(barrier=False, cache=InMemoryNodeCache())
    for _ in range(2):
        expected = ["slow", "NodeError(node='fails', error=ValueError('no'))"]
        assert compiled.invoke({"log": []})["log"] == expected
    assert calls == [1]


def test_inside_a_graph_with_checkpoints():
    inner = StateGraph(State).add_node("i", logs("i")).add_edge(START, "i").compile(barrier=False)
    graph = StateGraph(State).add_node("inner", inner).add_edge(START, "inner").compile(InMemorySaver())
    assert graph.invoke({"log": []}, {"configurable": {"thread_id": "1"}}) == {"log": ["i"]}


@pytest.mark.parametrize(
    "options",
    [{"checkpointer": InMemorySaver()}, {"interrupt_before": ["a"]}, {"interrupt_after": "*"}],
    ids=str,
)
def test_nothing_is_kept_or_stopped_at(options: dict[str, Any]):
    graph = StateGraph(State).add_node("a", logs("a")).add_edge(START, "a")
    with pytest.raises(ValueError, match=r"barrier=False\) runs the graph without steps"):
        graph.compile(barrier=False, **options)
