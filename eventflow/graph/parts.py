"""The types of what the modes show, and what `invoke(version="v2")` gives."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Generic, Literal, NotRequired, TypeAlias, TypeVar, cast

from typing_extensions import ReadOnly, TypedDict

from eventflow.checkpoints import CheckpointMetadata
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.records import Namespace
from eventflow.messages import BaseMessage
from eventflow.runs import RunnableConfig

__all__ = (
    "CheckpointPayload",
    "CheckpointTask",
    "DebugPayload",
    "GraphOutput",
    "MessagePart",
    "State",
    "StreamPart",
    "TaskPayload",
    "TaskResultPayload",
    "ToolPart",
    "ValuesStreamPart",
)

StateT = TypeVar("StateT")

State: TypeAlias = dict[str, Any]
"""A state, or what a node wrote of it, by key."""

MessagePart: TypeAlias = tuple[BaseMessage, dict[str, Any]]
"""A part of the `messages` mode: a message or a chunk of one, and where it comes from."""


class TaskPayload(TypedDict):
    """A part of the `tasks` mode: a task begins."""

    id: str
    name: str
    input: Any
    triggers: tuple[str, ...]


class TaskResultPayload(TypedDict):
    """A part of the `tasks` mode: a task has ended. `error` is the exception that it raised."""

    id: str
    name: str
    error: BaseException | None
    result: dict[str, Any]
    interrupts: list[dict[str, Any]]


class CheckpointTask(TypedDict):
    """A task that comes after a checkpoint, with what it has asked if the graph goes on from there."""

    id: str
    name: str
    interrupts: tuple[dict[str, Any], ...]
    state: RunnableConfig | None


class CheckpointPayload(TypedDict):
    """A part of the `checkpoints` mode."""

    config: RunnableConfig
    parent_config: RunnableConfig | None
    values: Any
    metadata: CheckpointMetadata
    next: list[str]
    tasks: list[CheckpointTask]


class DebugPayload(TypedDict):
    """A part of the `debug` mode: the payload is one of `tasks`, or of `checkpoints`."""

    step: int
    timestamp: str
    type: Literal["task", "task_result", "checkpoint"]
    payload: Any


class ToolPart(TypedDict):
    """A part of the `tools` mode.

    A start has `tool_name` and `input`, a piece of output `delta`, the end `output`, a failure `message`.
    """

    event: Literal["tool-started", "tool-output-delta", "tool-finished", "tool-error"]
    tool_call_id: str
    tool_name: NotRequired[str]
    input: NotRequired[Any]
    delta: NotRequired[Any]
    output: NotRequired[Any]
    message: NotRequired[str]


class StreamPart(TypedDict):
    """A part with version "v2": of which mode and which graph it is, and what the mode shows."""

    type: ReadOnly[str]
    ns: ReadOnly[Namespace]
    data: ReadOnly[Any]


class ValuesStreamPart(StreamPart, Generic[StateT]):
    """A part of the `values` mode with version "v2": the state as its schema says, and what it waits for."""

    type: ReadOnly[Literal["values"]]
    data: ReadOnly[StateT]
    interrupts: ReadOnly[tuple[Interrupt, ...]]


@dataclass(frozen=True, slots=True)
class GraphOutput(Generic[StateT]):
    """What `invoke(version="v2")` gives.

    Arguments:
        value: the output, as the schema of the graph's output says: a model as a model.
        interrupts: what the graph has asked, and waits for; empty if it has come to its end.
    """

    value: StateT
    interrupts: tuple[Interrupt, ...] = ()

    def __getitem__(self, key: str) -> Any:
        """As with version "v1", for code that is on its way from there."""
        warnings.warn(
            f"result[{key!r}] is version 'v1': with 'v2' it is result.value, and result.interrupts",
            DeprecationWarning,
            stacklevel=2,
        )
        if key == "__interrupt__":
            return [*self.interrupts]
        value: Any = self.value
        return cast("State", value)[key] if isinstance(value, dict) else getattr(value, key)
