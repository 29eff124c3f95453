"""What an execution of a graph need not do again, for a cache has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from eventflow.graph.cache import BaseNodeCache, CacheKey
from eventflow.graph.nodes import Node
from eventflow.graph.task import Task
from eventflow.graph.telling import Telling

__all__ = ("arecall", "astore", "namespace", "recall", "store")


def namespace(node: Node) -> tuple[str, ...]:
    """What the cache knows a node by: its function, and its name."""
    function: Any = node.action
    function = getattr(function, "__wrapped__", function)
    named = function if hasattr(function, "__qualname__") else cast("Any", type(function))
    return (f"{named.__module__}.{named.__qualname__}", node.name)


def _keys(tasks: Sequence[Task]) -> dict[CacheKey, list[Task]]:
    """The tasks that may be found, by what they are known by; notes that of each."""
    keys: dict[CacheKey, list[Task]] = {}
    for task in tasks:
        policy = task.spec.cache
        if policy is not None:
            task.cache_key = (namespace(task.spec), task.spec.cache_key(policy, task.input))
            keys.setdefault(task.cache_key, []).append(task)
    return keys


def _restored(found: dict[CacheKey, Any], keys: dict[CacheKey, list[Task]], telling: Telling) -> list[Task]:
    done: list[Task] = []
    for key, kept in found.items():
        for task in keys[key]:
            task.restore(kept)
            telling.ended(task, None, again=True)
            done.append(task)
    return done


def recall(cache: BaseNodeCache, tasks: Sequence[Task], telling: Telling) -> list[Task]:
    """Those of the tasks that the cache knows, which have ended now."""
    keys = _keys(tasks)
    return _restored(cache.get([*keys]), keys, telling) if keys else []


async def arecall(cache: BaseNodeCache, tasks: Sequence[Task], telling: Telling) -> list[Task]:
    """Those of the tasks that the cache knows, which have ended now."""
    keys = _keys(tasks)
    return _restored(await cache.aget([*keys]), keys, telling) if keys else []


def store(cache: BaseNodeCache, task: Task) -> None:
    """Keep what a task wrote, if its node is to be cached."""
    if (kept := task.to_reuse()) is not None:
        cache.set(kept)


async def astore(cache: BaseNodeCache, task: Task) -> None:
    """Keep what a task wrote, if its node is to be cached."""
    if (kept := task.to_reuse()) is not None:
        await cache.aset(kept)
