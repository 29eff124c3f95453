"""What is read of a log: some of what a run tells, as often as somebody wants it, each time from the beginning."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from eventflow.errors import GraphInterrupt
from eventflow.events import Event, RunInfo
from eventflow.runnables.replay import AsyncTold, Told

__all__ = (
    "AsyncProjection",
    "AsyncSpan",
    "Later",
    "Project",
    "Projection",
    "Span",
    "aat_end",
    "at_end",
    "left",
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Project: TypeAlias = Callable[[Event, int], Iterable[Any]]
"""What is shown of an event, and of its place in the log. It is made anew for each reader, as it may remember."""


class Span(NamedTuple):
    """A part of a log: from a place on, to the end of one run, or to that of the log."""

    log: Told
    start: int = 0
    run: RunInfo | None = None


class AsyncSpan(NamedTuple):
    """The same, of a log of async code."""

    log: AsyncTold
    start: int = 0
    run: RunInfo | None = None


def left(error: object) -> bool:
    """Whether a run that ended with this has been left, or has stopped to ask, rather than failed."""
    return isinstance(error, (GeneratorExit, CancelledError, GraphInterrupt))


def _ends(event: Event, run: RunInfo) -> bool:
    """Whether it is the last that a run tells."""
    return event.info is run and (event.phase == "end" or event.phase == "error")


def _failure(event: Event) -> BaseException | None:
    """What the run has raised that ended with this event, if it has failed."""
    error = event.data
    return error if event.phase == "error" and isinstance(error, BaseException) and not left(error) else None


class Projection(Generic[T_co]):
    """Some of what a run tells. Each `iter` begins at the beginning; the end is that of the run, or its error.

    Several may be read at once, in several threads; the one that is furthest drives the run.
    """

    __slots__ = ("_make", "_span")

    def __init__(self, span: Span, make: Callable[[], Project]) -> None:
        self._span = span
        self._make = make

    def __iter__(self) -> Iterator[T_co]:
        log, at, run = self._span
        project, events = self._make(), log.events
        while at < len(events) or log.more(at):
            event = events[at]
            yield from project(event, at)
            if run is not None and _ends(event, run):
                error = _failure(event)
                break
            at += 1
        else:
            error = log.error
        if error is not None:
            raise error


class AsyncProjection(Generic[T_co]):
    """Some of what a run tells. Each `aiter` begins at the beginning; the end is that of the run, or its error."""

    __slots__ = ("_make", "_span")

    def __init__(self, span: AsyncSpan, make: Callable[[], Project]) -> None:
        self._span = span
        self._make = make

    def __aiter__(self) -> AsyncIterator[T_co]:
        return _Reader(self._span, self._make())


class _Reader(AsyncIterator[T]):
    """One reader; not a generator, so that nothing is left to be closed where a loop is left."""

    __slots__ = ("_at", "_ended", "_error", "_log", "_project", "_ready", "_run")

    def __init__(self, span: AsyncSpan, project: Project) -> None:
        self._log, self._at, self._run = span
        self._project = project
        self._ready: deque[T] = deque()
        self._ended = False
        self._error: BaseException | None = None

    async def __anext__(self) -> T:
        ready, log, run = self._ready, self._log, self._run
        events, project = log.events, self._project
        while not ready and not self._ended:
            at = self._at
            if at == len(events) and not await log.more(at):
                self._ended, self._error = True, log.error
                break
            self._at = at + 1
            event = events[at]
            ready.extend(project(event, at))
            if run is not None and _ends(event, run):
                self._ended, self._error = True, _failure(event)
        if ready:
            return ready.popleft()
        error, self._error = self._error, None
        raise StopAsyncIteration if error is None else error


class Later(Generic[T_co]):
    """A value that is there when the run has come so far: `await run.output`. A call, `run.output()`, is the same."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[], Coroutine[Any, Any, T_co]]) -> None:
        self._find = find

    def __await__(self) -> Generator[Any, Any, T_co]:
        return self._find().__await__()

    def __call__(self) -> Later[T_co]:
        return self


def _nothing() -> Project:
    return lambda event, at: ()


def at_end(span: Span, find: Callable[[], T]) -> T:
    """What `find` gives when all has been told. Raises what the run raised."""
    for _ in Projection[Any](span, _nothing):
        pass
    return find()


async def aat_end(span: AsyncSpan, find: Callable[[], T]) -> T:
    """What `find` gives when all has been told. Raises what the run raised."""
    async for _ in AsyncProjection[Any](span, _nothing):
        pass
    return find()
