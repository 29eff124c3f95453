"""Workflows that are built by one function on both sides, eventflow's and LangGraph's, to compare what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

Library = Any
"""The names of one side: `task`, `entrypoint`, `InMemorySaver`, …"""

Transcript = Callable[[Library], list[Any]]

ONE: Any = {"configurable": {"thread_id": "1"}}
MODES = ["updates", "values", "tasks", "custom"]

WORKFLOWS: list[Transcript] = []
AWAITED: list[Callable[[Library], Any]] = []


def workflow(program: Transcript) -> Transcript:
    WORKFLOWS.append(program)
    return program


def awaited(program: Callable[[Library], Any]) -> Callable[[Library], Any]:
    AWAITED.append(program)
    return program


def seen(graph: Any, input: Any, config: Any = None, **options: Any) -> list[Any]:
    found: list[Any] = []
    options.setdefault("stream_mode", MODES)
    try:
        found.extend(graph.stream(input, config, **options))
    except Exception as error:
        found.append(type(error).__name__)
    return found


def square(lib: Library) -> Any:
    @lib.task
    def sq(x: int) -> int:
        return x * x

    return sq


@workflow
def one_after_the_other(lib: Library) -> list[Any]:
    sq = square(lib)

    @lib.entrypoint()
    def wf(xs: list[int]) -> list[int]:
        return [sq(x).result() for x in xs]

    return [
        *seen(wf, [4, 5]),
        *seen(wf, [4], subgraphs=True),
        *seen(wf, [4], version="v2"),
        *seen(wf, [4], stream_mode="updates"),
        *seen(wf, [4], stream_mode="values"),
        *seen(wf, [4], stream_mode="debug"),
        wf.invoke([3]),
        asyncio.run(wf.ainvoke([3])),
        wf.get_input_jsonschema()["type"],
        wf.get_output_jsonschema()["type"],
    ]


@workflow
def at_the_same_time(lib: Library) -> list[Any]:
    sq = square(lib)

    @lib.entrypoint()
    def wf(xs: list[int]) -> list[int]:
        futures = [sq(x) for x in xs]
        return [future.result() for future in futures]

    return sorted(map(repr, seen(wf, [1, 2, 3], stream_mode="updates")))


@workflow
def asks_and_goes_on(lib: Library) -> list[Any]:
    calls: list[int] = []

    @lib.task
    def add(x: int, *, k: int = 1) -> int:
        calls.append(x)
        return x + k

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def wf(x: int, *, previous: Any = None) -> Any:
        a = add(x).result()
        b = lib.interrupt({"a": a})
        c = add(b, k=10).result()
        return lib.entrypoint.final(value={"a": a, "b": b, "c": c, "before": previous}, save=c)

    return [
        *seen(wf, 1, ONE),
        [*calls],
        wf.get_state(ONE).next,
        wf.get_state(ONE).values,
        *seen(wf, lib.Command(resume=5), ONE),
        [*calls],
        wf.get_state(ONE).next,
        wf.get_state(ONE).values,
        wf.invoke(2, ONE),
        wf.invoke(lib.Command(resume=7), ONE),
        [(s.next, s.values, dict(s.metadata)) for s in wf.get_state_history(ONE)],
    ]


@workflow
def tasks_ask(lib: Library) -> list[Any]:
    runs: list[Any] = []

    @lib.task
    def ask(x: Any) -> Any:
        runs.append(x)
        return lib.interrupt(x)

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def wf(x: Any) -> Any:
        first = ask(x).result()
        return [first, ask(first).result()]

    return [
        *seen(wf, 1, ONE),
        [i.value for i in wf.get_state(ONE).interrupts],
        *seen(wf, lib.Command(resume="A"), ONE),
        *seen(wf, lib.Command(resume="B"), ONE),
        runs,
    ]


@workflow
def one_asks_twice(lib: Library) -> list[Any]:
    @lib.task
    def ask(x: Any) -> Any:
        return [lib.interrupt("first"), lib.interrupt("second")]

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def wf(x: Any) -> Any:
        return [ask(x).result(), lib.interrupt("third")]

    return [
        *seen(wf, 1, ONE, stream_mode="updates"),
        *seen(wf, lib.Command(resume=1), ONE, stream_mode="updates"),
        *seen(wf, lib.Command(resume=2), ONE, stream_mode="updates"),
        *seen(wf, lib.Command(resume=3), ONE, stream_mode="updates"),
    ]


@workflow
def several_ask_at_once(lib: Library) -> list[Any]:
    @lib.task
    def ask(x: Any) -> Any:
        return lib.interrupt(x)

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def wf(x: Any) -> Any:
        futures = [ask(i) for i in range(2)]
        return [future.result() for future in futures]

    said: list[Any] = []
    said.append([i.value for i in wf.invoke(1, ONE)["__interrupt__"]])
    for _ in range(2):
        asked = wf.get_state(ONE).interrupts
        answered = wf.invoke(lib.Command(resume={i.id: i.value * 10 for i in asked}), ONE)
        said.append(len(answered))
    return said


@workflow
def fails_and_is_run_again(lib: Library) -> list[Any]:
    calls: list[str] = []

    @lib.task
    def good(x: int) -> int:
        calls.append("good")
        return x

    @lib.task
    def bad(x: int) -> int:
        calls.append("bad")
        if calls.count("bad") == 1:
            raise ValueError("bad")
        return x + 1

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def wf(x: int) -> Any:
        return [good(x).result(), bad(x).result()]

    return [
        *seen(wf, 1, ONE),
        wf.get_state(ONE).tasks[0].error,
        *seen(wf, None, ONE),
        calls,
    ]


@workflow
def an_error_is_handled(lib: Library) -> list[Any]:
    @lib.task
    def bad(x: int) -> int:
        raise ValueError("bad")

    @lib.entrypoint()
    def wf(x: int) -> Any:
        try:
            return bad(x).result()
        except ValueError as error:
            return repr(error)

    return seen(wf, 1)


@workflow
def nobody_waits_for_it(lib: Library) -> list[Any]:
    @lib.task
    def bad(x: int) -> int:
        raise ValueError("bad")

    @lib.entrypoint()
    def wf(x: int) -> Any:
        bad(x)
        return 1

    return [wf.invoke(1)]


@workflow
def retries(lib: Library) -> list[Any]:
    calls: list[int] = []

    @lib.task(
        retry_policy=lib.RetryPolicy(initial_interval=0.001, jitter=False, retry_on=KeyError), name="again"
    )
    def flaky(x: int) -> int:
        calls.append(x)
        if len(calls) < 3:
            raise KeyError("x")
        return x

    @lib.entrypoint()
    def wf(x: int) -> Any:
        return flaky(x).result()

    return [*seen(wf, 1), calls]


@workflow
def cached(lib: Library) -> list[Any]:
    calls: list[int] = []

    @lib.task(cache_policy=lib.CachePolicy())
    def slow(x: int) -> int:
        calls.append(x)
        return x

    @lib.entrypoint(cache=lib.NodeCache())
    def wf(x: int) -> Any:
        return [slow(x).result(), slow(x).result(), slow(2).result()]

    return [*seen(wf, 1), *seen(wf, 1), calls]


@workflow
def injected(lib: Library) -> list[Any]:
    @lib.task
    def tell(x, *, writer):
        writer(x)
        return x

    @lib.entrypoint(context_schema=dict)
    def wf(x, *, config, writer, runtime, previous):
        writer("begins")
        lib.get_stream_writer()("goes on")
        metadata = sorted(key for key in config["metadata"] if key.startswith("langgraph"))
        return [tell(x).result(), runtime.context, previous, metadata]

    return [*seen(wf, 1, context={"u": 1})]


@workflow
def tasks_call_tasks(lib: Library) -> list[Any]:
    sq = square(lib)

    @lib.task
    def outer(x: int) -> int:
        return sq(x).result() + 1

    @lib.entrypoint()
    def wf(x: int) -> int:
        return outer(x).result()

    return [*seen(wf, 3), *seen(wf, 3, subgraphs=True)]


@workflow
def workflows_call_workflows(lib: Library) -> list[Any]:
    sq = square(lib)

    @lib.entrypoint()
    def inner(x: int) -> int:
        return sq(x).result()

    @lib.entrypoint()
    def outer(x: int) -> int:
        return inner.invoke(x) + 1

    return [
        *seen(outer, 3, stream_mode=["updates"]),
        *seen(outer, 3, subgraphs=True, stream_mode=["updates"]),
    ]


@workflow
def a_node_calls_tasks(lib: Library) -> list[Any]:
    sq = square(lib)
    graph = lib.StateGraph(dict[str, int]).add_node("a", lambda state: {"x": sq(state["x"]).result()})
    graph = graph.add_edge(lib.START, "a").compile()
    return [*seen(graph, {"x": 3}), *seen(graph, {"x": 3}, subgraphs=True)]


@workflow
def remembers(lib: Library) -> list[Any]:
    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def count(step: int, *, previous: int | None = None) -> int:
        return (previous or 0) + step

    return [*seen(count, 1, ONE), *seen(count, 2, ONE), *seen(count, 3, ONE, durability="exit")]


@workflow
def wrong_calls(lib: Library) -> list[Any]:
    found: list[Any] = []
    sq = square(lib)

    @lib.entrypoint()
    async def wf(x: int) -> int:
        return await sq(x)

    for call in (
        lambda: sq(1),
        lambda: wf.invoke(1),
        lambda: lib.entrypoint()(lambda: 1),
        lambda: lib.entrypoint(checkpointer=lib.InMemorySaver())(lambda x: x).invoke(1),
        lambda: lib.entrypoint()(lambda x: x).invoke(None),
        lambda: lib.task(timeout=1)(lambda x: x),
        lambda: lib.entrypoint(timeout=1)(lambda x: x),
    ):
        try:
            found.append(call())
        except Exception as error:
            base = next(
                one for one in (RuntimeError, TypeError, ValueError, Exception) if isinstance(error, one)
            )
            found.append(base.__name__)
    return found


@awaited
async def in_async_code(lib: Library) -> list[Any]:
    sq = square(lib)

    @lib.task
    async def asq(x: int) -> int:
        await asyncio.sleep(0)
        return x * x

    @lib.entrypoint()
    async def wf(xs: list[int]) -> Any:
        first = await asyncio.gather(*(asq(x) for x in xs))
        return [first, await sq(9)]

    return [part async for part in wf.astream([1, 2], stream_mode=["updates", "values"])]


@awaited
async def asks_in_async_code(lib: Library) -> list[Any]:
    calls: list[int] = []

    @lib.task
    async def add(x: int) -> int:
        calls.append(x)
        return x + 1

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    async def wf(x: int) -> Any:
        return [await add(x), lib.interrupt("?"), await add(10)]

    found = [part async for part in wf.astream(1, ONE, stream_mode=MODES)]
    found += [part async for part in wf.astream(lib.Command(resume="!"), ONE, stream_mode=MODES)]
    return [*found, calls]
