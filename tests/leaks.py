"""What a test may not leave behind: tasks, threads and subscriptions that outlive it."""

import asyncio
import sys
import threading
from collections.abc import Coroutine, Generator, Iterable
from contextlib import contextmanager
from typing import Any

TURNS = 10
"""Turns of the loop that a cancelled task gets to finish in: closing is prompt, but never instant."""

GRACE = 0.5
"""Seconds that a thread which was told to stop gets to finish in."""


class LeftBehind(AssertionError):
    """A test passed but left something running."""


@contextmanager
def nothing_left_behind() -> Generator[None, None, None]:
    """Run the body; then raise `LeftBehind` if it left a thread or a subscription that was not there before.

    What a fixture opened before the body is the fixture's to close. When the body itself fails, its
    own error is the news and nothing is looked at.
    """
    threads, subscriptions = set(threading.enumerate()), active_subscriptions()
    yield
    _complain("threads", [thread for thread in threading.enumerate() if _outlives(thread, threads)])
    _complain(
        "subscriptions", [f"{left} open"] if (left := active_subscriptions() - subscriptions) > 0 else []
    )


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on a new event loop; raise `LeftBehind` if tasks outlive it."""
    with asyncio.Runner(debug=False) as runner:
        _complain("tasks", runner.run(_tasks_left_by(main)))


def active_subscriptions() -> int:
    """How many subscriptions are open; none before the bus is imported, for nobody can have subscribed."""
    count = getattr(sys.modules.get("eventflow.bus"), "active_subscriptions", None)
    return 0 if count is None else count()


async def _tasks_left_by(main: Coroutine[Any, Any, None]) -> list[asyncio.Task[Any]]:
    await main
    for _ in range(TURNS):
        if not _other_tasks():
            break
        await asyncio.sleep(0)
    return _other_tasks()


def _other_tasks() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def _outlives(thread: threading.Thread, known: set[threading.Thread]) -> bool:
    """Whether a thread, daemon or not, is new and stays; one that was told to stop is given a moment."""
    if thread in known:
        return False
    thread.join(GRACE)
    return thread.is_alive()


def _complain(what: str, left: Iterable[object]) -> None:
    names = [str(item) for item in left]
    if names:
        raise LeftBehind("\n  ".join([f"the test left {what} behind: close or await them in it:", *names]))
