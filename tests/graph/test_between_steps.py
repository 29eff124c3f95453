"""What a sync stream shows, it shows before the next step begins; and the limit of steps is what was said."""

from typing import Any

import pytest
from typing_extensions import TypedDict

from eventflow import START, GraphRecursionError, RunnableConfig, StateGraph


class State(TypedDict):
    x: int


def test_values_are_shown_before_the_next_step_begins():
    seen: list[Any] = []

    def node(name: str) -> Any:
        def act(state: State) -> Any:
            seen.append(name)
            return {"x": state["x"] + 1}

        return act

    graph = (
        StateGraph(State).add_sequence([("a", node("a")), ("b", node("b"))]).add_edge(START, "a").compile()
    )
    for part in graph.stream({"x": 0}, stream_mode=["values", "updates"]):
        seen += [part]
    assert seen == [
        ("values", {"x": 0}),
        "a",
        ("updates", {"a": {"x": 1}}),
        ("values", {"x": 1}),
        "b",
        ("updates", {"b": {"x": 2}}),
        ("values", {"x": 2}),
    ]


def endless() -> Any:
    graph = StateGraph(State).add_node("a", lambda state: {"x": state["x"] + 1})
    return graph.add_edge(START, "a").add_edge("a", "a").compile()


@pytest.mark.parametrize("limit", [1, 25, 26])
def test_a_limit_of_steps_is_taken_at_its_word(limit: int):
    with pytest.raises(GraphRecursionError, match=f"Recursion limit of {limit} reached"):
        endless().invoke({"x": 0}, {"recursion_limit": limit})


def test_a_config_that_is_passed_on_says_nothing_new_of_the_limit():
    long = StateGraph(State).add_sequence([(f"n{n}", lambda state: {"x": state["x"] + 1}) for n in range(40)])
    inner = long.add_edge(START, "n0").compile()

    def outer(state: State, config: RunnableConfig) -> Any:
        return inner.invoke(state, config)

    graph = StateGraph(State).add_node("outer", outer).add_edge(START, "outer").compile()
    assert graph.invoke({"x": 0}) == {"x": 40}
    with pytest.raises(GraphRecursionError, match="limit of 30"):
        graph.invoke({"x": 0}, {"recursion_limit": 30})
