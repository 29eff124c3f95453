"""The event streams of a runnable, as methods."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Any

from eventflow.bus import DEFAULT_BUFFER, Filter
from eventflow.errors import SubscriptionError
from eventflow.events import Phase, StreamEvent
from eventflow.runnables.observe import Version, astream_events, stream_events
from eventflow.runnables.schema import Schemas
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig

__all__ = ("Watchable",)


class Watchable(Schemas[Input, Output]):
    """What can be watched while it runs."""

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
    ) -> AsyncGenerator[StreamEvent, None]:
        """Run it on `input` and yield what it and everything inside it tells, as it happens.

        Arguments:
            input, config: as for `astream`.
            version: "v2" is LangChain's contract to the letter: of the errors only `on_tool_error`, and chunks
                only of what was streamed. The default adds the errors of every kind, and the chunks of
                generators that were called as a whole.
            include_names, include_types, include_tags, exclude_names, exclude_types, exclude_tags, phases,
                max_depth: which events to tell of, see `Filter`; depth counts from the outermost run there is.
            buffer: how many events the run may be ahead of you; then it waits.
            kwargs: passed on to whatever does the work.

        Yields dictionaries in the order in which things happen, see `StreamEvent`. Then raises what the run
        raised. Leaving the loop cancels the run; with `contextlib.aclosing` that is done when the block ends.

        Raises ValueError if the version is unknown, SubscriptionError if a filter makes no sense.
        """
        wanted = _filter(
            kwargs,
            include_names=include_names,
            include_types=include_types,
            include_tags=include_tags,
            exclude_names=exclude_names,
            exclude_types=exclude_types,
            exclude_tags=exclude_tags,
            phases=phases,
            max_depth=max_depth,
        )
        return astream_events(
            self, input, config, version=version, wanted=wanted, buffer=buffer, kwargs=kwargs
        )

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
    ) -> Generator[StreamEvent, None, None]:
        """The same as `astream_events`, sync: the run goes on while you pull.

        What happens inside one blocking step arrives when that step gives its next chunk; to be told at once,
        `subscribe`, or use `astream_events`.

        >>> from eventflow import RunnableLambda
        >>> [event["event"] for event in RunnableLambda(str.upper).stream_events("a")]
        ['on_chain_start', 'on_chain_stream', 'on_chain_end']
        """
        wanted = _filter(
            kwargs,
            include_names=include_names,
            include_types=include_types,
            include_tags=include_tags,
            exclude_names=exclude_names,
            exclude_types=exclude_types,
            exclude_tags=exclude_tags,
            phases=phases,
            max_depth=max_depth,
        )
        return stream_events(
            self, input, config, version=version, wanted=wanted, buffer=buffer, kwargs=kwargs
        )


def _filter(kwargs: Mapping[str, Any], **options: Any) -> Filter:
    """The filter of an event stream. Raises SubscriptionError if one is among what is passed on, misspelt."""
    for name in kwargs:
        if name.startswith(("include_", "exclude_")) or name in ("where", "run", "policy"):
            raise SubscriptionError(f"an event stream has no filter {name}: there are {', '.join(options)}")
    return Filter(**options)
