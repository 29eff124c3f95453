"""The `messages` mode: tokens of every model call, and the messages that nodes give, each exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from eventflow.events import Event, Kind, Phase, RunInfo
from eventflow.graph.constants import TAG_NOSTREAM
from eventflow.graph.modes.mode import Part, Shows, View
from eventflow.graph.records import (
    TASK,
    TASK_RESULT,
    TOKEN,
    Namespace,
    TaskRecord,
    TaskResultRecord,
    TokenRecord,
)
from eventflow.graph.types import Command
from eventflow.messages import BaseMessage

__all__ = ("Messages", "graph_of")

_RECORDS: Final = (TASK, TASK_RESULT, TOKEN)


class Messages:
    """`(message, metadata)` for each chunk of a model, and for each message that a node gave and nobody has seen.

    A message is the same if it has the same id, or if it is the very object that a model gave: so a message
    whose streamed id differs from its own is not shown twice.
    """

    name = "messages"
    phases: frozenset[Phase] = frozenset({"stream", "end", "error", "custom"})
    eager = True

    def __init__(self, view: View) -> None:
        self._view = view
        self._seen: set[str] = set()
        self._given: dict[str, dict[int, BaseMessage]] = {}
        self._streamed: dict[str, dict[str, Any]] = {}

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        if phase == "custom":
            return name in _RECORDS
        return kind == "chat_model"

    def chunks(self, info: RunInfo) -> tuple[Namespace, Shows]:
        metadata = self._streamed.get(info.run_id)
        if metadata is None:
            metadata = self._streamed[info.run_id] = _metadata(info)
        hidden, note = TAG_NOSTREAM in info.tags, self._seen.add

        def shows(event: Event) -> Iterable[Any]:
            chunk = event.data
            if not isinstance(chunk, BaseMessage):
                return ()
            if chunk.id:
                note(chunk.id)
            return () if hidden else ((chunk, metadata),)

        return _namespace(metadata), shows

    def parts(self, event: Event) -> Iterable[Part]:
        data, info = event.data, event.info
        if event.phase == "end":
            return self._whole(info, data)
        if isinstance(data, TaskRecord):
            if self._view.shows(data.ns):
                self._seen.update(m.id for m in _messages_in(data.task.input) if m.id)
        elif isinstance(data, TaskResultRecord):
            return self._returned(info, data)
        elif isinstance(data, TokenRecord):
            return self._shown(info.tags, data.message, _metadata(info))
        else:
            self._streamed.pop(info.run_id, None)
        return ()

    def _shown(
        self, tags: Collection[str], message: BaseMessage, metadata: dict[str, Any]
    ) -> tuple[Part, ...]:
        """What a model gave; what is not shown because it is another graph's is shown when that returns it."""
        ns = _namespace(metadata)
        if not self._view.shows(ns):
            return ()
        if message.id:
            self._seen.add(message.id)
        return () if TAG_NOSTREAM in tags else (Part(ns, (message, metadata)),)

    def _whole(self, info: RunInfo, message: Any) -> Iterable[Part]:
        metadata = self._streamed.pop(info.run_id, None)
        if not isinstance(message, BaseMessage):
            return ()
        known = metadata or _metadata(info)
        if self._view.shows(_namespace(known)):
            self._keep(_path(known), message)
        shown = self._shown(info.tags, message, known)
        return shown if metadata is None else ()

    def _returned(self, info: RunInfo, record: TaskResultRecord) -> Iterator[Part]:
        if not self._view.shows(record.ns):
            return
        task = record.task
        path = (*record.ns, f"{task.node}:{task.id}")
        hidden = TAG_NOSTREAM in task.tags
        given = self._given.get(self._outermost(path), {})
        for message in _messages_in(task.output):
            if id(message) in given or (message.id and message.id in self._seen):
                continue
            if message.id:
                self._seen.add(message.id)
            else:
                self._keep(path, message)
            if hidden:
                continue
            metadata = {
                **info.metadata,
                "langgraph_step": task.step,
                "langgraph_node": task.node,
                "langgraph_triggers": task.triggers,
                "langgraph_path": task.path,
                "langgraph_checkpoint_ns": "|".join(path),
                "ls_integration": "eventflow",
                "run_id": info.run_id,
                "parent_ids": [*info.parent_ids],
            }
            yield Part(record.ns, (message, metadata))
        if record.ns == self._view.ns:
            self._given.pop(self._outermost(path), None)

    def _keep(self, path: Namespace, message: BaseMessage) -> None:
        """Know this very object again, until the task of the streamed graph ends in which it was given."""
        self._given.setdefault(self._outermost(path), {})[id(message)] = message

    def _outermost(self, path: Namespace) -> str:
        """The task of the streamed graph that a path leads through."""
        depth = len(self._view.ns)
        return path[depth] if len(path) > depth else ""


def graph_of(info: RunInfo) -> Namespace:
    """Which graph the node is in that a run is inside of."""
    return _namespace(info.metadata)


def _metadata(info: RunInfo) -> dict[str, Any]:
    tags = [tag for tag in info.tags if not tag.startswith("seq:step")]
    found = {**info.metadata, "run_id": info.run_id, "parent_ids": [*info.parent_ids]}
    if tags:
        found["tags"] = tags
    return found


def _path(metadata: Mapping[str, Any]) -> Namespace:
    path: str = metadata.get("langgraph_checkpoint_ns", "")
    return tuple(path.split("|"))


def _namespace(metadata: Mapping[str, Any]) -> Namespace:
    """Which graph the node is in that a model was called in."""
    return _path(metadata)[:-1]


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
