"""The streams of a graph, typed by what each mode shows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, overload

from typing_extensions import Unpack

from eventflow.bus import DEFAULT_BUFFER
from eventflow.events import StreamEvent
from eventflow.graph.modes import View
from eventflow.graph.options import Bare, Deep, Dicts, Other, Version, output_keys_of, run_options
from eventflow.graph.parts import (
    CheckpointPayload,
    DebugPayload,
    MessagePart,
    State,
    StreamPart,
    TaskPayload,
    TaskResultPayload,
    ToolPart,
    ValuesStreamPart,
)
from eventflow.graph.places import namespace_of
from eventflow.graph.records import Namespace
from eventflow.graph.shape import Shape, shape_of
from eventflow.graph.streaming import astream_parts, stream_parts
from eventflow.graph.work import Work
from eventflow.runnables.drive import aflow, flow
from eventflow.runs import Run, RunnableConfig, current

__all__ = ("Streams",)

StateT = TypeVar("StateT")

Config: TypeAlias = RunnableConfig | None
Names: TypeAlias = list[Any] | tuple[str, ...]
Task: TypeAlias = TaskPayload | TaskResultPayload


class Streams(Work[StateT]):
    """The part of a compiled graph that is about its streams."""

    @overload  # type: ignore[override]  # an option that it does not know is refused
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values", "updates"] | None = None,
        **options: Unpack[Bare],
    ) -> Generator[State, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["messages"], **options: Unpack[Bare]
    ) -> Generator[MessagePart, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tasks"], **options: Unpack[Bare]
    ) -> Generator[Task, None, None]: ...
    @overload
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["checkpoints"],
        **options: Unpack[Bare],
    ) -> Generator[CheckpointPayload, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["debug"], **options: Unpack[Bare]
    ) -> Generator[DebugPayload, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["events"], **options: Unpack[Bare]
    ) -> Generator[StreamEvent, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tools"], **options: Unpack[Bare]
    ) -> Generator[ToolPart, None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Names, **options: Unpack[Bare]
    ) -> Generator[tuple[str, Any], None, None]: ...
    @overload
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values", "updates"] | None = None,
        **options: Unpack[Deep],
    ) -> Generator[tuple[Namespace, State], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["messages"], **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, MessagePart], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tasks"], **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, Task], None, None]: ...
    @overload
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["checkpoints"],
        **options: Unpack[Deep],
    ) -> Generator[tuple[Namespace, CheckpointPayload], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["debug"], **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, DebugPayload], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["events"], **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, StreamEvent], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tools"], **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, ToolPart], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Names, **options: Unpack[Deep]
    ) -> Generator[tuple[Namespace, str, Any], None, None]: ...
    @overload
    def stream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["values"], **options: Unpack[Dicts]
    ) -> Generator[ValuesStreamPart[StateT], None, None]: ...
    @overload
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Names | None = None,
        **options: Unpack[Dicts],
    ) -> Generator[StreamPart, None, None]: ...
    @overload
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        **options: Unpack[Other],
    ) -> Generator[Any, None, None]: ...
    def stream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        print_mode: str | Sequence[str] = (),
        subgraphs: bool = False,
        output_keys: str | Sequence[str] | None = None,
        version: Version = "v1",
        debug: bool | None = None,
        buffer: int = DEFAULT_BUFFER,
        **options: Any,
    ) -> Generator[Any, None, None]:
        """Run the graph on `input`, and yield what the chosen modes show of it, as it happens.

        Arguments:
            input: some keys of the state; a `Command`, or None to go on where the graph has stopped.
            config: as for `invoke`; `configurable.thread_id` names the thread of a graph with a checkpointer.
            stream_mode: one mode, whose parts are given bare, or several, whose parts are given as
                `(mode, part)`: values, updates, messages, custom, tasks, checkpoints, debug, events, tools, or
                the name of a plugin's. "updates" unless given; inside a node of another graph, "values".
            print_mode: modes whose parts are printed, whether they are given or not.
            subgraphs: whether parts of graphs inside it are given, too, and all with their namespace in front:
                `(namespace, part)`, `(namespace, mode, part)`.
            output_keys: which keys of the state are shown in values and updates; of one key, the value.
            version: "v2" gives all parts as dicts with `type`, `ns` and `data`, and states as their schema says.
            debug: whether updates and values are printed.
            buffer: how many events the graph may be ahead of you; then it waits.
            options: `context`, `interrupt_before`, `interrupt_after` and `durability`, see `CallOptions`.

        Yields the parts in the order in which things happen. Then raises what the run raised. Leaving the loop
        stops the graph: a node that is busy ends at the next thing that it would show you, or when it is done.

        Raises ValueError if there is no such mode, version, key or node, TypeError if an option is unknown.
        """
        said = self._said(options)
        shape = self._shape(stream_mode, print_mode, subgraphs, output_keys, version, debug)
        return stream_parts(self._drive(input, said, []), config, shape, buffer)

    @overload  # type: ignore[override]  # an option that it does not know is refused
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values", "updates"] | None = None,
        **options: Unpack[Bare],
    ) -> AsyncGenerator[State, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["messages"], **options: Unpack[Bare]
    ) -> AsyncGenerator[MessagePart, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tasks"], **options: Unpack[Bare]
    ) -> AsyncGenerator[Task, None]: ...
    @overload
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["checkpoints"],
        **options: Unpack[Bare],
    ) -> AsyncGenerator[CheckpointPayload, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["debug"], **options: Unpack[Bare]
    ) -> AsyncGenerator[DebugPayload, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["events"], **options: Unpack[Bare]
    ) -> AsyncGenerator[StreamEvent, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tools"], **options: Unpack[Bare]
    ) -> AsyncGenerator[ToolPart, None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Names, **options: Unpack[Bare]
    ) -> AsyncGenerator[tuple[str, Any], None]: ...
    @overload
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values", "updates"] | None = None,
        **options: Unpack[Deep],
    ) -> AsyncGenerator[tuple[Namespace, State], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["messages"], **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, MessagePart], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tasks"], **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, Task], None]: ...
    @overload
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["checkpoints"],
        **options: Unpack[Deep],
    ) -> AsyncGenerator[tuple[Namespace, CheckpointPayload], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["debug"], **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, DebugPayload], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["events"], **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, StreamEvent], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["tools"], **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, ToolPart], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Names, **options: Unpack[Deep]
    ) -> AsyncGenerator[tuple[Namespace, str, Any], None]: ...
    @overload
    def astream(
        self, input: Any, config: Config = None, *, stream_mode: Literal["values"], **options: Unpack[Dicts]
    ) -> AsyncGenerator[ValuesStreamPart[StateT], None]: ...
    @overload
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Names | None = None,
        **options: Unpack[Dicts],
    ) -> AsyncGenerator[StreamPart, None]: ...
    @overload
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        **options: Unpack[Other],
    ) -> AsyncGenerator[Any, None]: ...
    def astream(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        print_mode: str | Sequence[str] = (),
        subgraphs: bool = False,
        output_keys: str | Sequence[str] | None = None,
        version: Version = "v1",
        debug: bool | None = None,
        buffer: int = DEFAULT_BUFFER,
        **options: Any,
    ) -> AsyncGenerator[Any, None]:
        """The same as `stream`. Leaving the loop cancels all that runs; `contextlib.aclosing` does it at once."""
        said = self._said(options)
        shape = self._shape(stream_mode, print_mode, subgraphs, output_keys, version, debug)
        return astream_parts(self._adrive(input, said, []), config, shape, buffer)

    def _said(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What a call says of how it is run. Raises TypeError if that is unknown, ValueError if it is wrong."""
        said = {name: value for name, value in options.items() if value is not None}
        if said:
            run_options(said, self._blueprint.nodes, self._blueprint.keys)
        return said

    def _shape(
        self,
        stream_mode: str | Sequence[str] | None,
        print_mode: str | Sequence[str],
        subgraphs: bool,
        output_keys: str | Sequence[str] | None,
        version: Version,
        debug: bool | None,
    ) -> Shape:
        """What a stream is to show. Raises ValueError if that makes no sense."""
        ns = namespace_of(current.get())
        asked = stream_mode if stream_mode is not None else ("values" if ns else "updates")
        printed = (print_mode,) if isinstance(print_mode, str) else print_mode
        if debug:
            printed = (*printed, "updates", "values")
        view = View(ns, subgraphs, output_keys_of(output_keys, self._blueprint.keys))
        return shape_of(asked, printed, version, view)

    def _drive(
        self, input: Any, said: Mapping[str, Any], runs: list[Run]
    ) -> Callable[[Config], Iterator[Any]]:
        """What begins the run that is watched, and puts it into `runs`."""

        def drive(config: Config) -> Iterator[Any]:
            run = Run(self, config, True)
            runs.append(run)
            return flow(run, self._do_stream, input, said, shown=True)

        return drive

    def _adrive(
        self, input: Any, said: Mapping[str, Any], runs: list[Run]
    ) -> Callable[[Config], AsyncIterator[Any]]:
        """What begins the run that is watched, and puts it into `runs`."""

        def drive(config: Config) -> AsyncIterator[Any]:
            run = Run(self, config, True)
            runs.append(run)
            return aflow(run, self._do_astream, input, said, shown=True)

        return drive
