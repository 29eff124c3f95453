"""Functions of messages that are steps of a chain, too, when they are called without messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from eventflow.messages import BaseMessage, MessageLikeRepresentation, PromptValue, convert_to_messages
from eventflow.runnables import Runnable, RunnableLambda

__all__ = ("Messages", "MessagesStep", "apply")

Messages: TypeAlias = Iterable[MessageLikeRepresentation] | PromptValue
"""Messages, and what stands for them."""

MessagesStep: TypeAlias = Runnable[Messages, list[BaseMessage]]
"""A step of a chain that makes messages of messages."""


def apply(
    function: Callable[[list[BaseMessage]], list[BaseMessage]],
    messages: Messages | None,
    *,
    name: str,
    blocking: bool = False,
) -> list[BaseMessage] | MessagesStep:
    """What `function` makes of `messages`; without messages, `function` as a step of a chain.

    Arguments:
        function: makes new messages; what it is given stays as it is.
        messages: what to do it with.
        name: of the runs of the step.
        blocking: whether the function may block.
    """

    def convert_and_apply(messages: Messages) -> list[BaseMessage]:
        return function(convert_to_messages(messages))

    if messages is None:
        return RunnableLambda(convert_and_apply, name=name, blocking=blocking)
    return convert_and_apply(messages)
