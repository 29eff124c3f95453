"""Parsers that work on a stream: chunk by chunk, or on all that has come so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, ClassVar, Final, Generic, Literal, Protocol, TypeVar

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

__all__ = (
    "BaseCumulativeTransformOutputParser",
    "BaseTransformOutputParser",
    "IncrementalOutputParser",
    "Machine",
    "MachineOutputParser",
)

T = TypeVar("T")

_NOTHING: Final[Any] = object()
_HOOKS: Final = ("parse_result", "aparse_result", "_transform", "_atransform")


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


class Machine(Protocol):
    """What reads the stream of one run, piece by piece."""

    def feed(self, piece: Any, /) -> Sequence[Any]:
        """Take in the next piece; return what there is to give now."""
        ...

    def close(self) -> Sequence[Any]:
        """Return what there is to give at the end. Raises OutputParserException if it must not end here."""
        ...


class MachineOutputParser(BaseTransformOutputParser[T], Generic[T]):
    """Base of parsers that feed the text of a stream to a machine of its run: override `_machine`."""

    def gives_snapshots(self, fed: bool) -> bool:
        return False

    def _machine(self) -> Machine:
        """What reads the text of one run."""
        raise NotImplementedError("a subclass says what reads the text")

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        return _through(self._machine(), input, _text_of)

    def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        return _athrough(self._machine(), input, _text_of)


def _text_of(chunk: str | BaseMessage) -> str:
    return chunk if isinstance(chunk, str) else generation_of(chunk).text


def _through(
    machine: Machine, chunks: Iterator[str | BaseMessage], piece_of: Callable[[str | BaseMessage], Any]
) -> Iterator[Any]:
    pieces = _Pieces(machine, chunks, piece_of)
    for chunk in chunks:
        for value in pieces.feed(chunk):
            yield value
    for value in pieces.close():
        yield value


async def _athrough(
    machine: Machine, chunks: AsyncIterator[str | BaseMessage], piece_of: Callable[[str | BaseMessage], Any]
) -> AsyncIterator[Any]:
    pieces = _Pieces(machine, chunks, piece_of)
    async for chunk in chunks:
        for value in pieces.feed(chunk):
            yield value
    for value in pieces.close():
        yield value


class _Pieces:
    """A stream on its way into a machine; of one whose chunks replace one another, the last goes in."""

    __slots__ = ("_last", "_machine", "_piece_of", "_replaced")

    def __init__(
        self, machine: Machine, chunks: object, piece_of: Callable[[str | BaseMessage], Any]
    ) -> None:
        self._machine = machine
        self._piece_of = piece_of
        self._replaced = are_snapshots(chunks)
        self._last: Any = _NOTHING

    def feed(self, chunk: str | BaseMessage) -> Sequence[Any]:
        self._last = self._piece_of(chunk)
        return () if self._replaced else self._machine.feed(self._last)

    def close(self) -> Sequence[Any]:
        if self._last is _NOTHING:
            return ()
        fed = self._machine.feed(self._last) if self._replaced else ()
        return [*fed, *self._machine.close()]


class BaseCumulativeTransformOutputParser(BaseTransformOutputParser[T], Generic[T]):
    """Base of parsers that parse all that has come so far, again with each chunk: override `parse_result`.

    It is called with `partial=True` for each chunk, and what differs from the result before is given on; at
    the end it is called with `partial=False`, as for a whole answer. So a stream ends as `invoke` would end:
    with the same value, or with the same exception (LangChain's ends with the last partial value).

    Arguments:
        diff: give what has changed since the result before, see `_diff`, instead of the whole so far. Some
            parsers know other ways to say it beside True.

    Each result replaces the one before, wherever chunks are added up, unless it is a difference.
    """

    diff: bool | Literal["compact"] = False

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


class IncrementalOutputParser(BaseCumulativeTransformOutputParser[T], Generic[T]):
    """Base of parsers that give what has come so far, and yet read each chunk once.

    Override `parse_result`, for whole answers, and `_machine`, for streams, in the same class. A subclass that
    overrides `parse_result` alone is given all that has come, again with each chunk.
    """

    _reads_once: ClassVar[bool] = False
    """Whether the machine does what the nearest `parse_result` does."""

    _knows_differences: ClassVar[bool] = False
    """Whether the machine can do with `diff`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        nearest = next(c for c in cls.__mro__ if any(hook in c.__dict__ for hook in _HOOKS))
        cls._reads_once = "_machine" in nearest.__dict__

    def _machine(self) -> Machine:
        """What reads the stream of one run."""
        raise NotImplementedError("a subclass says what reads the stream")

    def _piece_of(self, chunk: str | BaseMessage) -> Any:
        """What of a chunk goes into the machine."""
        return _text_of(chunk)

    def new_reader(self) -> Machine:
        """What reads one answer for whoever is told of its chunks: feed it each of them, and close it.

        Raises TypeError if the parser looks at all that has come, again with each chunk.
        """
        if not self._uses_machine(()):
            raise TypeError(f"{type(self).__name__} looks at all that has come, again with each chunk")
        return _Pieces(self._machine(), (), self._piece_of)

    def _uses_machine(self, chunks: object) -> bool:
        may_differ = self._knows_differences or not self.diff
        return self._reads_once and may_differ and not are_snapshots(chunks)

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        if self._uses_machine(chunks):
            return _through(self._machine(), chunks, self._piece_of)
        return super()._do_transform(chunks, run)

    def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        if self._uses_machine(chunks):
            return _athrough(self._machine(), chunks, self._piece_of)
        return super()._do_atransform(chunks, run)


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
