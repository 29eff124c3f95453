"""`StrOutputParser`: the text of a model's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from eventflow.messages import AIMessageChunk, BaseMessage
from eventflow.parsers.base import generation_of
from eventflow.parsers.transform import BaseTransformOutputParser
from eventflow.runs import Run

__all__ = ("StrOutputParser",)

_HOOKS = ("parse", "parse_result", "aparse_result", "_transform", "_atransform")


class StrOutputParser(BaseTransformOutputParser[str]):
    """Gives the text of messages; text stays as it is. The usual end of a chain.

    >>> from eventflow import AIMessage
    >>> StrOutputParser().invoke(AIMessage("hello"))
    'hello'
    >>> list(StrOutputParser().transform(iter(["hel", "lo"])))
    ['hel', 'lo']
    """

    _plain: ClassVar[bool] = True
    """Whether no subclass has anything to do with the text."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._plain = all(getattr(cls, hook) is getattr(StrOutputParser, hook) for hook in _HOOKS)

    def parse(self, text: str) -> str:
        """Return the text."""
        return text

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        return _texts(chunks) if self._plain else super()._do_transform(chunks, run)

    def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        return _atexts(chunks) if self._plain else super()._do_atransform(chunks, run)


def _texts(chunks: Iterator[str | BaseMessage]) -> Iterator[str]:
    for chunk in chunks:
        content = chunk.content if type(chunk) is AIMessageChunk else None
        yield content if type(content) is str else _text(chunk)


async def _atexts(chunks: AsyncIterator[str | BaseMessage]) -> AsyncIterator[str]:
    async for chunk in chunks:
        content = chunk.content if type(chunk) is AIMessageChunk else None
        yield content if type(content) is str else _text(chunk)


def _text(chunk: str | BaseMessage) -> str:
    return chunk if isinstance(chunk, str) else generation_of(chunk).text
