"""`RunnableGenerator`: functions from chunks to chunks."""

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.errors import AsyncOnlyError
from eventflow.runnables import RunnableGenerator, RunnableLambda, RunnablePassthrough


def upper(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk.upper()


async def aupper(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.upper()


async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


def names(events: Any) -> list[str]:
    return [event["event"].removeprefix("on_chain_") for event in events]


async def test_chunks_go_through_as_they_come():
    runnable = RunnableGenerator(upper, aupper)
    assert list(runnable.transform(iter("ab"))) == ["A", "B"]
    assert await collected(runnable.atransform(letters("ab"))) == ["A", "B"]
    assert list(runnable.stream("ab")) == await collected(runnable.astream("ab")) == ["AB"]
    assert runnable.invoke("ab") == await runnable.ainvoke("ab") == "AB"


def test_the_first_chunk_is_out_before_the_second_is_in():
    pulled: list[str] = []

    def source() -> Iterator[str]:
        for letter in "abc":
            pulled.append(letter)
            yield letter

    stream: Any = RunnableGenerator(upper).transform(source())
    assert next(stream) == "A"
    assert pulled == ["a"]
    stream.close()


async def test_a_sync_function_in_async_code_gets_the_whole_input_in_a_thread():
    where: set[int] = set()

    def looks(chunks: Iterator[str]) -> Iterator[str]:
        for chunk in chunks:
            where.add(threading.get_ident())
            yield f"<{chunk}>"

    runnable = RunnableGenerator(looks)
    assert await collected(runnable.atransform(letters("ab"))) == ["<ab>"]
    assert await collected(runnable.astream("ab")) == ["<ab>"]
    assert await runnable.ainvoke("ab") == "<ab>"
    assert threading.get_ident() not in where


def test_an_async_function_can_only_be_awaited():
    for call in (
        lambda r: r.invoke("a"),
        lambda r: list(r.stream("a")),
        lambda r: list(r.transform(iter("a"))),
    ):
        with pytest.raises(AsyncOnlyError, match=r"aupper.*can only be awaited"):
            call(RunnableGenerator(aupper))


async def test_invoke_tells_chunks_as_a_stream_does():
    runnable = RunnableGenerator(upper, aupper)
    with listen() as events:
        runnable.invoke("a")
        await runnable.ainvoke("a")
    assert names(events) == ["start", "stream", "end"] * 2


async def test_an_invoke_that_fails_closes_what_it_reads():
    closed: list[str] = []

    class Bad(str):
        def __add__(self, other: str) -> str:
            raise ZeroDivisionError

    def bad(chunks: Iterator[str]) -> Iterator[str]:
        try:
            yield Bad("a")
            yield Bad("b")
            yield Bad("c")
        finally:
            closed.append("sync")

    async def abad(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
        try:
            yield Bad("a")
            yield Bad("b")
            yield Bad("c")
        finally:
            closed.append("async")

    runnable = RunnableGenerator(bad, abad)
    with pytest.raises(ZeroDivisionError):
        runnable.invoke("a")
    with pytest.raises(ZeroDivisionError):
        await runnable.ainvoke("a")
    assert closed == ["sync", "async"]


async def test_what_it_asks_for_it_is_told():
    def tags(chunks: Iterator[str], config: Any) -> Iterator[str]:
        yield from config["tags"]

    async def atags(chunks: AsyncIterator[str], config: Any, run_manager: Any) -> AsyncIterator[str]:
        yield RunnablePassthrough().invoke(config["tags"][0], {"callbacks": run_manager.get_child()})

    runnable = RunnableGenerator(tags, atags)
    assert runnable.invoke("a", {"tags": ["t"]}) == "t"
    with listen(phases=["start"]) as events:
        assert await runnable.ainvoke("a", {"tags": ["t"]}) == "t"
    outer, inner = events
    assert inner["parent_ids"] == [outer["run_id"]]


def test_arguments_are_passed_on():
    def repeat(chunks: Iterator[str], times: int) -> Iterator[str]:
        for chunk in chunks:
            yield chunk * times

    assert list(RunnableGenerator(repeat).bind(times=2).transform(iter("ab"))) == ["aa", "bb"]


def test_names():
    assert RunnableGenerator(upper).get_name() == "upper"
    assert RunnableGenerator(aupper).get_name() == "aupper"
    assert RunnableGenerator(upper, name="mine").get_name() == "mine"
    assert repr(RunnableGenerator(upper)) == "RunnableGenerator(upper)"


def test_what_does_not_yield_is_refused():
    with pytest.raises(TypeError, match="takes a generator function"):
        RunnableGenerator(lambda chunks: chunks)
    with pytest.raises(TypeError, match="atransform must be an async generator function"):
        RunnableGenerator(upper, upper)
    with pytest.raises(TypeError, match="transform is async already"):
        RunnableGenerator(aupper, aupper)


async def test_leaving_early_closes_the_function_and_its_source():
    closed: list[str] = []

    def source(x: str) -> Iterator[str]:
        try:
            yield from x
        finally:
            closed.append("source")

    def passes(chunks: Iterator[str]) -> Iterator[str]:
        try:
            yield from chunks
        finally:
            closed.append("step")

    stream: Any = (RunnableLambda(source) | RunnableGenerator(passes)).stream("abc")
    next(stream)
    stream.close()
    assert sorted(closed) == ["source", "step"]
