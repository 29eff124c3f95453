"""`PydanticOutputParser`: the JSON in an answer as an instance of a pydantic model."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from eventflow.parsers.json import JsonAnswerParser, schema_instructions
from eventflow.parsers.validation import validated

__all__ = ("PydanticOutputParser",)

M = TypeVar("M", bound=BaseModel)


class PydanticOutputParser(JsonAnswerParser[M], Generic[M]):
    """Gives the JSON in an answer as an instance of a pydantic model.

    Arguments:
        pydantic_object: the model; `get_format_instructions` tells its schema.

    Streamed, it gives an instance as soon as what is there is valid, and again when it changes; the last is
    the whole.

    Raises OutputParserException if there is no JSON, or if it is not valid; pydantic's error is its cause then.

    >>> class Point(BaseModel):
    ...     x: int
    ...     y: int = 0
    >>> PydanticOutputParser(pydantic_object=Point).invoke('The point:\\n{"x": 1}')
    Point(x=1, y=0)
    """

    pydantic_object: type[M]

    @property
    def _type(self) -> str:
        return "pydantic"

    @property
    def OutputType(self) -> Any:
        return self.pydantic_object

    def value_of(self, value: Any, text: str) -> M:
        """An instance of the model."""
        return validated(self.pydantic_object, value, what="the answer", llm_output=text)

    def get_format_instructions(self) -> str:
        """Ask for JSON of the form of the model."""
        return schema_instructions(self.pydantic_object)
