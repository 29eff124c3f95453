"""What the modes show beside what LangGraph's do, and the messages that are shown once."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatGenerationChunk,
    GenericFakeChatModel,
    RunnableLambda,
    subscribe,
    tool,
)
from eventflow.graph import START, MessagesState, StateGraph, StreamWriter, push_token, shape
from eventflow.graph.modes import StreamModeName, View, chosen_modes


class Count(TypedDict):
    n: int


def one_node(node: Any, schema: Any = MessagesState) -> Any:
    return StateGraph(schema).add_node("node", node).add_edge(START, "node").compile()


def said(graph: Any, **options: Any) -> list[str]:
    return [message.text for message, _ in graph.stream({"messages": []}, stream_mode="messages", **options)]


# ---- the door


def test_an_unknown_mode_is_refused_with_the_names_of_those_there_are():
    graph = one_node(lambda state: {"n": 1}, Count)
    with pytest.raises(ValueError, match="'valeus' is no stream mode: there are messages, updates, values"):
        graph.stream({"n": 0}, stream_mode="valeus")
    with pytest.raises(ValueError, match="print_mode='x'"):
        graph.stream({"n": 0}, print_mode="x")
    with pytest.raises(ValueError, match="version='v9'"):
        graph.stream({"n": 0}, version="v9")


def test_an_unknown_option_is_refused_with_the_names_of_those_there_are():
    graph = one_node(lambda state: {"n": 1}, Count)
    for call in (graph.stream, graph.astream, graph.invoke):
        with pytest.raises(
            TypeError, match=r"steam_mode, which it does not know: there are context, .*stream_mode"
        ):
            call({"n": 0}, steam_mode="values")
    with pytest.raises(ValueError, match="output_keys has 'm', and the state has no such key: there are n"):
        graph.stream({"n": 0}, output_keys=["m"])


def test_a_tuple_of_modes_is_as_good_as_a_list():
    graph = one_node(lambda state: {"n": 1}, Count)
    parts = [*graph.stream({"n": 0}, stream_mode=("updates", "values"))]
    assert parts == [("values", {"n": 0}), ("updates", {"node": {"n": 1}}), ("values", {"n": 1})]


def test_states_of_version_v2_can_be_read_as_those_of_v1():
    output = one_node(lambda state: {"n": 1}, Count).invoke({"n": 0}, version="v2")
    assert output.value == {"n": 1}
    with pytest.warns(DeprecationWarning, match="result.value"):
        assert output["n"] == 1


# ---- events and tools


def anonymous(events: Any) -> list[Any]:
    return [
        (event["event"], event["name"], event["data"].keys(), len(event["parent_ids"])) for event in events
    ]


async def test_events_are_those_of_astream_events():
    inner = one_node(RunnableLambda(lambda state: {"n": state["n"] + 1}), Count)
    graph = one_node(inner, Count)
    expected = anonymous([event async for event in graph.astream_events({"n": 0})])
    assert anonymous(graph.stream({"n": 0}, stream_mode="events")) == expected
    assert anonymous([event async for event in graph.astream({"n": 0}, stream_mode="events")]) == expected
    deep = [*graph.stream({"n": 0}, stream_mode="events", subgraphs=True)]
    assert anonymous(event for _, event in deep) == expected
    assert {len(ns) for ns, _ in deep} == {0, 1}


@tool
def halve(x: int) -> int:
    """Halve a number."""
    if x % 2:
        raise ValueError("odd")
    return x // 2


@tool
def count_to(x: int):
    """Count."""
    yield from range(x)


def test_tools():
    def node(state: Count) -> Any:
        halve.invoke({"type": "tool_call", "id": "c1", "name": "halve", "args": {"x": 4}})
        count_to.invoke({"type": "tool_call", "id": "c2", "name": "count_to", "args": {"x": 2}})
        halve.invoke({"x": 3})

    shown: list[Any] = []

    def read() -> None:
        for part in one_node(node, Count).stream({"n": 0}, stream_mode="tools"):
            shown.append((part["event"], part["tool_call_id"], part.get("delta")))  # noqa: PERF401  # until it fails

    with pytest.raises(ValueError, match="odd"):
        read()
    assert shown[:-2] == [
        ("tool-started", "c1", None),
        ("tool-finished", "c1", None),
        ("tool-started", "c2", None),
        ("tool-output-delta", "c2", 0),
        ("tool-output-delta", "c2", 1),
        ("tool-finished", "c2", None),
    ]
    assert [event for event, _, _ in shown[-2:]] == ["tool-started", "tool-error"]


# ---- messages, each exactly once


class Model(GenericFakeChatModel):
    """Streams with one id, and answers with another."""

    pieces: tuple[str, ...] = ()
    streamed: str | None = None
    final: str | None = None

    def _stream(self, *args: Any, **kwargs: Any) -> Any:
        for piece in self.pieces:
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece, id=self.streamed))


IDS = st.sampled_from([None, "one", "two"])


@given(st.lists(st.text("ab", min_size=1), min_size=1, max_size=4), IDS, IDS, st.booleans(), st.booleans())
def test_a_message_is_shown_once_whatever_its_ids(pieces, streamed, final, nested, subgraphs):
    model = Model(messages=iter(()), pieces=(*pieces,), streamed=streamed)

    def node(state: MessagesState) -> Any:
        message = model.invoke("hi")
        if final is not None:
            message.id = final
        return {"messages": [message]}

    graph = one_node(node)
    graph = one_node(graph) if nested else graph
    parts = [*graph.stream({"messages": []}, stream_mode="messages", subgraphs=subgraphs)]
    texts = [part[-1][0].text if subgraphs else part[0].text for part in parts]
    assert "".join(texts) == "".join(pieces)


def test_metadata_says_which_run_a_message_is_of():
    model = Model(messages=iter(()), pieces=("a", "b"))
    parts = [
        *one_node(lambda state: {"messages": [model.invoke("x"), AIMessage("c")]}).stream(
            {"messages": []}, stream_mode="messages"
        )
    ]
    assert [message.text for message, _ in parts] == ["a", "b", "", "c"]  # "" is the end of the stream
    for _, metadata in parts:
        assert metadata["run_id"]
        assert isinstance(metadata["parent_ids"], list)
        assert metadata["langgraph_node"] == "node"
    assert parts[0][1] is parts[1][1]


def test_each_id_that_was_streamed_is_known_again():
    class Changing(GenericFakeChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for id in ("a", "b"):
                yield ChatGenerationChunk(message=AIMessageChunk(content=id, id=id))

    def node(state: Any) -> Any:
        Changing(messages=iter(())).invoke("hi")
        return {"messages": [AIMessage("seen", id="b"), AIMessage("new", id="c")]}

    assert "".join(said(one_node(node))) == "abnew"


@pytest.mark.parametrize("remembered", [1, 1024])
@pytest.mark.parametrize("options", [{}, {"subgraphs": True}, {"version": "v2"}, {"print_mode": "messages"}])
async def test_tokens_of_models_that_take_turns(monkeypatch, remembered, options):
    monkeypatch.setattr(shape, "_RUNS", remembered)

    class Counting(GenericFakeChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for n in range(4):
                await asyncio.sleep(0)
                yield ChatGenerationChunk(message=AIMessageChunk(content=str(n)))

    def node(number: int) -> Any:
        async def talk(state: Any) -> Any:
            return {"messages": [await Counting(messages=iter(())).ainvoke("hi")]}

        return RunnableLambda(talk, name=f"node{number}")

    graph: Any = StateGraph(MessagesState)
    for number in range(3):
        graph.add_node(f"node{number}", node(number)).add_edge(START, f"node{number}")
    heard: dict[str, str] = {}
    async for part in graph.compile().astream({"messages": []}, stream_mode="messages", **options):
        if options.get("version"):
            part = part["data"]
        elif "subgraphs" in options:
            _, part = part
        message, metadata = part
        name = metadata["langgraph_node"]
        heard[name] = heard.get(name, "") + message.text
    assert heard == {f"node{number}": "0123" for number in range(3)}


def test_tokens_beside_other_modes():
    model = GenericFakeChatModel(messages=iter([AIMessage("a b", id="m")]))
    graph = one_node(lambda state: {"messages": [model.invoke("hi")]})
    parts = [*graph.stream({"messages": []}, stream_mode=["messages", "events", "updates"])]
    tokens = [part[0].text for mode, part in parts if mode == "messages"]
    chunks = [
        e["data"]["chunk"].text
        for mode, e in parts
        if mode == "events" and e["event"] == "on_chat_model_stream"
    ]
    assert [mode for mode, _ in parts].count("updates") == 1
    assert tokens == chunks
    assert "".join(tokens) == "a b"


def test_nostream_hides_a_model_and_a_node():
    model = Model(messages=iter(()), pieces=("a",), streamed="m")

    def node(state: MessagesState) -> Any:
        return {"messages": [model.with_config(tags=["nostream"]).invoke("x")]}

    def talk(state: MessagesState) -> Any:
        push_token("pushed")
        return {"messages": [model.invoke("x"), AIMessage("own")]}

    assert said(one_node(node)) == []
    assert said(one_node(RunnableLambda(talk).with_config(tags=["nostream"]))) == []
    assert said(one_node(talk)) == ["pushed", "a", "", "own"]


def test_pushed_tokens_outside_a_run_are_refused():
    with pytest.raises(RuntimeError, match="push_token"):
        push_token("x")


def test_what_is_no_token_is_refused():
    def talk(state: MessagesState) -> None:
        push_token({"token": "x"})

    graph = StateGraph(MessagesState).add_node(talk).add_edge(START, "talk").compile()
    with pytest.raises(
        TypeError, match=r"push_token\(\{'token': 'x'\}\): give a piece of text, or a message"
    ):
        graph.invoke({"messages": []})


def test_a_writer_tells_whoever_listens_when_it_is_called():
    heard: list[Any] = []

    def hear(name: str) -> Any:
        return subscribe(lambda e: heard.append((name, e["data"].value)), include_names=["graph:custom"])

    def node(state: Count, writer: StreamWriter) -> Any:
        writer(0)
        with hear("a"):
            writer(1)
        with hear("b"):
            writer(2)
        writer(3)
        return {"n": 1}

    one_node(node, Count).invoke({"n": 0})
    assert heard == [("a", 1), ("b", 2)]


def test_every_mode_says_what_it_wants():
    for name, mode in chosen_modes(get_args(StreamModeName), View()).items():
        assert mode.name == name
        assert mode.phases
