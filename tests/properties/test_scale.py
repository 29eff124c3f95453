"""What has to stay flat stays flat: memory and bookkeeping over many events and many runs."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from eventflow import ScriptedChatModel, StrOutputParser
from eventflow.bus import APPLICATION, active_subscriptions, signals, subscribe
from eventflow.runnables import RunnableGenerator, RunnableLambda, RunnableParallel

EVENTS = 100_000
RUNS = 10_000


def ignore(event: Any) -> None:
    """What a subscriber does that does nothing."""


def numbers(x: int) -> Iterator[int]:
    yield from range(x)


async def anumbers(x: int) -> AsyncIterator[int]:
    for n in range(x):
        yield n


def bookkeeping() -> tuple[int, int, int]:
    """What could grow with every run: subscriptions, scopes that the hub knows, receivers and senders."""
    gc.collect()
    connected = sum(len(signal.receivers) + len(signal._by_sender) for signal in signals.values())
    return active_subscriptions(), len(APPLICATION._inner), connected


def growth(act: Callable[[], None]) -> float:
    """Blocks of memory that each of the last calls has left behind, once everything has been warmed up."""
    rounds, calls = 4, RUNS // 5
    for _ in range(calls):
        act()
    least = float("inf")
    for _ in range(rounds):
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(calls):
            act()
        gc.collect()
        least = min(least, (sys.getallocatedblocks() - before) / calls)
    return least


# ---- one run of very many events


async def test_a_hundred_thousand_events():
    """They come in order, and only a bufferful waits at any time."""
    seen = 0
    async for event in RunnableLambda(anumbers).astream_events(EVENTS):
        if event["event"] == "on_chain_stream":
            assert event["data"]["chunk"] == seen
            seen += 1
    assert seen == EVENTS


def test_a_hundred_thousand_events_in_sync_code():
    events = RunnableLambda(numbers).stream_events(EVENTS)
    assert sum(event["event"] == "on_chain_stream" for event in events) == EVENTS


async def test_a_producer_is_never_further_ahead_than_the_buffer():
    made = 0

    async def counting(x: int) -> AsyncIterator[int]:
        nonlocal made
        for made in range(1, x + 1):
            yield made

    taken = 0
    async for event in RunnableLambda(counting).astream_events(1_000, buffer=16):
        if event["event"] == "on_chain_stream":
            taken += 1
            assert made - taken <= 16 + 1
    assert taken == 1_000


async def test_memory_does_not_grow_with_events():
    """Numbers cannot be kept apart from what they add up to, so the chunks are replaced one by one."""

    async def same(chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for _ in chunks:
            yield None

    blocks: list[int] = []
    stream = (RunnableLambda(anumbers) | RunnableGenerator(same)).astream_events(EVENTS // 5)
    n = 0
    async for _ in stream:
        n += 1
        if n % 10_000 == 0:
            blocks.append(sys.getallocatedblocks())
    assert max(blocks) - blocks[0] < 2_000


# ---- very many runs


def sync_runs() -> Callable[[], None]:
    chain = RunnableLambda(lambda x: x + 1) | RunnableLambda(lambda x: x + 1)

    def act() -> None:
        chain.invoke(1)

    return act


def failing_runs() -> Callable[[], None]:
    def refuse(x: int) -> int:
        raise ValueError

    failing = RunnableLambda(refuse)

    def act() -> None:
        with pytest.raises(ValueError):  # noqa: PT011  # it has no text
            failing.invoke(1)

    return act


def left_streams() -> Callable[[], None]:
    stream_of = RunnableLambda(numbers) | RunnableLambda(lambda x: x)

    def act() -> None:
        stream = stream_of.stream(3)
        next(stream)
        stream.close()

    return act


def event_streams() -> Callable[[], None]:
    one = RunnableLambda(lambda x: x + 1)

    def act() -> None:
        deque(one.stream_events(1), maxlen=0)

    return act


@pytest.mark.parametrize("runs", [sync_runs, failing_runs, left_streams, event_streams])
@pytest.mark.parametrize("watched", [False, True])
def test_memory_does_not_grow_with_runs(runs, watched):
    act = runs()
    if watched:
        with subscribe(ignore):
            before = bookkeeping()
            assert growth(act) < 0.05
            assert bookkeeping() == before
    else:
        before = bookkeeping()
        assert growth(act) < 0.05
        assert bookkeeping() == before


@pytest.mark.parametrize("watched", [False, True])
async def test_memory_does_not_grow_with_async_runs(watched):
    async def add(x: int) -> int:
        return x + 1

    chain = RunnableLambda(add) | RunnableParallel(a=RunnableLambda(add), b=RunnableLambda(add))
    blocks: list[int] = []

    async def many() -> None:
        for _ in range(5):
            for _ in range(RUNS // 20):
                async for _ in chain.astream_events(1):
                    pass
            gc.collect()
            blocks.append(sys.getallocatedblocks())

    before = bookkeeping()
    if watched:
        with subscribe(ignore):
            await many()
    else:
        await many()
    assert min(blocks[2:]) - blocks[1] < 100
    assert bookkeeping() == before


async def test_many_runs_at_once():
    """A thousand event streams side by side: each sees its own run, and nothing of the others."""

    async def one(n: int) -> None:
        async def say(x: int) -> AsyncIterator[int]:
            for _ in range(3):
                await asyncio.sleep(0)
                yield x

        events = [event async for event in RunnableLambda(say).astream_events(n)]
        assert [e["data"].get("chunk", n) for e in events][1:-1] == [n] * 3
        assert len({event["run_id"] for event in events}) == 1

    before = bookkeeping()
    await asyncio.gather(*(one(n) for n in range(1_000)))
    assert bookkeeping() == before


# ---- very many runs at once


@pytest.mark.parametrize("watched", [False, True], ids=["streams", "watched streams"])
def test_ten_thousand_streams_at_once(watched: bool):
    """None fails, none gets what another is told, and all that they took is given back."""

    async def streamed(number: int) -> list[str]:
        text = f"Number {number}, hello!"
        chain = RunnableLambda(str) | ScriptedChatModel.from_text(text, pause=0) | StrOutputParser()
        if not watched:
            return [chunk async for chunk in chain.astream(number)]
        events = chain.astream_events(number, include_types=["chat_model"])
        return [e["data"]["chunk"].text async for e in events if e["event"] == "on_chat_model_stream"]

    async def all_of(count: int) -> None:
        tasks = [asyncio.create_task(streamed(number)) for number in range(count)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks)
        for number, chunks in enumerate(await asyncio.gather(*tasks)):
            assert "".join(chunks) == f"Number {number}, hello!"

    asyncio.run(all_of(100))
    known, before = bookkeeping(), sys.getallocatedblocks()
    asyncio.run(all_of(RUNS))
    assert bookkeeping() == known
    assert sys.getallocatedblocks() - before < RUNS // 10
