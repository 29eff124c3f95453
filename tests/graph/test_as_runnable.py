"""A compiled graph is a runnable like others: composed, batched, configured, a tool; and says what it takes."""

from __future__ import annotations

import operator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from eventflow import RunnableLambda, RunnableParallel, RunnablePassthrough
from eventflow.checkpoints import InMemorySaver
from eventflow.graph import END, START, StateGraph, entrypoint, task


class State(TypedDict):
    x: int
    log: Annotated[list[str], operator.add]


class Asked(TypedDict):
    x: int


def double(state: State) -> Any:
    return {"x": state["x"] * 2, "log": ["double"]}


GRAPH = StateGraph(State).add_node(double).add_edge(START, "double").add_edge("double", END).compile()


@entrypoint()
def workflow(state: dict[str, Any]) -> dict[str, Any]:
    return double(state)  # type: ignore[arg-type]


@pytest.mark.parametrize("graph", [GRAPH, workflow], ids=["graph", "workflow"])
async def test_composed(graph: Any):
    chain = RunnableLambda(lambda x: {"x": x, "log": []}) | graph | (lambda state: state["x"])
    assert chain.invoke(2) == await chain.ainvoke(2) == 4
    assert list(chain.stream(2)) == [4]
    assert [part async for part in chain.astream(2)] == [4]
    both = RunnableParallel(one=graph, two=graph, three=RunnablePassthrough())
    found = both.invoke({"x": 1, "log": []})
    assert found == await both.ainvoke({"x": 1, "log": []})
    assert found["one"] == found["two"] == {"x": 2, "log": ["double"]}


@pytest.mark.parametrize("graph", [GRAPH, workflow], ids=["graph", "workflow"])
async def test_batches(graph: Any):
    inputs = [{"x": n, "log": []} for n in range(5)]
    expected = [{"x": n * 2, "log": ["double"]} for n in range(5)]
    assert graph.batch(inputs) == await graph.abatch(inputs) == expected
    assert sorted((n, one["x"]) for n, one in graph.batch_as_completed(inputs)) == [
        (n, n * 2) for n in range(5)
    ]


def test_with_a_config_of_its_own():
    graph = StateGraph(State).add_node(double).add_edge(START, "double").compile(checkpointer=InMemorySaver())
    mine = graph.with_config(configurable={"thread_id": "1"}, tags=["mine"])
    mine.invoke({"x": 1, "log": []})
    assert mine.get_state({"configurable": {"thread_id": "1"}}).values["x"] == 2
    tasks = list(mine.stream({"x": 1, "log": []}, stream_mode="tasks"))
    assert tasks[0]["metadata"]["tags"] == ["mine"]


async def test_as_a_tool():
    made = GRAPH.as_tool(name="double", description="Doubles x.", arg_types={"x": int, "log": list})
    assert made.invoke({"x": 3, "log": []}) == await made.ainvoke({"x": 3, "log": []})
    assert made.invoke({"x": 3, "log": []})["x"] == 6
    assert made.args["x"]["type"] == "integer"


async def test_as_a_node_beside_others():
    graph = StateGraph(State).add_node("left", GRAPH).add_node("right", lambda state: {"log": ["right"]})
    compiled = graph.add_edge(START, "left").add_edge(START, "right").compile()
    found = compiled.invoke({"x": 1, "log": []})
    assert found == await compiled.ainvoke({"x": 1, "log": []}) == {"x": 2, "log": ["double", "right"]}


def test_schemas():
    graph = StateGraph(State, context_schema=Asked, input_schema=Asked, output_schema=Asked)
    compiled = graph.add_node(double).add_edge(START, "double").compile()
    asked = {
        "properties": {"x": {"title": "X", "type": "integer"}},
        "required": ["x"],
        "title": "Asked",
        "type": "object",
    }
    assert compiled.get_input_jsonschema() == compiled.get_output_jsonschema() == asked
    assert compiled.get_context_jsonschema() == asked
    assert compiled.InputType is compiled.OutputType is Asked
    assert [*GRAPH.get_input_jsonschema()["properties"]] == ["x", "log"]
    assert GRAPH.get_context_jsonschema() is None


def test_schemas_of_models_and_of_one_value():
    class Model(BaseModel):
        x: int

    compiled = StateGraph(Model).add_node("a", lambda state: None).add_edge(START, "a").compile()
    assert compiled.get_input_schema() is Model
    root = (
        StateGraph(list[int]).add_node("a", lambda state: state).add_edge(START, "a").compile(name="numbers")
    )
    assert root.get_input_jsonschema() == {
        "items": {"type": "integer"},
        "title": "numbers_input",
        "type": "array",
    }


def test_schemas_of_workflows():
    @task
    def size(text: str) -> int:
        return len(text)

    @entrypoint()
    def sizes(texts: list[str]) -> entrypoint.final[list[int], str]:
        return entrypoint.final(value=[size(text).result() for text in texts], save="done")

    assert sizes.invoke(["a", "bc"]) == [1, 2]
    assert sizes.get_input_jsonschema()["type"] == "array"
    assert sizes.get_output_jsonschema()["items"] == {"type": "integer"}


@pytest.mark.parametrize(
    ("keeps", "second"), [(None, ["again", 1]), (True, [0, "again", 2]), (False, ["again", 1])]
)
def test_whether_a_graph_inside_remembers(keeps: bool | None, second: list[Any]):
    class Log(TypedDict):
        log: Annotated[list[Any], operator.add]

    inner = StateGraph(Log).add_node("count", lambda state: {"log": [len(state["log"])]})
    kept = inner.add_edge(START, "count").compile(checkpointer=keeps)
    runs: list[Any] = []

    def calls(state: Log) -> Any:
        runs.append(kept.invoke({"log": ["again"] if runs else []})["log"])

    graph = StateGraph(Log).add_node(calls).add_edge(START, "calls").compile(InMemorySaver())
    for _ in range(2):
        graph.invoke({"log": []}, {"configurable": {"thread_id": "1"}})
    assert runs == [[0], second]


def test_only_a_graph_inside_another_can_share_its_checkpoints():
    graph = StateGraph(State).add_node(double).add_edge(START, "double").compile(checkpointer=True)
    with pytest.raises(RuntimeError, match="checkpointer=True is for a graph inside a graph"):
        graph.invoke({"x": 1, "log": []})
    with pytest.raises(ValueError, match="No checkpointer set"):
        graph.get_state({"configurable": {"thread_id": "1"}})


async def test_graphs_inside_are_listed():
    def node(state: Any) -> None: ...

    leaf = StateGraph(dict).add_node("n", node).add_edge(START, "n").compile()
    middle = StateGraph(dict).add_node("leaf", leaf).add_node("n", node).add_edge(START, "leaf").compile()
    top = StateGraph(dict).add_node("middle", middle).add_node("other", leaf).add_edge(START, "middle")
    top = top.add_edge("middle", "other").compile()

    def listed(**said: Any) -> list[tuple[str, Any]]:
        return [*top.get_subgraphs(**said)]

    assert listed() == [("middle", middle), ("other", leaf)]
    assert listed(recurse=True) == [("middle", middle), ("middle|leaf", leaf), ("other", leaf)]
    assert listed(namespace="other") == [("other", leaf)]
    assert listed(namespace="middle|leaf", recurse=True) == [("middle|leaf", leaf)]
    assert listed(namespace="middle|leaf") == []
    assert listed(namespace="mid", recurse=True) == []
    assert [found async for found in top.aget_subgraphs(recurse=True)] == listed(recurse=True)
