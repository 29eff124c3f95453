"""The modes that show one record each as it is: values, updates, custom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, cast

from eventflow.events import Event, Kind, Phase
from eventflow.graph.modes.mode import Part, View
from eventflow.graph.records import (
    CUSTOM,
    STOPPED,
    TASK_RESULT,
    VALUES,
    Namespace,
    StoppedRecord,
    TaskResultRecord,
    ValuesRecord,
    WrittenRecord,
)
from eventflow.graph.updates import update_of
from eventflow.runnables.narrow import is_mapping

__all__ = ("Custom", "OfRecords", "Updates", "Values")


class OfRecords:
    """A mode of records with certain names."""

    name: ClassVar[str]
    names: ClassVar[frozenset[str]]
    phases: frozenset[Phase] = frozenset({"custom"})
    eager = False

    def __init__(self, view: View) -> None:
        self.view = view

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return phase == "custom" and name in self.names

    def keys(self, ns: Namespace) -> str | Sequence[str] | None:
        """The keys that are shown of this graph; None for all."""
        return self.view.keys if ns == self.view.ns else None


class Values(OfRecords):
    """The state after each step."""

    name = "values"
    names = frozenset({VALUES, STOPPED})

    def parts(self, event: Event) -> Iterator[Part]:
        record = event.data
        if isinstance(record, ValuesRecord):
            keys = self.keys(record.ns)
            several = (keys,) if isinstance(keys, str) else keys
            if several is None or not set(several).isdisjoint(record.written):
                yield self._part(record.ns, _picked(record.values, keys), (), record.build)
        elif isinstance(record, StoppedRecord) and record.interrupts:
            keys = self.keys(record.ns)
            state: Any = {} if isinstance(keys, str) else _picked(record.values, keys)
            yield self._part(record.ns, state, record.interrupts, record.build)

    def _part(
        self, ns: Namespace, state: Any, interrupts: tuple[Any, ...], build: Callable[[Any], Any]
    ) -> Part:
        if not self.view.typed:
            if not interrupts:
                return Part(ns, state)
            keys = (
                cast("dict[str, Any]", state) if isinstance(state, dict) else {}
            )  # a workflow's may be anything
            return Part(ns, {**keys, "__interrupt__": interrupts})
        whole = isinstance(state, dict) and self.keys(ns) is None
        return Part(ns, build(state) if whole else state, {"interrupts": interrupts})


class Updates(OfRecords):
    """What each task wrote."""

    name = "updates"
    names = frozenset({TASK_RESULT, STOPPED})

    def parts(self, event: Event) -> Iterable[Part]:
        record = event.data
        if isinstance(record, StoppedRecord):
            return (Part(record.ns, {"__interrupt__": record.interrupts}),)
        assert isinstance(record, TaskResultRecord)  # noqa: S101  # by its name
        if record.error is not None:
            return ()
        keys = None if self.view.keys is None else self.keys(record.ns)
        update = {record.task.node: _update(record.task.parts, keys)}
        return (Part(record.ns, {**update, "__metadata__": {"cached": True}} if record.again else update),)


class Custom(OfRecords):
    """What stream writers were given."""

    name = "custom"
    names = frozenset({CUSTOM})
    eager = True

    def parts(self, event: Event) -> Iterable[Part]:
        record = event.data
        assert isinstance(record, WrittenRecord)  # noqa: S101  # by its name
        return (Part(record.ns, record.value),)


def _picked(values: Any, keys: str | Sequence[str] | None) -> Any:
    """Those of the keys that have a value; of one key that is not in a list, the value."""
    if keys is None or not is_mapping(values):
        return values
    if isinstance(keys, str):
        return values.get(keys)
    return {key: values[key] for key in keys if key in values}


def _update(parts: Sequence[Sequence[tuple[str, Any]]], keys: str | Sequence[str] | None) -> Any:
    """What a task wrote of the keys; None if that is nothing."""
    if keys is None:
        return update_of(parts)
    if not isinstance(keys, str):
        return update_of([[write for write in part if write[0] in keys] for part in parts])
    written = [value for part in parts for key, value in part if key == keys]
    return written if len(written) > 1 else next(iter(written), None)
