"""What the type checkers know about the streams of a graph. Never run; lines marked `# error` must be refused."""

# pyright: strict

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, assert_type

from typing_extensions import TypedDict

from eventflow.events import StreamEvent
from eventflow.graph import (
    AsyncGraphRunStream,
    CheckpointPayload,
    CompiledStateGraph,
    DebugPayload,
    GraphOutput,
    GraphRunStream,
    Interrupt,
    StreamPart,
    SubgraphRunStream,
    TaskPayload,
    TaskResultPayload,
    ToolPart,
    ValuesStreamPart,
)
from eventflow.messages import BaseMessage, ToolCall, ToolCallChunk
from eventflow.runnables import (
    AsyncChatModelStream,
    AsyncRunStream,
    ChatModelStream,
    RunnableLambda,
    RunStream,
)


class State(TypedDict):
    x: int


def each_mode_is_known(graph: CompiledStateGraph[State]) -> None:
    assert_type(graph.stream({}), Generator[dict[str, Any], None, None])
    assert_type(graph.stream({}, stream_mode="values"), Generator[dict[str, Any], None, None])
    assert_type(
        graph.stream({}, stream_mode="messages"), Generator[tuple[BaseMessage, dict[str, Any]], None, None]
    )
    assert_type(graph.stream({}, stream_mode="tasks"), Generator[TaskPayload | TaskResultPayload, None, None])
    assert_type(graph.stream({}, stream_mode="checkpoints"), Generator[CheckpointPayload, None, None])
    assert_type(graph.astream({}, stream_mode="debug"), AsyncGenerator[DebugPayload, None])
    assert_type(graph.astream({}, stream_mode="events"), AsyncGenerator[StreamEvent, None])
    assert_type(graph.astream({}, stream_mode="tools", buffer=1), AsyncGenerator[ToolPart, None])


def several_modes_are_tagged(graph: CompiledStateGraph[State]) -> None:
    assert_type(graph.stream({}, stream_mode=["values", "custom"]), Generator[tuple[str, Any], None, None])
    assert_type(
        graph.stream({}, stream_mode="updates", subgraphs=True),
        Generator[tuple[tuple[str, ...], dict[str, Any]], None, None],
    )
    assert_type(
        graph.stream({}, stream_mode=["updates"], subgraphs=True),
        Generator[tuple[tuple[str, ...], str, Any], None, None],
    )


def dicts_are_typed(graph: CompiledStateGraph[State]) -> None:
    assert_type(
        graph.stream({}, stream_mode="values", version="v2"), Generator[ValuesStreamPart[State], None, None]
    )
    assert_type(graph.astream({}, version="v2"), AsyncGenerator[StreamPart, None])
    assert_type(graph.invoke({}, version="v2"), GraphOutput[State])
    assert_type(graph.invoke({}, stream_mode="updates"), list[Any])


def what_is_refused(graph: CompiledStateGraph[State]) -> None:
    graph.stream({}, steam_mode="values")  # error
    graph.stream({}, version="v9")  # error
    graph.invoke({}, durability="never")  # error


async def the_handle_of_a_run(graph: CompiledStateGraph[State], chain: RunnableLambda[int, str]) -> None:
    with chain.stream_events(1, version="v3") as run:
        assert_type(run, RunStream[str])
        assert_type(run.output, str)
        for event in run.events:
            assert_type(event, StreamEvent)
        for chunk in run.chunks:
            assert_type(chunk, str)
        for message in run.messages:
            assert_type(message, ChatModelStream)
            assert_type(message.text.get(), str)
            assert_type(list(message.tool_calls), list[ToolCallChunk])
            assert_type(message.output, BaseMessage)
        print(run.values)  # error
    arun = await chain.astream_events(1, version="v3")
    assert_type(arun, AsyncRunStream[str])
    assert_type(await arun.output, str)
    assert_type(await arun.output(), str)
    async for amessage in arun.messages:
        assert_type(amessage, AsyncChatModelStream)
        assert_type(await amessage.tool_calls, list[ToolCall])
        assert_type(await amessage, BaseMessage)
    for _ in arun.messages:  # error
        pass
    grun = graph.stream_events({}, version="v3", durability="exit", buffer=5)
    assert_type(grun, GraphRunStream)
    assert_type(list(grun.subgraphs), list[SubgraphRunStream])
    assert_type(list(grun.values), list[dict[str, Any]])
    assert_type(grun.interrupts, list[Interrupt])
    async with graph.astream_events({}, version="v3") as agrun:
        assert_type(agrun, AsyncGraphRunStream)
        assert_type(await agrun.interrupted, bool)
        assert_type(await agrun.interrupts(), list[Interrupt])
    assert_type(graph.stream_events({}), Generator[StreamEvent, None, None])
    assert_type(graph.astream_events({}, version="v2"), AsyncGenerator[StreamEvent, None])
    graph.stream_events({}, version="v4")  # error
    graph.stream_events({}, version="v3", stream_mode="values")  # error
