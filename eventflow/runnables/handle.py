"""The handle of a run: what it tells, for as many readers as there are, whenever they come.

Of every runnable; what only graphs tell is in `eventflow/graph/handle.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from eventflow.events import CustomEvent, StreamEvent
from eventflow.runnables.handle_messages import AsyncChatModelStream, ChatModelStream
from eventflow.runnables.handle_projections import Projections
from eventflow.runnables.projection import (
    AsyncProjection,
    AsyncSpan,
    Later,
    Projection,
    Span,
    aat_end,
    at_end,
)
from eventflow.runnables.recording import Recorder, Stepped
from eventflow.runnables.replay import AsyncLog, Log
from eventflow.runnables.verbs import Verbs
from eventflow.runs import RunnableConfig

__all__ = ("AsyncRunStream", "RunStream", "run_astream", "run_stream")

Output = TypeVar("Output")


class RunStream(Projections[Span, ChatModelStream], Generic[Output]):
    """One run, for as many readers as there are: what `stream_events(version="v3")` gives.

    Each projection can be read as often as you like, before, while and after others are; each reader begins at
    the beginning. The run goes on when somebody reads who has read all there is: in any thread, one at a time.
    What the run raises is raised by `output` and at the end of each projection. All that the run tells is kept
    as long as the handle is.

    Leaving a `with` block, `abort()`, or dropping the handle stops a run that has not ended.

    >>> from eventflow import RunnableLambda
    >>> with RunnableLambda(lambda x: x * 2).stream_events(21, version="v3") as run:
    ...     names = [event["event"] for event in run.events]
    >>> run.output, names
    (42, ['on_chain_start', 'on_chain_stream', 'on_chain_end'])
    """

    def __init__(self, span: Span, input: Any) -> None:
        super().__init__(span, input, ChatModelStream)

    @property
    def messages(self) -> Projection[ChatModelStream]:
        """The messages of chat models, each at its first chunk."""
        return Projection(self._span, self._project("messages"))

    @property
    def custom(self) -> Projection[CustomEvent]:
        """The custom events."""
        return Projection(self._span, self._project("custom"))

    @property
    def chunks(self) -> Projection[Output]:
        """The chunks of the output, as `stream` gives them."""
        return Projection(self._span, self._project("chunks"))

    @property
    def events(self) -> Projection[StreamEvent]:
        """Everything, as `stream_events` without a version gives it."""
        return Projection(self._span, self._project("events"))

    def interleave(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Several projections at once, as things happen: `(name, what that shows)`.

        Raises ValueError if there is no such projection.
        """
        return iter(Projection[tuple[str, Any]](self._span, self._merged(names)))

    @property
    def output(self) -> Output:
        """What the run gives, as `invoke` does; drives it to its end. Raises what the run raised.

        Of a run that was aborted, what it had given until then.
        """
        return cast("Output", at_end(self._span, self._output))

    def abort(self) -> None:
        """Stop the run, with all that runs inside it, and return when it has stopped.

        Readers come to their end without an error. What is busy in a thread ends at the next thing that it
        tells of. Inside the run this returns at once.
        """
        self._span.log.stop()

    def __iter__(self) -> Iterator[StreamEvent]:
        return iter(self.events)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.abort()


class AsyncRunStream(Projections[AsyncSpan, AsyncChatModelStream], Generic[Output]):
    """One run, for as many readers as there are: what `astream_events(version="v3")` gives.

    The run is a task; it begins when the handle is awaited, entered with `async with`, or first read. Each
    projection can be read as often as you like, each reader begins at the beginning, and the run is never
    further ahead of the fastest one than `buffer` events. What it raises is raised by `output` and at the end
    of each projection. All that the run tells is kept as long as the handle is.

    Leaving an `async with` block, `abort()`, or dropping the handle cancels a run that has not ended.

    >>> import asyncio
    >>> from eventflow import RunnableLambda
    >>> async def main():
    ...     run = await RunnableLambda(lambda x: x * 2).astream_events(21, version="v3")
    ...     print([event["event"] async for event in run.events], await run.output)
    >>> asyncio.run(main())
    ['on_chain_start', 'on_chain_stream', 'on_chain_end'] 42
    """

    def __init__(self, span: AsyncSpan, input: Any) -> None:
        super().__init__(span, input, AsyncChatModelStream)

    @property
    def messages(self) -> AsyncProjection[AsyncChatModelStream]:
        """The messages of chat models, each at its first chunk."""
        return AsyncProjection(self._span, self._project("messages"))

    @property
    def custom(self) -> AsyncProjection[CustomEvent]:
        """The custom events."""
        return AsyncProjection(self._span, self._project("custom"))

    @property
    def chunks(self) -> AsyncProjection[Output]:
        """The chunks of the output, as `astream` gives them."""
        return AsyncProjection(self._span, self._project("chunks"))

    @property
    def events(self) -> AsyncProjection[StreamEvent]:
        """Everything, as `astream_events` without a version gives it."""
        return AsyncProjection(self._span, self._project("events"))

    def interleave(self, *names: str) -> AsyncIterator[tuple[str, Any]]:
        """Several projections at once, as things happen: `(name, what that shows)`.

        Raises ValueError if there is no such projection.
        """
        return aiter(AsyncProjection[tuple[str, Any]](self._span, self._merged(names)))

    @property
    def output(self) -> Later[Output]:
        """What the run gives, as `ainvoke` does: `await run.output`. Raises what the run raised.

        Of a run that was aborted, what it had given until then.
        """
        return Later(lambda: aat_end(self._span, self._output))

    def abort(self) -> Coroutine[Any, Any, None]:
        """Cancel the run, with all that runs inside it, and wait until it has ended: `await run.abort()`.

        Readers come to their end without an error. Sync code that is busy in a thread ends at the next thing
        that it tells of.
        """
        return self._span.log.stop()

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        return aiter(self.events)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Self:
        self._span.log.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await self._span.log.stop()


def run_stream(
    runnable: Verbs[Any, Output],
    input: Any,
    config: RunnableConfig | None,
    buffer: int,
    kwargs: Mapping[str, Any],
) -> RunStream[Output]:
    """The handle of a run that its readers step."""
    recorder = Recorder(config, buffer)
    source = Stepped(recorder, lambda config: runnable.stream(input, config, **kwargs))
    return RunStream(Span(Log(recorder, source)), input)


def run_astream(
    runnable: Verbs[Any, Output],
    input: Any,
    config: RunnableConfig | None,
    buffer: int,
    kwargs: Mapping[str, Any],
) -> AsyncRunStream[Output]:
    """The handle of a run in a task of its own."""
    recorder = Recorder(config, buffer)
    log = AsyncLog(recorder, lambda config: runnable.astream(input, config, **kwargs))
    return AsyncRunStream(AsyncSpan(log), input)
