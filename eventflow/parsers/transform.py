"""Parsers that work on a stream: chunk by chunk, or on all that has come so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar, Final, Generic, TypeVar

from eventflow.messages import BaseMessage, BaseMessageChunk, ChatGenerationChunk, Generation, GenerationChunk
from eventflow.parsers.base import BaseOutputParser, generation_of
from eventflow.runnables.seam import ajoin, bridge, one
from eventflow.runs import Run

__all__ = ("BaseCumulativeTransformOutputParser", "BaseTransformOutputParser")

T = TypeVar("T", covariant=True)

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
        async for parsed in bridge(self._transform(one(await ajoin(chunks))), blocking=self.blocking):
            yield parsed


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
        whole: Generation | None = None
        seen: Any = _NOTHING
        for chunk in input:
            whole = _added(whole, chunk)
            parsed = self.parse_result([whole], partial=True)
            if parsed is not None and (seen is _NOTHING or parsed != seen):
                yield self._shown(seen, parsed)
                seen = parsed
        if whole is not None:
            parsed = self.parse_result([whole])
            if seen is _NOTHING or parsed != seen:
                yield self._shown(seen, parsed)

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        whole: Generation | None = None
        seen: Any = _NOTHING
        async for chunk in input:
            whole = _added(whole, chunk)
            parsed = await self.aparse_result([whole], partial=True)
            if parsed is not None and (seen is _NOTHING or parsed != seen):
                yield self._shown(seen, parsed)
                seen = parsed
        if whole is not None:
            parsed = await self.aparse_result([whole])
            if seen is _NOTHING or parsed != seen:
                yield self._shown(seen, parsed)

    def _shown(self, seen: Any, parsed: Any) -> Any:
        if not self.diff:
            return parsed
        return self._diff(None if seen is _NOTHING else seen, parsed)


def _added(whole: Generation | None, chunk: str | BaseMessage) -> Generation:
    """All that has come so far. Text after a message is taken as more of its text."""
    if whole is None:
        return _piece(chunk)
    if isinstance(whole, ChatGenerationChunk):
        if isinstance(chunk, str):
            chunk = type(whole.message)(chunk)
        return ChatGenerationChunk(whole.message + chunk)
    return GenerationChunk(whole.text + generation_of(chunk).text)


def _piece(chunk: str | BaseMessage) -> Generation:
    return ChatGenerationChunk(chunk) if isinstance(chunk, BaseMessageChunk) else generation_of(chunk)
