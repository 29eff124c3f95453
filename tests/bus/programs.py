"""Programs to watch, and what every watcher of one may count on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from eventflow.events import StreamEvent
from eventflow.runnables import Runnable, RunnableGenerator, RunnableLambda
from eventflow.runs import dispatch_custom_event

double: Runnable[int, int] = RunnableLambda(lambda x: x * 2, name="double", blocking=False)


def tell(count: int, start: int = 0) -> None:
    """One run, `count`, that tells of as many numbers."""

    def count_up(x: int) -> None:
        for number in range(start, start + count):
            dispatch_custom_event("number", number)

    RunnableLambda(count_up, name="count").invoke(0)


def numbers(events: Iterable[StreamEvent]) -> list[Any]:
    """The numbers that were told."""
    return [event["data"] for event in events if event["event"] == "on_custom_event"]


def counted(count: int, made: list[int]) -> Runnable[Any, int]:
    """A stream of numbers, sync and async, after all of its input; it keeps in `made` those which it has made."""

    def count_up(chunks: Iterator[Any]) -> Iterator[int]:
        for _ in chunks:
            pass
        for number in range(count):
            made.append(number)
            yield number

    async def acount_up(chunks: AsyncIterator[Any]) -> AsyncIterator[int]:
        async for _ in chunks:
            pass
        for number in range(count):
            made.append(number)
            yield number

    return RunnableGenerator(count_up, acount_up, name="counted")


def names(events: Iterable[StreamEvent]) -> list[str]:
    """`start double`, `end double`, … in order."""
    return [f"{event['event'].rpartition('_')[2]} {event['name']}" for event in events]


def check_life(events: list[StreamEvent]) -> None:
    """Every run starts once, streams, ends once, and lies between the start and the end of the run around it."""
    open_: dict[str, list[str]] = {}
    ended: set[str] = set()
    for event in events:
        run, above = event["run_id"], event["parent_ids"]
        phase = event["event"].rpartition("_")[2]
        assert all(parent in open_ for parent in above), f"{event} outside its parents"
        match phase:
            case "start":
                assert run not in open_
                assert run not in ended
                open_[run] = above
            case "end" | "error":
                assert run in open_, f"{event} without a start"
                assert not any(run in parents for parents in open_.values()), f"{event} before a child"
                del open_[run]
                ended.add(run)
            case _:
                assert run in open_, f"{event} outside its run"
    assert not open_, f"without an end: {open_}"
