"""One execution of a graph: where it is, what comes next, and what is to be told and kept of it.

Rules for this file:
1. What is here decides, and neither runs nor awaits anything: `steps.py` drives it, in sync and async code.
2. Nothing is copied, made or counted for watchers unless there are some.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from asyncio import Future as AsyncFuture
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from eventflow.checkpoints import BaseCheckpointSaver, CheckpointTuple, PlannedTask
from eventflow.errors import EmptyInputError, GraphRecursionError
from eventflow.graph.calls import Calls
from eventflow.graph.constants import START
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.keeper import DONE, GOTO, INTERRUPT, RESERVED, RESUME, Keeper
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.place import Given
from eventflow.graph.plan import PULL, Next, Plan, Progress
from eventflow.graph.records import Namespace
from eventflow.graph.state import ROOT, Key, StateSchema, Writes, combine, writes_of
from eventflow.graph.task import Task
from eventflow.graph.telling import Telling, picked
from eventflow.graph.types import Command, Send, commands_in
from eventflow.ids import new_id
from eventflow.runs import Run

__all__ = ("Blueprint", "Entry", "Loop")


NOTHING: Final = Given()


class Blueprint(NamedTuple):
    """A graph as it was compiled; `finish` (what goes to END) and `leads` (of commands) are for pictures."""

    nodes: Mapping[str, Node]
    plan: Plan
    state: StateSchema
    keys: Mapping[str, Key]
    input: StateSchema
    output: StateSchema
    entry: tuple[Branch, ...]
    before: Collection[str]
    after: Collection[str]
    finish: Collection[str] = ()
    leads: Mapping[str, Mapping[str, str | None]] = {}  # never changed


class Entry(NamedTuple):
    """The beginning, as the task before the first step."""

    node: str
    gotos: list[str | Send]
    written: frozenset[str] = frozenset()


class Loop:
    """The state of an execution, and what has to be done next.

    Arguments:
        blueprint: the graph.
        run: the graph's run.
        ns: which graph it is.
        limit: the most steps it may take.
        keeper: its checkpoints; None if it has none.
        given: what it was called with beside its input.
        shown: which keys of the state it gives; None for those of its output schema.
    """

    __slots__ = (
        "_around",
        "_pending",
        "answers",
        "awaits",
        "blueprint",
        "calls",
        "given",
        "interrupts",
        "keeper",
        "keys",
        "left",
        "limit",
        "nodes",
        "ns",
        "progress",
        "resumed",
        "run",
        "shown",
        "step",
        "tasks",
        "telling",
        "values",
    )

    def __init__(
        self,
        blueprint: Blueprint,
        run: Run,
        ns: Namespace,
        limit: int,
        keeper: Keeper | None = None,
        given: Given = NOTHING,
        shown: str | Sequence[str] | None = None,
    ) -> None:
        self.blueprint = blueprint
        self.nodes = blueprint.nodes
        self.keys = blueprint.keys
        self.run = run
        self.ns = ns
        self.left = self.limit = limit
        self.keeper = keeper
        self.given = given
        self.shown = shown
        self.progress = Progress()
        self.values: dict[str, Any] = {
            name: key.empty() for name, key in self.keys.items() if key.empty is not None
        }
        self.step = -1
        self.tasks: list[Task] = []
        self.interrupts: tuple[Interrupt, ...] | None = None
        self.answers: Any = None
        self.resumed = False
        self._pending: Sequence[tuple[str, str, Any]] = ()
        self._around: Task | None = None
        self.awaits: AbstractEventLoop | None = None
        self.calls: Calls | None = None
        self.telling = Telling(run, ns, blueprint.state, blueprint.keys)

    # ---- what a task sees

    def seen(self, node: Node) -> Any:
        """The state as `node` sees it."""
        return node.schema.view(self.values, self.left - 1)

    def fresh(self, branch: Branch, writes: Writes) -> Any:
        """The state as a conditional edge sees it: with what its own node has written."""
        values = self.values
        if writes:
            values = dict(values)
            combine(self.keys, values, [writes])
        return (branch.schema or self.blueprint.state).view(values, self.left - 1)

    @property
    def saver(self) -> BaseCheckpointSaver | None:
        """What keeps its checkpoints, and those of graphs inside it; None if nothing does."""
        return None if self.keeper is None else self.keeper.saver

    @property
    def inside(self) -> bool:
        """Whether it runs inside another graph."""
        return self._around is not None

    def enter_in(self, task: Task) -> None:
        """It runs inside `task` of another graph; if that goes on, so does this."""
        self._around = task

    def output(self) -> Any:
        """What the graph gives: the keys of its output schema that have a value, and what it asks."""
        keys: Collection[str] = self.blueprint.output.keys if self.shown is None else self.shown
        if isinstance(keys, str):
            found: Any = self.values.get(keys) if not self.interrupts else None
        else:
            found = picked(self.values, keys)
            if self.shown is not None and not found:  # as in LangGraph: there was nothing to show
                found = None
        if not self.interrupts or ROOT in keys:
            return found
        shown: Mapping[str, Any] = found or {}
        return {**shown, "__interrupt__": [*self.interrupts]}

    # ---- deciding: the beginning

    def begin(self, input: Any, saved: CheckpointTuple | None) -> Entry | None:
        """Take in the input; None if the graph goes on where it was.

        Raises EmptyInputError if there is nothing to begin with, and nothing to go on with.
        """
        if saved is not None:
            self.restore(saved)
        if isinstance(input, Command) and input.resume is not None:
            self.answers = input.resume
        if self._around is not None and self._around.resumes and saved is not None:
            input, self.answers = None, self._around.passed_on()
        command = next(iter(commands_in(input)), None)
        goes_on = input is None or (command is not None and not command.goto and not command.update)
        if goes_on and saved is not None:
            self.resumed = True
            self.telling.values(self.step, self.values, self.keys)
            if self.keeper is not None and self.keeper.replays:
                self._fork(saved)
                return None
            self.tasks = [
                self._saved_task(task, saved) for task in saved.checkpoint["tasks"] if task["name"] != START
            ]
            self.telling.checkpoint(self.step - 1, saved, self.values)
            return None
        return self.take_in(input, goes_on)

    def take_in(self, input: Any, goes_on: bool) -> Entry | None:
        """Write the input into the state. Raises EmptyInputError if there is none."""
        gotos = [*input.targets()] if isinstance(input, Command) else []
        parts = writes_of(self.blueprint.input.keys, input, "the input")
        if goes_on:
            raise EmptyInputError(
                f"Received no input for {START}: the graph takes a dict with some of the keys "
                f"{', '.join(self.blueprint.input.keys)}, and got {input!r}"
            )
        self.progress = Progress()
        self.step += 1
        start: PlannedTask = {"id": new_id(), "name": START, "path": [PULL, START]}
        self.keep("input", set(), [start], ())
        written = combine(self.keys, self.values, parts)
        if written:
            self.telling.values(self.step, self.values, written)
        if self.keeper is not None:
            writes = [write for part in parts for write in part]
            self.keeper.task_ended(start["id"], [*writes, (DONE, None)], start["path"])
        return Entry(START, gotos, frozenset(written))

    def enter(self, entry: Entry) -> None:
        """Plan the first step."""
        self.next(self.blueprint.plan.after((entry,), self.progress))
        if self.keeper is not None:
            self.keep("loop", {*entry.written}, self.planned(), (START,))

    def next(self, following: Sequence[Next]) -> None:
        """The next step begins."""
        self.step += 1
        self.tasks = [Task(self, planned) for planned in following]

    def _fork(self, saved: CheckpointTuple) -> None:
        """Go on from an earlier checkpoint: its tasks are run again, behind a copy of it."""
        nexts = [
            Next(t["name"], tuple(t["path"]), Send(t["name"], t["sent"]) if "sent" in t else None)
            for t in saved.checkpoint["tasks"]
        ]
        self.next(nexts)
        self.keep("fork", set(), self.planned(), saved.checkpoint["ended"])

    def restore(self, saved: CheckpointTuple) -> None:
        """Go on from a checkpoint."""
        checkpoint = saved.checkpoint
        self.values |= checkpoint["channel_values"]
        self._pending = saved.pending_writes
        self.step = saved.metadata.get("step", -1) + 1
        triggers = {join.trigger: n for n, join in enumerate(self.blueprint.plan.joins)}
        arrived = {triggers[t]: set(names) for t, names in checkpoint["arrived"].items() if t in triggers}
        self.progress = Progress(arrived, set(checkpoint["deferred"]))

    def _saved_task(self, planned: PlannedTask, saved: CheckpointTuple) -> Task:
        """A task that had been planned, with what it wrote if it has ended."""
        name, path = planned["name"], tuple(planned["path"])
        sent = Send(name, planned["sent"]) if "sent" in planned else None
        task = Task(self, Next(name, path, sent), planned["id"])
        mine = [(key, value) for id, key, value in saved.pending_writes if id == planned["id"]]
        for key, value in mine:
            if key == RESUME:
                task.answers = [*value]
        if any(key == DONE for key, _ in mine):
            task.restore(
                [(key, value) for key, value in mine if key not in RESERVED],
                [value for key, value in mine if key == GOTO],
            )
        return task

    # ---- deciding: a step

    def open(self) -> list[Task]:
        """The tasks that are to be run in this step.

        Raises GraphRecursionError if there are steps left at the limit.
        """
        if self.left <= 0:
            raise GraphRecursionError(
                f"Recursion limit of {self.limit} reached without hitting a stop condition: next would be "
                f"{', '.join(task.node for task in self.tasks)}. You can increase the limit by setting the "
                "`recursion_limit` config key."
            )
        if self.keeper is not None:
            self._answer()
        self.telling.begun(self.tasks)
        if not self.resumed:
            return self.tasks
        for task in self.tasks:
            if task.done:
                self.telling.ended(task, None, again=True)
        return [task for task in self.tasks if not task.done]

    def stops(self, names: Collection[str], tasks: Sequence[Task]) -> bool:
        """Whether the graph is to stop at one of these tasks; not right after it was called to go on."""
        if not names or not any("*" in names or task.node in names for task in tasks):
            return False
        self.interrupts = ()
        self.telling.stop(self.step, self.values, ())
        return True

    def _answer(self) -> None:
        """Give tasks the answers that came with `Command(resume=…)`. Raises RuntimeError if it is not told to whom."""
        answers, self.answers = self.answers, None
        if answers is None:
            return
        asking = [task for task in self.tasks if not task.done]
        by_id: Mapping[str, Any] | None = answers if _are_ids(answers) else None
        asked = {id: several for id, key, several in self._pending if key == INTERRUPT}
        ids = [one.id for task in asking for one in asked.get(task.id, ())]
        if by_id is None and len(ids) > 1:
            raise RuntimeError(
                "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
                f"Command(resume={{id: answer}}) with the ids {', '.join(ids)}"
            )
        for task in asking:
            if by_id is None:
                task.answers.append(answers)
                task.given = answers
            else:
                task.by_id = by_id

    def close(self) -> bool:
        """Apply what the tasks of this step have written, in the order of their places, and plan the next.

        Returns whether the graph goes on; it does not if a task asks for something.
        """
        if any(task.stopped for task in self.tasks):
            self.interrupts = tuple(interrupt for task in self.tasks for interrupt in task.interrupts)
            shown = [task.writes for task in sorted(self.tasks, key=_path) if not task.stopped]
            written = combine(self.keys, self.values, shown)
            if written:  # shown, as in LangGraph; the checkpoint is the one before
                self.telling.values(self.step, self.values, written)
            return False
        plan = self.blueprint.plan
        if len(self.tasks) == 1:
            ended: Sequence[Task] = self.tasks
            following = plan.after_one(self.tasks[0], self.progress)
            written = combine(self.keys, self.values, (self.tasks[0].writes,))
        else:
            ended = sorted(self.tasks, key=_path)
            written = combine(self.keys, self.values, [task.writes for task in ended])
            following = plan.after(ended, self.progress)
        if written:
            self.telling.values(self.step, self.values, written)
        self.left -= 1
        self.next(following)
        if self.keeper is not None:
            self.keep("loop", written, self.planned(), [task.node for task in ended])
        self.resumed = False
        return not self.stops(self.blueprint.after, ended)

    def planned(self) -> list[PlannedTask]:
        """What a checkpoint says of the tasks of this step."""
        return [task.planned() for task in self.tasks]

    def keep(
        self, source: str, written: set[str], tasks: Sequence[PlannedTask], ended: Sequence[str]
    ) -> None:
        """Note a checkpoint, if they are kept."""
        if self.keeper is not None:
            joins = self.blueprint.plan.joins
            made = self.keeper.step_ended(
                source, self.step - 1, self.values, written, tasks, ended, self.progress, joins
            )
            self.telling.checkpoint(self.step - 1, made, self.values)

    def task_ended(self, task: Task, error: BaseException | None = None) -> None:
        """Note and tell what a task wrote, or what it asked."""
        if self.keeper is not None and (error is None or isinstance(error, Exception)):
            self.keeper.task_ended(task.kept_as, task.kept(error), task.path)
        if task.stopped:
            if task.caller is not None:  # which asks in its place
                return
            self.telling.stop(self.step, self.values, task.interrupts)
        self.telling.ended(task, error)

    def replace(self, task: Task, by: Task) -> None:
        """`by` takes the place of `task`, which has failed, in this step."""
        self.tasks[self.tasks.index(task)] = by

    def call(self, task: Task) -> Future[Any] | AsyncFuture[Any]:
        """Run a task that code of this step has called."""
        if self.calls is None:
            keeper = self.keeper
            self.calls = Calls(self.telling, keeper, self.given.cache, self.awaits, self.run, self._pending)
        return self.calls.call(task)


def _path(task: Task) -> tuple[Any, ...]:
    return task.path


def _are_ids(answers: Any) -> bool:
    """Whether they are answers by the ids of interrupts."""
    keys: list[Any] = [*answers] if isinstance(answers, dict) else []
    return bool(keys) and all(
        isinstance(key, str) and len(key) == 32 and not key.strip("0123456789abcdef") for key in keys
    )
