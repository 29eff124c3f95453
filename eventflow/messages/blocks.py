"""The content of a message as standard blocks, with the tool calls and reasoning that are kept beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from eventflow.messages.content import ContentBlock
from eventflow.messages.partial_json import parse_json
from eventflow.messages.provider_blocks import to_standard

__all__ = ("finished", "from_answer", "from_content")

Block: TypeAlias = dict[Any, Any]
Content: TypeAlias = str | list[str | Block]

_WHOLE = {
    "server_tool_call": "server_tool_call",
    "server_tool_call_chunk": "server_tool_call",
    "tool_call_chunk": "tool_call",
}
_CALLS = ("tool_call", "tool_call_chunk", "invalid_tool_call")


def from_content(content: Content) -> list[ContentBlock]:
    """Return content as standard blocks.

    >>> from_content(["hi", {"type": "thinking", "thinking": "hm"}])
    [{'type': 'text', 'text': 'hi'}, {'type': 'reasoning', 'reasoning': 'hm'}]
    """
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    blocks: list[ContentBlock] = []
    for item in content:
        if isinstance(item, str):
            blocks.append({"type": "text", "text": item})
        else:
            blocks += to_standard(item)
    return blocks


def from_answer(
    content: Content,
    calls: Sequence[Mapping[str, Any]],
    additional_kwargs: Mapping[Any, Any],
) -> list[ContentBlock]:
    """Return a model's answer as standard blocks.

    Args:
        content: Its content.
        calls: Its tool calls. One that the content has too takes the place of that; the others come last.
        additional_kwargs: May have `reasoning_content`, which comes first unless the content has reasoning.
    """
    blocks: list[Any] = [*from_content(content)]
    for call in calls:
        place = next((place for place, block in enumerate(blocks) if _is_same(block, call)), None)
        if place is None:
            blocks.append(_compact(call))
        else:
            blocks[place] = {**blocks[place], **_compact(call)}
    reasoning = additional_kwargs.get("reasoning_content")
    if isinstance(reasoning, str) and not any(block["type"] == "reasoning" for block in blocks):
        blocks.insert(0, {"type": "reasoning", "reasoning": reasoning})
    return blocks


def _is_same(block: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
    """Whether a block is a form of a call: it has its id or, while either has none yet, its place in the stream."""
    if block["type"] not in _CALLS:
        return False
    if block.get("id") and call.get("id"):
        return bool(block["id"] == call["id"])
    return block.get("index") is not None and block.get("index") == call.get("index")


def _compact(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as a block: without an index if it has none."""
    return {name: value for name, value in call.items() if name != "index" or value is not None}


def finished(content: list[str | Block]) -> list[str | Block]:
    """Make whole calls of the pieces of calls whose arguments are complete."""
    return [_finished(block) if isinstance(block, dict) else block for block in content]


def _finished(block: Block) -> Block:
    kind, args = block.get("type"), block.get("args") or "{}"
    if kind not in _WHOLE or not isinstance(args, str):
        return block
    try:
        value: object = parse_json(args)
    except (ValueError, RecursionError):
        return block
    return (
        {**block, "type": _WHOLE[kind], "args": cast("dict[str, Any]", value)}
        if isinstance(value, dict)
        else block
    )
