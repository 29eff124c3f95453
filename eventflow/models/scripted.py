"""`ScriptedChatModel`: says exactly what a script tells it to, chunk by chunk, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self, TypeAlias, cast

from pydantic import PrivateAttr, field_validator

from eventflow.errors import ModelError
from eventflow.messages import AIMessage, AIMessageChunk, BaseMessage, ChatGenerationChunk
from eventflow.models.answers import LanguageModelInput
from eventflow.models.base import BaseChatModel
from eventflow.models.pieces import as_chunk
from eventflow.runnables import Runnable

__all__ = ("ScriptedCall", "ScriptedChatModel")

Item: TypeAlias = AIMessageChunk | float | BaseException
Turn: TypeAlias = tuple[Item, ...]

_TAKING_TURNS: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """What a `ScriptedChatModel` was asked."""

    messages: list[BaseMessage]
    stop: list[str] | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def tools(self) -> Sequence[Any]:
        """The tools that it was allowed to call."""
        tools: Sequence[Any] = self.kwargs.get("tools", ())
        return tools


class ScriptedChatModel(BaseChatModel):
    """A model for tests and demos: says the turns of a script, one a call, exactly as they are written.

    A turn is a text, a message, or a list of what happens in that order:

        "Hel"                                            a chunk of text
        AIMessageChunk(...)                              a chunk as it is
        {"name": "add", "args": '{"a', "id": "1", "index": 0}   a piece of a tool call
        {"name": "add", "args": {"a": 1}, "id": "1"}     a whole tool call
        {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}   usage
        0.01                                             a pause in seconds; 0 lets other tasks run
        TimeoutError("...")                              is raised

    Arguments:
        turns: what it says, one a call.
        loop: begin again at the end; else one call too many raises ModelError.

    Streams and whole answers, sync and async, say the same. `calls` is what it was asked.

    >>> model = ScriptedChatModel(["Hel", "lo"], "Bye")
    >>> [chunk.text for chunk in model.stream("Hi")]
    ['Hel', 'lo']
    >>> model.invoke("Go").text, [call.messages[0].text for call in model.calls]
    ('Bye', ['Hi', 'Go'])
    >>> model.assert_exhausted()
    """

    blocking: ClassVar[bool] = False

    turns: tuple[Any, ...]
    loop: bool = False

    _calls: list[ScriptedCall] = PrivateAttr(default_factory=list[ScriptedCall])

    def __init__(self, *turns: Any, **fields: Any) -> None:
        if turns:
            fields["turns"] = turns
        super().__init__(**fields)

    @classmethod
    def from_text(
        cls, *texts: str, chunk_size: int = 4, pause: float | None = None, loop: bool = False, **fields: Any
    ) -> Self:
        """Make one that says `texts`, one a call, in chunks of `chunk_size` characters.

        Arguments:
            texts: what it says.
            chunk_size: characters a chunk.
            pause: seconds before each chunk; 0 lets other tasks run.
            loop, fields: as for the class.

        >>> [chunk.text for chunk in ScriptedChatModel.from_text("Hello!", chunk_size=4).stream("Hi")]
        ['Hell', 'o!']
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size={chunk_size}: a chunk has at least one character")
        turns: list[list[Any]] = []
        for text in texts:
            cuts = [text[at : at + chunk_size] for at in range(0, len(text), chunk_size)] or [""]
            turns.append(cuts if pause is None else [item for cut in cuts for item in (pause, cut)])
        return cls(*turns, loop=loop, **fields)

    @field_validator("turns", mode="before")
    @classmethod
    def _read(cls, turns: Any) -> tuple[Turn, ...]:
        return tuple(_turn(turn, number) for number, turn in enumerate(turns, 1))

    @property
    def calls(self) -> Sequence[ScriptedCall]:
        """What it was asked, in order."""
        return tuple(self._calls)

    def assert_exhausted(self) -> None:
        """Raise AssertionError unless every turn was asked for."""
        left = len(self.turns) - len(self._calls)
        if left > 0:
            raise AssertionError(
                f"{left} of {len(self.turns)} turns of the script were not asked for: {len(self._calls)} calls came"
            )

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same model, which finds `tools` in its calls as they were given here."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=[*tools], **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for item in self._take(ScriptedCall(messages, stop, kwargs)):
            if isinstance(item, AIMessageChunk):
                yield ChatGenerationChunk(item)
            else:
                time.sleep(item)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for item in self._take(ScriptedCall(messages, stop, kwargs)):
            if isinstance(item, AIMessageChunk):
                yield ChatGenerationChunk(item)
            else:
                await asyncio.sleep(item)

    def _take(self, call: ScriptedCall) -> Iterator[AIMessageChunk | float]:
        """The next turn: its chunks, made anew, and pauses; an exception is raised where it stands."""
        with _TAKING_TURNS:
            number = len(self._calls)
            if number >= len(self.turns) and not (self.loop and self.turns):
                raise ModelError(
                    f"the script has {len(self.turns)} turns, and this is call {number + 1}, with "
                    f"{call.messages[-1:]}: add a turn, or make the model with loop=True"
                )
            self._calls.append(call)
        turn: Turn = self.turns[number % len(self.turns)]
        for at, item in enumerate(turn, 1):
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, AIMessageChunk):
                item = item.model_copy(update={"chunk_position": "last"} if at == len(turn) else None)
            yield item


def _turn(turn: Any, number: int) -> Turn:
    items = cast("Sequence[Any]", turn) if isinstance(turn, (list, tuple)) else (turn,)
    return tuple(_item(item, number) for item in items)


def _item(item: Any, number: int) -> Item:
    if isinstance(item, (AIMessageChunk, BaseException)):
        return item
    if isinstance(item, str):
        return AIMessageChunk(item)
    if isinstance(item, AIMessage):
        return as_chunk(item)
    if isinstance(item, (int, float)):
        return float(item)
    if isinstance(item, Mapping):
        part = dict(cast("Mapping[str, Any]", item))
        if "input_tokens" in part:
            return AIMessageChunk("", usage_metadata=cast("Any", part))
        if isinstance(part.get("args"), Mapping):
            return AIMessageChunk("", tool_calls=[cast("Any", {"id": None, **part})])
        if part.keys() & {"name", "args", "id"}:
            return AIMessageChunk("", tool_call_chunks=[cast("Any", part)])
    raise ValueError(
        f"turn {number} of the script has {item!r}: give text, AIMessageChunk, a tool call or a piece of one, "
        "usage, seconds to wait, or an exception to raise"
    )
