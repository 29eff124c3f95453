"""The handle of a graph's run: beside what the handle of any run shows, states, updates, and graphs inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from eventflow.errors import GraphInterrupt
from eventflow.events import Event, RunInfo
from eventflow.events.notices import Internal
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.modes import View
from eventflow.graph.parts import State, TaskPayload, TaskResultPayload, ToolPart
from eventflow.graph.records import (
    CUSTOM,
    STOPPED,
    TASK,
    TASK_RESULT,
    TOKEN,
    VALUES,
    Namespace,
    StoppedRecord,
    TaskRecord,
    TokenRecord,
    ValuesRecord,
)
from eventflow.graph.shape import shape_of
from eventflow.messages import BaseMessage
from eventflow.runnables.handle import AsyncRunStream, RunStream
from eventflow.runnables.handle_messages import AsyncChatModelStream, ChatModelStream, Written, answer_of
from eventflow.runnables.handle_projections import Projections
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.projection import (
    AsyncProjection,
    AsyncSpan,
    Later,
    Project,
    Projection,
    Span,
    aat_end,
    at_end,
)

__all__ = (
    "RECORDS",
    "AsyncGraphRunStream",
    "AsyncSubgraphRunStream",
    "GraphRunStream",
    "SubgraphRunStream",
)

RECORDS: Final = frozenset({VALUES, TASK, TASK_RESULT, STOPPED, CUSTOM, TOKEN})
"""What a graph has to tell of itself so that its handle can show it."""

SpanT = TypeVar("SpanT", Span, AsyncSpan)
MessageT = TypeVar("MessageT", ChatModelStream, AsyncChatModelStream)


class GraphProjections(Projections[SpanT, MessageT]):
    """What the handle of a graph shows, by name."""

    _ns: Namespace
    _inside: Callable[..., Any]

    # ---- what is known of the run

    def _questions(self) -> tuple[Interrupt, ...] | None:
        """What it has asked, if it has stopped before its end."""
        last = self._last()
        if last is not None and isinstance(last.data, GraphInterrupt):
            return cast("tuple[Interrupt, ...]", last.data.interrupts)
        return next((r.interrupts for r in self._backwards() if isinstance(r, StoppedRecord)), None)

    def _interrupted(self) -> bool:
        return self._questions() is not None

    def _interrupts(self) -> list[Interrupt]:
        return [*(self._questions() or ())]

    def _output(self) -> Any:
        last = self._last()
        if last is None or last.phase == "error":
            return self._last_state()
        found: Any = last.data
        if is_mapping(found) and "__interrupt__" in found:
            return {key: value for key, value in found.items() if key != "__interrupt__"}
        return found

    def _last_state(self) -> Any:
        """The state as it was shown last."""
        return next((record.values for record in self._backwards()), None)

    def _backwards(self) -> Iterator[ValuesRecord | StoppedRecord]:
        """The states that it has shown, the last one first."""
        log, start, _ = self._span
        for at in range(len(log.events) - 1, start - 1, -1):
            event, record = log.events[at], log.events[at].data
            if (
                isinstance(record, (ValuesRecord, StoppedRecord))
                and record.ns == self._ns
                and self._is_own(event)
            ):
                yield record

    def _is_own(self, event: Event) -> bool:
        """Whether it is told by this run, or inside it."""
        run = self._span.run
        return run is None or event.info is run or run.run_id in event.info.parent_ids

    # ---- what a reader is shown

    def _table(self) -> Mapping[str, Callable[[], Project]]:
        return {
            "subgraphs": self._subgraphs,
            "messages": self._messages,
            "updates": lambda: self._mode("updates"),
            "values": lambda: self._mode("values"),
            "custom": lambda: self._mode("custom"),
            "tasks": lambda: self._mode("tasks"),
            "tools": lambda: self._mode("tools"),
            "chunks": self._chunks,
            "events": self._events,
        }

    def _own(self, project: Project) -> Project:
        def own(event: Event, at: int) -> Iterable[Any]:
            hidden = event.phase == "custom" and isinstance(_name(event), Internal)
            return () if hidden or not self._is_own(event) else project(event, at)

        return own

    def _mode(self, name: str) -> Project:
        """What a stream mode shows of this graph, and not of those inside it."""
        shape = shape_of(name, (), "v1", View(self._ns))
        (mode,) = shape.modes
        parts, chunks, alone = shape.parts, "stream" in mode.phases, self._span.run is None
        wanted: dict[tuple[str, str], bool] = {}

        def project(event: Event, at: int) -> Iterable[Any]:
            phase = event.phase
            if phase == "stream":
                return parts(event) if chunks and (alone or self._is_own(event)) else ()
            name = _name(event) if phase == "custom" else None
            key = (phase, name or event.info.kind)
            if key not in wanted:
                wanted[key] = phase in mode.phases and mode.wants(event.info.kind, phase, name)
            return parts(event) if wanted[key] and (alone or self._is_own(event)) else ()

        return project

    def _messages(self) -> Project:
        """One handle for all parts of the mode `messages` that are of one message."""
        shown = self._mode("messages")
        open: set[Any] = set()

        def project(event: Event, at: int) -> Iterable[MessageT]:
            info, found = event.info, list[MessageT]()
            for message, metadata in shown(event, at):
                if event.phase != "custom":
                    if info not in open:
                        found.append(self._written(at, Written(info, answer_of(info), metadata)))
                        open.add(info)
                elif not isinstance(event.data, TokenRecord):
                    found.append(self._whole(message, info, metadata))
                elif (info, message.id) not in open:
                    found.append(self._written(at, Written(info, _pushed(info, message.id), metadata)))
                    open.add((info, message.id))
            if event.phase == "end" or event.phase == "error":
                open.discard(info)
            return found

        return project

    def _whole(self, message: BaseMessage, info: RunInfo, metadata: Mapping[str, Any]) -> MessageT:
        """A message that a node has returned."""
        span: Any = self._span._replace(
            log=self._span.log.only(Event("end", info, message)), start=0, run=info
        )
        return self._messages_class(span, Written(info, answer_of(info), metadata))

    def _subgraphs(self) -> Project:
        """A handle for each graph that runs inside a node of this one."""
        depth, known = len(self._ns), set[RunInfo]()

        def project(event: Event, at: int) -> Iterable[Any]:
            record = event.data
            if (
                event.phase != "custom"
                or not isinstance(record, (ValuesRecord, TaskRecord, StoppedRecord))
                or len(record.ns) != depth + 1
                or record.ns[:depth] != self._ns
                or event.info in known
                or not self._is_own(event)
            ):
                return ()
            known.add(event.info)
            return (self._inside(self._begun(event.info, at), record.ns, self._input),)

        return project

    def _begun(self, run: RunInfo, at: int) -> SpanT:
        """The part of the log that a run inside has told; `at` is a place in it."""
        events = self._span.log.events
        while at > 0 and not (events[at].info is run and events[at].phase == "start"):
            at -= 1
        span: Any = self._span._replace(start=at, run=run)
        return cast("SpanT", span)


def _name(event: Event) -> str | None:
    return event.more[1] if event.more else None


def _pushed(run: RunInfo, id: str | None) -> Callable[[], Project]:
    """The pieces that a node has pushed of a message."""

    def project(event: Event, at: int) -> Iterable[BaseMessage]:
        record = event.data
        if event.info is run and isinstance(record, TokenRecord) and record.message.id == id:
            return (record.message,)
        return ()

    return lambda: project


class GraphRunStream(GraphProjections[Span, ChatModelStream], RunStream[Any]):
    """One run of a graph, for as many readers as there are; see `RunStream`.

    `messages`, `values`, `updates`, `custom`, `tasks` and `tools` show what the stream modes of these names
    show of this graph; graphs inside it have handles of their own, in `subgraphs`. The graph runs in a thread,
    so that readers see at once what happens inside a node; it is never further ahead of the fastest one than
    `buffer` events.
    """

    def __init__(self, span: Span, ns: Namespace, input: Any) -> None:
        super().__init__(span, input)
        self._ns = ns
        self._inside = SubgraphRunStream

    @property
    def values(self) -> Projection[State]:
        """The state after each step."""
        return Projection(self._span, self._project("values"))

    @property
    def updates(self) -> Projection[State]:
        """What each node wrote."""
        return Projection(self._span, self._project("updates"))

    @property
    def custom(self) -> Projection[Any]:
        """What stream writers were given."""
        return Projection(self._span, self._project("custom"))

    @property
    def tasks(self) -> Projection[TaskPayload | TaskResultPayload]:
        """The begin and the end of each task."""
        return Projection(self._span, self._project("tasks"))

    @property
    def tools(self) -> Projection[ToolPart]:
        """What tools do that run inside nodes."""
        return Projection(self._span, self._project("tools"))

    @property
    def subgraphs(self) -> Projection[SubgraphRunStream]:
        """The graphs that run inside nodes of this one, each when it begins."""
        return Projection(self._span, self._project("subgraphs"))

    @property
    def interrupted(self) -> bool:
        """Whether it has stopped before its end; drives it until that is known."""
        return at_end(self._span, self._interrupted)

    @property
    def interrupts(self) -> list[Interrupt]:
        """What it has asked, and waits for; drives it until that is known."""
        return at_end(self._span, self._interrupts)


class AsyncGraphRunStream(GraphProjections[AsyncSpan, AsyncChatModelStream], AsyncRunStream[Any]):
    """The same for async code; see `AsyncRunStream`."""

    def __init__(self, span: AsyncSpan, ns: Namespace, input: Any) -> None:
        super().__init__(span, input)
        self._ns = ns
        self._inside = AsyncSubgraphRunStream

    @property
    def values(self) -> AsyncProjection[State]:
        """The state after each step."""
        return AsyncProjection(self._span, self._project("values"))

    @property
    def updates(self) -> AsyncProjection[State]:
        """What each node wrote."""
        return AsyncProjection(self._span, self._project("updates"))

    @property
    def custom(self) -> AsyncProjection[Any]:
        """What stream writers were given."""
        return AsyncProjection(self._span, self._project("custom"))

    @property
    def tasks(self) -> AsyncProjection[TaskPayload | TaskResultPayload]:
        """The begin and the end of each task."""
        return AsyncProjection(self._span, self._project("tasks"))

    @property
    def tools(self) -> AsyncProjection[ToolPart]:
        """What tools do that run inside nodes."""
        return AsyncProjection(self._span, self._project("tools"))

    @property
    def subgraphs(self) -> AsyncProjection[AsyncSubgraphRunStream]:
        """The graphs that run inside nodes of this one, each when it begins."""
        return AsyncProjection(self._span, self._project("subgraphs"))

    @property
    def interrupted(self) -> Later[bool]:
        """Whether it has stopped before its end."""
        return Later(lambda: aat_end(self._span, self._interrupted))

    @property
    def interrupts(self) -> Later[list[Interrupt]]:
        """What it has asked, and waits for."""
        return Later(lambda: aat_end(self._span, self._interrupts))


class SubgraphRunStream(GraphRunStream):
    """A graph that runs inside a node of another. `abort` stops the whole run that it is part of."""

    @property
    def path(self) -> Namespace:
        """Where it is: `"<node>:<task id>"` for each level."""
        return self._ns

    @property
    def graph_name(self) -> str:
        """The node that it runs in."""
        return self._ns[-1].partition(":")[0]


class AsyncSubgraphRunStream(AsyncGraphRunStream):
    """A graph that runs inside a node of another. `abort` stops the whole run that it is part of."""

    @property
    def path(self) -> Namespace:
        """Where it is: `"<node>:<task id>"` for each level."""
        return self._ns

    @property
    def graph_name(self) -> str:
        """The node that it runs in."""
        return self._ns[-1].partition(":")[0]
