"""Where a conversation is kept: what every store of messages can do, and the one in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from eventflow.messages import AIMessage, BaseMessage, HumanMessage, get_buffer_string
from eventflow.runnables.seam import in_thread

__all__ = ("BaseChatMessageHistory", "InMemoryChatMessageHistory")


class BaseChatMessageHistory(ABC):
    """Base of the stores of one conversation.

    A subclass has `messages`, as an attribute or a property, and overrides `add_messages` and `clear`. The
    async methods call the sync ones in a worker thread, for they may block; a store that can be awaited
    overrides `aget_messages`, `aadd_messages` and `aclear`, too.

    >>> import json
    >>> from eventflow import messages_from_dict, messages_to_dict
    >>> class Lines(BaseChatMessageHistory):
    ...     def __init__(self):
    ...         self.lines = []
    ...     @property
    ...     def messages(self):
    ...         return messages_from_dict([json.loads(line) for line in self.lines])
    ...     def add_messages(self, messages):
    ...         self.lines += [json.dumps(one) for one in messages_to_dict(messages)]
    ...     def clear(self):
    ...         self.lines = []
    >>> history = Lines()
    >>> history.add_user_message("hi")
    >>> history.messages[0].text
    'hi'
    """

    messages: list[BaseMessage]
    """The conversation so far."""

    async def aget_messages(self) -> list[BaseMessage]:
        """`messages`, awaited."""
        return await in_thread(lambda: self.messages)

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages at the end, all at once.

        Raises NotImplementedError if the class overrides neither this nor `add_message`.
        """
        if type(self).add_message is BaseChatMessageHistory.add_message:
            raise NotImplementedError(
                f"{type(self).__name__} does not say how messages are added: override add_messages"
            )
        for message in messages:
            self.add_message(message)

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """`add_messages`, awaited."""
        await in_thread(self.add_messages, messages)

    def add_message(self, message: BaseMessage) -> None:
        """Add one message; `add_messages` with one."""
        self.add_messages([message])

    def add_user_message(self, message: HumanMessage | str) -> None:
        """Add what a person says."""
        self.add_message(HumanMessage(message) if isinstance(message, str) else message)

    def add_ai_message(self, message: AIMessage | str) -> None:
        """Add what a model says."""
        self.add_message(AIMessage(message) if isinstance(message, str) else message)

    @abstractmethod
    def clear(self) -> None:
        """Forget the conversation."""

    async def aclear(self) -> None:
        """`clear`, awaited."""
        await in_thread(self.clear)

    def __str__(self) -> str:
        """The conversation as a transcript."""
        return get_buffer_string(self.messages)


class InMemoryChatMessageHistory(BaseChatMessageHistory, BaseModel):
    """A conversation in memory.

    Arguments:
        messages: what has been said already.

    >>> history = InMemoryChatMessageHistory()
    >>> history.add_messages([HumanMessage("hi"), AIMessage("hello")])
    >>> print(history)
    Human: hi
    AI: hello
    """

    model_config = ConfigDict(defer_build=True)

    messages: list[BaseMessage] = Field(default_factory=list[BaseMessage])

    async def aget_messages(self) -> list[BaseMessage]:
        """`messages`; nothing is waited for."""
        return self.messages

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages at the end, all at once. Raises TypeError, and adds none, if one of them is no message."""
        for message in messages:
            if not isinstance(cast("object", message), BaseMessage):
                raise TypeError(
                    f"a history keeps messages, not {type(message).__name__}: add HumanMessage(text), or say who "
                    "said it with add_user_message(text) or add_ai_message(text)"
                )
        self.messages += messages

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """`add_messages`; nothing is waited for."""
        self.add_messages(messages)

    def clear(self) -> None:
        self.messages = []

    async def aclear(self) -> None:
        """`clear`; nothing is waited for."""
        self.clear()
