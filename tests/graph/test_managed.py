"""Keys that a graph fills in."""

from typing import Any, TypedDict

import pytest

from eventflow.checkpoints import InMemorySaver
from eventflow.graph import END, START, IsLastStep, RemainingSteps, StateGraph


class State(TypedDict):
    x: int
    left: RemainingSteps
    last: IsLastStep


def looping(seen: list[Any], **compiled: Any) -> Any:
    def node(state: State) -> Any:
        seen.append((state["left"], state["last"]))
        return {"x": state["x"] + 1, "left": 77}

    def edge(state: State) -> str:
        seen.append((state["left"], state["last"]))
        return END if state["last"] else "node"

    graph = StateGraph(State).add_node(node).add_edge(START, "node").add_conditional_edges("node", edge)
    return graph.compile(**compiled)


def test_steps_are_counted_down_for_nodes_and_edges():
    seen: list[Any] = []
    assert looping(seen).invoke({"x": 0, "left": 5}, {"recursion_limit": 4}) == {"x": 3}
    assert seen == [(3, False), (3, False), (2, False), (2, False), (1, True), (1, True)]


def test_nothing_keeps_them():
    seen: list[Any] = []
    saver = InMemorySaver()
    graph = looping(seen, checkpointer=saver)
    thread: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 2}
    graph.invoke({"x": 0}, thread)
    assert graph.get_state(thread).values == {"x": 1}


@pytest.mark.parametrize("mode", ["values", "updates"])
def test_nothing_shows_them(mode: Any):
    parts = list(looping([]).stream({"x": 0}, {"recursion_limit": 2}, stream_mode=mode))
    assert parts == ([{"x": 0}, {"x": 1}] if mode == "values" else [{"node": {"x": 1}}])
