"""The `partial_json` mode: what models inside nodes write, as JSON that grows."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import pytest
from typing_extensions import TypedDict

from eventflow.events import Event, RunInfo
from eventflow.graph import START, MessagesState, StateGraph
from eventflow.graph.modes import StreamModeName, View, chosen_modes
from eventflow.graph.modes.partial_json import PartialJson
from eventflow.messages import AIMessageChunk
from eventflow.models import ScriptedChatModel
from eventflow.plugins.modes import _BUILT_IN
from eventflow.subscribers import attach_partial_json


class State(TypedDict):
    n: Annotated[int, max]


def graph_of(*models: Any) -> Any:
    builder = StateGraph(State)
    for number, model in enumerate(models):
        name = f"node{number}"
        builder.add_node(name, lambda state, model=model: {"n": len(model.invoke("hi").text)})
        builder.add_edge(START, name)
    return builder.compile()


PIECES = ['{"a": [1', "2], ", '"b": "x', '"}']


async def test_each_snapshot_is_a_part():
    graph = graph_of(ScriptedChatModel(PIECES, loop=True))
    parts = list(graph.stream({"n": 0}, stream_mode="partial_json"))
    assert [(part["value"], part["path"], part["completed"], part["status"]) for part in parts] == [
        ({"a": [1]}, [], [], "open"),
        ({"a": [12]}, ["a"], [["a", 0], ["a"]], "open"),
        ({"a": [12], "b": "x"}, ["b"], [], "open"),
        ({"a": [12], "b": "x"}, [], [["b"], []], "complete"),
    ]
    assert {part["langgraph_node"] for part in parts} == {"node0"}
    assert len({part["run_id"] for part in parts}) == 1
    again = [part async for part in graph.astream({"n": 0}, stream_mode="partial_json")]
    assert [{**part, "run_id": ""} for part in again] == [{**part, "run_id": ""} for part in parts]


def test_beside_other_modes():
    graph = graph_of(ScriptedChatModel(PIECES, loop=True))
    parts = list(graph.stream({"n": 0}, stream_mode=["partial_json", "updates", "messages"]))
    assert [mode for mode, _ in parts] == ["messages", "partial_json"] * 4 + ["updates"]
    dicts = list(graph.stream({"n": 0}, stream_mode=["partial_json"], version="v2"))
    assert [(part["type"], part["ns"]) for part in dicts] == [("partial_json", ())] * 4


def test_tool_calls_of_a_node_that_returns_the_message():
    calls = [{"name": "f", "id": "1", "index": 0, "args": '{"a": '}, {"args": "1}", "index": 0}]
    model = ScriptedChatModel(calls, loop=True)
    graph = (
        StateGraph(MessagesState)
        .add_node("ask", lambda state: {"messages": model.invoke(state["messages"])})
        .add_edge(START, "ask")
        .compile()
    )
    parts = list(graph.stream({"messages": ["hi"]}, stream_mode="partial_json"))
    assert [(part["tool_call"]["name"], part["value"], part["status"]) for part in parts] == [
        ("f", {}, "open"),
        ("f", {"a": 1}, "complete"),
    ]


async def test_prose_and_errors_hurt_nothing():
    broken = graph_of(ScriptedChatModel(['{"a": 1', OSError("cut")], loop=True))
    prose = graph_of(ScriptedChatModel("Hello there", loop=True))
    [part] = prose.stream({"n": 0}, stream_mode="partial_json")
    assert (part["status"], part["value"]) == ("absent", None)
    shown: list[Any] = []
    with pytest.raises(OSError, match="cut"):
        shown.extend(broken.stream({"n": 0}, stream_mode="partial_json"))
    assert [(part["status"], part["value"]) for part in shown] == [
        ("open", {"a": 1}),
        ("truncated", {"a": 1}),
    ]

    async def read() -> None:
        async for part in broken.astream({"n": 0}, stream_mode="partial_json"):
            shown.append(part)  # noqa: PERF401  # until it fails

    with pytest.raises(OSError, match="cut"):
        await read()
    assert len(shown) == 4


def test_the_tag_nostream_and_graphs_inside():
    inner = graph_of(ScriptedChatModel("[1]", loop=True))
    hidden = ScriptedChatModel("[2]", loop=True, tags=["nostream"])
    outer = (
        StateGraph(State)
        .add_node("inner", inner)
        .add_node("hidden", lambda state: {"n": len(hidden.invoke("hi").text)})
        .add_edge(START, "inner")
        .add_edge("inner", "hidden")
        .compile()
    )
    assert list(outer.stream({"n": 0}, stream_mode="partial_json")) == []
    [(ns, part)] = outer.stream({"n": 0}, stream_mode="partial_json", subgraphs=True)
    assert ns[0].startswith("inner:")
    assert part["value"] == [1]


async def test_models_that_run_at_the_same_time_stay_apart():
    models = [ScriptedChatModel.from_text(f'{{"n": {n}, "s": "xyz"}}', loop=True) for n in range(3)]
    parts = list(graph_of(*models).stream({"n": 0}, stream_mode="partial_json"))
    ends = {part["langgraph_node"]: part["value"] for part in parts if part["status"] == "complete"}
    assert ends == {f"node{n}": {"n": n, "s": "xyz"} for n in range(3)}


def test_it_is_what_the_subscriber_tells():
    model = ScriptedChatModel(PIECES, loop=True)
    graph = graph_of(model)
    parts = list(graph.stream({"n": 0}, stream_mode="partial_json"))
    with attach_partial_json():
        events = [e for e in graph.stream({"n": 0}, stream_mode="events") if e["event"] == "on_custom_event"]
    own = {"run_id": "", "langgraph_node": "node0"}
    assert [{**event["data"], **own} for event in events] == [{**part, **own} for part in parts]


def test_nothing_is_kept_of_a_run_that_has_ended():
    mode: Any = PartialJson(View())
    info = RunInfo("r", "model", "chat_model", metadata={"langgraph_checkpoint_ns": "node:1"})
    assert [part.data["value"] for part in mode.parts(Event("stream", info, AIMessageChunk("[1")))] == [[1]]
    assert [part.data["status"] for part in mode.parts(Event("end", info, None))] == ["truncated"]
    assert mode._readers == {}


def test_its_name_is_taken():
    assert set(get_args(StreamModeName)) == _BUILT_IN
    assert [mode.name for mode in chosen_modes("partial_json", View()).values()] == ["partial_json"]
