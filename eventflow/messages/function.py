"""Messages that carry the result of a function: what tools were called before they were tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from eventflow.messages.base import BaseMessage, BaseMessageChunk
from eventflow.messages.checks import STRING, required_text
from eventflow.messages.content import ContentBlock
from eventflow.messages.model import REQUIRED, Field

__all__ = ("FunctionMessage", "FunctionMessageChunk")


class FunctionMessage(BaseMessage):
    """What a function gave; arguments as in `BaseMessage`, with `name` required. Prefer `ToolMessage`.

    Raises ValueError if `name` is missing.

    >>> FunctionMessage("42", name="add").name
    'add'
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        **BaseMessage.model_fields,
        "name": Field(REQUIRED, required_text, STRING),
    }

    type: str = "function"

    def __init__(
        self,
        content: str | Sequence[str | dict[Any, Any]] | None = None,
        content_blocks: Sequence[ContentBlock] | None = None,
        *,
        name: str,
        **fields: Any,
    ) -> None:
        super().__init__(content, content_blocks, **fields)
        self._assign({"name": name})


class FunctionMessageChunk(FunctionMessage, BaseMessageChunk):
    """A piece of what a function gave. Pieces of different functions cannot be added (ValueError)."""

    type: str = "FunctionMessageChunk"

    def _kept(self, others: Sequence[BaseMessageChunk]) -> dict[str, Any]:
        for other in others:
            if isinstance(other, FunctionMessageChunk) and other.name != self.name:
                raise ValueError(
                    f"cannot add chunks of different functions: {self.name!r} and {other.name!r}"
                )
        return {}
