"""`add_messages`: the reducer of a conversation, and the state that has one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Final, cast, overload

from typing_extensions import TypedDict

from eventflow.graph.grown import Grown, is_list
from eventflow.ids import new_id
from eventflow.messages import (
    AnyMessage,
    BaseMessage,
    BaseMessageChunk,
    RemoveMessage,
    convert_to_messages,
    message_chunk_to_message,
)

__all__ = ("REMOVE_ALL_MESSAGES", "MessagesState", "add_messages")

REMOVE_ALL_MESSAGES: Final = "__remove_all__"
"""The id of a `RemoveMessage` that stands for all messages."""


class _Conversation(Grown[BaseMessage]):
    """A list of messages that knows where which id is, so that adding one does not look through all.

    The index is shared by all lists that grew out of each other: places do not change when a message is
    appended. What it says is looked up in the list before it is believed.
    """

    __slots__ = ("places",)

    places: dict[str, int]

    def place_of(self, id: str) -> int | None:
        """Where the message with this id is; None if there is none."""
        at = self.places.get(id)
        if at is not None and at < len(self) and self[at].id == id:
            return at
        return None if at is None else next((n for n, one in enumerate(self) if one.id == id), None)


@overload
def add_messages(left: Any, right: Any) -> list[AnyMessage]: ...
@overload
def add_messages(*, format: None = None) -> Callable[[Any, Any], list[AnyMessage]]: ...
def add_messages(left: Any = None, right: Any = None, *, format: None = None) -> Any:
    """Add messages to a conversation, replace those that have the same id, and take out removed ones.

    Arguments:
        left: the conversation.
        right: a message, or several; what stands for messages is converted. A `RemoveMessage` takes out the
            message with its id, one with the id `REMOVE_ALL_MESSAGES` all that come before it.

    Returns a new list; messages without an id get one, and chunks become whole messages.

    Raises ValueError if one of both is None, or a message is to be removed that is not there.

    >>> from eventflow import AIMessage, HumanMessage
    >>> talk = add_messages([HumanMessage("Hi", id="1")], AIMessage("Hello", id="2"))
    >>> [message.text for message in add_messages(talk, [AIMessage("Hey", id="2")])]
    ['Hi', 'Hey']
    """
    if left is None and right is None:
        return add_messages
    if left is None or right is None:
        given = "left" if right is None else "right"
        raise ValueError(
            f"Must specify non-null arguments for both 'left' and 'right'. Only received: '{given}'."
        )
    before = left if type(left) is _Conversation and left.same >= 0 else _begun(left)
    new = _messages(right)
    for at in range(len(new) - 1, -1, -1):
        if isinstance(new[at], RemoveMessage) and new[at].id == REMOVE_ALL_MESSAGES:
            return _indexed(new[at + 1 :])
    return _merged(before, new)


def _begun(left: Any) -> _Conversation:
    """What a conversation begins with; messages that have no id yet are changed here, and so are not the same."""
    given = left if is_list(left) else [left]
    ids = [getattr(message, "id", None) for message in given]
    made = _indexed(_messages(left))
    made.same = next((n for n, id in enumerate(ids) if id is None or made[n] is not given[n]), len(made))
    return made


def _merged(before: _Conversation, new: Sequence[BaseMessage]) -> _Conversation:
    merged = _Conversation(before)
    places = merged.places = before.places
    merged.mark, same = before.mark, before.same
    removed: set[str] = set()
    for message in new:
        id = cast(str, message.id)
        at = merged.place_of(id)
        if isinstance(message, RemoveMessage):
            if at is None:
                raise ValueError(
                    f"Attempting to delete a message with an ID that doesn't exist ('{id}'): the conversation has "
                    f"{len(merged)} messages"
                )
            removed.add(id)
        elif at is None:
            places[id] = len(merged)
            merged.append(message)
        else:
            removed.discard(id)
            merged[at] = message
            same = min(same, at)  # even if it is the same object: whoever gave it back may have changed it
    if removed:
        same = min(same, next(n for n, one in enumerate(merged) if one.id in removed))
        merged = _indexed((one for one in merged if one.id not in removed), merged.mark)
    merged.same = same
    return merged


def _indexed(messages: Iterable[BaseMessage], mark: object = None) -> _Conversation:
    made = _Conversation(messages)
    made.mark, made.same = mark, 0
    made.places = {cast(str, message.id): at for at, message in enumerate(made)}
    return made


def _messages(given: Any) -> list[BaseMessage]:
    """What stands for messages, as messages with ids; messages that lack one get it, as in LangGraph."""
    several = cast("Sequence[Any]", given) if isinstance(given, list) else [given]
    found: list[BaseMessage] = []
    for message in convert_to_messages([*several]):
        if isinstance(message, BaseMessageChunk):
            message = message_chunk_to_message(message)
        if message.id is None:
            message.id = new_id()
        found.append(message)
    return found


class MessagesState(TypedDict):
    """A state that is a conversation; add your own keys in a subclass."""

    messages: Annotated[list[AnyMessage], add_messages]
