"""`PydanticOutputParser`: the JSON in an answer as an instance of a pydantic model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from eventflow.errors import OutputParserException
from eventflow.jsonstream import Update
from eventflow.messages import Generation
from eventflow.parsers.growth import Growth, UnfitError
from eventflow.parsers.json import AnswerReader, JsonAnswerParser, schema_instructions
from eventflow.parsers.transform import Machine
from eventflow.parsers.validation import validated

__all__ = ("PydanticOutputParser",)

M = TypeVar("M", bound=BaseModel)


class PydanticOutputParser(JsonAnswerParser[M], Generic[M]):
    """Gives the JSON in an answer as an instance of a pydantic model.

    Arguments:
        pydantic_object: the model; `get_format_instructions` tells its schema.
        partial: stream views of what is there, see `Partial`, and at the end the instance.
        repair: accept commas before closing brackets, strings in single quotes, comments, and the literals of
            Python.

    Streamed, it gives an instance as soon as what is there is valid, and again when it changes; the last is
    the whole.

    Raises OutputParserException if there is no JSON, or if it is not valid; pydantic's error is its cause then.
    With `partial` that is in a stream as soon as a part is finished that is not valid, and says where it ended.

    >>> class Point(BaseModel):
    ...     x: int
    ...     y: int = 0
    >>> PydanticOutputParser(pydantic_object=Point).invoke('The point:\\n{"x": 1}')
    Point(x=1, y=0)
    """

    pydantic_object: type[M]
    partial: bool = False

    @property
    def _type(self) -> str:
        return "pydantic"

    @property
    def OutputType(self) -> Any:
        return self.pydantic_object

    def value_of(self, value: Any, text: str) -> M:
        """An instance of the model."""
        return validated(self.pydantic_object, value, what="the answer", llm_output=text)

    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> Any:
        """Make an instance of the JSON in the first candidate; of a `partial` one what there is, or None."""
        if not (partial and self.partial):
            return super().parse_result(result, partial=partial)
        values: Sequence[Any] = ()
        with suppress(OutputParserException):
            values = _PartialReader(self).feed(result[0].text)
        return values[-1] if values else None

    def _machine(self) -> Machine:
        return _PartialReader(self) if self.partial else AnswerReader(self)

    def get_format_instructions(self) -> str:
        """Ask for JSON of the form of the model."""
        return schema_instructions(self.pydantic_object)


class _PartialReader(AnswerReader):
    """Gives views until the instance is there."""

    def __init__(self, parser: PydanticOutputParser[Any]) -> None:
        super().__init__(parser)
        self._growth: Growth[Any] = Growth(parser.pydantic_object)

    def news(self, update: Update) -> Sequence[Any]:
        try:
            value = self._growth.add(update)
        except UnfitError as error:
            told = error.as_exception("the answer", self._growth.model, self.text, self._parser.new_stream())
            raise told from error.__cause__
        return () if value is None else [value]

    def close(self) -> Sequence[Any]:
        values = super().close()
        value = self._stream.value
        if isinstance(value, dict):  # it was validated when it ended
            return values
        return [self._parser.value_of(value, self.text)]

    def check(self, value: Any) -> None:
        """What is no object may be text that looks like JSON, until the end."""
