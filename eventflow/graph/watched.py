"""The event streams of a graph: with version "v3", the handle of its run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Any, Final, Literal, Required, TypeAlias, TypeVar, overload

from typing_extensions import TypedDict, Unpack

from eventflow.events import StreamEvent
from eventflow.graph.handle import RECORDS, AsyncGraphRunStream, GraphRunStream
from eventflow.graph.options import Durability
from eventflow.graph.places import namespace_of
from eventflow.graph.streams import Streams
from eventflow.runnables.observe import Version
from eventflow.runnables.projection import AsyncSpan, Span
from eventflow.runnables.recording import Recorder, Threaded
from eventflow.runnables.replay import AsyncLog, Log
from eventflow.runs import RunnableConfig, current

__all__ = ("Watched",)

StateT = TypeVar("StateT")

Config: TypeAlias = RunnableConfig | None

_OWN: Final = ("stream_mode", "subgraphs", "print_mode", "debug")


class Handled(TypedDict, total=False):
    """How the run of a handle is run, see `CallOptions`, and how far it may be ahead of who reads."""

    version: Required[Literal["v3"]]
    context: Any
    interrupt_before: Literal["*"] | Sequence[str] | None
    interrupt_after: Literal["*"] | Sequence[str] | None
    durability: Durability | None
    buffer: int


class Watched(Streams[StateT]):
    """The part of a compiled graph that is about its events and its handle."""

    @overload  # type: ignore[override]  # an option that it does not know is refused
    def stream_events(
        self, input: Any, config: Config = None, **options: Unpack[Handled]
    ) -> GraphRunStream: ...
    @overload
    def stream_events(
        self, input: Any, config: Config = None, *, version: Version = None, **options: Any
    ) -> Generator[StreamEvent, None, None]: ...
    def stream_events(self, input: Any, config: Config = None, *, version: Any = None, **options: Any) -> Any:
        """Run it on `input` and yield what it and everything inside it tells; see `Runnable.stream_events`.

        With version "v3", return the handle of the run, a `GraphRunStream`; `options` are `context`,
        `interrupt_before`, `interrupt_after` and `durability`, see `CallOptions`, and `buffer`.

        Raises TypeError if an option is unknown, ValueError if it is wrong.
        """
        watch: Callable[..., Any] = super().stream_events
        return watch(input, config, version=version, **options)

    @overload  # type: ignore[override]  # an option that it does not know is refused
    def astream_events(
        self, input: Any, config: Config = None, **options: Unpack[Handled]
    ) -> AsyncGraphRunStream: ...
    @overload
    def astream_events(
        self, input: Any, config: Config = None, *, version: Version = None, **options: Any
    ) -> AsyncGenerator[StreamEvent, None]: ...
    def astream_events(
        self, input: Any, config: Config = None, *, version: Any = None, **options: Any
    ) -> Any:
        """The same, asynchronously: `run = await graph.astream_events(input, version="v3")`."""
        watch: Callable[..., Any] = super().astream_events
        return watch(input, config, version=version, **options)

    def _handle(self, input: Any, config: Config, buffer: int, kwargs: Mapping[str, Any]) -> GraphRunStream:
        said, ns = self._said(_checked(kwargs)), namespace_of(current.get())
        recorder = Recorder(config, buffer, RECORDS)
        log = Log(recorder, Threaded(recorder, self._drive(input, said, [])))
        return GraphRunStream(Span(log), ns, input)

    def _ahandle(
        self, input: Any, config: Config, buffer: int, kwargs: Mapping[str, Any]
    ) -> AsyncGraphRunStream:
        said, ns = self._said(_checked(kwargs)), namespace_of(current.get())
        recorder = Recorder(config, buffer, RECORDS)
        log = AsyncLog(recorder, self._adrive(input, said, []))
        return AsyncGraphRunStream(AsyncSpan(log), ns, input)


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a call says of how it is run. Raises TypeError if it says what is shown, too."""
    for name in _OWN:
        if name in options:
            raise TypeError(
                f"version='v3' takes no {name}: the handle has every mode, and subgraphs of their own"
            )
    return options
