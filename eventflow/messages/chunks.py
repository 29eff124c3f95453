"""Pieces of a model's answer, and sums of them that cost nothing until they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, cast, overload

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessageChunk
from eventflow.messages.blocks import finished, from_answer
from eventflow.messages.checks import Content
from eventflow.messages.content import ContentBlock
from eventflow.messages.merge import best_id, merge_content, merge_dicts, merge_lists
from eventflow.messages.model import Field, lazy
from eventflow.messages.tool_calls import (
    TOOL_CALL_CHUNKS,
    InvalidToolCall,
    ParsedCalls,
    ToolCall,
    ToolCallChunk,
    parse_tool_calls,
    provider_chunks,
    to_chunks,
)
from eventflow.messages.usage import UsageMetadata, add_usage

__all__ = ("AIMessageChunk", "ChunkSum", "merge_chunks")

Attributes = dict[str, Any]
C = TypeVar("C", bound=BaseMessageChunk)

_new = object.__new__


def _summed(default: Any) -> Any:
    """Declare a field that a sum has once it is folded, and a single chunk if it was given."""
    return lazy(lambda chunk: chunk._settle() or default)


def _check_position(value: object) -> str | None:
    if value is None or value == "last":
        return "last" if value else None
    raise ValueError("must be 'last' or None")


class AIMessageChunk(AIMessage, BaseMessageChunk):
    """A piece of what a model answers.

    Args:
        tool_call_chunks: Pieces of tool calls; those with the same `index` belong together.
        chunk_position: "last" for the piece after which none comes.

    The other arguments are those of `AIMessage`. `tool_calls` and `invalid_tool_calls` are read from
    `tool_call_chunks` when asked for: as far as they are there, or, in the last piece and in sums with it,
    only complete ones.

    `chunk + chunk` takes constant time: the sum remembers its parts and adds up their fields when one of
    them is read. What cannot be added raises TypeError at that time; `chunk + [chunks]` and `merge_chunks`
    add up at once. Assigning to a field of a part does not change a sum made before.

    >>> total = AIMessageChunk("Hel") + AIMessageChunk("lo", chunk_position="last")
    >>> total.content, total.chunk_position
    ('Hello', 'last')
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        **AIMessage.model_fields,
        "tool_call_chunks": TOOL_CALL_CHUNKS,
        "chunk_position": Field(
            None, _check_position, {"anyOf": [{"const": "last"}, {"type": "null"}], "default": None}
        ),
    }

    type: str = "AIMessageChunk"
    content: Content = _summed("")
    additional_kwargs: dict[Any, Any] = lazy(lambda chunk: chunk._settle() or {})
    response_metadata: dict[Any, Any] = lazy(lambda chunk: chunk._settle() or {})
    name: str | None = _summed(None)
    id: str | None = _summed(None)
    usage_metadata: UsageMetadata | None = _summed(None)
    tool_call_chunks: list[ToolCallChunk] = lazy(lambda chunk: chunk._settle() or _chunks_of(chunk.__dict__))
    chunk_position: Literal["last"] | None = _summed(None)

    if TYPE_CHECKING:

        def __init__(
            self,
            content: str | Sequence[str | dict[Any, Any]] | None = None,
            content_blocks: Sequence[ContentBlock] | None = None,
            *,
            tool_call_chunks: Sequence[ToolCallChunk] = ...,
            chunk_position: Literal["last"] | None = None,
            tool_calls: Sequence[ToolCall] = ...,
            invalid_tool_calls: Sequence[InvalidToolCall] = ...,
            usage_metadata: UsageMetadata | None = None,
            id: str | int | None = None,
            name: str | None = None,
            additional_kwargs: Mapping[Any, Any] = ...,
            response_metadata: Mapping[Any, Any] = ...,
            **extra: Any,
        ) -> None: ...

    @overload
    def __add__(self, other: AIMessageChunk) -> Self: ...
    @overload
    def __add__(self, other: Sequence[AIMessageChunk]) -> Self: ...
    @overload
    def __add__(self, other: Any) -> BaseMessageChunk: ...

    def __add__(self, other: Any) -> BaseMessageChunk:
        if not isinstance(other, BaseMessageChunk):
            return super().__add__(other)
        mine, theirs = self.__dict__, other.__dict__
        if "_parts" in theirs:
            theirs = other._settled()
        pending = mine.get("_parts")
        if pending is None:
            parts, count = [mine, theirs], 2
        elif len(mine) > 1:  # a sum of which a field was assigned
            parts, count = [self._settled(), theirs], 2
        else:
            parts, count = pending
            if len(parts) == count:
                parts.append(theirs)
            if parts[count] is not theirs:  # somebody else added to the same sum
                parts = [*parts[:count], theirs]
            count += 1
        total = _new(type(self))
        total.__dict__["_parts"] = (parts, count)
        return total

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CALL_SOURCES:
            self._forget_calls()
        super().__setattr__(name, value)
        if name in _CALL_FIELDS:
            self.__dict__.pop("_parsed", None)

    def _assign(self, values: Mapping[str, Any]) -> None:
        super()._assign(values)
        attributes = self.__dict__
        if "tool_call_chunks" in attributes:  # they say what the calls are, as in LangChain
            for derived in _CALL_FIELDS:
                attributes.pop(derived, None)
        if "chunk_position" in attributes:
            _finish_blocks(attributes)

    def _settle(self) -> None:
        """Add up the parts of a sum; fields that were assigned stay."""
        attributes = self.__dict__
        pending = attributes.get("_parts")
        if pending is not None:
            parts, count = pending
            for name, value in _fold(parts[:count]).items():
                attributes.setdefault(name, value)
            attributes.pop("_parts", None)

    def _settled(self) -> Attributes:
        self._settle()
        return self.__dict__

    def _joined(self, others: Sequence[BaseMessageChunk]) -> Self:
        total = _new(type(self))
        total.__dict__.update(_fold([self._settled(), *(chunk._settled() for chunk in others)]))
        return total

    def _read_calls(self) -> ParsedCalls:
        self._settle()
        attributes = self.__dict__
        chunks = self.tool_call_chunks
        if not chunks or "tool_calls" in attributes or "invalid_tool_calls" in attributes:
            return {"tool_calls": [], "invalid_tool_calls": []}
        parsed = parse_tool_calls(chunks, final=self.chunk_position == "last")
        attributes.update(parsed, _parsed=True)
        return parsed

    def _forget_calls(self) -> None:
        """Drop calls that were read, or found missing, so that they are read again; keep those that were given."""
        attributes = self.__dict__
        sources = ("tool_call_chunks", *_CALL_FIELDS)
        if "_parsed" in attributes or not any(attributes.get(name) for name in sources):
            for name in ("_parsed", *_CALL_FIELDS):
                attributes.pop(name, None)

    @property
    def content_blocks(self) -> list[ContentBlock]:
        """The content as standard blocks; calls are in pieces (`tool_call_chunk`) until the last chunk is in."""
        if self.chunk_position == "last":
            return super().content_blocks
        return from_answer(self.content, self.tool_call_chunks, self.additional_kwargs)

    def _whole(self) -> dict[str, Any]:
        """The fields of the message that this chunk is a complete form of."""
        whole = super()._whole()
        chunks = self.tool_call_chunks
        if "_parsed" in self.__dict__ or not (whole.keys() & _CALL_FIELDS):
            whole.update(parse_tool_calls(chunks, final=True))
        whole["chunk_position"] = "last"
        _finish_blocks(whole)
        del whole["chunk_position"]
        whole.pop("tool_call_chunks", None)
        return whole


class ChunkSum:
    """Takes in chunks one by one and gives their sum; what was assigned to one of them later is not in it.

    >>> whole = ChunkSum(AIMessageChunk("Hel"))
    >>> whole.add(AIMessageChunk("lo"))
    >>> whole.value().text
    'Hello'
    """

    __slots__ = ("_first", "_parts")

    def __init__(self, first: AIMessageChunk) -> None:
        self._first = first
        self._parts: list[Attributes] = []
        self.add(first)

    def add(self, chunk: Any) -> None:
        """Take in the next chunk, or a list of the next ones. Raises TypeError if it is neither."""
        if not isinstance(chunk, BaseMessageChunk):
            chunk = self._first = cast("AIMessageChunk", self.value() + chunk)
            self._parts = []
        attributes = chunk.__dict__
        if "_parts" in attributes:
            _ = chunk.content  # a sum has its attributes when one of them has been read
        self._parts.append(attributes)

    def value(self) -> AIMessageChunk:
        """The sum of the chunks so far: of one, that chunk itself."""
        if len(self._parts) == 1:
            return self._first
        total = _new(type(self._first))
        total.__dict__["_parts"] = ([*self._parts], len(self._parts))
        return total


_CALL_FIELDS = frozenset({"tool_calls", "invalid_tool_calls"})
_CALL_SOURCES = frozenset({"tool_call_chunks", "chunk_position"})


def merge_chunks(chunks: Sequence[C]) -> C:
    """Add up chunks at once, in time linear in what they hold.

    Args:
        chunks: At least one; the sum is of the class of the first.

    Raises ValueError if there are none, TypeError if values of one field cannot be added.

    >>> merge_chunks([AIMessageChunk("a"), AIMessageChunk("b"), AIMessageChunk("c")]).text
    'abc'
    """
    if not chunks:
        raise ValueError("there are no chunks to merge")
    return cast("C", chunks[0] + list(chunks[1:])) if len(chunks) > 1 else chunks[0]


def _fold(parts: Sequence[Attributes]) -> Attributes:
    """Add up the attributes of chunks; what none of them has stays out."""
    folded: Attributes = {
        "content": merge_content(*[part["content"] for part in parts]),
        "id": best_id([part.get("id") for part in parts]),
    }
    rich = [part for part in parts if len(part) > 1 + ("id" in part)]  # most hold content and id only
    if rich:
        for name, merge in _MERGES.items():
            values = [part[name] for part in rich if part.get(name)]
            if values:
                folded[name] = merge(values)
        later = rich[1:] if rich[0] is parts[0] else rich
        chunks = [chunks for chunks in map(_chunks_of, later) if chunks]
        folded["tool_call_chunks"] = merge_lists(_chunks_of(parts[0]), *chunks)
        _finish_blocks(folded)
    return folded


_MERGES: Mapping[str, Callable[[list[Any]], Any]] = {
    "additional_kwargs": lambda values: merge_dicts(*values),
    "response_metadata": lambda values: merge_dicts(*values),
    "usage_metadata": lambda values: reduce(add_usage, values),
    "name": lambda values: values[0],
    "chunk_position": lambda values: values[0],
}


def _chunks_of(attributes: Attributes) -> list[ToolCallChunk]:
    """The pieces of tool calls that a chunk stands for, in whatever form they were given."""
    known: list[ToolCallChunk] | None = attributes.get("tool_call_chunks")
    if known is not None:
        return known
    calls, invalid = attributes.get("tool_calls", []), attributes.get("invalid_tool_calls", [])
    if calls or invalid:
        return to_chunks(calls, invalid)
    return provider_chunks(attributes.get("additional_kwargs", {}).get("tool_calls") or ())


def _finish_blocks(attributes: Attributes) -> None:
    """In the last chunk of content that is standard blocks, make whole calls of the pieces."""
    content = attributes.get("content")
    if (
        attributes.get("chunk_position") == "last"
        and isinstance(content, list)
        and attributes.get("response_metadata", {}).get("output_version") == "v1"
    ):
        attributes["content"] = finished(cast("list[str | dict[Any, Any]]", content))
