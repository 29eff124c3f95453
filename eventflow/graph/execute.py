"""How a task is executed: as a run, once or as often as its node's policy says, then its conditional edges."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable
from typing import Any, cast

from eventflow.errors import GraphInterrupt, ParentCommand
from eventflow.events.notices import ON_RETRY, AttemptData
from eventflow.graph.retries import wait_before
from eventflow.graph.task import Task
from eventflow.graph.timeouts import within
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
        if task.place.keeper is not None:
            task.place.keeper.keep()
        task.place.asks(task, asked)
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
        if task.place.keeper is not None:
            await task.place.keeper.akeep(shown=True)
        task.place.asks(task, asked)
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
        failures = 0
        while True:
            try:
                output = task.spec.invoke(task.input, task)
                break
            except ParentCommand as told:
                output = _of_parent(told)
                break
            except Exception as error:
                failures += 1
                sleep(_wait(task, run, error, failures))
        task.take(output)
        for branch in task.spec.branches:
            task.chosen(branch, branch.path.invoke(task.place.fresh(branch, task.writes)))
        _finish(task, run)
    except BaseException as error:
        task.failed(error)
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
        failures = 0
        while True:
            try:
                output = await _attempt(task)
                break
            except ParentCommand as told:
                output = _of_parent(told)
                break
            except Exception as error:
                failures += 1
                await asleep(_wait(task, run, error, failures))
        task.take(output)
        for branch in task.spec.branches:
            task.chosen(branch, await branch.path.ainvoke(task.place.fresh(branch, task.writes)))
        _finish(task, run)
    except BaseException as error:
        task.failed(error)
        run.fail(error)
        raise
    finally:
        leave(token)
        if outside is not None:
            leave(outside)
        if run.delivery is not None:
            await run.asettle()


def _attempt(task: Task) -> Awaitable[Any]:
    """One attempt in async code, within the time that the node has for it."""
    spec, pulse = task.spec, task.pulse
    if pulse is None or spec.timeout is None:
        return spec.ainvoke(task.input, task)
    return within(spec.timeout, task.node, pulse, lambda: spec.ainvoke(task.input, task))


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
    """A command by a graph inside, for this one, as if one of its own nodes had given it."""
    return dataclasses.replace(cast("Command[Any]", told.command), graph=None)
