"""What eventflow tells of beside the phases of a run, as custom events whose names are `Notice`s."""

from __future__ import annotations

from typing import Final

from typing_extensions import ReadOnly, TypedDict

__all__ = ("ON_CACHE_HIT", "ON_FALLBACK", "ON_RETRY", "AttemptData", "CacheHitData", "Internal", "Notice")


class Notice(str):
    """The name of a custom event that is eventflow's own.

    A user's event may be spelled the same: what is neither shown with `version="v2"` nor told to callback
    handlers, for LangChain has no such events, is told apart by this type.

    >>> ON_RETRY == "on_retry", isinstance("on_retry", Notice)
    (True, False)
    """

    __slots__ = ()


class Internal(Notice):
    """The name of an event that only those are told of who name it: how a graph tells its stream modes."""

    __slots__ = ()


ON_RETRY: Final = Notice("on_retry")
"""A runnable with retry is about to be tried again."""
ON_FALLBACK: Final = Notice("on_fallback")
"""A runnable with fallbacks is about to try the next one."""
ON_CACHE_HIT: Final = Notice("on_cache_hit")
"""A model has found its answer in a cache."""


class AttemptData(TypedDict):
    """The `data` of `on_retry` and `on_fallback`: an attempt has failed, and there is going to be another.

    `attempt` is the number of the one to come, 2 or more, of `max_attempts`; `runnable` the name of what is
    going to be tried, `error` what the last attempt raised, and `wait` how many seconds there are in between.
    """

    attempt: ReadOnly[int]
    max_attempts: ReadOnly[int]
    runnable: ReadOnly[str]
    error: ReadOnly[BaseException]
    wait: ReadOnly[float]


class CacheHitData(TypedDict):
    """The `data` of `on_cache_hit`: the answer was kept. `cache` is the name of the class of the cache."""

    cache: ReadOnly[str]
