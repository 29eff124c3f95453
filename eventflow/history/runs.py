"""Making one message of several in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import Any, Final, cast, overload

from eventflow.history.step import Messages, MessagesStep, apply
from eventflow.messages import (
    AIMessage,
    BaseMessage,
    BaseMessageChunk,
    ChatMessage,
    FunctionMessage,
    RemoveMessage,
    ToolMessage,
    add_usage,
    merge_content,
    message_chunk_to_message,
)
from eventflow.messages.checks import Content
from eventflow.messages.merge import merge_dicts

__all__ = ("merge_message_runs",)

_APART: Final = (ToolMessage, RemoveMessage)
"""Kinds that are never merged."""


@overload
def merge_message_runs(messages: None = None, *, chunk_separator: str = "\n") -> MessagesStep: ...
@overload
def merge_message_runs(messages: Messages, *, chunk_separator: str = "\n") -> list[BaseMessage]: ...
def merge_message_runs(
    messages: Messages | None = None, *, chunk_separator: str = "\n"
) -> list[BaseMessage] | MessagesStep:
    """Make one message of each run of messages of the same type.

    A merged message has the contents and tool calls of all, and name, id and metadata of the first. Answers of
    tools stay apart, for each belongs to a call of its own, and so do messages of different roles.

    Arguments:
        messages: messages, or what stands for them; without them a step of a chain is returned.
        chunk_separator: what is put between texts; nothing is put where there are content blocks.

    Returns the messages in order; those that stand alone are as they were.

    Raises TypeError if `additional_kwargs` of a run have values of different types under the same key.

    >>> [message.text for message in merge_message_runs(["Hi!", "Who are you?", ("ai", "A parrot.")])]
    ['Hi!\\nWho are you?', 'A parrot.']
    """

    def merge(messages: list[BaseMessage]) -> list[BaseMessage]:
        return [_merged(run, chunk_separator) for run in _runs(messages)]

    return apply(merge, messages, name="merge_message_runs")


def _runs(messages: Sequence[BaseMessage]) -> Iterator[Sequence[BaseMessage]]:
    for _, group in groupby(messages, _speaker):
        run = [*group]
        if isinstance(run[0], _APART):
            yield from ([message] for message in run)
        else:
            yield run


def _speaker(message: BaseMessage) -> object:
    """What the messages of one run have in common."""
    if isinstance(message, ChatMessage):
        return ChatMessage, message.role
    if isinstance(message, FunctionMessage):
        return FunctionMessage, message.name
    kinds = cast("Sequence[type[BaseMessage]]", type(message).__mro__)
    return next(kind for kind in kinds if not issubclass(kind, BaseMessageChunk))


def _merged(run: Sequence[BaseMessage], separator: str) -> BaseMessage:
    if len(run) == 1:
        return run[0]
    first = message_chunk_to_message(run[0])
    changed: dict[str, Any] = {
        "content": merge_content(*_separated([message.content for message in run], separator)),
        "additional_kwargs": merge_dicts(*[message.additional_kwargs for message in run]),
        "response_metadata": {**first.response_metadata},
    }
    answers = [message for message in run if isinstance(message, AIMessage)]
    if answers:
        usages = [answer.usage_metadata for answer in answers if answer.usage_metadata]
        changed["tool_calls"] = [call for answer in answers for call in answer.tool_calls]
        changed["invalid_tool_calls"] = [call for answer in answers for call in answer.invalid_tool_calls]
        changed["usage_metadata"] = reduce(add_usage, usages) if usages else None
    return first.model_copy(update=changed)


def _separated(contents: Sequence[Content], separator: str) -> Iterator[Content]:
    """The contents, with the separator between texts that have nothing but text before them."""
    said = ""
    for at, content in enumerate(contents):
        if not isinstance(content, str):
            yield from contents[at:]
            return
        yield separator + content if said and content else content
        said = said or content
