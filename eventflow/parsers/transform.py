"""Parsers that work on a stream: chunk by chunk, or on all that has come so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar, Final, Generic, TypeVar

from eventflow.messages import (
    AIMessageChunk,
    BaseMessage,
    BaseMessageChunk,
    ChatGenerationChunk,
    Generation,
)
from eventflow.parsers.base import BaseOutputParser, generation_of
from eventflow.runnables.seam import aclose, ajoin, are_snapshots, bridge, one
from eventflow.runs import Run

__all__ = ("BaseCumulativeTransformOutputParser", "BaseTransformOutputParser")

T = TypeVar("T")

_NOTHING: Final[Any] = object()


class BaseTransformOutputParser(BaseOutputParser[T], Generic[T]):
    """Base of parsers that parse each chunk for itself; the results add up to the whole.

    Where that is not enough, override `_transform` and `_atransform`. With `_transform` alone the parser
    works in async code, too, but its input is collected first.

    >>> class Shout(BaseTransformOutputParser[str]):
    ...     def parse(self, text: str) -> str:
    ...         return text.upper()
    >>> list(Shout().transform(iter(["a", "b"])))
    ['A', 'B']
    """

    _sync_only: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        nearest = next(c for c in cls.__mro__ if "_transform" in c.__dict__ or "_atransform" in c.__dict__)
        cls._sync_only = "_atransform" not in nearest.__dict__

    def gives_snapshots(self, fed: bool) -> bool:
        return fed

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[T]:
        for chunk in input:
            yield self.parse_result([generation_of(chunk)])

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[T]:
        async for chunk in input:
            yield await self.aparse_result([generation_of(chunk)])

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        return self._transform(chunks)

    def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        return self._collected(chunks) if self._sync_only else self._atransform(chunks)

    async def _collected(self, chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
        parsed = bridge(self._transform(one(await ajoin(chunks))), blocking=self.blocking)
        try:
            async for value in parsed:
                yield value
        finally:
            await aclose(parsed)


class BaseCumulativeTransformOutputParser(BaseTransformOutputParser[T], Generic[T]):
    """Base of parsers that parse all that has come so far, again with each chunk: override `parse_result`.

    It is called with `partial=True` for each chunk, and what differs from the result before is given on; at
    the end it is called with `partial=False`, as for a whole answer. So a stream ends as `invoke` would end:
    with the same value, or with the same exception (LangChain's ends with the last partial value).

    Arguments:
        diff: give what has changed since the result before, see `_diff`, instead of the whole so far.

    Each result replaces the one before, wherever chunks are added up, unless it is a difference.
    """

    diff: bool = False

    def gives_snapshots(self, fed: bool) -> bool:
        return not self.diff

    def _diff(self, prev: T | None, next: T) -> Any:
        """What has changed from `prev` (None at first) to `next`.

        Raises NotImplementedError if the parser knows no differences.
        """
        raise NotImplementedError(
            f"{type(self).__name__} knows no differences: leave out diff=True, or override _diff"
        )

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        growth = _Growth(input)
        for chunk in input:
            parsed = self.parse_result(growth.add(chunk), partial=True)
            if parsed is not None and parsed != growth.seen:
                yield self._shown(growth, parsed)
        if growth.whole:
            parsed = self.parse_result(growth.whole)
            if parsed != growth.seen:
                yield self._shown(growth, parsed)

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        growth = _Growth(input)
        async for chunk in input:
            parsed = await self.aparse_result(growth.add(chunk), partial=True)
            if parsed is not None and parsed != growth.seen:
                yield self._shown(growth, parsed)
        if growth.whole:
            parsed = await self.aparse_result(growth.whole)
            if parsed != growth.seen:
                yield self._shown(growth, parsed)

    def _shown(self, growth: _Growth, parsed: T) -> Any:
        """What to give for a new result."""
        seen, growth.seen = growth.seen, parsed
        if not self.diff:
            return parsed
        return self._diff(None if seen is _NOTHING else seen, parsed)


class _Growth:
    """All of a stream that has come so far, as one candidate, and what was made of it last."""

    __slots__ = ("_replaced", "seen", "whole")

    def __init__(self, input: object) -> None:
        self.whole: list[Generation] = []
        self.seen: Any = _NOTHING
        self._replaced = are_snapshots(input)

    def add(self, chunk: str | BaseMessage) -> list[Generation]:
        """The candidate with one chunk more. Text after a message is more of its text."""
        whole = self.whole[0] if self.whole and not self._replaced else None
        if isinstance(whole, ChatGenerationChunk):
            message: Any = AIMessageChunk(chunk) if isinstance(chunk, str) else chunk
            self.whole = [ChatGenerationChunk(whole.message + message)]
        elif whole is not None:
            self.whole = [Generation(whole.text + generation_of(chunk).text)]
        elif isinstance(chunk, BaseMessageChunk):
            self.whole = [ChatGenerationChunk(chunk)]
        else:
            self.whole = [generation_of(chunk)]
        return self.whole
