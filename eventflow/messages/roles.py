"""What OpenAI calls those who speak, which other providers call the same."""

from __future__ import annotations

from typing import Final

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessage
from eventflow.messages.chat import ChatMessage
from eventflow.messages.function import FunctionMessage
from eventflow.messages.human import HumanMessage
from eventflow.messages.system import SystemMessage
from eventflow.messages.tool import ToolMessage

__all__ = ("openai_role",)

_ROLES: Final[dict[type[BaseMessage], str]] = {
    HumanMessage: "user",
    AIMessage: "assistant",
    SystemMessage: "system",
    ToolMessage: "tool",
    FunctionMessage: "function",
}


def openai_role(message: BaseMessage) -> str:
    """Return the role of who says a message; a `ChatMessage` has its own, a system message may be a developer's.

    Raises ValueError if the message is nothing that is said, such as a `RemoveMessage`.

    >>> openai_role(HumanMessage("hi"))
    'user'
    """
    if isinstance(message, ChatMessage):
        return message.role
    role = _ROLES.get(type(message)) or next(
        (role for kind, role in _ROLES.items() if isinstance(message, kind)), None
    )
    if role is None:
        raise ValueError(f"a {type(message).__name__} has no role: it is nothing that somebody says")
    return str(message.additional_kwargs.get("__openai_role__", role)) if role == "system" else role
