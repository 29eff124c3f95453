"""The ways to run a runnable, as data: sync or async, and each of the verbs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from eventflow.events import fold

Config = dict[str, Any] | None


@dataclass(frozen=True)
class Outcome:
    """What came of a run: chunks (one, where it was not streamed), or also the error it ended with."""

    chunks: tuple[Any, ...] = ()
    error: str | None = None

    @property
    def whole(self) -> Outcome:
        """The same with the chunks added up; of what failed in the middle only the error counts."""
        return Outcome((fold(self.chunks),) if self.error is None else (), self.error)


@dataclass(frozen=True)
class Way:
    """One way to run a runnable on a text."""

    name: str
    run: Callable[[Any, str, Config], Iterator[Any]] | Callable[[Any, str, Config], AsyncIterator[Any]]
    is_async: bool = field(default=False)
    streams: bool = field(default=False)

    def __repr__(self) -> str:
        return self.name

    def __call__(self, runnable: Any, text: str, config: Config = None) -> Outcome:
        """Run it to its end; async ways on a loop of their own."""
        if self.is_async:
            return asyncio.run(self.acall(runnable, text, config))
        chunks: list[Any] = []
        try:
            chunks.extend(self.run(runnable, text, config))
        except Exception as error:
            return Outcome(tuple(chunks), repr(error))
        return Outcome(tuple(chunks))

    async def acall(self, runnable: Any, text: str, config: Config = None) -> Outcome:
        """The same on the loop that runs."""
        chunks: list[Any] = []
        try:
            async for chunk in self.run(runnable, text, config):
                chunks.append(chunk)  # noqa: PERF401  # what came before an error counts
        except Exception as error:
            return Outcome(tuple(chunks), repr(error))
        return Outcome(tuple(chunks))


# ---- sync


def _invoke(runnable: Any, text: str, config: Config) -> Iterator[Any]:
    yield runnable.invoke(text, config)


def _stream(runnable: Any, text: str, config: Config) -> Iterator[Any]:
    return runnable.stream(text, config)


def _transform(runnable: Any, text: str, config: Config) -> Iterator[Any]:
    return runnable.transform(iter(text), config)


def _batch(runnable: Any, text: str, config: Config) -> Iterator[Any]:
    yield from runnable.batch([text], config)


# ---- async


async def _ainvoke(runnable: Any, text: str, config: Config) -> AsyncIterator[Any]:
    yield await runnable.ainvoke(text, config)


def _astream(runnable: Any, text: str, config: Config) -> AsyncIterator[Any]:
    return runnable.astream(text, config)


async def _atransform(runnable: Any, text: str, config: Config) -> AsyncIterator[Any]:
    async def letters() -> AsyncIterator[str]:
        for letter in text:
            yield letter

    async with aclosing(letters()) as source, aclosing(runnable.atransform(source, config)) as chunks:
        async for chunk in chunks:
            yield chunk


async def _abatch(runnable: Any, text: str, config: Config) -> AsyncIterator[Any]:
    for output in await runnable.abatch([text], config):
        yield output


SYNC: Final = (
    Way("invoke", _invoke),
    Way("stream", _stream, streams=True),
    Way("transform", _transform, streams=True),
    Way("batch", _batch),
)
ASYNC: Final = (
    Way("ainvoke", _ainvoke, is_async=True),
    Way("astream", _astream, is_async=True, streams=True),
    Way("atransform", _atransform, is_async=True, streams=True),
    Way("abatch", _abatch, is_async=True),
)
WAYS: Final = (*SYNC, *ASYNC)
PAIRS: Final = tuple(zip(SYNC, ASYNC, strict=True))
"""A sync way and the async way that must agree with it."""
