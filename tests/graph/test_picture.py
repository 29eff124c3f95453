"""A compiled graph is drawn as LangGraph draws it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest
from typing_extensions import TypedDict

import eventflow.graph

pytest.importorskip("langgraph")

from langgraph import graph as langgraph_graph
from langgraph import types as langgraph_types

OURS: Any = eventflow.graph
PEER: Any = SimpleNamespace(**{**vars(langgraph_types), **vars(langgraph_graph)})


class State(TypedDict):
    x: int


def nothing(state: Any) -> None: ...


def named(lib: Any, *names: str) -> Any:
    graph = lib.StateGraph(State)
    for name in names:
        graph.add_node(name, nothing)
    return graph


def chain(lib: Any) -> Any:
    return named(lib, "a", "b").add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", lib.END).compile()


def labels(lib: Any) -> Any:
    graph = named(lib, "a", "b", "c").add_edge(lib.START, "a").add_edge("b", "c").add_edge("c", lib.END)
    return graph.add_conditional_edges("a", lambda state: "b", {"yes": "b", "no": lib.END}).compile()


def choices_at_the_start(lib: Any) -> Any:
    graph = named(lib, "a", "b").add_conditional_edges(lib.START, lambda state: "a", ["a", "b"])
    return graph.add_edge("a", lib.END).add_edge("b", lib.END).compile()


def literal_choices(lib: Any) -> Any:
    def choose(state: State) -> Literal["b", "__end__"]:
        return "b"

    return named(lib, "a", "b").add_edge(lib.START, "a").add_conditional_edges("a", choose).compile()


def joins(lib: Any) -> Any:
    graph = named(lib, "a", "b", "c").add_edge(lib.START, "a").add_edge(lib.START, "b")
    return graph.add_edge(["a", "b"], "c").compile()


def commands(lib: Any) -> Any:
    def goes(state: Any) -> Any: ...

    goes.__annotations__["return"] = lib.Command[Literal["b", "c"]]
    graph = lib.StateGraph(State).add_node("a", goes).add_node("b", nothing, destinations={"c": "label"})
    return graph.add_node("c", nothing, destinations=("a", lib.END)).add_edge(lib.START, "a").compile()


def a_circle(lib: Any) -> Any:
    return named(lib, "a", "b").add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "a").compile()


def notes(lib: Any) -> Any:
    graph = lib.StateGraph(State).add_node("a", nothing, metadata={"k": 1}).add_node("b", nothing, defer=True)
    graph = graph.add_node("c", nothing).add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    return graph.compile(interrupt_before=["b", "c"], interrupt_after=["c", "a"])


def nested(lib: Any) -> Any:
    deep = named(lib, "i", "j").add_edge(lib.START, "i").add_edge("i", "j").compile()
    inner = (
        named(lib, "sib").add_node("deep", deep).add_edge(lib.START, "deep").add_edge("deep", "sib").compile()
    )
    return named(lib, "a").add_node("inner", inner).add_edge(lib.START, "a").add_edge("a", "inner").compile()


PROGRAMS = [chain, labels, choices_at_the_start, literal_choices, joins, commands, a_circle, notes, nested]


@pytest.mark.parametrize("xray", [False, 1, True])
@pytest.mark.parametrize("build", PROGRAMS, ids=lambda build: build.__name__)
def test_mermaid(build: Any, xray: Any):
    expected = build(PEER).get_graph(xray=xray).draw_mermaid()
    assert build(OURS).get_graph(xray=xray).draw_mermaid() == expected


async def test_the_same_in_async_code_and_with_a_config():
    graph = nested(OURS)
    expected = graph.get_graph(xray=True).draw_mermaid()
    assert (await graph.aget_graph(xray=True)).draw_mermaid() == expected
    assert graph.with_config(tags=["t"]).get_graph(xray=True).draw_mermaid() == expected


def test_in_ascii():
    assert "| __start__ |" in chain(OURS).get_graph().draw_ascii()


def test_a_graph_in_a_sequence_is_drawn():
    drawn = (chain(OURS) | nothing).get_graph().draw_mermaid()
    assert "__start__" in drawn
    assert "nothing" in drawn


def test_what_has_no_way_in_stays_closed():
    inner = named(OURS, "i", "island").add_edge(OURS.START, "i").add_edge(OURS.START, "island").compile()
    graph = OURS.StateGraph(State).add_node("inner", inner).add_edge(OURS.START, "inner").compile()
    nodes = graph.get_graph(xray=True).nodes
    assert {"__start__", "__end__"} < {*nodes}
    assert all(edge.source in nodes and edge.target in nodes for edge in graph.get_graph(xray=True).edges)
