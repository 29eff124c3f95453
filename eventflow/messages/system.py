"""Messages that tell a model how to behave."""

from __future__ import annotations

from eventflow.messages.base import BaseMessage, BaseMessageChunk

__all__ = ("SystemMessage", "SystemMessageChunk")


class SystemMessage(BaseMessage):
    """Instructions for a model; arguments as in `BaseMessage`.

    >>> SystemMessage("Be brief.")
    SystemMessage(content='Be brief.', additional_kwargs={}, response_metadata={})
    """

    type: str = "system"


class SystemMessageChunk(SystemMessage, BaseMessageChunk):
    """A piece of instructions."""

    type: str = "SystemMessageChunk"
