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
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast

from eventflow.checkpoints import BaseCheckpointSaver, CheckpointTuple, PlannedTask
from eventflow.errors import EmptyInputError, GraphRecursionError, ParentCommand
from eventflow.graph.answers import hand_out
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.calls import Calls
from eventflow.graph.constants import START
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.keeper import DONE, GOTO, RESERVED, Keeper
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.place import Given
from eventflow.graph.plan import PULL, Next, Progress, added, again, existing
from eventflow.graph.records import Namespace
from eventflow.graph.state import ROOT, Writes, combine, writes_of
from eventflow.graph.task import Task
from eventflow.graph.telling import Telling, picked
from eventflow.graph.types import Command, Send
from eventflow.ids import new_id
from eventflow.runs import Run

__all__ = ("Entry", "Loop")


NOTHING: Final = Given()


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
        "asked",
        "awaits",
        "blueprint",
        "calls",
        "given",
        "hub",
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
        self.hub = run.hub
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
        self.asked = False
        """Whether a task of this step asks for something."""
        self.resumed = False
        self._pending: Sequence[tuple[str, str, Any]] = ()
        self._around: Task | None = None
        self.awaits: AbstractEventLoop | None = None
        self.calls: Calls | None = None
        self.telling = Telling(run, ns, blueprint.state, blueprint.keys, blueprint.nodes)

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

        Raises EmptyInputError if there is nothing to begin with, and nothing to go on with; RuntimeError if an
        answer is given to a graph that keeps nothing.
        """
        if saved is not None:
            self.restore(saved)
        if isinstance(input, Command) and input.resume is not None:
            if self.keeper is None:
                raise RuntimeError(
                    "Cannot use Command(resume=...) without checkpointer: compile(checkpointer=InMemorySaver())"
                )
            self.answers = input.resume
        if self._around is not None and self._around.resumes and saved is not None:
            input, self.answers = None, self._around.passed_on()
        command: Command[Any] | None = cast("Any", input) if isinstance(input, Command) else None
        if saved is not None and (input is None or command is not None):
            return self._go_on(command, saved)
        return self.take_in(
            input, input is None or (command is not None and not command.goto and not command.update)
        )

    def take_in(self, input: Any, goes_on: bool) -> Entry | None:
        """Write the input into the state. Raises EmptyInputError if there is none."""
        gotos = existing(input.targets(), START, self.nodes) if isinstance(input, Command) else []
        parts = writes_of(self.blueprint.input.keys, input, "the input")
        if goes_on:
            nothing = "" if self.keeper is None else "the thread has nothing to go on with, and "
            raise EmptyInputError(
                f"Received no input for {START}: {nothing}the graph takes a dict with some of the keys "
                f"{', '.join(self.blueprint.input.keys)}, and got {input!r}"
            )
        self.progress = Progress()
        self.step += 1
        if self.keeper is not None:
            start: PlannedTask = {"id": new_id(), "name": START, "path": [PULL, START]}
            self.keep("input", (), [start], ())
            writes = [write for part in parts for write in part]
            goes = [(GOTO, goto) for goto in gotos]
            self.keeper.task_ended(start["id"], [*writes, *goes, (DONE, None)], start["path"])
        written = combine(self.keys, self.values, parts)
        if written and self.hub.custom:
            self.telling.values(self.step, self.values, written)
        return Entry(START, gotos, frozenset(written))

    def chosen(self, entry: Entry, branch: Branch, answer: Any) -> None:
        """Note what a conditional edge of START answered. Raises InvalidUpdateError if there is no such node."""
        entry.gotos.extend(existing(branch.targets(answer), START, self.nodes))

    def enter(self, entry: Entry) -> None:
        """Plan the first step."""
        self.next(self.blueprint.plan.after((entry,), self.progress))
        if self.keeper is not None:
            self.keep("loop", entry.written, self.planned(), (START,))

    def next(self, following: Sequence[Next]) -> None:
        """The next step begins."""
        self.step += 1
        self.tasks = [Task(self, planned) for planned in following]

    def _enter_again(self, saved: CheckpointTuple) -> Entry:
        """Go on from where the input had been taken in, and nothing else had been done."""
        (start,) = saved.checkpoint["tasks"]
        mine = [(key, value) for id, key, value in saved.pending_writes if id == start["id"]]
        if self.keeper is not None and self.keeper.branches:
            again: PlannedTask = {**start, "id": new_id()}
            self.step += 1
            self.keep("fork", (), [again], ())
            self.keeper.task_ended(again["id"], mine, again["path"])
        else:
            self.telling.checkpoint(self.step - 1, saved, self.values)
        writes = [(key, value) for key, value in mine if key not in RESERVED]
        written = combine(self.keys, self.values, [writes])
        if written:
            self.telling.values(self.step, self.values, written)
        return Entry(START, [value for key, value in mine if key == GOTO], frozenset(written))

    def _go_on(self, command: Command[Any] | None, saved: CheckpointTuple) -> Entry | None:
        """Go on from a checkpoint, with what a command writes, and the nodes that it leads to as well.

        From an earlier one its tasks are run again, behind a copy of it; what a command says makes a copy, too.
        """
        self.resumed = True
        gotos = [] if command is None else existing(command.targets(), START, self.nodes)
        parts = writes_of(self.keys, command, "the input")
        tasks = saved.checkpoint["tasks"]
        if any(task["name"] == START for task in tasks):
            self.telling.values(self.step, self.values, self.keys)
            entry = self._enter_again(saved)
            written = entry.written.union(combine(self.keys, self.values, parts))
            return Entry(START, [*entry.gotos, *gotos], written)
        written = frozenset(combine(self.keys, self.values, parts))
        self.telling.values(self.step, self.values, self.keys)
        following = added(gotos, planned := [again(task) for task in tasks])
        if self.keeper is not None and self.keeper.branches:
            self.next(planned + following)
            self.keep("fork", written, self.planned(), saved.checkpoint["ended"])
            return None
        self.tasks = [self._saved_task(task, saved) for task in tasks]
        self.tasks += [Task(self, one) for one in following]
        if self.keeper is not None and (parts or gotos):
            self.keep("update", written, self.planned(), saved.checkpoint["ended"])
            self.keeper.carry({task["id"]: task["path"] for task in tasks})
        else:
            self.telling.checkpoint(self.step - 1, saved, self.values)
        return None

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
        """A task that had been planned, with what was kept of it."""
        task = Task(self, again(planned), planned["id"])
        task.recover([(key, value) for id, key, value in saved.pending_writes if id == task.id])
        return task

    # ---- deciding: a step

    def open(self) -> list[Task] | None:
        """The tasks that are to be run in this step; None if the graph stops before one of them.

        Raises GraphRecursionError if there are steps left at the limit.
        """
        if not self.resumed and self.stops(self.blueprint.before, self.tasks):
            return None
        if self.left <= 0:
            raise self.too_long()
        if self.answers is not None and self.keeper is not None:
            hand_out(self.answers, self.tasks, self._pending)
            self.answers = None
        if self.hub.custom:
            self.telling.begun(self.tasks)
        if not self.resumed:
            return self.tasks
        for task in self.tasks:
            if task.done:
                self.telling.ended(task, None, again=True)
        return [task for task in self.tasks if not task.done]

    def too_long(self) -> GraphRecursionError:
        """What is raised if there are no steps left for these tasks."""
        return GraphRecursionError(
            f"Recursion limit of {self.limit} reached without hitting a stop condition: next would be "
            f"{', '.join(task.node for task in self.tasks)}. You can increase the limit by setting the "
            "`recursion_limit` config key."
        )

    def stops(self, names: Collection[str], tasks: Sequence[Task]) -> bool:
        """Whether the graph is to stop at one of these tasks."""
        if not names or not any("*" in names or task.node in names for task in tasks):
            return False
        self.interrupts = ()  # told by who drives it, when all is kept
        return True

    def close(self) -> bool:
        """Apply what the tasks of this step have written, in the order of their places, and plan the next.

        Returns whether the graph goes on; it does not if a task asks for something.
        """
        ended = self.tasks
        if len(ended) > 1:
            ended = sorted(ended, key=_path)
        shown = [task.writes for task in ended if not task.stopped] if self.asked else map(_writes, ended)
        written = combine(self.keys, self.values, shown)
        if written and self.hub.custom:  # also if it stops, as in LangGraph, with the checkpoint of before
            self.telling.values(self.step, self.values, written)
        if self.asked:
            self.interrupts = tuple(interrupt for task in self.tasks for interrupt in task.interrupts)
            return False
        self.left -= 1
        self.next(self.blueprint.plan.after(ended, self.progress))
        if self.keeper is not None:
            self.keep("loop", written, self.planned(), [task.node for task in ended])
        self.resumed = False
        return not self.stops(self.blueprint.after, ended)

    def planned(self) -> list[PlannedTask]:
        """What a checkpoint says of the tasks of this step."""
        return [task.planned() for task in self.tasks]

    def keep(
        self, source: str, written: Collection[str], tasks: Sequence[PlannedTask], ended: Sequence[str]
    ) -> None:
        """Note a checkpoint, if they are kept."""
        if self.keeper is not None:
            joins = self.blueprint.plan.joins
            made = self.keeper.step_ended(
                source, self.step - 1, self.values, {*written}, tasks, ended, self.progress, joins, self.keys
            )
            self.telling.checkpoint(self.step - 1, made, self.values)

    def task_ended(self, task: Task, error: BaseException | None = None) -> None:
        """Note and tell what a task wrote, or what it asked; what it told the graph around it goes on there."""
        if isinstance(error, ParentCommand):
            return
        if self.keeper is not None and (error is None or isinstance(error, Exception)):
            self.keeper.task_ended(task.kept_as, task.kept(error), task.path)
        if self.hub.custom and not task.stopped:
            self.telling.ended(task, error)

    def asks(self, task: Task, error: BaseException) -> None:
        """Tell what a task has asked, now that it is kept."""
        if task.caller is None:  # else that asks in its place
            self.asked = True
            if self.hub.custom and task.interrupts:  # else a graph inside it has stopped at a node
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


_path = attrgetter("path")
_writes = attrgetter("writes")
