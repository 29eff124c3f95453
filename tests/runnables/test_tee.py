"""One stream for several readers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from eventflow.runnables.tee import atee, tee


def counted(pulled: list[int], n: int = 3) -> Iterator[int]:
    for number in range(n):
        pulled.append(number)
        yield number


async def acounted(pulled: list[int], n: int = 3) -> AsyncIterator[int]:
    for number in range(n):
        await asyncio.sleep(0)
        pulled.append(number)
        yield number


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


def test_every_reader_sees_every_chunk_and_the_source_is_stepped_once_for_each():
    pulled: list[int] = []
    first, second, third = tee(counted(pulled), 3)
    assert list(first) == [0, 1, 2]
    assert pulled == [0, 1, 2]
    assert next(second) == 0
    assert list(third) == [0, 1, 2]
    assert list(second) == [1, 2]
    assert pulled == [0, 1, 2]


async def test_every_async_reader_sees_every_chunk():
    pulled: list[int] = []
    outputs = await asyncio.gather(*(collected(reader) for reader in atee(acounted(pulled), 3)))
    assert outputs == [[0, 1, 2]] * 3
    assert pulled == [0, 1, 2]


def test_the_source_is_not_stepped_before_somebody_reads():
    pulled: list[int] = []
    first, _ = tee(counted(pulled), 2)
    assert pulled == []
    next(first)
    assert pulled == [0]


def test_readers_in_many_threads():
    """Each sees all chunks in order, however the threads are scheduled."""
    pulled: list[int] = []
    readers = tee(counted(pulled, 500), 8)
    outputs: list[list[int]] = [[] for _ in readers]
    threads = [
        threading.Thread(target=output.extend, args=(reader,))
        for output, reader in zip(outputs, readers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == [[*range(500)]] * 8
    assert pulled == [*range(500)]


def test_an_error_reaches_every_reader_after_the_chunks_before_it():
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("source")

    for reader in tee(source(), 2):
        assert next(reader) == 1
        with pytest.raises(ValueError, match="source"):
            next(reader)


async def test_an_error_reaches_every_async_reader():
    async def source() -> AsyncIterator[int]:
        yield 1
        raise ValueError("source")

    for reader in atee(source(), 2):
        assert await anext(reader) == 1
        with pytest.raises(ValueError, match="source"):
            await anext(reader)


async def test_closing_a_reader_leaves_the_others_and_the_source():
    pulled: list[int] = []
    first, second = tee(counted(pulled), 2)
    next(first)
    first.close()
    assert list(second) == [0, 1, 2]
    afirst, asecond = atee(acounted(pulled), 2)
    await anext(afirst)
    await afirst.aclose()
    assert await collected(asecond) == [0, 1, 2]


async def test_cancelling_who_steps_the_source_ends_it_for_all():
    stepping = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        stepping.set()
        await asyncio.sleep(3600)
        yield 2

    first, second = atee(source(), 2)
    task = asyncio.create_task(collected(first))
    await stepping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await anext(second) == 1
    with pytest.raises(asyncio.CancelledError):
        await anext(second)


def test_who_waits_for_another_does_not_step_the_source_again(monkeypatch):
    """Two ask for the same chunk at the same time: one steps the source, and the other finds it in its box."""
    asked = threading.Semaphore(0)
    pulled: list[int] = []

    class Telling:
        """A lock that tells that somebody asks for it."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __enter__(self) -> None:
            asked.release()
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    def source() -> Iterator[int]:
        for number in range(3):
            pulled.append(number)
            asked.acquire(timeout=10)  # the one who steps
            asked.acquire(timeout=10)  # the one who waits
            yield number

    monkeypatch.setattr("eventflow.runnables.tee.threading", SimpleNamespace(Lock=Telling))
    outputs: list[int] = []
    threads = [
        threading.Thread(target=lambda reader=reader: outputs.append(next(reader)))
        for reader in tee(source(), 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == [0, 0]
    assert pulled == [0]


async def test_a_task_that_waits_for_another_does_not_step_the_source_again():
    pulled: list[int] = []
    first, second = atee(acounted(pulled), 2)
    assert await asyncio.gather(anext(first), anext(second)) == [0, 0]
    assert pulled == [0]
    assert await asyncio.gather(anext(second), anext(first)) == [1, 1]
    assert pulled == [0, 1]
