"""From messages to what the messages endpoint takes: turns of user and assistant, and the system's text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventflow import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from eventflow_anthropic.blocks import to_request_blocks

__all__ = ("to_conversation",)

Block = dict[str, Any]


def to_conversation(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """The arguments `messages` and, if there are system messages, `system` of one call of the SDK.

    Messages of people and tools that follow each other become one turn. All system messages become one text,
    which applies to the whole conversation wherever they stand. An answer that says nothing is left out, as
    models end their turn that way at times.

    Raises ValueError if there is nothing to answer, a message is empty, or a block cannot be sent; TypeError if the
    endpoint has no role for a message.

    >>> to_conversation([SystemMessage("be brief"), HumanMessage("hi")])
    {'messages': [{'role': 'user', 'content': 'hi'}], 'system': 'be brief'}
    """
    system: list[Block] = []
    turns: list[dict[str, Any]] = []
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    for place, message in enumerate(messages):
        role, blocks = _turn(message, answered)
        if not blocks and role != "assistant":
            raise ValueError(
                f"message {place} ({type(message).__name__}) is empty, which Anthropic refuses: leave it out"
            )
        if role == "system":
            system += blocks
        elif turns and role == turns[-1]["role"] == "user":
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns:
        raise ValueError(
            "there is no message to answer: give at least one of a person, not only system messages"
        )
    if turns[-1]["role"] == "assistant":
        _trim(turns[-1]["content"][-1])
    made: dict[str, Any] = {"messages": [{**turn, "content": _short(turn["content"])} for turn in turns]}
    if system:
        made["system"] = _short(system)
    return made


def _turn(message: BaseMessage, answered: set[str]) -> tuple[str, list[Block]]:
    """Whose turn a message is, and what it says."""
    if isinstance(message, ToolMessage):
        return "user", [_result(message)]
    if isinstance(message, AIMessage):
        return "assistant", _answer(message, answered)
    for kind, role in ((HumanMessage, "user"), (SystemMessage, "system")):
        if isinstance(message, kind):
            return role, to_request_blocks(message.content)
    if isinstance(message, ChatMessage) and message.role in ("user", "assistant"):
        return message.role, to_request_blocks(message.content)
    raise TypeError(
        f"{type(message).__name__} cannot be sent to the messages endpoint: send human, AI, system or tool messages, "
        "or chat messages of 'user' and 'assistant'"
    )


def _result(message: ToolMessage) -> Block:
    """What a tool gave; a tool may give nothing."""
    made: Block = {"type": "tool_result", "tool_use_id": message.tool_call_id}
    blocks = to_request_blocks(message.content)
    if len(blocks) == 1 and blocks[0]["type"] == "tool_result":
        return {**blocks[0], **made}
    if blocks:
        made["content"] = _short(blocks)
    if message.status == "error":
        made["is_error"] = True
    return made


def _answer(message: AIMessage, answered: set[str]) -> list[Block]:
    """What a model said, with its calls: those in the content where they stand, the others at the end.

    `tool_calls` says what was called, as programs change it. A call that is invalid is sent if it was answered.
    """
    calls = _calls(message, answered)
    blocks: list[Block] = []
    for block in to_request_blocks(message.content):
        if block["type"] != "tool_use":
            blocks.append(block)
            continue
        here = [call for call in calls if call["id"] == block.get("id")]
        if here:
            calls.remove(here[0])
            blocks.append({**block, **here[0]})
        elif block.get("id") in answered:
            blocks.append(block)
    return [*blocks, *calls]


def _calls(message: AIMessage, answered: set[str]) -> list[Block]:
    made = [_call(call["id"], call["name"], call["args"]) for call in message.tool_calls]
    invalid = [call for call in message.invalid_tool_calls if call["id"] in answered]
    return made + [_call(call["id"], call["name"], {}) for call in invalid]


def _call(call_id: str | None, name: str | None, args: dict[str, Any]) -> Block:
    return {"type": "tool_use", "id": call_id, "name": name, "input": args}


def _trim(last: Block) -> None:
    """The model goes on where the last answer ends, but the endpoint refuses one that ends with white space."""
    if last["type"] == "text":
        last["text"] = last["text"].rstrip()


def _short(blocks: list[Block]) -> str | list[Block]:
    """A single text as such."""
    return blocks[0]["text"] if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} else blocks
