"""The life of a stream: when it starts, what is current, and how it ends."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from eventflow.bus import listen, subscribe
from eventflow.runnables import RunnableGenerator, RunnableLambda
from eventflow.runs import current_run

seen_by_steps: ContextVar[str] = ContextVar("seen_by_steps", default="outside")


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


def names(events: Any) -> list[str]:
    return [event["event"].removeprefix("on_chain_") for event in events]


# ---- when it starts


def test_nothing_happens_before_the_first_pull():
    with listen() as events:
        stream = RunnableLambda(words).stream("a b")
        stream.close()
    assert list(events) == []


def test_a_step_starts_when_its_input_has_begun_to_come():
    with listen() as events:
        list((RunnableLambda(words) | RunnableGenerator(upper)).stream("a"))
    told = [(event["name"], event["event"].removeprefix("on_chain_")) for event in events]
    assert told == [
        ("RunnableSequence", "start"),
        ("words", "start"),
        ("words", "stream"),
        ("upper", "start"),
        ("upper", "stream"),
        ("RunnableSequence", "stream"),
        ("words", "end"),
        ("upper", "end"),
        ("RunnableSequence", "end"),
    ]


def upper(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk.upper()


def test_the_end_tells_what_came_in_chunk_by_chunk():
    with listen(include_names=["upper"], phases=["start", "end"]) as events:
        list((RunnableLambda(words) | RunnableGenerator(upper)).stream("a b"))
    assert [event["data"] for event in events] == [{}, {"input": "ab", "output": "AB"}]


def test_an_input_that_fails_before_it_begins_starts_nothing():
    def fails(x: str) -> Iterator[str]:
        raise ValueError("no")
        yield x

    with listen() as events, pytest.raises(ValueError, match="no"):
        list((RunnableLambda(fails) | RunnableGenerator(upper)).stream("a"))
    assert "upper" not in [event["name"] for event in events]


# ---- what is current


def test_the_run_is_current_in_the_steps_and_not_in_the_consumer():
    inside: list[Any] = []

    def looks(x: str) -> Iterator[str]:
        for word in x.split():
            inside.append(current_run())
            yield word

    for _ in RunnableLambda(looks).stream("a b"):
        assert current_run() is None
    assert len(inside) == 2
    assert inside[0] is inside[1] is not None


async def test_the_run_is_current_in_async_steps_and_not_in_the_consumer():
    inside: list[Any] = []

    async def looks(x: str) -> AsyncIterator[str]:
        for word in x.split():
            inside.append(current_run())
            yield word

    async for _ in RunnableLambda(looks).astream("a b"):
        assert current_run() is None
    assert len(inside) == 2
    assert inside[0] is inside[1] is not None


async def test_two_streams_that_are_read_in_turns():
    """Each step has its own run, whoever was stepped before."""
    seen: list[str] = []

    async def looks(x: str) -> AsyncIterator[str]:
        for _ in range(2):
            run = current_run()
            assert run is not None
            seen.append(run.handle().node.input)
            yield x

    with subscribe(lambda event: None):
        first, second = RunnableLambda(looks).astream("a"), RunnableLambda(looks).astream("b")
        for _ in range(2):
            await anext(first)
            await anext(second)
        await first.aclose()
        await second.aclose()
    assert seen == ["a", "b", "a", "b"]


def test_context_variables_of_a_sync_stream_do_not_leak_to_the_consumer():
    def sets(x: str) -> Iterator[str]:
        seen_by_steps.set("inside")
        yield seen_by_steps.get()
        yield seen_by_steps.get()

    for chunk in RunnableLambda(sets).stream("a"):
        assert chunk == "inside"
        assert seen_by_steps.get() == "outside"


async def test_context_variables_of_the_consumer_are_seen():
    async def reads(x: str) -> AsyncIterator[str]:
        yield seen_by_steps.get()

    token = seen_by_steps.set("caller")
    try:
        assert [chunk async for chunk in RunnableLambda(reads).astream("a")] == ["caller"]
        assert list(RunnableLambda(lambda x: seen_by_steps.get()).stream("a")) == ["caller"]
    finally:
        seen_by_steps.reset(token)


# ---- how it ends


def closable(closed: list[str]) -> RunnableLambda[str, str]:
    def source(x: str) -> Iterator[str]:
        try:
            yield from x.split()
        finally:
            closed.append("sync")

    async def asource(x: str) -> AsyncIterator[str]:
        try:
            for word in x.split():
                yield word
        finally:
            closed.append("async")

    return RunnableLambda(source, asource)


def test_leaving_early_ends_with_an_error():
    closed: list[str] = []
    with listen() as events:
        stream = closable(closed).stream("a b c")
        next(stream)
        stream.close()
    assert closed == ["sync"]
    *_, last = events
    assert last["event"] == "on_chain_error"
    assert isinstance(last["data"]["error"], GeneratorExit)
    assert last["data"]["input"] == "a b c"


async def test_leaving_early_ends_with_an_error_async():
    closed: list[str] = []
    with listen() as events:
        async with contextlib.aclosing(closable(closed).astream("a b c")) as stream:
            async for _ in stream:
                break
    assert closed == ["async"]
    *_, last = events
    assert last["event"] == "on_chain_error"
    assert isinstance(last["data"]["error"], GeneratorExit)


async def test_cancelling_ends_with_the_cancellation():
    started = asyncio.Event()

    async def waits(x: str) -> AsyncIterator[str]:
        started.set()
        await asyncio.sleep(3600)
        yield x

    async def read() -> None:
        async for _ in RunnableLambda(waits).astream("a"):
            pass

    with listen() as events:
        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    *_, last = events
    assert isinstance(last["data"]["error"], asyncio.CancelledError)


def test_an_abandoned_stream_ends_when_it_is_collected():
    closed: list[str] = []
    with listen() as events:
        stream = closable(closed).stream("a b")
        next(stream)
        del stream
        gc.collect()
    assert closed == ["sync"]
    assert names(events)[-1] == "error"


def test_an_error_in_the_middle_comes_after_the_chunks_before_it():
    def fails(x: str) -> Iterator[str]:
        yield x
        raise ValueError("middle")

    with listen() as events:
        stream = RunnableLambda(fails).stream("a")
        assert next(stream) == "a"
        with pytest.raises(ValueError, match="middle"):
            next(stream)
        assert list(stream) == []
    assert names(events) == ["start", "stream", "error"]


def test_what_a_consumer_throws_in_ends_the_run():
    with listen() as events:
        stream: Any = RunnableLambda(words).stream("a b")
        next(stream)
        with pytest.raises(KeyError):
            stream.throw(KeyError("consumer"))
    *_, last = events
    assert isinstance(last["data"]["error"], KeyError)


# ---- who comes late and who leaves early


def test_who_subscribes_in_the_middle_is_told_from_then_on():
    stream = RunnableLambda(words).stream("a b c")
    next(stream)
    with listen() as events:
        assert list(stream) == ["b", "c"]
    told = list(events)
    assert names(told) == ["stream", "stream", "end"]
    assert "output" not in told[-1]["data"]  # nobody added up what came before


def test_who_unsubscribes_in_the_middle_is_told_no_more():
    with listen() as events:
        stream = RunnableLambda(words).stream("a b c")
        next(stream)
    assert list(stream) == ["b", "c"]
    assert names(events) == ["start", "stream"]


# ---- streams that are collected


def test_an_invoked_generator_tells_its_chunks():
    with listen() as events:
        assert RunnableLambda(words).invoke("a b") == "ab"
    assert names(events) == ["start", "stream", "stream", "end"]


async def test_an_awaited_generator_tells_its_chunks():
    with listen() as events:
        assert await RunnableLambda(awords).ainvoke("a b") == "ab"
    assert names(events) == ["start", "stream", "stream", "end"]


async def test_a_generator_that_fails_while_it_is_collected_is_closed():
    closed: list[str] = []

    def fails(x: str) -> Iterator[str]:
        try:
            yield x
            raise ValueError("middle")
        finally:
            closed.append("sync")

    async def afails(x: str) -> AsyncIterator[str]:
        try:
            yield x
            raise ValueError("middle")
        finally:
            closed.append("async")

    runnable = RunnableLambda(fails, afails)
    with pytest.raises(ValueError, match="middle"):
        runnable.invoke("a")
    with pytest.raises(ValueError, match="middle"):
        await runnable.ainvoke("a")
    assert closed == ["sync", "async"]


def test_nothing_adds_up_to_none():
    assert RunnableLambda(words).invoke("") is None
    assert list(RunnableLambda(words).stream("")) == []
