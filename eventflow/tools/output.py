"""What a tool gives, as a message for the model."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, cast

from eventflow.messages import ToolMessage
from eventflow.runnables.narrow import is_mapping

__all__ = ("as_tool_message",)

_BLOCKS: Final = frozenset(
    ("custom_tool_call_output", "document", "file", "image", "image_url", "json", "search_result", "text")
)
"""The types of content blocks that a tool message may consist of."""


def as_tool_message(
    output: Any, *, tool_call_id: str, name: str, status: Literal["success", "error"] = "success"
) -> ToolMessage:
    """A message with the output of a tool; the output itself if it is one.

    Text and content blocks are its content as they are; anything else becomes JSON, or its `str` if it has no
    JSON form.

    >>> as_tool_message({"sum": 3}, tool_call_id="call_1", name="add").content
    '{"sum": 3}'
    """
    if isinstance(output, ToolMessage):
        return output
    return ToolMessage(_content(output), tool_call_id=tool_call_id, name=name, status=status)


def _content(output: Any) -> Any:
    if isinstance(output, str) or _are_blocks(output):
        return output
    try:
        return json.dumps(output, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(output)


def _are_blocks(output: Any) -> bool:
    return isinstance(output, list) and all(_is_block(item) for item in cast("list[object]", output))


def _is_block(item: object) -> bool:
    return isinstance(item, str) or (is_mapping(item) and item.get("type") in _BLOCKS)
