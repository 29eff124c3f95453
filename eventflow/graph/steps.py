"""Driving a graph: step after step, with its tasks at the same time and its checkpoints in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from eventflow.graph.execute import aperform, perform
from eventflow.graph.fan import aeach, each
from eventflow.graph.loop import Loop
from eventflow.graph.task import Task
from eventflow.runnables.seam import aclose, close

__all__ = ("asteps", "steps")


def steps(loop: Loop, input: Any) -> Iterator[Task]:
    """Run to the end, and yield each task when it has ended."""
    keeper = loop.keeper
    saved = None if keeper is None else keeper.load()
    entry = loop.begin(input, saved)
    if entry is not None:
        for branch in loop.blueprint.entry:
            entry.gotos.extend(branch.targets(branch.path.invoke(loop.fresh(branch, []))))
        loop.enter(entry)
    if keeper is not None:
        keeper.keep()
    try:
        while loop.tasks and (loop.resumed or not loop.stops(loop.blueprint.before, loop.tasks)):
            done = each(loop.open(), perform, loop.run.inherited.max_concurrency)
            try:
                for task in done:
                    if keeper is not None:
                        keeper.keep()
                    yield task
            finally:
                close(done)
                if keeper is not None:
                    keeper.keep()
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
    keeper = loop.keeper
    saved = None if keeper is None else await keeper.aload()
    entry = loop.begin(input, saved)
    if entry is not None:
        for branch in loop.blueprint.entry:
            entry.gotos.extend(branch.targets(await branch.path.ainvoke(loop.fresh(branch, []))))
        loop.enter(entry)
    if keeper is not None:
        await keeper.akeep()
    try:
        while loop.tasks and (loop.resumed or not loop.stops(loop.blueprint.before, loop.tasks)):
            done = aeach(loop.open(), aperform, loop.run.inherited.max_concurrency)
            try:
                async for task in done:
                    if keeper is not None:
                        await keeper.akeep()
                    yield task
            finally:
                await aclose(done)
                if keeper is not None:
                    await keeper.akeep()
            goes_on = loop.close()
            if keeper is not None:
                await keeper.akeep()
            if not goes_on:
                return
    finally:
        if keeper is not None:
            await keeper.akeep(ending=True)
