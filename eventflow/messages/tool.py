"""Messages that carry the result of a tool back to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, cast
from uuid import UUID

from eventflow.messages.base import BaseMessage, BaseMessageChunk
from eventflow.messages.checks import STRING, Content, anything, required_text
from eventflow.messages.content import ContentBlock
from eventflow.messages.merge import merge_obj
from eventflow.messages.model import REQUIRED, Field

__all__ = ("ToolMessage", "ToolMessageChunk")


def _check_content(value: object) -> Content:
    """Accept anything: what is not text or a block becomes text, because tools return anything."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        items = cast("Sequence[object]", value)
        return [
            cast("dict[str, Any]", item)
            if isinstance(item, dict)
            else item
            if isinstance(item, str)
            else str(item)
            for item in items
        ]
    return str(value)


def _check_tool_call_id(value: object) -> str:
    return str(value) if isinstance(value, (UUID, int, float)) else required_text(value)


def _check_status(value: object) -> str:
    if isinstance(value, str) and value in ("success", "error"):
        return value
    raise ValueError("must be 'success' or 'error'")


class ToolMessage(BaseMessage):
    """What a tool gave.

    Args:
        content: What the model is told; anything but text and blocks becomes text.
        tool_call_id: The `id` of the call that this answers.
        artifact: The full result, for the program; the model does not see it.
        status: "success" or "error".

    The other arguments are those of `BaseMessage`.

    Raises ValueError if `tool_call_id` is missing.

    >>> ToolMessage(42, tool_call_id="call_1")
    ToolMessage(content='42', tool_call_id='call_1')
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        **BaseMessage.model_fields,
        "content": BaseMessage.model_fields["content"]._replace(check=_check_content),
        "tool_call_id": Field(REQUIRED, _check_tool_call_id, STRING),
        "artifact": Field(None, anything, {"default": None}),
        "status": Field(
            "success", _check_status, {"type": "string", "enum": ["success", "error"], "default": "success"}
        ),
    }
    _hidden: ClassVar[frozenset[str]] = frozenset({"additional_kwargs", "response_metadata"})

    type: str = "tool"
    tool_call_id: str
    artifact: Any = None
    status: Literal["success", "error"] = "success"

    def __init__(
        self,
        content: Any = None,
        content_blocks: Sequence[ContentBlock] | None = None,
        *,
        tool_call_id: str | UUID | float,
        **fields: Any,
    ) -> None:
        super().__init__(content, content_blocks, **fields)
        self._assign({"tool_call_id": tool_call_id})


class ToolMessageChunk(ToolMessage, BaseMessageChunk):
    """A piece of what a tool gave. Pieces of different calls cannot be added (ValueError)."""

    type: str = "ToolMessageChunk"

    def _kept(self, others: Sequence[BaseMessageChunk]) -> dict[str, Any]:
        artifact, status = self.artifact, self.status
        for other in others:
            if isinstance(other, ToolMessageChunk):
                if other.tool_call_id != self.tool_call_id:
                    raise ValueError(
                        f"cannot add chunks of different tool calls: {self.tool_call_id!r} and {other.tool_call_id!r}"
                    )
                artifact = merge_obj(artifact, other.artifact)
                status = "error" if "error" in (status, other.status) else "success"
        return {"tool_call_id": self.tool_call_id, "artifact": artifact, "status": status}
