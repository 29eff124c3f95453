"""Parsers of tool calls: as dictionaries, as the arguments of one tool, or as pydantic models.

Rules for this file:
1. While an answer is streamed, calls are what is there of them; each snapshot replaces the one before.
2. At its end only complete calls count: one that is cut off is an error, and never a call with less arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NoReturn, cast

from pydantic import BaseModel, Field

from eventflow.errors import OutputParserException
from eventflow.jsonstream import JsonStream, Update
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGeneration,
    Generation,
    InvalidToolCall,
    ToolCall,
    message_chunk_to_message,
)
from eventflow.messages.growing import GrowingCall, GrowingCalls
from eventflow.parsers.base import quoted
from eventflow.parsers.growth import Growth, UnfitError
from eventflow.parsers.transform import IncrementalOutputParser, Machine
from eventflow.parsers.validation import validated

__all__ = ("JsonOutputKeyToolsParser", "JsonOutputToolsParser", "PydanticToolsParser")

_NOTHING: Final[Any] = object()
_CUT_OFF: Final = ("length", "max_tokens", "MAX_TOKENS")
"""What providers call it when the answer has reached the limit of tokens."""


class JsonOutputToolsParser(IncrementalOutputParser[Any]):
    """Gives the tool calls of a message as dictionaries with `type`, the name of the tool, and `args`.

    Arguments:
        first_tool_only: give the first call instead of a list; None if there is none.
        return_id: give the `id` of a call, too.
        strict: refuse line breaks in strings of arguments, which are not JSON, as far as the message still
            has the arguments as text.
        required: a message without a call is an error.

    Streamed, it gives what is there of the calls so far, again with each chunk that changes it; the last one
    is what `invoke` gives.

    Raises OutputParserException for text, for a call whose arguments are cut off or no JSON object (LangChain
    leaves it out), and if there is no call though one is `required`.

    >>> call = {"name": "add", "args": {"a": 1}, "id": "call_1"}
    >>> JsonOutputToolsParser(return_id=True).invoke(AIMessage("", tool_calls=[call]))
    [{'type': 'add', 'args': {'a': 1}, 'id': 'call_1'}]
    """

    strict: bool = False
    return_id: bool = False
    first_tool_only: bool = False
    required: bool = False

    def parse(self, text: str) -> Any:
        """Raise OutputParserException: text has no calls."""
        raise OutputParserException(
            f"{type(self).__name__} reads the tool calls of a message, and was given text: put it right behind a "
            "chat model",
            llm_output=text,
        )

    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> Any:
        """Give the calls of the first candidate."""
        generation = result[0]
        if not isinstance(generation, ChatGeneration):
            return self.parse(generation.text)
        return self._parse_part(generation.message) if partial else self._parse_whole(generation.message)

    def _parse_part(self, message: BaseMessage) -> Any:
        calls, unreadable = self._calls_of(message)
        if unreadable:
            return None
        values = (self.value_so_far(call) for call in calls)
        return self.shape([value for value in values if value is not None])

    def _parse_whole(self, message: BaseMessage) -> Any:
        if self.strict:
            _check_strictly(message)
        if isinstance(message, AIMessageChunk):
            message = message_chunk_to_message(message)
        calls, unreadable = self._calls_of(message)
        if unreadable and not (calls and self.first_tool_only):
            _refuse(unreadable[0], message)
        if self.required and not calls:
            raise OutputParserException(self._missing(message), llm_output=message.text)
        return self.shape([self.value_of(call) for call in calls])

    def _calls_of(self, message: BaseMessage) -> tuple[list[ToolCall], list[InvalidToolCall]]:
        """The calls that count, and those that would if they could be read."""
        if not isinstance(message, AIMessage):
            return [], []
        calls = [call for call in message.tool_calls if self.counts(call["name"])]
        unreadable = [call for call in message.invalid_tool_calls if self.counts(call["name"])]
        return calls[:1] if self.first_tool_only else calls, unreadable

    def shape(self, values: list[Any]) -> Any:
        """All values, or the first."""
        if self.first_tool_only:
            return values[0] if values else None
        return values

    def _machine(self) -> Machine:
        return _Reader(self)

    def _piece_of(self, chunk: str | BaseMessage) -> Any:
        return self.parse(chunk) if isinstance(chunk, str) else chunk

    def value_so_far(self, call: ToolCall) -> Any:
        """What is given for a call while more may come; None if there is nothing yet."""
        try:
            return self.value_of(call)
        except OutputParserException:
            return None

    def counts(self, name: str | None) -> bool:
        """Whether calls of the tool `name` are given."""
        return True

    def value_of(self, call: ToolCall) -> Any:
        """What is given for a call."""
        given: dict[str, Any] = {"type": call["name"], "args": call["args"]}
        return {**given, "id": call["id"]} if self.return_id else given

    def _missing(self, message: BaseMessage) -> str:
        """What to say of a message that lacks a call."""
        names = [call["name"] for call in message.tool_calls] if isinstance(message, AIMessage) else []
        if names:
            came = f"called {', '.join(names)} instead"
        elif message.text:
            came = f"said {quoted(message.text)}"
        else:
            came = "said nothing"
        return f"the model was to call {self._wanted()}, and {came}{_how_it_ended(message)}"

    def _wanted(self) -> str:
        return "a tool"


class JsonOutputKeyToolsParser(JsonOutputToolsParser):
    """Gives the arguments of the calls of one tool; those of other tools are left out.

    Arguments:
        key_name: the name of the tool.
        first_tool_only: give those of the first call instead of a list; None if there is none.
        return_id: give dictionaries with `type`, `args` and `id` instead of arguments.
        strict, required: as for `JsonOutputToolsParser`.

    >>> call = {"name": "add", "args": {"a": 1}, "id": "call_1"}
    >>> JsonOutputKeyToolsParser(key_name="add").invoke(AIMessage("", tool_calls=[call, {**call, "name": "sub"}]))
    [{'a': 1}]
    """

    key_name: str

    def __init__(self, key_name: str | None = None, **fields: Any) -> None:
        if key_name is not None:
            fields["key_name"] = key_name
        super().__init__(**fields)

    def counts(self, name: str | None) -> bool:
        return name == self.key_name

    def value_of(self, call: ToolCall) -> Any:
        return super().value_of(call) if self.return_id else call["args"]

    def _wanted(self) -> str:
        return self.key_name


class PydanticToolsParser(JsonOutputToolsParser):
    """Gives tool calls as instances of pydantic models.

    Arguments:
        tools: a model for each tool; its name, or its title, is the name of the tool.
        first_tool_only: give the first call instead of a list; None if there is none.
        partial: stream views of calls that are not finished, see `Partial`.
        strict, required: as for `JsonOutputToolsParser`.

    Streamed, it leaves out calls that are not valid yet, or not any more until more has come.

    Raises OutputParserException for a call of a tool that is not one of them, and for arguments that are not
    valid; pydantic's error is its cause then. With `partial` that is in a stream as soon as an argument, or a
    part of one, is finished that is not valid, and says where it ended.

    >>> class Add(BaseModel):
    ...     a: int
    >>> PydanticToolsParser(tools=[Add]).invoke(
    ...     AIMessage("", tool_calls=[{"name": "Add", "args": {"a": 1}, "id": "call_1"}])
    ... )
    [Add(a=1)]
    """

    tools: list[type[BaseModel]] = Field(min_length=1)
    partial: bool = False

    @cached_property
    def models(self) -> Mapping[str, type[BaseModel]]:
        """The models, by the names that they are called by."""
        titled = {title: tool for tool in self.tools if (title := tool.model_config.get("title"))}
        return {**titled, **{tool.__name__: tool for tool in self.tools}}

    def value_of(self, call: ToolCall) -> BaseModel:
        name, args = call["name"], call["args"]
        model = self.models.get(name)
        if model is None:
            raise OutputParserException(
                f"the model called {name!r}, which is not one of its tools: {self._wanted()}",
                llm_output=json.dumps(args, default=str),
            )
        return validated(model, args, what=f"the call of {name!r}")

    def _machine(self) -> Machine:
        return _PartialReader(self) if self.partial else _Reader(self)

    def _wanted(self) -> str:
        return " or ".join(tool.__name__ for tool in self.tools)


class _Reader:
    """Reads the answer of one run: shows the calls as they grow, and at the end takes the sum of all chunks."""

    def __init__(self, parser: JsonOutputToolsParser) -> None:
        self._parser = parser
        self._chunks: list[Any] = []
        self._growing = GrowingCalls()
        self._values: dict[GrowingCall, Any] = {}
        self._seen: Any = _NOTHING

    def feed(self, chunk: BaseMessage) -> Sequence[Any]:
        self._chunks.append(chunk)
        if not isinstance(chunk, AIMessageChunk):
            return ()
        new: set[GrowingCall] = set()
        for piece in chunk.tool_call_chunks:
            call, is_seen = self._growing.add(piece)
            if self._is_news(call, is_seen):
                new.add(call)
        calls = [call for call in self._growing.calls if self._parser.counts(call.name)]
        if not all(call.is_readable for call in calls):
            return ()
        if self._parser.first_tool_only:
            calls = calls[:1]
        if self._seen is not _NOTHING and new.isdisjoint(calls):
            return ()
        values = (self._values.get(call) for call in calls)
        value = self._parser.shape([value for value in values if value is not None])
        if value is None:
            return ()
        self._seen = value
        return [value]

    def _is_news(self, growing: GrowingCall, is_seen: bool) -> bool:
        if not is_seen:
            return False
        before = self._values.get(growing)
        value = self._values[growing] = self._parser.value_so_far(growing.call)
        return value is not before and not (isinstance(value, BaseModel) and value == before)

    def close(self) -> Sequence[Any]:
        value = self._parser.parse_result([ChatGeneration(self.message)])
        return [] if value == self._seen else [value]

    @property
    def message(self) -> Any:
        """The sum of all chunks."""
        first, *others = self._chunks
        return first + others if others else first


class _PartialReader(_Reader):
    """The same, with views of the models whose calls are not finished."""

    def __init__(self, parser: PydanticToolsParser) -> None:
        super().__init__(parser)
        self._models = parser.models
        self._growths: dict[GrowingCall, Growth[Any]] = {}
        self._unread: dict[GrowingCall, list[Update]] = {}
        """What has come of a call before its name."""

    def _is_news(self, growing: GrowingCall, is_seen: bool) -> bool:
        updates = self._unread.setdefault(growing, [])
        if growing.update is not None:
            updates.append(growing.update)
        growth = self._growths.get(growing)
        if growth is None:
            model = self._models.get(growing.name)
            if model is None:
                return False
            growth = self._growths[growing] = Growth(model)
        value = None
        for update in updates:
            try:
                value = growth.add(update)
            except UnfitError as error:
                raise self._refusal(growing, growth.model, error) from error.__cause__
        updates.clear()
        if value is None:
            return False
        self._values[growing] = value
        return True

    def _refusal(
        self, growing: GrowingCall, model: type[BaseModel], error: UnfitError
    ) -> OutputParserException:
        place = self._growing.calls.index(growing)
        text = self.message.tool_call_chunks[place]["args"]
        return error.as_exception(f"the call of {growing.name!r}", model, text, JsonStream())


def _refuse(call: InvalidToolCall, message: BaseMessage) -> NoReturn:
    """Raise for a call that cannot be read."""
    raise OutputParserException(
        f"the call of {call['name']!r} cannot be read: {call['error'] or 'its arguments are no JSON object'}"
        f"{_how_it_ended(message)}",
        llm_output=call["args"],
    )


def _how_it_ended(message: BaseMessage) -> str:
    """That the answer was cut off, if the provider says so."""
    said: Mapping[str, Any] = message.response_metadata
    if any(said.get(key) in _CUT_OFF for key in ("finish_reason", "stop_reason")):
        return "; the answer was cut off at the limit of tokens: allow more with max_tokens"
    return ""


def _check_strictly(message: BaseMessage) -> None:
    """Raise OutputParserException if arguments are JSON only by grace."""
    for name, text in _texts_of_arguments(message):
        try:
            json.loads(text or "{}")
        except ValueError as error:
            raise OutputParserException(
                f"the arguments of {name!r} are not strictly JSON: {error}", llm_output=text
            ) from error


def _texts_of_arguments(message: BaseMessage) -> Iterator[tuple[str | None, str | None]]:
    if isinstance(message, AIMessageChunk):
        for piece in message.tool_call_chunks:
            yield piece["name"], piece["args"]
        return
    calls: Sequence[Any] = message.additional_kwargs.get("tool_calls") or ()
    for call in calls:
        function: Mapping[str, Any] = cast("Mapping[str, Any]", call).get("function", {})
        yield function.get("name"), function.get("arguments")
