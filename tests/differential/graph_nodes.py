"""What nodes may be given beside their function, as programs for both sides: caches, error handlers, metadata."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any

from typing_extensions import TypedDict

Library = Any
Transcript = Callable[[Library], list[Any]]

ONE: Any = {"configurable": {"thread_id": "1"}}
MODES = ["updates", "values", "tasks"]
INPUT: Any = {"x": 1, "log": []}

NODES: list[Transcript] = []


class State(TypedDict):
    x: int
    log: Annotated[list[Any], operator.add]


def transcript(program: Transcript) -> Transcript:
    NODES.append(program)
    return program


def seen(graph: Any, input: Any = INPUT, config: Any = None, **options: Any) -> list[Any]:
    found: list[Any] = []
    options.setdefault("stream_mode", MODES)
    try:
        found.extend(graph.stream(input, config, **options))
    except Exception as error:
        found.append(type(error).__name__)
    return found


def logs(name: str) -> Any:
    return lambda state: {"log": [name]}


def boom(state: State) -> Any:
    raise ValueError("boom")


@transcript
def cached(lib: Library) -> list[Any]:
    calls: list[int] = []

    def slow(state: State) -> Any:
        calls.append(1)
        return {"x": state["x"] + 1, "log": ["slow"]}

    graph = lib.StateGraph(State).add_node("a", slow, cache_policy=lib.CachePolicy(ttl=60))
    graph = graph.add_node("b", logs("b")).add_edge(lib.START, "a").add_edge(lib.START, "b")
    graph = graph.compile(cache=lib.NodeCache())
    found = [*seen(graph), *seen(graph), *seen(graph, {"x": 2, "log": []}), *seen(graph, stream_mode="debug")]
    graph.clear_cache(["b"])
    found += [*seen(graph), len(calls)]
    graph.clear_cache()
    return [*found, *seen(graph), len(calls)]


@transcript
def cached_commands(lib: Library) -> list[Any]:
    calls: list[int] = []

    def goes(state: State) -> Any:
        calls.append(1)
        return lib.Command(update={"log": ["goes"]}, goto="d")

    graph = lib.StateGraph(State).add_node("c", goes, cache_policy=lib.CachePolicy()).add_node("d", logs("d"))
    graph = graph.add_edge(lib.START, "c").compile(cache=lib.NodeCache())
    return [*seen(graph), *seen(graph), len(calls)]


@transcript
def cached_choices(lib: Library) -> list[Any]:
    graph = (
        lib.StateGraph(State)
        .add_node("c", logs("c"), cache_policy=lib.CachePolicy())
        .add_node("d", logs("d"))
    )
    graph = graph.add_edge(lib.START, "c").add_conditional_edges("c", lambda state: "d", ["d"])
    graph = graph.compile(cache=lib.NodeCache())
    return [*seen(graph), *seen(graph)]


@transcript
def cached_by_a_key(lib: Library) -> list[Any]:
    policy = lib.CachePolicy(key_func=lambda state: b"one key")
    cache = lib.NodeCache()
    found: list[Any] = []
    for x in range(2):
        graph = lib.StateGraph(State).add_node("a", boomless, cache_policy=policy).add_edge(lib.START, "a")
        found += seen(graph.compile(cache=cache), {"x": x, "log": []})
    return found


def boomless(state: State) -> Any:
    return {"x": state["x"] * 10}


@transcript
def without_a_cache(lib: Library) -> list[Any]:
    graph = lib.StateGraph(State).add_node("a", logs("a"), cache_policy=lib.CachePolicy())
    graph = graph.add_edge(lib.START, "a").compile()
    found: list[Any] = [*seen(graph), *seen(graph)]
    try:
        graph.clear_cache()
    except ValueError:
        found.append("no cache")
    return found


@transcript
def metadata_of_a_node(lib: Library) -> list[Any]:
    def tells(state: State, config: Any) -> Any:
        return {"log": [config["metadata"]["kind"]]}

    tells.__annotations__["config"] = lib.RunnableConfig
    graph = (
        lib.StateGraph(State)
        .add_node("a", tells, metadata={"kind": "slow"})
        .add_edge(lib.START, "a")
        .compile()
    )
    return [*seen(graph), *seen(graph, stream_mode="debug")]


def handled(lib: Library, handler: Any, **options: Any) -> Any:
    handler.__annotations__["error"] = lib.NodeError
    graph = lib.StateGraph(State).add_node("boom", boom, error_handler=handler, **options)
    graph = graph.add_node("b", logs("b")).add_node("c", logs("c"))
    return graph.add_edge(lib.START, "boom").add_edge("boom", "b")


@transcript
def a_handler_ends_the_branch(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": [error.node, repr(error.error), state["x"]], "x": 7}

    return [
        *seen(handled(lib, handler).compile()),
        *seen(handled(lib, handler, metadata={"k": 1}).compile(checkpointer=lib.InMemorySaver()), INPUT, ONE),
    ]


@transcript
def a_handler_goes_on(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return lib.Command(update={"log": ["handled"]}, goto="c")

    return seen(handled(lib, handler).compile())


@transcript
def a_handler_fails(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        raise RuntimeError("no better")

    return seen(handled(lib, handler).compile())


@transcript
def a_handler_after_retries(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": ["handled"]}

    policy = lib.RetryPolicy(max_attempts=2, initial_interval=0.001, jitter=False, retry_on=ValueError)
    return seen(handled(lib, handler, retry_policy=policy).compile())


@transcript
def a_handler_asks(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": [lib.interrupt("what now?")]}

    graph = handled(lib, handler).compile(checkpointer=lib.InMemorySaver())
    found = seen(graph, INPUT, ONE)
    return [*found, *seen(graph, lib.Command(resume="A"), ONE, stream_mode=["updates", "values"])]


@transcript
def a_handler_among_others(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": ["handled"]}

    graph = handled(lib, handler).add_node("s", lambda state: {"log": ["s"]}).add_edge(lib.START, "s")
    graph = graph.add_edge(["s", "boom"], "c").add_edge("s", "c").compile()
    return sorted(map(repr, seen(graph, stream_mode=["values"])))


@transcript
def a_handler_of_what_was_sent(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": [state]}

    handler.__annotations__["error"] = lib.NodeError
    graph = lib.StateGraph(State).add_node("boom", boom, error_handler=handler)
    graph = graph.add_conditional_edges(lib.START, lambda state: [lib.Send("boom", {"a": 1})], ["boom"])
    return seen(graph.compile())


@transcript
def a_default_handler(lib: Library) -> list[Any]:
    def handler(state: State, error: Any) -> Any:
        return {"log": ["handled"]}

    handler.__annotations__["error"] = lib.NodeError
    graph = lib.StateGraph(State).add_node("boom", boom).add_edge(lib.START, "boom")
    graph.set_node_defaults(error_handler=handler)
    return seen(graph.compile())


@transcript
def default_policies(lib: Library) -> list[Any]:
    calls: list[int] = []

    def flaky(state: State) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("flaky")
        return {"log": ["done"]}

    policy = lib.RetryPolicy(initial_interval=0.001, jitter=False, retry_on=ValueError)
    graph = lib.StateGraph(State).set_node_defaults(retry_policy=policy, cache_policy=lib.CachePolicy())
    graph = graph.add_node(flaky).add_edge(lib.START, "flaky").compile(cache=lib.NodeCache())
    return [*seen(graph), *seen(graph), len(calls)]


@transcript
def no_timeout_for_sync_nodes(lib: Library) -> list[Any]:
    found: list[Any] = []

    async def fine(state: State) -> Any:
        return {"log": ["fine"]}

    for make in (
        lambda: lib.StateGraph(State).add_node("a", boom, timeout=1).add_edge(lib.START, "a").compile(),
        lambda: (
            lib.StateGraph(State)
            .set_node_defaults(timeout=1)
            .add_node(boom)
            .add_edge(lib.START, "boom")
            .compile()
        ),
        lambda: lib.StateGraph(State).add_node("a", fine, timeout=0),
        lambda: (
            lib.StateGraph(State)
            .add_node("a", fine, timeout=1)
            .add_edge(lib.START, "a")
            .compile()
            .invoke(INPUT)
        ),
    ):
        try:
            found.append(make())
        except ValueError:
            found.append("ValueError")
    return found
