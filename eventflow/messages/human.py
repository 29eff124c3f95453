"""Messages from a person."""

from __future__ import annotations

from eventflow.messages.base import BaseMessage, BaseMessageChunk

__all__ = ("HumanMessage", "HumanMessageChunk")


class HumanMessage(BaseMessage):
    """A message from a person; arguments as in `BaseMessage`.

    >>> HumanMessage("What is new?")
    HumanMessage(content='What is new?', additional_kwargs={}, response_metadata={})
    """

    type: str = "human"


class HumanMessageChunk(HumanMessage, BaseMessageChunk):
    """A piece of a message from a person."""

    type: str = "HumanMessageChunk"
