"""How many tokens messages have, roughly: for cutting a conversation, where an exact count is not worth its time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, Final, Protocol, TypeAlias

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessage
from eventflow.messages.convert import MessageLikeRepresentation, convert_to_messages
from eventflow.messages.roles import openai_role
from eventflow.messages.tool import ToolMessage

__all__ = ("CountableTool", "count_tokens_approximately")

_IMAGES: Final = ("image", "image_url")


class _Tool(Protocol):
    """A tool, as far as a model is told of it."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def args(self) -> Mapping[str, Any]: ...


CountableTool: TypeAlias = _Tool | Mapping[str, Any]
"""A tool, or a dictionary that describes one in a provider's format."""


def count_tokens_approximately(
    messages: Iterable[MessageLikeRepresentation],
    *,
    chars_per_token: float = 4.0,
    extra_tokens_per_message: float = 3.0,
    count_name: bool = True,
    tokens_per_image: int = 85,
    use_usage_metadata_scaling: bool = False,
    tools: Sequence[CountableTool] | None = None,
) -> int:
    """Return roughly how many tokens messages have.

    Args:
        messages: Messages, or what stands for them.
        chars_per_token: How many characters make a token; about 4 in English, 1 to 2 in Chinese.
        extra_tokens_per_message: What each message takes besides.
        count_name: Whether names of speakers count.
        tokens_per_image: What an image takes, whatever its size.
        use_usage_metadata_scaling: Whether to learn from what the provider counted: the last usage in the
            messages says by how much more, at most by a quarter, if all answers are of one provider.
        tools: What the model is told of, too: tools, or dictionaries that describe them.

    Content, role and tool calls are counted as text, each message rounded up.

    >>> count_tokens_approximately([("human", "What is a parrot?")])
    9
    """
    total, last_usage, counted_until_usage = 0.0, 0, 0.0
    if tools:
        text = sum(len(json.dumps(_description(tool))) for tool in tools)
        total += ceil(text / chars_per_token)
    providers: set[object] = set()
    for message in convert_to_messages(messages):
        characters, images = _size(message, count_name)
        total += ceil(characters / chars_per_token) + images * tokens_per_image + extra_tokens_per_message
        if isinstance(message, AIMessage):
            providers.add(message.response_metadata.get("model_provider"))
            used = message.usage_metadata["total_tokens"] if message.usage_metadata else 0
            if used:
                last_usage, counted_until_usage = used, total
    if use_usage_metadata_scaling and last_usage and len(providers) == 1 and None not in providers:
        total *= min(_MOST_SCALING, max(1.0, last_usage / counted_until_usage))
    return ceil(total)


_MOST_SCALING: Final = 1.25


def _size(message: BaseMessage, count_name: bool) -> tuple[int, int]:
    """The characters of a message, and the images in it."""
    content, images = message.content, 0
    characters = len(openai_role(message))
    if isinstance(content, str):
        characters += len(content)
        if isinstance(message, AIMessage) and message.tool_calls:  # else there are blocks for the calls
            characters += len(repr(message.tool_calls))
    else:
        for block in content:
            if isinstance(block, dict) and block.get("type") in _IMAGES:
                images += 1
            else:
                characters += len(_text(block))
    if isinstance(message, ToolMessage):
        characters += len(message.tool_call_id)
    if count_name and message.name:
        characters += len(message.name)
    return characters, images


def _text(block: str | Mapping[Any, Any]) -> str:
    """What is counted of a block: its text, or all that is in it."""
    if isinstance(block, str):
        return block
    return str(block.get("text") or "") if block.get("type") == "text" else repr(block)


def _description(tool: CountableTool) -> Mapping[str, Any]:
    """What the model is told of a tool."""
    if isinstance(tool, Mapping):
        return tool
    properties = {
        name: {key: value for key, value in argument.items() if key != "title"}
        for name, argument in tool.args.items()
    }
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": {"properties": properties, "type": "object"},
        },
    }
