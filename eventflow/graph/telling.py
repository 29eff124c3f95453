"""What a graph tells of itself: records for the stream modes, made only if somebody wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from eventflow.bus import Receivers
from eventflow.checkpoints import CheckpointTuple
from eventflow.graph.nodes import Node
from eventflow.graph.records import (
    CHECKPOINT,
    STOPPED,
    TASK,
    TASK_RESULT,
    VALUES,
    CheckpointRecord,
    Namespace,
    StoppedRecord,
    TaskRecord,
    TaskResultRecord,
    Told,
    ValuesRecord,
)
from eventflow.graph.snapshot import task_of
from eventflow.graph.state import ROOT, Key, StateSchema
from eventflow.runs import Run

__all__ = ("Telling", "picked")


def picked(values: Mapping[str, Any], keys: Collection[str]) -> Any:
    """A state as it is shown: those of `keys` that have a value."""
    if ROOT in keys:
        return values.get(ROOT)
    return {name: values[name] for name in keys if name in values}


class Telling:
    """Tells records of one execution through the graph's run."""

    __slots__ = ("_build", "_hub", "_keys", "_listening", "_nodes", "_ns", "_run")

    def __init__(
        self,
        run: Run,
        ns: Namespace,
        schema: StateSchema,
        keys: Mapping[str, Key],
        nodes: Mapping[str, Node],
    ) -> None:
        self._run = run
        self._hub = run.hub
        self._ns = ns
        self._build = schema.build
        self._keys = keys
        self._nodes = nodes
        self._listening: tuple[Receivers, dict[str, Receivers]] = ((), {})
        """Who was told of custom events when that was last asked, and those of them who want records of a name."""

    def values(self, step: int, values: Mapping[str, Any], written: Collection[str]) -> None:
        """This is the state, now that these keys were written."""
        if wanted := self._who_wants(VALUES):
            record = ValuesRecord(self._ns, step, picked(values, self._keys), written, self._build)
            self._run.custom_to(wanted, VALUES, record)

    def begun(self, tasks: Sequence[Told]) -> None:
        """These tasks begin."""
        if wanted := self._who_wants(TASK):
            for task in tasks:
                self._run.custom_to(wanted, TASK, TaskRecord(self._ns, task))

    def ended(self, task: Told, error: BaseException | None, *, again: bool = False) -> None:
        """This task has ended; `again` if it had before the run was resumed."""
        if wanted := self._who_wants(TASK_RESULT):
            self._run.custom_to(wanted, TASK_RESULT, TaskResultRecord(self._ns, task, error, again))

    def stop(self, step: int, values: Mapping[str, Any], interrupts: tuple[Any, ...]) -> None:
        """The graph stops before its end."""
        if wanted := self._who_wants(STOPPED):
            record = StoppedRecord(self._ns, step, picked(values, self._keys), interrupts, self._build)
            self._run.custom_to(wanted, STOPPED, record)

    def checkpoint(self, step: int, kept: CheckpointTuple, values: Mapping[str, Any]) -> None:
        """A checkpoint is kept, or was kept and is gone on from: then with what its tasks have done since."""
        if wanted := self._who_wants(CHECKPOINT):
            record = CheckpointRecord(
                self._ns,
                step,
                kept.config,
                kept.parent_config,
                picked(values, self._keys),
                kept.metadata,
                [task_of(one, kept, self._nodes) for one in kept.checkpoint["tasks"]],
                self._build,
            )
            self._run.custom_to(wanted, CHECKPOINT, record)

    def _who_wants(self, name: str) -> Receivers:
        """Who wants to be told of records of this name; asked once for as long as the same listen."""
        receivers = self._hub.custom
        listening, known = self._listening
        if receivers is not listening:
            known = {}
            self._listening = receivers, known
        wanted = known.get(name)
        if wanted is None:
            wanted = known[name] = self._run.wanted(receivers, "custom", name)
        return wanted
