"""What was asked and answered in one turn of a conversation, as messages to be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeGuard, cast

from eventflow.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    convert_to_messages,
    message_chunk_to_message,
)

__all__ = ("messages_of",)


def messages_of(value: Any, side: Literal["input", "output"], key: str | None) -> list[BaseMessage]:
    """The messages in what goes into a chain, or comes out of it.

    Arguments:
        value: a message, messages or what stands for them, or text; or a dict with such a thing in it.
        side: "input" for what a person says, "output" for what a model does.
        key: where in a dict they are; unless given its only key, or else the one that is called as the side.

    Chunks become the messages that they are complete forms of.

    Raises ValueError if there are none.

    >>> messages_of({"question": "Why?", "style": "brief"}, "input", "question")[0].text
    'Why?'
    """
    if _is_mapping(value):
        value = _picked(value, side, key)
    if isinstance(value, str):
        return [HumanMessage(value) if side == "input" else AIMessage(value)]
    if isinstance(value, BaseMessage):
        value = [value]
    if _is_nested(value):
        value = value[0]
    if not _is_several(value) and not hasattr(value, "to_messages"):
        raise ValueError(
            f"the {side} of a chain with a history has to be text, a message, or a list of messages, and is "
            f"{type(value).__name__}: if it is one of several keys of a dict, give {side}_messages_key="
        )
    return [message_chunk_to_message(message) for message in convert_to_messages(value)]


def _picked(value: Mapping[str, Any], side: str, key: str | None) -> Any:
    name = key or (next(iter(value)) if len(value) == 1 else side)
    if name not in value:
        raise ValueError(
            f"the {side} of a chain with a history has no key {name!r}, it has {list(value)}: "
            f"give {side}_messages_key= the key of the messages"
        )
    return value[name]


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_several(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))


def _is_nested(value: object) -> TypeGuard[Sequence[Sequence[BaseMessage]]]:
    """Whether it is the input of a model's event: a list of messages for each generation, of which there is one."""
    if not _is_several(value) or len(value) != 1 or not isinstance(value[0], list):
        return False
    return all(isinstance(item, BaseMessage) for item in cast("list[object]", value[0]))
