"""One execution of a graph: step after step, until nothing comes next.

Rules for this file:
1. What decides (`begin`, `open`, `close`) is sync and shared; the two drivers differ in how tasks are run.
2. A step of one task runs where the graph runs: no thread, no task.
3. Nothing is copied, made or counted for watchers unless there are some.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, NamedTuple

from eventflow.bus import Receivers
from eventflow.errors import EmptyInputError, GraphRecursionError
from eventflow.graph.constants import START
from eventflow.graph.fan import aeach, each
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.plan import Plan, Progress
from eventflow.graph.records import TASK, TASK_RESULT, VALUES, Namespace, ValuesRecord
from eventflow.graph.state import ROOT, Key, StateSchema, Writes, combine, writes_of
from eventflow.graph.task import Task
from eventflow.graph.types import Command, Send
from eventflow.runnables.seam import aclose, close
from eventflow.runs import Run

__all__ = ("Blueprint", "Loop")


class Blueprint(NamedTuple):
    """A graph as it was compiled."""

    nodes: Mapping[str, Node]
    plan: Plan
    state: StateSchema
    keys: Mapping[str, Key]
    input: StateSchema
    output: StateSchema
    entry: tuple[Branch, ...]


class _Entry(NamedTuple):
    """The beginning, as the task before the first step."""

    node: str
    gotos: list[str | Send]


class Loop:
    """The state of an execution, and what has to be done next.

    Arguments:
        blueprint: the graph.
        run: the graph's run.
        ns: which graph it is.
        limit: the most steps it may take.
    """

    __slots__ = (
        "_listening",
        "_wanted",
        "blueprint",
        "keys",
        "limit",
        "nodes",
        "ns",
        "progress",
        "run",
        "step",
        "tasks",
        "values",
    )

    def __init__(self, blueprint: Blueprint, run: Run, ns: Namespace, limit: int) -> None:
        self.blueprint = blueprint
        self.nodes = blueprint.nodes
        self.keys = blueprint.keys
        self.run = run
        self.ns = ns
        self.limit = limit
        self.progress = Progress()
        self.values = {name: key.empty() for name, key in self.keys.items() if key.empty is not None}
        self.step = -1
        self.tasks: list[Task] = []
        self._listening: Receivers = ()
        self._wanted: dict[str, Receivers] = {}

    # ---- what a task sees

    def seen(self, node: Node) -> Any:
        """The state as `node` sees it."""
        return node.schema.view(self.values)

    def fresh(self, branch: Branch, writes: Writes) -> Any:
        """The state as a conditional edge sees it: with what its own node has written."""
        values = self.values
        if writes:
            values = dict(values)
            combine(self.keys, values, [writes])
        return (branch.schema or self.blueprint.state).view(values)

    def output(self) -> Any:
        """What the graph gives: the keys of its output schema that have a value."""
        return _picked(self.values, self.blueprint.output.keys)

    # ---- deciding

    def begin(self, input: Any) -> _Entry:
        """Take in the input. Raises EmptyInputError if there is none."""
        entry = _Entry(START, [])
        if isinstance(input, Command):
            entry.gotos.extend(input.targets())
        parts = writes_of(self.blueprint.input.keys, input, "the input")
        if not any(parts) and not entry.gotos and input != {}:
            raise EmptyInputError(
                f"Received no input for {START}: the graph takes a dict with some of the keys "
                f"{', '.join(self.blueprint.input.keys)}, and got {input!r}"
            )
        if combine(self.keys, self.values, parts) and self.run.hub.custom:
            self._tell_values()
        return entry

    def enter(self, entry: _Entry) -> None:
        """Plan the first step."""
        self.step = 1
        following = self.blueprint.plan.after((entry,), self.progress)
        self.tasks = [Task(self, planned) for planned in following]

    def open(self) -> list[Task]:
        """The tasks of this step. Raises GraphRecursionError if there are steps left at the limit."""
        if self.step > self.limit:
            raise GraphRecursionError(
                f"Recursion limit of {self.limit} reached without hitting a stop condition: next would be "
                f"{', '.join(task.node for task in self.tasks)}. You can increase the limit by setting the "
                "`recursion_limit` config key."
            )
        if self.run.hub.custom and (wanted := self._who_wants(TASK)):
            for task in self.tasks:
                self.run.custom_to(wanted, TASK, task.begun())
        return self.tasks

    def close(self) -> None:
        """Apply what the tasks of this step have written, in the order of their places, and plan the next."""
        plan = self.blueprint.plan
        if len(self.tasks) == 1:
            (task,) = self.tasks
            written = combine(self.keys, self.values, (task.writes,))
            following = plan.after_one(task, self.progress)
        else:
            ended = sorted(self.tasks, key=_path)
            written = combine(self.keys, self.values, [task.writes for task in ended])
            following = plan.after(ended, self.progress)
        if written and self.run.hub.custom:
            self._tell_values()
        self.step += 1
        self.tasks = [Task(self, planned) for planned in following]

    def _tell_values(self) -> None:
        if wanted := self._who_wants(VALUES):
            self.run.custom_to(
                wanted, VALUES, ValuesRecord(self.ns, self.step, _picked(self.values, self.keys))
            )

    def _who_wants(self, name: str) -> Receivers:
        """Who wants to be told of records of this name; asked once for as long as the same listen."""
        receivers = self.run.hub.custom
        if receivers is not self._listening:
            self._listening = receivers
            self._wanted = {
                record: self.run.wanted(receivers, "custom", record) for record in (VALUES, TASK, TASK_RESULT)
            }
        return self._wanted.get(name, ())

    # ---- driving

    def steps(self, input: Any) -> Iterator[Task]:
        """Run to the end, and yield each task when it has ended."""
        entry = self.begin(input)
        for branch in self.blueprint.entry:
            entry.gotos.extend(branch.targets(branch.path.invoke(self.fresh(branch, []))))
        self.enter(entry)
        while self.tasks:
            done = each(self.open(), self._execute, self.run.inherited.max_concurrency)
            try:
                for task in done:
                    yield task
            finally:
                close(done)
            self.close()

    async def asteps(self, input: Any) -> AsyncIterator[Task]:
        """Run to the end, and yield each task when it has ended."""
        entry = self.begin(input)
        for branch in self.blueprint.entry:
            entry.gotos.extend(branch.targets(await branch.path.ainvoke(self.fresh(branch, []))))
        self.enter(entry)
        while self.tasks:
            done = aeach(self.open(), self._aexecute, self.run.inherited.max_concurrency)
            try:
                async for task in done:
                    yield task
            finally:
                await aclose(done)
            self.close()

    def _execute(self, task: Task) -> None:
        try:
            task.execute()
        except BaseException as error:
            self._ended(task, error)
            raise
        self._ended(task)

    async def _aexecute(self, task: Task) -> None:
        try:
            await task.aexecute()
        except BaseException as error:
            self._ended(task, error)
            raise
        self._ended(task)

    def _ended(self, task: Task, error: BaseException | None = None) -> None:
        if self.run.hub.custom and (wanted := self._who_wants(TASK_RESULT)):
            self.run.custom_to(wanted, TASK_RESULT, task.ended(error))


def _path(task: Task) -> tuple[Any, ...]:
    return task.path


def _picked(values: Mapping[str, Any], keys: Mapping[str, Key]) -> Any:
    if ROOT in keys:
        return values.get(ROOT)
    return {name: values[name] for name in keys if name in values}
