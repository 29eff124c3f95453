"""`RunInfo`, who a run is, and `Event`, one thing it told: what travels on the bus.

Both are small slotted records. An event holds the identity of its run and the payload, never the run
itself, so that an event which somebody keeps does not keep a run's input, output or subscribers alive.
The dictionary that users see is built by `Event.as_dict`, only for those who ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

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
    the one before, as a JSON parser's do, so that the last one is the output; `tool_call_id` is the id of the
    model's call that a tool answers.

    >>> RunInfo("r1", "joke", "chain", parent_ids=("r0",)).depth
    1
    """

    __slots__ = (
        "kind",
        "metadata",
        "name",
        "parent_ids",
        "run_id",
        "snapshots",
        "stream_name",
        "streamed",
        "tags",
        "tool_call_id",
    )

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
        tool_call_id: str | None = None,
    ) -> None:
        self.run_id = run_id
        self.name = name
        self.kind: Kind = kind
        self.stream_name = EVENT_NAMES["stream"][kind]
        self.parent_ids = parent_ids
        self.tags = tags
        self.metadata: Mapping[str, Any] = {} if metadata is None else metadata
        self.streamed = streamed
        self.snapshots = snapshots
        self.tool_call_id = tool_call_id

    @property
    def depth(self) -> int:
        """How many ancestors the run has; 0 for a root."""
        return len(self.parent_ids)

    def __repr__(self) -> str:
        return f"RunInfo({self.kind} {self.name!r}, run_id={self.run_id!r}, depth={self.depth})"


@final
class Event:
    """One event as it travels: `phase`, the run it is about, and what it carries.

    `data` is the input (start; MISSING where LangChain would not show it), the chunk (stream), the output
    (end), the exception (error) or the user's payload (custom). Where there is more to tell, `more` holds the
    input of the run and, for a custom event, the event's own name; a chunk, of which there are many, has none.

    >>> Event("stream", RunInfo("r1", "joke", "chain"), "Why").as_dict()["event"]
    'on_chain_stream'
    """

    __slots__ = ("data", "info", "more", "phase")

    def __init__(
        self, phase: Phase, info: RunInfo, data: object, more: tuple[object, str | None] | None = None
    ) -> None:
        self.phase: Phase = phase
        self.info = info
        self.data = data
        self.more = more

    @property
    def event(self) -> EventName:
        """The public name, such as `on_chat_model_stream`."""
        return EVENT_NAMES[self.phase][self.info.kind]

    @property
    def input(self) -> object:
        """What the run was given, as far as it is known; else MISSING."""
        return MISSING if self.more is None else self.more[0]

    @property
    def name(self) -> str:
        """The name of the run, or that of a custom event."""
        return self.info.name if self.more is None or self.more[1] is None else self.more[1]

    def as_dict(self) -> StreamEvent:
        """Build the public dictionary; every call gives new lists, so nobody can spoil another's event."""
        info, chunk = self.info, self.phase == "stream"
        made: Any = {
            "event": info.stream_name if chunk else EVENT_NAMES[self.phase][info.kind],
            "data": self._chunk() if chunk else self._data(),
            "name": info.name if chunk else self.name,
            "run_id": info.run_id,
            "parent_ids": [*info.parent_ids],
            "tags": [*info.tags],
            "metadata": {**info.metadata},
        }
        found: StreamEvent = made
        return found

    def _chunk(self) -> object:
        """The payload of a chunk."""
        id = self.info.tool_call_id
        return {"chunk": self.data} if id is None else {"chunk": self.data, "tool_call_id": id}

    def _data(self) -> object:
        """The payload of an event that is not a chunk."""
        if self.phase == "custom":
            return self.data
        data: dict[str, object] = {}
        if self.phase == "end" and self.data is not MISSING:
            data["output"] = self.data
        elif self.phase == "error":
            data["error"] = self.data
        if self.input is not MISSING:
            data["input"] = self.input
        if self.info.tool_call_id is not None or (self.phase == "error" and self.info.kind == "tool"):
            data["tool_call_id"] = self.info.tool_call_id
        return data

    def __repr__(self) -> str:
        return f"<Event {self.event} {self.name!r} {self.info.run_id}>"
