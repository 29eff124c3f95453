"""The modes that show how a graph goes on: tasks, checkpoints, and debug, which is both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from eventflow.events import Event
from eventflow.graph.constants import START
from eventflow.graph.modes.mode import Part
from eventflow.graph.modes.plain import OfRecords
from eventflow.graph.records import (
    CHECKPOINT,
    TASK,
    TASK_RESULT,
    CheckpointRecord,
    Planned,
    TaskRecord,
    TaskResultRecord,
)
from eventflow.graph.updates import folded

__all__ = ("Checkpoints", "Debug", "Tasks")


class Tasks(OfRecords):
    """The begin and the end of each task."""

    name = "tasks"
    names = frozenset({TASK, TASK_RESULT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, TaskRecord):
            yield Part(record.ns, _begun(record))
        elif isinstance(record, TaskResultRecord) and not record.again:
            yield Part(record.ns, _ended(record))


class Checkpoints(OfRecords):
    """Each checkpoint that is kept, and first the one from which a graph goes on."""

    name = "checkpoints"
    names = frozenset({CHECKPOINT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        assert isinstance(record, CheckpointRecord)  # noqa: S101  # by its name
        yield Part(record.ns, _kept(record, self.view.typed))


class Debug(OfRecords):
    """Tasks and checkpoints, with step and time."""

    name = "debug"
    names = frozenset({TASK, TASK_RESULT, CHECKPOINT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, TaskRecord):
            kind, step, payload = "task", record.task.step, _begun(record)
        elif isinstance(record, CheckpointRecord):
            kind, step, payload = "checkpoint", record.step, _kept(record, self.view.typed)
        elif isinstance(record, TaskResultRecord) and not record.again:
            kind, step, payload = "task_result", record.task.step, _ended(record)
        else:
            return
        now = datetime.now(UTC).isoformat()
        yield Part(record.ns, {"step": step, "timestamp": now, "type": kind, "payload": payload})


def _kept(record: CheckpointRecord, typed: bool) -> dict[str, Any]:
    return {
        "config": _place(record.config),
        "parent_config": record.parent_config and _place(record.parent_config),
        "values": record.build(record.values) if typed and not _begins(record) else record.values,
        "metadata": record.metadata,
        "next": [one.name for one in record.tasks],
        "tasks": [*map(_planned, record.tasks)],
    }


def _begins(record: CheckpointRecord) -> bool:
    """Whether the input comes next: then the state may lack what its schema wants."""
    return any(task.name == START for task in record.tasks)


def _planned(task: Planned) -> dict[str, Any]:
    """A task that comes next, or was under way: with its error, or with what it wrote and asked."""
    named = {"id": task.id, "name": task.name}
    if task.error is not None:
        return {**named, "error": task.error, "state": task.state}
    result = {"result": task.result} if task.result else {}
    return {**named, **result, "interrupts": _asked(task.interrupts), "state": task.state}


def _asked(interrupts: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    return tuple({"value": one.value, "id": one.id} for one in interrupts)


def _place(config: Any) -> dict[str, Any]:
    said = config["configurable"]
    keys = ("checkpoint_ns", "thread_id", "checkpoint_id")  # in LangGraph's order
    return {"configurable": {key: said[key] for key in keys}}


def _begun(record: TaskRecord) -> dict[str, Any]:
    task = record.task
    begun = {"id": task.id, "name": task.node, "input": task.input, "triggers": task.triggers}
    return {**begun, "metadata": task.metadata} if task.metadata else begun


def _ended(record: TaskResultRecord) -> dict[str, Any]:
    task = record.task
    result = folded(write for part in task.parts for write in part)
    asked = [*_asked(task.interrupts)]
    error = None if asked else record.error
    return {"id": task.id, "name": task.node, "error": error, "result": result, "interrupts": asked}
