"""What the handle of a run shows, by name; each name as often as somebody reads it.

Of every runnable; what only graphs show is in `eventflow/graph/handle.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from eventflow.events import MISSING, AddableDict, Event, Fold, RunInfo, StreamEvent
from eventflow.messages import BaseMessage, message_chunk_to_message
from eventflow.runnables.handle_messages import AsyncChatModelStream, ChatModelStream, Written, answer_of
from eventflow.runnables.projection import AsyncSpan, Project, Span, left
from eventflow.runnables.shown import shown

__all__ = ("Projections", "RunStatus")

SpanT = TypeVar("SpanT", Span, AsyncSpan)
MessageT = TypeVar("MessageT", ChatModelStream, AsyncChatModelStream)

RunStatus: TypeAlias = Literal["started", "completed", "failed", "interrupted", "aborted"]
"""How far a run is: "interrupted" if it has stopped to ask something, "aborted" if its handle has stopped it."""


class Projections(Generic[SpanT, MessageT]):
    """What a handle shows, by name; made anew for each reader."""

    def __init__(self, span: SpanT, input: Any, messages: type[MessageT]) -> None:
        self._span: SpanT = span
        self._input = input
        self._messages_class: type[MessageT] = messages

    @property
    def status(self) -> RunStatus:
        """How far the run is, as far as it has been read."""
        log = self._span.log
        ended, last = log.ended, self._last()
        if last is None:
            return "started" if not ended else "aborted" if log.aborted else "failed"
        if last.phase == "error" and not left(last.data):
            return "failed"
        if self._questions() is not None:
            return "interrupted"
        return "completed" if last.phase == "end" else "aborted" if log.aborted else "failed"

    # ---- what a reader is shown

    def _project(self, name: str) -> Callable[[], Project]:
        """What shows a projection. Raises ValueError if there is none of this name."""
        made = self._table().get(name)
        if made is None:
            raise ValueError(
                f"the handle of this run has no {name!r}: there are {', '.join(self._table())}; "
                "values, updates and subgraphs are of graphs"
            )
        return made

    def _table(self) -> Mapping[str, Callable[[], Project]]:
        return {
            "messages": self._messages,
            "custom": self._custom,
            "chunks": self._chunks,
            "events": self._events,
        }

    def _merged(self, names: tuple[str, ...]) -> Callable[[], Project]:
        """What shows several projections, each with its name."""
        order: list[str] = [name for name in self._table() if name in names]
        made = [(name, self._project(name)) for name in dict.fromkeys((*order, *names))]

        def make() -> Project:
            projects = [(name, one()) for name, one in made]
            return lambda event, at: [(n, found) for n, project in projects for found in project(event, at)]

        return make

    def _events(self) -> Project:
        root: RunInfo | None = None

        def project(event: Event, at: int) -> Iterable[StreamEvent]:
            nonlocal root
            root = root or event.info
            if event.phase == "stream" and event.info.kind != "llm":
                return (event.as_dict(),)
            return (shown(event, root, self._input),)

        return self._own(project)

    def _custom(self) -> Project:
        def project(event: Event, at: int) -> Iterable[StreamEvent]:
            return (event.as_dict(),) if event.phase == "custom" else ()

        return self._own(project)

    def _chunks(self) -> Project:
        root: RunInfo | None = None
        some = False

        def project(event: Event, at: int) -> Iterable[Any]:
            nonlocal root, some
            root = root or event.info
            if event.info is root:
                if event.phase == "stream":
                    some = True
                    return (_chunk(event),)
                if event.phase == "end" and not some and event.data is not MISSING:
                    return (_given(event),)
            return ()

        return project

    def _messages(self) -> Project:
        open: set[RunInfo] = set()

        def project(event: Event, at: int) -> Iterable[MessageT]:
            info = event.info
            if info.kind != "chat_model" or event.phase == "custom" or event.phase == "start":
                return ()
            if event.phase == "stream":
                if info in open or not isinstance(event.data, BaseMessage):
                    return ()
                open.add(info)
                return (self._message(at, info),)
            if info in open or not isinstance(event.data, BaseMessage):
                open.discard(info)
                return ()
            return (self._message(at, info),)

        return project

    def _message(self, at: int, info: RunInfo) -> MessageT:
        metadata = {**info.metadata, "run_id": info.run_id, "parent_ids": [*info.parent_ids]}
        return self._written(at, Written(info, answer_of(info), metadata))

    def _written(self, at: int, written: Written) -> MessageT:
        span: Any = self._span._replace(start=at, run=written.run)
        return self._messages_class(span, written)

    def _own(self, project: Project) -> Project:
        """Only what is public, and belongs to this part of the run."""
        return project

    # ---- what is known at the end

    def _first(self) -> Event | None:
        log, start, _ = self._span
        return log.events[start] if len(log.events) > start else None

    def _last(self) -> Event | None:
        """The last that the run itself has told, if it has ended."""
        first = self._first()
        if first is None:
            return None
        run, events = first.info, self._span.log.events
        ends = (e for e in reversed(events) if e.info is run and e.phase in ("end", "error"))
        return next(ends, None)

    def _questions(self) -> tuple[Any, ...] | None:
        """What it has asked, if it has stopped; only graphs do."""
        return None

    def _output(self) -> Any:
        """What the run gave; if it was left, what it had given until then."""
        first, last = self._first(), self._last()
        if first is None:
            return None
        run = first.info
        if last is not None and last.phase == "end":
            return _whole(_given(last))
        whole = Fold(snapshots=run.snapshots)
        for event in self._span.log.events:
            if event.info is run and event.phase == "stream":
                whole.add(_chunk(event))
        return _whole(whole.value())


def _chunk(event: Event) -> Any:
    """A chunk as `stream` gives it."""
    return getattr(event.data, "text", event.data) if event.info.kind == "llm" else event.data


def _given(event: Event) -> Any:
    """What a run gave that has ended: of a text model the text."""
    output: Any = event.data
    return output["generations"][0][0]["text"] if event.info.kind == "llm" else output


def _whole(output: Any) -> Any:
    """What the chunks add up to, as `invoke` gives it: messages instead of chunks of them."""
    if isinstance(output, BaseMessage):
        return message_chunk_to_message(output)
    if isinstance(output, AddableDict):
        return {key: _whole(value) for key, value in output.items()}
    return None if output is MISSING else output
