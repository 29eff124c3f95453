"""Messages whose speaker is named by the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from eventflow.messages.base import BaseMessage, BaseMessageChunk
from eventflow.messages.checks import STRING, required_text
from eventflow.messages.content import ContentBlock
from eventflow.messages.model import REQUIRED, Field

__all__ = ("ChatMessage", "ChatMessageChunk")


class ChatMessage(BaseMessage):
    """A message of any role; arguments as in `BaseMessage`, and `role`.

    Raises ValueError if `role` is missing.

    >>> ChatMessage("Order!", role="speaker").role
    'speaker'
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        **BaseMessage.model_fields,
        "role": Field(REQUIRED, required_text, STRING),
    }

    type: str = "chat"
    role: str

    def __init__(
        self,
        content: str | Sequence[str | dict[Any, Any]] | None = None,
        content_blocks: Sequence[ContentBlock] | None = None,
        *,
        role: str,
        **fields: Any,
    ) -> None:
        super().__init__(content, content_blocks, **fields)
        self._assign({"role": role})


class ChatMessageChunk(ChatMessage, BaseMessageChunk):
    """A piece of a message of any role. Pieces of different roles cannot be added (ValueError)."""

    type: str = "ChatMessageChunk"

    def _kept(self, others: Sequence[BaseMessageChunk]) -> dict[str, Any]:
        for other in others:
            if isinstance(other, ChatMessageChunk) and other.role != self.role:
                raise ValueError(f"cannot add chunks of different roles: {self.role!r} and {other.role!r}")
        return {"role": self.role}
