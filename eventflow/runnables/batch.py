"""One runnable and several inputs: all at once, or in the order in which they are ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from functools import partial
from typing import Any

from eventflow.runnables.fanout import MAX_THREADS, agather, gather
from eventflow.runnables.seam import ended
from eventflow.runnables.verbs import Verbs
from eventflow.runs import RunnableConfig, get_config_list

__all__ = ("abatch", "abatch_as_completed", "batch", "batch_as_completed")

Configs = RunnableConfig | Sequence[RunnableConfig] | None


def batch(
    runnable: Verbs[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    *,
    return_exceptions: bool,
    **kwargs: Any,
) -> list[Any]:
    """`invoke` for each input in threads, outputs in order."""
    configs = get_config_list(config, len(inputs))
    call = _caught(runnable.invoke) if return_exceptions else runnable.invoke
    return gather(
        [partial(call, x, c, **kwargs) for x, c in zip(inputs, configs, strict=True)], _limit(configs)
    )


async def abatch(
    runnable: Verbs[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    *,
    return_exceptions: bool,
    **kwargs: Any,
) -> list[Any]:
    """`ainvoke` for each input as tasks, outputs in order."""
    configs = get_config_list(config, len(inputs))
    call = _acaught(runnable.ainvoke) if return_exceptions else runnable.ainvoke
    return await agather(
        [partial(call, x, c, **kwargs) for x, c in zip(inputs, configs, strict=True)], _limit(configs)
    )


def batch_as_completed(
    runnable: Verbs[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    *,
    return_exceptions: bool,
    **kwargs: Any,
) -> Iterator[tuple[int, Any]]:
    """`(index, output)` in the order in which they are ready."""
    configs = get_config_list(config, len(inputs))
    call = _caught(runnable.invoke) if return_exceptions else runnable.invoke
    if not inputs:
        return
    with ThreadPoolExecutor(min(len(inputs), _limit(configs) or MAX_THREADS)) as pool:
        jobs = {
            pool.submit(copy_context().run, partial(call, x, c, **kwargs)): index
            for index, (x, c) in enumerate(zip(inputs, configs, strict=True))
        }
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        finally:
            for job in jobs:
                job.cancel()


async def abatch_as_completed(
    runnable: Verbs[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    *,
    return_exceptions: bool,
    **kwargs: Any,
) -> AsyncIterator[tuple[int, Any]]:
    """`(index, output)` in the order in which they are ready."""
    configs = get_config_list(config, len(inputs))
    call = _acaught(runnable.ainvoke) if return_exceptions else runnable.ainvoke
    limit = _limit(configs)
    gate = asyncio.Semaphore(limit or max(1, len(inputs)))

    async def run(x: Any, c: RunnableConfig) -> Any:
        async with gate:
            return await call(x, c, **kwargs)

    tasks = {
        asyncio.ensure_future(run(x, c)): index
        for index, (x, c) in enumerate(zip(inputs, configs, strict=True))
    }
    running = set(tasks)
    try:
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=tasks.__getitem__):
                yield tasks[task], task.result()
    finally:
        await ended(*tasks)


def _limit(configs: Sequence[RunnableConfig]) -> int | None:
    return configs[0].get("max_concurrency") if configs else None


def _caught(call: Callable[..., Any]) -> Callable[..., Any]:
    def caught(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            return error

    return caught


def _acaught(call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def caught(*args: Any, **kwargs: Any) -> Any:
        try:
            return await call(*args, **kwargs)
        except Exception as error:
            return error

    return caught
