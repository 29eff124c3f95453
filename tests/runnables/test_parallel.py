"""`RunnableParallel`: the same input to several, at the same time."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.events import fold
from eventflow.runnables import (
    RunnableGenerator,
    RunnableLambda,
    RunnableMap,
    RunnableParallel,
    RunnablePassthrough,
)


def double(x: int) -> int:
    return 2 * x


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        await asyncio.sleep(0)
        yield word


def upper(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk.upper()


async def aupper(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.upper()


def test_made_from_a_dict_or_from_keywords():
    made = RunnableParallel({"a": double, "b": {"c": double}}, d=RunnablePassthrough())
    assert made.invoke(2) == {"a": 4, "b": {"c": 4}, "d": 2}
    assert RunnableMap is RunnableParallel
    assert made.get_name() == "RunnableParallel<a,b,d>"
    assert [*made.steps__] == ["a", "b", "d"]
    assert len(made.inner_runnables()) == 3
    assert repr(RunnableParallel(a=double)) == "{\n  a: RunnableLambda(double)\n}"


async def test_keys_are_in_the_order_of_the_branches():
    ready = asyncio.Event()

    async def slow(x: int) -> int:
        await ready.wait()
        return x

    async def quick(x: int) -> int:
        ready.set()
        return x

    output = await RunnableParallel(slow=slow, quick=quick).ainvoke(1)
    assert [*output.items()] == [("slow", 1), ("quick", 1)]


def test_branches_run_at_the_same_time():
    meet = threading.Barrier(3, timeout=10)

    def arrive(x: int) -> int:
        meet.wait()
        return x

    assert RunnableParallel(a=arrive, b=arrive, c=arrive).invoke(1) == {"a": 1, "b": 1, "c": 1}


async def test_at_most_so_many_at_once():
    now, most = 0, 0

    async def counts(x: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return x

    await RunnableParallel({str(n): counts for n in range(6)}).ainvoke(1, {"max_concurrency": 2})
    assert most == 2


async def test_no_branches():
    assert RunnableParallel({}).invoke(1) == await RunnableParallel({}).ainvoke(1) == {}
    assert list(RunnableParallel({}).stream(1)) == []


async def test_chunks_come_with_their_keys():
    parallel = RunnableParallel(a=RunnableLambda(words, awords), b=RunnableGenerator(upper, aupper))
    for chunks in (
        list(parallel.stream("x y")),
        [chunk async for chunk in parallel.astream("x y")],
    ):
        assert all(len(chunk) == 1 for chunk in chunks)
        assert [chunk["a"] for chunk in chunks if "a" in chunk] == ["x", "y"]
        assert fold(chunks) == {"a": "xy", "b": "X Y"}


async def test_every_branch_gets_every_chunk_of_the_input():
    parallel = RunnableParallel(
        a=RunnableGenerator(upper, aupper), b=RunnablePassthrough(), c=lambda x: f"<{x}>"
    )
    chunks = list((RunnableLambda(words) | parallel).stream("x y"))
    assert fold(chunks) == {"a": "XY", "b": "xy", "c": "<xy>"}
    assert [chunk["a"] for chunk in chunks if "a" in chunk] == ["X", "Y"]
    achunks = [chunk async for chunk in (RunnableLambda(awords) | parallel).astream("x y")]
    assert fold(achunks) == {"a": "XY", "b": "xy", "c": "<xy>"}


async def test_the_source_is_stepped_once():
    pulled: list[str] = []

    def source(x: str) -> Iterator[str]:
        for word in x.split():
            pulled.append(word)
            yield word

    list((RunnableLambda(source) | {"a": RunnablePassthrough(), "b": RunnablePassthrough()}).stream("x y"))
    assert pulled == ["x", "y"]


def test_tags_say_which_branch_it_is():
    with listen(phases=["start"]) as events:
        RunnableParallel(a=double, b=double).invoke(1)
    root, *branches = events
    assert sorted(tag for event in branches for tag in event["tags"]) == ["map:key:a", "map:key:b"]
    assert all(event["parent_ids"] == [root["run_id"]] for event in branches)


async def test_a_failing_branch_ends_all():
    told: list[str] = []

    async def refuse(x: int) -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def waits(x: int) -> int:
        try:
            await asyncio.sleep(3600)
        finally:
            told.append("ended")
        return x

    with listen() as events, pytest.raises(ValueError, match="no"):
        await RunnableParallel(bad=refuse, good=waits).ainvoke(1)
    assert told == ["ended"]
    ends = [(event["name"], type(event["data"]["error"])) for event in events if "error" in event["event"]]
    assert ends == [
        ("refuse", ValueError),
        ("waits", asyncio.CancelledError),
        ("RunnableParallel<bad,good>", ValueError),
    ]


def test_a_failing_branch_ends_all_threads():
    begun, refused, told = threading.Event(), threading.Event(), []

    def refuse(x: int) -> int:
        begun.wait(10)
        refused.set()
        raise ValueError("no")

    def works(x: int) -> int:
        begun.set()
        refused.wait(10)
        told.append("ended")
        return x

    with pytest.raises(ValueError, match="no"):
        RunnableParallel(bad=refuse, good=works).invoke(1)
    assert told == ["ended"]


async def test_a_failing_stream_closes_the_others():
    closed: list[str] = []

    async def endless(x: int) -> AsyncIterator[int]:
        try:
            while True:
                await asyncio.sleep(0)
                yield x
        finally:
            closed.append("async")

    async def refuse(x: int) -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        async for _ in RunnableParallel(good=endless, bad=refuse).astream(1):
            pass
    assert closed == ["async"]


async def test_leaving_a_stream_closes_all_branches():
    closed: list[str] = []

    def endless(chunks: Iterator[str]) -> Iterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.append("sync")

    async def aendless(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
        try:
            while True:
                await asyncio.sleep(0)
                yield "x"
        finally:
            closed.append("async")

    parallel = RunnableParallel(
        a=RunnableGenerator(endless, aendless), b=RunnableGenerator(endless, aendless)
    )
    stream: Any = parallel.stream("a")
    next(stream)
    stream.close()
    astream: Any = parallel.astream("a")
    await anext(astream)
    await astream.aclose()
    assert closed == ["sync", "sync", "async", "async"]


async def test_branches_see_the_context_of_the_caller_and_the_caller_not_theirs():
    with listen(phases=["start"]) as events:
        RunnableParallel(
            a=lambda x: RunnablePassthrough().invoke(x), b=lambda x: RunnablePassthrough().invoke(x)
        ).invoke(1)
    assert sorted(len(event["parent_ids"]) for event in events) == [0, 1, 1, 2, 2]


def test_errors_of_the_source_reach_the_consumer():
    def source(x: str) -> Iterator[str]:
        yield x
        raise ValueError("source")

    with pytest.raises(ValueError, match="source"):
        list(
            (RunnableLambda(source) | {"a": RunnablePassthrough(), "b": RunnableGenerator(upper)}).stream("x")
        )
