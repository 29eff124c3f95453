"""Kinds of messages, by class or by name, and the question whether a message is of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from eventflow.messages import BaseMessage
from eventflow.messages.base import KINDS
from eventflow.messages.convert import ROLES

__all__ = ("Kinds", "one_of")

Kinds: TypeAlias = str | type[BaseMessage] | Sequence[str | type[BaseMessage]]
"""One or several kinds: classes, or names such as "human", "ai", "system" and "tool"."""


def one_of(kinds: Kinds) -> Callable[[BaseMessage], bool]:
    """The question whether a message is of one of these kinds; a chunk is of the kind that it is a piece of.

    Raises ValueError if there is no kind of a name.

    >>> from eventflow import AIMessageChunk
    >>> one_of("ai")(AIMessageChunk("hi"))
    True
    """
    classes = tuple(_class(kind) for kind in ([kinds] if isinstance(kinds, (str, type)) else kinds))
    return lambda message: isinstance(message, classes)


def _class(kind: str | type[BaseMessage]) -> type[BaseMessage]:
    if not isinstance(kind, str):
        return kind
    found = KINDS.get(ROLES.get(kind, kind))
    if found is None:
        raise ValueError(
            f"there are no messages of type {kind!r}: give a class, or one of {', '.join(ROLES)}"
        )
    return found
