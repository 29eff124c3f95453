"""What a conversation has to be before a model is asked to go on with it."""

from __future__ import annotations

from collections.abc import Sequence

from eventflow.messages import AIMessage, BaseMessage, ToolMessage

__all__ = ("check_history",)

_SHOWN = 3


def check_history(messages: Sequence[BaseMessage]) -> None:
    """Raises ValueError if a tool call has no answer: providers refuse such a conversation.

    >>> from eventflow import HumanMessage
    >>> check_history([HumanMessage("Hi"), AIMessage("Hello")])
    """
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    if not calls:
        return
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    open_calls = [call for call in calls if call["id"] not in answered]
    if open_calls:
        shown = ", ".join(f"{call['id']} ({call['name']})" for call in open_calls[:_SHOWN])
        more = f" and {len(open_calls) - _SHOWN} more" if len(open_calls) > _SHOWN else ""
        raise ValueError(
            f"INVALID_CHAT_HISTORY: Found AIMessages with tool_calls that do not have a corresponding ToolMessage: "
            f"{shown}{more}. Add a ToolMessage with that tool_call_id for each, or leave the call out of the history"
        )
