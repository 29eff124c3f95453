"""Parsers of the JSON in an answer, whole or as far as it has come. Each character is read once."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from pydantic import BaseModel

from eventflow.errors import JsonStreamError, JsonTruncatedError, OutputParserException
from eventflow.jsonstream import JsonStream, Operation, Update
from eventflow.jsonstream.changes import patch_of
from eventflow.messages import Generation
from eventflow.messages.partial_json import parse_json
from eventflow.parsers.base import quoted
from eventflow.parsers.transform import IncrementalOutputParser, Machine

__all__ = (
    "AnswerReader",
    "JsonAnswerParser",
    "JsonOutputParser",
    "SimpleJsonOutputParser",
    "schema_instructions",
)

T = TypeVar("T")

_NOTHING: Final[Any] = object()


class JsonAnswerParser(IncrementalOutputParser[T], Generic[T]):
    """Base of parsers of the JSON in an answer: `value_of` makes what is given of what the JSON says."""

    repair: bool = False

    def new_stream(self) -> JsonStream:
        """What reads the JSON in one answer."""
        return JsonStream(find="anywhere", repair=self.repair)

    def parse(self, text: str) -> T:
        """Make a value of the JSON in `text`."""
        value: T = self.parse_result([Generation(text)])
        return value

    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> Any:
        """Make a value of the JSON in the first candidate; None if it is `partial` and there is none yet."""
        text = result[0].text
        try:
            return self.value_of(self._read(text, partial=partial), text)
        except JsonStreamError as error:
            if partial:
                return None
            raise self.failure(error, text) from error
        except OutputParserException:
            if partial:
                return None
            raise

    def failure(self, error: JsonStreamError, text: str) -> OutputParserException:
        """What to raise for a text that cannot be read, or not to its end."""
        hint = "; repair=True would accept it" if self._is_repairable(error, text) else ""
        return OutputParserException(
            f"there is no complete JSON in {quoted(text)}: {error}{hint}", llm_output=text
        )

    def _is_repairable(self, error: JsonStreamError, text: str) -> bool:
        if self.repair:
            return False
        stream = self.model_copy(update={"repair": True}).new_stream()
        with suppress(JsonStreamError):
            stream.feed(text)
        goes_on = stream.status == "open" and stream.value is not None
        return stream.status == "complete" or (goes_on and not isinstance(error, JsonTruncatedError))

    def _read(self, text: str, *, partial: bool) -> Any:
        """What the JSON in a text says; None if it is `partial` and there is none yet."""
        if not partial:
            with suppress(ValueError, RecursionError):
                return parse_json(
                    text
                )  # most answers are nothing but JSON, and this takes a tenth of the time
        stream = self.new_stream()
        stream.feed(text)
        if not partial:
            stream.close()
        return stream.value

    @abstractmethod
    def value_of(self, value: Any, text: str) -> T:
        """What is given for a value; `text` is what it was read from. Raises OutputParserException if it is wrong."""

    def _machine(self) -> Machine:
        return AnswerReader(self)


class JsonOutputParser(JsonAnswerParser[Any]):
    """Gives the JSON in an answer as a value: a document, or one in a Markdown fence or between other text.

    Arguments:
        pydantic_object: a pydantic model whose schema `get_format_instructions` tells the model; what comes
            is not checked against it, see `PydanticOutputParser`.
        diff: stream what has changed, as lists of operations: True for those of JSON Patch (RFC 6902), which
            has none for more text, so that a string that has grown is replaced; "compact" for these and one
            more, `{"op": "append", "path": ..., "value": more}`, so that no text is given twice.
        strings, numbers, literals: what a stream shows of those that are not finished, see `JsonStream`: a number
            that grows, or, with `numbers="closed"`, none before it is whole.
        repair: accept commas before closing brackets, strings in single quotes, comments, and the literals of
            Python.

    Streamed, it gives what is there of the value, again with each chunk that changes it; the last is the whole.
    What is finished in one value is the same object in the next, so leave it as it is.

    Raises OutputParserException if there is no JSON, or not all of it; in a stream where that is certain.

    >>> JsonOutputParser().invoke('{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> list(JsonOutputParser().transform(iter(['{"a":', ' [1', ', 2]}'])))
    [{}, {'a': [1]}, {'a': [1, 2]}]
    >>> for patch in JsonOutputParser(diff="compact").transform(iter(['{"a": "Par', 'is"}'])):
    ...     print(patch)
    [{'op': 'replace', 'path': '', 'value': {'a': 'Par'}}]
    [{'op': 'append', 'path': '/a', 'value': 'is'}]
    """

    _knows_differences: ClassVar[bool] = True

    pydantic_object: type[BaseModel] | None = None
    strings: Literal["prefix", "closed"] = "prefix"
    numbers: Literal["prefix", "closed"] = "prefix"
    literals: Literal["closed", "completed"] = "closed"

    @property
    def _type(self) -> str:
        return "simple_json_output_parser"

    def new_stream(self) -> JsonStream:
        return JsonStream(
            find="anywhere",
            strings=self.strings,
            numbers=self.numbers,
            literals=self.literals,
            repair=self.repair,
        )

    def value_of(self, value: Any, text: str) -> Any:
        """The value."""
        return value

    def _machine(self) -> Machine:
        return _PatchReader(self) if self.diff else AnswerReader(self)

    def get_format_instructions(self) -> str:
        """Ask for JSON, of the form of `pydantic_object` if there is one."""
        if self.pydantic_object is None:
            return "Return a JSON object."
        return schema_instructions(self.pydantic_object)


SimpleJsonOutputParser = JsonOutputParser


class AnswerReader:
    """Reads the answer of one run, and gives what each chunk brings of it."""

    def __init__(self, parser: JsonAnswerParser[Any]) -> None:
        self._parser = parser
        self._stream = parser.new_stream()
        self._said: list[str] = []
        self._seen: Any = _NOTHING

    @property
    def text(self) -> str:
        """All that has come."""
        return "".join(self._said)

    def feed(self, text: str) -> Sequence[Any]:
        self._said.append(text)
        try:
            update = self._stream.feed(text)
        except JsonStreamError as error:
            raise self._parser.failure(error, self.text) from error
        return () if update is None else self.news(update)

    def close(self) -> Sequence[Any]:
        try:
            update = self._stream.close()
        except JsonStreamError as error:
            raise self._parser.failure(error, self.text) from error
        self.check(self._stream.value)
        return () if update is None else self.news(update)

    def news(self, update: Update) -> Sequence[Any]:
        """What there is to give for an update."""
        if not update.changed:
            return ()
        try:
            value = self._parser.value_of(update.value, "")
        except OutputParserException:  # not yet
            return ()
        if isinstance(value, BaseModel) and value == self._seen:
            return ()
        self._seen = value
        return [value]

    def check(self, value: Any) -> None:
        """Raise OutputParserException if the answer, now that it is whole, must not end like this."""
        self._parser.value_of(value, self.text)


class _PatchReader(AnswerReader):
    """Gives what has changed, as operations of JSON Patch."""

    def news(self, update: Update) -> Sequence[Any]:
        if not update.changed:
            return ()
        return [_compact(update.operations) if self._parser.diff == "compact" else update.patch]


def _compact(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """Operations of JSON Patch, and with them one that appends to a string."""
    changes = [operation for operation in operations if operation.kind != "close"]
    patch = patch_of([one._replace(kind="replace") if one.kind == "append" else one for one in changes], None)
    for change, operation in zip(changes, patch, strict=True):
        if change.kind == "append":
            operation["op"] = "append"
    return patch


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
