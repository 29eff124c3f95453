"""One message of a model, while it is being written, as the handle of a run shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from eventflow.events import RunInfo
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ToolCall,
    ToolCallChunk,
    UsageMetadata,
    merge_chunks,
    message_chunk_to_message,
)
from eventflow.messages.tool_calls import to_chunks
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

__all__ = ("AsyncChatModelStream", "AsyncParts", "ChatModelStream", "Parts", "Written", "answer_of")

SpanT = TypeVar("SpanT", Span, AsyncSpan)
T_co = TypeVar("T_co", covariant=True)
Whole = TypeVar("Whole")


class Written(NamedTuple):
    """A message in a log.

    Arguments:
        run: whose end is the end of the message.
        pieces: what shows the pieces of it.
        metadata: where it comes from.
    """

    run: RunInfo
    pieces: Callable[[], Project]
    metadata: Mapping[str, Any]


def answer_of(run: RunInfo) -> Callable[[], Project]:
    """What shows the chunks that a model's run gives; if it gives none, the whole message."""

    def pieces() -> Project:
        some = False

        def project(event: Any, at: int) -> Iterable[Any]:
            nonlocal some
            if event.info is not run or not isinstance(event.data, BaseMessage):
                return ()
            if event.phase == "stream":
                some = True
                return (event.data,)
            return (event.data,) if event.phase == "end" and not some else ()

        return project

    return pieces


def _each(
    pieces: Callable[[], Project], read: Callable[[BaseMessage], Iterable[Any]]
) -> Callable[[], Project]:
    """What shows something of each piece."""

    def make() -> Project:
        project = pieces()
        return lambda event, at: [found for piece in project(event, at) for found in read(piece)]

    return make


def _text(piece: BaseMessage) -> Iterable[str]:
    text = piece.text
    return (text,) if text else ()


def _reasoning(piece: BaseMessage) -> Iterable[str]:
    if isinstance(piece.content, str) and not piece.additional_kwargs:
        return ()
    blocks: list[Any] = [block for block in piece.content_blocks if block.get("type") == "reasoning"]
    return [block["reasoning"] for block in blocks if block.get("reasoning")]


def _call_chunks(piece: BaseMessage) -> Iterable[ToolCallChunk]:
    if isinstance(piece, AIMessageChunk):
        return piece.tool_call_chunks
    return to_chunks(piece.tool_calls, piece.invalid_tool_calls) if isinstance(piece, AIMessage) else ()


class _Message(Generic[SpanT]):
    """What is known of a message without waiting for it."""

    def __init__(self, span: SpanT, written: Written) -> None:
        self._span: SpanT = span
        self._written = written
        self._whole: BaseMessage | None = None

    @property
    def run_id(self) -> str:
        """The run that writes it."""
        return self._written.run.run_id

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Where it comes from, as in the stream mode `messages`."""
        return self._written.metadata

    @property
    def node(self) -> str | None:
        """The node that it is written in; None outside a graph."""
        return self._written.metadata.get("langgraph_node")

    @property
    def namespace(self) -> tuple[str, ...]:
        """The graph that this node is of; () for the outermost."""
        path: str = self._written.metadata.get("langgraph_checkpoint_ns", "")
        return tuple(path.split("|"))[:-1]

    @property
    def message_id(self) -> str | None:
        """Its id, as far as that is known."""
        return self._so_far()[0].id

    @property
    def done(self) -> bool:
        """Whether nothing more of it will come."""
        return self._span.log.ended or self._so_far()[1]

    @property
    def output_message(self) -> BaseMessage | None:
        """The whole message, if it is there."""
        message, whole = self._so_far()
        return message if whole else None

    def _so_far(self) -> tuple[BaseMessage, bool]:
        """What it is by now, and whether it is whole."""
        if self._whole is not None:
            return self._whole, True
        log, at, run = self._span
        project, pieces, ended = self._written.pieces(), list[Any](), False
        while at < len(log.events) and not ended:
            event = log.events[at]
            pieces += project(event, at)
            ended = event.info is run and event.phase in ("end", "error")
            at += 1
        chunks = [piece for piece in pieces if isinstance(piece, AIMessageChunk)]
        found = merge_chunks(chunks) if chunks else pieces[0] if pieces else AIMessageChunk("")
        message = message_chunk_to_message(found)
        if ended:
            self._whole = message
        return message, ended

    def _message(self) -> BaseMessage:
        return self._so_far()[0]

    def _text(self) -> str:
        return self._message().text

    def _reasoning(self) -> str:
        return "".join(_reasoning(self._message()))

    def _calls(self) -> list[ToolCall]:
        message = self._message()
        return message.tool_calls if isinstance(message, AIMessage) else []

    def _usage(self) -> UsageMetadata | None:
        message = self._message()
        return message.usage_metadata if isinstance(message, AIMessage) else None

    def __repr__(self) -> str:
        message, whole = self._so_far()
        return f"<{type(self).__name__} {message.text!r}{'' if whole else ' …'}>"


class Parts(Projection[T_co], Generic[T_co, Whole]):
    """What is read of a message piece by piece."""

    __slots__ = ("_find",)

    def __init__(self, span: Span, make: Callable[[], Project], find: Callable[[], Whole]) -> None:
        super().__init__(span, make)
        self._find = find

    def get(self) -> Whole:
        """All of it, when the message is whole."""
        return at_end(self._span, self._find)

    def __str__(self) -> str:
        return str(self.get())


class AsyncParts(AsyncProjection[T_co], Generic[T_co, Whole]):
    """What is read of a message piece by piece; awaiting it gives all of it."""

    __slots__ = ("_find",)

    def __init__(self, span: AsyncSpan, make: Callable[[], Project], find: Callable[[], Whole]) -> None:
        super().__init__(span, make)
        self._find = find

    def __await__(self) -> Generator[Any, Any, Whole]:
        """All of it, when the message is whole."""
        return aat_end(self._span, self._find).__await__()


class ChatModelStream(_Message[Span]):
    """A message that is being written. Iterating over it gives its chunks; a whole message is its only chunk."""

    def __iter__(self) -> Iterator[BaseMessage]:
        return iter(Projection[BaseMessage](self._span, self._written.pieces))

    @property
    def text(self) -> Parts[str, str]:
        """Its text, piece by piece; `get()` and `str` wait for all of it."""
        return Parts(self._span, _each(self._written.pieces, _text), self._text)

    @property
    def reasoning(self) -> Parts[str, str]:
        """What the model thought, piece by piece."""
        return Parts(self._span, _each(self._written.pieces, _reasoning), self._reasoning)

    @property
    def tool_calls(self) -> Parts[ToolCallChunk, list[ToolCall]]:
        """Pieces of tool calls; `get()` gives the calls."""
        return Parts(self._span, _each(self._written.pieces, _call_chunks), self._calls)

    @property
    def usage(self) -> UsageMetadata | None:
        """How many tokens it took, as far as the model says so; waits for the end of the message."""
        return at_end(self._span, self._usage)

    @property
    def output(self) -> BaseMessage:
        """The whole message; waits for it. Raises what the model raised."""
        return at_end(self._span, self._message)


class AsyncChatModelStream(_Message[AsyncSpan]):
    """A message that is being written. Iterating over it gives its chunks, awaiting it the whole message."""

    def __aiter__(self) -> AsyncIterator[BaseMessage]:
        return aiter(AsyncProjection[BaseMessage](self._span, self._written.pieces))

    def __await__(self) -> Generator[Any, Any, BaseMessage]:
        return aat_end(self._span, self._message).__await__()

    @property
    def text(self) -> AsyncParts[str, str]:
        """Its text, piece by piece; awaiting it gives all of it."""
        return AsyncParts(self._span, _each(self._written.pieces, _text), self._text)

    @property
    def reasoning(self) -> AsyncParts[str, str]:
        """What the model thought, piece by piece."""
        return AsyncParts(self._span, _each(self._written.pieces, _reasoning), self._reasoning)

    @property
    def tool_calls(self) -> AsyncParts[ToolCallChunk, list[ToolCall]]:
        """Pieces of tool calls; awaiting it gives the calls."""
        return AsyncParts(self._span, _each(self._written.pieces, _call_chunks), self._calls)

    @property
    def usage(self) -> Later[UsageMetadata | None]:
        """How many tokens it took, as far as the model says so."""
        return Later(lambda: aat_end(self._span, self._usage))

    @property
    def output(self) -> Later[BaseMessage]:
        """The whole message. Raises what the model raised."""
        return Later(lambda: aat_end(self._span, self._message))
