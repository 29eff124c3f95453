"""How a task is executed: as a run, once or as often as its node's policy says, then its conditional edges."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from eventflow.errors import GraphInterrupt, ParentCommand
from eventflow.events.notices import ON_RETRY, AttemptData
from eventflow.graph.retries import wait_before
from eventflow.graph.task import Task
from eventflow.graph.timeouts import Pulse, within
from eventflow.graph.types import Command
from eventflow.runnables.seam import asleep, sleep
from eventflow.runs import Run, current, leave

__all__ = ("aperform", "perform")


def perform(task: Task) -> Task:
    """Run the task, and note how it has ended. Raises what it raises, unless that asks for an answer.

    Returns the task; if it has failed and its node has an error handler, the one that was run in its place.
    """
    instead: Task | None = None
    try:
        _execute(task)
    except GraphInterrupt as asked:
        task.stop(asked.interrupts)
        task.place.task_ended(task, asked)
    except BaseException as error:
        task.place.task_ended(task, error)
        instead = task.handled(error)
        if instead is None:
            raise
    else:
        task.place.task_ended(task)
    return task if instead is None else perform(instead)


async def aperform(task: Task) -> Task:
    """Run the task, and note how it has ended. Raises what it raises, unless that asks for an answer.

    Returns the task; if it has failed and its node has an error handler, the one that was run in its place.
    """
    instead: Task | None = None
    try:
        await _aexecute(task)
    except GraphInterrupt as asked:
        task.stop(asked.interrupts)
        task.place.task_ended(task, asked)
    except BaseException as error:
        task.place.task_ended(task, error)
        instead = task.handled(error)
        if instead is None:
            raise
    else:
        task.place.task_ended(task)
    return task if instead is None else await aperform(instead)


def _execute(task: Task) -> None:
    """Run the node, and the conditional edges behind it, as a run below the current one."""
    run = task.begin()
    token = current.set(run)
    try:
        run.start(task.input)
        _attempt(task, run)
        for branch in task.spec.branches:
            task.chosen(branch, branch.path.invoke(task.place.fresh(branch, task.writes)))
        _finish(task, run)
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        leave(token)
        if run.delivery is not None:
            run.settle()


async def _aexecute(task: Task) -> None:
    """The same, awaited."""
    outside = None if task.spec.timeout is None else task.watch()
    run = task.begin()
    token = current.set(run)
    try:
        run.start(task.input)
        await _aattempt(task, run)
        for branch in task.spec.branches:
            task.chosen(branch, await branch.path.ainvoke(task.place.fresh(branch, task.writes)))
        _finish(task, run)
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        leave(token)
        if outside is not None:
            leave(outside)
        if run.delivery is not None:
            await run.asettle()


def _attempt(task: Task, run: Run) -> None:
    """Run what the node runs, again if its policy says so, and note what it gave."""
    failures = 0
    while True:
        try:
            output = task.spec.invoke(task.input, task)
        except ParentCommand as told:  # by a graph inside, to this one
            output = _of_parent(told)
        except Exception as error:
            failures += 1
            sleep(_wait(task, run, error, failures))
            continue
        task.take(output)
        return


async def _aattempt(task: Task, run: Run) -> None:
    """Run what the node runs, again if its policy says so, and note what it gave."""
    failures = 0
    while True:
        try:
            spec, pulse = task.spec, task.pulse
            output = await (spec.ainvoke(task.input, task) if pulse is None else _in_time(task, pulse))
        except ParentCommand as told:  # by a graph inside, to this one
            output = _of_parent(told)
        except Exception as error:
            failures += 1
            await asleep(_wait(task, run, error, failures))
            continue
        task.take(output)
        return


async def _in_time(task: Task, pulse: Pulse) -> Any:
    """One attempt, within the time that the node has for it."""
    spec = task.spec
    assert spec.timeout is not None  # noqa: S101  # else it has no pulse
    return await within(spec.timeout, task.node, pulse, lambda: spec.ainvoke(task.input, task))


def _wait(task: Task, run: Run, error: Exception, failures: int) -> float:
    """How long to wait before the next attempt. Raises `error` if there is to be none."""
    retries = task.spec.retries
    wait = None if isinstance(error, GraphInterrupt) else wait_before(retries, error, failures)
    if wait is None:
        raise error
    task.ask_anew()
    if run.hub.custom:
        told: AttemptData = {
            "attempt": failures + 1,
            "max_attempts": max(policy.max_attempts for policy in retries),
            "runnable": task.node,
            "error": error,
            "wait": wait,
        }
        run.custom(ON_RETRY, told)
    return wait


def _finish(task: Task, run: Run) -> None:
    """Tell of the output as the one chunk of the node's stream, as LangGraph does, and of the end."""
    if run.hub.stream and not task.spec.generates:
        run.chunk(task.output)
    run.finish(task.output)


def _of_parent(told: ParentCommand) -> Command[Any]:
    """A command for this graph, as if one of its own nodes had given it."""
    return dataclasses.replace(cast("Command[Any]", told.command), graph=None)
