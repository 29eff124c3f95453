"""Where sync and async differ: the pairs do the same, whatever is raised and whoever is cancelled."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from eventflow.events import Fold
from eventflow.runnables.seam import (
    END,
    Snapshots,
    aclose,
    aclose_all,
    ajoin,
    aone,
    aprimed,
    are_snapshots,
    arecorded,
    bridge,
    close,
    close_all,
    in_thread,
    join,
    one,
    primed,
    recorded,
)

place: ContextVar[str] = ContextVar("place", default="outside")


async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


class Closes:
    """Something to be closed, which may fail to."""

    def __init__(self, name: str, closed: list[str], *, fails: bool = False) -> None:
        self.name, self.closed, self.fails = name, closed, fails

    def close(self) -> None:
        self.closed.append(self.name)
        if self.fails:
            raise ValueError(self.name)

    async def aclose(self) -> None:
        self.close()


# ---- closing


async def test_what_cannot_be_closed_is_left_alone():
    close(iter("a"))
    await aclose(aone("a"))


async def test_closing_is_last_to_first():
    closed: list[str] = []
    close_all([Closes(name, closed) for name in "abc"])
    await aclose_all([Closes(name, closed) for name in "abc"])
    assert closed == [*"cbacba"]


async def test_each_is_closed_also_when_closing_another_raises():
    closed: list[str] = []
    with pytest.raises(ValueError, match="c"):
        close_all([Closes("a", closed), Closes("b", closed), Closes("c", closed, fails=True)])
    with pytest.raises(ValueError, match="b"):
        await aclose_all([Closes("a", closed), Closes("b", closed, fails=True), Closes("c", closed)])
    assert closed == [*"cbacba"]


# ---- single values and whole streams


async def test_streams_of_one_value():
    assert list(one(None)) == [None]
    assert await collected(aone(None)) == [None]
    assert await anext(aone(END), "end") == "end"


async def test_joining():
    assert join(iter("abc")) == await ajoin(letters("abc")) == "abc"
    assert join(iter(())) is None
    assert join(iter([1, 2])) == 3
    assert join([{"a": 1}, {"b": 2}]) == {"b": 2}


async def test_snapshots_are_not_added_up():
    assert join(Snapshots(iter("abc"))) == "c"
    assert await ajoin(Snapshots(letters("abc"))) == "c"
    assert are_snapshots(Snapshots(iter("abc")))
    assert not are_snapshots(iter("abc"))


async def test_snapshots_can_be_stepped():
    marked = Snapshots[str](iter("ab"))
    assert next(marked) == "a"
    assert list(marked) == ["b"]
    amarked = Snapshots[str](letters("ab"))
    assert await anext(amarked) == "a"
    assert await collected(aiter(amarked)) == ["b"]


async def test_priming_waits_for_the_first_chunk_and_keeps_it():
    pulled: list[str] = []

    def source() -> Iterator[str]:
        for letter in "abc":
            pulled.append(letter)
            yield letter

    async def asource() -> AsyncIterator[str]:
        for chunk in source():
            yield chunk

    chunks = primed(source())
    assert pulled == ["a"]
    assert list(chunks) == [*"abc"]
    achunks = await aprimed(asource())
    assert pulled == [*"abca"]
    assert await collected(achunks) == [*"abc"]


async def test_priming_nothing():
    assert list(primed(iter(()))) == []
    assert await collected(await aprimed(letters(""))) == []


async def test_priming_a_falsy_chunk():
    assert list(primed(iter([None, 0]))) == [None, 0]

    async def falsy() -> AsyncIterator[Any]:
        yield None
        yield 0

    assert await collected(await aprimed(falsy())) == [None, 0]


async def test_recording():
    whole, awhole = Fold(), Fold()
    assert list(recorded(iter("ab"), whole)) == [*"ab"]
    assert await collected(arecorded(letters("ab"), awhole)) == [*"ab"]
    assert whole.value() == awhole.value() == "ab"


# ---- sync code under a task


async def test_a_thread_has_the_context_of_the_task():
    token = place.set("inside")
    try:
        assert await in_thread(place.get) == "inside"
        assert await in_thread(threading.get_ident) != threading.get_ident()
    finally:
        place.reset(token)


async def test_what_a_thread_sets_stays_in_the_thread():
    await in_thread(place.set, "thread")
    assert place.get() == "outside"


async def test_errors_come_out_of_the_thread():
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0)


async def test_a_stop_iteration_comes_out_as_a_runtime_error():
    """A future cannot hold it; raised into one, the task would wait for ever."""
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        await in_thread(next, iter(()))
    assert isinstance(caught.value.__cause__, StopIteration)


@pytest.mark.parametrize("times", [1, 3])
async def test_who_is_cancelled_waits_for_the_thread(times):
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go_on.wait(10)
        done.append("work")

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["work"]


async def test_an_error_of_the_thread_does_not_hide_the_cancellation():
    """And is no surprise later: the loop does not complain that nobody looked at it."""
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        raise ValueError("too late")

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    assert complaints == []


def test_a_loop_that_ends_waits_for_the_thread():
    """`asyncio.run` cancels all tasks at its end; what works for one of them is still not left alone."""
    begun, go_on, told = threading.Event(), threading.Event(), []

    def source() -> Iterator[int]:
        try:
            begun.set()
            go_on.wait(10)
            told.append("stepped")
            yield 1
        finally:
            told.append("closed")

    async def main() -> None:
        task = asyncio.create_task(collected(bridge(source(), blocking=True)))
        await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_later(0.01, go_on.set)  # while the task is being cancelled
        assert not task.done()

    asyncio.run(main())
    assert told == ["stepped", "closed"]


@pytest.mark.parametrize("blocking", [False, True])
async def test_a_bridge_steps_and_closes_the_iterator(blocking):
    told: list[Any] = []

    def source() -> Iterator[int]:
        try:
            for n in range(3):
                told.append(threading.get_ident() == here)
                yield n
        finally:
            told.append("closed")

    here = threading.get_ident()
    assert await collected(bridge(source(), blocking=blocking)) == [0, 1, 2]
    assert told == [not blocking] * 3 + ["closed"]


@pytest.mark.parametrize("blocking", [False, True])
async def test_leaving_a_bridge_closes_the_iterator(blocking):
    closed: list[str] = []

    def source() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append("closed")

    chunks = bridge(source(), blocking=blocking)
    assert await anext(chunks) == 1
    await chunks.aclose()
    assert closed == ["closed"]


async def test_cancelling_a_bridge_waits_for_the_step_and_then_closes():
    begun, go_on, told = threading.Event(), threading.Event(), []

    def source() -> Iterator[int]:
        try:
            begun.set()
            go_on.wait(10)
            told.append("stepped")
            yield 1
        finally:
            told.append("closed")

    task = asyncio.create_task(collected(bridge(source(), blocking=True)))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["stepped", "closed"]


@pytest.mark.parametrize("blocking", [False, True])
async def test_errors_cross_the_bridge(blocking):
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("middle")

    chunks = bridge(source(), blocking=blocking)
    assert await anext(chunks) == 1
    with pytest.raises(ValueError, match="middle"):
        await anext(chunks)
