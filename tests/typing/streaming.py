"""What the type checkers know about the streams of a graph. Never run; lines marked `# error` must be refused."""

# pyright: strict

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, assert_type

from typing_extensions import TypedDict

from eventflow.events import StreamEvent
from eventflow.graph import (
    CheckpointPayload,
    CompiledStateGraph,
    DebugPayload,
    GraphOutput,
    StreamPart,
    TaskPayload,
    TaskResultPayload,
    ToolPart,
    ValuesStreamPart,
)
from eventflow.messages import BaseMessage


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
