"""From messages to the dictionaries that the chat completions endpoint takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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

__all__ = ("to_request_message",)

_LEFT_OUT = frozenset(
    {"tool_use", "tool_call", "thinking", "reasoning", "reasoning_content", "invalid_tool_call"}
)
"""Blocks of an answer that are said in another field, or not said back at all."""


def to_request_message(message: BaseMessage) -> dict[str, Any]:
    """One message as the endpoint takes it.

    Raises TypeError if the endpoint has no role for it.

    >>> to_request_message(HumanMessage("hi"))
    {'role': 'user', 'content': 'hi'}
    """
    made: dict[str, Any] = {"role": _role(message), "content": _content(message.content)}
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


def _content(content: str | Sequence[str | Mapping[str, Any]]) -> Any:
    if isinstance(content, str):
        return content
    return [
        _block(block) for block in content if isinstance(block, str) or block.get("type") not in _LEFT_OUT
    ]


def _block(block: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """One part of a content; standard blocks become the provider's, others go as they are."""
    if isinstance(block, str):
        return {"type": "text", "text": block}
    kind, data = block.get("type"), block.get("base64") or block.get("data")
    if kind == "text":
        return {"type": "text", "text": block["text"]}
    if kind == "image" and (data or "url" in block):
        url = block.get("url") or f"data:{block.get('mime_type', 'image/png')};base64,{data}"
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "audio" and data:
        form = block.get("mime_type", "audio/wav").rpartition("/")[2]
        return {"type": "input_audio", "input_audio": {"data": data, "format": form}}
    if kind == "file" and (data or "file_id" in block):
        return {"type": "file", "file": _file(block, data)}
    return block


def _file(block: Mapping[str, Any], data: str | None) -> dict[str, Any]:
    if data is None:
        return {"file_id": block["file_id"]}
    extras: Mapping[str, Any] = block.get("extras") or {}
    named = block.get("filename") or extras.get("filename") or "file"  # the endpoint wants a name
    uri = f"data:{block.get('mime_type', 'application/pdf')};base64,{data}"
    return {"file_data": uri, "filename": named}
