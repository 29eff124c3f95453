"""What a prompt gives to a model: text or messages, each readable as the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from eventflow.messages.base import BaseMessage
from eventflow.messages.buffer import get_buffer_string
from eventflow.messages.checks import STRING, required_text
from eventflow.messages.human import HumanMessage
from eventflow.messages.model import REQUIRED, Field, Model

__all__ = ("ChatPromptValue", "PromptValue", "StringPromptValue")


class PromptValue(Model, ABC):
    """Base of what a prompt gives."""

    @abstractmethod
    def to_string(self) -> str:
        """Return the prompt as one text."""

    @abstractmethod
    def to_messages(self) -> list[BaseMessage]:
        """Return the prompt as a new list of messages."""


class StringPromptValue(PromptValue):
    """A prompt that is text.

    >>> StringPromptValue(text="hi").to_messages()
    [HumanMessage(content='hi', additional_kwargs={}, response_metadata={})]
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "text": Field(REQUIRED, required_text, STRING),
    }

    type: str = "StringPromptValue"

    def __init__(self, text: str, **extra: Any) -> None:
        self.text = text
        if type(text) is not str or extra:
            self._assign({"text": text, **extra})

    def to_string(self) -> str:
        """Return the text."""
        return self.text

    def to_messages(self) -> list[BaseMessage]:
        """Return the text as a message from a person."""
        return [HumanMessage(self.text)]


def _are_messages(value: object) -> bool:
    return isinstance(value, list) and all(
        [isinstance(message, BaseMessage) for message in cast("list[object]", value)]  # noqa: C419 - faster
    )


def _check_messages(value: object) -> list[BaseMessage]:
    if isinstance(value, (list, tuple)):
        return [BaseMessage.model_validate(message) for message in cast("Sequence[object]", value)]
    raise ValueError("must be a list of messages")


class ChatPromptValue(PromptValue):
    """A prompt that is messages.

    >>> ChatPromptValue(messages=[HumanMessage("hi")]).to_string()
    'Human: hi'
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "messages": Field(REQUIRED, _check_messages, {"type": "array", "items": {"type": "object"}}),
    }

    messages: Sequence[BaseMessage]

    def __init__(self, messages: Sequence[BaseMessage], **extra: Any) -> None:
        if not extra and _are_messages(messages):
            self.messages = [*messages]
        else:
            self._assign({"messages": messages, **extra})

    def to_string(self) -> str:
        """Return the messages as text, see `get_buffer_string`."""
        return get_buffer_string(self.messages)

    def to_messages(self) -> list[BaseMessage]:
        """Return the messages as a new list."""
        return list(self.messages)
