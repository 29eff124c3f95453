"""Several at once: results in order, chunks as they come, and an end to all when one fails."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import wait
from contextvars import ContextVar
from typing import Any

import pytest

from eventflow.runnables import fanout
from eventflow.runnables.fanout import MAX_THREADS, agather, amerge, gather, merge

place: ContextVar[str] = ContextVar("place", default="outside")


class Tide:
    """Counts how many are at work at the same time; each waits until `together` are, or a moment has passed."""

    def __init__(self, together: int) -> None:
        self.together, self.now, self.most = together, 0, 0
        self.change = threading.Condition()

    def __call__(self) -> int:
        with self.change:
            self.now += 1
            self.most = max(self.most, self.now)
            self.change.notify_all()
            self.change.wait_for(lambda: self.most >= self.together, timeout=5)
            self.now -= 1
        return self.most


# ---- calls


def test_results_are_in_order():
    """Also when the first is the last to be ready."""
    ready = threading.Event()

    def slow() -> str:
        ready.wait(10)
        return "slow"

    def quick() -> str:
        ready.set()
        return "quick"

    assert gather([slow, quick]) == ["slow", "quick"]


async def test_async_results_are_in_order():
    ready = asyncio.Event()

    async def slow() -> str:
        await ready.wait()
        return "slow"

    async def quick() -> str:
        ready.set()
        return "quick"

    assert await agather([slow, quick]) == ["slow", "quick"]


async def test_one_is_called_here_and_none_is_fine():
    assert gather([threading.get_ident]) == [threading.get_ident()]
    assert gather([]) == await agather([]) == []

    async def task() -> Any:
        return asyncio.current_task()

    assert await agather([task]) == [asyncio.current_task()]


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_threads_than_the_limit(limit):
    tide = Tide(limit)
    gather([tide] * 6, limit)
    assert tide.most == limit


def test_never_more_threads_than_there_should_be():
    tide = Tide(MAX_THREADS)
    gather([tide] * (MAX_THREADS + 8))
    assert tide.most == MAX_THREADS


async def test_no_more_tasks_than_the_limit():
    now, most = 0, 0

    async def work() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    await agather([work] * 6, 2)
    assert most == 2
    await agather([work] * 6)
    assert most == 6


def test_the_context_goes_along_and_does_not_come_back():
    def work() -> str:
        seen = place.get()
        place.set("thread")
        return seen

    token = place.set("caller")
    try:
        assert gather([work, work]) == ["caller", "caller"]
        assert place.get() == "caller"
    finally:
        place.reset(token)


def test_the_first_error_in_time_is_raised_when_all_have_ended(monkeypatch):
    seen, ended = threading.Event(), []

    def wait_and_tell(*args: Any, **kwargs: Any) -> Any:
        found = wait(*args, **kwargs)
        seen.set()
        return found

    def late() -> None:
        seen.wait(10)  # until the error of the other has been seen
        ended.append("late")
        raise KeyError("late")

    def early() -> None:
        raise ValueError("early")

    monkeypatch.setattr(fanout, "wait", wait_and_tell)
    with pytest.raises(ValueError, match="early"):
        gather([late, early])
    assert ended == ["late"]


def test_what_has_not_begun_when_one_fails_is_left_out():
    called: list[str] = []

    def fails() -> None:
        raise ValueError("first")

    def works() -> None:
        called.append("works")

    with pytest.raises(ValueError, match="first"):
        gather([fails, *[works] * 50], 1)
    assert len(called) < 50


async def test_when_a_task_fails_the_others_are_cancelled_and_have_ended():
    told: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            told.append("cancelled")
            raise

    async def fails() -> None:
        raise ValueError("early")

    with pytest.raises(ValueError, match="early"):
        await agather([waits, fails, waits])
    assert told == ["cancelled", "cancelled"]


async def test_cancelling_a_gather_cancels_all():
    told: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            told.append("ended")

    task = asyncio.create_task(agather([waits, waits]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["ended", "ended"]


# ---- streams


def source(closed: list[str], name: str, n: int = 3) -> Iterator[str]:
    try:
        for number in range(n):
            yield f"{name}{number}"
    finally:
        closed.append(name)


async def asource(closed: list[str], name: str, n: int = 3) -> AsyncIterator[str]:
    try:
        for number in range(n):
            await asyncio.sleep(0)
            yield f"{name}{number}"
    finally:
        closed.append(name)


@pytest.mark.parametrize("names", ["", "a", "ab", "abc"])
async def test_all_chunks_come_each_with_its_key_and_in_its_order(names):
    closed: list[str] = []
    merged = [*merge({name: source(closed, name) for name in names})]
    amerged = [pair async for pair in amerge({name: asource(closed, name) for name in names})]
    for pairs in (merged, amerged):
        for name in names:
            assert [chunk for key, chunk in pairs if key == name] == [f"{name}{n}" for n in range(3)]
        assert len(pairs) == 3 * len(names)
    assert sorted(closed) == sorted(2 * names)


async def test_tasks_that_take_turns_come_in_turns():
    merged = [chunk async for _, chunk in amerge({name: asource([], name) for name in "ab"})]
    assert merged == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_each_stream_is_stepped_and_closed_in_one_thread():
    where: dict[str, set[int]] = {"a": set(), "b": set()}
    both_run = threading.Barrier(2, timeout=10)

    def watched(name: str) -> Iterator[int]:
        try:
            both_run.wait()
            for n in range(3):
                where[name].add(threading.get_ident())
                yield n
        finally:
            where[name].add(threading.get_ident())

    assert len([*merge({name: watched(name) for name in where})]) == 6
    assert [len(threads) for threads in where.values()] == [1, 1]
    assert not where["a"] & where["b"]


@pytest.mark.parametrize("names", ["a", "ab"])
async def test_the_first_error_ends_them_all(names):
    closed: list[str] = []

    def fails() -> Iterator[str]:
        yield "x"
        raise ValueError("middle")

    async def afails() -> AsyncIterator[str]:
        yield "x"
        raise ValueError("middle")

    with pytest.raises(ValueError, match="middle"):
        list(merge({**{n: source(closed, n, 10_000) for n in names[1:]}, "fails": fails()}))
    with pytest.raises(ValueError, match="middle"):
        async for _ in amerge({**{n: asource(closed, n, 10_000) for n in names[1:]}, "fails": afails()}):
            pass
    assert closed == [*names[1:]] * 2


@pytest.mark.parametrize("names", ["a", "ab"])
async def test_leaving_early_closes_all(names):
    closed: list[str] = []
    merged: Any = merge({name: source(closed, name, 10_000) for name in names})
    next(merged)
    merged.close()
    assert sorted(closed) == [*names]
    amerged: Any = amerge({name: asource(closed, name, 10_000) for name in names})
    await anext(amerged)
    await amerged.aclose()
    assert sorted(closed[len(names) :]) == [*names]


def test_a_consumer_that_is_slow_holds_the_streams_up():
    """They are a few chunks ahead, not all of them."""
    made = 0

    def counting() -> Iterator[int]:
        nonlocal made
        for made in range(1_000):
            yield made

    merged: Any = merge({"a": counting(), "b": iter(())})
    for _ in range(10):
        next(merged)
    assert made < 30
    merged.close()


async def test_a_stream_that_awaits_what_was_cancelled_ends_them_all():
    """Its CancelledError is no cancellation of the task that steps it: nobody may wait for its end in vain."""
    closed: list[str] = []

    async def awaits_a_cancelled_task() -> AsyncIterator[str]:
        task = asyncio.ensure_future(asyncio.sleep(3600))
        task.cancel()
        await task
        yield "never"

    with pytest.raises(asyncio.CancelledError):
        async for _ in amerge({"bad": awaits_a_cancelled_task(), "a": asource(closed, "a", 10_000)}):
            pass
    assert closed == ["a"]


async def test_cancelling_who_reads_ends_them_all():
    closed: list[str] = []

    async def read(merged: AsyncIterator[Any]) -> None:
        async for _ in merged:
            pass

    merged: Any = amerge({name: asource(closed, name, 1_000_000) for name in "ab"})
    task = asyncio.create_task(read(merged))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await merged.aclose()
    assert sorted(closed) == ["a", "b"]


def test_errors_of_closing_are_raised():
    def bad_end() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise RuntimeError("cannot close")

    streams: list[Callable[[], Any]] = [
        lambda: merge({"a": bad_end()}),
        lambda: merge({"a": bad_end(), "b": iter(())}),
    ]
    for make in streams:
        with pytest.raises(RuntimeError, match="cannot close"):
            list(make())
