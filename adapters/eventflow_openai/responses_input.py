"""From messages to the items that the Responses API takes as its input.

Rules for this file:
1. An answer goes back as the items that it came in, in their order: reasoning stays in front of the call that it
   led to, with its encrypted content.
2. `tool_calls` say what the calls are: one that was taken out or changed there is taken out or changed here.
3. What another provider thought is not sent; what an OpenAI model thought is, unless it would be looked up where it
   was never stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

from eventflow import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from eventflow_openai.blocks import Block, to_responses_part
from eventflow_openai.standard import to_provider_blocks

__all__ = ("since_last_response", "to_input")

_ITEMS = frozenset(
    {
        "computer_call_output",
        "custom_tool_call_output",
        "function_call_output",
        "image_generation_call",
        "item_reference",
        "mcp_approval_response",
    }
)
"""Blocks of a user's message that are items of their own."""

_NOT_SAID_BACK = frozenset(
    {"thinking", "redacted_thinking", "tool_use", "reasoning_content", "invalid_tool_call"}
)
"""Blocks of other providers' answers that are no items."""


def since_last_response(messages: Sequence[BaseMessage]) -> tuple[Sequence[BaseMessage], str | None]:
    """The messages after the latest answer of the Responses API, and the id of that; all and None if there is none."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if isinstance(message, AIMessage):
            response_id = message.response_metadata.get("id")
            if isinstance(response_id, str) and response_id.startswith("resp_"):
                return messages[place + 1 :], response_id
    return messages, None


def to_input(messages: Sequence[BaseMessage], *, stored: bool = True) -> list[Block]:
    """The items that messages stand for.

    Arguments:
        messages: the conversation.
        stored: whether the provider has kept what it thought; if not, reasoning is sent only if it is encrypted.

    Raises TypeError if the API has no role for a message.

    >>> to_input([HumanMessage("hi")])
    [{'type': 'message', 'role': 'user', 'content': 'hi'}]
    """
    items: list[Block] = []
    custom: set[str] = set()
    for message in messages:
        if isinstance(message, AIMessage):
            answered = list(_answer(message, stored))
            custom |= {item["call_id"] for item in answered if item["type"] == "custom_tool_call"}
            items += answered
        elif isinstance(message, ToolMessage):
            items.append(_output(message, custom))
        else:
            items += _said(message)
    return items


# ---- what users and tools say


def _said(message: BaseMessage) -> Iterator[Block]:
    role = _role(message)
    if isinstance(message.content, str):
        yield {"type": "message", "role": role, "content": message.content}
        return
    parts: list[Block] = []
    for block in message.content:
        if isinstance(block, dict) and block.get("type") in _ITEMS:
            yield cast("Block", block)
        else:
            parts.append(to_responses_part(block))
    if parts:
        yield {"type": "message", "role": role, "content": parts}


def _role(message: BaseMessage) -> str:
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, SystemMessage):
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    if isinstance(message, ChatMessage):
        return message.role
    instead = (
        "a ToolMessage"
        if isinstance(message, FunctionMessage)
        else "human, AI, system, tool or chat messages"
    )
    raise TypeError(f"{type(message).__name__} cannot be sent to the Responses API: send {instead}")


def _output(message: ToolMessage, custom: set[str]) -> Block:
    """What a tool gave."""
    kind = message.additional_kwargs.get("type")
    call_id, content = message.tool_call_id, message.content
    if kind == "computer_call_output":
        (shown,) = content if isinstance(content, list) else [content]
        return {"type": kind, "call_id": call_id, "output": shown}
    if kind is None or "output" not in kind:
        kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
    given = content if isinstance(content, str) else [to_responses_part(block) for block in content]
    return {"type": kind, "call_id": call_id, "output": given}


# ---- what models answered


def _answer(message: AIMessage, stored: bool) -> Iterator[Block]:
    calls = {call["id"]: _arguments(call["args"]) for call in message.tool_calls}
    calls |= {call["id"]: call["args"] or "" for call in message.invalid_tool_calls}
    names = {call["id"]: call["name"] for call in [*message.tool_calls, *message.invalid_tool_calls]}
    for key, blocks in groupby(to_provider_blocks(message), _same_item):
        if key[0] == "message":
            yield _message(key[1], list(blocks))
            continue
        for block in blocks:
            if (item := _item(block, calls, stored)) is not None:
                yield item
    for call_id, arguments in calls.items():
        yield {"type": "function_call", "call_id": call_id, "name": names[call_id], "arguments": arguments}


def _same_item(block: Block) -> tuple[str, Any]:
    """Blocks that are parts of one item have the same; a message of a model is the only item of several parts."""
    if block["type"] in ("text", "refusal"):
        return ("message", block.get("id"))
    return ("item", None)


def _message(item_id: str | None, blocks: Sequence[Block]) -> Block:
    made: Block = {"type": "message", "role": "assistant", "content": [_part(block) for block in blocks]}
    if item_id is not None and item_id.startswith("msg_"):
        made["id"] = item_id
    if phases := [block["phase"] for block in blocks if block.get("phase")]:
        made["phase"] = phases[0]
    return made


def _part(block: Block) -> Block:
    if block["type"] == "refusal":
        return {"type": "refusal", "refusal": block["refusal"]}
    return {"type": "output_text", "text": block["text"], "annotations": block.get("annotations") or []}


def _item(block: Block, calls: dict[str | None, str], stored: bool) -> Block | None:
    """The item that a block is, None for nothing; a call that it is, is no longer among `calls`."""
    kind = block["type"]
    item: Block = {key: value for key, value in block.items() if key != "index"}
    if kind == "function_call":
        arguments = calls.pop(block["call_id"], None)
        return None if arguments is None else {**item, "arguments": _kept(block["arguments"], arguments)}
    if kind == "custom_tool_call":
        return item if calls.pop(block["call_id"], None) is not None else None
    if kind == "reasoning":
        return _thought(item, stored)
    return None if kind in _NOT_SAID_BACK else item


def _thought(item: Block, stored: bool) -> Block | None:
    if not item.get("id") or "summary" not in item or not (stored or item.get("encrypted_content")):
        return None
    item.pop("status", None)  # which the API gives, and does not take
    for name in ("summary", "content"):
        if name in item:
            parts: Sequence[Mapping[str, Any]] = item[name]
            item[name] = [{key: value for key, value in part.items() if key != "index"} for part in parts]
    return item


def _arguments(args: Any) -> str:
    return json.dumps(args, ensure_ascii=False)


def _kept(said: str, meant: str) -> str:
    """The arguments as the model wrote them, unless others are meant."""
    try:
        return said if json.loads(said or "{}") == json.loads(meant) else meant
    except ValueError:
        return said if said == meant else meant
