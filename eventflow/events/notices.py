"""What eventflow tells of beside the phases of a run: a new attempt. As custom events, whose names are `Notice`s."""

from __future__ import annotations

from typing import Final, final

from typing_extensions import ReadOnly, TypedDict

__all__ = ("ON_FALLBACK", "ON_RETRY", "AttemptData", "Notice")


@final
class Notice(str):
    """The name of a custom event that is eventflow's own.

    A user's event may be spelled the same: what is neither shown with `version="v2"` nor told to callback
    handlers, for LangChain has no such events, is told apart by this type.

    >>> ON_RETRY == "on_retry", isinstance("on_retry", Notice)
    (True, False)
    """

    __slots__ = ()


ON_RETRY: Final = Notice("on_retry")
"""A runnable with retry is about to be tried again."""
ON_FALLBACK: Final = Notice("on_fallback")
"""A runnable with fallbacks is about to try the next one."""


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
