"""The event streams of a runnable, as methods."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Any, Literal, overload

from eventflow.bus import DEFAULT_BUFFER, Filter
from eventflow.errors import SubscriptionError
from eventflow.events import Phase, StreamEvent
from eventflow.runnables.handle import AsyncRunStream, RunStream, run_astream, run_stream
from eventflow.runnables.observe import Version, astream_events, stream_events
from eventflow.runnables.schema import Schemas
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig

__all__ = ("Watchable",)


class Watchable(Schemas[Input, Output]):
    """What can be watched while it runs."""

    @overload
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> AsyncRunStream[Output]: ...
    @overload
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version = None,
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        phases: Sequence[Phase] | None = None,
        max_depth: int | None = None,
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None]: ...
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version | Literal["v3"] = None,
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        phases: Sequence[Phase] | None = None,
        max_depth: int | None = None,
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None] | AsyncRunStream[Output]:
        """Run it on `input` and yield what it and everything inside it tells, as it happens.

        Arguments:
            input, config: as for `astream`.
            version: "v2" is LangChain's contract to the letter: of the errors only `on_tool_error`, and chunks
                only of what was streamed. The default adds the errors of every kind, and the chunks of
                generators that were called as a whole. "v3" is the handle of the run, for many readers: see
                `AsyncRunStream`; it is given without a loop being entered, and takes no filters.
            include_names, include_types, include_tags, exclude_names, exclude_types, exclude_tags, phases,
                max_depth: which events to tell of, see `Filter`; depth counts from the outermost run there is.
            buffer: how many events the run may be ahead of you; then it waits.
            kwargs: passed on to whatever does the work.

        Yields dictionaries in the order in which things happen, see `StreamEvent`. Then raises what the run
        raised. Leaving the loop cancels the run; with `contextlib.aclosing` that is done when the block ends.

        Raises ValueError if the version is unknown, SubscriptionError if a filter makes no sense.
        """
        options = dict[str, Any](
            include_names=include_names,
            include_types=include_types,
            include_tags=include_tags,
            exclude_names=exclude_names,
            exclude_types=exclude_types,
            exclude_tags=exclude_tags,
            phases=phases,
            max_depth=max_depth,
        )
        if version == "v3":
            return self._ahandle(input, config, buffer, _unfiltered(options, kwargs))
        return astream_events(
            self,
            input,
            config,
            version=version,
            wanted=_filter(options, kwargs),
            buffer=buffer,
            kwargs=kwargs,
        )

    @overload
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> RunStream[Output]: ...
    @overload
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version = None,
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        phases: Sequence[Phase] | None = None,
        max_depth: int | None = None,
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> Generator[StreamEvent, None, None]: ...
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version | Literal["v3"] = None,
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        phases: Sequence[Phase] | None = None,
        max_depth: int | None = None,
        buffer: int = DEFAULT_BUFFER,
        **kwargs: Any,
    ) -> Generator[StreamEvent, None, None] | RunStream[Output]:
        """The same as `astream_events`, sync: the run goes on while you pull.

        What happens inside one blocking step arrives when that step gives its next chunk; to be told at once,
        `subscribe`, or use `astream_events`.

        >>> from eventflow import RunnableLambda
        >>> [event["event"] for event in RunnableLambda(str.upper).stream_events("a")]
        ['on_chain_start', 'on_chain_stream', 'on_chain_end']
        """
        options = dict[str, Any](
            include_names=include_names,
            include_types=include_types,
            include_tags=include_tags,
            exclude_names=exclude_names,
            exclude_types=exclude_types,
            exclude_tags=exclude_tags,
            phases=phases,
            max_depth=max_depth,
        )
        if version == "v3":
            return self._handle(input, config, buffer, _unfiltered(options, kwargs))
        return stream_events(
            self,
            input,
            config,
            version=version,
            wanted=_filter(options, kwargs),
            buffer=buffer,
            kwargs=kwargs,
        )

    def _handle(
        self, input: Any, config: RunnableConfig | None, buffer: int, kwargs: Mapping[str, Any]
    ) -> RunStream[Output]:
        """The handle of a run; what has more to show overrides this."""
        return run_stream(self, input, config, buffer, kwargs)

    def _ahandle(
        self, input: Any, config: RunnableConfig | None, buffer: int, kwargs: Mapping[str, Any]
    ) -> AsyncRunStream[Output]:
        """The handle of a run in async code."""
        return run_astream(self, input, config, buffer, kwargs)


def _filter(options: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Filter:
    """The filter of an event stream. Raises SubscriptionError if one is among what is passed on, misspelt."""
    for name in kwargs:
        if name.startswith(("include_", "exclude_")) or name in ("where", "run", "policy"):
            raise SubscriptionError(f"an event stream has no filter {name}: there are {', '.join(options)}")
    return Filter(**options)


def _unfiltered(options: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is passed on to the run of a handle. Raises SubscriptionError if there is a filter."""
    _filter(options, kwargs)
    for name, value in options.items():
        if value is not None:
            raise SubscriptionError(
                f"version='v3' takes no {name}: its handle keeps everything; filter what `run.events` gives"
            )
    return kwargs
