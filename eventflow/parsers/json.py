"""Parsers of the JSON in an answer, whole or as far as it has come. Each character is read once."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from pydantic import BaseModel

from eventflow.errors import JsonStreamError, OutputParserException
from eventflow.jsonstream import JsonStream, Operation, Update
from eventflow.messages import Generation
from eventflow.messages.partial_json import parse_json
from eventflow.parsers.base import quoted
from eventflow.parsers.transform import IncrementalOutputParser, Machine

__all__ = ("JsonAnswerParser", "JsonOutputParser", "SimpleJsonOutputParser", "schema_instructions")

T = TypeVar("T")

_NOTHING: Final[Any] = object()


class JsonAnswerParser(IncrementalOutputParser[T], Generic[T]):
    """Base of parsers of the JSON in an answer: `value_of` makes what is given of what the JSON says."""

    def parse(self, text: str) -> T:
        """Make a value of the JSON in `text`."""
        value: T = self.parse_result([Generation(text)])
        return value

    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> Any:
        """Make a value of the JSON in the first candidate; None if it is `partial` and there is none yet."""
        text = result[0].text
        try:
            return self.value_of(_read_part(text) if partial else _read_whole(text), text)
        except JsonStreamError as error:
            if partial:
                return None
            raise _failure(error, text) from error
        except OutputParserException:
            if partial:
                return None
            raise

    @abstractmethod
    def value_of(self, value: Any, text: str) -> T:
        """What is given for a value; `text` is what it was read from. Raises OutputParserException if it is wrong."""

    def _machine(self) -> Machine:
        return _Reader(self)


class JsonOutputParser(JsonAnswerParser[Any]):
    """Gives the JSON in an answer as a value: a document, or one in a Markdown fence or between other text.

    Arguments:
        pydantic_object: a pydantic model whose schema `get_format_instructions` tells the model; what comes
            is not checked against it, see `PydanticOutputParser`.
        diff: stream what has changed, as lists of operations of JSON Patch (RFC 6902).

    Streamed, it gives what is there of the value, again with each chunk that changes it; the last is the whole.
    What is finished in one value is the same object in the next, so leave it as it is.

    Raises OutputParserException if there is no JSON, or not all of it; in a stream where that is certain.

    >>> JsonOutputParser().invoke('{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> list(JsonOutputParser().transform(iter(['{"a":', ' [1', ', 2]}'])))
    [{}, {'a': [1]}, {'a': [1, 2]}]
    """

    _knows_differences: ClassVar[bool] = True

    pydantic_object: type[BaseModel] | None = None

    @property
    def _type(self) -> str:
        return "simple_json_output_parser"

    def value_of(self, value: Any, text: str) -> Any:
        """The value."""
        return value

    def get_format_instructions(self) -> str:
        """Ask for JSON, of the form of `pydantic_object` if there is one."""
        if self.pydantic_object is None:
            return "Return a JSON object."
        return schema_instructions(self.pydantic_object)


SimpleJsonOutputParser = JsonOutputParser


def _read_whole(text: str) -> Any:
    try:
        return parse_json(text)  # most answers are nothing but JSON, and this reads it in a tenth of the time
    except (ValueError, RecursionError):
        stream = JsonStream(find="anywhere")
        stream.feed(text)
        stream.close()
        return stream.value


def _read_part(text: str) -> Any:
    stream = JsonStream(find="anywhere")
    stream.feed(text)
    return stream.value


class _Reader:
    """Reads the answer of one run."""

    def __init__(self, parser: JsonAnswerParser[Any]) -> None:
        self._parser = parser
        self._stream = JsonStream(find="anywhere")
        self._said: list[str] = []
        self._seen: Any = _NOTHING

    def feed(self, text: str) -> Sequence[Any]:
        self._said.append(text)
        try:
            update = self._stream.feed(text)
        except JsonStreamError as error:
            raise _failure(error, "".join(self._said)) from error
        if update is None or not update.changed:
            return ()
        try:
            return self._news(update, self._parser.value_of(update.value, ""))
        except OutputParserException:  # not yet
            return ()

    def close(self) -> Sequence[Any]:
        text = "".join(self._said)
        try:
            update = self._stream.close()
        except JsonStreamError as error:
            raise _failure(error, text) from error
        value = self._parser.value_of(self._stream.value, text)
        return self._news(update, value) if update is not None and update.changed else ()

    def _news(self, update: Update, value: Any) -> Sequence[Any]:
        if isinstance(value, BaseModel) and value == self._seen:
            return ()
        is_first = self._seen is _NOTHING
        self._seen = value
        return [_patches(update, value, is_first=is_first) if self._parser.diff else value]


def _failure(error: JsonStreamError, text: str) -> OutputParserException:
    return OutputParserException(f"there is no complete JSON in {quoted(text)}: {error}", llm_output=text)


def _patches(update: Update, value: Any, *, is_first: bool) -> list[dict[str, Any]]:
    """What has changed, in the form of JSON Patch."""
    if is_first:
        return [{"op": "replace", "path": "", "value": value}]
    return [_patch(operation, value) for operation in update.operations if operation.kind != "close"]


def _patch(operation: Operation, value: Any) -> dict[str, Any]:
    """The same for one operation; JSON Patch knows no appending to text."""
    path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in operation.path)
    if operation.kind != "append":
        return {"op": operation.kind, "path": path, "value": operation.value}
    for step in operation.path:
        value = value[step]
    return {"op": "replace", "path": path, "value": value}


def schema_instructions(model: type[BaseModel]) -> str:
    """What to tell a model so that it answers with JSON of the form of a pydantic model."""
    schema = {key: value for key, value in model.model_json_schema().items() if key not in ("title", "type")}
    return (
        "Answer with JSON that follows the JSON schema below, and with nothing else. The schema describes the "
        'answer and is not part of it: with the schema {"properties": {"names": {"type": "array", "items": '
        '{"type": "string"}}}, "required": ["names"]} the answer {"names": ["Ada", "Alan"]} is right, and '
        '{"properties": {"names": ["Ada", "Alan"]}} is not.\n\n'
        f"The schema:\n```\n{json.dumps(schema, ensure_ascii=False)}\n```"
    )
