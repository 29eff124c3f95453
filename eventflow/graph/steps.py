"""Driving a graph: step after step, with its tasks at the same time and its checkpoints in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from eventflow.graph.execute import aperform, perform
from eventflow.graph.fan import aeach, each
from eventflow.graph.loop import Entry, Loop
from eventflow.graph.reuse import arecall, astore, recall, store
from eventflow.graph.task import Task
from eventflow.runnables.seam import aclose, close

__all__ = ("aplan_first", "asteps", "plan_first", "steps")


def plan_first(loop: Loop, entry: Entry) -> None:
    """Plan the first step, once the conditional edges of START have answered."""
    for branch in loop.blueprint.entry:
        loop.chosen(entry, branch, branch.path.invoke(loop.fresh(branch, [])))
    loop.enter(entry)


async def aplan_first(loop: Loop, entry: Entry) -> None:
    """Plan the first step, once the conditional edges of START have answered."""
    for branch in loop.blueprint.entry:
        loop.chosen(entry, branch, await branch.path.ainvoke(loop.fresh(branch, [])))
    loop.enter(entry)


def steps(loop: Loop, input: Any) -> Iterator[Task | None]:
    """Run to the end, and yield each task when it has ended; where it is streamed, None before each step.

    Who pulls the stream is in the same thread as the nodes, and sees the state between two steps only then.
    """
    keeper, cache = loop.keeper, loop.given.cache
    saved = None if keeper is None else keeper.load()
    entry = loop.begin(input, saved)
    if entry is not None:
        plan_first(loop, entry)
    if keeper is not None:
        keeper.keep()
    try:
        while loop.tasks:
            todo = loop.open()
            if todo is None:
                return
            if loop.run.streamed:
                yield None
            if cache is not None:
                for task in recall(cache, todo, loop.telling):
                    yield task
                todo = [task for task in todo if not task.done]
            done = each(todo, perform, loop.run.inherited.max_concurrency)
            try:
                for task in done:
                    if keeper is not None and (len(todo) > 1 or loop.run.streamed):
                        keeper.keep()
                    if cache is not None:
                        store(cache, task)
                    yield task
                if loop.calls is not None:
                    loop.calls.finish()
            finally:
                close(done)
                if loop.calls is not None:
                    loop.calls.stop()
            goes_on = loop.close()
            if keeper is not None:
                keeper.keep()
            if not goes_on:
                return
    finally:
        if keeper is not None:
            keeper.keep(ending=True)


async def asteps(loop: Loop, input: Any) -> AsyncIterator[Task]:
    """Run to the end, and yield each task when it has ended."""
    keeper, cache = loop.keeper, loop.given.cache
    loop.awaits = asyncio.get_running_loop()
    saved = None if keeper is None else await keeper.aload()
    entry = loop.begin(input, saved)
    if entry is not None:
        await aplan_first(loop, entry)
    if keeper is not None:
        await keeper.akeep()
    try:
        while loop.tasks:
            todo = loop.open()
            if todo is None:
                return
            if cache is not None:
                for task in await arecall(cache, todo, loop.telling):
                    yield task
                todo = [task for task in todo if not task.done]
            done = aeach(todo, aperform, loop.run.inherited.max_concurrency)
            try:
                async for task in done:
                    if keeper is not None and len(todo) > 1:  # else with the step, as one
                        await keeper.akeep()
                    if cache is not None:
                        await astore(cache, task)
                    yield task
                if loop.calls is not None:
                    await loop.calls.afinish()
            finally:
                await aclose(done)
                if loop.calls is not None:
                    await loop.calls.astop()
            goes_on = loop.close()
            if keeper is not None:
                await keeper.akeep()
            if not goes_on:
                return
    finally:
        if keeper is not None:
            await keeper.akeep(ending=True)
