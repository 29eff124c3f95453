"""Cutting a conversation to what fits into a model's context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import (
    Any,
    Literal,
    Protocol,
    Required,
    TypeAlias,
    TypedDict,
    TypeGuard,
    TypeVar,
    Unpack,
    overload,
)

from eventflow.history.kinds import Kinds, one_of
from eventflow.history.step import Messages, MessagesStep, apply
from eventflow.messages import BaseMessage, SystemMessage
from eventflow.messages.count import count_tokens_approximately
from eventflow.runnables.annotations import parameter_type

__all__ = ("TokenCounter", "trim_messages")

T = TypeVar("T")

Count: TypeAlias = Callable[[Sequence[BaseMessage]], int]


class CountsTokens(Protocol):
    """A model, as far as it can count."""

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], /) -> int: ...


class SplitsText(Protocol):
    """A splitter of text, such as those of `langchain_text_splitters`."""

    def split_text(self, text: str, /) -> list[str]: ...


TokenCounter: TypeAlias = (
    Callable[[list[BaseMessage]], int] | Callable[[BaseMessage], int] | CountsTokens | Literal["approximate"]
)
"""What counts the tokens of messages: a function of all, a function of one, a model, or "approximate"."""


class _Limits(TypedDict, total=False):
    max_tokens: Required[int]
    token_counter: Required[TokenCounter]
    strategy: Literal["first", "last"]
    allow_partial: bool
    end_on: Kinds | None
    start_on: Kinds | None
    include_system: bool
    text_splitter: Callable[[str], list[str]] | SplitsText | None


@overload
def trim_messages(messages: None = None, **limits: Unpack[_Limits]) -> MessagesStep: ...
@overload
def trim_messages(messages: Messages, **limits: Unpack[_Limits]) -> list[BaseMessage]: ...
def trim_messages(
    messages: Messages | None = None,
    *,
    max_tokens: int,
    token_counter: TokenCounter,
    strategy: Literal["first", "last"] = "last",
    allow_partial: bool = False,
    end_on: Kinds | None = None,
    start_on: Kinds | None = None,
    include_system: bool = False,
    text_splitter: Callable[[str], list[str]] | SplitsText | None = None,
) -> list[BaseMessage] | MessagesStep:
    """Keep as many of the last (or first) messages as fit.

    Arguments:
        messages: messages, or what stands for them; without them a step of a chain is returned.
        max_tokens: how many tokens they may have.
        token_counter: a function of a list of messages (`len` counts messages), a function of one message, by
            the annotation of its argument, a model, or "approximate" for `count_tokens_approximately`.
        strategy: "last" or "first".
        allow_partial: whether the message that does not fit is cut: to the blocks that fit, else to the pieces
            of its text that do.
        end_on: types of messages of which the last one must be. What comes after is left out, for "last"
            before counting, for "first" afterwards.
        start_on: the same for the first one, after counting; for "last" only.
        include_system: whether a system message at the beginning is kept, whatever it takes; for "last" only.
        text_splitter: makes pieces of a text that can be joined again; lines unless given.

    What is counted does not grow with the messages that are left out, so a long conversation costs no more
    than a short one; more messages must not have fewer tokens. A tool's answer may be left without its call:
    `start_on="human"` prevents that.

    Returns the messages in order; one that was cut is a copy.

    Raises ValueError if options do not go together, or one is unknown.

    >>> trim_messages(["one", "two", "three"], max_tokens=2, token_counter=len)[0].text
    'two'
    """
    if strategy not in ("first", "last"):
        raise ValueError(f"Unrecognized strategy={strategy!r}. Supported strategies are 'last' and 'first'.")
    if strategy == "first" and (start_on or include_system):
        given = "start_on" if start_on else "include_system"
        raise ValueError(f"{given} parameter is only valid with strategy='last'")
    count = _counter(token_counter)
    ends = None if end_on is None else one_of(end_on)
    starts = None if start_on is None else one_of(start_on)
    split = _splitter(text_splitter) if allow_partial else None

    def first(messages: list[BaseMessage]) -> list[BaseMessage]:
        kept = _fitting(messages, max_tokens, count, split, from_end=False)
        return kept if ends is None else _until(kept, ends)

    def last(messages: list[BaseMessage]) -> list[BaseMessage]:
        if ends is not None:
            messages = _until(messages, ends)
        system = (
            messages[:1] if include_system and isinstance(next(iter(messages), None), SystemMessage) else []
        )
        room = max(0, max_tokens - count(system)) if system else max_tokens
        kept = _fitting(messages[len(system) :], room, count, split, from_end=True)
        if starts is not None:
            kept = _until(kept[::-1], starts)[::-1]
        return system + kept

    trim = first if strategy == "first" else last
    return apply(trim, messages, name="trim_messages", blocking=_is_model(token_counter))


# ---- how much fits


def _fitting(
    messages: list[BaseMessage],
    room: int,
    count: Count,
    split: Callable[[str], list[str]] | None,
    *,
    from_end: bool,
) -> list[BaseMessage]:
    """As many messages as have room, from one end; with `split` a part of the next one, too."""
    number = _most(len(messages), lambda number: count(_part(messages, number, from_end)) <= room)
    kept = _part(messages, number, from_end)
    if split is None or number == len(messages):
        return kept

    def fits(message: BaseMessage) -> bool:
        return count([message, *kept] if from_end else [*kept, message]) <= room

    following = messages[-number - 1 if from_end else number]
    cut = _cut(following, fits, split, from_end)
    if cut is None:
        return kept
    return [cut, *kept] if from_end else [*kept, cut]


def _cut(
    message: BaseMessage,
    fits: Callable[[BaseMessage], bool],
    split: Callable[[str], list[str]],
    from_end: bool,
) -> BaseMessage | None:
    """As many blocks of a message as fit, else as many pieces of its text; None if not even one does."""
    content = message.content
    if isinstance(content, list):
        blocks = content

        def with_blocks(number: int) -> BaseMessage:
            return message.model_copy(update={"content": _part(blocks, number, from_end)})

        if number := _most(len(blocks) - 1, lambda number: fits(with_blocks(number))):
            return with_blocks(number)
    text = _text(content, from_end)
    pieces = split(text) if text else []

    def with_pieces(number: int) -> BaseMessage:
        return message.model_copy(update={"content": "".join(_part(pieces, number, from_end))})

    number = _most(len(pieces), lambda number: fits(with_pieces(number)))
    return with_pieces(number) if number else None


def _text(content: str | list[str | dict[Any, Any]], from_end: bool) -> str:
    """The text to be cut: of several blocks of text the one at the end where cutting begins to keep."""
    if isinstance(content, str):
        return content
    for block in content[::-1] if from_end else content:
        if isinstance(block, str):
            return block
        if block.get("type") == "text":
            return str(block["text"])
    return ""


def _part(items: Sequence[T], number: int, from_end: bool) -> list[T]:
    return [*items[len(items) - number :]] if from_end else [*items[:number]]


def _most(total: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `total` that fits, if every smaller one does; 0 if none.

    It is looked for in steps that double, then between the last two: what is asked stays near what fits.
    """
    fit, step = 0, 1
    while fit < total and fits(min(fit + step, total)):
        fit = min(fit + step, total)
        step *= 2
    too_many = min(fit + step, total + 1)
    while too_many - fit > 1:
        between = (fit + too_many) // 2
        if fits(between):
            fit = between
        else:
            too_many = between
    return fit


def _until(messages: list[BaseMessage], ends: Callable[[BaseMessage], bool]) -> list[BaseMessage]:
    """The messages up to the last one of those kinds."""
    number = len(messages)
    while number and not ends(messages[number - 1]):
        number -= 1
    return messages[:number]


# ---- what counts and splits


def _counter(given: TokenCounter) -> Count:
    """What counts the tokens of a list. Raises ValueError if it is nothing that counts."""
    if isinstance(given, str):
        if given != "approximate":
            raise ValueError(f"Invalid token_counter shortcut {given!r}. Available shortcuts: 'approximate'.")
        return count_tokens_approximately
    if _is_model(given):
        return lambda messages: given.get_num_tokens_from_messages([*messages])
    if not callable(given):
        raise ValueError(
            "'token_counter' expected to be a model that implements 'get_num_tokens_from_messages()' or a "
            f"function. Received object of type {type(given)}."
        )
    function: Callable[[Any], int] = given
    taken = parameter_type(function)
    if isinstance(taken, type) and issubclass(taken, BaseMessage):
        return lambda messages: sum(map(function, messages))
    return function


def _is_model(given: object) -> TypeGuard[CountsTokens]:
    return hasattr(given, "get_num_tokens_from_messages")


def _splitter(given: Callable[[str], list[str]] | SplitsText | None) -> Callable[[str], list[str]]:
    if given is None:
        return _lines
    return given if callable(given) else given.split_text


def _lines(text: str) -> list[str]:
    """The lines of a text, each with the line break at its end."""
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), last]
