"""What cannot run is refused where it is said: with what is wrong, where, and what to do instead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Literal

import pytest
from typing_extensions import TypedDict

import eventflow
from eventflow.checkpoints import InMemorySaver
from eventflow.errors import EmptyInputError, InvalidUpdateError
from eventflow.graph import END, START, CachePolicy, Command, Send, StateGraph


class State(TypedDict):
    x: int


def nothing(state: State) -> None: ...


def graph(*names: str) -> Any:
    made = StateGraph(State)
    for name in names:
        made.add_node(name, nothing)
    return made


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: graph("a", "a"), ValueError, "Node `a` already present"),
    (lambda: graph(START), ValueError, "Node `__start__` is reserved"),
    (lambda: graph("a|b"), ValueError, r"'\|' is a reserved character"),
    (lambda: graph().add_node("a"), RuntimeError, r"node 'a' has nothing to run: add_node\(name, function\)"),
    (lambda: graph().add_node("a", 5), TypeError, "node 'a' cannot run 5: give a function or a runnable"),
    (lambda: graph("a").add_edge(END, "a"), ValueError, "END cannot be a start node"),
    (lambda: graph("a").add_edge("a", START), ValueError, "START cannot be an end node"),
    (lambda: graph("a").add_edge(["a", "b"], "a"), ValueError, "Need to add_node `b` first"),
    (lambda: graph("a").compile(), ValueError, r"must have an entrypoint: add at least one edge from START"),
    (
        lambda: graph("a").add_edge(START, "b").compile(),
        ValueError,
        "Found edge ending at unknown node `b`: there are 'a'",
    ),
    (
        lambda: graph("a").add_edge(START, "a").add_edge("b", "a").compile(),
        ValueError,
        "Found edge starting at unknown node 'b': there are 'a'",
    ),
    (
        lambda: graph("a").add_conditional_edges(START, lambda state: "b", ["b"]).compile(),
        ValueError,
        "unknown target 'b': there are 'a'",
    ),
    (
        lambda: graph("a").add_edge(START, "a").compile(interrupt_before=["b"]),
        ValueError,
        "Interrupt node `b` not found: there are 'a'",
    ),
    (
        lambda: graph("a").add_edge(START, "a").compile(cache=eventflow.InMemoryCache()),
        TypeError,
        r"give a cache of nodes, as InMemoryNodeCache\(\)",
    ),
    (
        lambda: graph().add_node("a", nothing, cache_policy=60),
        TypeError,
        r"cache_policy=60: give a CachePolicy",
    ),
    (
        lambda: graph().add_node("a", nothing, retry_policy=[3]),
        TypeError,
        r"retry_policy=\[3\]: give a RetryPolicy",
    ),
    (lambda: graph().add_node("a", nothing, error_handler=3), TypeError, "error_handler=3: give a function"),
    (lambda: graph().add_node("a", nothing, timeout=3), ValueError, "only supported for async nodes"),
]


@pytest.mark.parametrize(("make", "kind", "text"), REFUSED, ids=[text for *_, text in REFUSED])
def test_refused(make: Callable[[], Any], kind: type[Exception], text: str):
    with pytest.raises(kind, match=text):
        make()


WRONG_CALLS: list[tuple[Any, Any, dict[str, Any], type[Exception], str]] = [
    (nothing, None, {}, EmptyInputError, "takes a dict with some of the keys x, and got None"),
    (
        nothing,
        5,
        {},
        InvalidUpdateError,
        "Expected dict, got 5: the input has to return a dict|Expected dict, got 5",
    ),
    (nothing, {"x": 1}, {"speed": 5}, TypeError, "called with speed, which it does not know"),
    (
        nothing,
        {"x": 1},
        {"durability": "never"},
        ValueError,
        "durability='never': choose one of sync, async, exit",
    ),
    (
        nothing,
        {"x": 1},
        {"interrupt_before": ["b"]},
        ValueError,
        "interrupt_before has 'b', which is no node",
    ),
    (
        lambda state: 5,
        {"x": 1},
        {},
        InvalidUpdateError,
        "Expected dict, got 5: node 'a' has to return a dict",
    ),
    (
        lambda state: Command(goto="b"),
        {"x": 1},
        {},
        InvalidUpdateError,
        "'a' goes on to 'b', which is no node",
    ),
    (
        lambda state: Command(goto=Send("b", 1)),
        {"x": 1},
        {},
        InvalidUpdateError,
        "'a' goes on to 'b', which is no",
    ),
]


@pytest.mark.parametrize(
    ("node", "input", "options", "kind", "text"), WRONG_CALLS, ids=[text for *_, text in WRONG_CALLS]
)
async def test_wrong_calls(node: Any, input: Any, options: dict[str, Any], kind: type[Exception], text: str):
    compiled = StateGraph(State).add_node("a", node).add_edge(START, "a").compile()
    with pytest.raises(kind, match=text):
        compiled.invoke(input, **options)
    with pytest.raises(kind, match=text):
        await compiled.ainvoke(input, **options)


def test_compiling_changes_nothing_of_the_builder():
    builder = graph("a").add_edge(START, "a")
    first = builder.compile()
    builder.set_node_defaults(cache_policy=CachePolicy())
    builder.add_node("b", nothing).add_edge("a", "b")
    second = builder.compile()
    assert [*first.nodes] == ["a"]
    assert first.nodes["a"].cache is None
    assert [*second.nodes] == ["a", "b"]
    assert second.nodes["a"].cache == CachePolicy()
    assert builder.nodes["a"].cache is None


def test_annotations_say_where_a_command_leads():
    def goes(state: State) -> Command[Any]: ...

    goes.__annotations__["return"] = Command[Literal["b"]]
    compiled = graph("b").add_node(goes).add_edge(START, "goes").compile()
    assert [(edge.source, edge.target) for edge in compiled.get_graph().edges if edge.conditional] == [
        ("goes", "b")
    ]


@pytest.mark.parametrize("wrong", ["threads.sqlite", InMemorySaver, contextlib.nullcontext(InMemorySaver())])
def test_what_is_no_checkpointer_is_refused_when_the_graph_is_compiled(wrong: Any):
    with pytest.raises(TypeError, match=r"compile\(checkpointer=.*give a checkpointer, as InMemorySaver\(\)"):
        graph("a").add_edge(START, "a").compile(wrong)
