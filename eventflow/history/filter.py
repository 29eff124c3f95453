"""Keeping the messages that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias, TypedDict, Unpack, cast, overload

from eventflow.history.kinds import one_of
from eventflow.history.step import Messages, MessagesStep, apply
from eventflow.messages import AIMessage, BaseMessage, ToolMessage

__all__ = ("filter_messages",)

_Condition: TypeAlias = Callable[[BaseMessage], bool]

_CALL_BLOCKS = ("tool_use", "tool_call")
"""The types of content blocks that say again what a tool call says."""


class _Conditions(TypedDict, total=False):
    include_names: Sequence[str] | None
    exclude_names: Sequence[str] | None
    include_types: Sequence[str | type[BaseMessage]] | None
    exclude_types: Sequence[str | type[BaseMessage]] | None
    include_ids: Sequence[str] | None
    exclude_ids: Sequence[str] | None
    exclude_tool_calls: Sequence[str] | bool | None


@overload
def filter_messages(messages: None = None, **conditions: Unpack[_Conditions]) -> MessagesStep: ...
@overload
def filter_messages(messages: Messages, **conditions: Unpack[_Conditions]) -> list[BaseMessage]: ...
def filter_messages(
    messages: Messages | None = None,
    *,
    include_names: Sequence[str] | None = None,
    exclude_names: Sequence[str] | None = None,
    include_types: Sequence[str | type[BaseMessage]] | None = None,
    exclude_types: Sequence[str | type[BaseMessage]] | None = None,
    include_ids: Sequence[str] | None = None,
    exclude_ids: Sequence[str] | None = None,
    exclude_tool_calls: Sequence[str] | bool | None = None,
) -> list[BaseMessage] | MessagesStep:
    """Keep the messages that meet one of the `include_` conditions, if there are any, and no `exclude_` one.

    Arguments:
        messages: messages, or what stands for them; without them a step of a chain is returned.
        include_names, exclude_names: who says it.
        include_types, exclude_types: classes of messages, or names such as "human" and "ai".
        include_ids, exclude_ids: ids of messages.
        exclude_tool_calls: True for all messages that call tools, and all answers of tools. With ids of calls,
            their answers are left out, and the calls themselves: from the message that asks for them, or with
            it, if it asks for no other.

    Returns the messages in order; those that lose some of their calls are copies.

    Raises TypeError if text is given in place of a list of texts, ValueError if there is no such type.

    >>> from eventflow import AIMessage, HumanMessage
    >>> filter_messages([HumanMessage("hi", name="ann"), AIMessage("hello")], include_types=["ai"])[0].text
    'hello'
    """
    wanted = _conditions(include_names, include_types, include_ids)
    unwanted = _conditions(exclude_names, exclude_types, exclude_ids)
    calls: Collection[str] = ()
    if exclude_tool_calls is True:
        unwanted.append(_is_about_calls)
    elif exclude_tool_calls:
        calls = _several("exclude_tool_calls", exclude_tool_calls)

    def kept(message: BaseMessage) -> BaseMessage | None:
        for meets in unwanted:
            if meets(message):
                return None
        for meets in wanted:
            if meets(message):
                break
        else:
            if wanted:
                return None
        return _without(calls, message) if calls else message

    return apply(
        lambda messages: [message for one in messages if (message := kept(one)) is not None],
        messages,
        name="filter_messages",
    )


def _conditions(
    names: Sequence[str] | None,
    types: Sequence[str | type[BaseMessage]] | None,
    ids: Sequence[str] | None,
) -> list[_Condition]:
    conditions: list[_Condition] = []
    if names:
        known = _several("names", names)
        conditions.append(lambda message: message.name in known)
    if types:
        conditions.append(one_of(types))
    if ids:
        chosen = _several("ids", ids)
        conditions.append(lambda message: message.id in chosen)
    return conditions


def _several(what: str, texts: Sequence[str]) -> frozenset[str]:
    if isinstance(texts, str):
        raise TypeError(
            f"filter_messages takes a list of {what}, and was given the text {texts!r}: use [...]"
        )
    return frozenset(texts)


def _is_about_calls(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) or (isinstance(message, AIMessage) and bool(message.tool_calls))


def _without(calls: Collection[str], message: BaseMessage) -> BaseMessage | None:
    """The message without these calls; None if nothing else is in it."""
    if isinstance(message, ToolMessage):
        return None if message.tool_call_id in calls else message
    if not isinstance(message, AIMessage) or not any(call["id"] in calls for call in message.tool_calls):
        return message
    left = [call for call in message.tool_calls if call["id"] not in calls]
    if not left:
        return None
    changed: dict[str, object] = {"tool_calls": left}
    if isinstance(message.content, list):
        changed["content"] = [
            block
            for block in message.content
            if isinstance(block, str) or block.get("type") not in _CALL_BLOCKS or block.get("id") not in calls
        ]
    raw = message.additional_kwargs.get("tool_calls")
    if isinstance(raw, list):
        others = [call for call in cast("list[dict[str, Any]]", raw) if call.get("id") not in calls]
        changed["additional_kwargs"] = {**message.additional_kwargs, "tool_calls": others}
    return message.model_copy(update=changed)
