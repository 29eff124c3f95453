"""What a tool gives, as a message for the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias, TypeGuard, cast

from eventflow.messages import ToolMessage
from eventflow.runnables.narrow import is_mapping

__all__ = ("ResponseFormat", "Status", "ToolOutputMixin", "as_tool_message", "content_and_artifact")

ResponseFormat: TypeAlias = Literal["content", "content_and_artifact"]
"""Whether a tool gives what the model is told, or that and something for the program beside it."""

Status: TypeAlias = Literal["success", "error"]

_BLOCKS: Final = frozenset(
    ("custom_tool_call_output", "document", "file", "image", "image_url", "json", "search_result", "text")
)
"""The types of content blocks that a tool message may consist of."""


class ToolOutputMixin:
    """Marks what a tool may give in place of a message, and is passed on as it is, such as a command."""

    __slots__ = ()


def as_tool_message(
    output: Any, *, tool_call_id: str, name: str, status: Status = "success", artifact: Any = None
) -> Any:
    """A message with the output of a tool; the output itself if it is one, is marked as one, or a list of such.

    Text and content blocks are its content as they are; anything else becomes JSON, or its `str` if it has no
    JSON form.

    >>> as_tool_message({"sum": 3}, tool_call_id="call_1", name="add").content
    '{"sum": 3}'
    """
    if _is_answer(output):
        return output
    return ToolMessage(
        _content(output), tool_call_id=tool_call_id, name=name, status=status, artifact=artifact
    )


def content_and_artifact(output: Any, name: str) -> tuple[Any, Any]:
    """The two things that a tool with `response_format="content_and_artifact"` gives.

    Raises ValueError if it gave something else.
    """
    if _is_pair(output):
        return output
    raise ValueError(
        "Since response_format='content_and_artifact' a two-tuple of the message content and raw tool output is "
        f"expected. Instead, generated response is of type: {type(output)}. Tool {name!r} has to "
        "return (content, artifact)"
    )


def _is_pair(output: object) -> TypeGuard[tuple[Any, Any]]:
    return isinstance(output, tuple) and len(output) == 2  # pyright: ignore[reportUnknownArgumentType]


def _is_answer(output: Any) -> bool:
    if isinstance(output, list) and output:
        return all(isinstance(item, (ToolMessage, ToolOutputMixin)) for item in cast("list[object]", output))
    return isinstance(output, (ToolMessage, ToolOutputMixin))


def _content(output: Any) -> Any:
    if isinstance(output, str) or _are_blocks(output):
        return output
    try:
        return json.dumps(output, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(output)


def _are_blocks(output: Any) -> bool:
    is_list = isinstance(output, (list, tuple))
    return is_list and all(_is_block(item) for item in cast("Sequence[object]", output))


def _is_block(item: object) -> bool:
    return isinstance(item, str) or (is_mapping(item) and item.get("type") in _BLOCKS)
