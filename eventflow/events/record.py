"""`RunInfo`, who a run is, and `Event`, one thing it told: what travels on the bus.

Both are small slotted records. An event holds the identity of its run and the payload, never the run
itself, so that an event which somebody keeps does not keep a run's input, output or subscribers alive.
The dictionary that users see is built by `Event.as_dict`, only for those who ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast, final

from eventflow.events.names import EVENT_NAMES, EventName, Kind, Phase
from eventflow.events.types import StreamEvent

__all__ = ("MISSING", "Event", "RunInfo")

MISSING: Final = object()
"""Says that an event has no input or no output to tell of, since `None` is a value like any other."""


@final
class RunInfo:
    """Who a run is. One object a run, shared by all its events; treat it as read-only.

    `run_id` is a UUID as text; `parent_ids` lists the ancestors, root first, immediate parent last;
    `tags` has the run's own place in its composite first (`seq:step:1`); `streamed` tells whether the run
    was started by (a)stream or (a)transform rather than (a)invoke; `snapshots` tells that each chunk replaces
    the one before, as a JSON parser's do, so that the last one is the output.

    >>> RunInfo("r1", "joke", "chain", parent_ids=("r0",)).depth
    1
    """

    __slots__ = ("kind", "metadata", "name", "parent_ids", "run_id", "snapshots", "streamed", "tags")

    def __init__(
        self,
        run_id: str,
        name: str,
        kind: Kind,
        *,
        parent_ids: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        metadata: Mapping[str, Any] | None = None,
        streamed: bool = False,
        snapshots: bool = False,
    ) -> None:
        self.run_id = run_id
        self.name = name
        self.kind: Kind = kind
        self.parent_ids = parent_ids
        self.tags = tags
        self.metadata: Mapping[str, Any] = {} if metadata is None else metadata
        self.streamed = streamed
        self.snapshots = snapshots

    @property
    def depth(self) -> int:
        """How many ancestors the run has; 0 for a root."""
        return len(self.parent_ids)

    def __repr__(self) -> str:
        return f"RunInfo({self.kind} {self.name!r}, run_id={self.run_id!r}, depth={self.depth})"


@final
class Event:
    """One event as it travels: `phase`, the run it is about, and what it carries.

    `data` is the input (start; MISSING where LangChain would not show it), the chunk (stream), the output (end), the exception (error) or the user's
    payload (custom). `input` is what the run was given,
    as far as it is known. `name` is the custom event's
    own name, else the run's.

    >>> Event("stream", RunInfo("r1", "joke", "chain"), "Why").as_dict()["event"]
    'on_chain_stream'
    """

    __slots__ = ("data", "info", "input", "name", "phase")

    def __init__(
        self, phase: Phase, info: RunInfo, data: object, input: object = MISSING, name: str | None = None
    ) -> None:
        self.phase: Phase = phase
        self.info = info
        self.data = data
        self.input = input
        self.name = info.name if name is None else name

    @property
    def event(self) -> EventName:
        """The public name, such as `on_chat_model_stream`."""
        return EVENT_NAMES[self.phase][self.info.kind]

    def as_dict(self) -> StreamEvent:
        """Build the public dictionary; every call gives new lists, so nobody can spoil another's event."""
        info, phase = self.info, self.phase
        if phase == "stream":
            data: Any = {"chunk": self.data}
        elif phase == "start":
            data = {} if self.input is MISSING else {"input": self.input}
        elif phase == "end":
            data = {} if self.data is MISSING else {"output": self.data}
            if self.input is not MISSING:
                data["input"] = self.input
        elif phase == "error":
            data = {"error": self.data}
            if self.input is not MISSING:
                data["input"] = self.input
        else:
            data = self.data
        return cast(
            StreamEvent,
            {
                "event": EVENT_NAMES[phase][info.kind],
                "data": data,
                "name": self.name,
                "run_id": info.run_id,
                "parent_ids": [*info.parent_ids],
                "tags": [*info.tags],
                "metadata": {**info.metadata},
            },
        )

    def __repr__(self) -> str:
        return f"<Event {self.event} {self.name!r} {self.info.run_id}>"
