"""The `messages` mode: tokens of every model call, and the messages that nodes give, each exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from eventflow.events import Event, Kind, Phase, RunInfo
from eventflow.graph.constants import TAG_NOSTREAM
from eventflow.graph.modes.mode import Part
from eventflow.graph.records import TASK, TASK_RESULT, Namespace, TaskRecord, TaskResultRecord
from eventflow.graph.types import Command
from eventflow.messages import BaseMessage

__all__ = ("Messages",)


class Messages:
    """`(message, metadata)` for each chunk of a model, and for each message that a node gave and nobody has seen.

    A message is the same if it has the same id, or if it is the very object that a model gave: so a message
    whose streamed id differs from its own is not shown twice.
    """

    name = "messages"
    phases: frozenset[Phase] = frozenset({"stream", "end", "custom"})
    eager = True

    def __init__(self) -> None:
        self.within: Namespace | None = None
        self._seen: set[str] = set()
        self._given: dict[int, BaseMessage] = {}
        self._streamed: dict[str, dict[str, Any]] = {}

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        if phase == "custom":
            return name in (TASK, TASK_RESULT)
        return kind == "chat_model"

    def parts(self, event: Event) -> Iterator[Part]:
        data = event.data
        if isinstance(data, TaskRecord):
            if self.within is None or data.ns == self.within:
                self._seen.update(m.id for m in _messages_in(data.task.input) if m.id)
        elif isinstance(data, TaskResultRecord):
            yield from self._returned(event, data)
        elif event.phase == "stream":
            yield from self._token(event.info, data)
        elif event.phase == "end":
            yield from self._whole(event.info, data)

    def _token(self, info: RunInfo, chunk: Any) -> Iterator[Part]:
        metadata = self._streamed.get(info.run_id)
        if metadata is None:
            metadata = self._streamed[info.run_id] = _metadata(info)
        if isinstance(chunk, BaseMessage):
            yield from self._shown(info, chunk, metadata)

    def _shown(self, info: RunInfo, message: BaseMessage, metadata: dict[str, Any]) -> Iterator[Part]:
        """What a model gave; what is not shown because it is another graph's is shown when that returns it."""
        ns = _namespace(metadata)
        if self.within is None or ns == self.within:
            if message.id:
                self._seen.add(message.id)
            if TAG_NOSTREAM not in info.tags:
                yield Part(ns, (message, metadata))

    def _whole(self, info: RunInfo, message: Any) -> Iterator[Part]:
        metadata = self._streamed.pop(info.run_id, None)
        if not isinstance(message, BaseMessage):
            return
        whole = metadata is None
        metadata = metadata or _metadata(info)
        if self.within is None or _namespace(metadata) == self.within:
            self._given[id(message)] = message
        shown = [*self._shown(info, message, metadata)]
        if whole:
            yield from shown

    def _returned(self, event: Event, record: TaskResultRecord) -> Iterator[Part]:
        for message in _messages_in(record.task.output):
            if id(message) in self._given or (message.id and message.id in self._seen):
                continue
            if self.within is not None and record.ns != self.within:
                continue
            if message.id:
                self._seen.add(message.id)
            metadata = {
                **event.info.metadata,
                "langgraph_step": record.task.step,
                "langgraph_node": record.task.node,
                "langgraph_triggers": record.task.triggers,
                "langgraph_path": record.task.path,
                "langgraph_checkpoint_ns": "|".join((*record.ns, f"{record.task.node}:{record.task.id}")),
                "ls_integration": "eventflow",
                "run_id": event.info.run_id,
                "parent_ids": [*event.info.parent_ids],
            }
            yield Part(record.ns, (message, metadata))
        self._given.clear()


def _metadata(info: RunInfo) -> dict[str, Any]:
    tags = [tag for tag in info.tags if not tag.startswith("seq:step")]
    found = {**info.metadata, "run_id": info.run_id, "parent_ids": [*info.parent_ids]}
    if tags:
        found["tags"] = tags
    return found


def _namespace(metadata: Mapping[str, Any]) -> Namespace:
    """Which graph the node is in that a model was called in."""
    path: str = metadata.get("langgraph_checkpoint_ns", "")
    return tuple(path.split("|"))[:-1]


def _messages_in(value: Any) -> list[BaseMessage]:
    """The messages in what a node takes or gives, one level deep."""
    if isinstance(value, (list, tuple)):
        return [message for part in cast("Sequence[Any]", value) for message in _messages_in_part(part)]
    return _messages_in_part(value)


def _messages_in_part(part: Any) -> list[BaseMessage]:
    value: Any = part.update if isinstance(part, Command) else part
    if isinstance(value, BaseMessage):
        return [value]
    if isinstance(value, Mapping):
        return _flat(cast("Mapping[str, Any]", value).values())
    return _flat(cast("dict[str, Any]", vars(value)).values()) if hasattr(value, "__dict__") else []


def _flat(values: Iterable[Any]) -> list[BaseMessage]:
    found: list[BaseMessage] = []
    for value in values:
        several = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
        found += [one for one in several if isinstance(one, BaseMessage)]
    return found
