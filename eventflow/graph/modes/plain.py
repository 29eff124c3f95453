"""The modes that show one record each as it is: values, updates, custom, tasks, debug."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from eventflow.events import Event, Kind, Phase
from eventflow.graph.modes.mode import Part
from eventflow.graph.records import (
    CHECKPOINT,
    CUSTOM,
    STOPPED,
    TASK,
    TASK_RESULT,
    VALUES,
    CheckpointRecord,
    Namespace,
    StoppedRecord,
    TaskRecord,
    TaskResultRecord,
    ValuesRecord,
    WrittenRecord,
)
from eventflow.graph.task import update_of

__all__ = ("Checkpoints", "Custom", "Debug", "Tasks", "Updates", "Values")


class _OfRecords:
    """A mode of records with certain names."""

    name: str
    names: ClassVar[frozenset[str]]
    phases: frozenset[Phase] = frozenset({"custom"})
    eager = False
    within: Namespace | None = None

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return phase == "custom" and name in self.names

    def parts(self, event: Event) -> Iterable[Part]:
        raise NotImplementedError


class Values(_OfRecords):
    """The state after each step."""

    name = "values"
    names = frozenset({VALUES, STOPPED})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, ValuesRecord):
            yield Part(record.ns, record.values)
        elif isinstance(record, StoppedRecord) and record.interrupts:
            yield Part(record.ns, {**record.values, "__interrupt__": record.interrupts})


class Updates(_OfRecords):
    """What each task wrote."""

    name = "updates"
    names = frozenset({TASK_RESULT, STOPPED})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, StoppedRecord):
            yield Part(record.ns, {"__interrupt__": record.interrupts})
        elif isinstance(record, TaskResultRecord) and record.error is None:
            update = {record.task.node: update_of(record.task.parts)}
            yield Part(record.ns, {**update, "__metadata__": {"cached": True}} if record.again else update)


class Custom(_OfRecords):
    """What stream writers were given."""

    name = "custom"
    names = frozenset({CUSTOM})
    eager = True

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        assert isinstance(record, WrittenRecord)  # noqa: S101
        yield Part(record.ns, record.value)


class Tasks(_OfRecords):
    """The begin and the end of each task."""

    name = "tasks"
    names = frozenset({TASK, TASK_RESULT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, TaskRecord):
            yield Part(record.ns, _begun(record))
        elif isinstance(record, TaskResultRecord) and not record.again:
            yield Part(record.ns, _ended(record))


class Checkpoints(_OfRecords):
    """Each checkpoint that is kept."""

    name = "checkpoints"
    names = frozenset({CHECKPOINT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        assert isinstance(record, CheckpointRecord)  # noqa: S101  # by its name
        yield Part(record.ns, _kept(record))


class Debug(_OfRecords):
    """Tasks and checkpoints, with step and time."""

    name = "debug"
    names = frozenset({TASK, TASK_RESULT, CHECKPOINT})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, TaskRecord):
            kind, step, payload = "task", record.task.step, _begun(record)
        elif isinstance(record, CheckpointRecord):
            kind, step, payload = "checkpoint", record.step, _kept(record)
        elif isinstance(record, TaskResultRecord) and not record.again:
            kind, step, payload = "task_result", record.task.step, _ended(record)
        else:
            return
        now = datetime.now(UTC).isoformat()
        yield Part(record.ns, {"step": step, "timestamp": now, "type": kind, "payload": payload})


def _kept(record: CheckpointRecord) -> dict[str, Any]:
    tasks = [{"id": one["id"], "name": one["name"], "interrupts": (), "state": None} for one in record.tasks]
    return {
        "config": _place(record.config),
        "parent_config": record.parent_config and _place(record.parent_config),
        "values": record.values,
        "metadata": record.metadata,
        "next": [one["name"] for one in record.tasks],
        "tasks": tasks,
    }


def _place(config: Any) -> dict[str, Any]:
    said = config["configurable"]
    keys = ("checkpoint_ns", "thread_id", "checkpoint_id")  # in LangGraph's order
    return {"configurable": {key: said[key] for key in keys}}


def _begun(record: TaskRecord) -> dict[str, Any]:
    task = record.task
    return {"id": task.id, "name": task.node, "input": task.input, "triggers": task.triggers}


def _ended(record: TaskResultRecord) -> dict[str, Any]:
    task = record.task
    result: dict[str, Any] = {}
    several: set[str] = set()
    for part in task.parts:
        for key, value in part:
            if key not in result:
                result[key] = value
            elif key in several:
                result[key]["$writes"].append(value)
            else:
                several.add(key)
                result[key] = {"$writes": [result[key], value]}
    asked = [{"value": one.value, "id": one.id} for one in task.interrupts]
    error = None if asked else record.error
    return {"id": task.id, "name": task.node, "error": error, "result": result, "interrupts": asked}
