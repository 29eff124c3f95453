"""Messages that change a list of messages instead of being part of it."""

from __future__ import annotations

from typing import Any

from eventflow.messages.base import BaseMessage

__all__ = ("RemoveMessage",)


class RemoveMessage(BaseMessage):
    """Says that the message with this id is to be removed.

    Args:
        id: The id of the message to remove.

    Raises ValueError if content is given.

    >>> RemoveMessage(id="1").content
    ''
    """

    type: str = "remove"

    def __init__(self, id: str | None, **kwargs: Any) -> None:
        if kwargs.pop("content", None):
            raise ValueError("RemoveMessage has no content: it only names the id of the message to remove")
        super().__init__("", id=id, **kwargs)
