"""Taking the current run into a thread that one starts by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import ParamSpec, TypeVar

__all__ = ("run_in_context",)

P = ParamSpec("P")
R = TypeVar("R")


def run_in_context(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, bound to the run that is current now: what it runs and tells belongs to that run.

    Tasks, `asyncio.to_thread` and everything that eventflow starts take the run along by themselves; a bare
    `threading.Thread` or an executor of one's own does not. The result may be called once or many times, in
    several threads at once.

    >>> import threading
    >>> from eventflow import RunnableLambda, dispatch_custom_event, listen
    >>> def work(x):
    ...     report = run_in_context(dispatch_custom_event)
    ...     thread = threading.Thread(target=report, args=("half", x))
    ...     thread.start()
    ...     thread.join()
    >>> with listen(phases=["custom"]) as events:
    ...     RunnableLambda(work).invoke(1)
    >>> [event["name"] for event in events]
    ['half']
    """
    context = copy_context()

    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(function, *args, **kwargs)

    return bound
