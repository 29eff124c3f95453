"""From messages to the dictionaries that the chat completions endpoint takes."""

from __future__ import annotations

import json
from typing import Any

from eventflow import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from eventflow_openai.blocks import to_completions_part

__all__ = ("to_request_message",)

_ANSWERS = ("text", "refusal")
"""Blocks of an answer that are said back; others have a field of their own, or are the provider's business."""


def to_request_message(message: BaseMessage, *, thoughts: bool = False) -> dict[str, Any]:
    """One message as the endpoint takes it.

    Arguments:
        message: of any kind.
        thoughts: whether the model is told again what it thought before it called a tool.

    Raises TypeError if the endpoint has no role for it.

    >>> to_request_message(HumanMessage("hi"))
    {'role': 'user', 'content': 'hi'}
    """
    made: dict[str, Any] = {"role": _role(message), "content": _content(message)}
    if message.name is not None and not isinstance(message, ToolMessage):
        made["name"] = message.name
    if isinstance(message, AIMessage):
        calls = [
            _call(c["id"], c["name"], json.dumps(c["args"], ensure_ascii=False)) for c in message.tool_calls
        ]
        calls += [_call(c["id"], c["name"], c["args"]) for c in message.invalid_tool_calls]
        if calls:
            made["tool_calls"] = calls
            made["content"] = made["content"] or None
            if thoughts and (thought := message.additional_kwargs.get("reasoning_content")):
                made["reasoning_content"] = thought
    elif isinstance(message, ToolMessage):
        made["tool_call_id"] = message.tool_call_id
    return made


def _role(message: BaseMessage) -> str:
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, AIMessage):
        return "assistant"
    if isinstance(message, SystemMessage):
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    if isinstance(message, ToolMessage):
        return "tool"
    if isinstance(message, FunctionMessage):
        return "function"
    if isinstance(message, ChatMessage):
        return message.role
    raise TypeError(
        f"{type(message).__name__} cannot be sent to a chat completions endpoint: send human, AI, system, tool, "
        "function or chat messages"
    )


def _call(call_id: str | None, name: str | None, arguments: str | None) -> dict[str, Any]:
    return {"type": "function", "id": call_id, "function": {"name": name, "arguments": arguments}}


def _content(message: BaseMessage) -> Any:
    content = message.content
    if isinstance(content, str):
        return content
    answered = isinstance(message, AIMessage)
    return [
        to_completions_part(block)
        for block in content
        if isinstance(block, str) or not answered or block.get("type") in _ANSWERS
    ]
