"""A type checker knows what a graph's state is from the schema that the graph is made of."""

import operator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict, assert_type

from eventflow import START, CompiledStateGraph, MessagesState, StateGraph


class State(TypedDict):
    x: int


@dataclass
class Point:
    x: int


def more(state: State) -> dict[str, int]:
    return {"x": state["x"] + 1}


def graphs_know_their_state() -> None:
    built = StateGraph(State)
    assert_type(built, StateGraph[State])
    assert_type(StateGraph(Point), StateGraph[Point])
    assert_type(StateGraph(MessagesState), StateGraph[MessagesState])
    assert_type(StateGraph(Annotated[list[int], operator.add]), StateGraph[Any])
    compiled = built.add_node("more", more).add_edge(START, "more").compile()
    assert_type(compiled, CompiledStateGraph[State])
    assert_type(compiled.invoke({"x": 1}, version="v2").value, State)

    built.compile("threads.sqlite")  # error
    built.add_edge(START)  # error
    StateGraph()  # error
