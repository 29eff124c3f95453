"""What tools give, checked and put together as the output of a tool node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeGuard

from eventflow.graph import REMOVE_ALL_MESSAGES, Command, Send
from eventflow.messages import RemoveMessage, ToolCall, ToolMessage

__all__ = ("Answer", "checked_answer", "combined")

Answer: TypeAlias = ToolMessage | Command[Any] | list[Any]
"""What is made of a tool call: a message, a command, or several of both."""


def checked_answer(answer: Any, call: ToolCall, key: str | None) -> Answer:
    """What a tool gave, if the conversation can go on with it.

    Arguments:
        answer: what it gave.
        call: what it was called with.
        key: where the state keeps the conversation; None if the state is the conversation.

    Raises TypeError if it is neither a message nor a command; ValueError if it does not answer the call with one
    message, as providers demand.
    """
    if isinstance(answer, ToolMessage):
        return answer
    if _is_command(answer):
        command = _checked_command(answer, call, key)
        if command.update and command.graph is None and not _answers(command, call, key):
            raise ValueError(
                f"Expected to have a matching ToolMessage in Command.update for tool '{call['name']}', got: "
                f"{_messages(command, key)}. Every tool call in the history must be answered: return "
                f"Command(update={{{key!r}: [ToolMessage('done', tool_call_id={call['id']!r})]}}), with the id from an "
                "argument Annotated[str, InjectedToolCallId]"
            )
        return command
    if _is_list(answer):
        parts = [_checked_command(part, call, key) if _is_command(part) else part for part in answer]
        found = sum(_answers(part, call, key) for part in parts)
        if found != 1:
            raise ValueError(
                f"Tool {call['name']} returned a list with {found} messages bound to tool_call_id {call['id']!r}; "
                "expected exactly one terminating ToolMessage."
            )
        return parts
    raise TypeError(f"Tool {call['name']} returned unexpected type: {type(answer)}")


def _checked_command(command: Command[Any], call: ToolCall, key: str | None) -> Command[Any]:
    """The command, whose messages have the name of the tool. Raises ValueError if it does not fit the state."""
    update: Any = command.update
    if _is_dict(update) and key is None:
        raise ValueError(
            f"tool {call['name']!r} updates keys of the state, and the node was given a list of messages, which has "
            "none: give it the state"
        )
    if _is_list(update) and key is not None:
        raise ValueError(
            f"tool {call['name']!r} updates the state with a list, and the state has keys: "
            f"Command(update={{{key!r}: [...]}})"
        )
    messages = _messages(command, key)
    if not any(isinstance(message, ToolMessage) and message.name is None for message in messages):
        return command
    named = [
        message.model_copy(update={"name": call["name"]})
        if isinstance(message, ToolMessage) and message.name is None
        else message
        for message in messages
    ]
    return replace(command, update=named if key is None or not _is_dict(update) else {**update, key: named})


def _messages(command: Command[Any], key: str | None) -> list[Any]:
    """The messages that a command writes."""
    update: Any = command.update
    found: Any = update.get(key) if _is_dict(update) and key is not None else update
    if found is None:
        return []
    return found if _is_list(found) else [found]


def _answers(part: Any, call: ToolCall, key: str | None) -> int:
    """How many messages of it answer the call."""
    messages = _messages(part, key) if _is_command(part) else [part]
    return sum(
        (isinstance(message, ToolMessage) and message.tool_call_id == call["id"])
        or (isinstance(message, RemoveMessage) and message.id == REMOVE_ALL_MESSAGES)
        for message in messages
    )


def combined(answers: Sequence[Answer], key: str | None) -> Any:
    """The output of a tool node: the messages as they are kept in the state; a list if there are commands."""
    parts: list[Any] = [part for answer in answers for part in (answer if _is_list(answer) else [answer])]
    if not any(map(_is_command, parts)):
        return parts if key is None else {key: parts}
    given: list[Any] = []
    handoffs: list[Any] = []
    for part in parts:
        if not _is_command(part):
            given.append([part] if key is None else {key: [part]})
        elif _is_handoff(part):
            handoffs += part.targets()
        else:
            given.append(part)
    if handoffs:
        given.append(Command(graph=Command.PARENT, goto=handoffs))
    return given


def _is_command(value: object) -> TypeGuard[Command[Any]]:
    return isinstance(value, Command)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_handoff(command: Command[Any]) -> bool:
    """Whether it only sends on to nodes of the graph around this one: such commands of several tools are one."""
    goto: Any = command.goto
    return (
        command.graph == Command.PARENT
        and not command.update
        and _is_list(goto)
        and bool(goto)
        and all(isinstance(one, Send) for one in goto)
    )
