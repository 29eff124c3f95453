"""Cutting whole messages into the chunks that a model would stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from eventflow.messages import AIMessage, AIMessageChunk, BaseMessage

__all__ = ("as_chunk", "in_words")


def as_chunk(message: AIMessage, **changes: Any) -> AIMessageChunk:
    """A message as one chunk, with `changes` to its fields.

    >>> as_chunk(AIMessage("hello", id="1"), chunk_position="last").content
    'hello'
    """
    had = {name: getattr(message, name) for name in AIMessage.model_fields if name != "type"}
    fields: dict[str, Any] = {"content": ""}
    fields.update({name: value for name, value in had.items() if value}, **changes)
    return AIMessageChunk(**fields)


def in_words(message: AIMessage) -> list[AIMessageChunk]:
    """A message word by word and space by space, and after that its additional kwargs one by one.

    Everything else that it has is in the last chunk. Content that is not text stays whole.

    >>> [chunk.content for chunk in in_words(AIMessage("Hello you"))]
    ['Hello', ' ', 'you']
    """
    content, extras = message.content, list(_extras_of(message))
    words: Sequence[Any] = re.split(r"(\s)", content) if isinstance(content, str) else [content]
    if not content and extras:
        words = ()
    chunks = [AIMessageChunk(word, id=message.id) for word in words]
    chunks += [AIMessageChunk("", id=message.id, additional_kwargs=extra) for extra in extras]
    last = chunks.pop()
    rest = {"content": last.content, "additional_kwargs": last.additional_kwargs, "chunk_position": "last"}
    return [*chunks, as_chunk(message, **rest)]


def _extras_of(message: BaseMessage) -> Iterator[dict[str, Any]]:
    """The additional kwargs; of a function call the name, then its arguments up to each comma."""
    for key, value in message.additional_kwargs.items():
        if key != "function_call":
            yield {key: value}
            continue
        for part, text in value.items():
            for piece in re.split(r"(,)", text) if part == "arguments" else [text]:
                yield {key: {part: piece}}
